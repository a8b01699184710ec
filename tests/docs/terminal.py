"""A terminal of bash: lines are typed into one shell, and `reconciler` in it is forked from what is imported already.

Whatever a page has the reader type is typed: variables, loops, redirections. On the PATH before everything else are `reconciler`,
`python3` as this one, and the programs a page needs and this machine may lack.
"""

from __future__ import annotations

import json
import os
import re
import select
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Self

import orjson
from docs.box import organisation
from flow import nursery

SHIM = """\
import json, os, socket, sys
door = socket.socket(socket.AF_UNIX)
door.connect(os.environ["TERMINAL_DOOR"])
order = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(door, [len(order).to_bytes(4, "big")], [0, 1, 2])
door.sendall(order)
sys.exit(int(door.makefile().read()))
"""
ADDRESS = "http://127.0.0.1:8080"
"""Where the pages have their emulator; the test's is on a free port."""
CREDENTIALS = {"client_id": "GENESYSCLOUD_OAUTHCLIENT_ID", "client_secret": "GENESYSCLOUD_OAUTHCLIENT_SECRET"}
Words = list[str]


class Terminal:
    """A shell in a folder. `emulate` opens an organisation that stays until the terminal is closed."""

    def __init__(self, folder: Path, *, stays: Callable[[Words], str] = lambda _: "") -> None:
        self.folder = folder
        self.stays = stays
        self.known: dict[str, str] = {}
        self._opened = ExitStack()
        self.home = Path(self._opened.enter_context(tempfile.TemporaryDirectory()))
        (self.home / "bin").mkdir()
        (self.home / "shim.py").write_text(SHIM)
        self.program("reconciler", f'exec "{sys.executable}" -IS "{self.home / "shim.py"}" "$@"')
        self.program("python3", f'exec "{sys.executable}" "$@"')
        self._door = self._opened.enter_context(socket.socket(socket.AF_UNIX))
        self._door.bind(str(self.home / "door"))
        self._door.listen()
        ended, into = os.pipe()
        self._ended = self._opened.enter_context(os.fdopen(ended, encoding="ascii"))
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=self._environment(),
            stdin=subprocess.PIPE,
            pass_fds=[into],
            text=True,
            encoding="utf-8",
        )
        self._into = into
        os.close(into)

    def _environment(self) -> dict[str, str]:
        ours = ("RECONCILER_", "GENESYSCLOUD_", "CI", "GITHUB_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        more = {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONUTF8": "1", "TERMINAL_DOOR": str(self.home / "door")}
        path = f"{self.home / 'bin'}{os.pathsep}{kept['PATH']}"
        return {**kept, **more, "HOME": str(self.home), "PATH": path}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._shell.stdin
        self._shell.stdin.close()
        self._shell.wait()
        self._opened.close()

    def program(self, name: str, line: str) -> None:
        """Puts a program of one line of sh on the PATH."""
        path = self.home / "bin" / name
        path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        path.chmod(0o755)

    def open(self, seed: str = "empty") -> None:
        """Opens an organisation, and has the shell know it as the page would have the reader export it."""
        self.known = self._opened.enter_context(organisation(seed))
        code, _, err = self.type("export " + " ".join(f"{name}={value}" for name, value in self.known.items()))
        assert code == 0, err

    def type(self, line: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of a line. The page's port and credentials become those of the organisation."""
        for name in CREDENTIALS.values():
            line = line.replace(f"{name}=…", f"{name}={shlex.quote(self.known.get(name, ''))}")
        line = line.replace(ADDRESS, self.known.get("RECONCILER_API_URL", ADDRESS))
        out, err = self.home / "out", self.home / "err"
        assert self._shell.stdin
        self._shell.stdin.write(f"{{\n{line}\n}} >{out} 2>{err} </dev/null\necho $? >&{self._into}\n")
        self._shell.stdin.flush()
        while self._door in (ready := select.select([self._door, self._ended], [], [])[0]):
            self._serve()
        assert ready
        code = self._ended.readline()
        said = [path.read_text(encoding="utf-8") if path.exists() else "" for path in (out, err)]
        assert code, f"the shell has ended over {line!r}: {said}"
        return int(code), *said

    def _serve(self) -> None:
        """One command that was typed: its folder, environment and pipes are those the shell gave it."""
        caller, _ = self._door.accept()
        with caller:
            size, pipes, *_ = socket.recv_fds(caller, 4, 3)
            words, folder, environment = json.loads(_exactly(caller, int.from_bytes(size, "big")))
            try:
                code = self._carried_out(words, Path(folder), environment, pipes)
            finally:
                for one in pipes:
                    os.close(one)
            caller.sendall(str(code).encode())

    def _carried_out(self, words: Words, folder: Path, environment: Mapping[str, str], pipes: list[int]) -> int:
        if "emulate" in words[:1]:
            return self._emulate(words[1:], pipes[1])
        sign = self.stays(words)
        if not sign:
            return nursery.Started(nursery._ordered(words, folder, environment, pipes)).wait()
        heard, into = os.pipe()
        started = nursery.Started(nursery._ordered(words, folder, environment, (pipes[0], into, into)))
        os.close(into)
        with os.fdopen(heard, encoding="utf-8") as said, os.fdopen(os.dup(pipes[1]), "w", encoding="utf-8") as shown:
            found = _until(sign, said, shown)
            started.terminate()
            shown.write(said.read())
        return 0 if started.wait() in {143, 0} and found else 1

    def _emulate(self, words: Words, out: int) -> int:
        options = dict(zip(words[::2], words[1::2], strict=True))
        assert set(options) <= {"--port", "--seed", "--rate-limit"}, options
        self.known = self._opened.enter_context(organisation(options.get("--seed", "empty")))
        address = self.known["RECONCILER_API_URL"]
        said = {"api_url": address, "login_url": address, "admin_url": f"{address}/admin"}
        os.write(out, orjson.dumps({**said, **{word: self.known[name] for word, name in CREDENTIALS.items()}}) + b"\n")
        return 0


def _until(sign: str, said: IO[str], shown: IO[str]) -> bool:
    """Whether a line of what is said has the sign; all until then is shown."""
    for line in said:
        shown.write(line)
        if re.search(sign, line):
            return True
    return False


def _exactly(caller: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = caller.recv(size - len(found))
        assert part
        found += part
    return found
