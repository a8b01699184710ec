"""Two files of one side each: joined without loss, uploaded once as one recording, or left as they are with the reason."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from audio.tones import encoded, turns
from flow.studio import Studio, made, md5, sound

IN, OUT = turns(6), turns(6, first=False, seed=2)
PATTERN = r"'(?P<conversation>C\d+)(?:_(?P<part>\d+))?(?:-(?P<channel>[a-z]+))?\.\w+$'"


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Call C1 was recorded by side."""
    studio = made(tmp_path, monkeypatch)
    studio.set_up(pattern=PATTERN, transcode="true")
    studio.turn(recording_bytes=True)
    studio.put("C1-in.wav", encoded(IN, subtype="ULAW"))
    studio.put("C1-out.wav", encoded(OUT, subtype="ULAW"))
    studio.touch("C1-in.wav")
    studio.touch("C1-out.wav")
    return studio


def there(studio: Studio) -> list[bytes]:
    return [file.content.kept or b"" for file in studio.emulator.world.recordings.by_key.values()]


def said(studio: Studio) -> list[str]:
    """What a plan says of sides that stayed alone."""
    _, tally = studio.rehearse()
    return [f"{one.name}: {new.verdict.reasons[0].what}" for one, new in tally.doubtful]


def test_both_sides_become_one_recording(studio: Studio) -> None:
    tally = studio.run()

    (data,) = there(studio)
    samples = soundfile.read(io.BytesIO(data), dtype="int16")[0]
    parts = [soundfile.read(io.BytesIO(encoded(one, subtype="ULAW")), dtype="int16")[0] for one in (IN, OUT)]
    assert np.array_equal(samples, np.stack(parts, axis=1))
    assert tally.document == {
        **dict.fromkeys(("archive", "refused", "waiting", "orphans"), 0),
        "found": 2,
        "analytics": 2,
        "uploaded": 1,
        "attached": 1,
        "bytes": len(data),
    }
    assert studio.attached() == {studio.known_as("C1"): [md5(data)]}


def test_a_second_run_sends_nothing(studio: Studio) -> None:
    studio.run()

    tally = studio.run()

    assert (tally.document["uploaded"], tally.document["analytics"], len(there(studio))) == (0, 2, 1)


@pytest.mark.parametrize("gone", ["C1-in.wav", "C1-out.wav"])
def test_one_side_that_is_left_over_is_done_as_well(studio: Studio, gone: str) -> None:
    studio.run()
    (studio.root / "calls" / gone).unlink()
    studio.pass_time(hours=2)

    assert (studio.run().document["uploaded"], len(there(studio))) == (0, 1)


def test_what_another_version_made_of_the_same_sides_is_not_sent_again(studio: Studio) -> None:
    """The bytes of what was sent can differ from those that would be made now; what was found in the files is forgotten."""
    studio.run()
    with closing(sqlite3.connect(studio.root / ".reconciler" / "ledger.db")) as ledger:
        ledger.execute("update recordings set digest = ? where stage = 'attached'", ["f" * 64])
        ledger.execute("update recordings set key = ? where stage = 'joined'", ["f" * 64])
        ledger.execute("delete from examined")
        ledger.commit()

    assert (studio.run().document["uploaded"], len(there(studio))) == (0, 1)


def test_a_plan_names_both_files_and_sends_nothing(studio: Studio) -> None:
    made, tally = studio.rehearse()

    (change,) = made.changes
    fields = {one.path[0]: one.after for one in change.fields}
    assert [name for name, _ in fields["sides"]] == ["C1-in.wav", "C1-out.wav"]
    assert (fields["verdict"], fields["agent"], tally.document["analytics"]) == ("analytics", "unknown", 2)
    assert there(studio) == []


def test_it_is_done_only_where_it_is_asked_for(studio: Studio) -> None:
    studio.set_up(pattern=PATTERN)

    assert studio.rehearse()[1].document["archive"] == 2
    assert studio.rehearse(transcode=True)[1].document["analytics"] == 2


def test_segments_keep_their_order_and_their_sides(studio: Studio) -> None:
    for number in (2, 1):
        for side, samples in (("rx", turns(6, seed=number)), ("tx", turns(6, first=False, seed=9 + number))):
            studio.put(f"C2_{number}-{side}.wav", encoded(samples))

    studio.run()

    names = sorted(file.name for file in studio.emulator.world.recordings.by_key.values())
    assert [name.split("_")[1] for name in names if name.startswith(studio.known_as("C2"))] == ["001", "002"]
    assert studio.uploaded()["files"] == 3


