from __future__ import annotations

import asyncio
import socket

import httpx
import pytest

from reconciler.errors import UsageError
from reconciler.telemetry.metrics import CONTENT_TYPE, Metrics
from reconciler.telemetry.serve import HOST, application, served


def get(path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(application(Metrics())), base_url="http://test") as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_numbers_come_in_the_text_format() -> None:
    answer = get("/metrics")

    assert answer.headers["content-type"] == CONTENT_TYPE
    assert "reconciler_requests_total 0.0" in answer.text


def test_a_supervisor_is_answered() -> None:
    assert get("/healthz").text == "ok\n"


def test_nothing_else_is_there() -> None:
    assert get("/").status_code == 404


def test_a_free_port_is_taken_and_given_back() -> None:
    with served(Metrics(), 0) as port:
        answer = httpx.get(f"http://{HOST}:{port}/healthz")

    assert answer.status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://{HOST}:{port}/healthz")


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{port}"), served(Metrics(), port):
            pass
