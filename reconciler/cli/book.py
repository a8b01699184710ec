"""state and schema: what the ledger knows, and what files may say."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import terminal
from reconciler.cli.complete import kinds
from reconciler.cli.options import as_json, loaded
from reconciler.errors import UsageError
from reconciler.model.problem import plain
from reconciler.pipeline import book, schemas


@click.group()
def state() -> None:
    """The ledger: what is whose, what was done, who applies.

    \b
    Examples:
      reconciler state list
      reconciler state show
    """  # noqa: D301 - \b keeps click from re-wrapping the examples


@state.command("list")
@click.argument("kind", required=False, shell_complete=kinds)
@as_json
@click.pass_context
def list_(context: click.Context, kind: str | None, *, json: bool) -> None:
    """Objects this source has bound, by kind and key.

    \b
    Examples:
      reconciler state list
      reconciler state list queue --json
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    found = [one for one in book.bindings(loaded(context)) if kind in (None, one["kind"])]
    if json:
        terminal.document(found)
        return
    for one in found:
        click.echo(plain(f"{one['kind']}/{one['key']}  {one['name']}  {one['id']}"))
    terminal.say(f"{len(found)} objects")


@state.command("show")
@as_json
@click.pass_context
def show_(context: click.Context, *, json: bool) -> None:
    """Who applies, what is open, what was done last.

    The lease, requests without outcome, and the newest entries of the journal.

    \b
    Example:
      reconciler state show
    """  # noqa: D301 - \b keeps click from re-wrapping the example
    found = book.ledger_state(loaded(context))
    if json:
        terminal.document(found)
        return
    click.echo(f"Ledger: {found['ledger']}")
    lease = found["lease"]
    click.echo(f"Lease: {plain(lease['holder'])} since {lease['since']}, id {lease['id']}" if lease else "Lease: free")
    click.echo(f"Bound objects: {found['bound']}; requests without outcome: {len(found['unsettled'])}")
    for one in found["journal"]:
        click.echo(plain(f"  {one['intended_at']}  {one['change']}  {one['operation']}  {one['outcome'] or 'unknown'}"))


@state.command()
@click.argument("lease")
@click.pass_context
def unlock(context: click.Context, lease: str) -> None:
    """Takes the lease from an apply that is gone.

    LEASE is the id that `apply` or `state show` names.

    \b
    Example:
      reconciler state unlock 3f2a9c
    """  # noqa: D301 - \b keeps click from re-wrapping the example
    book.unlock(loaded(context), lease)
    terminal.say("Unlocked.")


@state.command()
@click.argument("refs", nargs=-1, required=True, metavar="KIND/KEY...")
@click.pass_context
def forget(context: click.Context, refs: tuple[str, ...]) -> None:
    """Forgets objects; Genesys Cloud is not touched.

    They are found again by mark or name, and bound again, as long as a manifest names them.

    \b
    Example:
      reconciler state forget queue/q-1001
    """  # noqa: D301 - \b keeps click from re-wrapping the example
    unknown = book.forget(loaded(context), refs)
    if unknown:
        raise UsageError(f"not in the ledger: {', '.join(unknown)}; see `reconciler state list`")
    terminal.say(f"Forgot {len(refs)} objects; nothing in Genesys Cloud was touched.")


@state.group()
def quarantine() -> None:
    """Events nobody could use: to be looked at, tried again, or given up.

    \b
    Examples:
      reconciler state quarantine list
      reconciler state quarantine replay
    """  # noqa: D301 - \b keeps click from re-wrapping the examples


@quarantine.command("list")
@as_json
@click.pass_context
def waiting(context: click.Context, *, json: bool) -> None:
    """What is there and why, oldest first.

    \b
    Example:
      reconciler state quarantine list --json
    """  # noqa: D301 - \b keeps click from re-wrapping the example
    found = book.quarantine(loaded(context))
    if json:
        terminal.document(found)
        return
    for one in found:
        place = f" ({one['place']})" if one["place"] else ""
        click.echo(plain(f"{one['number']}  {one['since']}  {one['key']}: {one['cause']}{place}"))
    terminal.say(f"{len(found)} in quarantine" if found else "Nothing is in quarantine.")


@quarantine.command()
@click.argument("numbers", nargs=-1, type=int, metavar="[NUMBER...]")
@click.pass_context
def replay(context: click.Context, numbers: tuple[int, ...]) -> None:
    """Puts events back, to be tried by the next run.

    Without a NUMBER all of them: after the cause is mended, for example an agent applied or mapping.yaml completed.

    \b
    Examples:
      reconciler state quarantine replay
      reconciler state quarantine replay 3 4
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    _known(numbers, done := book.replay(loaded(context), numbers))
    terminal.say(f"{len(done)} put back; the next `reconciler run` tries them again.")


@quarantine.command()
@click.argument("numbers", nargs=-1, required=True, type=int, metavar="NUMBER...")
@click.pass_context
def drop(context: click.Context, numbers: tuple[int, ...]) -> None:
    """Gives events up for good.

    \b
    Example:
      reconciler state quarantine drop 3
    """  # noqa: D301 - \b keeps click from re-wrapping the example
    _known(numbers, done := book.drop(loaded(context), numbers))
    terminal.say(f"{len(done)} dropped.")


def _known(wished: tuple[int, ...], done: list[int]) -> None:
    unknown = sorted(set(wished) - set(done))
    if unknown:
        raise UsageError(f"not in quarantine: {', '.join(map(str, unknown))}; see `reconciler state quarantine list`")


@click.command()
@click.argument("name", type=click.Choice(["manifest", "reconciler", "mapping", "plan"]), required=False)
@click.option("--write", type=click.Path(path_type=Path, file_okay=False), help="Write all schemas into this folder.")
def schema(name: str | None, write: Path | None) -> None:
    """Prints a JSON Schema, or writes all of them.

    \b
    Examples:
      reconciler schema manifest
      reconciler schema --write schemas
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    texts = schemas.schemas()
    if write is None and name is None:
        raise UsageError("which schema? manifest, reconciler, mapping or plan; or --write FOLDER for all of them")
    if name:
        click.echo(texts[f"{name}.v1.json"], nl=False)
    if write:
        for file in schemas.write_schemas(write):
            terminal.say(f"wrote {file}")
