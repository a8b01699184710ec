"""Users: people who work in the contact centre. SCIM creates one whole in one request; changes go through the directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal, get_args

from pydantic import Field as Describe

from reconciler.errors import Conflict, NotFound
from reconciler.kinds.rest import entities, final, folded, text, touched
from reconciler.model.block import Block, Key, Level, Levels, Name, Text, WholeLevel, WholeLevels
from reconciler.model.call import Call, Listing
from reconciler.model.change import Change, Op
from reconciler.model.kind import HOME, Around, Detail, Field, Flow, Kind, Known, Lookup, Marks, Options, Written
from reconciler.model.resource import UNKNOWN, Seen

MANY = "/api/v2/users"
ONE = "/api/v2/users/{userId}"
SKILLS = "/api/v2/users/{userId}/routingskills/bulk"
LANGUAGES = "/api/v2/users/{userId}/routinglanguages"
MOVE = "/api/v2/authorization/divisions/{divisionId}/objects/{objectType}"
SCIM = "/api/v2/scim/v2/users"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PURECLOUD = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
EXPAND = ["skills", "languages", "employerInfo"]
BATCH = 50
TRIES = 4

Phone = Literal["work", "work2", "work3", "work4", "home", "mobile", "main", "other"]
PHONES = frozenset(get_args(Phone))


class User(Block):
    """One user."""

    name: Name
    email: str = Describe(pattern=r"^[^@\s]+@[^@\s]+$", description="E-mail address, unique in the organisation", max_length=320)
    division: Key | None = None
    department: Text | None = None
    title: Text | None = None
    employee_id: Text | None = None
    manager: Key | None = None
    phones: dict[Phone, Text] | None = None
    skills: dict[Key, Level] | Levels | None = None
    languages: dict[Key, WholeLevel] | WholeLevels | None = None


def digits(number: str) -> str:
    """A phone number without the marks people put between its digits."""
    return number.translate({ord(sign): None for sign in " -()./"})


def phones(numbers: Mapping[str, str]) -> dict[str, str]:
    """Phone numbers in the form in which two of them are compared."""
    return {kind: digits(number) for kind, number in numbers.items()}


def see(body: dict[str, Any], _around: Around) -> Seen:
    """A listed user. An expansion that did not come is unknown, not empty: expansion is best effort by the API's own words.

    Source: GET /api/v2/users, API description of July 2026. Language proficiency is rounded by the service.
    """
    skills, languages = body.get("skills"), body.get("languages")
    email = body.get("email") or ""
    name = text(body.get("name"))
    return Seen(
        body["id"],
        name,
        {
            "name": name,
            "email": text(email),
            "division": (body.get("division") or {}).get("id") or HOME,
            "department": text(body.get("department")),
            "title": text(body.get("title")),
            "employee_id": text((body.get("employerInfo") or {}).get("employeeId")),
            "manager": (body.get("manager") or {}).get("id") or "",
            "phones": {kind: digits(item["address"]) for item in body.get("addresses") or () if (kind := _phone(item))},
            "skills": UNKNOWN if skills is None else dict(filter(None, map(skill, skills))),
            "languages": UNKNOWN if languages is None else dict(filter(None, map(language, languages))),
        },
        "",
        (folded(email),),
        body.get("state") or "active",
        body.get("version"),
    )


def _phone(item: Mapping[str, Any]) -> str:
    """The type a manifest would call an address by; empty where a manifest could not name it."""
    kind = (item.get("type") or "OTHER").lower()
    return kind if item.get("mediaType") == "PHONE" and item.get("address") and kind in PHONES else ""


def by_email(_key: str, fields: Mapping[str, Any], _options: Options) -> tuple[str, ...]:
    """The e-mail address, case folded: people share names, so a name matches nobody."""
    return (folded(fields["email"]),) if fields.get("email") else ()


def write(change: Change, known: Known) -> Flow:
    """Creates, changes, restores or lets go one user, its writes strictly one after another: all move the same version."""
    if change.op is Op.CREATE:
        return (yield from (_by_scim if known.options.user_writes == "scim" else _by_directory)(change, known))
    user_id = known.id(*change.ref)
    if change.op is Op.DELETE:
        with suppress(NotFound):
            yield Call("DELETE", ONE, ids={"userId": user_id})
        return Written(user_id, change.name)
    if change.op is Op.DEACTIVATE:
        return (yield from _patch(change, known, {"state": "inactive"}, known.version(change.ref)))
    version = known.version(change.ref)
    if change.op is Op.RESTORE:
        restored = yield from _patch(change, known, {"state": "active"}, version)
        version = restored.version
        yield from granted(change, user_id)
    return (yield from _update(change, known, user_id, version))


def _by_scim(change: Change, known: Known) -> Flow:
    """One request for everything; skills and languages above the 50 that SCIM takes follow in batches."""
    fields = final(change, known)
    skills, languages = list(fields["skills"].items()), list(fields["languages"].items())
    body = {
        "schemas": [USER, ENTERPRISE, PURECLOUD],
        "active": True,
        "userName": fields["email"],
        "displayName": fields["name"],
        ENTERPRISE: _enterprise(fields, known),
        PURECLOUD: {
            "externalIds": [{"authority": known.options.source, "value": change.ref.key}],
            "routingSkills": [{"name": known.name("skill", key), "proficiency": level} for key, level in skills[:BATCH]],
            "routingLanguages": [{"name": known.name("language", key), "proficiency": level} for key, level in languages[:BATCH]],
        },
    }
    if fields["title"]:
        body["title"] = fields["title"]
    if fields["phones"]:
        body["phoneNumbers"] = [{"type": kind, "value": number} for kind, number in sorted(fields["phones"].items())]
    answer = (yield Call("POST", SCIM, body=body)).json()
    user_id = str(answer["id"])
    for items, path, kind in ((skills, SKILLS, "skill"), (languages, f"{LANGUAGES}/bulk", "language")):
        yield from _in_batches(path, user_id, [(known.id(kind, key), level) for key, level in items[BATCH:]])
    return Written(user_id, fields["name"])


def _enterprise(fields: Mapping[str, Any], known: Known) -> dict[str, Any]:
    body: dict[str, Any] = {"division": known.name("division", fields["division"])}
    if fields["department"]:
        body["department"] = fields["department"]
    if fields["employee_id"]:
        body["employeeNumber"] = fields["employee_id"]
    if fields["manager"]:
        body["manager"] = {"value": known.id("user", fields["manager"])}
    return body


def _by_directory(change: Change, known: Known) -> Flow:
    """Up to five requests, for organisations that do not allow SCIM. A user that exists already is completed, never doubled.

    Source: POST /api/v2/users makes an inactive user unless `state` is sent, and mails nobody.
    """
    fields = final(change, known)
    body = {
        "name": fields["name"],
        "email": fields["email"],
        "divisionId": known.id("division", fields["division"]),
        "state": "active",
        **{name: fields[name] for name in ("department", "title") if fields[name]},
    }
    if fields["phones"]:
        body["addresses"] = _addresses(fields["phones"], ())
    answer = (yield Call("POST", MANY, body=body)).json()
    user_id = str(answer["id"])
    later = {name: fields[name] for name in ("manager", "employee_id") if fields[name]}
    if later:
        patch = {**_patch_body(later, known, {}), "version": answer.get("version")}
        yield Call("PATCH", ONE, ids={"userId": user_id}, body=patch)
    yield from _levels(change, known, user_id)
    yield from _identifier(change, known, user_id)
    return Written(user_id, fields["name"])


def _identifier(change: Change, known: Known, user_id: str) -> Any:
    """Adds our external identifier; the list is shared with other products, so nothing in it is replaced."""
    pair = {"authorityName": known.options.source, "externalKey": change.ref.key}
    try:
        yield Call("POST", f"{ONE}/externalid", ids={"userId": user_id}, body=pair)
    except Conflict:
        mine = yield Call(
            "GET", f"{ONE}/externalid/{{authorityName}}", ids={"userId": user_id, "authorityName": known.options.source}
        )
        if change.ref.key not in {item.get("externalKey") for item in entities(mine)}:
            raise


PATCHED = ("name", "email", "department", "title", "employee_id", "manager", "phones")


def _update(change: Change, known: Known, user_id: str, version: Any) -> Flow:
    fields = touched(change)
    after = final(change, known)
    own = {name: after[name] for name in PATCHED if name in fields}
    if own:
        yield from _patch(change, known, own, version)
    if "division" in fields:
        ids = {"divisionId": known.id("division", after["division"]), "objectType": "USER"}
        yield Call("POST", MOVE, ids=ids, body=[user_id])
    yield from _levels(change, known, user_id)
    if known.options.user_writes == "directory" and any(one.path == ("email",) and not one.before for one in change.fields):
        yield from _identifier(change, known, user_id)  # a create whose first answer was lost goes on here
    return Written(user_id, after["name"], None)


def _patch(change: Change, known: Known, own: dict[str, Any], version: Any) -> Flow:
    """PATCHes these fields under the user's version; a version conflict reads the user again and repeats, four times.

    Lists inside the body are whole lists, so they are merged with what is there: then the user is read first.
    """
    user_id = known.id(*change.ref)
    merges = {"phones", "employee_id"} & set(own)
    for attempt in range(TRIES):
        current: dict[str, Any] = {}
        if attempt or merges or version is None:
            state = {"state": "deleted"} if "state" in own and known.standing(change.ref) == "deleted" else {}
            current = (yield Call("GET", ONE, ids={"userId": user_id}, query={"expand": ["employerInfo"], **state})).json()
            version = current["version"]
        body = {**_patch_body(own, known, current), "version": version}
        try:
            answer = (yield Call("PATCH", ONE, ids={"userId": user_id}, body=body)).json() or {}
        except Conflict:
            if attempt == TRIES - 1:
                raise
            continue
        return Written(user_id, text(answer.get("name")), answer.get("version"))
    raise AssertionError


def _patch_body(own: Mapping[str, Any], known: Known, current: Mapping[str, Any]) -> dict[str, Any]:
    body = {name: own[name] for name in ("name", "email", "department", "title", "state") if name in own}
    if "manager" in own:
        body["manager"] = known.id("user", own["manager"]) if own["manager"] else ""
    if "employee_id" in own:
        body["employerInfo"] = {**(current.get("employerInfo") or {}), "employeeId": own["employee_id"]}
    if "phones" in own:
        body["addresses"] = _addresses(own["phones"], current.get("addresses") or ())
    return body


def _addresses(numbers: Mapping[str, str], current: Any) -> list[dict[str, Any]]:
    """The whole list of addresses: what a manifest cannot name stays as it is, and so does a number that is as wished."""
    there = {(_phone(item), digits(item.get("address") or "")): item for item in current}
    own = (
        there.get((kind, digits(number))) or {"address": number, "mediaType": "PHONE", "type": kind.upper()}
        for kind, number in sorted(numbers.items())
    )
    return [*(item for item in current if not _phone(item)), *own]


def _levels(change: Change, known: Known, user_id: str) -> Any:
    """Skills in one PUT that states them all; languages by PATCH for what is new or moved and DELETE for what goes.

    Source: PUT /api/v2/users/{userId}/routingskills/bulk replaces (its limit is unpublished; 50 is assumed, the rest is
    added by PATCH); there is no replacing call for languages.
    """
    fields, after = touched(change), final(change, known)
    if "skills" in fields:
        items = [(known.id("skill", key), level) for key, level in sorted(after["skills"].items())]
        yield Call("PUT", SKILLS, ids={"userId": user_id}, body=_items(items[:BATCH]))
        yield from _in_batches(SKILLS, user_id, items[BATCH:])
    if "languages" not in fields:
        return
    own = [(one.path[1], one.after) for one in change.fields if one.path[0] == "languages"]
    yield from _in_batches(
        f"{LANGUAGES}/bulk", user_id, [(known.id("language", key), level) for key, level in own if level is not None]
    )
    for key in (key for key, level in own if level is None):
        with suppress(NotFound):
            yield Call("DELETE", f"{LANGUAGES}/{{languageId}}", ids={"userId": user_id, "languageId": known.id("language", key)})


def _items(items: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": one, "proficiency": level} for one, level in items]


def _in_batches(path: str, user_id: str, items: list[tuple[str, Any]]) -> Any:
    for start in range(0, len(items), BATCH):
        yield Call("PATCH", path, ids={"userId": user_id}, body=_items(items[start : start + BATCH]))


def find(change: Change, known: Known) -> Lookup:
    """The user that carries our key, else the one with the wished e-mail address, whatever its state.

    Source: GET /api/v2/users/externalid/{authorityName}/{externalKey} answers the user or 404.
    """
    around = Around(known.options, known.home)
    with suppress(NotFound):
        return see((yield one_mark(known.options.source, change.ref.key)).json(), around)
    email = final(change, known).get("email", "")
    for state in ("active", "inactive", "deleted"):
        for item in entities((yield Call("POST", f"{MANY}/search", body=searched([email], state)))):
            seen = see(item, around)
            if seen.natural == (folded(email),):
                return seen
    return None


def costs(change: Change, options: Options) -> int:
    """Requests of a change, by the path that is set. Skills above 50 that stay as they are, are not foreseen."""
    fields, skills, languages = touched(change), _count(change, "skills"), _count(change, "languages")
    if change.op in {Op.DELETE, Op.DEACTIVATE}:
        return 1
    if change.op is Op.CREATE and options.user_writes == "scim":
        return 1 + _batches(skills - BATCH) + _batches(languages - BATCH)
    gone = sum(one.path[0] == "languages" and one.after is None for one in change.fields)
    levels = ("skills" in fields) + _batches(skills - BATCH) + _batches(languages) + gone
    if change.op is Op.CREATE:
        return 2 + bool(fields & {"manager", "employee_id"}) + levels
    patched = bool(fields & set(PATCHED)) + bool(fields & {"phones", "employee_id"})
    return (change.op is Op.RESTORE) + ("roles" in fields) + patched + ("division" in fields) + levels


def _count(change: Change, name: str) -> int:
    """How many levels a change sets; those that stay are not in it."""
    return sum(one.path[0] == name and one.after is not None for one in change.fields)


def _batches(items: int) -> int:
    return -(-max(0, items) // BATCH)


def one_mark(source: str, key: str) -> Call:
    """The user behind our external identifier; 404 where nobody carries it."""
    ids = {"authorityName": source, "externalKey": key}
    return Call("GET", f"{MANY}/externalid/{{authorityName}}/{{externalKey}}", ids=ids, query={"expand": EXPAND})


def held_marks(source: str, user_id: str) -> Call:
    """The identifiers one user carries under our authority. Source: GET /api/v2/users/{userId}/externalid/{authorityName}."""
    return Call("GET", f"{ONE}/externalid/{{authorityName}}", ids={"userId": user_id, "authorityName": source})


def deleted(emails: Sequence[str]) -> tuple[Call, ...]:
    """Searches for deleted people by e-mail address: they keep theirs, and no listing shows them.

    Source: POST /api/v2/users/search; how many `values` it takes is unpublished, 50 is assumed.
    """
    return tuple(
        Call("POST", f"{MANY}/search", body=searched(list(emails[start : start + BATCH]), "deleted"))
        for start in range(0, len(emails), BATCH)
    )


def searched(emails: list[str], state: str) -> dict[str, Any]:
    """The body of a search for people by e-mail address in one state."""
    own = {"type": "EXACT", "fields": ["email"], "values": emails}
    return {"pageSize": 100, "query": [own, {"type": "EXACT", "fields": ["state"], "value": state}]}


def roles(user_id: str) -> Call:
    """The roles a user holds in their own right: setting somebody inactive strips them, and nothing brings them back."""
    return Call("GET", "/api/v2/authorization/subjects/{subjectId}", ids={"subjectId": user_id})


def granted(change: Change, user_id: str) -> Any:
    """Gives back the roles that a restore names, in one request; each step is `role:division`."""
    pairs = [one.path[1].split(":", 1) for one in change.fields if one.path[0] == "roles" and one.after]
    if pairs:
        grants = [{"roleId": role, "divisionId": division} for role, division in pairs]
        path = "/api/v2/authorization/subjects/{subjectId}/bulkadd"
        yield Call("POST", path, ids={"subjectId": user_id}, query={"subjectType": "PC_USER"}, body={"grants": grants})


def bulk_marks(_source: str) -> tuple[Listing, ...]:
    """External identifiers of everybody, 25 a page; inactive people need a pass of their own, deleted ones never show."""
    asked = {"attributes": f"{PURECLOUD}:externalIds"}
    return tuple(Listing(SCIM, "scim", query=query, size=25) for query in (asked, {**asked, "filter": "active eq false"}))


def marks_of(body: dict[str, Any], source: str) -> tuple[tuple[str, str], ...]:
    """The (user id, key) pairs of one SCIM user under our authority."""
    pairs = (body.get(PURECLOUD) or {}).get("externalIds") or ()
    return tuple((body["id"], pair["value"]) for pair in pairs if pair.get("authority") == source)


def own_levels(path: str) -> Any:
    """The listing of one user's skills or languages, asked where the expansion of the user list did not come."""
    return lambda seen: Listing(path, ids={"userId": seen.id}, size=50)


