"""Events that are posted: taken over from whoever proves who they are, and told."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from base64 import b64encode

import httpx
import pytest
from flow.shift import Shift, rows

from reconciler.errors import ConfigurationError
from reconciler.pipeline import run as running
from reconciler.pipeline.tally import Report

URL = "https://events.example/acme"
BODY = "".join(rows("-60 a1 ADDMEMBER", "-30 a1 PAUSE lunch"))


@pytest.fixture(autouse=True)
def proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_HOOK_TOKENS", "token")
    monkeypatch.setenv("RECONCILER_HOOK_SECRETS", "secret")


def signed() -> tuple[str, str]:
    """A query with the digest of the body, and Twilio's signature over the address with it."""
    query = f"bodySHA256={hashlib.sha256(BODY.encode()).hexdigest()}"
    made = hmac.new(b"secret", f"{URL}?{query}".encode(), hashlib.sha1).digest()
    return query, b64encode(made).decode()


def heard(shift: Shift, query: str, **headers: str) -> tuple[int, Report]:
    """What a sender is answered, and what the runner has done by then; it ends when all was told, or nothing was taken."""

    async def scene() -> tuple[int, Report]:
        address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        over: list[bool] = []

        def told(report: Report) -> None:
            over.extend([True] * (report.sent >= 3))

        wishes = running.Wishes(listen="0", listening=address.set_result, told=told, stopping=lambda: bool(over))
        task = asyncio.ensure_future(running.run(shift.settings, wishes, shift.doors))
        await asyncio.wait([task, address], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return 0, task.result()
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{address.result()}?{query}", content=BODY, headers=headers)
        if answer.status_code != 202:
            over.append(True)
        return answer.status_code, await task

    return asyncio.run(scene())


def test_what_is_posted_with_a_token_is_told(shift: Shift) -> None:
    status, report = heard(shift, "", authorization="Bearer token")

    assert (status, report.read, report.quarantined) == (202, 2, 0)
    assert shift.shows("a1") == "Lunch OFF_QUEUE"


@pytest.mark.parametrize(("signature", "status", "shown"), [("", 202, "Lunch OFF_QUEUE"), ("x", 403, "Offline OFF_QUEUE")])
def test_what_twilio_has_signed_is_told(shift: Shift, signature: str, status: int, shown: str) -> None:
    shift.configure(f'runners: {{hook_signature: twilio, hook_url: "{URL}"}}\n')
    query, good = signed()

    found, _ = heard(shift, query, **{"x-twilio-signature": signature or good})

    assert found == status
    assert shift.shows("a1") == shown


def test_twilio_signs_an_address_that_has_to_be_known(shift: Shift) -> None:
    shift.configure("runners: {hook_signature: twilio}\n")

    with pytest.raises(ConfigurationError, match=r"runners\.hook_url"):
        heard(shift, "")
