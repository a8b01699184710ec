"""An organisation in a box for one test: the emulator behind httpx's ASGI transport, and a repository in a folder."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from reconciler.emulator.app import Emulator
from reconciler.model.change import Plan
from reconciler.pipeline import apply as applying
from reconciler.pipeline import plan as planning
from reconciler.pipeline.session import Doors
from reconciler.plan.show import lines
from reconciler.settings import Settings, load

SETTINGS = """\
version: 1
organization: {api_url: "http://api.test", login_url: "http://api.test", requests_per_minute: 0}
source: {platform: tabular, name: acme}
"""
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()


@dataclass
class Centre:
    """A repository, an emulated organisation and a clock; what a user does by commands, as calls."""

    root: Path
    emulator: Emulator
    transport: Any = None
    clock: list[float] = field(default_factory=lambda: [NOON])

    @property
    def time(self) -> list[datetime]:
        return [datetime.fromtimestamp(self.clock[0], UTC)]

    async def sleep(self, seconds: float) -> None:
        """Waits by moving the clock: nobody has to be patient."""
        self.clock[0] += seconds
        await asyncio.sleep(0)

    @property
    def doors(self) -> Doors:
        return Doors(
            transport=self.transport or httpx.ASGITransport(self.emulator.api),
            now=lambda: self.time[0],
            ticks=lambda: self.clock[0],
            sleep=self.sleep,
            beat_seconds=1e9,
        )

    @property
    def settings(self) -> Settings:
        return load(self.root)

    def pass_time(self, **parts: float) -> None:
        self.clock[0] += timedelta(**parts).total_seconds()

    def write(self, text: str, name: str = "centre.yaml") -> None:
        path = self.root / "manifests" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("version: 1\n" + text, encoding="utf-8")

    def configure(self, text: str) -> None:
        (self.root / "reconciler.yaml").write_text(SETTINGS + text, encoding="utf-8")

    def plan(self, consent: planning.Consent | None = None) -> Plan:
        return asyncio.run(planning.plan(self.settings, consent, self.doors))

    def apply(self, saved: tuple[bytes, str] | None = None, **wishes: Any) -> applying.Applied:
        return asyncio.run(applying.apply(self.settings, saved, replace(applying.Wishes(), **wishes), self.doors))

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        async def ask() -> Any:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.emulator.admin), base_url="http://admin") as client:
                return (await client.request(method, path, json=body)).json()

        return asyncio.run(ask())

    def behind(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """A request behind our back, by somebody with all rights."""
        return asyncio.run(self.meanwhile(method, path, body, **query))

    async def meanwhile(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The same while something of ours is running."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.emulator.api), base_url="http://api.test") as client:
            secrets = (self.emulator.client_id, self.emulator.client_secret)
            login = await client.post("/oauth/token", auth=secrets, data={"grant_type": "client_credentials"})
            headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
            answer = await client.request(method, path, json=body, params=query, headers=headers)
            assert answer.is_success, answer.text
            return answer.json() if answer.content else None

    def requests(self) -> dict[str, int]:
        found: dict[str, int] = self.admin("GET", "/requests")["by_operation"]
        return found

    def state(self) -> Any:
        return self.admin("GET", "/state")


SMALL = """\
divisions: [{key: tokyo, name: 東京センター}, {key: osaka, name: 大阪センター}]
skills: [{key: billing, name: Billing}, {key: returns, name: Returns}]
languages: [{key: ja, name: 日本語}]
wrapup_codes: [{key: sale, name: Sale, division: tokyo}]
secondary_statuses: [{key: lunch, system_presence: Meal, labels: {en_US: Lunch, ja: 昼食}}]
presence_sources: [{key: acme, name: ACME Connect, primary: true}]
external_sources: [{key: acme, name: ACME, link: "https://acme.example/{externalId.value}"}]
users:
  - {key: a1, name: 山田 太郎, email: taro@example.com, division: tokyo, title: Agent, employee_id: "007",
     department: Sales, phones: {work: "+81 3 1234 5678"}, skills: {billing: 4, returns: 1.5}, languages: {ja: 5}}
  - {key: a2, name: Hanako Sato, email: hanako@example.com, manager: a1, skills: {returns: 3}}
queues:
  - {key: q1, name: Billing Tokyo, division: tokyo, description: Bills, wrapup_codes: [sale],
     media: {call: {alerting_seconds: 20, service_level: {percentage: 0.8, seconds: 20}}},
     acw: {prompt: MANDATORY_TIMEOUT, timeout_seconds: 60}, members: {mode: exclusive, items: [a1, a2]}}
  - {key: q2, name: Returns, members: {mode: exclusive, items: [a2]}}
"""


def changes(plan: Plan) -> list[str]:
    """The changes of a plan as a reviewer would read them out."""
    return [f"{one.op} {one.id}" for one in plan.changes]


def text(plan: Plan) -> str:
    """The plan as it is printed."""
    return "\n".join(line.text for line in lines(plan))
