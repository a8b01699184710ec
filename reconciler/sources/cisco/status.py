"""Users of Finesse as a feed of agent status: answers to GET User and GET Users, and payloads of its XMPP notifications.

A notification may come as it is, inside a stanza, and as text inside text; names may carry namespaces. A whole state stands in
every user, so what is equal to the last one gives no Event, and what is older neither. GET Users is a full list: who is missing
from the next one is GONE, unless `status.only_changes` of mapping.yaml says that lists are not full.

Source of states: User states and User—Change Agent State, Finesse developer guide. What they mean:

* LOGIN lasts a moment and UNKNOWN says nothing: the last state stays. Any state may follow any other.
* TALKING and HOLD are work a queue gave, unless a dialog notification of that agent says that the call is another. Then, and in
  calls made while NOT_READY (as UCCX shows them), it is an own call. READY and LOGOUT forget dialogs that never ended.
* A reason counts in NOT_READY only: that of a former state may still be there. -1 and nothing are no reason.
* NOT_READY because a call was not answered is a refusal and no break. It is told by `code` where the reason comes in full.
* `pendingState` is what follows the call; it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import orjson

from reconciler.formats import xml
from reconciler.formats.xml import Element
from reconciler.model.event import Agent, Contact, Event, Memory, Standing, StatusFeed
from reconciler.model.mapping import Mapping as Table
from reconciler.model.moment import Clock

_DEPTH = 4  # documents inside the text of documents
_MANY = 1000
_KEY = 200  # characters of a key in a manifest

NOT_ANSWERED = frozenset({"32763", "32767", "50010", "50041"})
"""Codes of reasons the system gives somebody who did not answer.

