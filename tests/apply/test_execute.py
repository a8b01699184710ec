"""Carrying plans out: order, journal, failures that stop only what needs them, and answers that got lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest
from apply.stage import HOME, Stage, change, live, make, told

from reconciler.errors import NotFound
from reconciler.kinds import REGISTRY
from reconciler.model.call import Call
from reconciler.model.change import Change, Op, Result
from reconciler.model.kind import Options, Written
from reconciler.model.port import Binding
from reconciler.model.resource import Ref

MOVE = "POST /api/v2/authorization/divisions/{divisionId}/objects/{objectType}"
SKILLS = "POST /api/v2/routing/skills"
CODES = "POST /api/v2/routing/wrapupcodes"
USERS = "POST /api/v2/scim/v2/users"
QUEUES = "POST /api/v2/routing/queues"
SOURCES = "POST /api/v2/presence/sources"
FOUND = {"entities": [{"id": "found", "name": "s"}]}
NOTHING: dict[str, Any] = {"entities": []}
NOWHERE = {"GET /api/v2/routing/skills": [NOTHING]}


# ── order ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_to_do_is_done() -> None:
    assert Stage().run() == []


def test_outcomes_stand_in_the_order_of_the_plan() -> None:
    stage = Stage()

    outcomes = stage.run(make("skill/b", "skill/a"), make("skill/a"))

    assert told(outcomes) == ["skill/b done", "skill/a done"]
    assert told(stage.heard) == ["skill/a done", "skill/b done"]


def test_a_change_starts_after_what_it_needs() -> None:
    stage = Stage([HOME])

    stage.run(make("queue/q", "division/d"), make("division/d"), replace(make("skill/s"), needs=("division/d", "not/here")))

    assert stage.sent[0] == "POST /api/v2/authorization/divisions"
    assert sorted(stage.sent[1:]) == [QUEUES, SKILLS]


@pytest.mark.parametrize("parallelism", [1, 2, 5])
def test_no_more_changes_run_at_once_than_allowed(parallelism: int) -> None:
    stage = Stage()

    stage.run(*(make(f"skill/s{number}") for number in range(12)), parallelism=parallelism)

    assert stage.service.most_at_once == parallelism
    assert len(stage.sent) == 12


def test_a_late_one_does_not_hold_up_what_needs_others() -> None:
    """No waves: the queue starts while another skill still waits for its turn."""
    stage = Stage([HOME])
    skills = [make(f"skill/s{number}") for number in range(6)]

    stage.run(make("division/d"), *skills, make("queue/q", "division/d"), parallelism=1)

    assert stage.sent.index(QUEUES) == 7
    assert len(stage.sent) == 8


# ── journal ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_write_is_intended_before_and_settled_after() -> None:
    stage = Stage()

    stage.run(make("skill/s"))

    assert stage.log == ["intend 1 skill/s", SKILLS, "settle 1 done", "bind skill/s new-1"]
    assert stage.ledger.journal == {1: ["r1 skill/s POST /api/v2/routing/skills", "done"]}


def test_a_read_is_not_in_the_journal() -> None:
    stage = Stage([live("queue/q", name="Q")])

    stage.run(change(Op.UPDATE, "queue/q", ("description", "", "x")))

    assert stage.log == [
        "GET /api/v2/routing/queues/id-q",
        "intend 1 queue/q",
        "PUT /api/v2/routing/queues/id-q",
        "settle 1 done",
        "bind queue/q id-q",
    ]


def test_a_refused_write_is_settled_as_failed() -> None:
    stage = Stage(replies={SKILLS: ["rejected"]})

    outcomes = stage.run(make("skill/s"))

    assert stage.log[-1] == "settle 1 failed: 400 bad.request"
    assert told(outcomes) == ["skill/s failed: POST /api/v2/routing/skills: 400 bad.request: wrong"]
    assert stage.ledger.bound == {}


def test_an_interrupted_write_stays_open() -> None:
    """An intent without outcome is what the next run settles by reading."""
    stage = Stage()

    async def never(_call: Call) -> Any:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        stage.run(make("skill/s"), send=never)

    assert [one.change for one in stage.ledger.unsettled()] == ["skill/s"]


def test_every_request_of_a_change_is_counted() -> None:
    stage = Stage([live("queue/q", name="Q")])

    (outcome,) = stage.run(change(Op.UPDATE, "queue/q", ("description", "", "x"), ("wrapup_codes.a", True, False)))

    assert (outcome.requests, outcome.result) == (2, Result.FAILED)
    assert outcome.note == "wrapup_code/a is not in Genesys Cloud"


# ── failures ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_failure_stops_only_what_needs_it() -> None:
    stage = Stage([HOME], {CODES: ["rejected"]})

    outcomes = stage.run(
        make("wrapup_code/c"),
        make("queue/q", "wrapup_code/c"),
        make("queue/r", "queue/q"),
        make("skill/s"),
        make("queue/t", "skill/s"),
    )

    assert [one.result.value for one in outcomes] == ["failed", "blocked", "blocked", "done", "done"]
    assert told(outcomes)[1:3] == ["queue/q blocked: blocked by wrapup_code/c", "queue/r blocked: blocked by queue/q"]


def test_every_blocker_is_named() -> None:
    stage = Stage(replies={SKILLS: ["unavailable"], CODES: ["rejected"]})

    outcomes = stage.run(make("skill/s"), make("wrapup_code/c"), make("queue/q", "skill/s", "wrapup_code/c"))

    assert told(outcomes)[2] == "queue/q blocked: blocked by skill/s, wrapup_code/c"


def members(*keys: str, needs: tuple[str, ...]) -> Change:
    return change(Op.UPDATE, "queue/q", *((f"members.{key}", False, True) for key in keys), needs=needs, part="members")


def person(key: str) -> Change:
    return change(Op.CREATE, f"user/{key}", ("name", "", key), ("email", "", f"{key}@x"))


def test_members_of_a_new_queue_go_on_without_those_who_failed() -> None:
    stage = Stage([HOME], {USERS: ["rejected", {"id": "u-bob"}]})

    outcomes = stage.run(
        person("ann"),
        person("bob"),
        make("queue/q"),
        members("ann", "bob", needs=("queue/q", "user/ann", "user/bob")),
        parallelism=1,
    )

    assert [one.result.value for one in outcomes] == ["failed", "done", "done", "done"]
    assert outcomes[3].note == "without user/ann, which failed"
    assert stage.service.calls[-1].body == [{"id": "u-bob"}]
    assert stage.world.before(Ref("queue", "q"))["members"] == {"bob"}


def test_a_queue_that_is_there_goes_on_without_those_who_failed() -> None:
    stage = Stage([HOME, live("queue/q", name="Q"), live("user/old", name="Old")], {USERS: ["rejected", {"id": "u-bob"}]})
    fields = (("name", "Q", "New"), *((f"members.{key}", False, True) for key in ("ann", "bob", "old")))

    outcomes = stage.run(
        person("ann"), person("bob"), change(Op.UPDATE, "queue/q", *fields, needs=("user/ann", "user/bob")), parallelism=1
    )

    assert told(outcomes)[2] == "queue/q done: without user/ann, which failed"
    assert outcomes[2].without == ("user/ann",)
    assert stage.service.calls[-1].body == [{"id": "u-bob"}, {"id": "id-old"}]
    assert stage.world.before(Ref("queue", "q"))["members"] == {"bob", "old"}


def test_members_alone_who_failed_leave_nothing_to_add() -> None:
    stage = Stage([HOME], {USERS: ["rejected"]})

    outcomes = stage.run(person("ann"), make("queue/q"), members("ann", needs=("queue/q", "user/ann")))

    assert told(outcomes)[2] == "queue/q#members blocked: blocked by user/ann"


def test_members_of_a_queue_that_failed_wait_for_it() -> None:
    stage = Stage([HOME], {QUEUES: ["rejected"]})

    outcomes = stage.run(person("ann"), make("queue/q"), members("ann", needs=("queue/q", "user/ann")))

    assert told(outcomes)[2] == "queue/q#members blocked: blocked by queue/q"


def test_a_reference_without_an_object_is_told() -> None:
    stage = Stage([live("queue/q", name="Q")])

    outcomes = stage.run(change(Op.UPDATE, "queue/q", ("members.ann", False, True)))

    assert told(outcomes) == ["queue/q failed: user/ann is not in Genesys Cloud"]
    assert stage.sent == []


@pytest.mark.parametrize("answer", [None, {}, {"id": ""}])
def test_what_was_made_without_an_id_is_not_bound(answer: Any) -> None:
    stage = Stage(replies={SKILLS: [answer]})

    outcomes = stage.run(make("skill/s"), make("queue/q", "skill/s"))

    assert [one.result for one in outcomes] == [Result.FAILED, Result.BLOCKED]
    assert "told no id" in outcomes[0].note
    assert stage.ledger.bound == {}


def test_refused_credentials_stop_everything_else() -> None:
    stage = Stage(replies={SKILLS: ["unauthorised"]})

    outcomes = stage.run(make("skill/s"), make("wrapup_code/a"), make("wrapup_code/b", "skill/s"), parallelism=1)

    assert told(outcomes)[1:] == ["wrapup_code/a stopped: not started", "wrapup_code/b stopped: not started"]
    assert stage.sent == [SKILLS]


def test_a_missing_permission_stops_only_what_needs_it() -> None:
    stage = Stage(replies={SKILLS: ["forbidden"]})

    outcomes = stage.run(make("skill/s"), make("wrapup_code/a"), parallelism=1)

    assert [one.result for one in outcomes] == [Result.FAILED, Result.DONE]
    assert [(one.is_forbidden, one.has_written) for one in outcomes] == [(True, False), (False, False)]


def test_a_change_that_stops_half_way_says_that_it_has_written() -> None:
    stage = Stage([HOME, live("division/tokyo"), live("user/ann", name="Ann")], {MOVE: ["forbidden"]})

    (outcome,) = stage.run(change(Op.UPDATE, "user/ann", ("title", "", "x"), ("division", "home", "tokyo")))

    assert (outcome.result, outcome.is_forbidden, outcome.has_written) == (Result.FAILED, True, True)


def test_what_is_under_way_is_finished_after_a_stop() -> None:
    stage = Stage()
    changes = [make(f"skill/s{number}") for number in range(4)]

    outcomes = stage.run(*changes, parallelism=2, stopping=lambda: len(stage.sent) >= 2)

    assert [one.result.value for one in outcomes] == ["done", "done", "stopped", "stopped"]
    assert [entry[1] for entry in stage.ledger.journal.values()] == ["done", "done"]


def test_a_bug_ends_the_run_with_nothing_left_under_way() -> None:
    stage = Stage()
    ended = []

    def broken(_change: Change, _known: Any) -> Any:
        raise ZeroDivisionError
        yield

    def slow(one: Change, known: Any) -> Any:
        try:
            return (yield from REGISTRY["wrapup_code"].write(one, known))
        finally:
            ended.append(one.id)

    kinds = {
        **REGISTRY,
        "skill": replace(REGISTRY["skill"], write=broken),
        "wrapup_code": replace(REGISTRY["wrapup_code"], write=slow),
    }

    with pytest.raises(ZeroDivisionError):
        stage.run(make("wrapup_code/c"), make("skill/s"), kinds=kinds)
    assert ended == ["wrapup_code/c"]


# ── lost answers ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_create_that_went_through_is_never_repeated() -> None:
    stage = Stage(replies={SKILLS: ["lost"], "GET /api/v2/routing/skills": [FOUND]})

    (outcome,) = stage.run(make("skill/s"))

    assert outcome.result is Result.DONE
    assert stage.writes.count(SKILLS) == 1
    assert stage.ledger.bound == {Ref("skill", "s"): Binding("found", "s")}
    assert "settle 1 found" in stage.log


def test_a_create_goes_on_as_an_update_of_what_was_found() -> None:
    stage = Stage(
        [HOME, live("user/ann")],
        {
            QUEUES: ["lost"],
            "GET /api/v2/routing/queues": [{"entities": [{"id": "q9", "name": "q", "peerId": "q"}]}],
            "GET /api/v2/routing/queues/q9": [{"id": "q9", "name": "q", "peerId": "q"}],
        },
    )

    outcomes = stage.run(make("queue/q"), members("ann", needs=("queue/q",)))

    assert told(outcomes) == ["queue/q done", "queue/q#members done"]
    assert stage.writes == [QUEUES, "PUT /api/v2/routing/queues/q9", "POST /api/v2/routing/queues/q9/members"]


def test_a_create_that_did_not_go_through_is_repeated() -> None:
    stage = Stage(replies={SKILLS: ["lost", {"id": "s1", "name": "s"}], **NOWHERE})

    (outcome,) = stage.run(make("skill/s"))

    assert outcome.result is Result.DONE
    assert stage.writes == [SKILLS, SKILLS]
    assert stage.log[-4:] == ["intend 2 skill/s", SKILLS, "settle 2 done", "bind skill/s s1"]
    assert "settle 1 absent" in stage.log


def test_a_fresh_object_may_stay_hidden_for_a_while() -> None:
    stage = Stage(replies={SKILLS: ["lost"], "GET /api/v2/routing/skills": [NOTHING, NOTHING, FOUND]})

    stage.run(make("skill/s"))

    assert stage.slept == [0.0, 1.0, 2.0]
    assert stage.writes.count(SKILLS) == 1


def test_an_object_that_shows_only_when_it_is_made_again_is_found_then() -> None:
    """The look-ups came too early: the second create meets the first one's object, and goes on with that."""
    hidden = [NOTHING] * 4
    stage = Stage(replies={SKILLS: ["lost", "conflict"], "GET /api/v2/routing/skills": [*hidden, FOUND]})

    (outcome,) = stage.run(make("skill/s"))

    assert outcome.result is Result.DONE
    assert stage.ledger.bound[Ref("skill", "s")].id == "found"
    assert [entry[1] for entry in stage.ledger.journal.values()] == ["absent", "failed: 409 general.conflict"]


