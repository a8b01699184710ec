"""Feeds: there or not, how far they were taken over, what waits, and what nobody could use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from flow.centre import Centre

from reconciler.model.stream import Item
from reconciler.pipeline import run as running
from reconciler.pipeline.doctor.examine import examine
from reconciler.pipeline.doctor.finding import Report
from reconciler.pipeline.session import connect

AREA = "feeds of interactions"
WANTED = """\
presence_sources: [{key: acme, name: ACME, primary: true}]
users: [{key: a1, name: 山田 太郎, email: taro@example.com}]
queues: [{key: q1, name: Billing, members: {mode: exclusive, items: [a1]}}]
"""


def settings(centre: Centre, platform: str, text: str) -> None:
    centre.configure(text)
    path = centre.root / "reconciler.yaml"
    path.write_text(path.read_text().replace("tabular", platform))


@pytest.fixture
def floor(centre: Centre) -> Centre:
    """A centre on Asterisk whose calls are told from a queue log."""
    settings(centre, "asterisk", "runners: {interactions: {feeds: [queue_log]}}\n")
    centre.write(WANTED)
    assert centre.apply().exit_code == 0
    log(centre, "")
    return centre


def log(centre: Centre, text: str) -> None:
    (centre.root / "queue_log").write_text(text)


def publish(centre: Centre, count: int) -> None:
    """Takes events over that no runner has carried out yet."""

    async def put() -> None:
        async with connect(centre.settings, centre.doors) as session:
            with running.opened(session, "interactions") as stream:
                stream.publish([Item(bytes([number]) * 16, "c1", b"{}") for number in range(count)])

    asyncio.run(put())


def tell(centre: Centre) -> None:
    wishes = running.Wishes((), "interactions", once=True)
    asyncio.run(running.run(centre.settings, wishes, centre.doors))


def test_without_a_runner_there_is_nothing_to_say(centre: Centre, look: Any, said: Any) -> None:
    assert said(look(centre), "feeds") == ["ok no runner of reconciler.yaml has feeds"]


def test_a_feed_that_is_not_there_is_a_problem(floor: Centre, look: Any) -> None:
    (floor.root / "queue_log").unlink()

    report = look(floor)

    found = next(one for one in report.findings if one.area == AREA)
    assert found.verdict == "problem"
    assert found.what.endswith("queue_log is not there")
    assert "runners.interactions.feeds" in found.remedy


def test_a_feed_that_was_never_read_is_told_so(floor: Centre, look: Any, said: Any) -> None:
    found = said(look(floor), AREA)

    assert found[0].startswith("ok queue_log can be read, last written ")
    assert found[0].endswith(" ago, not taken over yet")


def test_a_feed_that_was_read_has_a_bookmark(floor: Centre, look: Any, said: Any) -> None:
    log(floor, "1795000105|c3|q1|NONE|ENTERQUEUE||456|1\n1795000135|c3|q1|NONE|ABANDON|1|1|30\n")
    tell(floor)

    found = said(look(floor), AREA)

    assert found[0].endswith(" ago, taken over up to a bookmark")
    assert found[1] == "ok nothing waits"
    assert found[2].startswith("ok the newest event was taken over ")


def test_what_waits_too_long_is_a_warning(floor: Centre, look: Any, said: Any) -> None:
    publish(floor, 3)
    before = said(look(floor), AREA)[1]
    floor.pass_time(minutes=20)

    after = said(look(floor), AREA)[1]

    assert before.startswith("ok waiting: 3 events, the oldest for ")
    assert after.startswith("warning waiting: 3 events, the oldest for 20 min")


def test_what_nobody_could_use_is_a_warning(floor: Centre, look: Any, said: Any) -> None:
    log(floor, "1795000105|c3|q1|NONE|ENTERQUEUE||456|1\n1795000106|c3|q1|a1|COMPLETEAGENT|5|10|1\nnonsense\n")
    tell(floor)

    assert any(text.startswith("warning ") and "in the quarantine: " in text for text in said(look(floor), AREA))


def test_a_platform_without_such_a_feed_is_a_problem(centre: Centre, look: Any, said: Any) -> None:
    settings(centre, "five9", 'runners: {interactions: {feeds: ["-"]}}\n')

    assert said(look(centre), AREA)[0].startswith("problem platform 'five9' has no feed of interactions; there are ")


def test_standard_input_is_not_looked_at(floor: Centre, look: Any, said: Any) -> None:
    settings(floor, "asterisk", 'runners: {interactions: {feeds: ["-"]}}\n')

    assert said(look(floor), AREA)[0] == "ok standard input, which nobody can look at beforehand"


@pytest.fixture
def polling(centre: Centre) -> Callable[[int], Report]:
    """Looks at a centre that polls an address, which answers with this status."""

    def run(status: int) -> Report:
        settings(centre, "nice-cxone", 'runners: {status: {feeds: ["https://cxone.test/states?key=hunter2"]}}\n')
        outside = httpx.MockTransport(lambda _: httpx.Response(status, content=b"[]"))
        return asyncio.run(examine(centre.root, "", replace(centre.doors, outside=outside)))

    return run


def test_an_address_that_answers_is_fine(polling: Any, said: Any) -> None:
    assert said(polling(200), "feeds of status") == ["ok https://cxone.test/states answers, 2 bytes"]


def test_an_address_that_does_not_let_us_in_is_a_problem(polling: Any, said: Any) -> None:
    report = polling(401)

    assert said(report, "feeds of status")[0].startswith("problem https://cxone.test/states: ")
    assert "hunter2" not in str(report)


def test_an_address_of_single_events_cannot_be_polled(floor: Centre, look: Any, said: Any) -> None:
    settings(floor, "asterisk", 'runners: {interactions: {feeds: ["https://127.0.0.1:1/log"]}}\n')

    assert "problem asterisk tells single events, which nobody can poll at an address" in said(look(floor), AREA)
