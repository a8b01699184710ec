"""XML documents one after the other, cut by the depth of their tags; what stands before a root belongs to its document.

Names of tags are not compared, entities not read: whether a document is sound is for its reader to say. A document that was left
unfinished ends where an XML declaration stands, or a line begins with a tag of the same name as its root.
"""

from __future__ import annotations

import re
from typing import Final

from reconciler.formats.frame_record import NEVER_CLOSED, START, Piece, Position, TreeCutter

_GAP = re.compile(rb"[\s\0]*+")
_TAG = re.compile(rb"[^>\"'\[]*+")
_NAME = re.compile(rb"[^\s/>\"'<\[]{1,200}+(?=[\s/>])")
_DECLARATION = b"<?xml "
_SPANS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_LONGEST = max(map(len, _SPANS))
_JUNK = b"<"

_CUT_OFF: Final = "it ends before it is complete: the next document begins"
_TEXT: Final = "text between documents"


class XmlCutter(TreeCutter):
    """Cuts XML documents. `_until` is what ends the place the next byte is in; empty between tags."""

    def __init__(self, position: Position = START) -> None:
        super().__init__(position)
        self._depth = 0
        self._root = b""
        self._until = b""
        self._tag = b""  # how the present tag begins: `<`, `</`, or `<!` for a declaration such as DOCTYPE
        self._tag_at = 0  # in the input

    def _step(self, *, final: bool) -> Piece | bool:
        if self._until == b">":
            return self._in_tag()
        if self._until:
            return self._in_span()
        return self._between() if self._start < 0 else self._in_text(final=final)

    def _rest(self) -> list[Piece]:
        end = len(self._buffer)
        if self._depth or self._until:
            return [self._finish(end, _TEXT if self._until == _JUNK else NEVER_CLOSED)]
        self._forget(end)  # comments, or a declaration without a document
        return []

    def _finish(self, end: int, why: str = "") -> Piece:
        self._depth, self._root, self._until = 0, b"", b""
        return self._close(end, why)

    def _between(self) -> bool:
        """Between documents."""
        at = self._at = _GAP.match(self._buffer, self._at).end()  # type: ignore[union-attr]  # it matches nothing too
        if at == len(self._buffer):
            return False
        self._open(at)
        self._until = b"" if self._buffer[at : at + 1] == b"<" else _JUNK
        return True

    def _in_text(self, *, final: bool) -> Piece | bool:
        """Between the tags of a document."""
        at = self._buffer.find(b"<", self._at)
        self._at = at if at >= 0 else len(self._buffer)
        sign = self._buffer[at + 1 : at + 2] if at >= 0 else b""
        if not sign:
            return False
        if sign in b"!?":
            return self._markup(at, final=final)
        if sign != b"/" and self._depth and self._root and (told := self._root_again(at, final=final)) is not None:
            return told
        self._until, self._tag, self._tag_at = b">", b"</" if sign == b"/" else b"<", self._base + at
        self._at += len(self._tag)
        return True

    def _markup(self, at: int, *, final: bool) -> Piece | bool:
        """A comment, a declaration and their like."""
        head = bytes(self._buffer[at : at + _LONGEST])
        if len(head) < _LONGEST and not final:
            return False
        if self._depth and head.startswith(_DECLARATION):
            return self._finish(at, _CUT_OFF)
        begin = next((begin for begin in _SPANS if head.startswith(begin)), b"<!")
        self._until, self._tag = _SPANS.get(begin, b">"), begin
        self._at += len(begin)
        return True

    def _root_again(self, at: int, *, final: bool) -> Piece | bool | None:
        """The unfinished document where its root's name begins a line anew; None where it does not, False for too few bytes."""
        if at == 0 or self._buffer[at - 1] != 0x0A:
            return None
        head = bytes(self._buffer[at + 1 : at + 2 + len(self._root)])
        if len(head) <= len(self._root):
            return None if final or not self._root.startswith(head) else False
        return self._finish(at, _CUT_OFF) if head.startswith(self._root) and head[-1:] in b" \t\r\n/>" else None

    def _in_tag(self) -> Piece | bool:
        """Inside a tag, outside of quotation marks."""
        end = self._at = _TAG.match(self._buffer, self._at).end()  # type: ignore[union-attr]  # it matches nothing too
        sign = bytes(self._buffer[end : end + 1])
        if not sign:
            return False
        self._at += 1
        if sign == b">":
            self._until = b""
            return True if self._tag == b"<!" else self._tag_ends(end)
        if sign != b"[":
            self._until = sign
        elif self._tag == b"<!":
            self._until = b"]"
        return True

    def _tag_ends(self, end: int) -> Piece | bool:
        """Behind a tag: one more level, one less, or the same."""
        if self._tag == b"<" and self._buffer[end - 1] != 0x2F:
            self._depth += 1
            if self._depth == 1 and (name := _NAME.match(self._buffer, max(self._tag_at - self._base + 1, 0))):
                self._root = name[0]
            return True
        self._depth -= self._tag == b"</"
        if self._depth > 0:
            return True
        if self._depth == 0:
            return self._finish(end + 1)
        self._depth = 0  # an end without a beginning
        self._forget(end + 1)
        return True

    def _in_span(self) -> Piece | bool:
        """Inside a comment, CDATA, a string of a tag, or text between documents."""
        end = self._buffer.find(self._until, self._at)
        last = end if end >= 0 else len(self._buffer)
        anew = self._buffer.find(_DECLARATION, max(self._at, self._from.offset + self.limit - self._base), last)
        if anew >= 0:
            return self._finish(anew)
        if end < 0:
            self._at = max(self._at, len(self._buffer) - len(_DECLARATION))
            return False
        if self._until == _JUNK:
            return self._finish(end, _TEXT)
        self._at = end + len(self._until)
        self._until = b">" if self._until in {b'"', b"'", b"]"} else b""
        return True
