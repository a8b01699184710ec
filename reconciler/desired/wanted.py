"""Facts + mapping → the Facts that manifests are written from: what is in scope, in our keys, names and proficiencies.

Nothing is invented here. A value the mapping does not know is a problem with the place it was read from; what the platform
does not say at all is left out, so that it stays unmanaged.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from reconciler.model.fact import COLLECTIONS, Fact, Reading, Source
from reconciler.model.mapping import EVALUATION, Where, condition, template
from reconciler.model.mapping import Mapping as Map
from reconciler.model.problem import Place, Problem

HOME = "home"
UNIQUE = ("division", "skill", "language", "wrapup_code", "queue")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Facts sorted by kind and key, what is wrong, notes, and the kinds this export does not speak of."""

    facts: tuple[Fact, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    absent: frozenset[str] = frozenset()


@dataclass(slots=True)
class Desk:
    """What one run works with: the mapping, the source's own levels, and problems, equal ones counted together."""

    mapping: Map
    where: Where
    levels: Mapping[str, float]
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    repeated: dict[tuple[str, str], list[Fact]] = field(default_factory=dict)

    def wrong(self, place: Place, subject: str, what: str, remedy: str) -> None:
        """Notes a problem."""
        self.problems.append(Problem(place, subject, what, remedy))

    def warn(self, path: Sequence[Any], what: str, remedy: str) -> None:
        """Notes a warning about the mapping."""
        self.problems.append(Problem(self.where(path), "mapping", what, remedy, warning=True))

    def again(self, fact: Fact, what: str, remedy: str) -> None:
        """Notes a problem that many facts may share: it is told once, with the first of them and their number."""
        self.repeated.setdefault((what, remedy), []).append(fact)

    def told(self) -> tuple[Problem, ...]:
        """All problems."""
        shared = []
        for (what, remedy), facts in self.repeated.items():
            first = min(facts, key=lambda fact: (fact.place, fact.key))
            more = f" (and {len(facts) - 1} more like it)" if len(facts) > 1 else ""
            shared.append(Problem(first.place, first.subject, what + more, remedy))
        return (*self.problems, *shared)


def wanted(reading: Reading, mapping: Map, source: Source, *, where: Where) -> Wanted:
    """What the manifests shall say; with problems that are no warnings the facts are not to be used."""
    own = mapping.skills.levels or source.levels
    desk = Desk(mapping, where, {_level(native): number for native, number in own.items()})
    by_kind = {kind: [fact for fact in reading.facts if fact.kind == kind] for kind in COLLECTIONS}
    users = _scoped(desk, "user", by_kind["user"])
    skills, languages = _abilities(desk, by_kind, users)
    codes = _codes(desk, by_kind["wrapup_code"])
    divisions = _divisions(desk, by_kind["division"], [*users, *by_kind["queue"]])
    people = [_user(desk, fact, divisions, skills, languages) for fact in users]
    queues = _queues(desk, by_kind, {fact.key: fact.fields["name"] for fact in people}, divisions, codes)
    statuses = _statuses(desk, by_kind["secondary_status"], given="secondary_status" in reading.delivered)
    facts = [*divisions.facts, *skills.facts, *languages.facts, *codes.facts, *statuses, *people, *queues]
    _check_people(desk, people, {fact.key for fact in by_kind["user"]})
    _check_names(desk, facts)
    _check_rename(desk, reading.facts, facts)
    order = {kind: number for number, kind in enumerate(COLLECTIONS)}
    made = {fact.kind for fact in facts} | (reading.delivered & set(COLLECTIONS))
    out = {fact.subject for kind in COLLECTIONS for fact in by_kind[kind]} - {
        fact.subject for fact in _kept(by_kind, users, queues)
    }
    problems = [problem for problem in reading.problems if problem.subject not in out]
    unmanaged = frozenset({"division"}) if _unmanaged(mapping, divisions) else frozenset()
    return Wanted(
        tuple(sorted(facts, key=lambda fact: (order[fact.kind], fact.key))),
        (*problems, *desk.told()),
        (*reading.notes, *desk.notes),
        frozenset(source.kinds - made - unmanaged),
    )


def _kept(by_kind: Mapping[str, Sequence[Fact]], users: Sequence[Fact], queues: Sequence[Fact]) -> Iterator[Fact]:
    """Facts whose problems count: of users and queues those in scope, all others."""
    yield from (fact for kind, facts in by_kind.items() if kind not in {"user", "queue"} for fact in facts)
    yield from (*users, *queues)


def _unmanaged(mapping: Map, divisions: Known) -> bool:
    return mapping.division is None and not divisions.facts


# ── scope, names ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _scoped(desk: Desk, kind: str, facts: Sequence[Fact]) -> list[Fact]:
    """The facts the scope of their collection wants; without one, everything but users who are not active."""
    collection = COLLECTIONS[kind]
    text = getattr(desk.mapping.scope, collection)
    claim = condition(text) if text else _active
    remedy = f"mend scope.{collection} in mapping.yaml; `is defined` asks whether a field is there"
    kept = [fact for fact in facts if _evaluate(desk, fact, claim, f"scope.{collection} cannot be told", remedy)]
    if len(kept) < len(facts):
        desk.notes.append(f"{collection}: {len(facts) - len(kept)} of {len(facts)} left out by {'scope' if text else 'active'}")
    return kept


def _active(fact: Fact) -> bool:
    return fact.kind != "user" or fact.fields.get("active", True)


def _evaluate(desk: Desk, fact: Fact, expression: Callable[[Fact], Any], what: str, remedy: str) -> Any:
    """What the expression says about the fact; a problem and None where it cannot be told."""
    try:
        return expression(fact)
    except EVALUATION as error:
        desk.again(fact, f"{what}: {_plainly(error)}", remedy)
        return None


def _plainly(error: Exception) -> str:
    """An error of an expression without the representation of the whole fact in it."""
    return re.sub(r"'reconciler\.\S+ object'|'?Fact object'?", "the fact", str(error) or type(error).__name__)


def _renamed(desk: Desk, kind: str, keys: Iterable[str], name: str) -> str:
    """The name the mapping gives instead, looked up by name first and then by key."""
    table: Mapping[str, str] = getattr(desk.mapping.rename, COLLECTIONS[kind], {})
    return next((table[one] for one in (name, *keys) if one in table), name)


def _named(desk: Desk, fact: Fact, *keys: str) -> Fact:
    """The fact with its settled name; a problem where there is none."""
    name = _renamed(desk, fact.kind, (fact.key, *keys), str(fact.fields.get("name", "")).strip())
    if not name:
        remedy = f"give it one in mapping.yaml: rename: {{{COLLECTIONS[fact.kind]}: {{{fact.key}: …}}}}"
        desk.wrong(fact.place, fact.subject, "has no name", remedy)
    return replace(fact, fields={**fact.fields, "name": name})


# ── divisions, skills, languages, codes ──────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Known:
    """The objects of one kind: their facts, and native id or name → our key (None where scope leaves it out)."""

    facts: list[Fact] = field(default_factory=list)
    keys: dict[str, str | None] = field(default_factory=dict)


def _known(desk: Desk, kind: str, facts: Iterable[Fact], table: Mapping[str, str]) -> Known:
    """Facts under our keys. `fact.key` is still the native id; `table` gives keys by native id or name."""
    found: dict[str, Fact] = {}
    facts = sorted(facts, key=lambda fact: fact.key)
    kept = {fact.key for fact in _scoped(desk, kind, facts)}
    known = Known()
    for fact in facts:
        name = str(fact.fields.get("name", ""))
        key = table.get(fact.key) or table.get(name) or fact.key
        wish = key if fact.key in kept else None
        known.keys[fact.key] = wish
        known.keys.setdefault(name, wish)
        if wish is None:
            continue
        made = _named(desk, replace(fact, key=key, fields={**fact.fields, "native": fact.key}), fact.key)
        before = found.setdefault(key, made)
        if before.fields["name"] != made.fields["name"]:
            what = f"two of them become {key}: {before.fields['name']!r} and {made.fields['name']!r}"
            desk.wrong(made.place, made.subject, what, f"name it in mapping.yaml: rename: {{{COLLECTIONS[kind]}: {{{key}: …}}}}")
    known.facts = list(found.values())
    return known


def _divisions(desk: Desk, facts: Sequence[Fact], holders: Sequence[Fact]) -> Known:
    """Divisions: the groups of the level the mapping chooses, or what stands in the division of users and queues."""
    rule = desk.mapping.division
    leveled = [fact for fact in facts if "level" in fact.fields]
    if leveled and (rule is None or rule.level is None):
        desk.notes.append("divisions: not managed, mapping.yaml chooses no division.level")
    if leveled:
        facts = [fact for fact in facts if rule is not None and fact.fields["level"] == rule.level]
    listed = {text for fact in facts for text in (fact.key, fact.fields.get("name"))}
    said = {native: fact for fact in holders if (native := _division_said(desk, fact)) and native not in listed}
    if facts and not leveled:
        for native, fact in said.items():
            desk.again(fact, f"division {native!r} is not among the divisions of the export", "add it there, or mend the value")
        said = {}
    made = [Fact("division", native, {"name": native}, fact.place) for native, fact in said.items() if native != HOME]
    return _known(desk, "division", [*facts, *made], rule.keys if rule else {})


def _division_said(desk: Desk, fact: Fact) -> str:
    """The native division in a field of a user or queue, empty where none is said."""
    rule = desk.mapping.division
    name = rule.field if rule and rule.field and fact.kind == "user" else "division"
    return str(fact.fields.get(name) or "")


def _abilities(desk: Desk, by_kind: Mapping[str, Sequence[Fact]], users: Sequence[Fact]) -> tuple[Known, Known]:
    """Skills and languages: what the export lists, and what users have; the mapping says which skills are languages."""
    spoken = desk.mapping.skills.languages
    skills = {fact.key: fact for fact in by_kind["skill"] if fact.key not in spoken}
    languages = {fact.key: fact for fact in by_kind["language"]}
    listed_skills, listed_languages = bool(skills), bool(languages)
    for fact in users:
        for native in fact.fields.get("skills", {}):
            if native in spoken:
                languages.setdefault(native, _language(desk, native, fact))
            elif native not in skills and not _unlisted(desk, fact, native, by_kind["skill"], listed=listed_skills):
                skills[native] = Fact("skill", native, {"name": native}, fact.place)
        for native in fact.fields.get("languages", {}):
            if native in spoken or not _unlisted(desk, fact, native, by_kind["language"], listed=listed_languages):
                languages.setdefault(native, _language(desk, native, fact))
    keys = {native: one.key for native, one in spoken.items()}
    return _known(desk, "skill", skills.values(), desk.mapping.skills.keys), _known(desk, "language", languages.values(), keys)


def _unlisted(desk: Desk, fact: Fact, native: str, facts: Sequence[Fact], *, listed: bool) -> bool:
    """Whether the export lists objects of this kind, but not this one: a problem. A name of a listed one is fine."""
    if not listed:
        return False
    if any(native in {one.key, one.fields.get("name")} for one in facts):
        return True
    desk.again(fact, f"{facts[0].kind} {native!r} is not among those of the export", "add it there, or mend the value")
    return True


def _language(desk: Desk, native: str, fact: Fact) -> Fact:
    one = desk.mapping.skills.languages.get(native)
    return Fact("language", native, {"name": (one.name or one.key) if one else native}, fact.place)


def _codes(desk: Desk, facts: Sequence[Fact]) -> Known:
    """Wrap-up codes of the mapping and of the export; where both have one, the mapping's words count."""
    made = {fact.key: fact for fact in facts}
    for number, code in enumerate(desk.mapping.wrapup_codes.items):
        fields = {name: value for name, value in code if name != "key" and value is not None}
        made[code.key] = Fact("wrapup_code", code.key, fields, desk.where(("wrapup_codes", "items", number)))
    return _known(desk, "wrapup_code", made.values(), {})


def _statuses(desk: Desk, facts: Sequence[Fact], *, given: bool) -> list[Fact]:
    """Secondary statuses: native ones by the mapping's table; the table alone where the export has none."""
    table = desk.mapping.secondary_statuses
    if not given:
        facts = [
            Fact("secondary_status", native, {"name": native}, desk.where(("secondary_statuses", native)))
            for native, status in table.items()
            if status
        ]
    made = [_status(desk, fact) for fact in _scoped(desk, "secondary_status", facts)]
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


# ── users ────────────────────────────────────────────────────────────────────────────────────────────────────────────


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
    if desk.mapping.name:
        name = _evaluate(desk, fact, template(desk.mapping.name), "name cannot be told", remedy)
        if name is None:
            return ""
    else:
        name = str(fact.fields.get("name", "")).strip()
    if not name:
        desk.again(fact, "has no name", 'give one by an expression in mapping.yaml, such as name: "{{ fact.username }}"')
    return _renamed(desk, "user", (fact.key,), name)


def _email(desk: Desk, fact: Fact) -> str:
    """The platform's own address where it is one, else the mapping's expression."""
    own = str(fact.fields.get("email", "")).strip()
    if _EMAIL.fullmatch(own):
        return own
    what = f"{own!r} is no e-mail address" if own else "has no e-mail address"
    remedy = 'give one by an expression in mapping.yaml, such as email: "{{ fact.username }}@example.com"'
    if not desk.mapping.email:
        desk.wrong(fact.place, fact.subject, what, remedy)
        return ""
    made = str(_evaluate(desk, fact, template(desk.mapping.email), "email cannot be told", "mend `email` in mapping.yaml") or "")
    if made and not _EMAIL.fullmatch(made):
        desk.wrong(fact.place, fact.subject, f"{what}, and `email` of mapping.yaml makes {made!r}", "mend the expression")
    return made


def _division_of(desk: Desk, fact: Fact, divisions: Known) -> str:
    """Key of the division; empty where divisions are not managed or the export does not tell."""
    rule = desk.mapping.division
    if rule and rule.level is not None and "groups" in fact.fields:
        return _by_level(desk, fact, divisions, rule.level, rule.default)
    native = _division_said(desk, fact)
    if native:
        return native if native == HOME else divisions.keys.get(native) or ""
    leveled = rule is not None and rule.level is not None
    return rule.default if rule and not leveled else ""


def _by_level(desk: Desk, fact: Fact, divisions: Known, level: int, default: str) -> str:
    groups = fact.fields["groups"]
    if 0 in groups:
        what = f"the export does not tell the way to hierarchy group {groups[0]['name'] or groups[0]['key']!r}"
        desk.wrong(fact.place, fact.subject, what, "add the answer of describe-user-hierarchy-group")
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


def _level(native: str) -> str:
    """Native levels in one spelling: `4`, `4.0` and `4.00` are the same level."""
    text = native.strip()
    return f"{float(text):g}" if re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text) else text


