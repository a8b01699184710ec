"""Who is in which queue, seen from the queue and from the user. Changes may take effect late (a switch)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator import audits, pages
from reconciler.emulator.portrait import EXPANDS, portrait
from reconciler.emulator.queues import seen, shown
from reconciler.emulator.refusal import bad, constraint, not_found, too_large
from reconciler.emulator.status import shown_routing
from reconciler.emulator.things import Member, folded
from reconciler.emulator.world import is_uuid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reconciler.emulator.ask import Ask, Json
    from reconciler.emulator.things import Queue
    from reconciler.emulator.world import World

BATCH_MAXIMUM = 100
MEMBERS_MAXIMUM = 5000
RINGS = (1, 6)


def list_members(ask: Ask, world: World) -> Json:
    """Members in order of entry, without totals.

    Source: reduced paging, at most 100 a page; `id` of a member is the user's (provider). Filters `name`, `skills`,
    `languages` by name, `joined`, `memberBy` are modelled; those by presence and routing status are not.
    """
    queue = seen(ask, world)
    expand = ask.query.choices("expand", EXPANDS)
    joined, by = ask.query.flag("joined"), ask.query.choice("memberBy", ("user", "group"))
    held = {"skills": set(ask.query.many("skills")), "languages": set(ask.query.many("languages"))}
    found = [
        (known, member)
        for known, member in queue.members.items()
        if (joined is None or member.joined == joined) and (not by or member.by == by) and _fits(ask, world, known, held)
    ]
    if ask.query.descending():
        found.reverse()
    return pages.reduced(ask, found, lambda pair: _shown(world, queue, *pair, expand))


def write_members(ask: Ask, world: World) -> None:
    """Adds the given users, or removes them with `delete=true`; both are no-ops where nothing is to do (inferred).

    Source: at most 100 (the code of the refusal is inferred); 400 `queue.size.limit`. That an unknown user refuses the whole
    batch is inferred.
    """
    queue, remove = seen(ask, world), ask.query.flag("delete")
    ids = _batch(ask)
    for known in ids:
        if not is_uuid(known):
            raise bad("invalid.id", f"[{known}] is not a valid id")
        if not remove:
            world.user(known)
    if not remove and len(queue.members.keys() | set(ids)) > MEMBERS_MAXIMUM:
        raise bad("queue.size.limit", f"A queue has at most {MEMBERS_MAXIMUM} members")
    moved = [known for known in dict.fromkeys(ids) if (known in queue.members) is bool(remove)]
    audits.note(ask, world, queue, "MemberRemove" if remove else "MemberAdd", moved)
    _change(world, queue, lambda: _remove(queue, ids) if remove else _add(world, queue, ids))


def change_members(ask: Ask, world: World) -> Json:
    """Joins or unjoins members. Source: at most 100; pairs that are not members are silently ignored."""
    queue = seen(ask, world)
    _batch(ask)
    wanted = {item.get("id", ""): item["joined"] for item in ask.body if "joined" in item}
    audits.note(ask, world, queue, "MemberUpdate", [known for known in wanted if known in queue.members])
    _change(world, queue, lambda: _join(queue, wanted))
    found = [(known, queue.members[known]) for known in wanted if known in queue.members]
    return pages.reduced(ask, found, lambda pair: _shown(world, queue, *pair, frozenset()))


def change_member(ask: Ask, world: World) -> None:
    """One member's ring or whether it has joined. Source: 202; right after adding it may be 404 (a lag)."""
    queue, member = seen(ask, world), _member(ask, world)
    ring = ask.body.get("ringNumber", member.ring)
    if not RINGS[0] <= ring <= RINGS[1]:
        raise constraint("ringNumber must be between 1 and 6", "ringNumber")
    known = ask.path["memberId"]
    audits.note(ask, world, queue, "MemberUpdate", [known] if "joined" in ask.body else ())
    _change(world, queue, lambda: _set(queue, known, ring, joined=ask.body.get("joined", member.joined)))


def remove_member(ask: Ask, world: World) -> None:
    """The queue without the member. Source: 400 `invalid.type` for one that is there through a group."""
    queue, member = seen(ask, world), _member(ask, world)
    if member.by == "group":
        raise bad("invalid.type", "The member belongs to the queue through a group")
    known = ask.path["memberId"]
    audits.note(ask, world, queue, "MemberRemove", [known])
    _change(world, queue, lambda: _remove(queue, [known]))


# ── seen from the user ───────────────────────────────────────────────────────────────────────────────────────────────


