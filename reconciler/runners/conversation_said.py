"""What a step says, in the words events are told in: what is wrong with it, and what may be taken for granted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from reconciler.kinds.conversation_event import SHAPES, lacking, names
from reconciler.model.interaction import Act, How, Media, Party, Step
from reconciler.runners.conversation_legs import Conversation
from reconciler.runners.conversation_table import ENDS, TABLE

OURS = {"agent": "user", "code": "wrapup_code"}
"""Native words → what they are called in Genesys Cloud."""
_THEIRS = {ours: native for native, ours in OURS.items()}
_ADDED = {"leg": "", "source": "", "conversation": ""}  # what an event needs that no step says

_YES_OR_NO = frozenset(
    ["alerting", "inbound", "recording", "can_hear", "can_speak", "after_work", "held", "attended", "with_message"],
)
_AGENTS = frozenset({"userEstablished", "emailUserEstablished"})
_LISTS = frozenset({"skills", "cc", "bcc", "tags"})
_NAMES: Mapping[str, tuple[str, ...]] = {event: tuple(names(shape)) for event, shape in SHAPES.items()}


def _words(act: Act) -> frozenset[str]:
    """Everything an act may say, of whatever leg."""
    events = {event for row in TABLE if row.act is act for event in (row.voice, row.email) if event}
    known = {name for event in events for name in _NAMES[event]}
    return frozenset(known - {*_ADDED, "tag"} | ({"party"} if act is Act.OPEN else set()))


_WORDS: Mapping[Act, frozenset[str]] = {act: _words(act) for act in Act}


def cleaned(step: Step) -> dict[str, Any]:
    """What a step says in our words, without what says nothing. Raises `ValueError` for a word nobody knows, or a wrong type."""
    if step.act is Act.RECORDED:
        return {}
    said = {}
    for name, value in step.said.items():
        ours = OURS.get(name, name)
        if ours not in _WORDS[step.act]:
            raise ValueError(f"nobody knows {name}; there are: {', '.join(sorted(map(theirs, _WORDS[step.act]))) or 'no words'}")
        if value not in (None, "", [], (), {}):
            said[ours] = _typed(name, value)
    return said


def _typed(name: str, value: Any) -> Any:
    """The value in its one form. Raises `ValueError` where it has another type than the interface takes."""
    if name in _YES_OR_NO:
        if value is True or value is False:
            return value
        raise ValueError(f"{name} must be true or false, and is {value!r}")
    if name in _LISTS:
        if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
            return [str(one) for one in value]
        raise ValueError(f"{name} must be a list of texts, and is {value!r}")
    if name == "info":
        if isinstance(value, Mapping) and all(isinstance(one, str) for pair in value.items() for one in pair):
            return {key: value[key] for key in sorted(value)}
        raise ValueError(f"{name} must hold texts by name, and is {value!r}")
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text, and is {value!r}")  # noqa: TRY004 - what a step says is a value, not code
    return str(value)


def theirs(name: str) -> str:
    """A word as steps have it."""
    return _THEIRS.get(name, name)


def granted(conversation: Conversation, step: Step, said: Mapping[str, Any]) -> dict[str, Any]:
    """What a step means to say: all it says, and what goes without saying."""
    add = _GRANTS.get(step.act, _nothing)
    return {name: value for name, value in {**add(conversation, step, said), **said}.items() if value != ""}


def _nothing(_conversation: Conversation, _step: Step, _said: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


def _opening(conversation: Conversation, _step: Step, said: Mapping[str, Any]) -> Mapping[str, Any]:
    """A leg is connected unless it alerts; the first one shows the direction by whose it is."""
    first = {} if conversation.legs else {"inbound": said.get("party") == Party.CUSTOMER}
    return {"alerting": False, **first}


def _beginning(_conversation: Conversation, step: Step, said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whoever begins a transfer is the one who leaves."""
    initiating = said.get("initiating", step.leg)
    return {"initiating": initiating, "target": initiating}


def _going_on(conversation: Conversation, _step: Step, said: Mapping[str, Any]) -> Mapping[str, Any]:
    """A transfer goes on with the leg it was begun for."""
    command = conversation.commands.get(said.get("command", ""))
    return {"object": command.object} if command else {}


_GRANTS: Mapping[Act, Callable[[Conversation, Step, Mapping[str, Any]], Mapping[str, Any]]] = {
    Act.OPEN: _opening,
    Act.TRANSFER: _beginning,
    Act.PROGRESS: _going_on,
    Act.END: _going_on,
    Act.CONSULT: lambda _conversation, step, _said: {"initiating": step.leg},
    Act.CONSULTING: lambda conversation, _step, _said: conversation.consult._asdict() if conversation.consult else {},
}


def missing(event: str, said: Mapping[str, Any]) -> str:
    """What an event needs and nobody says, in words; empty where nothing is missing."""
    return _missing(event, frozenset(said))


@lru_cache(maxsize=4096)
def _missing(event: str, names: frozenset[str]) -> str:
    """The same by the names of what is said: the same few come again and again."""
    lacks = [theirs(name) for name in lacking(event, {**_ADDED, **dict.fromkeys(names)})]
    return f"{' and '.join(lacks)} {'is' if len(lacks) == 1 else 'are'} missing" if lacks else ""


def unsayable(media: Media, said: Mapping[str, Any]) -> tuple[str, str] | None:
    """An end of a leg that this medium has no word for, and those there are; None where there is none."""
    if "how" not in said or said["how"] in ENDS[media]:
        return None
    return f"how is {said['how']}", f"how must be one of: {', '.join(sorted(ENDS[media]))}"


def kept(event: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """What an event has a place for, in the order of the interface; the rest is left out.

    Of an agent the queue is told where they act on behalf of one, outbound; inbound it has a leg of its own. Source: `queueId`
    of UserEstablishedEvent and EmailUserEstablishedEvent, API description of July 2026: "outbound only". A call whose end nobody
    can explain was ended by the system, because `Unknown` is for e-mails only.
    """
    found = {name: said[name] for name in _NAMES[event] if name in said}
    if event in _AGENTS and said.get("inbound"):
        found.pop("queue", None)
    if found.get("alerting"):
        found.pop("held", None)  # what still alerts is not held
    if event == "communicationEnded" and found["how"] == How.UNKNOWN:
        found["how"] = How.SYSTEM.value
    return found
