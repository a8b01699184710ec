"""What a change goes on without, and what it waits for."""

from __future__ import annotations

from typing import Any

import pytest
from apply.stage import change, live

from reconciler.apply.known import World
from reconciler.apply.spare import spared
from reconciler.kinds import REGISTRY
from reconciler.model.change import Op
from reconciler.model.kind import Options
from reconciler.model.resource import Ref, Snapshot

Wish = tuple[str, Any, Any]
ANN: Wish = ("members.ann", False, True)
BOB: Wish = ("members.bob", False, True)
SALE: Wish = ("wrapup_codes.sale", False, True)
OLD: Wish = ("members.old", True, False)
NAME: Wish = ("name", "Q", "New")


def left(ref: str, fields: tuple[Wish, ...], blockers: tuple[str, ...], op: Op = Op.UPDATE, **there: Any) -> list[str] | None:
    one = live(ref, **there)
    world = World(REGISTRY, Snapshot({one.ref: one}, {one.ref: one.id}, {}), Options())
    found = spared(REGISTRY, change(op, ref, *fields), blockers, world)
    return None if found is None else [".".join(field.path) for field in found.fields]


GOES_ON: dict[str, tuple[tuple[Wish, ...], tuple[str, ...], list[str]]] = {
    "one of two members": ((ANN, BOB), ("user/ann",), ["members.bob"]),
    "a member beside a name": ((ANN, NAME), ("user/ann",), ["name"]),
    "a member beside one who goes": ((ANN, OLD, BOB), ("user/ann",), ["members.old", "members.bob"]),
    "a code beside a member": ((ANN, SALE), ("wrapup_code/sale",), ["members.ann"]),
    "several at once": ((ANN, BOB, SALE, NAME), ("user/ann", "user/bob", "wrapup_code/sale"), ["name"]),
}


@pytest.mark.parametrize(("fields", "blockers", "expected"), GOES_ON.values(), ids=GOES_ON)
def test_a_set_goes_on_without_what_failed(fields: tuple[Wish, ...], blockers: tuple[str, ...], expected: list[str]) -> None:
    assert left("queue/q", fields, blockers) == expected


WAITS: dict[str, tuple[str, tuple[Wish, ...], tuple[str, ...], dict[str, Any]]] = {
    "nothing would be left": ("queue/q", (ANN,), ("user/ann",), {}),
    "a division": ("queue/q", (ANN, ("division", "home", "tokyo")), ("division/tokyo",), {}),
    "a division beside a member": ("queue/q", (ANN, BOB, ("division", "home", "tokyo")), ("division/tokyo", "user/ann"), {}),
    "a manager": ("user/bob", (("title", "", "x"), ("manager", "", "ann")), ("user/ann",), {}),
    "a level": ("user/bob", (("title", "", "x"), ("skills.s", None, 2.0)), ("skill/s",), {}),
    "somebody who keeps the name": ("queue/q", (ANN, NAME), ("queue/other",), {}),
    "its own first part": ("queue/q", (ANN, BOB), ("queue/q",), {}),
    "a set that would be empty": ("queue/q", (ANN, OLD, NAME), ("user/ann",), {"members": frozenset({"old"})}),
}


@pytest.mark.parametrize(("ref", "fields", "blockers", "there"), WAITS.values(), ids=WAITS)
def test_everything_else_waits(ref: str, fields: tuple[Wish, ...], blockers: tuple[str, ...], there: dict[str, Any]) -> None:
    assert left(ref, fields, blockers, **there) is None


def test_a_set_that_is_emptied_by_wish_does_not_wait() -> None:
    fields = (SALE, OLD, NAME)

    assert left("queue/q", fields, ("wrapup_code/sale",), members=frozenset({"old"})) == ["members.old", "name"]


def test_a_removal_always_waits() -> None:
    assert left("user/ann", (), ("queue/q",), op=Op.DELETE) is None


def test_the_change_stays_the_same_one() -> None:
    one = live("queue/q")
    world = World(REGISTRY, Snapshot({one.ref: one}, {one.ref: one.id}, {}), Options())

    found = spared(REGISTRY, change(Op.UPDATE, "queue/q", ANN, BOB), ("user/ann",), world)

    assert found is not None
    assert (found.ref, found.op) == (Ref("queue", "q"), Op.UPDATE)
