"""Phone numbers: which of a user's addresses are one, and the form in which two of them are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

Phone = Literal["work", "work2", "work3", "work4", "home", "mobile", "main", "other"]
PHONES = frozenset(get_args(Phone))


def digits(number: str) -> str:
    """A phone number without the marks people put between its digits."""
    return number.translate({ord(sign): None for sign in " -()./"})


def phones(numbers: Mapping[str, str]) -> dict[str, str]:
    """Phone numbers in the form in which two of them are compared."""
    return {kind: digits(number) for kind, number in numbers.items()}


def phone_of(item: Mapping[str, Any]) -> str:
    """The type a manifest would call an address by; empty where a manifest could not name it."""
    kind = (item.get("type") or "OTHER").lower()
    return kind if item.get("mediaType") == "PHONE" and item.get("address") and kind in PHONES else ""
