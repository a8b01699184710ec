"""What is told of a conversation, as changes: readable in a plan, with ids that are the same on every machine."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from kinds.fake import Known
from kinds.test_conversation_event import definitions, validator
from runners.test_conversation import CALLS, DAY, MAILS, steps

from reconciler.kinds.conversation_event import KIND
from reconciler.model.change import Change, Op
from reconciler.model.interaction import Act, Media, Party, Step
from reconciler.runners.conversation import advance, follow
from reconciler.runners.conversation_change import Native, Sender, change, command_id, conversation_id, leg_id
from reconciler.runners.conversation_legs import Conversation

ACME = Sender("acme", "pbx")
CALL = Native("1700000000.7", place="cel.csv:12", words="ANSWER SIP/7001")


def told(text: str, native: Native = CALL, sender: Sender = ACME, media: Media = Media.VOICE) -> list[Change]:
    return [change(one, native, sender) for one in follow(Conversation(media), steps(text))[1]]


def last(text: str, **how: Any) -> dict[str, Any]:
    """The fields of the last event, those of `ids` apart."""
    return {one.path[0]: one.after for one in told(text, **how)[-1].fields if one.path[0] != "ids"}


def ids(one: Change) -> dict[str, str]:
    return {field.path[1]: field.after for field in one.fields if field.path[0] == "ids"}


def test_a_change_reads_as_what_happened() -> None:
    (one,) = told("0 X open customer ani=+49301111")

    assert (one.op, one.ref.kind, one.name, one.origin, one.reason) == (
        Op.CREATE,
        "conversation_event",
        "1700000000.7",
        "cel.csv:12",
        "ANSWER SIP/7001",
    )
    assert [(".".join(field.path), field.after) for field in one.fields] == [
        ("event", "externalEstablished"),
        ("conversation", "1700000000.7"),
        ("leg", "X"),
        ("at", "2026-11-22T08:00:00.000Z"),
        ("alerting", False),
        ("inbound", True),
        ("ani", "+49301111"),
        ("source", "presence_source/pbx"),
        ("tag", "1700000000.7"),
        ("ids.conversation", "4e54551f-244a-4e8b-ac7e-710de1f7b3ca"),
        ("ids.leg", "0beaeee8-ebcb-4dec-b1d0-8a20e1e499fa"),
    ]


def test_ids_are_the_same_on_every_machine() -> None:
    """Written down once, so that a release that made others would be seen."""
    found = [
        told(CALLS["internal"])[2].ref.key,
        conversation_id("acme", "7"),
        leg_id("acme", "7", "A"),
        command_id("acme", "7", "A"),
    ]

    assert found == [
        "2a8e5be5-258e-42a3-a19e-d5a51bd076b2",
        "1b928974-37c3-4149-a0bb-4c55d8554ab8",
        "47a84925-e015-41a1-995d-8579e27302a5",
        "2904516d-1c59-4af2-8567-eca21154bb23",
    ]


@pytest.mark.parametrize("name", [*CALLS, *MAILS])
def test_every_id_of_a_conversation_is_a_uuid_of_version_4(name: str) -> None:
    media = Media.VOICE if name in CALLS else Media.EMAIL
    found = told({**MAILS, **CALLS}[name], media=media)

    numbers = [UUID(one) for event in found for one in (event.ref.key, *ids(event).values())]

    assert {one.version for one in numbers} == {4}
    assert len({event.ref.key for event in found}) == len(found)


def test_each_source_and_each_conversation_has_its_own_ids() -> None:
    text = CALLS["consultation, completed"]
    apart = [
        told(text),
        told(text, Native("1700000000.8")),
        told(text, sender=Sender("other", "pbx")),
    ]

    found = [{one.ref.key for one in events} | {number for one in events for number in ids(one).values()} for events in apart]

    assert sum(map(len, found)) == len(set.union(*found))


def test_an_event_keeps_its_id_when_others_come_between() -> None:
    short = told("0 X open customer\n5 A open agent agent=1\n9 A close how=self\n9 X close how=peer")
    long = told(
        "0 X open customer\n2 Q open queue queue=q\n5 A open agent agent=1\n7 A hold held\n9 A close how=self\n9 X close how=peer"
    )

    assert {one.ref.key for one in short} < {one.ref.key for one in long}


def test_an_event_keeps_its_id_when_its_time_or_words_become_known_better() -> None:
    one, other = told("0 X open customer"), told("0.5 X open customer ani=+49301111", Native(CALL.conversation, tag="t"))

    assert one[0].ref == other[0].ref


def test_two_holds_of_one_leg_are_two_events() -> None:
    holds = [one for one in told("0 X open customer\n1 X hold held\n2 X hold no-held\n3 X hold held") if len(ids(one)) == 2][1:]

    assert len({one.ref.key for one in holds}) == 3


def test_legs_that_are_named_are_named_by_their_ids() -> None:
    moved = told(CALLS["blind transfer to a queue"])[5:8]

    assert [sorted(ids(one)) for one in moved] == [
        ["command", "conversation", "initiating", "object", "target"],
        ["conversation", "invited_by", "leg"],
        ["command", "conversation", "destination", "object"],
    ]
    assert ids(moved[1])["leg"] == ids(moved[2])["destination"] == leg_id("acme", CALL.conversation, "Q2")
    assert ids(moved[0])["command"] == ids(moved[2])["command"] == command_id("acme", CALL.conversation, "T1")


def test_a_call_that_goes_into_another_names_that_by_its_id() -> None:
    moved = told(CALLS["two calls become one"])[-1]

    assert ids(moved)["into"] == conversation_id("acme", "1700000000.7")


def test_a_former_leg_is_named_by_its_id() -> None:
    answer = told(MAILS["an answer comes, and is a new leg of the same customer"], media=Media.EMAIL)[6]

    assert ids(answer)["previous"] == leg_id("acme", CALL.conversation, "X1")


def test_native_names_become_keys() -> None:
    sender = Sender("acme", "pbx", key=lambda kind, native: f"{kind}:{native}")
    text = """
