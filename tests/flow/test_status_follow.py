"""`run status` without --once, in virtual time: lines that come meanwhile, rotation, healing, outages, stopping."""

from __future__ import annotations

import os
from asyncio import sleep
from urllib.parse import urlencode

import httpx
import pytest
from flow.shift import STAFF, Shift, rows

from reconciler.errors import NotAuthorised

OUTAGES: list[dict[str, object]] = [
    {"status": 503},
    {"cut_before": True},
    {"lost": True},
    {"status": 429, "retry_after": 7},
][: 4 if "RECONCILER_TEST_STORMS" in os.environ else 1]  # `make soak` takes all
OFTEN = "runners: {status: {heal_every: 30s}}\n"


def test_lines_that_come_meanwhile_are_told_at_once(shift: Shift) -> None:
    async def script() -> None:
        await sleep(10)
        shift.logs("10 a1 ADDMEMBER")
        await sleep(2)
        assert shift.told("a1") == ["10 OnQueue", "10 IDLE"]
        await sleep(8)
        shift.logs("20 a1 CONNECT 4")
        await sleep(2)

    report = shift.follow(script)

    assert shift.told("a1") == ["10 OnQueue", "10 IDLE", "20 INTERACTING"]
    assert (report.read, report.sent, report.quarantined, report.corrected) == (2, 3, 0, 0)
    assert report.lag <= 2
    assert shift.troubles == []


def test_a_rotated_log_is_followed(shift: Shift) -> None:
    async def script() -> None:
        shift.logs("1 a1 ADDMEMBER")
        await sleep(5)
        shift.logs("6 a1 PAUSE lunch")
        shift.log.rename(shift.root / "queue_log.1")
        shift.logs("7 a1 UNPAUSE")
        await sleep(5)
        shift.logs("12 a1 CONNECT 4")
        await sleep(5)

    report = shift.follow(script)

    assert shift.told("a1")[2:] == ["6 OFF_QUEUE", "6 Lunch", "7 OnQueue", "7 IDLE", "12 INTERACTING"]
    assert report.repeated == 0


def test_a_log_that_was_emptied_is_followed(shift: Shift) -> None:
    async def script() -> None:
        shift.logs("1 a1 ADDMEMBER", "2 a2 ADDMEMBER")
        await sleep(5)
        shift.log.write_text("")
        await sleep(5)
        shift.logs("11 a1 PAUSE lunch")
        await sleep(5)

    shift.follow(script)

    assert shift.told("a1")[2:] == ["11 OFF_QUEUE", "11 Lunch"]


def test_a_half_written_line_waits_for_its_end(shift: Shift) -> None:
    async def script() -> None:
        shift.logs("1 a1 ADDMEMBER", "3 a1 PAUSE lunch")
        text = shift.log.read_text()
        shift.log.write_text(text[:-5])
        await sleep(5)
        assert shift.told("a1") == ["1 OnQueue", "1 IDLE"]
        with shift.log.open("a") as file:
            file.write(text[-5:])
        await sleep(5)

    report = shift.follow(script)

    assert shift.told("a1")[2:] == ["3 OFF_QUEUE", "3 Lunch"]
    assert report.quarantined == 0


def test_a_log_that_is_not_there_yet_is_waited_for(shift: Shift) -> None:
    async def script() -> None:
        await sleep(30)
        shift.logs("30 a1 ADDMEMBER")
        await sleep(2)

    shift.follow(script)

    assert shift.told("a1") == ["30 OnQueue", "30 IDLE"]


def test_what_comes_while_nobody_runs_is_told_by_the_next_run(shift: Shift) -> None:
    async def first() -> None:
        shift.logs("1 a1 ADDMEMBER")
        await sleep(5)

    async def second() -> None:
        await sleep(5)

    shift.follow(first)
    shift.logs("6 a1 PAUSE lunch", "7 a1 UNPAUSE", "8 a1 CONNECT 3")
    report = shift.follow(second)

    assert shift.told("a1")[2:] == ["6 OFF_QUEUE", "6 Lunch", "7 OnQueue", "7 IDLE", "8 INTERACTING"]
    assert (report.read, report.sent, report.corrected) == (3, 5, 0)


