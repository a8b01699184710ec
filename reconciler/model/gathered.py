"""What the files of an export say, put together: one record per object, merged from every answer that speaks of it.

For sources whose exports are answers of an API: the same object may stand in a list, in an answer of its own, and twice. Two
answers that disagree are a problem, unless both say when they were true: then the newer one counts. Nothing is read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.model.problem import Place, Problem


@dataclass(slots=True)
class Record:
    """One object: what is said of it, where each field was read, and the time of the newest answer as text that sorts."""

    fields: dict[str, Any]
    places: dict[str, Place]
    place: Place
    stamp: str = ""


@dataclass(slots=True)
class Gathered:
    """Records by kind and native id, what is wrong, and how often something without a counterpart was seen."""

    records: dict[str, dict[str, Record]] = field(default_factory=dict)
    problems: dict[Problem, None] = field(default_factory=dict)
    unused: dict[str, int] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    """Kinds the export speaks of, even if only by an empty list."""

    def all(self, kind: str) -> Mapping[str, Record]:
        """The records of a kind by native id, sorted."""
        return dict(sorted(self.records.get(kind, {}).items()))

    def wrong(self, place: Place, subject: str, what: str, remedy: str) -> None:
        """Notes a problem, once."""
        self.problems[Problem(place, subject, what, remedy)] = None

    def warn(self, place: Place, subject: str, what: str, remedy: str) -> None:
        """Notes a warning, once."""
        self.problems[Problem(place, subject, what, remedy, warning=True)] = None

    def count(self, name: str) -> None:
        """Counts something that is known and has no counterpart."""
        self.unused[name] = self.unused.get(name, 0) + 1

    def add(self, kind: str, key: str, said: Mapping[str, Any], place: Place, stamp: str = "") -> None:
        """Adds what an answer says; None says nothing. `stamp` is when it was true, as text that sorts."""
        self.given.add(kind)
        known = self.records.setdefault(kind, {}).setdefault(key, Record({}, {}, place, stamp))
        is_dated = bool(stamp and known.stamp and stamp != known.stamp)
        is_newer = is_dated and stamp > known.stamp
        for name, value in said.items():
            if value is None:
                continue
            if known.fields.get(name, value) != value and not is_dated:
                what = f"{name} is {_shown(value)} here and {_shown(known.fields[name])} in {known.places[name]}"
                self.wrong(place, f"{kind}/{key}", what, "keep the newer of the two answers")
            if is_newer or name not in known.fields:
                known.fields[name], known.places[name] = value, place
        if is_newer:
            known.place, known.stamp = place, stamp
        known.stamp = known.stamp or stamp

    def notes(self) -> tuple[str, ...]:
        """What was seen and not used, as a person reads it."""
        return tuple(
            f"{name} ({count}): no counterpart in Genesys Cloud, not used" for name, count in sorted(self.unused.items())
        )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
