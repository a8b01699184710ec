"""Records of TaskRouter → Facts: workers, the queues whose expressions choose them, and activities that take no work.

Decided here: the name and the e-mail address of a worker, skills, levels and languages stand in attributes, where Flex keeps them
by habit; another shape under the same name is a warning and not read. Workspaces are the groups of division level 1. Whoever has
no skills is known to have none as soon as one worker of the export has any: else the workspace does not use them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Mapping as Table
from typing import Any

from reconciler.model.fact import Fact, Reading, Source
from reconciler.model.gathered import Gathered, Record
from reconciler.model.mapping import Mapping as Map
from reconciler.sources.twilio import answers
from reconciler.sources.twilio.attributes import plain
from reconciler.sources.twilio.expression import Unclear, parse

_SAID = {"name": "full_name", "email": "email", "department": "department_name", "team": "team_name", "location": "location"}
"""Fields of a user, and the attributes that hold them. Source: worker attributes of Flex and Flex Insights."""
_EVERYBODY = frozenset({"", "1==1"})
"""What chooses every worker. Source: TaskQueue resource, `TargetWorkers` is `1==1` by default; null as the same is inferred."""
_LEAVE = "or leave the queue out by scope.queues in mapping.yaml"
_NOTES = ("wrap-up codes: TaskRouter has none; list them in mapping.yaml under wrapup_codes",)


def read(files: Table[str, bytes], mapping: Map, _name: str) -> Reading:
    """Everything an export of TaskRouter says."""
    found = answers.read(files)
    words = mapping.status.states
    others = {name for name, word in words.items() if word in {"off", "ready"}}
    facts = (*_divisions(found), *_users(found), *_queues(found), *_statuses(found, others))
    delivered = {*found.given, *(kind for kind, name in _ABILITIES.items() if any(name in fact.fields for fact in facts))}
    return Reading(facts, tuple(found.problems), (*_NOTES, *found.notes()), frozenset(delivered))


_ABILITIES = {"skill": "skills", "language": "languages"}


def _divisions(found: Gathered) -> Iterator[Fact]:
    for key, record in found.all("division").items():
        yield Fact("division", key, {"name": record.fields.get("name", key), "level": 1}, record.place)


def _statuses(found: Gathered, others: set[str]) -> Iterator[Fact]:
    """Activities that take no work, but Offline and those that are `off` or `ready` by mapping.yaml: as the feed reads them."""
    for key, record in found.all("secondary_status").items():
        name = record.fields.get("name", "")
        if "available" not in record.fields:
            what = f"activity {name!r}: the answer does not say whether it is available"
            found.wrong(record.place, f"secondary_status/{key}", what, "export it again")
        elif not record.fields["available"] and name.lower() != "offline" and not {key, name} & others:
            yield Fact("secondary_status", key, {"name": name}, record.place)


# ── users ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _users(found: Gathered) -> Iterator[Fact]:
    workers = found.all("user")
    rated = {key: _abilities(found, key, record) for key, record in workers.items()}
    used = {name for one in rated.values() for name, levels in one.items() if levels}
    for key, record in workers.items():
        fields: dict[str, Any] = {"username": record.fields.get("username", ""), "name": record.fields.get("username", "")}
        attributes = record.fields.get("attributes")
        if attributes is not None:
            fields |= {name: said for name, path in _SAID.items() if (said := plain(attributes.get(path)))}
            fields |= {"attributes": attributes} | {name: rated[key].get(name, {}) for name in sorted(used)}
        if found.all("division"):
            fields["groups"] = _groups(found, key, record)
        yield Fact("user", key, fields, record.place)


def _groups(found: Gathered, key: str, record: Record) -> dict[int, dict[str, str]]:
    sid = record.fields.get("workspace", "")
    workspace = found.all("division").get(sid)
    if workspace is None:
        what = f"workspace {sid or '(none)'} is not in the export"
        found.wrong(record.place, f"user/{key}", what, "add the answer that lists the workspaces, or leave all of them out")
        return {}
    return {1: {"key": sid, "name": workspace.fields.get("name", sid)}}


def _abilities(found: Gathered, key: str, record: Record) -> dict[str, dict[str, str | None]]:
    """Skills with their levels as text and languages without; what is not there is left out.

    Source: `routing: {skills: [...], levels: {skill: number}}` of Flex; lists `skills` and `languages` in TaskRouter's examples.
    """
    attributes: Mapping[str, Any] = record.fields.get("attributes") or {}
    routing = attributes.get("routing")
    flex: Mapping[str, Any] = routing if isinstance(routing, dict) else {}
    levels = flex.get("levels")

    def warn(what: str) -> None:
        found.warn(record.place, f"user/{key}", f"attribute {what}, not read", "mend it in TaskRouter")

    given = levels if isinstance(levels, dict) else {}
    skills = {name: _level(given.get(name), name, warn) for name in _names(flex, "skills", "routing.skills", warn)}
    skills = {**dict.fromkeys(_names(attributes, "skills", "skills", warn)), **skills}
    languages: dict[str, str | None] = dict.fromkeys(_names(attributes, "languages", "languages", warn))
    return {"skills": dict(sorted(skills.items())), "languages": dict(sorted(languages.items()))}


def _names(attributes: Mapping[str, Any], name: str, path: str, warn: Callable[[str], None]) -> list[str]:
    value = attributes.get(name)
    if value is None:
        return []
    if isinstance(value, list) and all(isinstance(one, str) and plain(one) for one in value):
        return [plain(one) for one in value]
    warn(f"`{path}` is no list of texts")
    return []


def _level(value: Any, name: str, warn: Callable[[str], None]) -> str | None:
    if value is None or (isinstance(value, int | float | str) and not isinstance(value, bool)):
        return plain(value) or None
    warn(f"`routing.levels` of {name!r} is no number")
    return None


# ── queues ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _queues(found: Gathered) -> Iterator[Fact]:
    workers = found.all("user")
    for key, record in found.all("queue").items():
        fields: dict[str, Any] = {"name": record.fields.get("name", "")}
        members = _members(found, key, record, workers)
        if members is not None:
            text = " ".join(record.fields["target"].split()) or "everybody"
            why = text if len(text) <= 80 else f"{text[:79]}…"
            fields |= {"members": tuple(members), "why": dict.fromkeys(members, why)}
        yield Fact("queue", key, fields, record.place)


def _members(found: Gathered, key: str, record: Record, everybody: Mapping[str, Record]) -> list[str] | None:
    """The workers of the queue's workspace that its expression chooses; None where that cannot be told."""
    subject = f"queue/{key}"
    if "user" not in found.given or "target" not in record.fields:
        lacks = "workers" if "user" not in found.given else "the queue's expression"
        found.warn(record.place, subject, f"the export does not hold {lacks}; members are left as they are", "add that answer")
        return None
    target = record.fields["target"]
    workers = {
        one: worker.fields.get("attributes")
        for one, worker in everybody.items()
        if worker.fields.get("workspace") == record.fields.get("workspace")
    }
    if "".join(target.split()) in _EVERYBODY:
        return list(workers)
    return _chosen(found, record, subject, target, workers)


def _chosen(
    found: Gathered, record: Record, subject: str, target: str, workers: Mapping[str, Mapping[str, Any] | None]
) -> list[str] | None:
    try:
        chooses = parse(target)
    except Unclear as unclear:
        found.wrong(record.place, subject, f"TargetWorkers {target[:80]!r}: {unclear}", f"mend the expression, {_LEAVE}")
        return None
    members: list[str] = []
    for worker, attributes in workers.items():
        if attributes is None:
            what = f"the attributes of worker {worker} are not known, so not whether they are in the queue"
            found.wrong(record.place, subject, what, f"export the worker again, {_LEAVE}")
            continue
        try:
            members += [worker] if chooses(attributes) else []
        except Unclear as unclear:
            what = f"whether worker {worker} is in the queue cannot be told: {unclear}, in TargetWorkers {target[:80]!r}"
            found.wrong(record.place, subject, what, f"write the expression so that it is clear, {_LEAVE}")
            return None
    return members


SOURCE = Source(
    platform="twilio",
    read=read,
    kinds=frozenset({"division", "skill", "language", "secondary_status", "user", "queue"}),
    never=frozenset({"wrapup_code"}),
)
