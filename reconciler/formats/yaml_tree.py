"""Events of a YAML text → documents of plain data, and everything that is wrong with it. Part of `formats.yaml`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from reconciler.formats.yaml_place import FAULTS, WANTED, Feed, Path, TooLong, events, mark, places, spot
from reconciler.model.problem import Place, Problem
from reconciler.model.resource import Repr

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NUMBER: Final = re.compile(
    r"(?P<int>[-+]?[0-9]+)|0o(?P<oct>[0-7]+)|0x(?P<hex>[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<odd>[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
_NUMBERS: Final[Mapping[str, Callable[[str], int | float]]] = {
    "int": int,
    "oct": lambda digits: int(digits, 8),
    "hex": lambda digits: int(digits, 16),
    "float": float,
    "odd": lambda word: float(word.replace(".", "")),
}
_LONGEST_NUMBER: Final = 300  # Python refuses more than 4,300 digits, and reads them in quadratic time
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_TAGS: Final = re.compile(rb"(?:^|[\r\n])%TAG")
# The parser breaks lines at these, as YAML 1.1 did: a name that holds one would silently change.
_BREAKS: Final = {b"\xc2\x85": "U+0085", b"\xe2\x80\xa8": "U+2028", b"\xe2\x80\xa9": "U+2029"}
_REMEDIES: Final = (
    ("mapping values are not allowed", "put the value in quotes, or mend the indentation"),
    ("invalid Unicode character escape code", "write the character itself instead of the escape"),
    ("did not find expected ',' or", "close what was opened, or put the value in quotes"),
    ("cannot start any token", "put the value in quotes"),
    ("incompatible YAML document", "write %YAML 1.2 or leave the line out"),
)


class Plain(str):
    """A scalar without quotes that YAML 1.2 reads as a number or a boolean; as text it is what was written."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What one text may cost.

    Bytes; characters of one scalar; depth; lists and mappings (each costs far more memory than its two characters of text);
    parser events, which is time; documents; and problems told before reading ends.
    """

    size: int = 64 * 1024 * 1024
    scalar: int = 1_000_000
    depth: int = 50
    containers: int = 1_000_000
    events: int = 12_000_000
    documents: int = 1_000
    problems: int = 100


@dataclass(frozen=True, slots=True, repr=False)
class Document(Repr):
    """One `---` part: its data, the line it starts in, and per top-level list the line of each item."""

    data: Any
    line: int = 1
    lines: Mapping[str, Sequence[int]] = field(default_factory=dict)


def core(text: str) -> bool | int | float | str:
    """What YAML 1.2's core schema reads in a plain scalar that is not null."""
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    match = _NUMBER.fullmatch(text) if len(text) <= _LONGEST_NUMBER else None
    if match is None or match.lastgroup is None:
        return str(text)
    return _NUMBERS[match.lastgroup](match[match.lastgroup])


def build(text: bytes, file: str, limits: Limits) -> tuple[tuple[Document, ...], list[Problem]]:
    """The documents of a UTF-8 text, and everything that is wrong with it: with problems, the documents are not whole."""
    if problem := _unreadable(text, file):
        return (), [problem]
    builder = _Builder(text, file, limits)
    builder.build()
    return tuple(builder.documents), builder.problems + builder.duplicates()


class _Enough(Exception):
    """So much is wrong that reading on tells nobody anything."""


