"""export and drift: what is in Genesys Cloud, as manifests, and who changed it since the last apply. Both only look."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from reconciler.cli import terminal
from reconciler.cli.flow import CHANGES, FORMATS, Count, near
from reconciler.cli.options import as_json, loaded
from reconciler.model.problem import plain
from reconciler.pipeline import drift as drifting
from reconciler.pipeline import export as exporting
from reconciler.pipeline.session import Doors
from reconciler.plan import tell


@click.command()
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write into.  [default: the manifests of reconciler.yaml]",
)
@as_json
@click.pass_context
def export(context: click.Context, *, directory: Path | None, json: bool) -> None:
    """Live organisation to manifests, whose plan is empty.

    Keys come from the ledger, else from marks, else they are the names. Writes only over files that an export wrote.

    \b
    Examples:
      reconciler export
      reconciler export --directory backup
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    count = Count("reading")
    work = exporting.export(loaded(context), directory and directory.absolute(), Doors(opened=count.opened))
    done = terminal.run(work, terminal.Ticker(count))
    changed, removed = ([near(path) for path in paths] for paths in (done.changed, done.removed))
    if json:
        document = {"changed": changed, "removed": removed, "counts": dict(done.counts)}
        terminal.document({**document, "notes": list(done.notes), "warnings": list(done.warnings)})
        return
    for verb, paths in (("wrote", changed), ("removed", removed)):
        for path in paths:
            click.echo(f"{verb} {path}")
    for text in (*done.notes, *(f"warning: {one}" for one in done.warnings)):
        terminal.say(plain(text))
    counted = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in done.counts.items()) or "nothing"
    click.echo(f"Exported {counted}; {len(changed) + len(removed)} files changed.")


@click.command()
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How to print the drift.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when somebody changed something in Genesys Cloud.")
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the drift as JSON to FILE besides.")
@click.option("--notify", is_flag=True, help="Tell it by notify.command and notify.webhook, the same drift once.")
@as_json
@click.pass_context
def drift(  # noqa: PLR0913 - one parameter per option
    context: click.Context, *, form: str, detailed_exitcode: bool, out: Path | None, notify: bool, json: bool
) -> int:
    """Who changed what since the last apply, per field.

    Drift is what somebody changed in Genesys Cloud; what changed in Git only is told beside it and is no drift.

    \b
    Examples:
      reconciler drift
      reconciler drift --detailed-exitcode     0: none, 2: drift
      reconciler drift --notify                in a scheduled job
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    count = Count("reading")
    work = drifting.drift(loaded(context), Doors(opened=count.opened), tell=notify)
    seen = terminal.run(work, terminal.Ticker(count))
    if out:
        out.write_bytes(orjson.dumps(tell.document(seen.drift, seen.header), option=orjson.OPT_INDENT_2) + b"\n")
    if json or form == "json":
        terminal.document(tell.document(seen.drift, seen.header))
    elif form == "markdown":
        click.echo(tell.markdown(seen.drift, seen.header), nl=False)
    else:
        terminal.show(tell.lines(seen.drift, seen.header, terminal.width()), context.obj["color"])
    for trouble in seen.troubles:
        terminal.say(plain(trouble))
    return CHANGES if detailed_exitcode and seen.drift.drifted else 0
