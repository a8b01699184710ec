"""What lies in the repository: manifests, whether they are what the export renders to, and a mapping without effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from reconciler.errors import InputError, ReconcilerError
from reconciler.files import read as reading
from reconciler.files import stamp
from reconciler.formats import yaml
from reconciler.model.mapping import Mapping, parse
from reconciler.model.problem import Place, Problem
from reconciler.model.resource import Ref, State
from reconciler.pipeline import desired
from reconciler.pipeline.doctor.finding import SHOWN, Finding, doubt, failed, fine, many, warned
from reconciler.pipeline.render import Rendered, render
from reconciler.settings import Settings

RENDER = "run `reconciler render`, and commit what it writes"


def manifests(settings: Settings) -> tuple[State | None, list[Finding]]:
    """What should be, None where nobody can tell, and what is to be said of it."""
    area = "manifests"
    try:
        state, warnings = desired.load(settings)
    except ReconcilerError as error:
        return None, failed(area, error, "mend the manifests; `reconciler validate` tells everything that is wrong")
    said = [warned(area, one) for one in warnings[:SHOWN]]
    more = len(warnings) - SHOWN
    rest = [doubt(area, many(more, "more warning"), "see `reconciler validate`")] if more > 0 else []
    return state, [fine(area, f"{many(len(state.resources), 'object')}, all valid"), *said, *rest]


def rendering(settings: Settings) -> list[Finding]:
    """Whether the manifests are what the export renders to. Nothing is written; without an export there is nothing to say."""
    area, source = "render", settings.file.source
    if stamp.is_empty(settings.path(source.export)):
        return [fine(area, f"nothing is in {source.export}: the manifests are written by hand")]
    try:
        done = render(
            export=settings.path(source.export),
            mapping=settings.path(source.mapping),
            manifests=settings.path(settings.file.manifests),
            platform=source.platform,
            source=source.name,
            check=True,
        )
    except ReconcilerError as error:
        return failed(area, error, "mend the export or mapping.yaml; `reconciler render --check` tells everything")
    return [_freshness(done, area), *(warned(_area(one, area), one) for one in done.warnings[:SHOWN])]


def _area(problem: Problem, area: str) -> str:
    return "mapping" if problem.subject == "mapping" else area


def _freshness(done: Rendered, area: str) -> Finding:
    stale = [path.name for path in (*done.changed, *done.removed)]
    if not stale:
        return fine(area, "the manifests are what the export renders to")
    named = ", ".join(stale[:3]) + (f" and {len(stale) - 3} more" if len(stale) > 3 else "")
    return doubt(area, f"{many(len(stale), 'file')} not as the export renders: {named}", RENDER)


def rules(settings: Settings, state: State | None, today: date) -> list[Finding]:
    """Entries of reconciler.yaml that have no effect any more: rules to ignore that have ended, people nobody knows."""
    area, file = "settings", settings.file
    ended = [
        f"ignore: the rule for {one.kind} {one.key} ended on {one.until}"
        for one in file.ignore
        if one.until and one.until < today
    ]
    allowed = file.billing.allow if isinstance(file.billing.allow, tuple) else ()
    unknown = [key for key in allowed if state is not None and Ref("user", key) not in state.resources]
    return [
        *(doubt(area, what, "remove it, or give it another end: it ignores nothing now") for what in ended),
        *(doubt(area, f"billing.allow: no manifest has the user {key!r}", "mend the key, or remove it") for key in unknown),
    ]


def mapping(settings: Settings, state: State | None) -> list[Finding]:
    """Entries of mapping.yaml and reconciler.yaml that name what no manifest has: they have no effect."""
    area = "mapping"
    folder = settings.path(settings.file.source.mapping)
    text, problems = reading.mapping(folder)
    if problems:
        return failed(area, InputError(problems), "mend the file")
    if not text:
        return [fine(area, "there is no mapping.yaml: the platform's own values count")]
    try:
        tree = yaml.read(text, file=f"{settings.file.source.mapping}/{reading.MAPPING}")
    except InputError as error:
        return failed(area, error, "mend the file")
    found = parse(tree.data, place=lambda path: tree.place(tuple(path)))
    if not isinstance(found, Mapping):
        return failed(area, InputError(found), "mend the file")
    if state is None:
        return [fine(area, "mapping.yaml can be read; without valid manifests nobody can tell what has no effect")]
    idle = [warned(area, one) for one in _idle(found, state, tree.place)]
    return idle or [fine(area, "every key that mapping.yaml names is in the manifests")]


def _idle(found: Mapping, state: State, place: Callable[[tuple[Any, ...]], Place]) -> Iterator[Problem]:
    """Entries whose key no manifest has, each with its place in the file."""
    for path, kind, key in _named(found):
        if Ref(kind, key) not in state.resources:
            what = f"{'.'.join(map(str, path))}: no manifest has the {kind.replace('_', ' ')} {key!r}"
            yield Problem(place(path), "", what, "mend the key, or remove the line", warning=True)


def _named(found: Mapping) -> Iterator[tuple[tuple[Any, ...], str, str]]:
    """(path, kind, key) of every object that the mapping names by the key manifests use."""
    tables: Sequence[tuple[tuple[str, ...], str, dict[str, str]]] = (
        (("agents",), "user", found.agents),
        (("skills", "keys"), "skill", found.skills.keys),
        (("skills", "languages"), "language", {native: one.key for native, one in found.skills.languages.items()}),
        (("interactions", "wrapup_codes"), "wrapup_code", found.interactions.wrapup_codes),
        (("division", "keys"), "division", found.division.keys if found.division else {}),
        (("division", "queues"), "division", found.division.queues if found.division else {}),
    )
    for path, kind, table in tables:
        yield from (((*path, native), kind, key) for native, key in table.items() if (kind, key) != ("division", "home"))
    if isinstance(found.interactions.billable, tuple):
        yield from ((("interactions", "billable"), "user", key) for key in found.interactions.billable)
