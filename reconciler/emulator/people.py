"""Users: lists, single users, creation, change, deletion, restoring. Their abilities, identifiers and search stand beside it.

What a user looks like is decided in `portrait`; here is what the operations do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator import pages
from reconciler.emulator.portrait import EXPANDS, portrait
from reconciler.emulator.refusal import Refusal, bad, not_found, too_large
from reconciler.emulator.things import User, folded

if TYPE_CHECKING:
    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.world import World

STATES = ("active", "inactive", "deleted", "any")
INACTIVE_MAXIMUM = 10_000
IDS_MAXIMUM = 100
BULK_MAXIMUM = 50

# PATCH field → where it is kept; everything else a PATCH may name is kept as it came, in `more`
_OWN_FIELDS = ("department", "title", "addresses", "manager")
_NOT_KEPT = frozenset(("id", "version", "selfUri", "primaryContactInfo", "locations", "groups"))


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def list_users(ask: Ask, world: World) -> Json:
    """Users of one state in order of creation, or those with the given ids.

    Source: `id` takes at most 100 (`max.user.ids`); inactive users are 400 beyond the first 10,000 (provider). That the state
    filter also holds for ids is inferred from its default.
    """
    expand = _expand(ask, world)
    state = ask.query.choice("state", STATES, "active")
    if ask.query.many("id"):
        return pages.numbered(ask, _by_ids(ask, world, state), lambda user: portrait(world, user, expand))
    if state == "inactive" and ask.page_size * ask.page_number > INACTIVE_MAXIMUM:
        raise bad("bad.request", f"Only the first {INACTIVE_MAXIMUM} inactive users can be listed by page")
    return pages.numbered(ask, _roster(ask, world, state), lambda user: portrait(world, user, expand))


def query_users(ask: Ask, world: World) -> Json:
    """The same by cursor, without division filtering.

    Source: `GET /users/query` needs the view permission in all divisions.
    """
    if ask.caller.divisions is not None:
        raise Refusal(403, "missing.division.permission", "directory:user:view is needed in all divisions")
    expand = _expand(ask, world)
    users = _roster(ask, world, ask.query.choice("state", STATES, "active"))
    return pages.opaque(ask, users, lambda user: portrait(world, user, expand))


def get_user(ask: Ask, world: World) -> Json:
    """One user; a deleted one only with `state=deleted`. Source: provider, 404 `general.resource.not.found` otherwise."""
    expand = ask.query.choices("expand", EXPANDS)
    deleted = ask.query.choice("state", ("active", "deleted"), "active") == "deleted"
    return portrait(world, _seen(ask, world, deleted=deleted), expand)


def get_me(ask: Ask, world: World) -> Json:
    """Nobody: a client has no person. Source: 400 `not.a.user` with client credentials."""
    del ask, world
    raise bad("not.a.user", "This request requires a user context. Client credentials cannot be used for requests to /me.")


def get_state(ask: Ask, world: World) -> Json:
    """State, version and the last change of state."""
    user = world.user(ask.path["userId"], deleted=True)
    return {"state": user.state, "version": user.version} | user.changed


def _roster(ask: Ask, world: World, state: str) -> list[User]:
    people = world.people
    users = people.in_state.get(state) or []
    if state == "any":
        users = people.everybody if world.switches.any_includes_deleted else people.living
    if ask.caller.divisions is not None:
        users = [user for user in users if ask.caller.sees(user.division)]
    if world.switches.list_lag:
        users = [user for user in users if world.visible(user.created)]
    return users[::-1] if ask.query.descending() else users


def _by_ids(ask: Ask, world: World, state: str) -> list[User]:
    ids = ask.query.many("id")
    if len(ids) > IDS_MAXIMUM:
        raise too_large(IDS_MAXIMUM, "max.user.ids")
    found = [world.people.by_id[known] for known in dict.fromkeys(ids) if known in world.people.by_id]
    wanted = {state} if state != "any" else {"active", "inactive"}
    return [user for user in found if user.state in wanted and ask.caller.sees(user.division)]


def _expand(ask: Ask, world: World) -> frozenset[str]:
    expand = ask.query.choices("expand", EXPANDS)
    bound = world.switches.response_cells_maximum
    if bound and ask.page_size * (1 + len(expand)) > bound:
        raise bad("response.entity.too.large", "The response is over the size limit. Reduce pageSize or expand list")
    return expand


def _seen(ask: Ask, world: World, *, deleted: bool = False) -> User:
    user = world.user(ask.path["userId"], deleted=deleted)
    if not ask.caller.sees(user.division):
        raise Refusal(403, "missing.division.permission", f"No permission in division {user.division}")
    return user


# ── creating ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def create_user(ask: Ask, world: World) -> Json:
    """A new user, inactive unless the body says otherwise.

    Source: `POST /users`; the e-mail is unique over living and deleted users (provider, casing inferred); no invitation is sent.
    """
    body = ask.body
    world.division(body["divisionId"], bad("general.bad.request", f"No division with id {body['divisionId']}"))
    if not ask.caller.sees(body["divisionId"]):
        raise Refusal(403, "missing.division.permission", f"No permission in division {body['divisionId']}")
    free_email(world, body["email"])
    _addresses(body)
    user = enter(world, name=body["name"], email=body["email"], division=body["divisionId"])
    _absorb(user, {key: body[key] for key in ("department", "title", "addresses") if key in body})
    world.people.add(user)
    if (state := body.get("state", "inactive")) != "active":
        set_state(world, user, state)
    return portrait(world, user, frozenset())


def enter(world: World, *, name: str, email: str, division: str) -> User:
    """An active user who is not on any list yet, with the default role. Source: new users hold only default roles."""
    check_name(name)
    check_email(email)
    grants = [(role["id"], world.home["id"]) for role in world.roles.live.values() if role["default"]]
    return User(
        id=world.new_id(),
        order=world.number(),
        name=name,
        email=email,
        division=division,
        state="active",
        created=world.now(),
        modified=world.stamp(),
        grants=grants,
    )


def free_email(world: World, email: str, own: User | None = None) -> None:
    """Refuses an e-mail that somebody else has, deleted or not. Source: `general.conflict`, 400 or 409 (a switch)."""
    other = world.people.by_email.get(folded(email))
    if other is not None and other is not own:
        message = f"A user with the email [{email}] already exists"
        raise Refusal(world.switches.duplicate_email_status, "general.conflict", message)


def check_name(name: str) -> None:
    """Refuses an empty name."""
    if not name.strip():
        raise bad("general.bad.request", "The name must not be empty")


def check_email(email: str) -> None:
    """Refuses what cannot be an e-mail address."""
    local, _, domain = email.partition("@")
    if not local or not domain or any(sign.isspace() for sign in email):
        raise bad("general.bad.request", f"[{email}] is not an e-mail address")


# ── changing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def change_user(ask: Ask, world: World) -> Json:
    """The user with the given fields changed; `state` stands alone and ignores all others.

    Source: `PATCH /users/{userId}`; state alone is also how a deleted user comes back.
    """
    body = ask.body
    user = _seen(ask, world, deleted="state" in body)
    match_version(world, user, body["version"])
    if "state" in body:
        set_state(world, user, body["state"])
    else:
        _change(world, user, {key: value for key, value in body.items() if key not in _NOT_KEPT})
        touch(world, user)
    return portrait(world, user, frozenset())


def change_state(ask: Ask, world: World) -> Json:
    """The narrow twin of the above, which also keeps a reason."""
    user = _seen(ask, world, deleted=True)
    if "state" not in ask.body:
        raise bad("general.bad.request", "The state must be given")
    if "version" in ask.body:
        match_version(world, user, ask.body["version"])
    set_state(world, user, ask.body["state"])
    user.changed = {"stateChangeReason": ask.body.get("stateChangeReason", "Unknown"), "stateChangeDate": world.stamp()}
    return get_state(ask, world)


def delete_user(ask: Ask, world: World) -> Json:
    """Nothing; the user is deleted softly.

    Source: 200; that deleting twice is 200 as well follows from `200 user.not.found.on.delete`.
    """
    user = _seen(ask, world, deleted=True)
    if user.state != "deleted":
        set_state(world, user, "deleted")
    return {}


def invite_user(ask: Ask, world: World) -> None:
    """Notes that the mail would have been sent; nothing ever is."""
    _seen(ask, world).welcomed = world.stamp()


def set_password(ask: Ask, world: World) -> None:
    """Accepts any password that is not empty and forgets it."""
    _seen(ask, world)
    if not ask.body["newPassword"]:
        raise bad("password.empty", "The password must not be empty")


def change_many(ask: Ask, world: World) -> Json:
    """The users with another `acdAutoAnswer`, the only thing this changes. Source: 50 at most, 400 `max.directory.users`."""
    if len(ask.body) > BULK_MAXIMUM:
        raise too_large(BULK_MAXIMUM, "max.directory.users")
    users = [(world.user(item.get("id", "")), item) for item in ask.body]
    for user, item in users:
        user.more["acdAutoAnswer"] = item.get("acdAutoAnswer", False)
        touch(world, user)
    return pages.numbered(ask, [user for user, _ in users], lambda user: portrait(world, user, frozenset()))


def match_version(world: World, user: User, version: int) -> None:
    """Refuses a stale version. Source: 409 `general.conflict`, or 400 with this message (a switch; provider matches the text)."""
    if version != user.version:
        message = f"The given version {version} does not match the current version {user.version} of the user"
        raise Refusal(world.switches.version_conflict_status, "general.conflict", message, entityId=user.id)


def touch(world: World, user: User) -> None:
    """Count a write that touches the user."""
    user.version += 1
    user.modified = world.stamp()


def set_state(world: World, user: User, state: str) -> None:
    """Move the user to a state, with what is lost on the way.

    Source: inactive and deleted users lose all direct roles and do not get them back; deleted ones fall to Home. What
    happens to memberships, abilities and identifiers is unknown: switches.
    """
    if state != user.state:
        world.people.move(user, state)
        if state != "active":
            user.grants = []
        if state == "inactive" and not world.switches.inactive_keeps_memberships:
            _leave_queues(world, user)
        if state == "deleted":
            _depart(world, user)
    touch(world, user)


def _depart(world: World, user: User) -> None:
    user.division = world.home["id"]
    user.left = world.now()
    if not world.switches.deleted_keeps_memberships:
        _leave_queues(world, user)
    if not world.switches.deleted_keeps_abilities:
        user.skills, user.languages = {}, {}
    if not world.switches.deleted_keeps_external_ids:
        for identifier in user.external:
            del world.people.by_identifier[identifier]
        user.external = []


def _leave_queues(world: World, user: User) -> None:
    for queue in world.queues.values():
        if queue.members.pop(user.id, None) is not None:
            queue.count()


def _change(world: World, user: User, fields: dict[str, Any]) -> None:
    name, email = fields.pop("name", user.name), fields.pop("email", user.email)
    check_name(name)
    check_email(email)
    free_email(world, email, user)
    _addresses(fields)
    if fields.get("manager"):
        world.user(fields["manager"])
    user.name = name
    if email != user.email:
        world.people.readdress(user, email)
    _absorb(user, fields)


def _addresses(fields: dict[str, Any]) -> None:
    """Source: `address` and `extension` of a contact exclude each other."""
    for contact in fields.get("addresses", ()):
        if "address" in contact and "extension" in contact:
            raise bad("general.bad.request", "A contact has either an address or an extension")


def _absorb(user: User, fields: dict[str, Any]) -> None:
    for key, value in fields.items():
        if key in _OWN_FIELDS:
            setattr(user, key, value)
        else:
            user.more[key] = value


def find_by_identifier(ask: Ask, world: World) -> Json:
    """The user with this identifier. Source: both parts are case-sensitive; a deleted owner is not found (inferred)."""
    expand = ask.query.choices("expand", EXPANDS)
    key = ask.path["externalKey"]
    user = world.people.by_identifier.get((ask.path["authorityName"], key))
    if user is None or user.state == "deleted":
        raise not_found(key, "user", "general.resource.not.found")
    return portrait(world, user, expand)
