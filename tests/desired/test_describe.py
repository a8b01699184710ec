"""A live organisation described: keys, what is left out, and why."""

from __future__ import annotations

from typing import Any

from reconciler.desired.describe import Described, describe
from reconciler.desired.validate import load
from reconciler.desired.write import write
from reconciler.kinds import REGISTRY
from reconciler.model.kind import Options
from reconciler.model.resource import UNKNOWN, Additive, Live, Proof, Ref, Snapshot

KINDS = list(REGISTRY.values())


def thing(kind: str, key: str, *, by: str = "ledger", mark: str = "", standing: str = "active", **fields: Any) -> Live:
    """A live object; strangers (`by` empty) have `~` and their name as key, as reading gives them."""
    empties = {name: spec.empty for name, spec in REGISTRY[kind].fields.items()}
    values = {**empties, "name": key, **fields}
    if kind == "user":
        values.setdefault("email", "")
        values["email"] = values["email"] or f"{key}@x.jp"
    ref = Ref(kind, key if by in {"ledger", "mark"} else f"~{key}")
    name = REGISTRY[kind].called(values)
    return Live(ref, f"id-{ref.key}", name, {one: values[one] for one in empties}, standing, by=by, mark=mark)


def described(*lives: Live, **more: Any) -> Described:
    snapshot = Snapshot({one.ref: one for one in lives}, {one.ref: one.id for one in lives}, more.pop("proofs", {}), **more)
    return describe(KINDS, snapshot, Options("acme"))


def said(found: Described) -> dict[str, dict[str, Any]]:
    return {str(ref): dict(one.fields) for ref, one in found.state.resources.items()}


def test_empty_values_are_left_out_but_members() -> None:
    found = described(thing("user", "u1", title="Agent"), thing("queue", "q1"))

    assert said(found) == {
        "queue/q1": {"name": "q1", "members": frozenset()},
        "user/u1": {"name": "u1", "email": "u1@x.jp", "title": "Agent"},
    }


def test_strangers_are_called_by_their_names_and_people_by_their_address() -> None:
    found = described(
        thing("skill", "Billing", by=""),
        thing("user", "Taro", by="", email="taro@x.jp", skills={"~Billing": 3.0}),
        thing("queue", "Q", by="", members=frozenset({"~Taro"})),
    )

    assert said(found)["user/taro@x.jp"]["skills"] == {"Billing": 3.0}
    assert said(found)["queue/Q"]["members"] == {"taro@x.jp"}
    assert found.warnings == []


def test_a_key_that_is_taken_gets_a_number() -> None:
    found = described(thing("queue", "Sales", name="Other"), thing("queue", "Sales", by=""))

    assert sorted(said(found)) == ["queue/Sales", "queue/Sales (2)"]
    assert said(found)["queue/Sales"]["name"] == "Other"


def test_names_no_key_may_be_become_keys_that_may() -> None:
    names = ["~odd", "*", "~", "home"]
    found = described(*(thing("division", name, by="") for name in names))

    assert sorted(said(found)) == ["division/division", "division/division *", "division/division home", "division/odd"]
    texts = {one.path: one.text.encode() for one in write(KINDS, found.state, "acme")}
    assert len(load(texts, KINDS)[0].resources) == 4


def test_the_order_in_which_objects_are_read_changes_nothing() -> None:
    lives = [thing("queue", "Sales", name="Other"), *(thing("queue", name, by="") for name in ("Sales", "~Sales", "A"))]

    assert said(described(*lives)) == said(described(*reversed(lives)))


def test_strangers_of_one_name_are_left_out() -> None:
    found = described(thing("skill", "Billing", by=""), thing("skill", "billing", by=""), thing("skill", "ours", name="BILLING"))

    assert list(said(found)) == ["skill/ours"]
    assert "skill 'Billing' (id-~Billing) is left out: 'BILLING' (id-ours) is called the same" in found.warnings[0]


def test_somebody_elses_twin_counts_and_is_not_described() -> None:
    found = described(thing("presence_source", "A", by="foreign"), thing("presence_source", "a", by=""))

    assert said(found) == {}
    assert found.foreign == {"presence_source": 1}


