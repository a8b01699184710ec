"""Contents that were sent, and files that were examined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reconciler.ledger.sql import SqlLedger
from reconciler.model.recorded import Stage, Stored, Upload

Opened = Callable[..., SqlLedger]
ONE = Upload(
    "d" * 64, "a/1.wav", "C1", "11111111-0000-4000-8000-000000000001", "x.wav", 5_000_000_000, 1.5, Stage.SENT, 1_700_000_000_000
)
FILE = Stored("a/1.wav", 5, 7)


def test_what_was_sent_is_known_by_its_content(opened: Opened) -> None:
    opened().recordings.note([ONE])

    assert opened().recordings.all() == {ONE.digest: ONE}


def test_the_newest_word_on_a_content_counts(opened: Opened) -> None:
    ledger = opened()
    ledger.recordings.note([ONE])
    later = replace(ONE, stage=Stage.ATTACHED, key="k", note="12.0 s are 11.0 s there")

    ledger.recordings.note([later])

    assert opened().recordings.all() == {ONE.digest: later}


def test_names_that_are_no_text_come_back(opened: Opened) -> None:
    odd = replace(ONE, name=b"\xff\xfe\n.wav".decode(errors="surrogateescape"), conversation="録音")

    opened().recordings.note([odd])

    assert opened().recordings.all()[odd.digest] == odd


def test_another_source_has_its_own(opened: Opened) -> None:
    opened().recordings.note([ONE])

    assert opened(source="other").recordings.all() == {}


def test_a_file_is_known_while_size_and_time_are_the_same(opened: Opened) -> None:
    opened().recordings.keep({FILE: b"{}"})
    ledger = opened()

    assert ledger.recordings.seen([FILE]) == {"a/1.wav": b"{}"}
    assert ledger.recordings.seen([replace(FILE, size=6)]) == {}
    assert ledger.recordings.seen([replace(FILE, changed=8)]) == {}


def test_more_files_than_fit_into_a_statement_are_known(opened: Opened) -> None:
    many = {Stored(f"{number}.wav", 1, 1): b"x" for number in range(1_201)}
    ledger = opened()
    ledger.recordings.keep(many)

    assert len(ledger.recordings.seen(list(many))) == 1_201


def test_nothing_to_note_is_no_commit(opened: Opened) -> None:
    ledger = opened()
    ledger.recordings.note([])
    ledger.recordings.keep({})

    assert ledger.recordings.all() == {}
