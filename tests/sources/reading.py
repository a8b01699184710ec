"""Reads an export given as name → content with the source of a platform."""

from __future__ import annotations

import json
from typing import Any

from reconciler.model.fact import Fact, Reading
from reconciler.model.mapping import Mapping, parse
from reconciler.model.problem import Place
from reconciler.sources import REGISTRY


class Told:
    """What a source made of an export: facts by `kind/key`, problems as text."""

    def __init__(self, platform: str, files: dict[str, Any], mapping: Any = None) -> None:
        parsed = parse(mapping, place=lambda _path: Place("mapping.yaml"))
        assert isinstance(parsed, Mapping), parsed
        data = {name: content if isinstance(content, bytes) else text(content).encode() for name, content in files.items()}
        self.reading: Reading = REGISTRY[platform].read(data, parsed, "acme")
        self.facts: dict[str, Fact] = {fact.subject: fact for fact in self.reading.facts}
        self.problems = [str(problem) for problem in self.reading.problems]
        self.notes = self.reading.notes

    def fields(self, subject: str) -> dict[str, Any]:
        """The fields of a fact."""
        return dict(self.facts[subject].fields)

    def keys(self, kind: str) -> list[str]:
        """The keys of all facts of a kind, sorted."""
        return sorted(fact.key for fact in self.reading.facts if fact.kind == kind)


def text(content: Any) -> str:
    """The content of a file: text as it is, anything else as JSON."""
    return content if isinstance(content, str) else json.dumps(content)
