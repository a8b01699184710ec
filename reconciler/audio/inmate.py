"""The child's side of a `Box`: takes open files one after the other, answers what they are, ends with its parent."""

from __future__ import annotations

import os
import resource
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import orjson

from reconciler.audio.inspect import inspect
from reconciler.audio.join import join
from reconciler.audio.wave import outline

_HEAD = struct.Struct("<I")
_FILES = 3


def live() -> None:
    """The whole life of the child; its arguments are the descriptor of the socket and how much memory it may use."""
    number, memory = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with socket.socket(fileno=number) as line:
        while _serve(line):
            pass


def _serve(line: socket.socket) -> bool:
    """Answers one question; whether there was one."""
    head, numbers, _, _ = socket.recv_fds(line, _HEAD.size, _FILES, socket.MSG_WAITALL)
    files: list[BinaryIO] = [os.fdopen(number, "r+b" if place else "rb", buffering=0) for place, number in enumerate(numbers)]
    try:
        if len(head) < _HEAD.size:
            return False
        (length,) = _HEAD.unpack(head)
        question = orjson.loads(line.recv(length, socket.MSG_WAITALL))
        _hurry(question["seconds"])
        try:
            answer = orjson.dumps(_WORK[question["work"]](question, files))
        except MemoryError:
            answer = b'{"hungry":true}'
        line.sendall(_HEAD.pack(len(answer)) + answer)
    finally:
        for file in files:
            file.close()
    return True


def _hurry(seconds: int) -> None:
    """Limits the processor time from now on, so that a child whose parent is gone does not decode for ever."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _inspect(question: dict[str, Any], files: list[BinaryIO]) -> Any:
    return inspect(files[0], name=question["name"], thorough=question["thorough"])


def _join(question: dict[str, Any], files: list[BinaryIO]) -> Any:
    return {"why": join(*files[:-1], output=files[-1], seconds=question["apart"])}


def _outline(_: dict[str, Any], files: list[BinaryIO]) -> Any:
    return {"sides": outline(files[0])}


_WORK: dict[str, Callable[[dict[str, Any], list[BinaryIO]], Any]] = {"inspect": _inspect, "join": _join, "outline": _outline}
