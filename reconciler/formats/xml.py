"""Bytes → a tree of XML elements, names without their namespaces. What can hurt is refused, not repaired.

A document type, an entity of its own, and anything outside the document are refused before they do anything; depth, size and
the number of elements are bounded. Source: defusedxml's list of what goes wrong in XML; Python's expat is used through this door.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from xml.parsers import expat

from reconciler.model.problem import Place, Problem

DEPTH = 100
MAX_BYTES = 64 * 1024 * 1024
MAX_ELEMENTS = 2_000_000
_REMEDY = "export it again without a document type"


@dataclass(slots=True)
class Element:
    """An element: its name without namespace, its own text (trimmed, whole), its children in order, its attributes."""

    name: str
    text: str = ""
    children: list[Element] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)

    def child(self, name: str) -> Element | None:
        """The first child of that name, in whatever case; None where there is none."""
        wanted = name.lower()
        return next((one for one in self.children if one.name.lower() == wanted), None)

    def say(self, name: str) -> str:
        """The text of the first child of that name; empty where there is none."""
        found = self.child(name)
        return found.text if found else ""


class _Refused(Exception):
    """What is in there that may not be."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


def read(data: bytes, *, file: str) -> Element | Problem:
    """The root of a document, or what is wrong with it."""
    tree = _Tree()
    problem = _parsed(data, file, (tree.start, tree.end, tree.parts.append))
    return tree.root if problem is None else problem


def tell(
    data: bytes,
    *,
    file: str,
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> Problem | None:
    """Tells a document tag by tag, for those that are too large for a tree; what is wrong with it, None where nothing is.

    Names come without namespaces. A `ValueError` that a listener raises ends the reading and is told with its place.
    """

    def opened(name: str, attributes: dict[str, str]) -> None:
        start(_local(name), attributes)

    return _parsed(data, file, (opened, lambda name: end(_local(name)), text))


def _parsed(
    data: bytes, file: str, listeners: tuple[Callable[[str, dict[str, str]], None], Callable[[str], None], Any]
) -> Problem | None:
    if len(data) > MAX_BYTES:
        return Problem(Place(file), "", f"larger than {MAX_BYTES} bytes", "split the file")
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = listeners
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat takes it by position only
    except _Refused as refused:
        return Problem(_place(parser, file), "", refused.what, refused.remedy)
    except (expat.ExpatError, LookupError, ValueError) as error:
        what = expat.ErrorString(error.code) if isinstance(error, expat.ExpatError) else str(error)
        return Problem(_place(parser, file), "", f"not XML: {what}", "mend the document or export it again")
    return None


class _Tree:
    """Builds the tree. `parts` are pieces of text since the last tag."""

    def __init__(self) -> None:
        self.root = Element("")
        self.parts: list[str] = []
        self._open: list[tuple[Element, list[str]]] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A tag opens."""
        self._count += 1
        if len(self._open) >= DEPTH or self._count > MAX_ELEMENTS:
            what = f"nested deeper than {DEPTH} levels" if self._count <= MAX_ELEMENTS else f"more than {MAX_ELEMENTS} elements"
            raise _Refused(what, "no export is like that; export it again")
        element = Element(_local(name), attributes={_local(key): value for key, value in attributes.items()})
        if self._open:
            parent, texts = self._open[-1]
            parent.children.append(element)
            texts += self.parts
        else:
            self.root = element
        self.parts.clear()
        self._open.append((element, []))

    def end(self, _name: str) -> None:
        """A tag closes."""
        element, texts = self._open.pop()
        element.text = "".join([*texts, *self.parts]).strip()
        self.parts.clear()


def _local(name: str) -> str:
    return name.rsplit(" ", 1)[-1]


def _place(parser: expat.XMLParserType, file: str) -> Place:
    return Place(file, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)


def _refuse(*_: object) -> NoReturn:
    raise _Refused("a document type or entity, which could read files or fill the memory", _REMEDY)
