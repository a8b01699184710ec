"""Injection of conversation events: what is accepted, what an event is refused for, and what the switches change."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.emulator.ask import Ask, Query
from reconciler.emulator.conversation_batch import inject_conversations
from reconciler.emulator.conversation_event import CARDS, EMAIL, OWN_IDS, Shape
from reconciler.emulator.conversation_store import Conversation

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from emulator.calls import Call, Event, Floor

    from tests.emulator.conftest import Definition, Org

    Refused = Callable[[httpx.Response], tuple[int, str]]

PATH = "/events/conversations"
UNKNOWN = "00000000-0000-4000-8000-ffffffffffff"
VERSION_1 = "b1d7cf1e-3c1d-1c5e-8a43-0a3f5bd2a001"


# ── the table of arrays ──────────────────────────────────────────────────────


def test_there_are_18_arrays_of_voice_and_14_of_email() -> None:
    assert [sum((card.media == EMAIL) is one for card in CARDS.values()) for one in (False, True)] == [18, 14]


def test_the_arrays_are_those_of_the_definition(definition: Definition) -> None:
    assert set(CARDS) == set(definition.raw["definitions"]["BatchConversationEventRequest"]["properties"])


@pytest.mark.parametrize("array", CARDS)
def test_properties_are_those_of_the_definition(array: str, definition: Definition) -> None:
    items = definition.raw["definitions"]["BatchConversationEventRequest"]["properties"][array]["items"]

    assert in_words(CARDS[array].shape) == declared(definition, items)
    for name, allowed in CARDS[array].words.items():
        assert allowed == tuple(resolved(definition, items)["properties"][name]["enum"])


@pytest.mark.parametrize("array", CARDS)
def test_what_is_described_as_version_4_is_checked_as_such(array: str, definition: Definition) -> None:
    items = resolved(definition, definition.raw["definitions"]["BatchConversationEventRequest"]["properties"][array]["items"])
    described = {name for name, one in items["properties"].items() if "V4 UUID" in one.get("description", "")}
    existing = {"userId", "queueId", "destinationUserId", "destinationQueueId", "languageId", "skillIds", "code"}
    loose = {"initiatingCommunicationId"}  # its description is that of another property in two of the definitions

    own = {"eventId", "conversationId", *CARDS[array].own_ids}

    assert described - existing - {"stationId"} <= own
    assert own - loose <= described
    assert set(CARDS[array].own_ids) <= set(OWN_IDS)


def resolved(definition: Definition, schema: dict[str, Any]) -> dict[str, Any]:
    return definition.raw["definitions"][schema["$ref"].split("/")[-1]] if "$ref" in schema else schema


def declared(definition: Definition, schema: dict[str, Any]) -> Any:
    """A shape of the definition in the words of `in_words`."""
    found = resolved(definition, schema)
    if "properties" in found:
        known = {name: declared(definition, one) for name, one in found["properties"].items()}
        return known, sorted(found.get("required", ()))
    if found.get("format") == "date-time":
        return "object"
    return {"string": "str", "boolean": "bool", "array": "list", "object": "dict"}[found["type"]]


def in_words(shape: Any) -> Any:
    if isinstance(shape, Shape):
        return {name: in_words(one) for name, one in shape.known.items()}, sorted(shape.required)
    return shape.__name__


# ── batches ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("body", [{}, {"holdUpdatedEvents": []}, {"holdUpdatedEvents": None, "emailFlowEstablishedEvents": []}])
def test_an_empty_batch_is_refused(org: Org, refused: Refused, body: Any) -> None:
    assert refused(org("POST", PATH, body)) == (400, "zero.events.submitted")


def test_the_events_of_all_arrays_count_together(org: Org, refused: Refused) -> None:
    body = {"holdUpdatedEvents": [{}] * 50, "emailHoldUpdatedEvents": [{}] * 51}

    assert refused(org("POST", PATH, body)) == (400, "max.batch.size.surpassed")


def test_a_hundred_events_are_accepted(floor: Floor) -> None:
    calls = [floor.call(f"call {number}") for number in range(20)]
    events = [event for call in calls for event in call.answered()]

    assert (floor.send(*events), floor.counts()["accepted"]) == ([], 100)
    assert (floor.counts()["open"], floor.counts()["over"], floor.counts()["requests"]) == (20, 0, 1)


@pytest.mark.parametrize("event", ["text", 7, None, []])
def test_something_else_than_an_object_refuses_the_batch(org: Org, refused: Refused, event: Any) -> None:
    assert refused(org("POST", PATH, {"holdUpdatedEvents": [event]})) == (400, "bad.request")


def test_an_array_nobody_knows_refuses_the_batch(org: Org, refused: Refused) -> None:
    assert refused(org("POST", PATH, {"messagingHoldUpdatedEvents": [{}]})) == (400, "invalid.property")


def test_injection_needs_its_permission(org: Org, refused: Refused) -> None:
    token = org.sign_in(org.world.planner.id, org.world.planner.secret)

    assert refused(org("POST", PATH, {}, token=token)) == (403, "missing.permissions")


def test_a_batch_is_taken_in_by_the_time_of_its_events(floor: Floor) -> None:
    events = floor.call().whole()

    assert floor.send(*reversed(events)) == []


def test_a_batch_is_taken_in_as_listed_where_a_switch_says_so(floor: Floor) -> None:
    floor.org.turn(conversation_batch_order="listed")
    call = floor.call()
    first, second = call.external(), call.routing()

    assert [one["eventId"] for one in floor.send(second, first)] == [second[1]["eventId"]]


@pytest.mark.parametrize("outbound", [False, True])
def test_events_of_the_same_time_are_taken_in_causes_first(floor: Floor, *, outbound: bool) -> None:
    floor.org.turn(rule_gap="count")
    call = floor.call()
    script = call.whole()
    if outbound:
        script = [call.user(by="", start={"inbound": False}), call.external(by="A", start={"inbound": False}), call.end("X")]
    events = [(array, event | {"eventDateTime": floor.desk.iso(0)}) for array, event in script]

    assert floor.send(*reversed(events)) == []


# ── single events ────────────────────────────────────────────────────────────

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("external", {"eventId": "no-id"}),
    ("external", {"eventId": VERSION_1}),
    ("external", {"eventId": None}),
    ("external", {"conversationId": VERSION_1}),
    ("external", {"conversationId": 7}),
    ("external", {"communicationId": "x"}),
    ("external", {"communicationId": None}),
    ("external", {"eventDateTime": "yesterday"}),
    ("external", {"eventDateTime": None}),
    ("external", {"ani": 49}),
    ("external", {"colour": "red"}),
    ("external", {"sourceConfiguration": None}),
    ("external", {"sourceConfiguration": {"sourceId": "x"}}),
    ("external", {"sourceConfiguration": "x"}),
    ("external", {"sourceConfiguration": {"sourceId": "x", "interactionId": 7}}),
    ("external", {"initialConfiguration": None}),
    ("external", {"initialConfiguration": {"alerting": "yes"}}),
    ("external", {"initialConfiguration": {"inbound": 1}}),
    ("external", {"initialConfiguration": {"to": "x", "from": "y"}}),
    ("external", {"initialConfiguration": {"audioState": {"canHear": 1}}}),
    ("external", {"initialConfiguration": {"audioState": {"canFly": True}}}),
    ("external", {"initialConfiguration": {"additionalInfo": {"a": 1}}}),
    ("external", {"initialConfiguration": {"additionalInfo": ["a"]}}),
    ("routing", {"queueId": None}),
    ("routing", {"skillIds": "x"}),
    ("routing", {"skillIds": [7]}),
    ("user", {"userId": None}),
    ("user", {"afterCallWorkRequired": "no"}),
    ("hold", {"held": None}),
    ("end", {"disconnectType": "client"}),
    ("end", {"disconnectType": "Spam"}),
    ("end", {"disconnectType": None}),
    ("end", {"destinationConversationId": "x"}),
    ("dispose", {"tags": {"a": "b"}}),
]


@pytest.mark.parametrize(("step", "change"), WRONG)
def test_an_event_that_breaks_its_schema_stands_alone_in_errors(floor: Floor, step: str, change: dict[str, Any]) -> None:
    call, other = floor.call(), floor.call("other")
    steps: dict[str, Callable[[], Event]] = {"hold": call.hold, "end": lambda: call.end("A"), "dispose": call.dispose}
    array, event = steps[step]() if step in steps else getattr(call, step)()
    wrong = event | change

    errors = floor.send(other.external(), (array, wrong), other.routing())

    assert [one["retryable"] for one in errors] == [False]
    assert errors[0].get("eventId") == (wrong["eventId"] if isinstance(wrong["eventId"], str) else None)
    assert (floor.counts()["accepted"], floor.counts()["refused"]) == (2, {"schema": 1})


def test_an_email_needs_addresses(floor: Floor) -> None:
    array, event = floor.email().external()
    del event["initialConfiguration"]["to"]

    assert ["to of initialConfiguration" in one["message"] for one in floor.send((array, event))] == [True]


def test_null_is_as_good_as_absent(floor: Floor) -> None:
    array, event = floor.call().external(ani=None, start={"invitedBy": None, "alerting": None, "additionalInfo": None})

    assert floor.send((array, event | {"colour": None})) == []


def test_additional_info_and_all_other_properties_are_accepted(floor: Floor) -> None:
    skill, language = floor.org.skill(), floor.org.language()
    call, mail = floor.call(), floor.email()
    start = {
        "inbound": True,
        "recordingActive": True,
        "audioState": {"canHear": True, "canSpeak": True},
        "additionalInfo": {"a": "b"},
    }
    addresses = {"cc": ["a@example.com"], "bcc": [], "subject": "Hello", "previousEmailId": None, "held": False}

    errors = floor.send(
        call.external(ani="+49", aniName="Eve", dnis="+1", dnisName="Help", start=start, source={"tagId": "T"}),
        call.routing(skillIds=[skill], languageId=language, phoneNumber="+1", ani="+49", dnis="+1"),
        call.user(stationId=UNKNOWN, phoneNumber="1", afterCallWorkRequired=True, ani="1", dnis="2"),
        mail.external(start={"inbound": True} | addresses),
        mail.routing(label="vip", skillIds=[], languageId=language),
    )

    assert errors == []


def test_an_unknown_property_is_ignored_where_a_switch_says_so(floor: Floor) -> None:
    floor.org.turn(unknown_property="ignore")

    assert floor.send(floor.call().external(colour="red")) == []


def test_the_whole_batch_falls_with_one_event_where_a_switch_says_so(floor: Floor, refused: Refused) -> None:
    floor.org.turn(event_schema_failure="batch")

    assert refused(floor.post(floor.call().external(), floor.call("other").external(ani=7))) == (400, "constraint.validation")
    assert floor.counts()["accepted"] == 0


@pytest.mark.parametrize(("form", "known", "errors"), [("described", VERSION_1, 1), ("uuid", VERSION_1, 0), ("any", "call-7", 0)])
def test_how_ids_of_conversations_must_look_is_a_switch(floor: Floor, form: str, known: str, errors: int) -> None:
    floor.org.turn(conversation_id_form=form)
    array, event = floor.call().external()

    assert len(floor.send((array, event | {"conversationId": known}))) == errors


def test_ids_are_compared_without_case(floor: Floor) -> None:
    call = floor.call()
    floor.send(call.external())
    array, event = call.routing()
    event["conversationId"] = event["conversationId"].upper()
    event["initialConfiguration"]["invitedBy"] = call.leg("X").upper()

    assert (floor.send((array, event)), floor.counts()["open"]) == ([], 1)


# ── what events name ─────────────────────────────────────────────────────────


def missing(call: Call) -> dict[str, Event]:
    """Events that name something that does not exist, by what it is counted under."""
    return {
        "user": call.user(userId=UNKNOWN),
        "queue": call.routing("Q2", queueId=UNKNOWN),
        "skill": call.routing("Q2", skillIds=[UNKNOWN]),
        "language": call.routing("Q2", languageId=UNKNOWN),
        "source": call.routing("Q2", source={"sourceId": UNKNOWN}),
        "code": call.dispose("A", UNKNOWN),
    }


@pytest.mark.parametrize("what", ["user", "queue", "skill", "language", "source", "code"])
def test_what_is_unknown_is_refused_for_good_or_not_by_a_switch(floor: Floor, what: str) -> None:
    call = floor.call()
    floor.send(*call.answered())
    event = missing(floor.call())[what]

    for_good = floor.send(event)
    floor.org.turn(event_of_unknown_retryable=True)

    assert ([one["retryable"] for one in for_good], [one["retryable"] for one in floor.send(event)]) == ([False], [True])
    assert floor.counts()["refused"] == {what: 2}


def test_the_goal_of_a_transfer_must_exist(floor: Floor) -> None:
    call = floor.call()
    floor.send(*call.answered())

    floor.send(call.transfer("user", UNKNOWN), call.transfer("routing", UNKNOWN))

    assert floor.counts()["refused"] == {"user": 1, "queue": 1}


def test_a_conversation_nobody_opened_is_worth_another_try_or_not_by_a_switch(floor: Floor) -> None:
    event = floor.call().hold("A")
    first = floor.send(event)
    floor.org.turn(conversation_unknown_retryable=False)

    assert ([one["retryable"] for one in first], [one["retryable"] for one in floor.send(event)]) == ([True], [False])
    assert floor.counts()["refused"] == {"conversation": 2}


@pytest.mark.parametrize("step", ["answer", "hold", "end", "dispose", "transfer", "progress", "consult"])
def test_a_communication_nobody_opened_is_worth_another_try(floor: Floor, step: str) -> None:
    call = floor.call()
    floor.send(call.external())
    events = {
        "answer": call.answer("A"),
        "hold": call.hold("A"),
        "end": call.end("A"),
        "dispose": call.dispose("A"),
        "transfer": call.transfer("user", floor.other),
        "progress": call.progress("A"),
        "consult": call.consult("B"),
    }

    assert [one["retryable"] for one in floor.send(events[step])] == [True]
    assert floor.counts()["refused"] == {"communication": 1}


@pytest.mark.parametrize(
    ("turned", "external", "errors"),
    [
        ("presence_source", True, 1),
        ("external_source", True, 0),
        ("external_source", False, 1),
        ("either", True, 0),
        ("either", False, 0),
    ],
)
def test_what_a_source_id_names_is_a_switch(floor: Floor, turned: str, external: bool, errors: int) -> None:
    floor.org.turn(conversation_source=turned)
    made = floor.org.made("/externalcontacts/externalsources", {"name": "ACME", "active": True})["id"]

    sent = floor.send(floor.call().external(source={"sourceId": made if external else floor.source}))

    assert len(sent) == errors


def test_a_source_may_be_unchecked_by_a_switch(floor: Floor) -> None:
    floor.org.turn(conversation_source="unchecked")

    assert floor.send(floor.call().external(source={"sourceId": "any platform"})) == []


def test_an_inactive_external_source_is_refused(floor: Floor) -> None:
    floor.org.turn(conversation_source="external_source")
    made = floor.org.made("/externalcontacts/externalsources", {"name": "ACME", "active": False})["id"]
    event = floor.call().external(source={"sourceId": made})
    before = floor.send(event)
    floor.org.turn(event_deactivated_source="accept")

    assert (len(before), floor.send(event)) == (1, [])


def test_a_deleted_queue_is_unknown_once_it_is_not_answered_any_more(floor: Floor) -> None:
    floor.org.turn(queue_delete_lag=60.0)
    call = floor.call()
    floor.org("DELETE", f"/routing/queues/{floor.queue}", forceDelete="true")
    before = floor.send(call.external(), call.routing())
    floor.org.now += 61

    assert (before, len(floor.send(call.routing("Q2")))) == ([], 1)
    assert floor.counts()["refused"] == {"queue": 1}


def test_a_queue_of_a_division_the_client_does_not_see_is_unknown(floor: Floor) -> None:
    floor.org.division("Tokyo")
    client = floor.org.admin("POST", "/clients", {"divisions": ["Tokyo"]})
    token = floor.org.sign_in(client["client_id"], client["client_secret"])
    call = floor.call()
    body = {"externalEstablishedEvents": [call.external()[1]], "routingEstablishedEvents": [call.routing()[1]]}

    floor.org("POST", PATH, body, token=token)

    assert (floor.counts()["accepted"], floor.counts()["refused"]) == (1, {"queue": 1})


def test_an_event_too_old_is_refused_where_a_switch_says_so(floor: Floor) -> None:
    floor.org.turn(event_age_maximum=60.0)

    floor.send(floor.call().external(at=-61))

    assert floor.counts()["refused"] == {"time": 1}


# ── repetitions, order, failures ─────────────────────────────────────────────


def test_a_repeated_event_is_accepted_and_not_applied(floor: Floor) -> None:
    call = floor.call()
    events = call.whole()
    floor.send(*events)

    assert floor.send(*events) == []
    assert (floor.counts()["accepted"], floor.counts()["repeated"], floor.counts()["clashes"]) == (8, 8, 0)
    assert len(floor.kept(call.id)["events"]) == 8


def test_one_id_for_two_different_events_is_counted_as_a_clash(floor: Floor) -> None:
    call = floor.call()
    array, event = call.external()
    floor.send((array, event))

    assert floor.send((array, event | {"ani": "+49"})) == []
    assert (floor.counts()["repeated"], floor.counts()["clashes"]) == (1, 1)


def test_a_repeated_event_is_refused_where_a_switch_says_so(floor: Floor) -> None:
    floor.org.turn(event_repeated="refuse")
    event = floor.call().external()
    floor.send(event)

    assert (len(floor.send(event)), floor.counts()["refused"]) == (1, {"repeated": 1})


def test_a_refused_event_may_come_again_under_its_id(floor: Floor) -> None:
    call = floor.call()
    first, second = call.external(), call.routing()

    assert (len(floor.send(second)), floor.send(first), floor.send(second)) == (1, [], [])


def test_events_that_come_late_are_counted_per_conversation(floor: Floor) -> None:
    call, other = floor.call(), floor.call("other")
    floor.org.turn(rule_time="count")
    floor.send(*call.answered(), other.external())

    floor.send(call.hold("A", at=4.5))

    assert (floor.kept(call.id)["out_of_order"], floor.kept(other.id)["out_of_order"], floor.counts()["out_of_order"]) == (
        1,
        0,
        1,
    )


def test_events_are_listed_in_the_order_of_acceptance(floor: Floor) -> None:
    call = floor.call()
    events = call.whole()
    floor.send(*events[:3])
    floor.org.now += 5
    floor.send(*events[3:])

    listed = floor.kept(call.id)["events"]

    assert [(one["array"], one["event"]) for one in listed] == events
    assert [one["order"] for one in listed] == list(range(1, 9))
    assert [listed[place]["acceptedDateTime"] for place in (2, 3)] == [floor.desk.iso(0), floor.desk.iso(5)]


def test_all_conversations_are_listed_by_a_star(floor: Floor) -> None:
    calls = [floor.call(f"call {number}") for number in range(3)]
    floor.send(*[call.external() for call in calls])

    assert list(floor.org.admin("GET", "/conversations?conversation=*")["conversations"]) == [call.id for call in calls]


def test_what_is_open_is_told(floor: Floor) -> None:
    call = floor.call()
    floor.send(*call.answered(), call.transfer("user", floor.other), call.user("B"), call.consult("B"))

    kept = floor.kept(call.id)

    assert (kept["over"], kept["media"], kept["open_consultation"], len(kept["open_transfers"])) == (False, "voice", True, 1)
    assert kept["communications"] == {
        call.leg("X"): "connected",
        call.leg("Q"): "ended",
        call.leg("A"): "connected",
        call.leg("B"): "alerting",
    }


def test_conversations_that_are_over_are_forgotten_beyond_the_bound(floor: Floor) -> None:
    floor.org.turn(conversations_kept=2)
    calls = [floor.call(f"call {number}") for number in range(4)]
    opened = floor.call("open")
    floor.send(opened.external(), *[event for call in calls for event in call.whole()])

    listed = floor.org.admin("GET", "/conversations?conversation=*")

    assert list(listed["conversations"]) == [opened.id, calls[2].id, calls[3].id]
    assert (listed["open"], listed["over"], listed["forgotten"]) == (1, 4, 2)


def test_a_conversation_over_for_long_still_lists_all_its_events(floor: Floor) -> None:
    first = floor.call("first")
    events = first.whole()
    floor.send(*events[:-1])
    for start in range(0, 510, 30):
        calls = [floor.call(f"call {number}") for number in range(start, start + 30)]
        floor.send(*[event for call in calls for event in (call.external(), call.end("X"))])

    packed = floor.org.world.conversations.by_id[first.id].packed
    floor.send(events[-1])

    assert packed
    assert [(one["array"], one["event"]) for one in floor.kept(first.id)["events"]] == events


def test_a_conversation_can_be_packed_again() -> None:
    conversation = Conversation("call")
    for number in range(3):
        conversation.rows.append(b'{"order":%d}' % number)
        conversation.pack()

    assert conversation.events() == [{"order": 0}, {"order": 1}, {"order": 2}]


def test_agent_status_does_not_follow_from_conversations(floor: Floor) -> None:
    floor.desk.send(floor.desk.routing("Idle"))

    floor.send(*floor.call().answered())

    assert floor.desk.status() == "IDLE"


# ── faults ───────────────────────────────────────────────────────────────────


def fault(floor: Floor, **rule: Any) -> None:
    floor.org.admin("POST", "/faults", {"operation": "POST /api/v2/events/conversations"} | rule)


def test_every_nth_event_fails_over_all_batches(floor: Floor) -> None:
    fault(floor, event_every=2)
    calls = [floor.call(f"call {number}", begin=number) for number in range(5)]
    events = [call.external() for call in calls]

    errors = floor.send(*events[:3]) + floor.send(*events[3:])

    assert [one["eventId"] for one in errors] == [events[1][1]["eventId"], events[3][1]["eventId"]]
    assert ({one["retryable"] for one in errors}, floor.counts()["failed"], floor.counts()["accepted"]) == ({True}, 2, 3)


@pytest.mark.parametrize("aim", ["event_user", "event_conversation", "event_array"])
def test_a_fault_can_aim_at_a_user_a_conversation_an_array(floor: Floor, aim: str) -> None:
    call, other = floor.call(), floor.call("other")
    aims = {"event_user": floor.other, "event_conversation": other.id, "event_array": "ivrEstablishedEvents"}
    fault(floor, **{aim: aims[aim]}, message="No.", retryable=False)
    hit = other.user("A", by="", start={"inbound": False}, userId=floor.other)
    if aim == "event_array":
        hit = call.ivr(at=9)

    errors = floor.send(call.external(), call.routing(), call.user(), hit)

    assert errors == [{"eventId": hit[1]["eventId"], "message": "No.", "retryable": False}]


def test_an_event_may_fail_although_it_was_carried_out(floor: Floor) -> None:
    fault(floor, event_every=1, event_applied=True)
    event = floor.call().external()

    errors = floor.send(event)
    floor.org.admin("DELETE", "/faults")

    assert ([one["retryable"] for one in errors], floor.send(event), floor.counts()["repeated"]) == ([True], [], 1)


def test_a_lost_answer_leaves_the_injected_events(floor: Floor) -> None:
    fault(floor, lost=True, times=1)
    events = floor.call().whole()

    with pytest.raises(ConnectionResetError):
        floor.post(*events)

    assert (floor.send(*events), floor.counts()["accepted"], floor.counts()["repeated"]) == ([], 8, 8)


def test_events_behind_one_that_failed_are_judged_by_themselves(floor: Floor) -> None:
    fault(floor, event_array="userEstablishedEvents", event_times=1)
    events = floor.call().whole()

    errors = floor.send(*events)

    arrays = {event["eventId"]: array for array, event in events}
    assert [(arrays[one["eventId"]], one["retryable"]) for one in errors] == [
        ("userEstablishedEvents", True),
        ("communicationAnsweredEvents", True),
        ("communicationEndedEvents", True),
        ("communicationDispositionAppliedEvents", True),
    ]


def test_events_behind_one_that_failed_are_held_back_where_a_switch_says_so(floor: Floor) -> None:
    floor.org.turn(conversation_after_failed="held")
    fault(floor, event_array="routingEstablishedEvents", event_times=1)
    events, other = floor.call().whole(), floor.call("other").whole()

    errors = floor.send(*events[:2], *other, *events[2:])

    arrays = [event["eventId"] for _, event in events[1:]]
    assert [one["eventId"] for one in errors if one["retryable"]] == arrays
    assert (floor.counts()["accepted"], floor.send(*events), floor.counts()["over"]) == (9, [], 2)


def test_events_of_a_conversation_with_one_that_breaks_its_schema_are_held_back_as_well(floor: Floor) -> None:
    floor.org.turn(conversation_after_failed="held")
    first, (array, event), *rest = floor.call().answered()

    errors = floor.send(first, (array, event | {"queueId": 7}), *rest)

    assert [one["retryable"] for one in errors] == [False, True, True, True, True]


# ── cost ─────────────────────────────────────────────────────────────────────


def test_a_hundred_events_cost_less_than_four_milliseconds_of_cpu(floor: Floor) -> None:
    """Without HTTP, the cheapest of twelve whole calls and a bit."""
    world = floor.org.world
    spent = []
    for number in range(10):
        body: dict[str, list[Any]] = {}
        for array, event in [one for place in range(13) for one in floor.call(f"call {number} {place}").whole()][:100]:
            body.setdefault(array, []).append(event)
        began = time.process_time()
        inject_conversations(Ask("", {}, Query(()), {}, body, world.client), world)
        spent.append(time.process_time() - began)

    assert (floor.counts()["accepted"], min(spent) < 0.004) == (1000, True)
