"""`apply`: carries out a fresh plan or a saved one, under the lease of the organisation."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.apply.execute import LAG_SECONDS, Run, execute
from reconciler.apply.known import World
from reconciler.errors import NotAuthorised, Refused, StalePlan, UsageError
from reconciler.kinds import REGISTRY
from reconciler.model import document
from reconciler.model.change import Change, Op, Outcome, Plan, Result
from reconciler.model.port import Binding
from reconciler.model.problem import plain
from reconciler.model.resource import Ref, State
from reconciler.pipeline import desired, lease, refresh
from reconciler.pipeline.plan import Consent, Made, make_in
from reconciler.pipeline.remember import remember
from reconciler.pipeline.session import Doors, Session, connect
from reconciler.plan.guard import removals
from reconciler.settings import Settings

AGAIN = "make a new one: reconciler plan -o FILE"


async def _agreed(_plan: Plan) -> bool:
    return True


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to apply.

    `made` hears of every plan, also of one that is refused; `approve` is shown what would be done and says whether to go on, and
    may take its time; `tell` hears every outcome;
    `stopping` is asked before anything is handed out; `lock_seconds` is how long to wait for another apply; `verify` reads
    everything that was written again; `parallelism` is a ceiling of changes at a time (None: as many as connections).
    """

    approve: Callable[[Plan], Awaitable[bool]] = _agreed
    made: Callable[[Plan], None] = lambda _plan: None
    tell: Callable[[Outcome], None] = lambda _outcome: None
    stopping: Callable[[], bool] = _never
    consent: Consent = field(default_factory=Consent)
    parallelism: int | None = None
    lock_seconds: float = 0
    verify: bool = True


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a plan; `requests` counts everything sent, planning included; `remaining` is what has not converged."""

    plan: Plan
    outcomes: tuple[Outcome, ...] = ()
    approved: bool = True
    requests: int = 0
    remaining: tuple[Change, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 when everything is done, 6 when something is; 7 when nothing was permitted, 1 when nothing could be done."""
        results = {one.result for one in self.outcomes}
        if not self.approved or (results <= {Result.DONE} and not self.remaining):
            return 0
        if Result.DONE in results or any(one.has_written for one in self.outcomes):
            return 6
        failed = [one for one in self.outcomes if one.result is Result.FAILED]
        return NotAuthorised.exit_code if failed and all(one.is_forbidden for one in failed) else 1


async def apply(
    settings: Settings, saved: tuple[bytes, str] | None = None, wishes: Wishes | None = None, doors: Doors | None = None
) -> Applied:
    """Plans and applies, or applies the saved plan (its bytes and file name).

    Raises `Refused` where a guard says no, `StalePlan` where the saved plan no longer fits, `Locked` where somebody else
    applies. Nothing has been written then.
    """
    wishes = wishes or Wishes()
    wanted, _ = desired.load(settings)
    plan, plan_id = document.load(*saved) if saved else (None, "")
    async with connect(settings, doors) as session:
        beat = session.doors.beat_seconds
        async with lease.held(session.ledger, wait_seconds=wishes.lock_seconds, beat_seconds=beat) as lost:
            wishes = replace(wishes, stopping=_either(wishes.stopping, lost))
            if plan is None:
                made = await make_in(session, wanted, wishes.consent)
                return await _carry_out(session, made, wishes)
            made = await _remade(session, wanted, plan, plan_id)
            return await _carry_out(session, made, wishes, plan_id, whole=plan.header.complete)


def _either(one: Callable[[], bool], other: Callable[[], bool]) -> Callable[[], bool]:
    return lambda: one() or other()


async def _remade(session: Session, wanted: State, plan: Plan, plan_id: str) -> Made:
    """What is left of the saved plan, against the organisation as it is now. Raises `StalePlan` and `Refused`.

    Its removals were agreed to when it was made, so only the plan's own refusals count; what else has moved since waits for
    the next plan.
    """
    state = session.ledger.plan_state(plan_id)
    _check_header(plan, state, session, wanted.digest)
    begun = session.ledger.begun(session.ledger.plan_run(plan_id) or "") if state else None
    agreed = Consent(prune=frozenset(one.ref.kind for one in plan.changes if one.ref not in wanted.resources))
    made = await make_in(session, wanted, agreed, frozenset(one.ref for one in plan.changes))
    ours = {one.ref for one in plan.changes} | {one.ref for one in plan.adoptions}
    adoptions = tuple(one for one in made.plan.adoptions if one.ref in ours)
    changes = still_valid(plan, made.plan, begun)
    return replace(made, plan=replace(made.plan, changes=changes, adoptions=adoptions, refusals=()))


