"""A centre whose calls are recorded: calls told behind our back, files in a folder, and the runner in a time of its own."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
import uuid
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from audio.tones import call, encoded
from flow.centre import NOON, Centre

from reconciler.emulator.app import Config, build
from reconciler.model.change import Plan
from reconciler.pipeline import recordings
from reconciler.pipeline.recordings import Tally, Wishes
from reconciler.pipeline.session import Doors
from reconciler.runners.conversation_change import conversation_id

SOUNDS: dict[int, bytes] = {}


def sound(number: int) -> bytes:
    """A stereo recording of four seconds that is fit for analytics; each number has other bytes."""
    if not SOUNDS:
        SOUNDS[-1] = encoded(call(4.0))
    return SOUNDS.setdefault(number, SOUNDS[-1] + b"LIST\x04\x00\x00\x00" + number.to_bytes(4, "big"))


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def events(native: str, source: str, at: float) -> list[dict[str, Any]]:
    """Two requests: a call comes at a time in seconds since 1970, and ends two seconds later."""
    leg = str(uuid.UUID(hashlib.sha256(native.encode()).hexdigest()[:32], version=4))
    begun = {
        "communicationId": leg,
        "initialConfiguration": {"inbound": True},
        "sourceConfiguration": {"sourceId": source, "interactionId": native},
    }
    ended = {"communicationId": leg, "disconnectType": "Self"}
    return [_event("externalEstablished", native, at, begun), _event("communicationEnded", native, at + 2, ended)]


def _event(name: str, native: str, at: float, said: dict[str, Any]) -> dict[str, Any]:
    number = hashlib.sha256(f"{name} {native}".encode()).hexdigest()[:32]
    when = datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
    event = {
        "eventId": str(uuid.UUID(number, version=4)),
        "eventDateTime": when,
        "conversationId": conversation_id("acme", native),
    }
    return {f"{name}Events": [event | said]}


@dataclass
class Studio(Centre):
    """Recordings lie in `calls/`; a file is called after its conversation: `C1.wav`, `C1_2.wav`."""

    outside: Any = None
    notes: list[str] = field(default_factory=list)

    @property
    def doors(self) -> Doors:
        doors = super().doors
        return replace(doors, outside=self.outside or self.transport or httpx.ASGITransport(self.emulator.api))

    def set_up(self, **settings: str) -> None:
        """Writes reconciler.yaml, and puts the presence source into the organisation that conversations are told for."""
        said = {
            "from": "calls",
            "pattern": r"'(?P<conversation>C\d+)(?:_(?P<part>\d+))?\.\w+$'",
            "settle": "0s",
            "shows_after": "0s",
        }
        inner = ", ".join(f"{name}: {value}" for name, value in (said | settings).items())
        self.configure(f"runners: {{recordings: {{{inner}}}}}\n")
        self.write("presence_sources: [{key: acme, name: ACME Connect, primary: true}]\n")
        (self.root / "calls").mkdir(exist_ok=True)

    def open(self, **settings: str) -> None:
        self.set_up(**settings)
        assert self.apply().exit_code == 0

    def put(self, name: str, data: bytes) -> Path:
        path = self.root / "calls" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def touch(self, name: str) -> None:
        """The file was written just now, by the clock of the tests."""
        os.utime(self.root / "calls" / name, (self.clock[0], self.clock[0]))

    def take(self, name: str) -> bytes:
        """What is in the file, which is gone then."""
        path = self.root / "calls" / name
        data = path.read_bytes()
        path.unlink()
        return data

    def noted(self) -> dict[str, str]:
        """How far each content is by the ledger."""
        with closing(sqlite3.connect(self.root / ".reconciler" / "ledger.db")) as ledger:
            return dict(ledger.execute("select digest, stage from recordings"))

    def known_as(self, native: str) -> str:
        return conversation_id("acme", native)

    def tell(self, *natives: str, over: bool = True) -> None:
        """Calls that came, and ended where they are `over`."""
        for native in natives:
            asyncio.run(self.tell_now(native, over=over))

    async def tell_now(self, native: str, *, over: bool = True) -> None:
        source = next(one for one, body in self.emulator.world.sources.live.items() if body["type"] == "User")
        begun, ended = events(native, source, self.clock[0] - 60)
        for body in (begun, ended) if over else (begun,):
            await self._send(body)

    async def end(self, native: str) -> None:
        """A call that was told of ends."""
        await self._send(events(native, "", self.clock[0] - 60)[1])

    async def _send(self, body: dict[str, Any]) -> None:
        answer = await self.meanwhile("POST", "/api/v2/events/conversations", body)
        assert not answer["errors"], answer

    def run(self, **wishes: Any) -> Tally:
        """`reconciler run recordings --once`."""
        found = asyncio.run(recordings.run(self.settings, Wishes(once=True, trouble=self.notes.append, **wishes), self.doors))
        self.notes += found.notes
        return found

    def rehearse(self, **wishes: Any) -> tuple[Plan, Tally]:
        """`reconciler run recordings --plan`."""
        return asyncio.run(recordings.rehearse(self.settings, Wishes(once=True, **wishes), self.doors))

    def turn(self, **switches: Any) -> None:
        answer = self.admin("PATCH", "/switches", switches)
        assert "error" not in answer, answer

    def uploaded(self) -> dict[str, Any]:
        """What the organisation was given: counts, and files by MD5 of their content."""
        found: dict[str, Any] = self.admin("GET", "/recordings?digest=*")
        return found

    def attached(self) -> dict[str, list[str]]:
        """Native-blind: conversation → MD5s of its recordings."""
        found: dict[str, list[str]] = {}
        for digest, files in self.uploaded()["content"].items():
            for one in files:
                if one["status"] == "Success":
                    found.setdefault(one["conversation"], []).append(digest)
        return found


def made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A new organisation with three calls that are over."""
    clock = [NOON]
    emulator = build(Config(rate_limit=0), clock=lambda: clock[0])
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", emulator.client_id)
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", emulator.client_secret)
    for name in ("API_URL", "LOGIN_URL", "LEDGER", "REQUESTS_PER_MINUTE", "SECRETS"):
        monkeypatch.delenv(f"RECONCILER_{name}", raising=False)
    folder.mkdir(exist_ok=True)
    one = Studio(folder, emulator, clock=clock)
    one.open()
    one.tell("C1", "C2", "C3")
    return one
