"""What a runner tells on: who is bound to what, under which names, and which presence source counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.errors import ConfigurationError, Refused
from reconciler.live.status import Stage, stage
from reconciler.model.event import StatusFeed
from reconciler.model.interaction import InteractionFeed
from reconciler.model.mapping import Mapping as Table
from reconciler.model.port import Binding
from reconciler.model.resource import Ref
from reconciler.pipeline.session import Session

BOUND = frozenset(
    {"user", "secondary_status", "presence_source", "external_source", "queue", "wrapup_code", "skill", "language"},
)
"""Kinds that events refer to."""

Card: TypeAlias = StatusFeed | InteractionFeed


@dataclass(frozen=True, slots=True)
class Ground:
    """What events are told on: the platform's card, the user's mapping, ids and names of everybody, the source."""

    card: Card
    table: Table
    stage: Stage
    ids: dict[Ref, str]
    names: Mapping[str, str]
    keys: dict[tuple[str, str], str]
    source: str
    presence_source: str

    @property
    def source_id(self) -> str:
        """The id of the presence source."""
        return self.ids[Ref("presence_source", self.presence_source)]

    def refresh(self, bound: Mapping[Ref, Binding]) -> None:
        """Takes in who was bound since."""
        self.ids.update({ref: one.id for ref, one in bound.items() if ref.kind in BOUND})
        self.keys.update(_keys(bound))

    def key(self, kind: str, native: str) -> str:
        """The key of an object by what the feed calls it; what nobody knows is its own key.

        That is the key mapping.yaml has for it, a key, the name it was given instead (`rename`), or its name.
        """
        native = self._words(kind).get(native, native)
        if Ref(kind, native) in self.ids:
            return native
        names = (self._renamed(kind).get(native, native), native)
        return next((self.keys[kind, name.casefold()] for name in names if (kind, name.casefold()) in self.keys), native)

    def _words(self, kind: str) -> Mapping[str, str]:
        """What the feed calls objects of a kind → their keys."""
        return {"user": self.table.agents, "wrapup_code": self.table.interactions.wrapup_codes}.get(kind, {})

    def _renamed(self, kind: str) -> Mapping[str, str]:
        """What the platform calls objects of a kind → their names in Genesys Cloud."""
        found: Mapping[str, str] = getattr(self.table.rename, f"{kind}s", {})
        return found

    def is_known(self, kind: str, key: str) -> bool:
        """Whether Genesys Cloud has the object behind a key."""
        return Ref(kind, key) in self.ids


async def ground(session: Session, card: Card, table: Table) -> Ground:
    """What there is to tell with: bindings of the ledger, and what the organisation says of presence.

    Raises `ConfigurationError` where no presence source is bound, `Refused` where another one of type User is active.
    """
    bound = session.ledger.bindings()
    ids = {ref: one.id for ref, one in bound.items() if ref.kind in BOUND}
    there = await stage(session.reader)
    ids |= {Ref("system_presence", name): number for name, number in there.system.items()}
    wished = session.settings.file.runners.presence_source
    chosen = _chosen(wished, ids, there)
    others = [name for number, name in there.sources.items() if number != ids[Ref("presence_source", chosen)]]
    if others:
        what = f"another presence source of type User is active: {', '.join(sorted(others))}"
        raise Refused(f"{what}; agents would be shown twice. Deactivate it in Genesys Cloud, then run this again")
    names = {str(ref): one.name for ref, one in bound.items() if ref.kind in BOUND and one.name}
    return Ground(card, table, there, ids, names, _keys(bound), session.settings.file.source.name, chosen)


def _keys(bound: Mapping[Ref, Binding]) -> dict[tuple[str, str], str]:
    """Keys by kind and name. Names of people are not unique: they are no key."""
    return {(ref.kind, one.name.casefold()): ref.key for ref, one in bound.items() if ref.kind in BOUND - {"user"}}


def _chosen(wished: str, ids: Mapping[Ref, str], there: Stage) -> str:
    """The key of the presence source: the one reconciler.yaml names, else the primary one, else the only one that is bound."""
    bound = {ref.key: number for ref, number in ids.items() if ref.kind == "presence_source" and number in there.sources}
    primary = next((key for key, number in bound.items() if number == there.primary), "")
    key = wished or primary or (next(iter(bound)) if len(bound) == 1 else "")
    if key in bound:
        return key
    what = f"presence source {wished!r} is not active" if wished else "no presence source is active and ours"
    raise ConfigurationError(
        f"{what}; put it into the manifests (presence_sources: [{{key: …, name: …, primary: true}}]) and run `reconciler apply`"
    )
