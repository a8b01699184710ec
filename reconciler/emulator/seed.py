"""What an organisation is born with: `empty`, `demo`, or `large:USERS,QUEUES`. Runs once, before the first request.

`large` is regular, so that matching manifests can be generated from this text alone. Numbers start at 1; ids are drawn from the
organisation's generator. `NN` has two digits, `NNNNN` at least five:

    divisions   Division NN          12
    skills      Skill NN             80
    languages   Language NN          10
    codes       Code NN              60, in all divisions, without description
    user i      name `User NNNNN`, e-mail `u-NNNNN@example.com`, active, external identifier authority `acme`, key `u-NNNNN`;
                division number (i - 1) mod 12 + 1; five skills k = 0…4: number (i + 16 k) mod 80 + 1, proficiency
                (i + k) mod 5 + 1; two languages k = 0, 1: number (i + 5 k) mod 10 + 1, proficiency (i + k) mod 5 + 1
    queue j     name `Queue NNNNN`, peerId `q-NNNNN`, division number (j - 1) mod 12 + 1, default settings, no description;
                min(60, USERS) members m = 0…: user number ((j - 1) 60 + m) mod USERS + 1, ring 1, joined;
                five codes c = 0…4: number ((j - 1) 5 + c) mod 60 + 1
"""

from __future__ import annotations

import gc
import re
from copy import deepcopy
from typing import TYPE_CHECKING

from reconciler.emulator.people import enter
from reconciler.emulator.presence import SYSTEM_PRESENCES, source, system_definition
from reconciler.emulator.queues import DEFAULTS
from reconciler.emulator.things import Member, Queue, folded
from reconciler.emulator.world import ANY_DIVISION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.emulator.things import Json, Shelf, User
    from reconciler.emulator.world import World

_LARGE = re.compile(r"large:(\d{1,7}),(\d{1,6})")

# name, description, whether new users hold it
_ROLES = (
    ("employee", "What everybody may do", True),
    ("admin", "Everything", False),
    ("EX Integration", "What an integration of an external platform may do", False),
    ("Communicate - User", "Takes part in interactions", False),
    ("Supervisor", "Watches queues", False),
)

_MEMBERS, _CODES = 60, 5


def plant(world: World, seed: str) -> None:
    """Fill a new world; ValueError for a seed that does not exist."""
    large = _LARGE.fullmatch(seed)
    if seed not in ("empty", "demo") and large is None:
        raise ValueError(f"no seed {seed!r}; known: empty, demo, large:USERS,QUEUES")
    _base(world)
    if seed == "demo":
        _demo(world)
    if large is not None:
        _collector_off(world, int(large[1]), int(large[2]))


def _base(world: World) -> None:
    """What every organisation has. Source: ten system presences, a System source, a default role."""
    world.organization |= {
        "defaultLanguage": "en-us",
        "defaultCountryCode": "US",
        "domain": "emulated.example",
        "version": 1,
        "state": "active",
        "voicemailEnabled": False,
        "productPlatform": "GenesysCloud",
        "features": {},
        "selfUri": "/api/v2/organizations/me",
    }
    for presence in SYSTEM_PRESENCES:
        world.definitions.add(system_definition(world, presence))
    built_in = world.sources.add(source(world, {"name": "PURECLOUD"}, "System"))
    for name, description, default in _ROLES:
        _role(world, name, description, default=default)
    world.settings = {
        "id": world.organization["id"],
        "restorePresenceSettings": {"enabled": False, "restoreTimeMilliseconds": 0, "restoreOnQueueEnabled": False},
        "requestingOffQueueEnabled": False,
        "defaultPrimaryPresenceRegisteredSourceId": built_in["id"],
        "selfUri": "/api/v2/presence/settings",
    }


def _role(world: World, name: str, description: str, *, default: bool) -> None:
    known = world.new_id()
    world.roles.add(
        {
            "id": known,
            "name": name,
            "description": description,
            "permissions": [],
            "permissionPolicies": [],
            "userCount": 0,
            "base": True,
            "default": default,
            "selfUri": f"/api/v2/authorization/roles/{known}",
        }
    )


# ── simple objects ───────────────────────────────────────────────────────────────────────────────────────────────────


def _division(world: World, name: str) -> str:
    known = world.new_id()
    document: Json = {"id": known, "name": name, "description": "", "homeDivision": False}
    world.divisions.add(document | {"selfUri": f"/api/v2/authorization/divisions/{known}"})
    return known


def _ability(world: World, shelf: Shelf, family: str, name: str) -> str:
    known = world.new_id()
    document: Json = {"id": known, "name": name, "dateModified": world.stamp(), "state": "active", "version": "1"}
    shelf.add(document | {"selfUri": f"/api/v2/routing/{family}/{known}"})
    return known


def _code(world: World, name: str) -> str:
    known, now = world.new_id(), world.stamp()
    document: Json = {"id": known, "name": name, "division": world.division_ref(ANY_DIVISION)}
    document |= {"dateCreated": now, "dateModified": now, "createdBy": world.client.id, "modifiedBy": world.client.id}
    world.codes.add(document | {"selfUri": f"/api/v2/routing/wrapupcodes/{known}"})
    return known


