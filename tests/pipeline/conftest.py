"""Repositories in a folder, and organisations in a box for the functions behind the commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flow.centre import NOON, Centre

from reconciler.emulator.app import Config, build


@pytest.fixture
def make_centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Centre]:
    """A centre with an organisation of the given seed."""

    def make(**config: Any) -> Centre:
        clock = [NOON]
        emulator = build(Config(**{"rate_limit": 0, **config}), clock=lambda: clock[0])
        monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", emulator.client_id)
        monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", emulator.client_secret)
        for name in ("API_URL", "LOGIN_URL", "LEDGER", "REQUESTS_PER_MINUTE", "SECRETS"):
            monkeypatch.delenv(f"RECONCILER_{name}", raising=False)
        centre = Centre(tmp_path, emulator, clock=clock)
        centre.configure("")
        return centre

    return make


@pytest.fixture
def centre(make_centre: Callable[..., Centre]) -> Centre:
    """An empty organisation and an empty repository."""
    return make_centre()
