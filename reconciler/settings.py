"""Flags, environment and reconciler.yaml → one frozen Settings. Secrets are read late, never kept in it, and never print.

Order of precedence: flag > environment > reconciler.yaml > default. Credentials come only from the environment or from files of
a secrets directory, under the names the ecosystem already uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from reconciler.desired.explain import explain
from reconciler.errors import ConfigurationError, InputError
from reconciler.formats import yaml
from reconciler.model.block import Closed
from reconciler.model.problem import Problem, plain
from reconciler.model.recording_settings import RecordingsRunner

NAME = "reconciler.yaml"
SourceName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
KindName = Literal[
    "division", "skill", "language", "wrapup_code", "secondary_status", "presence_source", "external_source", "user", "queue"
]
Percent = Annotated[float, Field(ge=0, le=100)]
Time = Annotated[str, Field(pattern=r"^\d{1,5}[smhd]$")]
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TIMES = "plan_ttl=24h full_every=24h overlap=10m hold=1h visible_after=15m heal_every=5m grace=60s poll_every=5s settle=10s"
TIMES = dict(one.split("=") for one in f"{_TIMES} look_every=60s shows_after=60s prove_for=15m".split())
REMEDIES = {  # where a pattern alone would not help
    ("source", "name"): "use a-z, 0-9 and hyphens, at most 40 characters",
    ("source", "previously"): "use a-z, 0-9 and hyphens, at most 40 characters",
    ("notify", "webhook"): "write an address that begins with https://",
}


class Organization(Closed):
    """The Genesys Cloud organisation, and what its API leaves open."""

    region: str = ""
    """Region as Genesys names it, for example ap-northeast-1."""
    id: str = ""
    """Id of the organisation; another one is refused."""
    api_url: str = ""
    """Base of the API without path, instead of a region."""
    login_url: str = ""
    """Base of the token endpoint without path, instead of a region."""
    requests_per_minute: Annotated[int, Field(ge=0)] = 300
    """Requests per token in any 60 seconds; 0 means no limit of our own."""
    clients: tuple[str, ...] = ("GENESYSCLOUD_OAUTHCLIENT",)
    """OAuth clients, by the variable names before _ID and _SECRET; each adds its own budget of requests."""
    budget: Literal["token", "client"] = "token"
    """What the service counts requests by; the vendor says both."""
    user_writes: Literal["scim", "directory"] = "scim"
    """Whether new users are created by SCIM (one request) or by the directory API (up to five)."""
    peer_id: Literal["key", "uuid"] = "key"
    """Whether a queue's peerId is our key or a UUID derived from it."""


class Source(Closed):
    """The external platform and what it exported."""

    platform: str = "tabular"
    """amazon-connect, tabular, …"""
    name: SourceName
    """Short name of this platform instance: the authority of its keys. Changing it needs `previously`."""
    previously: SourceName | None = None
    """Former name of the source."""
    time_zone: str = "UTC"
    """Zone of times without zone, by name."""
    export: str = "export"
    """Folder with what the platform handed out."""
    mapping: str = "mapping"
    """Folder with mapping.yaml and templates."""


class Leavers(Closed):
    """How objects leave that no manifest names any more."""

    user: Literal["keep", "inactive", "delete"] = "keep"
    queue: Literal["empty", "delete"] = "empty"


class Guards(Closed):
    """How much a plan may remove."""

    prune: tuple[str, ...] = ()
    """Kinds whose unnamed objects are removed; none by default."""
    leavers: Leavers = Leavers()
    max_removals: Annotated[int, Field(ge=0)] = 25
    """Removals per kind and in total."""
    max_removals_percent: Percent = 10
    """Removals per kind in percent of our live objects of that kind."""
    min_export_percent: Percent = 90
    """An export shorter than this share of the last one removes nothing."""


