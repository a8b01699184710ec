"""render, validate, plan, show, apply: the way from an export to an applied organisation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

import click

from reconciler.cli import terminal
from reconciler.cli.annotate import FORMATS as CHECKED
from reconciler.cli.annotate import annotate, annotation
from reconciler.cli.options import agreed, as_json, consent, loaded
from reconciler.errors import Interrupted, UsageError
from reconciler.model import document
from reconciler.model.change import Outcome, Plan, Result
from reconciler.model.fact import COLLECTIONS
from reconciler.model.problem import Place, plain
from reconciler.pipeline import apply as applying
from reconciler.pipeline import desired, session
from reconciler.pipeline.plan import plan as planned
from reconciler.pipeline.render import render as rendered
from reconciler.pipeline.session import Doors, Session
from reconciler.plan.show import Line, lines, markdown, summary
from reconciler.report.plan import html

FORMATS = ("text", "json", "markdown", "html")
CHANGES = 2
STALE = "not what the export and the mapping render to; run `reconciler render` and commit what it writes"


def _formats(command: Any) -> Any:
    option = click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How to print the plan.")
    return option(as_json(command))


def _checked(command: Any) -> Any:
    option = click.option("--format", "form", type=click.Choice(CHECKED), default="text", help="github: as annotations.")
    return option(as_json(command))


def _print(plan: Plan, form: str, color: str) -> None:
    if form == "json":
        click.echo(document.text(plan).decode(), nl=False)
    elif form == "markdown":
        click.echo(markdown(plan), nl=False)
    elif form == "html":
        click.echo(html(plan), nl=False)
    else:
        terminal.show(lines(plan, terminal.width()), color)


class Count:
    """What the progress line says: requests so far, and what is left of the present minute."""

    def __init__(self, verb: str) -> None:
        self.verb = verb
        self.session: Session | None = None
        self.outcomes = 0
        self.expected = 0

    def opened(self, session: Session) -> None:
        """Remembers the session to count in."""
        self.session = session

    def tell(self, _outcome: Outcome) -> None:
        """Counts an outcome."""
        self.outcomes += 1

    def __call__(self) -> str:
        """The line."""
        if self.session is None:
            return f"{self.verb}: connecting"
        client = self.session.client
        left = "" if client.left is None else f", {client.left} left in this minute"
        done = f"{self.outcomes} of {self.expected} changes, " if self.expected else ""
        return f"{self.verb}: {done}{client.requests} requests{left}"


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 2 when files would change.")
@_checked
@click.pass_context
def render(context: click.Context, *, check: bool, form: str, json: bool) -> int:
    """Export and mapping to manifests.

    Writes only files whose first line says that they are rendered, and removes only those.

    \b
    Examples:
      reconciler render
      reconciler render --check      in CI: are the manifests up to date?
      reconciler render --check --format github
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    found = loaded(context)
    source = found.file.source
    done = rendered(
        export=here(found.path(source.export)),
        mapping=here(found.path(source.mapping)),
        manifests=here(found.path(found.file.manifests)),
        platform=source.platform,
        source=source.name,
        check=check,
        min_percent=found.file.guards.min_export_percent,
    )
    changed, removed = ([near(path) for path in paths] for paths in (done.changed, done.removed))
    if json or form == "json":
        terminal.document({"changed": changed, "removed": removed, "notes": list(done.notes), "counts": dict(done.counts)})
    elif form == "github":
        annotate(done.warnings, context.obj["directory"])
        for path in (*changed, *removed) if check else ():
            click.echo(annotation(STALE, Place(path)))
    else:
        for verb, paths in (("write" if check else "wrote", changed), ("remove" if check else "removed", removed)):
            for path in paths:
                click.echo(f"{'would ' if check else ''}{verb} {path}")
        for note in (*done.notes, *done.warnings):
            terminal.say(plain(str(note)))
        kinds = {name: kind for kind, name in COLLECTIONS.items()}
        counted = ", ".join(desired.counted(kinds[name], count) for name, count in done.counts.items())
        files = len(changed) + len(removed)
        what = f"{files} file{'' if files == 1 else 's'} {'would change' if check else 'changed'}"
        terminal.paragraph(f"Rendered {counted}; {what}." if counted else f"Rendered nothing: the export is empty; {what}.")
    return CHANGES if check and (changed or removed) else 0


def here(path: Path) -> Path:
    """A path as seen from the folder the command was typed in."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def near(path: Path) -> str:
    """The same, to be printed."""
    return plain(str(here(path)))


@click.command()
@_checked
@click.pass_context
def validate(context: click.Context, *, form: str, json: bool) -> None:
    """Checks all manifests offline and reports every problem at once.

    \b
    Examples:
      reconciler validate
      reconciler validate --format github     beside the lines of a pull request
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    state, warnings = desired.load(loaded(context))
    counts: dict[str, int] = {}
    for ref in state.resources:
        counts[ref.kind] = counts.get(ref.kind, 0) + 1
    if json or form == "json":
        terminal.document({"valid": True, "digest": state.digest, "counts": counts, "warnings": [str(one) for one in warnings]})
        return
    if form == "github":
        annotate(warnings, context.obj["directory"])
    else:
        terminal.warn(warnings)
    counted = ", ".join(desired.counted(kind, count) for kind, count in counts.items())
    terminal.paragraph(f"Valid: {counted}." if counted else "Valid, but empty: no manifest names anything.")