def skill(body: dict[str, Any]) -> tuple[str, Any] | None:
    """One skill of a user and its proficiency; assignments in state `deleted` do not count (inferred)."""
    return None if body.get("state") == "deleted" else (body["id"], body.get("proficiency") or 0.0)


def language(body: dict[str, Any]) -> tuple[str, Any] | None:
    """One language of a user and its proficiency, a whole number."""
    return None if body.get("state") == "deleted" else (body["id"], round(body.get("proficiency") or 0))


KIND = Kind(
    name="user",
    plural="users",
    model=User,
    views="directory:user:view",
    fields={
        "name": Field(),
        "email": Field(same=str.casefold),
        "division": Field(HOME, "division"),
        "department": Field(),
        "title": Field(),
        "employee_id": Field(),
        "manager": Field("", "user"),
        "phones": Field({}, same=phones),
        "skills": Field({}, "skill"),
        "languages": Field({}, "language"),
    },
    listings=tuple(Listing(MANY, query={"state": state, "expand": EXPAND}, size=500) for state in ("active", "inactive")),
    see=see,
    write=write,
    find=find,
    natural=by_email,
    details=(
        Detail("skills", own_levels(f"{ONE}/routingskills"), skill),
        Detail("languages", own_levels(LANGUAGES), language),
    ),
    marks=Marks(bulk_marks, marks_of, one_mark, held_marks),
    hidden=deleted,
    grants=roles,
    unique_names=False,
    renames=False,
    leaves_by="keep",
    costs=costs,
)
