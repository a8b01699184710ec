"""The craft of the status runner: what agents are shown as, and how that is compared with what Genesys Cloud shows."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.apply.known import Directory
from reconciler.live.status import shown
from reconciler.model.event import EVERYBODY, Read, StatusFeed, Told
from reconciler.model.mapping import Shown, Status
from reconciler.model.moment import Clock
from reconciler.model.resource import Ref
from reconciler.pipeline.called import Called
from reconciler.pipeline.craft import Craft, Tracker
from reconciler.pipeline.ground import Ground
from reconciler.pipeline.session import Session
from reconciler.pipeline.tally import Report
from reconciler.runners.pairs import TABLE, Pair, Pairs, Word, reasons
from reconciler.runners.status import Statuses, Terms


def craft(session: Session, floor: Ground, _once: bool) -> Craft:  # noqa: FBT001 - the shape of a runner's craft
    """How statuses are run on this ground."""
    agents, zone = floor.table.agents, session.settings.file.source.time_zone
    going_by = terms(session, floor)

    def read() -> Read:
        return floor.card.open(floor.table, Clock(zone), "")

    async def heal(tracker: Tracker, report: Report, held: frozenset[str]) -> list[Told]:
        return await _healed(session, floor, tracker, report, held)

    return Craft(
        floor.source,
        Directory(floor.ids),
        lambda pending: Statuses(going_by, pending),
        read,
        lambda key: agents.get(key, key),
        heal,
        int(floor.card.disorder_seconds * 1000),
    )


def terms(session: Session, floor: Ground) -> Terms:
    """What the runner goes by."""
    if not isinstance(floor.card, StatusFeed):
        raise TypeError(f"{floor.card.platform} is no feed of agent status")
    runner, settings = session.settings.file.runners.status, session.settings
    return Terms(
        floor.card,
        pairs(floor.called, floor.card, floor.ids),
        lambda key: floor.is_known("user", key),
        floor.source,
        floor.presence_source,
        settings.milliseconds(runner.grace),
        settings.milliseconds(runner.settle),
    )


def pairs(called: Called, card: StatusFeed, ids: Mapping[Ref, str]) -> Pairs:
    """The user's table over the defaults."""
    bound = {ref.key for ref in ids if ref.kind == "secondary_status"}
    table = called.table.secondary_statuses
    statuses = {native: (_key(called, native, one), one.system_presence) for native, one in table.items() if one is not None}
    states = called.table.status
    own = {Word(state): _pair(one) for state, one in states.pairs.items()}
    return Pairs({**TABLE, **own}, reasons(statuses, bound, states.reasons, card.system_presences), _pair(states.unmapped))


def _key(called: Called, native: str, one: Status) -> str:
    """The key of a secondary status. Without one of its own it is the native id, by whichever word the mapping names it."""
    named = (called.key("secondary_status", name) for name in (native, *one.labels.values()))
    return one.key or next((key for key in named if Ref("secondary_status", key) in called.names), native)


def _pair(one: Shown) -> Pair:
    return Pair(f"system_presence/{one.presence}", one.routing_status)


async def _healed(session: Session, floor: Ground, tracker: Tracker, report: Report, held: frozenset[str]) -> list[Told]:
    """Corrections of what Genesys Cloud shows differently. Who has been applied meanwhile is known from here on.

    Agents of whom something is held that was not taken yet wait for the next time.
    """
    floor.refresh(session.ledger.bindings())
    users = {number: ref.key for ref, number in floor.ids.items() if ref.kind == "user"}
    definitions = {number: str(ref) for ref, number in floor.ids.items() if ref.kind in {"system_presence", "secondary_status"}}
    since = int(session.doors.now().timestamp() * 1000)
    found = await shown(session.reader, users, definitions, floor.source_id)
    report.elsewhere = len(found.elsewhere)
    if not isinstance(tracker, Statuses):
        return []
    now = int(session.doors.now().timestamp() * 1000)
    clear = {} if EVERYBODY in held else {key: Pair(*pair) for key, pair in found.pairs.items() if key not in held}
    return tracker.heal(clear, now, since=since)
