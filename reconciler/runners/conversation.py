"""The conversation machine: what each step of a call or e-mail makes Genesys Cloud hear. Pure.

A step that does not fit is refused before anything of it is told. What may happen stands in `conversation_table`; here it is
looked up, and held against the conversation as a whole: who comes first, which legs are named, and when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.model.interaction import Act, How, Media, Party, Step
from reconciler.runners.conversation_legs import Command, Consult, Conversation, Leg, Notice
from reconciler.runners.conversation_rules import RULES, Move, Subject
from reconciler.runners.conversation_said import cleaned, granted, kept
from reconciler.runners.conversation_table import COMMANDS, CONSULTS, OFTEN, ROWS, WHO, State, acts


class Illegal(Exception):
    """A step that cannot be: `what` it is and meets, and the `remedy`. Nothing of it was told."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what}; {remedy}")


def advance(conversation: Conversation, step: Step) -> tuple[Conversation, tuple[Notice, ...]]:
    """The conversation after a step, and what is told of it; the same input gives the same answer, byte for byte.

    Raises `Illegal` before anything is told.
    """
    move = _move(conversation, step)
    event = move.row.event(conversation.media)
    for rule in RULES:
        wrong = rule(conversation, move)
        if wrong:
            raise _illegal(conversation, move.subject, step, *wrong)
    if not event:
        return conversation, ()
    at, subject, said = max(step.at, conversation.told + 1), move.subject, kept(event, move.said)
    counted = f"{step.act} {subject.name}"
    ordinal = conversation.counts.get(counted, 0)
    counts = {**conversation.counts, counted: ordinal + 1} if step.act in OFTEN else conversation.counts
    leg = subject.name if subject.sort == "leg" else ""
    after = replace(_moved(conversation, move), at=max(step.at, conversation.at), told=at, counts=counts)
    return after, (Notice(step.act, event, at, leg, subject.name, ordinal, said),)


def follow(conversation: Conversation, steps: Iterable[Step]) -> tuple[Conversation, tuple[Notice, ...]]:
    """The conversation after several steps that belong together. Raises `Illegal`, and then nothing of any of them is told."""
    told: list[Notice] = []
    for step in steps:
        conversation, notices = advance(conversation, step)
        told += notices
    return conversation, tuple(told)


def closing(conversation: Conversation, at: int, how: How = How.SYSTEM) -> tuple[Step, ...]:
    """The steps that end what is open, by rule: transfers fail, legs end, dispositions that are due are skipped.

    As in sequences that end by themselves, agents' legs come last in a call and first in an e-mail. None where nothing is open.
    """
    return tuple(_closing(conversation, max(at, conversation.at), how))


def _closing(conversation: Conversation, at: int, how: How) -> Iterator[Step]:
    for name, command in conversation.commands.items():
        if command.state is not State.OVER:
            yield Step(Act.END, at, said={"command": name, "state": "failed"})
    if conversation.consult:
        yield Step(Act.CONSULTED, at)
    agents = {name for name, leg in conversation.legs.items() if leg.party is Party.AGENT}
    last = agents if conversation.media is Media.VOICE else conversation.legs.keys() - agents
    legs = sorted(conversation.legs.items(), key=lambda one: one[0] in last)
    for name, leg in legs:
        if not leg.is_over:
            yield Step(Act.CLOSE, at, name, {"how": how})
    for name, leg in legs:
        if leg.wants_work:
            yield Step(Act.DISPOSE, at, name)


# ── one step ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _move(conversation: Conversation, step: Step) -> Move:
    """The step with its row of the table. Raises `Illegal` where nothing like it stands there."""
    subject = _subject(conversation, step)
    try:
        said = granted(conversation, step, cleaned(step))
    except ValueError as error:
        raise _illegal(conversation, subject, step, str(error), "mend what the step says") from None
    sort = _SORTS[step.act](said, subject) if step.act in _SORTS else ""
    rows = ROWS.get((step.act, sort), ())
    if not rows:
        raise _illegal(conversation, subject, step, "", _UNSORTED[step.act])
    row = next((row for row in rows if subject.state in row.before), None)
    if row is None:
        raise _illegal(conversation, subject, step, "", rows[0].rule)
    if row.event(conversation.media) is None:
        raise _illegal(conversation, subject, step, f"{_MEDIA[conversation.media]} know nothing like it", "leave the step out")
    return Move(step, subject, said, row)


