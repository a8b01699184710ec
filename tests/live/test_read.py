"""Genesys Cloud read into a Snapshot: in the order of references, by as few requests as possible, and with its doubts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from live.desk import HOME, Desk, centre, look, wish

from reconciler.errors import InputError, NotFound
from reconciler.kinds import REGISTRY
from reconciler.kinds.presence_source import PRIMARY
from reconciler.live.read import tiers
from reconciler.model.kind import Options
from reconciler.model.resource import UNKNOWN, Proof, Ref

PURECLOUD = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
ANN, Q = Ref("user", "ann"), Ref("queue", "q")
TOKYO = {"id": "d1", "name": "Tokyo"}
BILLING = {"id": "s1", "name": "Billing"}


def user(key: str, **more: Any) -> dict[str, Any]:
    return {"id": f"u-{key}", "name": key.title(), "email": f"{key}@x", "version": 1, "skills": [], "languages": [], **more}


def queue(key: str, **more: Any) -> dict[str, Any]:
    return {"id": f"q-{key}", "name": key.upper(), **more}


def marked(key: str, authority: str = "acme") -> dict[str, Any]:
    return {"id": f"u-{key}", PURECLOUD: {"externalIds": [{"authority": authority, "value": key}]}}


BOUND = {"user/ann": "u-ann", "user/bob": "u-bob", "skill/billing": "s1", "division/tokyo": "d1", "queue/q": "q-q"}


# ── order ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_kinds_are_read_after_those_they_refer_to() -> None:
    names = [[kind.name for kind in tier] for tier in tiers(list(REGISTRY.values()))]

    assert names == [
        ["division", "language", "presence_source", "external_source"],
        ["skill", "wrapup_code", "secondary_status"],
        ["user"],
        ["queue"],
    ]


def test_kinds_without_their_targets_can_be_read() -> None:
    assert [[kind.name for kind in tier] for tier in tiers([REGISTRY["user"], REGISTRY["queue"]])] == [["user"], ["queue"]]
    assert tiers([]) == []


def test_an_empty_organisation_costs_one_request_per_listing() -> None:
    desk = centre()

    live = look(desk)

    assert len(desk.asked) == len(set(desk.asked)) == 13 + 1
    assert all(proof == Proof() for proof in live.proofs.values())
    assert list(live.live) == [Ref("division", "home")]


# ── ids become keys ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_references_are_told_by_key() -> None:
    desk = centre(
        divisions=[HOME, TOKYO],
        skills=[{**BILLING, "division": {"id": "d1"}}],
        languages=[{"id": "l1", "name": "JA"}],
        users=[
            user(
                "ann",
                division={"id": "d1"},
                manager={"id": "u-bob"},
                skills=[{"id": "s1", "proficiency": 4.0}],
                languages=[{"id": "l1", "proficiency": 5}],
            ),
            user("bob", division={"id": "d0"}),
        ],
    )

    live = look(desk, bound={**BOUND, "language/ja": "l1"}).live

    assert live[Ref("skill", "billing")].fields["division"] == "tokyo"
    ann = live[ANN].fields
    assert (ann["division"], ann["manager"]) == ("tokyo", "bob")
    assert (ann["skills"], ann["languages"]) == ({"billing": 4.0}, {"ja": 5})
    assert live[Ref("user", "bob")].fields["division"] == "home"


def test_objects_of_nobody_have_keys_that_say_so() -> None:
    desk = centre(
        skills=[BILLING, {"id": "s2", "name": "Billing"}], users=[user("ann", skills=[{"id": "s2", "proficiency": 1.0}])]
    )

    live = look(desk, bound={"user/ann": "u-ann"})

    assert live.ids[Ref("skill", "~Billing")] == "s1"
    assert live.ids[Ref("skill", "~Billing (s2)")] == "s2"
    assert live.live[ANN].fields["skills"] == {"~Billing (s2)": 1.0}
    assert Ref("skill", "~Billing") not in live.live


def test_what_no_listing_shows_can_still_be_written_back() -> None:
    """A member who was deleted, a skill in a division that is not ours to see: their ids stand behind their keys."""
    desk = centre(
        users=[user("ann", division={"id": "d9"}, manager={"id": "u9"}, skills=[{"id": "s9", "proficiency": 1.0}])],
        queues=[queue("q")],
    )
    desk = replace(desk, pages_of={**desk.pages_of, "/api/v2/routing/queues/q-q/members?memberBy=user": [[{"id": "u8"}]]})

    live = look(desk, wish("queue/q", name="Q", members=frozenset()), bound=BOUND)

    ann = live.live[ANN].fields
    assert (ann["division"], ann["manager"], ann["skills"]) == ("~d9", "~u9", {"~s9": 1.0})
    assert live.live[Q].fields["members"] == {"~u8"}
    known = {str(ref): one for ref, one in live.ids.items() if ref.key in {"~d9", "~u9", "~s9", "~u8"}}
    assert known == {"division/~d9": "d9", "user/~u9": "u9", "skill/~s9": "s9", "user/~u8": "u8"}


def test_an_object_that_stands_on_two_pages_is_one() -> None:
    desk = centre(users=[[user("ann", title="old")], [user("ann", title="new")]])

    live = look(desk, bound=BOUND)

    assert [str(ref) for ref in live.live if ref.kind == "user"] == ["user/ann"]
    assert live.live[ANN].fields["title"] == "new"


def test_what_cannot_be_managed_is_not_read_in() -> None:
    live = look(centre(sources=[{"id": "p1", "name": "Genesys", "type": "System"}], skills=[{**BILLING, "state": "deleted"}]))

    assert not [ref for ref in live.ids if ref.kind in {"presence_source", "skill"}]


def test_the_setting_of_a_kind_is_read_once() -> None:
    desk = replace(centre(sources=[{"id": "p1", "name": "A"}, {"id": "p2", "name": "B"}]), answers={})
    desk.answers = {"GET /api/v2/presence/settings": {PRIMARY: "p2"}}

    live = look(desk, bound={"presence_source/a": "p1", "presence_source/b": "p2"}).live

    assert [live[Ref("presence_source", key)].fields["primary"] for key in "ab"] == [False, True]
    assert len(desk.asked_for("settings")) == 1


# ── the home division ────────────────────────────────────────────────────────────────────────────────────────────────


def test_home_is_home_whatever_it_is_called() -> None:
    live = look(centre(divisions=[{"id": "d0", "name": "本社", "homeDivision": True}]))

    assert (live.home, live.ids[Ref("division", "home")]) == ("home", "d0")
    assert live.live[Ref("division", "home")].name == "本社"


def test_home_may_have_a_key_of_ours() -> None:
    live = look(centre(users=[user("ann", division={"id": "d0"})]), bound={"division/hq": "d0", "user/ann": "u-ann"})

    assert live.home == "hq"
    assert live.live[ANN].fields["division"] == "hq"
    assert live.ids[Ref("division", "home")] == live.ids[Ref("division", "hq")] == "d0"


def test_a_manifest_cannot_take_the_home_division_by_name() -> None:
    with pytest.raises(InputError, match=r"m.yaml:1 division/hq: has the name of the home division; drop this block"):
        look(centre(), wish("division/hq", name="HOME"))


def test_an_organisation_whose_home_does_not_show_is_read_all_the_same() -> None:
    live = look(centre(divisions=[TOKYO]))

    assert (live.home, Ref("division", "home") in live.ids) == ("home", False)


# ── completeness ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("half", ["/api/v2/users?state=active", "/api/v2/users?state=inactive"])
def test_a_kind_is_complete_when_all_its_listings_are(half: str) -> None:
    live = look(replace(centre(), doubts=frozenset({half})))

    assert live.proofs["user"] == Proof(complete=False, reason="page 2 did not come")
    assert live.proofs["queue"].complete
    assert live.warnings == ("users: not read completely (page 2 did not come); nothing of it is created or removed",)


@pytest.mark.parametrize(
    ("allowed", "complete"), [({"allDivsPermitted": True}, True), ({"allDivsPermitted": False}, False), ({}, False)]
)
def test_what_may_be_pruned_must_be_seen_in_all_divisions(allowed: dict[str, Any], complete: bool) -> None:
    desk = centre()
    desk.answers = {"GET /api/v2/authorization/divisionspermitted/paged/me": allowed}

    live = look(desk, pruned=frozenset({"queue"}))

    assert live.proofs["queue"].complete is complete
    assert len(desk.asked_for("divisionspermitted")) == 1


def test_what_is_not_pruned_need_not_be_seen_everywhere() -> None:
    desk = centre()

    look(desk)

    assert desk.asked_for("divisionspermitted") == []


# ── details ──────────────────────────────────────────────────────────────────────────────────────────────────────────

MEMBERS, CODES = "/api/v2/routing/queues/q-q/members?memberBy=user", "/api/v2/routing/queues/q-q/wrapupcodes"


def with_members(**more: Any) -> Desk:
    desk = centre(users=[user("ann"), user("bob")], codes=[{"id": "c1", "name": "Sale"}], queues=[queue("q", **more), queue("r")])
    pages = {
        MEMBERS: [[{"id": "u-ann"}], [{"id": "u-bob", "memberBy": "user"}, {"id": "u9", "memberBy": "group"}]],
        CODES: [[{"id": "c1"}]],
    }
    return replace(desk, pages_of={**desk.pages_of, **pages})


def test_members_are_read_for_queues_that_manage_them() -> None:
    desk = with_members()

    live = look(desk, wish("queue/q", name="Q", members=frozenset()), bound={**BOUND, "queue/r": "q-r"}).live

    assert live[Q].fields["members"] == {"ann", "bob"}
    assert live[Q].fields["wrapup_codes"] is UNKNOWN
    assert live[Ref("queue", "r")].fields["members"] is UNKNOWN
    assert desk.asked_for("q-q") == [MEMBERS, MEMBERS]


def test_a_queue_that_manages_nothing_of_it_is_not_asked() -> None:
    desk = with_members()

    look(desk, wish("queue/q", name="Q"), bound=BOUND)

    assert desk.asked_for("q-q") == []


def test_codes_of_nobody_have_a_key_too() -> None:
    live = look(with_members(), wish("queue/q", name="Q", wrapup_codes=frozenset()), bound=BOUND).live

    assert live[Q].fields["wrapup_codes"] == {"~Sale"}


def test_a_queue_that_counts_no_members_is_not_asked() -> None:
    desk = with_members(userMemberCount=0)

    live = look(desk, wish("queue/q", name="Q", members=frozenset(), wrapup_codes=frozenset()), bound=BOUND).live

    assert live[Q].fields["members"] == frozenset()
    assert desk.asked_for("q-q") == [CODES]


@pytest.mark.parametrize(("count", "known"), [(None, True), (1, True), (2, True), (3, False)])
def test_fewer_members_than_the_queue_counts_are_not_all(count: int | None, known: bool) -> None:
    live = look(with_members(userMemberCount=count), wish("queue/q", name="Q", members=frozenset()), bound=BOUND)

    assert (live.live[Q].fields["members"] is not UNKNOWN) is known
    assert bool(live.warnings) is not known


def test_members_that_were_not_read_to_their_end_stay_unknown() -> None:
    desk = replace(with_members(), doubts=frozenset({MEMBERS}))

    live = look(desk, wish("queue/q", name="Q", members=frozenset()), bound=BOUND)

    assert live.live[Q].fields["members"] is UNKNOWN
    assert live.warnings == ("queue/q members: not read completely (page 2 did not come); left alone",)


def test_members_of_strays_are_read_where_queues_are_emptied() -> None:
    live = look(with_members(), bound=BOUND, leaving=frozenset({"queue"})).live

    assert live[Q].fields["members"] == {"ann", "bob"}
    assert live[Q].fields["wrapup_codes"] is UNKNOWN


def test_only_what_is_asked_for_is_read_in_detail() -> None:
    wishes = [wish(f"queue/{key}", name=key.upper(), members=frozenset()) for key in "qr"]
    desk = with_members()

    look(desk, *wishes, bound={**BOUND, "queue/r": "q-r"}, only=frozenset({Ref("queue", "r")}))

    assert desk.asked_for("q-q") == []
    assert len(desk.asked_for("q-r/members")) == 1


SKILLS = "/api/v2/users/u-ann/routingskills"


def test_skills_that_did_not_come_are_asked_for() -> None:
    desk = centre(skills=[BILLING], users=[user("ann", skills=None), user("bob", skills=None)])
    desk = replace(
        desk, pages_of={**desk.pages_of, SKILLS: [[{"id": "s1", "proficiency": 2.5}, {"id": "s2", "state": "deleted"}]]}
    )

    live = look(desk, wish("user/ann", name="Ann", skills={}), wish("user/bob", name="Bob"), bound=BOUND).live

    assert live[ANN].fields["skills"] == {"billing": 2.5}
    assert live[Ref("user", "bob")].fields["skills"] is UNKNOWN
    assert desk.asked_for("/routingskills") == [SKILLS]


def test_skills_that_came_are_not_asked_for_again() -> None:
    desk = centre(users=[user("ann")])

    look(desk, wish("user/ann", name="Ann", skills={}, languages={}), bound=BOUND)

    assert desk.asked_for("u-ann") == []


def test_skills_that_did_not_come_at_all_stay_unknown() -> None:
    desk = replace(centre(users=[user("ann", skills=None)]), doubts=frozenset({SKILLS}))

    live = look(desk, wish("user/ann", name="Ann", skills={}), bound=BOUND)

    assert live.live[ANN].fields["skills"] is UNKNOWN
    assert live.warnings == ("user/ann skills: not read completely (page 2 did not come); left alone",)


def test_an_error_in_a_detail_ends_the_reading() -> None:
    async def failing(listing: Any, take: Any) -> Any:
        if "members" in listing.path:
            raise NotFound("GET", 404, "gone", "gone")
        return await type(desk).pages(desk, listing, take)

    desk = with_members()
    desk.pages = failing  # type: ignore[method-assign] # one answer is an error
    wishes = [wish(f"queue/{key}", name=key.upper(), members=frozenset(), wrapup_codes=frozenset()) for key in "qr"]

    with pytest.raises(NotFound):
        look(desk, *wishes, bound={**BOUND, "queue/r": "q-r"}, workers=1)


# ── marks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def crowd(count: int, **more: Any) -> Desk:
    return centre(users=[user(f"n{number}") for number in range(count)], **more)


def newcomers(count: int) -> list[Any]:
    return [wish(f"user/new{number}", name="New", email=f"new{number}@x") for number in range(count)]


@pytest.mark.parametrize(
    ("there", "new", "single", "bulk"),
    [(100, 0, 0, 0), (100, 4, 4, 0), (100, 5, 0, 2), (24, 1, 0, 2), (25, 1, 1, 0), (0, 5, 0, 0)],
)
def test_marks_are_asked_one_by_one_or_in_bulk_by_what_is_cheaper(there: int, new: int, single: int, bulk: int) -> None:
    desk = crowd(there)

    look(desk, *newcomers(new))

    assert (len(desk.asked_for("/users/externalid/")), len(desk.asked_for("scim"))) == (single, bulk)


def test_nobody_is_asked_for_marks_when_the_ledger_knows_all() -> None:
    desk = centre(users=[user("ann")])

    look(desk, wish("user/ann", name="Ann", email="ann@x"), bound=BOUND)

    assert desk.asked_for("externalid") == desk.asked_for("scim") == []


def test_a_person_found_by_one_mark_is_ours() -> None:
    desk = crowd(30)
    desk.answers = {"GET /api/v2/users/externalid/acme/new0": {"id": "u-n7"}}

    live = look(desk, *newcomers(1)).live

    assert (live[Ref("user", "new0")].id, live[Ref("user", "new0")].by) == ("u-n7", "mark")


def test_marks_of_everybody_are_read_before_a_name_is_trusted() -> None:
    desk = crowd(100, marks=[marked("n7", "other")])

    live = look(desk, wish("user/x", name="N7", email="N7@x")).live

    assert len(desk.asked_for("scim")) == 2
    assert (live[Ref("user", "x")].id, live[Ref("user", "x")].by) == ("u-n7", "name")


def test_marks_that_were_not_read_to_their_end_let_nobody_be_adopted() -> None:
    desk = centre(users=[user("ann"), user("bob"), user("eve")], marks=[marked("bob")])
    desk = replace(desk, doubts=frozenset({"/api/v2/scim/v2/users"}))
    wishes = [wish(f"user/{key}", name=key.title(), email=f"{key}@x") for key in ("ann", "bob", "eve", "new")]

    live = look(desk, *wishes, bound={"user/eve": "u-eve"})

    assert {ref.key: one.by for ref, one in live.live.items() if ref.kind == "user"} == {"bob": "mark", "eve": "ledger"}
    assert not live.proofs["user"].complete
    assert live.warnings == (
        "users: their marks were not read completely (page 2 did not come); nothing of it is created, adopted or removed",
    )


def test_whoever_carries_our_mark_is_ours_even_if_no_manifest_names_them() -> None:
    desk = centre(users=[user("ann"), user("bob")], marks=[marked("bob")])

    live = look(desk, wish("user/ann", name="Ann", email="ann@x")).live

    assert live[Ref("user", "bob")].by == "mark"


# ── whose is what ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_binding_goes_to_the_new_key_that_names_the_old_one() -> None:
    live = look(centre(users=[user("ann")]), wish("user/new", previously=("ann",), name="Ann", email="ann@x"), bound=BOUND).live

    assert (live[Ref("user", "new")].id, live[Ref("user", "new")].by) == ("u-ann", "previously")
    assert ANN not in live


def test_a_binding_stays_with_a_key_that_is_still_named() -> None:
    wishes = [wish("user/ann", name="Ann", email="ann@x"), wish("user/new", previously=("ann",), name="New", email="new@x")]

    live = look(centre(users=[user("ann")]), *wishes, bound=BOUND).live

    assert live[ANN].by == "ledger"
    assert Ref("user", "new") not in live


def test_problems_of_all_kinds_are_told_at_once() -> None:
    desk = centre(skills=[BILLING], codes=[{"id": "c1", "name": "Sale"}])

    with pytest.raises(InputError) as raised:
        look(desk, wish("skill/s", name="Billing"), wish("wrapup_code/c", name="Sale"), foreign={"s1": "other", "c1": "other"})

    assert [one.subject for one in raised.value.problems] == ["skill/s", "wrapup_code/c"]


def test_what_others_use_is_known() -> None:
    desk = centre(
        skills=[BILLING],
        divisions=[HOME, TOKYO],
        users=[user("ann", skills=[{"id": "s1", "proficiency": 1}], division={"id": "d1"})],
    )

    live = look(desk, bound={"skill/billing": "s1", "division/tokyo": "d1"})

    assert live.elsewhere >= {Ref("skill", "billing"), Ref("division", "tokyo")}


def test_a_deleted_person_is_found_by_the_address_a_create_would_meet() -> None:
    desk = centre(users=[user("bob")])
    found = {"id": "u9", "name": "Ann", "email": "ANN@x", "state": "deleted", "skills": None}
    desk.answers = {"POST /api/v2/users/search": {"results": [found, {"id": "u8", "email": "ann@x.org", "state": "deleted"}]}}

    live = look(desk, wish("user/ann", name="Ann", email="ann@x", skills={})).live

    assert (live[ANN].id, live[ANN].standing, live[ANN].by) == ("u9", "deleted", "name")
    assert live[ANN].fields["skills"] == {}
    assert Ref("user", "~") not in live


def test_everything_may_be_read_whole() -> None:
    desk = with_members()
    live = look(desk, everything=True, options=Options(source="acme")).live

    assert live[Ref("queue", "~Q")].fields["members"] == {"~Ann", "~Bob"}
    assert live[Ref("queue", "~Q")].by == ""


def test_what_another_source_has_bound_is_told_where_everything_is_read() -> None:
    live = look(centre(skills=[BILLING]), everything=True, foreign={"s1": "other"}).live

    assert live[Ref("skill", "~Billing")].by == "foreign"


def test_marks_that_queues_show_count_where_everything_is_read() -> None:
    live = look(centre(peers=[queue("q", peerId="q-77")]), everything=True).live

    assert (live[Ref("queue", "q-77")].id, live[Ref("queue", "q-77")].by) == ("q-q", "mark")
