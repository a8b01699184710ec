"""Which conversations are told: rules that are met, missed, or cannot be decided yet."""

from __future__ import annotations

from typing import Any

import pytest
from runners.test_conversation import steps

from reconciler.model.interaction import Media
from reconciler.model.mapping import Which
from reconciler.runners.conversation import follow
from reconciler.runners.conversation_legs import Conversation
from reconciler.runners.scope import Scope

CALL = (
    "0 X open customer ani=+49301234 dnis=+800555",
    "1 F open flow",
    "2 Q open queue queue=Billing",
    "3 A open agent agent=ann",
    "9 X close how=self",
    "9 A close how=peer",
    "9 Q close how=system",
    "9 F close how=system",
)
OUT = (
    "0 A open agent agent=ann number=7001",
    "1 X open customer no-inbound dnis=+49305678",
    "9 X close how=self",
    "9 A close how=peer",
)
HOUSE = ("0 A open agent agent=ann", "1 B open agent agent=bob no-inbound", "9 B close how=self", "9 A close how=peer")
MENU = (OUT[0], "0.5 F open flow", OUT[1])
LONELY = ("0 A open agent agent=ann number=7001", "9 A close how=self")
MAIL = (
    "0 X open customer to=help@example.com from=ann@example.org cc=boss@example.net",
    "1 Q open queue queue=Mails to=help@example.com from=ann@example.org",
    "9 X close how=system",
    "9 Q close how=system",
)


def scope(include: Any = (), exclude: Any = (), allowed: Any = None) -> Scope:
    rules = [tuple(Which.model_validate(one) for one in each) for each in (include, exclude)]
    return Scope(*rules, None if allowed is None else frozenset(allowed), lambda _kind, name: {"Billing": "q1"}.get(name, name))


def verdicts(lines: tuple[str, ...], rules: Scope, media: Media = Media.VOICE) -> list[str]:
    """The verdict after each step, as long as it is open."""
    found = []
    for length in range(1, len(lines) + 1):
        conversation, notices = follow(Conversation(media), steps("\n".join(lines[:length])))
        found.append(str(rules.judge(conversation, notices)))
        if found[-1] != "open":
            break
    return found


def waits(count: int, then: str) -> list[str]:
    return ["open"] * count + [then]


@pytest.mark.parametrize(
    ("rules", "lines", "found"),
    [
        (scope(), CALL, ["told"]),
        (scope(include=[{}]), CALL, ["told"]),
        (scope(exclude=[{}]), CALL, ["left"]),
        (scope(include=[{"media": ["email"]}]), CALL, ["left"]),
        (scope(exclude=[{"direction": ["inbound"]}]), CALL, ["left"]),
        (scope(include=[{"direction": ["outbound"]}]), CALL, ["left"]),
        (scope(include=[{"direction": ["outbound"]}]), OUT, waits(1, "told")),
        (scope(exclude=[{"direction": ["internal"]}]), OUT, waits(1, "told")),
        (scope(exclude=[{"direction": ["internal"]}]), HOUSE, waits(1, "left")),
        (scope(exclude=[{"direction": ["internal"]}]), MENU, waits(2, "told")),
        (scope(exclude=[{"direction": ["internal", "outbound"]}]), LONELY, waits(1, "told")),
        (scope(exclude=[{"number": "+4930*"}]), CALL, ["left"]),
        (scope(exclude=[{"number": "+80055?"}]), CALL, ["left"]),
        (scope(exclude=[{"number": "+80055"}]), CALL, ["told"]),
        (scope(exclude=[{"number": "+4930*"}]), OUT, waits(1, "left")),
        (scope(include=[{"number": "7001"}]), OUT, waits(1, "told")),
        (scope(include=[{"number": "7001"}]), LONELY, waits(1, "told")),
        (scope(include=[{"queue": "BILL*"}]), CALL, waits(2, "told")),
        (scope(include=[{"queue": "q1"}]), CALL, waits(2, "told")),
        (scope(include=[{"queue": "Bill[i]ng"}]), CALL, waits(2, "left")),
        (scope(exclude=[{"queue": "Returns"}]), CALL, waits(2, "told")),
        (scope(exclude=[{"queue": "Returns"}]), OUT, waits(3, "told")),
        (scope(include=[{"queue": "*"}]), OUT, waits(3, "left")),
        (scope(include=[{"queue": "Billing", "direction": ["outbound"]}]), CALL, ["left"]),
        (scope(include=[{"queue": "Billing"}, {"direction": ["inbound"]}]), CALL, ["told"]),
        (scope(include=[{"direction": ["inbound"]}], exclude=[{"queue": "Billing"}]), CALL, waits(2, "left")),
    ],
)
def test_a_conversation_is_told_as_soon_as_the_rules_can_be_decided(rules: Scope, lines: Any, found: list[str]) -> None:
    assert verdicts(lines, rules) == found


@pytest.mark.parametrize("number", ["HELP@*", "ann@example.org", "boss@*"])
def test_addresses_of_an_e_mail_are_numbers(number: str) -> None:
    assert verdicts(MAIL, scope(exclude=[{"number": number}]), Media.EMAIL) == ["left"]


def test_a_transfer_to_a_queue_names_the_queue_of_a_call_that_had_none() -> None:
    lines = (*HOUSE[:2], "2 A transfer attended command=T queue=Billing object=B")

    assert verdicts(lines, scope(include=[{"queue": "Billing"}])) == waits(2, "told")


def test_a_second_queue_changes_nothing() -> None:
    lines = (*CALL[:3], "5 Q2 open queue queue=Returns")

    assert verdicts(lines, scope(exclude=[{"queue": "Returns"}])) == waits(2, "told")


def test_a_call_with_a_user_who_may_not_become_billable_is_left_out_once_they_join() -> None:
    assert verdicts(CALL, scope(allowed=["bob"])) == waits(3, "left")


def test_with_a_list_of_billable_users_a_call_is_told_when_nobody_can_join_any_more() -> None:
    assert verdicts(CALL, scope(allowed=["ann"])) == waits(7, "told")


def test_who_is_only_called_by_a_transfer_may_not_become_billable_either() -> None:
    lines = (*OUT[:2], "2 A transfer attended command=T agent=bob object=X")

    assert verdicts(lines, scope(allowed=["ann"])) == waits(2, "left")
