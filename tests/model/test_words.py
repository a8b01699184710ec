"""The small values: names of objects, changes, facts, blocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reconciler.model.block import Block, Keys, Mode
from reconciler.model.change import Change, Op, Plan
from reconciler.model.fact import Fact
from reconciler.model.kind import Kind
from reconciler.model.problem import Place
from reconciler.model.resource import Ref, Snapshot, State


@given(st.text())
def test_a_ref_is_read_back_whatever_its_key(key: str) -> None:
    assert Ref.parse(str(Ref("user", key))) == Ref("user", key)


def test_states_are_not_written_out_by_accident() -> None:
    state = State({Ref("user", "x" * 1000): None})  # type: ignore[dict-item] # only its length counts

    assert repr(state) == "<State>"
    assert repr(Plan()) == "<Plan>"
    assert repr(Snapshot({}, {}, {})) == "<Snapshot>"


@pytest.mark.parametrize(
    ("op", "symbol", "removes"),
    [
        (Op.CREATE, "+", False),
        (Op.UPDATE, "~", False),
        (Op.RENAME, "→", False),
        (Op.ADOPT, "^", False),
        (Op.RESTORE, "↺", False),
        (Op.REPLACE, "-/+", True),
        (Op.DEACTIVATE, "⏻", True),
        (Op.DELETE, "-", True),
    ],
)
def test_an_op_has_its_symbol_for_plans_and_counts_for_guards(op: Op, symbol: str, removes: bool) -> None:
    assert (op.symbol, op.removes) == (symbol, removes)


def test_the_second_change_of_an_object_has_an_id_of_its_own() -> None:
    assert Change(Op.CREATE, Ref("queue", "q"), "Q").id == "queue/q"
    assert Change(Op.UPDATE, Ref("queue", "q"), "Q", part="members").id == "queue/q#members"


def test_a_fact_reads_like_a_mapping() -> None:
    fact = Fact("user", "ann", {"name": "Ann"}, Place("a.json", 2))

    assert [fact["name"], fact["key"], fact["kind"], fact["place"]] == ["Ann", "ann", "user", Place("a.json", 2)]
    assert fact.subject == "user/ann"
    with pytest.raises(KeyError):
        fact["email"]


def test_a_block_knows_all_its_fields() -> None:
    with pytest.raises(ValidationError):
        Block.model_validate({"key": "a", "protectd": True})
    assert Keys.model_validate({"mode": "additive"}) == Keys(mode=Mode.ADDITIVE)


def test_a_change_costs_one_request_unless_its_kind_knows_better() -> None:
    kind = Kind("x", "xs", Block, {}, (), *[lambda *_: None] * 4)  # type: ignore[arg-type] # an empty card

    assert kind.costs(Change(Op.CREATE, Ref("x", "a"), "a"), None) == 1  # type: ignore[arg-type] # it does not look
