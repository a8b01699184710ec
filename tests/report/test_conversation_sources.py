"""Whatever the platforms' own tests tell of can be drawn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from report.talks import drawn
from runners.test_conversation import CALLS as TALKS
from runners.test_conversation import steps
from sources.amazon_connect.test_calls import SCENES, WRAPUP
from sources.asterisk.test_calls_cel import REVIEWS as CEL
from sources.asterisk.test_calls_cel import table
from sources.asterisk.test_calls_log import REVIEWS as LOG
from sources.asterisk.test_calls_log import rows

from reconciler.model.event import Event
from reconciler.model.interaction import InteractionFeed, Told
from reconciler.model.mapping import Mapping, parse
from reconciler.model.moment import Clock
from reconciler.model.problem import Place
from reconciler.model.story import Story
from reconciler.plan.show import columns
from reconciler.report.conversation_html import html
from reconciler.report.conversation_svg import svg
from reconciler.runners.retelling import Heard, Listener, retold
from reconciler.sources import CALLS

NAMES = "山田 太郎", "Ann"


def told_of(platform: str, records: list[bytes], mapping: Any = None) -> Iterator[Story]:
    """The story of every conversation in records."""
    card, table_ = CALLS[platform], parse(mapping, place=lambda _path: Place("mapping.yaml"))
    assert isinstance(table_, Mapping)
    read, events = card.open(table_, Clock("UTC"), ""), []
    for number, record in enumerate(records, 1):
        events += [Heard(one, f"log:{number}", record.decode()) for one in read(record)]
    for key in {one.event.key for one in events} - {"*"}:
        of = [one for one in events if one.event.key in {key, "*"}]
        yield retold(Listener(card, key, lambda _kind, _native: NAMES[0], 1 << 45), of, Story(platform, "acme", key, "UTC"))


def check(one: Story) -> None:
    """It is drawn in every format, within its columns, and nothing of it is refused."""
    assert max(columns(line) for line in drawn(one).splitlines()) <= 80
    assert svg(one)
    assert html(one)
    assert not one.refused


@pytest.mark.parametrize("name", SCENES)
def test_contact_records_are_drawn(name: str) -> None:
    records = [json.dumps(record).encode() for record in SCENES[name][0]]

    for one in told_of("amazon-connect", records, WRAPUP):
        check(one)


@pytest.mark.parametrize("name", LOG)
def test_a_queue_log_is_drawn(name: str) -> None:
    for one in told_of("asterisk", [row.encode() for row in rows(LOG[name][0])]):
        check(one)


@pytest.mark.parametrize("name", CEL)
def test_channel_events_are_drawn(name: str) -> None:
    for one in told_of("asterisk", [row.encode() for row in table(CEL[name][0])]):
        check(one)


@pytest.mark.parametrize("name", TALKS)
def test_whole_conversations_of_the_machine_are_drawn(name: str) -> None:
    told = Told({}, tuple(steps(TALKS[name])))
    card = InteractionFeed("steps", "stream", "lines", CALLS["asterisk"].open, lambda _memory, _event: told)
    event = Event("c1", told.steps[-1].at, {})

    check(
        retold(
            Listener(card, "c1", lambda _kind, native: native),
            [Heard(event, "log:1", "native")],
            Story("steps", "acme", "c1", "UTC"),
        )
    )
