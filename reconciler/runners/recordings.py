"""Recordings → Changes: what is uploaded, in which order, and what waits for what. Pure: what is known comes in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.kinds.recording import NAME
from reconciler.model.change import Change, FieldChange, Op
from reconciler.model.moment import iso
from reconciler.model.recorded import Described, Examined, Piece, Stage, Stored, Upload
from reconciler.model.recording import Worth
from reconciler.model.resource import Ref
from reconciler.runners.conversation_change import conversation_id
from reconciler.runners.recording_link import LINKS, SIDECAR, Named, rest, sidecar
from reconciler.runners.recording_proof import TOLERANCE_SECONDS

_ENOUGH = {Worth.ANALYTICS: {Worth.ANALYTICS}, Worth.ARCHIVE: {Worth.ANALYTICS, Worth.ARCHIVE}}


class End(StrEnum):
    """What is known of the end of a conversation; the text is why a recording waits for it."""

    OVER = ""
    OPEN = "its conversation has not ended"
    UNKNOWN = "Genesys Cloud does not know its conversation"
    LEFT = "its conversation is left out by a rule of mapping.yaml"


UNNAMED = "neither index nor pattern names its conversation"
GROWING = "still being written"
WORTH = "worth less than runners.recordings.least"


@dataclass(frozen=True, slots=True)
class Terms:
    """What planning goes by: our authority, the least worth that is uploaded, the linking convention, whether names are kept."""

    source: str
    least: Worth = Worth.ARCHIVE
    link: str = "file_name"
    keep_name: bool = False

    def known_as(self, native: str) -> str:
        """The id of a conversation in Genesys Cloud."""
        return conversation_id(self.source, native)


@dataclass(slots=True)
class Planned:
    """Changes in their order, files that wait by reason, files whose content was sent before, and what people should know."""

    changes: list[Change] = field(default_factory=list)
    waiting: Counter[str] = field(default_factory=Counter)
    before: int = 0
    warnings: list[str] = field(default_factory=list)


def pieces(found: Iterable[tuple[Stored, Described, Examined]], known: Mapping[str, Upload]) -> list[Piece]:
    """Recordings by conversation, numbered in the order they were made: as is said of them, else by start, else by name.

    Segments that were sent before and lie there no more keep their places.
    """
    by_call: defaultdict[str, list[tuple[Stored, Described, Examined]]] = defaultdict(list)
    for one in found:
        by_call[one[1].conversation].append(one)
    gone = Counter(one.conversation for one in known.values() if one.stage is not Stage.JOINED)
    there = {seen.digests.sha256 for rows in by_call.values() for _, _, seen in rows}
    gone.subtract(known[one].conversation for one in there & known.keys() if known[one].stage is not Stage.JOINED)
    made: list[Piece] = []
    for conversation in sorted(by_call):
        rows = sorted(by_call[conversation], key=lambda row: (row[1].part, row[1].start, row[0].name))
        before = max(gone[conversation], 0)
        made += [Piece(*row, part=row[1].part or before + number) for number, row in enumerate(rows, 1)]
    return made


def plan(recordings: Sequence[Piece], known: Mapping[str, Upload], ends: Mapping[str, End], terms: Terms) -> Planned:
    """What to upload: each content once, segments of a conversation one after the other, nothing before its conversation ended.

    `ends` are by native id; what is missing there is unknown.
    """
    planned = Planned()
    first: dict[str, Piece] = {}
    last: dict[str, str] = {}
    for piece in recordings:
        digest, call = piece.examined.digests.sha256, piece.described.conversation
        if piece.examined.verdict.worth not in _ENOUGH[terms.least]:
            planned.waiting[WORTH] += piece.examined.verdict.worth is not Worth.REFUSED
            continue
        sent = done(digest, known)
        if sent or digest in first:
            planned.before += 1
            planned.warnings += _twice(piece, sent, first.get(digest))
            continue
        end = ends.get(call, End.UNKNOWN)
        if end is not End.OVER:
            planned.waiting[end.value] += 1
            continue
        first[digest] = piece
        planned.warnings += _longer_or_shorter(piece)
        needs = (last[call],) if call in last else ()
        change = _upload(piece, terms, needs)
        last[call] = change.id
        planned.changes.append(change)
    return planned


def _longer_or_shorter(piece: Piece) -> Iterator[str]:
    """What an index says of the length and the file does not keep: a part of it may be missing, or it is another one."""
    said, there = piece.described.seconds, piece.examined.found.seconds
    if said and abs(said - there) > TOLERANCE_SECONDS:
        yield f"{piece.stored.name}: {there:.1f} s long, but {piece.described.place or 'the index'} says {said:.1f} s"


def done(digest: str, known: Mapping[str, Upload]) -> Upload | None:
    """The upload that a content went with: its own, or the recording it is one side of; None where it has to go."""
    sent = known.get(digest)
    return known.get(sent.key) if sent and sent.stage is Stage.JOINED else sent


def _twice(piece: Piece, sent: Upload | None, first: Piece | None) -> Iterator[str]:
    """A content that two conversations claim: one of them will lack a recording, and a person should look why."""
    name, call = (
        (sent.name, sent.conversation) if sent else (first.stored.name, first.described.conversation) if first else ("", "")
    )
    if call != piece.described.conversation:
        yield f"{piece.stored.name}: the same content as {name}, which belongs to another conversation; it is not sent twice"


def _upload(piece: Piece, terms: Terms, needs: tuple[str, ...]) -> Change:
    stored, said, seen = piece.stored, piece.described, piece.examined
    known_as, digest = terms.known_as(said.conversation), seen.digests.sha256
    named = rest(said.start, piece.part, digest, seen.found.container, stored.name if terms.keep_name else "")
    told: dict[str, object] = {
        "file": stored.name,
        "conversation": said.conversation,
        "known_as": known_as,
        "part": piece.part,
        "at": iso(said.start) if said.start else None,
        "bytes": stored.size,
        "seconds": round(seen.found.seconds, 3),
        "verdict": seen.verdict.worth.value,
        "agent": seen.verdict.agent.value,
        "media_type": seen.found.media_type,
        "md5": seen.digests.md5,
        "sent_as": LINKS[terms.link](Named(said.conversation, known_as, named)),
    }
    if seen.sides:
        told["sides"] = [[side.name, sha256] for side, sha256 in seen.sides]
    if terms.link == SIDECAR:
        told["sidecar"] = sidecar(told)
    fields = tuple(FieldChange((name,), None, value) for name, value in told.items() if value is not None)
    reason = "; ".join(one.what for one in seen.verdict.reasons)
    return Change(
        Op.CREATE, Ref(NAME, digest), said.conversation, fields, needs=needs, origin=said.place or stored.name, reason=reason
    )


def attaching(orphans: Mapping[str, str], known: Mapping[str, Upload], ends: Mapping[str, End]) -> list[Change]:
    """Attaches orphans (digest → id of the orphan) to conversations that have ended."""
    return [
        Change(
            Op.UPDATE,
            Ref(NAME, digest),
            known[digest].conversation,
            (
                FieldChange(("orphan",), None, orphans[digest]),
                FieldChange(("known_as",), None, known[digest].known_as),
            ),
            origin=known[digest].name,
            reason="its conversation was missing when it came",
        )
        for digest in sorted(orphans)
        if known[digest].stage is not Stage.ATTACHED and ends.get(known[digest].conversation) is End.OVER
    ]
