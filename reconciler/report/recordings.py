"""What was found in a store of recordings → one HTML page: figures, reasons, and the doubtful ones with their outlines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reconciler.report.page import page

LISTED = 200  # doubtful recordings on the page; the JSON counts all of them
WIDTH, LANE = 600, 36  # of an outline, and of one channel in it


class Doubtful(NamedTuple):
    """A recording not fit for analytics: its name, verdict, sound, length, (what, remedy, source) of reasons, its peaks."""

    name: str
    worth: str
    sound: str
    length: str
    reasons: Sequence[tuple[str, str, str]]
    outline: Sequence[Sequence[float]] = ()

    @property
    def lanes(self) -> list[str]:
        """One polygon per channel: the peaks above and below its middle."""
        return [_polygon(side, LANE * number + LANE / 2) for number, side in enumerate(self.outline)]

    @property
    def height(self) -> int:
        """Of the outline."""
        return LANE * len(self.outline)


def _polygon(peaks: Sequence[float], middle: float) -> str:
    step = WIDTH / max(len(peaks) - 1, 1)
    tall = [max(min(float(peak), 1.0) * (LANE / 2 - 2), 0.5) for peak in peaks]
    above = [f"{number * step:.1f},{middle - one:.1f}" for number, one in enumerate(tall)]
    below = [f"{number * step:.1f},{middle + one:.1f}" for number, one in reversed(list(enumerate(tall)))]
    return " ".join([*above, *below])


def html(
    source: str,
    figures: Mapping[str, int],
    verdicts: Sequence[tuple[str, int, Sequence[tuple[str, int]]]],
    waiting: Sequence[tuple[str, int]],
    doubtful: Sequence[Doubtful],
) -> str:
    """The page. Nothing in a file or its name can write HTML: texts are escaped, and the page may run nothing."""
    return page(
        "recordings.html.j2",
        source=source,
        figures=figures,
        verdicts=verdicts,
        waiting=waiting,
        doubtful=doubtful[:LISTED],
        more=max(len(doubtful) - LISTED, 0),
        width=WIDTH,
    )
