"""An organisation in a box for one test: the emulator behind httpx's ASGI transport, and a repository in a temporary folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.emulator.app import Config, Emulator, build
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


@dataclass
class Centre:
    """A repository, an emulated organisation and a clock; what a user does by commands, as calls."""

    root: Path
    emulator: Emulator
    time: list[datetime] = field(default_factory=lambda: [datetime(2026, 11, 22, 12, tzinfo=UTC)])

    @property
    def doors(self) -> Doors:
        return Doors(transport=httpx.ASGITransport(self.emulator.api), now=lambda: self.time[0])

    @property
    def settings(self) -> Settings:
        return load(self.root)

    def pass_time(self, **parts: float) -> None:
        self.time[0] += timedelta(**parts)

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

    def requests(self) -> dict[str, int]:
        found: dict[str, int] = self.admin("GET", "/requests")["by_operation"]
        return found

    def state(self) -> Any:
        return self.admin("GET", "/state")


def changes(plan: Plan) -> list[str]:
    """The changes of a plan as a reviewer would read them out."""
    return [f"{one.op} {one.id}" for one in plan.changes]


def text(plan: Plan) -> str:
    """The plan as it is printed."""
    return "\n".join(line.text for line in lines(plan))


@pytest.fixture
def make_centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Centre]:
    """A centre with an organisation of the given seed."""

    def make(**config: Any) -> Centre:
        emulator = build(Config(**{"rate_limit": 0, **config}))
        monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", emulator.client_id)
        monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", emulator.client_secret)
        for name in ("API_URL", "LOGIN_URL", "LEDGER", "REQUESTS_PER_MINUTE", "SECRETS"):
            monkeypatch.delenv(f"RECONCILER_{name}", raising=False)
        centre = Centre(tmp_path, emulator)
        centre.configure("")
        return centre

    return make


@pytest.fixture
def centre(make_centre: Callable[..., Centre]) -> Iterator[Centre]:
    """An empty organisation and an empty repository."""
    yield make_centre()
