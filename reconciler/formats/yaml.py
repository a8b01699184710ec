"""YAML text → plain data that remembers its lines: the one door for YAML. No file is opened here.

Scalars stay as they are written, because the model decides what they mean: `007` and `no` are texts, only a plain `null`, `~`
or nothing is None. A plain scalar that YAML 1.2 would read as a number or a boolean is a `Plain`, a text that remembers so,
and `plain` resolves it for those who want ordinary YAML (settings, mapping).

Read by events of the C parser, onto a stack: four times faster than nodes and a tenth of the memory, and duplicate keys,
anchors, tags, depth and length are seen where they happen. Anchors are refused rather than bounded: places stay unambiguous
and a tree cannot grow larger than its text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from reconciler.errors import InputError
from reconciler.formats.yaml_place import Path, places
from reconciler.formats.yaml_tree import Document, Limits, Plain, build, core
from reconciler.model.problem import Place, Problem
from reconciler.model.resource import Repr

__all__ = ["Document", "Limits", "Path", "Plain", "Tree", "core", "plain", "read"]

_LIMITS: Final = Limits()
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, repr=False)
class Tree(Repr):
    """All documents of one text. Lines and columns of fields are found by reading `text` again when somebody asks."""

    file: str
    documents: tuple[Document, ...]
    text: bytes = b""

    @property
    def data(self) -> Any:
        """The data of the only document, None for an empty text. `InputError` where there are several."""
        if len(self.documents) > 1:
            second = Place(self.file, self.documents[1].line)
            raise InputError([Problem(second, "", "several documents where one is expected", "remove all but one part")])
        return self.documents[0].data if self.documents else None

    def place(self, path: Path, *, document: int = 0) -> Place:
        """Where `path` begins; for many paths `places` reads the text once instead of once each."""
        return self.places([(document, *path)])[document, *path]

    def places(self, paths: Iterable[Path]) -> dict[Path, Place]:
        """Where each path begins. The first step of each is the number of its document, from 0.

        A value in a mapping begins at its key, an item of a list at its first character. A path that is not there has the
        place of the part of it that is: a missing field is missing where its object begins.
        """
        return places(self.text, self.file, paths)


def read(text: bytes, *, file: str, limits: Limits = _LIMITS) -> Tree:
    """The documents of `text`: dicts, lists, texts and None. Raises `InputError` with everything that is wrong.

    UTF-8 with or without byte order mark, or UTF-16 with one. Refused: anchors and aliases, merges (`<<`), tags, duplicate
    keys, keys that are no text, control characters, and whatever goes beyond `limits`.
    """
    if len(text) > limits.size:
        what = f"{len(text):,} bytes; at most {limits.size:,} are read"
        raise InputError([Problem(Place(file), "", what, "split the file")])
    utf8 = _utf8(text, file)
    documents, problems = build(utf8, file, limits)
    if problems:
        raise InputError(problems)
    return Tree(file, documents, utf8)


def plain(tree: Tree) -> Any:
    """The data of the only document with numbers and booleans resolved as YAML 1.2 core does; keys stay texts."""
    return _resolved(tree.data)


def _resolved(data: Any) -> Any:
    """`data` with every Plain replaced by its value."""
    if isinstance(data, dict):
        return {key: _resolved(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_resolved(value) for value in data]
    return core(data) if isinstance(data, Plain) else data


def _utf8(text: bytes, file: str) -> bytes:
    """`text` as UTF-8; that other bytes are UTF-8 indeed is checked by the parser as it goes."""
    if not text.startswith(_UTF16):
        return text
    try:
        return text.decode("utf-16").encode()
    except UnicodeError as error:
        raise InputError([Problem(Place(file), "", "not UTF-16, though it begins so", "save the file as UTF-8")]) from error
