"""Who is in a queue, and by what: computed for CSQs of UCCX, read from answers for queues of Finesse.

Where the export does not say enough, the queue is not in the answer, so that its members stay as they are, and that is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from reconciler.model.gathered import Gathered, Record

Why: TypeAlias = dict[str, dict[str, str]]
"""Queue → member → what brings them in."""

_LEAVE = "or leave the queue out by scope.queues in mapping.yaml"


def of_csqs(found: Gathered) -> Why:
    """Members of every CSQ whose pool is known.

    Source: Unified CCX developer guide: a skill group takes agents who have each skill at the level or above, a resource group
    those who belong to it.
    """
    resources = {key: one for key, one in found.all("user").items() if "resource_group" in one.fields}
    why: Why = {}
    levels = {user: _levels(found, user, one) for user, one in resources.items()} if "csq" in found.given else {}
    for key, csq in found.all("csq").items():
        if not resources:
            found.warn(
                csq.place, f"queue/{key}", "the export holds no resources; members are left as they are", "add that answer"
            )
            continue
        pool = csq.fields.get("pool")
        if pool == "RESOURCEGROUP" and csq.fields.get("group"):
            why[key] = _by_group(csq, resources)
        elif pool == "SKILLGROUP" and csq.fields.get("competences"):
            if (members := _by_skills(found, key, csq, levels)) is not None:
                why[key] = members
        else:
            what = "names neither a skill nor a resource group, so who is in it is not known; members are left as they are"
            found.warn(csq.place, f"queue/{key}", what, "add the answer that describes it, or give it a pool in UCCX")
    return why


def _by_group(csq: Record, resources: Mapping[str, Record]) -> dict[str, str]:
    key, name = csq.fields["group"]
    members = (
        one
        for one, resource in resources.items()
        if (resource.fields["resource_group"][0] == key if key else resource.fields["resource_group"][1] == name)
    )
    return dict.fromkeys(members, f"resource group {name or key}")


def _by_skills(found: Gathered, key: str, csq: Record, levels: Mapping[str, dict[str, int] | None]) -> dict[str, str] | None:
    wanted: list[tuple[str, str, int]] = []
    for skill, name, level in csq.fields["competences"]:
        if not level.isdecimal() or len(level) > 3:
            what = f"asks for {name or skill!r} at level {level[:20]!r}, which is no number"
            found.wrong(csq.place, f"queue/{key}", what, f"export it again, {_LEAVE}")
            return None
        wanted.append((skill, name, int(level)))
    reason = ", ".join(f"{name or skill} ≥ {level}" for skill, name, level in wanted)
    for user in (user for user, own in levels.items() if own is None):
        what = f"the export does not say the skills of resource {user}, so not whether they are in the queue"
        found.wrong(csq.place, f"queue/{key}", what, f"add the answer that describes the resource, {_LEAVE}")
    fits = (user for user, own in levels.items() if own and all(own.get(skill or name, -1) >= at for skill, name, at in wanted))
    return dict.fromkeys(fits, reason)


def _levels(found: Gathered, user: str, resource: Record) -> dict[str, int] | None:
    """Skill → level of a resource; None where the export does not say, and where a level is no number."""
    competences = resource.fields.get("competences")
    if competences is None:
        return None
    odd = next((level for _, _, level in competences if not level.isdecimal() or len(level) > 3), "")
    if any(not level.isdecimal() or len(level) > 3 for _, _, level in competences):
        found.wrong(resource.place, f"user/{user}", f"competence level {odd[:20]!r} is no number", "export it again")
        return {}
    return {skill or name: int(level) for skill, name, level in competences}


def of_queues(found: Gathered, owners: Mapping[str, str]) -> Why:
    """Members of every queue of Finesse, where each user's own list of queues is there; `owners` says whose list a file is.

    Source: Queue—Get List of Queues for User: for a supervisor it holds the queues of all members of the teams, too.
    """
    listings = found.all("listing")
    lists: dict[str, set[str]] = {}
    for file, user in owners.items():
        lists.setdefault(user, set()).update(listings[file].fields["queues"])
    if not lists:
        for key, queue in found.all("queue").items():
            what = "no file says which users' queues it holds; members are left as they are"
            found.warn(queue.place, f"queue/{key}", what, "save the answers of User/LOGIN/Queues as Queues/LOGIN.xml")
        return {}
    why: Why = {key: {} for key in found.all("queue")}
    for user, record in found.all("user").items():
        subject = f"user/{user}"
        if user not in lists:
            what = "the export does not hold their queues"
            found.wrong(record.place, subject, what, f"add the answer of User/{user}/Queues, or leave them out by scope.users")
        elif "roles" not in record.fields:
            what = "the export does not say their roles; queues that a supervisor is told are not only their own"
            found.wrong(record.place, subject, what, f"add the answer of User/{user}")
        elif "Supervisor" in record.fields["roles"]:
            what = "a supervisor's queues cannot be told from those of the team; left out of the queues"
            found.warn(record.place, subject, what, "nothing, where supervisors take no calls")
        else:
            for key in lists[user]:
                why[key][user] = f"queues of {user}"
    return why
