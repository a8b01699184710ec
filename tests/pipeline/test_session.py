"""What a command works with: the right organisation, or nothing at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from flow.centre import Centre

from reconciler.errors import ConfigurationError, NotAuthorised
from reconciler.pipeline.session import Doors, Session, connect, options


def connected(centre: Centre, doors: Doors | None = None) -> Session:
    """A session that was opened and closed again."""

    async def play() -> Session:
        async with connect(centre.settings, doors or centre.doors) as session:
            return session

    return asyncio.run(play())


def test_a_session_knows_its_organisation(centre: Centre) -> None:
    found = connected(centre)

    assert found.organization == centre.behind("GET", "/api/v2/organizations/me")["id"]
    assert found.client.requests == 2


def test_opened_is_told_of_the_session(centre: Centre) -> None:
    heard: list[Session] = []
    doors = Doors(transport=centre.doors.transport, opened=heard.append)

    assert heard == [connected(centre, doors)]


def test_the_ledger_is_made_where_the_settings_say(centre: Centre, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RECONCILER_LEDGER", f"sqlite:///{tmp_path}/elsewhere/own.db")

    connected(centre)

    assert (tmp_path / "elsewhere" / "own.db").is_file()
    assert not (tmp_path / ".reconciler").exists()


def test_a_ledger_that_cannot_be_opened_is_told(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_LEDGER", f"sqlite:///{centre.root}/reconciler.yaml/ledger.db")

    with pytest.raises(ConfigurationError, match="ledger"):
        connected(centre)


def test_options_are_what_the_settings_say(centre: Centre) -> None:
    centre.configure("guards: {leavers: {user: inactive, queue: delete}}\n")

    found = options(centre.settings)

    assert (found.source, found.user_writes, found.peer_id) == ("acme", "scim", "key")
    assert (found.leaver_user, found.leaver_queue) == ("inactive", "delete")


def answering(body: Any) -> Callable[[httpx.Request], httpx.Response]:
    """A service that hands out tokens and says `body` about whose they are."""

    def answer(request: httpx.Request) -> httpx.Response:
        token = {"access_token": "t", "token_type": "bearer", "expires_in": 100}
        return httpx.Response(200, json=token if request.url.path == "/oauth/token" else body)

    return answer


@pytest.mark.parametrize("body", [{}, None, {"organization": {}}, {"organization": {"name": "Acme"}}])
def test_a_token_of_nobody_is_refused(centre: Centre, body: Any) -> None:
    doors = Doors(transport=httpx.MockTransport(answering(body)))

    with pytest.raises(NotAuthorised, match="the answer names no organisation"):
        connected(centre, doors)


def test_missing_credentials_are_told_before_anything_is_sent(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENESYSCLOUD_OAUTHCLIENT_SECRET")

    with pytest.raises(ConfigurationError, match="no credentials"):
        connected(centre)

    assert centre.requests() == {}
