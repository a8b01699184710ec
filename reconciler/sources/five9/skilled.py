"""What answers say of users and skills → who has which skill at which level, as far as they go.

Three answers say it: a user's own skills, a skill's own users, and a table of both. What none of them covers stays as it is, and
that is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from reconciler.model.gathered import Gathered
from reconciler.model.problem import Place


@dataclass(slots=True)
class Skilled:
    """Skill → user → why, for the skills whose users are known; user → skill → level; whether that is all of it."""

    members: dict[str, dict[str, str]] = field(default_factory=dict)
    levels: dict[str, dict[str, str]] = field(default_factory=dict)
    complete: bool = False


@dataclass(frozen=True, slots=True)
class _Pair:
    """One user with one skill, as an answer names them."""

    user: str
    skill: str
    level: str
    place: Place


def skilled(found: Gathered) -> Skilled:
    """Everything the export says of who has which skill."""
    skills, users = found.all("queue"), found.all("user")
    if not skills:
        rows = (*(one for one in users.values() if one.fields.get("skills")), *found.all("user_skill").values())
        having = next(iter(rows), None)
        if having:
            what = "users have skills, but the export lists none; skills and queues are left as they are"
            found.warn(having.place, "", what, "add the answer of getSkills")
        return Skilled()
    tabled = "user_skill" in found.given
    told = {key for key, one in users.items() if "skills" in one.fields}
    covered = {key for key, one in skills.items() if "users" in one.fields}
    every = bool(covered) and covered == set(skills)
    done = Skilled(complete=tabled or bool(told) or every)
    if told and not tabled and not every:
        for key in sorted(set(users) - told):
            what = "the export does not hold their skills"
            found.wrong(users[key].place, f"user/{key}", what, "add the answer of getUsersInfo that has them")
    done.members = {key: {} for key in skills if done.complete or key in covered}
    for key in sorted(set(skills) - set(done.members)):
        what = "the export does not hold who has it; members are left as they are"
        found.warn(skills[key].place, f"queue/{key}", what, "add the answers of getUsersInfo, or of getSkillsInfo")
    for pair in _pairs(found):
        _enter(found, done, pair)
    return done


def _pairs(found: Gathered) -> Iterator[_Pair]:
    """Every user with every skill, under our keys; what cannot be found is a problem, and its key empty."""
    find = _Finder(found)
    for key, one in found.all("user").items():
        for skill, name, level in one.fields.get("skills", ()):
            yield _Pair(key, find.skill(one.place, f"user/{key}", (skill, name)), level, one.place)
    for key, one in found.all("queue").items():
        for login, level in one.fields.get("users", ()):
            yield _Pair(find.user(one.place, f"queue/{key}", login), key, level, one.place)
    for row in found.all("user_skill").values():
        said, user = row.fields, find.user(row.place, "user", row.fields["user"])
        yield _Pair(user, find.skill(row.place, f"user/{user}", (said["skill"], said["name"])), said["level"], row.place)


class _Finder:
    """Finds users by login, and skills by id or by a name that only one has."""

    def __init__(self, found: Gathered) -> None:
        self._found = found
        self._skills = found.all("queue")
        self._logins = {one.fields.get("username", key): key for key, one in found.all("user").items()}
        self._names: dict[str, list[str]] = {}
        for key, skill in self._skills.items():
            self._names.setdefault(str(skill.fields.get("name", "")), []).append(key)

    def skill(self, place: Place, subject: str, said: tuple[str, str]) -> str:
        """The key of a skill of this id, or else this name; empty where there is none."""
        key, name = said
        fits = [key] if key in self._skills else [] if key else self._names.get(name, [])
        if len(fits) == 1:
            return fits[0]
        what = f"skill {name or key!r} is {'the name of several' if fits else 'not in the export'}"
        self._found.wrong(place, subject, what, "add the answer of getSkills, or name the skill by its id")
        return ""

    def user(self, place: Place, subject: str, login: str) -> str:
        """The key of the user with this login; empty where there is none."""
        if login not in self._logins:
            what = f"user {login!r} is not in the export"
            self._found.wrong(place, subject, what, "add the answer of getUsersInfo, or mend the row")
        return self._logins.get(login, "")


def _enter(found: Gathered, done: Skilled, pair: _Pair) -> None:
    if not pair.user or not pair.skill:
        return
    own = done.levels.setdefault(pair.user, {})
    if own.setdefault(pair.skill, pair.level) != pair.level:
        what = f"has skill {pair.skill} at level {own[pair.skill]} and {pair.level}"
        found.wrong(pair.place, f"user/{pair.user}", what, "keep the newer of the two answers")
    if pair.skill in done.members:
        done.members[pair.skill][pair.user] = f"level {pair.level}" if pair.level else "has the skill"
