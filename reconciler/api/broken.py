"""What an exception of httpx means for the request: never sent, lost, or hopeless. The only table of its classes."""

from __future__ import annotations

from enum import Enum

import httpx


class Broken(Enum):
    """How far a request came that got no answer."""

    UNSENT = "unsent"  # no connection stood: certainly not carried out, may be repeated
    LOST = "lost"  # it may have arrived: a read is repeated, a write is read back
    HOPELESS = "hopeless"  # it cannot be sent at all: the address or a header is wrong


KINDS: dict[type[Exception], Broken] = {
    httpx.ConnectError: Broken.UNSENT,
    httpx.ConnectTimeout: Broken.UNSENT,
    httpx.PoolTimeout: Broken.UNSENT,
    httpx.ProxyError: Broken.UNSENT,
    httpx.InvalidURL: Broken.HOPELESS,
    httpx.LocalProtocolError: Broken.HOPELESS,
    httpx.UnsupportedProtocol: Broken.HOPELESS,
    httpx.HTTPError: Broken.LOST,
    httpx.CookieConflict: Broken.LOST,
    httpx.StreamError: Broken.LOST,
    OSError: Broken.LOST,
}
"""The nearest ancestor decides. Whatever we do not know counts as lost, the careful answer."""

CAUGHT = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError, OSError)
"""What the client catches: the roots of httpx's exception tree, and what a transport that does not translate lets through."""


def kind(error: type[Exception]) -> Broken:
    """How far a request came that ended in `error`."""
    return next((KINDS[ancestor] for ancestor in error.__mro__ if ancestor in KINDS), Broken.LOST)
