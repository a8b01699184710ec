"""Workbooks made by hand: the parts of a package as text, so that every oddity can be written."""

from __future__ import annotations

import io
import zipfile
from html import escape

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINKS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def sheet(rows: str, tail: str = "") -> str:
    """The part of a sheet with these rows."""
    return f"<worksheet {MAIN}><sheetData>{rows}</sheetData>{tail}</worksheet>"


def texts(*cells: str, row: int = 1) -> str:
    """A row of texts in the cells themselves."""
    return f'<row r="{row}">' + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells) + "</row>"


def styles(*codes: str) -> str:
    """Styles of numbers, by their format codes or the numbers of built-in ones; style 0 is plain."""
    own = [(164 + at, code) for at, code in enumerate(codes) if not _is_built_in(code)]
    made = "".join(f'<numFmt numFmtId="{number}" formatCode="{escape(code, quote=True)}"/>' for number, code in own)
    ids = [0, *(int(code) if _is_built_in(code) else 164 + at for at, code in enumerate(codes))]
    cells = "".join(f'<xf numFmtId="{number}"/>' for number in ids)
    return f"<styleSheet {MAIN}><numFmts>{made}</numFmts><cellXfs>{cells}</cellXfs></styleSheet>"


def _is_built_in(code: str) -> bool:
    return code.isdecimal() and not code.startswith("0")


def workbook(
    sheets: dict[str, str], *, shared: str = "", styles: str = "", properties: str = "", hidden: tuple[str, ...] = ()
) -> bytes:
    """The bytes of a workbook with these sheets."""
    listed, links = "", ""
    parts: dict[str, str] = {}
    for number, (name, text) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if name in hidden else ""
        listed += f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"{state}/>'
        links += f'<Relationship Id="rId{number}" Type="{TYPES}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        parts[f"xl/worksheets/sheet{number}.xml"] = text
    for kind, text in (("sharedStrings", shared), ("styles", styles)):
        if text:
            links += f'<Relationship Id="{kind}" Type="{TYPES}/{kind}" Target="/xl/{kind}.xml"/>'
            parts[f"xl/{kind}.xml"] = text
    parts["xl/workbook.xml"] = f"<workbook {MAIN} {LINKS}>{properties}<sheets>{listed}</sheets></workbook>"
    parts["xl/_rels/workbook.xml.rels"] = f"<Relationships>{links}</Relationships>"
    return packed(parts)


def packed(parts: dict[str, str]) -> bytes:
    """A package of these parts."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, text)
    return data.getvalue()
