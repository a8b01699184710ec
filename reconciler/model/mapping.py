"""The user's mapping.yaml: what is in scope, which native value means what, and how missing values are made.

The models are closed, so that a misspelt key is a problem; `parse` reports all problems at once, each with its place.
Expressions are Jinja in a sandbox (`sandbox`) without attributes that begin with an underscore, without changes to values,
without dice; how long and how large they may get is bounded from outside, by the process that renders.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeAlias

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator

from reconciler.model.block import Closed, Level, Name
from reconciler.model.block import Key as _Key
from reconciler.model.columns import CallColumns, Columns, Text, Texts, as_text
from reconciler.model.problem import Place, Problem

EVALUATION = (jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What evaluating an expression or a template may raise; everything else is a fault of ours."""


Key: TypeAlias = Annotated[_Key, BeforeValidator(as_text, json_schema_input_type=_Key | int | float)]
Expression: TypeAlias = Annotated[str, Field(description="Jinja expression over `fact`, in a sandbox")]
Template: TypeAlias = Annotated[str, Field(description="Text with Jinja expressions over `fact`, in a sandbox")]


class Scope(Closed):
    """Which facts become manifests: an expression per collection that is true for what is wanted."""

    users: Expression = ""
    queues: Expression = ""
    divisions: Expression = ""
    skills: Expression = ""
    languages: Expression = ""
    wrapup_codes: Expression = ""
    secondary_statuses: Expression = ""


class Division(Closed):
    """Where divisions come from. Without this block divisions are not managed."""

    level: int | None = Field(default=None, ge=1, le=9)
    """Level of the platform's hierarchy whose groups are the divisions, 1 at the top."""
    field: str = ""
    """Field of a user whose value is the division, where the platform has no hierarchy, such as `department`."""
    default: Key = "home"
    """Division of users the platform puts nowhere; `home` is the organisation's own."""
    keys: dict[Text, Key] = Field(default_factory=dict)
    """Native id or name of a division → the key manifests use for it."""
    queues: dict[Text, Key] = Field(default_factory=dict)
    """Name, key or pattern of queues → key of their division; the first that fits counts."""


class Spoken(Closed):
    """A language: its key and its name in Genesys Cloud."""

    key: Key
    name: Name | None = None


def _language(value: Any) -> Any:
    return {"key": value} if isinstance(value, str | int | float) else value


Language: TypeAlias = Annotated[Spoken, BeforeValidator(_language, json_schema_input_type=str | Spoken)]


class Skills(Closed):
    """How native skills become skills and languages."""

    levels: dict[Text, Level] = Field(default_factory=dict)
    """Native level → proficiency 0 to 5."""
    unrated: Level | None = None
    """Proficiency of a skill that the platform lists without a level."""
    languages: dict[Text, Language] = Field(default_factory=dict)
    """Native skill that is a language → key of the language, or {key, name}."""
    keys: dict[Text, Key] = Field(default_factory=dict)
    """Native skill → the key manifests use for it; without it the native name is the key."""


class Rename(Closed):
    """Old name (or key) → new name, per collection."""

    users: dict[Text, Name] = Field(default_factory=dict)
    queues: dict[Text, Name] = Field(default_factory=dict)
    divisions: dict[Text, Name] = Field(default_factory=dict)
    skills: dict[Text, Name] = Field(default_factory=dict)
    languages: dict[Text, Name] = Field(default_factory=dict)
    wrapup_codes: dict[Text, Name] = Field(default_factory=dict)


class Code(Closed):
    """A wrap-up code the platform has no object for."""

    key: Key
    name: Name
    division: Key | None = None
    description: Text | None = None


class WrapupCodes(Closed):
    """Wrap-up codes and the queues they belong to."""

    items: tuple[Code, ...] = ()
    """All codes; an unlisted one is a problem, not a code to invent."""
    queues: dict[Text, Texts] = Field(default_factory=dict)
    """Name, key or pattern of queues → keys of their codes; what fits is added up."""


class Status(Closed):
    """What a native agent status becomes."""

    system_presence: Text
    """System presence it belongs under, such as Meal, Break, Meeting, Training, Busy, Away."""
    labels: dict[Text, Name] = Field(default_factory=dict)
    """Locale → label, such as en_US; without it the native name is the label in en_US."""
    key: Key | None = None
    """The key manifests use for it; without it the native id is the key."""
    division: Key | None = None


SystemPresence: TypeAlias = Literal[
    "Available", "Away", "Busy", "Offline", "Idle", "OnQueue", "Meal", "Training", "Meeting", "Break"
]
RoutingStatus: TypeAlias = Literal["OffQueue", "Idle", "Interacting", "Communicating", "NotResponding"]


