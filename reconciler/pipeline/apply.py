"""`apply`: carries out a fresh plan or a saved one, under the lease of the organisation."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.apply.execute import Run, execute
from reconciler.apply.known import World
from reconciler.errors import Refused, StalePlan, UsageError
from reconciler.kinds import REGISTRY
from reconciler.model import document
from reconciler.model.change import Change, Outcome, Plan, Result
from reconciler.model.port import Binding
from reconciler.model.problem import plain
from reconciler.model.resource import Ref
from reconciler.pipeline import desired
from reconciler.pipeline.plan import Consent, Made, make_in
from reconciler.pipeline.session import Doors, Session, connect
from reconciler.settings import Settings

HEARTBEAT_SECONDS = 10


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to apply.

    `approve` is shown the plan and says whether to go on; `tell` hears every outcome; `stopping` is asked before anything is
    handed out; `lock_seconds` is how long to wait for another apply.
    """

    approve: Callable[[Plan], bool] = lambda _plan: True
    tell: Callable[[Outcome], None] = lambda _outcome: None
    stopping: Callable[[], bool] = _never
    consent: Consent = field(default_factory=Consent)
    parallelism: int = 5
    lock_seconds: float = 0


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a plan; `requests` counts everything sent, planning included."""

    plan: Plan
    outcomes: tuple[Outcome, ...] = ()
    approved: bool = True
    requests: int = 0

    @property
    def exit_code(self) -> int:
        """0 when everything is done, 6 when only some of it is, 1 when nothing could be done."""
        results = {one.result for one in self.outcomes}
        if not self.approved or results <= {Result.DONE}:
            return 0
        return 6 if Result.DONE in results else 1


async def apply(
    settings: Settings, saved: tuple[bytes, str] | None = None, wishes: Wishes | None = None, doors: Doors | None = None
) -> Applied:
    """Plans and applies, or applies the saved plan (its bytes and file name).

    Raises `Refused` where a guard says no, `StalePlan` where the saved plan no longer fits, `Locked` where somebody else
    applies. Nothing has been written then.
    """
    wishes = wishes or Wishes()
    wanted, _ = desired.load(settings)
    async with connect(settings, doors) as session, _lease(session, wishes.lock_seconds):
        if saved is None:
            made = await make_in(session, wanted, wishes.consent)
            return await _carry_out(session, made, made.plan.changes, wishes)
        plan, plan_id = document.load(*saved)
        state = session.ledger.plan_state(plan_id)
        _check_header(plan, state, session, wanted.digest)
        made = await make_in(session, wanted, wishes.consent, frozenset(one.ref for one in plan.changes))
        changes = still_valid(plan, made.plan, continued=state is not None)
        return await _carry_out(session, made, changes, wishes, plan_id)


async def _carry_out(session: Session, made: Made, changes: Sequence[Change], wishes: Wishes, plan_id: str = "") -> Applied:
    if made.plan.refusals:
        raise Refused("\n".join(f"{one.what}. To do it all the same: {one.override}" for one in made.plan.refusals))
    if not wishes.approve(made.plan):
        return Applied(made.plan, approved=False, requests=session.client.requests)
    run = _run(session, made, wishes)
    if plan_id:
        session.ledger.note_plan(plan_id, "started", run.id)
    adopted = {one.ref: Binding(made.live.live[one.ref].id, one.name) for one in made.plan.adoptions}
    session.ledger.bind(adopted)
    outcomes = await execute(changes, run)
    if plan_id and all(one.result is Result.DONE for one in outcomes):
        session.ledger.note_plan(plan_id, "done", run.id)
    return Applied(made.plan, tuple(outcomes), requests=session.client.requests)


def _run(session: Session, made: Made, wishes: Wishes) -> Run:
    """What the executor works with. Requests an earlier run left open are settled by what has just been read."""
    open_intents = session.ledger.unsettled()
    for intent in open_intents:
        there = Ref.parse(intent.change.partition("#")[0]) in made.live.live
        session.ledger.settle(intent.number, "found" if there else "absent")
    stamp = session.doors.now().strftime("%Y%m%dT%H%M%SZ")
    return Run(
        id=f"{stamp}-{secrets.token_hex(3)}",
        kinds=REGISTRY,
        send=session.client,
        ledger=session.ledger,
        world=World(REGISTRY, made.live, session.options),
        parallelism=wishes.parallelism,
        tell=wishes.tell,
        stopping=wishes.stopping,
        suspects=frozenset(intent.change for intent in open_intents),
    )


def _check_header(plan: Plan, state: str | None, session: Session, digest: str) -> None:
    head = plan.header
    again = "make a new one: reconciler plan -o FILE"
    if state == "done":
        raise StalePlan(f"this plan was carried out already; {again}")
    if (head.organization, head.source) != (session.organization, session.settings.file.source.name):
        where = f"organisation {plain(head.organization)} and source {plain(head.source)}"
        raise StalePlan(f"this plan was made for {where}; {again}")
    if expired(plan, session.doors.now()):
        raise StalePlan(f"this plan expired at {head.expires}; {again}")
    if head.desired_digest != digest:
        raise StalePlan(f"the manifests have changed since this plan was made; {again}")
    if plan.refusals:
        raise Refused("\n".join(f"{one.what}. Plan again with {one.override}" for one in plan.refusals))


def still_valid(plan: Plan, fresh: Plan, *, continued: bool) -> tuple[Change, ...]:
    """The changes of a saved plan that are still to do; a plan that was cut off before is continued.

    Raises `StalePlan` naming every object and field that moved since.
    """
    now = {one.id: one for one in fresh.changes}
    todo, moved = [], []
    for change in plan.changes:
        there = now.get(change.id)
        if there is not None and there.fingerprint == change.fingerprint:
            todo.append(change)
        elif there is not None and continued:
            todo.append(there)
        elif not continued:
            moved.append(_moved(change, there))
    if moved:
        raise StalePlan("the organisation has changed since this plan was made:\n  " + "\n  ".join(moved))
    return tuple(todo)


def seconds(text: str) -> float:
    """Seconds of a time such as `90`, `60s`, `5m`, `1h`. Raises `UsageError` for anything else."""
    found = re.fullmatch(r"(\d+)([smh]?)", text)
    if not found:
        raise UsageError(f"{text!r} is no time: write for example 60s or 5m")
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


def expired(plan: Plan, now: datetime) -> bool:
    """Whether apply would refuse the plan for its age."""
    return now > datetime.fromisoformat(plan.header.expires)


def _moved(change: Change, there: Change | None) -> str:
    if there is None:
        return f"{change.id}: is as wanted already, or came into being by other hands"
    before = {one.path: one.before for one in change.fields}
    fields = sorted({".".join(one.path) for one in there.fields if before.get(one.path, one) != one.before})
    return plain(f"{change.id}: {', '.join(fields) or 'another managed field'}")


@asynccontextmanager
async def _lease(session: Session, wait_seconds: float) -> AsyncIterator[None]:
    """Holds the organisation while the block runs, and says so every few seconds."""
    holder = f"{os.environ.get('USER', 'somebody')}@{socket.gethostname()}"
    await asyncio.to_thread(session.ledger.acquire, holder, wait_seconds=wait_seconds)
    beating = asyncio.ensure_future(_beat(session))
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        session.ledger.release()


async def _beat(session: Session) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        session.ledger.heartbeat()
