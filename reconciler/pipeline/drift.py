"""`drift`: live against last applied and desired. Reads only; the ledger remembers what people were told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from reconciler import __version__
from reconciler.kinds import REGISTRY
from reconciler.live.read import Question, read
from reconciler.model.change import Header
from reconciler.pipeline import desired
from reconciler.pipeline.notify import Message, notify
from reconciler.pipeline.plan import rules
from reconciler.pipeline.session import Doors, Session, connect
from reconciler.plan.drift import Drift
from reconciler.plan.drift import drift as compare
from reconciler.plan.ignore import Sieve
from reconciler.plan.leave import without_expired
from reconciler.plan.tell import message
from reconciler.settings import Settings

TOLD = "drift.told"  # fingerprints of the messages people got about the drift there is, by way


@dataclass(frozen=True, slots=True)
class Seen:
    """The drift, where it was found, and what went wrong with telling people."""

    drift: Drift
    header: Header
    troubles: tuple[str, ...] = ()


async def drift(settings: Settings, doors: Doors | None = None, *, tell: bool = False) -> Seen:
    """Who moved what since the last apply. With `tell` people are notified, of the same drift only once.

    Raises as `plan` does; never writes to Genesys Cloud.
    """
    wanted, _ = desired.load(settings)
    async with connect(settings, doors) as session:
        today = session.doors.now().date().isoformat()
        wanted, _ = without_expired(wanted, today)
        bindings = session.ledger.bindings()
        question = Question(list(REGISTRY.values()), wanted, bindings, session.options, session.ledger.foreign)
        snapshot = await read(session.reader, question)
        found = compare(REGISTRY, wanted, snapshot, bindings, Sieve(rules(settings), today))
        header = Header(session.organization, settings.region, settings.file.source.name, __version__)
        return Seen(found, header, tuple(await _told(session, found)) if tell else ())


async def _told(session: Session, found: Drift) -> list[str]:
    """Notifies whom has not been told of this drift; what went wrong. When the drift has ended, it may be told again."""
    told: Mapping[str, list[str]] = orjson.loads(session.ledger.fact(TOLD) or "{}")
    after: Mapping[str, list[str]] = {}
    troubles: list[str] = []
    if found.fingerprint:
        source = session.settings.file.source.name
        said = Message(source, "drift", message(found), matter=found.fingerprint)
        after, troubles = await notify(session.settings, said, told, session.doors.transport)
    if after != told:
        session.ledger.set_fact(TOLD, orjson.dumps(after).decode())
    return troubles
