"""Presence and routing status events: up to 100 in one request, in the order given; refusals event by event."""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest
from kinds.fake import Known

from reconciler.kinds import EVENTS, REGISTRY
from reconciler.model.call import Answer, Call
from reconciler.model.change import Change, FieldChange, Op
from reconciler.model.event import Refused
from reconciler.model.resource import Ref
from reconciler.runners.pairs import ROUTING

PRESENCE, ROUTING_STATUS = EVENTS["presence_event"], EVENTS["routing_status_event"]
AT = "2026-11-22T09:30:00.125Z"


def told(kind: str, name: str, value: str, *, number: int = 1, user: str = "ann") -> Change:
    said = {"user": user, "at": AT, "source": "acme", name: value}
    fields = tuple(FieldChange((field,), None, one) for field, one in said.items())
    return Change(Op.CREATE, Ref(kind, str(UUID(int=number, version=4))), user, fields)


def presence(value: str = "system_presence/Busy", **more: Any) -> Change:
    return told("presence_event", "presence", value, **more)


def routing(value: str = "Idle", **more: Any) -> Change:
    return told("routing_status_event", "routing_status", value, **more)


def test_a_presence_event_names_user_source_and_definition_by_their_ids() -> None:
    assert PRESENCE.call([presence()], Known()) == Call(
        "POST",
        "/api/v2/events/users/presence",
        body={
            "userPresenceEvents": [
                {
                    "eventId": str(UUID(int=1, version=4)),
                    "eventDateTime": AT,
                    "userId": "user-ann",
                    "sourceId": "presence_source-acme",
                    "presenceDefinitionId": "system_presence-Busy",
                }
            ]
        },
    )


@pytest.mark.parametrize("key", ["lunch", "AUX/9", "昼食"])
def test_a_secondary_status_is_found_by_its_key(key: str) -> None:
    (event,) = PRESENCE.call([presence(f"secondary_status/{key}")], Known()).body["userPresenceEvents"]

    assert event["presenceDefinitionId"] == f"secondary_status-{key}"


def test_a_routing_status_event_names_its_user_as_agent() -> None:
    assert ROUTING_STATUS.call([routing("NotResponding")], Known()) == Call(
        "POST",
        "/api/v2/events/users/routingstatus",
        body={
            "userRoutingStatusEvents": [
                {
                    "eventId": str(UUID(int=1, version=4)),
                    "eventDateTime": AT,
                    "agentId": "user-ann",
                    "sourceId": "presence_source-acme",
                    "status": "NotResponding",
                }
            ]
        },
    )


@pytest.mark.parametrize("make", [presence, routing])
def test_events_stand_in_the_order_given(make: Any) -> None:
    changes = [make(number=number, user=f"u{number}") for number in (3, 1, 2)]

    (events,) = EVENTS[changes[0].ref.kind].call(changes, Known()).body.values()

    assert [one["eventId"] for one in events] == [one.ref.key for one in changes]


@pytest.mark.parametrize("missing", [Ref("user", "ann"), Ref("presence_source", "acme"), Ref("system_presence", "Busy")])
def test_an_event_of_something_that_is_not_there_is_no_call(missing: Ref) -> None:
    with pytest.raises(LookupError, match=f"{missing} is not in Genesys Cloud"):
        PRESENCE.call([presence()], Known(missing=frozenset({missing})))


@pytest.mark.parametrize("kind", [PRESENCE, ROUTING_STATUS])
@pytest.mark.parametrize(
    ("body", "refused"),
    [
        (b"", {}),
        (b"{}", {}),
        (b'{"errors": []}', {}),
        (b'{"errors": null}', {}),
        (
            b'{"errors": [{"eventId": "a", "message": "no such user", "retryable": false}, {"eventId": "b", "retryable": true}]}',
            {"a": Refused("no such user", retryable=False), "b": Refused("", retryable=True)},
        ),
        (b'{"errors": [{"eventId": "a"}]}', {"a": Refused("", retryable=False)}),
    ],
)
def test_what_is_not_refused_by_name_was_accepted(kind: Any, body: bytes, refused: dict[str, Refused]) -> None:
    assert kind.refused(Answer(200, body)) == refused


@pytest.mark.parametrize("name", ["presence_event", "routing_status_event"])
def test_kinds_of_events_are_told_by_the_hundred_and_are_no_kinds_of_objects(name: str) -> None:
    assert (EVENTS[name].name, EVENTS[name].batch, name in REGISTRY) == (name, 100, False)


# ── against the official description ─────────────────────────────────────────────────────────────────────────────────


@functools.cache
def official() -> dict[str, Any]:
    """The official description, made strict: properties it does not name are refused. Empty where nobody says where it is."""
    path = os.environ.get("GENESYS_SWAGGER")
    if not path or not Path(path).exists():
        return {}
    found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    for one in found["definitions"].values():
        if "properties" in one:
            one["additionalProperties"] = False
    return found


@pytest.mark.parametrize(
    "change",
    [presence(), presence("secondary_status/lunch"), *(routing(status) for status in ROUTING)],
    ids=lambda change: f"{change.ref.kind} {change.fields[-1].after}",
)
def test_requests_are_what_the_official_description_asks_for(change: Change) -> None:
    if not official():
        pytest.skip("GENESYS_SWAGGER names no API description")
    call = EVENTS[change.ref.kind].call([change] * 100, Known())
    (body,) = [one for one in official()["paths"][call.path]["post"]["parameters"] if one["in"] == "body"]

    validator = jsonschema_rs.Draft4Validator({**body["schema"], "definitions": official()["definitions"]})

    assert list(validator.iter_errors(call.body)) == []