async def _carry_out(session: Session, made: Made, wishes: Wishes, plan_id: str = "", *, whole: bool | None = None) -> Applied:
    """`whole`: whether the plan covered everything when it was made; of a saved one only what it names was read again."""
    plan = made.plan
    wishes.made(plan)
    if plan.refusals:
        raise Refused("\n".join(f"{one.what}. To do it all the same: {one.override}" for one in plan.refusals))
    if not await wishes.approve(plan):
        return Applied(plan, approved=False, requests=session.client.requests)
    run = _run(session, made, wishes, session.ledger.plan_run(plan_id) if plan_id else None)
    if plan_id:
        session.ledger.note_plan(plan_id, "started", run.id)
    adopted = {one.ref: Binding(made.live.live[one.ref].id, one.name) for one in plan.adoptions}
    session.ledger.bind(adopted)
    refresh.forget(session, plan, made.live)
    outcomes = await execute(plan.changes, run)
    remember(session, made.desired, outcomes, whole=plan.header.complete if whole is None else whole)
    remaining = await _remaining(session, made, wishes, outcomes) if wishes.verify else ()
    if plan_id and all(one.result is Result.DONE for one in outcomes):
        session.ledger.note_plan(plan_id, "done", run.id)
    return Applied(plan, tuple(outcomes), requests=session.client.requests, remaining=remaining)


async def _remaining(session: Session, made: Made, wishes: Wishes, outcomes: list[Outcome]) -> tuple[Change, ...]:
    """What still differs of everything that was written, found out by reading it again; nothing when all is as wanted.

    Genesys Cloud may show a write late, so a difference is looked at again for a few seconds before it is believed.
    """
    short = {one.change.ref for one in outcomes if one.without}  # what it lacks has been told
    done = frozenset(one.change.ref for one in outcomes if one.result is Result.DONE) - short
    left: tuple[Change, ...] = ()
    for wait in LAG_SECONDS if done else ():
        await session.doors.sleep(wait)
        again = await make_in(session, made.desired, wishes.consent, done)
        left = tuple(one for one in again.plan.changes if one.ref in done)
        if not left:
            break
    return left


def _run(session: Session, made: Made, wishes: Wishes, known: str | None) -> Run:
    """What the executor works with. Requests an earlier run left open are settled by what has just been read.

    A saved plan that is taken up again keeps the id of its run (`known`), so that the journal tells what it has touched.
    """
    open_intents = session.ledger.unsettled()
    for intent in open_intents:
        there = Ref.parse(intent.change.partition("#")[0]) in made.live.live
        session.ledger.settle(intent.number, "found" if there else "absent")
    stamp = session.doors.now().strftime("%Y%m%dT%H%M%SZ")
    return Run(
        id=known or f"{stamp}-{secrets.token_hex(3)}",
        kinds=REGISTRY,
        send=session.client,
        ledger=session.ledger,
        world=World(REGISTRY, made.live, session.options),
        parallelism=min(wishes.parallelism or session.client.parallelism, session.client.parallelism),
        tell=wishes.tell,
        stopping=wishes.stopping,
        sleep=session.doors.sleep,
        suspects=frozenset(intent.change for intent in open_intents),
    )


def _check_header(plan: Plan, state: str | None, session: Session, digest: str) -> None:
    head = plan.header
    if state == "done":
        raise StalePlan(f"this plan was carried out already; {AGAIN}")
    if (head.organization, head.source) != (session.organization, session.settings.file.source.name):
        where = f"organisation {plain(head.organization)} and source {plain(head.source)}"
        raise StalePlan(f"this plan was made for {where}; {AGAIN}")
    if expired(plan, session.doors.now()):
        raise StalePlan(f"this plan expired at {head.expires}; {AGAIN}")
    if head.desired_digest != digest:
        raise StalePlan(f"the manifests have changed since this plan was made; {AGAIN}")
    if plan.refusals:
        raise Refused("\n".join(f"{one.what}. Plan again with {one.override}" for one in plan.refusals))


def still_valid(plan: Plan, fresh: Plan, begun: Collection[str] | None) -> tuple[Change, ...]:
    """The changes of a saved plan that are still to do.

    `begun` are the changes an earlier run of this plan has sent something for (None: there was none). Those are taken as they
    are needed now; what is missing from the fresh plan is done. Raises `StalePlan` naming every object and field that moved
    by other hands.
    """
    now = {one.id: one for one in fresh.changes}
    touched = {one.partition("#")[0] for one in begun or ()}
    todo, moved = [], []
    for change in plan.changes:
        there = now.get(change.id)
        if there is not None and there.fingerprint == change.fingerprint:
            todo.append(change)
        elif there is not None and str(change.ref) in touched:
            todo.append(there)
        elif there is not None or begun is None:
            moved.append(_moved(change, there))
    if moved:
        raise StalePlan("the organisation has changed since this plan was made:\n  " + "\n  ".join(moved) + f"\n{AGAIN}")
    agreed = removals(plan.changes)
    if any(count > agreed.get(kind, 0) for kind, count in removals(todo).items()):
        raise StalePlan(f"going on would now remove more than this plan says; {AGAIN}")
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
    if there.op is Op.RESTORE and change.op is not Op.RESTORE:
        fields.insert(0, there.reason)
    return plain(f"{change.id}: {', '.join(fields) or 'another managed field'}")
