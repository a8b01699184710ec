"""Who a process is, and whether it still lives. Looks at this machine and changes nothing."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """A process: the host as processes see it, its number, and when it started (empty where the system does not tell)."""

    host: str
    pid: int
    started: str


class Processes:
    """The processes of this host. Numbers are used again, so a process is its number and its start together."""

    def __init__(self, proc: Path = PROC) -> None:
        self._proc = proc

    def me(self) -> Process:
        """This process."""
        return Process(self._host(), os.getpid(), self._started(os.getpid()))

    def lives(self, process: Process) -> bool:
        """Whether a process of this host still runs; in doubt it does. Ask only where `process.host` is our own."""
        try:
            os.kill(process.pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except OSError:  # it is somebody else's, so there is one
            pass
        started = self._started(process.pid)
        return not started or not process.started or started == process.started

    def _host(self) -> str:
        """Host name and process namespace: two containers of one name do not see each other's processes."""
        try:
            space = os.readlink(self._proc / "self/ns/pid")  # noqa: PTH115 - no path, a name like pid:[4026531836]
        except OSError:
            space = ""
        return " ".join(part for part in (socket.gethostname(), space) if part)

    def _started(self, pid: int) -> str:
        """Boot and clock ticks since then. Source: proc(5), field 22 of stat; the name in field 2 may hold anything."""
        try:
            boot = (self._proc / "sys/kernel/random/boot_id").read_text().strip()
            fields = (self._proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
            return f"{boot} {fields[19]}"
        except (OSError, IndexError, UnicodeDecodeError):
            return ""
