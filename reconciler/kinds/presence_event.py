"""Presence events: what an agent is doing (on queue, at lunch), injected for a registered presence source."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.kinds.rest import refused, told
from reconciler.model.call import Call
from reconciler.model.change import Change
from reconciler.model.event import EventKind, Ids


def call(changes: Sequence[Change], ids: Ids) -> Call:
    """One request of up to 100 presence events. A field `presence` is `kind/key` of a definition.

    Source: POST /api/v2/events/users/presence, API description of July 2026: `eventId`, `eventDateTime`, `userId` and `sourceId`
    are required; `max.batch.size.surpassed` above 100. Permission `presence:userPresence:inject`.
    """
    events = []
    for change in changes:
        said = told(change)
        kind, _, key = said["presence"].partition("/")
        events.append(
            {
                "eventId": change.ref.key,
                "eventDateTime": said["at"],
                "userId": ids.id("user", said["user"]),
                "sourceId": ids.id("presence_source", said["source"]),
                "presenceDefinitionId": ids.id(kind, key),
            }
        )
    return Call("POST", "/api/v2/events/users/presence", body={"userPresenceEvents": events})


KIND = EventKind("presence_event", 100, call, refused)
