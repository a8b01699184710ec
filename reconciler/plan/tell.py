"""Drift → text, Markdown and JSON data. Names cannot paint a terminal or write Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from reconciler.model.change import Header
from reconciler.model.problem import plain
from reconciler.plan.drift import By, Drift, Moved, Value, What
from reconciler.plan.show import MARKDOWN_LIMIT, SHOWN, WIDTH, Line, broken, escaped, scalar, wrap

FORMAT, VERSION = "reconciler/drift", "1.0"
BECAME = {
    What.GONE: "gone from Genesys Cloud",
    What.INACTIVE: "set inactive in Genesys Cloud",
    What.DELETED: "deleted in Genesys Cloud",
    What.NEW: "new",
}
MARKS = {What.CHANGED: "~", What.GONE: "-", What.INACTIVE: "⏻", What.DELETED: "-", What.NEW: "+"}
TONES = {What.CHANGED: "update", What.GONE: "delete", What.INACTIVE: "deactivate", What.DELETED: "delete", What.NEW: "create"}


def lines(drift: Drift, header: Header, width: int = WIDTH) -> Iterator[Line]:
    """The drift as people read it: what moved in Genesys Cloud, then what waits in Git. No line is wider."""
    for line in _lines(drift, header, width):
        yield from (replace(line, text=text) for text in broken(line.text, width))


def _lines(drift: Drift, header: Header, width: int) -> Iterator[Line]:
    where = " ".join(part for part in (header.organization, header.region and f"({header.region})") if part)
    yield Line(f"Drift of source {plain(header.source)} in organisation", "head")
    yield Line(plain(where), "head")
    yield Line("")
    yield from _drifted(drift, width)
    if drift.waiting:
        yield Line("Waiting in Git for an apply:", "head")
    for one in drift.waiting:
        yield from _object(one, [value for value in one.values if value.by is By.GIT], width)
    if drift.waiting:
        yield Line("")
    for warning in drift.warnings:
        yield from (Line(text, "warning") for text in wrap(f"Warning: {plain(warning)}".split(" "), 0, width))
    if drift.strays:
        named = ", ".join(plain(str(ref)) for ref in drift.strays[:SHOWN])
        more = f" and {len(drift.strays) - SHOWN} more" if len(drift.strays) > SHOWN else ""
        words = f"{len(drift.strays)} of ours named by no manifest any more: {named}{more}"
        yield from (Line(text, "faint") for text in wrap(words.split(" "), 0, width))
    yield Line(summary(drift), "head")


def _drifted(drift: Drift, width: int) -> Iterator[Line]:
    for one in drift.drifted:
        yield from _object(one, one.drifted, width)
    if drift.drifted:
        yield Line("")


def _object(one: Moved, values: Sequence[Value], width: int) -> Iterator[Line]:
    name = "" if one.name == one.ref.key else f"  {plain(one.name)}"
    became = f": {BECAME[one.what]}" if one.what in BECAME else ""
    yield Line(f"  {MARKS[one.what]}   {plain(str(one.ref))}{name}{became}", TONES[one.what])
    for value in values[:SHOWN]:
        yield from (Line(text) for text in wrap(_words(value), 8, width))
    if len(values) > SHOWN:
        yield Line(f"        and {len(values) - SHOWN} more")


def _words(value: Value) -> list[str]:
    """One value as words: what was applied, what is there, and what Git says where that is a third thing."""
    path = plain(".".join(value.path))
    if value.by is By.GIT:
        return [f"{path}:", *_step(value.live, value.desired)]
    words = [f"{path}:", *_step(value.applied, value.live)]
    if value.by is By.UNKNOWN:
        return [
            f"{path}:",
            f"{scalar(value.live)},",
            *f"Git says {scalar(value.desired)}; what was applied last is not known".split(),
        ]
    return [*words[:-1], f"{words[-1]},", *f"and Git says {scalar(value.desired)} now".split()] if value.by is By.BOTH else words


def _step(before: Any, after: Any) -> list[str]:
    return [f"{scalar(before)} →", scalar(after)]


def summary(drift: Drift) -> str:
    """The last line everybody looks for."""
    drifted, waiting = drift.drifted, len(drift.waiting)
    waits = f" {waiting} {'object waits' if waiting == 1 else 'objects wait'} in Git." if waiting else ""
    if not drifted:
        return f"No drift: nobody changed in Genesys Cloud what was applied.{waits}"
    changed = sum(one.what is What.CHANGED for one in drifted)
    parts = [f"{changed} changed" if changed else "", f"{len(drifted) - changed} gone" if len(drifted) > changed else ""]
    return f"Drift: {' and '.join(part for part in parts if part)} in Genesys Cloud.{waits}"


def message(drift: Drift) -> str:
    """What people are notified of: what moved in Genesys Cloud and nothing else, so that the same drift is the same text."""
    alone = Drift(drift.drifted)
    told = [
        line.text.strip() if not line.text.startswith("        ") else f"  {line.text.strip()}" for line in _drifted(alone, WIDTH)
    ]
    return "\n".join([summary(Drift(tuple(replace(one, values=one.drifted) for one in alone.objects))), *filter(None, told)])


def markdown(drift: Drift, header: Header, limit: int = MARKDOWN_LIMIT) -> str:
    """The drift for an issue or a chat, cut on an object's boundary at `limit` bytes."""
    head = [f"### {escaped(summary(drift))}", "", *(f"> **Warning:** {escaped(one)}" for one in drift.warnings[:SHOWN]), ""]
    tail = ["", f"Organisation {escaped(header.organization)}, source {escaped(header.source)}."]
    blocks = [_block(one, one.drifted) for one in drift.drifted]
    if drift.waiting:
        blocks.append("\nWaiting in Git for an apply:\n")
        blocks += [_block(one, [value for value in one.values if value.by is By.GIT]) for one in drift.waiting]
    room = limit - len("\n".join([*head, *tail]).encode()) - 200
    kept = []
    for place, block in enumerate(blocks):
        room -= len(block.encode()) + 1
        if room < 0:
            kept.append(f"… and {len(blocks) - place} more objects.")
            break
        kept.append(block)
    return "\n".join([*head, *kept, *tail]) + "\n"


def _block(one: Moved, values: Sequence[Value]) -> str:
    became = f": {BECAME[one.what]}" if one.what in BECAME else ""
    rows = [f"- `{MARKS[one.what]}` **{escaped(str(one.ref))}** {escaped(one.name)}{became}"]
    rows += [f"  - {escaped(' '.join(_words(value)))}" for value in values[:SHOWN]]
    return "\n".join([*rows, f"  - and {len(values) - SHOWN} more"] if len(values) > SHOWN else rows)


def document(drift: Drift, header: Header) -> dict[str, Any]:
    """The drift as JSON data, members in a fixed order."""
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "tool": header.tool,
        "organization": {"id": header.organization, "region": header.region},
        "source": header.source,
        "drift": bool(drift.drifted),
        "fingerprint": drift.fingerprint,
        "objects": [_data(one) for one in drift.objects],
        "strays": [str(ref) for ref in drift.strays],
        "warnings": list(drift.warnings),
    }


def _data(one: Moved) -> dict[str, Any]:
    fields = [
        {
            "path": ".".join(value.path),
            "by": value.by.value,
            "applied": value.applied,
            "desired": value.desired,
            "live": value.live,
        }
        for value in one.values
    ]
    return {
        "id": str(one.ref),
        "kind": one.ref.kind,
        "key": one.ref.key,
        "name": one.name,
        "what": one.what.value,
        "drift": one.is_drift,
        "origin": one.origin,
        "fields": fields,
    }
