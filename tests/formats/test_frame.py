"""Records are found wherever the input is cut, and whatever somebody wrote into it."""

from __future__ import annotations

import time

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.formats.frame import CUTTERS, LARGE, LIMIT, Cutter, Damaged, Piece, Position, cut, cutter

SIGNS = {
    "lines": ["a", "bc", "\n", "\r\n", "\0", " ", "\ufeff"],
    "json": [
        "{",
        "}",
        "[",
        "]",
        '"',
        "\\",
        "\n",
        "\n{",
        ",",
        ":",
        "1",
        "true",
        " ",
        "//",
        "/*",
        "*/",
        "/",
        '{"a":1}',
        "{}\n",
        "é",
    ],
    "xml": [
        "<a>",
        "</a>",
        "<b/>",
        "<",
        ">",
        "/",
        "\n",
        "\n<a",
        '"',
        "'",
        "<!--",
        "-->",
        "<?xml ",
        "?>",
        "<![CDATA[",
        "]]>",
        "<!D",
        "x",
    ],
}


def pieces(frame: str, parts: list[bytes], *, most: int = 1000) -> list[Piece]:
    one, found = cutter(frame), []
    for part in parts:
        one.feed(part)
        while some := one.take(most):
            found += some
    while some := one.take(most, final=True):
        found += some
    return found


def told(found: list[Piece]) -> list[tuple[int, int, bytes, str]]:
    return [(*piece, getattr(piece.data, "why", "")) for piece in found]


def records(frame: str, text: str) -> list[bytes]:
    return [data for _, data in cut(frame, text.encode(), final=True)[0]]


def whole(frame: str, text: str) -> list[str]:
    return [data.decode() for data in records(frame, text) if not isinstance(data, Damaged)]


def damaged(frame: str, text: str) -> list[tuple[str, str]]:
    return [(data.decode(), data.why) for data in records(frame, text) if isinstance(data, Damaged)]


FRAMES = ("lines", "json", "xml")
SHORT = LIMIT // 8  # what holds for a limit holds for a smaller one, and costs less to try


def short(frame: str) -> Cutter:
    """A cutter that takes shorter records."""
    return type("Short", (CUTTERS[frame],), {"limit": SHORT})()


@pytest.mark.parametrize("frame", FRAMES)
@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_any_split_gives_the_same_records(frame: str, data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.sampled_from(SIGNS[frame.removeprefix("large ")]), max_size=25))
    whole = "".join(parts).encode()
    splits = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    split = [whole[a:b] for a, b in zip([0, *splits], [*splits, len(whole)], strict=True)]

    assert told(pieces(frame, split, most=2)) == told(pieces(frame, [whole]))


@pytest.mark.parametrize("frame", FRAMES)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_records_lie_in_the_input_where_they_say(frame: str, data: st.DataObject) -> None:
    whole = (
        "".join(data.draw(st.lists(st.sampled_from(SIGNS[frame.removeprefix("large ")]), max_size=25))).replace("\0", "").encode()
    )

    found = pieces(frame, [whole])

    for piece in found:
        assert whole[piece.offset : piece.offset + len(piece.data)] == piece.data
        assert piece.line == whole.count(b"\n", 0, piece.offset) + 1
    assert [piece.offset for piece in found] == sorted({piece.offset for piece in found})


@pytest.mark.parametrize("frame", FRAMES)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_another_cutter_goes_on_where_one_stopped(frame: str, data: st.DataObject) -> None:
    whole = "".join(data.draw(st.lists(st.sampled_from(SIGNS[frame.removeprefix("large ")]), max_size=25))).encode()
    all_of_them = pieces(frame, [whole])
    first = cutter(frame)
    first.feed(whole)
    before = first.take(data.draw(st.integers(1, 5)))

    second = cutter(frame, first.position)
    second.feed(whole[first.position.offset :])
    after: list[Piece] = []
    while some := second.take(final=True):
        after += some

    assert told(before + after) == told(all_of_them)


@pytest.mark.parametrize("value", [{"a": [1, {"b": '}]"\\'}]}, {}, 'text } \\ "', 12.5, True, None])
@pytest.mark.parametrize("between", ["\n", " \n\n", ",", ",\n", "// {\n", "/* \n{ */"])
@pytest.mark.parametrize("option", [0, orjson.OPT_INDENT_2])
def test_values_come_out_as_they_went_in(value: object, between: str, option: int) -> None:
    text = orjson.dumps(value, option=option).decode()

    assert whole("json", text + between + text + "\n") == [text, text]
    assert whole("json", f"[{text}{between},{text}]") == [text, text]
    assert damaged("json", text + between + text) == []