def _proficiency(desk: Desk, fact: Fact, native: str, level: str | None, *, whole: bool) -> float | int | None:
    number = desk.mapping.skills.unrated if level is None else desk.levels.get(_level(level))
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


def _check_people(desk: Desk, people: Sequence[Fact], everybody: frozenset[str] | set[str]) -> None:
    """Managers exist, e-mail addresses are nobody else's."""
    keys, seen = {fact.key for fact in people}, dict[str, Fact]()
    for number, fact in enumerate(people):
        manager = fact.fields.get("manager")
        if manager and manager not in everybody:
            desk.wrong(
                fact.place, fact.subject, f"manager {manager!r} is not in the export", "mend the value, or export that user too"
            )
        elif manager and manager not in keys and isinstance(people, list):
            people[number] = replace(fact, fields={name: value for name, value in fact.fields.items() if name != "manager"})
        email = fact.fields["email"].casefold()
        if email and (other := seen.setdefault(email, fact)) is not fact:
            what = f"has the e-mail address of {other.subject} ({other.place}): {email}"
            desk.wrong(fact.place, fact.subject, what, "Genesys Cloud takes an address once; mend the export or `email`")


# ── queues ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _queues(
    desk: Desk, by_kind: Mapping[str, Sequence[Fact]], people: Mapping[str, str], divisions: Known, codes: Known
) -> list[Fact]:
    everybody = {fact.key: fact for fact in by_kind["user"]}
    scoped = _scoped(desk, "queue", by_kind["queue"])
    made = [_queue(desk, fact, people, everybody, divisions) for fact in scoped]
    _check_patterns(desk, by_kind["queue"])
    return [_coded(desk, fact, codes) for fact in made]


