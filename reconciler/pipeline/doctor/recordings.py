"""Where recordings lie: whether the store answers, and whether anything says to which conversations they belong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from reconciler.errors import ReconcilerError
from reconciler.files import stores
from reconciler.pipeline.doctor import permission
from reconciler.pipeline.doctor.finding import Finding, doubt, failed, fine, warned, wrong
from reconciler.pipeline.recording_look import describer
from reconciler.settings import Settings

AREA = "recordings"
SHOWN = 3


async def recordings(settings: Settings) -> list[Finding]:
    """The store and the index of `runners.recordings`; nothing where it names no store. Only the first file is asked for."""
    if AREA not in permission.configured(settings):
        return []
    return [*await asyncio.to_thread(_told, settings, _store), *await asyncio.to_thread(_told, settings, _index)]


def _told(settings: Settings, look: Callable[[Settings], list[Finding]]) -> list[Finding]:
    try:
        return look(settings)
    except ReconcilerError as error:
        return failed(AREA, error, "mend runners.recordings in reconciler.yaml")


def _store(settings: Settings) -> list[Finding]:
    where = settings.file.runners.recordings.source
    store, shown = stores.open(where, settings.root), stores.shown(where)
    try:
        first = next(iter(store.files()), None)
    except OSError as error:
        return [wrong(AREA, f"{shown}: {error.strerror or error}", "check runners.recordings.from, and who may read there")]
    finally:
        store.close()
    if first is None:
        return [doubt(AREA, f"{shown} answers and is empty", "see whether the platform writes its recordings there")]
    return [fine(AREA, f"{shown} answers")]


def _index(settings: Settings) -> list[Finding]:
    """What the index says wrongly; a pattern needs nothing beside itself."""
    _, problems = describer(settings)()
    said = [warned(AREA, one) for one in problems[:SHOWN]]
    return said or [fine(AREA, "index and pattern of runners.recordings can be read")]
