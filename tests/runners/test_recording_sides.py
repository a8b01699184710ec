"""Which files are the two sides of one call."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.recorded import Described, Digests, Examined, Stage, Stored, Upload
from reconciler.model.recording import Agent, Inspected, Verdict, Worth
from reconciler.model.recording_settings import Sides
from reconciler.runners.recording_sides import ALONE, MANY, Matched, Past, Row, match

MONO = Inspected(size=10, container="wav", codec="PCMU", channels=1, rate=8000, seconds=60)


def side(name: str, channel: str, call: str = "C1", *, worth: Worth = Worth.ARCHIVE, channels: int = 1, **said: Any) -> Row:
    found = replace(MONO, channels=channels)
    described = Described(name, call, channel=channel, **{"twin": name.replace(channel, "|")} | said)
    return Stored(name, 10, 1), described, Examined(Digests(name, ""), found, Verdict(worth))


def matched(*rows: Row, is_old: bool = True, known: dict[str, Upload] | None = None, **sides: Any) -> Matched:
    return match(rows, Sides(**sides), Past(known or {}, lambda _: is_old))


def names(found: Matched) -> list[tuple[str, str]]:
    return [(pair.left[0].name, pair.right[0].name) for pair in found.pairs]


def test_names_that_differ_in_the_side_alone_belong_together() -> None:
    found = matched(side("a-tx.wav", "tx"), side("b-rx.wav", "rx"), side("b-tx.wav", "tx"), side("a-rx.wav", "rx"))

    assert sorted(names(found)) == [("a-rx.wav", "a-tx.wav"), ("b-rx.wav", "b-tx.wav")]
    assert (found.waiting, found.alone) == (set(), {})


def test_rows_of_an_index_belong_together_by_segment_or_start() -> None:
    found = matched(
        *(side("1.wav", "left", twin="", part=1), side("2.wav", "right", twin="", part=1, start=7)),
        *(side("3.wav", "left", twin="", start=5), side("4.wav", "right", twin="", start=5)),
        *(side("5.wav", "left", twin="", start=6), side("6.wav", "right", "C2", twin="", start=6)),
    )

    assert names(found) == [("1.wav", "2.wav"), ("3.wav", "4.wav")]
    assert found.alone == {"5.wav": ALONE, "6.wav": ALONE}


@pytest.mark.parametrize(
    ("left", "right", "agent"),
    [
        ("in", "out", Agent.UNKNOWN),
        ("customer", "agent", Agent.RIGHT),
        ("in", "agent", Agent.RIGHT),
        ("left", "right", Agent.UNKNOWN),
    ],
)
def test_only_words_for_people_say_where_the_agent_is(left: str, right: str, agent: Agent) -> None:
    (pair,) = matched(side("a", left, twin="t"), side("b", right, twin="t")).pairs

    assert pair.agent is agent


def test_the_agent_goes_where_the_settings_put_the_word() -> None:
    found = matched(side("a", "agent", twin="t"), side("b", "kunde", twin="t"), left=("agent",), right=("kunde",))

    assert (names(found), found.pairs[0].agent) == ([("a", "b")], Agent.LEFT)


@pytest.mark.parametrize(("is_old", "waiting", "alone"), [(False, {"a-rx.wav"}, {}), (True, set(), {"a-rx.wav": ALONE})])
def test_one_side_waits_for_the_other_one_for_a_while(*, is_old: bool, waiting: set[str], alone: dict[str, str]) -> None:
    found = matched(side("a-rx.wav", "rx"), is_old=is_old)

    assert (found.pairs, found.waiting, found.alone) == ([], waiting, alone)


def test_a_side_that_is_still_being_written_is_waited_for_however_old_the_other_one_is() -> None:
    there, coming = side("a-rx.wav", "rx"), side("a-tx.wav", "tx")[1]

    found = match([there], Sides(), Past({}, lambda _: True, [coming]))

    assert (found.waiting, found.alone) == ({"a-rx.wav"}, {})


def test_two_files_for_one_side_are_nobodys_pair() -> None:
    found = matched(side("1", "rx", twin="t"), side("2", "rx", twin="t"), side("3", "tx", twin="t"))

    assert (found.pairs, found.alone) == ([], dict.fromkeys("123", MANY))


SENT = Upload("a-tx.wav", "a-tx.wav", "C1", "id", "x", 1, 1.0, Stage.ATTACHED, 1)


@pytest.mark.parametrize(
    "other",
    [
        side("a-tx.wav", "tx", worth=Worth.REFUSED),
        side("a-tx.wav", "tx", channels=2),
        side("a-tx.wav", "both"),
        side("a-tx.wav", "", twin="a-|.wav"),
    ],
)
def test_what_is_no_side_is_left_as_it_is(other: Row) -> None:
    assert matched(side("a-rx.wav", "rx"), other).alone == {"a-rx.wav": ALONE}


def test_what_was_sent_alone_stays_alone() -> None:
    rows = (side("a-rx.wav", "rx"), side("a-tx.wav", "tx"))

    assert matched(*rows, known={"a-tx.wav": SENT}).pairs == []
    assert len(matched(*rows, known={"a-tx.wav": replace(SENT, stage=Stage.JOINED)}).pairs) == 1
