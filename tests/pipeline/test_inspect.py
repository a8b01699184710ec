from __future__ import annotations

from pathlib import Path

from audio.tones import call, encoded, turns

from reconciler.audio.box import Box
from reconciler.model.recording import Accept, Agent, Flaw, Worth
from reconciler.pipeline.inspect import inspect, look, transcode

ACCEPT = Accept(agent=Agent.RIGHT)


def test_verdicts_come_in_the_order_of_the_files(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.wav" for number in range(30)]
    for number, path in enumerate(paths):
        path.write_bytes(encoded(call(4 + number % 3)) if number % 2 else b"<html>")

    judged = list(inspect(paths, ACCEPT))

    assert [one.path for one in judged] == paths
    assert [one.verdict.worth for one in judged] == [Worth.REFUSED, Worth.ANALYTICS] * 15
    assert [one.found.seconds for one in judged[1:6:2]] == [5, 4, 6]


def test_whoever_has_seen_enough_may_stop(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(encoded(call(4)))
    judged = inspect([path] * 50, ACCEPT)

    first = next(iter(judged))

    assert first.verdict.worth is Worth.ANALYTICS


def test_a_link_is_not_followed_where_a_folder_bounds_the_search(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(encoded(call(4)))
    (tmp_path / "link.wav").symlink_to(tmp_path / "a.wav")

    with Box() as box:
        followed, bounded = (look(box, tmp_path / "link.wav", follow=follow) for follow in (True, False))

    assert (followed.flaw, bounded.flaw) == (Flaw.NONE, Flaw.UNREADABLE)


def test_a_name_that_no_file_can_have_is_a_flaw() -> None:
    with Box() as box:
        assert [look(box, Path(name)).flaw for name in ("a\0b.wav", "x" * 300 + ".wav")] == [Flaw.UNREADABLE] * 2


def test_the_sources_of_a_transcode_stay_as_they_are(tmp_path: Path) -> None:
    left, right, output = (tmp_path / name for name in ("left.wav", "right.wav", "both.wav"))
    left.write_bytes(encoded(turns(6)))
    right.write_bytes(encoded(turns(6, first=False, seed=2)))
    before = left.read_bytes(), right.read_bytes()

    done = transcode([left, right], output, ACCEPT)

    assert (done.path, done.verdict.worth, done.found.channels) == (output, Worth.ANALYTICS, 2)
    assert (left.read_bytes(), right.read_bytes()) == before
