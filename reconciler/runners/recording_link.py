"""What an upload is called, so that Genesys Cloud can tell its conversation, and nobody a person.

How the platform learns which conversation a file belongs to is not published: the request has only a file name. So it is a named
setting, `runners.recordings.link`, and the table of conventions is here; another one is another line. Genesys' own connector
injects audio together with metadata, in an unknown form: `sidecar` stands for that, a small JSON file beside each recording.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from reconciler.kinds.recording import FORBIDDEN
from reconciler.model.mapping import Mask
from reconciler.runners.mask import hidden

SUFFIXES = {"wav": "wav", "rf64": "wav", "w64": "wav", "ogg": "ogg", "mp3": "mp3", "flac": "flac", "webm": "webm", "mp4": "mp4"}
LONGEST = 60  # signs of an original name that are kept
_ODD = re.compile(r"[^\w.()+]+", re.ASCII)
_ALL = Mask(numbers="all")


class Named(NamedTuple):
    """What a name is made of: native and derived id of the conversation, and the rest, which tells recordings of it apart."""

    native: str
    known_as: str
    rest: str


def _by_name(one: Named) -> str:
    return f"{one.known_as}_{one.rest}"


LINKS: Mapping[str, Callable[[Named], str]] = {
    "file_name": _by_name,
    "folder": lambda one: f"{one.known_as}/{one.rest}",
    "interaction_id": lambda one: f"{FORBIDDEN.sub('-', one.native).replace('/', '-').lstrip('.')}_{one.rest}",
    "sidecar": _by_name,
}
"""Convention → name of the upload."""
SIDECAR = "sidecar"
_SAID = {  # member → field of the change
    "conversationId": "known_as",
    "interactionId": "conversation",
    "fileName": "sent_as",
    "contentMd5": "md5",
    "contentType": "media_type",
    "startTime": "at",
    "seconds": "seconds",
    "part": "part",
    "agentChannel": "agent",
}


def sidecar(told: Mapping[str, Any]) -> str:
    """What goes beside a recording whose change says `told`: JSON, always the same. Its members are ours, none is published."""
    return orjson.dumps({name: told[field] for name, field in _SAID.items() if told.get(field) is not None}).decode()


def rest(start: int, part: int, digest: str, container: str, original: str = "") -> str:
    """`20261122T093000Z_001_0123456789ab.wav`: start where it is known, place among the segments, beginning of the digest.

    `original` goes with it without whatever looks like a number or an address, and without signs that a name must not hold.
    """
    when = [datetime.fromtimestamp(start / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")] if start else []
    stem = original.rpartition("/")[2].rpartition(".")[0]
    kept = [_ODD.sub("-", hidden(stem, {}, _ALL))[:LONGEST]] if stem else []
    return "_".join([*when, f"{part:03}", digest[:12], *kept]) + f".{SUFFIXES.get(container, container or 'bin')}"
