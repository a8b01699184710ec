"""`state`: a look into the ledger, and the two ways to change it by hand. Works offline: the organisation is the ledger's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson

from reconciler.errors import ConfigurationError, InputError, UsageError
from reconciler.files import read as reading
from reconciler.ledger import desk, store
from reconciler.ledger.desk import Desk
from reconciler.ledger.sql import SqlLedger
from reconciler.model.moment import iso
from reconciler.model.resource import Ref
from reconciler.model.stream import Poison
from reconciler.pipeline.session import now
from reconciler.settings import Settings

CALLS = "interactions"  # the stream of calls and e-mails
MASKED = "not shown: interactions.mask of mapping.yaml is set"


@contextmanager
def book(settings: Settings) -> Iterator[SqlLedger]:
    """The ledger of these settings for the organisation it holds. Raises `ConfigurationError` where that is not clear."""
    source = settings.file.source.name
    ids = [settings.file.organization.id] if settings.file.organization.id else store.organizations(settings.ledger, source)
    if len(ids) > 1:
        raise ConfigurationError(f"the ledger knows {len(ids)} organisations: name one as organization.id in reconciler.yaml")
    with store.open(settings.ledger, organization=ids[0] if ids else "", source=source, clock=now) as ledger:
        yield ledger


@contextmanager
def streams(settings: Settings) -> Iterator[Desk]:
    """What this source's streams hold, in the organisation of the ledger."""
    with book(settings) as ledger:
        organization = ledger.organization
    with desk.open(settings.ledger, organization=organization, source=settings.file.source.name, clock=now) as found:
        yield found


def quarantine(settings: Settings, limit: int = 1_000) -> list[dict[str, Any]]:
    """What nobody could use, oldest first: number, since when, whose, why, where it stood, and what it says.

    What calls and e-mails say is not shown where mapping.yaml masks them, or cannot be read.
    """
    with streams(settings) as found:
        rows = found.poison(limit=limit)
        calls = {one.number for one in found.poison(CALLS, limit=limit)} if rows and _masks(settings) else set()
    return [_poison(one) | ({"record": MASKED} if one.number in calls else {}) for one in rows]


def _masks(settings: Settings) -> bool:
    """Whether something of calls and e-mails may not be read; also where that cannot be known."""
    from reconciler.formats import yaml  # noqa: PLC0415 - most commands about the ledger need no mapping
    from reconciler.model.mapping import Mapping, Mask, parse  # noqa: PLC0415 - the same

    text, problems = reading.mapping(settings.path(settings.file.source.mapping))
    if problems:
        return True
    try:
        tree = yaml.read(text, file=reading.MAPPING)
    except InputError:
        return True
    found = parse(tree.data, place=lambda path: tree.place(tuple(path)))
    return not isinstance(found, Mapping) or found.interactions.mask != Mask()


def _poison(one: Poison) -> dict[str, Any]:
    at, _, said, place = orjson.loads(one.payload)
    since = datetime.fromtimestamp(one.since / 1000, UTC).isoformat(timespec="seconds")
    text = said if at is None else orjson.dumps(said).decode()
    when = None if at is None else iso(at)
    return {"number": one.number, "since": since, "key": one.key, "cause": one.cause, "place": place, "at": when, "record": text}


def replay(settings: Settings, numbers: Sequence[int]) -> list[int]:
    """Puts these back into their streams; all of them where none is named. Which of them there were."""
    with streams(settings) as found:
        return found.replay(numbers or [one.number for one in found.poison(limit=1_000_000)])


def drop(settings: Settings, numbers: Sequence[int]) -> list[int]:
    """Removes these for good; which of them there were."""
    with streams(settings) as found:
        return found.drop(numbers)


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
