"""A page of a listing → the data that is looked at. To skip the rest saves most of decoding: a member's entry holds its user.

msgspec lives here and nowhere else, and only for large listings. Whatever does not fit its types is decoded as a whole.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypedDict

import msgspec

from reconciler.model.call import Answer, Listing

_ENVELOPE = ("total", "pageCount", "pageNumber", "pageSize", "nextUri")


def decoded(answer: Answer, listing: Listing) -> Any:
    """The body of a page. Raises `ValueError` where it is no JSON."""
    if listing.looks_at is None:
        return answer.json()
    try:
        return _decoder(listing.looks_at).decode(answer.body)
    except msgspec.ValidationError:
        return answer.json()


@cache
def _decoder(entity: Any) -> msgspec.json.Decoder[Any]:
    shape = {"entities": list[entity], **dict.fromkeys(_ENVELOPE, Any)}
    return msgspec.json.Decoder(TypedDict("Page", shape, total=False))  # type: ignore[operator] # made from a table
