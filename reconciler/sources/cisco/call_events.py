"""Documents of Finesse → Events of calls, keyed by conversation. What they mean for legs stands in `seats`.

Every user of a dialog is told of it, and a poll tells it again: what has been told, by whomever, gives no Event. A conversation
is the first dialog; one that is begun from it or takes it over belongs to it. An id that comes again later is another call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from reconciler.model.event import Event
from reconciler.model.mapping import Mapping as Table
from reconciler.model.moment import Clock, iso
from reconciler.sources.cisco.dialogs import ENDED, OVER, Found, begun, dialog, documents, found, others, users

_MANY = 1000
_KNOWN = 10_000  # dialogs and extensions that are remembered


class CallEvents:
    """Documents → Events. `odd` counts dialogs that are no calls, and documents of other kinds.

    `calls` is what is remembered of each dialog: its conversation, when it was over (0: it is not), a digest of what was told.
    `people` is whose extension it is, as users say, or as follows from who is told of a call with one agent more than is known.
    """

    def __init__(self, _table: Table, clock: Clock, state: str) -> None:
        kept: dict[str, Any] = orjson.loads(state) if state else {}
        clock.last = max(clock.last, kept.get("last", 0))
        self._clock = clock
        self._calls: dict[str, list[Any]] = kept.get("calls", {})
        self._people: dict[str, str] = kept.get("people", {})
        self.odd: dict[str, int] = {}

    @property
    def state(self) -> str:
        """What a later run needs."""
        return orjson.dumps({"last": self._clock.last, "calls": self._calls, "people": self._people}).decode()

    def __call__(self, record: bytes) -> Sequence[Event]:
        """The events in a document. Raises `ValueError`."""
        root = documents(record)
        if root.name.lower() == "apierrors":
            raise ValueError("an error instead of an answer")
        for extension, login in users(root):
            _put(self._people, extension, login)
        return list(self._events(found(root)))

    def _events(self, several: Iterable[Found]) -> Iterator[Event]:
        for one in several:
            media = one.element.say("mediaType").lower()
            if media not in {"", "voice"}:
                self._odd(f"a dialog of {media[:40]}")
                continue
            data = dialog(one, self._at)
            if not data["seats"] and not data["gone"] and not _is_over(data):
                self._odd("a dialog without participants")
                continue
            self._learn(data)
            event = self._event(one, data)
            if event:
                yield event

    def _event(self, one: Found, data: dict[str, Any]) -> Event | None:
        name, is_over = data["dialog"], _is_over(data)
        key = self._conversation(one, name)
        data["seats"] = [
            [address, self._people.get(address, "") if is_agent else None, *rest] for address, is_agent, *rest in data["seats"]
        ]
        at = max([since for *_, since in data["seats"]], default=0) or self._last()
        said = {word: value for word, value in data.items() if word != "viewer" or data["gone"] or data["code"]}
        digest = hashlib.sha256(orjson.dumps([said, at])).hexdigest()[:16]
        known = self._calls.get(name, [key, 0, ""])
        _put(self._calls, name, [key, at if is_over else 0, digest])
        return None if known[2] == digest else Event(key, at, data)

    def _conversation(self, one: Found, name: str) -> str:
        """The conversation of a dialog: that of one it belongs with, else its own."""
        known = self._calls.get(name)
        start = begun(one.element, self._at) if known and known[1] else 0
        if known and not (known[1] and start > known[1]):
            return str(known[0])
        for other in others(one.element):
            if other in self._calls and not self._calls[other][1]:
                return str(self._calls[other][0])
        return f"{name}@{iso(start)}" if known else name

    def _learn(self, data: dict[str, Any]) -> None:
        """Whose extension the viewer's is, where only one can be."""
        login, seats = data["viewer"], [address for address, is_agent, *_ in data["seats"] if is_agent]
        if not login or any(self._people.get(address) == login for address in seats):
            return
        free = [address for address in seats if address not in self._people] or seats
        if len(free) == 1:
            _put(self._people, free[0], login)

    def _at(self, time: str) -> int:
        try:
            return self._clock.text(time)
        except (ValueError, OverflowError):
            raise ValueError(f"no time: {time[:40]!r}; expected such as 2026-03-02T08:00:00.125Z") from None

    def _last(self) -> int:
        if not self._clock.last:
            raise ValueError("no time: expected stateChangeTime in at least one participant before")
        return self._clock.last

    def _odd(self, name: str) -> None:
        known = name if name in self.odd or len(self.odd) < _MANY else "…"
        self.odd[known] = self.odd.get(known, 0) + 1


def _is_over(data: dict[str, Any]) -> bool:
    """Whether nobody is in the dialog any more."""
    return data["state"] in ENDED or (bool(data["seats"]) and all(seat[2] in OVER for seat in data["seats"]))


def _put(known: dict[str, Any], name: str, value: Any) -> None:
    known.pop(name, None)
    while len(known) >= _KNOWN:
        del known[next(iter(known))]
    known[name] = value
