"""Whose is what: ledger before mark before former key or name before name; never two, never somebody else's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live.desk import wish

from reconciler.kinds import REGISTRY
from reconciler.live.identify import Claims, Identities, identify
from reconciler.model.kind import Options
from reconciler.model.resource import Resource, Seen

OPTIONS = Options(source="acme")


def seen(known: str, name: str, *, mark: str = "", standing: str = "active", natural: str | None = None) -> Seen:
    return Seen(known, name, {}, mark, (natural if natural is not None else name.casefold(),), standing)


def whose(kind: str, objects: list[Seen], *wishes: Resource, claims: Claims | None = None, **options: Any) -> Identities:
    return identify(REGISTRY[kind], objects, wishes, claims or Claims(), Options(source="acme", **options))


def queue(key: str, name: str, *previously: str) -> Resource:
    return wish(f"queue/{key}", previously=previously, name=name)


def user(key: str, email: str, *previously: str) -> Resource:
    return wish(f"user/{key}", previously=previously, name=key.title(), email=email)


# ── which comes first ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("bound", "mark", "name", "expected"),
    [
        ({"1": "q"}, "q", "Sales", ("1", "ledger")),
        ({}, "q", "Sales", ("2", "mark")),
        ({}, "", "Old", ("3", "previously")),
        ({}, "", "Gone", ("4", "name")),
        ({"1": "other"}, "", "Gone", ("4", "name")),
    ],
)
def test_ledger_before_mark_before_former_name_before_name(
    bound: dict[str, str], mark: str, name: str, expected: tuple[str, str]
) -> None:
    objects = [seen("1", "One"), seen("2", "Two", mark=mark), seen("3", name), seen("4", "Sales")]

    found = whose("queue", objects, queue("q", "Sales", "Old"), claims=Claims(bound))

    assert {one: pair for one, pair in found.keys.items() if pair[0] == "q"} == {expected[0]: ("q", expected[1])}
    assert found.problems == []


def test_nobody_is_found_where_nothing_fits() -> None:
    assert whose("queue", [seen("1", "One")], queue("q", "Sales")).keys == {}


def test_a_binding_to_something_that_is_gone_finds_nothing() -> None:
    assert whose("queue", [], queue("q", "Sales"), claims=Claims({"1": "q"})).keys == {}


def test_a_stray_keeps_its_key() -> None:
    assert whose("queue", [seen("1", "One")], claims=Claims({"1": "gone"})).keys == {"1": ("gone", "ledger")}


def test_a_binding_that_was_handed_over_is_told_as_such() -> None:
    found = whose("queue", [seen("1", "One")], queue("new", "One", "old"), claims=Claims({"1": "new"}, moved=frozenset({"1"})))

    assert found.keys == {"1": ("new", "previously")}


def test_names_that_differ_in_case_are_the_same() -> None:
    assert whose("queue", [seen("1", "SALES")], queue("q", "sales")).keys == {"1": ("q", "name")}


def test_a_mark_that_is_a_uuid_is_found_too() -> None:
    mark = REGISTRY["queue"].mark
    assert mark is not None
    shown = mark("q", Options(source="acme", peer_id="uuid"))

    assert whose("queue", [seen("1", "One", mark=shown)], queue("q", "Two"), peer_id="uuid").keys == {"1": ("q", "mark")}


# ── two of something ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_candidates_are_a_problem_that_names_both() -> None:
    found = whose("presence_source", [seen("1", "ACME"), seen("2", "Acme")], wish("presence_source/a", name="acme"))

    assert found.keys == {}
    assert [str(one) for one in found.problems] == [
        "m.yaml:1 presence_source/a: matches 2 objects: 'ACME' (1) and 'Acme' (2); rename or remove one of them"
    ]


def test_an_active_one_stands_before_those_that_are_not() -> None:
    objects = [seen("1", "ACME", standing="inactive"), seen("2", "Acme")]

    assert whose("presence_source", objects, wish("presence_source/a", name="acme")).keys == {"2": ("a", "name")}


def test_two_inactive_candidates_are_two() -> None:
    objects = [seen("1", "ACME", standing="inactive"), seen("2", "Acme", standing="inactive")]

    assert len(whose("presence_source", objects, wish("presence_source/a", name="acme")).problems) == 1


def test_one_object_shown_twice_is_one() -> None:
    assert whose("queue", [seen("1", "Sales")] * 2, queue("q", "Sales")).keys == {"1": ("q", "name")}


def test_two_objects_with_one_mark_are_a_problem() -> None:
    """A queue that was copied by hand may carry the mark of the original."""
    found = whose("queue", [seen("1", "Sales", mark="q"), seen("2", "Sales copy", mark="q")], queue("q", "Sales"))

    assert found.keys == {}
    assert "queue/q: matches 2 objects: 'Sales' (1) and 'Sales copy' (2)" in str(found.problems[0])


def test_the_ledger_tells_the_original_from_its_copy() -> None:
    objects = [seen("1", "Sales copy", mark="q"), seen("2", "Sales", mark="q")]

    found = whose("queue", objects, queue("q", "Sales"), claims=Claims({"2": "q"}))

    assert (found.keys, found.problems) == ({"2": ("q", "ledger")}, [])


def test_two_wishes_do_not_share_an_object() -> None:
    found = whose("presence_source", [seen("1", "ACME")], *(wish(f"presence_source/{key}", name="acme") for key in "ab"))

    assert found.keys == {"1": ("a", "name")}
    assert found.problems == []


# ── somebody else's ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "claims",
    [Claims(bound={"1": "bob"}), Claims(marked={"1": "bob"})],
    ids=["ledger", "mark"],
)
def test_an_address_that_belongs_to_another_key_names_both_people(claims: Claims) -> None:
    found = whose("user", [seen("1", "Bob", natural="x@x")], user("ann", "X@x"), claims=claims)

    assert list(found.keys.values()) == [("bob", "ledger" if claims.bound else "mark")]
    (problem,) = found.problems
    assert problem.what == "the e-mail address of 'Ann' belongs to 'Bob' (1), which has the key 'bob'"
    assert problem.remedy == "if both are the same, write `previously: [bob]`; if not, change the e-mail address of one of them"


def test_an_address_whose_holder_is_wanted_too_will_be_free() -> None:
    wishes = [user("ann", "x@x"), user("bob", "y@x")]

    found = whose("user", [seen("1", "Bob", natural="x@x")], *wishes, claims=Claims(bound={"1": "bob"}))

    assert (found.keys, found.problems) == ({"1": ("bob", "ledger")}, [])


def test_a_queue_with_another_mark_is_another_queue() -> None:
    found = whose("queue", [seen("1", "Sales", mark="q-77")], queue("q", "Sales"))

    assert found.keys == {}
    assert "the name of 'Sales' belongs to 'Sales' (1), which has the key 'q-77'" in str(found.problems[0])


def test_what_another_source_has_bound_is_named() -> None:
    found = whose("queue", [seen("1", "Sales")], queue("q", "Sales"), claims=Claims(foreign={"1": "other"}))

    assert found.keys == {}
    (problem,) = found.problems
    assert problem.what == "'Sales' (1) belongs to the source 'other'"
    assert problem.remedy == "choose another name, or let that source give it up: state forget"


@pytest.mark.parametrize("claims", [Claims(marked={"1": "ann"}, foreign={"1": "other"})])
def test_a_mark_does_not_take_from_another_source(claims: Claims) -> None:
    found = whose("user", [seen("1", "Ann", natural="ann@x")], user("ann", "ann@x"), claims=claims)

    assert found.keys == {}
    assert len(found.problems) == 1


def test_the_home_division_is_not_taken_by_its_name() -> None:
    found = whose("division", [seen("1", "Home", mark="home")], wish("division/hq", name="home"))

    assert found.keys == {"1": ("home", "mark")}
    assert "has the name of the home division; drop this block and use the key `home`" in str(found.problems[0])


def test_the_home_division_can_be_named_by_its_key() -> None:
    found = whose("division", [seen("1", "Home", mark="home")], wish("division/home", name="Headquarters"))

    assert (found.keys, found.problems) == ({"1": ("home", "mark")}, [])


# ── previously ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("objects", "resource", "claims"),
    [
        ([seen("1", "Sales", mark="old")], queue("new", "Vertrieb", "old"), Claims()),
        ([seen("1", "Sales")], queue("new", "Vertrieb", "Sales"), Claims()),
        ([seen("1", "Sales", mark="old")], queue("new", "Sales", "old"), Claims()),
        ([seen("1", "Ann", natural="ann@x")], user("new", "new@x", "old"), Claims(marked={"1": "old"})),
        ([seen("1", "Ann", natural="ann@x")], user("new", "new@x", "ann@x"), Claims()),
        (
            [seen("1", "Lunch", natural="Meal/lunch")],
            wish("secondary_status/new", previously=("Lunch",), labels={"en_US": "Noon"}, system_presence="Meal"),
            Claims(),
        ),
    ],
    ids=["queue by key", "queue by name", "queue by key and name", "user by key", "user by address", "status by label"],
)
def test_a_former_key_or_name_leads_to_the_object(objects: list[Seen], resource: Resource, claims: Claims) -> None:
    found = whose(resource.ref.kind, objects, resource, claims=claims)

    assert (found.keys, found.problems) == ({"1": ("new", "previously")}, [])


def test_the_mark_of_today_stands_before_that_of_yesterday() -> None:
    objects = [seen("1", "Sales", mark="old"), seen("2", "Vertrieb", mark="new")]

    found = whose("queue", objects, queue("new", "Vertrieb", "old"))

    assert (found.keys, found.problems) == ({"2": ("new", "mark")}, [])


def test_a_former_name_that_two_carry_is_a_problem() -> None:
    found = whose("queue", [seen("1", "Sales"), seen("2", "sales")], queue("new", "Vertrieb", "Sales"))

    assert len(found.problems) == 1
    assert found.keys == {}


def test_a_former_name_of_an_object_that_is_wanted_under_its_own_key_is_not_taken() -> None:
    found = whose("queue", [seen("1", "Sales", mark="a")], queue("a", "Sales"), queue("b", "Other", "Sales"))

    assert found.keys == {"1": ("a", "mark")}


# ── any world ────────────────────────────────────────────────────────────────────────────────────────────────────────

NAMES = st.sampled_from(["Sales", "sales", "Support", "Old"])
KEYS = st.sampled_from(["a", "b", "c"])
SEEN = st.lists(
    st.builds(
        lambda known, name, mark, standing: seen(known, name, mark=mark, standing=standing),
        st.sampled_from("12345"),
        NAMES,
        st.sampled_from(["", "", "a", "b", "z"]),
        st.sampled_from(["active", "active", "inactive"]),
    ),
    max_size=5,
    unique_by=lambda one: one.id,
)
WISHES = st.lists(
    st.builds(lambda key, name, past: queue(key, name, *past), KEYS, NAMES, st.lists(st.sampled_from(["Old", "z"]), max_size=1)),
    max_size=3,
    unique_by=lambda one: one.ref.key,
)
BOUND = st.dictionaries(st.sampled_from("12345"), st.sampled_from(["a", "b", "x"]), max_size=2).filter(
    lambda bound: len(set(bound.values())) == len(bound)
)
FOREIGN = st.dictionaries(st.sampled_from("12345"), st.just("other"), max_size=1)


@given(SEEN, WISHES, BOUND, FOREIGN)
def test_each_object_has_one_key_with_each_key_one_object(
    objects: list[Seen], wishes: list[Resource], bound: dict[str, str], foreign: dict[str, str]
) -> None:
    foreign = {one: source for one, source in foreign.items() if one not in bound}

    found = whose("queue", objects, *wishes, claims=Claims(bound, {}, foreign))

    keys = [key for key, _ in found.keys.values()]
    assert len(keys) == len(set(keys))
    assert set(found.keys) <= {one.id for one in objects}
    assert all(one not in found.keys for one in foreign)
    kept = [found.keys[one.id] for one in objects if one.id in bound]
    assert all(how == "previously" or (key, how) in {(one, "ledger") for one in bound.values()} for key, how in kept)


@given(SEEN, WISHES, BOUND, st.randoms(use_true_random=False))
def test_who_is_who_does_not_depend_on_the_order_of_the_listing(
    objects: list[Seen], wishes: list[Resource], bound: dict[str, str], random: Any
) -> None:
    first = whose("queue", objects, *wishes, claims=Claims(bound))
    shuffled = list(objects)
    random.shuffle(shuffled)

    second = whose("queue", shuffled, *wishes, claims=Claims(bound))

    assert second.keys == first.keys
    assert {one.subject for one in second.problems} == {one.subject for one in first.problems}
