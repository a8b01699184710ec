"""Reading back single conversations: participants, communications, segments, wrap-up, tag."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from emulator.calls import Call, Event, Floor

    Refused = Callable[[httpx.Response], tuple[int, str]]

UNKNOWN = "00000000-0000-4000-8000-ffffffffffff"


def read(call: Call) -> dict[str, Any]:
    answer = call.floor.org("GET", f"/conversations/{call.id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def told(floor: Floor, *events: Event) -> None:
    assert floor.send(*events) == []


def legs(conversation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The communications by the purpose of their participants."""
    return {one["purpose"]: (one.get("calls") or one["emails"])[0] for one in conversation["participants"]}


def segments(floor: Floor, leg: dict[str, Any]) -> list[tuple[str, int, int]]:
    """Type, begin and end of segments, in seconds of the test."""
    seconds = {floor.desk.iso(number): number for number in range(100)}
    return [(one["type"], seconds[one["startTime"]], seconds[one["endTime"]]) for one in leg["segments"]]


def test_a_whole_call_is_read_back(floor: Floor) -> None:
    call, iso = floor.call(), floor.desk.iso
    told(floor, *call.answered(), call.hold("A"), call.hold("A", held=False), call.end("X", "Self"), call.end("A", "Peer"))
    told(floor, call.dispose("A", notes="Bought two", tags=["vip"]))

    shown = read(call)

    assert (shown["id"], shown["startTime"], shown["endTime"]) == (call.id, iso(1), iso(9))
    assert [(one["purpose"], one.get("name"), one.get("userId"), one.get("queueId")) for one in shown["participants"]] == [
        ("customer", None, None, None),
        ("acd", "Billing", None, floor.queue),
        ("agent", "Ada", floor.user, floor.queue),
    ]
    found = {name: segments(floor, leg) for name, leg in legs(shown).items()}
    assert found == {
        "customer": [("interact", 1, 8)],
        "acd": [("interact", 2, 5)],
        "agent": [("alert", 3, 4), ("interact", 4, 6), ("hold", 6, 7), ("interact", 7, 9), ("wrapup", 9, 10)],
    }
    agent = shown["participants"][2]
    assert agent["wrapup"] == {
        "code": floor.code,
        "name": "Sale",
        "notes": "Bought two",
        "tags": ["vip"],
        "durationSeconds": 1,
        "endTime": iso(10),
    }
    assert (agent["startAcwTime"], agent["endAcwTime"], agent["wrapupSkipped"]) == (iso(9), iso(10), False)


def test_a_communication_tells_its_times_and_peer(floor: Floor) -> None:
    call, iso = floor.call(), floor.desk.iso
    told(floor, *call.whole())

    shown = legs(read(call))["agent"]

    known = (
        "id",
        "state",
        "initialState",
        "direction",
        "held",
        "startAlertingTime",
        "connectedTime",
        "disconnectedTime",
        "peerId",
    )
    assert [shown[name] for name in known] == [
        *(call.leg("A"), "disconnected", "alerting", "inbound", False),
        *(iso(3), iso(4), iso(7), call.leg("Q")),
    ]
    assert (shown["provider"], shown["disconnectType"]) == ("ACME", "peer")


@pytest.mark.parametrize(
    ("leg", "how", "shown"),
    [
        ("A", "Self", "client"),
        ("X", "Self", "endpoint"),
        ("A", "Peer", "peer"),
        ("A", "System", "system"),
        ("A", "Error", "error"),
        ("A", "Transfer", "transfer"),
        ("A", "TransferACD", "transfer"),
        ("A", "TransferUser", "transfer"),
        ("A", "TransferConsult", "transfer.consult"),
        ("A", "TransferConference", "transfer.conference"),
    ],
)
def test_how_a_communication_ended_is_told_in_the_words_of_reads(floor: Floor, leg: str, how: str, shown: str) -> None:
    call = floor.call()
    told(floor, *call.answered(), call.end(leg, how))

    assert legs(read(call))["agent" if leg == "A" else "customer"]["disconnectType"] == shown


