"""A worker or a feed as a process of its own: `python -m ledger.streaming ORDERS`, which ends with its standard input.

It posts by appending to a file and waits until that is on the disk: what the destination has got survives a kill.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ledger.adapters import Real, items, number_of, reopen

from reconciler.errors import Fenced, ReconcilerError
from reconciler.model.stream import Bookmark, Lot, Settled, Stream, Taken

PACE = 0.02  # seconds between two looks


def say(what: Mapping[str, Any]) -> None:
    """Tells the test, a line of JSON each time."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def told_to_stop() -> bool:
    """Waits a moment; whether the test has closed our input."""
    ready, _, _ = select.select([sys.stdin], [], [], PACE)
    return bool(ready)


def publish(stream: Stream, orders: Mapping[str, Any]) -> None:
    """Publishes items up to `total`, going on at the bookmark; what failed is repeated."""
    done = None
    while done is None or done < orders["total"]:
        try:
            done = int(stream.bookmark("feed") or 0) if done is None else done
            until = min(done + orders["batch"], orders["total"])
            stream.publish(items(done, until - done), Bookmark("feed", str(until)))
            done = until
        except ReconcilerError:
            if told_to_stop():
                return


def consume(stream: Stream, orders: Mapping[str, Any]) -> None:
    """Posts and settles what comes, until it is told to stop; what failed is repeated."""
    desk = Desk(orders)
    while not told_to_stop():
        try:
            desk.lots += [lot for lot in stream.consume(50) if lot.items]
            desk.work()
        except ReconcilerError as error:
            say({"error": str(error)})


class Desk:
    """Lots in work."""

    def __init__(self, orders: Mapping[str, Any]) -> None:
        self.lots: list[Lot] = []
        self._posted: list[Lot] = []
        self._orders = orders
        self._count = 0

    def work(self) -> None:
        """Posts what is new, then settles; what is surely ours no longer waits until it is again, or is lost for good."""
        if self.lots and self._orders.get("ask"):
            say({"taken": [number_of(item.id) for lot in self.lots for item in lot.items]})
            sys.stdin.readline()
        for lot in list(self.lots):
            if lot not in self._posted and self._is_held(lot):
                self._post(lot)
            if self._settled(lot, lot.items if lot in self._posted else ()):
                self.lots.remove(lot)

    def _is_held(self, lot: Lot) -> bool:
        held = lot.is_held()
        if self._orders.get("ask"):
            say({"held": held})
        return held

    def _post(self, lot: Lot) -> None:
        lines = "".join(f"{self._orders['worker']} {number_of(item.id)} {item.tries}\n" for item in lot.items)
        journal = os.open(self._orders["journal"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(journal, lines.encode())
        os.fsync(journal)
        os.close(journal)
        self._posted.append(lot)
        self._count += len(lot.items)
        if self._count >= self._orders.get("die_after", sys.maxsize):
            os.kill(os.getpid(), signal.SIGKILL)

    def _settled(self, lot: Lot, done: Sequence[Taken]) -> bool:
        """Whether there is nothing left to do for a lot: it is settled, or another worker's."""
        try:
            lot.settle(Settled(done=done))
        except Fenced:
            say({"fenced": lot.partition})
            return True
        return bool(done)


def main() -> None:
    """Does what it is ordered to."""
    orders = json.loads(sys.argv[1])
    acts: dict[str, Callable[[Stream, Mapping[str, Any]], None]] = {"publish": publish, "consume": consume}
    stream = reopen(orders["recipe"]).open(orders["worker"], Real(), ttl=orders["ttl"], machine=orders["machine"])
    acts[orders["do"]](stream, orders)
    stream.close()


if __name__ == "__main__":
    main()
