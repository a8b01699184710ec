from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from audio.tones import call, encoded, wav
from hypothesis import given
from hypothesis import strategies as st

from reconciler.audio.header import Claim, claim

DATA = call(1).tobytes()
UNKNOWN = 0xFFFFFFFF


def read(data: bytes, container: str = "wav") -> Claim | None:
    return claim(io.BytesIO(data), len(data), container)


@pytest.mark.parametrize(
    ("size", "claimed", "held", "is_unfinished"),
    [
        (len(DATA), len(DATA), len(DATA), False),
        (0, None, len(DATA), True),
        (UNKNOWN, None, len(DATA), True),
        (len(DATA) // 2, len(DATA) // 2, len(DATA), True),
        (len(DATA) * 2, len(DATA) * 2, len(DATA), False),
    ],
)
def test_what_a_data_chunk_claims_against_what_is_there(
    size: int, claimed: int | None, held: int, *, is_unfinished: bool
) -> None:
    found = read(wav(DATA, size=size))

    assert found
    assert (found.claimed, found.held, found.is_unfinished) == (claimed, held, is_unfinished)


def test_a_chunk_behind_the_sound_is_no_sound() -> None:
    found = read(wav(DATA) + b"LIST" + struct.pack("<I", 4) + b"INFO")

    assert found
    assert (found.held, found.is_unfinished) == (len(DATA), False)


def test_an_empty_recording_is_not_unfinished() -> None:
    found = read(wav(b""))

    assert found
    assert (found.claimed, found.held, found.is_unfinished) == (None, 0, False)


@pytest.mark.parametrize(("form", "container"), [("RF64", "rf64"), ("W64", "w64"), ("AU", "au")])
def test_long_headers_claim_in_their_own_way(form: str, container: str) -> None:
    data = encoded(call(1), form)
    whole, cut = read(data, container), read(data[:-1000], container)

    assert whole
    assert cut
    assert whole.claimed == whole.held == cut.claimed == len(DATA)
    assert cut.held == len(DATA) - 1000


def test_flac_counts_frames() -> None:
    found = read(encoded(call(1), "FLAC"), "flac")

    assert found
    assert (found.frames, found.rate) == (8000, 8000)


@given(st.sampled_from(["wav", "rf64", "w64", "au", "flac", "mp3"]), st.binary(max_size=200))
def test_no_bytes_break_it(container: str, data: bytes) -> None:
    starts = {"wav": b"RIFF\0\0\0\0WAVE", "rf64": b"RF64\0\0\0\0WAVE", "w64": b"\0" * 40, "au": b".snd", "flac": b"fLaC"}

    found = read(starts.get(container, b"") + data, container)

    assert found is None or found.held <= len(data)


@pytest.mark.parametrize("length", [1 << 45, 1 << 61, (1 << 63) + 5])
def test_a_chunk_that_leads_beyond_all_files_ends_it(tmp_path: Path, length: int) -> None:
    path = tmp_path / "far.w64"
    path.write_bytes(b"\0" * 40 + b"junk" + b"\0" * 12 + struct.pack("<Q", length))

    with path.open("rb", buffering=0) as file:
        assert claim(file, path.stat().st_size, "w64") is None