def test_a_mark_that_tells_no_key_becomes_a_former_key() -> None:
    found = described(thing("queue", "Sales", by="", mark="0b5e…"))

    assert found.state.resources[Ref("queue", "Sales")].previously == ("0b5e…",)


def test_the_mark_of_another_object_cannot_be_described() -> None:
    found = described(thing("queue", "q1", by="mark", mark="q1"), thing("queue", "Copy", by="", mark="q1"))

    assert list(said(found)) == ["queue/q1"]
    assert "carries the mark 'q1' of another one" in found.warnings[0]


def test_inactive_objects_are_counted() -> None:
    found = described(thing("user", "u1", standing="inactive"), thing("presence_source", "p", standing="inactive"))

    assert (said(found), found.inactive) == ({}, {"user": 1, "presence_source": 1})


def test_a_collection_that_loses_somebody_only_adds() -> None:
    found = described(
        thing("user", "u1"),
        thing("user", "u2", standing="inactive"),
        thing("queue", "q1", members=frozenset({"u1", "u2"})),
        thing("queue", "q2", members=frozenset({"u2"})),
    )

    assert said(found)["queue/q1"]["members"] == Additive(frozenset({"u1"}))
    assert "members" not in said(found)["queue/q2"]
    assert found.warnings == [
        "queue/q1 members: 'u2' is not exported; the rest is only added to",
        "queue/q2 members: 'u2' is not exported; the field is left out",
    ]


def test_unknown_values_are_left_out() -> None:
    assert "members" not in said(described(thing("queue", "q1", members=UNKNOWN)))["queue/q1"]


def test_a_kind_that_was_not_read_is_left_out_with_its_references() -> None:
    lives = (thing("skill", "s1"), thing("user", "u1", skills={"s1": 1.0}))

    found = described(*lives, proofs={"skill": Proof(complete=False, reason="cut")})

    assert said(found) == {"user/u1": {"name": "u1", "email": "u1@x.jp"}}
    assert found.warnings[0] == "skills are left out, and so is every reference to them"


def test_the_home_division_is_always_called_home() -> None:
    home = Live(Ref("division", "main"), "h", "Main", {"name": "Main", "description": ""}, mark="home")
    snapshot = Snapshot(
        {home.ref: home, Ref("queue", "q"): thing("queue", "q", division="main")},
        {home.ref: "h", Ref("division", "home"): "h"},
        {},
        home="main",
    )

    found = describe(KINDS, snapshot, Options("acme"))

    assert said(found) == {"queue/q": {"name": "q", "division": "home", "members": frozenset()}}


def test_a_value_no_manifest_may_hold_is_left_out_alone() -> None:
    found = described(
        thing("queue", "q1", media={"call": {"alerting_seconds": 3, "auto_answer": True}, "chat": {"alerting_seconds": 1}})
    )

    assert said(found)["queue/q1"]["media"] == {"call": {"auto_answer": True}}
    assert "queue/q1 media.call.alerting_seconds is left out, no manifest may say so" in found.warnings[0]


def test_an_object_without_what_it_needs_is_left_out() -> None:
    found = described(
        thing("secondary_status", "s1", labels={"en_US": "Lunch"}, system_presence="Napping"),
        thing("skill", "a\nb", by=""),
        thing("user", "u1", email="no address"),
    )

    assert said(found) == {}
    assert [one.split(" is left out")[0] for one in found.warnings] == [
        r"skill 'a\nb' (id-~a" + "\n" + "b)",
        "secondary_status 'Lunch' (id-s1)",
        "user 'u1' (id-u1)",
    ]


def test_a_text_no_manifest_may_hold_is_left_out() -> None:
    found = described(thing("user", "u1", title="\b"), thing("queue", "q1", description="two\nlines"))

    assert "title" not in said(found)["user/u1"]
    assert said(found)["queue/q1"]["description"] == "two\nlines"
    assert found.warnings == ["user/u1 title is left out, no manifest may say so: it holds a control character"]
