"""What `init` can find out by itself, so that nobody is asked: platform, region and time zone. Files and environment only."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import available_timezones

import orjson

from reconciler.files import read as reading
from reconciler.files import stamp
from reconciler.model.mapping import Mapping
from reconciler.pipeline.bounded import Bounds, OutOfBounds, run
from reconciler.pipeline.render import pack, unpack
from reconciler.settings import Region
from reconciler.sources import REGISTRY

ANY = "tabular"  # what any table can be, so it is nobody's guess
LOCAL_TIME = Path("/etc/localtime")
_WORK = "reconciler.pipeline.surroundings:work"
_BOUNDS = Bounds(seconds=60)


def platform(export: Path) -> str:
    """The platform whose export lies in the folder; `tabular` where none is sure, or none is there.

    Every source reads it, in a child with bounded memory and time. Of those that understand every file and find objects, the one
    with most kinds wins, if it is alone: a wrong guess would be worse than none.
    """
    if stamp.is_empty(export):
        return ANY
    try:
        answer = run(_WORK, pack({}, b"", reading.tree(export).files), bounds=_BOUNDS)
    except OutOfBounds:
        return ANY
    understood: dict[str, int] = orjson.loads(answer)
    best = max(understood.values(), default=0)
    sure = [name for name, kinds in understood.items() if kinds == best]
    return sure[0] if len(sure) == 1 else ANY


def work(payload: bytes) -> bytes:
    """Platform → kinds it finds in these files, for platforms that have nothing to say against any of them; as JSON."""
    _, _, export = unpack(payload)
    read = {name: card.read(export, Mapping(), name) for name, card in REGISTRY.items() if name != ANY}
    return orjson.dumps({name: len(one.delivered) for name, one in read.items() if one.facts and not one.problems})


def region() -> str:
    """The region the environment names, as the ecosystem's tools are told it; empty where it does not."""
    return Region().region


def time_zone(local: Path = LOCAL_TIME) -> str:
    """This machine's time zone by name, UTC where it has none. Source: localtime(5), the link into the zone database."""
    named = os.environ.get("TZ", "").removeprefix(":")
    linked = os.readlink(local).partition("zoneinfo/")[2] if local.is_symlink() else ""  # noqa: PTH115 - the text of the link
    return next((name for name in (named, linked) if name in available_timezones()), "UTC")
