"""A stage for executions: a service that is a script, a ledger that is a list, and no time that passes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from reconciler.apply.execute import Run, execute
from reconciler.apply.known import World
from reconciler.errors import Conflict, Lost, NotAuthorised, NotFound, Rejected, Unavailable
from reconciler.kinds import REGISTRY
from reconciler.model.call import Answer, Call
from reconciler.model.change import Change, FieldChange, Op, Outcome
from reconciler.model.kind import Options
from reconciler.model.port import Binding, Intent
from reconciler.model.resource import Live, Ref, Snapshot

Reply = Any  # a body, None for an empty answer, or an error
ERRORS: dict[str, Callable[[str], Exception]] = {
    "lost": lambda operation: Lost(operation, 504, "gateway.timeout", "no answer"),
    "conflict": lambda operation: Conflict(operation, 409, "general.conflict", "exists"),
    "rejected": lambda operation: Rejected(operation, 400, "bad.request", "wrong"),
    "unavailable": lambda operation: Unavailable(operation, 503, "service.unavailable", "later"),
    "gone": lambda operation: NotFound(operation, 404, "not.found", "gone"),
    "unauthorised": lambda operation: NotAuthorised(operation, 401, "bad.credentials", "no"),
    "forbidden": lambda operation: NotAuthorised(operation, 403, "missing.permission", "no"),
}


@dataclass
class Service:
    """Answers by operation: a list is used up reply by reply, its last one for ever; without one a create is done.

    `log` hears everything in order: calls, and what the ledger is told.
    """

    log: list[str]
    replies: Mapping[str, list[Reply]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def __call__(self, call: Call) -> Answer:
        self.calls.append(call)
        self.log.append(f"{call.method} {call.url}")
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        reply = self._reply(call)
        if isinstance(reply, str):
            raise ERRORS[reply](call.operation)
        return Answer(200, b"" if reply is None else orjson.dumps(reply))

    def _reply(self, call: Call) -> Reply:
        key = next((one for one in (f"{call.method} {call.url}", call.operation) if one in self.replies), None)
        if key is None:
            name = (call.body or {}).get("name", "") if isinstance(call.body, dict) else ""
            return {"id": f"new-{len(self.calls)}", "name": name, "version": 1, "entities": []}
        rest = self.replies[key]
        return rest.pop(0) if len(rest) > 1 else rest[0]


@dataclass
class Ledger:
    """Remembers what it is told, and tells the log."""

    log: list[str]
    bound: dict[Ref, Binding] = field(default_factory=dict)
    journal: dict[int, list[str]] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)

    def bindings(self) -> dict[Ref, Binding]:
        return dict(self.bound)

    def foreign(self, ids: Iterable[str]) -> dict[str, str]:
        return {one: self.others[one] for one in ids if one in self.others}

    def bind(self, bound: Mapping[Ref, Binding]) -> None:
        self.bound.update(bound)
        self.log.extend(f"bind {ref} {one.id}" for ref, one in bound.items())

    def unbind(self, refs: Iterable[Ref]) -> None:
        for ref in refs:
            self.bound.pop(ref, None)
            self.log.append(f"unbind {ref}")

    def intend(self, run: str, change: str, call: Call) -> int:
        number = len(self.journal) + 1
        self.journal[number] = [f"{run} {change} {call.operation}"]
        self.log.append(f"intend {number} {change}")
        return number

    def settle(self, number: int, outcome: str) -> None:
        self.journal[number].append(outcome)
        self.log.append(f"settle {number} {outcome}")

    def settle_change(self, run: str, change: str, outcome: str) -> None:
        for number, entry in self.journal.items():
            if len(entry) == 1 and entry[0].startswith(f"{run} {change} "):
                self.settle(number, outcome)

    def unsettled(self) -> list[Intent]:
        return [Intent(number, *entry[0].split(" ", 2)) for number, entry in self.journal.items() if len(entry) == 1]


@dataclass
class Stage:
    """One execution: what is there, how the service answers, and everything that happened."""

    objects: Iterable[Live] = ()
    replies: Mapping[str, list[Reply]] = field(default_factory=dict)
    options: Options = field(default_factory=lambda: Options(source="acme"))
    others: Mapping[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    heard: list[Outcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        live = {one.ref: one for one in self.objects}
        self.service = Service(self.log, self.replies)
        self.ledger = Ledger(self.log, others=self.others)
        self.world = World(REGISTRY, Snapshot(live, {ref: one.id for ref, one in live.items()}, {}), self.options)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def run(self, *changes: Change, **more: Any) -> list[Outcome]:
        settings: dict[str, Any] = {"kinds": REGISTRY, "send": self.service, "sleep": self._sleep, "tell": self.heard.append}
        run = Run(id="r1", ledger=self.ledger, world=self.world, **settings | more)
        return asyncio.run(execute(changes, run))

    @property
    def sent(self) -> list[str]:
        return [f"{call.method} {call.url}" for call in self.service.calls]

    @property
    def writes(self) -> list[str]:
        return [f"{call.method} {call.url}" for call in self.service.calls if call.writes]


def live(ref: str, **fields: Any) -> Live:
    """A live object; its id is `id-KEY`."""
    at = Ref.parse(ref)
    empty = {name: spec.empty for name, spec in REGISTRY[at.kind].fields.items()}
    standing = fields.pop("standing", "active")
    return Live(at, f"id-{at.key}", str(fields.get("name", at.key)), {**empty, **fields}, standing, 3)


HOME = live("division/home", name="Home")


def change(
    op: Op, ref: str, *fields: tuple[str, Any, Any], needs: tuple[str, ...] = (), part: str = "", name: str = ""
) -> Change:
    changed = tuple(FieldChange(tuple(path.split(".")), before, after) for path, before, after in fields)
    return Change(op, Ref.parse(ref), name or Ref.parse(ref).key, changed, needs=needs, part=part)


def make(ref: str, *needs: str) -> Change:
    """The creation of an object called like its key."""
    return change(Op.CREATE, ref, ("name", "", Ref.parse(ref).key), needs=needs)


def told(outcomes: Iterable[Outcome]) -> list[str]:
    return [f"{one.change.id} {one.result}" + (f": {one.note}" if one.note else "") for one in outcomes]
