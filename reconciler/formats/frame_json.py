"""JSON values one after the other, one a line, or in arrays, cut by brackets and strings. Comments and stray commas are borne.

Outside of values commas and closing brackets are passed over; an opening square bracket there begins an array whose elements
are the records. A value that was left unfinished (a program died while writing) ends where the next line begins a new object
at a place that cannot hold one: so one broken record costs itself, not what follows.
"""

from __future__ import annotations

import re
from typing import Final

import orjson

from reconciler.formats.frame_record import NEVER_CLOSED, START, Piece, Position, TreeCutter

_INSIDE = "["
_SPACE = b" \t\r\n"
_GAP = re.compile(rb"[\s,\0]*+")
_PLAIN = re.compile(rb'[^{}\[\]"/]*+(?:"(?:[^"\\\n]++|\\.)*+"[^{}\[\]"/]*+)*+')
_STRING = re.compile(rb'(?:[^"\\\n]++|\\[^\n])*+')
_BARE = re.compile(rb'(?:[^\n,{}\[\]"/]++|/(?=[^/*]))*+')
_SCALAR = re.compile(rb"true|false|null|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")

_CUT_OFF: Final = "it ends before it is complete: a new line begins with '{' where none may stand"
_LINE_END: Final = "a string in it goes over the end of its line"


