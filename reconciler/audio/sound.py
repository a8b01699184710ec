"""The one door to soundfile: a file that libsndfile decodes, block by block, and a WAV file that it writes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import soundfile  # type: ignore[import-untyped]  # ships no types

from reconciler.audio.block import BLOCK_SAMPLES, Block, Unsound, checked
from reconciler.audio.header import Claim

CODECS = {
    "PCM_16": "L16",
    "ULAW": "PCMU",
    "ALAW": "PCMA",
    "OPUS": "Opus",
    "VORBIS": "Vorbis",
    "GSM610": "GSM",
    "G721_32": "G726",
    "PCM_U8": "L8",
    "PCM_S8": "L8",
    "PCM_24": "L24",
    "PCM_32": "L32",
    "FLOAT": "float",
    "DOUBLE": "double",
    "IMA_ADPCM": "ADPCM",
    "MS_ADPCM": "ADPCM",
    "ALAC_16": "ALAC",
    "MPEG_LAYER_I": "MP1",
    "MPEG_LAYER_II": "MP2",
    "MPEG_LAYER_III": "MP3",
}
"""soundfile's words → ours; RTP's names where there is one, as the documentation of Genesys Cloud uses them."""
EXACT = frozenset({"PCM_16", "PCM_U8", "PCM_S8", "ULAW", "ALAW", "GSM610", "G721_32", "IMA_ADPCM", "MS_ADPCM", "ALAC_16"})
"""What decodes to whole 16-bit samples: writing those anew loses nothing."""
FULL_SCALE = {"ULAW": 32124, "ALAW": 32256, "PCM_U8": 32512, "PCM_S8": 32512}
"""The largest sample a codec has, where it is not 32767. Source: ITU-T G.711 tables 1a and 2a, scaled to 16 bits."""
_PLAIN = frozenset({"L16", "PCMU", "PCMA", "L8", "L24", "L32", "float", "double"})
WRITTEN = {"PCMU": "ULAW", "PCMA": "ALAW", "L16": "PCM_16"}


@dataclass(slots=True)
class Sound:
    """An open file: what its header says, and its blocks. `frames` is soundfile's own count and may repeat a header's lie."""

    file: Any
    codec: str
    is_exact: bool
    full_scale: int
    rate: int
    channels: int
    frames: int

    @property
    def is_seekable(self) -> bool:
        """Whether windows can be heard without what lies before them; GSM in WAV cannot."""
        return bool(self.file.seekable())

    @property
    def step(self) -> int:
        """Frames in a block: few of what is compressed, because a block in which decoding fails is lost as a whole."""
        plain = self.codec in _PLAIN
        return max(1, (BLOCK_SAMPLES if plain else BLOCK_SAMPLES // 16) // self.channels)

    def blocks(self, start: int = 0, frames: int | None = None) -> Iterator[Block]:
        """The samples from frame `start` on, at most `frames`, block by block; ends early where decoding fails."""
        kind = "int16" if self.is_exact else "float32"
        step = self.step
        left = self.frames + step if frames is None else frames
        try:
            if self.is_seekable:
                self.file.seek(start)
            while left > 0:
                block = self.file.read(min(step, left), dtype=kind, always_2d=True)
                if not len(block):
                    return
                left -= len(block)
                yield block
        except soundfile.LibsndfileError:
            return


@contextmanager
def opened(file: BinaryIO, container: str, claim: Claim | None) -> Iterator[Sound]:
    """The file, ready to be decoded. Raises `Unsound` where libsndfile does not take it or its numbers are absurd.

    Sound of which an unfinished header does not speak is decoded as plain samples, if the header at least says how.
    """
    try:
        with _open(file, container, claim) as found:
            rate, channels = checked(found.samplerate, found.channels)
            kind = found.subtype
            codec = "FLAC" if found.format == "FLAC" else CODECS.get(kind, kind)
            yield Sound(found, codec, kind in EXACT, FULL_SCALE.get(kind, 32767), rate, channels, max(0, found.frames))
    except soundfile.LibsndfileError as error:
        raise Unsound(error.error_string.removeprefix("Error : ").strip().rstrip(".").lower()) from None


def _open(file: BinaryIO, container: str, claim: Claim | None) -> Any:
    file.seek(0)
    if container == "gsm":
        return soundfile.SoundFile(_Tail(file, 0), "r", 8000, 1, "GSM610", format="RAW")
    if claim and claim.subtype and claim.is_unfinished:
        rate, channels = checked(claim.rate, claim.channels)
        return soundfile.SoundFile(_Tail(file, claim.begin), "r", rate, channels, claim.subtype, "LITTLE", "RAW")
    if isinstance(file, io.FileIO):  # without a way through Python; only unbuffered, for both move its place
        return soundfile.SoundFile(file.fileno(), closefd=False)
    return soundfile.SoundFile(_Tail(file, 0))


class _Tail:
    """A file from some place on, for readers that know no header. Its length never changes while it is read."""

    def __init__(self, file: BinaryIO, begin: int) -> None:
        self._file, self._begin = file, begin
        self._file.seek(begin)

    def seek(self, place: int, whence: int = 0) -> int:
        """Goes to a place counted from where the tail begins."""
        return self._file.seek(place + self._begin if whence == 0 else place, whence) - self._begin

    def tell(self) -> int:
        """The place, counted from where the tail begins."""
        return self._file.tell() - self._begin

    def read(self, count: int = -1) -> bytes:
        """The next bytes."""
        return self._file.read(count)


@contextmanager
def written(file: BinaryIO, codec: str, rate: int, channels: int) -> Iterator[Any]:
    """A WAV file to hand blocks of 16-bit samples to by `write`; `codec` is one of `WRITTEN`."""
    with soundfile.SoundFile(file, "w", rate, channels, WRITTEN[codec], format="WAV") as found:
        yield found
