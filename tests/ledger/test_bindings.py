"""Whose an object is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler import errors
from reconciler.model.port import Binding, Ledger
from reconciler.model.resource import Ref

ANN, BOB = Ref("user", "ann"), Ref("user", "bob")


def test_a_ledger_fulfils_its_port(ledger: Any) -> None:
    port: Ledger = ledger

    assert all(hasattr(port, name) for name in vars(Ledger) if not name.startswith("_"))


def test_what_was_bound_is_there_when_opened_again(opened: Any) -> None:
    bound = {ANN: Binding("1", "Ann 東京", "sha256:a", protected=True), Ref("queue", "a/b c"): Binding("2")}
    opened().bind(bound)

    assert opened().bindings() == bound


def test_binding_again_overwrites(ledger: Any) -> None:
    ledger.bind({ANN: Binding("1", "Ann", "old")})
    ledger.bind({ANN: Binding("9", "Anne", "new", protected=True)})

    assert ledger.bindings() == {ANN: Binding("9", "Anne", "new", protected=True)}


KNOWN = Binding("1", "Ann", applied='{"name":"Ann"}', grants='["r-1"]')


@pytest.mark.parametrize(
    ("again", "applied", "grants"),
    [
        (Binding("1"), KNOWN.applied, KNOWN.grants),
        (Binding("1", applied="{}"), "{}", KNOWN.grants),
        (Binding("1", grants="[]"), KNOWN.applied, "[]"),
        (Binding("2"), "", ""),
        (Binding("2", grants='["r-2"]'), "", '["r-2"]'),
    ],
)
@pytest.mark.parametrize("moved", [False, True], ids=["same key", "other key"])
def test_what_is_not_said_again_is_kept_for_the_same_object(
    ledger: Any, again: Binding, applied: str, grants: str, moved: bool
) -> None:
    ledger.bind({ANN: KNOWN})
    ref = BOB if moved else ANN

    ledger.bind({ref: again})

    assert ledger.bindings()[ref] == again._replace(applied=applied, grants=grants)


def test_objects_that_swap_keys_take_along_what_is_known_of_them(ledger: Any) -> None:
    ledger.bind({ANN: KNOWN, BOB: Binding("2", applied="{}")})

    ledger.bind({ANN: Binding("2"), BOB: Binding("1", grants="[]")})

    assert ledger.bindings() == {ANN: Binding("2", applied="{}"), BOB: Binding("1", applied=KNOWN.applied, grants="[]")}


def test_binding_nothing_is_nothing(ledger: Any) -> None:
    ledger.bind({})
    ledger.unbind([])

    assert ledger.bindings() == {}


def test_unbinding_forgets_only_what_is_named(ledger: Any) -> None:
    ledger.bind({ANN: Binding("1"), BOB: Binding("2")})

    ledger.unbind([ANN, Ref("user", "nobody")])

    assert ledger.bindings() == {BOB: Binding("2")}


@pytest.mark.parametrize(("source", "organization"), [("other", "org"), ("acme", "elsewhere")])
def test_sources_and_organisations_do_not_see_each_other(opened: Any, source: str, organization: str) -> None:
    other = opened(source, organization)
    other.bind({ANN: Binding("7")})
    opened().bind({ANN: Binding("1")})
    opened().unbind([ANN])

    assert other.bindings() == {ANN: Binding("7")}


def test_objects_of_another_source_are_named(opened: Any) -> None:
    opened("other").bind({ANN: Binding("1"), BOB: Binding("2")})
    opened("other", "elsewhere").bind({ANN: Binding("3")})
    ledger = opened()
    ledger.bind({BOB: Binding("4")})

    assert ledger.foreign(["1", "3", "4", "5"]) == {"1": "other"}


@pytest.mark.parametrize("key", [ANN, BOB], ids=str)
def test_an_object_of_another_source_is_not_taken(opened: Any, key: Ref) -> None:
    opened("other").bind({key: Binding("1")})
    ledger = opened()

    with pytest.raises(errors.Refused, match="user/ann is bound by the source other"):
        ledger.bind({Ref("user", "carl"): Binding("2"), ANN: Binding("1")})

    assert ledger.bindings() == {}


def test_the_same_id_may_belong_to_two_kinds(ledger: Any) -> None:
    both = {ANN: Binding("1"), Ref("queue", "ann"): Binding("1")}
    ledger.bind(both)

    assert ledger.bindings() == both


def test_an_object_moves_to_its_new_key(ledger: Any) -> None:
    ledger.bind({ANN: Binding("1"), Ref("queue", "q"): Binding("1")})

    ledger.bind({Ref("user", "anne"): Binding("1")})

    assert ledger.bindings() == {Ref("user", "anne"): Binding("1"), Ref("queue", "q"): Binding("1")}


def test_two_objects_swap_their_keys(ledger: Any) -> None:
    ledger.bind({ANN: Binding("1"), BOB: Binding("2")})

    ledger.bind({ANN: Binding("2"), BOB: Binding("1")})

    assert ledger.bindings() == {ANN: Binding("2"), BOB: Binding("1")}


def test_one_object_cannot_have_two_keys(ledger: Any) -> None:
    ledger.bind({ANN: Binding("1")})

    with pytest.raises(errors.Refused, match="two keys claim the same object"):
        ledger.bind({BOB: Binding("1"), Ref("user", "carl"): Binding("1")})

    assert ledger.bindings() == {ANN: Binding("1")}


@pytest.mark.long
def test_ten_thousand_bindings_are_one_commit(ledger: Any) -> None:
    bound = {Ref("user", f"k{number}"): Binding(f"id-{number}", f"name {number}") for number in range(10_000)}
    ledger.bind(bound)

    moved = {Ref("user", f"n{number}"): Binding(f"id-{number}") for number in range(10_000)}
    ledger.bind(moved)

    assert ledger.bindings() == moved


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.dictionaries(st.builds(Ref, st.sampled_from(["user", "queue"]), TEXT), TEXT, max_size=8))
def test_any_text_comes_back_as_it_was(ledger: Any, names: dict[Ref, str]) -> None:
    bound = {ref: Binding(f"id-{number}", name) for number, (ref, name) in enumerate(names.items())}
    ledger.unbind(ledger.bindings())
    ledger.bind(bound)

    assert ledger.bindings() == bound
