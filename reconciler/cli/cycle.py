"""reconcile: the ongoing sync, for a timer or as a service."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import orjson

from reconciler.cli import terminal
from reconciler.cli.options import as_json, loaded
from reconciler.errors import Interrupted, UsageError
from reconciler.model.change import Plan, Result
from reconciler.model.problem import plain
from reconciler.pipeline import apply as applying
from reconciler.pipeline.cycle import Cycle
from reconciler.pipeline.reconcile import Pace, Watchers
from reconciler.pipeline.reconcile import reconcile as reconciled
from reconciler.plan.show import lines, summary


class _Quiet(terminal.Ticker):
    """No progress: a service that waits for the next cycle has none."""

    async def tick(self) -> None:
        await asyncio.Event().wait()


@click.command()
@click.option("--every", metavar="TIME", help="Again and again, so long from start to start, for example 5m.")
@click.option("--watch", is_flag=True, help="Again whenever the export or the mapping changes.")
@click.option("--metrics", type=click.IntRange(0, 65535), metavar="PORT", help="Serve /metrics and /healthz on 127.0.0.1.")
@click.option(
    "--textfile", type=click.Path(path_type=Path, dir_okay=False), help="Write the numbers into FILE after each cycle (*.prom)."
)
@click.option("--parallelism", type=click.IntRange(1, 50), default=5, metavar="N", help="Ceiling of changes at a time.")
@click.option("--lock-timeout", default="0s", metavar="TIME", help="Wait so long for another apply, for example 60s.")
@as_json
@click.pass_context
def reconcile(  # noqa: PLR0913 - one parameter per option
    context: click.Context,
    *,
    every: str | None,
    watch: bool,
    metrics: int | None,
    textfile: Path | None,
    parallelism: int,
    lock_timeout: str,
    json: bool,
) -> int:
    """Renders, plans and applies without asking; the guards decide.

    Rendering is left out while the export is as it was. What a guard refuses is told once, to `notify` in reconciler.yaml, and
    is yours to apply. SIGTERM and Ctrl-C end it after what is in flight.

    \b
    Examples:
      reconciler reconcile                        one cycle, for a timer
      reconciler reconcile --every 5m --metrics 9400
      reconciler reconcile --watch --every 1h     at once, hourly against drift
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    pace = Pace(applying.seconds(every) if every else 0, watch)
    if every and not pace.every:
        raise UsageError("--every needs some time between cycles, for example 5m")
    stop = terminal.Stop()
    color = context.obj["color"]

    async def approve(plan: Plan) -> bool:
        stop.writing = True
        if plan.changes and not json:
            terminal.show(lines(plan, terminal.width()), color)
        return True

    def ended(cycle: Cycle, troubles: list[str]) -> None:
        stop.writing = False
        _report(cycle, troubles, json=json, repeats=pace.repeats)

    wishes = applying.Wishes(
        approve=approve, stopping=stop.asked, parallelism=parallelism, lock_seconds=applying.seconds(lock_timeout)
    )
    watchers = Watchers(ended, metrics, textfile, lambda port: terminal.say(f"Numbers: http://127.0.0.1:{port}/metrics"))
    work = reconciled(loaded(context), pace, wishes, watchers)
    ticker = _Quiet(str) if pace.repeats else terminal.Ticker(lambda: "reconciling")
    return _run(work, ticker, stop, repeats=pace.repeats)


def _run(work: Coroutine[Any, Any, Cycle], ticker: terminal.Ticker, stop: terminal.Stop, *, repeats: bool) -> int:
    """The exit code. Being told to stop is how a service ends well; a single cycle that was cut short says so."""
    try:
        last = terminal.run(work, ticker, stop)
    except Interrupted:
        if stop.writing or not repeats:
            raise
        terminal.say("Stopped.")
        return 0
    if repeats:
        terminal.say("Stopped.")
        return 0
    if stop.number and last.applied and any(one.result is Result.STOPPED for one in last.applied.outcomes):
        error = Interrupted("interrupted: what was in flight is finished; run it again to go on", 128 + stop.number)
        terminal.fail(error, as_json=False)  # the document is out already
        return error.exit_code
    return last.exit_code


def _report(cycle: Cycle, troubles: list[str], *, json: bool, repeats: bool) -> None:
    if json and (repeats or cycle.error is None):  # the error of a single cycle is the document then
        click.echo(orjson.dumps(_data(cycle, troubles)).decode())
    elif not json:
        if cycle.error is None:
            click.echo(plain(_words(cycle)))
        elif repeats:
            terminal.say(f"{_time(cycle.ended)} {cycle.result}: {terminal.printable(str(cycle.error))}")
        for one in _failed(cycle):
            terminal.say(f"{one['result']} {plain(one['id'])}: {plain(one['note'])}")
    for trouble in troubles:
        terminal.say(f"{_time(cycle.ended)} {plain(trouble)}")


def _words(cycle: Cycle) -> str:
    parts = [f"{_time(cycle.ended)} {cycle.result}:"]
    if cycle.rendered is not None:
        files = len(cycle.rendered.changed) + len(cycle.rendered.removed)
        parts.append(f"rendered, {files} file{'' if files == 1 else 's'} changed;")
    if cycle.applied is not None:
        done = sum(one.result is Result.DONE for one in cycle.applied.outcomes)
        counted = f" {done} of {len(cycle.applied.outcomes)} changes done;" if cycle.applied.outcomes else ""
        parts.append(f"{summary(cycle.applied.plan).removesuffix('.')};{counted}")
    return " ".join([*parts, f"{cycle.requests} requests"])


def _data(cycle: Cycle, troubles: list[str]) -> dict[str, Any]:
    rendered, applied = cycle.rendered, cycle.applied
    return {
        "result": cycle.result,
        "began": _time(cycle.began),
        "ended": _time(cycle.ended),
        "rendered": rendered and {"changed": len(rendered.changed), "removed": len(rendered.removed)},
        "summary": applied and summary(applied.plan),
        "results": applied and {result.value: sum(one.result is result for one in applied.outcomes) for result in Result},
        "failed": _failed(cycle),
        "requests": cycle.requests,
        "error": cycle.error and terminal.described(cycle.error),
        "troubles": troubles,
    }


def _failed(cycle: Cycle) -> list[dict[str, str]]:
    outcomes = cycle.applied.outcomes if cycle.applied else ()
    bad = {Result.FAILED, Result.BLOCKED}
    return [{"id": one.change.id, "result": one.result.value, "note": one.note} for one in outcomes if one.result in bad]


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
