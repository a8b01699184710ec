"""Times as people of the source read them: milliseconds since 1970 → days and times in its zone, and the marks of an axis."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND, _MINUTE, _HOUR, _DAY = 1000, 60_000, 3_600_000, 86_400_000
_STEPS = (
    *(number * _SECOND for number in (1, 2, 5, 10, 15, 30)),
    *(number * _MINUTE for number in (1, 2, 5, 10, 15, 30)),
    *(number * _HOUR for number in (1, 2, 3, 6, 12)),
    *(number * _DAY for number in (1, 2, 7, 14, 28, 91, 365, 3650, 36500, 365_000)),
)


class Zone:
    """A time zone for a stretch of time: where its offset changes in there, times tell their own."""

    def __init__(self, name: str, start: int, end: int) -> None:
        self._zone = ZoneInfo(name)
        self._changes = self._at(start).utcoffset() != self._at(end).utcoffset()
        self._days = end - start >= 2 * _DAY
        self._seconds = end - start < 10 * _MINUTE

    def _at(self, at: int) -> datetime:
        """The local time; at the ends of the calendar, where there is none, that of UTC."""
        moment = _EPOCH + timedelta(milliseconds=at)
        try:
            return moment.astimezone(self._zone)
        except OverflowError:
            return moment

    def day(self, at: int) -> str:
        """`2026-11-21`."""
        return self._at(at).date().isoformat()

    def time(self, at: int) -> str:
        """`09:30:00.125`, with the offset where that changes meanwhile."""
        local = self._at(at)
        offset = local.strftime("%z") if self._changes else ""
        return f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}{offset}"

    def second(self, at: int) -> str:
        """`09:30:00`."""
        return f"{self._at(at):%H:%M:%S}"

    def short(self, at: int) -> str:
        """As an axis has it: with seconds, with minutes, or a day."""
        if self._days:
            return self.day(at)
        return f"{self._at(at):%H:%M:%S}" if self._seconds else f"{self._at(at):%H:%M}"

    def iso(self, at: int) -> str:
        """ISO 8601 with the offset."""
        return self._at(at).isoformat(timespec="milliseconds")

    def offset(self, at: int) -> int:
        """Milliseconds from UTC."""
        return int((self._at(at).utcoffset() or timedelta()).total_seconds() * 1000)


def ticks(start: int, end: int, zone: Zone, most: int) -> Iterator[int]:
    """About `most` round local times from start to end, about evenly."""
    span = max(end - start, 1)
    step = next((one for one in _STEPS if span // one <= max(most, 1)), _STEPS[-1])
    offset = zone.offset(start)
    at = -(-(start + offset) // step) * step - offset
    while at <= end:
        yield at
        at += step


def lasted(milliseconds: int) -> str:
    """`4 min 12 s`: a length of time in its two greatest units."""
    seconds = round(milliseconds / 1000)
    parts = ((seconds // 86_400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    told = [(count, unit) for count, unit in parts if count]
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    return " ".join(f"{count} {unit}" for count, unit in told[:2])
