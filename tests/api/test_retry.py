"""Whether a failed request is sent again, as a table."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import errors
from reconciler.api import broken
from reconciler.api.broken import Broken
from reconciler.api.retry import Again, Bounds, Failure, Raise, Renew, Tried, backoff, decide, retry_after
from reconciler.model.call import Call

READ = Call("GET", "/api/v2/users")
SEARCH = Call("POST", "/api/v2/users/search", body={})
WRITE = Call("PATCH", "/api/v2/users/{userId}", {"userId": "u"}, body={})


def failure(status: int, code: str = "", message: str = "said", **headers: str) -> Failure:
    body = orjson.dumps({"code": code, "message": message, "status": status, "contextId": "c-1", "details": [], "errors": []})
    return Failure(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def outcome(call: Call, failed: Failure, tried: Tried = Tried(), **more: Any) -> Any:  # noqa: B008 - frozen
    """The class of the error, or the decision to go on."""
    decision = decide(call, failed, tried, jitter=0.0, **more)
    return type(decision.error) if isinstance(decision, Raise) else type(decision)


@pytest.mark.parametrize(
    ("status", "code", "read", "write"),
    [
        (300, "", errors.Rejected, errors.Rejected),
        (302, "", errors.Rejected, errors.Rejected),
        (400, "bad.request", errors.Rejected, errors.Rejected),
        (400, "response.entity.too.large", errors.Rejected, errors.Rejected),
        (400, "client.failed.request", Again, Again),
        (400, "general.conflict", errors.Conflict, errors.Conflict),
        (400, "duplicate.name", errors.Conflict, errors.Conflict),
        (400, "resource.already.exists", errors.Conflict, errors.Conflict),
        (400, "external.source.exists", errors.Conflict, errors.Conflict),
        (400, "general.resource.conflict", errors.Conflict, errors.Conflict),
        (401, "bad.credentials", Renew, Renew),
        (401, "authentication.required", Renew, Renew),
        (401, "ip.not.authorized", errors.NotAuthorised, errors.NotAuthorised),
        (403, "missing.permissions", errors.NotAuthorised, errors.NotAuthorised),
        (404, "not.found", errors.NotFound, errors.NotFound),
        (405, "", errors.Rejected, errors.Rejected),
        (408, "client.timeout", Again, errors.Lost),
        (409, "general.conflict", errors.Conflict, errors.Conflict),
        (410, "", errors.NotFound, errors.NotFound),
        (412, "", errors.Conflict, errors.Conflict),
        (413, "request.entity.too.large", errors.Rejected, errors.Rejected),
        (415, "unsupported.media.type", errors.Rejected, errors.Rejected),
        (422, "", errors.Rejected, errors.Rejected),
        (429, "too.many.requests", Again, Again),
        (500, "internal.server.error", Again, errors.Lost),
        (501, "", errors.Rejected, errors.Rejected),
        (502, "", Again, errors.Lost),
        (503, "service.unavailable", Again, errors.Lost),
        (504, "request.timeout", Again, errors.Lost),
        (520, "", Again, errors.Lost),
    ],
)
def test_every_answer_has_one_meaning(status: int, code: str, read: Any, write: Any) -> None:
    assert outcome(READ, failure(status, code)) is read
    assert outcome(SEARCH, failure(status, code)) is read
    assert outcome(WRITE, failure(status, code)) is write


@pytest.mark.parametrize("call", [READ, WRITE], ids=["read", "write"])
def test_no_status_is_without_a_meaning(call: Call) -> None:
    last = Tried(attempts=10, renewed=True)

    made = {status: outcome(call, Failure(status), last) for status in range(100, 600) if not 200 <= status < 300}

    assert all(issubclass(cls, errors.ApiError) and cls is not errors.ApiError for cls in made.values())


@pytest.mark.parametrize(
    ("kind", "read", "write"),
    [
        (Broken.UNSENT, Again, Again),
        (Broken.LOST, Again, errors.Lost),
        (Broken.HOPELESS, errors.Rejected, errors.Rejected),
    ],
)
def test_a_request_without_an_answer_is_repeated_only_where_that_is_safe(kind: Broken, read: Any, write: Any) -> None:
    failed = Failure(broken=kind, exception="ConnectError")

    assert (outcome(READ, failed), outcome(WRITE, failed)) == (read, write)


def classes(root: type[BaseException]) -> set[type[BaseException]]:
    return {root}.union(*(classes(child) for child in root.__subclasses__()))


EXCEPTIONS = {value for value in vars(httpx).values() if isinstance(value, type) and issubclass(value, Exception)}


@pytest.mark.parametrize("exception", sorted(EXCEPTIONS, key=lambda cls: cls.__name__))
def test_every_exception_of_httpx_is_caught_with_a_meaning(exception: type[Exception]) -> None:
    assert issubclass(exception, broken.CAUGHT)
    assert any(ancestor in broken.KINDS for ancestor in exception.__mro__)


def test_a_write_counts_as_unsent_only_where_no_connection_stood() -> None:
    unsent = {cls.__name__ for cls in EXCEPTIONS if broken.kind(cls) is Broken.UNSENT}

    assert unsent == {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"}


def test_an_exception_nobody_knows_counts_as_lost() -> None:
    assert broken.kind(ArithmeticError) is Broken.LOST


def test_a_version_that_moved_is_a_conflict_whatever_its_code() -> None:
    moved = failure(400, "bad.request", "The version 3 does not match the current version 4")

    assert outcome(WRITE, moved) is errors.Conflict


@pytest.mark.parametrize(
    ("status", "scim", "made"),
    [
        (400, "invalidVers", errors.Conflict),
        (409, "uniqueness", errors.Conflict),
        (400, "uniqueness", errors.Conflict),
        (400, "invalidValue", errors.Rejected),
        (404, "", errors.NotFound),
    ],
)
def test_an_error_of_scim_is_understood(status: int, scim: str, made: Any) -> None:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": "why", "scimType": scim}

    decision = decide(WRITE, Failure(status, orjson.dumps(body)), Tried(), jitter=0.0)

    assert isinstance(decision, Raise)
    assert (type(decision.error), decision.error.code, decision.error.message.split(";")[0]) == (made, scim, "why")


def test_a_token_is_renewed_once() -> None:
    assert outcome(READ, failure(401, "bad.credentials"), Tried(renewed=True)) is errors.NotAuthorised


@pytest.mark.parametrize("attempts", range(1, 12))
def test_attempts_are_bounded(attempts: int) -> None:
    bounds = Bounds(attempts=6)

    assert outcome(READ, failure(503), Tried(attempts), bounds=bounds) is (Again if attempts < 6 else errors.Unavailable)


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    throttled = failure(429, retry_after="61")

    assert outcome(WRITE, throttled, Tried(spent=239.0)) is Again
    assert outcome(WRITE, throttled, Tried(spent=240.0)) is errors.Unavailable


@given(st.integers(1, 100), st.floats(0, 1, exclude_max=True))
def test_backing_off_is_bounded(attempts: int, jitter: float) -> None:
    assert 0.5 <= backoff(attempts, jitter) <= 30.0


def test_backing_off_doubles() -> None:
    assert [backoff(attempts, 0.0) for attempts in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT", "date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:00 GMT", "date": "Sun, 22 Nov 2026 10:00:30 GMT"}, 0.0),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT", "date": "Sun, 22 Nov 2026 10:00:00 -0000"}, None),
        ({"retry-after": "-5", "date": "soon"}, None),
        ({"retry-after": "1.5"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_both_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("failed", "decision"),
    [
        (failure(429, retry_after="7"), Again(7.5, throttled=True)),
        (failure(429, inin_ratelimit_reset="12"), Again(12.5, throttled=True)),
        (failure(429, inin_ratelimit_reset="soon"), Again(0.75, throttled=True)),
        (failure(429), Again(0.75, throttled=True)),
        (failure(503, retry_after="7"), Again(7.5)),
        (failure(503, inin_ratelimit_reset="12"), Again(0.75)),
    ],
)
def test_the_wait_is_the_one_the_service_names(failed: Failure, decision: Again) -> None:
    assert decide(READ, failed, Tried(), jitter=0.5) == decision


def message(call: Call, failed: Failure, tried: Tried = Tried(10, 12.0, renewed=True)) -> str:  # noqa: B008 - frozen
    decision = decide(call, failed, tried, jitter=0.0)
    assert isinstance(decision, Raise)
    return str(decision.error)


@pytest.mark.parametrize(
    ("call", "failed", "parts"),
    [
        (
            READ,
            failure(403, "missing.permissions", "You need routing:queue:view or routing:queue:search"),
            [
                "403 missing.permissions: You need",
                "a role with routing:queue:view, routing:queue:search in all divisions concerned",
            ],
        ),
        (
            READ,
            failure(403, "not.authorized", "No"),
            ["not.authorized: No", "a role with the permission this operation needs in all"],
        ),
        (
            READ,
            failure(401, "ip.not.authorized", "No"),
            ["ip.not.authorized: No", "not on the organisation's list of allowed networks"],
        ),
        (READ, failure(401, "bad.credentials", "No"), ["bad.credentials: No", "a new token was refused as well"]),
        (WRITE, Failure(502, b"<html>Bad"), ["502: the answer does not say why", "is unknown until it is read"]),
        (
            WRITE,
            Failure(broken=Broken.UNSENT, exception="ConnectError"),
            ["no answer (ConnectError)", "given up after attempt 10, 12 s", "nothing was changed, try again later"],
        ),
        (READ, Failure(301), ["301: the answer does not say why", "redirects are not followed: check api_url"]),
        (WRITE, failure(404, "not.found", "No such user"), ["404 not.found: No such user (correlation id c-1)"]),
    ],
)
def test_a_message_says_what_is_wrong_with_a_remedy(call: Call, failed: Failure, parts: list[str]) -> None:
    said = message(call, failed)

    assert said.startswith(f"{call.operation}: ")
    assert not [part for part in parts if part not in said]


def test_a_message_is_short_without_control_characters() -> None:
    text = message(WRITE, failure(400, "bad\x1b[31m" + "c" * 999, "first\nsecond \x1b[2J" + "x" * 100_000))

    assert len(text) < 800
    assert text.isprintable()


def test_the_secrets_of_a_request_are_struck_out() -> None:
    failed = Failure(400, b'{"code": "s3cret", "message": "got s3cret", "contextId": "s3cret"}', secrets=("", "s3cret"))

    assert "s3cret" not in message(WRITE, failed) + repr(failed.secrets and repr(Failure(400, secrets=("s3cret",))))
