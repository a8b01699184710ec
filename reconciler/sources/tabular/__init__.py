"""Tables of any platform: CSV, XLSX, JSON or JSON lines, with a mapping from columns to fields.

`rows` turns files into rows that know their place, this module turns rows into Facts. Values stay text: `007` is not 7. Only
what a column is named for is said; an empty cell under a named column says "nothing there", a column that is not named says
nothing at all. Skills, languages, divisions and queues that have no table of their own are those that users mention.

Decided here: people are referred to by key, or by an e-mail address or user name that only one of them has; queues by key or
by a name that only one of them has. Anything else is a problem with the place of the row.

Feeds, of rows as `lines` takes them out of their lines: `status` of agents, and `calls`, each row a `timeline` of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.model.columns import Cells, Flag, Lines, Memberships, Named, People, Rated, Ratings, Table
from reconciler.model.fact import COLLECTIONS, Fact, Reading, Source
from reconciler.model.mapping import Mapping as Map
from reconciler.model.problem import Place, Problem
from reconciler.sources.tabular.rows import Row, Unreadable, cell, many, rated, read, same, text

_YES = frozenset({"true", "yes", "y", "1", "on", "active", "enabled"})
_NO = frozenset({"false", "no", "n", "0", "off", "inactive", "disabled", ""})
_IDENTITY = ("name", "given_name", "family_name", "username", "email", "division")
_DETAILS = ("title", "department", "employee_id")
_NAMED = ("divisions", "skills", "languages", "wrapup_codes", "secondary_statuses")


@dataclass(slots=True)
class _Desk:
    """What one reading works with: the files, and everything found in them so far."""

    files: Mapping[str, bytes]
    facts: dict[str, dict[str, Fact]] = field(default_factory=lambda: {kind: {} for kind in COLLECTIONS})
    problems: list[Problem] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    delivered: set[str] = field(default_factory=set)
    members: dict[str, dict[str, str]] = field(default_factory=dict)

    def wrong(self, row: Row, subject: str, what: str, remedy: str) -> None:
        """Notes a problem with a row."""
        where = "" if row.place.line else f"record {row.number}: "
        self.problems.append(Problem(row.place, subject, where + what, remedy))

    def rows(self, name: str, table: Table) -> list[Row]:
        """The rows of a table, after checking that every column is there."""
        found = read(self.files, name, table, _columns(table))
        self.problems += found.problems
        for column in _columns(table, single=True):
            row = next((row for row in found.rows if isinstance(cell(row, column), dict | list)), None)
            if row:
                remedy = f"name what is meant inside it, such as {column}.name"
                self.wrong(row, name, f"{column!r} holds a list or an object where one value is meant", remedy)
        self.used |= set(found.files)
        return found.rows

    def many(self, row: Row, cells: Cells, subject: str) -> list[str]:
        """The values of a cell that holds several."""
        try:
            return many(cell(row, cells.column), cells)
        except Unreadable as error:
            self.wrong(row, subject, str(error), "mend columns in mapping.yaml")
            return []

    def rated(self, row: Row, cells: Rated, subject: str) -> dict[str, str | None]:
        """The values of a cell that holds several, with their levels."""
        try:
            return rated(cell(row, cells.column), cells)
        except Unreadable as error:
            self.wrong(row, subject, str(error), "mend columns in mapping.yaml")
            return {}

    def keyed(self, name: str, kind: str, table: Any) -> Iterator[tuple[str, Row]]:
        """(key, row) of a table of objects; a missing or repeated key is a problem."""
        self.delivered.add(kind)
        first: dict[str, Row] = {}
        remedy = f"keep one of the two rows; where rows that say the same are meant, write columns: {{{name}: {{repeats: true}}}}"
        for row in self.rows(name, table):
            key = text(cell(row, table.key))
            before = first.get(key)
            if not key:
                self.wrong(
                    row, kind, f"no key under {table.key!r}", "every row needs one; leave the row out, or name another column"
                )
            elif before and table.repeats and same(before, row, _columns(table)):
                continue
            elif before:
                self.wrong(row, f"{kind}/{key}", f"this key stands in {before.where} too", remedy)
            else:
                first[key] = row
                yield key, row


def read_tables(files: Mapping[str, bytes], mapping: Map, _name: str) -> Reading:
    """Everything the tables say that the mapping names columns for."""
    desk, columns = _Desk(files), mapping.columns
    if columns.users is None and columns.queues is None:
        what = "mapping.yaml names no columns for users or queues"
        problem = Problem(Place("mapping.yaml"), "mapping", what, "add columns: {users: {file: …, key: …}}")
        return Reading(problems=(problem,))
    for name in _NAMED:
        table = getattr(columns, name)
        if table is not None:
            _named(desk, name, table)
    rows = list(_users(desk, columns.users)) if columns.users else []
    if columns.queues:
        _queues(desk, columns.queues)
    _memberships(desk, columns.users, rows, columns.queue_members)
    for name, rating in (("skills", columns.user_skills), ("languages", columns.user_languages)):
        if rating:
            _ratings(desk, name, rating)
    _managers(desk, rows, columns.users)
    facts = tuple(fact for kind in desk.facts.values() for fact in kind.values())
    notes = tuple(f"{file}: no columns name this file, not used" for file in sorted(set(files) - desk.used))
    return Reading(facts, tuple(desk.problems), notes, frozenset(desk.delivered))


def _columns(table: Table, *, single: bool = False) -> Iterator[str]:
    """Every column a table's mapping names, or those that hold one value."""
    for name, value in table:
        if value is None or name in Table.model_fields:
            continue
        if isinstance(value, Cells | Flag):
            yield from () if single and isinstance(value, Cells) else (value.column,)
        else:
            yield from value.values() if isinstance(value, dict) else (value,)


