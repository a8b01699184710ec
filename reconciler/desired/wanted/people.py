"""Users: names, e-mail addresses, divisions, and proficiencies by the mapping's table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from reconciler.desired.wanted.desk import CONTROLS, HOME, Desk, Known, evaluate, renamed
from reconciler.desired.wanted.desk import level as spelling
from reconciler.desired.wanted.things import division_said
from reconciler.model.fact import Fact

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def users(desk: Desk, native: Sequence[Fact], kept: Sequence[Fact], known: tuple[Known, Known, Known]) -> list[Fact]:
    """Users in scope, settled; `native` is everybody, `known` are divisions, skills and languages."""
    divisions, skills, languages = known
    made = [_user(desk, fact, divisions, skills, languages) for fact in kept]
    _check_emails(desk, made)
    return _managed(desk, made, {fact.key for fact in native})


def _user(desk: Desk, fact: Fact, divisions: Known, skills: Known, languages: Known) -> Fact:
    """A user with settled name, e-mail address, division, skills and languages."""
    fields = {name: value for name, value in fact.fields.items() if name not in {"division", "skills", "languages"}}
    fields["name"] = _person(desk, fact)
    fields["email"] = _email(desk, fact)
    if division := _division_of(desk, fact, divisions):
        fields["division"] = division
    if "skills" in fact.fields or "languages" in fact.fields:
        fields |= _rated(desk, fact, skills, languages)
    return replace(fact, fields=fields)


def _person(desk: Desk, fact: Fact) -> str:
    remedy = "mend `name` in mapping.yaml, or add the export file that holds the names (describe answers, a column)"
    if desk.name:
        name = evaluate(desk, fact, desk.name, "name cannot be told", remedy)
        if name is None:
            return ""
    else:
        name = str(fact.fields.get("name", "")).strip()
    if CONTROLS.search(name):
        desk.wrong(fact.place, fact.subject, f"control characters in the name {name!r}", "mend it where it is kept")
    if not name:
        desk.again(fact, "has no name", 'give one by an expression in mapping.yaml, such as name: "{{ fact.username }}"')
    return renamed(desk, "user", (fact.key,), name)


def _email(desk: Desk, fact: Fact) -> str:
    """The platform's own address where it is one, else the mapping's expression."""
    own = str(fact.fields.get("email", "")).strip()
    if _EMAIL.fullmatch(own) and not CONTROLS.search(own):
        return own
    what = f"{own!r} is no e-mail address" if own else "has no e-mail address"
    remedy = 'give one by an expression in mapping.yaml, such as email: "{{ fact.username }}@example.com"'
    if desk.email is None:
        desk.again(fact, what, remedy)
        return ""
    made = str(evaluate(desk, fact, desk.email, "email cannot be told", "mend `email` in mapping.yaml") or "")
    if made and not _EMAIL.fullmatch(made):
        desk.wrong(fact.place, fact.subject, f"{what}, and `email` of mapping.yaml makes {made!r}", "mend the expression")
    return made


def _division_of(desk: Desk, fact: Fact, divisions: Known) -> str:
    """Key of the division; empty where divisions are not managed or the export does not tell."""
    rule = desk.mapping.division
    if rule and rule.level is not None and "groups" in fact.fields:
        return _by_level(desk, fact, divisions, rule.level, rule.default)
    native = division_said(desk, fact)
    if native:
        return native if native == HOME else divisions.keys.get(native) or ""
    leveled = rule is not None and rule.level is not None
    return rule.default if rule and not leveled else ""


def _by_level(desk: Desk, fact: Fact, divisions: Known, level: int, default: str) -> str:
    groups = fact.fields["groups"]
    if 0 in groups:
        what = f"the export does not tell the way to hierarchy group {groups[0]['name'] or groups[0]['key']!r}"
        desk.again(fact, what, "add the answer of describe-user-hierarchy-group")
        return ""
    return divisions.keys.get(groups[level]["key"]) or default if level in groups else default


def _rated(desk: Desk, fact: Fact, skills: Known, languages: Known) -> dict[str, dict[str, Any]]:
    """Skills and languages of a user with proficiencies; only the collections the export speaks of."""
    spoken = desk.mapping.skills.languages
    found: dict[str, dict[str, Any]] = {}
    if "skills" in fact.fields:
        found["skills"] = {}
    if "languages" in fact.fields or ("skills" in fact.fields and spoken):
        found["languages"] = {}
    for collection in ("skills", "languages"):
        for native, level in fact.fields.get(collection, {}).items():
            kind = "languages" if native in spoken else collection
            key = (languages if kind == "languages" else skills).keys.get(native)
            if key is not None:
                _rate(desk, fact, found[kind], key, _proficiency(desk, fact, native, level, whole=kind == "languages"))
    return {name: dict(sorted(levels.items())) for name, levels in found.items()}


def _rate(desk: Desk, fact: Fact, levels: dict[str, Any], key: str, level: Any) -> None:
    if levels.setdefault(key, level) != level:
        what = f"has {key} twice, at {levels[key]} and {level}"
        desk.wrong(fact.place, fact.subject, what, "mend the export, or give them different keys in skills.keys")


def _proficiency(desk: Desk, fact: Fact, native: str, level: str | None, *, whole: bool) -> float | int | None:
    number = desk.mapping.skills.unrated if level is None else desk.levels.get(spelling(level))
    if number is None and level is None:
        remedy = "say in mapping.yaml what that means: skills: {unrated: 3}"
        desk.again(fact, f"{native!r} has no level", remedy)
        return None
    if number is None:
        remedy = f"add it to mapping.yaml: skills: {{levels: {{'{level}': …}}}}, a proficiency from 0 to 5"
        desk.again(fact, f"level {level!r} of {native!r} is not in the mapping", remedy)
        return None
    if whole and number != int(number):
        remedy = "languages take whole numbers; change skills.levels in mapping.yaml"
        desk.again(fact, f"level {level!r} of language {native!r} becomes {number}", remedy)
    return int(number) if whole else float(number)


def _check_emails(desk: Desk, people: Sequence[Fact]) -> None:
    """E-mail addresses are nobody else's: Genesys Cloud takes each once."""
    seen: dict[str, Fact] = {}
    for fact in people:
        email = fact.fields["email"].casefold()
        other = seen.setdefault(email, fact)
        if email and other is not fact:
            what = f"has the e-mail address of {other.subject} ({other.place}): {email}"
            desk.wrong(fact.place, fact.subject, what, "Genesys Cloud takes an address once; mend the export or `email`")


def _managed(desk: Desk, people: Sequence[Fact], everybody: AbstractSet[str]) -> list[Fact]:
    """Users whose manager is in the manifests too; a manager out of scope is not said, one nobody knows is a problem."""
    keys = {fact.key for fact in people}
    made = []
    for fact in people:
        manager = fact.fields.get("manager")
        if manager and manager not in everybody:
            desk.wrong(
                fact.place, fact.subject, f"manager {manager!r} is not in the export", "mend the value, or export that user too"
            )
        drop = manager and manager not in keys
        made.append(
            replace(fact, fields={name: value for name, value in fact.fields.items() if name != "manager"}) if drop else fact
        )
    return made
