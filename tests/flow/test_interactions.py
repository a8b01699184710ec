"""Calls from a log of the platform to conversations in Genesys Cloud."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from flow.centre import Centre
from flow.shift import Shift

from reconciler.pipeline import run as running
from reconciler.pipeline.book import quarantine, replay
from reconciler.pipeline.tally import Report
from reconciler.plan.agenda import agenda

WANTED = """\
presence_sources: [{key: acme, name: ACME, primary: true}]
users: [{key: a1, name: 山田 太郎, email: taro@example.com}]
queues: [{key: q1, name: Billing, members: {mode: exclusive, items: [a1]}}]
"""
ANSWERED = (
    "1795000005|c1|q1|NONE|ENTERQUEUE||123|1",
    "1795000009|c1|q1|a1|CONNECT|4|c2|3",
    "1795000060|c1|q1|a1|COMPLETECALLER|4|51|1",
)
ABANDONED = ("1795000105|c3|q1|NONE|ENTERQUEUE||456|1", "1795000135|c3|q1|NONE|ABANDON|1|1|30")
OF_A_STRANGER = (
    "1795000230|c5|q1|NONE|ENTERQUEUE||789|1",
    "1795000235|c5|q1|zz|CONNECT|5|c6|2",
    "1795000245|c5|q1|zz|COMPLETEAGENT|5|10|1",
)


class Calls:
    """A centre on Asterisk whose calls are told."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        path = centre.root / "reconciler.yaml"
        path.write_text(path.read_text().replace("tabular", "asterisk"))
        centre.write(WANTED)
        assert centre.apply().exit_code == 0

    def log(self, *lines: str, name: str = "queue_log") -> str:
        path = self.centre.root / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return str(path)

    def tell(self, *lines: str, name: str = "queue_log") -> Report:
        wishes = running.Wishes((self.log(*lines, name=name),), "interactions", once=True)
        return asyncio.run(running.run(self.centre.settings, wishes, self.centre.doors))

    def rehearse(self, *lines: str) -> list[str]:
        wishes = running.Wishes((self.log(*lines),), "interactions", once=True)
        plan, _ = asyncio.run(running.rehearse(self.centre.settings, wishes, self.centre.doors))
        return [line.text for line in agenda(plan)]

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = self.centre.admin("GET", "/conversations")
        return found


@pytest.fixture
def calls(make_centre: Callable[..., Centre]) -> Calls:
    return Calls(make_centre())


def test_a_call_is_told_leg_by_leg_and_breaks_no_rule(calls: Calls) -> None:
    report = calls.tell(*ANSWERED, *ABANDONED)

    assert report.calls == {
        "read": 5,
        "conversations": 2,
        "events": 11,
        "sent": 11,
        "repeated": 0,
        "open": 0,
        "refused": 0,
        "quarantined": 0,
        "unmapped": 0,
        "billable_users": 1,
    }
    assert report.exit_code == 0
    told = calls.told()
    assert (told["over"], told["open"], told["violations"], told["out_of_order"]) == (2, 0, {}, 0)


def test_the_same_calls_from_another_file_are_known_already(calls: Calls) -> None:
    calls.tell(*ANSWERED)

    report = calls.tell(*ANSWERED, name="copy")

    assert (report.sent, report.repeated) == (0, 3)
    assert calls.told()["repeated"] == 0


def test_a_log_that_is_newest_first_makes_the_same_conversation(calls: Calls) -> None:
    report = calls.tell(*reversed(ANSWERED))

    assert (report.sent, report.quarantined, calls.told()["violations"]) == (7, 0, {})


def test_a_plan_of_calls_reads_aloud_and_leaves_no_trace(calls: Calls) -> None:
    before = calls.centre.requests()

    lines = calls.rehearse(*ANSWERED)

    assert [line.split("  q")[0].rstrip() for line in lines[3:11]] == [
        "  c1",
        "    2026-11-18T11:06:45.000Z  externalEstablished X",
        "    2026-11-18T11:06:45.001Z  routingEstablished Q1 q1",
        "    2026-11-18T11:06:46.000Z  userEstablished A1 a1",
        "    2026-11-18T11:06:49.000Z  communicationAnswered A1",
        "    2026-11-18T11:06:49.001Z  communicationEnded Q1 transfer",
        "    2026-11-18T11:07:40.000Z  communicationEnded X self",
        "    2026-11-18T11:07:40.001Z  communicationEnded A1 peer",
    ]
    after = calls.centre.requests()
    assert all(name.startswith("GET ") or name == "POST /oauth/token" for name in after if after[name] != before.get(name))
    assert calls.tell(*ANSWERED).sent == 7


def test_a_call_of_a_stranger_waits_in_the_quarantine_and_is_told_once_they_are_applied(calls: Calls) -> None:
    report = calls.tell(*OF_A_STRANGER)
    causes = [one["cause"] for one in quarantine(calls.centre.settings)]

    assert (report.exit_code, report.quarantined, calls.told()["open"]) == (6, 2, 1)
    assert causes == [
        "user/zz is not known; apply it, then replay this conversation",
        "an earlier event of this conversation was refused; replay that one first",
    ]

    calls.centre.write("users: [{key: zz, name: Zoe, email: zoe@example.com}]\n", "more.yaml")
    assert calls.centre.apply().exit_code == 0
    replay(calls.centre.settings, [])
    healed = calls.tell()

    assert (healed.exit_code, healed.quarantined) == (0, 0)
    told = calls.told()
    assert (told["over"], told["open"], told["violations"]) == (1, 0, {})


def test_a_call_is_closed_by_rule_while_others_go_on_without_a_pause(make_shift: Callable[..., Shift]) -> None:
    """Rows come so fast that something always waits for its turn."""
    shift = make_shift()
    shift.open(WANTED)
    shift.logs("-7300 NONE ENTERQUEUE |123|1")
    closed: list[int] = []

    async def rows() -> None:
        for number in range(160):
            with shift.log.open("a", encoding="utf-8") as file:
                file.write(f"{shift.now:.3f}|busy{number}|q1|NONE|ENTERQUEUE||123|1\n")
            await asyncio.sleep(0.5)

    shift.follow(rows, runner="interactions", told=lambda report: closed.append(report.closed))

    assert closed[-1] == 1


def test_a_call_whose_end_was_never_told_is_closed_by_rule(calls: Calls) -> None:
    calls.tell(*ANSWERED[:2])
    assert calls.told()["open"] == 1

    calls.centre.pass_time(hours=48)
    report = calls.tell(*ABANDONED)

    assert report.closed == 1
    assert (calls.told()["open"], calls.told()["violations"]) == (0, {})
