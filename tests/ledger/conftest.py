"""A ledger on SQLite and one on PostgreSQL, a clock that is set by hand, and processes that live or not as a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from ledger.adapters import Adapter, Hands, Sql
from ledger.server import Server, started

from reconciler.ledger import store
from reconciler.ledger.process import Process, Processes
from reconciler.ledger.sql import SqlLedger
from reconciler.model.stream import Stream


class Clock:
    """Stands still until it is moved; a sleep moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


class Village(Processes):
    """A host where exactly the processes of `living` live."""

    def __init__(self, me: Process, living: set[Process]) -> None:
        self._me, self.living = me, living

    def me(self) -> Process:
        return self._me

    def lives(self, process: Process) -> bool:
        return process in self.living


Open = Callable[..., SqlLedger]


@pytest.fixture
def village() -> type[Village]:
    return Village


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """PostgreSQL, started once per process of tests."""
    with started() as one:
        yield one


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Every test of the ledger runs on both; a module about one of them overrides this."""
    return str(request.param)


@pytest.fixture
def url(backend: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a ledger that is not there yet."""
    if backend == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('path')}"
        return
    server: Server = request.getfixturevalue("server")
    database = server.database()
    yield database
    server.drop(database)


@pytest.fixture
def opened(url: str, clock: Clock) -> Iterator[Open]:
    """Opens ledgers at one address and closes them at the end."""
    ledgers: list[SqlLedger] = []

    def open_one(source: str = "acme", organization: str = "org", processes: Processes | None = None) -> SqlLedger:
        ledgers.append(store.open(url, organization=organization, source=source, clock=clock, processes=processes))
        return ledgers[-1]

    yield open_one
    for ledger in ledgers:
        ledger.close()


@pytest.fixture
def ledger(opened: Open) -> SqlLedger:
    return opened()


@pytest.fixture
def hands() -> Hands:
    return Hands()


NAMES = count(1)


@pytest.fixture(scope="session")
def shared(server: Server) -> str:
    """A database for the streams of many tests: to make one takes longer than most of them."""
    return server.database()


@pytest.fixture
def stream_name() -> str:
    return f"status-{next(NAMES)}"


@pytest.fixture
def stream_url(backend: str, request: pytest.FixtureRequest) -> str:
    """Where streams are; a module that looks at the whole database overrides this."""
    where: str = request.getfixturevalue("url" if backend == "sqlite" else "shared")
    return where


@pytest.fixture
def adapter(stream_url: str, stream_name: str, backend: str, request: pytest.FixtureRequest) -> Iterator[Adapter]:
    """Every kind of stream, on data of its own."""
    server = request.getfixturevalue("server") if backend == "postgresql" else None
    one = Sql(stream_url, server.kill, server.revive, stream_name) if server else Sql(stream_url, name=stream_name)
    yield one
    one.close()


@pytest.fixture
def stream(adapter: Adapter, hands: Hands) -> Stream:
    """A worker that is alone."""
    return adapter.open("worker", hands)