def _queue(desk: Desk, fact: Fact, people: Mapping[str, str], everybody: Mapping[str, Fact], divisions: Known) -> Fact:
    """A queue with settled name and division, and the members that are in scope."""
    named = _named(desk, fact)
    fields = {name: value for name, value in named.fields.items() if name != "division"}
    fields["native_name"] = str(fact.fields.get("name", ""))
    rule = desk.mapping.division
    if rule and (keys := _fitting(rule.queues, replace(fact, fields=fields))):
        fields["division"] = keys[0]
    elif said := str(fact.fields.get("division") or ""):
        fields["division"] = said if said == HOME else divisions.keys.get(said) or HOME
    for member in fields.get("members", ()):
        if member not in everybody:
            desk.wrong(
                fact.place, fact.subject, f"member {member!r} is not in the export", "mend the value, or export that user too"
            )
    if "members" in fields:
        why = fields.get("why", {})
        fields["members"] = tuple(sorted(member for member in fields["members"] if member in people))
        fields["why"] = {member: ", ".join(filter(None, (people[member], why.get(member)))) for member in fields["members"]}
    return replace(fact, fields=fields)


def _fitting(table: Mapping[str, Any], fact: Fact) -> list[Any]:
    """What the table gives for a queue: entries whose key, name or pattern fits its key, its native or its new name."""
    names = {fact.key, fact.fields["name"], fact.fields.get("native_name", "")}
    return [value for pattern, value in table.items() if any(fnmatchcase(name, pattern) or name == pattern for name in names)]


