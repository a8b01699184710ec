"""Which calls are told, of whom, and what of the callers: rules, lists of billable users, masks, and those nobody knows yet."""

from __future__ import annotations

import asyncio
from asyncio import sleep
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flow.centre import NOON, Centre
from flow.shift import Shift
from flow.test_interactions import ABANDONED, ANSWERED, WANTED, Calls

from reconciler.cli.main import main
from reconciler.errors import ConfigurationError
from reconciler.model.change import Plan
from reconciler.model.document import dump
from reconciler.pipeline import run as running
from reconciler.pipeline.book import MASKED, quarantine, replay
from reconciler.pipeline.tally import Report
from reconciler.plan.agenda import agenda

NUMBER = "+49301234567"
OTHER = (
    f"1795000205|c7|q2|NONE|ENTERQUEUE||{NUMBER}|1",
    "1795000209|c7|q2|a2|CONNECT|4|c8|3",
    "1795000260|c7|q2|a2|COMPLETEAGENT|4|51|1",
)
MORE = """\
users: [{key: a2, name: Hanako Sato, email: hanako@example.com}]
queues: [{key: q2, name: Returns, members: {mode: exclusive, items: [a2]}}]
"""


@pytest.fixture
def calls(make_centre: Callable[..., Centre]) -> Calls:
    one = Calls(make_centre())
    one.centre.write(MORE, "more.yaml")
    assert one.centre.apply().exit_code == 0
    return one


def rule(calls: Calls, text: str) -> None:
    """Writes interactions of mapping.yaml."""
    folder = calls.centre.root / "mapping"
    folder.mkdir(exist_ok=True)
    (folder / "mapping.yaml").write_text(f"version: 1\ninteractions: {text}\n", encoding="utf-8")


def configure(calls: Calls, text: str) -> None:
    path = calls.centre.root / "reconciler.yaml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def rehearsed(calls: Calls, *lines: str) -> tuple[Plan, Report]:
    wishes = running.Wishes((calls.log(*lines),), "interactions", once=True)
    return asyncio.run(running.rehearse(calls.centre.settings, wishes, calls.centre.doors))


@pytest.mark.parametrize(
    ("rules", "told", "excluded"),
    [
        ("{exclude: [{queue: Ret*}]}", 2, 1),
        ("{include: [{queue: q2}]}", 1, 2),
        ("{exclude: [{number: '+49*'}]}", 2, 1),
        ("{include: [{direction: [outbound]}]}", 0, 3),
        ("{exclude: [{media: [email]}]}", 3, 0),
        ("{billable: [a1]}", 2, 1),
        ("{billable: []}", 1, 2),
    ],
)
def test_what_the_rules_leave_out_is_counted_and_not_told(calls: Calls, rules: str, told: int, excluded: int) -> None:
    configure(calls, "")
    rule(calls, rules)

    report = calls.tell(*ANSWERED, *ABANDONED, *OTHER)

    assert (report.conversations, report.excluded, report.exit_code, report.open) == (told, excluded, 0, 0)
    found = calls.told()
    assert (found["over"], found["open"], found["violations"], found["out_of_order"]) == (told, 0, {}, 0)


def test_both_lists_of_billable_users_count(calls: Calls) -> None:
    configure(calls, "billing: {allow: [a2]}\n")
    rule(calls, "{billable: [a1, a2]}")

    report = calls.tell(*ANSWERED, *OTHER)

    assert (report.conversations, report.excluded, report.barred) == (1, 1, {"user/a1": 1})
    assert report.calls["billable_users"] == 1


def test_what_waits_for_its_rule_goes_on_in_the_next_run(calls: Calls) -> None:
    rule(calls, "{billable: [a1]}")
    plan, _ = rehearsed(calls, *ANSWERED[:2])
    first = calls.tell(*ANSWERED[:2], name="first")

    second = calls.tell(ANSWERED[2], name="second")

    assert plan.warnings == ("1 conversation not told yet: rules decide when more of them is known",)
    assert (first.sent, first.open, first.undecided, second.sent, second.undecided) == (0, 1, 1, 7, 0)
    assert calls.told()["violations"] == {}


def test_the_same_file_under_other_rules_repeats_nothing(calls: Calls) -> None:
    calls.tell(*ANSWERED, name="first")
    rule(calls, "{exclude: [{queue: Returns}]}")

    report = calls.tell(*ANSWERED, *OTHER, name="second")

    assert (report.sent, report.repeated, report.excluded) == (0, 3, 1)
    assert calls.told()["repeated"] == 0


# ── what it would cost ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_names_who_becomes_billable_by_it(calls: Calls) -> None:
    plan, _ = rehearsed(calls, *ANSWERED, *OTHER)

    assert plan.billable == ("a1", "a2")
    assert dump(plan)["billable_users"] == {"new": 2, "keys": ["a1", "a2"]}
    lines = [line.text for line in agenda(plan, 200)]
    assert "Newly billable: 2 users of whom nothing was told before: a1 山田 太郎, a2 Hanako Sato." in lines
    assert lines[-1] == "14 events of 2 conversations, about 1 request."


