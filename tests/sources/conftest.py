"""Exports given as name → content, read by a source."""

import json
from typing import Any

import pytest

from reconciler.model.mapping import Mapping, parse
from reconciler.model.problem import Place
from reconciler.sources import REGISTRY


@pytest.fixture
def connect() -> Any:
    """Reads an export given as name → JSON data or text; facts by `kind/key`, and problems as text."""
    return lambda files, mapping=None: _read("amazon-connect", files, mapping)


@pytest.fixture
def tables() -> Any:
    """The same for tables."""
    return lambda files, mapping=None: _read("tabular", files, mapping)


def _read(platform: str, files: dict[str, Any], mapping: Any) -> Any:
    data = {name: _bytes(content) for name, content in files.items()}
    parsed = parse(mapping, place=lambda _path: Place("mapping.yaml"))
    assert isinstance(parsed, Mapping), parsed
    reading = REGISTRY[platform].read(data, parsed, "acme")
    return {fact.subject: fact for fact in reading.facts}, [str(problem) for problem in reading.problems], reading


def _bytes(content: Any) -> bytes:
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content)).encode()
