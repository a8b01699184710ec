"""The agent event stream of Amazon Connect → what was seen of contacts at an agent's desk. What it means is for `timeline`.

Each event holds the agent's contacts now and before; what changed between the two is what happened. A contact that was offered
and is gone was missed, one that was talked to and is gone is done with. Source: Agent event streams data model, About contact
states, Amazon Connect administrator guide; that a state's start does not move when a contact goes on hold, so that the event's
time counts: AgentContactReference, API reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from reconciler.sources.amazon_connect.contact import Contact, Time, seen
from reconciler.sources.amazon_connect.wrapped import get, last

_LONG = 200
_OFFERED, _TALKING, _HELD, _MISSED, _ENDED = "offered", "talking", "held", "missed", "ended"
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("INCOMING", "PENDING", "CONNECTING"), _OFFERED),
        **dict.fromkeys(("MISSED", "REJECTED", "ERROR"), _MISSED),
        "CONNECTED": _TALKING,
        "CONNECTED_ONHOLD": _HELD,
        "ENDED": _ENDED,
    }
)
_WORK = frozenset({_TALKING, _HELD, _ENDED})
_DONE = "done"


def contacts(body: Mapping[str, Any], time: Time) -> Iterator[tuple[int, Contact]]:
    """(when, what was seen of a contact) for every contact that changed. Raises `ValueError` with what is wrong."""
    agent = last(_text(body, "AgentARN"))
    if not 0 < len(agent) <= _LONG or not agent.isprintable():
        raise ValueError(f"no agent event: AgentARN names no agent (keys: {', '.join(map(str, list(body)[:6]))})")
    now, before = _snapshot(body, "CurrentAgentSnapshot"), _snapshot(body, "PreviousAgentSnapshot")
    if not now and not before:
        return
    at = _time(body, "EventTimestamp", time)
    if not at:
        raise ValueError("no agent event: EventTimestamp is missing")
    for name, contact in {**before, **now}.items():
        former = _WORDS.get(_text(before[name], "State").upper(), "") if name in before else ""
        word = _WORDS.get(_text(contact, "State").upper(), "") if name in now else _gone(former)
        since = _time(contact, "StateStartTimestamp", time) if name in now else 0
        if word and word != former:
            yield at, _seen(contact, agent, (word, former, min(since, at) or at, at), time)


def _gone(former: str) -> str:
    """What it means that a contact is no longer at the desk."""
    return _MISSED if former == _OFFERED else _DONE if former in _WORK else ""


def _seen(contact: Mapping[str, Any], agent: str, change: tuple[str, str, int, int], time: Time) -> Contact:
    """What was seen: `change` is what it is now and was before, since when, and when that was told."""
    word, former, began, at = change
    queue = get(contact, "Queue")
    named = (_text(queue, "ARN") or _text(queue, "Name")) if isinstance(queue, dict) else ""
    enqueued, connected = _time(contact, "QueueTimestamp", time), _time(contact, "ConnectedToAgentTimestamp", time)
    method = _text(contact, "InitiationMethod").upper()
    said: dict[str, Any] = {
        "method": method,
        "media": _text(contact, "Channel").upper(),
        "initial": _text(contact, "InitialContactId"),
        "queue": last(named),
        "to_agent": "/queue/agent/" in named,
        "enqueued": enqueued,
        "start": min(one for one in (enqueued, connected, began) if one),
        "is_guess": True,
    }
    if word in _WORK or word == _DONE:
        since = connected or (began if word == _TALKING and former not in _WORK else 0)
        said |= {"agent": agent, "connected": since, "system": since if method == "OUTBOUND" else 0}
    if word == _ENDED:
        said |= {"acw_start": began, "left": began}
    if word == _DONE:
        said |= {"acw_end": at if former == _ENDED else 0, "left": 0 if former == _ENDED else at}
    sight = _sight(word, former, began, at)
    return seen(_text(contact, "ContactId"), **said, seen=[[sight[0], agent, sight[1]]] if sight else [])


def _sight(word: str, former: str, began: int, at: int) -> tuple[int, str] | None:
    """What was seen, and when; a hold begins and ends with the event, whatever the state says."""
    if word == _HELD or (word == _TALKING and former == _HELD):
        return (at, "held" if word == _HELD else "resumed")
    return {_OFFERED: (began, "ringing"), _MISSED: (began, "missed"), _TALKING: (began, "connected")}.get(word)


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _snapshot(body: Mapping[str, Any], name: str) -> dict[str, Mapping[str, Any]]:
    """Contacts by id. Raises `ValueError` where they are no list of contacts."""
    snapshot = get(body, name)
    found = get(snapshot, "Contacts") if isinstance(snapshot, dict) else None
    if found is None:
        return {}
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError(f"Contacts is no list of contacts: {str(found)[:40]!r}")
    return {name: one for one in found if (name := _text(one, "ContactId"))}


def _text(body: Mapping[str, Any], name: str) -> str:
    value = get(body, name)
    if isinstance(value, dict | list):
        raise ValueError(f"{name} is no text: {str(value)[:40]!r}")  # noqa: TRY004 - a record is a value, not code
    return "" if value is None else str(value).encode(errors="replace").decode().strip()[:1000]


def _time(body: Mapping[str, Any], name: str, time: Time) -> int:
    text = _text(body, name)
    try:
        return max(time(text), 1) if text else 0
    except (ValueError, OverflowError):
        raise ValueError(f"{name} is no time: {text[:40]!r}; expected such as 2026-03-02T08:00:00.125Z") from None
