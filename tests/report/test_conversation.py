"""Conversations as text: whole drawings against golden files, and what a narrow or hostile one looks like."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report.talks import CONSULTED, ILLEGAL, PEOPLE, SIMPLE, TRANSFERRED, drawn, story

from reconciler.model.interaction import Party
from reconciler.model.story import Entry, Lane, Phase, Span, Story, Unread, Waiting
from reconciler.plan.show import columns
from reconciler.report.conversation import SIGNS, lines
from reconciler.report.conversation_document import document

GOLDEN = Path(__file__).parent / "golden"
TALKS = {"simple": SIMPLE, "transferred": TRANSFERRED, "consulted": CONSULTED, "illegal": ILLEGAL}
LONG = "とても長い名前" * 9


@pytest.mark.parametrize("name", TALKS)
def test_a_drawing_is_as_it_was_reviewed(name: str) -> None:
    assert drawn(story(TALKS[name])) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "width"), list(itertools.product(TALKS, (20, 80, 120))))
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    one = story(TALKS[name], people=dict.fromkeys(PEOPLE, LONG))

    assert max(columns(line) for line in drawn(one, width).splitlines()) <= max(width, 74)


def test_bars_begin_in_one_column_whatever_the_names() -> None:
    rows = [line for line in drawn(story(SIMPLE)).splitlines() if line[:3].strip().isdigit() and "█" in line]
    begins = [columns(row[: next(place for place, sign in enumerate(row) if sign in SIGNS.values())]) for row in rows]

    assert begins == [23, 27]  # the agent comes 12 of 140 seconds later


def test_a_short_phase_is_not_hidden_by_the_long_ones_around_it() -> None:
    text = drawn(story(SIMPLE.replace("50 A hold", "100 A hold").replace("65 A hold", "100.2 A hold")))

    assert "█░█" in text


def test_what_goes_on_at_the_end_of_the_feeds_shows_as_such() -> None:
    text = drawn(story(SIMPLE.partition("120 X close")[0]))

    assert "still open" in text
    assert "note: it is open at the end of the feeds; a run closes it by rule after 1 h" in text
    assert [line[-1] for line in text.splitlines() if line.startswith((" 1", " 3"))] == ["…", "…"]


def test_a_conversation_without_legs_says_so() -> None:
    text = drawn(story("odd nothing that can be told"))

    assert "note: nothing of it can be told yet" in text
    assert "odd: nothing that can be told" in text


def test_an_email_is_no_call() -> None:
    text = drawn(
        story(
            """
0 X open customer from=ann@example.com to=help@example.com
5 A open agent agent=a1 alerting to=help@example.com from=ann@example.com invited_by=X

9 A answer
""",
            media="email",
        )
    )

    assert "inbound e-mail" in text
    assert "·· offered   ██ working" in text


def test_what_waits_in_the_quarantine_and_what_could_not_be_read_stand_at_the_top() -> None:
    blank = Story("steps", "acme", "c1", "Asia/Tokyo", waiting=(Waiting(7, "2026-11-22", "user/zz is not known", "log:3"),))
    blank = Story("steps", "acme", "c1", "UTC", waiting=blank.waiting, unread=(Unread("log:4", "no time"),))

    text = drawn(blank)

    assert "in quarantine since 2026-11-22, number 7: user/zz is not known (log:3)" in text
    assert "log:4 names it and could not be understood: no time" in text
    assert "call, at an unknown time" in text


def test_a_long_native_record_is_cut_once() -> None:
    entry = Entry(1_795_000_000_000, "log:1", f"{'word ' * 200}", ())

    text = drawn(replace(story(SIMPLE), entries=(entry,)))

    assert "word…" in text
    assert "……" not in drawn(replace(story(SIMPLE), entries=(replace(entry, words="x" * 900),)))


def test_control_characters_of_names_are_shown() -> None:
    text = drawn(story(SIMPLE, people=dict.fromkeys(PEOPLE, "\x1b[31m\u202eRed\x07")))

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b[31m" in text


def test_a_story_of_more_than_a_day_names_its_days() -> None:
    text = drawn(story(SIMPLE.replace("140 A dispose", "90000 A dispose")))

    assert "2026-11-22 17:00:00 to 2026-11-23 18:00:00 Asia/Tokyo, 1 d 1 h" in text
    assert "\n2026-11-23\n" in text


@given(
    st.lists(st.tuples(st.integers(0, 10**14), st.integers(0, 10**10), st.sampled_from(Phase)), max_size=6),
    st.text(max_size=80),
    st.sampled_from(["UTC", "Asia/Tokyo", "Europe/Berlin"]),
)
@settings(max_examples=200)
def test_any_story_is_drawn_within_its_columns(spans: list[tuple[int, int, Phase]], name: str, zone: str) -> None:
    found = tuple(Span(phase, start, start + length) for start, length, phase in spans)
    lane = Lane(1, "A", Party.AGENT, name, 0, None, "", found)
    one = Story("steps", name, "c1", zone, lanes=(lane,), notes=(name,))

    assert all(columns(line.text) <= 80 for line in lines(one))


def test_the_document_has_all_of_it_as_plain_json() -> None:
    found = document(story(TRANSFERRED))

    assert json.loads(json.dumps(found)) == found
    assert [leg["party"] for leg in found["legs"]] == ["customer", "agent", "queue", "agent"]
    assert found["transfers"] == [
        {
            "number": 1,
            "what": "attended transfer",
            "start": "2026-11-22T17:01:00.000+09:00",
            "end": "2026-11-22T17:01:30.001+09:00",
            "begun_by": 2,
            "to": "queue Technical Support",
            "landed": 3,
            "outcome": "completed",
        }
    ]
    assert [told["event"] for event in found["events"] for told in event["told"]][:3] == [
        "externalEstablished",
        "userEstablished",
        "routingTransfer",
    ]
    assert found["duration"] == 180.0


def test_the_document_of_a_refused_conversation_has_no_end() -> None:
    found = document(story(ILLEGAL))

    assert (found["end"], found["duration"]) == (None, None)
    assert [bool(event["refused"]) for event in found["events"]] == [False, False, False, True, True]
