"""The craft of the interactions runner: calls and e-mails, leg by leg."""

from __future__ import annotations

from reconciler.apply.known import Directory
from reconciler.model.event import Read, Told
from reconciler.model.interaction import InteractionFeed
from reconciler.model.moment import Clock
from reconciler.pipeline.craft import Craft, Tracker
from reconciler.pipeline.ground import Ground
from reconciler.pipeline.session import Session
from reconciler.pipeline.tally import Report
from reconciler.runners.conversation_change import Sender
from reconciler.runners.interactions import Conversations, Terms


def craft(session: Session, floor: Ground, once: bool) -> Craft:  # noqa: FBT001 - the shape of a runner's craft
    """How interactions are run on this ground. A run that ends does not wait for people who are not known yet."""
    card, zone = floor.card, session.settings.file.source.time_zone
    if not isinstance(card, InteractionFeed):
        raise TypeError(f"{card.platform} is no feed of interactions")
    hold = 0 if once else session.settings.milliseconds(session.settings.file.runners.interactions.hold)
    terms = Terms(card, Sender(floor.source, floor.presence_source, key=floor.key), floor.is_known, hold)

    def read() -> Read:
        return card.open(floor.table, Clock(zone), "")

    async def look_again(tracker: Tracker, report: Report) -> list[Told]:  # noqa: ARG001 - the shape of a heal
        floor.refresh(session.ledger.bindings())
        now = int(session.doors.now().timestamp() * 1000)
        return tracker.retry(now) if isinstance(tracker, Conversations) else []

    return Craft(
        floor.source,
        Directory(floor.ids),
        lambda pending: Conversations(terms, pending),
        read,
        heal=look_again,
        corrects=False,
        disorder=int(card.disorder_seconds * 1000),
        mirror=_mirrored,
    )


def _mirrored(tracker: Tracker, report: Report) -> None:
    if isinstance(tracker, Conversations):
        counts = tracker.counts
        report.conversations, report.closed, report.refused = counts.conversations, counts.closed, counts.refused
        report.users, report.open = len(counts.users), tracker.open
