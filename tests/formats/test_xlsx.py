from typing import Any

import pytest
from formats.workbook import MAIN, packed, sheet, styles, texts, workbook

from reconciler.formats import xlsx
from reconciler.formats.xlsx_cell import form, number

SHARED = (
    f"<sst {MAIN}><si><t>山田</t><rPh sb='0' eb='2'><t>ヤマダ</t></rPh></si>"
    "<si><r><t>An</t></r><r><t>n</t></r></si><si><t>a_x000D_b</t></si></sst>"
)


def read(data: bytes, **more: Any) -> Any:
    found = xlsx.read(data, file="a.xlsx", **more)
    return found.header, [list(cells) for _, cells in found.rows], [str(problem) for problem in found.problems]


def cells(*inner: str, **parts: Any) -> Any:
    """What the cells of the second row say, under a header that is wide enough."""
    head = texts(*(f"h{at}" for at in range(len(inner))))
    header, rows, problems = read(workbook({"S": sheet(head + f'<row r="2">{"".join(inner)}</row>')}, **parts))
    assert len(header) == len(inner)
    return rows[0] if rows else problems


def test_a_sheet_becomes_rows_with_their_numbers() -> None:
    rows = texts("Id", "Name", row=3) + texts("007", "Ann &amp; Co", row=4) + "<row r='5'/>" + texts(" 8 ", "", row=9)
    found = xlsx.read(workbook({"S": sheet(rows)}), file="a.xlsx")

    assert found.header == ("Id", "Name")
    assert found.rows == ((4, ("007", "Ann & Co")), (9, ("8", "")))
    assert found.problems == ()


def test_shared_texts_come_without_their_pronunciation() -> None:
    row = [f'<c t="s"><v>{at}</v></c>' for at in range(3)]

    assert cells(*row, shared=SHARED) == ["山田", "Ann", "a\rb"]


def test_cells_that_are_left_out_are_empty() -> None:
    assert cells('<c r="C2"><v>5</v></c>', "", "") == ["", "", "5"]


def test_values_are_told_as_they_are_shown() -> None:
    made = styles("000", "14", "yyyy-mm-dd hh:mm", "h:mm", "[h]:mm", '0.00"m"', "#,##0")
    row = [
        f'<c s="{at}"><v>{value}</v></c>'
        for at, value in enumerate(["7.0", "7", "46348", "46348.5", "0.25", "1.5", "2.5", "1e3"])
    ]

    assert cells(*row, styles=made) == ["7", "007", "2026-11-22", "2026-11-22T12:00:00", "06:00:00", "36:00:00", "2.5", "1000"]


def test_other_kinds_of_cells_are_told() -> None:
    row = [
        '<c t="b"><v>1</v></c>',
        '<c t="b"><v>0</v></c>',
        '<c t="str"><f>A1&amp;B1</f><v>ab</v></c>',
        "<c><f>1+1</f><v>2</v></c>",
    ]

    assert cells(*row) == ["true", "false", "ab", "2"]


def test_days_may_count_from_1904() -> None:
    row = '<c s="1"><v>0</v></c>'

    assert cells(row, styles=styles("14"), properties='<workbookPr date1904="1"/>') == ["1904-01-01"]
    assert cells('<c s="1"><v>59</v></c>', styles=styles("14")) == ["1900-02-28"]
    assert cells('<c s="1"><v>61</v></c>', styles=styles("14")) == ["1900-03-01"]


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("<c><f>1+1</f></c>", "a.xlsx:2:1: a formula without a value; open the workbook in a spreadsheet and save it"),
        ('<c t="e"><v>#N/A</v></c>', "a.xlsx:2:1: #N/A instead of a value; mend the formula"),
        ('<c t="s"><v>9</v></c>', "a.xlsx:2:1: text '9' is not in the workbook; mend the cell"),
        ("<c><v>x</v></c>", "a.xlsx:2:1: 'x' is no number; mend the cell"),
        ("<c><v>1e999999999</v></c>", "a.xlsx:2:1: '1e999999999' is no number; mend the cell"),
        ("<c><v>NaN</v></c>", "a.xlsx:2:1: 'NaN' is no number; mend the cell"),
        ('<c s="1"><v>-1</v></c>', "a.xlsx:2:1: -1 is no date; mend the cell"),
    ],
)
def test_what_a_cell_cannot_say_is_a_problem_with_its_place(cell: str, problem: str) -> None:
    assert cells(cell, styles=styles("14"))[0].startswith(problem)


