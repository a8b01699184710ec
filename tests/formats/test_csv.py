from typing import Any

import pytest

from reconciler.formats import csv


def table(text: str | bytes, **options: Any) -> Any:
    data = text if isinstance(text, bytes) else text.encode()
    found = csv.read(data, file="f.csv", **options)
    assert not found.problems
    return found.header, [cells for _, cells in found.rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_seen_in_the_header(delimiter: str) -> None:
    text = f'Id{delimiter}"Last, first; both"\n007{delimiter}x\n'

    assert table(text) == (("Id", "Last, first; both"), [("007", "x")])


def test_delimiter_may_be_named() -> None:
    assert table("a,b;c\n1,2;3\n", delimiter=";") == (("a,b", "c"), [("1,2", "3")])


def test_line_of_excel_names_the_delimiter() -> None:
    assert table("sep=;\na;b,c\n1;2\n") == (("a", "b,c"), [("1", "2")])


@pytest.mark.parametrize(
    ("encoding", "named"), [("utf-8", ""), ("utf-8-sig", ""), ("utf-16", ""), ("cp932", "cp932"), ("shift_jis", "shift_jis")]
)
def test_encoding_is_seen_or_named(encoding: str, named: str) -> None:
    data = "名前,番号\n山田 太郎,007\n".encode(encoding)

    assert table(data, encoding=named) == (("名前", "番号"), [("山田 太郎", "007")])


def test_quoted_cells_hold_line_breaks_and_rows_know_the_line_they_start_on() -> None:
    found = csv.read(b'a,b\r\n1,"x\r\ny"\r\n\r\n2,z\r\n', file="f.csv")

    assert found.rows == ((2, ("1", "x\r\ny")), (5, ("2", "z")))


@pytest.mark.parametrize(
    ("data", "options", "told"),
    [
        (b"a,b\n1,2,3\n1\n", {}, "f.csv:2: 3 cells under 2 columns"),
        (b'a,b\n1,"x\n', {}, "f.csv:2: not readable as a table separated by ','"),
        (b"\n \n", {}, "f.csv: the file has no header line"),
        (b"a,b\n\x81\x40,1\n", {}, "f.csv:2:1: byte 0x81 is not utf-8"),
        (b"a,b\n", {"encoding": "klingon"}, "f.csv: 'klingon' is no text encoding"),
        (b"a,b\n", {"encoding": "zlib"}, "f.csv: 'zlib' is no text encoding"),
        (b"a,b\n", {"delimiter": "::"}, "f.csv: delimiter '::' is not one sign"),
        (b"a,b\n1," + b"x" * 200_000, {}, "f.csv:2: not readable"),
    ],
)
def test_what_cannot_be_read_is_a_problem_with_a_place(data: Any, options: Any, told: str) -> None:
    found = csv.read(data, file="f.csv", **options)

    assert found.rows == ()
    assert str(found.problems[0]).startswith(told)


def test_all_uneven_rows_are_told() -> None:
    assert len(csv.read(b"a,b\n1\n2\n3,4\n", file="f.csv").problems) == 2


def test_empty_cells_beyond_the_header_are_dropped() -> None:
    assert table("a,b\n1,2,,\n") == (("a", "b"), [("1", "2")])
