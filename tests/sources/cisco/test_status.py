"""Users of Finesse: from XML in every wrapping to neutral states, and lists that show who is gone."""

import html
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.event import Event
from reconciler.model.mapping import Mapping
from reconciler.model.moment import Clock
from reconciler.sources.cisco.status import STATUS


def user(state: str, reason: str = "", *, at: int | None = 0, number: str = "1001", pending: str = "", more: str = "") -> str:
    time = "" if at is None else f"2026-03-02T08:{at // 60:02d}:{at % 60:02d}.000Z"
    return (
        f"<User><loginId>{number}</loginId><extension>5{number}</extension><pendingState>{pending}</pendingState>"
        f"<reasonCodeId>{reason}</reasonCodeId>{more}<state>{state}</state><stateChangeTime>{time}</stateChangeTime>"
        f"<uri>/finesse/api/User/{number}</uri></User>"
    )


def update(inner: str, source: str = "/finesse/api/User/1001", event: str = "PUT") -> str:
    return f"<Update><data>{inner}</data><event>{event}</event><requestId/><source>{source}</source></Update>"


def dialog(call: str, state: str = "ACTIVE", number: str = "7", *, event: str = "POST", at: int = 0) -> str:
    inner = (
        f"<dialogs><Dialog><id>{number}</id><mediaProperties><callType>{call}</callType></mediaProperties><state>{state}</state>"
        f"<participants><Participant><stateChangeTime>2026-03-02T08:00:{at:02d}.500Z</stateChangeTime></Participant></participants>"
        "</Dialog></dialogs>"
    )
    return update(inner, "/finesse/api/User/1001/Dialogs", event)


def reason(code: str, label: str = "x") -> str:
    return f"<reasonCode><category>NOT_READY</category><code>{code}</code><id>49</id><label>{label}</label></reasonCode>"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (user("LOGOUT", "5"), "off"),
        (user("NOT_READY", "49"), "not_ready(49)"),
        (user("NOT_READY", "-1"), "not_ready"),
        (user("NOT_READY", ""), "not_ready"),
        (user("NOT_READY", "", more=reason("27", "Lunch")), "not_ready(49 Lunch)"),
        (user("NOT_READY", "49", more=reason("32763")), "ready+refused"),
        (user("NOT_READY", "49", more=reason("32767", "Call Not Answered")), "ready+refused"),
        (user("NOT_READY", "49", more=reason("32767", "Agent Relogon")), "not_ready(49 Agent Relogon)"),
        (user("READY", "49"), "ready"),
        (user("RESERVED"), "ready+offered"),
        (user("RESERVED_OUTBOUND"), "ready+offered"),
        (user("RESERVED_OUTBOUND_PREVIEW"), "ready+offered"),
        (user("TALKING", "49"), "ready+routed"),
        (user("HOLD"), "ready+routed"),
        (user("WORK"), "not_ready+after_work"),
        (user("WORK_READY"), "ready+after_work"),
        (user("ASLEEP"), "unknown=ASLEEP"),
    ],
)
def test_the_state_follows_from_the_whole_user(feed: Any, text: str, word: str) -> None:
    assert feed("cisco").after(text) == word


def test_what_follows_the_call_changes_nothing(feed: Any) -> None:
    one = feed("cisco")

    assert one.after(user("TALKING", "-1", pending="NOT_READY")) == "ready+routed"
    assert one.card.agent(one.known["1001"]).pending == "NOT_READY"


NAMESPACED = user("READY").replace("<User>", '<u:User xmlns:u="http://cisco/f" xmlns="http://x">').replace("</User>", "</u:User>")
STANZA = '<message xmlns="jabber:client"><event xmlns="http://jabber.org/protocol/pubsub#event"><items><item>{}</item></items></event></message>'
NOTIFICATION = '<notification xmlns="http://jabber.org/protocol/pubsub">{}</notification>'


@pytest.mark.parametrize(
    "text",
    [
        user("READY"),
        '<?xml version="1.0" encoding="UTF-8"?>\n' + user("READY"),
        NAMESPACED,
        update(user("READY")),
        update(user("READY").replace("User>", "user>")),
        STANZA.format(NOTIFICATION.format(update(user("READY")))),
        STANZA.format(NOTIFICATION.format(html.escape(update(user("READY"))))),
        f"<Users>{user('READY')}</Users>",
        f"<Team><id>1</id><users>{user('READY')}</users></Team>",
        user("READY").replace("<loginId>1001</loginId>", ""),
    ],
)
def test_a_user_is_found_in_every_wrapping(feed: Any, text: str) -> None:
    one = feed("cisco")

    assert one.tell(text) == ["1001 ready"]
    assert (one.events[0].at, one.events[0].id, one.read.odd) == (1_772_438_400_000, "", {})