_SORTS: Mapping[Act, Callable[[Mapping[str, Any], Subject], str]] = {
    Act.OPEN: lambda said, _subject: str(said.get("party", "")),
    Act.HOLD: lambda said, _subject: {True: "on", False: "off"}.get(said.get("held", ""), ""),
    Act.TRANSFER: lambda said, _subject: " ".join(name for name in ("queue", "user", "number") if name in said),
    Act.END: lambda said, _subject: str(said.get("state", "")),
    Act.DISPOSE: lambda _said, subject: subject.party,
}
_UNSORTED = {
    Act.OPEN: f"party must be one of: {', '.join(Party)}",
    Act.HOLD: "held must be true or false",
    Act.TRANSFER: "it goes to one of: queue, agent, number",
    Act.END: "state must be one of: completed, canceled, failed",
    Act.DISPOSE: "a disposition is for an agent's leg",
}
_MEDIA = {Media.VOICE: "calls", Media.EMAIL: "e-mails"}


def _subject(conversation: Conversation, step: Step) -> Subject:
    if step.act in CONSULTS:
        return Subject("the consultation", "", State.OPEN if conversation.consult else State.NEW)
    if step.act in COMMANDS:
        name = str(step.said.get("command") or "")
        command = conversation.commands.get(name)
        return Subject("transfer", name, command.state if command else State.NEW)
    leg = conversation.legs.get(step.leg)
    if leg is None:
        return Subject("leg", step.leg, State.NEW, str(step.said.get("party") or ""))
    return Subject("leg", step.leg, leg.state, leg.party)


def _illegal(conversation: Conversation, subject: Subject, step: Step, wrong: str, rule: str) -> Illegal:
    """What met what, the rule it breaks, and what may happen instead."""
    of = next((group for group in (COMMANDS, CONSULTS) if step.act in group), _LEGS)
    is_void = of is _LEGS and subject.state is State.NEW and conversation.is_over and conversation.media is Media.VOICE
    may = [] if is_void else acts(subject.state, conversation.media, subject.party, of=of)
    allowed = f"what may happen to it now: {', '.join(may)}" if may else "nothing may happen to it any more"
    return Illegal(f"{step.act}: {subject}{wrong and ', and '}{wrong}", f"{rule}; {allowed}")


_LEGS = frozenset(Act) - COMMANDS - CONSULTS - {Act.RECORDED}


def _moved(conversation: Conversation, move: Move) -> Conversation:
    """The conversation with what the step changes in legs, transfers or the consultation."""
    said, subject, after = move.said, move.subject, move.row.after
    if subject.sort == "transfer":
        begun = conversation.commands.get(subject.name)
        command = Command(after or subject.state, *(begun[1:] if begun else (said["object"], move.row.sort, said[move.row.sort])))
        return replace(conversation, commands={**conversation.commands, subject.name: command})
    if subject.sort == "the consultation":
        consult = None if after is State.OVER else Consult(*(said[name] for name in Consult._fields))
        return replace(conversation, consult=consult)
    leg = conversation.legs.get(subject.name)
    after_it = _opened(move, conversation.media) if leg is None else _changed(leg, after)
    return replace(conversation, legs={**conversation.legs, subject.name: after_it})


def _changed(leg: Leg, state: State | None) -> Leg:
    return leg if state is None else leg._replace(state=state, answered=leg.answered or state is State.CONNECTED)


def _opened(move: Move, media: Media) -> Leg:
    said = kept(move.row.event(media) or "", move.said)
    state = State.ALERTING if said["alerting"] else State.HELD if said.get("held") else State.CONNECTED
    return Leg(
        Party(move.row.sort),
        state,
        state is not State.ALERTING,
        said.get("after_work", False),
        said.get(WHO.get(move.row.sort, ""), ""),
    )
