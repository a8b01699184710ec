"""inspect: what single recordings are good for, without any network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from reconciler.cli import terminal
from reconciler.cli.options import as_json
from reconciler.errors import UsageError
from reconciler.model.problem import plain
from reconciler.model.recording import Accept, Agent, Inspected, Reason, Worth
from reconciler.pipeline import inspect as inspecting
from reconciler.pipeline.inspect import Judged
from reconciler.plan.show import Line, broken, columns, fit
from reconciler.runners.recording_rules import OPEN, clock

TONES = {Worth.ANALYTICS: "create", Worth.ARCHIVE: "warning", Worth.REFUSED: "refusal"}
COLUMNS = (11, 9, 27)
"""Widths of verdict, length and sound; the name takes the rest, or a line of its own."""


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--thorough", is_flag=True, help="Hear everything, not twenty windows of a second.")
@click.option("--agent", type=click.Choice([one.value for one in Agent]), default="unknown", help="The agent's channel.")
@click.option("--rule", "rules", multiple=True, metavar="NAME=VERDICT", help="What a rule of unknown worth means here.")
@click.option("--transcode", is_flag=True, help="Make one fit file, where that loses nothing; needs -o.")
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), help="The new file that --transcode writes.")
@as_json
@click.pass_context
def inspect(context: click.Context, /, files: tuple[Path, ...], *, output: Path | None, json: bool, **wishes: Any) -> int:
    """Judges recordings: fit for analytics, for the archive, or refused.

    Looks at the bytes, not at the name; without any network. --transcode writes one file anew, or two mono files as left and
    right. Exits 1 when a file is refused.

    \b
    Examples:
      reconciler inspect calls/*.wav
      reconciler inspect --thorough --agent right --json call.wav
      reconciler inspect --transcode -o call.wav agent.wav customer.wav
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    accept = Accept(agent=Agent(wishes["agent"]), rules=dict(_rule(text) for text in wishes["rules"]))
    if wishes["transcode"]:
        judged: Iterable[Judged] = [_transcoded(files, output, accept)]
    elif output:
        raise UsageError("-o names the file that --transcode writes; give both or none")
    else:
        judged = inspecting.inspect(files, accept, thorough=wishes["thorough"])
    if json:
        seen = list(judged)
        terminal.document({"files": [_document(one) for one in seen], **_counted(seen)})
    else:
        seen = []
        terminal.show(_shown(judged, seen, terminal.width()), context.obj["color"])
    return 1 if any(one.verdict.worth is Worth.REFUSED for one in seen) else 0


def _rule(text: str) -> tuple[str, Worth]:
    name, _, worth = text.partition("=")
    if name not in OPEN or worth not in list(Worth):
        raise UsageError(
            f"--rule {plain(text)}: write NAME=VERDICT; names are {', '.join(OPEN)}; verdicts are {', '.join(Worth)}"
        )
    return name, Worth(worth)


def _transcoded(files: tuple[Path, ...], output: Path | None, accept: Accept) -> Judged:
    if output is None or len(files) > 2:
        raise UsageError("--transcode takes one file, or two mono files as left and right, and -o with the name of the new one")
    return inspecting.transcode(files, output, accept)


def _counted(seen: list[Judged]) -> dict[str, int]:
    counts = Counter(one.verdict.worth for one in seen)
    return {worth.value: counts[worth] for worth in Worth}


def _document(one: Judged) -> dict[str, Any]:
    found, verdict = one.found, one.verdict
    told = asdict(found) | {"missing_seconds": found.missing_seconds, "media_type": found.media_type}
    reasons = [asdict(reason) for reason in verdict.reasons]
    name = str(one.path).encode(errors="backslashreplace").decode()  # bytes that are no UTF-8
    return {"file": name, "verdict": verdict.worth, "reasons": reasons, "agent": verdict.agent, "inspected": told}


def _shown(judged: Iterable[Judged], seen: list[Judged], width: int) -> Iterator[Line]:
    """A row per file with what speaks against it, as soon as it is judged; then hints, told once, and the sum."""
    yield Line(
        "".join(fit(word, size) for word, size in zip(("VERDICT", "LENGTH", "SOUND"), COLUMNS, strict=True)) + "FILE", "head"
    )
    for one in judged:
        seen.append(one)
        yield from _row(one, width)
        for reason in one.verdict.reasons:
            if reason.worth is not Worth.ANALYTICS:
                yield from _aligned(f"{reason.what}; {reason.remedy}", width)
    hints = Counter(_hint(reason) for one in seen for reason in one.verdict.reasons if reason.worth is Worth.ANALYTICS)
    for hint, count in hints.items():
        yield from (Line(text, "faint") for text in broken(f"hint ({count} file{'s' if count > 1 else ''}): {hint}", width))
    yield Line(", ".join(f"{count} {worth}" for worth, count in _counted(seen).items()))


def _hint(reason: Reason) -> str:
    """The words of a hint without what is particular to one file, so that it is told once."""
    return plain(f"{reason.what.partition(':')[0]}; {reason.remedy}")


def _row(one: Judged, width: int) -> Iterator[Line]:
    name, found = plain(str(one.path)), one.found
    length = clock(found.seconds) if found.codec else "-"
    cells = (one.verdict.worth.value, length, _sound(found))
    start = "".join(fit(fit(plain(text), size - 1), size) for text, size in zip(cells, COLUMNS, strict=True))
    tone = TONES[one.verdict.worth]
    if columns(start) + columns(name) <= width:
        yield Line(start + name, tone)
        return
    yield Line(start.rstrip(), tone)
    yield from _aligned(name, width)


def _aligned(text: str, width: int) -> Iterator[Line]:
    """Text under its row, in lines that fit."""
    indent = " " * COLUMNS[0]
    yield from (Line(indent + line) for line in broken(plain(text), width - len(indent)))


def _sound(found: Inspected) -> str:
    if not found.codec:
        return found.container or "-"
    channels = {1: "mono", 2: "stereo"}.get(found.channels, f"{found.channels} channels")
    return f"{found.container} {found.codec} {found.rate} Hz {channels}"
