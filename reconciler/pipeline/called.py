"""What people call agents, queues and codes: the feed's words → keys and names, from manifests or from what is bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.errors import ConfigurationError, InputError
from reconciler.model.mapping import Mapping as Table
from reconciler.model.resource import Ref
from reconciler.pipeline import desired
from reconciler.settings import Settings


@dataclass(slots=True)
class Called:
    """The user's mapping, and the names in Genesys Cloud of everything that is known; it may learn more."""

    table: Table
    names: dict[Ref, str] = field(default_factory=dict)
    _keys: dict[tuple[str, str], str] = field(default_factory=dict)

    def learn(self, names: Mapping[Ref, str]) -> None:
        """Takes in more names. Those of people are not unique: they are no key."""
        self.names.update(names)
        self._keys.update({(ref.kind, name.casefold()): ref.key for ref, name in names.items() if ref.kind != "user"})

    def key(self, kind: str, native: str) -> str:
        """The key of an object by what the feed calls it; what nobody knows is its own key.

        That is the key mapping.yaml has for it, a key, the name it was given instead (`rename`), or its name.
        """
        native = self._words(kind).get(native, native)
        if Ref(kind, native) in self.names:
            return native
        renamed: Mapping[str, str] = getattr(self.table.rename, f"{kind}s", {})
        names = (renamed.get(native, native), native)
        return next((self._keys[kind, name.casefold()] for name in names if (kind, name.casefold()) in self._keys), native)

    def name(self, kind: str, native: str) -> str | None:
        """What people call it; None where it is not known, and the feed's own word where nothing is."""
        return self.names.get(Ref(kind, self.key(kind, native))) if self.names else native

    def _words(self, kind: str) -> Mapping[str, str]:
        """What the feed calls objects of a kind → their keys."""
        return {"user": self.table.agents, "wrapup_code": self.table.interactions.wrapup_codes}.get(kind, {})


def called(settings: Settings, table: Table) -> Called:
    """The names in the manifests, without ledger and network; none where there are no manifests that can be read."""
    found = Called(table)
    try:
        state, _ = desired.load(settings)
    except (ConfigurationError, InputError):
        return found
    found.learn({ref: str(one.fields.get("name") or ref.key) for ref, one in state.resources.items()})
    return found
