"""Lists of assignments → who is assigned to which skill, and with which proficiency, as far as the lists go.

A list speaks of everybody, of one agent, or of one skill, by the request it answers, which the answer does not always say. It is
taken for the smaller: a list about one agent is that agent's, a list about one skill that skill's. What no list covers stays as
it is, and that is said.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.sources.nice_cxone.answers import Answers, Listing, flag, say


@dataclass(slots=True)
class Assigned:
    """Skill → agent → why, for the skills whose members are known; agent → skill → proficiency; whether that is all of it."""

    members: dict[str, dict[str, str]] = field(default_factory=dict)
    levels: dict[str, dict[str, str | None]] = field(default_factory=dict)
    complete: bool = False


def assigned(answers: Answers) -> Assigned:
    """Everything the lists of assignments say; assignments that are not active are none."""
    found = answers.found
    active = {key: one for key, one in found.all("user").items() if one.fields.get("active") is not False}
    skills = found.all("queue")
    whose = [_whose(listing, set(found.all("user")), set(skills)) for listing in answers.listings]
    agents, covered = {name for kind, name in whose if kind == "agent"}, {name for kind, name in whose if kind == "skill"}
    done = Assigned(complete=("all", "") in whose or bool(agents))
    if agents and ("all", "") not in whose:
        for key in sorted(set(active) - agents):
            what = "the export does not hold their skills"
            remedy = f"add the answer of agents/{key}/skills, or of agents/skills for everybody"
            found.wrong(active[key].place, f"user/{key}", what, remedy)
    done.members = {key: {} for key in skills if done.complete or key in covered}
    for key in sorted(set(skills) - set(done.members)):
        what = "the export does not hold who is assigned to it; members are left as they are"
        found.warn(skills[key].place, f"queue/{key}", what, "add the answer of agents/skills")
    for listing in answers.listings:
        _enter(answers, listing, done)
    return done


def _whose(listing: Listing, agents: set[str], skills: set[str]) -> tuple[str, str]:
    """(agent, its id), (skill, its id), or (all, nothing)."""
    *folders, name = listing.place.file.split("/")
    path = {*folders, name.rpartition(".")[0]}
    sides = (
        ("agent", listing.agent, {agent for agent, _, _ in listing.rows}, path & agents),
        ("skill", listing.skill, {skill for _, skill, _ in listing.rows}, path & skills),
    )
    for kind, said, rows, parts in sides:
        if said:
            return kind, said
        if len(rows) == 1 or (not rows and len(parts) == 1):
            return kind, next(iter(rows or parts))
    return "all", ""


def _enter(answers: Answers, listing: Listing, done: Assigned) -> None:
    found = answers.found
    users, skills = found.all("user"), found.all("queue")
    for agent, skill, row in listing.rows:
        if flag(row, "isactive") is False:
            continue
        level = say(row, "agentproficiencyvalue")
        for kind, key, known in (("user", agent, users), ("queue", skill, skills)):
            if known and key not in known:
                what = f"an assignment names {kind} {key}, which is not in the export"
                found.wrong(listing.place, f"{kind}/{key}", what, f"add the answer that lists the {kind}s")
        own = done.levels.setdefault(agent, {})
        if own.setdefault(skill, level or None) != (level or None):
            what = f"is assigned to skill {skill} twice, with proficiency {own[skill]} and {level}"
            found.wrong(listing.place, f"user/{agent}", what, "keep the newer of the two answers")
        if skill in done.members and (not users or agent in users):
            done.members[skill][agent] = f"proficiency {level}" if level else "assigned"