def _coded(desk: Desk, fact: Fact, codes: Known) -> Fact:
    """A queue with the keys of its wrap-up codes, where the mapping or the export gives any."""
    given = _fitting(desk.mapping.wrapup_codes.queues, fact)
    wish = {code for group in (*given, fact.fields.get("wrapup_codes", ())) for code in group}
    if not given and "wrapup_codes" not in fact.fields:
        return fact
    keys = {codes.keys.get(code, code) for code in wish}
    for code in sorted(wish - set(codes.keys)):
        desk.again(
            fact, f"wrap-up code {code!r} is not known", "add it to mapping.yaml: wrapup_codes: {items: [{key: …, name: …}]}"
        )
    return replace(fact, fields={**fact.fields, "wrapup_codes": tuple(sorted(key for key in keys if key is not None))})


def _check_patterns(desk: Desk, queues: Sequence[Fact]) -> None:
    """Warns of queue patterns of the mapping that fit no queue of the export."""
    rule = desk.mapping.division
    tables = (
        (("wrapup_codes", "queues"), desk.mapping.wrapup_codes.queues),
        (("division", "queues"), rule.queues if rule else {}),
    )
    renamed = [_renamed(desk, "queue", (fact.key,), str(fact.fields.get("name", ""))) for fact in queues]
    names = {*renamed, *(text for fact in queues for text in (fact.key, str(fact.fields.get("name", ""))))}
    for path, table in tables:
        for pattern in table:
            if names and not any(fnmatchcase(name, pattern) or name == pattern for name in names):
                desk.warn(
                    (*path, pattern), f"{'.'.join(path)}: {pattern!r} fits no queue of the export", "mend or remove the line"
                )