def test_a_conflict_that_nothing_explains_stays_a_conflict() -> None:
    stage = Stage(replies={SKILLS: ["lost", "conflict"], **NOWHERE})

    (outcome,) = stage.run(make("skill/s"))

    assert outcome.result is Result.FAILED
    assert "409 general.conflict" in outcome.note
    assert stage.writes == [SKILLS, SKILLS]


def test_a_write_that_is_lost_again_and_again_fails() -> None:
    stage = Stage(replies={SKILLS: ["lost"], **NOWHERE})

    (outcome,) = stage.run(make("skill/s"))

    assert outcome.result is Result.FAILED
    assert outcome.note.startswith("POST /api/v2/routing/skills: 504 gateway.timeout")
    assert stage.writes.count(SKILLS) == 4
    assert stage.ledger.unsettled() == []


def test_a_lost_update_is_repeated_after_one_look() -> None:
    put = "PUT /api/v2/authorization/divisions/id-d"
    stage = Stage(
        [live("division/d", name="D")],
        {put: ["lost", {"id": "id-d"}], "GET /api/v2/authorization/divisions": [{"entities": [{"id": "id-d", "name": "D"}]}]},
    )

    (outcome,) = stage.run(change(Op.UPDATE, "division/d", ("description", "", "x")))

    assert outcome.result is Result.DONE
    assert stage.writes == [put, put]
    assert stage.slept == [0.0]


