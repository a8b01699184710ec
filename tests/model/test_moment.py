"""Native times: the doubled hour, the missing hour, offsets, and a clock that goes on after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.moment import FIRST, LATEST, Clock, iso

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
AUTUMN = {  # the last moment, in UTC, before clocks go back for the first time after the summer of 2026
    BERLIN: datetime(2026, 10, 25, 1, tzinfo=UTC),
    NEW_YORK: datetime(2026, 11, 1, 6, tzinfo=UTC),
    LORD_HOWE: datetime(2026, 4, 4, 15, tzinfo=UTC),  # by half an hour
}


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def local(moment: datetime, zone: str) -> str:
    """As a platform prints it: without its zone."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


def read(texts: Sequence[str], clock: Clock) -> list[str]:
    return [iso(clock.text(text))[11:19] for text in texts]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-02-03 15:03:32.767382-05", "2025-02-03T20:03:32.767Z"),
        ("2025-02-03 15:03:32+0530", "2025-02-03T09:33:32.000Z"),
        ("2025-02-03T15:03:32.7-05:00", "2025-02-03T20:03:32.700Z"),
        ("2025-02-03T15:03:32Z", "2025-02-03T15:03:32.000Z"),
        ("  2025-02-03T15:03:32.9996Z\n", "2025-02-03T15:03:33.000Z"),
        ("2025-02-03 15:03:32", "2025-02-03T14:03:32.000Z"),
        ("2025-07-03 15:03:32", "2025-07-03T13:03:32.000Z"),
        ("1950-01-01T00:00:00Z", "1950-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_text_is_read_with_its_offset_or_in_the_source_s_zone(text: str, utc: str) -> None:
    assert iso(Clock(BERLIN).text(text)) == utc


@pytest.mark.parametrize(
    ("said", "at"),
    [
        (lambda clock: clock.epoch("1781234567"), 1_781_234_567_000),
        (lambda clock: clock.epoch("1781234567.125"), 1_781_234_567_125),
        (lambda clock: clock.epoch(1_781_234_567.0004), 1_781_234_567_000),
        (lambda clock: clock.milliseconds("1781234567125"), 1_781_234_567_125),
        (lambda clock: clock.milliseconds(1_781_234_567_125), 1_781_234_567_125),
        (lambda clock: clock.form("12/06/2026 05:22:47", "%d/%m/%Y %H:%M:%S"), 1_781_234_567_000),
        (lambda clock: clock.form("12/06/2026 05:22:47 +0200", "%d/%m/%Y %H:%M:%S %z"), 1_781_234_567_000),
    ],
)
def test_numbers_and_forms_are_read(said: object, at: int) -> None:
    assert callable(said)
    assert said(Clock(BERLIN)) == at


@pytest.mark.parametrize("method", ["epoch", "milliseconds", "text"])
@pytest.mark.parametrize("text", ["", "now", "inf", "-inf", "nan", "1e400", "2026-13-01", "12h"])
def test_what_is_no_time_is_a_value_error(method: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        getattr(Clock(), method)(text)


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
@pytest.mark.parametrize("method", ["epoch", "milliseconds"])
def test_a_number_that_is_no_time_is_a_value_error(method: str, number: float) -> None:
    with pytest.raises(ValueError, match=r"."):
        getattr(Clock(), method)(number)


def test_what_is_no_time_does_not_move_the_clock() -> None:
    clock = Clock(BERLIN, last=5)

    with pytest.raises(ValueError, match="without end"):
        clock.epoch("inf")

    assert clock.last == 5


@pytest.mark.parametrize("seconds", ["9" * 40, "253402300800", "-62135596801"])
def test_a_time_that_cannot_be_written_is_none(seconds: str) -> None:
    clock = Clock(last=5)

    with pytest.raises(ValueError, match="beyond the years 1 to 9999"):
        clock.epoch(seconds)

    assert clock.last == 5


def test_of_an_hour_that_comes_twice_the_second_one_is_where_time_goes_back() -> None:
    texts = [
        f"2026-10-25 {time}"
        for time in ("01:59:59", "02:00:00", "02:30:00", "02:59:59", "02:00:00", "02:30:00", "02:59:59", "03:00:00")
    ]

    assert read(texts, Clock(BERLIN)) == [
        "23:59:59", "00:00:00", "00:30:00", "00:59:59", "01:00:00", "01:30:00", "01:59:59", "02:00:00",
    ]  # fmt: skip


def test_an_offset_says_which_of_two_equal_hours_it_is() -> None:
    clock = Clock(BERLIN)

    assert read(["2026-10-25 02:30:00+01", "2026-10-25 02:30:01+02"], clock) == ["01:30:00", "00:30:01"]


def test_a_restart_in_the_second_of_two_equal_hours_goes_on_in_it() -> None:
    before = Clock(BERLIN)
    read(["2026-10-25 02:59:00", "2026-10-25 02:10:00"], before)

    after = Clock(BERLIN, before.last)

    assert read(["2026-10-25 02:10:30"], after) == ["01:10:30"]


def test_a_clock_without_memory_takes_the_first_of_two_equal_hours() -> None:
    assert read(["2026-10-25 02:10:30"], Clock(BERLIN)) == ["00:10:30"]


def test_rows_a_little_out_of_order_do_not_mean_the_second_hour() -> None:
    clock = Clock(BERLIN, slack_seconds=30)

    assert read(["2026-10-25 02:30:30", "2026-10-25 02:30:00"], clock) == ["00:30:30", "00:30:00"]


def test_a_row_left_over_from_the_first_hour_stays_in_it() -> None:
    clock = Clock(BERLIN, slack_seconds=30)

    texts = [f"2026-10-25 02:{time}" for time in ("59:50", "00:10", "59:55", "00:05")]

    assert read(texts, clock) == ["00:59:50", "01:00:10", "00:59:55", "01:00:05"]


def test_an_hour_that_is_missing_in_spring_is_read_as_if_clocks_had_not_moved() -> None:
    clock = Clock(BERLIN)

    texts = [f"2026-03-29 {time}" for time in ("01:59:59", "02:30:00", "03:40:00", "02:30:02")]

    assert read(texts, clock) == ["00:59:59", "01:30:00", "01:40:00", "01:30:02"]


def test_a_time_from_a_clock_that_is_far_ahead_does_not_turn_first_hours_into_second_ones() -> None:
    clock = Clock(BERLIN, last=ms(AUTUMN[BERLIN] + timedelta(hours=3)))

    assert read(["2026-10-25 02:10:30"], clock) == ["00:10:30"]


def test_times_before_and_after_the_doubled_hour_never_depend_on_what_was_read_before() -> None:
    clock = Clock(BERLIN, last=ms(datetime(2026, 10, 25, 12, tzinfo=UTC)))

    assert read(["2026-10-25 01:30:00", "2026-10-25 03:30:00"], clock) == ["23:30:00", "02:30:00"]


@given(zone=st.sampled_from(sorted(AUTUMN)), data=st.data())
def test_rows_in_order_through_an_autumn_night_are_read_as_they_happened(zone: str, data: st.DataObject) -> None:
    """Rows less than the doubled time apart: then time visibly goes back. A restart after any row changes nothing."""
    gap = 29 if zone == LORD_HOWE else 59
    steps = data.draw(st.lists(st.integers(0, gap * 60), min_size=1, max_size=30))
    moments = [AUTUMN[zone] - timedelta(seconds=data.draw(st.integers(1, 7200)))]
    for step in steps:
        moments.append(moments[-1] + timedelta(seconds=step))
    crash = data.draw(st.integers(0, len(moments)))

    clock = Clock(zone)
    found = [clock.text(local(one, zone)) for one in moments[:crash]]
    again = Clock(zone, clock.last)
    found += [again.text(local(one, zone)) for one in moments[crash:]]

    assert found == [ms(one) for one in moments]


@given(st.integers(FIRST, LATEST))
def test_iso_is_read_back_as_the_same_millisecond(at: int) -> None:
    assert Clock().text(iso(at)) == at


@given(st.lists(st.integers(0, LATEST), min_size=1))
def test_last_is_the_latest_time_of_all(times: list[int]) -> None:
    clock = Clock()

    for one in times:
        clock.milliseconds(one)

    assert clock.last == max(times)
