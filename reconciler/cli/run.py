"""run: what happens all day, told to Genesys Cloud."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import orjson

from reconciler.cli import heal, recordings, terminal
from reconciler.cli.options import as_json, loaded
from reconciler.errors import Interrupted, UsageError
from reconciler.model.change import Plan
from reconciler.model.document import dump
from reconciler.model.problem import plain
from reconciler.pipeline import heal_calls
from reconciler.pipeline import run as running
from reconciler.pipeline.tally import Report
from reconciler.plan.agenda import agenda
from reconciler.telemetry.log import written

_log = logging.getLogger(__name__)
NAMES = sorted([*running.RUNNERS, recordings.RUNNER])


@click.command()
@click.argument("runners", nargs=-1, metavar="status|interactions|recordings", type=click.Choice(NAMES))
@click.option(
    "--feed", "feeds", multiple=True, metavar="FILE|DIR|-", help="Where native events come from, instead of what runners says."
)
@click.option(
    "--listen", default="", metavar="[HOST:]PORT", help="Take events over by a web hook; on 127.0.0.1 unless told otherwise."
)
@click.option("--once", is_flag=True, help="Read what is there, tell it, and end.")
@click.option("--plan", "plan", is_flag=True, help="Show what would be told; nothing is sent and nothing is noted.")
@click.option(
    "--metrics", type=click.IntRange(0, 65535), metavar="PORT", help="Serve /metrics, /healthz and /readyz on 127.0.0.1."
)
@click.option(
    "--log", "log", type=click.Choice(["text", "json"]), default="text", help="How lines of the log look.  [default: text]"
)
@click.option("--unmapped", is_flag=True, help="Name native states and reasons that no table knows; sends nothing.")
@click.option(
    "--reconcile",
    default="",
    metavar="DAY|FROM/TO",
    help="Compare the interactions of a period with what Genesys Cloud shows, tell what is missing, and end.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(heal.FORMATS),
    default="text",
    help="How to report --reconcile, and recordings.  [default: text]",
)
@click.option(
    "-o", "output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write that report to a file."
)
@click.option("--again", is_flag=True, help="Send recordings once more that Genesys Cloud could not use.")
@click.option("--transcode", is_flag=True, help="Put two recordings of one side each into one stereo file, without loss.")
@as_json
@click.pass_context
def run(  # noqa: PLR0913 - one parameter per option
    context: click.Context,
    /,
    *,
    runners: tuple[str, ...],
    feeds: tuple[str, ...],
    listen: str,
    once: bool,
    plan: bool,
    metrics: int | None,
    log: str,
    unmapped: bool,
    reconcile: str,
    form: str,
    output: Path | None,
    json: bool,
    **_of_recordings: bool,
) -> int:
    """Tells Genesys Cloud what agents are doing, what they talk about, and brings it the recordings.

    Events are taken over durably before anything is sent, and stay until their outcome is known: a run that was cut off is taken
    up by the next one, or by another machine on the same ledger. SIGTERM and Ctrl-C end it after what is in flight.

    \b
    Examples:
      reconciler run status --feed /var/log/asterisk/queue_log
      reconciler run interactions --feed /var/log/asterisk/queue_log
      reconciler run interactions --reconcile 2026-11-21 --plan
      reconciler run recordings --once --plan
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    _check(context.params)
    settings = loaded(context)
    if runners[0] == recordings.RUNNER:
        return recordings.ran(settings, recordings.how(context.params, context.obj["color"]))
    seen, stop = _Seen(), terminal.Stop(writing=True)
    rehearsal = plan or unmapped
    wishes = running.Wishes(
        feeds,
        runners[0],
        listen,
        once=once or rehearsal,
        port=metrics,
        listening=lambda address: _log.info("listening: %s", address),
        told=seen.hear,
        trouble=lambda text: _log.warning("%s", text),
        stopping=stop.asked,
    )
    ticker = terminal.Ticker(seen)
    if reconcile:
        healing = heal_calls.Wishes(reconcile, feeds, plan=plan, told=seen.hear, stopping=stop.asked)
        found = heal.reconciled(settings, healing, ticker, stop)
        return heal.shown(found, "json" if json else form, output, context.obj["color"], plan=plan)
    if rehearsal:
        made, report = terminal.run(running.rehearse(settings, wishes), ticker, stop)
        _unmapped(report, json=json) if unmapped else _planned(made, context.obj["color"], json=json)
        return 0
    with written(sys.stderr, as_json=log == "json"):
        report = terminal.run(running.run(settings, wishes), ticker, stop)
    _told(report, runners[0], json=json)
    return _ended(report, stop.number) if once else 0


