"""What somebody does in Genesys Cloud between our reading and our writing is not undone by the way we write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import httpx
import pytest
from flow.centre import Centre

from reconciler.emulator.app import Emulator

KEYS = ("a", "b", "c", "d", "e", "theirs")
SKILLS = "\n".join(f"  - {{key: {key}, name: Skill {key}}}" for key in KEYS)


class Meanwhile(httpx.AsyncBaseTransport):
    """Lets somebody act right before the first request whose method and path contain the words given."""

    def __init__(self, emulator: Emulator, words: str, act: Callable[[], Awaitable[object]]) -> None:
        self.inner = httpx.ASGITransport(emulator.api)
        self.words, self.act = words, act
        self.done = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self.done and self.words in f"{request.method} {request.url.path}":
            self.done = True
            await self.act()
        return await self.inner.handle_async_request(request)


def manifest(skills: str) -> str:
    wished = ", ".join(f"{key}: 3" for key in skills)
    return f"skills:\n{SKILLS}\nusers: [{{key: a1, name: Ann, email: ann@example.com, skills: {{{wished}}}}}]\n"


def held(centre: Centre) -> set[str]:
    (user,) = centre.behind("GET", "/api/v2/users", expand="skills")["entities"]
    return {one["name"].removeprefix("Skill ") for one in user["skills"]}


@pytest.mark.parametrize("left", ["bcde", "cde", "de", "e", ""])
def test_a_skill_that_somebody_adds_while_others_go_stays_until_the_next_plan(centre: Centre, left: str) -> None:
    centre.write(manifest("abcde"))
    centre.apply()
    centre.write(manifest(left))
    (user,) = centre.behind("GET", "/api/v2/users")["entities"]
    (theirs,) = centre.behind("GET", "/api/v2/routing/skills", name="Skill theirs")["entities"]
    body = {"id": theirs["id"], "proficiency": 5}
    act = partial(centre.meanwhile, "POST", f"/api/v2/users/{user['id']}/routingskills", body)

    centre.transport = Meanwhile(centre.emulator, "/routingskills", act)
    applied = centre.apply()
    centre.transport = None

    assert held(centre) == {*left, "theirs"}
    assert [one.path for change in applied.remaining for one in change.fields] == [("skills", "theirs")]
    assert [one.path for change in centre.plan().changes for one in change.fields] == [("skills", "theirs")]