def test_an_open_call_has_no_end(floor: Floor) -> None:
    call = floor.call()
    told(floor, *call.answered(), call.hold("A"))

    shown = read(call)
    agent = legs(shown)["agent"]

    assert "endTime" not in shown
    assert (agent["state"], agent["held"], agent["startHoldTime"]) == ("connected", True, floor.desk.iso(6))
    assert segments(floor, agent) == [("alert", 3, 4), ("interact", 4, 6)]


def test_an_alerting_leg_is_told_as_such(floor: Floor) -> None:
    call, out = floor.call(), floor.call("out")
    told(floor, call.external(), call.routing(), call.user())
    told(floor, out.user("A", by="", start={"inbound": False}), out.external(by="A", start={"inbound": False, "alerting": True}))

    assert legs(read(call))["agent"]["state"] == "alerting"
    assert (legs(read(out))["customer"]["state"], legs(read(out))["customer"]["direction"]) == ("dialing", "outbound")


def test_only_who_is_called_outside_is_dialed(floor: Floor) -> None:
    call = floor.call()
    start = {"inbound": False, "alerting": True}
    told(floor, call.user(by="", start=start), call.external(by="A", start=start), call.user("B", by="A", start=start))

    states = [one["calls"][0]["state"] for one in read(call)["participants"]]

    assert states == ["alerting", "dialing", "alerting"]


def test_a_party_called_outside_has_the_name_that_was_dialed(floor: Floor) -> None:
    call = floor.call()
    names = {"aniName": "Us", "dnisName": "Eve"}
    told(floor, call.user(by="", start={"inbound": False}), call.external(by="A", start={"inbound": False}, **names))

    assert [one["name"] for one in read(call)["participants"]] == ["Ada", "Eve"]


def test_a_recording_is_active_while_its_communication_lasts(floor: Floor) -> None:
    call = floor.call()
    told(floor, call.external(start={"recordingActive": True}), call.end("X"))

    shown = legs(read(call))["customer"]

    assert (shown["recording"], shown["recordingState"], read(call)["recordingState"]) == (True, "none", "NONE")


def test_numbers_and_names_are_kept(floor: Floor) -> None:
    call = floor.call()
    told(floor, call.external(ani="+4930", aniName="Eve", dnis="+1800", start={"inbound": True, "recordingActive": True}))

    shown = read(call)
    customer = shown["participants"][0]

    assert [customer[name] for name in ("ani", "aniName", "dnis", "name", "address")] == ["+4930", "Eve", "+1800", "Eve", "+4930"]
    assert (shown["address"], shown["recordingState"]) == ("+1800", "ACTIVE")
    assert (customer["calls"][0]["recording"], customer["calls"][0]["recordingState"]) == (True, "active")


def test_a_muted_party_is_shown_muted(floor: Floor) -> None:
    call = floor.call()
    state = {"canHear": True, "canSpeak": False}
    told(floor, *call.answered(), call.told("audioUpdatedEvents", communicationId=call.leg("A"), audioState=state))

    assert legs(read(call))["agent"]["muted"] is True


def test_without_a_queue_a_user_is_no_agent(floor: Floor) -> None:
    call = floor.call()
    told(floor, call.user("A", by="", start={"inbound": False}), call.user("B", by="A", userId=floor.other))

    assert [one["purpose"] for one in read(call)["participants"]] == ["user", "user"]


def test_a_queue_of_an_outbound_call_makes_an_agent(floor: Floor) -> None:
    call = floor.call()
    told(
        floor,
        call.user("A", by="", start={"inbound": False}, queueId=floor.queue),
        call.external(by="A", start={"inbound": False}),
    )

    assert [(one["purpose"], one.get("queueName")) for one in read(call)["participants"]] == [
        ("agent", "Billing"),
        ("customer", None),
    ]


@pytest.mark.parametrize(("inbound", "expected"), [(True, "Billing"), (False, "Support"), (None, "Support")])
def test_a_queue_of_a_user_counts_for_outbound_only(floor: Floor, inbound: bool | None, expected: str) -> None:
    call, other = floor.call(), floor.org.queue("Support")["id"]
    told(floor, call.external(), call.routing(), call.user(queueId=other, start={"inbound": inbound}))

    assert read(call)["participants"][2]["queueName"] == expected