def _queue(world: World, name: str, division: str, **settings: str) -> Queue:
    now = world.stamp()
    queue = Queue(world.new_id(), name, division, deepcopy(DEFAULTS) | settings, 0.0, now, now, world.client.id)
    world.queues[queue.id] = queue
    world.queue_names[folded(name)] = queue.id
    return queue


def _user(world: World, name: str, email: str, division: str) -> User:
    user = enter(world, name=name, email=email, division=division)
    user.created = 0.0
    return user


def _fill(queue: Queue, members: Iterable[User], codes: Iterable[str]) -> None:
    queue.members = {user.id: Member() for user in members}
    queue.codes = dict.fromkeys(codes)
    queue.count()


# ── large ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _collector_off(world: World, users: int, queues: int) -> None:
    """The cyclic collector would look at everything again and again while a large organisation is made, and find nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        _large(world, users, queues)
    finally:
        if was_on:
            gc.enable()


def _large(world: World, users: int, queues: int) -> None:
    divisions = [_division(world, f"Division {number:02}") for number in range(1, 13)]
    skills = [_ability(world, world.skills, "skills", f"Skill {number:02}") for number in range(1, 81)]
    languages = [_ability(world, world.languages, "languages", f"Language {number:02}") for number in range(1, 11)]
    codes = [_code(world, f"Code {number:02}") for number in range(1, 61)]
    levels = [float(number) for number in range(1, 6)]
    people = []
    for number in range(1, users + 1):
        user = _user(world, f"User {number:05}", f"u-{number:05}@example.com", divisions[(number - 1) % 12])
        user.skills = {skills[(number + 16 * k) % 80]: levels[(number + k) % 5] for k in range(5)}
        user.languages = {languages[(number + 5 * k) % 10]: levels[(number + k) % 5] for k in range(2)}
        user.external = [("acme", f"u-{number:05}")]
        world.people.add(user)
        people.append(user)
    for number in range(1, queues + 1):
        queue = _queue(world, f"Queue {number:05}", divisions[(number - 1) % 12], peerId=f"q-{number:05}")
        first, size = (number - 1) * _MEMBERS, min(_MEMBERS, users)
        members = [people[(first + place) % users] for place in range(size)]
        _fill(queue, members, [codes[((number - 1) * _CODES + place) % 60] for place in range(_CODES)])


# ── demo ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

_DEMO_USERS: tuple[tuple[str, str, str, dict[str, float], dict[str, float]], ...] = (
    ("Anna Berger", "anna.berger@example.com", "Berlin", {"Billing": 4.0, "Complaints": 3.0}, {"German": 5.0, "English": 4.0}),
    ("Ben Okafor", "ben.okafor@example.com", "Berlin", {"Billing": 2.0}, {"German": 3.0, "English": 5.0}),
    ("佐藤 花子", "hanako.sato@example.com", "Tokyo", {"Billing": 5.0, "Sales": 4.0}, {"Japanese": 5.0, "English": 3.0}),
    ("鈴木 一郎", "ichiro.suzuki@example.com", "Tokyo", {"Sales": 3.0}, {"Japanese": 5.0}),
    ("Clara Novak", "clara.novak@example.com", "Home", {}, {"English": 5.0}),
)
_DEMO_QUEUES = (
    ("Billing Berlin", "Berlin", ("anna.berger@example.com", "ben.okafor@example.com"), ("Solved", "Called back")),
    ("Sales Tokyo", "Tokyo", ("hanako.sato@example.com", "ichiro.suzuki@example.com"), ("Sale", "No sale")),
    ("Overflow", "Home", (), ()),
)


def _demo(world: World) -> None:
    """A few people, queues and lists that somebody has made by hand: nothing carries an external identifier or a peer id."""
    divisions = {name: _division(world, name) for name in ("Berlin", "Tokyo")} | {"Home": world.home["id"]}
    skills = {name: _ability(world, world.skills, "skills", name) for name in ("Billing", "Complaints", "Sales")}
    languages = {name: _ability(world, world.languages, "languages", name) for name in ("German", "English", "Japanese")}
    codes = {name: _code(world, name) for name in ("Solved", "Called back", "Sale", "No sale")}
    for name, email, division, has_skills, speaks in _DEMO_USERS:
        user = _user(world, name, email, divisions[division])
        user.skills = {skills[one]: level for one, level in has_skills.items()}
        user.languages = {languages[one]: level for one, level in speaks.items()}
        world.people.add(user)
    for name, division, members, has_codes in _DEMO_QUEUES:
        queue = _queue(world, name, divisions[division])
        _fill(queue, [world.people.by_email[one] for one in members], [codes[one] for one in has_codes])
    labels = {"en_US": "Paperwork", "de": "Nachbearbeitung", "ja": "事務処理"}
    world.definitions.add(system_definition(world, "Busy") | {"type": "User", "languageLabels": labels})
