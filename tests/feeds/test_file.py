"""Files that grow while everything happens to them that happens to logs."""

from __future__ import annotations

import asyncio
import gzip
import logging
import os
import shutil
from pathlib import Path

import pytest
from feeds.scene import append, follow, once, words

from reconciler.errors import ConfigurationError
from reconciler.feeds.file import FileFeed
from reconciler.feeds.mark import HEAD
from reconciler.formats.frame import Damaged

LONG = "".join(f"line-{number:06d}\n" for number in range(3 * HEAD // 12))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "queue_log"


def handles() -> int:
    """How many files this process has open, where the system tells."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def packed(path: Path) -> None:
    """What gzip does to a rotated file."""
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()


def renamed(log: Path, suffix: str = ".1") -> None:
    log.rename(log.with_name(log.name + suffix))


def test_the_last_line_counts_when_nothing_follows(log: Path) -> None:
    log.write_text("a\nb\nc")

    assert words(once(log)) == "a b c"


def test_records_know_their_place(log: Path) -> None:
    log.write_text("a\n\nb\n")

    assert [record.place for record in once(log)[0].records] == [f"{log}:1", f"{log}:3"]


def test_places_go_on_behind_the_bookmark(log: Path) -> None:
    log.write_text("a\nb\n")
    text = once(log)[-1].bookmark.text

    append(log, "c\n")()

    assert [record.place for record in once(log, text)[0].records] == [f"{log}:3"]


def test_nothing_new_is_no_chunk(log: Path) -> None:
    log.write_text("a\n")

    assert once(log, once(log)[-1].bookmark.text) == []


def test_every_chunk_carries_a_bookmark_that_goes_on_behind_it(log: Path) -> None:
    log.write_text(LONG * 5)

    chunks = once(log)

    assert len(chunks) > 5
    assert all(len(chunk.records) <= 1000 for chunk in chunks)
    for number, chunk in enumerate(chunks):
        assert words(once(log, chunk.bookmark.text)) == words(chunks[number + 1 :])


def test_a_half_written_line_waits_for_its_end(log: Path) -> None:
    log.write_text("a\nb")

    assert words(follow(log)) == "a"
    assert words(follow(log, append(log, "c\n"))) == "a bc"


def test_a_file_may_come_later(log: Path) -> None:
    assert words(follow(log, append(log, "a\n"), append(log, "b\n"))) == "a b"


def test_the_rest_of_a_renamed_file_comes_before_the_new_one(log: Path) -> None:
    log.write_text("a\n")

    def rotate() -> None:
        append(log, "b\n")()
        renamed(log)
        log.write_text("c\n")

    assert words(follow(log, rotate, append(log.with_name("queue_log.1"), "late\n"), append(log, "d\n"))) == "a b c late d"


def test_a_half_line_of_a_renamed_file_counts_when_a_newer_one_has_begun(log: Path) -> None:
    log.write_text("a\nb")

    assert words(follow(log, lambda: renamed(log), append(log, "c\n"), lambda: None)) == "a b c"


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("before", ["a\n", LONG])
def test_a_copied_and_emptied_file_is_read_once(log: Path, before: str, *, restart: bool) -> None:
    log.write_text(before)
    copy = log.with_name("queue_log.1")

    def rotate() -> None:
        append(log, "b\n")()
        shutil.copy(log, copy)
        log.write_text("")

    steps = (rotate, append(log, "c\n"), append(log, "d\n"))

    if restart:
        text = once(log)[-1].bookmark.text
        rotate()
        assert words(follow(log, *steps[1:], bookmark=text)) == "b c d"
    else:
        assert words(follow(log, *steps)) == words(once(copy, "")) + " c d"


@pytest.mark.parametrize("before", ["a\n", LONG])
def test_a_copy_is_left_alone_while_its_original_stands(log: Path, before: str) -> None:
    """The look falls between copying and emptying, and what is written then is in the original alone."""
    log.write_text(before)
    copy = log.with_name("queue_log.1")

    steps = (
        lambda: shutil.copy(log, copy),
        append(log, "b\n"),
        lambda: log.write_text(""),
        append(log, "c\n"),
    )

    assert words(follow(log, *steps)) == f"{before}b c".replace("\n", " ").replace("  ", " ")


def test_half_a_copy_is_a_copy(log: Path) -> None:
    log.write_text(LONG)
    copy = log.with_name("queue_log.1")

    steps = (
        lambda: copy.write_text(LONG[:600]),
        lambda: copy.write_text(LONG[: 2 * HEAD]),
        lambda: copy.write_text(LONG),
        lambda: log.write_text("new\n"),
    )

    assert words(follow(log, *steps)).split() == [*LONG.split(), "new"]


def test_a_copy_that_missed_the_last_lines_is_not_read_again(log: Path) -> None:
    log.write_text(LONG + "b\n")
    text = once(log)[-1].bookmark.text
    log.with_name("queue_log.1").write_text(LONG)
    log.write_text("c\n")

    assert words(once(log, text)) == "c"


def test_a_copy_that_is_written_on_is_read_on(log: Path) -> None:
    log.write_text("a\n")

    def swap() -> None:
        renamed(log)
        shutil.copy(log.with_name("queue_log.1"), log)

    assert words(follow(log, swap, append(log, "b\n"))) == "a b"


def test_a_half_written_line_may_be_taken_back(log: Path) -> None:
    log.write_text("a\nhalf")

    def again() -> None:
        os.truncate(log, 2)
        append(log, "b\n")()

    assert words(follow(log, again)) == "a b"


def test_a_file_that_is_emptied_is_read_from_its_beginning(log: Path) -> None:
    log.write_text("a\nb\n")

    assert words(follow(log, lambda: log.write_text("c\n"), append(log, "d\n"))) == "a b c d"


def test_a_file_that_was_emptied_and_grew_beyond_the_bookmark_is_read_from_its_beginning(log: Path) -> None:
    log.write_text("a\n")

    assert words(follow(log, lambda: log.write_text("b\nc\nd\n"))) == "a b c d"


def test_a_hole_at_the_beginning_of_an_emptied_file_is_passed_over(log: Path) -> None:
    """A program that does not append goes on where it was."""
    log.write_text("a\n" * 2000)

    def hole() -> None:
        os.truncate(log, 0)
        os.truncate(log, 4000)
        append(log, "b\n")()

    assert words(follow(log, hole)).split()[-2:] == ["a", "b"]


def test_the_rest_of_a_deleted_file_is_read(log: Path) -> None:
    log.write_text("a\n")

    def replace() -> None:
        append(log, "b\nhalf")()
        log.unlink()
        log.write_text("c\n")

    assert words(follow(log, replace)) == "a b half c"


def test_a_file_that_is_moved_away_is_read_to_its_end(log: Path, tmp_path: Path) -> None:
    log.write_text("a\n")
    (tmp_path / "old").mkdir()

    def move() -> None:
        append(log, "b\n")()
        log.rename(tmp_path / "old" / "gone")
        log.write_text("c\n")

    assert words(follow(log, move, append(tmp_path / "old" / "gone", "late\n"))) == "a b c late"


def test_a_file_replaced_by_a_longer_version_of_itself_goes_on(log: Path) -> None:
    log.write_text("a\nb\n")

    def replace() -> None:
        log.with_suffix(".new").write_text("a\nb\nc\n")
        log.with_suffix(".new").replace(log)

    assert words(follow(log, replace)) == "a b c"


def test_what_is_rotated_while_nobody_looks_is_read_in_order(log: Path) -> None:
    log.write_text("a\n")
    text = once(log)[-1].bookmark.text
    append(log, "b\n")()
    renamed(log, ".2")
    log.with_name("queue_log.1").write_text("c\n")
    log.write_text("d\n")

    assert words(once(log, text)) == "b c d"


def test_what_is_compressed_while_nobody_looks_is_read_on(log: Path) -> None:
    log.write_text(LONG)
    text = once(log)[-1].bookmark.text
    append(log, "b\n")()
    renamed(log, ".2")
    packed(log.with_name("queue_log.2"))
    log.with_name("queue_log.1").write_text("c\n")
    packed(log.with_name("queue_log.1"))
    log.write_text("d\n")

    chunks = once(log, text)

    assert words(chunks) == "b c d"
    assert once(log, chunks[-1].bookmark.text) == []


def test_a_compressed_file_is_not_read_again(log: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log.write_text("a\n")
    old = log.with_name("queue_log.1")

    found = follow(log, lambda: renamed(log), append(log, "b\n"), lambda: packed(old), append(log, "c\n"))

    assert words(found) == "a b c"
    assert f"{old}.gz holds what was read as queue_log," in caplog.text


def test_a_file_being_compressed_is_not_read_beside_its_original(log: Path) -> None:
    log.write_text(LONG)
    old, new = log.with_name("queue_log.1"), log.with_name("queue_log.1.gz")

    steps = (
        lambda: renamed(log),
        append(log, "b\n"),
        lambda: new.write_bytes(gzip.compress(LONG.encode())[:200]),
        lambda: new.write_bytes(gzip.compress(LONG.encode())),
        old.unlink,
        append(log, "c\n"),
    )

    assert words(follow(log, *steps)).split() == [*LONG.split(), "b", "c"]


def test_what_rotations_left_before_the_first_look_is_history(log: Path) -> None:
    log.with_name("queue_log.1").write_text("old\n")
    log.with_name("queue_log.2").write_text("older\n")
    packed(log.with_name("queue_log.2"))
    log.write_text("a\n")

    chunks = once(log)

    assert words(chunks) == "a"
    assert once(log, chunks[-1].bookmark.text) == []


def test_history_that_is_compressed_later_stays_history(log: Path) -> None:
    log.with_name("queue_log.1").write_text(LONG)
    log.write_text("a\n")
    text = once(log)[-1].bookmark.text

    packed(log.with_name("queue_log.1"))

    assert once(log, text) == []


def test_an_inode_that_is_used_again_is_another_file(log: Path) -> None:
    log.write_text("a\nb\n")
    text = once(log)[-1].bookmark.text
    number = str(log.stat().st_ino)
    log.unlink()
    log.write_text("c\nd\ne\n")
    text = text.replace(number, str(log.stat().st_ino))

    assert words(once(log, text)) == "c d e"


def test_a_file_on_another_device_number_is_the_same_file(log: Path) -> None:
    log.write_text("a\nb\n")
    text = once(log)[-1].bookmark.text.replace(str(log.stat().st_dev), "4711")
    append(log, "c\n")()

    assert words(once(log, text)) == "c"


def test_a_text_that_is_no_bookmark_is_told_and_counts_as_none(log: Path, caplog: pytest.LogCaptureFixture) -> None:
    log.write_text("a\n")

    assert words(once(log, "what")) == "a"
    assert "this is no bookmark of files: 'what'; reading from the beginning" in caplog.text


def test_a_folder_is_read_in_natural_order(tmp_path: Path) -> None:
    for name in ("day-10.log", "day-9.log", "day-9.log.1", "day-9.log.2.gz", ".hidden", "x.tmp", "sub/day-1.log"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        text = f"{name}\n".encode()
        (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)

    assert words(once(tmp_path)) == "day-9.log.2.gz day-9.log.1 day-9.log day-10.log sub/day-1.log"


def test_files_of_a_folder_grow_side_by_side(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"

    assert words(follow(tmp_path, append(a, "1\n"), append(b, "2\nhalf"), append(a, "3\n"), append(b, "-4\n"))) == "1 2 3 half-4"


def test_equal_files_of_a_folder_are_two(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(LONG)
    (tmp_path / "b.json").write_text(LONG)

    assert len(words(once(tmp_path)).split()) == 2 * len(LONG.split())


def test_a_rest_without_line_end_counts_in_a_folder_after_a_while(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1\n2")

    assert words(follow(tmp_path, *[lambda: None] * 30)) == "1"
    assert words(follow(tmp_path, *[lambda: None] * 60)) == "1 2"


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret\n")
    (tmp_path / "feed").mkdir()
    (tmp_path / "feed" / "a").symlink_to(tmp_path / "secret")
    (tmp_path / "feed" / "b").write_text("b\n")

    assert words(once(tmp_path / "feed")) == "b"


def test_more_files_than_handles_are_read(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number}.log").write_text(f"{number}\n")
    before = handles()
    most = []

    found = words(follow(tmp_path, lambda: most.append(handles()), append(tmp_path / "7.log", "again\n")))

    assert found.split() == [*map(str, range(300)), "again"]
    assert most[0] - before < 80


def test_a_folder_that_is_away_for_a_while_is_not_read_again(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    folder.mkdir()
    for number in range(100):
        (folder / f"{number}.log").write_text(f"{number}\n")

    steps = (lambda: folder.rename(tmp_path / "away"), lambda: None, lambda: (tmp_path / "away").rename(folder))

    assert len(words(follow(folder, *steps, append(folder / "5.log", "again\n"))).split()) == 101


def test_a_broken_compressed_file_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.gz").write_bytes(b"no gzip at all")
    (tmp_path / "b").write_text("b\n")

    assert words(follow(tmp_path, lambda: None)) == "b"
    assert caplog.text.count("a.gz: it is no whole gzip file") == 1


def test_documents_of_other_frames_are_followed(log: Path) -> None:
    log.write_text('[{"a": 1},\n{"b"')

    chunks = follow(log, append(log, ": 2}\n,["), append(log, '"c"]'), frame="json")

    assert words(chunks) == '{"a": 1} {"b": 2} ["c"]'
    assert words(once(log, chunks[0].bookmark.text, "json")) == '{"b"\n: 2} ["c"]'.replace("\n", "")


def test_a_record_that_is_never_closed_is_handed_over_at_the_end(log: Path) -> None:
    log.write_text('{"a": 1}\n{"b"')

    last = once(log, frame="json")[-1].records[-1].data

    assert isinstance(last, Damaged)
    assert last.why == "it is never closed"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(ConfigurationError, match="no plain file and no folder; hand a pipe over as standard input"):
        once(tmp_path / "pipe")


def test_once_wants_something_to_read(log: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist; check the path"):
        once(log)


def test_files_are_given_back_when_nobody_reads_on(log: Path) -> None:
    log.write_text("a\n")

    async def stop() -> None:
        chunks = FileFeed("calls", log, "lines").chunks()
        await anext(aiter(chunks))
        await chunks.aclose()

    before = handles()
    asyncio.run(stop())

    assert handles() == before
