"""The request ledger: what was asked how often, and what a well-behaved client would not have done."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.emulator.operation import Operation

TOKEN_ENDPOINT = "POST /oauth/token"  # noqa: S105 - the name of an operation
NOT_MODELLED = "(not modelled)"
VIOLATIONS_KEPT = 1000


class Tally:
    """Counts since the start or the last reset.

    `total` counts every request that arrived, the token endpoint and refused requests included. `writes` counts requests of
    operations that may change the organisation, whether they succeeded or not.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.total = 0
        self.writes = 0
        self.by_operation: Counter[str] = Counter()
        self.violations: list[dict[str, Any]] = []

    def count(self, name: str, operation: Operation | None = None) -> None:
        """Note one request."""
        self.total += 1
        self.writes += operation is not None and operation.writes
        self.by_operation[name] += 1

    def violate(self, name: str, code: str, text: str) -> None:
        """Note something that should not have been asked; after the first thousand it is dropped."""
        if len(self.violations) < VIOLATIONS_KEPT:
            self.violations.append({"operation": name, "code": code, "text": text})

    def show(self) -> dict[str, Any]:
        """The ledger as the admin port answers it."""
        return {
            "total": self.total,
            "writes": self.writes,
            "by_operation": dict(sorted(self.by_operation.items())),
            "violations": self.violations,
        }