# ── dialogs ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("records", "word"),
    [
        ([user("READY"), dialog("ACD_IN"), user("TALKING", at=1)], "ready+routed"),
        ([user("READY"), user("TALKING"), dialog("OUTBOUND_PREVIEW")], "ready+routed"),
        ([user("READY"), user("TALKING"), dialog("TRANSFER")], "ready+routed"),
        ([user("READY"), user("TALKING", at=1), dialog("OUT")], "ready+own"),
        ([user("READY"), user("TALKING", at=1), dialog("OUT"), user("HOLD", at=2)], "ready+own"),
        ([user("READY"), user("TALKING", at=1), dialog("OUT", event="DELETE")], "ready+routed"),
        ([user("READY"), user("TALKING", at=1), dialog("OUT"), dialog("OUT", "DROPPED")], "ready+routed"),
        ([user("READY"), user("TALKING", at=1), dialog("OUT"), dialog("ACD_IN", number="8")], "ready+own+routed"),
        ([user("NOT_READY", "49"), user("TALKING", at=1), dialog("AGENT_INSIDE")], "not_ready(49)+own"),
        ([user("NOT_READY", "49"), dialog("OUT")], "not_ready(49)+own"),
        ([user("NOT_READY", "", more=reason("27", "Lunch")), user("TALKING", at=1), dialog("OUT")], "not_ready(49 Lunch)+own"),
        ([user("NOT_READY", "49"), dialog("ACD_IN")], "not_ready(49)"),
        ([user("NOT_READY", "49"), dialog("OUT"), user("READY", at=1), user("NOT_READY", "49", at=2)], "not_ready(49)"),
        ([user("NOT_READY", "49"), dialog("OUT"), user("LOGOUT", at=1)], "off"),
    ],
)
def test_a_dialog_says_whose_call_it_is(feed: Any, records: list[str], word: str) -> None:
    assert feed("cisco").after(*records) == word


def test_a_dialog_of_somebody_unknown_waits_for_their_state(feed: Any) -> None:
    one = feed("cisco")

    assert one.tell(dialog("OUT")) == []
    assert one.read.odd == {"a dialog of a user not known yet": 1}


# ── what has changed ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_equal_to_the_last_gives_no_event(feed: Any) -> None:
    one = feed("cisco")

    assert one.tell(user("READY"), user("READY"), update(user("READY"))) == ["1001 ready"]


def test_what_is_older_than_the_last_gives_no_event(feed: Any) -> None:
    one = feed("cisco")

    assert one.tell(user("READY", at=9), user("NOT_READY", at=5)) == ["1001 ready"]
    assert one.read.odd == {"a user older than what is known": 1}


@pytest.mark.parametrize("state", ["LOGIN", "UNKNOWN"])
def test_a_state_that_says_nothing_keeps_the_last(feed: Any, state: str) -> None:
    one = feed("cisco")

    assert one.tell(user("READY"), user(state, at=1)) == ["1001 ready"]
    assert one.read.odd == {f"state {state}": 1}


def test_a_change_without_a_new_time_is_told_when_it_was_seen(feed: Any) -> None:
    one = feed("cisco")
    one.tell(user("TALKING"), user("READY", at=60, number="2"), user("TALKING", pending="NOT_READY"))

    assert [event.at - one.events[0].at for event in one.events] == [0, 60_000, 60_000]


def test_who_is_missing_from_a_full_list_is_gone(feed: Any) -> None:
    one = feed("cisco")
    one.tell(f"<Users>{user('READY')}{user('READY', number='2', at=30)}</Users>")

    assert one.tell(f"<Users>{user('READY', number='2', at=30)}</Users>") == ["1001 gone"]
    assert one.events[-1].at == 1_772_438_430_000
    assert one.tell("<Users></Users>") == ["2 gone"]
    assert one.tell("<Users></Users>") == []
    assert one.tell(f"<Users>{user('READY')}</Users>") == ["1001 ready"]


def test_who_was_only_notified_of_is_not_missing_from_a_list(feed: Any) -> None:
    one = feed("cisco")

    assert one.tell(user("READY"), f"<Users>{user('READY', number='2')}</Users>", "<Users/>") == [
        "1001 ready",
        "2 ready",
        "2 gone",
    ]


def test_lists_of_changes_tell_of_nobody_who_is_missing(feed: Any) -> None:
    one = feed("cisco", {"status": {"only_changes": True}})

    assert one.tell(f"<Users>{user('READY')}</Users>", "<Users/>") == ["1001 ready"]


def test_a_deleted_user_is_gone(feed: Any) -> None:
    one = feed("cisco")

    assert one.tell(user("READY"), update("", event="DELETE")) == ["1001 ready", "1001 gone"]


