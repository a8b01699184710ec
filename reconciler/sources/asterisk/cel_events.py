"""Rows of CEL → Events of calls, keyed by linked id. What they mean stands in `calls_cel`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from reconciler.model.event import Event
from reconciler.model.moment import Clock
from reconciler.sources.asterisk.calls_cel import ACTS, SILENT
from reconciler.sources.asterisk.cel import CelRows, Channel, channel, extra
from reconciler.sources.asterisk.directory import Directory
from reconciler.sources.asterisk.tables import Found, counted, instant, serial

_KEY = 200  # characters of a linked id or of a channel; in Asterisk they are shorter
_MANY = 20_000  # channels at a time
_AFTER = 1 << 40  # in one instant CEL comes behind the queue log, in whatever order both are read
_GONE = frozenset({"HANGUP", "CHAN_END"})  # after these a channel is in no call; either may be lost
_OURS = frozenset({"MOVED", "JOINED"})
_MIXED = "mixmonitor_id"
_ZOMBIE = "<ZOMBIE>"  # what is left of a channel whose place another has taken
_OWN = re.compile(r"(?:XIVO|WAZO)_\w+")  # what XiVO and Wazo write in their dialplans


class CelEvents:
    """Reads lines in their order. Names of events that nothing is known of are counted in `odd`.

    It remembers which call each channel was last seen in: one that is seen in another has moved, which the former call is told.
    Up to 11, one that ends as somebody's zombie there has brought its call along, which that call is told.
    """

    def __init__(self, clock: Clock, directory: Directory, odd: dict[str, int], state: Any = None) -> None:
        known = state if isinstance(state, dict) else {}
        self._clock = clock
        self._directory = directory
        self._odd = odd
        self._rows = CelRows(known.get("rows"))
        self._calls: dict[str, str] = known.get("calls", {})

    @property
    def state(self) -> Any:
        """What later lines need; empty for a feed without CEL."""
        found = {"rows": self._rows.state, "calls": self._calls}
        return {name: value for name, value in found.items() if value}

    def read(self, line: str) -> Sequence[Event]:
        """The events in a line. Raises `ValueError`."""
        return [event for row in self._rows.read(line) for event in self._events(row)]

    def _events(self, row: Found) -> Iterator[Event]:
        name, key = row["event"].strip().upper(), row["linked"].strip()
        if not name:
            raise ValueError("a row without the name of an event: expected the columns eventtype, eventtime, linkedid …")
        if name not in ACTS or name in _OURS:
            if name not in SILENT and not _OWN.fullmatch(name):
                counted(self._odd, name)
            return
        if not 0 < len(key) <= _KEY or not key.isprintable():
            raise ValueError(f"no linked id: {key[:40]!r}; expected at most {_KEY} printable signs")
        at = instant(self._clock, row["time"].strip())
        order = _AFTER + serial(row.get("number", "").strip())
        yield from self._moves(row, name, key, at, order)
        yield Event(key, at, self._data(row, name), id=_id(row), order=order)

    def _moves(self, row: Found, name: str, key: str, at: int, order: int) -> Iterator[Event]:
        """What the former call of the row's channel is told."""
        of = self._channel(row.get("channel", ""), row.get("context", ""))
        if of.is_pseudo or name == "LINKEDID_END":
            return
        before = self._calls.pop(of.name, key)
        if name not in _GONE:
            self._calls[of.name] = key
            if len(self._calls) > _MANY:  # whose end was lost: the one that was not seen for the longest time
                del self._calls[next(iter(self._calls))]
        if before != key:
            yield _moved(of.name, before, key, at, order=order)
            if row.get("channel", "").strip().endswith(_ZOMBIE):
                yield from self._brought(before, key, at, order)

    def _brought(self, before: str, key: str, at: int, order: int) -> Iterator[Event]:
        """All others of a call that has become part of another one. Source: rows of XiVO on 1.8, where the phone transfers."""
        for name in [one for one, call in self._calls.items() if call == before]:
            self._calls[name] = key
            yield _moved(name, before, key, at, order=order)
            of = self._channel(name)
            said = {"pseudo": of.is_pseudo, "who": of.endpoint, "outside": of.is_outside, "first": False}
            data = {"event": "JOINED", "channel": name, "unique": "", **said, "caller": "", "name": "", "dialled": ""}
            yield Event(key, at, data, id=orjson.dumps(["joined", name, before]).decode(), order=order)

    def _data(self, row: Found, name: str) -> dict[str, Any]:
        of = self._channel(row.get("channel", ""), row.get("context", ""))
        unique, linked = row.get("unique", "").strip(), row["linked"].strip()
        data: dict[str, Any] = {"event": name, "channel": of.name, "unique": unique, "pseudo": of.is_pseudo, "who": of.endpoint}
        if name in {"CHAN_START", "ANSWER", "BRIDGE_ENTER"}:
            told = {wanted: row.get(wanted, "").strip() for wanted in ("caller", "name", "dialled")}
            data |= {**told, "outside": of.is_outside, "first": unique == linked}
            if not (of.is_pseudo or of.is_outside):
                self._directory.agent(of.endpoint, told["caller"])
        if name in _MORE:
            data |= _MORE[name](self, row, extra(row))
        return data

    def _channel(self, name: str, context: str = "") -> Channel:
        if len(name) > _KEY:
            raise ValueError(f"no channel: {name[:40]!r}; expected at most {_KEY} signs")
        return channel(name, context, self._directory.named)

    def blind(self, row: Found, told: Mapping[str, Any]) -> dict[str, Any]:
        """Whom a blind transfer moves, and where to."""
        other = _text(told, "transferee_channel_name") or row.get("peer", "")
        return {"other": self._channel(other).name, "goal": self._directory.goal(_text(told, "extension"))}

    def attended(self, row: Found, told: Mapping[str, Any]) -> dict[str, Any]:
        """Whom an attended transfer moves, whom to, and the second channel of who does it."""
        second = self._channel(_text(told, "channel2_name")).name
        other = self._channel(_text(told, "transferee_channel_name")).name
        return {
            "other": other,
            "second": second,
            **self.target(_text(told, "transfer_target_channel_name") or row.get("peer", "")),
        }

    def pick_up(self, row: Found, told: Mapping[str, Any]) -> dict[str, Any]:
        """Who picks up."""
        picker = _text(told, "pickup_channel_uniqueid")
        return {**self.target(_text(told, "pickup_channel") or row.get("peer", "")), "picker": picker}

    def target(self, name: str) -> dict[str, Any]:
        """A channel that a row names besides its own."""
        of = self._channel(name)
        told = {"channel": of.name, "who": of.endpoint, "pseudo": of.is_pseudo, "outside": of.is_outside}
        return {"target": told}


