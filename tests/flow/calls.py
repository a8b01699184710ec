"""Calls as Asterisk writes them down: a queue log and the CEL of version 12 and later, made up from a seed.

Callers queue, give up, are connected, held, recorded and transferred in every way; agents call out, call each other and ask each
other. Calls overlap. What is written can lose rows, double them, and have them out of order by less than the second that the
feed's card allows. The same seed gives the same rows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import orjson

AGENTS = tuple(f"PJSIP/{1001 + number}" for number in range(40))
QUEUES = ("600", "601", "602", "603")
FILES = {"log": "queue_log", "cel": "Master.csv"}
TRUNK = "PJSIP/trunk"
_LATEST = 0.95  # seconds a row of CEL can be late; a card of Asterisk says 1


class Row(NamedTuple):
    """One row of a feed, `log` or `cel`. `at` is in seconds since 1970, and `written` is when it reached the file."""

    written: float
    number: int
    at: float
    feed: str
    text: str


@dataclass(frozen=True)
class Mess:
    """Shares of rows that are lost, written twice, and late."""

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0


TIDY = Mess()
MESSY = Mess(lost=0.03, doubled=0.03, late=0.3)


class Channel(NamedTuple):
    """One side of a call: its name and its unique id."""

    name: str
    unique: str


class Switchboard:
    """What all calls share: numbers that grow, and who is free."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.numbers = count(1)
        self._busy = dict.fromkeys(AGENTS, 0.0)

    def agent(self, at: float, until: float) -> str:
        """An agent who is free, or else whoever is so next; busy from now on."""
        free = [one for one in AGENTS if self._busy[one] <= at]
        found = self.dice.choice(free) if free else min(AGENTS, key=lambda one: self._busy[one])
        self._busy[found] = until
        return found


class Call:
    """One call while it is made up: `log` and `cel` write a row at the time `now`, `wait` lets time pass."""

    def __init__(self, board: Switchboard, start: float, feeds: frozenset[str]) -> None:
        self.board, self.dice, self.now, self.feeds = board, board.dice, start, feeds
        self.rows: list[tuple[float, str, str]] = []
        self.since = start
        self.caller = self.id = Channel("", "")
        self.answered = start

    def wait(self, least: float, most: float) -> None:
        self.now += self.dice.uniform(least, most)

    def channel(self, endpoint: str) -> Channel:
        number = next(self.board.numbers)
        return Channel(f"{endpoint}-{number:08x}", f"{int(self.now)}.{number}")

    def agent(self) -> Channel:
        return self.channel(self.board.agent(self.now, self.now + 60))

    def log(self, event: str, queue: str, agent: str = "NONE", *data: Any) -> None:
        """A row of the queue log: whole seconds, by which it is early."""
        if "log" in self.feeds:
            text = "|".join(map(str, (int(self.now), self.id.unique, queue, agent, event, *data)))
            self.rows.append((self.now, "log", text))

    def cel(self, event: str, of: Channel, linked: Channel | None = None, **said: str) -> None:
        """A row of CEL; what is no column stands in `extra`."""
        self.now += self.dice.uniform(0.001, 0.02)
        if "cel" not in self.feeds:
            return
        num, exten, context = (said.pop(name, "") for name in ("num", "exten", "context"))
        names = [
            "",
            num,
            num,
            "",
            "",
            exten,
            context,
            of.name,
            "",
            "",
            "3",
            "",
            of.unique,
            (linked or self.id).unique,
            "",
            "",
            "",
        ]
        text = io.StringIO()
        extra = orjson.dumps(said).decode() if said else ""
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="").writerow([event, f"{self.now:.6f}", *names, extra])
        self.rows.append((self.now, "cel", text.getvalue()))

    def rings(self, of: Channel, linked: Channel | None = None) -> None:
        """A channel that the platform makes, to ring somebody."""
        is_outside = of.name.startswith(TRUNK)
        number = "" if is_outside else of.name[6:10]
        self.cel("CHAN_START", of, linked, num=number, exten="s", context="from-pstn" if is_outside else "internal")

    def joins(self, *channels: Channel, linked: Channel | None = None) -> None:
        for one in channels:
            self.cel("BRIDGE_ENTER", one, linked, bridge_id=f"b{self.id.unique}", bridge_technology="simple_bridge")

    def hangs_up(self, *channels: Channel, by: Channel, linked: Channel | None = None) -> None:
        """All of them end, because of one."""
        for one in channels:
            self.cel("BRIDGE_EXIT", one, linked, bridge_id=f"b{self.id.unique}")
            self.cel("HANGUP", one, linked, hangupsource=by.name, dialstatus="")
            self.cel("CHAN_END", one, linked)

    def ends(self, *channels: Channel, by: Channel) -> None:
        """The call is over."""
        self.hangs_up(*channels, by=by)
        self.cel("LINKEDID_END", channels[-1])


