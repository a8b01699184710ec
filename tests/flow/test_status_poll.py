"""Whole states fetched from a web address: what changes is told, troubles are waited out, secrets are not shown."""

from __future__ import annotations

import asyncio
from asyncio import sleep
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest
from flow.centre import NOON
from flow.shift import Shift

from reconciler.errors import UsageError
from reconciler.pipeline import run as running
from reconciler.pipeline.session import Doors

URL = "https://platform.example/agents?key=very-secret"


class Platform:
    """A list of agent states that changes, behind an address."""

    def __init__(self, shift: Shift) -> None:
        self._shift = shift
        self._rows: dict[str, dict[str, Any]] = {}
        self.status = 200
        self.heard: list[tuple[float, str]] = []

    def says(self, agent: str, state: str) -> None:
        stamp = datetime.fromtimestamp(self._shift.now, UTC).isoformat().replace("+00:00", "Z")
        self._rows[agent] = {"agentId": agent, "agentStateName": state, "startDate": stamp, "lastUpdateTime": stamp}

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.heard.append((self._shift.seconds, request.headers.get("authorization", "")))
        return httpx.Response(self.status, json={"agentStates": list(self._rows.values())})


@pytest.fixture
def platform(shift: Shift) -> Platform:
    shift.replatform("nice-cxone")
    return Platform(shift)


def follow(shift: Shift, platform: Platform, script: Callable[[], Any], url: str = URL) -> Any:
    """`reconciler run status --feed URL` until the script has ended."""

    async def work(doors: Doors) -> Any:
        over: list[bool] = []
        wishes = running.Wishes([url], stopping=lambda: bool(over), trouble=shift.troubles.append)

        async def acts() -> None:
            await script()
            over.append(True)

        doors = replace(doors, outside=httpx.MockTransport(platform.answer))
        report, _ = await asyncio.gather(running.run(shift.settings, wishes, doors), acts())
        return report

    return shift.live(work)


def test_states_behind_an_address_are_followed(
    shift: Shift, platform: Platform, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("RECONCILER_FEED_AUTHORIZATION", "Bearer also-secret")

    async def script() -> None:
        platform.says("a1", "Available")
        platform.says("a2", "LoggedOut")
        await sleep(12)
        platform.says("a1", "InboundContact")
        platform.status = 503
        await sleep(20)
        platform.status = 200
        await sleep(12)

    report = follow(shift, platform, script)

    assert shift.told("a1")[-1] == "12 COMMUNICATING"  # at the time the platform says, not when it was seen
    assert (report.quarantined, report.strangers.total()) == (0, 0)
    assert {authorization for _, authorization in platform.heard} == {"Bearer also-secret"}
    assert {round(later - one) for (one, _), (later, _) in zip(platform.heard, platform.heard[1:], strict=False)} == {5}
    assert "https://platform.example/agents cannot be read, trying again" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("url", "name", "advice"),
    [
        ("http://platform.example/agents?key=very-secret", "nice-cxone", "https://"),
        ("ftp://platform.example/agents?key=very-secret", "nice-cxone", "https://"),
        (URL, "asterisk", "--listen"),
        (URL, "five9", "--listen"),
    ],
)
def test_an_address_that_cannot_be_polled_is_refused(shift: Shift, platform: Platform, url: str, name: str, advice: str) -> None:
    text = (shift.root / "reconciler.yaml").read_text(encoding="utf-8")
    (shift.root / "reconciler.yaml").write_text(text.replace("nice-cxone", name), encoding="utf-8")

    async def script() -> None:
        await sleep(1)

    with pytest.raises(UsageError, match=advice) as error:
        follow(shift, platform, script, url)

    assert "secret" not in str(error.value)
    assert platform.heard == []


def test_a_file_of_messages_is_read_on_where_it_has_grown(shift: Shift) -> None:
    """Five9's first message says how everybody stood: heard again it would take back what has happened since."""
    shift.replatform("five9")

    def says(kind: str, seconds: int, **told: list[dict[str, Any]]) -> str:
        context = {"eventId": kind, "timeStamp": int((NOON + seconds) * 1000)}
        return orjson.dumps({"context": context, "payLoad": [{"dataSource": "AGENT_STATE", **told}]}).decode() + "\n"

    def agent(key: str, state: str, seconds: int) -> dict[str, Any]:
        return {"id": key, "state": state, "reasonCodeId": "0", "stateSince": int((NOON + seconds) * 1000)}

    shift.log.write_text(says("5000", 0, data=[agent("a1", "READY", 0), agent("a2", "READY", 0)]))
    with shift.log.open("a") as file:
        file.write(says("5012", 5, updated=[agent("a1", "NOT_READY", 5)]))
    shift.run()
    before = shift.told("a1")
    with shift.log.open("a") as file:
        file.write(says("5012", 9, updated=[agent("a2", "NOT_READY", 9)]))
    shift.run()

    assert shift.told("a1") == before
    assert shift.told("a2")[-1] == "9 Busy"
