"""What the header of a container claims about the length of its sound. Bounded: at most `CHUNKS` chunk heads are read.

Sources: RIFF/WAVE (Microsoft multimedia specification 1.0), EBU Tech 3306 (RF64), Sony Wave64, NeXT/Sun audio, FLAC format.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

CHUNKS = 256
_UNKNOWN = 0xFFFFFFFF
_SIMPLE = {(1, 8): "PCM_U8", (1, 16): "PCM_16", (6, 8): "ALAW", (7, 8): "ULAW"}
_EXTENSIBLE = 0xFFFE


@dataclass(frozen=True, slots=True)
class Claim:
    """Where sound begins, how many bytes the header claims (None: nothing), how many there are.

    `subtype` is soundfile's word where the bytes are plain samples, else empty; `frames` the claim of headers that count
    frames instead of bytes, None in all others.
    """

    begin: int = 0
    claimed: int | None = None
    held: int = 0
    subtype: str = ""
    rate: int = 0
    channels: int = 0
    frames: int | None = None

    @property
    def is_unfinished(self) -> bool:
        """Whether bytes are there of which the header does not speak."""
        return self.held > (self.claimed or 0)


def claim(file: BinaryIO, size: int, container: str) -> Claim | None:
    """What the header claims; None where this container makes no claim we read, or the header is broken."""
    read = _READERS.get(container)
    try:
        return read(file, size) if read else None
    except (struct.error, OSError):  # cut off, or it leads further than the file system can count
        return None


def _at(file: BinaryIO, place: int, count: int) -> bytes:
    """At most `count` bytes from `place`; none where a header leads further than any file reaches."""
    if place >= 1 << 62:
        return b""
    file.seek(place)
    return file.read(count)


def _riff(file: BinaryIO, size: int) -> Claim | None:
    """WAV and RF64: chunks of a name, a size of 32 bits and content at even places; RF64 keeps long sizes in `ds64`."""
    place, form, long = 12, b"", None
    for _ in range(CHUNKS):
        head = _at(file, place, 8)
        name, length = struct.unpack("<4sI", head)
        if name == b"data":
            return _data(file, size, place + 8, form, long if long is not None and length == _UNKNOWN else length)
        if name == b"ds64":
            (long,) = struct.unpack("<8xQ", _at(file, place + 8, 16))
        if name == b"fmt ":
            form = _at(file, place + 8, 40)
        place += 8 + length + length % 2
    return None


def _data(file: BinaryIO, size: int, begin: int, form: bytes, length: int) -> Claim:
    """The claim of a `data` chunk; what follows it counts as sound unless it is a chunk itself."""
    tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", form[:16])
    if tag == _EXTENSIBLE and len(form) >= 26:
        (tag,) = struct.unpack("<H", form[24:26])
    there = max(0, size - begin)
    rest = there - length - length % 2
    is_whole = length != _UNKNOWN and (rest <= 8 or _is_chunk(file, begin + length + length % 2, rest))
    claimed = None if length in {0, _UNKNOWN} else length
    return Claim(begin, claimed, min(length, there) if is_whole else there, _SIMPLE.get((tag, bits), ""), rate, channels)


def _is_chunk(file: BinaryIO, place: int, rest: int) -> bool:
    """Whether a chunk stands here that ends within the file."""
    name, length = struct.unpack("<4sI", _at(file, place, 8))
    return bool(name.isascii() and name.decode().isprintable() and length <= rest - 8 + 1)


def _wave64(file: BinaryIO, size: int) -> Claim | None:
    """Wave64: names of 16 bytes, sizes of 64 bits that include the 24 bytes of the head, content at places divisible by 8."""
    place = 40
    for _ in range(CHUNKS):
        name, length = struct.unpack("<4s12xQ", _at(file, place, 24))
        if name == b"data":
            there = max(0, size - place - 24)
            claimed = length - 24 if length > 24 and length >> 63 == 0 else None
            return Claim(place + 24, claimed, min(there, claimed) if claimed else there)
        place += (max(length, 24) + 7) & ~7
    return None


def _sun(file: BinaryIO, size: int) -> Claim | None:
    """Sun audio: place and size of the sound in the first twelve bytes; all ones are no claim."""
    head = _at(file, 0, 12)
    _, begin, length = struct.unpack("<4sII" if head.startswith(b"dns.") else ">4sII", head)
    return None if length == _UNKNOWN else Claim(begin, length, min(max(0, size - begin), length))


def _flac(file: BinaryIO, _: int) -> Claim | None:
    """FLAC: 36 bits in STREAMINFO count frames; 0 is no claim."""
    packed = int.from_bytes(_at(file, 18, 8), "big")
    rate, frames = packed >> 44, packed & ((1 << 36) - 1)
    return Claim(frames=frames or None, rate=rate) if rate else None


_READERS: dict[str, Callable[[BinaryIO, int], Claim | None]] = {
    "wav": _riff,
    "rf64": _riff,
    "w64": _wave64,
    "au": _sun,
    "flac": _flac,
}