class JsonCutter(TreeCutter):
    """Cuts JSON values. `_mode` says what the next byte belongs to."""

    def __init__(self, position: Position = START) -> None:
        super().__init__(position)
        self._is_inside = position.state == _INSIDE  # an array whose elements are the records
        self._depth = 0
        self._why = ""
        self._comment = (-1, -1)  # the last one of this record: from where to where in the input
        self._slow_until = 0  # in the input: up to here lines are no single values
        self._modes = {
            "": self._between,
            "value": self._value,
            '"': self._string,
            "bare": self._bare,
            "//": self._line_comment,
            "/*": self._block_comment,
        }
        self._mode = ""

    def _state(self) -> str:
        return _INSIDE if self._is_inside else ""

    def _step(self, *, final: bool) -> Piece | bool:
        return self._modes[self._mode](final=final)

    def _rest(self) -> list[Piece]:
        return [self._finish(len(self._buffer), self._why or NEVER_CLOSED)]

    def _finish(self, end: int, why: str = "") -> Piece:
        self._mode, self._depth, self._why, self._comment = "", 0, "", (-1, -1)
        return self._close(end, why)

    def _between(self, *, final: bool) -> Piece | bool:
        """Between records."""
        at = self._at = _GAP.match(self._buffer, self._at).end()  # type: ignore[union-attr]  # it matches nothing too
        sign = self._buffer[at : at + 1]
        if not sign:
            return False
        if sign in b"]}" or (sign == b"[" and not self._is_inside):
            self._is_inside = sign == b"[" or (self._is_inside and sign != b"]")
            self._at += 1
            return True
        if sign == b"/" and (told := self._comment_begins(final=final)) is not None:
            return told
        self._open(at)
        if sign == b"{" and (piece := self._whole_line(at)):
            return piece
        self._at += sign in b'{["/'
        self._depth = int(sign in b"{[")
        self._mode = "value" if self._depth else '"' if sign == b'"' else "bare"
        return True

    def _whole_line(self, at: int) -> Piece | None:
        """The object that fills the rest of its line: the usual case, much quicker than looking at brackets."""
        if self._base + at < self._slow_until:
            return None
        end = self._buffer.find(b"\n", at)
        if 0 <= end <= at + self.limit:
            line = bytes(self._buffer[at:end]).rstrip(b" \t\r,")
            if line.endswith(b"}") and _is_json(line):
                return self._finish(at + len(line))
        self._slow_until = self._base + (end if end >= 0 else len(self._buffer))
        return None

    def _value(self, *, final: bool) -> Piece | bool:
        """Inside an object or array of a record, outside of strings."""
        at = self._at = _PLAIN.match(self._buffer, self._at).end()  # type: ignore[union-attr]  # it matches nothing too
        sign = self._buffer[at : at + 1]
        if not sign:
            return False
        if sign == b"/":
            told = self._comment_begins(final=final)
            if told is None:
                self._at += 1
            return told is not False
        if sign == b"{" and self._begins_anew(at):
            return self._finish(at, _CUT_OFF)
        self._at += 1
        if sign == b'"':
            self._mode = '"'
            return True
        self._depth += 1 if sign in b"{[" else -1
        return True if self._depth else self._finish(at + 1, self._why)

    def _begins_anew(self, at: int) -> bool:
        """Whether this brace begins a line, and an object that cannot belong to the unfinished record."""
        if at == 0 or self._buffer[at - 1] != 0x0A:
            return False
        return self._is_long(at) or self._before(at) not in b"{[,:"

    def _before(self, at: int) -> int:
        """The last byte of the record before this place that is neither white space nor comment."""
        while True:
            at -= 1
            if self._base + at + 1 == self._comment[1]:
                at = self._comment[0] - self._base
            elif self._buffer[at] not in _SPACE:
                return self._buffer[at]

    def _string(self, *, final: bool) -> Piece | bool:  # noqa: ARG002 - one signature for all modes
        """Inside a string."""
        end = self._at = _STRING.match(self._buffer, self._at).end()  # type: ignore[union-attr]  # it matches nothing too
        sign = self._buffer[end : end + 1]
        if not sign or (sign == b"\\" and end + 1 == len(self._buffer)):
            return False
        self._at += 1
        if sign == b'"':
            self._mode = "value"
            return True if self._depth else self._finish(end + 1, self._why)
        if self._line_at(end) == self._from.line:  # one record a line: the next line is the next record
            return self._finish(end + (sign == b"\\"), _LINE_END)
        self._why, self._mode = _LINE_END, "value"
        return True

    def _bare(self, *, final: bool) -> Piece | bool:
        """Inside what is neither object, array nor string."""
        end = self._at = _BARE.match(self._buffer, self._at).end()  # type: ignore[union-attr]  # it matches nothing too
        if not final and bytes(self._buffer[end : end + 2]) in {b"", b"/"}:
            return False
        if self._is_long(end):
            return self._finish(end)
        text = bytes(self._buffer[self._start : end]).rstrip()
        return self._finish(self._start + len(text), "" if _SCALAR.fullmatch(text) else "it is not JSON")

    def _comment_begins(self, *, final: bool) -> bool | None:
        """True behind the two signs that open a comment, False where the second one is missing yet, None where there is none."""
        signs = bytes(self._buffer[self._at : self._at + 2])
        if signs in {b"//", b"/*"}:
            before = self._comment[1] - self._base
            is_next = self._start >= 0 and before >= 0 and not self._buffer[before : self._at].strip()
            self._comment = (self._comment[0] if is_next else self._base + self._at, -1)
            if self._start < 0 and signs == b"/*":
                self._open(self._at)  # should it never end, it is told of
            self._at += 2
            self._mode = signs.decode()
            return True
        return False if len(signs) == 1 and not final else None

    def _comment_ends(self, end: int) -> bool:
        self._at = end
        self._comment = (self._comment[0], self._base + end)
        self._mode = "value" if self._depth else ""
        if not self._depth:
            self._forget(end)
        return True

    def _line_comment(self, *, final: bool) -> Piece | bool:  # noqa: ARG002 - one signature for all modes
        end = self._buffer.find(b"\n", self._at)
        if end < 0:
            self._at = len(self._buffer)
            return False
        return self._comment_ends(end)

    def _block_comment(self, *, final: bool) -> Piece | bool:  # noqa: ARG002 - one signature for all modes
        end = self._buffer.find(b"*/", self._at)
        last = end if end >= 0 else len(self._buffer)
        anew = self._buffer.find(b"\n{", max(self._at, self._from.offset + self.limit - self._base), last)
        if anew >= 0:
            return self._finish(anew + 1)
        if end < 0:
            self._at = max(self._at, len(self._buffer) - 1)
            return False
        return self._comment_ends(end + 2)


def _is_json(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True
