"""doctor: what a plan, an apply or a run stands on, looked at."""

from __future__ import annotations

import click

from reconciler.cli import terminal
from reconciler.cli.options import as_json
from reconciler.pipeline.doctor.examine import examine
from reconciler.pipeline.doctor.finding import document, lines


@click.command()
@click.option(
    "--for",
    "purpose",
    type=click.Choice(["plan", "apply"]),
    help="What the OAuth client shall do. Without it, one that may write nothing is taken for one that only plans.",
)
@as_json
@click.pass_context
def doctor(context: click.Context, *, purpose: str | None, json: bool) -> int:
    """Looks at credentials, permissions, clock, limits, ledger, feeds and files.

    Every line says what to do. It only looks: nothing is written. Exits 0 without a problem, 7 where one of them is that we are
    not authorised, else 1.

    \b
    Examples:
      reconciler doctor
      reconciler doctor --for apply
      reconciler doctor --json
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    work = examine(context.obj["directory"], "plan" if purpose == "plan" else "apply" if purpose == "apply" else "")
    report = terminal.run(work, terminal.Ticker(lambda: "looking"))
    if json:
        terminal.document(document(report))
    else:
        terminal.show(lines(report, terminal.width()), context.obj["color"])
    return report.exit_code