class _Builder:
    """Turns events into documents; `top` is the open container and `key` what stands before the next value.

    `key` is None in a list, `WANTED` in a mapping that waits for its next key.
    """

    __slots__ = (
        "documents",
        "feed",
        "file",
        "key",
        "limits",
        "line",
        "lines",
        "opened",
        "plains",
        "problems",
        "stack",
        "texts",
        "top",
        "twice",
    )

    def __init__(self, text: bytes, file: str, limits: Limits) -> None:
        # A character takes up to four bytes, and the parser reads ahead.
        self.feed = Feed(text, 4 * limits.scalar + 65_536)
        self.file = file
        self.limits = limits
        self.documents: list[Document] = []
        self.problems: list[Problem] = []
        self.twice: list[tuple[Path, Place]] = []
        self.stack: list[tuple[Any, Any]] = []
        self.top: Any = None
        self.key: Any = None
        self.opened = 0
        self.line = 1
        self.lines: dict[str, list[int]] = {}
        # Most texts come again (keys, skills, levels): one object each.
        self.texts: dict[str, str] = {}
        self.plains: dict[str, str | None] = {}

    def build(self) -> None:
        """Fills `documents`, `problems` and `twice`."""
        try:
            self.walk()
        except _Enough:
            pass
        except TooLong:
            line, _column = spot(self.feed.text, self.feed.at - self.feed.fresh)
            self.problems.append(Problem(Place(self.file, line), "", *self.long()))
        except FAULTS as error:
            self.problems.append(_syntax(error, self.feed.text, self.file))

    def walk(self) -> None:
        """Takes every event to the method it is meant for."""
        acts: dict[type[Any], Callable[[Any], None]] = {
            ScalarEvent: self.scalar,
            MappingStartEvent: self.mapping,
            SequenceStartEvent: self.sequence,
            MappingEndEvent: self.end,
            SequenceEndEvent: self.end,
            AliasEvent: self.alias,
            DocumentStartEvent: self.document,
        }
        find = acts.get
        feed = self.feed
        event: Any = None
        for event in islice(events(feed), self.limits.events):
            feed.fresh = 0
            if act := find(type(event)):
                act(event)
        if type(event) is not StreamEndEvent:
            self.fatal(event, f"more than {self.limits.events:,} parts", "split the file")

    def document(self, event: Any) -> None:
        """A new `---` part begins."""
        if len(self.documents) >= self.limits.documents:
            self.fatal(event, f"more than {self.limits.documents:,} documents", "split the file")
        self.lines = {}
        self.line = event.start_mark.line + 1
        if event.version not in {None, (1, 2)}:
            self.wrong(event, "this says it is YAML 1.1", "write %YAML 1.2 or leave the line out")

    def scalar(self, event: Any) -> None:
        """A key, or a value without parts."""
        if event.tag is not None or event.anchor is not None:
            self.marked(event)
        text = event.value
        if len(text) > self.limits.scalar:
            self.wrong(event, *self.long())
        if not text.isprintable() and (found := _CONTROLS.search(text)):
            self.wrong(event, *_control(found[0]))
        if self.key is WANTED:
            self.name(text, event)
            return
        if event.style:
            self.put(self.texts.setdefault(text, text), event)
            return
        try:
            value = self.plains[text]
        except KeyError:
            value = self.plains[text] = self.unquoted(text)
        self.put(value, event)

    def unquoted(self, text: str) -> str | None:
        """None, a Plain, or the text itself."""
        if text in _NULLS:
            return None
        return self.texts.setdefault(text, text) if type(core(text)) is str else Plain(text)

    def name(self, text: str, event: Any) -> None:
        """Takes a key, and says when it is none or stood there before."""
        if not event.style and text == "<<":
            self.wrong(event, "merging (<<) is not supported", "write the fields out")
        elif not event.style and text in _NULLS:
            self.wrong(event, "a key is empty", 'write a key; quote it where it is the word ("null")')
        elif text in self.top:
            self.twice.append((self.path(text), mark(self.file, event)))
            self.enough()
        self.key = self.texts.setdefault(text, text)

    def put(self, value: Any, event: Any) -> None:
        """Sets a value where it belongs; items of a document's lists leave their line."""
        if self.key is not None:
            self.top[self.key] = value
            self.key = WANTED
            return
        if not self.stack:
            self.documents.append(Document(value, self.line, self.lines))
            return
        self.top.append(value)
        if len(self.stack) == 2 and (name := self.stack[1][1]) is not None:
            self.lines.setdefault(name, []).append(event.start_mark.line + 1)

    def mapping(self, event: Any) -> None:
        """A mapping opens."""
        self.open({}, event)
        self.key = WANTED

    def sequence(self, event: Any) -> None:
        """A list opens."""
        self.open([], event)
        self.key = None

    def open(self, container: Any, event: Any) -> None:
        """A container becomes the top of the stack."""
        if event.tag is not None or event.anchor is not None:
            self.marked(event)
        if self.key is WANTED:
            self.fatal(event, "a list or mapping cannot be a key", "write a text")
        if len(self.stack) >= self.limits.depth:
            self.fatal(event, f"more than {self.limits.depth} levels deep", "write it flatter")
        self.opened += 1
        if self.opened > self.limits.containers:
            self.fatal(event, f"more than {self.limits.containers:,} lists and mappings", "split the file")
        key = self.key
        self.put(container, event)
        self.stack.append((self.top, key))
        self.top = container

    def end(self, _event: Any) -> None:
        """The container is complete; what comes next belongs to the one around it."""
        self.top, key = self.stack.pop()
        self.key = None if key is None else WANTED

    def alias(self, event: Any) -> None:
        """Refuses `*name`."""
        self.wrong(event, f"aliases (*{event.anchor[:50]}) are not supported", "write the value out")
        if self.key is WANTED:
            raise _Enough
        self.put(None, event)

    def marked(self, event: Any) -> None:
        """Refuses `&name` and `!tag`."""
        if event.anchor is not None:
            self.wrong(event, f"anchors (&{event.anchor[:50]}) are not supported", "write the value out where it is used")
        if event.tag is not None:
            self.wrong(event, f"tags ({event.tag[:50]}) are not supported", "remove the tag")

    def path(self, last: str) -> Path:
        """The way through the open containers to `last`."""
        around = (len(container) - 1 if key is None else key for container, key in self.stack[1:])
        return (len(self.documents) - 1, *around, last)

    def long(self) -> tuple[str, str]:
        """What to say of a scalar or comment beyond the limit."""
        return f"a value or comment of more than {self.limits.scalar:,} characters", "shorten it"

    def wrong(self, event: Any, what: str, remedy: str) -> None:
        """Notes a problem."""
        self.problems.append(Problem(mark(self.file, event), "", what, remedy))
        self.enough()

    def fatal(self, event: Any, what: str, remedy: str) -> None:
        """Notes a problem after which nobody can read on."""
        self.wrong(event, what, remedy)
        raise _Enough

    def enough(self) -> None:
        """Ends the reading when there are too many problems."""
        if len(self.problems) + len(self.twice) >= self.limits.problems:
            raise _Enough

    def duplicates(self) -> list[Problem]:
        """Keys that stand twice, with both places; the first is found by reading once more."""
        first = places(self.feed.text, self.file, [path for path, _place in self.twice]) if self.twice else {}
        what = "{} stands here and at {}"
        return [Problem(place, "", what.format(path[-1], first[path]), "remove one of them") for path, place in self.twice]


