"""What the path of a recording says of it."""

from __future__ import annotations

import pytest

from reconciler.model.moment import Clock, iso
from reconciler.model.recording import Agent
from reconciler.runners.recording_names import moment, reader

CONTACT = "0c4f2d1e-1111-4222-8333-444455556666"


def said(pattern: str, name: str) -> tuple[str, str, int, Agent] | None:
    found = reader(pattern, Clock("Asia/Tokyo"))(name)
    return found and (found.conversation, iso(found.start) if found.start else "", found.part, found.agent)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (
            "2026/11/22/in-0312345678-1001-20261122-093000-1795307400.123.wav",
            ("1795307400.123", "2026-11-22T00:30:00.000Z", 0, Agent.UNKNOWN),
        ),
        ("1795307400.12-2.wav", ("1795307400.12", "2026-11-22T00:30:00.000Z", 2, Agent.UNKNOWN)),
        ("monitor/1795307400.12.gsm", ("1795307400.12", "2026-11-22T00:30:00.000Z", 0, Agent.UNKNOWN)),
        ("greeting.wav", None),
        ("1795307400.12/readme.txt", None),
    ],
)
def test_a_name_of_asterisk_holds_the_unique_id(name: str, wanted: object) -> None:
    assert said("asterisk", name) == wanted


@pytest.mark.parametrize(
    ("name", "channel", "twin"),
    [
        ("2026/1795307400.12-in.wav", "in", "2026/1795307400.12-|.wav"),
        ("1795307400.12-2_TX.wav", "tx", "1795307400.12-2_|.wav"),
        ("in-0312345678-1001-20261122-093000-1795307400.123.wav", "", ""),
        ("1795307400.12.wav", "", ""),
    ],
)
def test_a_name_of_asterisk_says_which_side_it_holds(name: str, channel: str, twin: str) -> None:
    found = reader("asterisk", Clock())(name)

    assert found
    assert (found.channel, found.twin) == (channel, twin)


@pytest.mark.parametrize("group", ["channel", "side"])
def test_an_own_expression_may_name_the_side(group: str) -> None:
    found = reader(rf"(?P<{group}>[a-z]+)/(?P<conversation>C\d+)", Clock())("Agent/agent/C7.wav")

    assert found
    assert (found.channel, found.twin) == ("agent", "Agent/|/C7.wav")


def test_a_path_of_amazon_connect_holds_contact_and_minute_in_utc() -> None:
    path = f"connect/acme/CallRecordings/2026/11/22/{CONTACT}_20261122T21:14_UTC.wav"

    assert said("amazon-connect", path) == (CONTACT, "2026-11-22T21:14:00.000Z", 0, Agent.RIGHT)


def test_originals_and_redacted_recordings_are_not_mixed_up() -> None:
    original = f"CallRecordings/2026/11/22/{CONTACT}_20261122T21:14_UTC.wav"
    redacted = f"Analysis/Voice/Redacted/2026/11/22/{CONTACT}_call_recording_redacted_2026-11-22T21_14_00Z.wav"

    assert said("amazon-connect", redacted) is None
    assert said("amazon-connect-redacted", original) is None
    assert said("amazon-connect-redacted", redacted) == (CONTACT, "", 0, Agent.RIGHT)


def test_an_own_expression_names_its_groups() -> None:
    own = r"(?P<conversation>C\d+)_(?P<start>\d{14})_(?P<part>\d+)_(?P<agent>left|right)"

    assert said(own, "x/C77_20261122093000_3_left.wav") == ("C77", "2026-11-22T00:30:00.000Z", 3, Agent.LEFT)


@pytest.mark.parametrize("pattern", ["(", "astersik", "(?P<call>.*)"])
def test_an_expression_that_names_no_conversation_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"no expression|conversation"):
        reader(pattern, Clock())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-11-22T09:30:00Z", "2026-11-22T09:30:00.000Z"),
        ("2026-11-22 09:30:00", "2026-11-22T00:30:00.000Z"),
        ("1795307400.5", "2026-11-22T00:30:00.500Z"),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_times_are_read_in_the_forms_people_write(text: str, wanted: str) -> None:
    found = moment(text, Clock("Asia/Tokyo"))

    assert (iso(found) if found else "") == wanted