def list_queues_of_user(ask: Ask, world: World) -> Json:
    """The user's queues by name. Source: the default filter is `joined=true`; no ring number."""
    user, wanted = world.user(ask.path["userId"]), ask.query.flag("joined")
    divisions = set(ask.query.many("divisionId"))
    found = [
        queue
        for queue in _queues_of(ask, world, user.id)
        if queue.members[user.id].joined == (wanted is not False) and (not divisions or queue.division in divisions)
    ]
    return pages.numbered(ask, found, lambda queue: _from_user(world, queue, user.id))


def change_queues_of_user(ask: Ask, world: World) -> Json:
    """Joins or unjoins several queues of one user; queues it is not in are ignored (inferred)."""
    user = world.user(ask.path["userId"])
    wanted = {item.get("id", ""): item["joined"] for item in ask.body if "joined" in item}
    found = [queue for queue in _queues_of(ask, world, user.id) if queue.id in wanted]
    for queue in found:
        changed = {user.id: wanted[queue.id]}
        audits.note(ask, world, queue, "MemberUpdate", changed)
        _change(world, queue, lambda queue=queue, changed=changed: _join(queue, changed))  # type: ignore[misc]
    return pages.numbered(ask, found, lambda queue: _from_user(world, queue, user.id))


def change_queue_of_user(ask: Ask, world: World) -> Json:
    """Joins or unjoins one queue; 404 where the user is not in it."""
    user, queue = world.user(ask.path["userId"]), seen(ask, world)
    if user.id not in queue.members:
        raise not_found(queue.id, "queue", "resource.not.found")
    if "joined" in ask.body:
        audits.note(ask, world, queue, "MemberUpdate", [user.id])
        _change(world, queue, lambda: _join(queue, {user.id: ask.body["joined"]}))
    return _from_user(world, queue, user.id)


def _queues_of(ask: Ask, world: World, known: str) -> list[Queue]:
    found = (
        queue for queue in world.queues.values() if not queue.gone and known in queue.members and ask.caller.sees(queue.division)
    )
    return sorted(found, key=lambda queue: folded(queue.name))


def _from_user(world: World, queue: Queue, known: str) -> Json:
    full = shown(world, queue) | {"joined": queue.members[known].joined}
    del full["autoAnswerOnly"]  # the one setting the definition does not give to queues of users
    return full


# ── what is shared ───────────────────────────────────────────────────────────────────────────────────────────────────


def _shown(world: World, queue: Queue, known: str, member: Member, expand: frozenset[str]) -> Json:
    user = world.people.by_id[known]
    return {
        "id": known,
        "name": user.name,
        "user": portrait(world, user, expand),
        "ringNumber": member.ring,
        "joined": member.joined,
        "memberBy": member.by,
        "routingStatus": shown_routing(world, user),
        "selfUri": f"/api/v2/routing/queues/{queue.id}/members/{known}",
    }


def _fits(ask: Ask, world: World, known: str, held: dict[str, set[str]]) -> bool:
    user = world.people.by_id[known]
    if (prefix := ask.query.one("name")) and not folded(user.name).startswith(folded(prefix)):
        return False
    for family, names in held.items():
        if names:
            live = getattr(world, family).live
            if not names <= {live[one]["name"] for one in getattr(user, family) if one in live}:
                return False
    return True


def _batch(ask: Ask) -> list[str]:
    if len(ask.body) > BATCH_MAXIMUM:
        raise too_large(BATCH_MAXIMUM)
    return [item.get("id", "") for item in ask.body]


def _member(ask: Ask, world: World) -> Member:
    queue, known = seen(ask, world), ask.path["memberId"]
    if not is_uuid(known):
        raise bad("invalid.id", f"[{known}] is not a valid id")
    if known not in queue.members:
        raise not_found(known, "member", "resource.not.found")
    return queue.members[known]


def _change(world: World, queue: Queue, act: Callable[[], None]) -> None:
    def effect() -> None:
        act()
        world.later(world.switches.member_count_lag, queue.count)

    world.later(world.switches.members_lag, effect)


def _add(world: World, queue: Queue, ids: Iterable[str]) -> None:
    for known in ids:
        queue.members.setdefault(known, Member(joined=world.switches.member_joined))


def _remove(queue: Queue, ids: Iterable[str]) -> None:
    for known in ids:
        if known in queue.members and queue.members[known].by == "user":
            del queue.members[known]


def _join(queue: Queue, wanted: dict[str, bool]) -> None:
    for known, joined in wanted.items():
        if known in queue.members:
            queue.members[known].joined = joined


def _set(queue: Queue, known: str, ring: int, *, joined: bool) -> None:
    if known in queue.members:
        queue.members[known].ring, queue.members[known].joined = ring, joined
