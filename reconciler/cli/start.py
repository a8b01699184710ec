"""init, emulate, demo: the ways in."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from reconciler.cli import terminal
from reconciler.cli.options import as_json
from reconciler.pipeline import callers
from reconciler.pipeline.emulate import emulate as serve
from reconciler.pipeline.init import HINTS
from reconciler.pipeline.init import init as start


@click.command()
@click.option(
    "--source",
    "platform",
    type=click.Choice(sorted(HINTS)),
    metavar="PLATFORM",
    help=f"Where the export comes from: {', '.join(sorted(HINTS))}; tabular reads any table.  [default: as export/ looks]",
)
@click.option("--name", default=None, help="Short name of this platform instance: a-z, 0-9 and hyphens.  [default: its platform]")
@click.option("--region", default=None, help="Region of the organisation, such as eu-central-1.  [default: GENESYSCLOUD_REGION]")
@as_json
@click.pass_context
def init(context: click.Context, *, platform: str | None, name: str | None, region: str | None, json: bool) -> None:
    """Writes the skeleton of a repository into this folder. Nothing that exists is overwritten.

    It asks nothing: platform, region and this machine's time zone are found out where no option says them, and told.

    \b
    Examples:
      reconciler init
      reconciler init --source amazon-connect --name acme --region ap-northeast-1
    """  # noqa: D301 - \b keeps click from re-wrapping the example
    from reconciler.pipeline import surroundings  # noqa: PLC0415 - rendering stands behind it, which `emulate` does not need

    folder: Path = context.obj["directory"]
    platform = platform or surroundings.platform(folder / "export")
    region = surroundings.region() if region is None else region
    zone = surroundings.time_zone()
    done = start(folder, platform, name or platform, region, zone=zone)
    chosen = {"platform": platform, "name": name or platform, "region": region, "time_zone": zone}
    if json:
        terminal.document({"written": list(done.written), "kept": list(done.kept), "chosen": chosen})
        return
    for path in done.written:
        click.echo(f"wrote {path}")
    for path in done.kept:
        click.echo(f"kept  {path} (exists)")
    if "reconciler.yaml" in done.written:
        told = ", ".join(f"{what.replace('_', ' ')} {one or 'unknown'}" for what, one in chosen.items())
        terminal.paragraph(f"chose {told}; change it in reconciler.yaml")
    if callers.PATH in done.written:
        terminal.paragraph(f"In {callers.PATH}: {callers.LEDGER}{callers.unknown()}")
    terminal.paragraph("Next: put the export into export/, look through mapping/mapping.yaml, then: reconciler render")


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="Port on 127.0.0.1; 0 takes a free one."
)
@click.option("--seed", default="empty", show_default=True, help="empty, demo, or large:USERS,QUEUES.")
@click.option(
    "--rate-limit", type=click.IntRange(0), default=300, show_default=True, help="Requests a minute per token; 0 is off."
)
@click.option("--latency-ms", type=click.IntRange(0), default=0, show_default=True, help="Delay of every answer.")
def emulate(port: int, seed: str, rate_limit: int, latency_ms: int) -> None:
    """Genesys Cloud in a box, on this machine only. Prints one JSON line when it is ready; Ctrl-C ends it.

    \b
    Examples:
      reconciler emulate --port 8080
      reconciler emulate --port 8080 --seed demo --rate-limit 0
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    serve(port, seed, rate_limit, latency_ms, lambda words: click.echo(orjson.dumps(words).decode()))


@click.command()
@click.option("--keep", is_flag=True, help="Leave the emulator running until Ctrl-C, to try more.")
@click.option(
    "--directory", "folder", type=click.Path(path_type=Path, file_okay=False), help="Where to play; a new folder by default."
)
def demo(*, keep: bool, folder: Path | None) -> int:
    """The whole flow on a sample contact centre.

    Two days of 120 agents on Amazon Connect, against the emulator, in well under a minute. Nothing leaves this machine.

    \b
    Example:
      reconciler demo
    """  # noqa: D301 - \b keeps click from re-wrapping the example
    from reconciler.demo.play import play  # noqa: PLC0415 - rendering stands behind it

    return play(click.echo, folder, keep=keep)
