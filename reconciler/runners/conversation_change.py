"""What is told of a conversation → Changes, with ids that derive from what is told: the same bytes on every machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from reconciler.kinds.conversation_event import REFERS, SHAPES, names
from reconciler.model.change import Change, FieldChange, Op
from reconciler.model.moment import iso
from reconciler.model.resource import Ref
from reconciler.runners.conversation_legs import Notice
from reconciler.runners.window import event_id

KIND = "conversation_event"
_LEGS = frozenset({"invited_by", "previous", "initiating", "target", "object", "destination"})
_OPENINGS = frozenset(event for event, shape in SHAPES.items() if "source" in names(shape))


@lru_cache(maxsize=2048)
def conversation_id(source: str, native: str) -> str:
    """The id under which Genesys Cloud knows a native conversation of a source."""
    return event_id(source, "conversation", native)


@lru_cache(maxsize=2048)
def leg_id(source: str, native: str, leg: str) -> str:
    """The communication's id of a leg."""
    return event_id(source, "leg", native, leg)


def command_id(source: str, native: str, command: str) -> str:
    """The id of a transfer."""
    return event_id(source, "transfer", native, command)


@dataclass(frozen=True, slots=True)
class Sender:
    """On whose behalf conversations are told. `source` is our authority, from which all ids derive.

    `known_as` is the key of the object whose id goes into `sourceId`, and `refers` its kind: which kind the service means is
    unknown; a presence source is assumed, because the other events name one. `key` makes a native name the key of a kind.
    """

    source: str
    known_as: str
    refers: Literal["presence_source", "external_source"] = "presence_source"
    key: Callable[[str, str], str] = lambda _kind, native: native


class Native(NamedTuple):
    """What a change comes from: the native conversation, its tag (empty: its id), where it was read, and in which words."""

    conversation: str
    tag: str = ""
    place: str = ""
    words: str = ""


def change(notice: Notice, native: Native, sender: Sender) -> Change:
    """The change that tells one event. Its key is the event's id: of act, subject and how often, and of nothing around it."""
    fields = (
        *_said(notice, native, sender),
        *(FieldChange(("ids", name), None, value) for name, value in _ids(notice, native.conversation, sender.source)),
    )
    key = event_id(sender.source, KIND, native.conversation, notice.act, notice.subject, str(notice.ordinal))
    return Change(Op.CREATE, Ref(KIND, key), native.conversation, fields, origin=native.place, reason=native.words)


def _said(notice: Notice, native: Native, sender: Sender) -> Iterator[FieldChange]:
    """What people read: event, conversation, leg, time, and what is said of them."""
    yield FieldChange(("event",), None, notice.event)
    yield FieldChange(("conversation",), None, native.conversation)
    if notice.leg:
        yield FieldChange(("leg",), None, notice.leg)
    yield FieldChange(("at",), None, iso(notice.at))
    for name, value in notice.said.items():
        yield FieldChange((name,), None, _keyed(name, value, sender))
    if notice.event in _OPENINGS:
        yield FieldChange(("source",), None, f"{sender.refers}/{sender.known_as}")
        yield FieldChange(("tag",), None, native.tag or native.conversation)


def _keyed(name: str, value: Any, sender: Sender) -> Any:
    if name not in REFERS:
        return value
    return [sender.key(REFERS[name], one) for one in value] if isinstance(value, list) else sender.key(REFERS[name], value)


def _ids(notice: Notice, native: str, source: str) -> Iterator[tuple[str, str]]:
    """The derived ids an event names, by the field they stand for."""
    yield "conversation", conversation_id(source, native)
    if notice.leg:
        yield "leg", leg_id(source, native, notice.leg)
    for name, value in notice.said.items():
        if name in _LEGS:
            yield name, leg_id(source, native, value)
        elif name == "command":
            yield name, command_id(source, native, value)
        elif name == "into":
            yield name, conversation_id(source, value)
