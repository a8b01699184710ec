"""Injected conversation events: a batch of up to 32 arrays, read, put in order, taken over event by event.

What is wrong with one event is an entry in `errors` of an answer that is 200; only what is wrong with the batch refuses it.

Source: `POST /api/v2/events/conversations`, 1 to 100 events in all arrays together. That a batch has no order but the times of
its events, what single events are refused for and which of those are worth another try is inferred: switches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from reconciler.emulator.conversation_event import CARDS, ESTABLISHED, Told, told
from reconciler.emulator.conversation_machine import invited_by, named, take_in
from reconciler.emulator.conversation_rules import broken
from reconciler.emulator.conversation_store import Conversation
from reconciler.emulator.event import Unfit, timely
from reconciler.emulator.events import Errors, bounded
from reconciler.emulator.recording_ingest import introduce
from reconciler.emulator.reference import References
from reconciler.emulator.refusal import bad, offence

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.conversation_event import Card
    from reconciler.emulator.faults import Rule
    from reconciler.emulator.world import World


def inject_conversations(ask: Ask, world: World) -> Json:
    """Events of conversations as their platform sees them; errors of single events stand in the answer."""
    batch = [(CARDS[array], event) for array, events in ask.body.items() for event in events]
    bounded(len(batch))
    taking = _Taking(ask, world)
    fit = []
    for card, event in batch:
        outcome = _read(world, card, event)
        if isinstance(outcome, Told):
            fit.append(outcome)
        else:
            taking.refuse(event, outcome)
    if world.switches.conversation_batch_order == "time":
        fit.sort(key=_place)
    for one in fit:
        taking.take(one)
    return taking.done()


def _place(one: Told) -> tuple[float, int, bool, int]:
    """Where an event stands in its batch; of several that open a leg at the same time, the one nobody invited comes first."""
    rank, party = one.card.rank
    return one.at, rank, one.card.act == ESTABLISHED and bool(invited_by(one.said)), party


def _read(world: World, card: Card, event: Any) -> Told | Unfit:
    """What the event says, or what is wrong with it; refuses the whole batch where the platform is told to (a switch)."""
    if not isinstance(event, dict):
        raise offence(bad("bad.request", f"Field [{card.array}] must hold objects, found {type(event).__name__}"))
    try:
        return told(card, event, world.switches)
    except Unfit as unfit:
        if world.switches.event_schema_failure == "batch":
            raise offence(bad("constraint.validation", unfit.message)) from None
        return unfit


class _Taking:
    """A batch on its way into the conversations."""

    def __init__(self, ask: Ask, world: World) -> None:
        self._world, self._store, self._struck = world, world.conversations, ask.struck
        self._store.counts.requests += 1
        self._errors = Errors(self._store.counts)
        references = self._references = References(ask.caller, world)
        self._find: dict[str, Callable[[Any], Any]] = {
            "userId": references.user,
            "destinationUserId": references.user,
            "queueId": references.queue,
            "destinationQueueId": references.queue,
            "skillIds": references.skills,
            "languageId": references.language,
            "code": references.code,
            "sourceConfiguration": self._source,
        }
        self._failed: set[str] = set()
        self._order = 0
        self._now = world.now()
        self._accepted = world.written(self._now)

    def take(self, one: Told) -> None:
        """Accept one event, or note why not."""
        fault = next((rule for rule in self._struck if _strikes(rule, one)), None)
        try:
            if fault is None or fault.event_applied:
                self._accept(one)
        except Unfit as unfit:
            self.refuse(one.said, unfit)
            return
        if fault is not None:
            self._failed.add(one.conversation)
            self._errors.fail(one.said, fault)

    def refuse(self, event: Json, unfit: Unfit) -> None:
        """Tell why an event is not accepted."""
        if isinstance(known := event.get("conversationId"), str):
            self._failed.add(known.lower())
        self._errors.refuse(event, unfit)

    def done(self) -> Json:
        """The answer; from now on, or a while later, the accepted events show."""
        self._world.later(self._world.switches.event_lag, self._show)
        return {"errors": self._errors.told}

    def _show(self) -> None:
        self._store.show(self._order, self._world.now(), self._world.switches.conversation_tag)

    def _accept(self, one: Told) -> None:
        if one.conversation in self._failed and self._world.switches.conversation_after_failed == "held":
            raise Unfit("held", "An event of this conversation failed in the same batch", retryable=True)
        text = orjson.dumps(one.said, option=orjson.OPT_SORT_KEYS)
        digest = hash((one.card.array, text))
        if self._repeated(one, digest):
            return
        switches = self._world.switches
        timely(one.at, self._now, switches)
        conversation = self._conversation(one)
        self._resolve(one)
        self._judge(one, conversation)
        take_in(conversation.machine, one)
        self._world.history.remembered.keep(one.event, digest, switches.event_ids_kept)
        order = self._order = next(self._store.orders)
        head = b'{"order":%d,"array":"%s","acceptedDateTime":"%s","event":'
        row = head % (order, one.card.array.encode(), self._accepted.encode()) + text + b"}"
        self._store.keep(conversation, row, switches.conversations_kept)
        leg = conversation.machine.legs.get(one.communication)
        self._store.hide(order, conversation, one, leg.queue if leg else "")
        if one.card.act == ESTABLISHED and switches.recording_link == "interaction_id":
            introduce(self._world, one.said["sourceConfiguration"]["interactionId"], conversation.id)

    def _repeated(self, one: Told, digest: int) -> bool:
        """Whether the event was accepted before and is not to be applied again."""
        known = self._world.history.remembered.find(one.event)
        if known is None:
            return False
        self._store.counts.repeated += 1
        self._store.counts.clashes += known != digest
        repeated = self._world.switches.event_repeated
        if repeated == "refuse":
            raise Unfit("repeated", "An event with this id was accepted before")
        return repeated == "ignore"

    def _conversation(self, one: Told) -> Conversation:
        """The conversation, with all legs the event names; a new one for an opening event."""
        found = self._store.by_id.get(one.conversation)
        retryable = self._world.switches.conversation_unknown_retryable
        if found is None:
            if one.card.act != ESTABLISHED:
                raise Unfit("conversation", f"No conversation found for id {one.conversation}", retryable=retryable)
            return Conversation(one.conversation)
        for known in named(one):
            if known not in found.machine.legs:
                raise Unfit("communication", f"No communication found for id {known}", retryable=retryable)
        return found

    def _resolve(self, one: Told) -> None:
        """Everything the event names exists."""
        for name in one.card.references:
            if (value := one.said.get(name)) is not None:
                self._find[name](value)

    def _judge(self, one: Told, conversation: Conversation) -> None:
        """Counts the rules the event breaks; Unfit at the first one that is enforced."""
        machine = conversation.machine
        if one.at < machine.newest:
            conversation.out_of_order += 1
            self._store.counts.out_of_order += 1
        for rule, text in broken(machine, one):
            self._violated(rule, text)
        if (code := one.said.get("code")) is not None:
            queue = self._world.queues.get(machine.legs[one.communication].queue)
            if queue is not None and code not in queue.codes:
                self._violated("rule_disposed_code", f"The code {code} is not assigned to the queue {queue.id}")

    def _violated(self, rule: str, text: str) -> None:
        self._store.violations[rule] += 1
        if getattr(self._world.switches, rule) == "enforce":
            raise Unfit("rule", f"{text} ({rule})")

    def _source(self, configuration: Json) -> None:
        known, wanted = configuration["sourceId"], self._world.switches.conversation_source
        if wanted == "external_source" or (wanted == "either" and known in self._world.external_sources.live):
            self._references.external_source(known)
        elif wanted != "unchecked":
            self._references.presence_source(known)


def _strikes(rule: Rule, one: Told) -> bool:
    return rule.fails(one.said.get("userId") or "", one.conversation, one.card.array)


# ── what the admin port tells ────────────────────────────────────────────────────────────────────────────────────────


def tell_conversations(world: World, ids: str) -> Json:
    """Counts; with ids joined by commas, or `*` for all, also each conversation's events in the order of acceptance."""
    store = world.conversations
    shown: Json = store.tell()
    if ids:
        wanted = store.by_id if ids == "*" else ids.lower().split(",")
        shown["conversations"] = {one: _told(store.by_id[one]) for one in wanted if one in store.by_id}
    return shown


def _told(conversation: Conversation) -> Json:
    machine = conversation.machine
    return {
        "over": machine.over,
        "media": machine.media,
        "out_of_order": conversation.out_of_order,
        "communications": {known: leg.state for known, leg in machine.legs.items()},
        "open_transfers": machine.open_transfers,
        "open_consultation": bool(machine.consult),
        "events": conversation.events(),
    }
