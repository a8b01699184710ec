"""The one door to PyAV, the extra for what soundfile does not read: AMR, AAC, WebM, G.729. Absent, it says so.

The container is always named, never probed: playlists would make the library open other files; and it may open none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from reconciler.audio.block import Block, Unsound, checked

_CODECS = {
    "pcm_s16le": "L16",
    "pcm_mulaw": "PCMU",
    "pcm_alaw": "PCMA",
    "opus": "Opus",
    "vorbis": "Vorbis",
    "amr_nb": "AMR",
    "amrnb": "AMR",
    "amr_wb": "AMR-WB",
    "amrwb": "AMR-WB",
    "aac": "AAC",
    "mp3": "MP3",
    "g729": "G729",
    "g726": "G726",
    "adpcm_g726": "G726",
    "gsm": "GSM",
    "gsm_ms": "GSM",
    "truespeech": "TrueSpeech",
}
"""FFmpeg's words → ours."""
_NO_PROTOCOL = "none"  # the word for a list that allows nothing; an empty one would allow all


@dataclass(slots=True)
class ExtraSound:
    """An open file: what its header says, and its blocks from first to last."""

    file: Any
    stream: Any
    codec: str
    rate: int
    channels: int
    claimed_seconds: float | None  # None where the header claims nothing
    failure: tuple[type[Exception], ...]

    def blocks(self, resampler: Any) -> Iterator[Block]:
        """All samples as 16-bit ones; ends early where decoding fails."""
        try:
            for frame in self.file.decode(self.stream):
                for part in resampler.resample(frame):
                    yield part.to_ndarray().reshape(-1, self.channels)
        except self.failure:
            return


def is_here() -> bool:
    """Whether the extra is installed."""
    try:
        import av  # noqa: F401, PLC0415 - an extra
    except ImportError:
        return False
    return True


@contextmanager
def opened(file: BinaryIO, form: str) -> Iterator[tuple[ExtraSound, Iterator[Block]]]:
    """The first sound of the file and its blocks. Raises `Unsound` where PyAV is missing or does not take it."""
    import av  # noqa: PLC0415 - an extra, and only here

    file.seek(0)
    failure = (av.FFmpegError, ValueError)
    try:
        with av.open(file, format=form, options={"protocol_whitelist": _NO_PROTOCOL, "format_whitelist": form}) as found:
            if not found.streams.audio:
                raise Unsound("holds no sound")
            stream = found.streams.audio[0]
            context = stream.codec_context
            if context is None:
                raise Unsound("nobody knows its codec")
            rate, channels = checked(context.sample_rate, context.channels)
            claimed = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
            name = _CODECS.get(context.name, context.name)
            sound = ExtraSound(found, stream, name, rate, channels, claimed, failure)
            yield sound, sound.blocks(av.AudioResampler(format="s16", layout=context.layout, rate=rate))
    except failure as error:
        raise Unsound(str(getattr(error, "strerror", None) or error).lower()) from None
