"""Presigned addresses and what may be put to them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from emulator.recordings import UPLOADS, grant, hexed, md5, put, told, upload, wav

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.emulator.conftest import Org

    Refused = Callable[[httpx.Response], tuple[int, str]]

PUT = "PUT /storage/recordings/{uploadKey}"


def failure(response: httpx.Response) -> tuple[int, str]:
    """Status and code of an error document."""
    assert response.headers["content-type"].startswith("application/xml")
    return response.status_code, response.text.partition("<Code>")[2].partition("<")[0]


def violations(org: Org) -> list[str]:
    return [one["code"] for one in org.admin("GET", "/requests")["violations"]]


def fault(org: Org, **rule: Any) -> None:
    org.admin("POST", "/faults", {"operation": PUT, "times": 1} | rule)


# ── the address ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_address_comes_with_key_and_headers(org: Org) -> None:
    granted = grant(org, "2026/call.wav", b"x", serverSideEncryption="AES256")

    assert granted["url"].startswith("http://api.test/storage/recordings/")
    assert granted["uploadKey"].endswith("/2026/call.wav")
    assert (
        granted["headers"].items()
        > {
            "Content-MD5": md5(b"x"),
            "Content-Type": "audio/wav",
            "x-amz-server-side-encryption": "AES256",
        }.items()
    )


def test_everything_about_a_file_is_optional(org: Org) -> None:
    granted = org.made(UPLOADS, {})

    assert put(org, granted, wav()).status_code == 200


def test_an_address_lives_ten_minutes_unless_told_otherwise(org: Org) -> None:
    query = parse_qs(urlsplit(grant(org)["url"]).query)
    longer = parse_qs(urlsplit(grant(org, signedUrlTimeoutSeconds=604_800)["url"]).query)

    assert (query["X-Amz-Expires"], longer["X-Amz-Expires"]) == (["600"], ["604800"])


@pytest.mark.parametrize("name", [".call.wav", "calls/", *(f"a{sign}b.wav" for sign in ' \t\n\\{^}%`]">[~<#|\u3000')])
def test_a_name_that_breaks_the_rules_is_refused(org: Org, refused: Refused, name: str) -> None:
    assert refused(org("POST", UPLOADS, {"fileName": name})) == (400, "constraint.validation")
    assert violations(org) == ["constraint.validation"]


@pytest.mark.parametrize("name", ["a.wav", "a/b.c/d.wav", "通話_1.wav", "a+b&c=d;e,f'(1)!$@:*?.wav", "x" * 300])
def test_any_other_name_is_put_and_kept(org: Org, name: str) -> None:
    upload(org, name)

    assert told(org, "*")["content"][hexed(wav())][0]["fileName"] == name


@pytest.mark.parametrize(
    "wrong",
    [
        {"signedUrlTimeoutSeconds": 0},
        {"signedUrlTimeoutSeconds": 604_801},
        {"contentMd5": "d41d8cd98f00b204e9800998ecf8427e"},
        {"contentType": "audio"},
        {"contentType": "audio/wav\r\nX-Evil: 1"},
    ],
)
def test_a_request_that_makes_no_sense_is_refused(org: Org, refused: Refused, wrong: dict[str, Any]) -> None:
    assert refused(org("POST", UPLOADS, wrong)) == (400, "constraint.validation")


def test_an_upload_needs_its_permission(org: Org, refused: Refused) -> None:
    narrow = org.admin("POST", "/clients", {"permissions": ["recording:recording:view"]})
    token = org.sign_in(narrow["client_id"], narrow["client_secret"])

    assert refused(org("POST", UPLOADS, {}, token=token)) == (403, "missing.permissions")


def test_only_the_request_for_an_address_counts_against_the_limit(emulate: Callable[..., Org]) -> None:
    org = emulate(rate_limit=1)
    granted = grant(org, content=wav())

    assert [put(org, granted, wav()).status_code for _ in range(3)] == [200] * 3


# ── the bytes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_put_is_told_by_its_digest(org: Org) -> None:
    upload(org, "call.wav", wav(2))

    shown = told(org, hexed(wav(2)))

    assert (shown["urls"], shown["uploads"], shown["files"], shown["bytes"]) == (1, 1, 1, len(wav(2)))
    file = shown["content"][hexed(wav(2))][0]
    assert (file["size"], file["media"], file["seconds"]) == (len(wav(2)), "wav", 2.0)


def test_a_put_answers_the_digest_and_no_body(org: Org) -> None:
    answer = put(org, grant(org, content=wav()), wav())

    assert (answer.status_code, answer.content, answer.headers["etag"]) == (200, b"", f'"{hexed(wav())}"')


def test_an_address_serves_again_until_it_expires(org: Org) -> None:
    granted = grant(org, content=wav())

    put(org, granted, wav())
    org.now += 599
    assert put(org, granted, wav()).status_code == 200
    org.now += 1
    assert failure(put(org, granted, wav())) == (403, "AccessDenied")

    shown = told(org)
    assert (shown["files"], shown["uploads"], shown["overwritten"]) == (1, 2, 1)
    assert violations(org) == []


def test_a_second_address_for_the_same_content_makes_a_second_file(org: Org) -> None:
    upload(org)
    upload(org)

    assert {name: told(org)[name] for name in ("files", "contents", "repeated")} == {"files": 2, "contents": 1, "repeated": 1}


def test_the_same_name_can_be_the_same_key(org: Org) -> None:
    org.turn(recording_upload_key="file_name")

    assert upload(org) == upload(org)
    assert told(org)["files"] == 1


@pytest.mark.parametrize("name", ["Content-MD5", "Content-Type", "x-amz-tagging"])
def test_every_header_given_must_come_with_the_bytes(org: Org, name: str) -> None:
    granted = grant(org, content=wav())
    del granted["headers"][name]

    assert failure(put(org, granted, wav())) == (403, "SignatureDoesNotMatch")
    assert (told(org)["refused"], violations(org)) == ({"SignatureDoesNotMatch": 1}, ["SignatureDoesNotMatch"])


def test_a_changed_header_is_refused(org: Org) -> None:
    assert failure(put(org, grant(org, content=wav()), wav(), Content_Type="audio/ogg"))[1] == "SignatureDoesNotMatch"


def test_a_header_of_the_storage_that_was_not_given_is_refused(org: Org) -> None:
    assert failure(put(org, grant(org, content=wav()), wav(), x_amz_acl="private")) == (403, "AccessDenied")


@pytest.mark.parametrize("change", [("call", "cail"), ("Expires=600", "Expires=601"), ("Signature=", "Signature=0")])
def test_a_changed_address_is_refused(org: Org, change: tuple[str, str]) -> None:
    granted = grant(org, content=wav())

    assert failure(put(org, granted | {"url": granted["url"].replace(*change)}, wav())) == (403, "SignatureDoesNotMatch")


def test_an_address_without_a_signature_is_refused(org: Org) -> None:
    assert failure(org.storage("PUT", "/storage/recordings/a/b/c.wav", b"x")) == (403, "AccessDenied")
    assert failure(org.storage("GET", "/storage/elsewhere")) == (404, "NoSuchBucket")


def test_a_token_sent_to_the_storage_is_a_violation(org: Org) -> None:
    granted = grant(org, content=wav())

    assert failure(put(org, granted, wav(), Authorization=f"Bearer {org.token}")) == (400, "InvalidArgument")
    assert violations(org) == ["InvalidArgument"]


def test_bytes_with_another_digest_are_refused(org: Org) -> None:
    assert failure(put(org, grant(org, content=wav()), wav(2))) == (400, "BadDigest")
    assert told(org)["files"] == 0


def test_a_body_without_its_length_is_refused(org: Org) -> None:
    """Source: S3 takes no chunked transfer without a decoded length."""

    async def pieces() -> AsyncIterator[bytes]:
        yield wav()

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(org.emulator.api)) as client:
            return await client.put(granted["url"], content=pieces(), headers=granted["headers"])

    granted = grant(org, content=wav())
    with asyncio.Runner() as runner:
        assert failure(runner.run(send())) == (411, "MissingContentLength")


def test_a_body_above_five_gigabytes_is_refused(org: Org) -> None:
    answer = put(org, grant(org, content=wav()), wav(), Content_Length=str(5 * 1024**3 + 1))

    assert failure(answer) == (400, "EntityTooLarge")


def test_a_body_shorter_than_its_length_is_not_taken(org: Org) -> None:
    answer = put(org, grant(org, content=wav()), wav(), Content_Length=str(len(wav()) + 1))

    assert failure(answer) == (400, "IncompleteBody")
    assert told(org)["files"] == 0


# ── trouble ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "code"), [(403, "AccessDenied"), (500, "InternalError"), (503, "SlowDown"), (408, "RequestTimeout")]
)
def test_a_status_is_answered_instead_of_taking_the_bytes(org: Org, status: int, code: str) -> None:
    fault(org, status=status)
    granted = grant(org, content=wav())

    assert failure(put(org, granted, wav())) == (status, code)
    assert told(org)["files"] == 0
    assert put(org, granted, wav()).status_code == 200


@pytest.mark.parametrize(("rule", "files"), [({"cut_before": True}, 0), ({"cut_bytes": 1000}, 0), ({"lost": True}, 1)])
def test_a_cut_connection_takes_all_bytes_or_none(org: Org, rule: dict[str, Any], files: int) -> None:
    fault(org, **rule)

    with pytest.raises(ConnectionResetError):
        put(org, grant(org, content=wav()), wav())
    assert told(org)["files"] == files


def test_an_answer_can_be_lost_behind_a_status(org: Org) -> None:
    fault(org, lost=True, status=503)

    assert failure(put(org, grant(org, content=wav()), wav())) == (503, "SlowDown")
    assert told(org)["files"] == 1


def test_an_answer_can_be_late(org: Org) -> None:
    fault(org, delay_ms=1)

    assert put(org, grant(org, content=wav()), wav()).status_code == 200
    assert org.admin("GET", "/faults")[0]["fired"] == 1


def test_a_put_is_a_write_in_the_request_ledger(org: Org) -> None:
    upload(org)

    ledger = org.admin("GET", "/requests")
    assert (ledger["by_operation"][PUT], ledger["writes"], ledger["violations"]) == (1, 2, [])


def test_only_digest_and_size_are_kept_unless_asked(org: Org) -> None:
    upload(org)
    org.turn(recording_bytes=True)
    upload(org, "kept.wav")

    kept = [one.content.kept for one in org.world.recordings.by_key.values()]
    assert kept == [None, wav()]
