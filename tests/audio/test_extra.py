"""What only PyAV reads; without the extra the tests are left out."""

from __future__ import annotations

import io
from typing import Any

import pytest
from audio.tones import turns

from reconciler.audio.inspect import inspect
from reconciler.model.recording import Flaw

av: Any = pytest.importorskip("av")


def made(form: str, codec: str, rate: int = 8000) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=form) as target:
        stream = target.add_stream(codec, rate=rate, layout="mono")
        samples = turns(4, rate=rate)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=rate)
        fifo = av.AudioFifo()
        for part in resampler.resample(frame):
            fifo.write(part)
        size = stream.codec_context.frame_size or 160
        while (part := fifo.read(size)) is not None:
            target.mux(stream.encode(part))
        target.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize(
    ("form", "codec", "rate", "container", "word"),
    [
        ("mp4", "aac", 16000, "mp4", "AAC"),
        ("adts", "aac", 16000, "aac", "AAC"),
        ("matroska", "libopus", 16000, "webm", "Opus"),
        ("amr", "libopencore_amrnb", 8000, "amr", "AMR"),
        ("wav", "g726", 8000, "wav", "G726"),
    ],
)
def test_the_extra_reads_it(form: str, codec: str, rate: int, container: str, word: str) -> None:
    try:
        data = made(form, codec, rate)
    except av.FFmpegError as error:
        pytest.skip(f"this PyAV cannot write {codec}: {error}")

    found = inspect(io.BytesIO(data))

    assert (found.flaw, found.container, found.codec, found.channels) == (Flaw.NONE, container, word, 1)
    assert found.seconds == pytest.approx(4, abs=0.2)


@pytest.mark.parametrize(
    "data", [b"#!AMR\n" + b"\xff" * 500, b"\0\0\0\x20ftypM4A " + b"\0" * 500, b"\x1a\x45\xdf\xa3" + b"\x01" * 300]
)
def test_a_broken_one_is_a_flaw(data: bytes) -> None:
    found = inspect(io.BytesIO(data))

    assert found.flaw is Flaw.UNDECODABLE or found.seconds == 0
