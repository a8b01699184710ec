"""What is known while a plan is carried out."""

from __future__ import annotations

import pytest
from apply.stage import HOME, live

from reconciler.apply.known import Directory, World
from reconciler.kinds import REGISTRY
from reconciler.model.kind import Options, Written
from reconciler.model.resource import Live, Ref, Seen, Snapshot

ANN, HQ = Ref("user", "ann"), Ref("division", "hq")


def world(*objects: Live, home: str = "home") -> World:
    there = {one.ref: one for one in objects}
    return World(REGISTRY, Snapshot(there, {ref: one.id for ref, one in there.items()}, {}, home), Options())


def test_home_is_the_home_division_under_any_key() -> None:
    named = world(live("division/hq", name="HQ"), home="hq")

    assert (named.home, named.id("division", "home"), named.name("division", "home")) == ("id-hq", "id-hq", "HQ")
    assert world(HOME).id("division", "home") == "id-home"
    assert world().home == ""


@pytest.mark.parametrize("ask", ["id", "name"])
def test_what_is_not_there_is_named(ask: str) -> None:
    with pytest.raises(LookupError, match="skill/s is not in Genesys Cloud"):
        getattr(world(), ask)("skill", "s")


def test_an_id_alone_is_no_name() -> None:
    somebody = World(REGISTRY, Snapshot({}, {Ref("user", "~Bob"): "u1"}, {}), Options())

    assert somebody.id("user", "~Bob") == "u1"
    with pytest.raises(LookupError):
        somebody.name("user", "~Bob")


def test_a_new_object_has_empty_fields_with_no_version() -> None:
    empty = world()

    assert empty.before(Ref("queue", "q"))["members"] == frozenset()
    assert (empty.version(ANN), empty.standing(ANN), empty.has(ANN)) == (None, "", False)


def test_what_was_written_is_known() -> None:
    there = world(live("user/ann", name="Ann", standing="inactive"))

    there.wrote(ANN, Written("id-ann", "", 9), {"name": "Anne", "title": "x"})

    assert (there.version(ANN), there.standing(ANN), there.name("user", "ann")) == (9, "active", "Anne")
    assert there.before(ANN)["title"] == "x"


def test_of_what_was_found_only_the_id_with_its_standing_is_believed() -> None:
    there = world(live("user/ann", name="Ann", title="x"))

    there.saw(ANN, Seen("other", "Bob", {"title": "y"}, standing="deleted", version=8))

    assert (there.id("user", "ann"), there.standing(ANN), there.version(ANN)) == ("other", "deleted", None)
    assert there.before(ANN)["title"] == "x"
    assert there.name("user", "ann") == "Ann"


def test_what_was_found_new_counts_as_empty() -> None:
    there = world()

    there.saw(ANN, Seen("u1", "Ann", {"title": "y"}))

    assert there.before(ANN)["title"] == ""
    assert (there.id("user", "ann"), there.name("user", "ann")) == ("u1", "Ann")


def test_a_forgotten_version_has_to_be_read() -> None:
    there = world(live("user/ann", name="Ann"))

    there.forget(ANN)
    there.forget(HQ)

    assert (there.version(ANN), there.has(ANN), there.has(HQ)) == (None, True, False)


def test_what_was_deleted_cannot_be_referred_to() -> None:
    there = world(live("user/ann"))

    there.left(ANN, "deleted")
    there.left(ANN, "deleted")

    assert not there.has(ANN)


def test_who_became_inactive_can_be_referred_to() -> None:
    there = world(live("user/ann"))

    there.left(ANN, "inactive")
    there.left(HQ, "inactive")

    assert (there.standing(ANN), there.version(ANN), there.has(HQ)) == ("inactive", None, False)


def test_an_object_may_answer_to_two_keys() -> None:
    there = world(live("skill/s"))

    there.also(Ref("skill", "~Old"), "id-s")

    assert there.id("skill", "~Old") == there.id("skill", "s")


def test_the_directory_knows_ids_by_kind_and_key() -> None:
    directory = Directory({Ref("user", "ann"): "u1", Ref("secondary_status", "a/b"): "d1"})

    assert (directory.id("user", "ann"), directory.id("secondary_status", "a/b")) == ("u1", "d1")


def test_what_is_not_bound_is_named_with_what_to_do() -> None:
    with pytest.raises(LookupError, match="user/bob is not bound to anything in Genesys Cloud; apply the manifests first"):
        Directory({Ref("user", "ann"): "u1"}).id("user", "bob")
