"""The promises of the design against everything that can happen in any order: edits on both sides, faults, kills, lost ledgers.

Hypothesis chooses the order. `RECONCILER_TEST_RUNS` sets how many sequences are tried (8 by default; `make soak` takes 500).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import httpx
from flow.centre import NOON, Centre
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from reconciler.emulator.app import Config, build
from reconciler.errors import ApiError
from reconciler.model.change import Result
from reconciler.pipeline.plan import Consent

RUNS = int(os.environ.get("RECONCILER_TEST_RUNS", "8"))
SKILLS = ("billing", "returns", "orders")
USERS = ("a1", "a2", "a3", "a4")
QUEUES = ("q1", "q2")
FAULTS: tuple[dict[str, Any], ...] = (
    {"operation": "*", "nth": 7, "status": 429, "retry_after": 3},
    {"operation": "*", "every": 9, "times": 3, "status": 429, "retry_after": 2},
    {"operation": "POST *", "nth": 2, "lost": True},
    {"operation": "POST *", "nth": 3, "lost": True, "status": 504},
    {"operation": "PUT *", "nth": 1, "lost": True},
    {"operation": "PATCH *", "nth": 1, "lost": True, "status": 504},
    {"operation": "GET *", "every": 5, "times": 4, "status": 503},
    {"operation": "*", "nth": 12, "cut_before": True},
    {"operation": "GET /api/v2/users", "every": 1, "drop_expand": ["skills"], "drop_every": 2},
)


class Killed(BaseException):
    """The process is gone as far as our code can tell."""


class Guillotine(httpx.AsyncBaseTransport):
    """Ends everything at one request, before or after the organisation has carried it out."""

    def __init__(self, inner: httpx.AsyncBaseTransport, at: int, *, after: bool) -> None:
        self.inner, self.left, self.after = inner, at, after

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.left -= 1
        if self.left == 0:
            if self.after:
                await self.inner.handle_async_request(request)
            raise Killed
        return await self.inner.handle_async_request(request)


class Life(RuleBasedStateMachine):
    """A small centre whose manifests and organisation are edited by many hands."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = [NOON]
        self.emulator = build(Config(rate_limit=300), clock=lambda: self.clock[0])
        self.root = Path(tempfile.mkdtemp(prefix="life-"))
        self.centre = Centre(self.root, self.emulator, clock=self.clock)
        os.environ["GENESYSCLOUD_OAUTHCLIENT_ID"] = self.emulator.client_id
        os.environ["GENESYSCLOUD_OAUTHCLIENT_SECRET"] = self.emulator.client_secret
        self.users: dict[str, dict[str, Any]] = {}
        self.queues: dict[str, dict[str, Any]] = {}

    def teardown(self) -> None:
        """Whatever happened, undisturbed it ends as wished."""
        try:
            if hasattr(self, "stranger"):
                self.apply_and_converge()
                self.nothing_of_others_is_touched()
                self.nothing_is_doubled()
                self.no_limit_is_exceeded_by_our_own_doing()
        finally:
            shutil.rmtree(self.root, ignore_errors=True)

    @initialize()
    def begin(self) -> None:
        self.centre.configure("guards: {max_removals: 1000, max_removals_percent: 100, min_export_percent: 0}\n")
        self.own = self.centre.behind("POST", "/api/v2/routing/queues", {"name": "Not ours", "description": "hands off"})
        home = self.centre.behind("GET", "/api/v2/authorization/divisions/home")["id"]
        body = {"name": "Not Ours", "email": "own@example.com", "divisionId": home, "state": "active"}
        self.stranger = self.centre.behind("POST", "/api/v2/users", body)["id"]
        self.centre.behind("POST", f"/api/v2/routing/queues/{self.own['id']}/members", [{"id": self.stranger}])
        for user in USERS[:2]:
            self.users[user] = {"skills": {"billing": 3}, "title": "Agent"}
        self.queues["q1"] = {"members": {"a1"}, "name": "Queue q1"}

    # ── edits ────────────────────────────────────────────────────────────────────────────────────────────────────────

    @rule(user=st.sampled_from(USERS), skill=st.sampled_from(SKILLS), level=st.sampled_from([0.5, 2, 5, None]))
    def change_a_level(self, user: str, skill: str, level: float | None) -> None:
        skills = self.users.setdefault(user, {"skills": {}, "title": "Agent"})["skills"]
        skills.pop(skill, None)
        if level is not None:
            skills[skill] = level

    @rule(user=st.sampled_from(USERS), title=st.sampled_from(["Agent", "Lead", "研修中"]))
    def change_a_title(self, user: str, title: str) -> None:
        self.users.setdefault(user, {"skills": {}})["title"] = title

    @rule(user=st.sampled_from(USERS))
    def let_somebody_go(self, user: str) -> None:
        self.users.pop(user, None)
        for queue in self.queues.values():
            queue["members"].discard(user)

    @rule(queue=st.sampled_from(QUEUES), name=st.sampled_from(["Billing", "請求", "Service"]))
    def name_a_queue(self, queue: str, name: str) -> None:
        if f"{name} {queue}" not in {one["name"] for one in self.queues.values()}:  # the other one may have it by exchange
            self.queues.setdefault(queue, {"members": set()})["name"] = f"{name} {queue}"

    @rule()
    def exchange_names(self) -> None:
        if len(self.queues) == len(QUEUES):
            one, other = (self.queues[key] for key in QUEUES)
            one["name"], other["name"] = other["name"], one["name"]

    @rule(queue=st.sampled_from(QUEUES), user=st.sampled_from(USERS))
    def toggle_a_member(self, queue: str, user: str) -> None:
        one = self.queues.setdefault(queue, {"members": set(), "name": f"Queue {queue}"})
        if user in self.users:
            one["members"] ^= {user}

    @rule(title=st.sampled_from(["Boss", ""]), place=st.integers(0, 3))
    def somebody_edits_a_user(self, title: str, place: int) -> None:
        people = [one for one in self.people() if one["id"] != self.stranger]
        if people:
            one = people[place % len(people)]
            self.centre.behind("PATCH", f"/api/v2/users/{one['id']}", {"title": title, "version": one["version"]})

    @rule(place=st.integers(0, 3), skill=st.integers(0, 2))
    def somebody_gives_a_skill(self, place: int, skill: int) -> None:
        people = [one for one in self.people() if one["id"] != self.stranger]
        skills = self.centre.behind("GET", "/api/v2/routing/skills")["entities"]
        if people and skills:
            body = {"id": skills[skill % len(skills)]["id"], "proficiency": 1}
            self.centre.behind("POST", f"/api/v2/users/{people[place % len(people)]['id']}/routingskills", body)

    @rule(place=st.integers(0, 3))
    def somebody_empties_a_queue(self, place: int) -> None:
        queues = [one for one in self.live_queues() if one["id"] != self.own["id"]]
        if queues:
            path = f"/api/v2/routing/queues/{queues[place % len(queues)]['id']}/members"
            members = self.centre.behind("GET", path)["entities"]
            if members:
                self.centre.behind("POST", path, [{"id": one["id"]} for one in members], delete="true")

    @rule(place=st.integers(0, 3))
    def somebody_deletes_a_user(self, place: int) -> None:
        people = [one for one in self.people() if one["id"] != self.stranger]
        if people:
            self.centre.behind("DELETE", f"/api/v2/users/{people[place % len(people)]['id']}")

    @rule()
    def lose_the_ledger(self) -> None:
        for file in (self.root / ".reconciler").glob("ledger.db*"):
            file.unlink()

    # ── what we do ───────────────────────────────────────────────────────────────────────────────────────────────────

    @rule()
    def plan(self) -> None:
        self.write()
        before = self.centre.admin("GET", "/requests")["writes"]

        first, second = self.centre.plan(self.consent()), self.centre.plan(self.consent())

        assert self.centre.admin("GET", "/requests")["writes"] == before
        assert first.changes == second.changes

    @rule(fault=st.sampled_from(FAULTS), kill=st.one_of(st.none(), st.integers(3, 40)), after=st.booleans())
    def apply_under_fire(self, fault: dict[str, Any], kill: int | None, after: bool) -> None:
        self.write()
        self.centre.admin("POST", "/faults", fault)
        inner = httpx.ASGITransport(self.emulator.api)
        self.centre.transport = Guillotine(inner, kill, after=after) if kill else inner
        try:
            self.centre.apply(consent=self.consent())
        except Killed:
            event("killed")
        except ApiError:
            event("gave up")
        fired = sum(one["fired"] for one in self.centre.admin("GET", "/faults"))
        event("a fault struck" if fired else "no fault struck")
        self.centre.transport = None
        self.centre.admin("DELETE", "/faults")

    @rule()
    def apply_and_converge(self) -> None:
        self.write()

        applied = self.centre.apply(consent=self.consent())
        left = self.centre.plan(self.consent())

        notes = [(one.change.id, one.note) for one in applied.outcomes if one.result is not Result.DONE]
        assert not notes
        assert not left.changes, [(one.id, one.op, one.fields) for one in left.changes]
        assert {f"{key}@example.com" for key in self.users} <= {one["email"] for one in self.people()}
        assert {(key, one["name"]) for key, one in self.queues.items()} <= {
            (one.get("peerId"), one["name"]) for one in self.live_queues()
        }

    # ── what must always hold ────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def nothing_of_others_is_touched(self) -> None:
        if hasattr(self, "stranger"):
            members = self.centre.behind("GET", f"/api/v2/routing/queues/{self.own['id']}/members")["entities"]
            assert [one["id"] for one in members] == [self.stranger]
            assert self.centre.behind("GET", f"/api/v2/routing/queues/{self.own['id']}")["description"] == "hands off"

    @invariant()
    def nothing_is_doubled(self) -> None:
        emails = [one["email"] for one in self.people()]
        marks = [one["peerId"] for one in self.live_queues() if one.get("peerId")]
        assert len(emails) == len(set(emails))
        assert len(marks) == len(set(marks))

    @invariant()
    def no_limit_is_exceeded_by_our_own_doing(self) -> None:
        assert not self.centre.admin("GET", "/requests")["violations"]

    def people(self) -> list[dict[str, Any]]:
        lists = (self.centre.behind("GET", "/api/v2/users", state=state, pageSize=100) for state in ("active", "inactive"))
        return [one for page in lists for one in page["entities"]]

    def live_queues(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.centre.behind("GET", "/api/v2/routing/queues", pageSize=100)["entities"]
        return found

    def consent(self) -> Consent:
        """Everything may go that the guards would ask about; the limits themselves are wide."""
        return Consent(empty=frozenset({"member", "user", "queue", "skill"}))

    def write(self) -> None:
        skills = "\n".join(f"  - {{key: {one}, name: {one.title()}}}" for one in SKILLS)
        users = "\n".join(
            f"  - {{key: {key}, name: User {key}, email: {key}@example.com, title: {one['title']},"
            f" skills: {{{', '.join(f'{skill}: {level}' for skill, level in sorted(one['skills'].items()))}}}}}"
            for key, one in sorted(self.users.items())
        )
        queues = "\n".join(
            f"  - {{key: {key}, name: {one['name']}, members: {{mode: exclusive, items: [{', '.join(sorted(one['members']))}]}}}}"
            for key, one in sorted(self.queues.items())
        )
        self.centre.write(f"skills:\n{skills}\nusers:{' []' if not users else chr(10) + users}\nqueues:\n{queues}\n")


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=RUNS,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
