"""What is uploaded, in which order, and what waits for what."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from reconciler.kinds.recording import FORBIDDEN
from reconciler.model.change import Change
from reconciler.model.recorded import Described, Digests, Examined, Stage, Stored, Upload
from reconciler.model.recording import Inspected, Verdict, Worth
from reconciler.runners.recording_link import LINKS, Named, rest
from reconciler.runners.recordings import WORTH, End, Terms, attaching, pieces, plan

TERMS = Terms("acme")
Row = tuple[Stored, Described, Examined]


def row(name: str, call: str, content: str = "", *, worth: Worth = Worth.ANALYTICS, start: int = 0, part: int = 0) -> Row:
    found = Inspected(size=10, container="wav", codec="PCMU", seconds=61.5, channels=2, rate=8000)
    digests = Digests((content or name).ljust(64, "0"), "bWQ1")
    return Stored(name, 10, 1), Described(name, call, start, part=part), Examined(digests, found, Verdict(worth))


def planned(*rows: Row, known: dict[str, Upload] | None = None, ends: dict[str, End] | None = None, **terms: Any) -> Any:
    calls = {one[1].conversation: End.OVER for one in rows} | (ends or {})
    return plan(pieces(rows, known or {}), known or {}, calls, replace(TERMS, **terms))


def said(change: Change) -> dict[str, Any]:
    return {one.path[0]: one.after for one in change.fields}


def sent(one: Row, stage: Stage = Stage.ATTACHED) -> Upload:
    digest = one[2].digests.sha256
    return Upload(digest, one[0].name, one[1].conversation, "id", "x.wav", 10, 61.5, stage, 5)


def test_a_change_says_everything_an_upload_needs() -> None:
    (change,) = planned(row("a.wav", "C1", start=1_795_339_800_000)).changes

    assert (change.id, change.name, change.op) == (f"recording/{'a.wav'.ljust(64, '0')}", "C1", "create")
    assert said(change) == {
        "file": "a.wav",
        "conversation": "C1",
        "known_as": TERMS.known_as("C1"),
        "part": 1,
        "at": "2026-11-22T09:30:00.000Z",
        "bytes": 10,
        "seconds": 61.5,
        "verdict": "analytics",
        "agent": "unknown",
        "media_type": "audio/wav",
        "md5": "bWQ1",
        "sent_as": f"{TERMS.known_as('C1')}_20261122T093000Z_001_a.wav0000000.wav",
    }


def test_segments_need_each_other_in_the_order_they_were_made() -> None:
    rows = [row("c.wav", "C1", start=1000), row("a.wav", "C1", start=3000), row("b.wav", "C1", start=2000), row("z.wav", "C2")]

    changes = planned(*rows).changes

    assert [(said(one)["file"], said(one)["part"], len(one.needs)) for one in changes] == [
        ("c.wav", 1, 0),
        ("b.wav", 2, 1),
        ("a.wav", 3, 1),
        ("z.wav", 1, 0),
    ]
    assert changes[1].needs == (changes[0].id,)


def test_segments_keep_their_places_when_earlier_ones_are_gone() -> None:
    first, second = row("a.wav", "C1", start=1), row("b.wav", "C1", start=2)

    (change,) = planned(second, known={first[2].digests.sha256: sent(first)}).changes

    assert said(change)["part"] == 2


def test_shuffled_input_gives_the_same_plan() -> None:
    rows = [row(f"{number}.wav", f"C{number % 4}", start=number % 3) for number in range(20)]
    before = planned(*rows).changes

    Random(1).shuffle(rows)

    assert planned(*rows).changes == before


@pytest.mark.parametrize("end", [End.OPEN, End.UNKNOWN, End.LEFT])
def test_nothing_goes_before_its_conversation_has_ended(end: End) -> None:
    found = planned(row("a.wav", "C1"), ends={"C1": end})

    assert (found.changes, found.waiting) == ([], {end.value: 1})


def test_a_conversation_nobody_tells_of_is_unknown() -> None:
    assert plan(pieces([row("a.wav", "C1")], {}), {}, {}, TERMS).waiting == {End.UNKNOWN.value: 1}


@pytest.mark.parametrize("stage", [one for one in Stage if one is not Stage.JOINED])
def test_a_content_that_was_sent_is_not_sent_again(stage: Stage) -> None:
    one = row("a.wav", "C1")

    found = planned(one, known={one[2].digests.sha256: sent(one, stage)})

    assert (found.changes, found.before, found.warnings) == ([], 1, [])


def test_a_side_is_done_when_the_recording_it_went_with_is() -> None:
    side, whole = row("a-in.wav", "C1"), row("both", "C1")
    joined = replace(sent(side, Stage.JOINED), key="both".ljust(64, "0"))

    went = planned(side, known={joined.digest: joined, joined.key: sent(whole)})
    lost = planned(side, known={joined.digest: joined})

    assert ([len(one.changes) for one in (went, lost)], went.before) == ([0, 1], 1)


def test_sides_that_went_with_a_recording_take_no_place_among_the_segments() -> None:
    side, whole, more = row("a-in.wav", "C1"), row("both", "C1"), row("c.wav", "C1", start=5)
    joined = replace(sent(side, Stage.JOINED), key="both".ljust(64, "0"))

    (change,) = planned(more, known={joined.digest: joined, joined.key: sent(whole)}).changes

    assert said(change)["part"] == 2


def test_one_content_for_two_conversations_is_told() -> None:
    found = planned(row("a.wav", "C1", "same"), row("b.wav", "C2", "same"))

    assert len(found.changes) == 1
    assert found.warnings == [
        "b.wav: the same content as a.wav, which belongs to another conversation; it is not sent twice",
    ]


@pytest.mark.parametrize(("seconds", "told"), [(0, []), (60, []), (95, ["a.wav: 61.5 s long, but calls.csv:2 says 95.0 s"])])
def test_a_length_that_is_not_what_the_index_says_is_told(seconds: float, told: list[str]) -> None:
    stored, described, seen = row("a.wav", "C1")

    found = planned((stored, replace(described, seconds=seconds, place="calls.csv:2"), seen))

    assert (len(found.changes), found.warnings) == (1, told)


@pytest.mark.parametrize(("least", "wanted"), [(Worth.ANALYTICS, ["a.wav"]), (Worth.ARCHIVE, ["a.wav", "b.wav"])])
def test_the_least_worth_decides_what_goes(least: Worth, wanted: list[str]) -> None:
    found = planned(row("a.wav", "C1"), row("b.wav", "C2", worth=Worth.ARCHIVE), least=least)

    assert [said(one)["file"] for one in found.changes] == wanted
    assert found.waiting[WORTH] == 2 - len(wanted)


def test_an_orphan_is_attached_once_its_conversation_has_ended() -> None:
    one, other = sent(row("a.wav", "C1"), Stage.ORPHAN), sent(row("b.wav", "C2"), Stage.ORPHAN)
    known = {one.digest: one, other.digest: other}

    (change,) = attaching({one.digest: "o1", other.digest: "o2"}, known, {"C1": End.OVER, "C2": End.OPEN})

    assert (change.op, said(change)) == ("update", {"orphan": "o1", "known_as": "id"})


ORIGINALS = ["+81312345678 taro@example.com.wav", "録音 \n{}[]|#~%.wav", "x" * 400 + ".wav", "../../etc/passwd", ".hidden.wav"]


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("original", ORIGINALS)
def test_no_name_holds_what_a_name_must_not(link: str, original: str) -> None:
    made = LINKS[link](Named(f"/{original}", "11111111-0000-4000-8000-000000000001", rest(0, 1, "d" * 64, "wav", original)))

    assert not FORBIDDEN.search(made)
    assert not made.startswith(".")
    assert not made.endswith("/")


def test_an_original_name_goes_without_numbers_or_addresses() -> None:
    assert rest(0, 1, "d" * 64, "wav", "in-+81 3 1234 5678-taro@example.com-sale.wav") == f"001_{'d' * 12}_in-.wav"


def test_the_suffix_is_that_of_the_content() -> None:
    assert [rest(0, 1, "d" * 64, one)[-4:] for one in ("rf64", "ogg", "")] == [".wav", ".ogg", ".bin"]
