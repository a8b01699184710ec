"""One row of the table of what is modelled: how an operation is called, what it demands, who answers. Holds no row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.emulator.ask import Ask
    from reconciler.emulator.pages import Paging
    from reconciler.emulator.world import World

    Handler = Callable[[Ask, World], Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row. `ok` is the status of success; `reads` marks a POST or DELETE that changes nothing in the organisation.

    `body_optional` lets a request come without a body, read as an empty object.
    """

    method: str
    path: str
    handler: Handler
    needs: str = ""
    all_of: bool = False
    body: Any = None
    ok: int = 200
    paging: Paging | None = None
    reads: bool = False
    scim: bool = False
    body_optional: bool = False

    @property
    def name(self) -> str:
        """Method and path template, as the request ledger and fault rules name it."""
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        """Whether it may change the organisation."""
        return self.method not in ("GET", "HEAD") and not self.reads


def operation(method: str, path: str, handler: Handler, needs: str = "", **more: Any) -> Operation:
    """A row for a path below `/api/v2`."""
    return Operation(method, f"/api/v2{path}", handler, needs, **more)
