from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from audio.tones import call, turns

from reconciler.audio.meter import Meter


def heard(samples: Any, full_scale: int = 32767) -> Meter:
    meter = Meter(8000, samples.shape[1], full_scale)
    for start in range(0, len(samples), 3000):
        meter.add(samples[start : start + 3000])
    return meter


def test_people_who_take_turns_are_half_silent() -> None:
    meter = heard(call(20))

    assert [round(side.silent, 1) for side in meter.sides()] == [0.5, 0.5]


def test_two_people_are_not_alike() -> None:
    assert (heard(call(20)).alike() or 0) < 0.1


@pytest.mark.parametrize("gain", [1, 0.25, -1])
def test_a_copy_is_alike_whatever_its_loudness_or_sign(gain: float) -> None:
    left = turns(4)
    meter = heard(np.stack([left, (left * gain).astype(np.int16)], axis=1))

    assert (meter.alike() or 0) > 0.99


def test_a_little_echo_does_not_make_two_sides_one() -> None:
    sides = call(20)
    sides[:, 1] += (sides[:, 0] * 0.2).astype(np.int16)

    assert (heard(sides).alike() or 1) < 0.5


def test_a_constant_offset_is_silence() -> None:
    meter = heard(np.full((8000, 2), 3000, np.int16))

    assert [side.silent for side in meter.sides()] == [1, 1]
    assert meter.alike() is None


def test_noise_below_fifty_decibels_is_silence() -> None:
    noise = np.random.default_rng(1).standard_normal((8000, 1)) * 32768

    quiet, loud = (heard((noise * 10 ** (level / 20)).astype(np.int16)).sides()[0].silent for level in (-54, -46))

    assert (quiet, loud) == (1, 0)


@pytest.mark.parametrize(("full_scale", "share"), [(32767, 0.25), (32124, 0.5)])
def test_samples_at_full_scale_are_clipped(full_scale: int, share: float) -> None:
    samples = np.tile(np.array([[32767], [100], [-32124], [0]], np.int16), (500, 1))

    assert heard(samples, full_scale).sides()[0].clipped == share


def test_fractions_are_measured_as_whole_samples_are() -> None:
    whole = call(4)
    fractions = (whole / 32768).astype(np.float32)

    one, other = heard(whole), heard(fractions)

    assert one.alike() == pytest.approx(other.alike(), abs=1e-3)
    assert [side.silent for side in one.sides()] == [side.silent for side in other.sides()]


def test_what_is_no_number_is_no_sound() -> None:
    meter = heard(np.full((1000, 1), np.nan, np.float32))

    assert meter.sides()[0].peak == 0


def test_nothing_is_heard_of_nothing() -> None:
    assert Meter(8000, 2).sides() == ()
