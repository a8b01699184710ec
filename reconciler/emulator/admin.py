"""The admin application: what the emulator counted, the trouble it shall make, its clock and switches. Not part of the API.

GET  /requests          the request ledger            POST /requests/reset    begin anew
GET  /faults            rules with their counts       POST /faults            add a rule or a list of rules
DELETE /faults          no more trouble               POST /clock             {"advance_seconds": n}
GET  /switches          with explanations             PATCH /switches         {"name": value, …}
GET  /clients           credentials of all clients    POST /clients           {"name", "permissions", "divisions"}
GET  /state             the organisation by names     GET  /                  this list
GET  /events            injected events in numbers; with ?user=ID,ID or ?user=* each of theirs, in the order of acceptance
GET  /recordings        uploaded files in numbers; with ?digest=MD5,MD5 (hex) or ?digest=* the files of each content
GET  /conversations     the same of conversation events; with ?conversation=ID,ID or ?conversation=* those of each conversation
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from reconciler.emulator.conversation_batch import tell_conversations
from reconciler.emulator.dump import dump
from reconciler.emulator.events import tell
from reconciler.emulator.permission import FULL
from reconciler.emulator.recording_ingest import tell_recordings
from reconciler.emulator.token import Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from reconciler.emulator.faults import Faults
    from reconciler.emulator.tally import Tally
    from reconciler.emulator.world import World


class Admin:
    """The ASGI application of the admin port. A request it cannot understand is 400 with the reason as text."""

    def __init__(self, world: World, tally: Tally, faults: Faults) -> None:
        self._world, self._tally, self._faults = world, tally, faults
        self._routes: dict[tuple[str, str], Callable[[Any], Any]] = {
            ("GET", "/"): self._index,
            ("GET", "/requests"): lambda _: tally.show(),
            ("POST", "/requests/reset"): self._reset,
            ("GET", "/faults"): lambda _: faults.show(),
            ("POST", "/faults"): self._add_faults,
            ("DELETE", "/faults"): self._clear_faults,
            ("POST", "/clock"): self._advance,
            ("GET", "/switches"): lambda _: world.switches.show(),
            ("PATCH", "/switches"): self._turn,
            ("GET", "/clients"): lambda _: [_shown(one) for one in world.tokens.clients.values()],
            ("POST", "/clients"): self._add_client,
            ("GET", "/state"): lambda _: dump(world),
            ("GET", "/events"): lambda query: tell(world, query.get("user", "")),
            ("GET", "/recordings"): lambda query: tell_recordings(world, query.get("digest", "")),
            ("GET", "/conversations"): lambda query: tell_conversations(world, query.get("conversation", "")),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        route = self._routes.get((request.method, request.url.path.rstrip("/") or "/"))
        if route is None:
            await _json({"error": "no such thing here", "see": "GET /"}, 404)(scope, receive, send)
            return
        raw = await request.body()
        try:
            answer = route(orjson.loads(raw) if raw else dict(request.query_params))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            await _json({"error": str(error)}, 400)(scope, receive, send)
            return
        await _json(answer, 200)(scope, receive, send)

    def _index(self, _: Any) -> list[str]:
        return [f"{method} {path}" for method, path in self._routes]

    def _reset(self, _: Any) -> dict[str, Any]:
        self._tally.reset()
        return self._tally.show()

    def _add_faults(self, body: Any) -> list[dict[str, Any]]:
        for rule in body if isinstance(body, list) else [body]:
            self._faults.add(rule)
        return self._faults.show()

    def _clear_faults(self, _: Any) -> list[dict[str, Any]]:
        self._faults.clear()
        return []

    def _advance(self, body: Any) -> dict[str, Any]:
        self._world.advance(float(body["advance_seconds"]))
        return {"now": self._world.now()}

    def _turn(self, body: Any) -> dict[str, Any]:
        self._world.switches.turn(body)
        return self._world.switches.show()

    def _add_client(self, body: Any) -> dict[str, Any]:
        """A further client: all permissions unless named, all divisions unless named (by name)."""
        world = self._world
        names = body.get("divisions")
        divisions = None if names is None else frozenset(_division(world, name) for name in names)
        permissions = frozenset(body.get("permissions", FULL))
        client = Client(world.new_id(), world.new_id(), body.get("name", "Further client"), permissions, divisions)
        world.tokens.add(client)
        return _shown(client)


def _division(world: World, name: str) -> str:
    found = world.divisions.named(name)
    if found is None:
        raise ValueError(f"no division named {name!r}")
    return str(found["id"])


def _shown(client: Client) -> dict[str, Any]:
    divisions = None if client.divisions is None else sorted(client.divisions)
    shown = {"client_id": client.id, "client_secret": client.secret, "name": client.name}
    return shown | {"permissions": sorted(client.permissions), "divisions": divisions}


def _json(body: Any, status: int) -> Response:
    return Response(orjson.dumps(body, option=orjson.OPT_INDENT_2), status, media_type="application/json")
