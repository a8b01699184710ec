"""Which columns of which files hold what: blocks `columns` of mapping.yaml, for the source `tabular` only."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from reconciler.model.block import Closed


def as_text(value: Any) -> Any:
    """A number written where text is meant is taken as text."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def as_many(value: Any) -> Any:
    """One value written where several may stand."""
    return [value] if isinstance(value, str | int | float) else value


def _in_column(value: Any) -> Any:
    """The name of a column written where a block about it may stand."""
    return {"column": value} if isinstance(value, str) else value


def _at_work(value: Any) -> Any:
    """The name of a column written where phone columns by type may stand."""
    return {"work": value} if isinstance(value, str) else value


Text: TypeAlias = Annotated[str, BeforeValidator(as_text, json_schema_input_type=str | int | float)]
Texts: TypeAlias = Annotated[
    tuple[Text, ...], BeforeValidator(as_many, json_schema_input_type=str | int | float | tuple[str | int | float, ...])
]


class Cells(Closed):
    """A column that holds several values."""

    column: Text
    """Name of the column; in JSON a dotted path such as `profile.email` works too."""
    separator: str = Field(default=";", min_length=1)
    """What stands between the values."""
    item: Text = ""
    """In a JSON list of objects: the key under which each of them holds the value."""


class Rated(Cells):
    """A column that holds several values, each with a level."""

    level: str = ""
    """What stands between a value and its level, such as `=` in `billing=4`; in a JSON list of objects the key of the level.

    Empty: the values have no levels.
    """


class Flag(Closed):
    """A column that says yes or no."""

    column: Text
    """Name of the column."""
    yes: Texts = ()
    """Values that mean yes, all others mean no; without it true, yes, y, 1, on, active, enabled and their opposites."""


Many: TypeAlias = Annotated[Cells, BeforeValidator(_in_column, json_schema_input_type=str | Cells)]
ManyRated: TypeAlias = Annotated[Rated, BeforeValidator(_in_column, json_schema_input_type=str | Rated)]
YesNo: TypeAlias = Annotated[Flag, BeforeValidator(_in_column, json_schema_input_type=str | Flag)]
Phone: TypeAlias = Literal["work", "work2", "work3", "work4", "home", "mobile", "main", "other"]
Phones: TypeAlias = Annotated[dict[Phone, Text], BeforeValidator(_at_work, json_schema_input_type=str | dict[Phone, str])]


class Table(Closed):
    """Files of rows: CSV, XLSX, a JSON array, or JSON lines."""

    file: Texts = Field(min_length=1)
    """Name or pattern of the files below the export folder, such as `agents*.csv`; several may be listed."""
    encoding: str = ""
    """Encoding of the files where they are neither UTF-8 nor marked, such as cp932."""
    delimiter: str = ""
    """What stands between the columns of a CSV file, where it cannot be seen from the header."""
    sheet: str = ""
    """In XLSX: the name of the sheet, where more than one holds something."""
    records: str = ""
    """In JSON: the key under which the list of records stands, where there is more than one list."""
    repeats: bool = False
    """Whether a key may stand in several rows, as in reports with one row per event; all must say the same."""


class Named(Table):
    """Objects with a key and a name."""

    key: Text
    """Column of the stable id."""
    name: Text | None = None
    """Column of the name; without it the key is the name."""
    description: Text | None = None
    division: Text | None = None


class People(Table):
    """The columns of users."""

    key: Text
    """Column of the stable id: never a name, an address or an extension, all of which change hands."""
    name: Text | None = None
    given_name: Text | None = None
    family_name: Text | None = None
    username: Text | None = None
    email: Text | None = None
    active: YesNo | None = None
    """Column that says whether this person works here; without `scope.users` people who do not are left out."""
    division: Text | None = None
    title: Text | None = None
    department: Text | None = None
    employee_id: Text | None = None
    manager: Text | None = None
    """Column with the key of the manager."""
    phones: Phones | None = None
    """Column of the work number, or columns by type (work, work2, home, mobile, …)."""
    skills: ManyRated | None = None
    languages: ManyRated | None = None
    queues: Many | None = None
    """Column with the keys or names of the queues this person is in."""


class Lines(Table):
    """The columns of queues."""

    key: Text
    """Column of the stable id."""
    name: Text | None = None
    description: Text | None = None
    active: YesNo | None = None
    division: Text | None = None
    members: Many | None = None
    """Column with the keys of the users in this queue."""
    wrapup_codes: Many | None = None
    """Column with the keys of the wrap-up codes of this queue."""


class Ratings(Table):
    """Rows of one user, one skill (or language), one level."""

    user: Text
    skill: Text
    level: Text | None = None


class Memberships(Table):
    """Rows of one queue and one user."""

    queue: Text
    user: Text


class Columns(Closed):
    """Which columns of which files hold what; for the tabular source only."""

    users: People | None = None
    queues: Lines | None = None
    divisions: Named | None = None
    skills: Named | None = None
    languages: Named | None = None
    wrapup_codes: Named | None = None
    secondary_statuses: Named | None = None
    user_skills: Ratings | None = None
    """A file of its own with one row per user and skill."""
    user_languages: Ratings | None = None
    """A file of its own with one row per user and language."""
    queue_members: Memberships | None = None
    """A file of its own with one row per queue and user."""


class CallColumns(Closed):
    """Which columns of call-detail records hold what: for the platform `tabular` only. In JSON a dotted path works too.

    Durations are in seconds, or written h:mm:ss or mm:ss. What has no column is not told.
    """

    id: Text
    """Column of the platform's own id of the call or e-mail: one row each. A later row of the same id may add a wrap-up code."""
    start: Text
    """Column of the time it began: ISO 8601, or seconds or milliseconds since 1970."""
    form: Text = ""
    """How times are written where they are none of these, as `strptime` has it, such as `%d/%m/%Y %H:%M:%S`."""
    end: Text | None = None
    """Column of the time it ended; without it the end follows from the durations."""
    direction: Text | None = None
    """Column of the direction; `directions` says what its values mean. Without it all are inbound."""
    media: Text | None = None
    """Column of what it is made of; `media` says what its values mean. Without it all are calls."""
    ani: Text | None = None
    """Column of the number (of an e-mail: the address) it came from."""
    dnis: Text | None = None
    """Column of the number (of an e-mail: the address) it went to."""
    ani_name: Text | None = None
    """Column of the customer's name."""
    subject: Text | None = None
    """Column of an e-mail's subject."""
    queue: Text | None = None
    """Column of the queue; an empty cell: none."""
    agent: Text | None = None
    """Column of the agent's stable id; an empty cell: nobody answered."""
    flow: Text | None = None
    """Column of the seconds in a menu before the queue."""
    wait: Text | None = None
    """Column of the seconds until it was answered, ringing included: in the queue, or outbound until the customer was there."""
    ring: Text | None = None
    """Column of the seconds it rang at the agent, the last ones of `wait`."""
    talk: Text | None = None
    """Column of the seconds an agent had it; `hold` is part of it."""
    hold: Text | None = None
    """Column of the seconds on hold: told as one hold in the middle of the talk, since nobody knows when it was."""
    after_work: Text | None = None
    """Column of the seconds of work after it."""
    disposition: Text | None = None
    """Column of the wrap-up code; an empty cell: none was chosen."""
    notes: Text | None = None
    """Column of the agent's notes."""
    ended_by: Text | None = None
    """Column of who ended it; `enders` says what its values mean. Without it, or in an empty cell: the customer."""
    recording: Text | None = None
    """Column of the file of its recording."""
    delimiter: str = ""
    """What stands between the columns of a CSV line, where it cannot be seen from the header."""
