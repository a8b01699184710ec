"""`run status --once`, from a queue log to what Genesys Cloud shows: figures, repetitions, strangers, refusals."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from flow.centre import NOON
from flow.shift import STAFF, Shift

from reconciler.errors import ConfigurationError, InputError, Refused, UsageError
from reconciler.ledger.glance import glance
from reconciler.pipeline import book
from reconciler.plan.agenda import agenda
from reconciler.plan.show import columns

DAY = (
    "1 a1 ADDMEMBER",
    "2 a2 ADDMEMBER PAUSED",
    "9 a1 CONNECT 4",
    "60 a1 COMPLETECALLER 4",
    "70 a1 PAUSE lunch",
    "80 a1 UNPAUSE",
)
NOTHING = {
    "read": 0,
    "events": 0,
    "sent": 0,
    "repeated": 0,
    "corrected": 0,
    "quarantined": 0,
    "unmapped": 0,
    "unknown_agents": 0,
    "lag_p99_seconds": 0.0,
}


def test_every_transition_is_told_in_order(shift: Shift) -> None:
    """On queue the presence comes first, off queue the routing status, both at the same time."""
    shift.logs(*DAY)

    shift.run()

    assert shift.told() == [
        "a1 1 OnQueue",
        "a1 1 IDLE",
        "a1 9 INTERACTING",
        "a1 60 IDLE",
        "a1 70 OFF_QUEUE",
        "a1 70 Lunch",
        "a1 80 OnQueue",
        "a1 80 IDLE",
        "a2 2 OFF_QUEUE",
        "a2 2 Busy",
    ]
    assert [shift.shows("a1"), shift.shows("a2")] == ["OnQueue IDLE", "Busy OFF_QUEUE"]


def test_the_figures_of_a_run(shift: Shift) -> None:
    shift.logs(*DAY)
    shift.pass_time(seconds=90)

    report = shift.run()

    assert report.document == NOTHING | {"read": 6, "events": 10, "sent": 10, "lag_p99_seconds": 89.0}
    assert report.exit_code == 0


def test_a_second_run_sends_nothing(shift: Shift) -> None:
    shift.logs(*DAY)
    shift.run()
    before = shift.requests()

    again = shift.run()

    assert again.document == NOTHING
    assert {name for name, count in shift.requests().items() if count > before.get(name, 0) and "events" in name} == set()


def test_a_second_run_goes_on_where_the_first_ended(shift: Shift) -> None:
    shift.logs(*DAY[:3])
    shift.run()
    shift.logs(*DAY[3:])

    again = shift.run()

    assert again.document | {"lag_p99_seconds": 0.0} == NOTHING | {"read": 3, "events": 5, "sent": 5}
    assert shift.told("a1")[-3:] == ["70 Lunch", "80 OnQueue", "80 IDLE"]


def test_a_copied_file_is_a_repetition(shift: Shift) -> None:
    shift.logs(*DAY)
    shift.run()
    copy = shutil.copy(shift.log, shift.root / "copy")

    again = shift.run(copy)

    assert again.document == NOTHING | {"read": 6, "repeated": 6}
    assert shift.counted("accepted") == 10


def test_a_folder_is_a_feed(shift: Shift) -> None:
    shift.logs(*DAY)
    folder = shift.root / "logs"
    folder.mkdir()
    shift.log.rename(folder / "queue_log")

    assert shift.run(folder).sent == 10


def test_feeds_may_stand_in_the_settings(shift: Shift) -> None:
    shift.logs(*DAY)
    shift.configure("runners: {status: {feeds: [queue_log]}}\n")

    assert shift.live(lambda doors: shift.runs([], doors)).sent == 10


def test_members_of_the_log_are_translated(shift: Shift) -> None:
    shift.map("version: 1\nagents: {SIP/1001: a1}\n")
    shift.logs("1 SIP/1001 ADDMEMBER")

    assert shift.run().exit_code == 0
    assert shift.told("a1") == ["1 OnQueue", "1 IDLE"]


# ── agents and reasons nobody knows ──────────────────────────────────────────────────────────────────────────────────


def test_an_unknown_agent_is_named(shift: Shift) -> None:
    shift.logs("1 a3 ADDMEMBER", "2 a3 PAUSE", "3 a1 ADDMEMBER")

    report = shift.run()

    assert report.document | {"lag_p99_seconds": 0.0} == NOTHING | {"read": 3, "events": 2, "sent": 2, "unknown_agents": 1}
    assert list(report.strangers) == ["a3"]
    assert report.exit_code == 6


def test_an_agent_who_was_applied_is_told_by_healing(shift: Shift) -> None:
    shift.logs("1 a3 ADDMEMBER")
    shift.run()
    shift.write(STAFF + "  - {key: a3, name: Jiro, email: a3@example.com}\n")
    assert shift.apply().exit_code == 0
    shift.pass_time(minutes=1)

    report = shift.run()

    assert report.document | {"lag_p99_seconds": 0.0} == NOTHING | {"events": 2, "sent": 2, "corrected": 1}
    assert report.exit_code == 0
    assert shift.shows("a3") == "OnQueue IDLE"


def test_an_unmapped_reason_is_counted(shift: Shift) -> None:
    shift.logs("1 a1 ADDMEMBER", "2 a1 PAUSE yoga", "3 a1 UNPAUSE", "4 a1 PAUSE yoga")

    report = shift.run()

    assert dict(report.unmapped) == {"reason yoga": 2}
    assert report.document["unmapped"] == 2
    assert report.exit_code == 0
    assert shift.shows("a1") == "Busy OFF_QUEUE"


def test_the_mapping_says_what_an_unmapped_reason_shows(shift: Shift) -> None:
    shift.map("version: 1\nstatus: {unmapped: {presence: Away, routing_status: OffQueue}}\n")
    shift.logs("1 a1 ADDMEMBER", "2 a1 PAUSE yoga")

    shift.run()

    assert shift.shows("a1") == "Away OFF_QUEUE"


# ── rehearsal ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rehearsal_leaves_no_trace(shift: Shift) -> None:
    shift.logs(*DAY)
    state, before = shift.state(), seen(shift)

    plan, report = shift.rehearse()

    assert (shift.state(), seen(shift)) == (state, before)
    assert shift.told() == []
    assert report.document["sent"] == 0
    assert len(plan.changes) == report.events == 10
    assert shift.run().document | {"lag_p99_seconds": 0.0} == NOTHING | {"read": 6, "events": 10, "sent": 10}


def test_a_rehearsal_shows_what_is_told_then(shift: Shift) -> None:
    shift.logs(*DAY)

    plan, _ = shift.rehearse()
    shift.run()

    assert sorted(one.ref.key for one in plan.changes) == sorted(shift.event_ids())


def test_a_rehearsal_begins_with_what_was_told(shift: Shift) -> None:
    shift.logs(*DAY[:5])
    shift.run()
    shift.logs(*DAY[5:])

    plan, _ = shift.rehearse()

    assert [str(one.fields[-1].after) for one in plan.changes] == ["system_presence/OnQueue", "Idle"]


def test_a_rehearsal_fits_eighty_columns(shift: Shift) -> None:
    shift.logs(*DAY)

    plan, _ = shift.rehearse()

    lines = [line.text for line in agenda(plan, 80)]
    assert max(map(columns, lines)) <= 80
    assert "  a1  山田 太郎" in lines
    assert lines[-1] == "10 events of 2 agents, about 2 requests."


def seen(shift: Shift) -> object:
    """What the ledger holds of the stream."""
    organization = shift.plan().header.organization
    return glance(shift.settings.ledger, organization=organization, source="acme", name="status")


# ── quarantine ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_line_nobody_understands_is_set_aside(shift: Shift) -> None:
    shift.logs("1 a1 ADDMEMBER")
    with shift.log.open("a") as file:
        file.write("garbage\n")

    report = shift.run()

    assert (report.quarantined, report.exit_code, report.sent) == (1, 6, 2)
    (poison,) = book.quarantine(shift.settings)
    assert poison["record"] == "garbage"
    assert poison["place"] == f"{shift.log}:2"
    assert poison["cause"].startswith("no line of a queue log")


def test_a_time_that_cannot_be_written_is_set_aside(shift: Shift) -> None:
    shift.replatform("tabular")
    shift.map("version: 1\nstatus: {columns: {agent: agent, at: at, state: state}, states: {in: ready}}\n")
    feed = shift.root / "feed.json"
    feed.write_text('{"agent": "a1", "at": "0001-01-01T00:00:00+14:00", "state": "in"}\n')

    report = shift.run(feed)

    assert (report.quarantined, report.sent) == (1, 0)
    assert book.quarantine(shift.settings)[0]["cause"].startswith("no time in 'at'")


def test_an_agent_who_cannot_be_shown_is_set_aside(shift: Shift) -> None:
    """A user made inactive behind our back: the service refuses, other agents are told all the same."""
    version = shift.behind("GET", f"/api/v2/users/{shift.id('a1')}")["version"]
    shift.behind("PATCH", f"/api/v2/users/{shift.id('a1')}", {"state": "inactive", "version": version})
    shift.logs(*DAY[:2])

    report = shift.run()

    assert (report.quarantined, report.sent) == (1, 2)
    assert shift.shows("a2") == "Busy OFF_QUEUE"
    (poison,) = book.quarantine(shift.settings)
    assert poison["key"] == "a1"


def test_what_was_set_aside_is_told_after_the_cause_is_mended(shift: Shift) -> None:
    tabular = "version: 1\nstatus: {{columns: {{agent: agent, at: at, state: state{}}}, states: {{in: ready}}}}\n"
    shift.replatform("tabular")
    shift.map(tabular.format(', form: "%d/%m/%Y"'))
    feed = shift.root / "feed.json"
    feed.write_text(f'{{"agent": "a1", "at": "{int(NOON) + 5}", "state": "in"}}\n')
    assert shift.run(feed).quarantined == 1
    shift.map(tabular.format(""))

    replayed = book.replay(shift.settings, [])
    report = shift.run(feed)

    assert len(replayed) == 1
    assert (report.quarantined, report.sent) == (0, 2)
    assert shift.told("a1") == ["5 OnQueue", "5 IDLE"]
    assert book.quarantine(shift.settings) == []


def test_headings_and_empty_lines_are_no_records(shift: Shift) -> None:
    shift.replatform("tabular")
    shift.map("version: 1\nstatus: {columns: {agent: agent, at: at, state: state}, states: {in: ready}}\n")
    feed = shift.root / "feed.csv"
    feed.write_text(f"agent,at,state\n\na1,{int(NOON) + 5},in\nagent,at,state\n")

    report = shift.run(feed)

    assert (report.read, report.sent, report.quarantined) == (1, 2, 0)


def test_what_is_replayed_too_early_is_set_aside_again(shift: Shift) -> None:
    shift.log.write_text("garbage\n")
    shift.run()
    book.replay(shift.settings, [])

    assert shift.run().quarantined == 1
    assert len(book.quarantine(shift.settings)) == 1


def test_what_was_dropped_never_comes_back(shift: Shift) -> None:
    shift.log.write_text("garbage\n")
    shift.run()
    (poison,) = book.quarantine(shift.settings)

    assert book.drop(shift.settings, [poison["number"]]) == [poison["number"]]
    assert shift.run().document == NOTHING
    assert book.quarantine(shift.settings) == []


def test_an_event_refused_for_the_moment_is_sent_again(shift: Shift) -> None:
    shift.admin("POST", "/faults", {"operation": "POST /api/v2/events*", "event_every": 1, "event_times": 3})
    shift.logs(*DAY)

    report = shift.run()

    assert (report.sent, report.quarantined) == (10, 0)
    assert shift.counted("failed") == 3
    assert shift.counted("out_of_order") == 0


def test_an_event_refused_again_and_again_is_set_aside(shift: Shift) -> None:
    rule = {"operation": "POST /api/v2/events*", "event_every": 1, "event_user": shift.id("a2"), "message": "not today"}
    shift.admin("POST", "/faults", rule)
    shift.logs(*DAY)

    report = shift.run()

    assert (report.sent, report.quarantined, report.exit_code) == (8, 1, 6)
    assert book.quarantine(shift.settings)[0]["cause"] == "not today"


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_active_presence_source_is_refused(shift: Shift) -> None:
    shift.behind("POST", "/api/v2/presence/sources", {"name": "Old connector", "type": "User"})
    shift.logs(*DAY)

    with pytest.raises(Refused, match="Old connector") as caught:
        shift.run()

    assert caught.value.exit_code == 5
    assert shift.told() == []


def test_without_a_presence_source_the_remedy_is_named(make_shift: Callable[..., Shift]) -> None:
    shift = make_shift()
    shift.open("users: [{key: a1, name: A, email: a1@example.com}]\n")
    shift.logs(*DAY)

    with pytest.raises(ConfigurationError, match="reconciler apply") as caught:
        shift.run()

    assert caught.value.exit_code == 1


def test_a_presence_source_that_is_not_there_is_named(shift: Shift) -> None:
    shift.configure("runners: {presence_source: other}\n")
    shift.logs(*DAY)

    with pytest.raises(ConfigurationError, match="'other' is not active"):
        shift.run()


def test_a_platform_without_a_feed_is_refused(shift: Shift) -> None:
    shift.replatform("avaya")
    shift.logs(*DAY)

    with pytest.raises(UsageError, match="there are amazon-connect, asterisk") as caught:
        shift.run()

    assert caught.value.exit_code == 64


def test_a_run_without_a_feed_is_refused(shift: Shift) -> None:
    with pytest.raises(UsageError, match="no feed") as caught:
        shift.live(lambda doors: shift.runs([], doors))

    assert caught.value.exit_code == 64


def test_a_feed_that_is_not_there_is_named(shift: Shift) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        shift.run(shift.root / "nothing")


def test_a_mapping_that_is_wrong_is_shown_with_its_place(shift: Shift) -> None:
    shift.map("version: 1\nstatus: {unmapped: {presence: OnQueue, routing_status: OffQueue}}\n")
    shift.logs(*DAY)

    with pytest.raises(InputError) as caught:
        shift.run()

    assert str(caught.value.problems[0]).startswith("mapping.yaml:2:10 ")


def test_another_number_of_partitions_is_refused_while_events_wait(shift: Shift) -> None:
    shift.logs(*DAY)
    shift.run()
    shift.configure("runners: {partitions: 4}\n")

    with pytest.raises(ConfigurationError, match="partitions"):
        shift.run()
