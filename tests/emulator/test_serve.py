"""The emulator as a process of its own, over real sockets."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from reconciler.emulator.app import Config
from reconciler.emulator.serve import serve

if TYPE_CHECKING:
    from tests.emulator.conftest import Start


@pytest.fixture(scope="module")
def served(start: Start) -> Iterator[dict[str, str]]:
    with start(rate_limit=0) as (_, told):
        yield told


@contextmanager
def signed_in(told: dict[str, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=told["api_url"]) as client:
        form = {"grant_type": "client_credentials"}
        token = client.post("/oauth/token", data=form, auth=(told["client_id"], told["client_secret"])).json()
        client.headers["Authorization"] = f"Bearer {token['access_token']}"
        yield client


def test_both_ports_answer_when_they_are_announced(served: dict[str, str]) -> None:
    with signed_in(served) as client:
        assert client.get("/api/v2/tokens/me").status_code == 200
    assert httpx.get(served["admin_url"] + "/requests").status_code == 200
    assert served.keys() == {"api_url", "login_url", "admin_url", "client_id", "client_secret"}


@pytest.mark.parametrize("rule", [{"cut_before": True}, {"lost": True}])
def test_a_cut_closes_the_connection_without_an_answer(served: dict[str, str], rule: dict[str, bool]) -> None:
    rule = {"operation": "POST /api/v2/routing/skills", "times": 1} | rule
    httpx.post(served["admin_url"] + "/faults", json=rule)

    with signed_in(served) as client:
        before = client.get("/api/v2/routing/skills").json()["total"]
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            client.post("/api/v2/routing/skills", json={"name": f"Cut {rule}"})
        after = client.get("/api/v2/routing/skills").json()["total"]

    assert after - before == ("lost" in rule)


def test_more_than_five_connections_are_a_violation(served: dict[str, str]) -> None:
    httpx.post(served["admin_url"] + "/requests/reset")

    with signed_in(served) as client:
        others = [httpx.Client(base_url=served["api_url"], headers=client.headers) for _ in range(5)]
        for one in others:
            one.get("/api/v2/tokens/me")
        assert httpx.get(served["admin_url"] + "/requests").json()["violations"] == []
        client.get("/api/v2/tokens/me")
        for one in others:
            one.close()

    found = httpx.get(served["admin_url"] + "/requests").json()["violations"]
    assert [one["code"] for one in found] == ["too.many.connections"]


def test_answers_do_not_wait_for_an_acknowledgement(served: dict[str, str]) -> None:
    """Without the protocol named on the listening socket, Nagle's algorithm costs 40 ms an answer."""
    with signed_in(served) as client:
        started = time.perf_counter()
        for _ in range(50):
            client.get("/api/v2/tokens/me")

    assert time.perf_counter() - started < 1.5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_two_seconds_without_a_word(start: Start, number: signal.Signals) -> None:
    with start() as (started, told), signed_in(told) as client:
        client.get("/api/v2/users")

        started.send_signal(number)

        assert started.wait(2) == 0
        assert (started.stdout.read(), started.stderr.read()) == ("", "")


def test_it_listens_on_loopback_only_at_the_port_it_was_told(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]

    with start(port) as (_, told):
        assert told["api_url"] == told["login_url"] == f"http://127.0.0.1:{port}"


def test_latency_delays_every_answer(start: Start) -> None:
    with start(latency_ms=50) as (_, told), signed_in(told) as client:
        started = time.perf_counter()
        client.get("/api/v2/tokens/me")

        assert time.perf_counter() - started >= 0.05


def test_a_port_that_is_taken_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door, pytest.raises(OSError, match="in use"):
        serve(Config(), port=door.getsockname()[1], announce=print)
