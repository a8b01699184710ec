from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import orjson
import pytest

from reconciler.api.outside import Storage, get, post
from reconciler.errors import ApiError, Lost, Rejected, Unavailable

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


# ── getting ──────────────────────────────────────────────────────────────────────────────────────────────────────────

FEED = "https://platform.example/agents?key=very-secret"


def fetch(answer: Callable[[httpx.Request], httpx.Response], url: str = FEED, **more: str) -> bytes:
    return asyncio.run(get(url, most=10, transport=httpx.MockTransport(answer), **more))


def test_a_body_comes_as_it_is_with_the_authorization_that_was_given() -> None:
    heard: list[str] = []

    assert (
        fetch(
            lambda one: heard.append(one.headers["authorization"]) or httpx.Response(200, content=b"[]"), authorization="Bearer x"
        )
        == b"[]"
    )
    assert heard == ["Bearer x"]


def test_without_authorization_none_is_sent() -> None:
    heard: list[bool] = []

    fetch(lambda one: heard.append("authorization" in one.headers) or httpx.Response(200))

    assert heard == [False]


@pytest.mark.parametrize("status", [302, 401, 403, 404, 503])
def test_any_other_answer_is_told_without_the_address_s_secrets(status: int) -> None:
    with pytest.raises(Unavailable) as error:
        fetch(lambda _: httpx.Response(status, headers={"Location": "https://elsewhere.example"}))

    assert "GET feed at platform.example" in str(error.value)
    assert ("RECONCILER_FEED_AUTHORIZATION" in str(error.value)) is (status in (401, 403))
    assert "very-secret" not in str(error.value)


def test_an_answer_without_end_is_cut_off() -> None:
    with pytest.raises(Unavailable, match="larger than 10 bytes"):
        fetch(lambda _: httpx.Response(200, content=b"x" * 11))


def test_no_answer_to_a_look_is_told_without_the_address_s_secrets() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout(f"cannot read {request.url}")

    with pytest.raises(Unavailable, match="ReadTimeout") as error:
        fetch(broken)

    assert "very-secret" not in str(error.value)


PUT_URL = "https://store.example/bucket/key?X-Amz-Signature=very-secret"
HEADERS = {"Content-MD5": "bWQ1", "x-amz-tagging": "a=b"}


def put(answer: Callable[[httpx.Request], httpx.Response], size: int = 6) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"def"

    async def work() -> None:
        async with Storage(1, httpx.MockTransport(answer)) as storage:
            await storage.put(PUT_URL, HEADERS, pieces(), size)

    asyncio.run(work())


def test_a_recording_goes_with_its_headers_and_no_others() -> None:
    heard: list[httpx.Request] = []

    put(lambda request: heard.append(request) or httpx.Response(200))

    (one,) = heard
    assert (one.method, str(one.url), one.content) == ("PUT", PUT_URL, b"abcdef")
    assert dict(one.headers) == {"host": "store.example", "content-md5": "bWQ1", "x-amz-tagging": "a=b", "content-length": "6"}


@pytest.mark.parametrize(
    ("status", "error"),
    [(301, Rejected), (400, Rejected), (403, Rejected), (408, Lost), (429, Lost), (500, Lost), (503, Lost)],
)
def test_what_a_storage_answers_is_sorted_by_what_to_do(status: int, error: type[ApiError]) -> None:
    xml = b"<Error><Code>SomeCode</Code><Message>very-secret</Message></Error>"

    with pytest.raises(error) as caught:
        put(lambda _: httpx.Response(status, content=xml))

    assert (caught.value.status, caught.value.code) == (status, "SomeCode")
    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("broken", "error"),
    [(httpx.ConnectError("x"), Unavailable), (httpx.ReadError("x"), Lost), (httpx.UnsupportedProtocol("x"), Rejected)],
)
def test_no_answer_of_a_storage_is_sorted_by_how_far_it_came(broken: Exception, error: type[ApiError]) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise broken

    with pytest.raises(error, match=r"store\.example"):
        put(fail)


def test_an_endless_answer_of_a_storage_is_not_read_to_its_end() -> None:
    read: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            read.append(1)
            yield b"x" * 4096

    with pytest.raises(Rejected):
        put(lambda _: httpx.Response(403, content=endless()))

    assert len(read) < 5
