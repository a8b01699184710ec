"""`emulate` as others build on it: one line of JSON on stdout, and a quick end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import orjson
import pytest


@contextmanager
def emulate(*words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "reconciler", "emulate", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_announces_itself_in_one_line_and_ends_within_two_seconds(number: int) -> None:
    with emulate("--port", "0", "--seed", "demo", "--rate-limit", "0") as process:
        assert process.stdout
        addresses = orjson.loads(process.stdout.readline())
        with httpx.Client() as client:  # a connection that stays open does not hold it up
            state = client.get(f"{addresses['admin_url']}/state").json()
            process.send_signal(number)
            sent = time.monotonic()
            rest, errors = process.communicate()
            took = time.monotonic() - sent

    assert list(addresses) == ["api_url", "login_url", "admin_url", "client_id", "client_secret"]
    assert state["users"]
    assert (process.returncode, rest, errors) == (0, "", "")
    assert took < 2


def test_a_port_that_is_taken_is_named() -> None:
    with emulate("--port", "0") as first:
        assert first.stdout
        port = orjson.loads(first.stdout.readline())["api_url"].rpartition(":")[2]
        with emulate("--port", port) as second:
            out, err = second.communicate()

    assert (second.returncode, out) == (64, "")
    assert f"cannot listen on 127.0.0.1:{port}" in err
    assert "choose another port, or 0 for a free one" in err
