"""Many made-up calls through the runner: what Genesys Cloud holds of each is what was sent, and what was planned.

The number is a twentieth of RECONCILER_TEST_CALLS.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import orjson
from flow.calls import MANIFEST, MESSY, map_agents, rows, write
from flow.centre import NOON, Centre

from reconciler.kinds.conversation_event import PATH
from reconciler.pipeline import run as running
from reconciler.pipeline.tally import Report
from reconciler.runners.conversation_change import conversation_id

MANY = int(os.environ.get("RECONCILER_TEST_CALLS", "2000")) // 20


class Listening(httpx.AsyncBaseTransport):
    """Passes requests on, and keeps the events of each conversation in the order they went out."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.heard: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == PATH:
            for array, events in orjson.loads(await request.aread()).items():
                for event in events:
                    self.heard[event["conversationId"]].append({"array": array, "event": event})
        return await self._inner.handle_async_request(request)


def tell(centre: Centre, feeds: tuple[str, ...]) -> Report:
    return asyncio.run(running.run(centre.settings, running.Wishes(feeds, "interactions", once=True), centre.doors))


def planned(centre: Centre, feeds: tuple[str, ...]) -> dict[str, list[str]]:
    """Ids of the events of each conversation."""
    wishes = running.Wishes(feeds, "interactions", once=True)
    plan, _ = asyncio.run(running.rehearse(centre.settings, wishes, centre.doors))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for change in plan.changes:
        found[conversation_id("acme", change.name)].append(change.ref.key)
    return dict(found)


def ids(conversations: dict[str, Any]) -> dict[str, list[str]]:
    return {one: [row["event"]["eventId"] for row in rows_] for one, rows_ in conversations.items()}


def read_back(told: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for known, one in told["conversations"].items():
        yield known, [{"array": row["array"], "event": row["event"]} for row in one["events"]]


def test_every_call_reads_back_as_it_was_told(make_centre: Callable[..., Centre]) -> None:
    centre = make_centre()
    centre.write(MANIFEST)
    map_agents(centre.root)
    path = centre.root / "reconciler.yaml"
    path.write_text(path.read_text().replace("tabular", "asterisk"))
    assert centre.apply().exit_code == 0
    feeds = write(centre.root, rows(7, MANY, NOON - 4 * MANY - 600, mess=MESSY))
    wire = centre.transport = Listening(httpx.ASGITransport(centre.emulator.api))

    plan = planned(centre, feeds)
    report = tell(centre, feeds)
    before = ids(wire.heard)
    centre.pass_time(hours=3)  # silence ends what nobody ended
    closed = tell(centre, feeds)
    told = centre.admin("GET", "/conversations?conversation=*")

    assert (report.exit_code, closed.exit_code) == (0, 0)
    assert before == plan
    assert dict(read_back(told)) == wire.heard
    assert (told["open"], told["over"]) == (0, len(plan))
    assert (told["violations"], told["out_of_order"], told["repeated"]) == ({}, 0, 0)
    assert all(not one["open_transfers"] and not one["open_consultation"] for one in told["conversations"].values())
    assert len(plan) >= MANY