def test_who_is_asked_by_a_user_without_a_queue_works_for_none(floor: Floor) -> None:
    call = floor.call()
    told(floor, call.user("A", by="", start={"inbound": False}), call.routing(by="A"), call.user("B", by="A", userId=floor.other))

    assert [one["purpose"] for one in read(call)["participants"]] == ["user", "acd", "user"]


def test_a_direction_not_told_is_that_of_the_conversation(floor: Floor) -> None:
    call = floor.call()
    told(floor, call.user("A", by="", start={"inbound": False}), call.routing(by="A"), call.ivr(by="A", start={"inbound": True}))
    told(floor, call.user("B", by="A", start={}))

    directions = [one["calls"][0]["direction"] for one in read(call)["participants"]]

    assert directions == ["outbound", "outbound", "inbound", "outbound"]


def test_a_second_party_outside_is_no_customer(floor: Floor) -> None:
    call = floor.call()
    told(floor, *call.answered(), call.external("Y", by="A"), call.open("phone", "P", by="A", phoneNumber="+33"), call.ivr("I"))

    assert [one["purpose"] for one in read(call)["participants"]] == ["customer", "acd", "agent", "external", "external", "ivr"]


def test_after_call_work_is_pending_done_or_skipped(floor: Floor) -> None:
    call, other = floor.call(), floor.call("other")
    for one in (call, other):
        told(floor, one.external(), one.routing(), one.user(afterCallWorkRequired=True), one.answer(), one.end("A"))
    pending = legs(read(call))["agent"]["afterCallWork"]
    told(floor, call.dispose("A"), other.dispose("A", None, notes="Ignored"))

    done, skipped = read(call)["participants"][2], read(other)["participants"][2]

    assert (pending["state"], pending.get("endTime")) == ("pending", None)
    assert [one["calls"][0]["afterCallWork"]["state"] for one in (done, skipped)] == ["complete", "skipped"]
    assert (done["wrapupRequired"], skipped["wrapupSkipped"], "wrapup" in skipped) == (True, True, False)


def test_transfers_are_listed_as_they_stand(floor: Floor) -> None:
    call = floor.call()
    command = {"commandId": call.leg("second")}
    told(floor, *call.answered(), call.transfer("user", floor.other, kind="Attended"), call.user("B", by="A", userId=floor.other))
    started = read(call)["recentTransfers"]
    told(floor, call.progress("B"), call.transfer("phone", "+33", **command))
    running = read(call)["recentTransfers"]
    told(floor, call.finish(), call.finish("Failed", **command))

    assert started == [
        {
            "id": started[0]["id"],
            "state": "Pending",
            "dateIssued": floor.desk.iso(6),
            "transferType": "Attended",
            "initiator": {"userId": floor.user},
            "destination": {"userId": floor.other},
        }
    ]
    assert [(one["state"], one["destination"]) for one in running] == [
        ("Active", {"userId": floor.other}),
        ("Pending", {"address": "+33"}),
    ]
    assert [one["state"] for one in read(call)["recentTransfers"]] == ["Complete", "Failed"]


def test_the_twenty_youngest_transfers_are_listed(floor: Floor) -> None:
    call = floor.call()
    commands = [call.leg(f"command {number}") for number in range(25)]
    told(floor, *call.answered(), *[call.transfer("phone", "+33", commandId=one) for one in commands])

    assert [one["id"] for one in read(call)["recentTransfers"]] == commands[5:]


def test_an_email_is_read_back(floor: Floor) -> None:
    mail = floor.email()
    start = {"inbound": True, "subject": "Broken"}
    told(
        floor,
        *(mail.external(includeMessage=True, displayName="Eve", start=start), mail.ivr("F"), mail.end("F", "Transfer")),
        *(mail.routing(), mail.user(), mail.answer(), mail.end("Q", "TransferACD"), mail.hold("A"), mail.hold("A", held=False)),
        mail.told("beginTransmittingEvents", communicationId=mail.leg("A")),
    )
    writing = legs(read(mail))["agent"]["state"]
    told(
        floor,
        mail.told("communicationSentMessageEvents", communicationId=mail.leg("A")),
        *(mail.end("A", "Self"), mail.end("X", "Spam"), mail.dispose("A")),
    )

    shown = read(mail)

    assert [one["purpose"] for one in shown["participants"]] == ["customer", "workflow", "acd", "agent"]
    assert (shown["address"], shown["participants"][0]["name"], writing) == ("help@example.com", "Eve", "transmitting")
    customer, agent = legs(shown)["customer"], legs(shown)["agent"]
    assert (customer["messagesSent"], customer["subject"], customer["spam"], customer["disconnectType"]) == (
        1,
        "Broken",
        True,
        "spam",
    )
    assert (agent["messagesSent"], agent["state"]) == (1, "disconnected")
    assert segments(floor, agent) == [
        *(("alert", 5, 6), ("interact", 6, 8), ("hold", 8, 9), ("interact", 9, 10)),
        *(("transmitting", 10, 11), ("interact", 11, 12), ("wrapup", 12, 14)),
    ]