def _control(character: str) -> tuple[str, str]:
    """What to say of a control character."""
    return f"a control character (U+{ord(character):04X})", "remove it"


def _unreadable(text: bytes, file: str) -> Problem | None:
    """What the parser would accept and get wrong, or would take for ever to refuse."""
    for sign, name in _BREAKS.items():
        if (offset := text.find(sign)) >= 0:
            return Problem(Place(file, *spot(text, offset)), "", f"a line separator ({name})", "remove it, or use a line feed")
    # The parser compares each %TAG line with all before it: 64 MB of them would take hours.
    if b"%TAG" in text and (match := _TAGS.search(text)):
        return Problem(Place(file, spot(text, match.end())[0]), "", "%TAG is not supported", "remove the line")
    return None


def _syntax(error: Exception, text: bytes, file: str) -> Problem:
    """What the parser says, in our words where we have better ones."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return _encoding(error, text, file)
    line = error.problem_mark.line
    place = Place(file, line + 1, error.problem_mark.column + 1)
    said = str(error.problem)
    if "cannot start any token" in said and _starts_with_tab(text, line):
        return Problem(place, "", "a tab where indentation is expected", "indent with spaces")
    if error.context_mark is not None and error.context_mark.line != line:
        said += f" ({error.context}, which began in line {error.context_mark.line + 1})"
    remedy = next((remedy for words, remedy in _REMEDIES if words in said), "mend the YAML here or in the lines before")
    return Problem(place, "", f"not YAML: {said}", remedy)


def _starts_with_tab(text: bytes, line: int) -> bool:
    """Whether the line (from 0) is indented by a tab."""
    lines = text.splitlines()
    return line < len(lines) and lines[line].lstrip(b" ").startswith(b"\t")


def _encoding(error: Any, text: bytes, file: str) -> Problem:
    """Bytes that are no UTF-8, and characters YAML does not allow. The error holds the byte's position."""
    place = Place(file, *spot(text, error.position))
    if "control" in error.reason:
        return Problem(place, "", *_control(chr(error.character)))
    return Problem(place, "", f"not UTF-8: {error.reason}", "save the file as UTF-8")
