"""What a contact record or a contact event says of one contact, as plain data; and what several of them say together.

Times are in milliseconds since 1970, 0 where nothing is said; texts are empty where nothing is said. Queues and agents are named
by the end of their ARN, as in the export; the queue that belongs to an agent is called as its agent is.

Source of all keys: Data model for contact records, and Contact events data model, Amazon Connect administrator guide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from reconciler.sources.amazon_connect.wrapped import last

Contact: TypeAlias = dict[str, Any]
"""One contact, as `read` makes it; one that was seen in the agent event stream besides has what `seen` lists."""

_LONG = 1000  # signs of a text
_MANY = 20  # holds of a contact, and recordings
_AFTER_ALL = ("end", "acw_end")
_SEEN = 200  # things an agent's desk was seen to do with a contact
_SIGHTS = ("ringing", "missed", "connected", "held", "resumed")
_WHEN = ("start", "system", "enqueued", "dequeued", "connected", "transferred_at", "acw_start", *_AFTER_ALL)
_TEXTS = (
    *("id", "method", "media", "initial", "previous", "next", "related", "customer", "system_number", "number", "queue", "agent"),
    *("reason", "subject", "code"),
)
_NUMBERS = (*_WHEN, "updated", "holds", "hold_seconds")

Time: TypeAlias = Callable[[str], int]


def read(body: Mapping[str, Any], time: Time, attribute: str) -> Contact:
    """What a record or an event says; `attribute` is the contact attribute that holds the wrap-up code.

    Raises `ValueError` with what is wrong. `is_record` tells the two apart: an event says what was known when it happened.
    """
    record = {name.lower(): value for name, value in body.items()}
    is_record = "eventtype" not in record
    queue, agent = _part(record, "queue" if is_record else "queueinfo"), _part(record, "agent" if is_record else "agentinfo")
    named = _text(queue, "arn") or _text(queue, "queuearn")
    contact: Contact = {
        "is_record": is_record,
        "id": _text(record, "contactid"),
        "method": _text(record, "initiationmethod").upper(),
        "media": _text(record, "channel").upper(),
        "initial": _text(record, "initialcontactid"),
        "previous": _text(record, "previouscontactid"),
        "next": _text(record, "nextcontactid"),
        "related": _text(record, "relatedcontactid"),
        "customer": _text(_part(record, "customerendpoint"), "address"),
        "system_number": _text(_part(record, "systemendpoint"), "address"),
        "number": _text(_part(record, "transferredtoendpoint"), "address"),
        "queue": last(named),
        "to_agent": _text(queue, "queuetype").upper() == "AGENT" or "/queue/agent/" in named,
        "agent": last(_text(agent, "arn") or _text(agent, "agentarn")),
        "reason": _text(record, "disconnectreason").upper(),
        "start": _time(record, "initiationtimestamp", time),
        "system": _time(record, "connectedtosystemtimestamp", time),
        "enqueued": _time(queue, "enqueuetimestamp", time),
        "dequeued": _time(queue, "dequeuetimestamp", time),
        "connected": _time(agent, "connectedtoagenttimestamp", time),
        "acw_start": _time(agent, "aftercontactworkstarttimestamp", time),
        "acw_end": _time(agent, "aftercontactworkendtimestamp", time),
        "transferred_at": _time(record, "transfercompletedtimestamp", time),
        "end": _time(record, "disconnecttimestamp", time),
        "updated": _time(record, "lastupdatetimestamp", time),
        "holds": min(_number(agent, "numberofholds"), _MANY),
        "hold_seconds": _number(agent, "customerholdduration"),
        "subject": _subject(record),
        "code": _text(_attributes(record), attribute) if attribute else "",
        "recordings": [recording for one in _list(record, "recordings")[:_MANY] if (recording := _recording(one, time))],
    }
    if not contact["id"] or not contact["start"]:
        raise ValueError(f"no contact: {'ContactId' if not contact['id'] else 'InitiationTimestamp'} is missing")
    return contact


def seen(name: str, **said: Any) -> Contact:
    """A contact of which nothing is known but what is said: the rest is empty, as in `read`.

    Besides, `is_guess` tells that nobody has said when it began; `seen` is what was seen of it: [when, agent, what] with
    `ringing`, `missed`, `connected`, `held`, `resumed`; `left` is when its agent was done with it, or left it.
    """
    empty = {**dict.fromkeys(_TEXTS, ""), **dict.fromkeys(_NUMBERS, 0), "is_record": False, "to_agent": False, "recordings": []}
    return {**empty, "id": name, "seen": [], "is_guess": False, "left": 0, **said}


def newest(contact: Contact) -> int:
    """When the newest thing happened that is said of it."""
    return int(max(*(contact[name] for name in _WHEN), contact.get("left", 0), *(one[0] for one in contact.get("seen", ()))))


def joined(known: Contact | None, said: Contact) -> Contact:
    """What is known of a contact when something more is said.

    Of two records the later update wins. A record wins over events, and an event only adds what nobody has said yet; when the
    contact began, agents' desks do not know. What was seen there is kept in any case.
    """
    if known is None:
        return said
    if said["is_record"]:
        wins = not known["is_record"] or said["updated"] >= known["updated"]
        one = said if wins else known
    else:
        is_better = known.get("is_guess") and (not said.get("is_guess") or said["start"] < known["start"])
        start = said if is_better else known
        one = {name: value or said.get(name, value) for name, value in known.items()}
        one |= {"start": start["start"], "is_guess": start.get("is_guess", False)}
    found = {tuple(sight) for each in (known, said) for sight in each.get("seen", ())}
    sights = sorted(found, key=lambda sight: (sight[0], _SIGHTS.index(sight[2]), sight[1]))
    if not sights:
        return one
    left = known.get("left", 0) or said.get("left", 0)
    return {**one, "seen": [list(sight) for sight in sights[:_SEEN]], "left": left}


def agent_end(contact: Contact) -> int:
    """When its agent left: when after work began, else when the contact ended or left the desk; 0 while it goes on."""
    return int(contact["acw_start"] or contact["end"] or contact.get("left", 0))


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object in a record, with keys in lower case; empty where there is none. Raises `ValueError` for anything else."""
    value = record.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{name} is no object: {str(value)[:40]!r}")  # noqa: TRY004 - a record is a value, not code
    return {key.lower(): inner for key, inner in value.items()}


