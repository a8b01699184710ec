"""What is kept back of the people who call or write."""

from __future__ import annotations

from typing import Any

import pytest
from runners.test_conversation import steps

from reconciler.model.interaction import Act, Media, Party, Step
from reconciler.model.mapping import Mask
from reconciler.runners.conversation import follow
from reconciler.runners.conversation_legs import Conversation
from reconciler.runners.mask import hidden, masked, said_in, secrets

LAST4, ALL, NAMES = Mask(numbers="last4"), Mask(numbers="all"), Mask(names=True)


def told(mask: Mask, *said: dict[str, Any], media: Media = Media.VOICE) -> dict[str, Any]:
    """What is told of a leg that opens, but for what goes without saying."""
    opened = [Step(Act.OPEN, 1, f"L{number}", one) for number, one in enumerate(said)]
    _, notices = follow(Conversation(media), opened)
    return {name: value for name, value in masked(notices[-1], mask).said.items() if name not in {"alerting", "inbound"}}


def caller(**said: Any) -> dict[str, Any]:
    return {"party": Party.CUSTOMER, **said}


@pytest.mark.parametrize(
    ("mask", "number", "shown"),
    [
        (LAST4, "+49301234567", "****4567"),
        (LAST4, "7001", "****01"),
        (LAST4, "1", "****"),
        (LAST4, "Ann Lee <+49301234567>", "****4567"),
        (ALL, "+49301234567", "****"),
        (NAMES, "+49301234567", "+49301234567"),
        (NAMES, "Ann Lee <+49301234567>", "+49301234567"),
        (Mask(), "Ann Lee <+49301234567>", "Ann Lee <+49301234567>"),
    ],
)
def test_a_number_is_told_as_the_mask_says(mask: Mask, number: str, shown: str) -> None:
    assert told(mask, caller(ani=number)) == {"ani": shown}


def test_every_number_and_address_is_masked() -> None:
    mail = {"from": "ann@example.org", "to": "help@example.com", "cc": ["b@example.net"], "bcc": ["c@example.net"]}

    assert told(ALL, caller(ani="+4930123", dnis="+800555")) == {"ani": "****", "dnis": "****"}
    assert told(ALL, caller(), {"party": "flow", "number": "+800555"}) == {"number": "****"}
    assert told(ALL, caller(**mail), media=Media.EMAIL) == {"from": "****", "to": "****", "cc": ["****"], "bcc": ["****"]}


def test_names_and_subjects_are_left_out() -> None:
    sides = {"from": "Ann Lee <ann@example.org>", "to": "help@example.com"}

    assert told(NAMES, caller(ani_name="Ann Lee", dnis_name="Bob")) == {}
    assert told(NAMES, caller(name="Ann Lee", subject="My bill", **sides), media=Media.EMAIL) == {
        "from": "ann@example.org",
        "to": "help@example.com",
    }


def test_the_name_of_a_menu_is_nobodys() -> None:
    assert told(NAMES, caller(), {"party": "flow", "name": "Main menu"}) == {"name": "Main menu"}


def test_a_number_that_stands_in_a_name_is_hidden_there_too() -> None:
    assert told(LAST4, caller(ani="+49301234567", ani_name="+49301234567"))["ani_name"] == "****4567"
    assert told(ALL, caller(ani="+49301234567", info={"from": "call of +49301234567"}))["info"] == {"from": "call of ****"}


def test_what_refers_to_others_stays() -> None:
    agent = {"party": "agent", "agent": "7001", "number": "7001", "invited_by": "L0"}

    assert told(ALL, caller(), agent) == {"user": "7001", "number": "****", "invited_by": "L0"}


def test_words_about_a_conversation_hide_what_its_steps_say() -> None:
    text = "0 X open customer ani=+49301234567\n1 A open agent agent=a\n2 A transfer attended command=T number=+8005551 object=X"
    conversation, _ = follow(Conversation(), steps(text))
    veiled = secrets(said_in(steps(text)[:1], conversation), LAST4)

    assert hidden("+49301234567 was moved to +8005551, not to +1", veiled) == "****4567 was moved to ****5551, not to +1"


def test_words_hide_the_names_of_customers_only() -> None:
    said = [Step(Act.OPEN, 0, "X", caller(name="Ann Lee")), Step(Act.OPEN, 0, "F", {"party": "flow", "name": "Main menu"})]

    assert hidden("Ann Lee in Main menu", secrets(said_in(said, Conversation()), NAMES)) == "**** in Main menu"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call back +49 (30) 123-4567 at 10:15", "call back ****4567 at 10:15"),
        ("write to ann.lee@example.org, please", "write to ****.org, please"),
        ("on 2026-11-22 in room 4711", "on 2026-11-22 in room 4711"),
    ],
)
def test_what_looks_like_a_number_is_hidden_in_notes(text: str, shown: str) -> None:
    _, notices = follow(Conversation(), steps("0 A open agent agent=a after_work\n1 A close how=self"))
    note = notices[-1]._replace(said={"notes": text, "wrapup_code": "1234567"})

    assert masked(note, LAST4).said == {"notes": shown, "wrapup_code": "1234567"}
