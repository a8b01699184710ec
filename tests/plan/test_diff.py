"""What differs: operations, adoptions, what is never planned, and that a plan once carried out plans nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan.states import bound, desired, snapshot, there, told, wish

from reconciler.kinds import REGISTRY
from reconciler.kinds.rest import laid
from reconciler.model.change import Adoption, Change, FieldChange, Op
from reconciler.model.kind import Field
from reconciler.model.port import Binding
from reconciler.model.resource import UNKNOWN, Additive, Live, Proof, Ref, Resource, Snapshot, State
from reconciler.plan.diff import diff, fingerprint, mentioned, paths, refs_of


def changes(state: State, live: Snapshot, bindings: dict[Ref, Binding] | None = None) -> list[Change]:
    return diff(REGISTRY, state, live, bindings or {}).changes


# ── what a change is called ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_not_there_is_created() -> None:
    found = changes(desired(wish("division/t", name="Tokyo", description="")), snapshot())

    assert told(found) == ["create division/t name:''→'Tokyo'"]
    assert (found[0].reason, found[0].origin, found[0].name) == ("new", "m.yaml:1", "Tokyo")


def test_what_the_ledger_knows_but_is_gone_is_wanted_again() -> None:
    found = changes(desired(wish("division/t", name="Tokyo")), snapshot(), {Ref("division", "t"): Binding("1")})

    assert found[0].reason == "gone from Genesys Cloud, wanted again"


def test_a_new_queue_gets_its_members_by_a_second_change() -> None:
    state = desired(wish("queue/q", name="Q", members=Additive(frozenset({"b", "a"})), wrapup_codes=frozenset({"sale"})))

    assert told(changes(state, snapshot())) == [
        "create queue/q name:''→'Q' wrapup_codes.sale:False→True",
        "update queue/q#members members.a:False→True members.b:False→True",
    ]


RESTING = there("external_source/s", standing="inactive", name="S", active=False)


def test_what_a_manifest_wants_inactive_is_not_brought_back() -> None:
    found = diff(REGISTRY, desired(wish("external_source/s", name="S", active=False)), snapshot(RESTING), {})

    assert (found.changes, found.unchanged) == ([], 1)


@pytest.mark.parametrize("members", [frozenset(), Additive(frozenset())])
def test_a_new_queue_without_members_is_one_change(members: Any) -> None:
    assert [one.id for one in changes(desired(wish("queue/q", name="Q", members=members)), snapshot())] == ["queue/q"]


@pytest.mark.parametrize(
    ("live", "fields", "expected"),
    [
        (there("division/t", name="Tokyo"), {"name": "Tokio"}, "rename division/t name:'Tokyo'→'Tokio'"),
        (there("division/t", name="Tokyo"), {"name": "Tokyo", "description": "x"}, "update division/t description:''→'x'"),
        (there("division/t", "mark", name="Tokyo"), {"name": "Tokio"}, "rename division/t name:'Tokyo'→'Tokio'"),
        (there("division/t", "previously", name="Tokyo"), {"name": "Tokio"}, "rename division/t name:'Tokyo'→'Tokio'"),
        (there("division/t", "name", name="tokyo"), {"name": "Tokyo"}, "adopt division/t name:'tokyo'→'Tokyo'"),
        (there("division/t", "name", name="T"), {"name": "T", "description": "x"}, "adopt division/t description:''→'x'"),
        (there("user/t", name="Tarō"), {"name": "Taro"}, "update user/t name:'Tarō'→'Taro'"),
        (there("user/t", "mark", name="Tarō"), {"name": "Taro"}, "adopt user/t name:'Tarō'→'Taro'"),
        (there("user/t", standing="inactive", name="T"), {"name": "T"}, "restore user/t"),
        (RESTING, {"name": "S"}, "restore external_source/s"),
        (RESTING, {"name": "S", "active": True}, "restore external_source/s active:False→True"),
        (RESTING, {"name": "S", "active": False, "link": "x"}, "update external_source/s link:''→'x'"),
        (there("user/t", standing="deleted", name="T"), {"name": "U"}, "restore user/t name:'T'→'U'"),
        (there("skill/t", name="Old"), {"name": "New"}, "replace skill/t name:'Old'→'New'"),
    ],
)
def test_a_change_is_called_what_it_does(live: Live, fields: dict[str, Any], expected: str) -> None:
    assert told(changes(desired(wish(str(live.ref), **fields)), snapshot(live))) == [expected]


@pytest.mark.parametrize(("by", "adopted"), [("ledger", False), ("mark", True), ("name", True), ("previously", True)])
def test_what_is_as_wanted_is_unchanged_and_perhaps_adopted(by: str, adopted: bool) -> None:
    found = diff(REGISTRY, desired(wish("division/t", name="T")), snapshot(there("division/t", by, name="T")), {})

    assert (found.changes, found.unchanged) == ([], 1)
    assert found.adoptions == ([Adoption(Ref("division", "t"), "T", by)] if adopted else [])


# ── what is not planned ──────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_created_where_the_listing_is_not_complete() -> None:
    state = desired(wish("user/a", name="A", email="a@x"), wish("skill/s", name="S"))

    found = diff(REGISTRY, state, snapshot(doubts=["user"], warnings=("users: not read completely",)), {})

    assert [one.id for one in found.changes] == ["skill/s"]
    assert found.warnings == ["users: not read completely"]


def test_a_kind_that_was_not_asked_for_is_not_known_to_be_incomplete() -> None:
    assert [one.id for one in changes(desired(wish("skill/s", name="S")), Snapshot({}, {}, {}))] == ["skill/s"]


@pytest.mark.parametrize("standing", ["active", "inactive"])
def test_nothing_is_planned_on_what_was_not_read(standing: str) -> None:
    live = there("user/a", standing=standing, name="A", skills=UNKNOWN, languages=UNKNOWN)
    state = desired(wish("user/a", name="A", skills={"s": 1.0}, languages=Additive({"l": 1})))

    assert [field for one in changes(state, snapshot(live)) for field in one.fields] == []


@pytest.mark.parametrize(
    ("kind", "have", "want"),
    [("skill", "billing", "Billing"), ("language", "Strasse", "Straße")],
)
def test_a_name_that_cannot_change_may_differ_in_case(kind: str, have: str, want: str) -> None:
    found = diff(REGISTRY, desired(wish(f"{kind}/s", name=want)), snapshot(there(f"{kind}/s", "name", name=have)), {})

    assert found.changes == []
    assert [one.by for one in found.adoptions] == ["name"]
    case = f"{kind}/s: name is {have!r} in Genesys Cloud and differs from {want!r} in case only; it is left as it is"
    assert found.warnings == [case]


def test_what_cannot_change_is_told() -> None:
    live = there("secondary_status/l", labels={"en": "Lunch"}, system_presence="Meal")
    state = desired(wish("secondary_status/l", labels={"en": "Lunch"}, system_presence="Break"))

    found = diff(REGISTRY, state, snapshot(live), {})

    assert found.changes == []
    what = "secondary_status/l: system_presence is 'Meal' and cannot be changed to 'Break', Genesys Cloud has no call for it"
    assert found.warnings == [f"{what}; give the new one its own key"]


@pytest.mark.parametrize(
    ("name", "have", "want"),
    [
        ("email", "Ann@X.jp", "ann@x.jp"),
        ("phones", {"work": "+8131"}, {"work": "+81 (3)-1"}),
    ],
)
def test_two_ways_to_write_the_same_are_the_same(name: str, have: Any, want: Any) -> None:
    live = there("user/a", name="A", **{name: have})

    assert changes(desired(wish("user/a", name="A", **{name: want})), snapshot(live)) == []


def test_a_number_that_is_only_written_differently_is_not_in_a_change() -> None:
    live = there("user/a", name="A", phones={"work": "+8131", "home": "+1"})
    state = desired(wish("user/a", name="A", phones={"work": "+81 3 1", "home": "+2"}))

    assert told(changes(state, snapshot(live))) == ["update user/a phones.home:'+1'→'+2'"]


@pytest.mark.parametrize(("home", "have"), [("home", "home"), ("hq", "hq")])
def test_home_is_the_home_division_whatever_its_key(home: str, have: str) -> None:
    live = snapshot(there("user/a", name="A", division=have), home=home)

    assert changes(desired(wish("user/a", name="A", division="home")), live) == []


def test_a_null_division_is_the_home_division() -> None:
    live = snapshot(there("user/a", name="A", division="osaka"), home="hq")

    assert told(changes(desired(wish("user/a", name="A", division="home")), live)) == ["update user/a division:'osaka'→'hq'"]


def test_who_comes_back_is_given_the_kept_roles() -> None:
    live = there("user/a", name="A", standing="inactive")
    grants = '{"r2:d": "Lead", "r1:d": "Agent"}'

    found = changes(desired(wish("user/a", name="A")), snapshot(live), {live.ref: Binding("1", grants=grants)})

    assert told(found) == ["restore user/a roles.r1:d:None→'Agent' roles.r2:d:None→'Lead'"]
    assert told(changes(desired(wish("user/a", name="A")), snapshot(live), {live.ref: Binding("1")})) == ["restore user/a"]


@pytest.mark.parametrize(
    ("grants", "expected"), [("", []), ("{}", []), ('{"r:d": "Lead"}', ["restore user/a roles.r:d:None→'Lead'"])]
)
def test_who_came_back_without_the_kept_roles_is_given_them(grants: str, expected: list[str]) -> None:
    """A run may end between the two requests that bring somebody back."""
    live = there("user/a", name="A")

    found = changes(desired(wish("user/a", name="A")), snapshot(live), {live.ref: Binding("1", grants=grants)})

    assert told(found) == expected
    assert all(one.reason == "came back without the roles that went when it left" for one in found)


# ── strays ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_strays_are_ours_and_named_by_no_manifest() -> None:
    live = snapshot(
        there("user/bound"),
        there("user/marked", "mark"),
        there("user/adopted", "name"),
        there("division/home", "mark"),
        there("user/wanted"),
    )
    bindings = {Ref("user", key): Binding(key) for key in ("bound", "gone", "wanted")}

    found = diff(REGISTRY, desired(wish("user/wanted", name="wanted")), live, bindings)

    assert found.strays == [Ref("user", "bound"), Ref("user", "marked")]


# ── single values ────────────────────────────────────────────────────────────────────────────────────────────────────

NESTED = Field({}, nested=True)


@pytest.mark.parametrize(
    ("spec", "before", "after", "expected"),
    [
        (Field(), "a", "b", [("x", "a", "b")]),
        (Field(), "a", "a", []),
        (Field(frozenset()), frozenset("bc"), frozenset("ca"), [("x.a", False, True), ("x.b", True, False)]),
        (Field({}), {"b": 1, "c": 2}, {"a": 1, "b": 2, "c": 2}, [("x.a", None, 1), ("x.b", 1, 2)]),
        (Field({}), {"b": 1}, {}, [("x.b", 1, None)]),
        (NESTED, {"a": {"b": 1}}, {"a": {"b": 1.0}}, []),
        (NESTED, {"a": {"b": 1}}, {"a": {"b": 2, "c": True}}, [("x.a.b", 1, 2), ("x.a.c", None, True)]),
        (NESTED, {}, {"a": {"b": {"c": 1, "d": 2}}}, [("x.a.b.c", None, 1), ("x.a.b.d", None, 2)]),
        (NESTED, {"a": None}, {"a": {"b": 1}}, [("x.a.b", None, 1)]),
        (NESTED, {"a": {"b": "s"}}, {"a": {"b": 5}}, [("x.a.b", "s", 5)]),
        (NESTED, {"a": {"b": 1}}, {}, [("x.a.b", 1, None)]),
    ],
)
def test_a_difference_is_told_value_by_value(spec: Field, before: Any, after: Any, expected: list[tuple[str, Any, Any]]) -> None:
    found = [(".".join(one.path), one.before, one.after) for one in paths("x", spec, before, after)]

    assert found == expected


def test_a_fingerprint_does_not_depend_on_order() -> None:
    one = {"members": frozenset({"a", "b"}), "skills": {"x": 1, "y": {"z": 2}}, "unread": UNKNOWN}
    other = {"unread": UNKNOWN, "skills": {"y": {"z": 2}, "x": 1}, "members": frozenset({"b", "a"})}

    assert fingerprint(one) == fingerprint(other)
    assert fingerprint({}) != fingerprint(one) != fingerprint({**one, "members": frozenset({"a"})})


def test_a_fingerprint_tells_how_somebody_stands() -> None:
    def seal(standing: str) -> str:
        return changes(desired(wish("user/a", name="B")), snapshot(there("user/a", name="A", standing=standing)))[0].fingerprint

    assert len({seal(standing) for standing in ("active", "inactive", "deleted")}) == 3
    assert seal("active") == fingerprint({"name": "A"})  # as plans of format 1.0 have it


def test_a_fingerprint_is_of_managed_fields_alone() -> None:
    def print_of(**fields: Any) -> str:
        live = there("user/a", name="A", **fields)
        return changes(desired(wish("user/a", name="B")), snapshot(live))[0].fingerprint

    assert print_of() == print_of(title="x")


# ── references ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_refers_to_what_its_new_values_name() -> None:
    fields = (
        FieldChange(("manager",), "old", "boss"),
        FieldChange(("division",), "tokyo", ""),
        FieldChange(("skills", "a"), None, 0),
        FieldChange(("skills", "b"), 1.0, None),
        FieldChange(("languages", "c"), None, 0.0),
        FieldChange(("title",), "", "x"),
        FieldChange(("roles", "x"), None, "Agent"),
    )
    one = Change(Op.UPDATE, Ref("user", "a"), "A", fields)

    assert list(refs_of(REGISTRY, one)) == [Ref("user", "boss"), Ref("skill", "a"), Ref("language", "c")]
    assert set(mentioned(REGISTRY, one)) == {
        Ref("user", "boss"), Ref("user", "old"), Ref("division", "tokyo"),
        Ref("skill", "a"), Ref("skill", "b"), Ref("language", "c"),
    }  # fmt: skip


def test_a_member_who_leaves_is_not_referred_to() -> None:
    fields = (FieldChange(("members", "a"), before=True, after=False), FieldChange(("members", "b"), before=False, after=True))

    assert list(refs_of(REGISTRY, Change(Op.UPDATE, Ref("queue", "q"), "Q", fields))) == [Ref("user", "b")]


# ── any state and any wish ───────────────────────────────────────────────────────────────────────────────────────────

KEYS = st.sampled_from(["a", "b", "c", "d.e", "~f"])
TEXTS = st.sampled_from(["", "x", "X", "ß", "東京"])
NAMES = st.sampled_from(["x", "X", "ß", "東京"])
LEVELS = st.dictionaries(KEYS, st.sampled_from([0, 1.0, 2.5, 5]), max_size=3)
SETS = st.frozensets(KEYS, max_size=4)
MEDIA = st.dictionaries(
    st.sampled_from(["call", "chat"]),
    st.fixed_dictionaries(
        {},
        optional={
            "alerting_seconds": st.integers(7, 9),
            "auto_answer": st.booleans(),
            "service_level": st.fixed_dictionaries(
                {}, optional={"percentage": st.just(0.8), "seconds": st.sampled_from([5, 5.0, 9])}
            ),
        },
    ),
    max_size=2,
)
LABELS = st.dictionaries(st.sampled_from(["en", "ja"]), TEXTS, min_size=1)
PHONES = st.dictionaries(st.sampled_from(["work", "home"]), st.sampled_from(["+81 3", "+813", "+4"]), max_size=2)
FIELDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "division": {"name": NAMES, "description": TEXTS},
    "skill": {"name": NAMES, "division": KEYS},
    "secondary_status": {"labels": LABELS, "system_presence": st.sampled_from(["Meal", "Break"]), "division": KEYS},
    "presence_source": {"name": NAMES, "primary": st.booleans()},
    "user": {
        "name": NAMES,
        "email": st.sampled_from(["a@x", "A@x", "b@x"]),
        "division": KEYS,
        "manager": st.just("") | KEYS,
        "phones": PHONES,
        "skills": LEVELS,
        "languages": LEVELS,
    },
    "queue": {"name": NAMES, "division": KEYS, "description": TEXTS, "media": MEDIA, "wrapup_codes": SETS, "members": SETS},
}
MODED = {"skills", "languages", "members", "wrapup_codes"}


@st.composite
def lives(draw: st.DrawFn, kind: str, key: str) -> Live:
    fields = {name: draw(values) for name, values in FIELDS[kind].items()}
    fields |= {name: UNKNOWN for name in sorted(MODED & set(fields)) if draw(st.integers(0, 4)) == 0}
    by = draw(st.sampled_from(["ledger", "mark", "previously"]))  # who is known by name has that name
    return there(f"{kind}/{key}", by, draw(st.sampled_from(["active", "active", "inactive"])), **fields)


@st.composite
def wished(draw: st.DrawFn, kind: str, key: str) -> Resource:
    fields: dict[str, Any] = {}
    for name, values in FIELDS[kind].items():
        if name != "name" and draw(st.booleans()):
            continue
        value = draw(values)
        fields[name] = Additive(value) if name in MODED and draw(st.booleans()) else value
    return wish(f"{kind}/{key}", **fields)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[State, Snapshot]:
    refs = draw(st.lists(st.tuples(st.sampled_from(sorted(FIELDS)), st.sampled_from("ab")), max_size=3, unique=True))
    roles = [draw(st.sampled_from(["both", "both", "wish", "live"])) for _ in refs]
    objects = [draw(lives(*ref)) for ref, role in zip(refs, roles, strict=True) if role != "wish"]
    resources = [draw(wished(*ref)) for ref, role in zip(refs, roles, strict=True) if role != "live"]
    doubts = draw(st.sets(st.sampled_from(sorted(FIELDS)), max_size=2))
    return desired(*resources), snapshot(*objects, doubts=doubts, home=draw(st.sampled_from(["home", "a"])))


EMPTY_NAME = {kind: {"name": ""} for kind in FIELDS if "name" in FIELDS[kind]}


def carried_out(live: Snapshot, found: list[Change]) -> Snapshot:
    """The live state after every change, as the service would keep it."""
    objects = dict(live.live)
    for one in found:
        before = objects.get(one.ref) or there(str(one.ref), **EMPTY_NAME.get(one.ref.kind, {}))
        fields = laid(before.fields, one.fields)
        objects[one.ref] = replace(
            before, fields=fields, name=str(fields.get("name", before.name)), standing="active", by="ledger"
        )
    return replace(live, live=objects)


@given(worlds())
def test_a_plan_that_was_carried_out_plans_nothing(world: tuple[State, Snapshot]) -> None:
    state, live = world

    after = carried_out(live, changes(state, live))

    assert told(changes(state, after)) == []


@given(worlds())
def test_carrying_out_gives_what_was_wished_and_touches_nothing_else(world: tuple[State, Snapshot]) -> None:
    state, live = world

    after = carried_out(live, changes(state, live)).live

    for ref, there_now in after.items():
        before = live.live.get(ref)
        asked = state.resources[ref].fields if ref in state.resources else {}
        for name, spec in REGISTRY[ref.kind].fields.items():
            had, has = before.fields[name] if before else spec.empty, there_now.fields[name]
            if name not in asked or had is UNKNOWN:
                assert has == had
            elif isinstance(asked[name], Additive):
                assert has == had | asked[name].items
            elif not spec.nested and not spec.fixed:
                wanted = live.home if spec.refers == "division" and asked[name] == "home" else asked[name]
                assert has == wanted or (spec.same and spec.same(has) == spec.same(wanted))


@given(worlds())
def test_additive_never_takes_away(world: tuple[State, Snapshot]) -> None:
    state, live = world

    for one in changes(state, live):
        for field in one.fields:
            wanted = state.resources[one.ref].fields[field.path[0]]
            assert not isinstance(wanted, Additive) or field.after not in {None, False} or field.after == 0 != field.before


@given(worlds())
def test_incomplete_kinds_get_nothing_new(world: tuple[State, Snapshot]) -> None:
    state, live = world

    made = {one.ref.kind for one in changes(state, live) if one.op is Op.CREATE}

    assert all(live.proofs[kind].complete for kind in made)


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_what_comes_in_does_not_show(world: tuple[State, Snapshot], random: Any) -> None:
    state, live = world

    def shuffled(mapping: Any) -> dict[Any, Any]:
        pairs = list(mapping.items())
        random.shuffle(pairs)
        return dict(pairs)

    resources = {ref: one._replace(fields=shuffled(one.fields)) for ref, one in shuffled(state.resources).items()}
    objects = {ref: replace(one, fields=shuffled(one.fields)) for ref, one in shuffled(live.live).items()}

    first = diff(REGISTRY, state, live, bound(*live.live.values()))
    second = diff(REGISTRY, State(resources), replace(live, live=objects), shuffled(bound(*live.live.values())))

    assert (second.changes, second.adoptions, second.strays) == (first.changes, first.adoptions, first.strays)
    assert second.warnings == first.warnings


@given(worlds())
def test_every_wish_is_counted_once(world: tuple[State, Snapshot]) -> None:
    state, live = world

    found = diff(REGISTRY, state, live, {})

    unread = [ref for ref in state.resources if ref not in live.live and not live.proofs.get(ref.kind, Proof()).complete]
    assert found.unchanged + len({one.ref for one in found.changes}) + len(unread) == len(state.resources)