def test_an_email_may_begin_parked(floor: Floor) -> None:
    mail = floor.email()
    told(floor, mail.external(), mail.user(by="X", start={"held": True}))

    assert legs(read(mail))["user"]["held"] is True


def test_a_further_message_of_the_same_participant_is_no_further_participant(floor: Floor) -> None:
    mail = floor.email()
    told(floor, mail.external(), mail.end("X"), mail.external("X2", start={"inbound": True, "previousEmailId": mail.leg("X")}))

    shown = read(mail)

    assert [[one["id"] for one in each["emails"]] for each in shown["participants"]] == [[mail.leg("X"), mail.leg("X2")]]
    assert ("endTime" in shown, "endTime" in shown["participants"][0]) == (False, False)


def test_participants_have_the_same_ids_in_every_organisation(emulate: Callable[..., Any]) -> None:
    from emulator.calls import Floor

    from tests.emulator.conftest import Desk

    ids = []
    for seed in (1, 2):
        floor = Floor(Desk(emulate(random_seed=seed)))
        call = floor.call()
        told(floor, *call.whole())
        ids.append([one["id"] for one in read(call)["participants"]])

    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3


def test_events_that_broke_a_rule_are_drawn_all_the_same(floor: Floor) -> None:
    rules = ("rule_ended", "rule_answered", "rule_over", "rule_established", "rule_time", "rule_gap")
    floor.org.turn(**dict.fromkeys(rules, "count"))
    call = floor.call()
    told(floor, *call.whole(), call.end("A", "Error"), call.hold("A"), call.answer("A"), call.user("A"))
    told(floor, call.end("X", at=0))

    shown = legs(read(call))["agent"]

    assert segments(floor, shown) == [("alert", 3, 4), ("interact", 4, 7), ("wrapup", 7, 8)]
    assert shown["connectedTime"] == floor.desk.iso(4)


def test_what_is_answered_twice_is_connected_since_the_first_time(floor: Floor) -> None:
    floor.org.turn(rule_answered="count")
    call = floor.call()
    told(floor, *call.answered(), call.answer("A"))

    assert legs(read(call))["agent"]["connectedTime"] == floor.desk.iso(4)


def test_a_disposition_older_than_the_end_takes_no_time(floor: Floor) -> None:
    floor.org.turn(rule_time="count")
    call = floor.call()
    told(floor, *call.whole()[:-1])
    told(floor, call.dispose("A", at=5))

    assert segments(floor, legs(read(call))["agent"])[-1] == ("wrapup", 7, 7)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_told_can_be_read(floor: Floor, seed: int) -> None:
    """With no rule enforced everything about known legs is accepted, and both ways of reading show what the definition allows."""
    dice = Random(seed)
    floor.org.turn(**{rule: "count" for rule in floor.org.world.switches.show() if rule.startswith("rule_")})
    call = floor.email() if seed % 2 else floor.call()
    told(floor, *call.answered())
    names = ["X", "Q", "A"]
    for number in range(40):
        leg, at = dice.choice(names), dice.randrange(60)
        events = [
            call.answer(leg, at=at),
            call.hold(leg, held=dice.random() < 0.5, at=at),
            call.end(leg, dice.choice(["Self", "Peer", "TransferACD"]), at=at),
            call.dispose(leg, dice.choice(["", None]), at=at),
            call.transfer("user", floor.other, leg=leg, at=at),
            call.progress(leg, at=at),
            call.finish(at=at),
            call.user(dice.choice(names), by=leg, at=at),
            call.routing(f"{leg}{number}", by=leg, at=at),
            *([] if call.email else [call.consult("A", at=at)]),
        ]
        told(floor, chosen := dice.choice(events))
        if chosen is events[8]:
            names.append(f"{leg}{number}")
        read(call)
    assert floor.org("GET", f"/analytics/conversations/{call.id}/details").status_code == 200
    assert floor.counts()["accepted"] == 45


