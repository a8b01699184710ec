"""What the feeds tell of a conversation against what Genesys Cloud shows of it → what has to be told, and what differs. Pure.

Time does not go back along a conversation: what was lost before something that is shown can never be told any more. So only the
tail behind the newest event that is shown is told, as far as it rests on legs that are there; the rest is named, never invented.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from reconciler.kinds.rest import laid
from reconciler.model.change import Change
from reconciler.model.interaction import Act, Media, Party
from reconciler.model.moment import iso
from reconciler.model.reconciliation import Cell, Finding, Period, Standing
from reconciler.model.seen import Seen, SeenLeg
from reconciler.runners.conversation_table import COMMANDS, CONSULTS, TABLE

SLACK = 1000  # milliseconds by which an end may be shown at another time: some readings are in whole seconds
_ROLES = ("leg", "invited_by", "previous", "initiating", "target", "object", "destination")
_ACTS = {event: row.act for row in TABLE for event in (row.voice, row.email) if event}
_PARTIES = {event: row.sort for row in TABLE if row.act is Act.OPEN for event in (row.voice, row.email) if event}
_MEDIA = {event: media for row in TABLE for media, event in ((Media.VOICE, row.voice), (Media.EMAIL, row.email)) if event}
_LAST = frozenset({Act.CLOSE, Act.DISPOSE})
_ALL = frozenset(Act)


class Said(NamedTuple):
    """One event that should be there: its change, what it does, to which leg (an id), and all it says."""

    change: Change
    act: Act
    leg: str
    said: Mapping[str, Any]

    def __str__(self) -> str:
        words = [str(self.said[name]) for name in ("event", "leg", "user", "queue") if name in self.said]
        return " ".join(words)


def at(change: Change) -> int:
    """When the event of a change happened, in milliseconds since 1970."""
    said = next(one.after for one in change.fields if one.path == ("at",))
    return round(datetime.fromisoformat(said).timestamp() * 1000)


def said(changes: Iterable[Change]) -> list[Said]:
    """What the changes of one conversation say."""
    found = []
    for change in changes:
        words = laid({}, change.fields)
        found.append(Said(change, _ACTS[words["event"]], words["ids"].get("leg", ""), words))
    return found


def picture(changes: Sequence[Change]) -> Seen:
    """The conversation as it looks once all its events are told. There is at least one."""
    legs: dict[str, SeenLeg] = {}
    events = said(changes)
    for one in events:
        legs |= {one.leg: _drawn(legs.get(one.leg, SeenLeg()), one)} if one.leg else {}
    first = events[0].said
    outbound = first.get("inbound") is False
    return Seen(first["ids"]["conversation"], at(changes[0]), first.get("tag", ""), outbound, legs)


def _drawn(leg: SeenLeg, one: Said) -> SeenLeg:
    """A leg after one of its events."""
    said = one.said
    if one.act is Act.OPEN:
        held, answered = bool(said.get("held")), not said.get("alerting")
        who = (_PARTIES[said["event"]], said.get("user", ""), said.get("queue", ""))
        return SeenLeg(*who, answered=answered, holds=int(held), held=held)
    if one.act is Act.ANSWER:
        return leg._replace(answered=True)
    if one.act is Act.HOLD:
        return leg._replace(held=said["held"], holds=leg.holds + said["held"])
    if one.act is Act.CLOSE:
        return leg._replace(ended=True, until=at(one.change), held=False, moved=said["how"].startswith("transfer"))
    return leg._replace(disposed=True) if one.act is Act.DISPOSE else leg


# ── one conversation ─────────────────────────────────────────────────────────────────────────────────────────────────


def judge(key: str, changes: Sequence[Change], live: Seen | None) -> Finding:
    """How a conversation of the feeds stands, when `live` is all that is shown of it (None: surely nothing)."""
    if live is None:
        return Finding(key, Standing.MISSING, tuple(changes))
    events = said(changes)
    shown = list(_shown(events, live))
    newest = max((number for number, one in enumerate(shown) if one), default=-1)
    lost = [one for one, there in zip(events[:newest], shown, strict=False) if there is False]
    tail = events[newest + 1 :] if False in shown[newest + 1 :] else []
    why = [f"{one} was not told in time" for one in lost]
    why += [*_contradictions(picture(changes), live), *_ends(events, live)]
    send: list[Said] = []
    if tail and live.is_over and _MEDIA[tail[0].said["event"]] is Media.VOICE and any(one.act is not Act.DISPOSE for one in tail):
        why.append(f"it is over in Genesys Cloud, before {tail[0]}")
    else:
        send = list(_going_on(tail, set(live.legs), lost))
        why += [f"{one} rests on what was lost" for one in tail if one not in send]
    return Finding(key, _standing(send, why), tuple(one.change for one in send), tuple(why))


def _standing(send: Sequence[Said], why: Sequence[str]) -> Standing:
    if not send:
        return Standing.DIFFERENT if why else Standing.SAME
    return Standing.OPEN if {one.act for one in send} <= _LAST | {Act.END, Act.CONSULTED} else Standing.PARTLY


def _shown(events: Iterable[Said], live: Seen) -> Iterator[bool | None]:
    """Of each event whether it is shown; None where nobody could see it: transfers, audio, writing.

    What is seen of a hold is how often there was one, so that they are counted along the leg.
    """
    holds: Counter[str] = Counter()
    for one in events:
        leg = live.legs.get(one.leg)
        if one.act is Act.HOLD or (one.act is Act.OPEN and one.said.get("held")):
            holds[one.leg] += bool(one.said["held"])
        if one.act not in _SIGNS:
            yield None
        elif leg is None:
            yield False
        elif one.act is Act.HOLD:
            yield leg.holds > holds[one.leg] or (leg.holds == holds[one.leg] and (one.said["held"] or not leg.held))
        else:
            yield one.act is Act.OPEN or bool(getattr(leg, _SIGNS[one.act]))


_SIGNS = {Act.OPEN: "", Act.ANSWER: "answered", Act.HOLD: "", Act.CLOSE: "ended", Act.DISPOSE: "disposed"}
"""Acts that can be seen afterwards, and the field of a leg that shows them."""


def _going_on(tail: Iterable[Said], there: set[str], lost: Iterable[Said]) -> Iterator[Said]:
    """The events of the tail that stand on what is there. Of a leg that lost something only the end is told."""
    damaged = {one.leg: _LAST for one in lost} | {one.leg: frozenset[Act]() for one in lost if one.act is Act.CLOSE}
    void: set[str] = set()
    for one in tail:
        ids, opens = one.said["ids"], one.act is Act.OPEN
        named = {ids[role] for role in _ROLES if role in ids and not (opens and role == "leg")}
        thread = ids["command"] if one.act in COMMANDS else "consultation" if one.act in CONSULTS else ""
        if named - there or thread in void or one.act not in damaged.get(one.leg, _ALL):
            void |= {thread} - {""}
            continue
        there = there | {one.leg} if opens else there
        yield one


def _contradictions(wanted: Seen, live: Seen) -> Iterator[str]:
    """What is shown otherwise than it was, and can never be changed."""
    for name, leg in wanted.legs.items():
        there = live.legs.get(name)
        if there is None:
            continue
        for what in ("user", "queue") if leg.party != Party.AGENT else ("user",):
            ours, theirs = getattr(leg, what), getattr(there, what)
            if ours and theirs and ours != theirs:
                yield f"{what} {theirs} is shown instead of {ours}"
    more = [leg for name, leg in live.legs.items() if name not in wanted.legs]
    if more and wanted.is_over:
        who = ", ".join(leg.user or leg.queue or leg.party or "somebody" for leg in more)
        yield f"legs are shown that no feed tells of: {who}"


def _ends(events: Iterable[Said], live: Seen) -> Iterator[str]:
    """Legs that ended at another time than was told: most likely by a rule, before the end was known."""
    for one in events:
        leg = live.legs.get(one.leg)
        if one.act is Act.CLOSE and leg is not None and leg.until and abs(leg.until - at(one.change)) > SLACK:
            yield f"{one.said['leg']} ended at {iso(leg.until)} instead of {one.said['at']}"


# ── a period ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def cells(native: Iterable[Seen], live: Iterable[Seen], within: Period) -> tuple[Cell, ...]:
    """Counts of both sides by queue, hour and outcome, sorted."""
    sides = [Counter((one.queue, within.hour(one.began), one.outcome) for one in side) for side in (native, live)]
    found = sides[0].keys() | sides[1].keys()
    return tuple(Cell(*one, sides[0][one], sides[1][one]) for one in sorted(found))
