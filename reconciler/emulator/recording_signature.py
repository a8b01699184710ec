"""Addresses that let their bearer do one thing for a while: signed, and checked by signing again. Nothing is remembered.

Source: AWS Signature Version 4 in the query (names of the parameters, what is signed, which error comes first). That the platform
hands out such addresses is inferred from `x-amz` headers; the signature itself is our own and means nothing to anybody else.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATE = "%Y%m%dT%H%M%SZ"
_NEEDED = ("X-Amz-Algorithm", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature")


class Denied(Exception):
    """A request the storage refuses; `offends` marks what a well-behaved client never runs into."""

    def __init__(self, status: int, code: str, message: str, *, offends: bool = True) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message, self.offends = status, code, message, offends


@dataclass(frozen=True, slots=True)
class Visit:
    """A request to the storage: method, decoded path, query, headers with names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


def signed(visit: Visit, secret: str, *, now: float, seconds: int) -> str:
    """Path and query of an address that allows this request with exactly these headers for so many seconds."""
    names = ";".join(sorted(visit.headers))
    date = datetime.fromtimestamp(now, UTC).strftime(_DATE)
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Date": date,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": names,
    }
    query["X-Amz-Signature"] = _signature(visit, secret, query)
    return f"{quote(visit.path)}?{urlencode(query)}"


def judge(visit: Visit, secret: str, *, now: float) -> None:
    """Denied unless the address allows this request now."""
    query = dict(parse_qsl(visit.query, keep_blank_values=True))
    if "authorization" in visit.headers:
        raise Denied(400, "InvalidArgument", "Only one auth mechanism allowed; the address is signed, send no Authorization")
    if not all(name in query for name in _NEEDED):
        raise Denied(403, "AccessDenied", "Access Denied")
    if not hmac.compare_digest(_signature(visit, secret, query).encode(), query["X-Amz-Signature"].encode()):
        text = "The request signature we calculated does not match: method, path and signed headers must be those given"
        raise Denied(403, "SignatureDoesNotMatch", text)
    if now >= _end(query):
        raise Denied(403, "AccessDenied", "Request has expired", offends=False)
    strangers = [name for name in visit.headers if name.startswith("x-amz-") and name not in _names(query)]
    if strangers:
        raise Denied(403, "AccessDenied", f"There were headers present in the request which were not signed: {strangers[0]}")


def _end(query: Mapping[str, str]) -> float:
    """When the address dies; only asked of a query whose signature was checked."""
    begun = datetime.strptime(query["X-Amz-Date"], _DATE).replace(tzinfo=UTC)
    return begun.timestamp() + int(query["X-Amz-Expires"])


def _names(query: Mapping[str, str]) -> list[str]:
    return query["X-Amz-SignedHeaders"].split(";")


def _signature(visit: Visit, secret: str, query: Mapping[str, str]) -> str:
    parts = [visit.method, visit.path, query["X-Amz-Date"], query["X-Amz-Expires"]]
    parts += [f"{name}:{visit.headers.get(name, '').strip()}" for name in _names(query)]
    return hmac.new(secret.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()
