import math
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import InputError
from reconciler.formats import yaml
from reconciler.formats.yaml_place import places
from reconciler.model.problem import Place


def data(text: str) -> Any:
    return yaml.read(text.encode(), file="f.yaml").data


def wrong(text: str | bytes, limits: yaml.Limits | None = None) -> list[str]:
    raw = text.encode() if isinstance(text, str) else text
    with pytest.raises(InputError) as caught:
        yaml.read(raw, file="f.yaml", limits=limits or yaml.Limits())
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "written", ["007", "no", "yes", "on", "1e3", "0x1F", "2027-01-31", "12:30:00", "true", "1_000", ".5", "="]
)
def test_plain_scalars_stay_as_written(written: Any) -> None:
    assert data(f"a: {written}") == {"a": written}


@pytest.mark.parametrize("written", ["null", "~", "Null", "NULL", ""])
def test_only_plain_nulls_are_null(written: Any) -> None:
    assert data(f"a: {written}") == {"a": None}


@pytest.mark.parametrize("written", ['"null"', "'~'", '""', "|-\n  null"])
def test_quoted_nulls_are_texts(written: Any) -> None:
    value = data(f"a: {written}")["a"]

    assert value in {"null", "~", ""}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("FALSE", False),
        ("no", "no"),
        ("007", 7),
        ("+12", 12),
        ("-12", -12),
        ("0o17", 15),
        ("0xff", 255),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("'5'", "5"),
        ("'true'", "true"),
        ("1_000", "1_000"),
        ("2027-01-31", "2027-01-31"),
        ("~", None),
        ("9" * 5000, "9" * 5000),
        ("1.2.3", "1.2.3"),
    ],
)
def test_plain_resolves_what_yaml_1_2_resolves(written: Any, value: Any) -> None:
    resolved = yaml.plain(yaml.read(f"a: [{{b: {written}}}]".encode(), file="f"))["a"][0]["b"]

    assert resolved == value
    assert type(resolved) is type(value)


def test_plain_resolves_not_a_number() -> None:
    assert math.isnan(yaml.plain(yaml.read(b"a: .nan", file="f"))["a"])


def test_keys_stay_texts_when_resolved() -> None:
    assert yaml.plain(yaml.read(b"1: {true: 2}", file="f")) == {"1": {"true": 2}}


