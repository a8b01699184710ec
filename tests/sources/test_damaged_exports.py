"""Exports that got damaged on their way: whatever is in them, a source tells facts and problems, and raises nothing."""

from __future__ import annotations

import random
from typing import Any

import pytest
from flow.test_exports_of_files import ASTERISK, ENGAGE, SALESFORCE, TABULAR, Export
from sources.reading import Told, text

from reconciler.formats import yaml

PIECES = (
    b'"',
    b"{",
    b"[",
    b"]",
    b"}",
    b",",
    b"\n",
    b"\x00",
    b"\xff",
    b"<",
    b">",
    b"&",
    b"null",
    b"1e999",
    b"#include x",
    b"(!)",
    b";--",
)


def damaged(data: bytes, dice: random.Random) -> bytes:
    """The data with up to three pieces put in, over what stood there or between it."""
    found = bytearray(data)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(found) + 1)
        found[at : at + dice.choice((0, 1, 3, 20))] = dice.choice(PIECES)
    return bytes(found)


@pytest.mark.parametrize("export", [ASTERISK, ENGAGE, SALESFORCE, TABULAR], ids=lambda export: export.platform)
def test_a_damaged_export_raises_nothing(export: Export) -> None:
    dice = random.Random(export.platform)  # the same damage every time
    mapping: Any = yaml.plain(yaml.read(export.mapping.encode(), file="mapping.yaml"))
    whole = {name: content if isinstance(content, bytes) else text(content).encode() for name, content in export.files.items()}

    for _ in range(150):
        name = dice.choice(sorted(whole))
        Told(export.platform, whole | {name: damaged(whole[name], dice)}, mapping)