def _attributes(record: Mapping[str, Any]) -> Mapping[str, Any]:
    value = record.get("attributes")
    return value if isinstance(value, dict) else {}


def _list(record: Mapping[str, Any], name: str) -> list[Any]:
    value = record.get(name)
    return value if isinstance(value, list) else []


def _text(record: Mapping[str, Any], name: str) -> str:
    """A text that can be written anywhere. Raises `ValueError` for an object or a list."""
    value = record.get(name)
    if value is None:
        return ""
    if isinstance(value, dict | list):
        raise ValueError(f"{name} is no text: {str(value)[:40]!r}")  # noqa: TRY004 - a record is a value, not code
    return str(value).encode(errors="replace").decode().strip()[:_LONG]


def _number(record: Mapping[str, Any], name: str) -> int:
    text = _text(record, name)
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _time(record: Mapping[str, Any], name: str, time: Time) -> int:
    text = _text(record, name)
    try:
        return max(time(text), 1) if text else 0
    except (ValueError, OverflowError):
        raise ValueError(f"{name} is no time: {text[:40]!r}; expected such as 2026-03-02T08:00:00Z") from None


def _subject(record: Mapping[str, Any]) -> str:
    """The subject of an e-mail, a segment attribute. Source: `connect:EmailSubject`, contact segment attributes of e-mails."""
    subject = _part(record, "segmentattributes").get("connect:emailsubject")
    return _text({key.lower(): inner for key, inner in subject.items()}, "valuestring") if isinstance(subject, dict) else ""


def _recording(value: Any, time: Time) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        return None
    told = {key.lower(): inner for key, inner in value.items()}
    file = _text(told, "location")
    times = {"start": _time(told, "starttimestamp", time), "stop": _time(told, "stoptimestamp", time)}
    return {"file": file, **times} if file else None
