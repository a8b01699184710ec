"""Calls and e-mails of Twilio as neutral steps: events of TaskRouter, and call backs of Voice where the feed has them too.

Nothing acts here, and the same events say the same. How records become events stands in `call_events`, what they mean in `tasks`
and `voice`, and which steps may follow each other in `Legs`.

* Lateness: posts come within seconds, Event Streams at least once, in no promised order, and up to four hours late. What comes
  behind the window says only what can still be said. Source: Event Streams delivery, Twilio.
* Completeness: TaskRouter alone tells customers, queues, workers, transfers and after work. Flows, holds, mutes, people outside,
  recordings, whether an outbound call was answered and who hung up need the call backs of calls and conferences.
* E-mails are tasks of the channel `email` whose attributes hold both addresses; when somebody writes is not told.
"""

from __future__ import annotations

from reconciler.model.event import Event, Memory
from reconciler.model.interaction import Act, InteractionFeed, Media, Told
from reconciler.model.legs import Legs
from reconciler.sources.twilio import tasks, voice
from reconciler.sources.twilio.call_events import CallEvents


def tell(memory: Memory | None, event: Event) -> Told:
    """What one event makes of its conversation."""
    legs = Legs(memory, event.at, Media(event.data["media"]))
    name = event.data["event"]
    act = tasks.ACTS.get(name) or voice.ACTS[tuple(name.split(" ", 1))]
    act(legs, event)
    is_over = legs.is_over and name in tasks.LAST
    return Told(legs.known, tuple(legs.steps), legs.media, over=is_over, odd="; ".join(legs.odd))


CALLS = InteractionFeed(
    platform="twilio",
    family="stream",
    frame="lines",
    open=CallEvents,
    tell=tell,
    disorder_seconds=2.0,
    silence_seconds=86_400.0,
    sees=frozenset(Act) - {Act.CONSULT, Act.CONSULTING, Act.CONSULTED, Act.WRITE, Act.SENT},
    media=frozenset(Media),
)
"""A day of silence is what a task lives without another setting. Source: Timeout of a task, TaskRouter."""