Source: 32763 AGT_RNA, Unified CCX CTI protocol developer guide; 32767 call not answered, 50010 several calls missed, 50041 mobile
agent, Unified CCE reporting guide. On UCCX 32767 is somebody who logs in again.
"""
_AGAIN = "relog"  # in the label that 32767 has on UCCX

_STATES: Mapping[str, tuple[Standing, tuple[Contact, ...]]] = MappingProxyType(
    {
        "LOGOUT": (Standing.OFF, ()),
        "NOT_READY": (Standing.NOT_READY, ()),
        "READY": (Standing.READY, ()),
        "RESERVED": (Standing.READY, (Contact.OFFERED,)),
        "RESERVED_OUTBOUND": (Standing.READY, (Contact.OFFERED,)),
        "RESERVED_OUTBOUND_PREVIEW": (Standing.READY, (Contact.OFFERED,)),
        "TALKING": (Standing.READY, (Contact.ROUTED,)),
        "HOLD": (Standing.READY, (Contact.ROUTED,)),
        "WORK": (Standing.NOT_READY, (Contact.AFTER_WORK,)),
        "WORK_READY": (Standing.READY, (Contact.AFTER_WORK,)),
    }
)
_CALLS = frozenset({"TALKING", "HOLD"})
_NOTHING = frozenset({"LOGIN", "UNKNOWN"})
_ROUTED = frozenset({"ACD_IN", "PREROUTE_ACD_IN", "TRANSFER", "CONFERENCE"})
_OVER = frozenset({"DROPPED", "FAILED"})
_SILENT = frozenset(
    {"update", "dialogs", "dialog", "reasoncodes", "reasoncode", "team", "teams", "queue", "queues", "systeminfo"}
)


# ── folding ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_SILENCE = {"state": "", "reason": "", "label": "", "code": "", "pending": ""}
_NEW: Memory = {**_SILENCE, "rest": ["ready", "", ""], "dialogs": {}}


def fold(memory: Memory | None, event: Event) -> Memory:
    """The newest state, what it was between calls (`rest`: ready or not, and why), and the dialogs that go on: id → call type."""
    data, known = event.data, _NEW if memory is None else memory
    if "dialog" in data:
        dialogs = {name: call for name, call in known["dialogs"].items() if name != data["dialog"]}
        return {**known, "dialogs": dialogs if data["over"] else {**dialogs, data["dialog"]: data["call"]}}
    state = data["state"]
    rest = known["rest"]
    if state in {"NOT_READY", "READY"}:
        rest = ["ready", "", ""] if state == "READY" else ["not_ready", data["reason"], data["label"]]
    return {**data, "rest": rest, "dialogs": {} if state in {"READY", "LOGOUT", ""} else known["dialogs"]}


def agent(memory: Memory) -> Agent:
    """That in neutral words."""
    state, pending, calls = memory["state"], memory["pending"], memory["dialogs"].values()
    if not state:
        return Agent(Standing.GONE)
    if state not in _STATES:
        return Agent(Standing.UNKNOWN, native=state, pending=pending)
    standing, contacts = _STATES[state]
    if state in _CALLS and calls and not any(map(_is_routed, calls)):
        before, reason, label = memory["rest"]
        return Agent(Standing(before), reason, (Contact.OWN,) * len(calls), state, pending, label)
    if state == "NOT_READY" and memory["code"] in NOT_ANSWERED:
        return Agent(Standing.READY, contacts=(Contact.REFUSED,), native=state, pending=pending)
    if state in _CALLS and calls:
        contacts = tuple(Contact.ROUTED if _is_routed(call) else Contact.OWN for call in calls)
    if state == "NOT_READY":
        contacts = tuple(Contact.OWN for call in calls if not _is_routed(call))
    return Agent(standing, memory["reason"], contacts, state, pending, memory["label"])


def _is_routed(call: str) -> bool:
    return not call or call in _ROUTED or call.startswith("OUTBOUND")


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


_User: TypeAlias = tuple[str, int, dict[str, str]]


class _Found(NamedTuple):
    """A user, or a dialog of one, and who it is about: `path` is where the server says it stands."""

    element: Element
    path: str
    event: str
    is_dialog: bool = False


class _Read:
    """Documents → Events, only for what has changed. `odd` counts what is passed over, by what it is.

    Passed over are other documents, states that say nothing, users older than what is known, dialogs of users not known yet.
    `known` is what was last told of each agent: native time, content, the time told; `listed` are those in the last full list.
    """

    def __init__(self, table: Table, clock: Clock, state: str) -> None:
        kept: dict[str, Any] = orjson.loads(state) if state else {}
        clock.last = max(clock.last, kept.get("last", 0))
        self._clock = clock
        self._is_full = not table.status.only_changes
        self._known: dict[str, list[Any]] = kept.get("known", {})
        self._listed: set[str] = set(kept.get("listed", ()))
        self.odd: dict[str, int] = {}

    @property
    def state(self) -> str:
        return orjson.dumps({"last": self._clock.last, "known": self._known, "listed": sorted(self._listed)}).decode()

    def __call__(self, record: bytes) -> Sequence[Event]:
        root = _document(record)
        name, found = root.name.lower(), list(_found(root, 0))
        if name == "apierrors":
            raise ValueError(f"an error instead of an answer: {' '.join(_texts(root))[:200]}")
        if not found and name not in {*_SILENT, "users"}:
            self._odd(f"document {root.name}")
        users = self._users([one for one in found if not one.is_dialog], patient=name == "users")
        dialogs = [self._dialog(one) for one in found if one.is_dialog]
        events = [*self._changed(users), *self._told(dialogs)]
        is_whole = name == "users" and len(users) == len(found) and self._is_full
        return [*events, *self._gone({key for key, _, _ in users})] if is_whole else events

    def _users(self, found: Sequence[_Found], *, patient: bool) -> list[_User]:
        """What is said of each user. Of a list the others count where one cannot be understood."""
        users = []
        for one in found:
            try:
                users.append(self._user(one))
            except ValueError as error:
                if not patient:
                    raise
                self._odd(str(error))
        return users

    def _user(self, found: _Found) -> _User:
        """Key, native time (0 where there is none) and content of a user."""
        user, key = found.element, _key(found)
        reason = user.child("reasonCode")
        state = "" if found.event == "DELETE" else user.say("state").upper()
        if not state and found.event != "DELETE":
            raise ValueError(f"user {key} without a state; expected such as READY")
        number = user.say("reasonCodeId") or (reason.say("id") if reason else "")
        data = {
            "state": state,
            "reason": number if state == "NOT_READY" and number != "-1" else "",
            "label": reason.say("label") if reason and state == "NOT_READY" else "",
            "code": _code(reason) if reason and state == "NOT_READY" else "",
            "pending": user.say("pendingState"),
        }
        time = user.say("stateChangeTime")
        return key, self._at(time) if time and time != "null" else 0, data

    def _changed(self, users: Sequence[_User]) -> Iterator[Event]:
        for key, native, data in users:
            if data["state"] in _NOTHING:
                self._odd(f"state {data['state']}")
                continue
            before = self._known.get(key)
            content = "|".join(data.values())
            if before and native and native < before[0]:
                self._odd("a user older than what is known")
            elif not before or before[1] != content or native > before[0]:
                yield self._event(key, native, data, content)

    def _event(self, key: str, native: int, data: dict[str, Any], content: str) -> Event:
        before = self._known.get(key, [0, "", 0])
        at = max(native if native > before[0] else self._last(), before[2])
        self._known[key] = [native or before[0], content, at]
        return Event(key, at, data)

    def _last(self) -> int:
        if not self._clock.last:
            raise ValueError("no time: expected stateChangeTime in at least one user before")
        return self._clock.last

    def _dialog(self, found: _Found) -> tuple[str, int, dict[str, Any]]:
        """Key, native time (0 where there is none) and content of a dialog."""
        dialog = found.element
        media = dialog.child("mediaProperties")
        call = (media.say("callType") if media else "").upper()
        over = found.event == "DELETE" or dialog.say("state").upper() in _OVER
        at = max((self._at(time) for time in _times(dialog)), default=0)
        return _key(found), at, {"dialog": dialog.say("id"), "call": call, "over": over}

    def _told(self, dialogs: Sequence[tuple[str, int, dict[str, Any]]]) -> Iterator[Event]:
        for key, at, data in dialogs:
            before = self._known.get(key)
            if before is None:
                self._odd("a dialog of a user not known yet")
                continue
            before[2] = max(before[2], at or self._last())
            yield Event(key, before[2], data)

    def _gone(self, keys: set[str]) -> Iterator[Event]:
        """Who was in the last full list and is not in this one."""
        for key in sorted(self._listed - keys):
            yield self._event(key, 0, _SILENCE, "gone")
        self._listed = keys

    def _at(self, time: str) -> int:
        try:
            return self._clock.text(time)
        except (ValueError, OverflowError):
            raise ValueError(f"no time: {time[:40]!r}; expected such as 2026-03-02T08:00:00.125Z") from None

    def _odd(self, name: str) -> None:
        known = name if name in self.odd or len(self.odd) < _MANY else "…"
        self.odd[known] = self.odd.get(known, 0) + 1


def _document(record: bytes) -> Element:
    root = xml.read(record, file="record")
    if isinstance(root, Element):
        return root
    raise ValueError(str(root))


def _found(element: Element, depth: int, path: str = "", event: str = "") -> Iterator[_Found]:
    """Users and dialogs in a document, in their order, also in documents that are texts of this one."""
    name = element.name.lower()
    if name == "update":
        path, event = element.say("source"), element.say("event").upper()
        if event == "DELETE" and not list(_within(element, depth, path, event)) and _last(path).isalnum():
            yield _Found(Element("user"), path, event)
    if name == "user" and (element.child("state") or element.child("loginId")):
        yield _Found(element, element.say("uri") or path, event)
    elif name == "dialog":
        if "/user/" in path.lower():
            yield _Found(element, path, event, is_dialog=True)
    else:
        yield from _within(element, depth, path, event)


def _within(element: Element, depth: int, path: str, event: str) -> Iterator[_Found]:
    if element.text.startswith("<"):
        if depth >= _DEPTH:
            raise ValueError(f"documents inside documents more than {_DEPTH} times")
        yield from _found(_document(element.text.encode()), depth + 1, path, event)
    for child in element.children:
        yield from _found(child, depth, path, event)


def _key(found: _Found) -> str:
    """The agent's loginId; else what stands behind `User/` in the path."""
    parts = found.path.strip("/").split("/")
    users = [at for at, part in enumerate(parts[:-1]) if part.lower() == "user"]
    key = ("" if found.is_dialog else found.element.say("loginId")) or (parts[users[-1] + 1] if users else "")
    if not 0 < len(key) <= _KEY or not key.isprintable():
        raise ValueError(f"a user without loginId, under {found.path[:80]!r}")
    return key


def _last(path: str) -> str:
    """The last part of a path of a user; empty where it is of something else."""
    parts = path.strip("/").split("/")
    return parts[-1] if len(parts) > 1 and parts[-2].lower() == "user" else ""


def _code(reason: Element) -> str:
    """The code of a reason, empty for one of UCCX that looks like another of UCCE."""
    return "" if _AGAIN in reason.say("label").lower().replace("-", "") else reason.say("code")


def _times(element: Element) -> Iterator[str]:
    if element.name == "stateChangeTime" and element.text:
        yield element.text
    for child in element.children:
        yield from _times(child)


def _texts(element: Element) -> Iterator[str]:
    if element.text:
        yield element.text
    for child in element.children:
        yield from _texts(child)


STATUS = StatusFeed(platform="cisco", family="state", frame="large xml", open=_Read, fold=fold, agent=agent)