# ── the tag ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("turned", "shown"), [("last", "T-2"), ("first", "T-1")])
def test_which_of_several_tags_stays_is_a_switch(floor: Floor, turned: str, shown: str) -> None:
    floor.org.turn(conversation_tag=turned)
    call = floor.call()
    told(floor, call.external(source={"tagId": "T-1"}), call.routing(source={"tagId": "T-2"}), call.ivr())

    assert read(call)["externalTag"] == shown


def test_a_tag_can_be_set_later(floor: Floor) -> None:
    call = floor.call()
    told(floor, call.external(source={"tagId": "T-1"}))

    answer = floor.org("PUT", f"/conversations/{call.id}/tags", {"externalTag": "T-2"})

    assert (answer.status_code, read(call)["externalTag"]) == (202, "T-2")


def test_a_tag_set_later_shows_as_late_as_events(floor: Floor) -> None:
    call = floor.call()
    told(floor, call.external())
    floor.org.turn(event_lag=30.0)
    floor.org("PUT", f"/conversations/{call.id}/tags", {"externalTag": "T-2"})

    before = read(call).get("externalTag")
    floor.org.now += 30

    assert (before, read(call)["externalTag"]) == (None, "T-2")


# ── who sees what, and when ──────────────────────────────────────────────────


def test_what_does_not_exist_is_not_found(floor: Floor, refused: Refused) -> None:
    missing = "conversation.error.conversation.not.found"

    assert refused(floor.org("GET", f"/conversations/{UNKNOWN}")) == (404, "not.found")
    assert refused(floor.org("PUT", f"/conversations/{UNKNOWN}/tags", {"externalTag": "T"})) == (404, missing)


def test_a_conversation_shows_late_where_a_switch_says_so(floor: Floor) -> None:
    floor.org.turn(event_lag=30.0)
    call = floor.call()
    told(floor, call.external(), call.routing())
    before = floor.org("GET", f"/conversations/{call.id}").status_code
    floor.org.now += 20
    told(floor, call.user())
    floor.org.now += 10
    between = len(read(call)["participants"])
    floor.org.now += 20

    assert (before, between, len(read(call)["participants"])) == (404, 2, 3)


def test_a_shorter_lag_does_not_let_events_overtake(floor: Floor) -> None:
    floor.org.turn(event_lag=30.0)
    call = floor.call()
    told(floor, call.external())
    floor.org.turn(event_lag=0.0)
    told(floor, call.routing())
    floor.org.now += 30

    assert len(read(call)["participants"]) == 2


def test_a_client_sees_conversations_of_its_divisions(floor: Floor, refused: Refused) -> None:
    tokyo = floor.org.division("Tokyo")
    client = floor.org.admin("POST", "/clients", {"divisions": ["Tokyo"]})
    token = floor.org.sign_in(client["client_id"], client["client_secret"])
    call = floor.call()
    told(floor, call.external(), call.routing())
    before = refused(floor.org("GET", f"/conversations/{call.id}", token=token))
    floor.org("POST", f"/authorization/divisions/{tokyo}/objects/QUEUE", [floor.queue])

    after = floor.org("GET", f"/conversations/{call.id}", token=token)

    assert (before, after.status_code) == ((404, "not.found"), 200)
    assert [one["division"]["name"] for one in after.json()["divisions"]] == ["Tokyo"]


def test_reading_needs_its_permission(floor: Floor, refused: Refused) -> None:
    planner = floor.org.world.planner
    token = floor.org.sign_in(planner.id, planner.secret)

    assert refused(floor.org("GET", f"/conversations/{UNKNOWN}", token=token)) == (403, "missing.permissions")


def test_an_id_is_found_without_case(floor: Floor) -> None:
    call = floor.call()
    told(floor, call.external())

    assert floor.org("GET", f"/conversations/{call.id.upper()}").json()["id"] == call.id
