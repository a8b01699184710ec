"""Too much, protected, not ours, not paid for: a plan that does more than agreed is shown, and refused by apply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.model.change import Change, FieldChange, Refusal
from reconciler.model.resource import UNKNOWN, Snapshot

MEMBERS = "member"
SHOWN = 8  # keys named one by one before the rest is counted


@dataclass(frozen=True, slots=True)
class Limits:
    """How many removals a plan may hold: per kind and in total, absolute and in percent of our live objects of the kind.

    `allowed` is the exact number a person has agreed to (None: nobody was asked); `empty` names kinds and `member` that may
    be emptied.
    """

    removals: int = 25
    percent: float = 10.0
    allowed: int | None = None
    empty: frozenset[str] = frozenset()


def removals(changes: Iterable[Change]) -> dict[str, int]:
    """Removals per kind; members taken out of queues count as one kind of their own over all queues."""
    counted: dict[str, int] = {}
    for change in changes:
        if change.op.removes and not change.ref.key.startswith("~"):  # the rest of a replacement was counted with it
            counted[change.ref.kind] = counted.get(change.ref.kind, 0) + 1
        members = sum(one.path[0] == "members" and one.before is True and not one.after for one in change.fields)
        if members:
            counted[MEMBERS] = counted.get(MEMBERS, 0) + members
    return counted


def population(live: Snapshot) -> dict[str, int]:
    """Our live objects per kind, and the members of our queues."""
    counted: dict[str, int] = {}
    for one in live.live.values():
        counted[one.ref.kind] = counted.get(one.ref.kind, 0) + 1
        members = one.fields.get("members", UNKNOWN)
        if members is not UNKNOWN:
            counted[MEMBERS] = counted.get(MEMBERS, 0) + len(members)
    return counted


def guard(changes: Iterable[Change], live: Snapshot, limits: Limits) -> list[Refusal]:
    """Every guard that says no to these changes, with the words that override it."""
    counted = removals(changes)
    total = sum(counted.values())
    if not total:
        return []
    there = population(live)
    refused = [
        Refusal("empty", f"would remove every {kind} we have: {count} of {there[kind]}", f"--allow-empty {kind}")
        for kind, count in sorted(counted.items())
        if count >= there.get(kind, 0) > 0 and kind not in limits.empty
    ]
    return refused + ([] if limits.allowed == total else list(_limits(counted, there, limits, total)))


def _limits(counted: Mapping[str, int], there: Mapping[str, int], limits: Limits, total: int) -> Iterable[Refusal]:
    override = f"--allow-removals {total}"
    if limits.allowed is not None:
        yield Refusal("number", f"{limits.allowed} removals were allowed, the plan holds {total}", override)
    for kind, count in sorted(counted.items()):
        share = 100 * count / max(1, there.get(kind, 0))
        if count > limits.removals:
            yield Refusal("limit", f"{count} removals of {kind}, at most {limits.removals} are allowed", override)
        if share > limits.percent:
            what = f"{count} of {there.get(kind, 0)} {kind} objects would go ({share:.0f} %), allowed are {limits.percent:g} %"
            yield Refusal("percent", what, override)
    if total > limits.removals and len(counted) > 1:
        yield Refusal("limit", f"{total} removals in all, at most {limits.removals} are allowed", override)


def billable(changes: Iterable[Change]) -> tuple[str, ...]:
    """Keys of users who may become billable by these changes, sorted: those who are given a role.

    Source: the Genesys Cloud EX subscription page: whoever's roles hold one of the listed permissions is billed, used or not.
    Which roles do is not published by the API, so every role counts. A new user without a role costs nothing.
    """
    return tuple(
        sorted(
            {
                one.ref.key
                for one in changes
                if one.ref.kind == "user" and not one.op.removes and any(_grants(field) for field in one.fields)
            }
        )
    )


def _grants(field: FieldChange) -> bool:
    return field.path[0] == "roles" and bool(field.after) and not field.before


def unpaid(keys: Iterable[str], allowed: frozenset[str] | None) -> list[Refusal]:
    """The refusal of users who would become billable and are not `allowed` to (None: everybody is)."""
    over = [] if allowed is None else [key for key in keys if key not in allowed]
    if not over:
        return []
    named = ", ".join(over[:SHOWN]) + (f" and {len(over) - SHOWN} more" if len(over) > SHOWN else "")
    count = f"{len(over)} user{'s' if len(over) > 1 else ''}"
    what = f"{count} would become billable that billing.allow does not name: {named}"
    return [Refusal("billing", what, "billing.allow in reconciler.yaml, with these keys")]
