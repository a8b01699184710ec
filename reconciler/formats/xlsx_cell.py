"""What a cell of XLSX says, as text a person would read there: numbers, dates and times by their number format.

Nothing is rounded or padded but by the format: `007` that is a number with the format `000` is `007`, a date is ISO 8601.
Source: ECMA-376 part 1, 18.8.30 (formats, and those built in), 18.17.4.1 (dates as numbers, 1900 and 1904).
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias

Form: TypeAlias = Literal["plain", "date", "time", "datetime", "elapsed"] | int
"""What a number means; a whole number: how many digits it has at least."""

_KNOWN: tuple[tuple[Form, tuple[int, ...]], ...] = (
    ("date", (14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58)),
    ("datetime", (22,)),
    ("time", (18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56)),
    ("elapsed", (46,)),
)
_BUILT_IN = {number: shape for shape, numbers in _KNOWN for number in numbers}
_QUIET = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LAST = 2_958_466  # the first day after the year 9999
_SECONDS = 86_400


def form(number: int, code: str) -> Form:
    """What the number format `number` makes of a number; `code` is its text, empty where it is a format that is built in."""
    if not code:
        return _BUILT_IN.get(number, "plain")
    first = _QUIET.sub("", code.partition(";")[0]).lower()
    if re.fullmatch("0{2,20}", code.strip()):
        return len(code.strip())
    if re.search(r"\[[hms]+\]", first):
        return "elapsed"
    if "general" in first:
        return "plain"
    day, hour = bool(re.search("[yd]|m(?!m?:)", first)), bool(re.search("[hs]", first))
    if day and hour and not re.search("[yd]", first):
        return "time"
    return "datetime" if day and hour else "date" if day else "time" if hour else "plain"


def number(text: str, shape: Form, *, since_1904: bool) -> str:
    """A number as text. Raises `ValueError` for what is none, or no date where one is meant."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text[:40]!r} is no number") from None
    if not value.is_finite() or not -400 < value.adjusted() < 400:
        raise ValueError(f"{text[:40]!r} is no number")
    if isinstance(shape, int):
        return _plain(value).zfill(shape)
    if shape == "plain":
        return _plain(value)
    return _moment(value, shape, since_1904=since_1904)


def _plain(value: Decimal) -> str:
    """As many digits as a spreadsheet shows, which is fifteen; whole numbers whole."""
    shown = Decimal(f"{float(value):.15g}") + 0
    return (
        f"{shown.quantize(Decimal(1)) if shown == shown.to_integral_value() and shown.adjusted() < 27 else shown.normalize():f}"
    )


def _moment(value: Decimal, shape: Form, *, since_1904: bool) -> str:
    if not 0 <= value < _LAST:
        raise ValueError(f"{value} is no date")
    seconds = round(value * _SECONDS)
    if shape == "elapsed":
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if shape == "time" or (shape == "datetime" and value < 1):
        return f"{seconds % _SECONDS // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    days = seconds // _SECONDS
    first = date(1904, 1, 1) if since_1904 else date(1899, 12, 31 if days < 60 else 30)
    moment = datetime(first.year, first.month, first.day) + timedelta(seconds=seconds)  # noqa: DTZ001 - a sheet knows no zone
    return moment.date().isoformat() if shape == "date" else moment.isoformat()


def unescaped(text: str) -> str:
    """Text without the escapes of signs that XML cannot hold. Source: ECMA-376 part 1, 22.9.2.19, `_x000D_`."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
