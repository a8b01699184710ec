"""run interactions --reconcile: prints what a period looks like on both sides, and what was told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import orjson

from reconciler.cli import terminal
from reconciler.errors import Interrupted
from reconciler.model.problem import plain
from reconciler.model.reconciliation import Reconciliation
from reconciler.pipeline import heal_calls
from reconciler.plan.agenda import agenda
from reconciler.report import interactions
from reconciler.report.interactions_page import html
from reconciler.settings import Settings

FORMATS = ("text", "json", "html")
REFUSED, PARTLY = 5, 6
SHOWN = 10  # refused events told one by one


def _json(found: Reconciliation) -> str:
    return f"{orjson.dumps(interactions.document(found), option=orjson.OPT_INDENT_2).decode()}\n"


def _text(found: Reconciliation) -> str:
    return "".join(f"{line.text}\n" for line in interactions.lines(found))


TEXTS: dict[str, Callable[[Reconciliation], str]] = {"text": _text, "json": _json, "html": html}


def reconciled(settings: Settings, wishes: heal_calls.Wishes, ticker: terminal.Ticker, stop: terminal.Stop) -> Reconciliation:
    """The comparison, with progress; what is missing is told unless only a plan is wished for."""
    found = terminal.run(heal_calls.heal(settings, wishes), ticker, stop)
    if stop.number:
        raise Interrupted("interrupted: what was not told is found again by the next run", 128 + stop.number)
    return found


def shown(found: Reconciliation, form: str, output: Path | None, color: str, *, plan: bool) -> int:
    """Prints the report, or writes it to a file; the exit code: 5 for a refused plan, 6 where an event was refused."""
    if output is not None:
        output.write_text(TEXTS[form](found), encoding="utf-8")
        terminal.say(interactions.summary(found))
    elif form != "text":
        click.echo(TEXTS[form](found), nl=False)
    else:
        terminal.show(interactions.lines(found, terminal.width()), color)
        if plan and found.plan.changes:
            click.echo()
            terminal.show(agenda(found.plan, terminal.width()), color)
    _said(found)
    if found.plan.refusals:
        return REFUSED
    return PARTLY if found.failed else 0


def _said(found: Reconciliation) -> None:
    """What people should look at, on stderr."""
    for what, count, remedy in (
        ("native events were set aside", found.figures["quarantined"], "the conversations are compared without them"),
        ("objects are unknown to Genesys Cloud", found.figures["unknown"], "apply their manifests, then reconcile again"),
    ):
        if count:
            terminal.say(f"{count:,} {what}; {remedy}")
    for text in list(found.failed.values())[:SHOWN]:
        terminal.say(f"not taken: {plain(text)}")
    if len(found.failed) > SHOWN:
        terminal.say(f"and {len(found.failed) - SHOWN:,} more; --json has them all")
