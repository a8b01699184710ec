"""A world for kinds without a network: references that answer by rule, and a driver that plays the service."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from reconciler.errors import Conflict, NotFound
from reconciler.kinds import REGISTRY
from reconciler.model.call import Answer, Call
from reconciler.model.change import Change, FieldChange, Op
from reconciler.model.kind import Options
from reconciler.model.resource import Ref

ACME = Options(source="acme")


@dataclass
class Known:
    """What a kind may ask: the id of `skill/x` is `skill-x`, its name `X`. `fields` are the live fields per object."""

    fields: Mapping[Ref, Mapping[str, Any]] = field(default_factory=dict)
    options: Options = ACME
    home: str = "division-home"
    missing: frozenset[Ref] = frozenset()
    versions: Mapping[Ref, Any] = field(default_factory=dict)
    standings: Mapping[Ref, str] = field(default_factory=dict)

    def id(self, kind: str, key: str) -> str:
        if Ref(kind, key) in self.missing:
            raise LookupError(f"{kind}/{key} is not in Genesys Cloud")
        return f"{kind}-{key}"

    def name(self, kind: str, key: str) -> str:
        self.id(kind, key)
        return key.upper()

    def before(self, ref: Ref) -> Mapping[str, Any]:
        empty = {name: spec.empty for name, spec in REGISTRY[ref.kind].fields.items()}
        return {**empty, **self.fields.get(ref, {})}

    def version(self, ref: Ref) -> Any:
        return self.versions.get(ref)

    def standing(self, ref: Ref) -> str:
        return self.standings.get(ref, "")


class Sent(NamedTuple):
    """A call as a test reads it."""

    method: str
    url: str
    query: dict[str, Any] | None = None
    body: Any = None


def sent(call: Call) -> Sent:
    return Sent(call.method, call.url, dict(call.query) or None, call.body)


ANSWER = {"id": "new-1", "name": "New", "version": 7}


def drive(flow: Generator[Call, Answer, Any], *answers: Any, there: Mapping[str, Any] | None = None) -> tuple[list[Sent], Any]:
    """What the flow asked and what it ended with.

    Answers are bodies or errors, in order; afterwards everything is `ANSWER`. `there` answers by operation, whenever it is asked.
    """
    rest, calls = list(answers), []
    try:
        call = next(flow)
        while True:
            calls.append(sent(call))
            answer = (there or {}).get(call.operation) or (rest.pop(0) if rest else ANSWER)
            if isinstance(answer, Exception):
                call = flow.throw(answer)
            else:
                call = flow.send(Answer(200, b"" if answer is None else orjson.dumps(answer)))
    except StopIteration as stop:
        return calls, stop.value


def change(op: Op, ref: str, *fields: tuple[str, Any, Any], name: str = "", part: str = "") -> Change:
    """A change; a field is `("skills.billing", before, after)`."""
    changed = tuple(FieldChange(tuple(path.split(".")), before, after) for path, before, after in fields)
    return Change(op, Ref.parse(ref), name or Ref.parse(ref).key, changed, part=part)


def conflict() -> Conflict:
    return Conflict("PATCH /x", 409, "general.conflict", "somebody was quicker")


def gone() -> NotFound:
    return NotFound("GET /x", 404, "not.found", "no such thing")
