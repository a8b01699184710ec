"""A conversation → SVG: one row per leg, time to the right, transfers as numbered arrows. Self-contained, light and dark.

Nothing in a name can write markup: texts are escaped, and what XML may not hold is shown as its number. The picture says in words
what it shows (title, description, a title per bar), and states differ by height and pattern as well as by colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.model.story import Lane, Move, Phase, Span, Story
from reconciler.plan.show import fit
from reconciler.report.conversation import called, move, phase_name, summary
from reconciler.report.conversation_time import Zone, lasted, ticks
from reconciler.report.page import page

WIDTH, LEFT, RIGHT = 960, 250, 40
TOP, ROW, BAR = 44, 30, 16
LETTERS = 32  # columns of a label
LEAST = 3.0  # pixels of a bar
PX_TICK = 110


@dataclass(frozen=True, slots=True)
class Bar:
    """A span as it is drawn: its kind names its look."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    """A leg as it is drawn: its label, whole as `title`, and the line from its first to its last time."""

    y: int
    label: str
    title: str
    first: float
    last: float
    is_open: bool
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    """A transfer as it is drawn, from one row to another, which may be the same."""

    number: int
    x: float
    y: int
    to: int
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at a time: a tick with its label, or a refusal."""

    x: float
    text: str


def svg(story: Story) -> str:
    """The drawing as a document of its own."""
    return page("conversation.svg.j2", drawing=drawing(story), standalone=True)


def drawing(story: Story) -> Mapping[str, Any]:
    """Everything the template needs, with places in pixels."""
    zone, scale = Zone(story.zone, story.start, story.end), _Scale(story)
    rows = tuple(_row(lane, story, scale, zone) for lane in story.lanes)
    there = {span.phase for lane in story.lanes for span in lane.spans}
    bottom = TOP + ROW * max(len(rows), 1)
    return {
        "width": WIDTH,
        "height": bottom + 40,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "top": TOP,
        "bottom": bottom,
        "title": f"Conversation {story.key}",
        "description": description(story, zone),
        "rows": rows,
        "ticks": [Mark(scale.x(at), zone.short(at)) for at in ticks(scale.start, scale.end, zone, scale.room // PX_TICK)],
        "arrows": [_arrow(one, story, scale, zone) for one in story.moves if rows],
        "refused": [Mark(scale.x(one.refused_at), one.refused) for one in story.entries if one.refused_at],
        "legend": list(_legend(there, story, bottom + 22)),
    }


def description(story: Story, zone: Zone) -> str:
    """What the drawing shows, in words."""
    legs = "; ".join(f"{lane.number} {called(lane)}" for lane in story.lanes)
    moves = "; ".join(move(one, story, zone).strip() for one in story.moves)
    refused = f" Refused: {story.refused[0].refused}." if story.refused else ""
    return f"{summary(story, zone)}. Legs: {legs or 'none'}.{f' Transfers: {moves}.' if moves else ''}{refused}"


class _Scale:
    """Times → pixels."""

    def __init__(self, story: Story) -> None:
        self.start, self.end = story.start, max(story.end, story.start + 1)
        self.room = WIDTH - RIGHT - LEFT

    def x(self, at: int) -> float:
        """Where a time stands."""
        share = (min(max(at, self.start), self.end) - self.start) / (self.end - self.start)
        return round(LEFT + share * self.room, 1)


def _row(lane: Lane, story: Story, scale: _Scale, zone: Zone) -> Row:
    y = TOP + ROW * (lane.number - 1)
    label = f"{lane.number} {called(lane)}"
    last = lane.end if lane.end is not None else story.end
    ended = f", ended {zone.time(lane.end)}{f' ({lane.how})' if lane.how else ''}" if lane.end is not None else ", still open"
    bars = tuple(_bar(span, y, scale, (phase_name(span.phase, story.media), zone)) for span in lane.spans)
    title = f"{label}: from {zone.time(lane.start)}{ended}"
    return Row(y, fit(label, LETTERS).rstrip(), title, scale.x(lane.start), scale.x(last), lane.end is None, bars)


def _bar(span: Span, y: int, scale: _Scale, words: tuple[str, Zone]) -> Bar:
    name, zone = words
    height = _HEIGHTS.get(span.phase, BAR)
    x = scale.x(span.start)
    width = max(scale.x(span.end) - x, LEAST)
    title = f"{name} {zone.time(span.start)} to {zone.time(span.end)}, {lasted(span.end - span.start)}"
    return Bar(span.phase.name.lower(), min(x, WIDTH - RIGHT - LEAST), y + (ROW - height) / 2, round(width, 1), height, title)


_HEIGHTS = {Phase.RINGING: 6.0, Phase.FLOW: 8.0, Phase.WAITING: 8.0, Phase.AFTER_WORK: 8.0}


def _arrow(one: Move, story: Story, scale: _Scale, zone: Zone) -> Arrow:
    begun = TOP + ROW * (max(one.begun_by, 1) - 1) + ROW // 2
    landed = TOP + ROW * (one.landed - 1) + ROW // 2 if one.landed else begun
    return Arrow(one.number, scale.x(one.at), begun, landed, move(one, story, zone).strip())


def _legend(there: set[Phase], story: Story, y: float) -> Iterator[Bar]:
    x = float(LEFT)
    for phase in Phase:
        if phase in there:
            height = _HEIGHTS.get(phase, BAR)
            yield Bar(phase.name.lower(), x, y - height / 2, 22, height, phase_name(phase, story.media))
            x += 44 + 7.5 * len(phase_name(phase, story.media))
