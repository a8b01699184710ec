"""The ledger as the others see it: bindings, journal and lease behind one object."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Self

from reconciler.ledger.bindings import Bindings
from reconciler.ledger.facts import Facts
from reconciler.ledger.journal import Entry, Journal
from reconciler.ledger.lease import Lease
from reconciler.ledger.locks import Locks
from reconciler.ledger.recordings import Recordings
from reconciler.ledger.scope import Scope
from reconciler.model.call import Call
from reconciler.model.port import Binding, Intent
from reconciler.model.resource import Ref


class SqlLedger:
    """`model.port.Ledger` on a database, with the journal, plans and lease that only the pipeline needs. Close it when done.

    Every call is one transaction and returns when it is durable. Raises `ConfigurationError` when the database fails.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._bindings, self._journal, self._locks = Bindings(scope), Journal(scope), Locks(scope)
        self._facts = Facts(scope)
        self.recordings = Recordings(scope)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Gives the database back; a lease that was not released stays until it ends."""
        self._scope.database.close()

    @property
    def place(self) -> str:
        """Where the ledger is, for people: its URL without password and query."""
        return self._scope.database.place

    @property
    def organization(self) -> str:
        """The organisation it was opened for; empty where no one is known yet."""
        return self._scope.organization

    def bindings(self) -> dict[Ref, Binding]:
        """Everything this source has bound."""
        return self._bindings.all()

    def foreign(self, ids: Iterable[str]) -> dict[str, str]:
        """Which of these ids another source has bound: id → source name."""
        return self._bindings.foreign(ids)

    def bind(self, bound: Mapping[Ref, Binding]) -> None:
        """Remembers these objects as ours, in one commit; see `Bindings.bind` for what is refused."""
        self._bindings.bind(bound)

    def unbind(self, refs: Iterable[Ref]) -> None:
        """Forgets these objects; they stay in Genesys Cloud."""
        self._bindings.unbind(refs)

    def fact(self, name: str) -> str | None:
        """What `set_fact` noted last under this name for this source and organisation; None where nothing was."""
        return self._facts.get(name)

    def set_fact(self, name: str, text: str) -> None:
        """Notes a small text for later runs, such as the size of the last export; overwrites."""
        self._facts.set(name, text)

    def intend(self, run: str, change: str, call: Call) -> int:
        """Writes down that a request is about to be sent; the number names it in `settle`."""
        return self._journal.intend(run, change, call)

    def settle(self, number: int, outcome: str) -> None:
        """Writes down what became of it: `done`, `failed: …`, `found`, `absent`."""
        self._journal.settle(number, outcome)

    def settle_change(self, run: str, change: str, outcome: str) -> None:
        """Writes down the same outcome for everything still open of one change in one run."""
        self._journal.settle_change(run, change, outcome)

    def unsettled(self) -> list[Intent]:
        """Intents without an outcome, oldest first."""
        return self._journal.unsettled()

    def journal(self, limit: int = 100) -> list[Entry]:
        """The last `limit` rows of the journal, newest first."""
        return self._journal.latest(limit)

    def begun(self, run: str) -> set[str]:
        """Ids of the changes a run has sent something for, or was about to."""
        return self._journal.begun(run)

    def done(self, run: str) -> set[str]:
        """Ids of the changes of a run whose intents are all settled as done; see `Journal.done` for what that is worth."""
        return self._journal.done(run)

    def plan_state(self, plan_id: str) -> str | None:
        """What `note_plan` said last about this plan; None for one never carried out."""
        noted = self._journal.plan(plan_id)
        return noted[0] if noted else None

    def plan_run(self, plan_id: str) -> str | None:
        """The run that carried this plan out, or began to."""
        noted = self._journal.plan(plan_id)
        return noted[1] if noted else None

    def note_plan(self, plan_id: str, state: str, run: str) -> None:
        """Remembers what is becoming of a plan."""
        self._journal.note_plan(plan_id, state, run)

    def lease(self) -> Lease | None:
        """Who applies to this organisation right now; None when nobody does."""
        return self._locks.current()

    def acquire(self, holder: str, *, wait_seconds: float = 0.0, sleep: Callable[[float], object] = time.sleep) -> str:
        """Takes the lease of this organisation and returns its id; `Locked` when it stays taken for `wait_seconds`."""
        return self._locks.acquire(holder, wait_seconds=wait_seconds, sleep=sleep)

    def heartbeat(self) -> None:
        """Keeps the lease; call it at least every 10 s. Raises `Locked` when it is no longer ours."""
        self._locks.heartbeat()

    def release(self) -> None:
        """Gives the lease back, where it is still ours."""
        self._locks.release()

    def unlock(self, lease_id: str) -> bool:
        """Breaks the lease with this id, whoever holds it; False when there is none."""
        return self._locks.unlock(lease_id)
