"""One call-detail record → the steps of its conversation: from its start and its durations, in order, always legal.

A hold is told as one, in the middle of the talk, since a row says only how long it was. All times are in milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.model.interaction import Act, How, Party, Step

CUSTOMER, FLOW, QUEUE, AGENT, PHONE = "customer", "flow", "queue", "agent", "phone"
_ENDS: Mapping[str, Mapping[str, How]] = {
    "customer": {CUSTOMER: How.SELF, PHONE: How.SELF, "": How.PEER},
    "agent": {AGENT: How.SELF, "": How.PEER},
    "system": {"": How.SYSTEM},
}


class Times(NamedTuple):
    """When it was `queued` out of the flow, `rang` at the agent, was `answered` if it `was_answered`, `over`, `worked` after."""

    start: int
    queued: int
    rang: int
    answered: int
    over: int
    worked: int
    was_answered: bool


def untold(row: Mapping[str, Any]) -> str:
    """Why a row cannot be told, in words; empty where it can."""
    if row["direction"] != "inbound" and not row["agent"]:
        return f"an {row['direction']} call or e-mail without an agent cannot be told"
    if row["media"] == "email" and not (row["ani"] and row["dnis"]):
        return "an e-mail without the addresses of both sides cannot be told"
    if row["direction"] == "internal" and (row["media"] == "email" or not row["dnis"]):
        return "what is internal can be told of calls only, and with the number that was called"
    return ""


def timeline(row: Mapping[str, Any]) -> Iterator[Step]:
    """Every step of a row that can be told."""
    times = _times(row)
    yield from (_arriving if row["direction"] == "inbound" else _calling)(row, times)
    if times.was_answered:
        yield from _talking(row, times)
    yield from _ending(row, times)


def _times(row: Mapping[str, Any]) -> Times:
    """The moments between start and end. What is not said is filled up from the end: waiting is what talk leaves."""
    start, over = row["start"], row["over"]
    queued = min(start + (row["flow"] or 0), over)
    talk = row["talk"]
    if row["wait"] is not None:
        answered = min(queued + row["wait"], over)
    else:
        answered = max(over - talk, queued) if talk is not None else queued
    rang = max(answered - row["ring"], queued) if row["ring"] else answered
    was_answered = (row["direction"] == "inbound" or over > answered) if talk is None else talk > 0
    return Times(start, queued, rang, answered, over, over + (row["after_work"] or 0), bool(row["agent"]) and was_answered)


def _sides(row: Mapping[str, Any]) -> dict[str, Any]:
    """The addresses that every leg of an e-mail needs."""
    return {"from": row["ani"], "to": row["dnis"], "subject": row["subject"]} if row["media"] == "email" else {}


def _open(row: Mapping[str, Any], at: int, leg: str, **said: Any) -> Step:
    said = {"party": Party(leg), **said, **_sides(row)}
    return Step(Act.OPEN, at, leg, {name: value for name, value in said.items() if value != ""})


def _customer(row: Mapping[str, Any]) -> dict[str, Any]:
    if row["media"] == "email":
        return {"name": row["ani_name"]}
    return {"ani": row["ani"], "dnis": row["dnis"], "ani_name": row["ani_name"]}


def _agent(row: Mapping[str, Any]) -> dict[str, Any]:
    work = {"after_work": True} if row["after_work"] or row["disposition"] else {}
    recording = {"recording": True} if row["recording"] and row["media"] == "voice" else {}
    return {"agent": row["agent"], **work, **recording}


def _arriving(row: Mapping[str, Any], times: Times) -> Iterator[Step]:
    message = {"with_message": True} if row["media"] == "email" else {}
    yield _open(row, times.start, CUSTOMER, **_customer(row), **message)
    inviting, goes_on = CUSTOMER, bool(row["queue"] or row["agent"])
    if row["flow"]:
        yield _open(row, times.start, FLOW, invited_by=CUSTOMER)
        if goes_on:
            yield Step(Act.CLOSE, times.queued, FLOW, {"how": How.TRANSFER})
    if row["queue"]:
        yield _open(row, times.queued, QUEUE, queue=row["queue"], invited_by=CUSTOMER)
        inviting = QUEUE
    if not row["agent"]:
        return
    alerting = {"alerting": True} if times.rang < times.answered or not times.was_answered else {}
    yield _open(row, times.rang, AGENT, invited_by=inviting, **alerting, **_agent(row))
    if alerting and times.was_answered:
        yield Step(Act.ANSWER, times.answered, AGENT)
    if row["queue"] and times.was_answered:
        yield Step(Act.CLOSE, times.answered, QUEUE, {"how": How.TRANSFER})


def _calling(row: Mapping[str, Any], times: Times) -> Iterator[Step]:
    """The agent first, then whoever is called; an e-mail is there at once."""
    yield _open(row, times.start, AGENT, inbound=False, queue=row["queue"], **_agent(row))
    if row["media"] == "email":
        yield _open(row, times.start, CUSTOMER, inbound=False, invited_by=AGENT, **_customer(row))
        yield Step(Act.WRITE, times.start, AGENT)
        yield Step(Act.SENT, times.over, AGENT)
        return
    called = PHONE if row["direction"] == "internal" else CUSTOMER
    said = {"number": row["dnis"]} if called == PHONE else _customer(row)
    alerting = not times.was_answered or times.answered > times.start
    yield _open(row, times.start, called, inbound=False, alerting=alerting, invited_by=AGENT, **said)
    if alerting and times.was_answered:
        yield Step(Act.ANSWER, times.answered, called)


def _talking(row: Mapping[str, Any], times: Times) -> Iterator[Step]:
    hold, talk = row["hold"] or 0, times.over - times.answered
    if 0 < hold < talk and row["media"] == "voice":
        begun = times.answered + (talk - hold) // 2
        yield Step(Act.HOLD, begun, AGENT, {"held": True})
        yield Step(Act.HOLD, begun + hold, AGENT, {"held": False})
    if row["recording"]:
        said = {"file": row["recording"], "start": times.answered, "stop": times.over}
        yield Step(Act.RECORDED, times.over, AGENT, said)


def _ending(row: Mapping[str, Any], times: Times) -> Iterator[Step]:
    """The ends of all legs, first of whoever hung up; then the disposition."""
    legs = [AGENT] if row["agent"] else []
    if row["direction"] == "internal":
        legs.append(PHONE)
    else:
        legs.append(CUSTOMER)
    if row["direction"] == "inbound" and not (row["agent"] and times.was_answered):
        legs += [QUEUE] if row["queue"] else [FLOW] if row["flow"] and not row["agent"] else []
    ends = _ENDS[row["ender"]]
    for leg in sorted(legs, key=lambda one: ends.get(one) is not How.SELF):
        yield Step(Act.CLOSE, times.over, leg, {"how": ends.get(leg, ends[""])})
    was_there = bool(row["agent"]) and (times.was_answered or row["direction"] != "inbound")
    if was_there and (row["after_work"] or row["disposition"]):
        said = {"code": row["disposition"], "notes": row["notes"]} if row["disposition"] else {}
        yield Step(Act.DISPOSE, times.worked, AGENT, {name: value for name, value in said.items() if value})
