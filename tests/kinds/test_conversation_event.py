"""Conversation events: 18 of calls, 14 of e-mails, one array each, held against the official description."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest
from kinds.fake import Known

from reconciler.kinds import EVENTS
from reconciler.kinds.conversation_event import KIND, SHAPES, SPELLINGS, Shape, lacking, names
from reconciler.model.call import Answer
from reconciler.model.change import Change, FieldChange, Op
from reconciler.model.event import Refused
from reconciler.model.resource import Ref

COMMON = frozenset({"eventId", "eventDateTime", "conversationId"})
ID = str(UUID(int=7, version=4))
SAID: dict[str, Any] = {
    "conversation": "1700.1",
    "at": "2026-11-22T09:30:00.000Z",
    "source": "presence_source/acme",
    "tag": "thread 7",
    "alerting": True,
    "inbound": True,
    "recording": False,
    "can_hear": True,
    "can_speak": False,
    "info": {"trunk": "3"},
    "ani": "+4930123",
    "dnis": "+4930999",
    "ani_name": "Ann",
    "dnis_name": "Hotline",
    "name": "Welcome",
    "number": "+4930555",
    "queue": "q1",
    "skills": ["billing", "vip"],
    "language": "de",
    "label": "complaint",
    "user": "a1",
    "station": ID,
    "after_work": True,
    "held": False,
    "how": "transfer_queue",
    "wrapup_code": "sale",
    "notes": "called twice",
    "tags": ["hot"],
    "attended": False,
    "state": "canceled",
    "to": "help@example.com",
    "from": "ann@example.com",
    "cc": ["bob@example.com"],
    "bcc": [],
    "subject": "Bill",
    "with_message": True,
}
POINTERS = ("leg", "invited_by", "previous", "command", "initiating", "target", "object", "destination", "into")


def change(event: str, said: Mapping[str, Any] = SAID, without: tuple[str, ...] = ()) -> Change:
    """An event that says everything an event of its kind can say, but for what is `without`."""
    known = {*names(SHAPES[event]), "conversation", "at"} - {*without}
    fields = [FieldChange((name,), None, value) for name, value in said.items() if name in known]
    ids = [FieldChange(("ids", name), None, ID) for name in ("conversation", *POINTERS) if name in known]
    return Change(
        Op.CREATE, Ref("conversation_event", ID), "1700.1", (FieldChange(("event",), None, event), *fields, *ids), origin="cel:7"
    )


def sent(event: str, **how: Any) -> dict[str, Any]:
    """The event as it is sent."""
    body = KIND.call([change(event, **how)], Known()).body
    (found,) = body[f"{event}Events"]
    return dict(found)


@functools.cache
def definitions() -> dict[str, Any]:
    """The official definitions, made strict: properties they do not name are refused."""
    path = os.environ.get("GENESYS_SWAGGER")
    if not path or not Path(path).exists():
        return {}
    found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))["definitions"]
    for one in found.values():
        if "properties" in one:
            one["additionalProperties"] = False
    return found


@functools.cache
def validator() -> Any:
    batch = {"$ref": "#/definitions/BatchConversationEventRequest", "definitions": definitions()}
    return jsonschema_rs.Draft4Validator(batch)


@pytest.fixture
def official() -> dict[str, Any]:
    return definitions() or pytest.skip("GENESYS_SWAGGER names no API description")


def differences(shape: Shape, one: dict[str, Any], common: frozenset[str] = frozenset()) -> list[str]:
    """In what a shape and its definition differ, objects inside included."""
    required, known = set(one.get("required", ())), set(one["properties"])
    found = [f"required: {name}" for name in required ^ (set(shape.needs) | common)]
    found += [f"known: {name}" for name in known ^ (set(shape.needs) | set(shape.may) | common)]
    for member, source in (*shape.needs.items(), *shape.may.items()):
        if isinstance(source, Shape) and member in known:
            inner = definitions()[one["properties"][member]["$ref"].rpartition("/")[2]]
            found += [f"{member}.{text}" for text in differences(source, inner)]
    return found


def definition(event: str) -> dict[str, Any]:
    array = definitions()["BatchConversationEventRequest"]["properties"][f"{event}Events"]
    found: dict[str, Any] = definitions()[array["items"]["$ref"].rpartition("/")[2]]
    return found


def test_there_are_18_events_of_calls_and_14_of_emails() -> None:
    email = [event for event in SHAPES if event.startswith("email")]

    assert (len(SHAPES) - len(email), len(email)) == (18, 14)


def test_the_arrays_are_those_of_the_official_description(official: dict[str, Any]) -> None:
    arrays = official["BatchConversationEventRequest"]["properties"]

    assert {f"{event}Events" for event in SHAPES} == set(arrays)


@pytest.mark.usefixtures("official")
@pytest.mark.parametrize("event", SHAPES)
def test_members_required_or_not_are_those_of_the_official_description(event: str) -> None:
    assert differences(SHAPES[event], definition(event), COMMON) == []


@pytest.mark.usefixtures("official")
@pytest.mark.parametrize("event", SHAPES)
@pytest.mark.parametrize("is_full", [True, False])
def test_an_event_is_valid_by_the_official_description(event: str, is_full: bool) -> None:
    needed = {*lacking(event, {}), "to", "from", "alerting", "can_hear", "conversation", "at"}
    said = SAID if is_full else {name: value for name, value in SAID.items() if name in needed}

    validator().validate({f"{event}Events": [sent(event, said=said)]})


@pytest.mark.usefixtures("official")
@pytest.mark.parametrize("event", SHAPES)
def test_values_are_spelt_as_in_the_official_description(event: str) -> None:
    members = definition(event)["properties"]
    needs = SHAPES[event].needs
    enums = {source: members[member]["enum"] for member, source in needs.items() if "enum" in members[member]}

    ours = {str(source): set(SPELLINGS[str(source)].values()) for source in enums}

    assert all(set(enum) <= ours[str(source)] for source, enum in enums.items())
    assert all(ours[name] == set(enums[name]) for name in ours.keys() - {"how"})


def test_an_opened_leg_names_where_it_comes_from() -> None:
    assert sent("externalEstablished") == {
        "eventId": ID,
        "eventDateTime": "2026-11-22T09:30:00.000Z",
        "conversationId": ID,
        "communicationId": ID,
        "initialConfiguration": {
            "alerting": True,
            "inbound": True,
            "invitedBy": ID,
            "additionalInfo": {"trunk": "3"},
            "recordingActive": False,
            "audioState": {"canHear": True, "canSpeak": False},
        },
        "sourceConfiguration": {"sourceId": "presence_source-acme", "interactionId": "1700.1", "tagId": "thread 7"},
        "ani": "+4930123",
        "dnis": "+4930999",
        "aniName": "Ann",
        "dnisName": "Hotline",
    }


def test_keys_become_ids() -> None:
    queue, transfer = sent("routingEstablished"), sent("routingTransfer")

    assert [queue[name] for name in ("queueId", "skillIds", "languageId")] == [
        "queue-q1",
        ["skill-billing", "skill-vip"],
        "language-de",
    ]
    assert transfer["destinationQueueId"] == "queue-q1"
    assert sent("userEstablished")["userId"] == "user-a1"
    assert sent("communicationDispositionApplied")["code"] == "wrapup_code-sale"


def test_the_source_may_be_an_external_source() -> None:
    said = {**SAID, "source": "external_source/acme"}

    assert sent("ivrEstablished", said=said)["sourceConfiguration"]["sourceId"] == "external_source-acme"


def test_a_skipped_disposition_has_no_code() -> None:
    assert "code" not in sent("emailCommunicationDispositionApplied", without=("wrapup_code",))


def test_audio_of_which_nothing_is_known_is_left_out() -> None:
    assert "audioState" not in sent("phoneEstablished", without=("can_hear", "can_speak"))["initialConfiguration"]


def test_a_station_without_an_id_of_genesys_cloud_is_left_out() -> None:
    assert "stationId" in sent("userEstablished")
    assert "stationId" not in sent("userEstablished", said={**SAID, "station": "SIP/7001"})


def test_a_batch_holds_each_event_in_the_array_of_its_kind_in_order() -> None:
    one, two = change("holdUpdated"), change("holdUpdated", {**SAID, "held": True})

    body = KIND.call([one, change("emailBeginTransmitting"), two], Known()).body

    assert list(body) == ["holdUpdatedEvents", "emailBeginTransmittingEvents"]
    assert [event["held"] for event in body["holdUpdatedEvents"]] == [False, True]


def test_a_user_whom_genesys_cloud_does_not_know_stops_the_call() -> None:
    known = Known(missing=frozenset({Ref("user", "a1")}))

    with pytest.raises(LookupError, match="user/a1"):
        KIND.call([change("userEstablished")], known)


def test_what_an_event_lacks_is_named() -> None:
    assert lacking("emailUserEstablished", {"leg": "", "source": "", "conversation": "", "from": ""}) == ("user", "to")
    assert lacking("audioUpdated", {"leg": ""}) == ("can_hear or can_speak",)
    assert lacking("endConsultTransfer", {}) == ()


def test_refused_events_are_read_from_the_answer() -> None:
    answer = Answer(200, b'{"errors": [{"eventId": "x", "message": "no", "retryable": true}]}')

    assert KIND.refused(answer) == {"x": Refused("no", retryable=True)}
    assert EVENTS["conversation_event"] is KIND
    assert KIND.batch == 100