@pytest.mark.parametrize(
    "raw",
    [
        "a: 日本\n".encode(),
        b"\xef\xbb\xbf" + "a: 日本\n".encode(),
        "a: 日本\n".encode("utf-16"),
        b"\xfe\xff" + "a: 日本\n".encode("utf-16-be"),
        "a: 日本\r\n".encode(),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16 little", "utf-16 big", "crlf"],
)
def test_utf_8_and_marked_utf_16_are_read(raw: Any) -> None:
    tree = yaml.read(raw, file="f")

    assert tree.data == {"a": "日本"}
    assert tree.place(("a",)) == Place("f", 1, 1)


def test_block_and_flow_styles_read_alike() -> None:
    block = "users:\n- key: a\n  skills:\n    x: 1\n  note: |\n    two\n    lines\n"
    flow = '{"users": [{"key": "a", "skills": {"x": 1}, "note": "two\\nlines\\n"}]}'

    assert data(block) == data(flow)


def test_each_part_is_a_document_with_its_lines() -> None:
    tree = yaml.read(b"version: 1\nusers:\n- key: a\n- key: b\n---\n\nusers: [x,\n  [y]]\n---\n", file="f")

    assert [(one.data, one.line, dict(one.lines)) for one in tree.documents] == [
        ({"version": "1", "users": [{"key": "a"}, {"key": "b"}]}, 1, {"users": [3, 4]}),
        ({"users": ["x", ["y"]]}, 5, {"users": [7, 8]}),
        (None, 9, {}),
    ]


def test_lines_are_kept_for_lists_of_the_document_only() -> None:
    tree = yaml.read(b"- [a]\n- {b: [c]}\n", file="f")

    assert tree.documents[0].lines == {}


def test_an_empty_text_has_no_document() -> None:
    tree = yaml.read(b"# nothing\n", file="f")

    assert tree.documents == ()
    assert tree.data is None


def test_several_documents_are_a_problem_where_one_is_expected() -> None:
    tree = yaml.read(b"a: 1\n---\nb: 2\n", file="f")

    with pytest.raises(InputError, match="f:2: several documents where one is expected; remove all but one part"):
        _ = tree.data


def test_places_name_the_beginning_of_keys_and_items() -> None:
    text = "version: 1\nusers:\n  - key: a\n    skills: {x: 1, 日本: 2}\n  - b\n---\nusers: [[p, {q: r}]]\n"
    paths = {
        (0, "users"): (2, 1),
        (0, "users", 0): (3, 5),
        (0, "users", 0, "skills"): (4, 5),
        (0, "users", 0, "skills", "日本"): (4, 20),
        (0, "users", 1): (5, 5),
        (1, "users", 0, 1, "q"): (7, 14),
    }

    found = yaml.read(text.encode(), file="f").places(paths)

    assert {path: (place.line, place.column) for path, place in found.items()} == paths


def test_a_missing_path_has_the_place_of_what_is_there() -> None:
    tree = yaml.read(b"users:\n- key: a\n", file="f")

    assert tree.place(("users", 0, "name")) == Place("f", 2, 3)
    assert tree.place(("users", 7, "name")) == Place("f", 1, 1)
    assert tree.place(("queues", 0)) == Place("f", 1, 1)
    assert tree.place((), document=3) == Place("f")


def test_a_second_document_is_asked_for_by_number() -> None:
    assert yaml.read(b"a: 1\n---\nb: 2\n", file="f").place(("b",), document=1) == Place("f", 3, 1)


def test_repeated_texts_are_one_object() -> None:
    items = data("items: [{key: abcdef}, {key: 'abcdef'}]")["items"]

    assert items[0]["key"] is items[1]["key"]


def test_a_tree_does_not_write_itself_out() -> None:
    assert repr(yaml.read(b"a: 1", file="f")) == "<Tree>"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x 1\n", "f.yaml:1:4: anchors (&x) are not supported; write the value out where it is used"),
        ("a: &x {}\n", "f.yaml:1:4: anchors (&x) are not supported; write the value out where it is used"),
        ("&x a: 1\n", "f.yaml:1:1: anchors (&x) are not supported; write the value out where it is used"),
        ("a: !!str 1\n", "f.yaml:1:4: tags (tag:yaml.org,2002:str) are not supported; remove the tag"),
        ("a: !!python/object:os.system {}\n", "f.yaml:1:4: tags (tag:yaml.org,2002:python/object:os.system) are not supported"),
        ("a: !x [1]\n", "f.yaml:1:4: tags (!x) are not supported; remove the tag"),
        ("a: ! 1\n", "f.yaml:1:4: tags (!) are not supported; remove the tag"),
        ("%TAG !e! tag:example.com,2000:\n---\na: 1\n", "f.yaml:1: %TAG is not supported; remove the line"),
        ("%YAML 1.1\n---\na: no\n", "f.yaml:1:1: this says it is YAML 1.1; write %YAML 1.2 or leave the line out"),
        ("%YAML 3.0\n---\na: no\n", "f.yaml:1:1: not YAML: found incompatible YAML document; write %YAML 1.2"),
        ("a: {b: 1}\nc:\n  <<: {d: 1}\n", "f.yaml:3:3: merging (<<) is not supported; write the fields out"),
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: a stands here and at f.yaml:1:1; remove one of them"),
        ("l:\n- {x: 1, y: 2, x: 3}\n", "f.yaml:2:16: x stands here and at f.yaml:2:4; remove one of them"),
        ("l: [[{x: 1}, {x: 1, x: 3}]]\n", "f.yaml:1:21: x stands here and at f.yaml:1:15; remove one of them"),
        ("a: {'1': x, 1: y}\n", "f.yaml:1:13: 1 stands here and at f.yaml:1:5; remove one of them"),
        ("? [a, b]\n: 1\n", "f.yaml:1:3: a list or mapping cannot be a key; write a text"),
        ("{{a: 1}: 1}\n", "f.yaml:1:2: a list or mapping cannot be a key; write a text"),
        ("~: 1\n", 'f.yaml:1:1: a key is empty; write a key; quote it where it is the word ("null")'),
        ("{? : 1}\n", 'f.yaml:1:4: a key is empty; write a key; quote it where it is the word ("null")'),
        ('a: "x\\0y"\n', "f.yaml:1:4: a control character (U+0000); remove it"),
        ('a: "\\e[31m"\n', "f.yaml:1:4: a control character (U+001B); remove it"),
        ('"a\\x9b": 1\n', "f.yaml:1:1: a control character (U+009B); remove it"),
        ("a: x\x00y\n", "f.yaml:1:5: a control character (U+0000); remove it"),
        ("日本: x\x1by\n", "f.yaml:1:6: a control character (U+001B); remove it"),
        ("a: x\u0085y\n", "f.yaml:1:5: a line separator (U+0085); remove it, or use a line feed"),
        ("a: 1\nb: '日\u2028本'\n", "f.yaml:2:6: a line separator (U+2028); remove it, or use a line feed"),
        ("a:\n\tb: 1\n", "f.yaml:2:1: a tab where indentation is expected; indent with spaces"),
        ("a: b: c\n", "f.yaml:1:5: not YAML: mapping values are not allowed in this context; put the value in quotes"),
        (
            "a: [1, 2\nb: 3\n",
            "f.yaml:2:2: not YAML: did not find expected ',' or ']' (while parsing a flow sequence, which began",
        ),
        ('a: "never closed\n', "f.yaml:2:1: not YAML: found unexpected end of stream"),
        ("a: @x\n", "f.yaml:1:4: not YAML: found character that cannot start any token; put the value in quotes"),
        (
            'a: "\\ud83d\\ude00"\n',
            "f.yaml:1:7: not YAML: found invalid Unicode character escape code; write the character itself",
        ),
        ("a: 1\n...\nb: 2\n", "f.yaml:3:1: not YAML: did not find expected <document start>; mend the YAML here or in the lines"),
        ("a: *x\n", "f.yaml:1:4: aliases (*x) are not supported; write the value out"),
        ("*x : 1\n", "f.yaml:1:1: aliases (*x) are not supported; write the value out"),
    ],
)
def test_what_is_refused_says_where_and_what_to_do(text: Any, problem: Any) -> None:
    assert wrong(text)[0].startswith(problem)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"a: 1\nb: \xe5\x27\n", "f.yaml:2:5: not UTF-8: invalid trailing UTF-8 octet; save the file as UTF-8"),
        ("a: 東京".encode("shift_jis"), "f.yaml:1:4: not UTF-8: invalid leading UTF-8 octet; save the file as UTF-8"),
        ("a: é".encode("latin-1"), "f.yaml:1:4: not UTF-8: incomplete UTF-8 octet sequence; save the file as UTF-8"),
        (b"a: \xed\xa0\x80", "f.yaml:1:4: not UTF-8: invalid Unicode character; save the file as UTF-8"),
        (b"\xff\xfea\x00:\x00 \x00\x00\xd8", "f.yaml: not UTF-16, though it begins so; save the file as UTF-8"),
        ("a: 1".encode("utf-16-le"), "f.yaml:1:2: a control character (U+0000); remove it"),
        ("a: 1".encode("utf-32"), "f.yaml:1:1: a control character (U+0000); remove it"),
    ],
)
def test_other_encodings_are_refused(raw: Any, problem: Any) -> None:
    assert wrong(raw) == [problem]