class Shown(Closed):
    """What an agent is shown as: on queue every routing status but OffQueue, else OffQueue or Communicating."""

    presence: SystemPresence
    routing_status: RoutingStatus

    @model_validator(mode="after")
    def is_legal(self) -> Shown:
        """Refuses a pair that cannot be."""
        if (self.presence == "OnQueue") == (self.routing_status == "OffQueue") or (
            self.presence != "OnQueue" and self.routing_status not in {"OffQueue", "Communicating"}
        ):
            raise ValueError(f"presence {self.presence} does not go with routing status {self.routing_status}")
        return self


class StatusColumns(Closed):
    """Which columns of a feed of agent status hold what: for the platform `tabular` only. In JSON a dotted path works too."""

    agent: Text
    """Column of the agent's stable id."""
    state: Text
    """Column of the native state; `states` says what its values mean."""
    at: Text
    """Column of the time of the change: ISO 8601, or seconds or milliseconds since 1970."""
    form: Text = ""
    """How the time is written where it is none of these, as `strptime` has it, such as `%d/%m/%Y %H:%M:%S`."""
    reason: Text | None = None
    """Column of the reason why somebody is not ready."""
    contact: Text | None = None
    """Column of the contact's own state, where a row has one beside the agent's; `states` says what its values mean too.

    An empty cell: no contact.
    """
    id: Text | None = None
    """Column of the platform's own id of the row, by which repeated rows are known."""
    delimiter: str = ""
    """What stands between the columns of a CSV line, where it cannot be seen from the header."""


State: TypeAlias = Literal[
    "off", "ready", "offered", "refused", "routed", "after_work", "own_call", "not_ready", "not_ready_own_call"
]
Meaning: TypeAlias = Literal["ready", "not_ready", "off", "routed", "after_work", "own", "offered", "refused"]


class States(Closed):
    """Native agent states; used by the runners."""

    unmapped: Shown = Shown(presence="Busy", routing_status="OffQueue")
    """What is sent for a native state or reason that no table knows; each is counted and named."""
    pairs: dict[State, Shown] = Field(default_factory=dict)
    """Neutral state → what it is shown as, where that shall not be the default.

    For the two states that are not ready the presence counts only where no reason is given.
    """
    reasons: dict[Text, SystemPresence] = Field(default_factory=dict)
    """Native reason of not being ready → system presence, for reasons without a secondary status of their own."""
    columns: StatusColumns | None = None
    states: dict[Text, Meaning] = Field(default_factory=dict)
    """Native state → what it means.

    For the platform `tabular`, where nothing is known without it, and for `twilio`: name or SID of an activity → ready, not_ready
    or off, where no record says whether it takes work.
    """
    no_answer: Literal["refused", "ready"] = "ready"
    """What an unanswered ring makes of an agent whom the platform goes on ringing; for the platform `asterisk`.

    `refused` lasts until the next event of that agent. A pause that the platform itself sets after it is refused in any case.
    """
    channel: Text = ""
    """Channel that alone decides whether an agent is ready, where the platform tells them apart.

    Without it: voice for the platform `five9`, all together for `genesys-engage`, where one that is not ready is enough.
    """
    only_changes: bool = False
    """Whether a polled list holds only agents changed since the last one, so that who is missing has not left.

    For the platforms `nice-cxone` and `cisco`.
    """


Direction: TypeAlias = Literal["inbound", "outbound", "internal"]
MediaName: TypeAlias = Literal["voice", "email"]
Ender: TypeAlias = Literal["customer", "agent", "system"]


class Which(Closed):
    """Calls and e-mails that are alike in everything said here; in texts `*` and `?` stand for any signs and for one."""

    queue: Texts = ()
    """Names of queues, on the platform or in Genesys Cloud, or their keys; the first queue of a conversation counts.

    Until that is known, or the conversation is over, nothing of it is told.
    """
    direction: tuple[Direction, ...] = ()
    media: tuple[MediaName, ...] = ()
    number: Texts = ()
    """Numbers or addresses of either side, as the platform writes them."""


class Mask(Closed):
    """What of the people who call or write is kept from Genesys Cloud, and from plans, logs and the quarantine's list.

    The ledger keeps native events as they came. A conversation is told under its native id and tag, unchanged: where the
    platform builds these from a number or an address, it can be read there.
    """

    numbers: Literal["none", "last4", "all"] = "none"
    """Which numbers and addresses are made unreadable: none, all but their last four signs (or half of a short one), or all."""
    names: bool = False
    """Whether the customers' names are left out, and the subjects of e-mails."""