# ── how calls go ─────────────────────────────────────────────────────────────────────────────────────────────────────


def queued(call: Call) -> None:
    """A customer calls a queue."""
    _customer(call, call.dice.choice(QUEUES))
    call.cel("ANSWER", call.caller)
    _queue(call, call.dice.choice(QUEUES), hops=0)


def direct(call: Call) -> None:
    """A customer calls an agent."""
    agent = call.agent()
    _customer(call, agent.name[6:10])
    call.rings(agent)
    if _nobody(call, agent):
        return
    call.cel("ANSWER", agent)
    call.cel("ANSWER", call.caller)
    _talk(call, agent, "")


def outbound(call: Call) -> None:
    """An agent calls somebody outside."""
    agent = call.agent()
    call.caller = call.id = agent
    call.cel("CHAN_START", agent, num=agent.name[6:10], exten=_number(call), context="internal")
    other = call.channel(TRUNK)
    call.rings(other)
    call.wait(2, 15)
    if call.dice.random() < 0.2:
        call.ends(other, agent, by=agent)
        return
    call.cel("ANSWER", other)
    call.cel("ANSWER", agent)
    call.caller = other
    _talk(call, agent, "")


def internal(call: Call) -> None:
    """An agent calls another."""
    agent, other = call.agent(), call.agent()
    call.caller = call.id = agent
    call.cel("CHAN_START", agent, num=agent.name[6:10], exten=other.name[6:10], context="internal")
    call.rings(other)
    call.wait(1, 9)
    if call.dice.random() < 0.2:
        call.ends(other, agent, by=agent)
        return
    call.cel("ANSWER", other)
    call.cel("ANSWER", agent)
    call.joins(other, agent)
    call.wait(3, 60)
    call.ends(other, agent, by=call.dice.choice((other, agent)))


def picked_up(call: Call) -> None:
    """An agent answers what rings at another's."""
    agent = call.agent()
    _customer(call, agent.name[6:10])
    call.rings(agent)
    call.wait(2, 8)
    other = call.agent()
    call.cel("CHAN_START", other, other, num=other.name[6:10], exten="*8", context="internal")
    call.cel("PICKUP", agent, pickup_channel=other.name)
    call.cel("ANSWER", other)
    call.cel("ANSWER", call.caller)
    call.cel("HANGUP", agent, hangupsource="")
    call.cel("CHAN_END", agent)
    _talk(call, other, "")


CALLS: tuple[tuple[Callable[[Call], None], float], ...] = (
    (queued, 0.6),
    (direct, 0.12),
    (outbound, 0.15),
    (internal, 0.09),
    (picked_up, 0.04),
)


def _number(call: Call) -> str:
    return f"0049{call.dice.randrange(10**8, 10**9)}"


def _customer(call: Call, dialled: str) -> None:
    call.caller = call.id = call.channel(TRUNK)
    call.cel("CHAN_START", call.caller, num=_number(call), exten=dialled, context="from-pstn")


def _nobody(call: Call, agent: Channel) -> bool:
    """Whether nobody answers, and the caller hangs up."""
    call.wait(2, 25)
    if call.dice.random() < 0.85:
        return False
    call.ends(agent, call.caller, by=call.caller)
    return True


def _queue(call: Call, queue: str, hops: int) -> None:
    call.since = call.now
    call.log("ENTERQUEUE", queue, "NONE", "", _number(call), 1)
    while call.dice.random() < 0.25:
        _missed(call, queue)
    call.wait(1, 20)
    fate = call.dice.random()
    if fate < 0.13:
        call.log("ABANDON", queue, "NONE", 1, 1, int(call.now - call.since))
        call.ends(call.caller, by=call.caller)
    elif fate < 0.2:
        _leaves(call, queue, hops)
    else:
        _connected(call, queue, hops)


