"""run recordings: prints what lies in the store, what would be uploaded, and what was; the report of the doubtful ones."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import orjson

from reconciler.cli import terminal
from reconciler.errors import Interrupted, UsageError
from reconciler.model.change import Change, Op, Plan
from reconciler.model.document import dump
from reconciler.model.problem import plain
from reconciler.model.recorded import Examined, Stored
from reconciler.model.recording import Worth
from reconciler.pipeline import recordings
from reconciler.pipeline.recording_hold import RUNNER
from reconciler.pipeline.recording_tally import Tally
from reconciler.pipeline.session import ticks
from reconciler.plan.show import Line, broken, duration, fit
from reconciler.report import recordings as page
from reconciler.runners.recording_rules import RULES, SIDES, clock
from reconciler.settings import Settings
from reconciler.telemetry.log import written

__all__ = ["RUNNER", "How", "check", "how", "ran"]

_log = logging.getLogger(__name__)
SHOWN = 100  # changes told one by one in text; the JSON has all of them
INDENT = 14  # columns before words beside a count
NOTES = 10  # notes told one by one
UNITS = ("bytes", "kB", "MB", "GB", "TB")
_WORDS = {rule.name: rule for rule in (*RULES, SIDES)}


@dataclass(frozen=True, slots=True)
class How:
    """How to run and to report: `form` is text, json or html; the report goes to `output` where one is given."""

    form: str
    output: Path | None
    color: str
    log: str
    once: bool = False
    plan: bool = False
    again: bool = False
    transcode: bool = False
    port: int | None = None


def check(given: Mapping[str, Any]) -> None:
    """Raises `UsageError` for options that recordings have no use for."""
    if given["feeds"] or given["listen"]:
        raise UsageError("recordings come from a store, not from a feed: set runners.recordings.from")
    if given["unmapped"] or given["reconcile"]:
        raise UsageError("--unmapped and --reconcile are for the other runners; recordings are proven by every run")
    if given["form"] == "html" and not given["output"]:
        raise UsageError("an HTML report is a file: give -o FILE")
    if given["form"] == "html" and not (given["once"] or given["plan"]):
        raise UsageError("a report is written when the run has ended: give --once or --plan")


def how(given: Mapping[str, Any], color: str) -> How:
    """What the options of the command say."""
    form = "json" if given["json"] else given["form"]
    return How(
        form,
        given["output"],
        color,
        given["log"],
        once=given["once"],
        plan=given["plan"],
        again=given["again"],
        transcode=given["transcode"],
        port=given["metrics"],
    )


def ran(settings: Settings, how: How) -> int:
    """Runs or plans; the exit code: 6 where something could not be uploaded or attached."""
    seen, stop = _Seen(), terminal.Stop(writing=True)
    wishes = recordings.Wishes(
        once=how.once,
        again=how.again,
        transcode=how.transcode,
        port=how.port,
        listening=lambda address: _log.info("listening: %s", address),
        told=seen.hear,
        trouble=lambda text: _log.warning("%s", text),
        stopping=stop.asked,
        outlines=page.LISTED if how.form == "html" else 0,
    )
    ticker = terminal.Ticker(seen)
    if how.plan:
        made, tally = terminal.run(recordings.rehearse(settings, wishes), ticker, stop)
        _planned(made, tally, how)
        _written(tally, how, settings)
        return 0
    with written(sys.stderr, as_json=how.log == "json"):
        tally = terminal.run(recordings.run(settings, wishes), ticker, stop)
    _told(tally, how)
    _written(tally, how, settings)
    if stop.number and how.once:
        raise Interrupted("interrupted: what was not uploaded is found again; run it again to go on", 128 + stop.number)
    return tally.exit_code if how.once else 0


class _Seen:
    """The live line: how many files and bytes, how fast, and how long it will take."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._ticks = ticks
        self._since = 0.0

    def hear(self, tally: Tally) -> None:
        """Takes the newest figures."""
        self._tally = tally

    def __call__(self) -> str:
        one = self._tally.progress
        if not one.of_files:
            done, count = self._tally.examined
            return f"{done:,} of {count:,} recordings examined"
        self._since = self._since or self._ticks()
        rate = one.sent / max(self._ticks() - self._since, 1.0)
        left = f", {duration(round(max(one.of_bytes - one.sent, 0) / rate))} to go" if rate and one.files < one.of_files else ""
        files = f"{one.files:,} of {one.of_files:,} uploaded"
        return (
            f"{files}, {size(one.bytes)} of {size(one.of_bytes)}, {size(round(rate))}/s{left}, {self._tally.attached:,} attached"
        )


def size(count: int) -> str:
    """`12.3 MB`."""
    value, unit = float(count), 0
    while value >= 1000 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {UNITS[unit]}" if unit else f"{count} bytes"


def _told(tally: Tally, how: How) -> None:
    """What was done, on stdout; what a person should look at, on stderr."""
    if how.form == "json":
        click.echo(orjson.dumps(tally.document).decode())
    else:
        terminal.show(_totals(tally), how.color)
        one = tally.document
        terminal.paragraph(
            f"{one['uploaded']:,} uploaded ({size(one['bytes'])}), {one['attached']:,} attached, {one['waiting']:,} waiting, "
            f"{one['orphans']:,} orphans, {len(tally.failed):,} failed."
        )
    _said(tally)