class Interactions(Closed):
    """Calls and e-mails that are told to Genesys Cloud; used by the runners."""

    columns: CallColumns | None = None
    directions: dict[Text, Direction] = Field(default_factory=dict)
    """Native direction → which of ours, for the platform `tabular`; ours themselves need no entry."""
    media: dict[Text, MediaName] = Field(default_factory=dict)
    """Native medium → which of ours, for the platform `tabular`; ours themselves need no entry."""
    enders: dict[Text, Ender] = Field(default_factory=dict)
    """Native word for who or what ended it → which of ours, for the platform `tabular`; ours themselves need no entry."""
    include: tuple[Which, ...] = ()
    """What is told: whatever fits one of these; all where there is none."""
    exclude: tuple[Which, ...] = ()
    """What is not told, even though it is included."""
    mask: Mask = Mask()
    billable: Literal["all"] | tuple[Key, ...] = "all"
    """Keys of users who may become billable by what is told of them, or `all`; `billing.allow` of reconciler.yaml counts too.

    With a list a conversation is told when it is over, and not at all where somebody else took part.
    """
    wrapup_attribute: Text = ""
    """Name of the contact attribute that holds the wrap-up code; for `amazon-connect`, `twilio` and `genesys-engage`."""
    wrapup_codes: dict[Text, Key] = Field(default_factory=dict)
    """Native wrap-up code → key; without it the native code is the key."""


class Mapping(Closed):
    """mapping.yaml: what of the external platform is wanted, and what its values mean in Genesys Cloud."""

    version: int = Field(default=1, ge=1, le=1)
    """Version of this format."""
    columns: Columns = Columns()
    scope: Scope = Scope()
    division: Division | None = None
    skills: Skills = Skills()
    rename: Rename = Rename()
    name: Template = ""
    """Name of a user, such as `{{ fact.family_name }} {{ fact.given_name }}`; without it what the platform says."""
    email: Template = ""
    """E-mail address of a user whose own is missing or no address."""
    agents: dict[Text, Key] = Field(default_factory=dict)
    """Name of an agent in the feed → key; without it the name is the key."""
    agent_groups: dict[Text, Texts] = Field(default_factory=dict)
    """Group of agents → names of the queues its agents are in; for `genesys-engage`, where the groups themselves name none."""
    wrapup_codes: WrapupCodes = WrapupCodes()
    secondary_statuses: dict[Text, Status | None] = Field(default_factory=dict)
    """Native id or name of an agent status → what it becomes; null leaves it out."""
    status: States = States()
    interactions: Interactions = Interactions()


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

Where: TypeAlias = Callable[[Sequence[Any]], Place]


def parse(data: Any, *, place: Where) -> Mapping | tuple[Problem, ...]:
    """The mapping in parsed YAML, or all its problems; `place` answers where in the file a path of keys stands."""
    try:
        mapping = Mapping.model_validate({} if data is None else data)
    except ValidationError as error:
        return tuple(_problem(detail, place) for detail in error.errors(include_url=False))
    return tuple(_syntax(mapping, place)) or mapping


def _problem(detail: Any, place: Where) -> Problem:
    path = [part for part in detail["loc"] if part != "[key]"]
    shown = ".".join(map(str, path))
    if detail["type"] == "extra_forbidden":
        known = _fields(path[:-1])
        close = get_close_matches(str(path[-1]), known, n=1)
        remedy = f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(known)}"
        return Problem(place(path), "mapping", f"unknown key {shown!r}", remedy)
    message = detail["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    return Problem(place(path), "mapping", f"{shown}: {message}", "see the comments of `reconciler init`, or its schema")


def _fields(path: Sequence[Any]) -> list[str]:
    """The keys known at `path`."""
    model: type[BaseModel] = Mapping
    for part in path:
        inner = _model(model.model_fields[part].annotation) if part in model.model_fields else None
        model = inner or model
    return list(model.model_fields)


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model inside an annotation such as `People | None` or `dict[str, Status]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model(part) for part in getattr(annotation, "__args__", ()))
    return next((model for model in found if model), None)


def _syntax(mapping: Mapping, place: Where) -> list[Problem]:
    """Expressions that do not even parse."""
    conditions = [(("scope", name), text, condition) for name, text in mapping.scope if text]
    texts = [((name,), getattr(mapping, name), template) for name in ("name", "email") if getattr(mapping, name)]
    problems = []
    for path, text, build in (*conditions, *texts):
        try:
            build(text)
        except EVALUATION as error:
            what = f"{'.'.join(path)}: {text!r} is no expression: {error}"
            problems.append(Problem(place(path), "mapping", what, "write Jinja; the object at hand is `fact`"))
    return problems


# ── expressions ──────────────────────────────────────────────────────────────────────────────────────────────────────


def sandbox(**options: Any) -> ImmutableSandboxedEnvironment:
    """A Jinja environment that can reach nothing but what it is given, and answers the same every time."""
    environment = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=False, **options)
    del environment.globals["lipsum"], environment.filters["random"]
    return environment


def condition(text: str) -> Callable[[Any], bool]:
    """A claim about a fact; the result raises one of EVALUATION where the fact lacks what it asks for."""
    compiled = sandbox().compile_expression(text, undefined_to_none=False)
    return lambda fact: bool(compiled(fact=fact))


def template(text: str) -> Callable[[Any], str]:
    """Text about a fact; the result raises one of EVALUATION where the fact lacks what it asks for."""
    compiled = sandbox().from_string(text)
    return lambda fact: compiled.render(fact=fact).strip()
