"""export and drift: what is in Genesys Cloud, as manifests, and who changed it since the last apply. Both only look."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import terminal
from reconciler.cli.flow import Count, near
from reconciler.cli.options import as_json, loaded
from reconciler.model.problem import plain
from reconciler.pipeline import export as exporting
from reconciler.pipeline.session import Doors


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
