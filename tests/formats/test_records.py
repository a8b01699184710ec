from typing import Any

import pytest

from reconciler.formats import records


def cells(text: str, file: str = "a.json") -> list[dict[str, Any]]:
    found = records.read(text.encode(), file=file)
    assert found.problems == ()
    return [dict(row.cells) for row in found.rows]


@pytest.mark.parametrize(
    "text",
    [
        '[{"Id": 7}, {"Id": "8"}]',
        '{"Id": 7}\n{"Id": "8"}',
        '{"total": 2, "rows": [{"Id": 7}, {"Id": "8"}]}',
        '{"status": 0, "result": {"done": true, "records": [{"Id": 7}, {"Id": "8"}]}}',
    ],
)
def test_json_is_read_in_any_wrapping(text: str) -> None:
    assert cells(text) == [{"id": "7"}, {"id": "8"}]


def test_an_object_alone_is_a_record() -> None:
    assert cells('{"id": 7, "inner": {"a": 1}, "many": [1]}') == [{"id": "7", "inner": {"a": "1"}, "many": ["1"]}]


def test_an_empty_list_holds_no_records() -> None:
    assert cells('{"records": []}') == []


def test_rows_of_csv_know_their_line() -> None:
    found = records.read(b"Id,Name\n1,a\n\n2,b\n", file="a.csv")

    assert [(row.place.line, row.say("id"), row.say("nothing", "name")) for row in found.rows] == [(2, "1", "a"), (4, "2", "b")]
    assert found.names == {"id", "name"}


def test_a_column_that_stands_twice_is_a_problem() -> None:
    (problem,) = records.read(b"Id,ID\n1,2\n", file="a.csv").problems

    assert str(problem) == "a.csv:1: column 'id' stands twice; rename one of them in the export"


def test_a_record_that_is_no_object_is_a_problem() -> None:
    (problem,) = records.read(b'[1, {"a": 2}, 3]', file="a.json").problems

    assert problem.what == "a record that is no object"


@pytest.mark.parametrize(("value", "text"), [(None, ""), (True, "true"), (" x ", "x"), ([1], ""), ({}, ""), (7, "7")])
def test_one_value_is_said_as_text(value: Any, text: str) -> None:
    assert records.said(value) == text
