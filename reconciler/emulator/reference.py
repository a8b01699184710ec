"""What injected events name, as the caller may see it: users, queues, sources and the like. Nothing is changed.

Source: that each must exist follows from the descriptions of the ids; whether what is missing is worth another try, and what
becomes of the inactive and the deactivated, are switches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.emulator.event import Unfit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.emulator.things import Queue, Shelf, User
    from reconciler.emulator.token import Client
    from reconciler.emulator.world import World


class References:
    """Finds what an event names; Unfit, counted under what was looked for, where there is no such thing."""

    def __init__(self, caller: Client, world: World) -> None:
        self._caller, self._world = caller, world

    def user(self, known: str) -> User:
        """The user, who must be active unless a switch says otherwise."""
        user = self._world.people.by_id.get(known)
        if user is None or user.state == "deleted" or not self._caller.sees(user.division):
            raise self._missing("user", known)
        if user.state == "inactive" and self._world.switches.event_of_inactive_user == "refuse":
            raise Unfit("inactive", f"The user {user.id} is not active")
        return user

    def queue(self, known: str) -> Queue:
        """The queue, as long as it is answered by id."""
        queue = self._world.queues.get(known)
        if queue is None or (queue.gone and queue.gone <= self._world.now()) or not self._caller.sees(queue.division):
            raise self._missing("queue", known)
        return queue

    def skills(self, known: Iterable[str]) -> None:
        """All of these are skills."""
        for one in known:
            self.live(self._world.skills, one, "skill")

    def language(self, known: str) -> None:
        """This is a language."""
        self.live(self._world.languages, known, "language")

    def code(self, known: str) -> None:
        """This is a wrap-up code."""
        self.live(self._world.codes, known, "code")

    def presence_source(self, known: str) -> str:
        """The id of a presence source that the organisation registered."""
        switches = self._world.switches
        found = self.live(self._world.sources, known, "source", switches.event_deactivated_source)
        if found["type"] == "System" and switches.event_system_source == "refuse":
            raise Unfit("source", f"The source {known} is not registered by the organisation")
        return str(found["id"])

    def external_source(self, known: str) -> str:
        """The id of an external source that is active."""
        found = self.live(self._world.external_sources, known, "source", "accept")
        if not found["active"] and self._world.switches.event_deactivated_source == "refuse":
            raise Unfit("source", f"The source {known} is not active")
        return str(found["id"])

    def live(self, shelf: Shelf, known: str, what: str, deactivated: str = "accept") -> Mapping[str, Any]:
        """The document of that id; a deactivated one only where `deactivated` is "accept"."""
        found = shelf.live.get(known)
        if found is None:
            raise self._missing(what, known)
        if deactivated == "refuse" and found["deactivated"]:
            raise Unfit(what, f"The {what} {known} is deactivated")
        return found

    def _missing(self, what: str, known: str) -> Unfit:
        retryable = self._world.switches.event_of_unknown_retryable
        return Unfit(what, f"No {what} found for id {known[:40]}", retryable=retryable)
