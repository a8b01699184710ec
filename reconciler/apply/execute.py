"""Plan + Send + Ledger → Outcomes. Hands out what is ready, journals every write, and blocks only what needs a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from typing import Any

import orjson

from reconciler.apply.known import World
from reconciler.apply.spare import spared
from reconciler.errors import ApiError, Conflict, Lost, NotAuthorised
from reconciler.kinds.rest import final
from reconciler.model.call import Answer, Call
from reconciler.model.change import Change, Op, Outcome, Result
from reconciler.model.kind import Kind, Lookup, Written
from reconciler.model.port import Binding, Ledger, Send
from reconciler.model.resource import Ref

TRIES = 4  # how often a write whose answer was lost is settled and taken up again
MAKES = frozenset({Op.CREATE, Op.REPLACE})
LAG_SECONDS = (0.0, 1.0, 2.0, 4.0)  # a fresh object may stay hidden that long; waits between look-ups, inferred


@dataclass(frozen=True, slots=True)
class Run:
    """Everything one execution works with. `tell` hears every outcome; `stopping` is asked before anything is handed out."""

    id: str
    kinds: Mapping[str, Kind]
    send: Send
    ledger: Ledger
    world: World
    parallelism: int = 5
    tell: Callable[[Outcome], None] = lambda _outcome: None
    stopping: Callable[[], bool] = lambda: False
    sleep: Callable[[float], Any] = asyncio.sleep
    suspects: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Progress:
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    fatal: bool = False


async def execute(changes: Sequence[Change], run: Run) -> list[Outcome]:
    """One outcome per change, in the order given. Independent changes run together, at most `run.parallelism` at a time.

    Every write is in the journal before it is sent and settled after it. Once credentials are refused nothing more is sent.
    Safe to repeat: carrying out a fresh plan after a cut does what is left.
    """
    by_id = {one.id: one for one in changes}
    sorter = TopologicalSorter({one.id: [need for need in one.needs if need in by_id] for one in changes})
    sorter.prepare()
    progress = _Progress()
    pending: dict[asyncio.Task[Outcome], str] = {}
    ready: list[str] = []
    try:
        while sorter.is_active():
            ready.extend(sorter.get_ready())
            while ready and len(pending) < run.parallelism:
                one = ready.pop(0)
                pending[asyncio.ensure_future(_one(by_id[one], run, progress))] = one
            done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                sorter.done(pending.pop(task))
                outcome = task.result()
                progress.outcomes[outcome.change.id] = outcome
                run.tell(outcome)
    finally:
        await _abandon(pending)
    return [progress.outcomes[one.id] for one in changes]


async def _abandon(pending: Iterable[asyncio.Task[Outcome]]) -> None:
    """Ends what is still under way after an abort: it must not go on while ledger and client are being closed."""
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)


async def _one(change: Change, run: Run, progress: _Progress) -> Outcome:
    """The outcome of one change; nothing but a bug or a cancellation escapes."""
    if progress.fatal or run.stopping():
        return Outcome(change, Result.STOPPED, "not started")
    blockers = [need for need in change.needs if need in progress.outcomes and progress.outcomes[need].result is not Result.DONE]
    trimmed = spared(run.kinds, change, blockers, run.world) if blockers else change
    if trimmed is None:
        return Outcome(change, Result.BLOCKED, f"blocked by {', '.join(blockers)}")
    work = _Work(trimmed, run)
    try:
        _keep_grants(change, run)
        old_id = run.world.id(*change.ref) if change.op is Op.REPLACE else ""
        written = await work.carry_out()
    except (ApiError, LookupError) as error:
        progress.fatal |= isinstance(error, NotAuthorised) and error.status == 401
        note = str(error.args[0] if isinstance(error, LookupError) else error)
        forbidden = isinstance(error, NotAuthorised)
        return Outcome(change, Result.FAILED, note, work.requests, has_written=work.has_written, is_forbidden=forbidden)
    _remember(trimmed, run, written, old_id)
    notes = [f"without {', '.join(blockers)}, which failed"] if blockers else []
    return Outcome(change, Result.DONE, "; ".join([*notes, *work.notes]), work.requests, tuple(blockers))


def _keep_grants(change: Change, run: Run) -> None:
    """Writes down the roles somebody is about to lose, before they are lost: nothing else remembers them."""
    lost = {one.path[1]: one.before for one in change.fields if one.path[0] == "roles" and one.after is None}
    if lost and change.op.removes:
        text = orjson.dumps(lost, option=orjson.OPT_SORT_KEYS).decode()
        run.ledger.bind({change.ref: Binding(run.world.id(*change.ref), change.name, grants=text)})


def _remember(change: Change, run: Run, written: Written, old_id: str) -> None:
    """Tells the world and the ledger what a change has left behind."""
    ref, world = change.ref, run.world
    if change.op in {Op.DELETE, Op.DEACTIVATE}:
        world.left(ref, "deleted" if change.op is Op.DELETE else "inactive")
        if change.op is Op.DELETE and not any(one.path[0] == "roles" for one in change.fields):
            run.ledger.unbind([ref])
        return
    nothing = "{}" if change.op is Op.RESTORE else ""
    bound = {ref: Binding(written.id, written.name or change.name, grants=nothing)}
    if old_id and old_id != written.id:
        old = Ref(ref.kind, f"~{change.name}")
        world.also(old, old_id)
        bound[old] = Binding(old_id, change.name)
    world.wrote(ref, written, final(change, world))
    run.ledger.bind(bound)


def _named(written: Written) -> Written:
    """What was written, if the answer named it: an empty id would be bound, and lead to the list of all objects."""
    if not written.id:
        raise LookupError("Genesys Cloud told no id of what it made; the next plan will find it by its name")
    return written


class _Work:
    """One change being carried out: drives its flow, journals writes, settles what got lost."""

    def __init__(self, change: Change, run: Run) -> None:
        self.change = change
        self.run = run
        self.requests = 0
        self.has_written = False
        self.notes: list[str] = []
        self.doubtful = change.id in run.suspects

    async def carry_out(self) -> Written:
        """What the change left behind. Raises `ApiError` where it failed, `LookupError` where a reference has no object."""
        for _ in range(TRIES):
            try:
                return _named(await self._drive())
            except Lost as error:
                last: ApiError = error
                self.doubtful = True
                await self._settle()
            except Conflict as error:
                if self.change.op not in MAKES or not await (self._settle() if self.doubtful else self._decide_again()):
                    raise
                last = error
        raise last

    async def _drive(self) -> Written:
        """Runs the kind's flow once: sends each Call it yields and hands it the Answer or the error."""
        flow = self.run.kinds[self.change.ref.kind].write(self.change, self.run.world)
        try:
            call = next(flow)
            while True:
                try:
                    answer = await self._send(call)
                except Lost:
                    flow.close()
                    raise
                except ApiError as error:
                    call = flow.throw(error)
                else:
                    call = flow.send(answer)
        except StopIteration as stop:
            written: Written = stop.value
            return written

    async def _send(self, call: Call) -> Answer:
        self.requests += 1
        if not call.writes:
            return await self.run.send(call)
        number = self.run.ledger.intend(self.run.id, self.change.id, call)
        try:
            answer = await self.run.send(call)
        except Lost:
            raise
        except ApiError as error:
            self.run.ledger.settle(number, f"failed: {error.status} {error.code}")
            raise
        self.has_written = True
        self.run.ledger.settle(number, "done")
        return answer

    async def _settle(self) -> bool:
        """Finds out by reading whether the object is there; a create that went through goes on as an update."""
        seen = None
        for wait in LAG_SECONDS if self.change.op in MAKES else LAG_SECONDS[:1]:
            await self.run.sleep(wait)
            seen = await self._look()
            if seen is not None:
                break
        self.run.ledger.settle_change(self.run.id, self.change.id, "found" if seen else "absent")
        if seen is None:
            self.run.world.forget(self.change.ref)
            return False
        self.run.world.saw(self.change.ref, seen)
        if self.change.op in MAKES:
            self.change = replace(self.change, op=Op.UPDATE)  # its flow states the whole, so it may be repeated
        return True

    async def _decide_again(self) -> bool:
        """Whether a create that met an object nobody had seen may go on as its restore or adoption. Never forced.

        Only where the object carries no other key of ours and no other source has it: otherwise the conflict stands.
        """
        seen = await self._look()
        if seen is None or self.run.ledger.foreign([seen.id]) or not await self._is_free(seen.id):
            return False
        op = Op.RESTORE if seen.standing != "active" else Op.ADOPT
        self.notes.append(
            f"met {seen.standing} {seen.name!r} that no listing shows: {'restored' if op is Op.RESTORE else 'adopted'}"
        )
        self.run.world.saw(self.change.ref, seen)
        self.change = replace(self.change, op=op)
        return True

    async def _is_free(self, object_id: str) -> bool:
        marks = self.run.kinds[self.change.ref.kind].marks
        if marks is None:
            return True
        self.requests += 1
        pairs = (await self.run.send(marks.held(self.run.world.options.source, object_id))).json() or []
        found = pairs if isinstance(pairs, list) else [pairs]
        return {pair.get("externalKey") for pair in found} <= {self.change.ref.key}

    async def _look(self) -> Any:
        lookup: Lookup = self.run.kinds[self.change.ref.kind].find(self.change, self.run.world)
        try:
            call = next(lookup)
            while True:
                self.requests += 1
                try:
                    answer = await self.run.send(call)
                except ApiError as error:
                    call = lookup.throw(error)
                else:
                    call = lookup.send(answer)
        except StopIteration as stop:
            return stop.value
