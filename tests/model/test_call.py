"""A Call as a URL, as an operation, and as something that may write."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.call import Answer, Call

USER = "/api/v2/users/{userId}"
PAIR = "/api/v2/users/externalid/{authorityName}/{externalKey}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a1b2", "a1b2"),
        ("SIP/1001", "SIP%2F1001"),
        ("山田", "%E5%B1%B1%E7%94%B0"),
        ("a b?c#d%e&f", "a%20b%3Fc%23d%25e%26f"),
        (".", "%2E"),
        ("..", "%2E%2E"),
        ("a..b", "a..b"),
        ("{userId}", "%7BuserId%7D"),
    ],
)
def test_an_id_is_one_step_of_the_path(value: str, expected: str) -> None:
    assert Call("GET", USER, ids={"userId": value}).url == f"/api/v2/users/{expected}"


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8"), min_size=1))
def test_no_id_leads_out_of_its_path(authority: str, key: str) -> None:
    call = Call("GET", PAIR, ids={"authorityName": authority, "externalKey": key})

    url = httpx.URL(f"https://api.test{call.url}")

    assert url.raw_path.count(b"/") == 6
    assert url.path == f"/api/v2/users/externalid/{authority}/{key}"
    assert not url.query
    assert not url.fragment


def test_an_empty_id_is_not_the_path_of_the_whole_list() -> None:
    with pytest.raises(LookupError, match=r"DELETE /api/v2/users/\{userId\}: userId is empty"):
        _ = Call("DELETE", USER, ids={"userId": ""}).url


def test_an_operation_is_the_same_for_every_object() -> None:
    assert Call("GET", USER, ids={"userId": "1"}).operation == Call("GET", USER, ids={"userId": "2"}).operation == f"GET {USER}"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", USER, False),
        ("HEAD", USER, False),
        ("POST", "/api/v2/users/search", False),
        ("POST", "/api/v2/analytics/conversations/details/query", False),
        ("POST", "/api/v2/users", True),
        ("PUT", USER, True),
        ("PATCH", USER, True),
        ("DELETE", USER, True),
        ("POST", "/api/v2/research", True),
    ],
)
def test_only_reads_and_searches_do_not_write(method: str, path: str, expected: bool) -> None:
    assert Call(method, path).writes is expected


def test_an_answer_without_a_body_says_nothing() -> None:
    assert Answer(204).json() is None
    assert Answer(200, b'{"a": [1]}').json() == {"a": [1]}
