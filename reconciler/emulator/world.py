"""What the organisation remembers: its objects, ids, versions and clock. It answers no request.

Randomness is drawn from one seeded generator, so that the same requests give the same ids in every run.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import TYPE_CHECKING

from reconciler.emulator.conversation_store import Conversations
from reconciler.emulator.history import History
from reconciler.emulator.permission import FULL, PLAN
from reconciler.emulator.quota import Window
from reconciler.emulator.recording_store import Recordings
from reconciler.emulator.refusal import Refusal, bad, not_found
from reconciler.emulator.switch import Switches
from reconciler.emulator.things import Entry, Json, People, Queue, Shelf, User, folded
from reconciler.emulator.token import Client, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
ANY_DIVISION = "*"


def is_uuid(text: str) -> bool:
    """Whether the text has the form of an id."""
    return _UUID.fullmatch(text) is not None


class World:
    """One organisation. Handlers change it directly; `settle` brings due consequences about before each request."""

    def __init__(self, clock: Callable[[], float], random_seed: int) -> None:
        self.random = Random(random_seed)  # noqa: S311 - ids must be reproducible, not secret
        self.switches = Switches()
        self.tokens = Tokens(self.random)
        self.divisions, self.skills, self.languages = Shelf(), Shelf(), Shelf()
        self.codes, self.external_sources, self.roles = Shelf(), Shelf(), Shelf()
        self.definitions, self.sources = Shelf(named=False), Shelf(named=False)
        self.people = People()
        self.queues: dict[str, Queue] = {}
        self.queue_names: dict[str, str] = {}
        self._refs: dict[str, Json] = {}
        self.busy_divisions: dict[str, float] = {}
        self.settings: Json = {}
        self.audits: list[Entry] = []
        self.history = History()
        self.conversations = Conversations()
        self.recordings = Recordings()
        self.audit_windows: dict[str, Window] = {}
        self.rate_limit = 300
        self.token_seconds = 86_400
        self._clock = clock
        self._ahead = 0.0
        self._numbers = count(1)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self.organization: Json = {"id": self.new_id(), "name": "Emulated organisation"}
        self.client = self._client("Reconciler", FULL)
        self.planner = self._client("Plan only", PLAN)
        self.home = self._division("Home", "The division objects belong to unless told otherwise", home=True)

    # ── clock ────────────────────────────────────────────────────────────────

    def now(self) -> float:
        """Seconds since the epoch, as the organisation sees it."""
        return self._clock() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._ahead += seconds

    def stamp(self) -> str:
        """Now, as the API writes dates."""
        return self.written(self.now())

    def written(self, seconds: float) -> str:
        """A moment in seconds since the epoch, as the API writes dates."""
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something after so many seconds, at once for 0."""
        if seconds <= 0:
            act()
        else:
            heappush(self._due, (self.now() + seconds, next(self._numbers), act))

    def settle(self) -> None:
        """Do what has come due."""
        while self._due and self._due[0][0] <= self.now():
            heappop(self._due)[2]()

    def visible(self, born: float) -> bool:
        """Whether something created then is in lists by now."""
        return self.now() - born >= self.switches.list_lag

    # ── ids and look-ups ─────────────────────────────────────────────────────

    def new_id(self) -> str:
        """A version 4 UUID."""
        text = f"{self.random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def number(self) -> int:
        """A number above all before it."""
        return next(self._numbers)

    def division(self, division: str, refusal: Refusal | None = None) -> Json:
        """The live division; refused (404 by default) where there is none."""
        found = self.divisions.live.get(division)
        if found is None:
            raise refusal or not_found(division, "division")
        return found

    def user(self, user: str, *, deleted: bool = False) -> User:
        """The user; 404 where there is none, or where it is deleted and deleted ones are not asked for."""
        found = self.people.by_id.get(user)
        if found is None or (found.state == "deleted" and not deleted):
            raise not_found(user, "user", "general.resource.not.found")
        return found

    def queue(self, queue: str) -> Queue:
        """The queue, for a while also a deleted one; 400 for an id that is none, 404 where there is no such queue."""
        if not is_uuid(queue):
            raise bad("invalid.id", f"[{queue}] is not a valid id")
        found = self.queues.get(queue)
        if found is None or (found.gone and found.gone <= self.now()):
            raise not_found(queue, "queue", "resource.not.found")
        return found

    def free_queue_name(self, queue: Queue) -> None:
        """Let another queue take the name."""
        if self.queue_names.get(folded(queue.name)) == queue.id:
            del self.queue_names[folded(queue.name)]

    def division_ref(self, division: str) -> Json:
        """The division as other objects show it: one shared document per division, so that a rename shows everywhere."""
        if division not in self._refs:
            known = self.divisions.live.get(division) or self.divisions.gone.get(division) or {"name": ANY_DIVISION}
            uri = f"/api/v2/authorization/divisions/{division}"
            self._refs[division] = {"id": division, "name": known["name"], "selfUri": uri}
        return self._refs[division]

    # ── the beginning ────────────────────────────────────────────────────────

    def _client(self, name: str, permissions: frozenset[str]) -> Client:
        client = Client(self.new_id(), f"{self.random.getrandbits(192):048x}", name, permissions)
        self.tokens.add(client)
        return client

    def _division(self, name: str, description: str, *, home: bool) -> Json:
        known = self.new_id()
        uri = f"/api/v2/authorization/divisions/{known}"
        return self.divisions.add({"id": known, "name": name, "description": description, "homeDivision": home, "selfUri": uri})
