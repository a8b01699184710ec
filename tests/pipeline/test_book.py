"""A look into the ledger, and the two ways to change it by hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from flow.centre import Centre

from reconciler.errors import ConfigurationError, UsageError
from reconciler.ledger import store
from reconciler.ledger.sql import SqlLedger
from reconciler.model.port import Binding
from reconciler.model.resource import Ref
from reconciler.pipeline import book

MANIFEST = "skills: [{key: b, name: Billing}, {key: a, name: Returns}]\nlanguages: [{key: ja, name: 日本語}]\n"


def opened(centre: Centre, organization: str, source: str = "acme") -> SqlLedger:
    return store.open(
        centre.settings.ledger, organization=organization, source=source, clock=lambda: datetime(2026, 11, 22, tzinfo=UTC)
    )


def test_bound_objects_are_listed_by_kind_and_key(centre: Centre) -> None:
    centre.write(MANIFEST)
    centre.apply()

    found = book.bindings(centre.settings)

    assert [(one["kind"], one["key"], one["name"]) for one in found] == [
        ("language", "ja", "日本語"),
        ("skill", "a", "Returns"),
        ("skill", "b", "Billing"),
    ]
    assert all(one["id"] for one in found)


def test_a_new_repository_has_bound_nothing(centre: Centre) -> None:
    assert book.bindings(centre.settings) == []
    assert book.ledger_state(centre.settings)["lease"] is None


def test_the_state_tells_what_was_done_last(centre: Centre) -> None:
    centre.write(MANIFEST)
    centre.apply()

    found = book.ledger_state(centre.settings, limit=2)

    assert found["ledger"] == f"sqlite:///{centre.root}/.reconciler/ledger.db"
    assert (found["bound"], found["lease"], found["unsettled"]) == (3, None, [])
    assert len(found["journal"]) == 2
    assert {(one["operation"][:20], one["outcome"]) for one in found["journal"]} == {("POST /api/v2/routing", "done")}


def test_the_state_tells_who_applies(centre: Centre) -> None:
    with opened(centre, "org") as ledger:
        lease = ledger.acquire("Ann")

        found = book.ledger_state(centre.settings)["lease"]

    assert (found["id"], found["holder"], found["since"][:10]) == (lease, "Ann", "2026-11-22")


def test_a_lease_is_broken_by_its_id(centre: Centre) -> None:
    with opened(centre, "org") as ledger:
        lease = ledger.acquire("Ann")

        with pytest.raises(UsageError, match="no lease f00; see `reconciler state show`"):
            book.unlock(centre.settings, "f00")
        book.unlock(centre.settings, lease)

        assert ledger.lease() is None


def test_what_is_forgotten_is_adopted_again(centre: Centre) -> None:
    centre.write(MANIFEST)
    centre.apply()

    unknown = book.forget(centre.settings, ["skill/a", "language/ja"])

    assert unknown == []
    assert [one["key"] for one in book.bindings(centre.settings)] == ["b"]
    assert [str(one.ref) for one in centre.plan().adoptions] == ["skill/a", "language/ja"]


def test_one_unknown_name_forgets_nothing(centre: Centre) -> None:
    centre.write(MANIFEST)
    centre.apply()

    assert book.forget(centre.settings, ["skill/a", "skill/z", "skill/y"]) == ["skill/z", "skill/y"]
    assert len(book.bindings(centre.settings)) == 3


def test_several_organisations_ask_for_one(centre: Centre) -> None:
    for organization in ("one", "two"):
        with opened(centre, organization) as ledger:
            ledger.bind({Ref("skill", organization): Binding(organization)})

    with pytest.raises(ConfigurationError, match=r"knows 2 organisations: name one as organization\.id"):
        book.bindings(centre.settings)
    path = centre.root / "reconciler.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("organization: {", "organization: {id: two, "), encoding="utf-8")

    assert [one["key"] for one in book.bindings(centre.settings)] == ["two"]


def test_another_source_is_not_ours(centre: Centre) -> None:
    with opened(centre, "one", source="other") as ledger:
        ledger.bind({Ref("skill", "a"): Binding("1")})

    assert book.bindings(centre.settings) == []


def test_the_ledger_can_be_read_while_a_loop_runs(centre: Centre) -> None:
    async def inside() -> int:
        return len(book.bindings(centre.settings))

    assert asyncio.run(inside()) == 0
