"""Who is in a queue: users, and groups of users inside it, by roles and in groups of groups.

Source: Salesforce object reference (v62): Group.Type and RelatedId, GroupMember.UserOrGroupId, UserRole.ParentRoleId. Ids that
begin with 005 are users, with 00G groups.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from reconciler.sources.salesforce.objects import Objects, Row

_LONG = 200
_ROLES = frozenset({"role", "roleandsubordinates", "roleandsubordinatesinternal"})


class Unknown(Exception):
    """Members that cannot be told; the message is for people."""


@dataclass(slots=True)
class Members:
    """Expands groups. `missing` counts members who are not among the exported users, by queue."""

    objects: Objects
    inside: dict[str, list[str]] = field(default_factory=dict)
    by_role: dict[str, list[str]] = field(default_factory=dict)
    below: dict[str, list[str]] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sorts members by group, users by role, and roles by the role above."""
        for row in self.objects.all("GroupMember").values():
            self.inside.setdefault(row.link("groupid"), []).append(row.link("userorgroupid"))
        for key, row in self.objects.all("User").items():
            self.by_role.setdefault(row.link("userroleid"), []).append(key)
        for key, row in self.objects.all("UserRole").items():
            self.below.setdefault(row.link("parentroleid"), []).append(key)

    def of(self, queue: str) -> dict[str, str]:
        """User → how they came into the queue. Raises `Unknown` where that cannot be told for all of them."""
        users = self.objects.all("User")
        found: dict[str, str] = {}
        seen, waiting = {queue}, deque([(queue, "")])
        while waiting:
            group, path = waiting.popleft()
            for one in self.inside.get(group, ()):
                if one.startswith("005") and one in users:
                    found.setdefault(one, path or "member")
                elif one.startswith("005"):
                    self.missing[queue] = self.missing.get(queue, 0) + 1
                elif one not in seen:
                    seen.add(one)
                    row = self._group(one)
                    name = row.say("name", "developername", "type")
                    inner = f"{path} / {name}" if path and len(path) < _LONG else path or name
                    found |= {user: inner for user in self._listed(row) if user not in found}
                    waiting.append((one, inner))
        return dict(sorted(found.items()))

    def _group(self, key: str) -> Row:
        row = self.objects.all("Group").get(key)
        if row is None:
            raise Unknown(f"group {key} is not in the export")
        return row

    def _listed(self, group: Row) -> Iterator[str]:
        """Users whom a group holds by its type, and not by members of its own."""
        kind = group.say("type").lower()
        if kind in _ROLES:
            yield from self._with_role(group.link("relatedid"), is_deep=kind != "role")
        elif kind == "organization":
            yield from self.objects.all("User")
        elif kind not in {"regular", "queue"}:
            raise Unknown(f"a group of type {group.say('type')!r} is not understood")

    def _with_role(self, role: str, *, is_deep: bool) -> Iterator[str]:
        if "UserRole" not in self.objects.seen and is_deep:
            raise Unknown("the roles below a role are not in the export")
        seen, waiting = {role}, [role]
        while waiting:
            one = waiting.pop()
            yield from self.by_role.get(one, ())
            below = [inner for inner in self.below.get(one, ()) if is_deep and inner not in seen]
            seen.update(below)
            waiting += below
