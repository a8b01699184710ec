"""What an error answer says, whichever of three shapes it has. Cuts and cleans: a message never holds a whole body."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from reconciler.model.problem import plain

LONGEST = 300  # characters of the API's own message that we pass on
_PERMISSION = re.compile(r"\b[a-zA-Z]+:[a-zA-Z]+:[a-zA-Z]+\b")


@dataclass(frozen=True, slots=True)
class Words:
    """The API's words for what went wrong. `permissions` are those it names, in its order."""

    code: str = ""
    message: str = ""
    correlation: str = ""
    permissions: tuple[str, ...] = ()


def words(body: bytes, headers: Mapping[str, str], secrets: Sequence[str] = ()) -> Words:
    """The error in `body`; empty words where it is no JSON object (a proxy's HTML page is not quoted).

    `secrets` are struck out, should the answer repeat what was sent.

    Shapes: the platform's envelope (`code message contextId details messageParams`), SCIM (`scimType detail`), OAuth (`error
    error_description`). Source: ErrorBody and ScimError of the API description of July 2026; RFC 6749 section 5.2.
    """
    said = _object(body)
    code = _text(said, "code", "scimType", "error")
    message = _text(said, "message", "detail", "error_description")
    correlation = headers.get("inin-correlation-id") or _text(said, "contextId")
    code, message, correlation = (_strike(text, secrets) for text in (code, message + _fields(said), correlation))
    return Words(clean(code), clean(message), clean(correlation), _permissions(said))


def clean(text: str) -> str:
    """`text` on one line, without control characters, at most 300 characters long."""
    line = plain(" ".join(text[: 2 * LONGEST].split()))
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _strike(text: str, secrets: Sequence[str]) -> str:
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return text


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _text(said: Mapping[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := said.get(name), str) and value), "")


def _fields(said: Mapping[str, Any]) -> str:
    """` (fields: name, email)` where the details name fields."""
    details = said.get("details")
    entries = details if isinstance(details, list) else []
    names = [name for entry in entries if isinstance(entry, dict) and (name := _text(entry, "fieldName"))]
    return f" (fields: {', '.join(names[:5])})" if names else ""


def _permissions(said: Mapping[str, Any]) -> tuple[str, ...]:
    params = said.get("messageParams")
    values = params.values() if isinstance(params, dict) else ()
    text = " ".join([_text(said, "message"), _text(said, "messageWithParams"), *(str(value) for value in values)])
    return tuple(dict.fromkeys(_PERMISSION.findall(text)))[:5]