def test_elements_of_an_array_may_be_arrays() -> None:
    assert whole("json", '[["a", 1], ["b"]]\n[["c"]]') == ['["a", 1]', '["b"]', '["c"]']


def test_what_is_sloppy_survives() -> None:
    text = '{"a": 1,} // one\n}\n[ {"b": [1,],}, /* two */ {"c": 2}, ]\n]] {"d": 4}'

    assert whole("json", text) == ['{"a": 1,}', '{"b": [1,],}', '{"c": 2}', '{"d": 4}']
    assert damaged("json", text) == []


@pytest.mark.parametrize(
    ("broken", "kept"),
    [
        ('{"a": {"b": "half', ""),
        ('{"a": 1, "b": [', '\n{"lost": 1}'),  # this one can be its element, as far as brackets tell
        ('{"a": 1', ""),
        ('{"a": 1 // said\n// twice', ""),
        ('{"a": "b"', ""),
    ],
)
def test_a_broken_value_costs_itself(broken: str, kept: str) -> None:
    text = f'{{"x": 0}}\n{broken}{kept}\n{{"y": 1}}\n{{"z": 2}}\n'

    assert whole("json", text) == ['{"x": 0}', '{"y": 1}', '{"z": 2}']
    assert [data.strip() for data, _ in damaged("json", text)] == [broken + kept]


def test_a_broken_string_costs_its_value_alone() -> None:
    text = '{\n  "a": "half\n  line", "b": {\n  }\n}\n{"c": 1}'

    assert whole("json", text) == ['{"c": 1}']
    assert len(damaged("json", text)) == 1


def test_objects_may_begin_their_lines_inside_a_value() -> None:
    text = '{"a": [\n{"b":\n{}\n}, // why\n{"c": 1}\n]}'

    assert whole("json", text) == [text]


def test_words_that_are_no_json_are_told() -> None:
    assert damaged("json", 'starting up\n{"a": 1} NaN\n') == [("starting up", "it is not JSON"), ("NaN", "it is not JSON")]


@pytest.mark.parametrize(
    "document",
    [
        "<a/>",
        "<a></a>",
        '<?xml version="1.0"?>\n<a>\n<b c="/>" d=\'"\'/></a>',
        "<!-- <a> --><a><!-- </a> --><![CDATA[</a>]]></a>",
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        '<x:a xmlns:x="urn:x"><x:a>\n  <x:a/></x:a></x:a>',
        "<?go <a> ?><a><?go </a> ?></a>",
    ],
)
def test_documents_come_out_as_they_went_in(document: str) -> None:
    text = document + "\n" + document + document + "\n"

    assert whole("xml", text) == [document] * 3
    assert damaged("xml", text) == []


@pytest.mark.parametrize("broken", ["<a><b>", "<a>text", '<a b="1"><c/>', "<a><!-- said -->"])
@pytest.mark.parametrize("follow", ['<?xml version="1.0"?><z/>', "<a ><z/></a>"])
def test_a_broken_document_costs_itself(broken: str, follow: str) -> None:
    text = f"<y/>{broken}\n{follow}<z/>"

    assert whole("xml", text) == ["<y/>", follow, "<z/>"]
    assert [data.strip() for data, _ in damaged("xml", text)] == [broken]


def test_text_between_documents_is_told() -> None:
    assert damaged("xml", "said: <a/> more") == [("said: ", "text between documents"), ("more", "text between documents")]


def test_an_end_without_a_beginning_is_passed_over() -> None:
    assert whole("xml", "</a><b/></c>\n<d/>") == ["<b/>", "<d/>"]


def test_comments_alone_are_no_document() -> None:
    assert records("xml", '<?xml version="1.0"?><!-- nothing -->') == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\nb\n", ["a", "b"]),
        ("a\r\n\r\n b \r\nc", ["a", " b ", "c"]),
        ("\ufeffa\n", ["a"]),
        ("\0\0\0a\n\0\n", ["a"]),
        ("\n \n\n", []),
        ("", []),
    ],
)
def test_lines_come_without_their_ends(text: str, lines: list[str]) -> None:
    assert whole("lines", text) == lines


