"""Plan → one HTML page: what is refused, what goes, then every kind by itself; only fields that change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconciler.kinds import REGISTRY
from reconciler.model.change import SYMBOLS, Change, FieldChange, Op, Plan
from reconciler.plan.show import REFERS, cost, costly, counts, scalar, summary
from reconciler.report.page import page

SHOWN = 12  # values of one field shown at once; the rest unfolds
OPEN = 40  # groups of more changes begin folded, removals never


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a field: `label` is the key inside it, `sign` + or - where it comes or goes, else before and after."""

    label: str = ""
    sign: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a change: the values shown at once, and those that unfold."""

    name: str
    values: Sequence[Value]
    more: Sequence[Value] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One change as it is drawn."""

    change: Change
    rows: Sequence[Row]

    @property
    def reason(self) -> str:
        """Why, where the symbol does not say it all."""
        return "" if self.change.op in {Op.CREATE, Op.UPDATE} else self.change.reason


@dataclass(frozen=True, slots=True)
class Group:
    """Changes under one heading; `ops` counts them by operation, as (op, symbol, count)."""

    id: str
    title: str
    items: Sequence[Item]
    is_open: bool

    @property
    def ops(self) -> list[tuple[str, str, int]]:
        """How many of which operation, in the order of symbols."""
        found = [one.change.op for one in self.items]
        return [(op.value, op.symbol, found.count(op)) for op in Op if op in found]


def html(plan: Plan) -> str:
    """The page. Nothing in a plan can write HTML: texts are escaped, and the page may run nothing."""
    return page(
        "plan.html.j2",
        plan=plan,
        head=plan.header,
        summary=summary(plan).removeprefix("Plan: ").removesuffix("."),
        tiles=[(verb, count) for verb, count in counts(plan).items()],
        billable=costly(plan) if plan.billable else "",
        cost=cost(plan),
        groups=groups(plan),
        adopts=SYMBOLS[Op.ADOPT],
    )


def groups(plan: Plan) -> list[Group]:
    """Removals of all kinds first, then the rest by kind, in the order of the plan."""
    gone = [_item(one, plan) for one in plan.changes if one.op.removes]
    kept: dict[str, list[Item]] = {}
    for change in plan.changes:
        if not change.op.removes:
            kept.setdefault(change.ref.kind, []).append(_item(change, plan))
    first = [Group("removals", "Removals", gone, is_open=True)] if gone else []
    return first + [Group(f"kind-{kind}", title(kind), items, is_open=len(items) <= OPEN) for kind, items in kept.items()]


def title(kind: str) -> str:
    """What several objects of a kind are called; a kind of a newer version by its own name."""
    words = REGISTRY[kind].plural if kind in REGISTRY else kind
    return words.replace("_", " ").capitalize()


def _item(change: Change, plan: Plan) -> Item:
    fields: dict[str, list[FieldChange]] = {}
    for one in change.fields:
        if not (change.op is Op.CREATE and one.path == ("name",)):  # it stands in the line above
            fields.setdefault(one.path[0], []).append(one)
    return Item(change, [_row(change, name, found, plan) for name, found in fields.items()])


def _row(change: Change, name: str, found: Iterable[FieldChange], plan: Plan) -> Row:
    values = [_value(change, one, plan) for one in found]
    return Row(name.replace("_", " "), values[:SHOWN], values[SHOWN:])


def _value(change: Change, one: FieldChange, plan: Plan) -> Value:
    label = _called(change, one, plan)
    if isinstance(one.before, bool) and isinstance(one.after, bool) and len(one.path) == 2:
        return Value(label, "+" if one.after else "-")
    before = "" if change.op is Op.CREATE or one.before in (None, "") else scalar(one.before)
    return Value(label, "", before, scalar(one.after))


def _called(change: Change, one: FieldChange, plan: Plan) -> str:
    """The key inside a field, by the name of what it refers to where the plan knows one; none for roles: the value says it."""
    if one.path[0] == "roles":
        return ""
    step = ".".join(one.path[1:])
    kind = REFERS.get((change.ref.kind, one.path[0]))
    return plan.names.get(f"{kind}/{step}", step) if kind else step
