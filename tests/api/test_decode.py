"""Pages are decoded as far as anybody looks at them."""

from __future__ import annotations

from typing import TypedDict

import orjson
import pytest

from reconciler.api.decode import decoded
from reconciler.model.call import Answer, Listing


class Thing(TypedDict, total=False):
    id: str
    inner: list[dict[str, str]] | None


LISTING = Listing("/api/v2/things", looks_at=Thing)
PAGE = {"entities": [{"id": "a", "inner": None, "other": {"large": [1]}}], "total": 1, "pageCount": 1, "nextUri": None, "more": 2}


def decode(page: object, listing: Listing = LISTING) -> object:
    return decoded(Answer(200, orjson.dumps(page)), listing)


def test_what_nobody_looks_at_is_left_out() -> None:
    assert decode(PAGE) == {"entities": [{"id": "a", "inner": None}], "total": 1, "pageCount": 1, "nextUri": None}


def test_without_a_shape_everything_is_decoded() -> None:
    assert decode(PAGE, Listing("/api/v2/things")) == PAGE


@pytest.mark.parametrize("page", [{"entities": [{"id": 7, "other": 1}]}, {"entities": {"id": "a"}}, ["a"], "text", None])
def test_what_does_not_fit_the_shape_is_decoded_as_a_whole(page: object) -> None:
    assert decode(page) == page


def test_what_did_not_come_is_absent_and_what_came_empty_is_there() -> None:
    assert decode({"entities": [{}, {"inner": []}]}) == {"entities": [{}, {"inner": []}]}


def test_what_is_no_json_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"truncated|EOF|unexpected"):
        decoded(Answer(200, b'{"entities": ['), LISTING)
