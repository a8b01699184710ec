"""An emulated organisation for one test, called over httpx's ASGI transport; every answer is held against the definition.

Where GENESYS_SWAGGER names the official API description, the answer to each request of each test is checked against the
schema it declares for that operation and status, and against having properties the definition does not know.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from emulator.calls import Floor

from reconciler.emulator.app import Config, Emulator, build
from reconciler.emulator.operations import OPERATIONS
from reconciler.emulator.routes import Routes

START = 1_780_000_000.0

# Properties newer than the description at hand. Source: official SDK 269.
NEWER = {"RoutingSkill": ("division",), "Queue": ("defaultMediaLanguage",), "UserQueue": ("defaultMediaLanguage",)}


class Definition:
    """The official description, made strict: properties it does not name are refused.

    In one point it is made true: it calls addresses absolute, while the platform answers relative ones.
    """

    def __init__(self, text: str) -> None:
        self.raw = json.loads(text.replace('"format": "uri"', '"format": "uri-reference"'))
        for name, one in self.raw["definitions"].items():
            if "properties" in one:
                one["properties"].update({newer: {} for newer in NEWER.get(name, ())})
                one["additionalProperties"] = False
        self._routes = Routes(OPERATIONS)
        self._compiled: dict[str, Any] = {}

    def check(self, response: httpx.Response) -> None:
        segments = response.request.url.path.strip("/").split("/")
        operation = self._routes.find(response.request.method, segments)
        if operation is None or not response.content or response.status_code == 304:
            return
        declared = self.raw["paths"][operation.path][operation.method.lower()]["responses"]
        schema = declared.get(str(response.status_code), {}).get("schema")
        body = response.json()
        if schema is not None and not (isinstance(body, dict) and "scimType" in body):
            self._validator(json.dumps(schema)).validate(body)

    def _validator(self, schema: str) -> Any:
        if schema not in self._compiled:
            whole = {**json.loads(schema), "definitions": self.raw["definitions"]}
            self._compiled[schema] = jsonschema_rs.Draft4Validator(whole)
        return self._compiled[schema]


@functools.cache
def official() -> Definition | None:
    path = os.environ.get("GENESYS_SWAGGER")
    return Definition(Path(path).read_text(encoding="utf-8")) if path and Path(path).exists() else None


class Org:
    """An emulator with one signed-in client. `now` is the clock; requests are `org("GET", "/users", pageSize=5)`."""

    def __init__(self, config: Config, runner: asyncio.Runner) -> None:
        self.now = START
        self.emulator: Emulator = build(config, clock=lambda: self.now)
        self.world = self.emulator.world
        self._runner = runner
        self.credentials = (self.emulator.client_id, self.emulator.client_secret)
        self.token = self.sign_in(*self.credentials)

    def sign_in(self, name: str, secret: str) -> str:
        token: str = self.login(auth=(name, secret), data={"grant_type": "client_credentials"}).json()["access_token"]
        return token

    def login(self, **more: Any) -> httpx.Response:
        return self._send(self.emulator.api, "POST", "/oauth/token", **more)

    def __call__(self, method: str, path: str, body: Any = None, *, token: str | None = None, **query: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        more = {} if body is None else {"json": body}
        return self.raw(method, path, headers=headers, params=query, **more)

    def raw(self, method: str, path: str, **more: Any) -> httpx.Response:
        response = self._send(self.emulator.api, method, f"/api/v2{path}", **more)
        definition = official()
        if definition is not None:
            definition.check(response)
        return response

    def storage(self, method: str, url: str, content: bytes = b"", **headers: str) -> httpx.Response:
        """A request to a presigned address, with these headers and no others of ours."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._send(self.emulator.api, method, url, content=content, headers=named)

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        more = {} if body is None else {"json": body}
        return self._send(self.emulator.admin, method, path, **more).json()

    def turn(self, **switches: Any) -> None:
        self.world.switches.turn(switches)

    def _send(self, app: Any, method: str, path: str, **more: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
                return await client.request(method, path, **more)

        return self._runner.run(send())

    def together(self, number: int, path: str) -> list[int]:
        """The statuses of so many requests sent at the same time."""

        async def send() -> list[int]:
            headers = {"Authorization": f"Bearer {self.token}"}
            transport = httpx.ASGITransport(self.emulator.api)
            async with httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=headers) as client:
                answers = await asyncio.gather(*(client.get(f"/api/v2{path}") for _ in range(number)))
            return [one.status_code for one in answers]

        return self._runner.run(send())

    # ── short ways to things tests need ──────────────────────────────────────

    @property
    def home(self) -> str:
        return str(self.world.home["id"])

    def user(self, email: str = "ada@example.com", **more: Any) -> dict[str, Any]:
        body = {"name": "Ada", "email": email, "divisionId": self.home, "state": "active"} | more
        return self.made("/users", body)

    def queue(self, name: str = "Billing", **more: Any) -> dict[str, Any]:
        return self.made("/routing/queues", {"name": name} | more)

    def skill(self, name: str = "Billing") -> str:
        return str(self.made("/routing/skills", {"name": name})["id"])

    def language(self, name: str = "English") -> str:
        return str(self.made("/routing/languages", {"name": name})["id"])

    def division(self, name: str = "Tokyo") -> str:
        return str(self.made("/authorization/divisions", {"name": name, "description": ""})["id"])

    def code(self, name: str = "Sale", **more: Any) -> dict[str, Any]:
        return self.made("/routing/wrapupcodes", {"name": name} | more)

    def made(self, path: str, body: Any) -> dict[str, Any]:
        response = self("POST", path, body)
        assert response.status_code in (200, 201), response.text
        document: dict[str, Any] = response.json()
        return document


