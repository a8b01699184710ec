"""How a user carries our key, who is deleted, and which roles somebody holds: what the list of users does not show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.kinds.user.paths import BATCH, EXPAND, MANY, ONE, PURECLOUD, SCIM, SUBJECT
from reconciler.model.call import Call, Listing
from reconciler.model.change import Change


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
    """The body of a search for people by e-mail address in one state, with what they have kept."""
    own = {"type": "EXACT", "fields": ["email"], "values": emails}
    return {"pageSize": 100, "expand": EXPAND, "query": [own, {"type": "EXACT", "fields": ["state"], "value": state}]}


def roles(user_id: str) -> Call:
    """The roles a user holds in their own right: setting somebody inactive strips them, and nothing brings them back."""
    return Call("GET", SUBJECT, ids={"subjectId": user_id})


def granted(change: Change, user_id: str) -> Any:
    """Gives back the roles that a restore names, in one request; each step is `role:division`."""
    pairs = [one.path[1].split(":", 1) for one in change.fields if one.path[0] == "roles" and one.after]
    if pairs:
        grants = [{"roleId": role, "divisionId": division} for role, division in pairs]
        path = f"{SUBJECT}/bulkadd"
        yield Call("POST", path, ids={"subjectId": user_id}, query={"subjectType": "PC_USER"}, body={"grants": grants})


def bulk_marks(_source: str) -> tuple[Listing, ...]:
    """External identifiers of everybody, 25 a page; inactive people need a pass of their own, deleted ones never show."""
    asked = {"attributes": f"{PURECLOUD}:externalIds"}
    return tuple(Listing(SCIM, "scim", query=query, size=25) for query in (asked, {**asked, "filter": "active eq false"}))


def marks_of(body: dict[str, Any], source: str) -> tuple[tuple[str, str], ...]:
    """The (user id, key) pairs of one SCIM user under our authority."""
    pairs = (body.get(PURECLOUD) or {}).get("externalIds") or ()
    return tuple((body["id"], pair["value"]) for pair in pairs if pair.get("authority") == source)