class Refresh(Closed):
    """How much a plan reads again."""

    mode: Literal["full", "changed"] = "full"
    """`changed` reads members and wrap-up codes only of queues that the audit trail names; needs audits:audit:view."""
    full_every: Time = "24h"
    """With `changed`: everything is read when the last complete reading is that old."""
    overlap: Time = "10m"
    """With `changed`: how late an entry of the audit trail may show, clocks that differ included."""


class Billing(Closed):
    """Who may become billable."""

    allow: Literal["all"] | tuple[str, ...] = "all"


class Notify(Closed):
    """Whom `reconcile` tells when a person has to decide something."""

    command: tuple[str, ...] = ()
    """A program and its arguments; it gets the text on standard input. Never run by a shell."""
    webhook: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    """Address that gets the text as JSON by POST; where it is a secret, set RECONCILER_NOTIFY_WEBHOOK instead."""


class Ignore(Closed):
    """Differences to leave alone: neither planned nor told as drift."""

    kind: KindName
    key: str = "*"
    """Pattern of keys, such as `a*`."""
    name: str = "*"
    """Pattern of names."""
    fields: Annotated[tuple[str, ...], Field(min_length=1)]
    """Patterns of fields, such as title or `skills.*`."""
    reason: Annotated[str, Field(min_length=1)]
    """Why; plans and drift repeat it."""
    until: date | None = None
    """Last day on which the rule holds."""


class StatusRunner(Closed):
    """`reconciler run status`: what agents are doing."""

    feeds: tuple[str, ...] = ()
    """Where native events come from: files and folders relative to this file, - for standard input, addresses of whole states."""
    heal_every: Time = "5m"
    """How often what Genesys Cloud shows is compared with what the platform told last."""
    grace: Time = "60s"
    """How long an agent stays as they were after a feed of states tells nothing more of them."""
    poll_every: Time = "5s"
    """How often whole states are fetched, from a file that is rewritten or from a web address; for `interactions` too."""
    settle: Time = "10s"
    """How long Genesys Cloud may take to show what it was told, before a difference is corrected."""


class InteractionsRunner(Closed):
    """`reconciler run interactions`: calls and e-mails."""

    feeds: tuple[str, ...] = ()
    """Where native events come from: files and folders relative to this file, - for standard input, addresses of whole states."""
    hold: Time = "1h"
    """How long a conversation waits for an agent, queue or code that Genesys Cloud does not know yet."""
    source: Literal["presence_source", "external_source"] = "presence_source"
    """Which object of ours `sourceId` of conversations names; the API does not say which kind it means."""
    visible_after: Time = "15m"
    """How long analytics may take to show what was told, before `--reconcile` calls it missing."""


class Runners(Closed):
    """What `reconciler run` does all day."""

    presence_source: str = ""
    """Key of the presence source that statuses are told for; without it the manifests' primary one."""
    partitions: Annotated[int, Field(ge=1, le=1024)] = 16
    """Into how many parts events are divided, at most one worker each. Change it only while no event waits."""
    tries: Annotated[int, Field(ge=1, le=100)] = 5
    """How often an event is tried before it goes to the quarantine."""
    hook_signature: Literal["reconciler", "hub", "twilio"] = "reconciler"
    """How senders sign what they post to `--listen`: over time and body, over the body alone like GitHub, or like Twilio."""
    hook_url: str = ""
    """The address that Twilio was given to post to, as it was given: Twilio signs it, whatever stands in between."""
    status: StatusRunner = StatusRunner()
    interactions: InteractionsRunner = InteractionsRunner()
    recordings: RecordingsRunner = RecordingsRunner()