def test_a_lost_delete_is_repeated_until_it_is_gone() -> None:
    delete = "DELETE /api/v2/routing/skills/id-s"
    stage = Stage([live("skill/s", name="s")], {delete: ["lost", "gone"], **NOWHERE})

    (outcome,) = stage.run(change(Op.DELETE, "skill/s"))

    assert outcome.result is Result.DONE
    assert stage.writes == [delete, delete]


def test_a_lost_batch_is_repeated_because_that_does_no_harm() -> None:
    post = "POST /api/v2/routing/queues/id-q/members"
    queue = {"entities": [{"id": "id-q", "name": "Q", "peerId": "q"}]}
    stage = Stage([live("queue/q", name="Q"), live("user/ann")], {post: ["lost", None], "GET /api/v2/routing/queues": [queue]})

    stage.run(change(Op.UPDATE, "queue/q", ("members.ann", False, True)))

    assert stage.writes == [post, post]
    assert [entry[1] for entry in stage.ledger.journal.values()] == ["found", "done"]


def test_a_version_is_read_again_after_a_lost_answer() -> None:
    patch, get = "PATCH /api/v2/users/id-ann", "GET /api/v2/users/id-ann"
    stage = Stage(
        [live("user/ann", name="Ann", email="ann@x")],
        {
            patch: ["lost", {"id": "id-ann", "version": 5}],
            get: [{"id": "id-ann", "version": 4}],
            "GET /api/v2/users/externalid/acme/ann": [{"id": "id-ann", "email": "ann@x"}],
        },
    )

    stage.run(change(Op.UPDATE, "user/ann", ("title", "", "x")))

    assert [call.body["version"] for call in stage.service.calls if call.method == "PATCH"] == [3, 4]


