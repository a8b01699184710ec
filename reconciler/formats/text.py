"""Bytes → text: byte order marks, UTF-8, UTF-16, or an encoding the user names. Nothing is replaced or guessed."""

from __future__ import annotations

import codecs

from reconciler.model.problem import Place, Problem

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes, *, file: str, encoding: str = "") -> str | Problem:
    """The text without its byte order mark, or the problem that hinders it.

    A byte order mark wins over `encoding`; without either it is UTF-8, or UTF-16 where the first sign shows it.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], name, file)
    return _strict(data, encoding or _unmarked(data), file)


def _unmarked(data: bytes) -> str:
    """UTF-16 where one half of the first sign is NUL, which no UTF-8 text holds; the first sign of an export is ASCII."""
    if len(data) >= 2 and len(data) % 2 == 0 and (data[0] == 0) != (data[1] == 0):
        return "utf-16-be" if data[0] == 0 else "utf-16-le"
    return "utf-8"


def _strict(data: bytes, encoding: str, file: str) -> str | Problem:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start]
        place = Place(file, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        what = f"byte 0x{data[error.start]:02x} is not {encoding}"
        return Problem(place, "", what, "save the file as UTF-8, or name its encoding in mapping.yaml where the source allows it")
    except LookupError:
        return Problem(Place(file), "", f"{encoding!r} is no text encoding", "use a name such as utf-8, cp932 or shift_jis")
