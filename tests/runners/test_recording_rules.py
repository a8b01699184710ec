from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from reconciler.model.recording import Accept, Agent, Flaw, Inspected, Side, Worth
from reconciler.runners.recording_rules import OPEN, RULES, clock, judge

TALK = Side(peak=0.5, silent=0.5, clipped=0)
QUIET = Side(peak=0, silent=1, clipped=0)
GOOD = Inspected(
    size=4_800_044,
    container="wav",
    codec="PCMU",
    said="wav",
    rate=8000,
    channels=2,
    seconds=300,
    header_seconds=300,
    is_exact=True,
    sides=(TALK, TALK),
    alike=0.02,
    heard_seconds=20,
)
KNOWN = Accept(agent=Agent.RIGHT)


def rules(found: Inspected, accept: Accept = KNOWN) -> list[str]:
    return [f"{reason.worth}: {reason.rule}" for reason in judge(found, accept).reasons]


def test_two_separate_channels_of_an_accepted_codec_are_fit_for_analytics() -> None:
    verdict = judge(GOOD, KNOWN)

    assert (verdict.worth, verdict.reasons, verdict.agent) == (Worth.ANALYTICS, (), Agent.RIGHT)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"seconds": 0.0, "header_seconds": None, "sides": (), "alike": None}, ["refused: empty"]),
        ({"seconds": 200.0}, ["refused: cut"]),
        ({"seconds": 299.6}, []),
        ({"header_seconds": None}, []),
        ({"size": 6 * 1024**3}, ["refused: large"]),
        ({"seconds": 90_000.0}, ["refused: long"]),
        ({"is_unfinished": True, "header_seconds": None}, ["archive: unfinished"]),
        ({"channels": 1, "sides": (TALK,), "alike": None}, ["archive: mono"]),
        ({"channels": 3, "sides": (TALK,) * 3, "alike": None}, ["archive: channels"]),
        ({"alike": 0.97}, ["archive: alike"]),
        ({"alike": 0.94}, []),
        ({"sides": (TALK, QUIET), "alike": None}, ["archive: one-sided"]),
        ({"sides": (QUIET, QUIET), "alike": None}, ["archive: silent"]),
        ({"codec": "G729"}, ["archive: codec"]),
        ({"codec": "Opus", "container": "ogg", "said": "ogg"}, []),
        ({"container": "au", "said": "au"}, ["archive: container"]),
        ({"rate": 96_000}, ["archive: rate"]),
        ({"sides": (TALK, replace(TALK, clipped=0.02))}, ["analytics: clipped"]),
        ({"said": "mp3"}, ["analytics: name"]),
        ({"container": "rf64"}, ["archive: container"]),
        (
            {"channels": 1, "sides": (TALK,), "alike": None, "codec": "GSM", "seconds": 1.0},
            ["refused: cut", "archive: mono", "archive: codec"],
        ),
    ],
)
def test_each_rule_finds_its_own(change: dict[str, Any], told: list[str]) -> None:
    assert rules(replace(GOOD, **change)) == told


@pytest.mark.parametrize("flaw", [flaw for flaw in Flaw if flaw])
def test_every_flaw_is_refused_for_one_reason(flaw: Flaw) -> None:
    found = Inspected(container="a zip archive", flaw=flaw, detail="broken", size=10, said="wav")

    verdict = judge(found, KNOWN)

    assert verdict.worth is Worth.REFUSED
    assert [reason.rule for reason in verdict.reasons if reason.worth is Worth.REFUSED] == [flaw.value]


def test_an_unknown_agent_is_a_hint() -> None:
    assert rules(GOOD, Accept()) == ["analytics: agent"]


@pytest.mark.parametrize("name", OPEN)
def test_what_is_not_documented_can_be_set(name: str) -> None:
    rule = next(rule for rule in RULES if rule.name == name)
    worth = Worth.REFUSED if rule.worth is not Worth.REFUSED else Worth.ARCHIVE
    bad = Inspected(1, "au", "PCMU", "mp3", 96_000, 2, 90_000, 99_999, True, True, (replace(TALK, clipped=1), TALK), 0.1)

    reasons = {reason.rule: reason.worth for reason in judge(bad, Accept(rules={name: worth})).reasons}

    assert reasons[name] is worth


def test_mono_is_never_made_fit_by_a_setting() -> None:
    mono = replace(GOOD, channels=1, sides=(TALK,), alike=None)

    assert judge(mono, Accept(rules={"mono": Worth.ANALYTICS})).worth is Worth.ARCHIVE


def test_every_rule_says_what_to_do_as_well_as_who_says_so() -> None:
    assert all(rule.remedy and rule.source for rule in RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_a_limit_that_is_set_is_the_one_that_counts() -> None:
    accept = replace(KNOWN, codecs=frozenset({"L16"}), max_bytes=10, max_seconds=10)

    assert rules(GOOD, accept) == ["refused: large", "refused: long", "archive: codec"]
    assert {field.name for field in fields(Accept)} >= {"agent", "containers", "min_rate", "max_rate", "missing_seconds", "rules"}


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0:00"), (0.4, "0.4 s"), (59.7, "1:00"), (300, "5:00"), (3723, "1:02:03"), (90_000, "25:00:00")]
)
def test_lengths_are_told_as_people_say_them(seconds: float, told: str) -> None:
    assert clock(seconds) == told
