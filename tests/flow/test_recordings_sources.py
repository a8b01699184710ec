"""Where recordings come from, and how a runner that goes on takes them up."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from flow.studio import Studio, made, md5, sound

from reconciler.errors import ConfigurationError
from reconciler.model.recording import Agent
from reconciler.pipeline import run as running
from reconciler.pipeline.recordings import Wishes, accept, run


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    return made(tmp_path, monkeypatch)


def test_recordings_of_another_machine_are_taken_from_there(studio: Studio) -> None:
    fsspec = pytest.importorskip("fsspec", reason="the extra `recordings` is not installed")
    memory = fsspec.filesystem("memory")
    memory.pipe("/flow-test/2026/C1.wav", sound(1))
    studio.set_up(**{"from": "'memory://flow-test'", "after": "delete"})

    tally = studio.run()

    assert (tally.document["attached"], tally.deleted) == (1, 1)
    assert not memory.exists("/flow-test/2026/C1.wav")


def test_an_index_says_what_names_do_not(studio: Studio) -> None:
    studio.set_up(index="index.csv", pattern="''")
    studio.put("x/1.wav", sound(1))
    studio.put("x/2.wav", sound(2))
    studio.put("x/3.wav", sound(3))
    (studio.root / "index.csv").write_text("file,conversation,part\nx/1.wav,C1,2\nx/2.wav,C1,1\n", encoding="utf-8")

    tally = studio.run()

    assert (tally.document["attached"], tally.document["waiting"]) == (2, 1)
    names = {digest: one["fileName"].split("_")[1] for digest, (one,) in studio.uploaded()["content"].items()}
    assert names == {md5(sound(1)): "002", md5(sound(2)): "001"}


def test_contact_records_say_it_too(studio: Studio) -> None:
    studio.set_up(index="records", pattern="''")
    record = {"ContactId": "later", "InitialContactId": "C1", "Recordings": [{"Location": "bucket/connect/a.wav"}]}
    (studio.root / "records").mkdir()
    (studio.root / "records" / "1.json").write_bytes(orjson.dumps(record))
    studio.put("connect/a.wav", sound(1))

    assert studio.run().document["attached"] == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"pattern": "''"}, "set runners.recordings.index or runners.recordings.pattern"),
        ({"pattern": "'('"}, "runners.recordings.pattern: no expression"),
        ({"from": "''"}, "set runners.recordings.from"),
        ({"from": "'ftp://x/y'"}, "is not understood; write a folder"),
        ({"index": "nowhere.csv"}, "runners.recordings.index: nowhere.csv: No such file"),
    ],
)
def test_settings_that_lead_nowhere_are_told(studio: Studio, settings: dict[str, str], words: str) -> None:
    studio.set_up(**settings)

    with pytest.raises(ConfigurationError) as caught:
        studio.run()

    assert words in str(caught.value)


def test_the_agent_of_amazon_connect_is_on_the_right(studio: Studio) -> None:
    text = (studio.root / "reconciler.yaml").read_text(encoding="utf-8")
    (studio.root / "reconciler.yaml").write_text(text.replace("platform: tabular", "platform: amazon-connect"), encoding="utf-8")

    assert accept(studio.settings).agent is Agent.RIGHT


WANTED = """\
presence_sources: [{key: acme, name: ACME Connect, primary: true}]
users: [{key: a1, name: 山田 太郎, email: taro@example.com}]
queues: [{key: q1, name: Billing, members: {mode: exclusive, items: [a1]}}]
"""
LOG = """\
1795000005|c1|q1|NONE|ENTERQUEUE||123|1
1795000009|c1|q1|a1|CONNECT|4|c2|3
1795000060|c1|q1|a1|COMPLETECALLER|4|51|1
1795000105|c3|q1|NONE|ENTERQUEUE||456|1
1795000109|c3|q1|a1|CONNECT|4|c4|3
"""


def test_what_the_interactions_runner_remembers_needs_no_question(studio: Studio) -> None:
    studio.set_up(pattern=r"'(?P<conversation>c\d+)\.wav$'")
    settings = studio.root / "reconciler.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("platform: tabular", "platform: asterisk"), encoding="utf-8")
    studio.write(WANTED)
    assert studio.apply().exit_code == 0
    feed = studio.root / "queue_log"
    feed.write_text(LOG, encoding="utf-8")
    wishes = running.Wishes((str(feed),), "interactions", once=True)
    asyncio.run(running.run(studio.settings, wishes, studio.doors))
    studio.put("c1.wav", sound(1))
    studio.put("c3.wav", sound(3))

    tally = studio.run()

    assert (tally.document["attached"], dict(tally.waiting)) == (1, {"its conversation has not ended": 1})
    asked = {name for name in studio.requests() if "conversations" in name}
    assert not asked & {"GET /api/v2/analytics/conversations/details", "GET /api/v2/conversations/{conversationId}"}


def test_a_runner_that_goes_on_takes_a_file_once_it_is_whole(studio: Studio) -> None:
    studio.set_up(settle="60s", look_every="10s")
    path = studio.root / "calls" / "C1.wav"
    looks: list[tuple[float, int, int]] = []

    async def follow() -> Any:
        begun = studio.clock[0]

        def told(tally: Any) -> None:
            seconds = studio.clock[0] - begun
            if seconds < 100:
                path.write_bytes(sound(1)[: 1000 + int(seconds) * 100])
            elif seconds < 110:
                path.write_bytes(sound(1))
            looks.append((seconds, tally.document["uploaded"], tally.document["waiting"]))

        return await run(studio.settings, Wishes(told=told, stopping=lambda: studio.clock[0] > begun + 300), studio.doors)

    tally = asyncio.run(follow())

    assert tally.document["attached"] == 1
    assert studio.attached() == {studio.known_as("C1"): [md5(sound(1))]}
    uploaded = next(seconds for seconds, count, _ in looks if count)
    assert 160 <= uploaded <= 190


def test_a_runner_that_goes_on_tells_its_numbers(studio: Studio) -> None:
    studio.put("C1.wav", sound(1))
    addresses: list[str] = []
    pages: list[str] = []

    def told(tally: Any) -> None:
        if tally.attached and not pages:
            pages.append(httpx.get(addresses[0]).text)

    wishes = Wishes(port=0, listening=addresses.append, told=told, stopping=lambda: bool(pages))
    asyncio.run(run(studio.settings, wishes, studio.doors))

    for line in ("uploaded_total 1.0", "attached_total 1.0", 'found{verdict="analytics"} 1.0', "orphans 0.0"):
        assert f"reconciler_recordings_{line}\n" in pages[0]


def test_a_runner_that_goes_on_outlasts_a_service_that_is_away(studio: Studio) -> None:
    studio.set_up(look_every="10s")
    studio.put("C1.wav", sound(1))
    studio.admin("POST", "/faults", {"operation": "POST /api/v2/uploads/recordings", "status": 503, "times": 60})
    troubles: list[str] = []
    done: list[bool] = []
    wishes = Wishes(
        told=lambda tally: done.append(True) if tally.attached else None, trouble=troubles.append, stopping=lambda: bool(done)
    )

    tally = asyncio.run(run(studio.settings, wishes, studio.doors))

    assert tally.document["attached"] == 1
    assert troubles
    assert troubles[0].endswith("it is tried again")
