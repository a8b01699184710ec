"""A contact centre at work for one test: a queue log that grows, the status runner in virtual time, and what agents show.

Time passes only while everything waits, so half an hour without Genesys Cloud takes no longer than a second.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import clock as virtual
from flow.centre import NOON, Centre

from reconciler.emulator.events import tell
from reconciler.emulator.faults import Faults
from reconciler.emulator.status import shown_presence, shown_routing
from reconciler.model.change import Plan
from reconciler.pipeline import run as running
from reconciler.pipeline.session import Doors
from reconciler.pipeline.tally import Report

SETTINGS = """\
version: 1
organization: {api_url: "http://api.test", login_url: "http://api.test", requests_per_minute: 0}
source: {platform: asterisk, name: acme, time_zone: Asia/Tokyo}
"""
STAFF = """\
presence_sources: [{key: acme, name: ACME Connect, primary: true}]
secondary_statuses: [{key: lunch, system_presence: Meal, labels: {en_US: Lunch, ja: 昼食}}]
users:
  - {key: a1, name: 山田 太郎, email: a1@example.com}
  - {key: a2, name: Hanako Sato, email: a2@example.com}
"""


@dataclass
class Shift(Centre):
    """What happens on the floor, and what Genesys Cloud is told of it. Times are seconds after noon."""

    loop: virtual.VirtualLoop | None = None
    troubles: list[str] = field(default_factory=list)

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return self.clock[0] + (self.loop.time() if self.loop else 0.0)

    @property
    def seconds(self) -> float:
        """Seconds since noon."""
        return self.now - NOON

    @property
    def log(self) -> Path:
        return self.root / "queue_log"

    def configure(self, text: str) -> None:
        (self.root / "reconciler.yaml").write_text(SETTINGS + text, encoding="utf-8")

    def map(self, text: str) -> None:
        """Writes mapping.yaml."""
        (self.root / "mapping").mkdir(exist_ok=True)
        (self.root / "mapping" / "mapping.yaml").write_text(text, encoding="utf-8")

    def replatform(self, platform: str) -> None:
        """Says that the log is another platform's."""
        text = (self.root / "reconciler.yaml").read_text(encoding="utf-8")
        (self.root / "reconciler.yaml").write_text(text.replace("platform: asterisk", f"platform: {platform}"), encoding="utf-8")

    def open(self, manifests: str = STAFF) -> None:
        """Puts everybody into the organisation."""
        self.write(manifests)
        assert self.apply().exit_code == 0

    def logs(self, *lines: str) -> None:
        """Appends to the queue log: `SECONDS MEMBER EVENT [DATA]`, in queue q1."""
        with self.log.open("a", encoding="utf-8") as file:
            file.writelines(rows(*lines))

    def wishes(self, *feeds: Path, once: bool = True, **more: Any) -> running.Wishes:
        feeds = feeds or (self.log,)
        return running.Wishes([str(one) for one in feeds], once=once, trouble=self.troubles.append, **more)

    def run(self, *feeds: Path, **more: Any) -> Report:
        """`reconciler run status --once`."""
        return self.live(lambda doors: running.run(self.settings, self.wishes(*feeds, **more), doors))

    def runs(self, feeds: list[str], doors: Doors) -> Awaitable[Report]:
        """The same with feeds by name, or none."""
        return running.run(self.settings, running.Wishes(feeds, once=True), doors)

    def rehearse(self, *feeds: Path) -> tuple[Plan, Report]:
        """`reconciler run status --once --plan`."""
        return self.live(lambda doors: running.rehearse(self.settings, self.wishes(*feeds), doors))

    def follow(self, script: Callable[[], Awaitable[None]], *feeds: Path, **more: Any) -> Report:
        """`reconciler run status`, until what happens in the script has happened."""

        async def work(doors: Doors) -> Report:
            over: list[bool] = []
            wishes = self.wishes(*feeds, once=False, stopping=lambda: bool(over), **more)
            task = asyncio.ensure_future(running.run(self.settings, wishes, doors))
            await asyncio.wait([task, asyncio.ensure_future(script())], return_when=asyncio.FIRST_COMPLETED)
            over.append(True)
            return await task

        return self.live(work)

    def trouble(self, **rule: Any) -> None:
        """Makes requests fail from now on; without a rule no more."""
        faults: Faults = self.emulator.api.faults
        if rule:
            faults.add(rule)
        else:
            faults.clear()

    async def inject(self, agent: str, presence: str) -> None:
        """Somebody else says that an agent is in a system presence, of our presence source, now."""
        world = self.emulator.world
        definition = next(one["id"] for one in world.definitions.live.values() if one["systemPresence"] == presence)
        source = next(known for known, one in world.sources.live.items() if one["type"] == "User")
        event = {
            "eventId": str(uuid.UUID(int=int(self.now * 1000), version=4)),
            "userId": self.id(agent),
            "sourceId": source,
            "presenceDefinitionId": definition,
            "eventDateTime": datetime.fromtimestamp(self.now, UTC).isoformat(),
        }
        await self.meanwhile("POST", "/api/v2/events/users/presence", {"userPresenceEvents": [event]})

    def apply_now(self) -> None:
        """`reconciler apply`, while something of ours is running; it works with threads, so it has a loop of its own."""
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(self.apply).result().exit_code == 0

    def live(self, work: Callable[[Doors], Awaitable[Any]]) -> Any:
        """What `work` returns, in time that passes only while it waits."""

        async def main() -> Any:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, virtual.VirtualLoop)
            self.loop = loop
            try:
                return await work(replace(self.doors, ticks=lambda: self.now, sleep=asyncio.sleep))
            finally:
                self.clock[0], self.loop = self.now, None

        return virtual.run(main())

    @property
    def doors(self) -> Doors:
        plain = super().doors
        return replace(plain, now=lambda: datetime.fromtimestamp(self.now, UTC), ticks=lambda: self.now)

    # ── what was told ────────────────────────────────────────────────────────────────────────────────────────────────

    def told(self, agent: str = "") -> list[str]:
        """What Genesys Cloud accepted of an agent, or of all, in its order: `[AGENT] SECONDS WHAT`."""
        shown = tell(self.emulator.world, "*")["users"]
        found = {self.agent(one): [self._said(event) for event in events] for one, events in shown.items()}
        return found.get(agent, []) if agent else [f"{key} {one}" for key in sorted(found) for one in found[key]]

    def event_ids(self) -> list[str]:
        """The ids of everything accepted."""
        return [event["eventId"] for events in tell(self.emulator.world, "*")["users"].values() for event in events]

    def counted(self, what: str) -> int:
        """One of the emulator's counts over both kinds: accepted, repeated, clashes, out_of_order, failed."""
        shown = tell(self.emulator.world, "")
        return int(shown["presence"][what] + shown["routing_status"][what])

    def shows(self, agent: str) -> str:
        """What Genesys Cloud shows of an agent now."""
        world = self.emulator.world
        user = next(one for one in world.people.by_id.values() if self.agent(one.id) == agent)
        definition = shown_presence(world, user)["presenceDefinition"]["id"]
        return f"{self._definition(definition)} {shown_routing(world, user)['status']}"

    def agent(self, number: str) -> str:
        """The key of a user: what stands before the @ of the e-mail."""
        return self.emulator.world.people.by_id[number].email.partition("@")[0]

    def id(self, agent: str) -> str:
        """The user's id in Genesys Cloud."""
        return next(one for one in self.emulator.world.people.by_id if self.agent(one) == agent)

    def _said(self, event: dict[str, Any]) -> str:
        at = datetime.fromisoformat(event["eventDateTime"]).timestamp() - NOON
        return f"{at:g} {event.get('status') or self._definition(event['presenceDefinitionId'])}"

    def _definition(self, number: str) -> str:
        one = self.emulator.world.definitions.live[number]
        labels: dict[str, str] = one["languageLabels"]
        return str(one["systemPresence"] if one["type"] == "System" else labels["en_US"])


def rows(*lines: str) -> list[str]:
    """Lines of the queue log from `SECONDS MEMBER EVENT [DATA]`, in queue q1."""
    return [f"{_row(*line.split(' ', 3))}\n" for line in lines]


def _row(at: str, member: str, event: str, data: str = "") -> str:
    return f"{int(NOON) + int(at)}|c1|q1|{member}|{event}|{data}"
