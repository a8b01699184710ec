"""The rules conversation events keep: sequences that are legal, and what breaks each rule. Every rule is a switch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from emulator.calls import Call, Event, Floor

Script = Callable[["Call"], list["Event"]]

# ── what is legal ────────────────────────────────────────────────────────────

LEGAL: dict[str, Script] = {
    "inbound, answered": lambda call: call.whole(),
    "through an IVR": lambda call: [
        call.external(),
        call.ivr(),
        call.end("I", "Transfer"),
        call.routing(),
        call.end("X"),
        call.end("Q"),
    ],
    "abandoned in the queue": lambda call: [call.external(), call.routing(), call.end("X", "Self"), call.end("Q", "Peer")],
    "no answer, then another": lambda call: [
        *(call.external(), call.routing(), call.user("A"), call.end("A", "System")),
        *(call.user("B", userId=call.floor.other), call.answer("B"), call.end("Q", "TransferACD"), call.end("X"), call.end("B")),
    ],
    "outbound": lambda call: [
        call.user("A", by="", start={"inbound": False}, queueId=call.floor.queue),
        call.external("X", by="A", start={"inbound": False, "alerting": True}),
        *(call.answer("X"), call.end("X", "Self"), call.end("A", "Peer"), call.dispose("A")),
    ],
    "internal": lambda call: [
        call.user("A", by="", start={"inbound": False}),
        call.user("B", by="A", userId=call.floor.other, start={"alerting": True, "inbound": True}),
        *(call.answer("B"), call.end("B", "Self"), call.end("A", "Peer")),
    ],
    "blind to a queue": lambda call: [
        *call.answered(),
        call.transfer("routing", call.floor.queue),
        *(call.routing("Q2"), call.progress("Q2"), call.user("B", by="Q2", userId=call.floor.other), call.answer("B")),
        *(call.end("A", "TransferACD"), call.finish(), call.end("Q2"), call.end("X"), call.end("B")),
    ],
    "blind to a user": lambda call: [
        *call.answered(),
        call.transfer("user", call.floor.other),
        *(call.user("B", by="A", userId=call.floor.other), call.progress("B"), call.end("A", "TransferUser"), call.answer("B")),
        *(call.finish(), call.end("X"), call.end("B")),
    ],
    "blind to outside": lambda call: [
        *call.answered(),
        call.transfer("phone", "+4930123"),
        *(call.open("phone", "P", by="A", phoneNumber="+4930123"), call.progress("P"), call.end("A", "Transfer"), call.finish()),
        *(call.end("X"), call.end("P")),
    ],
    "attended, taken back": lambda call: [
        *call.answered(),
        call.transfer("user", call.floor.other, kind="Attended"),
        *(call.user("B", by="A", userId=call.floor.other), call.finish("Canceled"), call.end("B"), call.end("X"), call.end("A")),
    ],
    "two consultations": lambda call: [
        *(*call.answered(), call.user("B", by="A", userId=call.floor.other), call.answer("B"), call.consult("B")),
        *(call.consulting("B"), call.consulted(), call.end("B"), call.external("C", by="A"), call.consult("C")),
        *(
            call.consulting("C"),
            call.consulted(),
            call.end("A", "TransferConsult"),
            call.dispose("A"),
            call.end("X"),
            call.end("C"),
        ),
    ],
    "merged into another": lambda call: [
        *call.answered(),
        call.end("X", "TransferConference", destinationConversationId=call.leg("elsewhere")),
        call.end("A", "TransferConference"),
    ],
    "a millisecond apart": lambda call: [
        *(*call.answered(), call.hold("A"), call.hold("A", held=False, at=6.001)),
        *(call.end("X", at=6.002), call.end("A", at=6.002)),
    ],
    "held and muted": lambda call: [
        *(*call.answered(), call.hold("A"), call.hold("A", held=False)),
        call.told("audioUpdatedEvents", communicationId=call.leg("A"), audioState={"canHear": True, "canSpeak": False}),
        *(call.end("X"), call.end("A"), call.dispose("A", None)),
    ],
}


@pytest.mark.parametrize("name", LEGAL)
def test_what_happens_in_a_contact_centre_is_legal(floor: Floor, name: str) -> None:
    call = floor.call()
    events = LEGAL[name](call)

    assert floor.send(*events) == []
    assert (floor.counts()["violations"], floor.counts()["open"], floor.counts()["over"]) == ({}, 0, 1)
    assert floor.kept(call.id)["open_transfers"] == []


def test_an_email_with_a_reply_leg_is_legal(floor: Floor) -> None:
    mail = floor.email()
    events = [
        mail.external(includeMessage=True, displayName="Eve"),
        *(mail.ivr("F"), mail.end("F", "Transfer"), mail.routing(), mail.user(), mail.answer(), mail.end("Q", "TransferACD")),
        mail.told("beginTransmittingEvents", communicationId=mail.leg("A")),
        mail.told("communicationSentMessageEvents", communicationId=mail.leg("A")),
        *(mail.hold("A"), mail.hold("A", held=False), mail.end("A", "Self"), mail.end("X", "Peer"), mail.dispose("A")),
        mail.external("X2", start={"inbound": True, "previousEmailId": mail.leg("X")}),
        mail.user("A2", by="X2", start={"previousEmailId": mail.leg("A")}),
        *(mail.end("A2", "Self"), mail.end("X2", "Spam")),
    ]

    assert floor.send(*events) == []
    assert (floor.counts()["violations"], floor.counts()["over"]) == ({}, 1)


def test_an_email_can_be_transferred(floor: Floor) -> None:
    mail = floor.email()
    events = [
        *mail.answered(),
        mail.transfer("user", floor.other),
        *(mail.user("B", by="A", userId=floor.other), mail.progress("B"), mail.end("A", "TransferUser"), mail.finish()),
        *(mail.end("B"), mail.end("X")),
    ]

    assert floor.send(*events) == []


# ── what breaks a rule ───────────────────────────────────────────────────────

# The last event breaks the rule, and no other one.
ILLEGAL: list[tuple[str, Script]] = [
    ("rule_media", lambda call: [*call.answered(), ("emailHoldUpdatedEvents", call.hold("A")[1])]),
    ("rule_time", lambda call: [*call.answered(), call.hold("A", at=4.999)]),
    ("rule_gap", lambda call: [*call.answered(), call.hold("A"), call.hold("A", held=False, at=6)]),
    ("rule_gap", lambda call: [call.external(), call.routing(at=1)]),
    ("rule_gap", lambda call: [*call.answered(), call.transfer("user", call.floor.other), call.finish("Failed", at=6)]),
    ("rule_established", lambda call: [*call.answered(), call.user("A")]),
    ("rule_established", lambda call: [*call.answered(), call.end("A"), call.user("A")]),
    ("rule_first_leg", lambda call: [call.routing(by="")]),
    ("rule_first_leg", lambda call: [call.external(start={"inbound": False})]),
    ("rule_first_leg", lambda call: [call.user(by="", start={"inbound": True})]),
    ("rule_invited_by", lambda call: [call.external(), call.routing(by="nobody")]),
    ("rule_over", lambda call: [call.external(), call.end("X"), call.external("Y")]),
    ("rule_answered", lambda call: [*call.answered(), call.answer("A")]),
    ("rule_answered", lambda call: [call.external(), call.answer("X")]),
    ("rule_answered", lambda call: [*call.answered(), call.hold("A"), call.answer("A")]),
    ("rule_live", lambda call: [call.external(), call.routing(), call.user(), call.hold("A")]),
    ("rule_ended", lambda call: [*call.answered(), call.end("A"), call.hold("A")]),
    ("rule_ended", lambda call: [*call.answered(), call.end("A"), call.end("A")]),
    ("rule_ended", lambda call: [*call.answered(), call.end("A"), call.answer("A")]),
    ("rule_disposed_of_user", lambda call: [*call.answered(), call.dispose("Q")]),
    ("rule_disposed_after_end", lambda call: [*call.answered(), call.dispose("A")]),
    ("rule_disposed_once", lambda call: [*call.whole(), call.dispose("A", None)]),
    ("rule_transfer_command", lambda call: [*call.answered(), call.progress("A")]),
    ("rule_transfer_command", lambda call: [*call.answered(), call.finish("Failed")]),
    (
        "rule_transfer_command",
        lambda call: [*call.answered(), call.transfer("user", call.floor.other), call.transfer("user", call.floor.other)],
    ),
    (
        "rule_transfer_command",
        lambda call: [*call.answered(), call.transfer("user", call.floor.other), call.finish("Failed"), call.finish("Failed")],
    ),
    (
        "rule_transfer_command",
        lambda call: [*call.answered(), call.transfer("user", call.floor.other), call.finish("Failed", thing="A")],
    ),
    ("rule_transfer_legs", lambda call: [*call.answered(), call.end("A"), call.transfer("user", call.floor.other)]),
    ("rule_transfer_legs", lambda call: [*call.answered(), call.transfer("user", call.floor.other, thing="Q")]),
    (
        "rule_transfer_destination",
        lambda call: [*call.answered(), call.transfer("user", call.floor.other), call.user("B"), call.progress("B")],
    ),
    (
        "rule_transfer_destination",
        lambda call: [*call.answered(), call.transfer("phone", "+49"), call.user("B"), call.progress("B")],
    ),
    (
        "rule_transfer_destination",
        lambda call: [*call.answered(), call.ivr(), call.transfer("phone", "+49"), call.progress("I")],
    ),
    ("rule_transfer_progress", lambda call: [*call.answered(), call.transfer("user", call.floor.other), call.finish()]),
    ("rule_consult", lambda call: [*call.answered(), call.consulted()]),
    ("rule_consult", lambda call: [*call.answered(), call.user("B"), call.consult("B"), call.consult("B")]),
    (
        "rule_consult",
        lambda call: [*call.answered(), call.user("B"), call.user("C"), call.consult("B"), call.consulting("C")],
    ),
    ("rule_transfer_legs", lambda call: [*call.answered(), call.user("B"), call.end("B"), call.consult("B")]),
]


def run(floor: Floor, rule: str, script: Script) -> tuple[list[Event], Event]:
    """Everything but the last event, which is accepted, and the last one."""
    *before, last = script(floor.call())
    assert not before or floor.send(*before) == []
    assert floor.counts()["violations"] == {}, rule
    return before, last


@pytest.mark.parametrize(("rule", "script"), ILLEGAL)
def test_an_event_that_breaks_a_rule_is_refused_for_good(floor: Floor, rule: str, script: Script) -> None:
    _, (array, event) = run(floor, rule, script)

    errors = floor.send((array, event))

    assert [(one["eventId"], one["retryable"]) for one in errors] == [(event["eventId"], False)]
    assert (list(floor.counts()["violations"]), floor.counts()["refused"]) == ([rule], {"rule": 1})


@pytest.mark.parametrize(("rule", "script"), ILLEGAL)
def test_an_event_that_breaks_a_rule_is_only_counted_where_its_switch_says_so(floor: Floor, rule: str, script: Script) -> None:
    before, last = run(floor, rule, script)
    floor.org.turn(**{rule: "count"})

    assert floor.send(last) == []
    assert (list(floor.counts()["violations"]), floor.counts()["accepted"]) == ([rule], len(before) + 1)


def test_a_code_must_be_assigned_to_the_queue(floor: Floor) -> None:
    call, other = floor.call(), floor.org.code("Other")["id"]
    *before, _ = call.whole()
    floor.send(*before)

    refused = floor.send(call.dispose("A", other))
    floor.org.turn(rule_disposed_code="count")

    assert [one["retryable"] for one in refused] == [False]
    assert floor.send(call.dispose("A", other)) == []
    assert floor.counts()["violations"] == {"rule_disposed_code": 2}


def test_without_a_queue_any_code_may_be_applied(floor: Floor) -> None:
    call, other = floor.call(), floor.org.code("Other")["id"]

    assert floor.send(call.user("A", by="", start={"inbound": False}), call.end("A"), call.dispose("A", other)) == []


def test_a_previous_email_is_one_of_the_same_participant(floor: Floor) -> None:
    mail = floor.email()
    start = {"previousEmailId": mail.leg("A")}

    refused = floor.send(*mail.answered(), mail.user("B", userId=floor.other, start=start))
    refused += floor.send(mail.external("Y", start={"previousEmailId": mail.leg("Q")}))
    refused += floor.send(mail.external("Z", start={"previousEmailId": mail.leg("nobody")}))
    floor.org.turn(rule_previous_email="count")

    assert [one["retryable"] for one in refused] == [False] * 3
    assert floor.send(mail.external("Y", start=start)) == []
    assert floor.counts()["violations"] == {"rule_previous_email": 4}


def test_an_invitation_rests_on_the_beginning_of_the_inviting_leg(floor: Floor) -> None:
    call = floor.call()
    floor.send(*call.answered(), call.hold("A"))

    assert floor.send(call.user("B", by="A", at=6)) == []


def test_what_is_older_than_the_newest_is_late_though_another_late_one_was_let_through(floor: Floor) -> None:
    call = floor.call()
    floor.org.turn(rule_time="count")
    floor.send(*call.answered())
    floor.send(call.hold("A", at=4.5))
    floor.org.turn(rule_time="enforce")

    assert len(floor.send(call.hold("A", held=False, at=4.8))) == 1


def test_an_email_parked_from_the_start_is_held_and_cannot_be_answered(floor: Floor) -> None:
    mail = floor.email()
    floor.send(mail.external(), mail.user(by="X", start={"held": True}))

    assert floor.kept(mail.id)["communications"][mail.leg("A")] == "held"
    assert len(floor.send(mail.answer("A"))) == 1


def test_an_email_conversation_taken_up_again_is_open(floor: Floor) -> None:
    mail = floor.email()
    floor.send(mail.external(), mail.end("X"))
    before = floor.counts()["open"], floor.counts()["over"]
    floor.send(mail.external("Y"))

    assert (before, (floor.counts()["open"], floor.counts()["over"])) == ((0, 1), (1, 0))


def test_two_conversations_do_not_share_their_legs(floor: Floor) -> None:
    call, other = floor.call("one"), floor.call("two")
    floor.send(*call.answered(), other.external())
    array, event = other.hold("X")

    errors = floor.send((array, event | {"communicationId": call.leg("A")}))

    assert [(one["retryable"], floor.counts()["refused"]) for one in errors] == [(True, {"communication": 1})]
