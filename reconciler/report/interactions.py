"""A reconciliation of interactions → text and JSON: counts of both sides, how conversations stand, what has to be told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from reconciler.model.document import dump
from reconciler.model.moment import iso
from reconciler.model.problem import plain
from reconciler.model.reconciliation import Cell, Finding, Reconciliation, Standing
from reconciler.plan.show import WIDTH, Line, fit, wrap

FORMAT, VERSION = "reconciler/interactions", "1.0"
NUMBER, OUTCOME, LABEL = 11, 13, 13  # columns
NAMED = 5  # conversations named before the rest is counted
TOLD = 20  # conversations of which it is said in the text what differs
NOBODY = "Without a queue"
WORDS = {
    Standing.SAME: "the same on both sides",
    Standing.MISSING: "not in Genesys Cloud",
    Standing.OPEN: "over, but open in Genesys Cloud",
    Standing.PARTLY: "told in part",
    Standing.DIFFERENT: "different, and nothing can be told that would mend it",
    Standing.LATER: "too early to judge",
    Standing.UNREAD: "could not be read",
}


class Row(NamedTuple):
    """One line of a table: what is counted, by the feeds and in Genesys Cloud."""

    label: str
    native: int
    live: int

    @property
    def difference(self) -> str:
        """How many are too many or too few in Genesys Cloud; empty for none."""
        return f"{self.live - self.native:+,}" if self.live != self.native else ""


def lines(found: Reconciliation, width: int = WIDTH) -> Iterator[Line]:
    """The report for a terminal, no wider than `width` (80 at least) where words allow it."""
    head = found.plan.header
    where = f" ({head.region})" if head.region else ""
    yield Line(f"Interactions of {plain(found.period.text)} ({found.period.zone}), source {plain(head.source)}", "head")
    yield Line(f"Organisation {plain(head.organization)}{where}", "head")
    yield Line("")
    yield from _queues(found, width)
    yield from _hours(found, width)
    yield from _standings(found, width)
    for one in found.plan.refusals:
        yield from (Line(text, "refusal") for text in wrap(f"Refused: {plain(one.what)}.".split(" "), 0, width))
    yield from (Line(text, "head") for text in wrap(summary(found).split(" "), 0, width))


def _queues(found: Reconciliation, width: int) -> Iterator[Line]:
    room = width - OUTCOME - 3 * NUMBER
    yield Line(_cut(f"{fit('Queue', room)}{fit('Outcome', OUTCOME)}{_heads()}"), "faint")
    for name, rows in by_queue(found):
        label = plain(name)
        for row in rows:
            yield _line(f"{fit(fit(label, room - 2), room)}{fit(row.label, OUTCOME)}", row)
            label = ""
    yield _line(fit("All", room + OUTCOME), total(found), "head")


def _hours(found: Reconciliation, width: int) -> Iterator[Line]:
    room = width - 3 * NUMBER
    yield Line("")
    yield Line(_cut(f"{fit('Hour', room)}{_heads()}"), "faint")
    yield from (_line(fit(row.label, room), row) for row in by_hour(found))
    yield Line("")


def _heads() -> str:
    return "".join(f"{word:>{NUMBER}}" for word in ("Feeds", "Genesys", "Difference"))


def _line(label: str, row: Row, tone: str = "") -> Line:
    numbers = "".join(f"{one:>{NUMBER}}" for one in (f"{row.native:,}", f"{row.live:,}", row.difference))
    return Line(_cut(f"{label}{numbers}"), "warning" if row.difference else tone)


def _cut(text: str) -> str:
    return text.rstrip()


def _standings(found: Reconciliation, width: int) -> Iterator[Line]:
    """How conversations stand; each kind with the first of them, and what is said of those that differ."""
    for standing in Standing:
        ones = found.of(standing)
        if not ones:
            continue
        words = f"{len(ones):,} {WORDS[standing]}"
        named = "" if standing is Standing.SAME else f": {_named(one.key for one in ones)}"
        tone = "" if standing is Standing.SAME else "warning"
        yield from (Line(text, tone) for text in _hanging(f"{standing.value:<{LABEL}}", f"{words}{named}", width))
    if found.extra:
        words = f"{len(found.extra):,} in Genesys Cloud that no feed tells of: {_named(found.extra)}"
        yield from (Line(text, "warning") for text in _hanging(f"{'extra':<{LABEL}}", words, width))
    yield from _whys(explained(found), width)
    yield Line("")


def _whys(ones: Sequence[Finding], width: int) -> Iterator[Line]:
    for one in ones[:TOLD]:
        yield from (Line(text) for text in _hanging("  ", f"{plain(one.key)}: {'; '.join(map(plain, one.why))}", width))
    if len(ones) > TOLD:
        yield Line(f"  and {len(ones) - TOLD:,} more; --json has them all", "faint")


def _hanging(label: str, text: str, width: int) -> list[str]:
    """A label and a text beside it, in lines that fit."""
    made = list(wrap(text.split(" "), len(label), width))
    return [f"{label}{made[0].lstrip()}", *made[1:]]


def _named(keys: Iterable[str]) -> str:
    found = [plain(key) for key in keys]
    more = f" and {len(found) - NAMED:,} more" if len(found) > NAMED else ""
    return f"{', '.join(found[:NAMED])}{more}"


# ── what every form of the report shows ──────────────────────────────────────────────────────────────────────────────


def by_queue(found: Reconciliation) -> list[tuple[str, list[Row]]]:
    """Counts per queue, by its name, and in it per outcome."""
    return [
        (queue(found, key), rows((cell.outcome.value, cell) for cell in found.cells if cell.queue == key))
        for key in queues(found)
    ]


def queues(found: Reconciliation) -> list[str]:
    """The keys of all queues by their names; conversations without a queue come last."""
    return sorted({cell.queue for cell in found.cells}, key=lambda key: (not key, queue(found, key), key))


def by_hour(found: Reconciliation) -> list[Row]:
    """Counts per local hour; with its day where there are several."""
    days = {cell.hour[:10] for cell in found.cells}
    return rows((hour(cell.hour, days=len(days) > 1), cell) for cell in sorted(found.cells, key=lambda cell: cell.hour))


def hour(text: str, *, days: bool) -> str:
    """An hour for people: `09:00`, or `2026-11-21 09:00`."""
    return f"{text[:10]} {text[11:16]}" if days else text[11:16]


def rows(cells: Iterable[tuple[str, Cell]]) -> list[Row]:
    """Cells added up under their labels, in the order labels come first."""
    native, live = Counter[str](), Counter[str]()
    for label, cell in cells:
        native[label] += cell.native
        live[label] += cell.live
    return [Row(label, native[label], live[label]) for label in native]


def total(found: Reconciliation) -> Row:
    """All conversations of both sides."""
    return Row("All", sum(cell.native for cell in found.cells), sum(cell.live for cell in found.cells))


def queue(found: Reconciliation, key: str) -> str:
    """What people call a queue."""
    return found.plan.names.get(f"queue/{key}", key) or NOBODY


def explained(found: Reconciliation) -> list[Finding]:
    """Conversations of which something has to be said, but for those it is too early to judge."""
    return [one for one in found.findings if one.why and one.standing not in {Standing.LATER, Standing.UNREAD}]


def summary(found: Reconciliation) -> str:
    """What was told, or would be, in a sentence."""
    count, talks = len(found.plan.changes), len({one.name for one in found.plan.changes})
    if found.plan.refusals:
        return "Nothing was told: read it again later."
    if not count:
        return "Nothing to tell: Genesys Cloud shows what the feeds tell, as far as it can be told."
    what = f"{count:,} event{'s' * (count != 1)} of {talks:,} conversation{'s' * (talks != 1)}"
    if found.sent is None:
        return f"To tell: {what}, about {found.plan.predicted:,} request{'s' * (found.plan.predicted != 1)}."
    failed = f", {len(found.failed):,} refused" if found.failed else ""
    return f"Told {found.sent:,} of {what}{failed}."


def document(found: Reconciliation) -> dict[str, Any]:
    """The report as JSON data: all counts, and every conversation that is not the same on both sides."""
    both, head = total(found), found.plan.header
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "tool": head.tool,
        "organization": {"id": head.organization, "region": head.region},
        "source": head.source,
        "period": {
            "text": found.period.text,
            "time_zone": found.period.zone,
            "begin": iso(found.period.begin),
            "end": iso(found.period.end),
        },
        "complete": found.proof.complete,
        "reason": found.proof.reason,
        "requests": {"spent": found.requests, "predicted": found.plan.predicted},
        "feeds": dict(found.figures),
        "totals": {"native": both.native, "live": both.live},
        "counts": [{**cell._asdict(), "outcome": cell.outcome.value, "name": queue(found, cell.queue)} for cell in found.cells],
        "conversations": {standing.value: len(found.of(standing)) for standing in Standing},
        "findings": [
            {"key": one.key, "standing": one.standing.value, "events": len(one.send), "why": list(one.why)}
            for one in found.findings
            if one.standing is not Standing.SAME
        ],
        "extra": list(found.extra),
        "sent": found.sent,
        "failed": dict(found.failed),
        "plan": dump(found.plan),
    }