def test_users_without_a_time_are_told_with_the_latest_known(feed: Any) -> None:
    one = feed("cisco")
    one.tell(f"<Users>{user('LOGOUT', at=None)}{user('READY', at=5, number='2')}</Users>")

    assert [(event.key, event.at) for event in one.events] == [("1001", 1_772_438_405_000), ("2", 1_772_438_405_000)]


def test_a_later_run_knows_the_latest_time(feed: Any) -> None:
    first = feed("cisco")
    first.tell(user("READY", at=9))
    later = feed("cisco", state=first.read.state)
    later.tell(user("LOGOUT", at=None, number="2"))

    assert later.events[0].at == first.events[0].at


def test_a_later_run_knows_what_was_told(feed: Any) -> None:
    first = feed("cisco")
    first.tell(f"<Users>{user('READY')}{user('READY', number='2')}</Users>")
    later = feed("cisco", state=first.read.state)

    assert later.tell(f"<Users>{user('READY')}</Users>") == ["2 gone"]


# ── what is wrong ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["<Dialogs><Dialog><id>1</id></Dialog></Dialogs>", "<ReasonCodes/>", update("<queue/>", "/x")])
def test_documents_about_no_agent_give_no_events(feed: Any, text: str) -> None:
    one = feed("cisco")

    assert one.tell(text) == []
    assert one.read.odd == {}


def test_unknown_documents_are_counted(feed: Any) -> None:
    one = feed("cisco")

    assert one.tell("<Weather/>", "<Weather/>") == []
    assert one.read.odd == {"document Weather": 2}


NESTED = "<n/>"
for _ in range(6):
    NESTED = f"<n>{html.escape(NESTED)}</n>"
LAUGHS = (
    '<!DOCTYPE U [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><User><loginId>&b;</loginId><state>READY</state></User>'
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not XML"),
        ("{}", "not XML"),
        ("<User>", "not XML"),
        (LAUGHS, "document type or entity"),
        ("<a>" * 200_000, "nested deeper"),
        ("<ApiErrors><ApiError><ErrorType>Unauthorized</ErrorType></ApiError></ApiErrors>", "an error instead.*Unauthorized"),
        ("<User><state>READY</state></User>", "a user without loginId"),
        (user("READY", number="&#7;1"), "not XML"),
        (user("READY", number="1" * 201), "a user without loginId"),
        (user(""), "user 1001 without a state"),
        (user("READY", at=None), "no time: expected stateChangeTime"),
        (user("READY").replace("2026-03", "2026-13"), "no time: '2026-13"),
        (NESTED, "documents inside documents"),
    ],
)
def test_a_document_that_is_none_is_refused_with_a_reason(feed: Any, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        feed("cisco").tell(text)


def test_a_user_of_a_list_who_is_not_understood_hinders_no_others(feed: Any) -> None:
    one = feed("cisco")
    one.tell(f"<Users>{user('LOGOUT', number='3')}</Users>")

    assert one.tell(f"<Users>{user('', number='2')}{user('READY')}</Users>") == ["1001 ready"]
    assert one.read.odd == {"user 2 without a state; expected such as READY": 1}


def test_a_document_that_is_refused_leaves_nothing_behind(feed: Any) -> None:
    one = feed("cisco")
    with pytest.raises(ValueError, match="no time"):
        one.tell(f"<x>{update(user('READY'))}{dialog('OUT').replace('2026-', 'x')}</x>")

    assert one.tell(user("READY")) == ["1001 ready"]


@pytest.mark.long
def test_a_huge_document_is_refused_or_read_within_bounds(feed: Any) -> None:
    one = feed("cisco")

    assert len(one.tell("<Users>" + "".join(user("READY", number=str(at)) for at in range(20_000)) + "</Users>")) == 20_000


@given(st.text(alphabet="<>/Usera&; ='", max_size=60))
def test_no_document_does_more_than_be_refused(text: str) -> None:
    try:
        events = STATUS.open(Mapping(), Clock(), "")(text.encode())
    except ValueError:
        return
    assert all(isinstance(event, Event) for event in events)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("user-talking.xml", "215194 ready+routed"),
        ("user-not-ready-lunch.xml", "215194 not_ready(49 Lunch)"),
        ("user-update-logout.notification.xml", "215194 off"),
    ],
)
def test_users_as_others_print_them_are_read(feed: Any, samples: Any, name: str, said: str) -> None:
    assert feed("cisco").tell(*samples(f"cisco/finesse/{name}")) == [said]


@pytest.mark.parametrize("name", ["reason-codes-not-ready.xml", "dialogs-get-response.xml"])
def test_other_documents_as_others_print_them_say_nothing(feed: Any, samples: Any, name: str) -> None:
    one = feed("cisco")

    assert one.tell(*samples(f"cisco/finesse/{name}")) == []
    assert one.read.odd == {}