def _ended(report: Report, signal: int) -> int:
    """The exit code of a run that ends on its own. Raises `Interrupted` where a signal ended it."""
    if signal:
        raise Interrupted("interrupted: what was not told is kept; run it again to go on", 128 + signal)
    return report.exit_code


def _check(given: Mapping[str, Any]) -> None:
    """Raises `UsageError` for options that do not go together."""
    if len(given["runners"]) != 1:
        raise UsageError("run one of them: reconciler run status, reconciler run interactions, or reconciler run recordings")
    if given["runners"] == (recordings.RUNNER,):
        recordings.check(given)
        return
    if given["again"] or given["transcode"]:
        raise UsageError("--again and --transcode are for recordings; other runners keep events in `reconciler state quarantine`")
    if given["listen"] and (given["once"] or given["plan"] or given["unmapped"]):
        raise UsageError("--listen goes on until it is stopped: leave out --once, --plan and --unmapped")
    if not given["reconcile"] and (given["form"] != "text" or given["output"]):
        raise UsageError("--format and -o are for the report of --reconcile, and for recordings")
    if given["reconcile"] and given["runners"] != ("interactions",):
        raise UsageError("--reconcile is for interactions; statuses are compared by every run, as often as heal_every says")
    if given["reconcile"] and (given["listen"] or given["unmapped"]):
        raise UsageError("--reconcile ends when the period is compared: leave out --listen and --unmapped")


class _Seen:
    """The live line: what the report says right now."""

    def __init__(self) -> None:
        self._report = Report()

    def hear(self, report: Report) -> None:
        """Takes the newest report."""
        self._report = report

    def __call__(self) -> str:
        one = self._report
        parts = [f"{one.read:,} read", f"{one.sent:,} of {one.events:,} sent", f"{one.lag:.1f} s behind"]
        more = (("corrected", one.corrected), ("in quarantine", one.quarantined), ("unknown agents", len(one.strangers)))
        return ", ".join([*parts, *(f"{count:,} {what}" for what, count in more if count)])


def _told(report: Report, runner: str, *, json: bool) -> None:
    """What was done, on stdout; what a person should look at, on stderr."""
    calls = runner == "interactions"
    if json:
        click.echo(orjson.dumps(report.calls if calls else report.document).decode())
    else:
        terminal.paragraph(_calls(report) if calls else _statuses(report))
    for note in report.notes(runner):
        terminal.say(f"{note.what}: {note.names}; {note.remedy}")
    if report.elsewhere:
        terminal.say(f"{report.elsewhere:,} agents have another primary presence source: what they show was not corrected")


def _statuses(report: Report) -> str:
    return (
        f"{report.read:,} records read, {report.events:,} events due, {report.sent:,} sent, {report.repeated:,} repeated, "
        f"{report.corrected:,} corrected, {report.quarantined:,} set aside."
    )


def _calls(report: Report) -> str:
    return (
        f"{report.read:,} records read, {report.conversations:,} conversations begun, {report.events:,} events due, "
        f"{report.sent:,} sent, {report.repeated:,} repeated; {report.open:,} open, {report.closed:,} closed by rule, "
        f"{report.refused:,} refused, {report.quarantined:,} set aside{_besides(report)}."
    )


def _besides(report: Report) -> str:
    """What not every run has: conversations that rules leave out or cannot decide, users nothing was told of before."""
    counts = (("excluded", report.excluded), ("undecided", report.undecided))
    parts = "".join(f", {count:,} {what}" for what, count in counts if count)
    return f"{parts}; newly billable users: {len(report.fresh):,}" if report.fresh else parts


def _planned(plan: Plan, color: str, *, json: bool) -> None:
    if json:
        terminal.document(dump(plan))
    else:
        terminal.show(agenda(plan, terminal.width()), color)


def _unmapped(report: Report, *, json: bool) -> None:
    if json:
        terminal.document(dict(report.unmapped))
        return
    for native, count in report.unmapped.most_common():
        click.echo(plain(f"{native}  {count}"))
    terminal.say(
        "Put reasons into secondary_statuses or status.reasons of mapping.yaml, states into status.states."
        if report.unmapped
        else "Every native state and reason has its place."
    )