def test_who_was_told_of_before_becomes_billable_no_more(calls: Calls) -> None:
    calls.tell(*ANSWERED, name="first")
    calls.centre.pass_time(hours=72)
    calls.tell(*ABANDONED, name="later")

    plan, _ = rehearsed(calls, *OTHER, *(line.replace("c1", "c99") for line in ANSWERED))

    assert plan.billable == ("a2",)


def test_a_plan_says_what_it_leaves_out(calls: Calls) -> None:
    rule(calls, "{exclude: [{queue: q1}], billable: [a1]}")

    plan, _ = rehearsed(calls, *ANSWERED, *OTHER)

    assert (plan.changes, plan.billable) == ((), ())
    assert [one.partition(";")[0] for one in plan.warnings] == [
        "2 conversations excluded by the rules of mapping.yaml or billing.allow",
        "may not become billable: user/a2 (1 x)",
    ]


def test_a_plan_names_who_is_not_known(calls: Calls) -> None:
    plan, _ = rehearsed(calls, *(line.replace("|a2|", "|zz|") for line in OTHER))

    assert plan.warnings[0].startswith("unknown to Genesys Cloud: user/zz (1 x); apply their manifests")


# ── masks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_masked_number_is_nowhere_but_in_the_ledger(calls: Calls, capsys: pytest.CaptureFixture[str]) -> None:
    rule(calls, "{mask: {numbers: last4, names: true}}")
    lines = [*OTHER[:1], "1795000206|c7|q2|zz|CONNECT|4|c8|3"]
    plan, _ = rehearsed(calls, *lines)

    report = calls.tell(*lines)

    assert report.quarantined == 1
    shown = [repr(dump(plan)), *(line.text for line in agenda(plan)), repr(quarantine(calls.centre.settings)), repr(report)]
    shown.append(repr(calls.centre.emulator.world.__dict__))
    with pytest.raises(SystemExit, match="0"):
        main(["--directory", str(calls.centre.root), "state", "quarantine", "list", "--json"])
    shown += capsys.readouterr()
    assert not [text for text in shown if NUMBER in text]
    assert "****4567" in shown[0]
    assert quarantine(calls.centre.settings)[0]["record"] == MASKED


def test_a_mapping_that_cannot_be_read_hides_what_is_in_the_quarantine(calls: Calls) -> None:
    calls.tell(OTHER[0], "1795000206|c7|q2|zz|CONNECT|4|c8|3")
    before = quarantine(calls.centre.settings)[0]["record"]

    rule(calls, "{mask: {number: last4}}")

    assert before != MASKED
    assert quarantine(calls.centre.settings)[0]["record"] == MASKED


# ── who is meant ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_queue_that_was_renamed_is_found(calls: Calls) -> None:
    folder = calls.centre.root / "mapping"
    folder.mkdir()
    (folder / "mapping.yaml").write_text("version: 1\nrename: {queues: {oldname: Returns}}\n", encoding="utf-8")

    report = calls.tell(*(line.replace("|q2|", "|oldname|") for line in OTHER))

    assert (report.sent, report.strangers) == (7, {})


def test_native_wrapup_codes_are_translated(make_centre: Callable[..., Centre]) -> None:
    calls = Calls(make_centre())
    path = calls.centre.root / "reconciler.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("asterisk", "tabular"), encoding="utf-8")
    calls.centre.write("wrapup_codes: [{key: sale, name: Sale}]\n" + WANTED.replace("Billing,", "Billing, wrapup_codes: [sale],"))
    assert calls.centre.apply().exit_code == 0
    columns = "{id: Id, start: Start, talk: Talk, queue: Queue, agent: Agent, disposition: Code}"
    rule(calls, f"{{columns: {columns}, wrapup_codes: {{'77': sale}}}}")

    report = calls.tell(
        "Id,Start,Talk,Queue,Agent,Code",
        "c1,2026-11-21T10:00:00Z,60,q1,a1,77",
        "c2,2026-11-21T11:00:00Z,60,q1,a1,Sale",
        "c3,2026-11-21T12:00:00Z,60,q1,a1,88",
        name="calls.csv",
    )

    assert (report.conversations, report.strangers, report.quarantined) == (2, {"wrapup_code/88": 1}, 1)
    assert calls.told()["violations"] == {}


def source_ids(calls: Calls) -> set[str]:
    return {
        str(one.after) for change in rehearsed(calls, *ANSWERED)[0].changes for one in change.fields if one.path == ("source",)
    }


def test_calls_name_the_external_source_where_the_settings_say_so(calls: Calls) -> None:
    configure(calls, "runners: {interactions: {source: external_source}}\n")
    calls.centre.write("external_sources: [{key: other, name: Other}, {key: acme, name: ACME}]\n", "sources.yaml")
    assert calls.centre.apply().exit_code == 0

    assert source_ids(calls) == {"external_source/acme"}
    assert calls.tell(*ANSWERED).events == 7