def test_a_restarted_platform_shows_nobody_on_queue_after_the_grace(shift: Shift) -> None:
    """QUEUESTART forgets everybody; who is not heard of for a minute goes Offline."""

    async def script() -> None:
        shift.logs("1 a1 ADDMEMBER", "1 a2 ADDMEMBER")
        await sleep(10)
        shift.logs("10 NONE QUEUESTART", "20 a2 ADDMEMBER")
        await sleep(40)
        assert shift.shows("a1") == "OnQueue IDLE"
        await sleep(30)

    shift.follow(script)

    assert shift.told("a1")[2:] == ["70 OFF_QUEUE", "70 Offline"]
    assert shift.shows("a2") == "OnQueue IDLE"


def test_refused_credentials_end_the_run(shift: Shift) -> None:
    async def script() -> None:
        await sleep(5)
        shift.trouble(operation="POST /api/v2/events*", status=403)
        shift.logs("5 a1 ADDMEMBER")
        await sleep(60)

    with pytest.raises(NotAuthorised):
        shift.follow(script)


# ── healing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_somebody_changed_behind_our_back_is_corrected(shift: Shift) -> None:
    shift.configure(OFTEN)

    async def script() -> None:
        shift.logs("1 a1 ADDMEMBER", "1 a2 ADDMEMBER")
        await sleep(30)
        await shift.inject("a1", "Away")
        assert shift.shows("a1") == "Away IDLE"
        await sleep(35)
        assert shift.shows("a1") == "OnQueue IDLE"

    report = shift.follow(script)

    assert report.corrected == 1
    assert len(shift.told("a2")) == 2


def test_a_feed_that_never_pauses_is_compared_too(shift: Shift) -> None:
    """Twilio's events are held for a second, and here another one always comes before that is over."""
    shift.configure(OFTEN)
    shift.replatform("twilio")

    def says(agent: str, activity: str) -> None:
        told = {
            "EventType": "worker.activity.update",
            "Sid": f"EV{shift.now}",
            "TimestampMs": f"{shift.now * 1000:.0f}",
            "WorkerSid": agent,
            "WorkerActivityName": activity,
            "WorkerActivitySid": f"WA{activity}",
        }
        with shift.log.open("a", encoding="utf-8") as file:
            file.write(urlencode(told) + "\n")

    async def script() -> None:
        says("a1", "Available")
        for number in range(300):
            await sleep(0.5)
            says("a2", ("Available", "Offline")[number % 2])
            if number == 20:
                await shift.inject("a1", "Away")
        assert shift.shows("a1") == "OnQueue IDLE"

    report = shift.follow(script)

    assert report.corrected == 1


def test_the_next_event_of_an_agent_wins_over_what_somebody_changed(shift: Shift) -> None:
    shift.configure(OFTEN)

    async def script() -> None:
        shift.logs("1 a1 ADDMEMBER")
        await sleep(20)
        await shift.inject("a1", "Away")
        await sleep(1)
        shift.logs("21 a1 PAUSE lunch")
        await sleep(60)

    report = shift.follow(script)

    assert shift.told("a1")[2:] == ["20 Away", "21 OFF_QUEUE", "21 Lunch"]
    assert report.corrected == 0


def test_healing_corrects_nothing_twice(shift: Shift) -> None:
    shift.configure(OFTEN)

    async def script() -> None:
        shift.logs("1 a1 ADDMEMBER")
        await sleep(20)
        await shift.inject("a1", "Away")
        await sleep(150)

    assert shift.follow(script).corrected == 1


def test_healing_leaves_what_shows_late_alone(shift: Shift) -> None:
    """Eight seconds until an event shows: a healing in between takes the old state for no difference."""
    shift.configure(OFTEN)
    shift.emulator.world.switches.turn({"event_lag": 8.0})

    async def script() -> None:
        for second in range(20, 50, 2):
            await sleep(second - shift.seconds)
            shift.logs(f"{second} a1 {'PAUSE lunch' if second % 4 else 'UNPAUSE'}")
        await sleep(60)

    assert shift.follow(script).corrected == 0


def test_what_is_told_while_healing_reads_is_no_drift(shift: Shift) -> None:
    """A late event goes out between the reading of a page and its end: what was read is old, and nothing was lost."""
    shift.configure(OFTEN)
    shift.transport = Slow(httpx.ASGITransport(shift.emulator.api))

    async def script() -> None:
        for minute in range(1, 5):
            await sleep(30 * minute + 1 - shift.seconds)
            shift.logs(f"{30 * minute - 20} a1 {'PAUSE lunch' if minute % 2 else 'UNPAUSE'}")
        await sleep(40)

    report = shift.follow(script)

    assert report.corrected == 0
    assert {float(one.split()[0]) for one in shift.told("a1")} == {10, 40, 70, 100}


