"""A ledger for several machines: races have one winner, a lost server has a remedy, and no message gives a secret away."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import psycopg
import pytest
from ledger.server import PASSWORD, USER, Server
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from reconciler import errors
from reconciler.ledger import postgresql, store
from reconciler.ledger.process import Process, Processes
from reconciler.model.call import Call
from reconciler.model.port import Binding
from reconciler.model.resource import Ref

ANN, BOB = Ref("user", "ann"), Ref("user", "bob")
READ = Call("GET", "/x")


@pytest.fixture
def backend() -> str:
    return "postgresql"


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def at_once(threads: ThreadPoolExecutor, *jobs: Any) -> list[Any]:
    """What jobs that start at the same moment give back, or the error of ours that they raise."""
    start = Barrier(len(jobs))

    def run(job: Any) -> Any:
        start.wait()
        try:
            return job()
        except errors.ReconcilerError as error:
            return error

    return [one.result(30) for one in [threads.submit(run, job) for job in jobs]]


def wait_until_blocked(server: Server, url: str) -> None:
    """Returns when some connection to the database waits for a lock."""
    name = make_url(url).database
    for _ in range(1_000):
        waiting = f"SELECT 1 FROM pg_stat_activity WHERE datname = '{name}' AND wait_event_type = 'Lock'"
        if server.run("postgres", "SELECT pg_sleep(0.005)", waiting):
            return
    raise AssertionError("nobody waits for a lock")


def opening(url: str) -> Any:
    return store.open(url, organization="org", source="acme", clock=lambda: datetime(2026, 11, 1, tzinfo=UTC))


def refusal(url: str) -> str:
    with pytest.raises(errors.ConfigurationError) as caught:
        opening(url)
    told = "".join(traceback.format_exception(caught.value))
    assert PASSWORD not in told
    return str(caught.value)


# ── races ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_many_that_want_the_lease_exactly_one_gets_it(opened: Any, threads: ThreadPoolExecutor) -> None:
    for number in range(10):
        ledgers = [opened(organization=f"org-{number}") for _ in range(6)]

        got = at_once(threads, *(lambda ledger=ledger: ledger.acquire("ann") for ledger in ledgers))

        assert [type(one) for one in got].count(str) == 1
        assert [type(one) for one in got].count(errors.Locked) == 5
        for ledger in ledgers:
            ledger.close()


def test_of_two_that_take_over_a_lease_the_second_one_waits(
    opened: Any, url: str, server: Server, threads: ThreadPoolExecutor, village: Any
) -> None:
    """Both see the dead holder. The second one must not remove the lease of the first, which came while it waited."""
    me, gone = Process("here", 1, "a"), Process("here", 2, "b")
    opened(processes=village(gone, {gone})).acquire("bob")
    second = opened(processes=village(Process("here", 3, "c"), {me}))
    attempts: list[Future[Any]] = []

    class Slow(Processes):
        def me(self) -> Process:
            return me

        def lives(self, _process: Process) -> bool:
            attempts.append(threads.submit(second.acquire, "carl"))
            wait_until_blocked(server, url)
            return False

    first = opened(processes=Slow())
    first.acquire("ann")

    with pytest.raises(errors.Locked, match="ann"):
        attempts[0].result(30)
    first.heartbeat()


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
def test_an_object_that_another_source_is_just_binding_is_waited_for(
    opened: Any, url: str, server: Server, threads: ThreadPoolExecutor, end: str
) -> None:
    ledger = opened()
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("BEGIN")
        other.execute("INSERT INTO bindings VALUES ('org', 'other', 'user', 'a', '1', '', '', false, '')")
        bound = threads.submit(ledger.bind, {ANN: Binding("1")})
        wait_until_blocked(server, url)
        other.execute(end)

    if end == "COMMIT":
        with pytest.raises(errors.Refused, match="user/ann is bound by the source other"):
            bound.result(30)
    else:
        bound.result(30)
    assert ledger.bindings() == ({} if end == "COMMIT" else {ANN: Binding("1")})


def test_an_object_bound_between_look_and_write_is_not_taken(
    opened: Any, url: str, server: Server, threads: ThreadPoolExecutor
) -> None:
    """The first of two moves to another key, so its old row goes away; meanwhile another source takes the second."""
    ledger = opened()
    ledger.bind({ANN: Binding("1")})
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("BEGIN")
        other.execute("INSERT INTO bindings VALUES ('org', 'other', 'user', 'a', '2', '', '', false, '')")
        bound = threads.submit(ledger.bind, {Ref("user", "anne"): Binding("1"), BOB: Binding("2")})
        wait_until_blocked(server, url)
        other.execute("COMMIT")

    with pytest.raises(errors.Locked, match="another source is binding the same objects; nothing was bound"):
        bound.result(30)
    assert ledger.bindings() == {ANN: Binding("1")}


def test_two_sources_that_bind_the_same_objects_do_not_lock_each_other(opened: Any, threads: ThreadPoolExecutor) -> None:
    refs = {Ref("user", f"k{number}"): Binding(f"id-{number}") for number in range(400)}
    ours, theirs = opened("acme"), opened("other")
    ours.bindings(), theirs.bindings()

    got = at_once(threads, lambda: ours.bind(refs), lambda: theirs.bind(dict(reversed(refs.items()))))

    assert {type(one) for one in got} == {type(None), errors.Refused}
    assert sorted([len(ours.bindings()), len(theirs.bindings())]) == [0, 400]


def test_requests_of_several_machines_get_numbers_of_their_own(opened: Any, threads: ThreadPoolExecutor) -> None:
    ledgers = [opened() for _ in range(4)]

    def intend(ledger: Any) -> list[int]:
        return [ledger.intend("r", "user/a", READ) for _ in range(20)]

    got = at_once(threads, *(lambda ledger=ledger: intend(ledger) for ledger in ledgers))
    numbers = [number for one in got for number in one]

    assert len(set(numbers)) == len(numbers) == len(ledgers[0].unsettled()) == 80


def test_machines_that_open_a_new_ledger_at_once_all_get_it(url: str, threads: ThreadPoolExecutor) -> None:
    got = at_once(threads, *[lambda: opening(url)] * 4)

    for ledger in got:
        assert ledger.bindings() == {}
        ledger.close()


# ── a server that goes away ──────────────────────────────────────────────────────────────────────────────────────────

END = "BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END"
CUT = (
    f"CREATE FUNCTION cut() RETURNS trigger AS $$ {END} $$ LANGUAGE plpgsql",
    "CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON journal DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut()",
)


def test_a_connection_cut_in_the_middle_of_a_commit_is_told_with_a_remedy(opened: Any, url: str, server: Server) -> None:
    ledger = opened()
    server.run(url, *CUT)

    with pytest.raises(errors.ConfigurationError, match="has closed the connection; run again") as caught:
        ledger.intend("r", "user/a", READ)

    assert PASSWORD not in "".join(traceback.format_exception(caught.value))
    server.run(url, "DROP TRIGGER cut ON journal")
    assert ledger.unsettled() == []
    ledger.intend("r", "user/a", READ)


def test_a_server_that_restarted_between_two_calls_is_not_noticed(opened: Any, url: str, server: Server) -> None:
    ledger = opened()
    ledger.acquire("ann")
    mine = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

    assert server.run(url, mine) == [(True,)]

    ledger.heartbeat()


def test_a_heartbeat_that_finds_no_server_stops_the_apply(opened: Any, url: str, server: Server) -> None:
    ledger = opened()
    ledger.acquire("ann")
    name = make_url(url).database

    server.run("postgres", f"DROP DATABASE {name} WITH (FORCE)")

    with pytest.raises(errors.ConfigurationError, match="no such database or user"):
        ledger.heartbeat()


def test_a_lock_that_stays_is_given_up(opened: Any, url: str) -> None:
    ledger = opened()
    with ledger._scope.database.write() as connection:
        connection.exec_driver_sql("SET lock_timeout = 50")
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE journal")

        with pytest.raises(errors.Locked, match="another process has been writing to it for 10 s"):
            ledger.intend("r", "user/a", READ)


# ── what is there, and what is not ───────────────────────────────────────────────────────────────────────────────────


def test_a_commit_is_on_the_disk_whatever_the_server_prefers(opened: Any, url: str, server: Server) -> None:
    server.run(url, f"ALTER DATABASE {make_url(url).database} SET synchronous_commit = off")

    with opened()._scope.database.read() as connection:
        told = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("synchronous_commit", "lock_timeout")]

    assert told == ["on", "10s"]


def test_a_stricter_commit_of_the_server_stays(opened: Any, url: str, server: Server) -> None:
    server.run(url, f"ALTER DATABASE {make_url(url).database} SET synchronous_commit = remote_apply")

    with opened()._scope.database.read() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "remote_apply"


def test_a_database_may_be_shared_with_tables_of_others(opened: Any, url: str, server: Server) -> None:
    server.run(url, "CREATE TABLE songs (title text)")
    opened().bind({ANN: Binding("1")})

    assert opened().bindings() == {ANN: Binding("1")}


def test_a_table_of_somebody_else_is_left_alone(url: str, server: Server) -> None:
    server.run(url, "CREATE TABLE journal (day date)")

    assert "is no ledger: it holds other tables (journal)" in refusal(url)
    assert server.run(url, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'") == [(1,)]


def test_a_database_that_cannot_hold_every_name_is_refused(server: Server) -> None:
    url = server.database("ENCODING 'LATIN1' TEMPLATE template0")

    assert "has the encoding LATIN1" in refusal(url)


def test_a_server_that_only_reads_is_refused(url: str, server: Server) -> None:
    server.run(url, f"ALTER DATABASE {make_url(url).database} SET default_transaction_read_only = on")

    assert "only reads" in refusal(url)


@pytest.fixture
def guest(server: Server) -> Iterator[str]:
    server.run("postgres", f"CREATE USER guest PASSWORD '{PASSWORD}'")
    yield "guest"
    server.run("postgres", "DROP USER guest")


def test_a_user_that_may_not_make_tables_is_told_so(url: str, server: Server, guest: str) -> None:
    assert "may not make or use tables there" in refusal(server.url(str(make_url(url).database), guest))


def test_a_server_without_room_is_tried_later(url: str, server: Server, guest: str) -> None:
    name = str(make_url(url).database)
    server.run(url, f"ALTER DATABASE {name} CONNECTION LIMIT 0")

    assert "out of connections; try again later" in refusal(server.url(name, guest))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "wrong-hunter2"}, "user or password is refused"),
        ({"username": "nobody"}, "user or password is refused"),
        ({"database": "nowhere"}, "no such database or user"),
        ({"query": {"host": "/nowhere"}}, "cannot be reached"),
        ({"query": {"host": "127.0.0.1", "port": "1"}}, "cannot be reached"),
        ({"query": {"sslpassword": PASSWORD, "nonsense": "1"}}, "cannot be used: invalid connection option"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_without_its_secrets(url: str, change: dict[str, Any], words: str) -> None:
    broken = make_url(url).set(**change).render_as_string(hide_password=False)

    assert words in refusal(broken)


def test_what_nobody_foresaw_is_told_without_the_secret(url: str) -> None:
    ledger = opening(url)

    with pytest.raises(errors.ConfigurationError) as caught, ledger._scope.database.write() as connection:
        connection.exec_driver_sql(f"DO $$ BEGIN RAISE 'seen {PASSWORD}' USING ERRCODE = 'XX001'; END $$")

    ledger.close()
    assert str(caught.value).startswith(f"ledger postgresql+psycopg://{USER}:***@/")
    assert "cannot be used: seen ***" in str(caught.value)


class Said(Exception):
    """An error of the driver."""

    def __init__(self, state: str | None, said: str = "") -> None:
        super().__init__(said)
        self.sqlstate = state


@pytest.mark.parametrize(
    ("error", "made", "words"),
    [
        (Said("08006"), errors.ConfigurationError, "run again"),
        (Said("57P01"), errors.ConfigurationError, "run again"),
        (Said("57P03"), errors.ConfigurationError, "run again"),
        (Said("28P01"), errors.ConfigurationError, "password"),
        (Said("3D000"), errors.ConfigurationError, "createdb"),
        (Said("3F000"), errors.ConfigurationError, "schema"),
        (Said("42501"), errors.ConfigurationError, "own the database"),
        (Said("25006"), errors.ConfigurationError, "primary"),
        (Said("53100"), errors.ConfigurationError, "disk"),
        (Said("53300"), errors.ConfigurationError, "later"),
        (Said("55P03"), errors.Locked, "10 s"),
        (Said("40P01"), errors.Locked, "same rows"),
        (Said("40001"), errors.Locked, "same rows"),
        (Said(None, 'FATAL: role "x" does not exist'), errors.ConfigurationError, "createuser"),
        (Said(None, "FATAL: the database system is starting up"), errors.ConfigurationError, "restarting"),
        (Said(None, "connection timeout expired"), errors.ConfigurationError, "cannot be reached"),
    ],
)
def test_what_the_server_says_becomes_an_error_with_a_remedy(error: Said, made: type[Exception], words: str) -> None:
    found = postgresql.remedy(OperationalError("SELECT", {}, error))

    assert found is not None
    assert found[0] is made
    assert words in found[1]


def test_a_connection_that_broke_without_a_word_has_a_remedy() -> None:
    error = OperationalError("SELECT", {}, Said(None, "server closed the connection"), connection_invalidated=True)

    assert postgresql.remedy(error) == (errors.ConfigurationError, postgresql.RESTARTED)


@pytest.mark.parametrize("error", [Said("22001", "value too long"), Said(None, "something new")])
def test_what_has_no_remedy_is_told_as_it_is(error: Said) -> None:
    assert postgresql.remedy(OperationalError("SELECT", {}, error)) is None


def test_an_address_may_name_its_own_waits() -> None:
    told = postgresql.arguments(make_url("postgresql://u@db/x?connect_timeout=3"))

    assert told == {"tcp_user_timeout": "30000", "keepalives_idle": "30"}
