"""Files that are still being written are left alone."""

from __future__ import annotations

import pytest

from reconciler.model.recorded import Stored
from reconciler.runners.recording_settle import Settling

NOW = 1_000_000_000


def look(settling: Settling, now: int, *files: Stored) -> tuple[list[str], int]:
    whole, growing = settling.look(files, now)
    return [one.name for one in whole], growing


def test_a_file_that_has_not_changed_for_long_is_whole_at_the_first_look() -> None:
    assert look(Settling(60_000), NOW, Stored("a.wav", 1, NOW - 60_000)) == (["a.wav"], 0)


def test_a_young_file_is_left() -> None:
    assert look(Settling(60_000), NOW, Stored("a.wav", 1, NOW - 59_999)) == ([], 1)


@pytest.mark.parametrize("changed", [0, NOW + 9_999_999])
def test_a_file_whose_time_tells_nothing_is_whole_after_two_equal_looks(changed: int) -> None:
    settling, one = Settling(60_000), Stored("a.wav", 1, changed)

    assert look(settling, NOW, one) == ([], 1)
    assert look(settling, NOW + 59_999, one) == ([], 1)
    assert look(settling, NOW + 60_000, one) == (["a.wav"], 0)


def test_a_file_that_grows_begins_anew() -> None:
    settling = Settling(60_000)
    look(settling, NOW, Stored("a.wav", 1, 0))

    assert look(settling, NOW + 60_000, Stored("a.wav", 2, 0)) == ([], 1)
    assert look(settling, NOW + 120_000, Stored("a.wav", 2, 0)) == (["a.wav"], 0)


@pytest.mark.parametrize("name", ["a.wav.part", "a.wav.filepart", "a.TMP", "a.wav~"])
def test_a_half_copy_is_never_whole(name: str) -> None:
    assert look(Settling(60_000), NOW, Stored(name, 1, 1)) == ([], 1)
