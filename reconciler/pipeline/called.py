"""What people call agents, queues and codes, from the manifests alone: no ledger and no network is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.errors import ConfigurationError, InputError
from reconciler.model.mapping import Mapping as Table
from reconciler.pipeline import desired
from reconciler.settings import Settings


@dataclass(frozen=True, slots=True)
class Called:
    """Names by kind and key, and keys by kind and name; nothing where there are no manifests that can be read."""

    table: Table
    names: Mapping[tuple[str, str], str]
    keys: Mapping[tuple[str, str], str]

    def key(self, kind: str, native: str) -> str:
        """The key of an object by what the feed calls it, as a run finds it; what nobody knows is its own key."""
        native = self._words(kind).get(native, native)
        if (kind, native) in self.names:
            return native
        renamed: Mapping[str, str] = getattr(self.table.rename, f"{kind}s", {})
        names = (renamed.get(native, native), native)
        return next((self.keys[kind, name.casefold()] for name in names if (kind, name.casefold()) in self.keys), native)

    def name(self, kind: str, native: str) -> str | None:
        """What people call it; None where no manifest names it, and the feed's own word where there are none."""
        return self.names.get((kind, self.key(kind, native))) if self.names else native

    def _words(self, kind: str) -> Mapping[str, str]:
        return {"user": self.table.agents, "wrapup_code": self.table.interactions.wrapup_codes}.get(kind, {})


def called(settings: Settings, table: Table) -> Called:
    """The names in the manifests; names of people are not unique, so that they are no keys."""
    try:
        state, _ = desired.load(settings)
    except (ConfigurationError, InputError):
        return Called(table, {}, {})
    names = {(ref.kind, ref.key): str(one.fields.get("name") or ref.key) for ref, one in state.resources.items()}
    keys = {(kind, name.casefold()): key for (kind, key), name in names.items() if kind != "user"}
    return Called(table, names, keys)
