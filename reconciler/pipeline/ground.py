"""What a runner tells on: who is bound to what, which presence source counts, and the table from native states to pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.errors import ConfigurationError, Refused
from reconciler.live.status import Stage, stage
from reconciler.model.event import StatusFeed
from reconciler.model.mapping import Mapping as Table
from reconciler.model.mapping import Shown
from reconciler.model.port import Binding
from reconciler.model.resource import Ref
from reconciler.pipeline.session import Session
from reconciler.runners.pairs import TABLE, Pair, Pairs, Word, reasons
from reconciler.runners.status import Terms

BOUND = frozenset({"user", "secondary_status", "presence_source"})  # kinds that statuses refer to


@dataclass(frozen=True, slots=True)
class Ground:
    """What statuses are told on: the platform's card, the user's mapping, ids and names of everybody, the source."""

    card: StatusFeed
    table: Table
    stage: Stage
    ids: dict[Ref, str]
    names: Mapping[str, str]
    source: str
    presence_source: str

    @property
    def source_id(self) -> str:
        """The id of the presence source."""
        return self.ids[Ref("presence_source", self.presence_source)]

    def refresh(self, bound: Mapping[Ref, Binding]) -> None:
        """Takes in who was bound since."""
        self.ids.update({ref: one.id for ref, one in bound.items() if ref.kind in BOUND})

    def terms(self, session: Session) -> Terms:
        """What the runner goes by."""
        ids = self.ids
        runner, settings = session.settings.file.runners.status, session.settings
        return Terms(
            self.card,
            pairs(self.table, self.card, self.ids),
            lambda key: Ref("user", key) in ids,
            self.source,
            self.presence_source,
            settings.milliseconds(runner.grace),
            settings.milliseconds(runner.settle),
        )


async def ground(session: Session, card: StatusFeed, table: Table) -> Ground:
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
    names = {str(ref): one.name for ref, one in bound.items() if ref.kind == "user" and one.name}
    return Ground(card, table, there, ids, names, session.settings.file.source.name, chosen)


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


def pairs(table: Table, card: StatusFeed, ids: Mapping[Ref, str]) -> Pairs:
    """The user's table over the defaults."""
    statuses = {
        native: (one.key or native, one.system_presence) for native, one in table.secondary_statuses.items() if one is not None
    }
    bound = {ref.key for ref in ids if ref.kind == "secondary_status"}
    states = table.status
    own = {Word(state): _pair(one) for state, one in states.pairs.items()}
    return Pairs({**TABLE, **own}, reasons(statuses, bound, states.reasons, card.system_presences), _pair(states.unmapped))


def _pair(one: Shown) -> Pair:
    return Pair(f"system_presence/{one.presence}", one.routing_status)