def _missed(call: Call, queue: str) -> None:
    agent = call.agent()
    call.rings(agent)
    call.wait(3, 12)
    call.log("RINGNOANSWER", queue, agent.name[:10], int(1000 * call.dice.uniform(3, 12)))
    call.hangs_up(agent, by=agent)


def _leaves(call: Call, queue: str, hops: int) -> None:
    """The caller goes on to another queue, or to a voice that nobody sees."""
    waited = int(call.now - call.since)
    event = call.dice.choice(("EXITWITHTIMEOUT", "EXITEMPTY", "EXITWITHKEY"))
    call.log(event, queue, "NONE", *([2] if event == "EXITWITHKEY" else []), 1, 1, waited)
    call.wait(1, 5)
    if hops < 2:
        _queue(call, call.dice.choice(QUEUES), hops + 1)
    else:
        call.ends(call.caller, by=call.caller)


def _connected(call: Call, queue: str, hops: int) -> None:
    agent = call.agent()
    call.rings(agent)
    rang = call.dice.uniform(1, 8)
    call.now += rang
    call.cel("ANSWER", agent)
    call.log("CONNECT", queue, agent.name[:10], int(call.now - call.since), agent.unique, int(rang))
    _talk(call, agent, queue, hops)


# ── talking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _talk(call: Call, agent: Channel, queue: str, hops: int = 0) -> None:
    """What happens while they talk, and how it ends; `queue` where the queue log follows."""
    call.joins(agent, call.caller)
    call.answered = call.now
    if call.dice.random() < 0.3:
        call.cel("MIXMONITOR_START", agent, filename=f"/spool/{agent.unique}.wav", mixmonitor_id=f"0x{agent.unique}")
    for _ in range(call.dice.choice((0, 0, 1, 2))):
        call.wait(2, 30)
        call.dice.choice((_hold, _hold, _asks))(call, agent)
    call.wait(3, 90)
    end = call.dice.choices((_over, _blind, _attended), (0.7, 0.18, 0.12))[0]
    end(call, agent, queue, hops)


def _hold(call: Call, agent: Channel) -> None:
    call.cel("HOLD", agent)
    call.wait(2, 40)
    call.cel("UNHOLD", agent)


def _asks(call: Call, agent: Channel) -> None:
    """The agent asks a colleague, and comes back."""
    call.cel("HOLD", agent)
    second, other = _consults(call, agent)
    call.hangs_up(other, second, by=second, linked=second)
    call.cel("LINKEDID_END", second, second)
    call.cel("UNHOLD", agent)


def _consults(call: Call, agent: Channel, *, outside: bool = False) -> tuple[Channel, Channel]:
    """A second call of the agent's, to a colleague or somebody outside."""
    call.wait(1, 3)
    second, other = call.channel(agent.name[:10]), call.channel(TRUNK) if outside else call.agent()
    dialled = _number(call) if outside else other.name[6:10]
    call.cel("CHAN_START", second, second, num=agent.name[6:10], exten=dialled, context="internal")
    call.rings(other, second)
    call.wait(1, 6)
    call.cel("ANSWER", other, second)
    call.cel("ANSWER", second, second)
    call.joins(other, second, linked=second)
    call.wait(2, 30)
    return second, other


def _times(call: Call) -> tuple[int, int]:
    """Seconds waited and talked."""
    return int(call.answered - call.since), int(call.now - call.answered)


def _over(call: Call, agent: Channel, queue: str, hops: int) -> None:  # noqa: ARG001 - the shape of an end
    by = call.dice.choice((agent, call.caller))
    if queue:
        event = "COMPLETEAGENT" if by == agent else "COMPLETECALLER"
        call.log(event, queue, agent.name[:10], *_times(call), 1)
    call.ends(agent, call.caller, by=by)


def _blind(call: Call, agent: Channel, queue: str, hops: int) -> None:
    """To a queue, to a colleague, outside, or nowhere."""
    goal = call.dice.choice(("queue", "agent", "number", "nowhere"))
    other = call.agent() if goal == "agent" else call.channel(TRUNK)
    dialled = {"queue": call.dice.choice(QUEUES), "agent": other.name[6:10]}.get(goal, _number(call))
    if queue:
        call.log("BLINDTRANSFER", queue, agent.name[:10], dialled, "default", *_times(call), 1)
    call.cel("BLINDTRANSFER", agent, extension=dialled, context="default", transferee_channel_name=call.caller.name)
    call.hangs_up(agent, by=agent)
    if goal == "queue" and hops < 2:
        _queue(call, dialled, hops + 1)
        return
    call.wait(1, 3)
    if goal in {"queue", "nowhere"}:
        call.ends(call.caller, by=call.caller)
        return
    call.rings(other)
    call.wait(1, 9)
    call.cel("ANSWER", other)
    call.joins(other)
    call.wait(2, 60)
    call.ends(other, call.caller, by=call.dice.choice((other, call.caller)))