class File(Closed):
    """reconciler.yaml."""

    version: Literal[1]
    organization: Organization = Organization()
    source: Source
    manifests: str = "manifests"
    """Folder of manifests."""
    ledger: Annotated[str, Field(repr=False)] = "sqlite:///.reconciler/ledger.db"
    """Where bindings and the journal are kept: sqlite:///PATH relative to this file, or postgresql+psycopg://…"""
    plan_ttl: Time = "24h"
    """How long a saved plan may be applied."""
    guards: Guards = Guards()
    refresh: Refresh = Refresh()
    billing: Billing = Billing()
    ignore: tuple[Ignore, ...] = ()
    """Differences to leave alone, each with a reason."""
    notify: Notify = Notify()
    runners: Runners = Runners()


class Environment(BaseSettings):
    """What the environment may say; RECONCILER_* overrides reconciler.yaml."""

    model_config = SettingsConfigDict(env_prefix="RECONCILER_", extra="ignore")

    api_url: str = ""
    login_url: str = ""
    ledger: str = ""
    requests_per_minute: Annotated[int | None, Field(ge=0)] = None
    notify_webhook: SecretStr = SecretStr("")
    hook_secrets: SecretStr = SecretStr("")
    """Secrets a web hook accepts signatures of, with commas between them."""
    hook_tokens: SecretStr = SecretStr("")
    """Bearer tokens a web hook accepts, with commas between them."""
    feed_authorization: SecretStr = SecretStr("")
    """Value of the Authorization header when a web address is polled, such as `Bearer …` or `Basic …`."""
    secrets: str = ""
    """Directory with one file per secret, named as the variables are."""


class Region(BaseSettings):
    """The region the ecosystem's tools are told by the environment."""

    model_config = SettingsConfigDict(env_prefix="GENESYSCLOUD_", extra="ignore")

    region: str = ""


class Secret(BaseSettings):
    """One OAuth client; from the environment or from files of a directory."""

    model_config = SettingsConfigDict(extra="ignore", case_sensitive=False)

    id: str = ""
    secret: SecretStr = SecretStr("")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a command needs to know, resolved: `root` is the folder of reconciler.yaml, paths are absolute."""

    root: Path
    file: File
    api_url: str
    login_url: str
    region: str
    ledger: str = field(repr=False)  # a URL may hold a password
    requests_per_minute: int
    secrets: str = ""

    def path(self, name: str) -> Path:
        """A path of reconciler.yaml, relative to the folder it stands in."""
        return self.root / name

    @property
    def plan_seconds(self) -> int:
        """How long a saved plan may be applied, in seconds."""
        return int(_time(self.file.plan_ttl).total_seconds())

    @property
    def full_every(self) -> timedelta:
        """How old the last complete reading may be."""
        return _time(self.file.refresh.full_every)

    @property
    def overlap(self) -> timedelta:
        """By how much the times overlap that the audit trail is asked about."""
        return _time(self.file.refresh.overlap)

    def milliseconds(self, text: str) -> int:
        """A length of time of reconciler.yaml, such as 5m."""
        return int(_time(text).total_seconds() * 1000)

    @property
    def webhook(self) -> str:
        """The address that `reconcile` tells, empty for none; asked for late, since it may be a secret."""
        return Environment().notify_webhook.get_secret_value() or self.file.notify.webhook

    def hook_proof(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Secrets and tokens that senders to a web hook may prove themselves with."""
        known = self._environment
        secrets, tokens = (one.get_secret_value().split(",") for one in (known.hook_secrets, known.hook_tokens))
        return tuple(filter(None, secrets)), tuple(filter(None, tokens))

    def feed_authorization(self) -> str:
        """What a polled web address is shown as the Authorization header; empty for none."""
        return self._environment.feed_authorization.get_secret_value().strip()

    @property
    def _environment(self) -> Environment:
        folder: dict[str, Any] = {"_secrets_dir": self.secrets} if self.secrets else {}
        return Environment(**folder)

    @property
    def budget(self) -> int:
        """Requests per minute of all clients together; 0 where there is no limit of our own."""
        names = self.file.organization.clients
        return self.requests_per_minute * len(names if self.file.organization.budget == "token" else set(names))

    def credentials(self) -> list[tuple[str, str]]:
        """Id and secret of every client. Raises `ConfigurationError` naming the variables where they are missing."""
        return [_credentials(name, self.secrets) for name in self.file.organization.clients]


