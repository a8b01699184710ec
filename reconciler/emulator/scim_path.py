"""The little language of SCIM: filters and attribute paths, as far as Genesys Cloud documents them. Text in, tuples out.

Source: RFC 7644 §3.4.2.2 and §3.5.2; only `eq` joined by `and` is modelled, values may stand without quotes as in the
examples of `GET /scim/v2/users`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from reconciler.emulator.refusal import bad

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GENESYS = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"

Terms = tuple[tuple[str, str], ...]

_TERM = re.compile(r'\s*([\w:.$-]+)\s+eq\s+("(?:[^"\\]|\\.)*"|[^\s"\[\]]+)\s*', re.IGNORECASE)
_BRACKETS = re.compile(r"\s*([\w:.$-]+)\[(.*)\](?:\.(\w+))?\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Path:
    """Where a PATCH operation points: schema (empty = core), attribute (empty = the whole extension), filter, sub-attribute."""

    schema: str
    attribute: str
    terms: Terms = ()
    sub: str = ""


def read_filter(text: str) -> tuple[str, Terms]:
    """The terms of a filter; the first part names the list they are about, empty for the user itself."""
    if inside := _BRACKETS.fullmatch(text):
        return bare(inside[1]), _terms(inside[2])
    return "", _terms(text)


def read_path(text: str) -> Path:
    """The parts of an attribute path; names keep the casing they came in."""
    schema = next((one for one in (CORE, ENTERPRISE, GENESYS) if text.lower().startswith(one.lower())), "")
    rest = text[len(schema) :].lstrip(":")
    schema = "" if schema == CORE else schema
    if inside := _BRACKETS.fullmatch(rest):
        return Path(schema, inside[1], _terms(inside[2]), inside[3] or "")
    attribute, _, sub = rest.partition(".")
    if not re.fullmatch(r"[\w$-]*", attribute) or not re.fullmatch(r"[\w$-]*", sub) or not (schema or attribute):
        raise bad("bad.request", f"The path [{text}] cannot be understood")
    return Path(schema, attribute, (), sub)


def bare(name: str) -> str:
    """An attribute's name without its schema."""
    return next((name[len(one) + 1 :] for one in (CORE, ENTERPRISE, GENESYS) if name.lower().startswith(one.lower())), name)


def _terms(text: str) -> Terms:
    found: list[tuple[str, str]] = []
    at = 0
    while match := _TERM.match(text, at):
        found.append((bare(match[1]).lower(), _unquoted(match[2])))
        at = match.end()
        if at == len(text):
            return tuple(found)
        if text[at : at + 4].lower() != "and ":
            break
        at += 4
    raise bad("bad.request", f"The filter [{text}] cannot be understood")


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value, strict=False))
    except ValueError:
        return value[1:-1]
