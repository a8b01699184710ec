"""First bytes → what a file is, in our words. A table of marks; nothing is decoded here."""

from __future__ import annotations

import codecs
import re

HEAD = 512
"""How many first bytes are looked at."""

GSM_FRAME = 33

CONTAINERS = frozenset({"wav", "rf64", "w64", "au", "aiff", "flac", "ogg", "mp3", "caf", "gsm"})
"""What soundfile reads."""
EXTRA = {"mp4": "mp4", "amr": "amr", "webm": "matroska", "aac": "aac", "asf": "asf", "wav": "wav"}
"""What only the extra reads → what PyAV calls it; `wav` for codecs soundfile does not know."""

_MARKS = (  # what it is, the pattern of its first bytes; the first that fits wins
    ("wav", rb"RIFF....WAVE"),
    ("rf64", rb"(RF64|BW64)....WAVE"),
    ("w64", rb"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"),
    ("flac", rb"fLaC"),
    ("ogg", rb"OggS"),
    ("au", rb"\.snd|dns\."),
    ("aiff", rb"FORM....AIF[FC]"),
    ("caf", rb"caff\x00"),
    ("amr", rb"#!AMR"),
    ("webm", rb"\x1a\x45\xdf\xa3"),
    ("mp4", rb"....ftyp"),
    ("asf", rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    ("mp3", rb"ID3[\x02-\x04]"),
    ("aac", rb"\xff[\xf0\xf1\xf8\xf9]"),
    ("mp3", rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xef]"),
    ("a zip archive", rb"PK(\x03\x04|\x05\x06|\x07\x08)"),
    ("a gzip archive", rb"\x1f\x8b"),
    ("a bzip2 archive", rb"BZh[1-9]"),
    ("an xz archive", rb"\xfd7zXZ"),
    ("a 7z archive", rb"7z\xbc\xaf"),
    ("a PDF", rb"%PDF"),
    ("a PNG picture", rb"\x89PNG"),
    ("a JPEG picture", rb"\xff\xd8\xff"),
    ("a GIF picture", rb"GIF8"),
    ("a program", rb"\x7fELF|MZ.{58}"),
    ("HTML", rb"(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body|!--)"),
    ("XML", rb"(\xef\xbb\xbf)?\s*<\?xml"),
    ("JSON", rb'(\xef\xbb\xbf)?\s*[\[{]\s*["\]}{\[]'),
)
_TABLE = tuple((word, re.compile(mark, re.DOTALL | re.IGNORECASE if word == "HTML" else re.DOTALL)) for word, mark in _MARKS)
_TEXT = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]+\Z")
_SUFFIXES = {
    "wav": "wav", "wave": "wav", "rf64": "rf64", "w64": "w64", "mp3": "mp3", "flac": "flac", "ogg": "ogg", "oga": "ogg",
    "opus": "ogg", "au": "au", "snd": "au", "aif": "aiff", "aiff": "aiff", "caf": "caf", "gsm": "gsm", "amr": "amr",
    "mp4": "mp4", "m4a": "mp4", "3gp": "mp4", "webm": "webm", "mka": "webm", "aac": "aac", "wma": "asf",
}  # fmt: skip


def container(head: bytes) -> str:
    """What the first bytes say: a container, `an …` or `a …` of something that is no audio, `empty`, or nothing."""
    if not head:
        return "an empty file"
    for word, mark in _TABLE:
        if mark.match(head):
            return word
    if not any(head):
        return "nothing but zeros"
    if _is_gsm(head):
        return "gsm"
    return "text" if _TEXT.match(head) and _is_text(head) else ""


def said(name: str) -> str:
    """The container the suffix of a name promises, empty where it promises none."""
    return _SUFFIXES.get(name.rpartition(".")[2].lower(), "") if "." in name else ""


def _is_gsm(head: bytes) -> bool:
    """Whether frames of GSM 06.10 follow each other, as Asterisk writes them: each of 33 bytes begins with the nibble D."""
    starts = head[::GSM_FRAME]
    return len(starts) > 4 and all(byte >> 4 == 0xD for byte in starts)


def _is_text(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the last sign may be cut
    except UnicodeDecodeError:
        return False
    return True
