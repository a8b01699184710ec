"""A reconciliation of interactions → one HTML page: tiles, counts per queue, hour and outcome, and how conversations stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reconciler.model.reconciliation import Reconciliation, Standing
from reconciler.model.seen import Outcome
from reconciler.report.interactions import WORDS, Row, by_hour, by_queue, explained, hour, queue, queues, rows, summary, total
from reconciler.report.page import page

LISTED = 500  # conversations of one standing; the JSON has the rest


class Bar(NamedTuple):
    """An hour: its counts, and how long its bars are, in percent of the longest."""

    row: Row
    native: float
    live: float


class Grid(NamedTuple):
    """A queue by hour and outcome: the outcomes, then per hour one row for each of them, in their order."""

    name: str
    outcomes: Sequence[str]
    hours: Sequence[tuple[str, Sequence[Row]]]
    differs: bool


def html(found: Reconciliation) -> str:
    """The page. Nothing in a feed can write HTML: texts are escaped, and the page may run nothing."""
    return page(
        "interactions.html.j2",
        found=found,
        head=found.plan.header,
        summary=summary(found),
        tiles=[(standing.value, WORDS[standing], len(found.of(standing))) for standing in Standing],
        total=total(found),
        queues=by_queue(found),
        bars=_bars(by_hour(found)),
        grids=_grids(found),
        standings=[(one.value, WORDS[one], found.of(one)) for one in Standing if one is not Standing.SAME and found.of(one)],
        explained=explained(found),
        listed=LISTED,
    )


def _bars(hours: Sequence[Row]) -> list[Bar]:
    longest = max((max(row.native, row.live) for row in hours), default=1) or 1
    return [Bar(row, 100 * row.native / longest, 100 * row.live / longest) for row in hours]


def _grids(found: Reconciliation) -> list[Grid]:
    days = len({cell.hour[:10] for cell in found.cells}) > 1
    return [_grid(found, key, days=days) for key in queues(found)]


def _grid(found: Reconciliation, key: str, *, days: bool) -> Grid:
    cells = [cell for cell in found.cells if cell.queue == key]
    outcomes = [one.value for one in Outcome if any(cell.outcome is one for cell in cells)]
    hours = []
    for at in dict.fromkeys(cell.hour for cell in cells):
        here = {row.label: row for row in rows((cell.outcome.value, cell) for cell in cells if cell.hour == at)}
        hours.append((hour(at, days=days), [here.get(one, Row(one, 0, 0)) for one in outcomes]))
    return Grid(queue(found, key), outcomes, hours, any(cell.native != cell.live for cell in cells))