0 A open agent agent=1001 queue=sales
1 Q open queue queue=sales skills=vip,gold language=de
2 A close how=self
3 A dispose code=sale
"""

    said = [{one.path[0]: one.after for one in event.fields} for event in told(text, sender=sender)]

    assert (said[0]["user"], said[0]["queue"]) == ("user:1001", "queue:sales")
    assert (said[1]["skills"], said[1]["language"]) == (["skill:vip", "skill:gold"], "language:de")
    assert said[3]["wrapup_code"] == "wrapup_code:sale"


def test_the_source_is_a_presence_source_unless_chosen_otherwise() -> None:
    assert last("0 X open customer")["source"] == "presence_source/pbx"
    assert last("0 X open customer", sender=Sender("acme", "pbx", "external_source"))["source"] == "external_source/pbx"


def test_the_tag_stands_for_the_native_id() -> None:
    assert last("0 X open customer")["tag"] == "1700000000.7"
    assert last("0 X open customer", native=Native("1", tag="thread 9"))["tag"] == "thread 9"


def test_only_openings_say_where_they_come_from() -> None:
    found = told(CALLS["blind transfer to a queue"])

    with_source = {one.fields[0].after for one in found if any(field.path == ("source",) for field in one.fields)}

    assert with_source == {"externalEstablished", "routingEstablished", "userEstablished"}


@pytest.mark.parametrize("name", [*CALLS, *MAILS])
def test_what_is_sent_is_valid_by_the_official_description(name: str) -> None:
    if not definitions():
        pytest.skip("GENESYS_SWAGGER names no API description")
    media = Media.VOICE if name in CALLS else Media.EMAIL

    validator().validate(KIND.call(told({**MAILS, **CALLS}[name], media=media), Known()).body)


def test_names_from_anywhere_do_not_mix() -> None:
    """A native id may hold any sign; two pairs of names never run into each other."""
    pairs = [("a", "b:c"), ("a:b", "c"), ("a\nb", "c"), ("a", "b\nc"), ("ab", "c"), ("a", "bc"), ("\ud800", "電話")]

    assert len({leg_id("acme", *pair) for pair in pairs}) == len(pairs)


def test_words_of_an_enumeration_become_plain_text() -> None:
    _, (notice,) = advance(Conversation(), Step(Act.OPEN, DAY, "X", {"party": Party.CUSTOMER, "ani": "1"}))

    assert all(type(one.after) in {str, bool} for one in change(notice, CALL, ACME).fields)
