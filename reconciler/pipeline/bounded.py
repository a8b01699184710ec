"""Runs one function in a child process that may use only so much memory and time.

Templates and expressions are the user's, values in them come from an export: a sandbox keeps them from doing anything, and
this keeps them from doing it for ever. The child gets bytes on standard input and answers bytes on standard output; it knows
no secret, since nothing of the environment is handed on but what an interpreter may need to start.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from dataclasses import dataclass

from reconciler.errors import ReconcilerError
from reconciler.pipeline.quiet import uncollected

OUT_OF_MEMORY = 91
_BOOT = "import sys; sys.path[:0] = sys.argv.pop(1).split(chr(10)); from reconciler.pipeline.bounded import child; child()"


class OutOfBounds(ReconcilerError):
    """The child used more memory or time than it may, or died; the message says which."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Address space in bytes where the system can limit it; processor and wall-clock time in seconds."""

    memory: int = 2 * 1024 * 1024 * 1024
    seconds: int = 300


def run(target: str, payload: bytes, *, bounds: Bounds = Bounds()) -> bytes:
    """What `target` (`module:function`, bytes → bytes) answers to `payload`. Raises `OutOfBounds`."""
    paths = "\n".join(path for path in sys.path if path)
    command = [sys.executable, "-I", "-c", _BOOT, paths, target, str(bounds.memory), str(bounds.seconds)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter, no shell
            command, input=payload, capture_output=True, timeout=bounds.seconds, check=False, env=_surroundings()
        )
    except subprocess.TimeoutExpired:
        raise OutOfBounds(_slow(bounds)) from None
    if done.returncode == 0:
        return done.stdout
    raise OutOfBounds(_why(done.returncode, done.stderr, bounds))


def _surroundings() -> dict[str, str]:
    """What an interpreter may need to start; no credentials, no proxy."""
    return {
        name: os.environ[name] for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "LANG") if name in os.environ
    }


def _slow(bounds: Bounds) -> str:
    return f"rendering took longer than {bounds.seconds} s and was stopped; look for a loop in the templates or in mapping.yaml"


def _why(code: int, said: bytes, bounds: Bounds) -> str:
    if code == OUT_OF_MEMORY:
        size = bounds.memory // (1024 * 1024)
        return (
            f"rendering needed more than {size} MB and was stopped; look for a very large value in the templates or mapping.yaml"
        )
    if -code in _TIME_SIGNALS:
        return _slow(bounds)
    last = said.decode(errors="replace").strip().rsplit("\n", 1)[-1]
    return f"rendering ended with code {code}: {last or 'no message'}"


_TIME_SIGNALS = frozenset({9, 24})  # SIGKILL, SIGXCPU: what the system sends when the limit of processor time is reached


def child() -> None:
    """The whole life of the child process: limits, the function, its answer."""
    target, memory, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    module, _, name = target.partition(":")
    with uncollected():
        function = getattr(importlib.import_module(module), name)
    _limit(memory, seconds)
    try:
        answer = function(sys.stdin.buffer.read())
        sys.stdout.buffer.write(answer)
        sys.stdout.buffer.flush()
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
