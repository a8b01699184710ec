"""What external platforms say, in neutral words: one row of an export is a Fact; a Source is the card of a platform."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from reconciler.model import mapping
from reconciler.model.problem import Place, Problem

COLLECTIONS = MappingProxyType(
    {
        "division": "divisions",
        "skill": "skills",
        "language": "languages",
        "wrapup_code": "wrapup_codes",
        "secondary_status": "secondary_statuses",
        "user": "users",
        "queue": "queues",
    }
)
"""The kinds a Fact may have, in the order manifests list them, and the name of each kind's collection."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One object of the external platform.

    `kind` is one of `division skill language wrapup_code secondary_status user queue`, `key` the platform's stable id.
    `fields` carry what the platform says in neutral words; what it does not say is not in there.

    As a source gives them: a user has `name given_name family_name username email active division title department
    employee_id manager phones skills (native name → native level as text, None where there is none) languages (the same)
    groups (level → {key, name}) routing_profile tags`; a queue `name description active division members (keys of users)
    why (member → the path that led to it) wrapup_codes`. After the mapping: `division`, `skills`, `languages` and
    `wrapup_codes` hold our keys and proficiencies, and `name` and `email` are settled.

    `place` is the file (and record) it was read from. Templates and expressions read fields as attributes: `user.name`.
    """

    kind: str
    key: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    place: Place = Place()

    def __getitem__(self, name: str) -> Any:
        """The field `name`; `key` and `place` too. KeyError where the platform did not say it."""
        if name in {"key", "kind", "place"}:
            return getattr(self, name)
        return self.fields[name]

    @property
    def subject(self) -> str:
        """`kind/key`, as problems name it."""
        return f"{self.kind}/{self.key}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source made of an export.

    `delivered` are the kinds the export speaks of: a kind that is not in there is absent, which is not the same as empty.
    `read` counts the files that were understood.
    """

    facts: tuple[Fact, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    delivered: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Source:
    """The card of an external platform.

    `read` is a pure function (file name → bytes, mapping, source name) → Reading. `kinds` it can deliver; `never` are kinds
    the platform has no objects for, so that they come from the mapping or not at all. `family` is `stream`, `state` or
    `record`. `full`: what is missing in an export of a delivered kind has left the platform. `zone` is the zone of times
    that carry none, empty where the user must name it. `levels` is the platform's own scale of proficiency where it fits
    ours as it is; a table in the mapping wins.
    """

    platform: str
    read: Callable[[Mapping[str, bytes], mapping.Mapping, str], Reading]
    kinds: frozenset[str]
    never: frozenset[str]
    family: str = "state"
    full: bool = True
    zone: str = "UTC"
    levels: Mapping[str, float] = field(default_factory=dict)
