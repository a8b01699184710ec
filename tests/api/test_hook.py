from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import orjson
import pytest

from reconciler.api.hook import post
from reconciler.errors import Unavailable

URL = "https://hook.example/services/T000/very-secret"


def send(answer: Callable[[httpx.Request], httpx.Response], url: str = URL) -> None:
    asyncio.run(post(url, {"text": "山田"}, transport=httpx.MockTransport(answer)))


def test_the_text_goes_out_as_json() -> None:
    heard: list[httpx.Request] = []

    send(lambda request: heard.append(request) or httpx.Response(204))

    assert [(one.method, str(one.url), one.headers["content-type"]) for one in heard] == [("POST", URL, "application/json")]
    assert orjson.loads(heard[0].content) == {"text": "山田"}


@pytest.mark.parametrize("status", [301, 400, 404, 500])
def test_anything_but_success_is_told_without_the_address(status: int) -> None:
    with pytest.raises(Unavailable) as error:
        send(lambda _: httpx.Response(status, headers={"Location": "https://elsewhere.example"}))

    assert "hook.example" in str(error.value)
    assert str(status) in str(error.value)
    assert "very-secret" not in str(error.value)


def test_no_answer_is_told_without_the_address() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"cannot reach {request.url}")

    with pytest.raises(Unavailable, match="ConnectError") as error:
        send(broken)

    assert "very-secret" not in str(error.value)


@pytest.mark.parametrize("url", ["http://[::1", "nonsense", "http://"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(Unavailable):
        asyncio.run(post(url, {}))
