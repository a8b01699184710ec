"""A PostgreSQL of the system's packages, on a socket in a folder of its own, for as long as the tests run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

USER, PASSWORD = "ledger", "hunter2"
FAST = "-c fsync=off -c full_page_writes=off -c shared_buffers=16MB -c max_connections=60 -c listen_addresses="


def programs() -> Path | None:
    """The folder of the newest initdb and pg_ctl on this machine."""
    found = [Path(where).parent for where in [shutil.which("pg_ctl")] if where and shutil.which("initdb")]
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    return next(reversed([*found, *(folder for folder in packaged if (folder / "initdb").exists())]), None)


class Server:
    """One server; `database` makes a fresh one and gives its address."""

    def __init__(self, folder: Path) -> None:
        # A socket's path must be short, and another user has to reach it: a folder of pytest's would be neither.
        self._home = Path(tempfile.mkdtemp(prefix="pg"))
        self._programs = folder
        self._as = _somebody(self._home)
        self._numbers = count(1)

    def start(self) -> None:
        """Makes the server and starts it."""
        secret = self._home / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._run("initdb", "-U", USER, "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "--no-sync")
        self.revive()

    def kill(self) -> None:
        """Ends it at once, in the middle of whatever it does; its data stay."""
        self._run("pg_ctl", "stop", "-m", "immediate", "-s")

    def revive(self) -> None:
        """Starts it on the data it has; returns when it answers."""
        socket = f"{FAST} -c unix_socket_directories={self._home}"
        self._run("pg_ctl", "start", "-w", "-s", "-l", self._home / "log", "-o", socket)

    def stop(self) -> None:
        """Ends it for good."""
        self.kill()
        shutil.rmtree(self._home)

    def database(self, more: str = "") -> str:
        """The URL of a new, empty database; `more` is what else `CREATE DATABASE` is told."""
        name = f"t{next(self._numbers)}"
        self.run("postgres", f"CREATE DATABASE {name} {more}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Removes the database behind a URL, where it still is: hundreds of them take long to remove at the end."""
        self.run("postgres", f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def url(self, database: str, user: str = USER, password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{password}@/{database}?host={self._home}"

    def run(self, url: str, *statements: str) -> list[Any]:
        """Carries out statements in the database of a URL or name; the rows of the last one."""
        address = url if "://" in url else self.url(url)
        with psycopg.connect(address, autocommit=True) as connection:
            rows: list[Any] = []
            for statement in statements:
                cursor = connection.execute(statement)
                rows = cursor.fetchall() if cursor.description else []
            return rows

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._programs / program), "-D", str(self._home / "data"), *map(str, arguments)]
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
        done = subprocess.run(command, check=False, env=environment, cwd=self._home, **quiet, **self._as)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")


def _somebody(home: Path) -> dict[str, Any]:
    """Who the server runs as: PostgreSQL refuses to be root."""
    if os.geteuid():
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    one = names.get("postgres") or names["nobody"]
    os.chown(home, one.pw_uid, one.pw_gid)
    return {"user": one.pw_uid, "group": one.pw_gid, "extra_groups": []}


@contextmanager
def started() -> Iterator[Server]:
    """A server for as long as tests need it. They are skipped where there is none; in CI that is a failure."""
    folder = programs()
    if folder is None:
        missing = "no PostgreSQL on this machine; on Debian: apt-get install postgresql"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    one = Server(folder)
    try:
        one.start()
        yield one
    finally:
        one.stop()