def _named(desk: _Desk, collection: str, table: Named) -> None:
    kind = next(kind for kind, name in COLLECTIONS.items() if name == collection)
    for key, row in desk.keyed(collection, kind, table):
        fields = {name: said for name in ("description", "division") if (said := _said(row, getattr(table, name)))}
        desk.facts[kind][key] = Fact(kind, key, {"name": _said(row, table.name) or key, **fields}, row.place)


def _said(row: Row, column: str | None) -> str:
    return text(cell(row, column)) if column else ""


def _flag(desk: _Desk, row: Row, flag: Flag, subject: str) -> bool | None:
    """What a yes-or-no column says, None and a problem for any other word."""
    word = text(cell(row, flag.column)).casefold()
    if flag.yes:
        return word in {yes.casefold() for yes in flag.yes}
    if word in _YES | _NO:
        return word in _YES
    remedy = f"say what means yes: {{column: {flag.column}, yes: [{word}]}}"
    desk.wrong(row, subject, f"{word!r} under {flag.column!r} is neither yes nor no", remedy)
    return None


# ── users ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _users(desk: _Desk, table: People) -> Iterator[tuple[str, Row]]:
    """Reads the users; the (key, row) pairs are for what can only be looked up when everybody is known."""
    for key, row in desk.keyed("users", "user", table):
        fields: dict[str, Any] = {name: said for name in _IDENTITY if (said := _said(row, getattr(table, name)))}
        fields |= {name: _said(row, column) or None for name in _DETAILS if (column := getattr(table, name))}
        if "name" not in fields and (parts := [fields[part] for part in ("given_name", "family_name") if part in fields]):
            fields["name"] = " ".join(parts)
        if table.active:
            fields["active"] = _flag(desk, row, table.active, f"user/{key}")
        if table.phones:
            fields["phones"] = {kind: said for kind, column in table.phones.items() if (said := _said(row, column))} or None
        for name in ("skills", "languages"):
            if column := getattr(table, name):
                fields[name] = desk.rated(row, column, f"user/{key}")
        desk.facts["user"][key] = Fact("user", key, fields, row.place)
        yield key, row
    desk.delivered |= {kind for kind, name in (("skill", "skills"), ("language", "languages")) if getattr(table, name)}
    desk.delivered |= {"division"} if table.division else set()


def _managers(desk: _Desk, rows: Iterable[tuple[str, Row]], table: People | None) -> None:
    if table is None or table.manager is None:
        return
    find = _finder(desk, "user", ("email", "username"))
    for key, row in rows:
        said = _said(row, table.manager)
        manager = find(said) if said else None
        if said and manager is None:
            desk.wrong(row, f"user/{key}", f"manager {said!r} is not in the export", "mend the value, or export that user too")
        fact = desk.facts["user"][key]
        desk.facts["user"][key] = replace(fact, fields={**fact.fields, "manager": manager})


def _finder(desk: _Desk, kind: str, names: tuple[str, ...]) -> Callable[[str], str | None]:
    """Looks a key up by the key itself, or by one of these fields where only one object has that value."""
    found: dict[str, set[str]] = {}
    for fact in desk.facts[kind].values():
        for value in (fact.fields.get(name) for name in names):
            if value:
                found.setdefault(str(value).casefold(), set()).add(fact.key)

    def find(said: str) -> str | None:
        if said in desk.facts[kind]:
            return said
        keys = found.get(said.casefold(), set())
        return next(iter(keys)) if len(keys) == 1 else None

    return find


