"""What users can do: their ACD skills and languages. Every write is one of the user, so it counts as a version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator import pages
from reconciler.emulator.people import touch
from reconciler.emulator.portrait import languages, skills
from reconciler.emulator.refusal import bad, invalid_value, not_found, too_large

if TYPE_CHECKING:
    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.things import Shelf, User
    from reconciler.emulator.world import World

BATCH_MAXIMUM = 50


def level(value: float) -> float:
    """A proficiency; 400 outside 0..5."""
    if not 0 <= value <= 5:
        raise invalid_value(value, "proficiency", ("0.0 to 5.0",))
    return float(value)


def whole_level(value: float) -> float:
    """A language proficiency. Source: the backend rounds it to a whole number (provider); half goes up (inferred)."""
    return float(int(level(value) + 0.5))


# ── skills ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def list_skills(ask: Ask, world: World) -> Json:
    """The user's skills by name."""
    return pages.numbered(ask, _sorted(ask, skills(world, world.user(ask.path["userId"]))))


def add_skill(ask: Ask, world: World) -> Json:
    """The skill as the user has it now; one that was there gets the new proficiency (inferred)."""
    user = world.user(ask.path["userId"])
    user.skills |= _wanted([ask.body], world.skills, "skill")
    return _one(skills(world, _written(world, user)), ask.body["id"])


def replace_skills(ask: Ask, world: World) -> Json:
    """Exactly the given skills. Source: `PUT .../routingskills/bulk`; its largest size is unpublished, so none is enforced."""
    user = world.user(ask.path["userId"])
    user.skills = _wanted(ask.body, world.skills, "skill")
    return pages.numbered(ask, skills(world, _written(world, user)))


def merge_skills(ask: Ask, world: World) -> Json:
    """All skills after adding or changing the given ones. Source: at most 50 (provider)."""
    user = world.user(ask.path["userId"])
    _bounded(ask)
    user.skills |= _wanted(ask.body, world.skills, "skill")
    return pages.numbered(ask, skills(world, _written(world, user)))


def change_skill(ask: Ask, world: World) -> Json:
    """The skill with another proficiency; it is added where the user lacks it (inferred)."""
    user, known = world.user(ask.path["userId"]), ask.path["skillId"]
    user.skills |= _wanted([{"id": known, "proficiency": ask.body.get("proficiency", 0)}], world.skills, "skill")
    return _one(skills(world, _written(world, user)), known)


def remove_skill(ask: Ask, world: World) -> None:
    """The user without the skill; 404 where it had none."""
    user, known = world.user(ask.path["userId"]), ask.path["skillId"]
    if user.skills.pop(known, None) is None:
        raise not_found(known, "skill", "general.resource.not.found")
    _written(world, user)


# ── languages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def list_languages(ask: Ask, world: World) -> Json:
    """The user's languages by name."""
    return pages.numbered(ask, _sorted(ask, languages(world, world.user(ask.path["userId"]))))


def add_language(ask: Ask, world: World) -> Json:
    """The language as the user has it now."""
    user = world.user(ask.path["userId"])
    user.languages |= _wanted([ask.body], world.languages, "language")
    return _one(languages(world, _written(world, user)), ask.body["id"])


def merge_languages(ask: Ask, world: World) -> Json:
    """All languages after adding or changing the given ones. Source: at most 50; there is no replacing call."""
    user = world.user(ask.path["userId"])
    _bounded(ask)
    user.languages |= _wanted(ask.body, world.languages, "language")
    return pages.numbered(ask, languages(world, _written(world, user)))


def change_language(ask: Ask, world: World) -> Json:
    """The language with another proficiency; it is added where the user lacks it (inferred)."""
    user, known = world.user(ask.path["userId"]), ask.path["languageId"]
    user.languages |= _wanted([{"id": known, "proficiency": ask.body.get("proficiency", 0)}], world.languages, "language")
    return _one(languages(world, _written(world, user)), known)


def remove_language(ask: Ask, world: World) -> None:
    """The user without the language; 404 where it had none."""
    user, known = world.user(ask.path["userId"]), ask.path["languageId"]
    if user.languages.pop(known, None) is None:
        raise not_found(known, "language", "general.resource.not.found")
    _written(world, user)


def _wanted(items: list[Json], shelf: Shelf, what: str) -> dict[str, float]:
    for item in items:
        if item["id"] not in shelf.live:
            raise not_found(item["id"], what, "general.resource.not.found")
    rounded = whole_level if what == "language" else level
    return {item["id"]: rounded(item["proficiency"]) for item in items}


def _bounded(ask: Ask) -> None:
    if len(ask.body) > BATCH_MAXIMUM:
        raise too_large(BATCH_MAXIMUM)
    if not ask.body:
        raise bad("bad.request", "At least one item must be given")


def _written(world: World, user: User) -> User:
    if world.switches.abilities_bump_version:
        touch(world, user)
    return user


def _one(shown: list[Json], known: str) -> Json:
    return next(one for one in shown if one["id"] == known)


def _sorted(ask: Ask, shown: list[Json]) -> list[Json]:
    return sorted(shown, key=lambda one: (one["name"].casefold(), one["id"]), reverse=ask.query.descending())