def test_a_look_that_fails_leaves_the_write_open() -> None:
    stage = Stage(replies={SKILLS: ["lost"], "GET /api/v2/routing/skills": ["unavailable"]})

    (outcome,) = stage.run(make("skill/s"))

    assert outcome.result is Result.FAILED
    assert [one.change for one in stage.ledger.unsettled()] == ["skill/s"]


def test_the_requests_of_looking_are_counted_too() -> None:
    stage = Stage(replies={SKILLS: ["lost"], "GET /api/v2/routing/skills": [FOUND]})

    (outcome,) = stage.run(make("skill/s"))

    assert outcome.requests == len(stage.sent)


def test_a_doubt_of_the_last_run_settles_a_conflict_by_reading() -> None:
    stage = Stage(replies={SKILLS: ["conflict"], "GET /api/v2/routing/skills": [FOUND]})

    (outcome,) = stage.run(make("skill/s"), suspects=frozenset({"skill/s"}))

    assert outcome.result is Result.DONE
    assert stage.ledger.bound[Ref("skill", "s")].id == "found"


# ── conflicts without doubt ──────────────────────────────────────────────────────────────────────────────────────────

EXTERNAL = "GET /api/v2/users/externalid/acme/ann"
SEARCH = "POST /api/v2/users/search"
HELD = "GET /api/v2/users/u9/externalid/acme"
DELETED: dict[str, Any] = {"results": [{"id": "u9", "name": "Ann", "email": "ann@x", "state": "deleted"}]}


