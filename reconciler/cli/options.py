"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler import settings
from reconciler.cli import complete

if TYPE_CHECKING:
    from reconciler.pipeline.plan import Consent

F = TypeVar("F", bound=Callable[..., Any])


def as_json(command: F) -> F:
    """`--json`: the document as JSON on stdout."""
    return click.option("--json", "json", is_flag=True, help="Print the document as JSON.")(command)


def consent(command: F) -> F:
    """What a person may agree to for one run: overrides of guards by exact number and by name, kinds to prune, targets."""
    options = (
        click.option(
            "--prune",
            default="",
            metavar="KINDS",
            help="Remove what no manifest names, of these kinds: user,queue.",
            shell_complete=complete.kinds,
        ),
        click.option(
            "--target",
            multiple=True,
            metavar="KIND/KEY",
            help="Only this object, * allowed, and what it needs.",
            shell_complete=complete.targets,
        ),
        click.option("--allow-removals", type=int, metavar="N", help="Agree to exactly N removals."),
        click.option(
            "--allow-empty",
            multiple=True,
            metavar="KIND",
            help="Agree that every object of KIND goes.",
            shell_complete=complete.kinds,
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def agreed(wishes: dict[str, Any]) -> Consent:
    """What a person agreed to."""
    from reconciler.pipeline.plan import Consent, kinds  # noqa: PLC0415 - a third of a second that `emulate` does not pay

    prune = frozenset(one.strip() for one in wishes["prune"].split(",") if one.strip())
    return Consent(
        wishes["allow_removals"], frozenset(wishes["allow_empty"]), kinds(prune, "--prune"), frozenset(wishes["target"])
    )


def loaded(context: click.Context) -> settings.Settings:
    """The settings of the repository the command stands in."""
    return settings.load(context.obj["directory"])