def _time(text: str) -> timedelta:
    return timedelta(seconds=int(text[:-1]) * UNITS[text[-1]])


def _credentials(name: str, directory: str) -> tuple[str, str]:
    folder: dict[str, Any] = {"_secrets_dir": directory} if directory else {}
    found = Secret(_env_prefix=f"{name}_", **folder)
    secret = found.secret.get_secret_value()
    if not found.id or not secret:
        raise ConfigurationError(
            f"no credentials: set {name}_ID and {name}_SECRET, "
            "or put files of these names into a folder and name it in RECONCILER_SECRETS"
        )
    return found.id, secret


def secrets_folder(directory: str) -> str:
    """The folder of secrets. Raises `ConfigurationError` where there is none of that name."""
    if directory and not Path(directory).is_dir():
        raise ConfigurationError(f"RECONCILER_SECRETS: {plain(directory)} is no folder; name one that holds files of secrets")
    return directory


def load(directory: Path, flags: Mapping[str, Any] | None = None) -> Settings:
    """The settings of the repository in `directory`. Raises `InputError` with places, `ConfigurationError` for the rest."""
    path = directory / NAME
    if not path.is_file():
        raise ConfigurationError(f"no {NAME} in {directory}: go to the folder that has one, or make one with `reconciler init`")
    file = _file(path.read_bytes())
    return _resolve(directory.resolve(), file, {name: value for name, value in (flags or {}).items() if value is not None})


def _file(data: bytes) -> File:
    tree = yaml.read(data, file=NAME)
    said = yaml.plain(tree) or {}
    if not isinstance(said, dict):
        raise InputError(
            [Problem(tree.place(()), "", "the file holds no settings", "write `version: 1` and `source: {name: …}`")]
        )
    try:
        return File.model_validate(said)
    except ValidationError as error:
        flaws = explain(File, said, error)
        raise InputError([Problem(tree.place(path), "", *_told(path, what, remedy)) for path, what, remedy in flaws]) from None


def _told(path: tuple[Any, ...], what: str, remedy: str) -> tuple[str, str]:
    """The words of a problem as they fit settings."""
    if path and path[-1] in TIMES:
        remedy = f"write a number and s, m, h or d, such as {TIMES[path[-1]]}"
    return what.replace("unknown field", "unknown setting"), REMEDIES.get(path, remedy)


def _resolve(root: Path, file: File, flags: Mapping[str, Any]) -> Settings:
    try:
        said = Environment()
    except ValidationError as error:
        one = error.errors()[0]
        what = one["msg"][:1].lower() + one["msg"][1:]
        raise ConfigurationError(f"RECONCILER_{str(one['loc'][0]).upper()}: {what}") from None
    org = file.organization
    limits = (flags.get("requests_per_minute"), said.requests_per_minute, org.requests_per_minute)
    return Settings(
        root=root,
        file=file,
        api_url=flags.get("api_url") or said.api_url or org.api_url,
        login_url=flags.get("login_url") or said.login_url or org.login_url,
        region=_region(secrets_folder(said.secrets)) or org.region,
        ledger=_ledger(root, flags.get("ledger") or said.ledger or file.ledger),
        requests_per_minute=next(one for one in limits if one is not None),
        secrets=secrets_folder(said.secrets),
    )


def _region(directory: str) -> str:
    folder: dict[str, Any] = {"_secrets_dir": directory} if directory else {}
    return Region(**folder).region


def _ledger(root: Path, url: str) -> str:
    """The ledger's URL with an absolute path; a relative one counts from the folder of reconciler.yaml."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or PurePath(url[len(prefix) :]).is_absolute():
        return url
    return f"{prefix}{root / url[len(prefix) :]}"
