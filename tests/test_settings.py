"""Flags, environment and reconciler.yaml → Settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reconciler.api.auth import REGIONS
from reconciler.errors import ConfigurationError, InputError
from reconciler.pipeline.session import addresses
from reconciler.settings import File, Settings, load

LEAST = "version: 1\nsource: {name: acme}\n"
Write = Callable[[str], Path]


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_URL", "LOGIN_URL", "LEDGER", "REQUESTS_PER_MINUTE", "SECRETS"):
        monkeypatch.delenv(f"RECONCILER_{name}", raising=False)
    for name in ("OAUTHCLIENT_ID", "OAUTHCLIENT_SECRET", "REGION"):
        monkeypatch.delenv(f"GENESYSCLOUD_{name}", raising=False)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes reconciler.yaml; the folder it stands in."""

    def write_text(text: str) -> Path:
        (tmp_path / "reconciler.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write_text


def problems(folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(folder)
    return [str(one) for one in caught.value.problems]


def test_what_is_left_out_has_its_default(write: Write) -> None:
    found = load(write(LEAST))

    guards = found.file.guards
    assert (guards.prune, guards.max_removals, guards.max_removals_percent, guards.min_export_percent) == ((), 25, 10, 90)
    assert (guards.leavers.user, guards.leavers.queue) == ("keep", "empty")
    assert (found.api_url, found.login_url, found.region, found.requests_per_minute) == ("", "", "", 300)
    assert (found.file.source.platform, found.file.source.time_zone) == ("tabular", "UTC")
    assert (found.path(found.file.manifests), found.path(found.file.source.export)) == (
        found.root / "manifests",
        found.root / "export",
    )
    assert (found.file.billing.allow, found.plan_seconds) == ("all", 86_400)


EVERYTHING = """\
version: 1
organization:
  {region: ap-northeast-1, id: o-1, api_url: "http://a", login_url: "http://l", requests_per_minute: 60,
   clients: [ONE, TWO], budget: client, user_writes: directory, peer_id: uuid}
source: {platform: amazon-connect, name: acme, previously: old, time_zone: Asia/Tokyo, export: out, mapping: map}
manifests: wanted
ledger: sqlite:///here.db
plan_ttl: 90m
guards: {prune: [skill], leavers: {user: delete, queue: delete}, max_removals: 1, max_removals_percent: 2, min_export_percent: 3}
refresh: {mode: changed, full_every: 6h, overlap: 5m}
billing: {allow: [a1]}
ignore: [{kind: user, key: "a*", name: "T*", fields: [title], reason: payroll, until: 2026-12-31}]
notify: {command: [mail, ops], webhook: "https://chat.example/1"}
runners:
  {presence_source: acme, partitions: 4, tries: 3, hook_signature: hub, hook_url: "https://e.example",
   status: {feeds: ["-"], heal_every: 1m, grace: 2m, poll_every: 9s, settle: 3s},
   interactions: {feeds: [calls], hold: 2h, visible_after: 5m, source: external_source},
   recordings: {from: calls, index: i.csv,
    columns: {file: a, conversation: b, start: c, seconds: d, part: e, agent: f, channel: g},
    transcode: true, sides: {left: [a], right: [b], apart_seconds: 2, wait: 7s},
    pattern: asterisk, least: analytics, thorough: true, settle: 9s, look_every: 8s, link: folder, keep_name: true, uploads: 2,
    bytes_per_second: 7, address_seconds: 6, shows_after: 4s, prove_for: 5s, after: delete,
    accept: {agent: left, codecs: [L16], containers: [wav], min_rate: 1, max_rate: 2, max_bytes: 3, max_seconds: 4,
     missing_seconds: 5, rules: {cut: archive}}}}
"""


def test_every_setting_can_be_said(write: Write) -> None:
    found = load(write(EVERYTHING)).file.model_dump()

    assert found == {
        "version": 1,
        "organization": {
            "region": "ap-northeast-1",
            "id": "o-1",
            "api_url": "http://a",
            "login_url": "http://l",
            "requests_per_minute": 60,
            "clients": ("ONE", "TWO"),
            "budget": "client",
            "user_writes": "directory",
            "peer_id": "uuid",
        },
        "source": {
            "platform": "amazon-connect",
            "name": "acme",
            "previously": "old",
            "time_zone": "Asia/Tokyo",
            "export": "out",
            "mapping": "map",
        },
        "manifests": "wanted",
        "ledger": "sqlite:///here.db",
        "plan_ttl": "90m",
        "guards": {
            "prune": ("skill",),
            "leavers": {"user": "delete", "queue": "delete"},
            "max_removals": 1,
            "max_removals_percent": 2,
            "min_export_percent": 3,
        },
        "refresh": {"mode": "changed", "full_every": "6h", "overlap": "5m"},
        "billing": {"allow": ("a1",)},
        "ignore": (
            {
                "kind": "user",
                "key": "a*",
                "name": "T*",
                "fields": ("title",),
                "reason": "payroll",
                "until": date(2026, 12, 31),
            },
        ),
        "notify": {"command": ("mail", "ops"), "webhook": "https://chat.example/1"},
        "runners": {
            "presence_source": "acme",
            "partitions": 4,
            "tries": 3,
            "hook_signature": "hub",
            "hook_url": "https://e.example",
            "status": {"feeds": ("-",), "heal_every": "1m", "grace": "2m", "poll_every": "9s", "settle": "3s"},
            "interactions": {"feeds": ("calls",), "hold": "2h", "visible_after": "5m", "source": "external_source"},
            "recordings": {
                "from": "calls",
                "index": "i.csv",
                "columns": {
                    "file": "a",
                    "conversation": "b",
                    "start": "c",
                    "seconds": "d",
                    "part": "e",
                    "agent": "f",
                    "channel": "g",
                },
                "pattern": "asterisk",
                "accept": {
                    "agent": "left",
                    "codecs": ("L16",),
                    "containers": ("wav",),
                    "min_rate": 1,
                    "max_rate": 2,
                    "max_bytes": 3,
                    "max_seconds": 4,
                    "missing_seconds": 5.0,
                    "rules": {"cut": "archive"},
                },
                "transcode": True,
                "sides": {"left": ("a",), "right": ("b",), "apart_seconds": 2.0, "wait": "7s"},
                "least": "analytics",
                "thorough": True,
                "settle": "9s",
                "look_every": "8s",
                "link": "folder",
                "keep_name": True,
                "uploads": 2,
                "bytes_per_second": 7,
                "address_seconds": 6,
                "shows_after": "4s",
                "prove_for": "5s",
                "after": "delete",
            },
        },
    }


def test_the_table_of_everything_leaves_nothing_out() -> None:
    """Whoever adds a setting adds it there."""
    assert set(File.model_fields) == {line.partition(":")[0] for line in EVERYTHING.splitlines() if not line.startswith(" ")}


PRECEDENCE = {  # what → as the environment says it, as a flag says it, as reconciler.yaml says it
    "api_url": ("RECONCILER_API_URL", "http://env", "http://flag", 'organization: {api_url: "http://file"}', "http://file"),
    "login_url": ("RECONCILER_LOGIN_URL", "http://env", "http://flag", 'organization: {login_url: "http://file"}', "http://file"),
    "requests_per_minute": ("RECONCILER_REQUESTS_PER_MINUTE", "0", 7, "organization: {requests_per_minute: 9}", 9),
    "ledger": (
        "RECONCILER_LEDGER",
        "postgresql://env/x",
        "postgresql://flag/x",
        'ledger: "postgresql://file/x"',
        "postgresql://file/x",
    ),
}


@pytest.mark.parametrize("name", PRECEDENCE)
def test_a_flag_beats_the_environment_which_beats_the_file(write: Write, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    variable, in_environment, flag, line, in_file = PRECEDENCE[name]
    folder = write(f"{LEAST}{line}\n")

    alone = getattr(load(folder), name)
    monkeypatch.setenv(variable, in_environment)
    environment = getattr(load(folder), name)
    with_flag = getattr(load(folder, {name: flag, "another": None}), name)

    assert (alone, str(environment), with_flag) == (in_file, in_environment, flag)


def test_the_region_of_the_credentials_beats_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(f"{LEAST}organization: {{region: eu-west-1}}\n")

    alone = load(folder).region
    monkeypatch.setenv("GENESYSCLOUD_REGION", "us-east-1")

    assert (alone, load(folder).region) == ("eu-west-1", "us-east-1")


@pytest.mark.parametrize(("value", "words"), [("many", "valid integer"), ("-1", "greater than or equal to 0")])
def test_a_number_in_the_environment_is_checked(write: Write, monkeypatch: pytest.MonkeyPatch, value: str, words: str) -> None:
    monkeypatch.setenv("RECONCILER_REQUESTS_PER_MINUTE", value)

    with pytest.raises(ConfigurationError, match=f"^RECONCILER_REQUESTS_PER_MINUTE: input should be .*{words}"):
        load(write(LEAST))


def test_a_relative_ledger_counts_from_the_folder_of_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(LEAST)
    relative = load(folder).ledger
    monkeypatch.setenv("RECONCILER_LEDGER", "sqlite:////elsewhere/ledger.db")

    assert relative == f"sqlite:///{folder}/.reconciler/ledger.db"
    assert load(folder).ledger == "sqlite:////elsewhere/ledger.db"


WRONG = {
    "nothing": ("", ["reconciler.yaml: source is missing; write it", "reconciler.yaml: version is missing; write it"]),
    "a list": ("- a\n", ["reconciler.yaml:1:1: the file holds no settings; write `version: 1` and `source: {name: …}`"]),
    "another version": ("version: 2\nsource: {name: a}\n", ["reconciler.yaml:1:1: version is '2'; write one of 1"]),
    "no YAML": (f"{LEAST}guards: [\n", ["reconciler.yaml:4:1: not YAML"]),
    "misspelt": (f"{LEAST}manifest: x\n", ["reconciler.yaml:3:1: unknown setting 'manifest'; did you mean manifests?"]),
    "misspelt inside": (
        f"{LEAST}guards:\n  max_removal: 3\n",
        ["reconciler.yaml:4:3: unknown setting 'guards.max_removal'; did you mean max_removals?"],
    ),
    "misspelt beside an alias": (
        f"{LEAST}runners: {{recordings: {{frm: calls}}}}\n",
        ["reconciler.yaml:3:24: unknown setting 'runners.recordings.frm'; did you mean from?"],
    ),
    "the name that only Python knows": (
        f"{LEAST}runners: {{recordings: {{source: calls}}}}\n",
        ["reconciler.yaml:3:24: unknown setting 'runners.recordings.source'; known are from, index"],
    ),
    "nothing near": (f"{LEAST}zzz: 1\n", ["reconciler.yaml:3:1: unknown setting 'zzz'; known are version, organization, source"]),
    "no number": (
        f"{LEAST}guards: {{max_removals: many}}\n",
        ["reconciler.yaml:3:10: guards.max_removals is 'many'; write a whole number"],
    ),
    "too small": (
        f"{LEAST}organization: {{requests_per_minute: -1}}\n",
        ["reconciler.yaml:3:16: organization.requests_per_minute is '-1'; write at least 0"],
    ),
    "too large": (
        f"{LEAST}guards: {{max_removals_percent: 101}}\n",
        ["reconciler.yaml:3:10: guards.max_removals_percent is '101'; write at most 100"],
    ),
    "a word for a list": (f"{LEAST}guards: {{prune: user}}\n", ["reconciler.yaml:3:10: guards.prune is 'user'; write a list"]),
    "no such way to leave": (
        f"{LEAST}guards: {{leavers: {{user: deleted}}}}\n",
        ["reconciler.yaml:3:20: guards.leavers.user is 'deleted'; did you mean delete?"],
    ),
    "null": (
        f"{LEAST}guards: null\n",
        ["reconciler.yaml:3:1: guards is null; give it a value, or leave it out where it is optional"],
    ),
    "a time in words": (
        f"{LEAST}plan_ttl: 5 days\n",
        ["reconciler.yaml:3:1: plan_ttl is '5 days'; write a number and s, m, h or d, such as 24h"],
    ),
    "a word for both sides": (
        f"{LEAST}runners: {{recordings: {{sides: {{left: [In, x], right: [in]}}}}}}\n",
        ["reconciler.yaml:3:24: runners.recordings.sides: in names both sides; write each word on one side only"],
    ),
    "a source in capitals": (
        "version: 1\nsource: {name: ACME}\n",
        ["reconciler.yaml:2:10: source.name is 'ACME'; use a-z, 0-9 and hyphens, at most 40 characters"],
    ),
}


@pytest.mark.parametrize(("text", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_place(write: Write, text: str, told: list[str]) -> None:
    found = problems(write(text))

    assert len(found) == len(told)
    assert all(one.startswith(start) for one, start in zip(found, told, strict=True)), found


def test_all_that_is_wrong_is_told_at_once(write: Write) -> None:
    assert len(problems(write("version: 1\nsource: {name: acme, plattform: x}\nplan_ttl: 1\nguards: {prune: 1}\n"))) == 3


def test_no_file_says_where_to_go(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no reconciler\.yaml in .*reconciler init"):
        load(tmp_path)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("5m", 300), ("2h", 7_200), ("3d", 259_200)])
def test_the_life_of_a_plan_is_a_time(write: Write, text: str, seconds: int) -> None:
    assert load(write(f"{LEAST}plan_ttl: {text}\n")).plan_seconds == seconds


# ── credentials ──────────────────────────────────────────────────────────────────────────────────────────────────────


def credentials(folder: Path) -> tuple[str, str]:
    return load(folder).credentials()[0]


def test_credentials_come_from_the_environment(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", "the-id")
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", "hunter2")

    assert credentials(write(LEAST)) == ("the-id", "hunter2")


def test_credentials_come_from_a_folder_of_files(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name, text in (("OAUTHCLIENT_ID", "the-id\n"), ("OAUTHCLIENT_SECRET", "hunter2\n"), ("REGION", "eu-west-1")):
        (folder / f"GENESYSCLOUD_{name}").write_text(text)
    monkeypatch.setenv("RECONCILER_SECRETS", str(folder))

    assert credentials(write(LEAST)) == ("the-id", "hunter2")
    assert load(write(LEAST)).region == "eu-west-1"


def test_the_environment_beats_the_folder(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ID", "SECRET"):
        (tmp_path / f"GENESYSCLOUD_OAUTHCLIENT_{name}").write_text("of a file")
    monkeypatch.setenv("RECONCILER_SECRETS", str(tmp_path))
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", "of the environment")

    assert credentials(write(LEAST)) == ("of the environment", "of a file")


def test_several_clients_multiply_the_budget(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ONE", "TWO"):
        monkeypatch.setenv(f"{name}_ID", name.lower())
        monkeypatch.setenv(f"{name}_SECRET", "hunter2")
    text = f"{LEAST}organization: {{clients: [ONE, TWO], requests_per_minute: 300}}\n"

    found = load(write(text))

    assert found.credentials() == [("one", "hunter2"), ("two", "hunter2")]
    assert found.budget == 600


def test_a_folder_of_secrets_that_is_none_is_named(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_SECRETS", str(tmp_path / "nowhere"))

    with pytest.raises(ConfigurationError, match=r"^RECONCILER_SECRETS: .*nowhere is no folder"):
        load(write(LEAST))


@pytest.mark.parametrize("there", ["ID", "SECRET", ""])
def test_missing_credentials_say_what_to_set(write: Write, monkeypatch: pytest.MonkeyPatch, there: str) -> None:
    if there:
        monkeypatch.setenv(f"GENESYSCLOUD_OAUTHCLIENT_{there}", "hunter2")

    with pytest.raises(ConfigurationError, match="set GENESYSCLOUD_OAUTHCLIENT_ID and GENESYSCLOUD_OAUTHCLIENT_SECRET") as caught:
        credentials(write(LEAST))

    assert "hunter2" not in str(caught.value)


def test_no_secret_shows(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", "the-id")
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", "hunter2")
    found = load(write(f"{LEAST}ledger: postgresql://me:hunter2@host/db\n"))

    assert found.ledger == "postgresql://me:hunter2@host/db"
    assert "hunter2" not in f"{found} {found!r} {found.file} {found.file!r}"


# ── where the organisation is ────────────────────────────────────────────────────────────────────────────────────────


def at(folder: Path, **flags: Any) -> tuple[str, str]:
    return addresses(load(folder, flags))


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_has_its_addresses(write: Write, region: str) -> None:
    api, login = at(write(f"{LEAST}organization: {{region: {region}}}\n"))

    assert api.startswith("https://api.")
    assert login == api.replace("https://api.", "https://login.")


def test_addresses_beat_the_region(write: Write) -> None:
    folder = write(f"{LEAST}organization: {{region: eu-west-1}}\n")

    assert at(folder, api_url="http://a", login_url="http://l") == ("http://a", "http://l")


@pytest.mark.parametrize("given", ["api_url", "login_url"])
def test_one_address_alone_is_refused(write: Write, given: str) -> None:
    with pytest.raises(ConfigurationError, match="api_url and login_url belong together"):
        at(write(LEAST), **{given: "http://a"})


def test_no_address_and_no_region_says_what_to_set(write: Write) -> None:
    with pytest.raises(ConfigurationError, match=r"Set organization\.region in reconciler\.yaml, or GENESYSCLOUD_REGION"):
        at(write(LEAST))


def test_a_region_nobody_knows_is_refused_with_those_there_are(write: Write) -> None:
    with pytest.raises(ConfigurationError, match="ap-northeast-1"):
        at(write(f"{LEAST}organization: {{region: tokyo}}\n"))


def test_settings_are_frozen(write: Write) -> None:
    found: Any = load(write(LEAST))

    with pytest.raises(AttributeError):
        found.region = "eu-west-1"
    assert isinstance(found, Settings)
