"""Times of an axis and of people: round, in the source's zone, and over the nights when clocks change."""

from __future__ import annotations

from datetime import datetime

import pytest

from reconciler.model.moment import FIRST, LATEST
from reconciler.report.conversation_time import Zone, lasted, ticks


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        ("2026-11-22T08:00:03Z", "2026-11-22T08:00:41Z", ["08:00:10", "08:00:20", "08:00:30", "08:00:40"]),
        ("2026-11-22T08:00:03Z", "2026-11-22T08:58:00Z", ["08:15", "08:30", "08:45"]),
        ("2026-11-22T08:00:03Z", "2026-11-28T08:00:00Z", ["2026-11-23", "2026-11-25", "2026-11-27"]),
    ],
)
def test_an_axis_has_round_times(start: str, end: str, shown: list[str]) -> None:
    first, last = moment(start), moment(end)
    zone = Zone("UTC", first, last)

    assert [zone.short(at) for at in ticks(first, last, zone, 4)] == shown


def test_round_times_are_those_of_the_zone() -> None:
    first, last = moment("2026-11-22T00:10:00Z"), moment("2026-11-22T12:00:00Z")
    zone = Zone("Asia/Kolkata", first, last)  # half an hour beside the hours

    assert [zone.short(at) for at in ticks(first, last, zone, 4)] == ["06:00", "09:00", "12:00", "15:00"]


def test_an_axis_of_no_length_has_its_one_time() -> None:
    assert len(list(ticks(1000, 1000, Zone("UTC", 1000, 1000), 4))) == 1


def test_times_tell_their_offset_where_it_changes_meanwhile() -> None:
    first, last = moment("2026-10-25T00:30:00Z"), moment("2026-10-25T01:30:00Z")  # clocks go back at 01:00 UTC

    zone = Zone("Europe/Berlin", first, last)

    assert [zone.time(at) for at in (first, last)] == ["02:30:00.000+0200", "02:30:00.000+0100"]


def test_the_ends_of_the_calendar_can_be_told() -> None:
    for name in ("Asia/Tokyo", "America/New_York"):
        zone = Zone(name, FIRST, LATEST)

        assert zone.day(FIRST).startswith("000")
        assert len(zone.day(LATEST)) == 10
        assert list(ticks(FIRST, LATEST, zone, 4))


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [(0, "0 ms"), (640, "640 ms"), (1000, "1 s"), (252_000, "4 min 12 s"), (3_600_000, "1 h"), (90_061_000, "1 d 1 h")],
)
def test_lengths_are_told_in_their_greatest_units(milliseconds: int, said: str) -> None:
    assert lasted(milliseconds) == said