def test_merged_cells_in_the_table_are_a_problem() -> None:
    rows = texts("Id", row=2) + texts("1", row=3)
    below = '<mergeCells><mergeCell ref="A3:A4"/></mergeCells>'
    aside = '<mergeCells><mergeCell ref="A1:B1"/><mergeCell ref="C3:D4"/></mergeCells>'

    assert read(workbook({"S": sheet(rows, below)}))[2] == [
        "a.xlsx:3: the cells A3:A4 are merged; unmerge them and write the value into each row"
    ]
    assert read(workbook({"S": sheet(rows, aside)}))[1] == [["1"]]


SHEETS = {"Staff": sheet(texts("Id")), "Empty": sheet(""), "Lists": sheet(texts("X"))}


def test_the_only_sheet_with_something_in_it_is_read() -> None:
    assert read(workbook(SHEETS, hidden=("Lists",)))[0] == ("Id",)


def test_several_sheets_want_a_name() -> None:
    assert read(workbook(SHEETS))[2] == [
        "a.xlsx: several sheets hold something: Staff, Lists; name the right one in mapping.yaml: `sheet`"
    ]
    assert read(workbook(SHEETS, hidden=("Lists",)), sheet="Lists")[0] == ("X",)
    assert read(workbook(SHEETS), sheet="staff")[2][0].startswith(
        "a.xlsx: no sheet 'staff'; sheets there are: Staff, Empty, Lists"
    )


def test_a_workbook_without_anything_has_no_header() -> None:
    assert "no sheet holds a header line" in read(workbook({"S": sheet("")}))[2][0]
    assert "no sheet holds a header line" in read(workbook({"S": sheet("")}), sheet="S")[2][0]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "a.xlsx: no workbook"),
        (b"PK\x03\x04 cut off", "a.xlsx: no workbook"),
        (b"\xd0\xcf\x11\xe0old", "a.xlsx: an old .xls workbook, or one with a password"),
        (packed({"a.txt": "x"}), "a.xlsx: no workbook: it holds no xl/workbook.xml"),
        (packed({"xl/workbook.xml": "<!DOCTYPE a><a/>"}), "a.xlsx: xl/workbook.xml: a document type or entity"),
        (workbook({"S": "<worksheet>"}), "a.xlsx: a sheet: no element found"),
        (workbook({"S": "<a>" * 200 + "</a>" * 200}), "a.xlsx: a sheet: nested deeper than 100 levels"),
        (workbook({"S": sheet("")}, shared="<t>a" * 200), "a.xlsx: shared texts: not XML: nested deeper than 100 levels"),
        (workbook({"S": sheet('<row><c r="ZZZ1"/></row>')}), "a.xlsx: a sheet: more than 3000000 cells or 16384 columns"),
    ],
    ids=range(9),
)
def test_hostile_workbooks_are_problems(data: bytes, problem: str) -> None:
    assert read(data)[2][0].startswith(problem)


@pytest.mark.long
def test_a_workbook_that_unpacks_to_very_much_is_a_problem() -> None:
    data = workbook({f"S{at}": "<x/>" + " " * (xlsx.MAX_UNPACKED // 5) for at in range(6)})

    assert len(data) < xlsx.MAX_UNPACKED // 500
    assert read(data)[2][0].startswith("a.xlsx: unpacks to more than")


def test_a_workbook_cut_off_anywhere_is_a_problem() -> None:
    data = workbook({"S": sheet(texts("Id") + texts("1", row=2))})

    for at in range(4, len(data), 7):
        assert read(data[:at])[2]


@pytest.mark.parametrize(
    ("code", "shape"),
    [
        ("General", "plain"), ("@", "plain"), ("0", "plain"), ("00000", 5), ("#,##0.00", "plain"), ("0%", "plain"),
        ("yyyy/m/d", "date"), ("d-mmm-yy", "date"), ("mmm", "date"), ("[$-411]ggge年m月d日", "date"), ("h:mm AM/PM", "time"),
        ("mm:ss", "time"),
        ("yyyy-mm-dd hh:mm:ss", "datetime"), ("[h]:mm:ss", "elapsed"), ('0.0"days"', "plain"), ("[Red]0;[Blue]-0", "plain"),
        (r"0\d", "plain"),
    ],
)  # fmt: skip
def test_a_number_format_says_what_a_number_means(code: str, shape: Any) -> None:
    assert form(164, code) == shape


@pytest.mark.parametrize(
    ("text", "shown"),
    [("0.1", "0.1"), ("0.30000000000000004", "0.3"), ("1E+16", "10000000000000000"), ("-0", "0"),
        ("1234567890123", "1234567890123"), ("1.50", "1.5")],
)  # fmt: skip
def test_numbers_are_written_plainly(text: str, shown: str) -> None:
    assert number(text, "plain", since_1904=False) == shown
