"""Opens where recordings lie: a folder, or an address of another machine."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from reconciler.files import remote
from reconciler.files.folder import Folder
from reconciler.model.recorded import Store


def open(where: str, root: Path) -> Store:  # noqa: A001 - read as `stores.open`
    """The store; `root` is what a relative path counts from. Raises `ConfigurationError` for an address nobody understands."""
    if "://" not in where:
        return Folder(root / where)
    if where.casefold().startswith("file://"):
        return Folder(Path(unquote(urlsplit(where).path)))
    return remote.open(where)


def shown(where: str) -> str:
    """The same for people, without user and password."""
    return remote.shown(where) if "://" in where else where
