"""A plan of events → text for people: what will be told of whom or what, in order. The document of the plan has everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model.change import Change, FieldChange, Plan
from reconciler.model.problem import plain
from reconciler.plan.show import SHOWN, WIDTH, Line, columns, fit, wrap

NAME = 14  # columns for what of somebody changes
_TAKES_PART = ("user", "queue", "number", "how", "wrapup_code")
_SAID = {"presence": "presence", "routing_status": "routing status"}


def agenda(plan: Plan, width: int = WIDTH) -> Iterator[Line]:
    """Agents or conversations by name, under each what is told of them; then warnings, and how many events and requests it is."""
    header = plan.header
    where = f" ({header.region})" if header.region else ""
    yield Line(f"What source {plain(header.source)} tells organisation", "head")
    yield Line(f"{plain(header.organization)}{where}", "head")
    lanes: dict[str, list[Change]] = {}
    for change in plan.changes:
        lanes.setdefault(change.name, []).append(change)
    for key in sorted(lanes):
        yield Line("")
        name = plan.names.get(f"user/{key}", "")
        yield Line(fit(f"  {plain(key)}  {plain(name)}", width).rstrip())
        for change in lanes[key]:
            yield Line(_told(change, plan.names, width), "create")
    yield Line("")
    notes = ([_billed(plan)] if plan.billable else []) + [f"Warning: {plain(one)}" for one in plan.warnings]
    yield from (Line(text, "warning") for note in notes for text in wrap(note.split(" "), 0, width))
    yield Line(_summary(plan, len(lanes)), "head")


def _told(change: Change, names: Mapping[str, str], width: int) -> str:
    """One event: when, what, and where it was read if that fits."""
    said = {one.path[0]: one for one in change.fields}
    what, words = _call(said) if "event" in said else _state(said, names)
    left = f"    {said['at'].after}  {f'{fit(what, NAME)}  ' if what else ''}{plain(words)}"
    origin = plain(change.origin or change.reason)
    room = width - columns(left) - columns(origin)
    return f"{left}{' ' * room}{origin}" if origin and room > 1 else fit(left, width).rstrip()


def _state(said: Mapping[str, FieldChange], names: Mapping[str, str]) -> tuple[str, str]:
    """A presence or routing status, from what to what."""
    what = next(name for name in _SAID if name in said)
    before, after = (names.get(value, value.rpartition("/")[2]) for value in (said[what].before or "", said[what].after))
    return _SAID[what], f"{before} → {after}" if before else after


def _call(said: Mapping[str, FieldChange]) -> tuple[str, str]:
    """An event of a conversation: its leg, and who or what takes part."""
    words = [str(said[name].after) for name in ("leg", *_TAKES_PART) if name in said]
    return "", " ".join([str(said["event"].after), *words])


def _summary(plan: Plan, lanes: int) -> str:
    if not plan.changes and plan.warnings:
        return "Nothing is told: the warnings say what is left out, and why."
    if not plan.changes:
        return "Nothing to tell: Genesys Cloud was told everything the feed says."
    of = "conversation" if plan.changes[0].ref.kind == "conversation_event" else "agent"
    return f"{_many(len(plan.changes), 'event')} of {_many(lanes, of)}, about {_many(plan.predicted, 'request')}."


def _billed(plan: Plan) -> str:
    """Whom nothing was told of before: one event is enough to make somebody billable."""
    called = [plain(f"{key} {plan.names.get(f'user/{key}', '')}".strip()) for key in plan.billable[:SHOWN]]
    more = f" and {len(plan.billable) - SHOWN} more" if len(plan.billable) > SHOWN else ""
    people = "1 user of whom" if len(plan.billable) == 1 else f"{len(plan.billable):,} users of whom"
    return f"Newly billable: {people} nothing was told before: {', '.join(called)}{more}."


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