def test_an_external_source_that_is_not_there_is_asked_for(calls: Calls) -> None:
    configure(calls, "runners: {interactions: {source: external_source}}\n")

    with pytest.raises(ConfigurationError, match=r"no external source is ours; put acme into the manifests"):
        rehearsed(calls, *ANSWERED)


# ── those nobody knows yet ───────────────────────────────────────────────────────────────────────────────────────────

STAFF = """\
presence_sources: [{key: acme, name: ACME, primary: true}]
users: [{key: a1, name: 山田 太郎, email: a1@example.com}]
queues: [{key: q1, name: Billing, members: {mode: exclusive, items: [a1]}}]
"""
NEWCOMER = "users: [{key: zz, name: Zoe, email: zz@example.com}]\n"
WAITING = (f"{int(NOON)}|c1|q1|NONE|ENTERQUEUE||{NUMBER}|1\n", f"{int(NOON) + 4}|c1|q1|zz|CONNECT|4|c2|3\n")
END = f"{int(NOON) + 9}|c1|q1|zz|COMPLETEAGENT|4|5|1\n"


@pytest.fixture
def floor(make_shift: Callable[..., Shift]) -> Shift:
    """A centre whose log tells of somebody whom Genesys Cloud does not know."""
    one = make_shift()
    one.configure("runners: {status: {heal_every: 30s}, interactions: {hold: 1h}}\n")
    one.open(STAFF)
    one.log.write_text("".join(WAITING), encoding="utf-8")
    return one


def follow(floor: Shift, script: Callable[[], Any]) -> Report:
    found: Report = floor.follow(script, runner="interactions")
    return found


async def a_minute() -> None:
    await sleep(60)


def told(floor: Shift) -> dict[str, Any]:
    found: dict[str, Any] = floor.admin("GET", "/conversations")
    return found


def test_a_call_that_waits_for_somebody_is_told_once_they_are_applied(floor: Shift) -> None:
    async def script() -> None:
        await sleep(60)
        with floor.log.open("a", encoding="utf-8") as file:
            file.write(END)
        await sleep(60)
        floor.write(NEWCOMER, "more.yaml")
        floor.apply_now()
        await sleep(60)

    report = follow(floor, script)

    assert (report.quarantined, report.open, report.sent) == (0, 0, 7)
    assert (told(floor)["over"], told(floor)["violations"]) == (1, {})


def test_a_call_that_waits_is_taken_up_by_the_next_run(floor: Shift) -> None:
    first = follow(floor, a_minute)
    floor.write(NEWCOMER, "more.yaml")
    assert floor.apply().exit_code == 0
    with floor.log.open("a", encoding="utf-8") as file:
        file.write(END)

    second = follow(floor, a_minute)

    assert (first.sent, first.quarantined, second.sent, second.quarantined) == (2, 0, 5, 0)
    assert (told(floor)["over"], told(floor)["violations"]) == (1, {})


def test_a_call_that_waits_outlasts_a_crash(floor: Shift) -> None:
    """The ledger is as it was in the middle of a run, as after kill -9."""
    saved: dict[Path, bytes] = {}

    async def script() -> None:
        await sleep(20)
        saved.update({one: one.read_bytes() for one in (floor.root / ".reconciler").glob("ledger*")})

    follow(floor, script)
    for one in (floor.root / ".reconciler").glob("ledger*"):
        one.unlink()
    for one, content in saved.items():
        one.write_bytes(content)
    floor.write(NEWCOMER, "more.yaml")
    assert floor.apply().exit_code == 0
    with floor.log.open("a", encoding="utf-8") as file:
        file.write(END)
    floor.pass_time(minutes=1)

    report = follow(floor, a_minute)

    assert (report.sent, report.quarantined, report.repeated) == (5, 0, 0)
    assert (told(floor)["over"], told(floor)["violations"]) == (1, {})


def test_a_call_waits_as_long_as_the_settings_say_over_all_runs(floor: Shift) -> None:
    follow(floor, a_minute)
    floor.pass_time(hours=1)

    report = follow(floor, a_minute)

    assert (report.quarantined, report.strangers) == (1, {"user/zz": 1})
    floor.write(NEWCOMER, "more.yaml")
    floor.apply()
    replay(floor.settings, [])
    floor.log.write_text("".join([*WAITING, END]), encoding="utf-8")
    assert follow(floor, a_minute).quarantined == 0
    assert (told(floor)["over"], told(floor)["violations"]) == (1, {})


def test_a_call_that_comes_back_behind_a_rules_end_says_so(floor: Shift) -> None:
    floor.log.write_text(WAITING[0], encoding="utf-8")
    follow(floor, a_minute)
    floor.pass_time(hours=48)
    closed = follow(floor, a_minute)
    with floor.log.open("a", encoding="utf-8") as file:
        file.write(WAITING[1].replace("zz", "a1") + END.replace("zz", "a1"))

    report = follow(floor, a_minute)

    assert (closed.closed, report.quarantined, report.refused) == (1, 2, 0)
    assert list(report.causes) == ["it came after this conversation was closed by rule, for want of news"]
    assert told(floor)["violations"] == {}
