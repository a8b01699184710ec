"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from reconciler import settings
from reconciler.pipeline.plan import Consent

F = TypeVar("F", bound=Callable[..., Any])


def as_json(command: F) -> F:
    """`--json`: the document as JSON on stdout."""
    return click.option("--json", "json", is_flag=True, help="Print the document as JSON.")(command)


def consent(command: F) -> F:
    """The two overrides of guards: by the exact number, by name."""
    allow = click.option("--allow-removals", type=int, metavar="N", help="Agree to exactly N removals.")
    empty = click.option("--allow-empty", multiple=True, metavar="KIND", help="Agree that every object of KIND goes.")
    return allow(empty(command))


def agreed(allow_removals: int | None, allow_empty: tuple[str, ...]) -> Consent:
    """What a person agreed to."""
    return Consent(allow_removals, frozenset(allow_empty))


def loaded(context: click.Context) -> settings.Settings:
    """The settings of the repository the command stands in."""
    return settings.load(context.obj["directory"])
