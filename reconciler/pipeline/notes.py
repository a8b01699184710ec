"""What one cycle of the ongoing sync tells the next, as facts of the ledger.

The ledger keeps facts per organisation, and which one that is shows only when a connection stands. Until then what is noted
stays in memory.
"""

from __future__ import annotations

from reconciler.ledger import store
from reconciler.ledger.sql import SqlLedger
from reconciler.pipeline.session import Doors
from reconciler.settings import Settings

RENDERED = "reconcile.rendered"  # digests of what the last rendering read and left
TOLD = "reconcile.told"  # fingerprints of what people were told since the last success, by way
SUCCESS = "reconcile.success"  # seconds since 1970
REFUSAL = "reconcile.refusal"  # seconds since 1970
NAMES = (RENDERED, TOLD, SUCCESS, REFUSAL)


class Notes:
    """Texts by name. `save` writes what is new, in as many commits as there are names. Raises `ConfigurationError`."""

    def __init__(self, settings: Settings, doors: Doors) -> None:
        self._settings, self._doors = settings, doors
        self._fresh: dict[str, str] = {}
        self._kept: dict[str, str] = {}
        self._organization = ""
        source = settings.file.source.name
        ids = [settings.file.organization.id] if settings.file.organization.id else store.organizations(settings.ledger, source)
        if len(ids) == 1:
            self.belong(ids[0])

    def belong(self, organization: str) -> None:
        """Reads what was noted for this organisation, once it is known which one it is."""
        if organization == self._organization:
            return
        self._organization = organization
        with self._ledger() as ledger:
            self._kept = {name: text for name in NAMES if (text := ledger.fact(name)) is not None}

    def get(self, name: str) -> str:
        """What was noted last under this name; empty where nothing was."""
        return self._fresh.get(name, self._kept.get(name, ""))

    def set(self, name: str, text: str) -> None:
        """Notes a text for later cycles."""
        if self.get(name) != text:
            self._fresh[name] = text

    def save(self) -> None:
        """Writes what is new, as soon as it is known for which organisation."""
        if not self._organization or not self._fresh:
            return
        with self._ledger() as ledger:
            for name, text in self._fresh.items():
                ledger.set_fact(name, text)
        self._kept |= self._fresh
        self._fresh = {}

    def _ledger(self) -> SqlLedger:
        source = self._settings.file.source.name
        return store.open(self._settings.ledger, organization=self._organization, source=source, clock=self._doors.now)
