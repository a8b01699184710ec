"""E-mails of Genesys Engage as interaction records: told when they are done with, replies on the leg of what they answer."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sources.telling import Line, read_all

from reconciler.model.interaction import Media
from reconciler.sources import CALLS

CARD = CALLS["genesys-engage"]
ZERO = 1_772_438_400_000  # 2026-03-02T08:00:00Z
SALE = {"UserData": {"Disposition": "sale"}}


def mail(name: str, start: str, end: str = "", **said: Any) -> dict[str, Any]:
    ended = {"EndDate": f"2026-03-02T{end}Z", "State": "Stopped"} if end else {"State": "InProgress"}
    return {
        "Id": name,
        "TypeId": "Inbound",
        "SubtypeId": "InboundNew",
        "MediaType": "email",
        "ThreadId": "t1",
        "StartDate": f"2026-03-02T{start}Z",
        "Subject": "Where is it?",
        "FromAddress": "anna@example.org",
        "ToAddresses": ["care@example.com", "other@example.com"],
        "OwnerInformation": [{"DBID": 101, "userName": "ben"}],
        **ended,
        **said,
    }


def reply(name: str, start: str, end: str = "", **said: Any) -> dict[str, Any]:
    out = {
        "TypeId": "Outbound",
        "SubtypeId": "OutboundReply",
        "FromAddress": "care@example.com",
        "ToAddresses": "anna@example.org",
    }
    return mail(name, start, end, **{**out, "ParentId": "m1", **said})


def line() -> Line:
    return Line(CARD, ZERO, {"interactions": {"wrapup_attribute": "Disposition"}})


SIDES = "from=anna@example.org to=care@example.com subject=Where is it?"
BACK = "from=care@example.com to=anna@example.org subject=Where is it?"


def test_a_message_is_answered_on_the_leg_of_whoever_has_it() -> None:
    one = line()

    told = one.sorted(mail("m1", "08:00:00", "08:10:00", Queue="care", **SALE), reply("m2", "08:02:00", "08:09:00"))

    assert told.splitlines() == [
        f"0 m1/customer open customer inbound with_message {SIDES}",
        f"0 m1/queue open queue queue=care invited_by=m1/customer {SIDES}",
        f"0 m1/agent open agent agent=ben invited_by=m1/queue {SIDES}",
        "0 m1/queue close how=transfer",
        "120 m1/agent write",
        "540 m1/agent sent",
        "600 m1/agent close how=self",
        "600 m1/customer close how=peer",
        "600 m1/agent dispose code=sale",
    ]
    assert (one.conversations["m1"].media, one.conversations["m1"].tag) == (Media.EMAIL, "t1")
    assert one.is_settled()


def test_a_message_nobody_asked_for_begins_with_the_agent() -> None:
    one = line()

    assert one.sorted(reply("m5", "09:00:00", "09:05:00", ParentId="")).splitlines() == [
        f"3600 m5/agent open agent agent=ben no-inbound {BACK}",
        f"3600 m5/customer open customer no-inbound invited_by=m5/agent {BACK}",
        "3600 m5/agent write",
        "3900 m5/agent sent",
        "3900 m5/agent close how=self",
        "3900 m5/customer close how=peer",
    ]
    assert one.is_settled()


def test_an_answer_after_the_end_goes_on_from_the_former_legs() -> None:
    one = line()
    one.sorted(mail("m1", "08:00:00", "08:10:00"))

    assert one.sorted(reply("m2", "09:00:00", "09:05:00")).splitlines()[:3] == [
        f"3600 m2/customer open customer no-inbound {BACK} previous=m1/customer",
        f"3600 m2/agent open agent agent=ben no-inbound invited_by=m2/customer {BACK} previous=m1/agent",
        "3600 m2/agent write",
    ]
    assert one.is_settled()


def test_a_message_that_is_not_done_with_says_nothing_yet() -> None:
    one = line()

    assert one.told(mail("m1", "08:00:00")) == ""
    assert one.read.odd == {}


def test_the_same_records_again_say_nothing_more() -> None:
    one = line()
    records = [mail("m1", "08:00:00", "08:10:00"), reply("m2", "08:02:00", "08:09:00")]
    one.sorted(*records)

    assert one.sorted(*records) == ""


def test_a_message_without_addresses_is_named_once() -> None:
    one = line()

    assert one.told(mail("m1", "08:00:00", "08:10:00", FromAddress="")) == ""
    assert one.odd == ["m1: an e-mail without addresses cannot be told"]


def test_a_message_without_an_owner_ends_by_the_system() -> None:
    one = line()
    told = one.told(mail("m1", "08:00:00", "08:10:00", OwnerInformation=[], Queue="care"))

    assert told.splitlines()[-2:] == ["600 m1/queue close how=system", "600 m1/customer close how=system"]


def test_records_of_calls_and_chats_are_counted() -> None:
    one = line()
    one.told(mail("m1", "08:00:00", "08:10:00", MediaType="Call"), mail("m2", "08:00:00", "08:10:00", MediaType="chat"))

    assert one.read.odd == {"interaction record of Call": 1, "interaction record of chat": 1}


@given(st.lists(st.integers(0, 5), min_size=1, max_size=10))
def test_no_order_of_records_leads_to_anything_illegal(order: list[int]) -> None:
    records = [
        mail("m1", "08:00:00", "08:10:00", Queue="care", **SALE),
        reply("m2", "08:02:00", "08:09:00"),
        reply("m3", "08:03:00", "08:20:00", OwnerInformation=[{"userName": "cleo"}]),
        mail("m4", "10:00:00", "10:10:00", ParentId="m2"),
        reply("m5", "11:00:00", "11:10:00", ParentId="m4"),
        reply("m6", "07:00:00", "07:10:00", OwnerInformation=[]),
    ]
    one = line()

    one.tell(*read_all(one, [json.dumps(records[number]).encode() for number in order]))
    one.close()

    assert all(conversation.is_settled for conversation in one.conversations.values() if conversation.legs)
