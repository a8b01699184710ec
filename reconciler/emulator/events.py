"""Injected events: presence and routing status of people who work on another platform.

A batch is read first, event by event, then taken over in its order. What is wrong with one event is an entry in `errors` of an
answer that is 200; only what is wrong with the batch refuses it. What follows from an event is kept in `history`.

Source: `POST /api/v2/events/users/presence` and `/routingstatus`: 1 to 100 events, `errors[{eventId, message, retryable}]`. What
single events are refused for, in which words and whether for good is not documented: switches, all inferred.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from reconciler.emulator.event import AGENT_STATUS, USER_PRESENCE, Said, Unfit, said, timely
from reconciler.emulator.history import PRESENCE
from reconciler.emulator.reference import References
from reconciler.emulator.refusal import bad, offence

if TYPE_CHECKING:
    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.event import Card
    from reconciler.emulator.faults import Rule
    from reconciler.emulator.history import Counts, Row
    from reconciler.emulator.world import World

BATCH_MAXIMUM = 100


def inject_presence(ask: Ask, world: World) -> Json:
    """Presence of users as their platform sees it; errors of single events stand in the answer."""
    return _inject(ask, world, USER_PRESENCE)


def inject_routing_status(ask: Ask, world: World) -> Json:
    """Routing status of users as their platform sees it; errors of single events stand in the answer."""
    return _inject(ask, world, AGENT_STATUS)


def _inject(ask: Ask, world: World, card: Card) -> Json:
    batch = ask.body.get(card.batch, [])
    bounded(len(batch))
    read = [_read(world, card, event) for event in batch]
    taken = _Taking(ask, world, card)
    for event, outcome in zip(batch, read, strict=True):
        taken.take(event, outcome)
    return taken.done()


def bounded(number: int) -> None:
    """Refuses a request with no events, or with too many."""
    if not number:
        raise offence(bad("zero.events.submitted", "A minimum of 1 event must be submitted"))
    if number > BATCH_MAXIMUM:
        message = f"Max allowed event count per request has been surpassed. Max batch size is {BATCH_MAXIMUM}"
        raise offence(bad("max.batch.size.surpassed", message))


class Errors:
    """What is answered for the events of one batch that were not accepted; each is counted."""

    def __init__(self, counts: Counts) -> None:
        self.told: list[Json] = []
        self._counts = counts

    def refuse(self, event: Json, unfit: Unfit) -> None:
        """Tell what is wrong with an event."""
        self._counts.refused[unfit.reason] += 1
        self._tell(event, unfit.message, retryable=unfit.retryable)

    def fail(self, event: Json, fault: Rule) -> None:
        """Let an event fail by a rule of `faults`."""
        self._counts.failed += 1
        self._tell(event, fault.message or "Injected fault", retryable=fault.retryable)

    def _tell(self, event: Json, message: str, *, retryable: bool) -> None:
        known = {"eventId": event["eventId"]} if isinstance(event.get("eventId"), str) else {}
        self.told.append(known | {"message": message, "retryable": retryable})


def _read(world: World, card: Card, event: Any) -> Said | Unfit:
    """What the event says, or what is wrong with it; refuses the whole batch where the platform is told to (a switch)."""
    if not isinstance(event, dict):
        raise offence(bad("bad.request", f"Field [{card.batch}] must hold objects, found {type(event).__name__}"))
    try:
        return said(card, event, world.switches)
    except Unfit as unfit:
        if world.switches.event_schema_failure == "batch":
            raise offence(bad("constraint.validation", unfit.message)) from None
        return unfit


# ── one batch, taken over ────────────────────────────────────────────────────────────────────────────────────────────


class _Taking:
    """A batch on its way into the history; errors and accepted rows in the order of the batch."""

    def __init__(self, ask: Ask, world: World, card: Card) -> None:
        self._ask, self._world, self._card = ask, world, card
        self._counts = world.history.counts[card.kind]
        self._counts.requests += 1
        self._references = References(ask.caller, world)
        self._errors = Errors(self._counts)
        self._accepted: list[tuple[str, Row]] = []
        self._now = world.now()
        self._lag = world.switches.event_lag

    def take(self, event: Json, said: Said | Unfit) -> None:
        """Accept one event, or note why not."""
        if isinstance(said, Unfit):
            self._errors.refuse(event, said)
            return
        fault = next((rule for rule in self._ask.struck if rule.fails(said.user)), None)
        try:
            if fault is None or fault.event_applied:
                self._accept(said)
        except Unfit as unfit:
            self._errors.refuse(event, unfit)
            return
        if fault is not None:
            self._errors.fail(event, fault)

    def done(self) -> Json:
        """The answer; from now on, or a while later, the accepted events show."""
        world = self._world
        late_wins = world.switches.event_out_of_order == "apply"
        world.later(self._lag, partial(world.history.show, self._accepted, late_wins=late_wins))
        return {"errors": self._errors.told}

    def _accept(self, said: Said) -> None:
        history, switches = self._world.history, self._world.switches
        digest = hash((said.at, said.user, said.source, said.what))
        known = history.remembered.find(said.event)
        if known is not None:
            self._counts.repeated += 1
            self._counts.clashes += known != digest
            if switches.event_repeated == "refuse":
                raise Unfit("repeated", "An event with this id was accepted before")
            if switches.event_repeated == "ignore":
                return
        user, source, what = self._resolved(said)
        timely(said.at, self._now, switches)
        self._in_order(said, user)
        if known is None:
            history.remembered.keep(said.event, digest, switches.event_ids_kept)
        shows = self._now + self._lag if self._lag else self._now
        row = (next(history.orders), self._card.kind, said.at, what, source, said.event, said.message, self._now, shows)
        history.keep(user, row, switches.events_kept)
        self._accepted.append((user, row))

    def _resolved(self, said: Said) -> tuple[str, str, str]:
        """User, source and definition or status, as the organisation's own texts, which rows can share."""
        world, switches, references = self._world, self._world.switches, self._references
        user = references.user(said.user)
        source, what = said.source, said.what
        if self._card.kind == PRESENCE or switches.routing_status_source == "presence_source":
            source = references.presence_source(said.source)
        if self._card.kind == PRESENCE and what:
            deactivated = switches.event_deactivated_definition
            what = str(references.live(world.definitions, what, "definition", deactivated)["id"])
        return user.id, source, what

    def _in_order(self, said: Said, user: str) -> None:
        if self._world.switches.event_out_of_order == "refuse":
            log = self._world.history.logs.get(user)
            if log is not None and said.at < log.newest.get(self._card.kind, said.at):
                raise Unfit("order", "A newer event was accepted before")


# ── what the admin port tells ────────────────────────────────────────────────────────────────────────────────────────


def tell(world: World, users: str) -> Json:
    """Counts per kind; with ids joined by commas, or `*` for everybody, also their events in the order of acceptance."""
    history = world.history
    shown: Json = {kind: counts.show() for kind, counts in history.counts.items()}
    shown["users_with_events"] = len(history.logs)
    if users:
        wanted = history.logs if users == "*" else users.split(",")
        shown["users"] = {
            one: [_told(world, row) for row in history.logs[one].rows] if one in history.logs else [] for one in wanted
        }
    return shown


def _told(world: World, row: Row) -> Json:
    order, kind, at, what, source, event, message, accepted, _ = row
    shown: Json = {"order": order, "kind": kind, "eventId": event, "eventDateTime": world.written(at), "sourceId": source}
    shown |= {"presenceDefinitionId" if kind == PRESENCE else "status": what, "acceptedDateTime": world.written(accepted)}
    return shown | ({"message": message} if message else {})
