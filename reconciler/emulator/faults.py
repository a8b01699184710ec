"""Trouble on demand: rules that make chosen requests fail, hang, lose their answer or answer less than there is.

A rule is a JSON object. `operation` is a name of the request ledger or a pattern with `*` (`GET /api/v2/users`, `POST *`).
It fires at the `nth` matching request, at `every` n-th, at most `times` times, or always. What it does:

    cut_before    the connection dies before anything is done
    lost          the request is carried out, then the connection dies, or `status` is answered instead
    status, code, message, retry_after    answered instead of carrying the request out
    delay_ms      the answer comes so much later
    drop_expand   these keys are missing from `drop_every` (1 = every, 2 = every second, …) of the entities
    short_page    the page holds only so many entities and no `nextUri`
    wrong_total   `total` says so
    cut_bytes     the connection dies after so many bytes of an uploaded recording
    event_every   every n-th event of an injected batch fails, counted over all batches; at most `event_times` events
    event_user    only events of this user fail
    event_conversation, event_array    only events of this conversation, of this array of conversation events fail
    retryable, event_applied    what a failed event is told with (true), whether it is carried out all the same (false)
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from reconciler.emulator.refusal import Refusal

if TYPE_CHECKING:
    from reconciler.emulator.things import Json

_CODES = {
    400: "bad.request",
    401: "bad.credentials",
    403: "not.authorized",
    404: "not.found",
    408: "client.timeout",
    409: "general.conflict",
    413: "request.entity.too.large",
    429: "too.many.requests.retry.after",
    500: "internal.server.error",
    503: "service.unavailable",
    504: "request.timeout",
}


_FROM_ONE = ("nth", "every", "times", "cut_bytes", "drop_every", "event_every", "event_times")

# Where the several kinds of lists keep their objects, and their number.
_LISTS = ("entities", "results", "Resources", "userDetails", "conversations")
_TOTALS = ("total", "totalResults", "totalHits")


class Cut(ConnectionResetError):
    """The connection is to die without an answer: in process the client gets this exception, a server closes the socket."""


@dataclass(slots=True)
class Rule:
    """One rule and how often it matched and fired."""

    operation: str = "*"
    nth: int | None = None
    every: int | None = None
    times: int | None = None
    status: int | None = None
    code: str | None = None
    message: str | None = None
    retry_after: int | None = None
    delay_ms: int = 0
    lost: bool = False
    cut_before: bool = False
    cut_bytes: int | None = None
    drop_expand: tuple[str, ...] = ()
    drop_every: int = 1
    short_page: int | None = None
    wrong_total: int | None = None
    event_every: int | None = None
    event_user: str | None = None
    event_conversation: str | None = None
    event_array: str | None = None
    event_times: int | None = None
    event_applied: bool = False
    retryable: bool = True
    events_matched: int = 0
    events_failed: int = 0
    matched: int = 0
    fired: int = 0

    def fires(self, name: str) -> bool:
        """Whether the rule strikes this request; counts it."""
        if not fnmatchcase(name, self.operation):
            return False
        self.matched += 1
        if self.times is not None and self.fired >= self.times:
            return False
        if self.nth is not None and self.matched != self.nth:
            return False
        if self.every is not None and self.matched % self.every:
            return False
        self.fired += 1
        return True

    def fails(self, user: str, conversation: str = "", array: str = "") -> bool:
        """Whether the rule strikes this event; counts it."""
        wanted = (self.event_user, self.event_conversation, self.event_array)
        if self.event_every is None and wanted == (None, None, None):
            return False
        if any(one not in (None, own) for one, own in zip(wanted, (user, conversation, array), strict=True)):
            return False
        self.events_matched += 1
        if self.event_times is not None and self.events_failed >= self.event_times:
            return False
        if self.event_every is not None and self.events_matched % self.event_every:
            return False
        self.events_failed += 1
        return True

    def before(self) -> None:
        """Ends the request before anything is done, if that is what the rule is for."""
        if self.cut_before:
            raise Cut("connection cut before the request was carried out")
        if self.status is not None and not self.lost:
            raise self._refusal(self.status)

    def after(self) -> None:
        """Ends the request after it was carried out, if that is what the rule is for."""
        if not self.lost:
            return
        if self.status is not None:
            raise self._refusal(self.status)
        raise Cut("connection cut after the request was carried out")

    def reshape(self, body: Json) -> Json:
        """The answer as the rule wants it; the entities of the organisation are not touched."""
        shown = {key: value for key, value in body.items() if key not in self.drop_expand}
        for name in (one for one in _LISTS if isinstance(shown.get(one), list)):
            shown[name] = [self._dropped(one, place) for place, one in enumerate(shown[name])][: self.short_page]
        if self.short_page is not None:
            shown.pop("nextUri", None)
        if self.wrong_total is not None:
            shown |= dict.fromkeys((one for one in _TOTALS if one in shown), self.wrong_total)
        return shown

    def _dropped(self, entity: Any, place: int) -> Any:
        if not isinstance(entity, dict) or place % self.drop_every:
            return entity
        return {key: value for key, value in entity.items() if key not in self.drop_expand}

    def _refusal(self, status: int) -> Refusal:
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        code = self.code or _CODES.get(status, "internal.server.error")
        return Refusal(status, code, self.message or f"Injected fault {status}", headers=headers)


class Faults:
    """The rules in force, in the order they were set."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def add(self, document: Json) -> Rule:
        """Take a rule in; ValueError says what is wrong with it."""
        known = {one.name for one in fields(Rule)} - {"matched", "fired", "events_matched", "events_failed"}
        if unknown := sorted(document.keys() - known):
            raise ValueError(f"no such property of a fault: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
        rule = Rule(**document)
        rule.drop_expand = tuple(rule.drop_expand)
        if any((number := getattr(rule, name)) is not None and number < 1 for name in _FROM_ONE):
            raise ValueError(f"{', '.join(_FROM_ONE)} start at 1")
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """No more trouble."""
        self.rules.clear()

    def firing(self, name: str) -> list[Rule]:
        """The rules that strike this request."""
        return [rule for rule in self.rules if rule.fires(name)]

    def show(self) -> list[Json]:
        """The rules with their counts."""
        return [asdict(rule) for rule in self.rules]
