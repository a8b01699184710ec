"""Divisions, skills, languages, wrap-up codes and secondary statuses: what is listed, what is used, and under which keys."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.desired.wanted.desk import HOME, Desk, Known, Native, scoped, settled
from reconciler.model.fact import Fact


def divisions(desk: Desk, facts: Sequence[Fact], holders: Sequence[Fact]) -> Known:
    """Divisions: the groups of the level the mapping chooses, or what stands in the division of users and queues."""
    rule = desk.mapping.division
    leveled = [fact for fact in facts if "level" in fact.fields]
    if leveled and (rule is None or rule.level is None):
        desk.notes.append("divisions: not managed, mapping.yaml chooses no division.level")
    if leveled:
        facts = [fact for fact in facts if rule is not None and fact.fields["level"] == rule.level]
    listed = {text for fact in facts for text in (fact.key, fact.fields.get("name"))}
    said = {native: fact for fact in holders if (native := division_said(desk, fact)) and native not in listed}
    if facts and not leveled:
        for native, fact in said.items():
            desk.again(fact, f"division {native!r} is not among the divisions of the export", "add it there, or mend the value")
        said = {}
    made = [Fact("division", native, {"name": native}, fact.place) for native, fact in said.items() if native != HOME]
    return settled(desk, "division", [*facts, *made], rule.keys if rule else {})


def division_said(desk: Desk, fact: Fact) -> str:
    """The native division in a field of a user or queue, empty where none is said."""
    rule = desk.mapping.division
    name = rule.field if rule and rule.field and fact.kind == "user" else "division"
    return str(fact.fields.get(name) or "")


def abilities(desk: Desk, native: Native, users: Sequence[Fact]) -> tuple[Known, Known]:
    """Skills and languages: what the export lists, and what users have; the mapping says which skills are languages."""
    spoken = desk.mapping.skills.languages
    skills = {fact.key: fact for fact in native["skill"] if fact.key not in spoken}
    tongues = {fact.key: fact for fact in native["language"]}
    for fact in users:
        for name in fact.fields.get("skills", {}):
            if name in spoken:
                tongues.setdefault(name, _language(desk, name, fact))
            elif name not in skills and not _listed(desk, fact, name, native["skill"]):
                skills[name] = Fact("skill", name, {"name": name}, fact.place)
        for name in fact.fields.get("languages", {}):
            if name in spoken or not _listed(desk, fact, name, native["language"]):
                tongues.setdefault(name, _language(desk, name, fact))
    keys = {name: one.key for name, one in spoken.items()}
    return settled(desk, "skill", skills.values(), desk.mapping.skills.keys), settled(desk, "language", tongues.values(), keys)


def _listed(desk: Desk, fact: Fact, name: str, listed: Sequence[Fact]) -> bool:
    """Whether the export lists objects of this kind; one that it does not list by key or name is a problem."""
    if listed and not any(name in {one.key, one.fields.get("name")} for one in listed):
        desk.again(fact, f"{listed[0].kind} {name!r} is not among those of the export", "add it there, or mend the value")
    return bool(listed)


def _language(desk: Desk, native: str, fact: Fact) -> Fact:
    one = desk.mapping.skills.languages.get(native)
    return Fact("language", native, {"name": (one.name or one.key) if one else native}, fact.place)


def codes(desk: Desk, facts: Sequence[Fact]) -> Known:
    """Wrap-up codes of the mapping and of the export; where both have one, the mapping's words count."""
    made: dict[str, Fact] = {}
    for number, code in enumerate(desk.mapping.wrapup_codes.items):
        place = desk.where(("wrapup_codes", "items", number))
        if code.key in made:
            desk.wrong(place, f"wrapup_code/{code.key}", f"stands in {made[code.key].place} too", "keep one of the two")
        fields = {name: value for name, value in code if name != "key" and value is not None}
        made[code.key] = Fact("wrapup_code", code.key, fields, place)
    return settled(desk, "wrapup_code", [*made.values(), *(fact for fact in facts if fact.key not in made)], {})


def statuses(desk: Desk, facts: Sequence[Fact], *, given: bool) -> list[Fact]:
    """Secondary statuses: native ones by the mapping's table; the table alone where the export has none."""
    table = desk.mapping.secondary_statuses
    if not given:
        facts = [
            Fact("secondary_status", native, {"name": native}, desk.where(("secondary_statuses", native)))
            for native, status in table.items()
            if status
        ]
    made = [_status(desk, fact) for fact in scoped(desk, "secondary_status", facts)]
    seen = {text for fact in facts for text in (fact.key, fact.fields.get("name"))}
    for native in table.keys() - seen:
        desk.warn(("secondary_statuses", native), f"{native!r} is no active custom status of the export", "remove the line")
    return [fact for fact in made if fact]


def _status(desk: Desk, fact: Fact) -> Fact | None:
    table, name = desk.mapping.secondary_statuses, str(fact.fields.get("name", ""))
    native = next((text for text in (fact.key, name) if text in table), None)
    if native is None:
        remedy = f"say what it becomes: secondary_statuses: {{{fact.key}: {{system_presence: Break}}}}, or null to leave it out"
        desk.wrong(fact.place, fact.subject, f"status {name!r} is not in the mapping", remedy)
        return None
    status = table[native]
    if status is None:
        return None
    fields = {
        "name": name,
        "native": fact.key,
        "system_presence": status.system_presence,
        "labels": status.labels or {"en_US": name},
    }
    if status.division:
        fields["division"] = status.division
    return Fact("secondary_status", status.key or fact.key, fields, fact.place)