class Desk:
    """One user at a desk: an own presence source that is the organisation's primary one, and events of both kinds."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.user = str(org.user()["id"])
        self.source = str(org.made("/presence/sources", {"name": "ACME"})["id"])
        self.be_primary(self.source)
        listed = org("GET", "/presence/definitions").json()["entities"]
        self.definitions = {one["systemPresence"]: str(one["id"]) for one in listed}
        self._number = itertools.count(1)

    def be_primary(self, source: str) -> None:
        restore = {"enabled": False, "restoreTimeMilliseconds": 0, "restoreOnQueueEnabled": False}
        body = {"restorePresenceSettings": restore, "defaultPrimaryPresenceRegisteredSourceId": source}
        assert self.org("PUT", "/presence/settings", body).status_code == 200

    def presence(self, system: str, *, at: float = 0, **more: Any) -> dict[str, Any]:
        event = self.event(at) | {"userId": self.user, "presenceDefinitionId": self.definitions[system]}
        return event | more

    def routing(self, status: str, *, at: float = 0, **more: Any) -> dict[str, Any]:
        return self.event(at) | {"agentId": self.user, "status": status} | more

    def event(self, at: float) -> dict[str, Any]:
        """What events of both kinds say, under an id not used before."""
        known = f"abcdef00-0000-4000-8000-{next(self._number):012x}"
        return {"eventId": known, "eventDateTime": self.iso(at), "sourceId": self.source}

    def iso(self, seconds: float) -> str:
        """So many seconds after the start, as the API writes dates."""
        return datetime.fromtimestamp(START + seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def send(self, *events: dict[str, Any]) -> list[dict[str, Any]]:
        """The errors of all events; those of routing status go in a batch of their own, behind the others."""
        agents = [one for one in events if "agentId" in one]
        users = [one for one in events if "agentId" not in one]
        errors = []
        for path, name, batch in (
            ("presence", "userPresenceEvents", users),
            ("routingstatus", "userRoutingStatusEvents", agents),
        ):
            if batch:
                answer = self.org("POST", f"/events/users/{path}", {name: batch})
                assert answer.status_code == 200, answer.text
                errors += answer.json()["errors"]
        return errors

    def shown(self, user: str = "") -> str:
        """The system presence the user shows."""
        return str(self.read(user)["presence"]["presenceDefinition"]["systemPresence"])

    def status(self, user: str = "") -> str:
        """The routing status the user shows."""
        return str(self.read(user)["routingStatus"]["status"])

    def read(self, user: str = "") -> dict[str, Any]:
        document: dict[str, Any] = self.org("GET", f"/users/{user or self.user}", expand="presence,routingStatus").json()
        return document

    def kept(self, user: str = "") -> list[dict[str, Any]]:
        """The user's accepted events, as the admin port lists them."""
        listed: list[dict[str, Any]] = self.org.admin("GET", f"/events?user={user or self.user}")["users"][user or self.user]
        return listed

    def counts(self, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = self.org.admin("GET", "/events")[kind]
        return found


SCRIPT = """
import json, sys
from reconciler.emulator.app import Config
from reconciler.emulator.serve import serve
serve(Config(**json.loads(sys.argv[1])), port=int(sys.argv[2]), announce=lambda told: print(json.dumps(told), flush=True))
"""

Served = tuple[subprocess.Popen[str], dict[str, str]]
Start = Callable[..., AbstractContextManager[Served]]


@contextmanager
def process(port: int = 0, **config: Any) -> Iterator[Served]:
    command = [sys.executable, "-c", SCRIPT, json.dumps(config), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        try:
            yield started, json.loads(started.stdout.readline())
        finally:
            started.kill()


@pytest.fixture(scope="session")
def start() -> Start:
    """Starts the emulator as a process: `with start(port, rate_limit=0) as (process, told)`."""
    return process


def error(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal: clients branch on the pair."""
    body = response.json()
    return response.status_code, body.get("code") or body["scimType"]


@pytest.fixture
def refused() -> Callable[[httpx.Response], tuple[int, str]]:
    return error


@pytest.fixture
def emulate() -> Iterator[Callable[..., Org]]:
    with asyncio.Runner() as runner:
        yield lambda **config: Org(Config(**config), runner)


@pytest.fixture
def org(emulate: Callable[..., Org]) -> Org:
    return emulate()


@pytest.fixture
def desk(org: Org) -> Desk:
    return Desk(org)


@pytest.fixture
def floor(desk: Desk) -> Floor:
    return Floor(desk)


@pytest.fixture(scope="session")
def definition() -> Definition:
    found = official()
    if found is None:
        pytest.skip("GENESYS_SWAGGER names no API description")
    return found