# ── checks over everything ───────────────────────────────────────────────────────────────────────────────────────────


def _check_names(desk: Desk, facts: Iterable[Fact]) -> None:
    """Kinds with unique names have them: equal after NFC, trimming and case folding is the same name."""
    seen: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        if fact.kind not in UNIQUE or not fact.fields.get("name"):
            continue
        name = unicodedata.normalize("NFC", fact.fields["name"]).strip().casefold()
        other = seen.setdefault((fact.kind, name), fact)
        if other is not fact:
            what = f"has the name of {other.subject} ({other.place}): {fact.fields['name']}"
            remedy = f"names are unique in Genesys Cloud; mapping.yaml: rename: {{{COLLECTIONS[fact.kind]}: {{{fact.key}: …}}}}"
            desk.wrong(fact.place, fact.subject, what, remedy)


def _check_rename(desk: Desk, native: Iterable[Fact], made: Iterable[Fact]) -> None:
    """Warns of renames that rename nothing."""
    native = [*native, *made]
    for collection, table in desk.mapping.rename:
        kind = next(kind for kind, name in COLLECTIONS.items() if name == collection)
        own = [fact for fact in native if fact.kind == kind]
        seen = {text for fact in own for text in (fact.key, fact.fields.get("name"), fact.fields.get("native"))}
        for old in table.keys() - seen:
            desk.warn(("rename", collection, old), f"rename.{collection}: {old!r} is not in the export", "remove the line")
