"""What a change can do without: members and codes that could not be made. Values in, values out.

Decided here: a set goes on without the keys whose objects failed, and says so; a single value (a manager, a division) or a level
blocks its change, because there is nothing sensible to write instead. Nobody is taken out of a set that would be left empty only
because those who were to come failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.kinds.rest import laid
from reconciler.model.change import Change
from reconciler.model.kind import Kind, Known
from reconciler.model.resource import Ref
from reconciler.plan.diff import refs_of


def spared(kinds: Mapping[str, Kind], change: Change, blockers: Iterable[str], known: Known) -> Change | None:
    """The change without the members of sets that the blockers should have made; None where it has to wait for them."""
    gone = {Ref.parse(blocker) for blocker in blockers}
    if change.op.removes:
        return None
    fields = kinds[change.ref.kind].fields
    lacking = {
        one: Ref(fields[one.path[0]].refers, one.path[1])
        for one in change.fields
        if one.path[0] in fields and isinstance(fields[one.path[0]].empty, frozenset) and one.after
    }
    kept = tuple(one for one in change.fields if lacking.get(one) not in gone)
    short = replace(change, fields=kept)
    is_explained = gone <= set(lacking.values()) and gone.isdisjoint(refs_of(kinds, short))
    return short if kept and is_explained and not _emptied(change, short, known) else None


def _emptied(change: Change, short: Change, known: Known) -> bool:
    """Whether a set ends up empty that was not to be."""
    before = known.before(change.ref)
    after, left = laid(before, change.fields), laid(before, short.fields)
    return any(isinstance(value, frozenset) and value and not left[name] and before[name] for name, value in after.items())
