"""The lease of an organisation in the database: taken, kept alive, given back, broken."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from reconciler import errors
from reconciler.ledger.lease import Lease, moment, stamp
from reconciler.ledger.process import Process
from reconciler.ledger.scope import Scope
from reconciler.ledger.tables import lease as table

STEP = 1.0  # seconds between two looks at a lease somebody else holds


class Locks:
    """One lease at most per organisation, whatever the source."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._here: ColumnElement[bool] = table.c.organization == scope.organization
        self._mine = ""

    def current(self) -> Lease | None:
        """Who applies right now; None when nobody does."""
        with self._scope.database.read() as connection:
            return self._row(connection)

    def acquire(self, holder: str, *, wait_seconds: float = 0.0, sleep: Callable[[float], object] = time.sleep) -> str:
        """Takes the lease for this process and returns its id. `holder` is what a person reads.

        Waits up to `wait_seconds` for somebody else; then raises `Locked` with who it is and how to break it.
        """
        until = self._scope.clock() + timedelta(seconds=wait_seconds)
        while True:
            held = self._take(holder)
            if held is None:
                return self._mine
            now = self._scope.clock()
            left = (until - now).total_seconds()
            if left <= 0:
                raise errors.Locked(held.refusal(now))
            sleep(min(STEP, left))

    def heartbeat(self) -> None:
        """Says that we are still at it. Raises `Locked` when the lease is no longer ours: nothing may be sent any more."""
        with self._scope.database.write() as connection:
            ours = and_(self._here, table.c.id == self._mine)
            if connection.execute(update(table).where(ours).values(heartbeat_at=self._scope.now())).rowcount:
                return
            held = self._row(connection)
        by = f"was taken over by {held.holder}" if held else "was broken by `state unlock`"
        raise errors.Locked(f"the lease of this apply {by}; it stops here, apply again to go on")

    def release(self) -> None:
        """Gives the lease back, where it is still ours."""
        if self._mine:
            self.unlock(self._mine)
            self._mine = ""

    def unlock(self, lease_id: str) -> bool:
        """Breaks the lease with this id; False when there is none."""
        with self._scope.database.write() as connection:
            return bool(connection.execute(delete(table).where(self._here, table.c.id == lease_id)).rowcount)

    def _take(self, holder: str) -> Lease | None:
        """None when the lease is ours now, else the one that is in the way."""
        mine, now = self._scope.processes.me(), self._scope.clock()
        try:
            with self._scope.database.write() as connection:
                held = self._row(connection, lock=True)
                if held and not self._free(held, mine):
                    return held
                if held:  # this one and no other: on PostgreSQL somebody else's may stand here by now
                    connection.execute(delete(table).where(self._here, table.c.id == held.id))
                self._mine = secrets.token_hex(4)
                values = {"host": mine.host, "pid": mine.pid, "started": mine.started, "holder": holder, "id": self._mine}
                values |= {"acquired_at": stamp(now), "heartbeat_at": stamp(now), "organization": self._scope.organization}
                connection.execute(insert(table).values(values))
        except IntegrityError:  # PostgreSQL: somebody else came first, between our look and our row
            return self._take(holder)
        return None

    def _free(self, held: Lease, mine: Process) -> bool:
        lives = held.process.host != mine.host or self._scope.processes.lives(held.process)
        return held.free(self._scope.clock(), here=mine.host, lives=lives)

    def _row(self, connection: Connection, *, lock: bool = False) -> Lease | None:
        """The lease in the table; `lock` makes others wait for it until the transaction ends."""
        here = select(table).where(self._here)
        row = connection.execute(here.with_for_update() if lock else here).first()
        if row is None:
            return None
        process = Process(row.host, row.pid, row.started)
        return Lease(row.id, row.holder, process, moment(row.acquired_at), moment(row.heartbeat_at))
