"""explain: one conversation, drawn."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from reconciler.cli import terminal
from reconciler.cli.options import as_json, loaded
from reconciler.model.story import Story
from reconciler.pipeline import explain as explaining
from reconciler.report.conversation import lines
from reconciler.report.conversation_document import document
from reconciler.report.conversation_html import html
from reconciler.report.conversation_svg import svg

FORMATS = ["text", "json", "svg", "html"]


@click.group()
def explain() -> None:
    """One conversation, drawn over time.

    \b
    Example:
      reconciler explain conversation 1795000005.17 --feed queue_log
    """  # noqa: D301 - \b keeps click from re-wrapping the example


@explain.command()
@click.argument("native_id", metavar="NATIVE-ID")
@click.option(
    "--feed", "feeds", multiple=True, metavar="FILE|DIR|-", help="Where native events are, instead of what runners says."
)
@click.option("--format", "form", type=click.Choice(FORMATS), help="How to draw it.  [default: by FILE, else text]")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it into a file.")
@as_json
@click.pass_context
def conversation(  # noqa: PLR0913 - one parameter per option
    context: click.Context, *, native_id: str, feeds: tuple[str, ...], form: str | None, output: Path | None, json: bool
) -> None:
    """Draws the legs of a call or e-mail over time, and the native events they come from.

    Reads the feeds whole and shows what a run would tell of the conversation, and what it would refuse and why. Nothing is sent
    and nothing is noted; no network is needed.

    \b
    Examples:
      reconciler explain conversation 1795000005.17
      reconciler explain conversation 1795000005.17 --feed /var/log/queue_log
      reconciler explain conversation 1795000005.17 -o call.html
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    count = explaining.Count()
    work = explaining.conversation(loaded(context), native_id, feeds, count)
    story = terminal.run(work, terminal.Ticker(lambda: f"{count.records:,} records read"))
    chosen = "json" if json else form or _by_name(output)
    if chosen == "text" and output is None:
        terminal.show(lines(story, terminal.width()), context.obj["color"])
        return
    text = _written(story, chosen)
    if output is None:
        click.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    terminal.say(f"wrote {output}")


def _by_name(output: Path | None) -> str:
    """The format a file's name asks for."""
    suffix = output.suffix.removeprefix(".").lower() if output else ""
    return suffix if suffix in FORMATS else "text"


def _written(story: Story, form: str) -> str:
    """The whole document in one format."""
    return {"text": _text, "json": _json, "svg": svg, "html": html}[form](story)


def _text(story: Story) -> str:
    return "".join(f"{line.text}\n" for line in lines(story))


def _json(story: Story) -> str:
    return orjson.dumps(document(story), option=orjson.OPT_INDENT_2).decode() + "\n"
