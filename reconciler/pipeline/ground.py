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
from reconciler.pipeline.called import Called
from reconciler.pipeline.session import Session

BOUND = frozenset(
    {"user", "secondary_status", "presence_source", "external_source", "queue", "wrapup_code", "skill", "language"},
)
"""Kinds that events refer to."""

Card: TypeAlias = StatusFeed | InteractionFeed


@dataclass(frozen=True, slots=True)
class Ground:
    """What events are told on: the platform's card, what people call each other, ids of everybody, the source."""

    card: Card
    called: Called
    stage: Stage
    ids: dict[Ref, str]
    source: str
    presence_source: str

    @property
    def table(self) -> Table:
        """The user's mapping."""
        return self.called.table

    @property
    def names(self) -> Mapping[str, str]:
        """Names in Genesys Cloud by `kind/key`."""
        return {str(ref): name for ref, name in self.called.names.items() if name}

    @property
    def source_id(self) -> str:
        """The id of the presence source."""
        return self.ids[Ref("presence_source", self.presence_source)]

    def refresh(self, bound: Mapping[Ref, Binding]) -> None:
        """Takes in who was bound since."""
        ours = _ours(bound)
        self.ids.update({ref: one.id for ref, one in ours.items()})
        self.called.learn({ref: one.name for ref, one in ours.items()})

    def is_known(self, kind: str, key: str) -> bool:
        """Whether Genesys Cloud has the object behind a key."""
        return Ref(kind, key) in self.ids


async def ground(session: Session, card: Card, table: Table) -> Ground:
    """What there is to tell with: bindings of the ledger, and what the organisation says of presence.

    Raises `ConfigurationError` where no presence source is bound, `Refused` where another one of type User is active.
    """
    bound = _ours(session.ledger.bindings())
    ids = {ref: one.id for ref, one in bound.items()}
    there = await stage(session.reader)
    ids |= {Ref("system_presence", name): number for name, number in there.system.items()}
    wished = session.settings.file.runners.presence_source
    chosen = _chosen(wished, ids, there)
    others = [name for number, name in there.sources.items() if number != ids[Ref("presence_source", chosen)]]
    if others:
        what = f"another presence source of type User is active: {', '.join(sorted(others))}"
        raise Refused(f"{what}; agents would be shown twice. Deactivate it in Genesys Cloud, then run this again")
    called = Called(table)
    called.learn({ref: one.name for ref, one in bound.items()})
    return Ground(card, called, there, ids, session.settings.file.source.name, chosen)


def _ours(bound: Mapping[Ref, Binding]) -> dict[Ref, Binding]:
    """What events may refer to."""
    return {ref: one for ref, one in bound.items() if ref.kind in BOUND}


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
