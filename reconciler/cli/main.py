"""The command line's root: options every command shares, and the one place where errors become exit codes."""

from __future__ import annotations

import importlib
import itertools
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from reconciler import __version__
from reconciler.errors import ConfigurationError, Interrupted, ReconcilerError, UsageError
from reconciler.pipeline.quiet import uncollected

COMMANDS = {  # name → module and first sentence: help needs no command, and a command needs no other one
    "init": ("start", "Writes the skeleton of a repository into this folder."),
    "render": ("flow", "Export and mapping to manifests."),
    "validate": ("flow", "Checks all manifests offline and reports every problem at once."),
    "plan": ("flow", "Shows what would change."),
    "show": ("flow", "Shows a saved plan, stale or expired ones too."),
    "apply": ("flow", "Carries out a fresh plan, or a saved one."),
    "drift": ("look", "Who changed what since the last apply, per field."),
    "export": ("look", "Live organisation to manifests, whose plan is empty."),
    "reconcile": ("cycle", "Renders, plans and applies without asking; the guards decide."),
    "run": ("run", "Tells Genesys Cloud what agents are doing, what they talk about, and brings it the recordings."),
    "explain": ("explain", "One conversation, drawn over time."),
    "inspect": ("inspect", "Judges recordings: fit for analytics, for the archive, or refused."),
    "doctor": ("doctor", "Looks at credentials, permissions, clock, limits, ledger, feeds and files."),
    "state": ("book", "The ledger: what is whose, what was done, who applies."),
    "schema": ("book", "Prints a JSON Schema, or writes all of them."),
    "completion": ("complete", "Prints a script that completes commands, options and keys in a shell."),
    "emulate": ("start", "Genesys Cloud in a box, on this machine only."),
    "demo": ("start", "The whole flow on a sample contact centre."),
}


class Late(click.Group):
    """A group whose commands are imported when they are called: httpx and SQLAlchemy take most of a second."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands, in the order of the flow."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        with uncollected():
            module = importlib.import_module(f"reconciler.cli.{COMMANDS[cmd_name][0]}")
        found: click.Command = getattr(module, cmd_name)
        return found

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands from the table alone: a key that is pressed imports none of them."""
        named = [CompletionItem(name, help=words) for name, (_, words) in COMMANDS.items() if name.startswith(incomplete)]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was called; a misspelt one is answered with the nearest name."""
        near = get_close_matches(args[0], COMMANDS, 1) if args and args[0] not in COMMANDS else []
        if near:
            raise click.UsageError(f"No such command {args[0]!r}. Did you mean {near[0]!r}?", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """The list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.group(cls=Late, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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


def main(arguments: list[str] | None = None) -> None:
    """Runs the command line and ends the process with the exit code of what happened."""
    sys.exit(answer(sys.argv[1:] if arguments is None else arguments))


def answer(arguments: list[str]) -> int:
    """The exit code of a command line: that of the error tree, 64 for wrong usage, 130 when interrupted."""
    try:
        outcome: Any = reconciler.main(args=arguments, prog_name="reconciler", standalone_mode=False)
    except click.UsageError as error:
        return _usage(error, arguments)
    except (click.Abort, KeyboardInterrupt):
        return _failed(Interrupted("interrupted"), arguments)
    except ReconcilerError as error:
        return _failed(error, arguments)
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        return _failed(ConfigurationError(f"{error.filename or 'the system'}: {error.strerror or error}"), arguments)
    return outcome if isinstance(outcome, int) else 0


def _failed(error: ReconcilerError, arguments: list[str]) -> int:
    from reconciler.cli import terminal  # noqa: PLC0415 - only an error needs it this early

    if _given(arguments, "--format") == "github":
        from reconciler.cli.annotate import annotated  # noqa: PLC0415 - the same

        annotated(error, Path(_given(arguments, "-C") or _given(arguments, "--directory") or "."))
    terminal.fail(error, as_json=_wants_json(arguments), wish=_given(arguments, "--color") or "auto")
    return error.exit_code


def _usage(error: click.UsageError, arguments: list[str]) -> int:
    """Shows click's own words, which name the command and its help; as data only where JSON was asked for."""
    if _wants_json(arguments):
        return _failed(UsageError(error.format_message()), arguments)
    error.show()
    return UsageError.exit_code


def _wants_json(arguments: list[str]) -> bool:
    """Whether JSON was asked for, even in a command line that cannot be understood."""
    return "--json" in arguments or _given(arguments, "--format") == "json"


def _given(arguments: list[str], option: str) -> str:
    """The value of an option in either spelling, empty where it is missing."""
    pairs = (value for name, value in itertools.pairwise(arguments) if name == option)
    joined = (one.removeprefix(f"{option}=") for one in arguments if one.startswith(f"{option}="))
    return next(itertools.chain(pairs, joined), "")
