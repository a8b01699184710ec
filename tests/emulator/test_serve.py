"""The emulator as a process of its own, over real sockets."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from emulator.recordings import hexed, md5, wav

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


LARGE = wav(600)  # about 19 MB: far more than a socket holds


def granted(told: dict[str, str], name: str) -> dict[str, Any]:
    """An address for the large file."""
    with signed_in(told) as client:
        answer = client.post("/api/v2/uploads/recordings", json={"fileName": name, "contentMd5": md5(LARGE)})
        found: dict[str, Any] = answer.json()
        return found


def files(told: dict[str, str]) -> int:
    return int(httpx.get(told["admin_url"] + "/recordings").json()["files"])


def test_a_large_recording_is_put_through_a_socket(served: dict[str, str]) -> None:
    wanted = granted(served, "large.wav")

    answer = httpx.put(wanted["url"], content=LARGE, headers=wanted["headers"])

    assert (answer.status_code, answer.content, answer.headers["etag"]) == (200, b"", f'"{hexed(LARGE)}"')


def test_a_refused_upload_gets_its_answer_however_large_it_is(served: dict[str, str]) -> None:
    wanted = granted(served, "refused.wav")

    answer = httpx.put(wanted["url"], content=LARGE)

    assert (answer.status_code, "SignatureDoesNotMatch" in answer.text) == (403, True)


@pytest.mark.parametrize("rule", [{"cut_bytes": 1_000_000}, {"cut_before": True}, {"lost": True}])
def test_a_cut_upload_is_there_as_a_whole_or_not_at_all(served: dict[str, str], rule: dict[str, Any]) -> None:
    wanted, before = granted(served, "cut.wav"), files(served)
    httpx.post(served["admin_url"] + "/faults", json={"operation": "PUT /storage/*", "times": 1} | rule)

    with pytest.raises(httpx.TransportError):
        httpx.put(wanted["url"], content=LARGE, headers=wanted["headers"])

    assert files(served) - before == ("lost" in rule)


def test_an_upload_that_its_client_breaks_off_is_not_taken(served: dict[str, str]) -> None:
    wanted, before = granted(served, "broken.wav"), files(served)
    parts = urlsplit(wanted["url"])
    lines = [f"PUT {parts.path}?{parts.query} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(LARGE)}"]
    lines += [f"{name}: {value}" for name, value in wanted["headers"].items()]

    with socket.create_connection((parts.hostname, parts.port)) as door:
        door.sendall("\r\n".join([*lines, "", ""]).encode() + LARGE[:100_000])

    assert httpx.put(wanted["url"], content=LARGE, headers=wanted["headers"]).status_code == 200
    assert files(served) - before == 1


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
