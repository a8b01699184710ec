"""What external platforms say, in neutral words: one row of an export is a Fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.model.problem import Place


@dataclass(frozen=True, slots=True)
class Fact:
    """One object of the external platform.

    `kind` is one of `division skill language wrapup_code secondary_status user queue`, `key` the platform's stable id.
    `fields` carry what the platform says in neutral words, for a user: `name email username active division title department
    employee_id manager phones skills (name → level as text) languages`; for a queue: `name description active division
    members (keys of users) wrapup_codes`. `place` is the file (and record) it was read from. Templates and scope expressions
    read fields as attributes: `user.name`.
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
