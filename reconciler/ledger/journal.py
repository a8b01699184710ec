"""What was sent and what became of it: an intent before each request, its outcome after, and the plans that were carried out."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import orjson
from sqlalchemy import ColumnElement, and_, case, func, insert, select, update

from reconciler.ledger.scope import Scope, upsert
from reconciler.ledger.tables import journal as table
from reconciler.ledger.tables import plans
from reconciler.model.call import Call
from reconciler.model.port import Intent

DONE = "done"
LONGEST = 500  # characters of an outcome


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the journal, for people. Times are ISO 8601 in UTC; `outcome` and `settled_at` are empty while unknown."""

    number: int
    run: str
    change: str
    operation: str
    intended_at: str
    outcome: str
    settled_at: str


class Journal:
    """Intents and outcomes of one source in one organisation."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._ours: ColumnElement[bool] = and_(table.c.organization == scope.organization, table.c.source == scope.source)

    def intend(self, run: str, change: str, call: Call) -> int:
        """Writes down that a request is about to be sent; the number names it in `settle`."""
        values = {
            "organization": self._scope.organization,
            "source": self._scope.source,
            "run": run,
            "change": change,
            "operation": call.operation,
            "digest": digest(call),
            "intended_at": self._scope.now(),
        }
        with self._scope.database.write() as connection:
            key = connection.execute(insert(table).values(values)).inserted_primary_key
        return int(key[0]) if key else 0

    def settle(self, number: int, outcome: str) -> None:
        """Writes down what became of it. Raises `LookupError` for a number that no intent of ours has."""
        if not self._settle(table.c.number == number, outcome):
            raise LookupError(f"the journal has no intent {number}")

    def settle_change(self, run: str, change: str, outcome: str) -> None:
        """Writes down the same outcome for everything still open of one change in one run."""
        self._settle(and_(table.c.run == run, table.c.change == change, table.c.outcome.is_(None)), outcome)

    def _settle(self, which: ColumnElement[bool], outcome: str) -> int:
        values = {"outcome": outcome[:LONGEST], "settled_at": self._scope.now()}
        with self._scope.database.write() as connection:
            return connection.execute(update(table).where(self._ours, which).values(values)).rowcount

    def unsettled(self) -> list[Intent]:
        """Intents without an outcome, oldest first."""
        columns = (table.c.number, table.c.run, table.c.change, table.c.operation)
        open_ones = select(*columns).where(self._ours, table.c.outcome.is_(None)).order_by(table.c.number)
        with self._scope.database.read() as connection:
            rows = connection.execute(open_ones).all()
        return [Intent(number, run, change, operation) for number, run, change, operation in rows]

    def latest(self, limit: int) -> list[Entry]:
        """The last `limit` rows, newest first."""
        columns = (table.c.number, table.c.run, table.c.change, table.c.operation, table.c.intended_at)
        ends = (func.coalesce(table.c.outcome, ""), func.coalesce(table.c.settled_at, ""))
        newest = select(*columns, *ends).where(self._ours).order_by(table.c.number.desc()).limit(limit)
        with self._scope.database.read() as connection:
            rows = connection.execute(newest).all()
        return [Entry(*row) for row in rows]

    def begun(self, run: str) -> set[str]:
        """Ids of the changes a run has sent something for, or was about to."""
        ours = select(table.c.change).where(self._ours, table.c.run == run).distinct()
        with self._scope.database.read() as connection:
            return set(connection.execute(ours).scalars())

    def done(self, run: str) -> set[str]:
        """Ids of the changes of a run whose intents are all settled as done.

        A change of several requests stands here as well when the run ended between two of them: compare before believing.
        """
        good = func.sum(case((table.c.outcome == DONE, 1), else_=0))
        whole = select(table.c.change).where(self._ours, table.c.run == run).group_by(table.c.change).having(good == func.count())
        with self._scope.database.read() as connection:
            return set(connection.execute(whole).scalars())

    def plan(self, plan_id: str) -> tuple[str, str] | None:
        """State and run of a plan that was carried out; None for one never seen."""
        with self._scope.database.read() as connection:
            row = connection.execute(select(plans.c.state, plans.c.run).where(plans.c.id == plan_id)).first()
        return (row.state, row.run) if row else None

    def note_plan(self, plan_id: str, state: str, run: str) -> None:
        """Remembers that a plan is being, or has been, carried out by `run`."""
        values = {"id": plan_id, "state": state, "run": run, "applied_at": self._scope.now()}
        with self._scope.database.write() as connection:
            connection.execute(upsert(connection, plans, ("id",)), values)


def digest(call: Call) -> str:
    """sha256 of method, address and body: tells two requests apart without keeping what was in them."""
    content = [call.method, call.url, {name: str(value) for name, value in call.query.items()}, call.body]
    return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
