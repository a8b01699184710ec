"""The craft of the status runner: what agents are shown as, and how that is compared with what Genesys Cloud shows."""

from __future__ import annotations

from reconciler.live.status import Directory, shown
from reconciler.model.event import Read, Told
from reconciler.model.moment import Clock
from reconciler.pipeline.craft import Craft, Tracker
from reconciler.pipeline.ground import Ground
from reconciler.pipeline.session import Session
from reconciler.pipeline.tally import Report
from reconciler.runners.pairs import Pair
from reconciler.runners.status import Statuses


def craft(session: Session, floor: Ground) -> Craft:
    """How statuses are run on this ground."""
    agents, zone = floor.table.agents, session.settings.file.source.time_zone

    def read() -> Read:
        return floor.card.open(floor.table, Clock(zone), "")

    async def heal(tracker: Tracker, report: Report) -> list[Told]:
        return await _healed(session, floor, tracker, report)

    return Craft(
        floor.source,
        Directory(floor.ids),
        lambda pending: Statuses(floor.terms(session), pending),
        read,
        lambda key: agents.get(key, key),
        heal,
        int(floor.card.disorder_seconds * 1000),
    )


async def _healed(session: Session, floor: Ground, tracker: Tracker, report: Report) -> list[Told]:
    """Corrections of what Genesys Cloud shows differently. Who has been applied meanwhile is known from here on."""
    floor.refresh(session.ledger.bindings())
    users = {number: ref.key for ref, number in floor.ids.items() if ref.kind == "user"}
    definitions = {number: str(ref) for ref, number in floor.ids.items() if ref.kind in {"system_presence", "secondary_status"}}
    since = int(session.doors.now().timestamp() * 1000)
    found = await shown(session.reader, users, definitions, floor.source_id)
    report.elsewhere = len(found.elsewhere)
    if not isinstance(tracker, Statuses):
        return []
    now = int(session.doors.now().timestamp() * 1000)
    return tracker.heal({key: Pair(*pair) for key, pair in found.pairs.items()}, now, since=since)
