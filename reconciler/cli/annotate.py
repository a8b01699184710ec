"""Problems as annotations: lines that GitHub Actions shows beside the file and line they speak of."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from reconciler.errors import InputError, ReconcilerError
from reconciler.model.problem import Place, Problem, plain

FORMATS = ("text", "json", "github")
_TEXT = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def annotate(problems: Iterable[Problem], folder: Path) -> None:
    """Prints each problem on stdout as `::error` or `::warning`; `folder` is that of reconciler.yaml, as seen from here."""
    for one in problems:
        said = "; ".join(part for part in (one.what, one.remedy) if part)
        text = f"{one.subject}: {said}" if one.subject else said
        click.echo(annotation(text, _seen(one.place, folder), "warning" if one.warning else "error"))


def _seen(place: Place, folder: Path) -> Place:
    """The place as seen from here: most problems name their file as seen from `folder`, those of an export do not."""
    below = folder / place.file
    return Place(str(below), place.line, place.column) if place.file and below.exists() else place


def annotated(error: ReconcilerError, folder: Path) -> None:
    """Prints an error on stdout: one annotation per problem, or one for the run."""
    if isinstance(error, InputError):
        annotate(error.problems, folder)
    else:
        click.echo(annotation(str(error)))


def annotation(text: str, place: Place | None = None, level: str = "error") -> str:
    """One annotation. Nothing in `text` or in the name of a file can end it or begin another one.

    Source: "Workflow commands for GitHub Actions", `::error file={name},line={line},col={column}::{message}`; how values are
    escaped is inferred from actions/toolkit, packages/core/src/command.ts.
    """
    spots = {"file": place.file, "line": place.line, "col": place.column} if place else {}
    where = ",".join(f"{name}={plain(str(value)).translate(_PROPERTY)}" for name, value in spots.items() if value)
    return f"::{level}{where and ' '}{where}::{plain(text).translate(_TEXT)}"
