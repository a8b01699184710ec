"""Calls of Finesse: what dialogs tell, state by state, and what they cannot make us say."""

from __future__ import annotations

import html
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources.cisco.stories import COME, START, STORIES, TALK, documents, time
from sources.telling import Line, read_all

from reconciler.model.interaction import Act
from reconciler.sources.cisco.calls import CALLS

ANSWERED = "answered, held, and the caller hangs up"


def line(state: str = "") -> Line:
    return Line(CALLS, START, state=state)


@pytest.mark.parametrize("name", STORIES)
def test_a_call_reads_as_a_review(name: str) -> None:
    one = line()

    told = one.told(*documents(STORIES[name][0]))

    assert told + "\n" == STORIES[name][1]
    assert one.is_settled()
    assert list(one.conversations) == ["7"]
    assert one.over == {"7"}
    assert one.read.odd == {}


@pytest.mark.parametrize("name", STORIES)
def test_whatever_comes_twice_is_told_once(name: str) -> None:
    whole = documents(STORIES[name][0])

    assert line().told(*(twice for one in whole for twice in (one, one))) + "\n" == STORIES[name][1]


@pytest.mark.parametrize("name", STORIES)
def test_a_call_that_is_cut_off_can_be_closed(name: str) -> None:
    whole = documents(STORIES[name][0])
    for count in range(1, len(whole)):
        one = line()
        one.told(*whole[:count])
        one.close()
        assert one.is_settled()


@pytest.mark.parametrize("name", STORIES)
def test_a_call_is_told_the_same_from_any_number_of_runs(name: str) -> None:
    one, told = line(), []
    for record in documents(STORIES[name][0]):
        again = line(one.read.state)
        again.memories, again.conversations = one.memories, one.conversations
        told += again.tell(*again.events(record))
        one = again

    assert "\n".join(told) + "\n" == STORIES[name][1]


def test_every_user_of_a_dialog_says_the_same() -> None:
    ann, bob = documents("ann PUT 7 5001:talk:0 5002:talk:0\nbob PUT 7 5001:talk:0 5002:talk:0")

    assert len(line().events(ann, bob, ann)) == 1


def test_a_state_that_is_older_than_what_is_known_changes_nothing() -> None:
    one = line()
    one.told(*documents(f"{COME}\nann PUT 7 +4930111:talk:0 5001:hold:20 queue=Billing"))

    assert one.told(*documents("bob PUT 7 +4930111:talk:0 5001:talk:9 queue=Billing")) == ""


def test_an_id_that_comes_again_later_is_another_call() -> None:
    (again,) = documents("ann POST 7 +4930333:talk:900 5001:ring:900")
    one = line()
    one.told(*documents(STORIES[ANSWERED][0]), again.replace(time(0), time(900)))

    assert list(one.conversations) == ["7", "7@2026-03-02T08:15:00.000Z"]


def test_an_extension_is_whose_it_is_said_to_be() -> None:
    user = "<Users><User><loginId>bob</loginId><extension>5002</extension></User></Users>"
    story = "ann POST 7 5001:dial:0 5002:ring:1 call=AGENT_INSIDE from=5001"

    assert "agent=bob" in line().told(user, *documents(story))


def test_an_extension_that_nobody_is_known_to_have_names_the_agent() -> None:
    assert "agent=5001" in line().told(*documents("- - 7 +4930111:talk:0 5001:talk:3"))


def test_a_call_that_is_polled_for_the_first_time_in_its_middle_begins_there() -> None:
    assert line().told(*documents("- - 7 +4930111:talk:0 5001:hold:33 queue=Billing")).splitlines() == [
        "0 X open customer ani=+4930111 dnis=+4930222",
        "0 Q1 open queue queue=Billing invited_by=X",
        "33 A1 open agent agent=5001 no-alerting invited_by=Q1",
        "33 Q1 close how=transfer",
        "33 A1 hold held",
    ]


def test_a_dialog_that_is_deleted_without_a_word_is_over() -> None:
    one = line()
    one.told(*documents(COME), "<Update><data/><event>DELETE</event><source>/finesse/api/Dialog/7</source></Update>")

    assert one.is_settled()
    assert one.over == {"7"}


def test_a_dialog_that_is_removed_without_a_word_is_over_for_its_agent() -> None:
    told = line().told(*documents(f"{COME}\nann DELETE 7"))

    assert told.splitlines()[-1] == "9 A1 close how=transfer"


def test_dialogs_as_others_print_them_say_nothing_of_anybody(samples: Any) -> None:
    one = line()

    assert one.events(*samples("cisco/finesse/dialogs-get-response.xml"), *samples("cisco/finesse/user-talking.xml")) == []
    assert one.read.odd == {"a dialog without participants": 1}


def test_who_listens_in_is_no_leg() -> None:
    assert line().told(*documents("eve POST 9 5009:talk:3 5001:talk:3 call=SUPERVISOR_MONITOR from=5009")) == ""


def wrapped(text: str) -> str:
    inner = html.escape(text)
    items = f"<items><item><notification>{inner}</notification></item></items>"
    return f'<message xmlns="jabber:client"><event xmlns="x">{items}</event></message>'


