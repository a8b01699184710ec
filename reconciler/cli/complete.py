"""Completion by the shell: the script that switches it on, and what options offer. Offline: it reads files, and asks nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
from click.shell_completion import CompletionItem, get_completion_class

from reconciler.errors import ReconcilerError
from reconciler.settings import KindName

MOST = 500  # nobody reads a longer list, and bash asks before it shows a hundred
_WHOLE = re.compile(r"[\w@%+=,./-]+")  # a key with blanks or quotes would be cut in two by the shell
VARIABLE = "_RECONCILER_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Prints a script that completes commands, options and keys in a shell.

    Keys of --target come from the manifests of this folder. Bash from 4.4 on.

    \b
    Examples:
      eval "$(reconciler completion bash)"    in ~/.bashrc
      eval "$(reconciler completion zsh)"     in ~/.zshrc
      reconciler completion fish > ~/.config/fish/completions/reconciler.fish
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    made = get_completion_class(shell)
    if made is not None:
        click.echo(made(context.find_root().command, {}, "reconciler", VARIABLE).source())


def kinds(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of kinds; after a comma the next one."""
    before, comma, last = incomplete.rpartition(",")
    return [CompletionItem(before + comma + name) for name in get_args(KindName) if name.startswith(last)]


def targets(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Objects of the manifests as `kind/key`, with their names; kinds alone while several fit. Nothing where none can be read."""
    wanted = incomplete.partition("/")[0]
    found = list(_objects(context.find_root().params.get("directory") or Path()))
    fitting = {kind for kind, _, _ in found if kind.startswith(wanted)}
    if "/" not in incomplete and len(fitting) > 1:
        return [CompletionItem(f"{kind}/") for kind in sorted(fitting)]
    shown = [(f"{kind}/{key}", name) for kind, key, name in found if f"{kind}/{key}".startswith(incomplete)]
    return [CompletionItem(text, help=name) for text, name in sorted(shown)[:MOST]]


def _objects(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(kind, key, name) of everything in the manifests whose key a shell takes as one word."""
    from reconciler import settings  # noqa: PLC0415 - only who completes a key waits for it
    from reconciler.pipeline import desired  # noqa: PLC0415 - the same

    try:
        state, _ = desired.load(settings.load(folder))
    except (ReconcilerError, OSError):
        return
    for ref, one in state.resources.items():
        if _WHOLE.fullmatch(ref.key):
            yield ref.kind, ref.key, str(one.fields.get("name") or ref.key)
