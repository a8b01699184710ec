"""`state`: a look into the ledger, and the two ways to change it by hand. Works offline: the organisation is the ledger's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from reconciler.errors import ConfigurationError, UsageError
from reconciler.ledger import store
from reconciler.ledger.sql import SqlLedger
from reconciler.model.resource import Ref
from reconciler.pipeline.session import now
from reconciler.settings import Settings


@contextmanager
def book(settings: Settings) -> Iterator[SqlLedger]:
    """The ledger of these settings for the organisation it holds. Raises `ConfigurationError` where that is not clear."""
    source = settings.file.source.name
    ids = [settings.file.organization.id] if settings.file.organization.id else store.organizations(settings.ledger, source)
    if len(ids) > 1:
        raise ConfigurationError(f"the ledger knows {len(ids)} organisations: name one as organization.id in reconciler.yaml")
    with store.open(settings.ledger, organization=ids[0] if ids else "", source=source, clock=now) as ledger:
        yield ledger


def bindings(settings: Settings) -> list[dict[str, Any]]:
    """Everything this source has bound, sorted by kind and key."""
    with book(settings) as ledger:
        found = sorted(ledger.bindings().items())
    return [{"kind": ref.kind, "key": ref.key, "name": bound.name, "id": bound.id} for ref, bound in found]


def ledger_state(settings: Settings, limit: int = 20) -> dict[str, Any]:
    """Lease, open requests and the newest entries of the journal."""
    with book(settings) as ledger:
        lease = ledger.lease()
        return {
            "ledger": ledger.place,
            "lease": {"id": lease.id, "holder": lease.holder, "since": lease.acquired_at.isoformat()} if lease else None,
            "bound": len(ledger.bindings()),
            "unsettled": [{"change": one.change, "operation": one.operation, "run": one.run} for one in ledger.unsettled()],
            "journal": [
                {"intended_at": one.intended_at, "change": one.change, "operation": one.operation, "outcome": one.outcome}
                for one in ledger.journal(limit)
            ],
        }


def unlock(settings: Settings, lease_id: str) -> None:
    """Takes the lease away. Raises `UsageError` where there is none with this id."""
    with book(settings) as ledger:
        if not ledger.unlock(lease_id):
            raise UsageError(f"no lease {lease_id}; see `reconciler state show`")


def forget(settings: Settings, names: Sequence[str]) -> list[str]:
    """Unbinds objects named `kind/key`; the names the ledger does not know, and then nothing is forgotten."""
    with book(settings) as ledger:
        bound = ledger.bindings()
        refs = [Ref.parse(name) for name in names]
        unknown = [str(ref) for ref in refs if ref not in bound]
        if not unknown:
            ledger.unbind(refs)
        return unknown
