"""Starts workers and feeds as processes, waits for what they do, and reads what they posted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ledger.adapters import Adapter, Real, items

from reconciler.errors import ReconcilerError
from reconciler.model.stream import Stream

LIMIT = 1_500  # looks at a condition, each after a moment of 0.04 s


class Agency:
    """Processes on one stream; whatever still runs at the end is ended."""

    def __init__(self, adapter: Adapter, folder: Path, ttl: float = 1.0) -> None:
        self._adapter, self._ttl = adapter, ttl
        self._journal = folder / "posted"
        self._processes: list[subprocess.Popen[str]] = []
        self.stream: Stream = adapter.open("looker-on", Real(), ttl=ttl)
        self.published = 0

    def hire(self, do: str, name: str, **orders: Any) -> subprocess.Popen[str]:
        """A process that does something under a name, on a machine of its own unless `machine` says otherwise."""
        orders = {"machine": name, "ttl": self._ttl, "journal": str(self._journal)} | orders
        orders |= {"do": do, "worker": name, "recipe": dict(self._adapter.recipe)}
        command = [sys.executable, "-m", "ledger.streaming", json.dumps(orders)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._processes.append(subprocess.Popen(command, env=environment, **pipes))
        return self._processes[-1]

    def end(self) -> None:
        """Ends everybody."""
        for process in self._processes:
            process.kill()
            process.communicate()

    def publish(self, count: int = 10) -> int:
        """Publishes the next items; how many there are so far."""
        self.stream.publish(items(self.published, count))
        self.published += count
        return self.published

    def posted(self) -> list[tuple[str, int, int]]:
        """Worker, item and tries of everything posted so far, in that order."""
        lines = self._journal.read_text().splitlines() if self._journal.exists() else []
        return [(worker, int(number), int(tries)) for worker, number, tries in map(str.split, lines)]

    def waiting(self) -> int:
        """How much waits; a lot while the server does not answer."""
        with suppress(ReconcilerError):
            return self.stream.waiting()
        return sys.maxsize

    def bookmark(self) -> int:
        """How far the feed has come; nowhere while the server does not answer."""
        with suppress(ReconcilerError):
            return int(self.stream.bookmark("feed") or 0)
        return -1


def until(process: subprocess.Popen[str], happened: Callable[[], bool]) -> None:
    """Returns when something has happened; fails where the process ends before, or where it takes too long."""
    for _ in range(LIMIT):
        if happened():
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.04)
            if happened():
                return
            raise AssertionError(f"ended too early with {process.returncode}")
    raise AssertionError("it did not happen")