def _planned(made: Plan, tally: Tally, how: How) -> None:
    """The plan: as one JSON object together with the figures, else in words."""
    if how.form == "json":
        click.echo(orjson.dumps(dump(made) | tally.document).decode())
        return
    terminal.show(_agenda(made, tally, terminal.width()), how.color)
    _said(tally)


def _agenda(made: Plan, tally: Tally, width: int) -> Iterator[Line]:
    yield Line(f"What source {plain(made.header.source)} uploads to organisation", "head")
    yield Line(plain(made.header.organization), "head")
    yield Line("")
    yield from (_row(one, width) for one in made.changes[:SHOWN])
    if len(made.changes) > SHOWN:
        yield Line(f"  and {len(made.changes) - SHOWN:,} more; --json has all of them", "faint")
    if made.changes:
        yield Line("")
    yield from _totals(tally)
    uploads = [one for one in made.changes if one.op is Op.CREATE]
    total = sum(int(_fields(one)["bytes"]) for one in uploads)
    again = len(made.changes) - len(uploads)
    more = f", {again:,} orphans to attach" if again else ""
    yield Line(f"{len(uploads):,} of {tally.found:,} to upload ({size(total)}){more}; {made.unchanged:,} sent before.", "head")


def _row(change: Change, width: int) -> Line:
    said = _fields(change)
    if change.op is not Op.CREATE:
        return Line(fit(f"  ~ {plain(change.origin)}  attach to {plain(change.name)}", width).rstrip(), "update")
    words = f"{said['verdict']}, {clock(said['seconds'])}, {size(said['bytes'])}"
    names = " and ".join(plain(name) for name, _ in said.get("sides", ())) or plain(said["file"])
    return Line(fit(f"  + {names}  {plain(change.name)} #{said['part']}  {words}", width).rstrip(), "create")


def _fields(change: Change) -> dict[str, Any]:
    return {one.path[0]: one.after for one in change.fields}


def _totals(tally: Tally) -> Iterator[Line]:
    """How many recordings have which verdict, why, and what the others wait for."""
    tones = {Worth.ANALYTICS: "create", Worth.ARCHIVE: "warning", Worth.REFUSED: "refusal"}
    for worth in Worth:
        yield Line(f"{worth.value:<12}{tally.worth[worth]:>8,}", tones[worth])
        for name, count in _why(tally, worth):
            yield from _aligned(count, f"{name}: {_WORDS[name].remedy}")
    yield Line(f"{'waiting':<12}{tally.waiting.total():>8,}")
    for why, count in tally.waiting.most_common():
        yield from _aligned(count, why)


def _aligned(count: int, words: str) -> Iterator[Line]:
    """A count, and beside it words in as many lines as they need."""
    first, *rest = broken(plain(words), terminal.width() - INDENT)
    yield Line(f"{count:>{INDENT - 2},}  {first}", "faint")
    yield from (Line(f"{'':{INDENT}}{one}", "faint") for one in rest)


def _written(tally: Tally, how: How, settings: Settings) -> None:
    """Writes the report where one is wanted."""
    if how.output is None:
        return
    if how.form == "html":
        rows = [_doubtful(one, seen, tally) for one, seen in tally.doubtful]
        reasons = [(worth.value, tally.worth[worth], list(_why(tally, worth))) for worth in Worth]
        text = page.html(settings.file.source.name, tally.document, reasons, tally.waiting.most_common(), rows)
    else:
        text = orjson.dumps(tally.document, option=orjson.OPT_INDENT_2).decode() + "\n"
    how.output.write_text(text, encoding="utf-8")
    terminal.say(f"wrote {plain(str(how.output))}")


def _doubtful(one: Stored, seen: Examined, tally: Tally) -> page.Doubtful:
    found = seen.found
    channels = {1: "mono", 2: "stereo"}.get(found.channels, f"{found.channels} channels")
    sound = f"{found.container} {found.codec} {found.rate} Hz {channels}" if found.codec else found.container or "-"
    length = clock(found.seconds) if found.codec else "-"
    reasons = tuple((reason.what, reason.remedy, reason.source) for reason in seen.verdict.reasons)
    return page.Doubtful(one.name, seen.verdict.worth.value, sound, length, reasons, tally.outlines.get(one.name, ()))


def _why(tally: Tally, worth: Worth) -> Iterator[tuple[str, int]]:
    """The rules that made recordings what they are, by how often."""
    for reason, count in tally.reasons.most_common():
        judged, _, name = reason.partition(": ")
        if judged == worth and name in _WORDS:
            yield name, count


def _said(tally: Tally) -> None:
    """What people should look at, on stderr."""
    texts = [f"{name}: {why}" for name, why in tally.failed.items()] + list(tally.notes)
    for text in texts[:NOTES]:
        terminal.say(plain(text))
    if len(texts) > NOTES:
        terminal.say(f"and {len(texts) - NOTES:,} more")
