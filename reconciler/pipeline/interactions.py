"""The craft of the interactions runner: calls and e-mails, leg by leg."""

from __future__ import annotations

from reconciler.apply.known import Directory
from reconciler.errors import ConfigurationError
from reconciler.model.event import Read, Told
from reconciler.model.interaction import InteractionFeed
from reconciler.model.moment import Clock
from reconciler.pipeline.called import Called
from reconciler.pipeline.craft import Craft, Tracker
from reconciler.pipeline.ground import Ground
from reconciler.pipeline.session import Session
from reconciler.pipeline.tally import Report
from reconciler.runners.conversation_change import Sender
from reconciler.runners.interactions import Conversations, Terms
from reconciler.runners.scope import Scope
from reconciler.settings import InteractionsRunner, Settings


def craft(session: Session, floor: Ground, once: bool) -> Craft:  # noqa: FBT001 - the shape of a runner's craft
    """How interactions are run on this ground. A run that ends does not wait for people who are not known yet."""
    card, zone = floor.card, session.settings.file.source.time_zone
    if not isinstance(card, InteractionFeed):
        raise TypeError(f"{card.platform} is no feed of interactions")
    hold = 0 if once else session.settings.milliseconds(session.settings.file.runners.interactions.hold)
    sender = _sender(floor, session.settings.file.runners.interactions)
    terms = Terms(card, sender, floor.is_known, hold, scope(session.settings, floor.called), floor.table.interactions.mask)

    def read() -> Read:
        return card.open(floor.table, Clock(zone), "")

    async def look_again(tracker: Tracker, report: Report, held: frozenset[str]) -> list[Told]:  # noqa: ARG001 - the shape of a heal
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


def scope(settings: Settings, people: Called) -> Scope:
    """The rules of mapping.yaml; who may become billable is who both lists name, there and in reconciler.yaml."""
    rules = people.table.interactions
    lists = [frozenset(one) for one in (rules.billable, settings.file.billing.allow) if one != "all"]
    allowed = frozenset.intersection(*lists) if lists else None
    return Scope(rules.include, rules.exclude, allowed, people.key, people.name)


def _sender(floor: Ground, wished: InteractionsRunner) -> Sender:
    """On whose behalf conversations are told. Raises `ConfigurationError` where it is not clear which external source is ours."""
    if wished.source == "presence_source":
        return Sender(floor.source, floor.presence_source, key=floor.called.key)
    bound = sorted(ref.key for ref in floor.ids if ref.kind == wished.source)
    known = next((key for key in (floor.source, floor.presence_source, *bound[: len(bound) == 1]) if key in bound), "")
    if not known:
        what = f"external sources {', '.join(bound)} are ours" if bound else "no external source is ours"
        raise ConfigurationError(
            f"{what}; put {floor.source} into the manifests (external_sources: [{{key: {floor.source}, name: …}}]) and run "
            "`reconciler apply`, or set runners.interactions.source to presence_source"
        )
    return Sender(floor.source, known, wished.source, floor.called.key)


def _mirrored(tracker: Tracker, report: Report) -> None:
    if isinstance(tracker, Conversations):
        counts = tracker.counts
        report.conversations, report.closed, report.refused = counts.conversations, counts.closed, counts.refused
        report.users, report.open = len(counts.users), tracker.open
        report.undecided = tracker.undecided
        report.excluded, report.barred, report.fresh = counts.excluded, counts.barred, tuple(sorted(counts.fresh))
