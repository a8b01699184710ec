"""One conversation found in feeds: which records are kept, what is named where there is none, and how it gets its names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.errors import InputError, UsageError
from reconciler.model.story import Story
from reconciler.pipeline import explain
from reconciler.settings import load

SETTINGS = "version: 1\nsource: {platform: asterisk, name: acme, time_zone: Asia/Tokyo}\n"
MANIFEST = """\
version: 1
users: [{key: a1, name: 山田 太郎, email: taro@example.com}]
queues: [{key: q-1, name: Billing}]
"""
LOG = """\
1795000005|call-1|Billing|NONE|ENTERQUEUE||+815000001|1
1795000009|call-1|Billing|SIP/1|CONNECT|4|c2|3
1795000060|call-1|Billing|SIP/1|COMPLETECALLER|4|51|1
1795000105|call-22|Billing|NONE|ENTERQUEUE||456|1
1795000135|other|Billing|NONE|ENTERQUEUE||456|1
"""
Told = Callable[..., Story]


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """Explains a conversation of a log in a repository of its own."""

    def tell(
        key: str = "call-1", text: str = LOG, *feeds: str, mapping: str = "", more: str = "", platform: str = "asterisk"
    ) -> Story:
        files = {
            "reconciler.yaml": SETTINGS.replace("asterisk", platform) + more,
            "queue_log": text,
            "mapping/mapping.yaml": mapping,
        }
        files |= {"manifests/all.yaml": MANIFEST}
        for name, content in files.items():
            if content:
                (tmp_path / name).parent.mkdir(exist_ok=True)
                (tmp_path / name).write_text(content, encoding="utf-8")
        names = feeds or (() if more else (str(tmp_path / "queue_log"),))
        return asyncio.run(explain.conversation(load(tmp_path), key, names))

    return tell


MAPPED = "version: 1\nagents: {SIP/1: a1}\n"


def test_only_its_own_records_are_told_with_their_places_and_words(told: Told) -> None:
    one = told()

    assert [entry.place.rpartition("/")[2] for entry in one.entries] == ["queue_log:1", "queue_log:2", "queue_log:3"]
    assert [entry.words for entry in one.entries] == LOG.splitlines()[:3]


def test_agents_and_queues_have_the_names_of_the_manifests(told: Told) -> None:
    one = told(mapping=MAPPED)

    assert [lane.called for lane in one.lanes] == ["+815000001", "Billing", "山田 太郎"]
    assert one.notes == ()


def test_somebody_unknown_has_their_native_name(told: Told) -> None:
    one = told()

    assert one.lanes[2].called == "SIP/1"
    assert one.notes == ("in no manifest: user/SIP/1; a run holds the conversation until they are applied",)


def test_feeds_of_the_settings_are_read_by_default(told: Told) -> None:
    assert len(told(more="runners: {interactions: {feeds: [queue_log]}}\n").entries) == 3


def test_without_any_feed_it_says_where_to_name_one(told: Told) -> None:
    with pytest.raises(UsageError, match=r"no feed: give --feed FILE, a folder, or - for standard input"):
        told(more="runners: {}\n")


def test_a_record_that_stands_twice_is_one_event_with_two_places(told: Told) -> None:
    one = told(text=LOG + LOG)

    assert [len(entry.again) for entry in one.entries] == [1, 1, 1]
    assert one.entries[0].again[0].endswith("queue_log:6")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("call-2", "ids that start alike: call-22, call-1"),
        ("CALL-22x", "ids that start alike: call-22, call-1"),
        ("nothing", "check the id, and which feeds are read"),
        ("Billing", "another conversation names it: reconciler explain conversation call-1"),
    ],
)
def test_an_unknown_id_is_answered_with_ids_that_are_like_it(told: Told, key: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        told(key)

    assert f"conversation/{key}: no feed tells of it (5 records read)" in str(raised.value)


def test_of_many_ids_that_start_alike_few_are_kept(told: Told) -> None:
    text = "".join(f"1795000005|call-{number:03d}|Billing|NONE|ENTERQUEUE||1|1\n" for number in range(200))

    with pytest.raises(InputError, match="start alike: call-19") as raised:
        told("call-19x", text)

    assert str(raised.value).count("call-1") == 1 + explain.NEAR


def test_a_record_that_names_it_and_cannot_be_read_is_told_apart(told: Told) -> None:
    one = told(text=LOG + "yesterday|call-1|Billing|SIP/1|CONNECT|4|c2|3\nyesterday|other|Billing|SIP/1|CONNECT|4|c2|3\n")

    (unread,) = one.unread
    assert unread.place.endswith("queue_log:6")
    assert "yesterday" in unread.why


def test_nothing_is_written(told: Told, tmp_path: Path) -> None:
    told()

    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert {one for one in left if not one.startswith(".reconciler/cache")} == {
        "reconciler.yaml",
        "queue_log",
        "manifests/all.yaml",
    }


def test_masks_of_the_mapping_count(told: Told) -> None:
    one = told(mapping=MAPPED + "interactions: {mask: {numbers: all}}\n")

    assert "+815000001" not in repr(one)


def test_an_address_cannot_be_asked_for_what_was(told: Told) -> None:
    with pytest.raises(UsageError, match=r"^feed https://finesse\.test/Dialogs: .*; give --feed FILE") as error:
        told("call-1", LOG, "https://joe:hunter2@finesse.test/Dialogs?key=hunter2")

    assert "hunter2" not in str(error.value)


def test_a_record_of_several_lines_is_one(told: Told) -> None:
    mapping = "version: 1\n"
    text = "@08:00:01 [0] message EventQueued\n\tAttributeThisDN 'VQ'\n\tAttributeConnID 7\n\tAttributeCallType 2\n"
    text += "\tAttributeTimeinSecs 1795000005\n@08:00:02 [0] message EventTimerTick\n"

    one = told("7", text, mapping=mapping, platform="genesys-engage")

    assert [(entry.place.rpartition(":")[2], entry.words) for entry in one.entries] == [
        ("1", " ".join(text.split()[: text.split().index("1795000005") + 1]))
    ]