@click.command()
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Save the plan to FILE, to apply it later.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 when changes are waiting.")
@click.option(
    "--refresh",
    type=click.Choice(["full", "changed"]),
    help="changed: read members and codes only of queues that the audit trail names. Needs audits:audit:view.",
)
@_formats
@consent
@click.pass_context
def plan(  # noqa: PLR0913 - one parameter per option
    context: click.Context,
    /,
    *,
    out: Path | None,
    detailed_exitcode: bool,
    refresh: Literal["full", "changed"] | None,
    form: str,
    json: bool,
    **wishes: Any,
) -> int:
    """Shows what would change. Reads only.

    \b
    Examples:
      reconciler plan
      reconciler plan -o plan.json && reconciler apply plan.json
      reconciler plan --format markdown > comment.md
      reconciler plan --detailed-exitcode     0: nothing to do, 2: changes waiting
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    count = Count("reading")
    work = planned(loaded(context), agreed(wishes), Doors(opened=count.opened), refresh)
    made = terminal.run(work, terminal.Ticker(count))
    if out:
        out.write_bytes(document.text(made))
    _print(made, "json" if json else form, context.obj["color"])
    if out:
        terminal.say(f"Saved to {out}. Carry it out: reconciler apply {out}")
    return CHANGES if detailed_exitcode and (made.changes or made.adoptions) else 0


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_formats
@click.pass_context
def show(context: click.Context, file: Path, *, form: str, json: bool) -> None:
    """Shows a saved plan, stale or expired ones too.

    \b
    Examples:
      reconciler show plan.json
      reconciler show plan.json --format markdown
      reconciler show plan.json --format html > plan.html
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    made, _ = document.load(file.read_bytes(), str(file))
    _print(made, "json" if json else form, context.obj["color"])
    if applying.expired(made, session.now()):
        terminal.say(f"This plan expired at {made.header.expires}; apply will refuse it.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option(
    "--parallelism",
    type=click.IntRange(1, 50),
    metavar="N",
    help="Ceiling of changes at a time; as many as connections unless given.",
)
@click.option("--lock-timeout", default="0s", metavar="TIME", help="Wait so long for another apply, for example 60s.")
@as_json
@consent
@click.pass_context
def apply(  # noqa: PLR0913 - one parameter per option
    context: click.Context,
    /,
    file: Path | None,
    *,
    auto_approve: bool,
    parallelism: int | None,
    lock_timeout: str,
    json: bool,
    **wishes: Any,
) -> int:
    """Carries out a fresh plan, or a saved one.

    A saved plan, given as FILE, needs no approval: saving it was one. It is refused when the organisation or the manifests
    have moved since.

    \b
    Examples:
      reconciler apply
      reconciler apply --auto-approve
      reconciler apply plan.json
    """  # noqa: D301 - \b keeps click from re-wrapping the examples
    if file is None and not auto_approve and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("nobody here to approve the plan: give a saved plan, or --auto-approve")
    count, stop = Count("applying"), terminal.Stop()
    ticker = terminal.Ticker(count)
    approved = auto_approve or file is not None

    async def approve(made: Plan) -> bool:
        count.expected = len(made.changes)
        with ticker.paused():
            if not (json and approved):
                terminal.show(lines(made, terminal.width()), context.obj["color"], aside=json)
            stop.writing = approved or not made.changes or await terminal.ask("Carry out these changes?", aside=json)
        return stop.writing

    orders = applying.Wishes(
        approve=approve,
        tell=count.tell,
        stopping=stop.asked,
        consent=agreed(wishes),
        parallelism=parallelism,
        lock_seconds=applying.seconds(lock_timeout),
    )
    saved = (file.read_bytes(), str(file)) if file else None
    done = terminal.run(applying.apply(loaded(context), saved, orders, Doors(opened=count.opened)), ticker, stop)
    _report(done, json=json, color=context.obj["color"])
    if stop.number and any(one.result is Result.STOPPED for one in done.outcomes):
        error = Interrupted("interrupted: what was in flight is finished; apply again to go on", 128 + stop.number)
        terminal.fail(error, as_json=False, wish=context.obj["color"])  # the document is out already
        return error.exit_code
    return done.exit_code


def _report(done: applying.Applied, *, json: bool, color: str) -> None:
    results = {result: sum(one.result is result for one in done.outcomes) for result in Result}
    bad = [one for one in done.outcomes if one.result in {Result.FAILED, Result.BLOCKED} or one.note]
    if json:
        terminal.document(
            {
                "summary": summary(done.plan),
                "approved": done.approved,
                "requests": done.requests,
                "results": {result.value: count for result, count in results.items()},
                "not_converged": [one.id for one in done.remaining],
                "outcomes": [{"id": one.change.id, "result": one.result.value, "note": one.note} for one in done.outcomes],
            }
        )
        return
    if not done.approved:
        terminal.say("Not approved: nothing was changed.")
        return
    tone = {Result.FAILED: "delete", Result.BLOCKED: "warning"}
    terminal.show(
        (Line(f"{one.result.value} {plain(one.change.id)}: {plain(one.note)}", tone.get(one.result, "")) for one in bad), color
    )
    for one in done.remaining:
        fields = ", ".join(sorted({".".join(field.path) for field in one.fields}))
        click.echo(f"not converged {plain(one.id)}: {plain(fields)} differ still; apply again, or see who writes there")
    counts = {result.value: count for result, count in results.items()} | {"taken in": len(done.plan.adoptions)}
    counted = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    if counted:
        click.echo(f"Applied: {counted}; {done.requests} requests in all.")
