"""The command line's root: options every command shares, and the one place where errors become exit codes."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

import click

from reconciler import __version__
from reconciler.cli import terminal
from reconciler.cli.book import schema, state
from reconciler.cli.flow import apply, plan, render, show, validate
from reconciler.cli.start import demo, emulate, init
from reconciler.errors import Interrupted, ReconcilerError

USAGE = 64


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "-C",
    "--directory",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path(),
    help="Folder with reconciler.yaml.  [default: here]",
)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour of plans; NO_COLOR counts.")
@click.version_option(__version__, prog_name="reconciler")
@click.pass_context
def reconciler(context: click.Context, directory: Path, color: str) -> None:
    """Keeps Genesys Cloud EX in step with an external contact-centre platform.

    \b
    First steps:
      reconciler demo                          the whole flow, on this machine alone
      reconciler init --source amazon-connect  a new repository in this folder
      reconciler render && reconciler plan     from an export to what would change
      reconciler apply                         carry it out, after asking
    """  # noqa: D301 - \b keeps click from re-wrapping the list
    context.obj = {"directory": directory, "color": color}


for command in (init, render, validate, plan, show, apply, state, schema, emulate, demo):
    reconciler.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Runs the command line and ends the process with the exit code of what happened."""
    sys.exit(answer(sys.argv[1:] if arguments is None else arguments))


def answer(arguments: list[str]) -> int:
    """The exit code of a command line: that of the error tree, 64 for wrong usage, 130 when interrupted."""
    try:
        outcome: Any = reconciler.main(args=arguments, prog_name="reconciler", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return USAGE
    except click.ClickException as error:
        error.show()
        return 1
    except (click.Abort, KeyboardInterrupt):
        terminal.say("interrupted")
        return Interrupted("").exit_code
    except ReconcilerError as error:
        terminal.fail(error, as_json="--json" in arguments or "--format=json" in arguments or _pair(arguments))
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return outcome if isinstance(outcome, int) else 0


def _pair(arguments: list[str]) -> bool:
    return any(pair == ("--format", "json") for pair in itertools.pairwise(arguments))
