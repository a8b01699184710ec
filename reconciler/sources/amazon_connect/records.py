"""Recognised answers → one record per object, merged from all answers about it; answers that disagree are problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from reconciler.model.problem import Place, Problem
from reconciler.sources.amazon_connect.answers import Item, identity, last

LEVELS = ("levelone", "leveltwo", "levelthree", "levelfour", "levelfive")
Body = Mapping[str, Any]


@dataclass(slots=True)
class Record:
    """One object, merged from all answers about it: what they say, and the file that says most."""

    fields: dict[str, Any] = field(default_factory=dict)
    file: str = ""
    most: int = 0


@dataclass(slots=True)
class World:
    """All records by kind and id, rows by their owner, and what is wrong with them."""

    records: dict[str, dict[str, Record]] = field(default_factory=dict)
    rows: dict[tuple[str, str], list[Body]] = field(default_factory=dict)
    problems: dict[Problem, None] = field(default_factory=dict)
    attributes: dict[str, tuple[str, str]] = field(default_factory=dict)
    qualified: AbstractSet[str] = frozenset()

    def all(self, kind: str) -> dict[str, Record]:
        """The records of a kind by id."""
        return self.records.get(kind, {})

    def wrong(self, file: str, subject: str, what: str, remedy: str) -> None:
        """Notes a problem, once."""
        self.problems[Problem(Place(file), subject, what, remedy)] = None

    def warn(self, file: str, subject: str, what: str, remedy: str) -> None:
        """Notes a warning, once."""
        self.problems[Problem(Place(file), subject, what, remedy, warning=True)] = None


def merge(world: World, item: Item) -> None:
    """Adds what an answer says to the record of its object; two answers that disagree are a problem."""
    if item.kind == "structure":
        return
    key = identity(item)
    if not key:
        world.wrong(item.file, item.kind, "an object without Id and Arn", "export it again")
        return
    said = {name: value for name, value in _SAID[item.kind](item.body).items() if value not in (None, "")}
    record = world.records.setdefault(item.kind, {}).setdefault(key, Record())
    for name, value in said.items():
        if record.fields.setdefault(name, value) != value:
            what = f"{name} is {value!r} here and {record.fields[name]!r} in {record.file}"
            world.wrong(item.file, f"{item.kind}/{key}", what, "keep the newer of the two answers")
    if len(said) > record.most or not record.file:
        record.file, record.most = item.file, len(said)


def text(value: Any) -> str | None:
    """A single value as trimmed text, None for anything else."""
    return None if value is None or isinstance(value, dict | list) else str(value).strip()


def _user(body: Body) -> dict[str, Any]:
    """Source: DescribeUser, SearchUsers (without e-mail address), ListUsers (user name only)."""
    person = body.get("identityinfo")
    info = person if isinstance(person, dict) else {}
    phone = body.get("phoneconfig")
    return {
        "username": text(body.get("username")),
        "given_name": text(info.get("firstname")),
        "family_name": text(info.get("lastname")),
        "email": text(info.get("email")),
        "routing_profile": reference(body, "routingprofileid", "routingprofilearn"),
        "group": reference(body, "hierarchygroupid", "hierarchygrouparn"),
        "desk_phone": text(phone.get("deskphonenumber")) if isinstance(phone, dict) else None,
        "tags": {str(key): str(value) for key, value in tags.items()} if isinstance(tags := body.get("tags"), dict) else None,
        "described": True if info or "routingprofileid" in body else None,
    }


def reference(body: Body, *names: str) -> str | None:
    """The id under the first of these keys that holds one, whether written as an id or as an ARN."""
    return next((last(str(body[name])) for name in names if body.get(name)), None)


def _queue(body: Body) -> dict[str, Any]:
    """Source: ListQueues (with QueueType), DescribeQueue and SearchQueues (with Status); the ARN of an agent's queue says so."""
    arn = str(body.get("arn") or body.get("queuearn") or "")
    kind = text(body.get("queuetype")) or ("AGENT" if "/queue/agent/" in arn else None)
    return {
        "name": text(body.get("name") or body.get("queuename")),
        "description": text(body.get("description")),
        "type": kind and kind.upper(),
        "status": (text(body.get("status")) or "").upper(),
    }


def _routing_profile(body: Body) -> dict[str, Any]:
    """Source: ListRoutingProfiles, DescribeRoutingProfile and SearchRoutingProfiles (with AssociatedQueueIds)."""
    queues = body.get("associatedqueueids")
    return {
        "name": text(body.get("name") or body.get("routingprofilename")),
        "queues": tuple(sorted(last(str(one)) for one in queues)) if isinstance(queues, list) else None,
    }


def _group(body: Body) -> dict[str, Any]:
    """Source: ListUserHierarchyGroups (id and name), DescribeUserHierarchyGroup (with the path from the top to itself)."""
    path = body.get("hierarchypath")
    groups = {
        level: {"key": last(str(at.get("id") or at.get("arn") or "")), "name": text(at.get("name")) or ""}
        for level, name in enumerate(LEVELS, 1)
        if isinstance(path, dict) and isinstance(at := path.get(name), dict) and at
    }
    return {"name": text(body.get("name")), "groups": groups or None}


def _status(body: Body) -> dict[str, Any]:
    """Source: ListAgentStatuses (Type, no State), DescribeAgentStatus (Type and State)."""
    return {
        "name": text(body.get("name")),
        "description": text(body.get("description")),
        "type": (text(body.get("type")) or "").upper(),
        "state": (text(body.get("state")) or "").upper(),
    }


_SAID: Mapping[str, Callable[[Body], dict[str, Any]]] = {
    "user": _user,
    "queue": _queue,
    "routing_profile": _routing_profile,
    "group": _group,
    "status": _status,
}
