from typing import Any

import pytest

from reconciler.formats import json


def values(text: str | bytes, **options: Any) -> Any:
    data = text if isinstance(text, bytes) else text.encode()
    found = json.read(data, file="f.json", **options)
    assert not any(not problem.warning for problem in found.problems), found.problems
    return list(found.values)


def problem(text: str | bytes) -> Any:
    data = text if isinstance(text, bytes) else text.encode()
    found = json.read(data, file="f.json")
    assert found.values == ()
    return str(found.problems[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1}', [{"a": 1}]),
        ('{"a": [1, 2,],}', [{"a": [1, 2]}]),
        ('{"a": 1, // why\n "b": 2 /* and\n more */ }', [{"a": 1, "b": 2}]),
        ('{"a": "http://x//y"}', [{"a": "http://x//y"}]),
        ('{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        ('{"a": 1} {"a": 2,}', [{"a": 1}, {"a": 2}]),
        ('{"a": 1},\n{"a": 2},\n', [{"a": 1}, {"a": 2}]),
        ("[]", [[]]),
        ('"\\ud83d\\ude00"', ["😀"]),
        ("[true, false, null, -1.5e3]", [[True, False, None, -1500.0]]),
    ],
)
def test_sloppy_text_is_read_as_meant(text: str | bytes, expected: Any) -> None:
    assert values(text) == expected


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encoding_is_seen(encoding: str) -> None:
    assert values('{"名": "山田"}'.encode(encoding)) == [{"名": "山田"}]


def test_one_closing_brace_too_many_is_a_warning() -> None:
    found = json.read(b'{"a": 1}\n}\n', file="f.json")

    assert found.values == ({"a": 1},)
    assert str(found.problems[0]) == "f.json:2:1: warning: one '}' too many at the end of the file, ignored"


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ('{"a": 1, "a": 2}', "f.json:1:10:", "key 'a' stands twice in one object"),
        ('{\n "b": {"a": 1, "a": 1,}}', "f.json:2:16:", "stands twice"),
        ('{"a": NaN}', "f.json:1:7:", "'NaN' is not JSON"),
        ("[Infinity]", "f.json:1:2:", "'Infinity' is not JSON"),
        ("[-Infinity]", "f.json:1:2:", "expected a value"),
        ("[1e999]", "f.json:1:2:", "too large"),
        ("[" + "9" * 5000 + "]", "f.json:1:2:", "too large"),
        ("", "f.json:1:1:", "the file is empty"),
        ("// nothing", "f.json:1:1:", "the file is empty"),
        ('{"a": 1}}}', "f.json:1:9:", "'}' closes nothing"),
        ('{"a": [1, 2', "f.json:1:12:", "the file ends inside what line 1 opens"),
        ('{"a": "x', "f.json:1:7:", "unterminated string"),
        ("{'a': 1}", "f.json:1:2:", "expected a key in quotes"),
        ('{"a": [1 2]}', "f.json:1:10:", "expected ',' or ']'"),
        ('["\\ud83d"]', "f.json:1:3:", "half a sign"),
        ('{"a": \n"\x01"}', "f.json:2:2:", "invalid control character"),
        ("[" * 101 + "]" * 101, "f.json:1:101:", "nested deeper than 100 levels"),
        ("[" * 200_000, "f.json:1:101:", "nested deeper than 100 levels"),
    ],
)
def test_what_could_change_a_meaning_is_a_problem_with_a_place(text: str | bytes, place: str, what: str) -> None:
    told = problem(text)

    assert told.startswith(place)
    assert what in told


def test_a_wrong_byte_is_a_problem_with_a_place() -> None:
    assert problem(b'{"a":\n "x\xff"}').startswith("f.json:2:4: byte 0xff is not utf-8")


def test_hundred_levels_are_read() -> None:
    assert values("[" * 100 + "]" * 100)


def test_numbers_may_stay_as_written() -> None:
    assert values('{"a": 4.0, "b": 007}'.replace("007", "7"), numbers_as_text=True) == [{"a": "4.0", "b": "7"}]
    assert values('{"a": 4.0,}', numbers_as_text=True) == [{"a": "4.0"}]


def test_documents_know_their_lines() -> None:
    assert json.read(b'{"a":1}\n\n{"b":2}\n', file="f").lines == (1, 3)
    assert json.read(b'{"a":1,}\n\n{"b":2}\n', file="f").lines == (1, 3)


def test_a_file_beyond_the_limit_is_not_read() -> None:
    found = json.read(b" " * (json.MAX_BYTES + 1), file="f.json")

    assert "larger than" in str(found.problems[0])


# ── records of feeds ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("record", "found"),
    [(b'{"a": 1}', ({"a": 1},)), (b'{"a": 1,} // so', ({"a": 1},)), (b'{"a": 1} {"b": 2}', ({"a": 1}, {"b": 2}))],
)
def test_the_values_of_a_record_are_read_generously(record: bytes, found: tuple[Any, ...]) -> None:
    assert tuple(json.values(record)) == found


@pytest.mark.parametrize("record", [b"", b"{", b"half", b'{"a": NaN}'])
def test_a_record_that_is_no_json_is_a_value_error(record: bytes) -> None:
    with pytest.raises(ValueError, match=r"^not JSON: record:"):
        json.values(record)


@pytest.mark.parametrize(
    ("text", "open_brackets"), [("{", 1), ("}", -1), ('{"a": "}"', 1), ('["\\"]", {', 2), ("{}[]", 0), ('"{', 1)]
)
def test_brackets_in_strings_do_not_count(text: str, open_brackets: int) -> None:
    assert json.depth(text) == open_brackets
