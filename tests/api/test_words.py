"""What an error answer says, whichever shape it has."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.api.words import LONGEST, Words, clean, words


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"code": "bad.request", "message": "why", "contextId": "c"}, Words("bad.request", "why", "c")),
        ({"scimType": "invalidVers", "detail": "why", "status": "400"}, Words("invalidVers", "why")),
        ({"error": "invalid_client", "error_description": "why"}, Words("invalid_client", "why")),
        ({"error": "invalid_client"}, Words("invalid_client")),
        ({"code": 3, "message": None, "contextId": []}, Words()),
        (
            {"message": "why", "details": [{"fieldName": "name"}, {"fieldName": "email"}, {}, 3, {"fieldName": None}]},
            Words("", "why (fields: name, email)"),
        ),
        ({"message": "why", "details": {"fieldName": "name"}}, Words("", "why")),
        (
            {"message": "why", "messageParams": {"permission": "a:b:c", "n": 1}, "messageWithParams": "{x} a:b:c or d:e:f"},
            Words("", "why", "", ("a:b:c", "d:e:f")),
        ),
        ({"message": "why", "messageParams": ["a:b:c"]}, Words("", "why")),
        ([], Words()),
        ("text", Words()),
    ],
)
def test_an_error_is_read_in_every_shape(body: object, said: Words) -> None:
    assert words(orjson.dumps(body), {}) == said


@pytest.mark.parametrize("body", [b"", b"<html>secret page</html>", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_not_quoted(body: bytes) -> None:
    assert words(body, {}) == Words()


def test_the_header_names_the_correlation_first() -> None:
    assert words(b'{"contextId": "body"}', {"inin-correlation-id": "header"}).correlation == "header"


@given(st.text())
def test_a_cleaned_text_is_one_short_plain_line(text: str) -> None:
    line = clean(text)

    assert len(line) <= LONGEST
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in line)
