"""Hostile files, decoded where they can do no harm."""

from __future__ import annotations

import os
import resource
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from audio.tones import call, encoded, wav

from reconciler.audio import entry
from reconciler.audio.box import Bounds, Box
from reconciler.model.recording import Flaw, Inspected

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with Box(Bounds(seconds=30)) as found:
        yield found


def seen(box: Box, path: Path, *, thorough: bool = False) -> Inspected:
    with entry.opened(path) as file:
        return box.inspect(file, name=path.name, thorough=thorough)


def test_one_child_serves_many_files(box: Box, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(encoded(call(4)))
    (tmp_path / "b.wav").write_bytes(b"<html>")

    found = [seen(box, tmp_path / name) for name in ("a.wav", "b.wav", "a.wav")]

    assert [one.seconds for one in found] == [4, 0, 4]
    assert [one.flaw for one in found] == [Flaw.NONE, Flaw.FOREIGN, Flaw.NONE]


def test_ten_sparse_gigabytes_are_not_read(box: Box, tmp_path: Path) -> None:
    path = tmp_path / "huge.wav"
    path.write_bytes(wav(call(4).tobytes(), size=0xFFFFFFFF))
    os.truncate(path, 10 * 1024 * MEGABYTE)
    before = time.monotonic()

    found = seen(box, path)

    assert (found.size, found.is_unfinished, found.flaw) == (10 * 1024 * MEGABYTE, True, Flaw.NONE)
    assert found.seconds == pytest.approx(335_544, rel=0.01)
    assert time.monotonic() - before < 10


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(wav(b"", size=256 * MEGABYTE))
    os.truncate(path, 256 * MEGABYTE + 44)
    code = (
        "import resource, sys; from reconciler.audio.inspect import inspect; f = open(sys.argv[1], 'rb', buffering=0)\n"
        "most = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = most(); assert inspect(f, thorough=True).seconds > 8000; print(most() - before)"
    )

    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)

    assert int(done.stdout) < 32 * 1024


@pytest.mark.long
def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(wav(b"", size=0xFFFFFFFF))
    os.truncate(path, 1 << 42)
    before = time.monotonic()
    with Box(Bounds(seconds=1)) as box:
        found = seen(box, path, thorough=True)
        path.write_bytes(encoded(call(4)))
        after = seen(box, path)

    assert (found.flaw, found.detail) == (Flaw.SLOW, "decoding took longer than 1 s")
    assert after.seconds == 4
    assert time.monotonic() - before < 20


def test_a_child_that_dies_takes_one_file_with_it(box: Box, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(encoded(call(4)))
    seen(box, path)
    assert box._child
    box._child.kill()
    box._child.wait()

    found = [seen(box, path) for _ in range(2)]

    assert [one.flaw for one in found] == [Flaw.CRASHED, Flaw.NONE]


def test_a_child_without_memory_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(encoded(call(4)))
    with Box(Bounds(memory=48 * MEGABYTE)) as box:
        found = seen(box, path)

    assert found.flaw in {Flaw.CRASHED, Flaw.HUNGRY}


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_child_knows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", "hunter2")
    (tmp_path / "a.wav").write_bytes(encoded(call(4)))
    with Box() as box:
        seen(box, tmp_path / "a.wav")
        assert box._child
        environment = Path(f"/proc/{box._child.pid}/environ").read_bytes()

    assert b"hunter2" not in environment


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(encoded(call(4)))
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    with Box() as box:
        seen(box, tmp_path / "a.wav")
        assert box._child
        resource.prlimit(box._child.pid, resource.RLIMIT_NOFILE, (20, limit[1]))
        found = [seen(box, tmp_path / "a.wav").seconds for _ in range(50)]

    assert found == [4] * 50


@pytest.mark.parametrize("form", ["WAV", "W64", "AU", "AIFF", "FLAC", "OGG", "MP3", "CAF"])
def test_bytes_thrown_at_random_harm_nobody(box: Box, tmp_path: Path, form: str) -> None:
    subtype = {"OGG": "OPUS", "MP3": "MPEG_LAYER_III"}.get(form, "PCM_16")
    whole = encoded(call(2), form, subtype)
    for number in range(30):
        data = bytearray(whole)
        for place in range(number % 7, min(len(data), 200), 7 + number % 5):
            data[place] ^= (number * 37 + place * 11) & 0xFF if place > 11 else 0
        (tmp_path / "a.wav").write_bytes(data)

        found = seen(box, tmp_path / "a.wav")

        assert found.seconds < 1_000_000


def test_a_flac_that_claims_a_day_of_silence_is_bounded(box: Box, tmp_path: Path) -> None:
    data = bytearray(encoded(call(2), "FLAC"))
    data[21:26] = bytes([data[21] | 0x0F]) + struct.pack(">I", 0xFFFFFFFF)
    (tmp_path / "a.flac").write_bytes(data)
    before = time.monotonic()

    found = seen(box, tmp_path / "a.flac")

    assert found.seconds <= 2
    assert found.flaw or found.missing_seconds > 1_000_000
    assert time.monotonic() - before < 40