def _moved(channel: str, before: str, into: str, at: int, *, order: int) -> Event:
    data = {"event": "MOVED", "channel": channel, "into": into}
    return Event(before, at, data, id=orjson.dumps(["moved", channel, into]).decode(), order=order)


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _hung(_events: CelEvents, _row: Found, told: Mapping[str, Any]) -> dict[str, Any]:
    by = _text(told, "hangupsource")
    return {"by": channel(by).name} if by else {}


def _mixed(_events: CelEvents, _row: Found, told: Mapping[str, Any]) -> dict[str, Any]:
    file = _text(told, "filename")
    return {"file": file, "tape": _text(told, _MIXED) or file}


_MORE: Mapping[str, Callable[[CelEvents, Found, Mapping[str, Any]], dict[str, Any]]] = {
    "BLINDTRANSFER": CelEvents.blind,
    "ATTENDEDTRANSFER": CelEvents.attended,
    "PICKUP": CelEvents.pick_up,
    "HANGUP": _hung,
    "MIXMONITOR_START": _mixed,
    "MIXMONITOR_STOP": _mixed,
}


def _id(row: Found) -> str:
    """A row as written: what tells two of one call and instant apart."""
    return orjson.dumps(["cel", *(row.get(name, "") for name in ("event", "channel", "unique", "number", "extra"))]).decode()
