"""Who goes, and how: pruned strays, replaced skills, names given up, days that have come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from plan.states import bound, change, desired, snapshot, there, told, wish

from reconciler.kinds import REGISTRY
from reconciler.model.change import Op
from reconciler.model.kind import Options
from reconciler.model.resource import UNKNOWN, Live, Ref, Resource, Snapshot
from reconciler.plan.diff import Differences, diff
from reconciler.plan.leave import Leaving, drops, frees, prune, reassign, without_expired

EVERY_KIND = frozenset(REGISTRY)


def pruned(*objects: Live, leaving: Leaving | None = None, protected: bool = False, **more: Any) -> Differences:
    """What becomes of these strays; everything may be pruned unless said otherwise."""
    live = snapshot(*objects, **more)
    bindings = bound(*objects, protected=protected)
    found = diff(REGISTRY, desired(), live, bindings)
    prune(REGISTRY, live, bindings, leaving or Leaving(EVERY_KIND), found)
    return found


def replaced(*objects: Live, wishes: tuple[Resource, ...] = (), **more: Any) -> Differences:
    """What a skill with another name, and these wishes, come to."""
    live = snapshot(there("skill/s", name="Old"), *objects, **more)
    found = diff(REGISTRY, desired(wish("skill/s", name="New"), *wishes), live, bound(*live.live.values()))
    reassign(REGISTRY, live, found)
    return found


# ── pruning ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ref", "options", "expected"),
    [
        ("skill/s", Options(), ["delete skill/s"]),
        ("language/s", Options(), ["delete language/s"]),
        ("wrapup_code/s", Options(), ["delete wrapup_code/s"]),
        ("division/s", Options(), ["delete division/s"]),
        ("secondary_status/s", Options(), ["deactivate secondary_status/s"]),
        ("presence_source/s", Options(), ["deactivate presence_source/s"]),
        ("external_source/s", Options(), ["deactivate external_source/s"]),
        ("user/s", Options(), []),
        ("user/s", Options(leaver_user="inactive"), ["deactivate user/s"]),
        ("user/s", Options(leaver_user="delete"), ["delete user/s"]),
        ("queue/s", Options(leaver_queue="delete"), ["delete queue/s"]),
    ],
)
def test_a_stray_leaves_as_its_kind_does(ref: str, options: Options, expected: list[str]) -> None:
    found = pruned(there(ref), leaving=Leaving(EVERY_KIND, options))

    assert told(found.changes) == expected
    assert found.strays == ([] if expected else [Ref.parse(ref)])


def test_a_stray_queue_is_emptied() -> None:
    found = pruned(there("queue/q", members=frozenset({"b", "a"})))

    assert told(found.changes) == ["update queue/q members.a:True→False members.b:True→False"]


@pytest.mark.parametrize("members", [UNKNOWN, frozenset()])
def test_a_queue_that_is_empty_or_unread_is_left(members: Any) -> None:
    found = pruned(there("queue/q", members=members))

    assert (found.changes, found.strays) == ([], [Ref("queue", "q")])


@pytest.mark.parametrize("standing", ["inactive", "deleted"])
def test_who_has_left_does_not_leave_again(standing: str) -> None:
    leaving = Leaving(EVERY_KIND, Options(leaver_user="inactive"))

    assert pruned(there("user/a", standing=standing), leaving=leaving).changes == []
    assert pruned(there("presence_source/a", standing=standing)).changes == []


def test_nothing_goes_that_was_not_agreed() -> None:
    found = pruned(there("skill/s"), there("language/l"), leaving=Leaving(frozenset({"language"})))

    assert told(found.changes) == ["delete language/l"]
    assert found.strays == [Ref("skill", "s")]
    assert found.warnings == []


def test_the_rest_of_a_replacement_goes_without_asking() -> None:
    assert told(pruned(there("skill/~Old"), leaving=Leaving()).changes) == ["delete skill/~Old"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"protected": True}, "it is protected; `reconciler state forget` ends that"),
        ({"doubts": ["skill"]}, "skills were not read completely"),
        ({"doubts": ["user"]}, "users were not read completely"),
        ({"elsewhere": frozenset({Ref("skill", "s")})}, "something that is not ours uses it"),
        ({"leaving": Leaving(EVERY_KIND, shrunk={"skill": "the manifests shrank"})}, "the manifests shrank"),
    ],
)
def test_a_stray_that_may_not_go_is_told(more: dict[str, Any], expected: str) -> None:
    found = pruned(there("skill/s"), **more)

    assert (found.changes, found.strays) == ([], [Ref("skill", "s")])
    assert found.warnings == [f"skill/s is named by no manifest and stays: {expected}"]


@pytest.mark.parametrize("doubt", ["queue", "wrapup_code", "external_source"])
def test_the_doubt_of_a_kind_that_cannot_refer_to_it_does_not_matter(doubt: str) -> None:
    assert told(pruned(there("skill/s"), doubts=[doubt]).changes) == ["delete skill/s"]


def test_a_skill_stays_while_somebody_may_have_it() -> None:
    live = snapshot(there("skill/s"), there("user/a", name="A", skills=UNKNOWN))
    found = diff(REGISTRY, desired(wish("user/a", name="A")), live, bound(*live.live.values()))

    prune(REGISTRY, live, bound(*live.live.values()), Leaving(EVERY_KIND), found)

    assert found.changes == []
    assert found.warnings == ["skill/s is named by no manifest and stays: the skills of user/a were not read"]


# ── replacing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_people_are_moved_before_the_old_skill_goes() -> None:
    found = replaced(there("user/a", skills={"s": 3.0, "t": 1.0}), wishes=(wish("user/a", name="a"),))

    assert told(found.changes) == [
        "replace skill/s name:'Old'→'New'",
        "update user/a skills.s:3.0→3.0 skills.~Old:3.0→None",
        "delete skill/~Old",
    ]
    assert found.unchanged == 0


def test_a_level_that_moves_anyway_moves_with_the_skill() -> None:
    wanted = wish("user/a", name="a", title="x", skills={"s": 4.0})
    found = replaced(there("user/a", skills={"s": 3.0}), wishes=(wanted,))

    assert told(found.changes)[1] == "update user/a skills.s:3.0→4.0 skills.~Old:3.0→None title:''→'x'"


def test_who_gives_the_skill_up_gives_it_up() -> None:
    found = replaced(there("user/a", skills={"s": 3.0}), wishes=(wish("user/a", name="a", skills={}),))

    assert told(found.changes)[1] == "update user/a skills.s:3.0→None"


def test_who_never_had_the_skill_is_left_alone() -> None:
    found = replaced(there("user/a", skills={"t": 3.0}), wishes=(wish("user/a", name="a"),))

    assert [one.ref.kind for one in found.changes] == ["skill", "skill"]
    assert found.unchanged == 1


def test_a_stray_that_is_moved_was_never_counted_as_unchanged() -> None:
    found = replaced(there("user/stray", skills={"s": 3.0}))

    assert found.unchanged == 0
    assert told(found.changes)[1] == "update user/stray skills.s:3.0→3.0 skills.~Old:3.0→None"


@pytest.mark.parametrize(
    ("objects", "more", "expected"),
    [
        ((), {"elsewhere": frozenset({Ref("skill", "s")})}, "something that is not ours uses it"),
        ((), {"doubts": ["user"]}, "users were not read completely"),
        ((there("user/a", skills=UNKNOWN),), {}, "the skills of user/a were not read"),
    ],
)
def test_the_old_skill_stays_where_somebody_may_use_it(objects: tuple[Live, ...], more: dict[str, Any], expected: str) -> None:
    found = replaced(*objects, **more)

    assert told(found.changes) == ["replace skill/s name:'Old'→'New'"]
    assert found.warnings == [f"skill/s: the old 'Old' stays in Genesys Cloud: {expected}"]


# ── who waits ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_lets_go_of_what() -> None:
    changes = [
        change(
            Op.UPDATE,
            "user/a",
            ("skills.s", 0.0, None),
            ("skills.t", 1.0, 0.0),
            ("division", "tokyo", "osaka"),
            ("title", "x", ""),
        ),
        change(Op.UPDATE, "queue/q", ("members.a", True, False), ("members.b", False, True), ("division", "", "osaka")),
        change(Op.DEACTIVATE, "user/c", ("roles.x", "Agent", None)),
    ]

    assert drops(REGISTRY, changes) == {
        Ref("skill", "s"): ["user/a"],
        Ref("division", "tokyo"): ["user/a"],
        Ref("user", "a"): ["queue/q"],
    }


def freed(live: Snapshot, *changes: Any) -> dict[str, list[str]]:
    return frees(REGISTRY, live, changes, Options())


def test_who_takes_a_name_waits_for_who_gives_it_up() -> None:
    live = snapshot(there("queue/old", name="Sales"))
    rename = change(Op.RENAME, "queue/old", ("name", "Sales", "Vertrieb"))

    assert freed(live, rename, change(Op.CREATE, "queue/new", ("name", "", "SALES"))) == {"queue/new": ["queue/old"]}


def test_nobody_waits_for_a_name_of_another_kind() -> None:
    live = snapshot(there("queue/old", name="Sales"))
    rename = change(Op.RENAME, "queue/old", ("name", "Sales", "Vertrieb"))

    assert freed(live, rename, change(Op.CREATE, "skill/new", ("name", "", "Sales"))) == {}


def test_nobody_waits_for_itself() -> None:
    assert freed(snapshot(there("queue/q", name="sales")), change(Op.RENAME, "queue/q", ("name", "sales", "Sales"))) == {}


def test_an_address_is_taken_over_as_a_name_is() -> None:
    live = snapshot(there("user/a", email="a@x"), there("user/c", email="c@x", standing="inactive"))
    moves = change(Op.UPDATE, "user/a", ("email", "a@x", "b@x"))

    assert freed(live, moves, change(Op.CREATE, "user/b", ("email", "", "A@x"))) == {"user/b": ["user/a"]}
    assert freed(live, change(Op.RESTORE, "user/c"), change(Op.CREATE, "user/b", ("email", "", "c@x"))) == {}


# ── days ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("day", "stays", "coming"),
    [
        ("", True, []),
        ("2027-01-30", False, []),
        ("2027-01-31", False, []),
        ("2027-02-01", True, ["user/a is announced to go after 2027-02-01"]),
    ],
)
def test_an_announced_removal_comes_with_its_day(day: str, stays: bool, coming: list[str]) -> None:
    state = desired(wish("user/a")._replace(delete_after=day))

    kept, announced = without_expired(state, "2027-01-31")

    assert (Ref("user", "a") in kept.resources, announced) == (stays, coming)
    assert kept.digest == state.digest


# ── how often things are looked at ───────────────────────────────────────────────────────────────────────────────────


class Looked(list[Any]):
    """A list that counts how often one of its items is looked at."""

    count = 0

    def __iter__(self) -> Iterator[Any]:
        for one in super().__iter__():
            self.count += 1
            yield one

    def __getitem__(self, place: Any) -> Any:
        self.count += 1
        return super().__getitem__(place)


@pytest.mark.parametrize("users", [10, 100, 1000])
@pytest.mark.parametrize("are_changed", [True, False])
def test_moving_everybody_looks_at_each_change_a_few_times(users: int, are_changed: bool) -> None:
    keys = [f"u{number}" for number in range(users)]
    live = snapshot(*(there(f"user/{key}", name=key, skills={"s": 1.0}) for key in keys), there("skill/s", name="Old"))
    wishes = [wish(f"user/{key}", name=key, **({"title": "x"} if are_changed else {})) for key in keys]
    found = diff(REGISTRY, desired(wish("skill/s", name="New"), *wishes), live, bound(*live.live.values()))
    found.changes = Looked(found.changes)

    reassign(REGISTRY, live, found)

    assert len(found.changes) == users + 2
    assert found.changes.count <= 3 * (users + 2)


class Told(dict[Ref, Live]):
    """Live objects that count how often they are gone through."""

    count = 0

    def items(self) -> Any:
        self.count += 1
        return super().items()

    def values(self) -> Any:
        self.count += 1
        return super().values()


@pytest.mark.parametrize("strays", [1, 10, 100])
def test_pruning_goes_through_what_is_there_once_per_kind(strays: int) -> None:
    live = snapshot(*(there(f"{kind}/k{number}") for number in range(strays) for kind in ("skill", "language")))
    found = diff(REGISTRY, desired(), live, bound(*live.live.values()))
    live = replace(live, live=Told(live.live))

    prune(REGISTRY, live, {}, Leaving(EVERY_KIND), found)

    assert len(found.changes) == 2 * strays
    assert isinstance(live.live, Told)
    assert live.live.count <= 2


@pytest.mark.parametrize("skills", [1, 10, 100])
def test_replacing_goes_through_what_is_there_once(skills: int) -> None:
    keys = [f"s{number}" for number in range(skills)]
    lives = [there(f"skill/{key}", name=f"Old {key}") for key in keys]
    live = snapshot(*lives, there("user/u", name="U", skills=dict.fromkeys(keys, 1.0)))
    found = diff(REGISTRY, desired(*(wish(f"skill/{key}", name=f"New {key}") for key in keys)), live, bound(*lives))
    live = replace(live, live=Told(live.live))

    reassign(REGISTRY, live, found)

    assert isinstance(live.live, Told)
    assert live.live.count <= 2
    assert len(next(one for one in found.changes if one.ref.kind == "user").fields) == 2 * skills
