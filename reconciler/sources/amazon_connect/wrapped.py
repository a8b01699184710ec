"""Records of Amazon Connect as they come: plain, several in one, or wrapped on their way. What they say is not known here.

Wrappers are those of Kinesis, Firehose and Lambda (base64 in `data`), of queues and of EventBridge, and text inside text. Keys
are read in either case: the model writes a capital, printed examples partly not.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.formats import json

LIMIT = 8_388_608
"""Bytes of a record: Lambda gets at most 6 MB at once."""
_DEPTH = 6  # wrappers around a record


def records(record: bytes) -> Iterator[Mapping[str, Any]]:
    """The objects inside a record. Raises `ValueError` with what is wrong, possibly after the first of them."""
    return _unwrapped(_documents(record), 0)


def last(text: str) -> str:
    """The id in an ARN: what follows its last slash."""
    return text.rsplit("/", 1)[-1]


def get(body: Mapping[str, Any], name: str) -> Any:
    """The value of a key, in whatever case it is written; None where there is none."""
    if name in body:
        return body[name]
    lower = name.lower()
    return next((value for key, value in body.items() if key.lower() == lower), None)


def _documents(record: bytes) -> Sequence[Any]:
    """The JSON values in a record, sloppy ones too. Raises `ValueError`."""
    if len(record) > LIMIT:
        raise ValueError(f"a record of {len(record)} bytes: expected at most {LIMIT}")
    return json.values(record)


def _unwrapped(values: Sequence[Any], depth: int) -> Iterator[Mapping[str, Any]]:
    """The records inside lists, texts and the wrappers of Kinesis, Firehose, Lambda, queues and EventBridge."""
    if depth > _DEPTH:
        raise ValueError(f"wrapped more than {_DEPTH} times: expected records")
    for value in values:
        if isinstance(value, str):
            yield from _unwrapped(_documents(value.encode()), depth + 1)
        elif isinstance(value, list):
            yield from _unwrapped(value, depth + 1)
        else:
            yield from _body(value, depth)


def _body(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if type(value) is not dict:
        raise ValueError(f"no record: expected an object, found {str(value)[:40]!r}")
    inner = _inner(value)
    yield from (value,) if inner is None else _unwrapped(inner, depth + 1)


def _inner(body: Mapping[str, Any]) -> Sequence[Any] | None:
    """What is wrapped in here; None where this is the record itself."""
    if isinstance(records := get(body, "Records"), list):
        return records
    if isinstance(stream := body.get("kinesis"), dict):
        return _decoded(get(stream, "Data"))
    if (data := get(body, "Data")) is not None and not get(body, "AgentARN"):
        return _decoded(data)
    for name in ("detail", "Body", "Message"):
        if (inner := get(body, name)) is not None and isinstance(inner, str | dict) and not get(body, "AgentARN"):
            return (inner,)
    return None


def _decoded(data: Any) -> Sequence[Any]:
    """The values in base64; data that begins like JSON is not encoded."""
    if not isinstance(data, str) or data.lstrip()[:1] in {"{", "["}:
        return (data,)
    try:
        return _documents(base64.b64decode(data, validate=True))
    except binascii.Error as error:
        raise ValueError(f"data that is no base64: {error}") from None
