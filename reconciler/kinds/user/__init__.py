"""Users: people who work in the contact centre. SCIM creates one whole in one request; changes go through the directory."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any

from pydantic import Field as Describe

from reconciler.errors import NotFound
from reconciler.kinds.rest import entities, final, folded, text
from reconciler.kinds.user import mark
from reconciler.kinds.user.levels import languages_of, skills_of
from reconciler.kinds.user.listed import Listed
from reconciler.kinds.user.paths import EXPAND, LANGUAGES, MANY, OWN_SKILLS
from reconciler.kinds.user.phone import Phone, digits, phone_of, phones
from reconciler.kinds.user.write import costs, write
from reconciler.model.block import PLAIN_FIRST, Block, Key, Level, Levels, Name, Text, WholeLevel, WholeLevels
from reconciler.model.call import Call, Listing
from reconciler.model.change import Change
from reconciler.model.kind import HOME, Around, Detail, Field, Kind, Known, Lookup, Marks, Options
from reconciler.model.resource import UNKNOWN, Seen


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
    skills: Annotated[dict[Key, Level] | Levels | None, PLAIN_FIRST] = None
    languages: Annotated[dict[Key, WholeLevel] | WholeLevels | None, PLAIN_FIRST] = None


def see(body: dict[str, Any], _around: Around) -> Seen:
    """A listed user. An expansion that did not come is unknown, not empty: expansion is best effort by the API's own words.

    Source: GET /api/v2/users, API description of July 2026. Language proficiency is rounded by the service.
    """
    skills, languages = body.get("skills"), body.get("languages")
    name, email = text(body.get("name")), text(body.get("email"))
    return Seen(
        body["id"],
        name,
        {
            "name": name,
            "email": email,
            "division": (body.get("division") or {}).get("id") or HOME,
            "department": text(body.get("department")),
            "title": text(body.get("title")),
            "employee_id": text((body.get("employerInfo") or {}).get("employeeId")),
            "manager": (body.get("manager") or {}).get("id") or "",
            "phones": {kind: digits(item["address"]) for item in body.get("addresses") or () if (kind := phone_of(item))},
            "skills": UNKNOWN if skills is None else skills_of(skills),
            "languages": UNKNOWN if languages is None else languages_of(languages),
        },
        "",
        (email.casefold(),),
        body.get("state") or "active",
        body.get("version"),
    )


def by_email(_key: str, fields: Mapping[str, Any], _options: Options) -> tuple[str, ...]:
    """The e-mail address, case folded: people share names, so a name matches nobody."""
    return (folded(fields["email"]),) if fields.get("email") else ()


def find(change: Change, known: Known) -> Lookup:
    """The user that carries our key, else the one with the wished e-mail address, whatever its state.

    Source: GET /api/v2/users/externalid/{authorityName}/{externalKey} answers the user or 404.
    """
    around = Around(known.options, known.home)
    with suppress(NotFound):
        return see((yield mark.one_mark(known.options.source, change.ref.key)).json(), around)
    email = final(change, known).get("email", "")
    for state in ("active", "inactive", "deleted"):
        for item in entities((yield Call("POST", f"{MANY}/search", body=mark.searched([email], state)))):
            seen = see(item, around)
            if seen.natural == (folded(email),):
                return seen
    return None


def own_levels(path: str) -> Any:
    """The listing of one user's skills or languages, asked where the expansion of the user list did not come."""
    return lambda user_id: Listing(path, ids={"userId": user_id}, size=50)


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
    listings=tuple(
        Listing(MANY, query={"state": state, "expand": EXPAND}, size=500, looks_at=Listed) for state in ("active", "inactive")
    ),
    see=see,
    write=write,
    find=find,
    natural=by_email,
    details=(
        Detail("skills", own_levels(OWN_SKILLS), skills_of),
        Detail("languages", own_levels(LANGUAGES), languages_of),
    ),
    marks=Marks(mark.bulk_marks, mark.marks_of, mark.one_mark, mark.held_marks),
    hidden=mark.deleted,
    grants=mark.roles,
    unique_names=False,
    renames=False,
    leaves_by="keep",
    costs=costs,
)
