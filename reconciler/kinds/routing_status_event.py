"""Routing status events: whether an agent takes, has or missed work, injected for a registered presence source."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.kinds.rest import refused, told
from reconciler.model.call import Call
from reconciler.model.change import Change
from reconciler.model.event import EventKind, Ids


def call(changes: Sequence[Change], ids: Ids) -> Call:
    """One request of up to 100 routing status events.

    Source: POST /api/v2/events/users/routingstatus, API description of July 2026: the user stands in `agentId` (that this is the
    user's id is inferred), the time is ISO 8601 although one sentence says epoch; `max.batch.size.surpassed` above 100.
    Permission `routing:routingstatus:inject`. That `sourceId` is the presence source's is inferred.
    """
    events = []
    for change in changes:
        said = told(change)
        events.append(
            {
                "eventId": change.ref.key,
                "eventDateTime": said["at"],
                "agentId": ids.id("user", said["user"]),
                "sourceId": ids.id("presence_source", said["source"]),
                "status": said["routing_status"],
            }
        )
    return Call("POST", "/api/v2/events/users/routingstatus", body={"userRoutingStatusEvents": events})


KIND = EventKind("routing_status_event", 100, call, refused)
