"""E-mails of Genesys Engage, by the interaction records of its contact server: what records say, and what can be told of them.

A record stands for one message: who wrote, who owns it, since when, and until when. It is told when it is done with; before that
its owner changes, and some wait for days. When an agent took it is not in it, so it is taken for theirs from its beginning, nor
are queues before the one it names. A reply belongs to the message it names as its parent; the thread is the tag.

Source: names of fields, Universal Contact Server interaction records; that `ParentId` leads to the message a reply answers, and
that Stopped is the end of every message: inferred.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from reconciler.model.event import Event, Memory
from reconciler.model.interaction import Act, How, Media, Party, Step, Told
from reconciler.model.moment import Clock
from reconciler.sources.genesys_engage.records import Record, text

_MEDIA = frozenset({"email", "e-mail"})
_OVER = frozenset({"stopped", "3"})
_WAYS: Mapping[str, str] = MappingProxyType({"inbound": "in", "outbound": "out"})
_LONG = 1000
_MANY = 200  # messages of one conversation
_LIVE = "live"


def is_record(record: Record) -> bool:
    """Whether this is an interaction record, and no message of a server."""
    return "typeid" in record or ("threadid" in record and "startdate" in record)


def read(record: Record, clock: Clock, attribute: str) -> dict[str, Any]:
    """What a record says of its message; `attribute` is the attribute that holds the wrap-up code. Raises `ValueError`.

    Empty for what is no e-mail.
    """
    said = {**_inner(record, "entityattributes"), **_inner(record, "interactionattributes"), **record}
    if text(said, "mediatype", "media").lower() not in _MEDIA:
        return {}
    name, way = _short(said, "id", "interactionid"), _WAYS.get(text(said, "typeid").lower(), "")
    if not 0 < len(name) <= 200 or not name.isprintable():
        raise ValueError(f"no interaction: expected Id (names: {', '.join(list(record)[:6])})")
    if not way:
        raise ValueError(f"interaction {name[:40]}: TypeId is {text(said, 'typeid')[:40]!r}; expected Inbound or Outbound")
    end = text(said, "enddate")
    return {
        "id": name,
        "way": way,
        "parent": _short(said, "parentid"),
        "thread": _short(said, "threadid"),
        "start": _time(said, "startdate", clock),
        "end": _time(said, "enddate", clock) if end and text(said, "state", "status").lower() in _OVER else 0,
        "from": _short(said, "fromaddress", "from"),
        "to": _first(said.get("toaddresses") or said.get("toaddress") or said.get("to")),
        "subject": _short(said, "subject"),
        "queue": _short(said, "queue", "currentqueue", "queuename"),
        "owner": _owner(said),
        "code": _short(_inner(said, "userdata") | said, _plain(attribute)) if attribute else "",
    }


def _inner(record: Record, name: str) -> dict[str, Any]:
    value = record.get(name)
    return {_plain(key): inner for key, inner in value.items()} if isinstance(value, dict) else {}


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum() and sign.isascii())


def _short(record: Record, *names: str) -> str:
    return text(record, *names).encode(errors="replace").decode()[:_LONG]


def _first(value: Any) -> str:
    """The first of several addresses: one is what the interface takes."""
    if isinstance(value, list):
        value = next(iter(value), "")
    return str(value or "").split(";")[0].split(",")[0].strip().encode(errors="replace").decode()[:_LONG]


def _owner(said: Record) -> str:
    """The agent by their name on the platform: user name, else employee id, else the number in the configuration."""
    owner = said.get("ownerinformation") or said.get("owner")
    if isinstance(owner, list):
        owner = next(iter(owner), {})
    inner = {_plain(str(key)): value for key, value in owner.items()} if isinstance(owner, dict) else {}
    return _short({**said, **inner}, "username", "employeeid", "dbid", "ownerid")


def _time(said: Record, name: str, clock: Clock) -> int:
    value = text(said, name)
    try:
        return clock.text(value)
    except (ValueError, OverflowError):
        raise ValueError(f"{name} is no time: {value[:40]!r}; expected such as 2026-03-02T08:00:00.125Z") from None


# ── telling ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Leg(NamedTuple):
    party: str
    state: str
    who: str


class _Talk:
    """The legs of an exchange of e-mails so far, and the steps told now; each step is told once."""

    def __init__(self, memory: Memory | None) -> None:
        known = memory or {}
        self.on: dict[str, str] = dict(known.get("on", {}))  # message → leg it is worked on
        self.tag: str = known.get("tag", "")
        self.legs = {name: _Leg(*leg) for name, leg in known.get("legs", {}).items()}
        self.done: list[str] = list(known.get("done", ()))
        self.at: int = known.get("at", 0)
        self.steps: list[Step] = []
        self.odd: list[str] = []

    @property
    def known(self) -> Memory:
        legs = {name: list(leg) for name, leg in self.legs.items()}
        return {"on": self.on, "tag": self.tag, "legs": legs, "done": self.done, "at": self.at}

    @property
    def is_over(self) -> bool:
        return bool(self.legs) and not any(leg.state == _LIVE for leg in self.legs.values())

    def lives(self, name: str) -> bool:
        return name in self.legs and self.legs[name].state == _LIVE

    def last(self, party: Party, who: str = "") -> str:
        return next((name for name, leg in reversed(self.legs.items()) if leg.party == party and who in {"", leg.who}), "")

    def open(self, at: int, name: str, party: Party, **said: Any) -> None:
        """A leg, once. One that comes when all is over goes on from a former one of the same party, or cannot come."""
        if name in self.legs:
            return
        who = said.get("agent", "") if party is Party.AGENT else said.get("queue", "")
        said["previous"] = self.last(party, who) if party in {Party.CUSTOMER, Party.AGENT} else ""
        if self.is_over and not said["previous"]:
            self.odd.append(f"{name} belongs to an exchange that was over")
            return
        if said.get("invited_by") not in self.legs:
            said.pop("invited_by", None)
        self.legs[name] = _Leg(party.value, _LIVE, who)
        self._say(Act.OPEN, at, name, party=party, **said)

    def close(self, at: int, name: str, how: How) -> None:
        if self.lives(name):
            self.legs[name] = self.legs[name]._replace(state="ended")
            self._say(Act.CLOSE, at, name, how=how)

    def note(self, act: Act, at: int, name: str, word: str, **said: Any) -> None:
        """Something that happens to a leg, once for each `word`; nothing where it cannot."""
        is_due = name in self.legs and self.lives(name) is not (act is Act.DISPOSE)
        if is_due and f"{act} {word}" not in self.done:
            self.done.append(f"{act} {word}")
            self._say(act, at, name, **said)

    def _say(self, act: Act, at: int, leg: str, **said: Any) -> None:
        self.at = max(self.at, at)
        self.steps.append(Step(act, self.at, leg, {name: value for name, value in said.items() if value != ""}))


def tell(memory: Memory | None, event: Event) -> Told:
    """What can be told of an exchange, now that one more thing is known of one of its messages."""
    talk, mail = _Talk(memory), event.data
    if mail["id"] not in talk.on and len(talk.on) >= _MANY:
        return Told(talk.known, media=Media.EMAIL, odd=f"{mail['id']}: more than {_MANY} messages in one exchange")
    if mail["from"] and mail["to"]:
        talk.tag = talk.tag or mail["thread"]
        _PARTS[mail["part"]](talk, mail)
    elif mail["part"] in _FIRST:
        talk.odd.append(f"{mail['id']}: an e-mail without addresses cannot be told")
    return Told(talk.known, tuple(talk.steps), Media.EMAIL, talk.tag, talk.is_over, "; ".join(talk.odd))


def events(mail: Mapping[str, Any], key: str) -> Iterator[Event]:
    """The events of a record: how its message began, and how it ended; none while it goes on."""
    if mail["end"]:
        is_in = mail["way"] == "in"
        yield Event(key, mail["start"], {**mail, "part": "came" if is_in else "wrote"})
        yield Event(key, max(mail["start"], mail["end"]), {**mail, "part": "ended" if is_in else "sent"})


def _legs(mail: Mapping[str, Any]) -> tuple[str, str, str]:
    return f"{mail['id']}/customer", f"{mail['id']}/queue", f"{mail['id']}/agent"


def _sides(mail: Mapping[str, Any]) -> dict[str, Any]:
    return {"from": mail["from"], "to": mail["to"], "subject": mail["subject"]}


def _came(talk: _Talk, mail: Mapping[str, Any]) -> None:
    """The customer wrote; a queue holds it, then its owner."""
    (customer, queue, agent), at, sides = _legs(mail), mail["start"], _sides(mail)
    if mail["id"] in talk.on:
        return
    talk.on[mail["id"]] = agent
    talk.open(at, customer, Party.CUSTOMER, inbound=True, with_message=True, **sides)
    if not talk.lives(customer):
        return
    if mail["queue"]:
        talk.open(at, queue, Party.QUEUE, queue=mail["queue"], invited_by=customer, **sides)
    if mail["owner"]:
        invited_by = queue if queue in talk.legs else customer
        talk.open(at, agent, Party.AGENT, agent=mail["owner"], invited_by=invited_by, **sides)
        talk.close(at, queue, How.TRANSFER)


def _ended(talk: _Talk, mail: Mapping[str, Any]) -> None:
    """The message is done with."""
    _came(talk, mail)
    (customer, queue, agent), at = _legs(mail), mail["end"]
    talk.close(at, agent, How.SELF)
    talk.close(at, queue, How.SYSTEM)
    talk.close(at, customer, How.PEER if agent in talk.legs else How.SYSTEM)
    if mail["code"]:
        talk.note(Act.DISPOSE, at, agent, agent, code=mail["code"])


def _wrote(talk: _Talk, mail: Mapping[str, Any]) -> None:
    """An agent began to write: on the leg that has the message they answer, else on one of their own."""
    (customer, _, agent), at, sides = _legs(mail), mail["start"], _sides(mail)
    if mail["id"] in talk.on:
        return
    answered = talk.on.get(mail["parent"], "") if mail["parent"] else ""
    is_theirs = talk.lives(answered) and talk.legs[answered].who == mail["owner"]
    talk.on[mail["id"]] = answered if is_theirs else agent
    if not mail["owner"]:
        talk.odd.append(f"{mail['id']}: an e-mail that went out without an owner cannot be told")
        return
    if not is_theirs:
        if talk.legs:
            talk.open(at, customer, Party.CUSTOMER, inbound=False, **sides)
        talk.open(at, agent, Party.AGENT, agent=mail["owner"], inbound=False, invited_by=customer, **sides)
        talk.open(at, customer, Party.CUSTOMER, inbound=False, invited_by=agent, **sides)
    talk.note(Act.WRITE, at, talk.on[mail["id"]], mail["id"])


def _sent(talk: _Talk, mail: Mapping[str, Any]) -> None:
    """It was sent, and a leg of its own ends with it."""
    _wrote(talk, mail)
    (customer, _, agent), at, leg = _legs(mail), mail["end"], talk.on[mail["id"]]
    talk.note(Act.SENT, at, leg, mail["id"])
    talk.close(at, agent, How.SELF)
    talk.close(at, customer, How.PEER)
    if mail["code"]:
        talk.note(Act.DISPOSE, at, agent, agent, code=mail["code"])


_FIRST = frozenset({"came", "wrote"})
_PARTS: Mapping[str, Callable[[_Talk, Mapping[str, Any]], None]] = MappingProxyType(
    {"came": _came, "ended": _ended, "wrote": _wrote, "sent": _sent}
)