@pytest.mark.parametrize(
    ("other", "settings", "told"),
    [
        (encoded(OUT, rate=16_000), {}, "their rates differ"),
        (encoded(OUT[:30_000]), {}, "their lengths differ"),
        pytest.param(encoded(OUT[:-12_000]), {"sides": "{apart_seconds: 1.4}"}, "their lengths differ", marks=pytest.mark.long),
        (encoded(IN, subtype="ULAW"), {}, "both sides are the same"),
        pytest.param(encoded(OUT, "OGG", "OPUS"), {}, "without loss", marks=pytest.mark.long),
        pytest.param(encoded(OUT * 0), {}, "the right channel is silent", marks=pytest.mark.long),
    ],
)
def test_what_does_not_fit_together_stays_as_it_is(studio: Studio, other: bytes, settings: dict[str, str], told: str) -> None:
    studio.put("C1-out.wav", other)
    studio.set_up(pattern=PATTERN, transcode="true", **settings)

    assert [told in one for one in said(studio)] == [True, True]
    assert studio.run().document["archive"] == 2
    assert studio.uploaded()["contents"] == len({studio.put("C1-in.wav", encoded(IN, subtype="ULAW")).read_bytes(), other})


def test_lengths_may_differ_as_much_as_the_settings_say(studio: Studio) -> None:
    studio.put("C1-out.wav", encoded(OUT[:-12_000]))
    studio.set_up(pattern=PATTERN, transcode="true", sides="{apart_seconds: 1.6}")

    assert studio.run().document["uploaded"] == 1


def test_one_side_waits_for_the_other_one(studio: Studio) -> None:
    late = studio.root / "calls" / "C1-out.wav"
    data = late.read_bytes()
    late.unlink()

    first = studio.run()
    late.write_bytes(data)
    second = studio.run()

    assert (first.document["uploaded"], first.waiting) == (0, {"the other side of its call is not there yet": 1})
    assert (second.document["uploaded"], second.document["attached"]) == (1, 1)


def test_one_side_waits_while_the_other_one_is_being_written(studio: Studio) -> None:
    """A folder of old recordings is being copied here, with the times they had."""
    studio.pass_time(days=30)
    (studio.root / "calls" / "C1-out.wav").rename(studio.root / "calls" / "C1-out.wav.part")

    assert (studio.run().document["uploaded"], studio.run().waiting["the other side of its call is not there yet"]) == (0, 1)


def test_one_side_goes_alone_when_the_other_one_does_not_come(studio: Studio) -> None:
    (studio.root / "calls" / "C1-out.wav").unlink()
    studio.pass_time(hours=2)

    tally = studio.run()

    assert (tally.document["archive"], tally.document["uploaded"]) == (1, 1)


def test_the_agent_is_where_the_words_say(studio: Studio) -> None:
    studio.put("C1-customer.wav", studio.take("C1-in.wav"))
    studio.put("C1-agent.wav", studio.take("C1-out.wav"))

    made, _ = studio.rehearse()

    assert {one.path[0]: one.after for one in made.changes[0].fields}["agent"] == "right"


def test_both_sources_go_where_deletion_is_asked_for(studio: Studio) -> None:
    studio.set_up(pattern=PATTERN, transcode="true", after="delete")
    studio.put("C9.wav", sound(9))

    assert studio.run().deleted == 2
    assert [path.name for path in (studio.root / "calls").iterdir()] == ["C9.wav"]


class Killed(BaseException):
    """Ends the process as far as our code can tell."""


class Guillotine(httpx.AsyncBaseTransport):
    """Ends everything at the first PUT, before or after it was carried out."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, after: bool) -> None:
        self.inner, self.after = inner, after

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.after or request.method != "PUT":
            answer = await self.inner.handle_async_request(request)
            if request.method != "PUT":
                return answer
        raise Killed


@pytest.mark.parametrize(("after", "gone"), [(False, ()), pytest.param(True, (), marks=pytest.mark.long), (True, ("C1-in.wav",))])
def test_a_run_that_was_killed_is_taken_up_with_the_same_bytes(studio: Studio, *, after: bool, gone: tuple[str, ...]) -> None:
    planned: Any = studio.rehearse()[0].changes[0].ref.key
    studio.outside = Guillotine(httpx.ASGITransport(studio.emulator.api), after=after)
    with pytest.raises(Killed):
        studio.run()
    studio.outside = None
    for name in gone:
        (studio.root / "calls" / name).unlink()

    studio.run()

    found = studio.uploaded()
    assert (found["files"], found["repeated"], len(studio.attached())) == (1, 0, 1)
    assert sorted(studio.noted().values()) == ["attached", "joined", "joined"]
    assert studio.noted()[planned] == "attached"