def _attended(call: Call, agent: Channel, queue: str, hops: int) -> None:  # noqa: ARG001 - the shape of an end
    """Once the colleague, or somebody outside, has agreed."""
    call.cel("HOLD", agent)
    second, other = _consults(call, agent, outside=call.dice.random() < 0.3)
    names = {"channel2_name": second.name, "transferee_channel_name": call.caller.name}
    if queue:
        call.log("ATTENDEDTRANSFER", queue, agent.name[:10], "BRIDGE", f"b{call.id.unique}", *_times(call), 1)
    call.cel("ATTENDEDTRANSFER", agent, **names, transfer_target_channel_name=other.name)
    call.hangs_up(agent, by=agent)
    call.hangs_up(second, by=second, linked=second)
    call.cel("LINKEDID_END", second, second)
    call.joins(other)
    call.wait(2, 60)
    call.ends(other, call.caller, by=call.dice.choice((other, call.caller)))


# ── many calls ───────────────────────────────────────────────────────────────────────────────────────────────────────

FEEDS = (frozenset({"log", "cel"}), frozenset({"log"}), frozenset({"cel"}))


def rows(
    seed: int, calls: int, start: float, *, gap: float = 2.0, mess: Mess = TIDY, feeds: Sequence[frozenset[str]] = FEEDS
) -> Iterator[Row]:
    """Rows of so many calls that begin `gap` seconds apart on average, in the order they were written.

    `feeds` are what calls of queues stand in, one of them each.
    """
    board, dice = Switchboard(seed), Random(seed + 1)
    kinds, weights = zip(*CALLS, strict=True)
    waiting: list[Row] = []
    numbers, at = count(), start
    for _ in range(calls):
        at += dice.expovariate(1 / gap)
        while waiting and waiting[0].written < at:
            yield heappop(waiting)
        kind = board.dice.choices(kinds, weights)[0]
        call = Call(board, at, board.dice.choice(feeds) if kind is queued else FEEDS[-1])
        kind(call)
        for moment, feed, text in call.rows:
            for written in _written(dice, mess, moment, feed):
                heappush(waiting, Row(written, next(numbers), moment, feed, text))
    while waiting:
        yield heappop(waiting)


def _written(dice: Random, mess: Mess, at: float, feed: str) -> Iterator[float]:
    """When a row is written: never, once, or twice. A row of the queue log is late already by what its whole second lacks."""
    if dice.random() < mess.lost:
        return
    latest = at + _LATEST if feed == "cel" else int(at) + 0.999
    for _ in range(2 if dice.random() < mess.doubled else 1):
        yield dice.uniform(at, latest) if dice.random() < mess.late else at


def write(folder: Path, found: Iterable[Row]) -> tuple[str, ...]:
    """Writes the rows behind what the two files hold; their paths."""
    texts: dict[str, list[str]] = {name: [] for name in FILES}
    for row in found:
        texts[row.feed].append(row.text + "\n")
    for name, lines in texts.items():
        with (folder / FILES[name]).open("a", encoding="utf-8") as file:
            file.writelines(lines)
    return tuple(str(folder / file) for file in FILES.values())


# ── where they are told ──────────────────────────────────────────────────────────────────────────────────────────────

MAPPING = "agents: {" + ", ".join(f'"{one}": a{one[6:]}' for one in AGENTS) + "}\n"
MANIFEST = (
    "presence_sources: [{key: acme, name: ACME, primary: true}]\nusers:\n"
    + "".join(f"  - {{key: a{one[6:]}, name: Agent {one[6:]}, email: a{one[6:]}@example.com}}\n" for one in AGENTS)
    + "queues:\n"
    + "".join(f'  - {{key: "{one}", name: Queue {one}}}\n' for one in QUEUES)
)


def map_agents(folder: Path) -> None:
    """Writes the mapping of agents to their keys."""
    (folder / "mapping").mkdir(exist_ok=True)
    (folder / "mapping" / "mapping.yaml").write_text(f"version: 1\n{MAPPING}", encoding="utf-8")