def test_lines_know_their_numbers() -> None:
    assert [(piece.line, piece.data) for piece in pieces("lines", [b"\n\na\n\n", b"b\r\nc"])] == [(3, b"a"), (5, b"b"), (6, b"c")]


@pytest.mark.parametrize(("frame", "half"), [("lines", "half"), ("json", '{"a":'), ("json", "12"), ("xml", "<a>")])
def test_a_half_written_record_waits(frame: str, half: str) -> None:
    first = {"lines": "one\n", "json": "{}", "xml": "<a/>"}[frame]

    found, used = cut(frame, (first + half).encode(), final=False)

    assert [data.decode() for _, data in found] == [first.strip()]
    assert used == len(first)


@pytest.mark.parametrize(
    ("frame", "begin", "end"),
    [("lines", "", "\n"), ("json", '{"a":"', '"}'), ("json", "[[0", "]"), ("json", "", "\n"), ("xml", "<a>", "</a>")],
)
@pytest.mark.parametrize("step", [65_536, 4 * LIMIT])
def test_a_record_that_is_too_long_is_handed_over_cut(frame: str, begin: str, end: str, step: int) -> None:
    last = {"lines": "last\n", "json": '{"last":1}', "xml": "<last/>"}[frame]
    text = (begin + "1" * (LIMIT + LIMIT // 2) + end + last).encode()

    long, short = pieces(frame, [text[at : at + step] for at in range(0, len(text), step)])

    assert isinstance(long.data, Damaged)
    assert long.data.why.startswith("longer than")
    assert len(long.data) == LIMIT
    assert short.data == last.strip().encode()


@pytest.mark.parametrize(
    ("frame", "open_", "anew"),
    [
        ("json", "[", '\n{"a":1}'),
        ("json", "/* ", '\n{"a":1}'),
        ("json", '{"a":[{', '\n{"a":1}'),
        ("xml", "<!--", '<?xml version="1.0"?><a/>'),
    ],
)
def test_what_never_closes_ends_at_the_next_clear_beginning(frame: str, open_: str, anew: str) -> None:
    one, found = short(frame), list[Piece]()
    one.feed(("[" * (frame == "json") + open_ * (SHORT * 9 // 8 // len(open_)) + anew).encode())
    while some := one.take(final=True):
        found += some

    assert found[-1].data == anew.strip().encode()
    assert next(piece.data.why for piece in found if isinstance(piece.data, Damaged)).startswith("longer than")


@pytest.mark.parametrize(
    ("size", "frame", "part"),
    [
        *((SHORT * 9 // 8, "lines", part) for part in ("[", "\0")),
        *((SHORT * 9 // 8, "json", part) for part in ("[", '{"', "\n{", "[\n{/**/", "\\")),
        *((SHORT * 9 // 8, "xml", part) for part in ("<a>", "<", "<!--", "'<a '", "\n<a b='", "<![CDATA[", "a")),
        *((SHORT // 4, "json", part) for part in ('"', '{"a\n', "/*", "{} ")),  # these are many records
        *((SHORT // 4, "xml", part) for part in ("</a>", "<a/>")),
    ],
)
def test_hostile_input_costs_time_by_its_length_and_no_memory(size: int, frame: str, part: str) -> None:
    one, most = short(frame), 0
    text = part.encode() * (size // len(part))
    started = time.process_time()

    for at in range(0, len(text), 4_096):
        one.feed(text[at : at + 4_096])
        while one.take():
            pass
        most = max(most, len(one._buffer) + len(one._kept))

    assert time.process_time() - started < 30  # seconds; in the square of its length it would be an hour
    assert most < 2 * SHORT + 16_384


def test_a_position_remembers_that_it_is_inside_an_array() -> None:
    one = cutter("json")
    one.feed(b'[["a"], ["b"]]')
    one.take(1)
    assert one.position == Position(6, 1, "[")

    other = cutter("json", one.position)
    other.feed(b', ["b"]]')

    assert [piece.data for piece in other.take()] == [b'["b"]']


def test_a_frame_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="'csv' is no frame; choose one of lines, json, xml"):
        cutter("csv")


@pytest.mark.parametrize(("frame", "text"), [("large json", b'{"a": "%s"}'), ("large xml", b"<a>%s</a>")])
def test_everybodys_state_at_once_is_one_record(frame: str, text: bytes) -> None:
    record = text % (b"x" * 3 * LIMIT)

    assert [data for _, data in cut(frame, record, final=True)[0]] == [record]
    assert CUTTERS[frame].limit == LARGE