def rehired(**more: Any) -> Stage:
    """A person whose e-mail address belongs to somebody whom no listing showed."""
    replies: dict[str, list[Any]] = {
        USERS: ["conflict"],
        EXTERNAL: ["gone"],
        SEARCH: [{"results": []}, {"results": []}, DELETED],
        HELD: [[]],
        "GET /api/v2/users/u9": [{"id": "u9", "version": 7}],
        "PATCH /api/v2/users/u9": [{"id": "u9", "version": 8}],
    }
    return Stage([HOME], {**replies, **more.pop("replies", {})}, **more)


def test_a_deleted_person_whom_no_listing_shows_is_restored() -> None:
    stage = rehired()

    (outcome,) = stage.run(person("ann"))

    assert outcome.result is Result.DONE
    assert outcome.note == "met deleted 'Ann' that no listing shows: restored"
    patches = [call.body for call in stage.service.calls if call.method == "PATCH"]
    assert patches[0] == {"state": "active", "version": 7}
    assert stage.ledger.bound[Ref("user", "ann")].id == "u9"


def test_an_active_person_whom_no_listing_shows_is_adopted() -> None:
    active = {"results": [{"id": "u9", "name": "Ann", "email": "ann@x", "state": "active"}]}
    stage = rehired(replies={SEARCH: [active]})

    (outcome,) = stage.run(person("ann"))

    assert outcome.note == "met active 'Ann' that no listing shows: adopted"
    assert stage.writes.count(USERS) == 1


