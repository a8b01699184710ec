"""A conversation → text for a terminal: its legs over time, and every native event with what it was told as.

No line is wider than it may be; widths count columns, and what a name holds cannot paint the terminal. States are told apart by
their signs, not by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler.model.interaction import Media, Party
from reconciler.model.problem import plain
from reconciler.model.story import Entry, Lane, Move, Phase, Span, Story, Told
from reconciler.plan.show import WIDTH, Line, broken, columns, fit
from reconciler.report.conversation_time import Zone, lasted, ticks

LABEL = 34  # columns for whose leg it is, at most
LEAST = 40  # columns to draw in, at least, whatever the terminal
SIGNS = {
    Phase.RINGING: "·",
    Phase.FLOW: "▒",
    Phase.WAITING: "─",
    Phase.TALKING: "█",
    Phase.HELD: "░",
    Phase.AFTER_WORK: "▄",
}
TONES = {
    Party.CUSTOMER: "rename",
    Party.FLOW: "faint",
    Party.QUEUE: "update",
    Party.AGENT: "create",
    Party.PHONE: "replace",
}
WRITTEN = {Phase.RINGING: "offered", Phase.TALKING: "working"}
"""What phases are called in an e-mail."""


def lines(story: Story, width: int = WIDTH) -> Iterator[Line]:
    """The conversation as a person reads it: what it was, the legs over time, then event by event."""
    width = max(width, LABEL + LEAST)
    for line in _lines(story, width):
        yield from (replace(line, text=text.rstrip()) for text in broken(line.text, width))


def _lines(story: Story, width: int) -> Iterator[Line]:
    zone = Zone(story.zone, story.start, story.end)
    yield from _head(story, zone)
    if story.lanes:
        yield Line("")
        yield from _drawn(story, zone, width)
    if story.moves:
        yield Line("")
        yield from (Line(move(one, story, zone)) for one in story.moves)
    yield Line("")
    yield from _events(story, zone)


# ── what it was ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _head(story: Story, zone: Zone) -> Iterator[Line]:
    yield Line(f"Conversation {plain(story.key)}", "head")
    yield Line(summary(story, zone), "head")
    yield Line(plain(f"{story.platform}, source {story.source}"), "faint")
    for tone, text in remarks(story):
        yield Line(plain(text), tone)


def summary(story: Story, zone: Zone) -> str:
    """What it was, when, and how long."""
    kind = {Media.VOICE: "call", Media.EMAIL: "e-mail"}[story.media]
    if not story.lanes and not story.start:
        return f"{kind}, at an unknown time"
    if not story.lanes:
        return f"{kind}, {zone.day(story.start)} {zone.second(story.start)} {story.zone}"
    way = "inbound" if story.lanes[0].party is Party.CUSTOMER else "outbound"
    other = "" if zone.day(story.start) == zone.day(story.end) else f"{zone.day(story.end)} "
    when = f"{zone.day(story.start)} {zone.second(story.start)} to {other}{zone.second(story.end)} {story.zone}"
    return f"{way} {kind}, {when}, {lasted(story.end - story.start)}{', still open' if story.is_open else ''}"


def remarks(story: Story) -> Iterator[tuple[str, str]]:
    """What a person must know before the rest: tone and text."""
    if story.refused:
        first, *rest = story.refused
        waits = f", and {len(rest)} more behind it" if rest else ""
        yield "refusal", f"refused: {first.refused} ({first.place or 'by rule'}{waits})"
    for one in story.waiting:
        place = f" ({one.place})" if one.place else ""
        yield "refusal", f"in quarantine since {one.since}, number {one.number}: {one.cause}{place}"
    for unread in story.unread:
        yield "refusal", f"{unread.place} names it and could not be understood: {unread.why}"
    for note in story.notes:
        yield "warning", f"note: {note}"


# ── the legs ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def called(lane: Lane) -> str:
    """Whose leg it is, for people."""
    return plain(f"{lane.party} {lane.called}".rstrip())


def phase_name(phase: Phase, media: Media) -> str:
    """What a phase is called in this medium."""
    return WRITTEN.get(phase, phase.value) if media is Media.EMAIL else phase.value


def _drawn(story: Story, zone: Zone, width: int) -> Iterator[Line]:
    labels = [f"{lane.number:>2} {called(lane)} " for lane in story.lanes]
    label = min(LABEL, max(columns(one) for one in (*labels, "   transfers ")))
    scale = _Scale(story.start, story.end, width - label - 1)
    for text in _axis(scale, zone):
        yield Line(" " * label + text, "faint")
    for lane, text in zip(story.lanes, labels, strict=True):
        yield Line(f"{fit(text.rstrip(), label - 1)} {_bar(lane, scale)}", TONES[lane.party])
    if story.moves:
        yield Line(f"{fit('   transfers', label)}{_pinned(scale, ((one.at, str(one.number)) for one in story.moves))}")
    refused = [(one.refused_at, "✗") for one in story.entries if one.refused_at]
    if refused:
        yield Line(f"{fit('   refused', label)}{_pinned(scale, refused)}", "refusal")
    there = {span.phase for lane in story.lanes for span in lane.spans}
    legend = "   ".join(f"{sign * 2} {phase_name(phase, story.media)}" for phase, sign in SIGNS.items() if phase in there)
    if legend:
        yield Line(f"   {legend}", "faint")


class _Scale:
    """Times → columns, from 0 to `room - 1`."""

    def __init__(self, start: int, end: int, room: int) -> None:
        self.start, self.end = start, max(end, start + 1)
        self.room = room

    def column(self, at: int) -> int:
        """Where a time stands."""
        return min(self.room - 1, max(0, (at - self.start) * self.room // (self.end - self.start)))

    def columns(self, span: Span) -> tuple[int, int]:
        """Where a span begins, and the column behind it; it takes one at least."""
        first = self.column(span.start)
        return first, max(first + 1, self.column(span.end) + (span.end >= self.end))


def _bar(lane: Lane, scale: _Scale) -> str:
    """The phases of a leg, the short ones over the long ones, so that none is hidden."""
    cells = [" "] * scale.room
    for span in sorted(lane.spans, key=lambda one: one.start - one.end):
        first, behind = scale.columns(span)
        cells[first:behind] = SIGNS[span.phase] * (behind - first)
    return "".join(cells) + ("…" if lane.end is None else "")


def _axis(scale: _Scale, zone: Zone) -> tuple[str, str]:
    """Times, and below them where they stand."""
    numbers, marks = [" "] * (scale.room + 1), ["─"] * scale.room
    for at in ticks(scale.start, scale.end, zone, scale.room // 11):
        text, column = zone.short(at), scale.column(at)
        if column + len(text) <= len(numbers):
            numbers[column : column + len(text)] = text
        marks[column] = "┬"
    return "".join(numbers), "".join(marks)


def _pinned(scale: _Scale, pins: Iterable[tuple[int, str]]) -> str:
    cells = [" "] * scale.room
    for at, text in pins:
        for column, sign in enumerate(text, scale.column(at)):
            if column < scale.room:
                cells[column] = sign
    return "".join(cells).rstrip()


def move(one: Move, story: Story, zone: Zone) -> str:
    """A transfer or a consultation in one sentence."""
    by = f" by {called(story.lanes[one.begun_by - 1])}" if one.begun_by else ""
    over = f" {zone.time(one.end)}" if one.end is not None else ""
    return f"{one.number:>2} {zone.time(one.at)}  {one.what} to {plain(one.goal)}{by}: {one.outcome}{over}"


# ── event by event ───────────────────────────────────────────────────────────────────────────────────────────────────


def _events(story: Story, zone: Zone) -> Iterator[Line]:
    day = zone.day(story.start)
    for entry in story.entries:
        if zone.day(entry.at) != day:
            day = zone.day(entry.at)
            yield Line(day, "head")
        yield from _entry(entry, story, zone, day)


def _entry(entry: Entry, story: Story, zone: Zone, day: str) -> Iterator[Line]:
    yield Line(f"{zone.time(entry.at)}  {plain(entry.place) or 'by rule'}", "head")
    if entry.again:
        yield Line(f"  told again: {plain(', '.join(entry.again))}", "faint")
    yield from (Line(f"  {text.lstrip()}", "faint") for text in _some(plain(entry.words)))
    for told in entry.told:
        date = "" if zone.day(told.at) == day else f"{zone.day(told.at)} "
        yield Line(f"    {date}{zone.time(told.at)}  {said(told, story)}")
    if entry.odd:
        yield Line(f"    odd: {plain(entry.odd)}", "warning")
    if entry.refused:
        yield Line(f"    refused: {plain(entry.refused)}", "refusal")


SHOWN = 3  # lines of a native record; the JSON has all of it


def _some(text: str) -> list[str]:
    found = list(broken(text, WIDTH - 2))
    return found if len(found) <= SHOWN else [*found[: SHOWN - 1], _cut(found[SHOWN - 1])]


def _cut(text: str) -> str:
    """A line that goes on where nobody sees it."""
    return fit(f"{text}…", WIDTH - 3)


def said(told: Told, story: Story) -> str:
    """An event of Genesys Cloud in one line: its name, its leg, and what is said besides."""
    lane = story.lanes[told.leg - 1] if told.leg else None
    leg = f"  {lane.number} {called(lane)}" if lane else ""
    words = "".join(f"  {word(name, value)}" for name, value in told.said if not lane or value != lane.called)
    return plain(f"{told.event}{leg}{words}")


def word(name: str, value: object) -> str:
    """One thing that is said."""
    shown = _SHORT.get(name, name.replace("_", " "))
    if isinstance(value, bool):
        return shown if value else f"not {shown}"
    if isinstance(value, list):
        return f"{shown} {', '.join(map(str, value))}"
    if isinstance(value, dict):
        return f"{shown}: {', '.join(f'{key} {one}' for key, one in value.items())}"
    return f"{shown} {value}".lstrip()


_SHORT = {"invited_by": "by", "how": ""}
