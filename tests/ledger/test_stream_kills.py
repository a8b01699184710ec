"""Whatever the adapter: real processes and servers are killed and paused at bad moments, and nothing is lost or out of order."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger.adapters import KEYS, Adapter
from ledger.hired import Agency, until

TOTAL = 800


@pytest.fixture
def agency(adapter: Adapter, tmp_path: Path) -> Iterator[Agency]:
    one = Agency(adapter, tmp_path)
    yield one
    one.end()


def judged(agency: Agency, total: int) -> set[int]:
    """Every item was posted, those of a key in their order when repetitions are left out; the repeated ones."""
    numbers = [number for _, number, _ in agency.posted()]
    firsts = list(dict.fromkeys(numbers))
    assert sorted(firsts) == list(range(total))
    for key in range(len(KEYS)):
        mine = [number for number in firsts if number % len(KEYS) == key]
        assert mine == sorted(mine)
    return {number for number in firsts if numbers.count(number) > 1}


@pytest.mark.parametrize(
    "machine",
    [pytest.param(None, id="machines of their own", marks=pytest.mark.long), pytest.param("", id="one machine")],
)
def test_workers_killed_after_a_post_lose_nothing(agency: Agency, machine: str | None) -> None:
    """Each is killed when what it sent has arrived, before it could say so; another one lives all the time."""
    where = {} if machine is None else {"machine": machine}
    survivor = agency.hire("consume", "survivor", **where)
    for number in range(3):
        victim = agency.hire("consume", f"victim-{number}", die_after=30, **where)
        until(survivor, lambda victim=victim: agency.publish() and victim.poll() is not None)
        assert victim.returncode == -signal.SIGKILL

    until(survivor, lambda: agency.waiting() == 0)

    repeated = judged(agency, agency.published)
    assert repeated
    assert repeated <= {number for worker, number, _ in agency.posted() if worker != "survivor"}
    assert {number for _, number, tries in agency.posted() if tries} >= repeated


def test_a_worker_paused_before_its_post_keeps_silent_when_it_wakes(agency: Agency) -> None:
    """It stands still at the worst moment: it has taken items and has not yet asked whether they are still its own."""
    sleeper = agency.hire("consume", "sleeper", ask=True)
    agency.publish(40)
    assert sleeper.stdout
    assert sleeper.stdin
    taken = json.loads(sleeper.stdout.readline())["taken"]
    sleeper.send_signal(signal.SIGSTOP)
    heir = agency.hire("consume", "heir")
    until(heir, lambda: agency.waiting() == 0)
    agency.publish(40)
    until(heir, lambda: agency.waiting() == 0)

    sleeper.stdin.write("go on\n")
    sleeper.stdin.flush()
    sleeper.send_signal(signal.SIGCONT)
    said = [json.loads(sleeper.stdout.readline()) for _ in range(2)]

    assert taken
    assert [list(one) for one in said] == [["held"], ["fenced"]]
    assert said[0] == {"held": False}
    assert {worker for worker, _, _ in agency.posted()} == {"heir"}
    assert judged(agency, 80) == set()


@pytest.mark.long
def test_a_feed_killed_while_it_publishes_goes_on_where_it_was(agency: Agency) -> None:
    """Bookmark and items are one commit: nothing twice, nothing missing, whenever it is killed."""
    total = 1_400
    worker = agency.hire("consume", "worker")
    for share in range(1, 6):
        feed = agency.hire("publish", "feed", total=total, batch=7)
        until(feed, lambda share=share: agency.bookmark() >= share * total / 6)
        feed.kill()
        feed.wait()
    agency.hire("publish", "feed", total=total, batch=7)

    until(worker, lambda: agency.bookmark() == total and agency.waiting() == 0)

    assert judged(agency, total) == set()
    assert len(agency.posted()) == total


@pytest.mark.long
def test_a_server_killed_again_and_again_loses_nothing(adapter: Adapter, agency: Agency) -> None:
    """Killed while one process publishes and two consume and settle; they repeat what failed."""
    if adapter.stop_server is None or adapter.start_server is None:
        pytest.skip("this kind of stream has no server: killing its processes is all there is")
    total = 1_400
    worker = agency.hire("consume", "worker-1")
    agency.hire("consume", "worker-2")
    agency.hire("publish", "feed", total=total, batch=7)
    for share in range(1, 6):
        until(worker, lambda share=share: len(agency.posted()) >= share * total / 6)
        adapter.stop_server()
        adapter.start_server()

    until(worker, lambda: agency.bookmark() == total and agency.waiting() == 0)

    judged(agency, total)
