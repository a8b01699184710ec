"""Contact records, contact events and agent events of Amazon Connect as a feed of calls and e-mails.

Records come after the fact, at least once, and again when they change; contact events come while it happens, unordered and best
effort; agent events come while it happens, in order per agent. One feed may hold all three, wrapped or not, and two feeds that
tell of the same contact tell of the same conversation. They go together so:

* All contacts that share an initial contact are one conversation, and so are e-mails that are related; a callback is one of its
  own, because the call that asked for it is over. `Read` remembers such links, so that later contacts find the right one.
* What is known of a contact is its newest record (by LastUpdateTimestamp), else what its events say together. From all contacts
  of a conversation follows what can be told of it; what was told already, with whatever time, is not told again.
* A record whose former contact is not there yet waits; one that names a next contact is told up to its agent's answer. An event
  without data (`Event(key, at, {})`) tells what waits as far as it goes.
* Agent events know what nobody else does: offers that nobody took, when a call rang and when it was on hold. They know neither
  the customer's number nor that the customer is gone, so that without the other two a call is ended by silence, as of when its
  last agent was done. Of e-mails they have no addresses, so that nothing can be told of them.
* Calls to the customer begin with the agent, because they can be told no other way: what came before, a campaign's flow or the
  queue of a callback, is not told. Supervisors who listen in (MONITOR) are no legs.

Source: Data model for contact records; Contact events; Agent event streams; About contact states: Amazon Connect administrator
guide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from reconciler.model.event import Event, Memory
from reconciler.model.interaction import Act, InteractionFeed, Media, Told
from reconciler.model.mapping import Mapping as Table
from reconciler.model.moment import Clock
from reconciler.sources.amazon_connect import desk, mails, sights, timeline
from reconciler.sources.amazon_connect.contact import Contact, joined, newest, read
from reconciler.sources.amazon_connect.script import Script
from reconciler.sources.amazon_connect.wrapped import get, records

_MEDIA = {"VOICE": Media.VOICE, "EMAIL": Media.EMAIL}
_GONE = frozenset({"CUSTOMER_DISCONNECT", "CONTACT_FLOW_DISCONNECT", "TELECOM_PROBLEM"})
_KEY = 200  # signs of a contact's id
_LINKS = 10_000  # contacts whose conversation is remembered
_CONTACTS = 200  # of one conversation
_MANY = 1000
_SILENT = 4 * 3600.0


# ── telling ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def tell(memory: Memory | None, event: Event) -> Told:
    """What is known of the contacts of a conversation, and what can be told of them now."""
    known: dict[str, Contact] = dict(memory["contacts"]) if memory else {}
    if event.data:
        said: Contact = dict(event.data)
        if len(known) >= _CONTACTS and said["id"] not in known:
            return Told(memory or {}, odd=f"{said['id']}: more than {_CONTACTS} contacts in one conversation")
        known[said["id"]] = joined(known.get(said["id"]), said)
    contacts = [contact for contact in known.values() if contact["method"] != "MONITOR"]
    if not event.data:  # nothing more comes: what an agent was done with last is over
        contacts = [{**contact, "end": contact["end"] or contact.get("left", 0)} for contact in contacts]
    media = Media(memory["media"]) if memory else _media(contacts)
    script = Script(media, memory["script"] if memory else None)
    for contact in contacts:
        script.name(*sights.taken(contact))
    missing = _named(contacts, event.key) - set(known) if event.data else set()
    until = _until(contacts, missing)
    for step in timeline.timeline(contacts, script) if media is Media.VOICE else mails.timeline(contacts):
        if until is None or step.at <= until:
            script.take(step)
    odd = [*script.odd, *(_untold(known.values(), script) if not missing else ())]
    before = set(memory["odd"]) if memory else set()
    new = [what for what in dict.fromkeys(odd) if what not in before]
    after = {"contacts": known, "media": media.value, "script": script.state, "odd": [*before, *new][-_MANY:]}
    return Told(after, tuple(script.steps), media, _tag(contacts), _is_over(known, missing), "; ".join(new))


def _media(contacts: Sequence[Contact]) -> Media:
    return _MEDIA[contacts[0]["media"]] if contacts else Media.VOICE


def _tag(contacts: Sequence[Contact]) -> str:
    """The contact that a callback came from; else people find a conversation by its own id."""
    return next((contact["initial"] for contact in contacts if contact["method"] == "CALLBACK"), "")


def _named(contacts: Sequence[Contact], key: str) -> set[str]:
    """Contacts that are named. A record names the next one; an event does not, and is told at once.

    Where the customer left before any agent came, the next contact is a callback, which is a conversation of its own (inferred).
    """
    named = {contact["next"] for contact in contacts if contact["agent"] or contact["reason"] not in _GONE}
    return (named | {contact["previous"] or key for contact in contacts if contact["id"] != key}) - {""}


def _until(contacts: Sequence[Contact], missing: set[str]) -> int | None:
    """Up to when things can be told while contacts are missing; None: all of it."""
    if not missing:
        return None
    if any(contact["previous"] in missing for contact in contacts) or not contacts:
        return 0
    waiting = [contact for contact in contacts if contact["next"] in missing]
    return min((one["connected"] or one["enqueued"] or one["start"] for one in waiting), default=0)


def _is_over(known: Mapping[str, Contact], missing: set[str]) -> bool:
    """Whether every contact has ended and was told by its record."""
    return bool(known) and not missing and all(contact["end"] and contact["is_record"] for contact in known.values())


def _untold(known: Iterable[Contact], script: Script) -> Iterator[str]:
    """Calls to the customer that no agent had a part in."""
    if script.state["legs"]:
        return
    for contact in known:
        if contact["end"] and contact["method"] != "MONITOR" and not contact["agent"]:
            yield f"{contact['id']}: {contact['method'] or 'a contact'} without an agent cannot be told"


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _check(contact: Contact) -> None:
    if len(contact["id"]) > _KEY or not contact["id"].isprintable():
        raise ValueError(f"no contact: ContactId is no id: {contact['id'][:40]!r}")


class _Read:
    """Records and events → Events, keyed by conversation. `odd` counts channels and methods that are not told; they give none."""

    def __init__(self, table: Table, clock: Clock, state: str) -> None:
        known = orjson.loads(state) if state else {}
        clock.last = max(clock.last, known.get("last", 0))
        self._clock = clock
        self._links: dict[str, str] = known.get("links", {})
        self._attribute = table.interactions.wrapup_attribute
        self.odd: dict[str, int] = {}

    @property
    def state(self) -> str:
        return orjson.dumps({"last": self._clock.last, "links": self._links}).decode()

    def __call__(self, record: bytes) -> Sequence[Event]:
        return [event for body in records(record) for event in self._events(body)]

    def _events(self, body: Mapping[str, Any]) -> Iterator[Event]:
        if not body:
            return
        if get(body, "AgentARN"):
            yield from self._desk(body)
            return
        channel = str(get(body, "Channel") or "").upper()
        if channel not in _MEDIA:
            if not get(body, "ContactId"):
                raise ValueError(f"no contact: ContactId is missing (keys: {', '.join(map(str, list(body)[:6]))})")
            self._odd(channel or "no channel")
            return
        contact = read(body, self._clock.text, self._attribute)
        _check(contact)
        name = f"{contact['id']} {contact['updated']}" if contact["is_record"] and contact["updated"] else ""
        yield Event(self._conversation(contact), newest(contact), contact, name)

    def _desk(self, body: Mapping[str, Any]) -> Iterator[Event]:
        """What was seen at an agent's desk of calls; of e-mails it has no addresses, so that nothing could be told."""
        name = str(get(body, "EventId") or "")
        for at, contact in desk.contacts(body, self._clock.text):
            if contact["media"] == "VOICE":
                _check(contact)
                yield Event(self._conversation(contact), at, contact, f"{name} {contact['id']}" if name else "")
            elif contact["media"] not in _MEDIA:
                self._odd(contact["media"] or "no channel")

    def _conversation(self, contact: Contact) -> str:
        """The first contact of the conversation; remembered where a later contact would not find it alone."""
        own, first = str(contact["id"]), str(contact["initial"] or contact["previous"])
        if contact["method"] == "CALLBACK":
            key = own
        elif contact["media"] == "EMAIL":
            former = str(contact["previous"] or contact["initial"] or contact["related"])
            key = self._links.get(former) or str(contact["initial"]) or former or own
        else:
            key = self._links.get(contact["previous"]) or self._links.get(first) or first or own
        if (key != own or contact["method"] == "CALLBACK") and self._links.get(own) != key:
            self._links[own] = key
            while len(self._links) > _LINKS:
                del self._links[next(iter(self._links))]
        return key

    def _odd(self, name: str) -> None:
        known = name if name in self.odd or len(self.odd) < _MANY else "…"
        self.odd[known] = self.odd.get(known, 0) + 1


CALLS = InteractionFeed(
    platform="amazon-connect",
    family="record",
    frame="json",
    open=_Read,
    tell=tell,
    disorder_seconds=30.0,
    silence_seconds=_SILENT,
    sees=frozenset(Act) - {Act.AUDIO},
    media=frozenset(Media),
)
"""A record comes minutes after its call, and again for as long as it changes; what happens comes within seconds by the others.

Feeds that are delivered apart lie up to half a minute apart. Four hours of silence are a call of which only agents' desks were
seen, or whose record was lost.
"""
