"""Files of answers of Finesse and of UCCX → records by kind and id. What they mean together is for `export`.

An object is known by the name of its element, and a team of Finesse from one of UCCX by what stands in it. It is read where it is
defined, not where another one refers to it. Source: Finesse developer guide (User, Team, Queue, ReasonCode, WrapUpReason),
Unified CCX developer guide, Configuration APIs (csq, resource, skill, team, resourceGroup).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from reconciler.formats import xml
from reconciler.formats.xml import Element
from reconciler.model.gathered import Gathered
from reconciler.model.problem import Place, Problem

_LISTS: Mapping[str, str] = MappingProxyType(
    {
        "users": "user",
        "teams": "team",
        "queues": "queue",
        "reasoncodes": "reason",
        "wrapupreasons": "wrapup_code",
        "csqs": "csq",
        "resources": "user",
        "skills": "skill",
        "resourcegroups": "resource_group",
    }
)
_FLAGS: Mapping[str, bool] = MappingProxyType({"true": True, "false": False})


def read(files: Mapping[str, bytes]) -> Gathered:
    """Every object in these files; what is not recognised is a warning, what is broken or an error of the API a problem."""
    found = Gathered()
    for file in sorted(files):
        root = xml.read(files[file], file=file)
        if isinstance(root, Problem):
            if file.lower().endswith(".xml") or files[file].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
                found.problems[root] = None
            else:
                found.warn(Place(file), "", "not XML, not read", "move it out of the export folder")
        elif not _take(found, root, Place(file)):
            what = f"<{root.name}> is no answer of Finesse or UCCX that is known here"
            found.warn(Place(file), "", what, "move it out of the export folder")
    return found


def _take(found: Gathered, element: Element, place: Place) -> bool:
    """Takes an object, or every object of a list; False where it is neither."""
    name = element.name.lower()
    if name in {"apierrors", "apierror", "error"}:
        words = " ".join(text for one in _all(element) if (text := one.text))[:100]
        found.wrong(place, "", f"holds an error of the API, not an answer: {words}", "ask again")
        return True
    if name in _LISTS:
        found.given.add(_LISTS[name])
        if name == "queues":
            found.add("listing", place.file, {"queues": tuple(_listed(element))}, place)
        return all([_take(found, child, place) for child in element.children])  # noqa: C419 - every one is taken
    if name not in _KINDS:
        return False
    kind, say = _KINDS[name]
    key, said = say(found, element, place)
    if key:
        found.add(kind, key, said, place)
    else:
        found.wrong(place, kind, f"<{element.name}> without an id", "export it again")
    return True


def _all(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        yield from _all(child)


def _listed(queues: Element) -> Iterable[str]:
    return (key for queue in queues.children if (key := last(queue.say("uri"))))


def last(uri: str) -> str:
    """The id in an address: what follows its last slash."""
    return uri.strip().rstrip("/").rsplit("/", 1)[-1]


def reference(element: Element | None) -> tuple[str, str] | None:
    """Id and name of what is referred to, as `<team name="Sales"><refURL>…/team/3</refURL></team>`; None where nothing is."""
    if element is None:
        return None
    key, name = last(element.say("refURL")), element.attributes.get("name", "").strip()
    return (key, name) if key or name else None


# ── Finesse ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_Said = tuple[str, dict[str, Any]]


def _user(_found: Gathered, element: Element, _place: Place) -> _Said:
    roles = element.child("roles")
    return element.say("loginId") or last(element.say("uri")), {
        "username": element.say("loginName") or None,
        "given_name": element.say("firstName") or None,
        "family_name": element.say("lastName") or None,
        "team": element.say("teamId") or None,
        "team_name": element.say("teamName") or None,
        "roles": tuple(sorted(role.text for role in roles.children if role.text)) if roles else None,
    }


def _team(found: Gathered, element: Element, place: Place) -> _Said:
    """A team of Finesse with its users in short, or one of UCCX."""
    if element.child("teamId") or "/adminapi/" in element.say("self"):
        return element.say("teamId") or last(element.say("self")), {"name": element.say("teamname") or None, "uccx": True}
    key, users = element.say("id") or last(element.say("uri")), element.child("users")
    for user in users.children if users else ():
        login, said = _user(found, user, place)
        if login:
            found.add("user", login, said | {"team": key or None}, place)
    return key, {"name": element.say("name") or None}


def _queue(_found: Gathered, element: Element, _place: Place) -> _Said:
    return last(element.say("uri")), {"name": element.say("name") or None}


def _reason(_found: Gathered, element: Element, _place: Place) -> _Said:
    return element.say("id") or last(element.say("uri")), {
        "name": element.say("label") or None,
        "category": element.say("category").upper() or None,
        "system": _FLAGS.get(element.say("systemCode").lower()),
    }


def _wrapup_reason(_found: Gathered, element: Element, _place: Place) -> _Said:
    """Its key is the label, which is unique: a call carries nothing else of it."""
    return element.say("label"), {"name": element.say("label") or None}


# ── UCCX ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _resource(_found: Gathered, element: Element, _place: Place) -> _Said:
    skills = element.child("skillMap")
    return element.say("userID") or last(element.say("self")), {
        "given_name": element.say("firstName") or None,
        "family_name": element.say("lastName") or None,
        "extension": element.say("extension") or None,
        "alias": element.say("alias") or None,
        "type": element.say("type") or None,
        "uccx_team": reference(element.child("team")),
        "resource_group": reference(element.child("resourceGroup")) or ("", ""),
        "competences": _competences(skills) if skills else None,
    }


def _competences(element: Element) -> tuple[tuple[str, str, str], ...]:
    """(id, name, level) of every skill in there."""
    rows = (child for child in element.children if child.name.lower() == "skillcompetency")
    found = (((reference(row.child("skillNameUriPair")) or ("", "")), row.say("competencelevel")) for row in rows)
    return tuple((*skill, level) for skill, level in found)


def _csq(_found: Gathered, element: Element, _place: Place) -> _Said:
    pool = element.child("poolSpecificInfo")
    group, skills = (pool.child("resourceGroup"), pool.child("skillGroup")) if pool else (None, None)
    return element.say("id") or last(element.say("self")), {
        "name": element.say("name") or None,
        "queue_type": element.say("queueType").upper() or None,
        "pool": element.say("resourcePoolType").upper().replace("_", "") or None,
        "group": reference(group.child("resourceGroupNameUriPair")) or reference(group) if group else None,
        "competences": _competences(skills) if skills else None,
    }


def _skill(_found: Gathered, element: Element, _place: Place) -> _Said:
    return element.say("skillId") or last(element.say("self")), {"name": element.say("skillName") or None}


def _resource_group(_found: Gathered, element: Element, _place: Place) -> _Said:
    return element.say("id") or last(element.say("self")), {"name": element.say("name") or None}


_KINDS: Mapping[str, tuple[str, Callable[[Gathered, Element, Place], _Said]]] = MappingProxyType(
    {
        "user": ("user", _user),
        "team": ("team", _team),
        "queue": ("queue", _queue),
        "reasoncode": ("reason", _reason),
        "wrapupreason": ("wrapup_code", _wrapup_reason),
        "csq": ("csq", _csq),
        "resource": ("user", _resource),
        "skill": ("skill", _skill),
        "resourcegroup": ("resource_group", _resource_group),
    }
)