def test_a_notification_may_stand_as_text_in_its_stanza() -> None:
    assert line().told(*map(wrapped, documents(STORIES[ANSWERED][0]))) + "\n" == STORIES[ANSWERED][1]


def test_what_is_no_call_is_counted() -> None:
    one = line()
    (chat,) = documents("ann POST 7 5001:talk:3")

    assert one.events(chat.replace(">Voice<", ">Cisco_Chat_MRD<"), "<User><loginId>ann</loginId></User>") == []
    assert one.read.odd == {"a dialog of cisco_chat_mrd": 1}


def test_what_is_remembered_of_a_call_does_not_grow_with_what_comes_again() -> None:
    one = line()
    story = COME + "ann PUT 7 +4930111:out:60 5001:work:61 state=DROPPED"
    one.told(*documents(story))
    size = len(repr(one.memories))

    one.told(*(document for code in "abcdefgh" for document in documents(f"{story} code={code}")))

    assert len(repr(one.memories)) < size + 50


DIALOG = documents("ann POST 7 +4930111:talk:0 5001:ring:0")[0]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("no XML", "not XML"),
        ("<!DOCTYPE a><a/>", "document type"),
        ("<ApiErrors><ApiError><ErrorType>x</ErrorType></ApiError></ApiErrors>", "an error instead of an answer"),
        (DIALOG.replace("<id>7</id>", ""), "a dialog without an id: ''"),
        (DIALOG.replace("<id>7</id>", "<id>*</id>"), r"a dialog without an id: '\*'"),
        (DIALOG.replace("<id>7</id>", f"<id>{'7' * 200}</id>"), "a dialog without an id"),
        (DIALOG.replace("5001", ""), "a participant without mediaAddress or state"),
        (DIALOG.replace(">ALERTING<", "><"), "a participant without mediaAddress or state"),
        (DIALOG.replace(time(0), "soon"), "no time: 'soon'"),
        (DIALOG.replace(time(0), "9999999"), "no time"),
        (DIALOG.replace(time(0), ""), "no time: expected stateChangeTime"),
        (DIALOG.replace("<participants>", "<participants>" + "<Participant/>" * 60), "more than 50 participants"),
        (wrapped(wrapped(wrapped(wrapped(wrapped(DIALOG))))), "documents inside documents"),
    ],
)
def test_a_document_that_cannot_be_is_refused_with_what_is_wrong(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        line().events(text)


def test_signs_that_cannot_be_printed_are_left_out() -> None:
    (dialog,) = documents("ann POST 7 +4930111:talk:0 5001:ring:0 queue=Bil\u200bling")

    assert "queue=Billing" in line().told(dialog)


def test_a_call_begins_as_it_reaches_the_agent() -> None:
    assert line().told(*documents(COME)) + "\n" == TALK


def test_the_card_says_what_the_feed_does_not_tell() -> None:
    assert (CALLS.platform, CALLS.family) == ("cisco", "state")
    assert {Act.AUDIO, Act.SENT, Act.RECORDED} & CALLS.sees == set()


# ── disorder ─────────────────────────────────────────────────────────────────────────────────────────────────────────

ALL = [record.encode() for story, _ in STORIES.values() for record in documents(story)]


@given(st.lists(st.sampled_from(ALL), max_size=25))
def test_any_documents_in_any_order_are_told_legally(found: list[bytes]) -> None:
    one = line()
    one.tell(*read_all(one, found))
    one.close()

    assert all(call.is_settled for call in one.conversations.values() if call.legs)


@given(st.sampled_from(sorted(STORIES)), st.data())
def test_a_call_with_documents_lost_doubled_and_late_is_told_legally(name: str, data: st.DataObject) -> None:
    whole = [record.encode() for record in documents(STORIES[name][0])]
    found = data.draw(st.lists(st.sampled_from(whole), max_size=2 * len(whole)))
    one = line()
    one.tell(*sorted(read_all(one, found), key=lambda event: event.at))
    one.close()

    assert all(call.is_settled for call in one.conversations.values() if call.legs)


SEAT = st.builds(
    "{}:{}:{}".format,
    st.sampled_from(("+4930111", "+4930222", "5001", "5002", "5003")),
    st.sampled_from(("ring", "talk", "hold", "out", "work", "dial", "fail")),
    st.integers(0, 99),
)
WORDS = st.sampled_from(
    ("call=OUT", "call=AGENT_INSIDE", "call=CONSULT", "of=7", "took=8", "state=DROPPED", "queue=Q", "from=5001", "code=S")
)


@given(st.lists(st.tuples(st.sampled_from("78"), st.lists(SEAT, max_size=4), st.lists(WORDS, max_size=3)), max_size=12))
def test_whatever_dialogs_there_may_be_they_are_told_legally(dialogs: list[tuple[str, list[str], list[str]]]) -> None:
    one: Any = line()
    found = [" ".join(["ann", "PUT", number, *seats, *words]) for number, seats, words in dialogs]
    one.tell(*read_all(one, [record.encode() for text in found for record in documents(text)]))
    one.close()

    assert all(call.is_settled for call in one.conversations.values() if call.legs)
