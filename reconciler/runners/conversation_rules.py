"""Rules of a conversation that concern more than the one leg a step happens to: what is wrong with a step, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from reconciler.model.interaction import Act, Media, Party, Step
from reconciler.runners.conversation_legs import Conversation
from reconciler.runners.conversation_said import missing, unsayable
from reconciler.runners.conversation_table import APART, LANDS, Row, State

SLACK = 9  # milliseconds a step may lie behind a younger one of its conversation


class Subject(NamedTuple):
    """What a step happens to: a leg, a transfer or the consultation."""

    sort: str
    name: str
    state: State
    party: str = ""

    def __str__(self) -> str:
        party = f" ({self.party})" if self.party else ""
        return f"{self.sort}{self.name and ' '}{self.name}{party} is {self.state}"


class Move(NamedTuple):
    """A step on its way: what it happens to, what it says in our words, and its row of the table."""

    step: Step
    subject: Subject
    said: Mapping[str, Any]
    row: Row


Wrong: TypeAlias = tuple[str, str] | None
"""What is wrong, and the rule; None where nothing is."""


def _named(conversation: Conversation, move: Move) -> Wrong:
    """Every leg a step names is opened, and in a state that fits."""
    if move.step.act is Act.OPEN and not move.subject.name:
        return "it has no name", "every leg has a name of its own"
    for role, states in move.row.legs.items():
        name = move.said.get(role)
        leg = conversation.legs.get(name) if name else None
        if leg is not None and leg.state not in states:
            fitting = ", ".join(sorted(states))
            return f"{role} {name} ({leg.party}) is {leg.state}", f"{role} must be one of: {fitting}"
        if name and leg is None:
            return f"{role} {name} was never opened", f"{role} must name a leg of this conversation"
    return None


def _apart(_conversation: Conversation, move: Move) -> Wrong:
    """Nobody is transferred by, from or to themselves."""
    for one, other in APART:
        if one in move.said and move.said[one] == move.said.get(other):
            return f"{one} and {other} are both {move.said[one]}", "they must be two legs"
    return None


def _same(conversation: Conversation, move: Move) -> Wrong:
    """What goes on is what was begun; a former leg is one of the same participant."""
    rule = _SAME.get(move.step.act)
    return rule(conversation, move) if rule else None


def _transfer(conversation: Conversation, move: Move) -> Wrong:
    begun, said = conversation.commands[move.subject.name], move.said
    if said["object"] != begun.object:
        return f"object is {said['object']}", f"it is about {begun.object}"
    if move.step.act is Act.END:
        return None
    leg = conversation.legs[said["destination"]]
    if leg.party in LANDS[begun.target] and leg.who in {"", begun.goal}:
        return None
    rule = f"it was begun for {begun.target} {begun.goal}: end it as failed or canceled if it landed elsewhere"
    return f"destination {said['destination']} is {leg.party} {leg.who}".rstrip(), rule


def _consultation(conversation: Conversation, move: Move) -> Wrong:
    for role, begun in conversation.consult._asdict().items() if conversation.consult else ():
        if move.said[role] != begun:
            return f"{role} is {move.said[role]}", f"it was begun with {begun}"
    return None


def _former(conversation: Conversation, move: Move) -> Wrong:
    name, party = move.said.get("previous"), move.subject.party
    leg = conversation.legs[name] if name else None
    if leg is None or (leg.party == party and (party != Party.AGENT or leg.who == move.said["user"])):
        return None
    return f"previous {name} is {leg.party} {leg.who}".rstrip(), f"previous must name a leg of the same {party}"


_SAME: Mapping[Act, Callable[[Conversation, Move], Wrong]] = {
    Act.OPEN: _former,
    Act.PROGRESS: _transfer,
    Act.END: _transfer,
    Act.CONSULTING: _consultation,
}


def _first(conversation: Conversation, move: Move) -> Wrong:
    """The customer's leg comes first in what is inbound, the agent's in everything else."""
    if move.step.act is not Act.OPEN or conversation.legs:
        return None
    party, inbound = move.said["party"], move.said["inbound"]
    if (party, inbound) in {(Party.CUSTOMER, True), (Party.AGENT, False)}:
        return None
    rule = "inbound begins with the customer's leg, outbound (a callback too) and internal with the agent's"
    return f"it would come first, {'inbound' if inbound else 'outbound'}", rule


def _going(conversation: Conversation, move: Move) -> Wrong:
    """Nothing is opened in a conversation that is over, but for an e-mail that goes on from a former leg."""
    if move.step.act is not Act.OPEN or not conversation.is_over:
        return None
    if conversation.media is Media.EMAIL and "previous" in move.said:
        return None
    more = " (or, in an e-mail, name the previous leg of the same party)" if conversation.media is Media.EMAIL else ""
    return "the conversation is over", f"what comes now is another conversation{more}"


def _said(conversation: Conversation, move: Move) -> Wrong:
    """All that the event needs is said, in words the medium knows."""
    event = move.row.event(conversation.media)
    lacks = missing(event, move.said) if event else ""
    return (lacks, "the event cannot be told without") if lacks else unsayable(conversation.media, move.said)


def _timely(conversation: Conversation, move: Move) -> Wrong:
    """Time does not go back along a conversation."""
    late = conversation.at - move.step.at
    if late <= SLACK or not move.row.event(conversation.media):
        return None
    return f"{late} ms late", f"a step may lie up to {SLACK} ms behind a younger one of its conversation"


RULES: tuple[Callable[[Conversation, Move], Wrong], ...] = (_first, _going, _said, _named, _apart, _same, _timely)
