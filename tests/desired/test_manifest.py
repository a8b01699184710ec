import hashlib
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.desired import manifest
from reconciler.errors import InputError
from reconciler.formats.yaml import Tree, read
from reconciler.kinds import REGISTRY
from reconciler.model.problem import Place

TEXT = (
    "version: 1\nusers:\n- {key: a, name: 山田, skills: {x: 4.0}, manager: ~}\n- key: b\n---\nversion: 1\nqueues: []\n".encode()
)
COLLECTIONS = [kind.plural for kind in REGISTRY.values()]


class Shelf:
    """A cache that can be looked into."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.asked = 0

    def get(self, name: str) -> bytes | None:
        self.asked += 1
        return self.kept.get(name)

    def put(self, name: str, data: bytes) -> None:
        self.kept[name] = data


def said(tree: Tree) -> list[tuple[Any, int, Any]]:
    return [(one.data, one.line, one.lines) for one in tree.documents]


def flaws(text: str) -> list[str]:
    told: list[str] = []
    tree = read(text.encode(), file="f")

    def tell(tree: Tree, path: Any, subject: str, what: str, remedy: str) -> None:
        place = tree.places([path])[path] if path else Place(tree.file)
        told.append(f"{place} {subject}: {what}; {remedy}")

    manifest.check(tree, COLLECTIONS, tell)
    return told


def test_what_comes_from_the_cache_is_what_was_read() -> None:
    shelf = Shelf()

    cold = manifest.tree(TEXT, "f", shelf)
    warm = manifest.tree(TEXT, "f", shelf)

    assert said(warm) == said(cold) == said(read(TEXT, file="f"))
    assert len(shelf.kept) == 1


def test_a_tree_from_the_cache_is_not_parsed_again() -> None:
    shelf = Shelf()
    name = hashlib.sha256(manifest.CACHE_VERSION + TEXT).hexdigest()
    shelf.put(name, manifest.pack(name, read(b"version: 1\nskills: []\n", file="f").documents))

    assert manifest.tree(TEXT, "f", shelf).data == {"version": "1", "skills": []}


def test_a_tree_from_the_cache_knows_its_places() -> None:
    shelf = Shelf()
    manifest.tree(TEXT, "f", shelf)

    assert manifest.tree(TEXT, "g", shelf).place(("users", 0, "skills", "x")) == Place("g", 3, 31)


def test_another_text_has_another_entry() -> None:
    shelf = Shelf()

    manifest.tree(TEXT, "f", shelf)
    manifest.tree(TEXT + b"\n", "f", shelf)

    assert len(shelf.kept) == 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _kept: b"",
        lambda kept: kept[:-1],
        lambda kept: kept[:20],
        lambda kept: kept + b" ",
        lambda kept: kept.replace(b'"a"', b'"z"'),
        lambda _kept: orjson.dumps([[{"version": "1"}, 1, {}]]),
        lambda _kept: manifest.pack("another name", read(b"version: 1\n", file="f").documents),
    ],
    ids=["empty", "cut off", "cut short", "longer", "altered", "no digest", "of another text"],
)
def test_a_broken_cache_entry_is_ignored(spoil: Any) -> None:
    shelf = Shelf()
    manifest.tree(TEXT, "f", shelf)
    [name] = shelf.kept
    whole = shelf.kept[name]
    shelf.kept[name] = spoil(whole)

    assert said(manifest.tree(TEXT, "f", shelf)) == said(read(TEXT, file="f"))
    assert shelf.kept[name] == whole


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_become_documents_by_accident(kept: bytes) -> None:
    assert manifest.unpack("name", kept) is None


def test_a_bad_text_is_not_kept() -> None:
    shelf = Shelf()

    with pytest.raises(InputError):
        manifest.tree(b"a: [", "f", shelf)

    assert shelf.kept == {}


def test_bad_files_do_not_hide_good_ones() -> None:
    found, problems = manifest.trees({"b": b"a: [", "c": TEXT, "a": b"a: &x 1"}, None)

    assert [tree.file for tree in found] == ["c"]
    assert [problem.place.file for problem in problems] == ["a", "b"]


def test_blocks_know_file_line_and_way() -> None:
    tree = read(b"version: 1\nusers:\n- key: a\n\n- key: b\n---\nversion: 1\nusers: [{key: c}]\n", file="f")

    assert [(spot.place, spot.path, block["key"]) for spot, block in manifest.blocks(tree, "users")] == [
        (Place("f", 3), (0, "users", 0), "a"),
        (Place("f", 5), (0, "users", 1), "b"),
        (Place("f", 8), (1, "users", 0), "c"),
    ]


@pytest.mark.parametrize(
    "text", ["version: 1\n", "version: 1\nusers:\nskills: []\n", "---\n---\nversion: 1\n---\n", "version: '1'"]
)
def test_these_shapes_are_fine(text: str) -> None:
    assert flaws(text) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["f : the file holds nothing; delete it, or begin with version: 1"]),
        ("---\n---\n", ["f : the file holds nothing; delete it, or begin with version: 1"]),
        ("users: []", ["f:1:1 : version is missing; begin with version: 1"]),
        ("users: []\n---\nversion: 1", ["f:1:1 : version is missing; begin with version: 1"]),
        ("version: 2", ["f:1:1 : version '2' is not known; write version: 1"]),
        ("version: 1.0", ["f:1:1 : version '1.0' is not known; write version: 1"]),
        ("version: [1]", ["f:1:1 : version a list is not known; write version: 1"]),
        ("version:", ["f:1:1 : version null is not known; write version: 1"]),
        ("- a\n", ["f:1:1 : a manifest is a mapping of collections; begin with version: 1"]),
        ("version: 1\nuser: []", ["f:2:1 : unknown collection 'user'; did you mean users?"]),
        ("version: 1\nqueue: []", ["f:2:1 : unknown collection 'queue'; did you mean queues?"]),
        ("version: 1\nzzz: []", [f"f:2:1 : unknown collection 'zzz'; known are {', '.join(COLLECTIONS)}"]),
        ("version: 1\nusers: {a: 1}", ["f:2:1 : users is a list of objects; begin each object with - key:"]),
        ("version: 1\nusers: a", ["f:2:1 : users is a list of objects; begin each object with - key:"]),
    ],
)
def test_these_shapes_are_told(text: str, told: list[str]) -> None:
    assert flaws(text) == told


def test_long_values_are_cut_in_messages() -> None:
    assert len(manifest.shown("x" * 1000)) <= 60
    assert manifest.shown({"a": 1}) == "a mapping"