class Slow(httpx.AsyncBaseTransport):
    """Lists of people take three seconds to arrive."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        if request.url.path == "/api/v2/users" and "presence" in str(request.url.query):
            await sleep(3)
        return response


def test_agents_with_another_primary_source_are_left_alone(shift: Shift) -> None:
    shift.configure(OFTEN)

    async def script() -> None:
        shift.logs("1 a1 ADDMEMBER", "1 a2 ADDMEMBER")
        await sleep(30)
        own = next(known for known, one in shift.emulator.world.sources.live.items() if one["type"] == "System")
        await shift.meanwhile("PUT", f"/api/v2/presence/users/{shift.id('a2')}/primarysource", {"sourceId": own})
        await sleep(40)

    report = shift.follow(script)

    assert report.elsewhere == 1
    assert report.corrected == 0
    assert len(shift.told("a2")) == 2


def test_an_agent_applied_meanwhile_is_told_within_one_interval(shift: Shift) -> None:
    shift.configure(OFTEN)

    async def script() -> None:
        shift.logs("1 a3 ADDMEMBER")
        await sleep(30)
        shift.write(STAFF + "  - {key: a3, name: Jiro, email: a3@example.com}\n")
        shift.apply_now()
        await sleep(40)

    report = shift.follow(script)

    assert shift.shows("a3") == "OnQueue IDLE"
    assert report.corrected == 1


# ── half an hour without the other side ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.long
@pytest.mark.parametrize("trouble", OUTAGES, ids=str)
def test_half_an_hour_without_genesys_cloud_loses_nothing(shift: Shift, trouble: dict[str, object]) -> None:
    async def script() -> None:
        shift.logs("1 a1 ADDMEMBER")
        await sleep(60)
        shift.trouble(operation="*", **trouble)
        for minute in range(1, 31):
            shift.logs(f"{60 * minute} a1 {'PAUSE lunch' if minute % 2 else 'UNPAUSE'}", f"{60 * minute + 30} a2 CONNECT 1")
            await sleep(60)
        shift.trouble()
        await sleep(360)

    report = shift.follow(script)

    times = [float(one.split()[0]) for one in shift.told("a1")]
    assert times == sorted([1, 1, *(60.0 * minute for minute in range(1, 31) for _ in "12")])
    assert shift.told("a2") == ["90 OnQueue", "90 INTERACTING"]
    assert shift.shows("a1") == "OnQueue IDLE"
    assert (shift.counted("clashes"), shift.counted("out_of_order")) == (0, 0)
    assert (report.corrected, report.quarantined) == (0, 0)
    assert report.lag > 1700


@pytest.mark.long
def test_half_an_hour_without_the_source_shows_as_lag_and_loses_nothing(shift: Shift) -> None:
    """The platform goes on writing, and we see none of it: a mount that is away. Then it is there again."""
    away = shift.root / "away"

    async def script() -> None:
        shift.logs("1 a1 ADDMEMBER")
        await sleep(60)
        shift.log.rename(away)
        await sleep(1800)
        with away.open("a", encoding="utf-8") as file:
            file.writelines(rows("600 a1 PAUSE lunch", "1200 a1 UNPAUSE", "1500 a1 CONNECT 2"))
        away.rename(shift.log)
        await sleep(360)

    report = shift.follow(script)

    assert shift.told("a1")[2:] == ["600 OFF_QUEUE", "600 Lunch", "1200 OnQueue", "1200 IDLE", "1500 INTERACTING"]
    assert report.lag > 1200


def test_what_the_source_never_told_is_corrected_by_its_next_word(shift: Shift) -> None:
    """Half an hour of events is lost for good: the next event of an agent shows the right state."""

    async def script() -> None:
        shift.logs("1 a1 ADDMEMBER")
        await sleep(5)
        shift.pass_time(minutes=30)
        shift.logs("1860 a1 PAUSE lunch")
        await sleep(5)

    shift.follow(script)

    assert shift.shows("a1") == "Lunch OFF_QUEUE"
