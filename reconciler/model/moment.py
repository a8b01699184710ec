"""Native times → milliseconds since 1970, UTC. A time without zone is local to the source, by the zone's name.

In autumn an hour comes twice. Which of the two is meant is told by the order of the rows: time does not go back, so a row that
would is of the second one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

HOUR = 3_600_000
FIRST, LATEST = -62_135_596_800_000, 253_402_300_799_999  # the years 1 to 9999: others cannot be written as text


class Clock:
    """Reads times of one feed, in the order of its rows. `last` is the latest time so far; a later run goes on from it.

    `slack_seconds`: rows may be that much out of order without meaning the second of two equal hours.
    """

    def __init__(self, zone: str = "UTC", last: int = 0, *, slack_seconds: float = 0.0) -> None:
        self._zone = ZoneInfo(zone)
        self._slack = int(slack_seconds * 1000)
        self.last = last

    def epoch(self, seconds: str | float) -> int:
        """Seconds since 1970, possibly with a fraction. Raises `ValueError` for anything else."""
        return self._seen(float(seconds) * 1000)

    def milliseconds(self, number: str | float) -> int:
        """Milliseconds since 1970. Raises `ValueError` for anything else."""
        return self._seen(int(number) if isinstance(number, str) else number)

    def text(self, text: str) -> int:
        """An ISO 8601 time, with `T` or a space, with or without fraction and offset. Raises `ValueError` for anything else."""
        return self.moment(datetime.fromisoformat(text.strip()))

    def form(self, text: str, form: str) -> int:
        """A time in the form `strptime` understands, such as `%d/%m/%Y %H:%M:%S`. Raises `ValueError` for anything else."""
        return self.moment(datetime.strptime(text.strip(), form))  # noqa: DTZ007 - a missing zone is the source's

    def moment(self, at: datetime) -> int:
        """A time that may lack its zone: then it is local, and of an hour that comes twice the later one where time went back."""
        if at.tzinfo is not None:
            return self._seen(at.timestamp() * 1000)
        local = at.replace(tzinfo=self._zone)
        early, late = (round(local.replace(fold=fold).timestamp() * 1000) for fold in (0, 1))
        went_back = early < late and self._slack < self.last - early < 2 * HOUR
        return self._seen(late if went_back else early)

    def _seen(self, time: float) -> int:
        try:
            at = round(time)
        except OverflowError:
            raise ValueError("a time without end") from None
        if not FIRST <= at <= LATEST:
            raise ValueError("a time beyond the years 1 to 9999")
        self.last = max(self.last, at)
        return at


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


def iso(at: int) -> str:
    """`2026-11-22T09:30:00.125Z`: milliseconds since 1970 as Genesys Cloud takes times.

    Source: ISO 8601 with `Z` and at most three digits of a second, date-time of the API description of July 2026.
    """
    seconds, rest = divmod(at, 1000)
    return f"{_second(seconds)}.{rest:03d}Z"