@pytest.mark.parametrize(
    "held", [[{"externalKey": "bob"}], {"externalKey": "bob"}, [{"externalKey": "ann"}, {"externalKey": "bob"}]]
)
def test_a_person_with_another_key_of_ours_is_somebody_else(held: Any) -> None:
    stage = rehired(replies={HELD: [held]})

    (outcome,) = stage.run(person("ann"))

    assert outcome.result is Result.FAILED
    assert stage.writes == [USERS]


def test_a_person_of_another_source_is_left_alone() -> None:
    stage = rehired(others={"u9": "other"})

    (outcome,) = stage.run(person("ann"))

    assert outcome.result is Result.FAILED
    assert stage.writes == [USERS]


def test_a_conflict_with_nobody_is_a_conflict() -> None:
    stage = rehired(replies={SEARCH: [{"results": []}]})

    (outcome,) = stage.run(person("ann"))

    assert outcome.result is Result.FAILED


def test_a_code_that_no_listing_shows_needs_no_marks_to_be_adopted() -> None:
    stage = Stage(replies={CODES: ["conflict"], "GET /api/v2/routing/wrapupcodes": [{"entities": [{"id": "c9", "name": "C"}]}]})

    (outcome,) = stage.run(make("wrapup_code/c"))

    assert (outcome.result, outcome.note) == (Result.DONE, "met active 'C' that no listing shows: adopted")
    assert stage.writes == [CODES, "PUT /api/v2/routing/wrapupcodes/c9"]


def test_the_conflict_of_an_update_is_not_explained_away() -> None:
    put = "PUT /api/v2/authorization/divisions/id-d"
    stage = Stage([live("division/d", name="D")], {put: ["conflict"]})

    (outcome,) = stage.run(change(Op.RENAME, "division/d", ("name", "D", "E")))

    assert outcome.result is Result.FAILED
    assert stage.sent == [put]


# ── removals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_deleted_is_no_longer_ours() -> None:
    stage = Stage([live("skill/s", name="s")])
    stage.ledger.bound[Ref("skill", "s")] = Binding("id-s")

    (outcome,) = stage.run(change(Op.DELETE, "skill/s"))

    assert outcome.result is Result.DONE
    assert stage.ledger.bound == {}
    assert not stage.world.has(Ref("skill", "s"))


def test_what_was_gone_already_counts_as_deleted() -> None:
    stage = Stage([live("skill/s", name="s")], {"DELETE /api/v2/routing/skills/id-s": ["gone"]})

    assert told(stage.run(change(Op.DELETE, "skill/s"))) == ["skill/s done"]


def test_a_removal_that_failed_leaves_the_binding() -> None:
    stage = Stage([live("skill/s", name="s")], {"DELETE /api/v2/routing/skills/id-s": ["rejected"]})
    stage.ledger.bound[Ref("skill", "s")] = Binding("id-s")

    assert stage.run(change(Op.DELETE, "skill/s"))[0].result is Result.FAILED
    assert Ref("skill", "s") in stage.ledger.bound


def test_who_became_inactive_stays_ours() -> None:
    stage = Stage([live("user/ann", name="Ann")])
    stage.ledger.bound[Ref("user", "ann")] = Binding("id-ann")

    stage.run(change(Op.DEACTIVATE, "user/ann"))

    assert Ref("user", "ann") in stage.ledger.bound
    assert stage.world.standing(Ref("user", "ann")) == "inactive"


@pytest.mark.parametrize("op", [Op.DEACTIVATE, Op.DELETE])
def test_roles_are_kept_before_they_are_lost(op: Op) -> None:
    stage = Stage([live("user/ann", name="Ann")])

    stage.run(change(op, "user/ann", ("roles.r1/d1", "Agent", None)))

    assert stage.log[0] == "bind user/ann id-ann"
    assert orjson.loads(stage.ledger.bound[Ref("user", "ann")].grants) == {"r1/d1": "Agent"}


