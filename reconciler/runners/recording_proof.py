"""Upload reports, metadata and orphans → how far each upload is. Pure, and generous: much of their form is not published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from reconciler.formats import csv, json
from reconciler.model.recorded import Stage, Upload

UNUSED = (
    "Genesys Cloud could not use it; look at it with `reconciler inspect` and mend it, "
    "or send the same once more with `reconciler run recordings --again`"
)
"""What to do about `Failure`. It is not tried again on its own: it is inferred that the same bytes fail for the same reason."""
TOLERANCE_SECONDS = 2.0  # a conversation's times are whole seconds on many platforms; inferred


class Status(StrEnum):
    """What a report says of an upload. Source: enumeration `uploadStatus`; the meanings are inferred."""

    PENDING = "Pending"
    SUCCESS = "Success"
    FAILURE = "Failure"
    WAITING = "WaitForConversation"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a report: all its values as text, and which of them is a status."""

    values: frozenset[str]
    status: Status | None


def rows(data: bytes) -> list[Row]:
    """The lines of an upload report: CSV, JSON or NDJSON, with whatever columns. Its format is unpublished."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not start:
        return []
    lines = _objects(json.read(data, file="report").values) if start in b"[{" else _cells(data)
    return [Row(frozenset(values), next((Status(one) for one in values if one in _STATUSES), None)) for values in lines]


_STATUSES = frozenset(Status)


def _cells(data: bytes) -> Iterator[list[str]]:
    yield from (list(cells) for _, cells in csv.read(data, file="report").rows)


def _objects(values: Iterable[Any]) -> Iterator[list[str]]:
    for value in values:
        if isinstance(value, list):
            yield from _objects(value)
        elif isinstance(value, dict):
            inner = [one for one in value.values() if isinstance(one, list)]
            if inner:
                yield from _objects(inner)
            else:
                yield [str(one) for one in value.values() if one is not None]


def arrived(uploads: Iterable[Upload], report: Sequence[Row]) -> dict[str, Row]:
    """The uploads that a report knows, by digest; found by the storage's key or the name they were sent under."""
    by_value = {value: row for row in report for value in row.values}
    by_end = {value.rpartition("/")[2]: row for value, row in by_value.items()}
    found: dict[str, Row] = {}
    for one in uploads:
        last = one.sent_as.rpartition("/")[2]
        row = (by_value.get(one.key) if one.key else None) or by_value.get(one.sent_as) or by_end.get(last)
        if row:
            found[one.digest] = row
    return found


def attached(uploads: Sequence[Upload], row: Mapping[str, Row], shown: Sequence[Mapping[str, Any]]) -> set[str]:
    """Which of the uploads of one conversation are among its recordings, as `shown` by metadata.

    By an id the report names, or a name the metadata shows; else as many as there are recordings, the oldest first.
    """
    texts = [{str(value) for value in one.values() if isinstance(value, str)} for one in shown]
    sure: set[str] = set()
    left = list(texts)
    for one in uploads:
        match = next((text for text in left if _same(one, row.get(one.digest), text)), None)
        if match is not None:
            left.remove(match)
            sure.add(one.digest)
    rest = [one for one in sorted(uploads, key=lambda one: one.at) if one.digest not in sure and _may_be(row.get(one.digest))]
    return sure | {one.digest for one in rest[: len(left)]}


def _same(one: Upload, row: Row | None, texts: set[str]) -> bool:
    ids = row.values - {one.known_as} if row else frozenset()
    own = {text for text in texts if len(text) > 20}
    return bool(ids & own) or one.sent_as in texts or bool(one.key and one.key in texts)


def _may_be(row: Row | None) -> bool:
    return row is None or row.status in {None, Status.SUCCESS}


def orphaned(uploads: Sequence[Upload], orphans: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The uploads that are orphans: digest → id of the orphan. By key or name anywhere in it, else by a size only one has."""
    sizes = [one.size for one in uploads]
    found: dict[str, str] = {}
    for orphan in orphans:
        texts = set(_texts(orphan))
        named = next((one for one in uploads if _named(one, texts)), None)
        size = orphan.get("mediaSizeBytes")
        alike = (
            [one for one in uploads if one.size == size]
            if size is not None and sizes.count(size) == 1 and not any("." in text for text in texts)
            else []
        )
        one = named or next(iter(alike), None)
        if one and orphan.get("id"):
            found[one.digest] = str(orphan["id"])
    return found


def _named(one: Upload, texts: set[str]) -> bool:
    last = one.sent_as.rpartition("/")[2]
    return any(text in {one.sent_as, one.key, last} or text.endswith(f"/{last}") for text in texts)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)


def mismatch(uploads: Sequence[Upload], shown: Sequence[Mapping[str, Any]]) -> str:
    """Why the lengths of a conversation's recordings are not those that were sent; empty where they are, or none is shown."""
    theirs = sorted(filter(None, (_seconds(one) for one in shown)))
    ours = sorted(one.seconds for one in uploads)
    if len(theirs) < len(ours):
        return ""
    wrong = [one for one in ours if not any(abs(one - other) <= TOLERANCE_SECONDS for other in theirs)]
    if not wrong:
        return ""
    return f"{_list(wrong)} s were sent, {_list(theirs)} s are shown"


def _list(seconds: Sequence[float]) -> str:
    return ", ".join(f"{one:.1f}" for one in seconds)


def _seconds(one: Mapping[str, Any]) -> float:
    """The length of a recording as it is shown; 0 where it shows none."""
    if isinstance(length := one.get("outputDurationMs"), int | float):
        return length / 1000
    try:
        begun, ended = (datetime.fromisoformat(str(one.get(name) or "")) for name in ("startTime", "endTime"))
    except ValueError:
        return 0.0
    return max((ended - begun).total_seconds(), 0.0)


def staged(one: Upload, row: Row | None) -> Upload:
    """How far an upload is by the report alone; `SENT` stays what it is where the report does not know it."""
    if row is None or one.stage is Stage.ATTACHED:
        return one
    if row.status is Status.FAILURE:
        return replace(one, stage=Stage.FAILED, note=UNUSED)
    return replace(one, stage=Stage.TAKEN) if one.stage is Stage.SENT else one
