"""A plan of events → text for people: what will be told about whom, in order of time. The document of the plan has everything."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.change import Change, Plan
from reconciler.model.problem import plain
from reconciler.plan.show import WIDTH, Line, columns, fit

NAME = 14  # columns for what of somebody changes
_SAID = {"presence": "presence", "routing_status": "routing status"}


def agenda(plan: Plan, width: int = WIDTH) -> Iterator[Line]:
    """Agents by name, under each what they will be shown as; then how many events and requests that is."""
    header = plan.header
    where = f" ({header.region})" if header.region else ""
    yield Line(f"Agent status for source {plain(header.source)} in organisation", "head")
    yield Line(f"{plain(header.organization)}{where}", "head")
    agents: dict[str, list[Change]] = {}
    for change in plan.changes:
        agents.setdefault(change.name, []).append(change)
    for key in sorted(agents):
        yield Line("")
        name = plan.names.get(f"user/{key}", "")
        yield Line(fit(f"  {plain(key)}  {plain(name)}", width).rstrip())
        for change in agents[key]:
            yield Line(_told(change, width), "create")
    yield Line("")
    yield Line(_summary(plan, len(agents)), "head")


def _told(change: Change, width: int) -> str:
    """One event: when, what, from what to what, and where it was read if that fits."""
    said = {one.path[0]: one for one in change.fields}
    what = next(name for name in _SAID if name in said)
    before, after = (str(value or "").rpartition("/")[2] for value in (said[what].before, said[what].after))
    step = f"{before} → {after}" if before else after
    left = f"    {said['at'].after}  {fit(_SAID[what], NAME)}  {plain(step)}"
    origin = plain(change.origin or change.reason)
    room = width - columns(left) - columns(origin)
    return f"{left}{' ' * room}{origin}" if origin and room > 1 else fit(left, width).rstrip()


def _summary(plan: Plan, agents: int) -> str:
    if not plan.changes:
        return "Nothing to tell: Genesys Cloud was told everything the feed says."
    return f"{_many(len(plan.changes), 'event')} of {_many(agents, 'agent')}, about {_many(plan.predicted, 'request')}."


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
