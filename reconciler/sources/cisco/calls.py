"""Calls of Cisco as neutral steps: voice dialogs of Finesse, pushed or polled. Nothing acts here.

How documents become events stands in `call_events` and `dialogs`, what a dialog means in `seats`, and which steps may follow each
other in `Legs`.

* Lateness: notifications come at once, in the order of each node; every user's node tells the same, and the newest state of each
  participant counts. A poll tells the state at its time: what came and went between two polls is not seen.
* Completeness: a call is seen from where it reaches an agent of Finesse until the last one leaves it. Flow and time in the queue
  are in historical reports only; so is what becomes of a call that is passed on to where no agent is. Whether somebody hung up or
  was hung up on follows from times of participants. A call that is over between two polls is closed by rule.
* After work is told when the dialog is removed from the agent's node, with the reason it has by then.
* Tasks that are no calls are not told: they have no addresses.
"""

from __future__ import annotations

from reconciler.model.event import Event, Memory
from reconciler.model.interaction import Act, InteractionFeed, Told
from reconciler.model.legs import Legs
from reconciler.sources.cisco.call_events import CallEvents
from reconciler.sources.cisco.seats import take


def tell(memory: Memory | None, event: Event) -> Told:
    """What one state of a dialog makes of its call."""
    legs = Legs(memory, 0)
    take(legs, event)
    return Told(legs.known, tuple(legs.steps), over=legs.is_over, odd="; ".join(legs.odd))


CALLS = InteractionFeed(
    platform="cisco",
    family="state",
    frame="large xml",
    open=CallEvents,
    tell=tell,
    disorder_seconds=2.0,
    silence_seconds=14_400.0,
    sees=frozenset({Act.OPEN, Act.ANSWER, Act.HOLD, Act.CLOSE, Act.DISPOSE, Act.TRANSFER, Act.PROGRESS, Act.END})
    | {Act.CONSULT, Act.CONSULTING, Act.CONSULTED},
)
"""Four hours without a new state are a call whose end nobody told: states are told again while a call goes on, but unchanged."""
