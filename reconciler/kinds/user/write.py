"""Writing a user: SCIM makes one whole in one request, changes go through the directory, strictly one after another."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from reconciler.errors import Conflict, NotFound
from reconciler.kinds.rest import entities, final, text, touched
from reconciler.kinds.user import levels
from reconciler.kinds.user.levels import in_batches
from reconciler.kinds.user.mark import granted
from reconciler.kinds.user.paths import BATCH, ENTERPRISE, LANGUAGES, MANY, MOVE, ONE, PURECLOUD, SCIM, SKILLS, USER
from reconciler.kinds.user.phone import digits, phone_of
from reconciler.model.call import Call
from reconciler.model.change import Change, Op
from reconciler.model.kind import Flow, Known, Options, Written

TRIES = 4


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
        yield from in_batches(path, user_id, [(known.id(kind, key), level) for key, level in items[BATCH:]])
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
    yield from levels.write(change, known, user_id)
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
    yield from levels.write(change, known, user_id)
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
    there = {(phone_of(item), digits(item.get("address") or "")): item for item in current}
    own = (
        there.get((kind, digits(number))) or {"address": number, "mediaType": "PHONE", "type": kind.upper()}
        for kind, number in sorted(numbers.items())
    )
    return [*(item for item in current if not phone_of(item)), *own]


def costs(change: Change, options: Options) -> int:
    """Requests of a change, by the path that is set."""
    fields = touched(change)
    if change.op in {Op.DELETE, Op.DEACTIVATE}:
        return 1
    if change.op is Op.CREATE and options.user_writes == "scim":
        return 1 + levels.above(change, BATCH)
    if change.op is Op.CREATE:
        return 2 + bool(fields & {"manager", "employee_id"}) + levels.costs(change)
    patched = bool(fields & set(PATCHED)) + bool(fields & {"phones", "employee_id"})
    return (change.op is Op.RESTORE) + ("roles" in fields) + patched + ("division" in fields) + levels.costs(change)
