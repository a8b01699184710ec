"""Two runners of one source at once: together they send no more than the tokens' budget allows."""

from __future__ import annotations

import asyncio
from asyncio import sleep
from collections.abc import Callable

from flow.centre import NOON
from flow.shift import STAFF, Shift

from reconciler.pipeline import run as running
from reconciler.pipeline.session import Doors
from reconciler.pipeline.tally import Report

LIMIT = 60  # requests per minute
SECONDS = 150  # in each of which a call begins and ends
TURNS = SECONDS // 4  # an agent comes or goes, which takes two requests
QUEUES = "queues: [{key: q1, name: Billing}]\n"


def call(at: float) -> list[str]:
    """A call that one second is enough for, in the words of the queue log."""
    rows = ("NONE|ENTERQUEUE||0312345678|1", "a2|CONNECT|1|b1|1", "a2|COMPLETECALLER|1|1|1")
    return [f"{NOON + at + part / 10:.1f}|c{at:.0f}|q1|{row}\n" for part, row in enumerate(rows)]


def test_two_runners_share_one_budget(make_shift: Callable[..., Shift]) -> None:
    shift = make_shift()
    shift.open(STAFF + QUEUES)
    settings = (shift.root / "reconciler.yaml").read_text(encoding="utf-8")
    (shift.root / "reconciler.yaml").write_text(settings.replace("minute: 0", f"minute: {LIMIT}"), encoding="utf-8")
    calls = shift.root / "calls"
    calls.touch()
    shift.log.touch()
    totals: list[int] = []

    async def day() -> None:
        await sleep(70)  # both have found their share, and the burst of the start has left the window
        for number in range(SECONDS):
            if number % 4 == 0:
                shift.logs(f"{shift.seconds:.0f} a1 {('ADDMEMBER', 'REMOVEMEMBER')[number // 4 % 2]}")
            with calls.open("a", encoding="utf-8") as file:
                file.writelines(call(shift.seconds))
            totals.append(shift.emulator.api.tally.total)
            await sleep(1)

    async def work(doors: Doors) -> list[Report]:
        over: list[bool] = []
        feeds = {"status": shift.log, "interactions": calls}
        wishes = [
            running.Wishes([str(feed)], runner=runner, stopping=lambda: bool(over), trouble=shift.troubles.append)
            for runner, feed in feeds.items()
        ]
        tasks = [asyncio.ensure_future(running.run(shift.settings, one, doors)) for one in wishes]
        await day()
        await sleep(60)
        over.append(True)
        return await asyncio.gather(*tasks)

    status, interactions = shift.live(work)

    assert (status.events, interactions.conversations) == ((TURNS + 1) * 2, SECONDS)
    assert (status.sent, interactions.sent) == (status.events, interactions.events)
    assert LIMIT * 0.5 < max(later - one for one, later in zip(totals, totals[60:], strict=False)) <= LIMIT
    assert shift.troubles == []
