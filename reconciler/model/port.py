"""The ports: what the edges promise the core. Structural types only; nothing here does anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from reconciler.model.call import Answer, Call, Listing
from reconciler.model.resource import Proof, Ref


class Send(Protocol):
    """Carries one Call to Genesys Cloud. Raises `errors.ApiError` for every answer that is not a success."""

    async def __call__(self, call: Call) -> Answer:
        """The successful answer."""
        ...


class Reader(Protocol):
    """What planning may use: it has no way to write."""

    async def get(self, call: Call) -> Answer:
        """The answer of a reading call; a writing one is refused with `ValueError`."""
        ...

    async def pages(self, listing: Listing, take: Callable[[list[dict[str, Any]]], None]) -> Proof:
        """Hands every page's entities to `take` and then says whether the listing was read to its end."""
        ...


class Binding(NamedTuple):
    """What the ledger knows of an object: its id, last name, digest of what was last applied, sticky protection.

    `applied` holds the last applied values and `grants` the roles kept for a leaver's way back, both as JSON text; empty means
    unknown, and binding with an empty one keeps what the ledger has (`{}` or `[]` says that there is nothing).
    """

    id: str
    name: str = ""
    digest: str = ""
    protected: bool = False
    applied: str = ""
    grants: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """A request that was about to be sent when the last run ended: its outcome is unknown until it is read."""

    number: int
    run: str
    change: str
    operation: str


class Ledger(Protocol):
    """What lasts: bindings of one source in one organisation, and the journal of a run. Calls return when it is durable."""

    def bindings(self) -> dict[Ref, Binding]:
        """Everything this source has bound."""
        ...

    def foreign(self, ids: Iterable[str]) -> dict[str, str]:
        """Which of these ids another source has bound: id → source name."""
        ...

    def bind(self, bound: Mapping[Ref, Binding]) -> None:
        """Remembers these objects as ours, in one commit."""
        ...

    def unbind(self, refs: Iterable[Ref]) -> None:
        """Forgets these objects; they stay in Genesys Cloud."""
        ...

    def intend(self, run: str, change: str, call: Call) -> int:
        """Writes down that a request is about to be sent; the number names it in `settle`."""
        ...

    def settle(self, number: int, outcome: str) -> None:
        """Writes down what became of it: `done`, `failed: …`, `found`, `absent`."""
        ...

    def settle_change(self, run: str, change: str, outcome: str) -> None:
        """Writes down the same outcome for everything still open of one change in one run."""
        ...

    def unsettled(self) -> list[Intent]:
        """Intents without an outcome, oldest first."""
        ...


class Cache(Protocol):
    """Bytes by name, lost without harm."""

    def get(self, name: str) -> bytes | None:
        """What was put under `name`, or None."""
        ...

    def put(self, name: str, data: bytes) -> None:
        """Keeps `data` under `name`, whole or not at all."""
        ...