def _ratings(desk: _Desk, name: str, table: Ratings) -> None:
    """Rows of user, skill and level; with such a table every user's skills are known, if only as none."""
    desk.delivered.add(name.removesuffix("s"))
    find = _finder(desk, "user", ("email", "username"))
    found: dict[str, dict[str, str | None]] = {key: dict(fact.fields.get(name, {})) for key, fact in desk.facts["user"].items()}
    for row in desk.rows(f"user_{name}", table):
        said, native = _said(row, table.user), _said(row, table.skill)
        user, level = find(said), _said(row, table.level) or None
        if user is None:
            desk.wrong(row, "user", f"{said!r} is not in the export", "mend the value, or export that user too")
        elif not native:
            desk.wrong(row, f"user/{user}", f"nothing under {table.skill!r}", "mend the row or leave it out")
        elif found[user].setdefault(native, level) != level:
            desk.wrong(
                row, f"user/{user}", f"{native!r} stands twice, at {found[user][native]} and {level}", "keep one of the rows"
            )
    for key, levels in found.items():
        fact = desk.facts["user"][key]
        desk.facts["user"][key] = replace(fact, fields={**fact.fields, name: levels})


# ── queues ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _queues(desk: _Desk, table: Lines) -> None:
    people = _finder(desk, "user", ("email", "username"))
    for key, row in desk.keyed("queues", "queue", table):
        fields: dict[str, Any] = {"name": _said(row, table.name) or key}
        if table.description:
            fields["description"] = _said(row, table.description) or None
        if division := _said(row, table.division):
            fields["division"] = division
        if table.active:
            fields["active"] = _flag(desk, row, table.active, f"queue/{key}")
        if table.wrapup_codes:
            fields["wrapup_codes"] = tuple(desk.many(row, table.wrapup_codes, f"queue/{key}"))
        desk.facts["queue"][key] = Fact("queue", key, fields, row.place)
        if table.members:
            own = desk.members.setdefault(key, {})
            for said in desk.many(row, table.members, f"queue/{key}"):
                _join(desk, row, own, (said, people(said)), f"queue/{key}")


def _join(desk: _Desk, row: Row, members: dict[str, str], who: tuple[str, str | None], subject: str) -> None:
    said, key = who
    if key is None:
        desk.wrong(row, subject, f"member {said!r} is not in the export", "mend the value, or export that user too")
    else:
        members.setdefault(key, f"by {row.place.file}")


def _memberships(desk: _Desk, table: People | None, rows: Iterable[tuple[str, Row]], pairs: Memberships | None) -> None:
    """Members from the side of the users and from a table of pairs; with any of them every queue's members are known."""
    find = _finder(desk, "queue", ("name",)) if desk.facts["queue"] else None
    if table and table.queues:
        for key, row in rows:
            for said in desk.many(row, table.queues, f"user/{key}"):
                _enter(desk, row, said, (key, key), find)
    if pairs:
        people = _finder(desk, "user", ("email", "username"))
        for row in desk.rows("queue_members", pairs):
            who = _said(row, pairs.user)
            _enter(desk, row, _said(row, pairs.queue), (who, people(who)), find)
    if desk.members or (table and table.queues) or pairs:
        desk.delivered.add("queue")
        for key, fact in desk.facts["queue"].items():
            why = dict(sorted(desk.members.get(key, {}).items()))
            desk.facts["queue"][key] = replace(fact, fields={**fact.fields, "members": tuple(why), "why": why})


def _enter(desk: _Desk, row: Row, queue: str, who: tuple[str, str | None], find: Callable[[str], str | None] | None) -> None:
    """Puts a user into a queue, which is made where the export has no table of queues."""
    key = find(queue) if find else queue
    if key is None or not queue:
        desk.wrong(row, f"user/{who[0]}", f"queue {queue!r} is not in the export", "mend the value, or export that queue too")
        return
    if find is None:
        desk.facts["queue"].setdefault(key, Fact("queue", key, {"name": key}, row.place))
    _join(desk, row, desk.members.setdefault(key, {}), who, f"queue/{key}")


SOURCE = Source(
    platform="tabular",
    read=read_tables,
    kinds=frozenset(COLLECTIONS),
    never=frozenset(),
    zone="",
)
