"""The ordinary shape: one list, POST to create, PUT or PATCH to change, DELETE to remove. Kinds that have it describe it here."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import NotFound
from reconciler.model.call import Answer, Call
from reconciler.model.change import Change, FieldChange, Op
from reconciler.model.event import Refused
from reconciler.model.kind import EVERYWHERE, Around, Flow, Known, Lookup, Options, Written
from reconciler.model.resource import Seen


def text(value: Any) -> str:
    """`value` as trimmed NFC text; empty for None. Both sides of every comparison pass here."""
    if not value:
        return ""
    word = str(value).strip()
    return word if word.isascii() else unicodedata.normalize("NFC", word)


def folded(name: Any) -> str:
    """The normal form under which two names count as the same: NFC, trimmed, case folded.

    Whether Genesys Cloud compares names case-sensitively is unknown for most kinds; a create that differs in case only
    could be refused, so such an object is taken for the same one.
    """
    return text(name).casefold()


def by_name(_key: str, fields: Mapping[str, Any], _options: Options) -> tuple[str, ...]:
    """Natural names of an object that is found by its name alone."""
    return (folded(fields["name"]),) if fields.get("name") else ()


def final(change: Change, known: Known) -> dict[str, Any]:
    """All top-level fields after `change`: the live ones with the changed paths put in. Sets are frozensets, maps dicts."""
    return laid(known.before(change.ref), change.fields)


def laid(fields: Mapping[str, Any], changes: Iterable[FieldChange]) -> dict[str, Any]:
    """`fields` with the changed paths put in; what was given stays as it is."""
    fields = dict(fields)
    for one in changes:
        name, *rest = one.path
        fields[name] = _put(fields.get(name), tuple(rest), one.after)
    return fields


def _put(value: Any, path: tuple[str, ...], after: Any) -> Any:
    if not path:
        return after
    if isinstance(value, frozenset):
        return value | {path[0]} if after else value - {path[0]}
    inner = dict(value or {})
    if after is None and len(path) == 1:
        inner.pop(path[0], None)
    else:
        inner[path[0]] = _put(inner.get(path[0]), path[1:], after)
    return inner


def touched(change: Change) -> frozenset[str]:
    """The top-level fields a change touches."""
    return frozenset(one.path[0] for one in change.fields)


def in_division(known: Known, key: Any) -> dict[str, str]:
    """A `division` member for a body; the key `*` is the id `*`, which means all divisions."""
    return {"id": EVERYWHERE if key == EVERYWHERE else known.id("division", key)}


def entities(answer: Answer) -> Iterable[dict[str, Any]]:
    """The objects in an answer of any listing variant; an object that stands alone is a list of one."""
    data = answer.json()
    if isinstance(data, dict):
        data = data.get("entities", data.get("results", [data]))
    return [item for item in data or () if isinstance(item, dict)]


@dataclass(frozen=True, slots=True)
class Rest:
    """The ordinary shape as data.

    `one` is the path template of a single object and `id_name` its parameter; `body` makes the whole body from the final
    fields, `update_body` that of a change where it differs; `update` is PUT or PATCH. `look` are the queries of a search by
    name: the first that finds something wins.
    """

    kind: str
    many: str
    one: str
    id_name: str
    see: Callable[[dict[str, Any], Around], Seen | None]
    body: Callable[[dict[str, Any], Known], dict[str, Any]]
    update: str = "PUT"
    update_body: Callable[[dict[str, Any], Known], dict[str, Any]] | None = None
    look: tuple[Mapping[str, Any], ...] = field(default_factory=lambda: ({"name": None, "pageSize": 100},))

    def call(self, method: str, object_id: str, body: Any = None) -> Call:
        """A call on one object."""
        return Call(method, self.one, ids={self.id_name: object_id}, body=body)

    def write(self, change: Change, known: Known) -> Flow:
        """Creates, changes or removes one object in one request. A repeated removal of something gone is done."""
        if change.op in {Op.CREATE, Op.REPLACE}:
            body = self.body(final(change, known), known)
            return _written((yield Call("POST", self.many, body=body)))
        object_id = known.id(*change.ref)
        if change.op in {Op.DELETE, Op.DEACTIVATE}:
            return (yield from self.remove(object_id, change.name))
        body = (self.update_body or self.body)(final(change, known), known)
        if not self.update or not body:
            return Written(object_id, change.name)
        return _written((yield self.call(self.update, object_id, body)), object_id)

    def remove(self, object_id: str, name: str) -> Flow:
        """Deletes one object; one that is not there any more counts as deleted."""
        with suppress(NotFound):
            yield self.call("DELETE", object_id)
        return Written(object_id, name)

    def find(self, change: Change, known: Known) -> Lookup:
        """The object that carries the wished name, by the list's own filter. A filter may match more: names decide."""
        wished = final(change, known).get("name") or change.name
        around = Around(known.options, known.home)
        for query in self.look:
            asked = {name: wished if value is None else value for name, value in query.items()}
            for body in entities((yield Call("GET", self.many, query=asked))):
                seen = self.see(body, around)
                if seen and folded(seen.name) == folded(wished):
                    return seen
        return None


def _written(answer: Answer, object_id: str = "") -> Written:
    """What an answer tells; the answer to a change may be empty, its object is known."""
    body = answer.json() or {}
    return Written(object_id or str(body.get("id", "")), text(body.get("name")), body.get("version"))


def told(change: Change) -> dict[str, Any]:
    """What an event says: field → value."""
    return {one.path[0]: one.after for one in change.fields}


def refused(answer: Answer) -> dict[str, Refused]:
    """Events of an accepted request that were not taken; everything else was.

    Source: POST /api/v2/events/…, API description of July 2026: 200 with `errors` of `eventId`, `message`, `retryable`.
    """
    errors = (answer.json() or {}).get("errors") or ()
    return {one.get("eventId", ""): Refused(str(one.get("message") or ""), bool(one.get("retryable"))) for one in errors}
