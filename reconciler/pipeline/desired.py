"""Reads the folder of manifests into what should be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reconciler.desired import validate
from reconciler.errors import ConfigurationError, InputError
from reconciler.files import read as files
from reconciler.files.cache import FolderCache
from reconciler.kinds import REGISTRY
from reconciler.model.problem import Place, Problem
from reconciler.model.resource import State
from reconciler.pipeline.quiet import uncollected
from reconciler.settings import Settings


def load(settings: Settings) -> tuple[State, tuple[Problem, ...]]:
    """What should be, and warnings. Raises `InputError` with every problem of every manifest."""
    return read(settings.path(settings.file.manifests), settings.root, settings.root / ".reconciler" / "cache")


def read(folder: Path, root: Path, cache: Path | None) -> tuple[State, tuple[Problem, ...]]:
    """The state in the manifests of `folder`; files are named relative to `root`, as a person would type them."""
    if not folder.is_dir():
        raise ConfigurationError(f"no folder {folder}: write manifests into it, or render them with `reconciler render`")
    prefix = (
        folder.resolve().relative_to(root.resolve()).as_posix()
        if folder.resolve().is_relative_to(root.resolve())
        else str(folder)
    )
    with uncollected():
        return validate.load(texts(folder, prefix), list(REGISTRY.values()), FolderCache(cache) if cache else None)


def texts(folder: Path, prefix: str) -> dict[str, bytes]:
    """Every YAML file below `folder`, by its name behind `prefix`. Raises `InputError` for what cannot be read."""
    found: dict[str, bytes] = {}
    problems: list[Problem] = []
    for suffix in (".yaml", ".yml"):
        tree = files.tree(folder, suffix=suffix)
        found |= {f"{prefix}/{name}": data for name, data in tree.files.items()}
        problems += [replace(one, place=Place(f"{prefix}/{one.place.file}")) for one in tree.problems]
    if problems:
        raise InputError(problems)
    return found


def counted(kind: str, count: int) -> str:
    """So many objects of a kind, as people say it."""
    return f"{count:,} {(kind if count == 1 else REGISTRY[kind].plural).replace('_', ' ')}"