def test_a_replacement_leaves_the_old_object_under_a_key_of_its_own() -> None:
    stage = Stage(
        [live("skill/s", name="Old"), live("user/ann", name="Ann", skills={"s": 3.0})], {SKILLS: [{"id": "s2", "name": "New"}]}
    )

    outcomes = stage.run(
        change(Op.REPLACE, "skill/s", ("name", "Old", "New"), name="Old"),
        change(Op.UPDATE, "user/ann", ("skills.s", 3.0, 3.0), ("skills.~Old", 3.0, None), needs=("skill/s",)),
        change(Op.DELETE, "skill/~Old", needs=("user/ann",), name="Old"),
    )

    assert [one.result for one in outcomes] == [Result.DONE] * 3
    own = "/api/v2/users/id-ann/routingskills"
    assert stage.writes == [SKILLS, f"PATCH {own}/bulk", f"DELETE {own}/id-s", "DELETE /api/v2/routing/skills/id-s"]
    assert stage.service.calls[1].body == [{"id": "s2", "proficiency": 3.0}]
    assert {ref: one.id for ref, one in stage.ledger.bound.items() if ref.kind == "skill"} == {Ref("skill", "s"): "s2"}


def test_a_lost_replacement_that_went_through_is_not_made_twice() -> None:
    found = {"entities": [{"id": "s2", "name": "New"}]}
    stage = Stage([live("skill/s", name="Old")], {SKILLS: ["lost"], "GET /api/v2/routing/skills": [found]})

    stage.run(change(Op.REPLACE, "skill/s", ("name", "Old", "New"), name="Old"))

    assert stage.writes.count(SKILLS) == 1
    assert {str(ref): one.id for ref, one in stage.ledger.bound.items()} == {"skill/s": "s2", "skill/~Old": "id-s"}


def test_a_restored_person_has_nothing_left_to_be_given_back() -> None:
    stage = Stage([live("user/ann", name="Ann", standing="inactive")])

    stage.run(change(Op.RESTORE, "user/ann"))

    assert stage.ledger.bound[Ref("user", "ann")].grants == "{}"


# ── what later changes know ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_name_that_came_with_the_plan_is_used_by_those_who_need_it() -> None:
    stage = Stage([HOME], {SKILLS: [{"id": "s1", "name": "Billing "}]})
    wish = change(Op.CREATE, "user/ann", ("name", "", "Ann"), ("email", "", "a@x"), ("skills.s", None, 4.0), needs=("skill/s",))

    stage.run(change(Op.CREATE, "skill/s", ("name", "", "Billing")), wish)

    body = stage.service.calls[-1].body
    assert body["urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"]["routingSkills"] == [
        {"name": "Billing", "proficiency": 4.0}
    ]


def test_the_directory_path_can_be_taken_instead() -> None:
    stage = Stage([HOME], options=Options(source="acme", user_writes="directory"))

    stage.run(person("ann"))

    assert stage.writes == ["POST /api/v2/users", "POST /api/v2/users/new-1/externalid"]


@pytest.mark.parametrize("error", [KeyError("id"), LookupError("nobody")])
def test_a_missing_reference_is_a_failure_of_its_change(error: Exception) -> None:
    def broken(_change: Change, _known: Any) -> Any:
        raise error
        yield

    outcomes = Stage().run(make("skill/s"), kinds={**REGISTRY, "skill": replace(REGISTRY["skill"], write=broken)})

    assert told(outcomes) == [f"skill/s failed: {error.args[0]}"]


def test_an_error_a_kind_expects_is_handed_to_it() -> None:
    heard: list[str] = []

    def write(one: Change, _known: Any) -> Any:
        try:
            yield Call("DELETE", "/api/v2/routing/skills/{skillId}", ids={"skillId": "x"})
        except NotFound as error:
            heard.append(str(error.status))
        return Written("x", one.name)

    stage = Stage(replies={"DELETE /api/v2/routing/skills/x": ["gone"]})

    outcomes = stage.run(make("skill/s"), kinds={**REGISTRY, "skill": replace(REGISTRY["skill"], write=write)})

    assert heard == ["404"]
    assert told(outcomes) == ["skill/s done"]
