"""A look at a centre, and what it found in short words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from flow.centre import Centre

from reconciler.emulator.permission import FULL
from reconciler.pipeline.doctor.examine import examine
from reconciler.pipeline.doctor.finding import Report

Look = Callable[..., Report]


class Dated(httpx.AsyncBaseTransport):
    """The emulator behind a server that tells the time; its clock is `ahead` seconds before ours."""

    def __init__(self, centre: Centre, ahead: float) -> None:
        self._inner, self._centre, self._ahead = httpx.ASGITransport(centre.emulator.api), centre, ahead

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        answer.headers["date"] = format_datetime(datetime.fromtimestamp(self._centre.clock[0] + self._ahead, UTC), usegmt=True)
        return answer


@pytest.fixture
def look() -> Look:
    """Looks at a centre whose server's clock is `ahead`."""

    def run(centre: Centre, purpose: Any = "", *, ahead: float = 0.0) -> Report:
        doors = replace(centre.doors, transport=centre.transport or Dated(centre, ahead))
        return asyncio.run(examine(centre.root, purpose, doors))

    return run


@pytest.fixture
def as_client(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Takes the credentials of a client with these permissions, or with all but some, in these divisions."""

    def take(centre: Centre, permissions: Any = None, *, without: Any = (), divisions: list[str] | None = None) -> None:
        held = sorted(set(FULL if permissions is None else permissions) - set(without))
        body = {"permissions": held, **({} if divisions is None else {"divisions": divisions})}
        client = centre.admin("POST", "/clients", body)
        monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", client["client_id"])
        monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", client["client_secret"])

    return take


def told(report: Report, area: str = "") -> list[str]:
    """The findings of an area as `verdict what`."""
    return [f"{one.verdict} {one.what}" for one in report.findings if area in ("", one.area)]


@pytest.fixture
def said() -> Callable[..., list[str]]:
    """The findings of an area as `verdict what`."""
    return told
