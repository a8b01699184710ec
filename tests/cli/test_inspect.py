from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from audio.tones import call, encoded, turns, wav

Desk = Callable[..., Any]


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """A folder of recordings, good and bad."""
    files = {
        "good.wav": encoded(call(6), "WAV", "ULAW"),
        "mono.wav": encoded(turns(6)),
        "login.wav": b"<!DOCTYPE html><title>Sign in</title>",
        "half.wav": encoded(call(6))[:100_044],
        "agent.wav": encoded(turns(6), "WAV", "ULAW"),
        "customer.wav": encoded(turns(6, first=False, seed=2), "WAV", "ULAW"),
        "open.wav": wav(call(6).tobytes(), size=0),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_a_table_tells_verdicts_with_reasons(desk: Desk, calls: Path) -> None:
    assert calls.samefile(".")

    done = desk("inspect", "--agent", "right", "good.wav", "mono.wav", "login.wav", "half.wav")

    assert done.code == 1
    assert done.out.splitlines() == [
        "VERDICT    LENGTH   SOUND                      FILE",
        "analytics  0:06     wav PCMU 8000 Hz stereo    good.wav",
        "archive    0:06     wav L16 8000 Hz mono       mono.wav",
        "           one channel: the speakers cannot be told apart; record both sides",
        "               apart; or make one of two mono files: reconciler inspect",
        "               --transcode -o BOTH.wav LEFT.wav RIGHT.wav",
        "refused    -        HTML                       login.wav",
        "           is HTML, no audio; look where it came from",
        "refused    0:03     wav L16 8000 Hz stereo     half.wav",
        "           cut: 0:03 of 0:06 are there; copy it again when the recorder is done",
        "1 analytics, 1 archive, 2 refused",
    ]


def test_hints_are_told_once(desk: Desk, calls: Path) -> None:
    done = desk("inspect", "good.wav", str(calls / "good.wav"))

    assert done.code == 0
    assert done.out.count("which channel is the agent") == 1
    assert "hint (2 files): " in done.out


def test_json_tells_everything(desk: Desk, calls: Path) -> None:
    done = desk("inspect", "--json", "--agent", "right", "good.wav", str(calls / "mono.wav"))

    assert done.code == 0
    assert {name: done.json[name] for name in ("analytics", "archive", "refused")} == {"analytics": 1, "archive": 1, "refused": 0}
    good, mono = done.json["files"]
    assert (good["file"], good["verdict"], good["reasons"], good["agent"]) == ("good.wav", "analytics", [], "right")
    assert (good["inspected"]["codec"], good["inspected"]["seconds"], good["inspected"]["media_type"]) == ("PCMU", 6, "audio/wav")
    assert [(one["rule"], one["worth"]) for one in mono["reasons"]] == [("mono", "archive")]


@pytest.mark.usefixtures("calls")
def test_what_is_no_file_is_refused(desk: Desk, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")

    done = desk("inspect", "--json", "pipe.wav", "absent.wav", "/dev/zero", ".")

    assert done.code == 1
    assert [one["inspected"]["detail"] for one in done.json["files"]] == [
        "no plain file",
        "no such file or directory",
        "no plain file",
        "no plain file",
    ]


@pytest.mark.parametrize(
    "name", ["a\nb\x1b[31m.wav", "通話" * 30 + ".wav", "x" * 250 + ".wav", b"\xff\xfe.wav".decode("utf-8", "surrogateescape")]
)
def test_no_name_breaks_the_table(desk: Desk, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(encoded(call(4)))

    text, data = desk("inspect", name), desk("inspect", "--json", name)

    assert (text.code, data.code, data.json["analytics"]) == (0, 0, 1)
    assert "\x1b" not in text.out
    assert max(len(line.encode("gb18030", "replace")) if "通" in line else len(line) for line in text.out.splitlines()) <= 80


def test_two_sides_become_one_file(desk: Desk, calls: Path) -> None:
    done = desk("inspect", "--transcode", "-o", "both.wav", "agent.wav", "customer.wav", "--agent", "left")

    assert (done.code, done.err) == (0, "")
    assert "analytics  0:06     wav PCMU 8000 Hz stereo    both.wav" in done.out
    assert sorted(path.name for path in calls.iterdir() if path.name.startswith((".", "both"))) == ["both.wav"]


def test_an_unfinished_header_is_mended(desk: Desk, calls: Path) -> None:
    before = desk("inspect", str(calls / "open.wav"))
    done = desk("inspect", "--transcode", "-o", "whole.wav", "open.wav")

    assert "archive    0:06" in before.out
    assert "analytics  0:06" in done.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-o", "new.wav", "mono.wav"], "one mono file stays mono"),
        (["-o", "new.wav", "mono.wav", "mono.wav"], "mono is not made stereo"),
        (["-o", "good.wav", "agent.wav", "customer.wav"], "good.wav: exists already"),
        (["-o", "new.wav", "half.wav"], "its end is missing"),
        (["-o", "new.wav", "absent.wav"], "absent.wav: cannot be read"),
    ],
)
def test_a_refused_transcode_leaves_nothing_behind(desk: Desk, calls: Path, words: list[str], told: str) -> None:
    before = sorted(calls.iterdir())

    done = desk("inspect", "--transcode", *words)

    assert (done.code, done.out) == (1, "")
    assert told in done.err
    assert sorted(calls.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "FILE"),
        (["--transcode", "good.wav"], "-o with the name"),
        (["--transcode", "-o", "new.wav", "a.wav", "b.wav", "c.wav"], "one file, or two mono files"),
        (["-o", "new.wav", "good.wav"], "give both or none"),
        (["--rule", "mono=analytics", "mono.wav"], "names are cut, long"),
        (["--rule", "cut=fine", "mono.wav"], "verdicts are analytics, archive, refused"),
    ],
)
@pytest.mark.usefixtures("calls")
def test_wrong_usage_is_64(desk: Desk, words: list[str], told: str) -> None:
    done = desk("inspect", *words)

    assert done.code == 64
    assert told in " ".join(done.err.split())


@pytest.mark.usefixtures("calls")
def test_a_rule_that_nobody_documents_can_be_set(desk: Desk) -> None:
    assert desk("inspect", "--rule", "cut=archive", "half.wav").code == 0


def test_neither_network_nor_settings_are_needed(desk: Desk, calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENESYSCLOUD_OAUTHCLIENT_ID")

    assert not (calls / "reconciler.yaml").exists()
    assert desk("inspect", "good.wav").code == 0
