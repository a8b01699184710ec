"""Manifest texts → documents that remember file and line, from the parse cache where it knows the text.

The shape of a document is checked here (a mapping, `version: 1`, known collections, lists of blocks); what stands in a block is
checked by `validate`, always, so that a broken cache can lose time but never make an object.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

import orjson

from reconciler.errors import InputError
from reconciler.formats.yaml import Document, Path, Tree, read
from reconciler.model.port import Cache
from reconciler.model.problem import Place, Problem

VERSION: Final = "1"
CACHE_VERSION: Final = b"manifest-1\n"
"""Changes whenever `formats.yaml` reads a text differently."""
_DIGEST: Final = 32

Flaw = Callable[..., None]


class Spot(NamedTuple):
    """Where a block stands: the file's tree, the way through it, and the line it begins in. Cheap: there is one per block."""

    tree: Tree
    path: Path
    line: int

    @property
    def place(self) -> Place:
        """File and line; the column is not known without reading the text again."""
        return Place(self.tree.file, self.line)


def trees(files: Mapping[str, bytes], cache: Cache | None) -> tuple[list[Tree], list[Problem]]:
    """The trees of all files in order of their names, and what is wrong with those that cannot be read."""
    found: list[Tree] = []
    problems: list[Problem] = []
    for file in sorted(files):
        try:
            found.append(tree(files[file], file, cache))
        except InputError as error:
            problems += error.problems
    return found, problems


def tree(text: bytes, file: str, cache: Cache | None) -> Tree:
    """The tree of one text; kept in the cache under the digest of the text. `InputError` as `formats.yaml.read`."""
    if cache is None:
        return read(text, file=file)
    name = hashlib.sha256(CACHE_VERSION + text).hexdigest()
    kept = cache.get(name)
    if kept is not None and (documents := unpack(name, kept)) is not None:
        return Tree(file, documents, text)
    fresh = read(text, file=file)
    cache.put(name, pack(name, fresh.documents))
    return fresh


def pack(name: str, documents: Sequence[Document]) -> bytes:
    """Documents as bytes for the cache: a digest, then JSON of data, line and lines of each."""
    body = orjson.dumps([[one.data, one.line, one.lines] for one in documents])
    return _digest(name, body) + body


def unpack(name: str, kept: bytes) -> tuple[Document, ...] | None:
    """What `pack` packed under this name, or None for anything else: cut off, altered, or of another text."""
    body = memoryview(kept)[_DIGEST:]
    if kept[:_DIGEST] != _digest(name, body):
        return None
    return tuple(Document(*parts) for parts in orjson.loads(body))


def _digest(name: str, body: bytes | memoryview) -> bytes:
    digest = hashlib.sha256(name.encode())
    digest.update(body)
    return digest.digest()


def check(tree: Tree, collections: Sequence[str], flaw: Flaw) -> None:
    """Tells `flaw` what is wrong with the shape of a tree's documents."""
    if all(document.data is None for document in tree.documents):
        flaw(tree, (), "", "the file holds nothing", "delete it, or begin with version: 1")
    for number, document in enumerate(tree.documents):
        if isinstance(document.data, dict):
            _check_document(tree, number, collections, flaw)
        elif document.data is not None:
            flaw(tree, (number,), "", "a manifest is a mapping of collections", "begin with version: 1")


def _check_document(tree: Tree, number: int, collections: Sequence[str], flaw: Flaw) -> None:
    data = tree.documents[number].data
    if "version" not in data:
        flaw(tree, (number,), "", "version is missing", "begin with version: 1")
    elif data["version"] != VERSION:
        flaw(tree, (number, "version"), "", f"version {shown(data['version'])} is not known", "write version: 1")
    for name, value in data.items():
        path = (number, name)
        if name == "version":
            continue
        if name not in collections:
            flaw(tree, path, "", f"unknown collection {shown(name)}", suggestion(name, collections))
        elif value is not None and not isinstance(value, list):
            flaw(tree, path, "", f"{name} is a list of objects", "begin each object with - key:")


def blocks(tree: Tree, collection: str) -> Iterator[tuple[Spot, Any]]:
    """Every block of a collection in one tree, with its spot."""
    for number, found in listed(tree, collection):
        lines = tree.documents[number].lines.get(collection, ())
        for index, block in enumerate(found):
            yield Spot(tree, (number, collection, index), lines[index]), block


def listed(tree: Tree, collection: str) -> Iterator[tuple[int, list[Any]]]:
    """The blocks of a collection in each document that has some, with the document's number."""
    for number, document in enumerate(tree.documents):
        found = document.data.get(collection) if isinstance(document.data, dict) else None
        if isinstance(found, list):
            yield number, found


def suggestion(word: str, known: Sequence[str]) -> str:
    """What to do about a misspelt word."""
    close = get_close_matches(word[:100], known, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"


def shown(value: Any) -> str:
    """A value for a message: scalars quoted and cut, the rest by its shape."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = "null" if value is None else repr(str(value))
    return text if len(text) <= 60 else f"{text[:56]}…'"
