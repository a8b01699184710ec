"""Bytes of an XLSX workbook → rows of text that remember their line, as `csv` gives them: the sheet's values, as they are shown.

Formulas count by the value they had when the workbook was saved; nothing is calculated, no link is followed, no macro looked at.
What hostile workbooks may cost is bounded: bytes unpacked, cells, depth.

Decided here: read by our own rules over the standard library's zip and our own door to XML, not by a library. `python-calamine`
gives numbers without their format, so that a staff number shown as `007` becomes 7; `openpyxl` tells the format, but has had no
release since 2024 and builds far more than the values. Source: ECMA-376 part 1 (SpreadsheetML), part 2 (packages).
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.formats import xlsx_cell, xml
from reconciler.formats.csv import Rows
from reconciler.formats.xlsx_cell import Form
from reconciler.formats.xml import Element
from reconciler.model.problem import Place, Problem

MAX_BYTES = 64 * 1024 * 1024
MAX_UNPACKED = 256 * 1024 * 1024
MAX_CELLS = 3_000_000
MAX_COLUMNS = 16_384
_NAMES = (".xlsx", ".xlsm")
_ZIP, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, OSError, RuntimeError, ValueError)
_AGAIN = "save the workbook again as .xlsx, or as CSV"
_REF = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")


class _Wrong(Exception):
    """What hinders reading."""

    def __init__(self, what: str, remedy: str = _AGAIN, place: Place | None = None) -> None:
        super().__init__(what)
        self.what, self.remedy, self.place = what, remedy, place


def is_one(data: bytes, file: str) -> bool:
    """Whether a file is a workbook, by its name or its first bytes; old .xls files count, to be refused with a remedy."""
    return file.lower().endswith((*_NAMES, ".xls")) or data.startswith((_ZIP, _OLD))


def read(data: bytes, *, file: str, sheet: str = "") -> Rows:
    """The table of a sheet: the one named `sheet`, else the only visible one that holds something.

    The first row that is not empty is the header; every row is as wide as it. Empty rows are skipped; numbers are the sheet's.
    """
    try:
        return _table(_Package(data), file, sheet)
    except _Wrong as wrong:
        return Rows(problems=(Problem(wrong.place or Place(file), "", wrong.what, wrong.remedy),))


class _Package:
    """The parts of a workbook, unpacked on demand and within bounds."""

    def __init__(self, data: bytes) -> None:
        if data.startswith(_OLD):
            raise _Wrong("an old .xls workbook, or one with a password", "save it as .xlsx without a password, or as CSV")
        if len(data) > MAX_BYTES:
            raise _Wrong(f"larger than {MAX_BYTES} bytes", "split the file")
        self._left = MAX_UNPACKED
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN as error:
            raise _Wrong(f"no workbook: {error}") from None
        self._names = {name.lower(): name for name in self._zip.namelist()}

    def part(self, name: str) -> bytes:
        """The bytes of a part; `_Wrong` where it is missing, broken, or unpacks to more than is left."""
        known = self._names.get(name.lstrip("/").lower())
        if known is None:
            raise _Wrong(f"no workbook: it holds no {name}")
        try:
            info = self._zip.getinfo(known)
            if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise _Wrong(f"{name} is packed in a way that is not read")
            with self._zip.open(info) as part:
                data = part.read(self._left + 1)
        except _BROKEN as error:
            raise _Wrong(f"no workbook: {name}: {error}") from None
        self._left -= len(data)
        if self._left < 0:
            raise _Wrong(f"unpacks to more than {MAX_UNPACKED} bytes", "no export is like that; split it, or save it as CSV")
        return data

    def tree(self, name: str) -> Element:
        """A part as a tree."""
        found = xml.read(self.part(name), file=name)
        if isinstance(found, Problem):
            raise _Wrong(f"{name}: {found.what}")
        return found

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name.lstrip("/").lower() in self._names

    def links(self, name: str) -> dict[str, tuple[str, str]]:
        """Id → (type, part) of what a part links to inside the package."""
        folder, _, own = name.rpartition("/")
        path = f"{folder}/_rels/{own}.rels".lstrip("/")
        if not self.has(path):
            return {}
        found = {}
        for one in self.tree(path).children:
            target = one.attributes.get("Target", "")
            if one.attributes.get("TargetMode", "").lower() != "external":
                kind = one.attributes.get("Type", "").rpartition("/")[2]
                found[one.attributes.get("Id", "")] = (kind, posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/"))
        return found


@dataclass(slots=True)
class _Book:
    """What cells need of their workbook: texts they share, what their styles make of numbers, and when days begin to count."""

    texts: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    since_1904: bool = False


def _table(package: _Package, file: str, wanted: str) -> Rows:
    path = next((part for kind, part in package.links("").values() if kind == "officeDocument"), "xl/workbook.xml")
    book, links = package.tree(path), package.links(path)
    others = {kind: part for kind, part in links.values() if kind in {"sharedStrings", "styles"} and package.has(part)}
    properties = book.child("workbookPr")
    is_1904 = bool(properties) and properties is not None and properties.attributes.get("date1904", "0") in {"1", "true"}
    known = _Book(
        _texts(package.part(others["sharedStrings"])) if "sharedStrings" in others else [],
        _forms(package.tree(others["styles"])) if "styles" in others else [],
        is_1904,
    )
    sheets = _sheets(book, links, wanted)
    found = [(name, _Sheet(known, file).read(package.part(part))) for name, part in sheets]
    full = [(name, sheet) for name, sheet in found if sheet.rows] if not wanted else found
    if len(full) > 1:
        names = ", ".join(name for name, _ in full[:10])
        raise _Wrong(f"several sheets hold something: {names}", "name the right one in mapping.yaml: `sheet`")
    return full[0][1].table() if full else Rows(problems=(_empty(file),))


def _empty(file: str) -> Problem:
    return Problem(Place(file), "", "no sheet holds a header line", "export it again with the column names")


def _sheets(book: Element, links: Mapping[str, tuple[str, str]], wanted: str) -> list[tuple[str, str]]:
    """(name, part) of the sheet that is wanted, or of all visible ones."""
    listed = book.child("sheets")
    found = []
    for one in listed.children if listed else ():
        name, (kind, part) = one.attributes.get("name", ""), links.get(one.attributes.get("id", ""), ("", ""))
        if kind == "worksheet" and (name == wanted if wanted else one.attributes.get("state", "visible") == "visible"):
            found.append((name, part))
    if wanted and not found:
        there = ", ".join(one.attributes.get("name", "") for one in (listed.children[:10] if listed else ()))
        raise _Wrong(f"no sheet {wanted!r}; sheets there are: {there or 'none'}", "mend `sheet` in mapping.yaml")
    return found


def _forms(styles: Element) -> list[Form]:
    """What each cell style makes of a number, by its index."""
    codes = {}
    listed = styles.child("numFmts")
    for one in listed.children if listed else ():
        codes[one.attributes.get("numFmtId", "")] = one.attributes.get("formatCode", "")
    cells = styles.child("cellXfs")
    numbers = [one.attributes.get("numFmtId", "0") for one in (cells.children if cells else ())]
    known = {text: xlsx_cell.form(int(text) if text.isdecimal() else 0, codes.get(text, "")) for text in set(numbers)}
    return [known[text] for text in numbers]


def _texts(data: bytes) -> list[str]:
    """Texts that cells share, in their order; how they are pronounced (`rPh`) is no part of them."""
    found: list[str] = []
    parts: list[str] = []
    inside: list[str] = []

    def start(name: str, _attributes: Mapping[str, str]) -> None:
        inside.append(name)
        if len(inside) > xml.DEPTH:
            raise ValueError(f"nested deeper than {xml.DEPTH} levels")

    def text(piece: str) -> None:
        if inside[-1] == "t" and "rPh" not in inside:
            parts.append(piece)

    def end(name: str) -> None:
        inside.pop()
        if name == "si":
            found.append(xlsx_cell.unescaped("".join(parts)))
            parts.clear()

    if problem := xml.tell(data, file="", start=start, end=end, text=text):
        raise _Wrong(f"shared texts: {problem.what}")
    return found


class _Sheet:
    """Reads a sheet: `rows` are (number, cell by column)."""

    def __init__(self, book: _Book, file: str) -> None:
        self.rows: list[tuple[int, dict[int, str]]] = []
        self._book, self._file = book, file
        self._problems: list[Problem] = []
        self._merged: list[str] = []
        self._row = self._column = self._count = 0
        self._cells: dict[int, str] = {}
        self._kind = self._style = ""
        self._inside: list[str] = []
        self._value: list[str] = []
        self._is_formula = False

    def read(self, data: bytes) -> _Sheet:
        """Reads the part of a sheet."""
        if problem := xml.tell(data, file=self._file, start=self._start, end=self._end, text=self._text):
            raise _Wrong(f"a sheet: {problem.what.removeprefix('not XML: ')}")
        return self

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._inside.append(name)
        if len(self._inside) > xml.DEPTH:
            raise ValueError(f"nested deeper than {xml.DEPTH} levels")
        if name == "row":
            given = attributes.get("r", "")
            self._row = int(given) if given.isdecimal() and len(given) < 8 else self._row + 1
            self._column, self._cells = 0, {}
        elif name == "c":
            self._cell(attributes)
        elif name == "f":
            self._is_formula = True
        elif name == "mergeCell":
            self._merged.append(attributes.get("ref", ""))

    def _cell(self, attributes: Mapping[str, str]) -> None:
        found = _REF.fullmatch(attributes.get("r", ""))
        self._column = _index(found[1]) if found else self._column + 1
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
        self._value, self._is_formula = [], False
        self._count += 1
        if self._count > MAX_CELLS or self._column > MAX_COLUMNS:
            raise ValueError(f"more than {MAX_CELLS} cells or {MAX_COLUMNS} columns")

    def _text(self, piece: str) -> None:
        if self._inside[-1] == "v" or (self._inside[-1] == "t" and "is" in self._inside and "rPh" not in self._inside):
            self._value.append(piece)

    def _end(self, name: str) -> None:
        self._inside.pop()
        if name == "c":
            text = self._said("".join(self._value)).strip()
            if text:
                self._cells[self._column] = text
        elif name == "row" and self._cells:
            self.rows.append((self._row, self._cells))

    def _said(self, value: str) -> str:
        """What the cell says. What cannot be told is a problem with the place of the cell."""
        if not value and self._is_formula and self._kind != "str":
            return self._wrong("a formula without a value", "open the workbook in a spreadsheet and save it, or save it as CSV")
        if not value or self._kind in {"str", "inlineStr", "d"}:
            return xlsx_cell.unescaped(value)
        if self._kind == "e":
            return self._wrong(f"{value} instead of a value", "mend the formula")
        try:
            return self._read(value)
        except ValueError as error:
            return self._wrong(str(error), "mend the cell")

    def _read(self, value: str) -> str:
        if self._kind == "b":
            return "true" if value == "1" else "false"
        texts, forms = self._book.texts, self._book.forms
        if self._kind == "s":
            if not value.isdecimal() or len(value) > 9 or int(value) >= len(texts):
                raise ValueError(f"text {value[:20]!r} is not in the workbook")
            return texts[int(value)]
        style = int(self._style) if self._style.isdecimal() and len(self._style) < 6 else len(forms)
        return xlsx_cell.number(value, forms[style] if style < len(forms) else "plain", since_1904=self._book.since_1904)

    def _wrong(self, what: str, remedy: str) -> str:
        self._problems.append(Problem(Place(self._file, self._row, self._column), "", what, remedy))
        return ""

    def table(self) -> Rows:
        """The header and the rows below it; with a problem there are no rows."""
        if not self.rows:
            return Rows(problems=(*self._problems, _empty(self._file)))
        top, head = self.rows[0]
        width = max(head)
        header = tuple(head.get(column, "") for column in range(1, width + 1))
        problems = (*self._problems, *(_merge(self._file, ref) for ref in self._merged if _crosses(ref, top, width)))
        rows = ((number, tuple(cells.get(column, "") for column in range(1, width + 1))) for number, cells in self.rows[1:])
        return Rows(header, () if problems else tuple((number, cells) for number, cells in rows if any(cells)), problems)


def _index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _crosses(ref: str, top: int, width: int) -> bool:
    """Whether merged cells reach into the table."""
    first, _, last = ref.partition(":")
    begin, end = _REF.fullmatch(first), _REF.fullmatch(last or first)
    return bool(begin and end and int(end[2]) >= top and _index(begin[1]) <= width)


def _merge(file: str, ref: str) -> Problem:
    found = _REF.match(ref)
    line = int(found[2]) if found else 0
    return Problem(Place(file, line), "", f"the cells {ref} are merged", "unmerge them and write the value into each row")
