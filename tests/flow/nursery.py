"""Commands as processes of their own, without the wait for what they import.

One process per test worker has imported everything and does nothing but fork: each command gets a child of it, with folder,
environment and pipes of its own. How a fresh interpreter starts is tried by the tests of signals, terminals and the demo.
"""

from __future__ import annotations

import array
import atexit
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any, NoReturn, Self

ORDER = 1 << 20  # bytes of what is ordered: arguments, folder, environment


class Started:
    """A command that runs; as much of `subprocess.Popen` as tests use."""

    def __init__(self, status: int, stdout: IO[str] | None = None) -> None:
        self._status = os.fdopen(status, encoding="ascii")
        self.pid = int(self._status.readline())
        self.stdout = stdout
        self.returncode: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()
        if self.stdout:
            self.stdout.close()

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def wait(self) -> int:
        if self.returncode is None:
            with self._status:
                self.returncode = int(self._status.readline())
        return self.returncode


def started(words: Sequence[str]) -> Started:
    """A command in this folder and environment, whose stdout is read."""
    out, into = os.pipe()
    with Path(os.devnull).open("rb") as nothing:
        status = _ordered(words, Path.cwd(), os.environ, (nothing.fileno(), into, 2))
    os.close(into)
    return Started(status, os.fdopen(out, encoding="utf-8"))


def done(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A command that has ended, and what it said."""
    with Path(os.devnull).open("rb") as nothing, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        command = Started(_ordered(words, folder, environment, (nothing.fileno(), out.fileno(), err.fileno())))
        code = command.wait()
        said = [(one.seek(0), one.read())[1].decode() for one in (out, err)]
    return subprocess.CompletedProcess(list(words), code, *said)


def _ordered(words: Sequence[str], folder: Path, environment: Mapping[str, str], pipes: Sequence[int]) -> int:
    """Has a command begun on `pipes`; the end of a pipe that tells its id and later its exit code."""
    status, into = os.pipe()
    order = json.dumps([list(words), str(folder), dict(environment)]).encode()
    socket.send_fds(_nursery(), [order], [*pipes, into])
    os.close(into)
    return status


@cache
def _nursery() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for one in (ours, theirs):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ORDER)
    with theirs:
        command = [sys.executable, "-X", "utf8", __file__, str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


# ── in the process that forks ────────────────────────────────────────────────────────────────────────────────────────


def main(orders: socket.socket) -> None:
    """Forks a command for every order until nobody is there to give one."""
    _imported()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    while order := _taken(orders):
        (words, folder, environment), pipes = order
        if os.fork() == 0:
            orders.close()
            _watched(words, folder, environment, pipes)
        for one in pipes:
            os.close(one)


def _taken(orders: socket.socket) -> tuple[Any, list[int]] | None:
    text, ancillary, _, _ = orders.recvmsg(ORDER, socket.CMSG_SPACE(4 * array.array("i").itemsize))
    if not text:
        return None
    pipes = array.array("i")
    for _, _, data in ancillary:
        pipes.frombytes(data)
    return json.loads(text), list(pipes)


def _imported() -> None:
    from reconciler.cli.main import COMMANDS

    modules = {f"cli.{module}" for module, _ in COMMANDS.values()}
    for name in sorted(modules | {"emulator.serve", "pipeline.plan", "report.plan", "sources"}):
        importlib.import_module(f"reconciler.{name}")


def _watched(words: list[str], folder: str, environment: dict[str, str], pipes: list[int]) -> NoReturn:
    """Forks the command, tells its id, waits for its end and tells how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *streams, status = pipes
    child = os.fork()
    if child == 0:
        os.close(status)
        _carried_out(words, folder, environment, streams)
    for one in streams:
        os.close(one)
    os.write(status, f"{child}\n".encode())
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(status, f"{code}\n".encode())
    os._exit(0)


def _carried_out(words: list[str], folder: str, environment: dict[str, str], streams: list[int]) -> NoReturn:
    from reconciler.cli.main import main as command

    code: Any = 1
    try:
        for wanted, one in enumerate(streams):
            os.dup2(one, wanted)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["reconciler", *words]
        command()
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