def test_all_problems_of_a_text_are_told_at_once() -> None:
    told = wrong("a: &x 1\nb: *x\nb: !!int 3\nc: [1\n")

    assert [line.partition(";")[0] for line in told] == [
        "f.yaml:1:4: anchors (&x) are not supported",
        "f.yaml:2:4: aliases (*x) are not supported",
        "f.yaml:3:1: b stands here and at f.yaml:2:1",
        "f.yaml:3:4: tags (tag:yaml.org,2002:int) are not supported",
        "f.yaml:5:1: not YAML: did not find expected ',' or ']' (while parsing a flow sequence, which began in line 4)",
    ]


def test_after_a_hundred_problems_nothing_more_is_told() -> None:
    assert len(wrong("a: !x 1\n" * 500)) == 100
    assert len(wrong("a: 1\n" * 500)) == 100


@pytest.mark.parametrize(
    ("limits", "text", "problem"),
    [
        (yaml.Limits(size=3), "abcd", "f.yaml: 4 bytes; at most 3 are read; split the file"),
        (yaml.Limits(scalar=3), "abc: abcd", "f.yaml:1:6: a value or comment of more than 3 characters; shorten it"),
        (yaml.Limits(depth=2), "a: [b, []]", "f.yaml:1:8: more than 2 levels deep; write it flatter"),
        (yaml.Limits(containers=2), "- []\n- {}\n", "f.yaml:2:3: more than 2 lists and mappings; split the file"),
        (yaml.Limits(events=5), "a: b\nc: d\n", "f.yaml:1:4: more than 5 parts; split the file"),
        (yaml.Limits(documents=2), "--- a\n--- b\n--- c\n", "f.yaml:3:1: more than 2 documents; split the file"),
        (yaml.Limits(problems=1), "a: !x 1\nb: !x 2\n", "f.yaml:1:4: tags (!x) are not supported; remove the tag"),
    ],
)
def test_limits_are_kept(limits: Any, text: Any, problem: Any) -> None:
    assert wrong(text, limits) == [problem]


def test_a_long_scalar_is_refused_before_its_end_is_read() -> None:
    assert wrong("a: b\nc: " + "x" * 200_000, yaml.Limits(scalar=3)) == [
        "f.yaml:2: a value or comment of more than 3 characters; shorten it"
    ]


def test_places_in_broken_text_are_those_before_the_break() -> None:
    assert places(b"a: 1\nb: [", "f", [(0, "a"), (0, "c")]) == {(0, "a"): Place("f", 1, 1), (0, "c"): Place("f", 1, 1)}


def test_what_just_fits_is_read() -> None:
    limits = yaml.Limits(size=12, scalar=3, depth=2, containers=2, events=11, documents=1)

    assert yaml.read(b"abc: [d, ef]", file="f", limits=limits).data == {"abc": ["d", "ef"]}


SCALARS = st.one_of(
    st.none(),
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cn", "Cs", "Zl", "Zp"), exclude_characters="\ufeff"), max_size=20
    ),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SCALARS.filter(lambda key: key is not None), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(TREES)
def test_json_reads_as_itself(value: Any) -> None:
    assert yaml.read(orjson.dumps(value), file="f").data == value


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet="{}[],:-?&*!|>'\"%@`#\n\t ab1~<", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_with_problems(raw: Any) -> None:
    problems: Any = ["none"]
    try:
        yaml.read(raw, file="f")
    except InputError as error:
        problems = error.problems

    assert problems
