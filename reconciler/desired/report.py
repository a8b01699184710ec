"""Collects what is wrong and looks up columns at the end, in one reading per file that has problems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reconciler.desired.explain import Flaw
from reconciler.desired.manifest import Spot
from reconciler.formats.yaml import Path, Tree
from reconciler.model.problem import Problem
from reconciler.model.resource import Ref


class Report:
    """Problems, warnings, and where each resource stands."""

    def __init__(self, problems: Sequence[Problem] = ()) -> None:
        self.known = list(problems)
        self.flaws: list[tuple[Tree, Path, tuple[str, str, str]]] = []
        self.warnings: list[Problem] = []
        self.spots: dict[Ref, Spot] = {}

    @property
    def is_bad(self) -> bool:
        """Whether there is anything but warnings."""
        return bool(self.known or self.flaws)

    def flaw(self, tree: Tree, path: Path, *words: str) -> None:
        """Notes a problem at a path of a tree: subject, what, remedy."""
        subject, what, remedy = words
        self.flaws.append((tree, path, (subject, what, remedy)))

    def about(self, spot: Spot, subject: str, flaw: Flaw) -> None:
        """Notes a problem of a block."""
        path, what, remedy = flaw
        self.flaw(spot.tree, (*spot.path, *path), subject, what, remedy)

    def all_about(self, spot: Spot, subject: str, flaws: Iterable[Flaw]) -> None:
        """Notes the problems of a block, the first one of each place."""
        told: set[Path] = set()
        for flaw in flaws:
            if flaw[0] not in told:
                told.add(flaw[0])
                self.about(spot, subject, flaw)

    def warn(self, ref: Ref, what: str, remedy: str) -> None:
        """Notes a warning about a resource; without column, so that a good file need not be read again."""
        self.warnings.append(Problem(self.spots[ref].place, str(ref), what, remedy, warning=True))

    def problems(self) -> list[Problem]:
        """Everything with its place, warnings too."""
        wanted: dict[int, tuple[Tree, list[Path]]] = {}
        for tree, path, _words in self.flaws:
            wanted.setdefault(id(tree), (tree, []))[1].append(path)
        places: dict[int, Any] = {number: tree.places(paths) for number, (tree, paths) in wanted.items()}
        return [*self.known, *self.warnings, *(Problem(places[id(tree)][path], *words) for tree, path, words in self.flaws)]
