"""A child process that decodes: what a hostile file does to a decoder, it does there. One child serves many files.

The child gets open files, never names; it knows no secret, since nothing of the environment is handed on. Its memory and its
processor time per file are limited by the system, its time on the wall by the parent. After a crash the next file gets a new
child. Not for several threads at once: each takes a box of its own. POSIX only: descriptors travel over a socket.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, BinaryIO, Self

import orjson

from reconciler.model.recording import APART_SECONDS, Flaw, Inspected, Side

_BOOT = "import sys; sys.path[:0] = sys.argv.pop(1).split(chr(10)); from reconciler.audio.inmate import live; live()"
_SURROUNDINGS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_HEAD = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Address space in bytes, and seconds per file: of the processor, and on the wall."""

    memory: int = 1024 * 1024 * 1024
    seconds: int = 60


class Died(Exception):
    """The child ended over a file; `flaw` says how."""

    def __init__(self, flaw: Flaw, detail: str = "") -> None:
        super().__init__(detail)
        self.flaw = flaw


class Box:
    """Inspects and joins open files in a child process, which starts with the first one. Close it, or use it in `with`."""

    def __init__(self, bounds: Bounds = Bounds()) -> None:
        self._bounds = bounds
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the child."""
        if self._socket:
            self._socket.close()
        if self._child:
            self._child.kill()
            self._child.wait()
        self._child = self._socket = None

    def inspect(self, file: BinaryIO, *, name: str = "", thorough: bool = False) -> Inspected:
        """What an open file on this machine is; never raises for what it holds. The file's own place is not kept."""
        shown = name.encode(errors="replace").decode()  # a name may be bytes that are no UTF-8; only its suffix counts
        try:
            return inspected(self._ask({"work": "inspect", "name": shown, "thorough": thorough}, file))
        except Died as error:
            return Inspected(size=os.fstat(file.fileno()).st_size, flaw=error.flaw, detail=str(error))

    def join(self, left: BinaryIO, right: BinaryIO | None, output: BinaryIO, *, apart_seconds: float = APART_SECONDS) -> str:
        """Writes the file of `audio.join` into `output`; why not, where that would lose or pretend something, else empty."""
        files = (left, output) if right is None else (left, right, output)
        try:
            return str(self._ask({"work": "join", "apart": apart_seconds}, *files)["why"])
        except Died as error:
            return str(error) or f"the decoder {error.flaw}"

    def outline(self, file: BinaryIO) -> list[list[float]]:
        """Per channel the peaks of `audio.wave`; empty where nothing can be heard, or the decoder dies over it."""
        try:
            found: list[list[float]] = self._ask({"work": "outline"}, file)["sides"]
        except Died:
            return []
        return found

    def _ask(self, question: dict[str, Any], *files: BinaryIO) -> dict[str, Any]:
        """The child's answer. Raises `Died`."""
        line = self._line()
        body = orjson.dumps({**question, "files": len(files), "seconds": self._bounds.seconds})
        try:
            socket.send_fds(line, [_HEAD.pack(len(body)) + body], [file.fileno() for file in files])
            (length,) = _HEAD.unpack(_received(line, _HEAD.size))
            answer: dict[str, Any] = orjson.loads(_received(line, length))
        except TimeoutError:
            raise self._dead(Flaw.SLOW) from None
        except (OSError, EOFError):
            raise self._dead(Flaw.CRASHED) from None
        if answer.get("hungry"):
            raise self._dead(Flaw.HUNGRY)
        return answer

    def _dead(self, flaw: Flaw) -> Died:
        """What became of the child, which is ended for good."""
        code = 0
        if flaw is Flaw.CRASHED and self._child:
            code = self._child.wait()
        self.close()
        if flaw is Flaw.SLOW or -code == _OUT_OF_TIME:
            return Died(Flaw.SLOW, f"decoding took longer than {self._bounds.seconds} s")
        return Died(flaw, f"the decoder ended with code {code}" if code else "decoding needs too much memory")

    def _line(self) -> socket.socket:
        if self._socket is None:
            ours, theirs = socket.socketpair()
            ours.settimeout(self._bounds.seconds + 5)  # the child may have to start first
            paths = "\n".join(path for path in sys.path if path)
            command = [sys.executable, "-I", "-c", _BOOT, paths, str(theirs.fileno()), str(self._bounds.memory)]
            with theirs:
                quiet = subprocess.DEVNULL
                self._child = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
                    command, stdin=quiet, stdout=quiet, stderr=quiet, env=_SURROUNDINGS, pass_fds=[theirs.fileno()]
                )
            self._socket = ours
        return self._socket


_OUT_OF_TIME = 24  # SIGXCPU: what the system sends when the limit of processor time is reached


def _received(line: socket.socket, count: int) -> bytes:
    """Exactly `count` bytes. Raises `EOFError` where the child is gone."""
    data = bytearray()
    while len(data) < count:
        part = line.recv(count - len(data))
        if not part:
            raise EOFError
        data += part
    return bytes(data)


def inspected(told: dict[str, Any]) -> Inspected:
    """An `Inspected` from its JSON."""
    sides = tuple(Side(**side) for side in told["sides"])
    return Inspected(**{**told, "sides": sides, "flaw": Flaw(told["flaw"])})
