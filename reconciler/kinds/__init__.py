"""One module per thing that exists in Genesys Cloud; each fills in the card of `model.kind`.

A kind knows the API's paths, bodies and oddities of its object and nothing else: no I/O, no other kind, no stage. It may share
the ordinary shape in `rest`. `REGISTRY` is written out in the order in which references point backwards, so that reading and
creating in this order finds every target.

Decided here: a write is a generator that yields Calls and receives Answers (as httpx does for its auth flows), because several
objects need more than one request and the executor must see, journal and count every single one of them.
"""

from reconciler.kinds import (
    conversation_event,
    division,
    external_source,
    language,
    presence_event,
    presence_source,
    queue,
    routing_status_event,
    secondary_status,
    skill,
    user,
    wrapup_code,
)
from reconciler.model.event import EventKind
from reconciler.model.kind import Kind

REGISTRY: dict[str, Kind] = {
    "division": division.KIND,
    "skill": skill.KIND,
    "language": language.KIND,
    "wrapup_code": wrapup_code.KIND,
    "secondary_status": secondary_status.KIND,
    "presence_source": presence_source.KIND,
    "external_source": external_source.KIND,
    "user": user.KIND,
    "queue": queue.KIND,
}

EVENTS: dict[str, EventKind] = {
    "presence_event": presence_event.KIND,
    "routing_status_event": routing_status_event.KIND,
    "conversation_event": conversation_event.KIND,
}
"""Kinds that are told, in batches, and never taken back."""
