"""Tells people that something waits for them: a command or a web hook, once per way and matter.

A way that fails is tried again when the matter comes up again; it never stops what it speaks about.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.api import outside
from reconciler.errors import ConfigurationError, ReconcilerError
from reconciler.model.problem import plain
from reconciler.settings import Settings

SECONDS = 30.0
LINES = 20  # of a text; a broken export can have thousands of problems
KEPT = 50  # fingerprints per way
SECRET = ("GENESYSCLOUD_", "RECONCILER_")


@dataclass(frozen=True, slots=True)
class Message:
    """What is told: `matter` is what makes two messages the same one, `result` the word for the cycle."""

    source: str
    result: str
    text: str
    matter: str = ""

    @property
    def fingerprint(self) -> str:
        """The digest by which a message is known."""
        return hashlib.sha256(f"{self.result}\0{self.matter or self.text}".encode()).hexdigest()

    @property
    def body(self) -> str:
        """The text as it is sent: a title, some lines without control characters, and what to do."""
        said = [plain(line) for line in self.text.splitlines()]
        rest = [f"… and {len(said) - LINES} more lines"] if len(said) > LINES else []
        title = f"reconciler: source {self.source}: {self.result}"
        return "\n".join([title, *said[:LINES], *rest, "Look at it: reconciler plan"]) + "\n"


def ways(settings: Settings) -> frozenset[str]:
    """The ways by which people are told."""
    return frozenset(_ways(settings, Message("", "", ""), None))


async def notify(
    settings: Settings,
    message: Message,
    told: Mapping[str, list[str]],
    transport: Any = None,
    only: frozenset[str] | None = None,
) -> tuple[dict[str, list[str]], list[str]]:
    """Tells everybody who has not been told: `told` (way → fingerprints) as it is then, and what went wrong.

    `only` names the ways to use (None: all).
    """
    after, troubles = {way: list(prints) for way, prints in told.items()}, []
    for way, send in _ways(settings, message, transport).items():
        if message.fingerprint in after.get(way, ()) or (only is not None and way not in only):
            continue
        try:
            await send()
        except ReconcilerError as error:
            troubles.append(f"could not notify by {way}: {error}")
        else:
            after[way] = [*after.get(way, ()), message.fingerprint][-KEPT:]
    return after, troubles


def _ways(settings: Settings, message: Message, transport: Any) -> dict[str, Callable[[], Awaitable[None]]]:
    ways: dict[str, Callable[[], Awaitable[None]]] = {}
    command, url = settings.file.notify.command, settings.webhook
    if command:
        ways["command"] = lambda: _run(settings, command, message.body)
    if url:
        data = {"text": message.body, "source": message.source, "result": message.result, "id": message.fingerprint}
        ways["webhook"] = lambda: outside.post(url, data, transport=transport)
    return ways


async def _run(settings: Settings, command: tuple[str, ...], text: str) -> None:
    """Runs the command in the folder of reconciler.yaml, without our secrets in its environment. Raises `ConfigurationError`."""
    around = {name: value for name, value in os.environ.items() if not name.startswith(SECRET)}
    program = plain(command[0])
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL, cwd=settings.root, env=around
        )
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"notify.command {program}: {error}") from None
    try:
        async with asyncio.timeout(SECONDS):
            await process.communicate(text.encode())
    except TimeoutError:
        raise ConfigurationError(f"notify.command {program}: not done after {SECONDS:g} s, stopped") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise ConfigurationError(f"notify.command {program}: ended with code {process.returncode}")
