"""The web hook: who may send what, and what is acknowledged."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import socket
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from reconciler.errors import ConfigurationError, UsageError
from reconciler.feeds.chunk import Record
from reconciler.feeds.hook import HOST, Hook, build, served
from reconciler.feeds.proof import HUB as HUB_STYLE
from reconciler.feeds.proof import Proof, twilio

NOW = 1_766_400_000
BODY = b'{"a": 1}\n{"b": 2}'
SIGNED = Proof(secrets=("new secret", "old secret"))
BEARER = Proof(tokens=("new token", "old token"))
HUB = Proof(secrets=("new secret", "old secret"), style=HUB_STYLE)
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
TWILIO = Proof(secrets=("12345", "old secret"), style=twilio(URL))
FORM = b"CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309"
"""An address, a token and a form of which many libraries say the signature."""
FORM_SIGNATURE = {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
JSON = b'{"property": "value", "boolean": true}'
JSON_QUERY = f"foo=1&bar=2&bodySHA256={hashlib.sha256(JSON).hexdigest()}"
JSON_SIGNATURE = {"X-Twilio-Signature": "a9nBmqA0ju/hNViExpshrM61xv4="}


class Inbox:
    """Keeps what is published; `trouble` is raised instead."""

    def __init__(self, trouble: Exception | None = None, *, is_full: bool = False) -> None:
        self.records: list[Record] = []
        self.trouble, self.is_full = trouble, is_full

    async def publish(self, records: list[Record]) -> int:
        if self.trouble:
            raise self.trouble
        self.records += records
        return len(records) - 1


def sign(body: bytes, secret: str = "new secret", at: object = NOW) -> dict[str, str]:
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Reconciler-Timestamp": str(at), "X-Reconciler-Signature": f"sha256={digest}"}


def hub(body: bytes, secret: str = "new secret") -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def post(
    hook: Hook, inbox: Inbox, headers: dict[str, str], body: Any = BODY, *, times: int = 1, **request: Any
) -> httpx.Response:
    app = build(inbox.publish, hook, clock=lambda: NOW + 0.5, is_full=lambda: inbox.is_full)

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hook") as client:
            for _ in range(times):
                answer = await client.request(
                    request.get("method", "POST"), request.get("path", "/"), content=body, headers=headers
                )
            return answer

    return asyncio.run(send())


def status(proof: Proof, headers: dict[str, str], body: Any = BODY, frame: str = "json") -> int:
    inbox = Inbox()
    answer = post(Hook(frame, proof), inbox, headers, body)
    assert bool(inbox.records) == (answer.status_code == 202)
    return answer.status_code


def test_events_are_acknowledged_when_they_are_published() -> None:
    inbox = Inbox()

    answer = post(Hook("json", SIGNED), inbox, sign(BODY), times=2)

    assert (answer.status_code, answer.json()) == (202, {"received": 2, "new": 1})
    assert inbox.records == [
        (b'{"a": 1}', "hook:1:1"),
        (b'{"b": 2}', "hook:1:2"),
        (b'{"a": 1}', "hook:2:1"),
        (b'{"b": 2}', "hook:2:2"),
    ]


@pytest.mark.parametrize(
    ("proof", "headers", "expected"),
    [
        (SIGNED, sign(BODY), 202),
        (SIGNED, sign(BODY, "old secret"), 202),
        (SIGNED, sign(BODY) | {"X-Reconciler-Signature": sign(BODY)["X-Reconciler-Signature"].upper()}, 202),
        (SIGNED, sign(BODY, "other secret"), 403),
        (SIGNED, sign(BODY + b" "), 403),
        (SIGNED, sign(BODY) | {"X-Reconciler-Timestamp": str(NOW + 1)}, 403),
        (SIGNED, sign(BODY) | {"X-Reconciler-Signature": "sha256=é"}, 403),
        (SIGNED, sign(BODY) | {"X-Reconciler-Signature": ""}, 403),
        (SIGNED, {"X-Reconciler-Signature": sign(BODY)["X-Reconciler-Signature"]}, 401),
        (SIGNED, hub(BODY), 401),
        (SIGNED, bearer("new secret"), 401),
        (SIGNED, {}, 401),
        (SIGNED, sign(BODY, at=NOW - 299), 202),
        (SIGNED, sign(BODY, at=NOW - 300), 403),
        (SIGNED, sign(BODY, at=NOW + 300), 202),
        (SIGNED, sign(BODY, at=NOW + 301), 403),
        (SIGNED, sign(BODY, at="soon"), 403),
        (SIGNED, sign(BODY, at="9" * 5000), 403),
        (SIGNED, sign(BODY, at=f"{NOW}.0"), 403),
        (HUB, hub(BODY), 202),
        (HUB, hub(BODY, "old secret"), 202),
        (HUB, hub(BODY, "other secret"), 403),
        (HUB, sign(BODY), 401),
        (BEARER, bearer("new token"), 202),
        (BEARER, bearer("old token"), 202),
        (BEARER, {"Authorization": "bearer old token"}, 202),
        (BEARER, bearer("other token"), 403),
        (BEARER, bearer("new"), 403),
        (BEARER, {"Authorization": "Basic new token"}, 401),
        (BEARER, sign(BODY, "new token"), 401),
        (BEARER, {}, 401),
        (Proof(secrets=("s",), tokens=("t",)), bearer("t"), 202),
        (Proof(secrets=("s",), tokens=("t",)), sign(BODY, "s"), 202),
        (Proof(secrets=("s",), tokens=("t",)), sign(BODY, "t"), 403),
        (Proof(secrets=("s",), tokens=("t",)), {}, 401),
    ],
)
def test_who_may_send(proof: Proof, headers: dict[str, str], expected: int) -> None:
    assert status(proof, {name: value.encode() for name, value in headers.items()}) == expected  # type: ignore[misc]


@pytest.mark.parametrize(
    ("frame", "body", "expected"),
    [
        ("json", b"[{}, {}]", 202),
        ("json", b"", 400),
        ("json", b"[]", 400),
        ("json", b'{"a": ', 400),
        ("json", b"a=1&b=2", 400),
        ("lines", b"a=1&b=2", 202),
        ("lines", b"\n\n", 400),
        ("xml", b"<a/>", 202),
        ("xml", b"<a>", 400),
    ],
)
def test_what_may_be_sent(frame: str, body: bytes, expected: int) -> None:
    assert status(BEARER, bearer("new token"), body, frame) == expected


def test_a_body_that_is_refused_is_told_where() -> None:
    answer = post(Hook("json", BEARER), Inbox(), bearer("new token"), b'{"a": 1}\n{"secret": ')

    assert answer.json() == {"error": "line 2 of the body: it is never closed"}


def test_a_body_may_be_as_large_as_the_limit() -> None:
    hook = Hook("lines", BEARER, limit=100)

    assert post(hook, Inbox(), bearer("new token"), b"a" * 100).status_code == 202
    assert post(hook, Inbox(), bearer("new token"), b"a" * 101).status_code == 413


@pytest.mark.parametrize("told", [{}, {"Content-Length": "10"}])
def test_a_body_without_a_true_length_is_not_read_beyond_the_limit(told: dict[str, str]) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"a" * 10

    answer = post(Hook("lines", BEARER, limit=100), Inbox(), bearer("new token") | told, endless())

    assert answer.status_code == 413
    assert sent < 20


def test_a_length_that_is_too_large_is_refused_unread() -> None:
    async def never() -> AsyncIterator[bytes]:
        pytest.fail("the body was read")
        yield b""

    answer = post(Hook("lines", BEARER), Inbox(), bearer("new token") | {"Content-Length": "1048577"}, never())

    assert answer.status_code == 413


def test_a_sender_without_proof_is_refused_unread() -> None:
    async def never() -> AsyncIterator[bytes]:
        pytest.fail("the body was read")
        yield b""

    assert post(Hook("lines", SIGNED), Inbox(), {}, never()).status_code == 401


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def never() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    assert post(Hook("lines", BEARER, body_seconds=0), Inbox(), bearer("new token"), never()).status_code == 408


def test_a_compressed_body_is_refused() -> None:
    answer = post(Hook("lines", BEARER), Inbox(), bearer("new token") | {"Content-Encoding": "gzip"})

    assert answer.status_code == 415


@pytest.mark.parametrize("inbox", [Inbox(OSError("disk full: /secret/place")), Inbox(ValueError("no")), Inbox(is_full=True)])
def test_what_cannot_be_taken_over_is_to_be_sent_again(inbox: Inbox) -> None:
    answer = post(Hook("json", BEARER), inbox, bearer("new token"))

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "secret" not in answer.text


def test_only_posts_to_the_path_are_heard() -> None:
    hook = Hook("json", BEARER, path="/events")

    assert post(hook, Inbox(), bearer("new token"), path="/events").status_code == 202
    assert post(hook, Inbox(), bearer("new token"), path="/").status_code == 404
    assert post(hook, Inbox(), bearer("new token"), path="/events", method="PUT").status_code == 405


def token(body: bytes, query: str, secret: str = "12345") -> dict[str, str]:
    """A signature by Twilio over an address with this query, and a form."""
    form = "".join(name + value for name, value in sorted(parse_qsl(body.decode(), keep_blank_values=True)))
    text = f"{URL.partition('?')[0]}?{query}{form}".encode()
    return {"X-Twilio-Signature": b64encode(hmac.new(secret.encode(), text, hashlib.sha1).digest()).decode()}


GIVEN = "foo=1&bar=2"
TAIL = b'&\n{"eventtype": "worker.activity.update"}'


@pytest.mark.parametrize(
    ("headers", "body", "query", "expected"),
    [
        (FORM_SIGNATURE, FORM, GIVEN, 202),
        (JSON_SIGNATURE, JSON, JSON_QUERY, 202),
        (token(FORM, GIVEN), FORM, GIVEN, 202),
        (token(FORM, GIVEN, "old secret"), FORM, GIVEN, 202),
        (token(b"A=%E5%B1%B1&B=", GIVEN), b"A=%E5%B1%B1&B=", GIVEN, 202),
        (token(FORM, GIVEN, "other"), FORM, GIVEN, 403),
        ({"X-Twilio-Signature": FORM_SIGNATURE["X-Twilio-Signature"].lower()}, FORM, GIVEN, 403),
        ({"X-Twilio-Signature": ""}, FORM, GIVEN, 403),
        (FORM_SIGNATURE, FORM, "foo=1", 403),
        (FORM_SIGNATURE, FORM.replace(b"Digits=1234", b"Digits=1235"), GIVEN, 403),
        (FORM_SIGNATURE, FORM + TAIL, GIVEN, 403),
        (FORM_SIGNATURE, FORM + b"&" + FORM, GIVEN, 202),
        (token(b"", GIVEN), JSON, GIVEN, 403),
        (JSON_SIGNATURE, JSON + b" ", JSON_QUERY, 403),
        (JSON_SIGNATURE, JSON, GIVEN, 403),
        (token(b"", "bodySHA256=%C3%A9"), JSON, "bodySHA256=%C3%A9", 403),
        (token(b"", GIVEN), b"\xff\xfe", GIVEN, 403),
        (hub(FORM, "12345"), FORM, GIVEN, 401),
        ({}, FORM, GIVEN, 401),
    ],
)
def test_twilio_may_send_what_it_has_signed(headers: dict[str, str], body: bytes, query: str, expected: int) -> None:
    """All of the body is signed, or nothing of it counts."""
    inbox = Inbox()

    answer = post(Hook("lines", TWILIO), inbox, headers, body, path=f"/?{query}")

    assert answer.status_code == expected
    assert bool(inbox.records) == (expected == 202)


@pytest.mark.parametrize("proof", [SIGNED, HUB, BEARER, TWILIO])
@pytest.mark.parametrize(
    "headers", [sign(BODY, "wrong"), hub(BODY, "wrong"), bearer("wrong"), sign(BODY), hub(BODY), bearer("new token")]
)
def test_no_secret_is_shown(proof: Proof, headers: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    answer = post(Hook("json", proof), Inbox(OSError("full")), headers)

    shown = answer.text + str(answer.headers) + caplog.text + repr(Hook("json", proof))
    for secret in ("new secret", "old secret", "new token", "old token", *headers.values()):
        assert secret not in shown or secret == str(NOW)


@pytest.mark.parametrize("nothing", [{}, {"secrets": ("",)}, {"tokens": ("token", " ")}])
def test_a_hook_without_a_secret_is_refused(nothing: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ConfigurationError, match="secret"):
        Proof(**nothing)  # type: ignore[arg-type]


async def talk(inbox: Inbox, say: Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]) -> httpx.Response:
    app = build(inbox.publish, Hook("json", BEARER), clock=lambda: NOW)
    async with served(app, 0) as port, httpx.AsyncClient(base_url=f"http://{HOST}:{port}") as client:
        return await say(client)


def test_a_socket_answers_like_the_application() -> None:
    inbox = Inbox()

    async def say(client: httpx.AsyncClient) -> httpx.Response:
        assert (await client.post("/", content=BODY)).status_code == 401
        assert (await client.post("/", content=b"a" * 2_000_000, headers=bearer("new token"))).status_code == 413
        return await client.post("/", content=BODY, headers=bearer("new token"))

    assert asyncio.run(talk(inbox, say)).status_code == 202
    assert len(inbox.records) == 2


def test_a_request_that_has_begun_is_finished_when_serving_ends() -> None:
    class Slow(Inbox):
        async def publish(self, records: list[Record]) -> int:
            begun.set()
            await ending.wait()
            return await super().publish(records)

    inbox, begun, ending = Slow(), asyncio.Event(), asyncio.Event()

    async def stop() -> int:
        app = build(inbox.publish, Hook("json", BEARER), clock=lambda: NOW)
        async with httpx.AsyncClient() as client:
            async with served(app, 0) as port:
                sending = asyncio.ensure_future(client.post(f"http://{HOST}:{port}/", content=BODY, headers=bearer("new token")))
                await begun.wait()
                asyncio.get_running_loop().call_later(0.2, ending.set)
            assert ending.is_set()
            with pytest.raises(httpx.ConnectError):
                await client.post(f"http://{HOST}:{port}/")
            return (await sending).status_code

    assert asyncio.run(stop()) == 202
    assert len(inbox.records) == 2


def test_a_port_that_is_taken_is_told() -> None:
    async def serve() -> None:
        async with served(build(Inbox().publish, Hook("json", BEARER), clock=lambda: NOW), port):
            pass

    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use; choose another port"):
            asyncio.run(serve())


def test_an_address_that_is_nobodys_is_told() -> None:
    async def serve() -> None:
        async with served(build(Inbox().publish, Hook("json", BEARER), clock=lambda: NOW), 0, host="192.0.2.1"):
            pass

    with pytest.raises(UsageError, match=r"cannot listen on 192\.0\.2\.1"):
        asyncio.run(serve())
