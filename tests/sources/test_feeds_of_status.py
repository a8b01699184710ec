"""All feeds of status: what their cards promise, and that what their frame cuts is what they read."""

from typing import Any

import pytest

from reconciler.formats.frame import CUTTERS, Damaged, cutter
from reconciler.model.event import Event
from reconciler.sources import STATUS

PLATFORMS = ["amazon-connect", "asterisk", "cisco", "five9", "genesys-engage", "nice-cxone", "tabular", "twilio"]
MAPPING = {"status": {"columns": {"agent": "who", "at": "at", "state": "state"}, "states": {"in": "ready"}}}


def test_every_platform_has_its_card() -> None:
    assert sorted(STATUS) == PLATFORMS
    assert all(card.platform == platform for platform, card in STATUS.items())


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_card_names_a_frame_and_a_family_there_are(platform: str) -> None:
    card = STATUS[platform]

    assert card.frame in CUTTERS
    assert card.family in {"stream", "state"}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_feed_that_has_told_nothing_can_be_kept_and_opened_again(feed: Any, platform: str) -> None:
    first = feed(platform, MAPPING)

    assert feed(platform, MAPPING, state=first.read.state).read.state == first.read.state
    assert first.read.odd == {}


def cut(frame: str, data: bytes) -> list[bytes]:
    found, pieces = cutter(frame), []
    found.feed(data)
    while taken := found.take(final=True):
        pieces += [piece.data for piece in taken]
    return pieces


@pytest.mark.parametrize(
    ("platform", "name", "count"),
    [
        ("asterisk", "asterisk/queue_log/mysql-realtime-queue_log.sql", 25),
        ("asterisk", "asterisk/queue_log/xivo-02-agent-callback-logoff.txt", 4),
        ("cisco", "cisco/finesse/user-talking.xml", 1),
        ("cisco", "cisco/finesse/user-update-logout.notification.xml", 1),
        ("five9", "five9/5000_stats.json", 2),
        ("genesys-engage", "genesys-engage/t-server/request-distribute-event-eventqueued.txt", 0),
        ("nice-cxone", "nice-cxone/agent-state-available.json", 1),
        ("twilio", "twilio/taskrouter/event.read_full.json", 1),
        ("twilio", "twilio/taskrouter/worker.read_full.json", 1),
    ],
)
def test_what_the_frame_cuts_is_what_the_feed_reads(feed: Any, samples: Any, platform: str, name: str, count: int) -> None:
    pieces = cut(STATUS[platform].frame, samples(name)[0])
    one = feed(platform)

    events: list[Event] = [event for piece in pieces for event in one.read(piece)]

    assert not any(isinstance(piece, Damaged) for piece in pieces)
    assert len(events) == count
