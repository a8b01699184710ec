"""Conversations over the analytics operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from emulator.calls import Call, Floor

    Refused = Callable[[httpx.Response], tuple[int, str]]

QUERY = "/analytics/conversations/details/query"
UNKNOWN = "00000000-0000-4000-8000-ffffffffffff"
DAY = 86_400
# The clock of tests starts at 20:26:40 UTC.
MIDNIGHT = 12_800


def ask(floor: Floor, begin: float = 0, end: float = 3600, **more: Any) -> Any:
    return floor.org("POST", QUERY, {"interval": f"{floor.desk.iso(begin)}/{floor.desk.iso(end)}"} | more)


def found(floor: Floor, begin: float = 0, end: float = 3600, **more: Any) -> list[str]:
    """The ids of the conversations found."""
    answer = ask(floor, begin, end, **more)
    assert answer.status_code == 200, answer.text
    return [one["conversationId"] for one in answer.json()["conversations"]]


def only(dimension: str, *values: str, kind: str = "or") -> list[dict[str, Any]]:
    return [{"type": kind, "predicates": [{"dimension": dimension, "value": one} for one in values]}]


def details(call: Call) -> dict[str, Any]:
    answer = call.floor.org("GET", f"/analytics/conversations/{call.id}/details")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def sessions(call: Call) -> dict[str, dict[str, Any]]:
    """The sessions by the purpose of their participants."""
    return {one["purpose"]: one["sessions"][0] for one in details(call)["participants"]}


# ── how a conversation is shown ──────────────────────────────────────────────


def test_a_whole_call_is_told_in_segments(floor: Floor) -> None:
    call, iso = floor.call(), floor.desk.iso
    floor.send(call.external(ani="+49", dnis="+1", source={"tagId": "T-1"}), *call.whole()[1:])

    assert {name: value for name, value in details(call).items() if name != "participants"} == {
        "conversationId": call.id,
        "conversationStart": iso(1),
        "conversationEnd": iso(8),
        "divisionIds": [floor.org.home],
        "externalTag": "T-1",
        "originatingDirection": "inbound",
    }
    shared = {"queueId": floor.queue, "conference": False}
    assert sessions(call)["agent"] == {
        "sessionId": call.leg("A"),
        "mediaType": "voice",
        "direction": "inbound",
        "peerId": call.leg("Q"),
        "provider": "ACME",
        "recording": False,
        "segments": [
            {"segmentType": "alert", "segmentStart": iso(4), "segmentEnd": iso(5)} | shared,
            {"segmentType": "interact", "segmentStart": iso(5), "segmentEnd": iso(8), "disconnectType": "peer"} | shared,
            {"segmentType": "wrapup", "segmentStart": iso(8), "segmentEnd": iso(9), "wrapUpCode": floor.code} | shared,
        ],
    }
    assert [(one["purpose"], one.get("participantName"), one.get("userId")) for one in details(call)["participants"]] == [
        ("customer", None, None),
        ("acd", "Billing", None),
        ("agent", "Ada", floor.user),
    ]
    assert [sessions(call)["customer"][name] for name in ("ani", "dnis")] == ["+49", "+1"]


def test_what_still_lasts_has_no_end(floor: Floor) -> None:
    call = floor.call()
    floor.send(*call.answered())

    shown, segment = details(call), sessions(call)["agent"]["segments"][-1]

    assert ("conversationEnd" in shown, "segmentEnd" in segment, "disconnectType" in segment) == (False, False, False)


def test_work_that_is_due_is_a_segment_without_an_end(floor: Floor) -> None:
    call = floor.call()
    floor.send(call.external(), call.routing(), call.user(afterCallWorkRequired=True), call.answer(), call.end("A", "Self"))

    before, last = sessions(call)["agent"]["segments"][-2:]

    assert (before["disconnectType"], last["segmentType"], "segmentEnd" in last, "disconnectType" in last) == (
        *("client", "wrapup"),
        *(False, False),
    )


def test_a_skipped_disposition_is_marked(floor: Floor) -> None:
    call = floor.call()
    floor.send(*call.whole()[:-1], call.dispose("A", None))

    agent = sessions(call)["agent"]

    assert (agent["acwSkipped"], "wrapUpCode" in agent["segments"][-1]) == (True, False)


def test_notes_and_tags_stand_with_the_code(floor: Floor) -> None:
    call = floor.call()
    floor.send(*call.whole()[:-1], call.dispose("A", notes="Bought two", tags=["vip"]))

    last = sessions(call)["agent"]["segments"][-1]

    assert (last["wrapUpCode"], last["wrapUpNote"], last["wrapUpTags"]) == (floor.code, "Bought two", ["vip"])


def test_a_merge_names_the_other_conversation(floor: Floor) -> None:
    call, other = floor.call(), floor.call("other")
    floor.send(*call.answered(), call.end("X", "TransferConference", destinationConversationId=other.id))

    last = sessions(call)["customer"]["segments"][-1]

    assert (last["disconnectType"], last["destinationConversationId"]) == ("conferenceTransfer", other.id)


def test_routing_says_what_it_asked_for(floor: Floor) -> None:
    skill, language = floor.org.skill(), floor.org.language()
    call = floor.call()
    floor.send(call.external(), call.ivr(ivrName="Menu"), call.routing(skillIds=[skill], languageId=language))

    queue = sessions(call)["acd"]["segments"][0]

    assert (queue["requestedRoutingSkillIds"], queue["requestedLanguageId"]) == ([skill], language)
    assert sessions(call)["ivr"]["segments"][0]["segmentType"] == "ivr"


def test_an_email_shows_its_addresses(floor: Floor) -> None:
    mail = floor.email()
    floor.send(mail.external(start={"inbound": True, "subject": "Broken", "cc": ["a@example.com"]}))

    session = sessions(mail)["customer"]

    assert (session["mediaType"], session["addressFrom"], session["addressTo"], session["cc"]) == (
        *("email", "eve@example.net"),
        *("help@example.com", ["a@example.com"]),
    )
    assert (session["segments"][0]["subject"], "recording" in session) == ("Broken", False)


# ── by id ────────────────────────────────────────────────────────────────────


def test_several_are_read_by_their_ids(floor: Floor) -> None:
    one, two = floor.call("one"), floor.call("two")
    floor.send(one.external(), two.external())

    shown = floor.org("GET", "/analytics/conversations/details", id=f"{two.id},{UNKNOWN},{one.id}").json()["conversations"]

    assert [each["conversationId"] for each in shown] == [two.id, one.id]
    assert floor.org("GET", "/analytics/conversations/details").json() == {"conversations": []}


def test_one_that_does_not_exist_is_not_found(floor: Floor, refused: Refused) -> None:
    assert refused(floor.org("GET", f"/analytics/conversations/{UNKNOWN}/details")) == (404, "not.found")


def test_analytics_may_be_later_than_the_conversation_itself(floor: Floor) -> None:
    floor.org.turn(conversation_details_lag=60.0)
    call = floor.call()
    floor.send(call.external())

    def seen() -> tuple[int, int, list[str], list[Any]]:
        several = floor.org("GET", "/analytics/conversations/details", id=call.id).json()["conversations"]
        one = floor.org("GET", f"/analytics/conversations/{call.id}/details").status_code
        return floor.org("GET", f"/conversations/{call.id}").status_code, one, found(floor), [len(several)]

    before = seen()
    floor.org.now += 60

    assert (before, seen()) == ((200, 404, [], [0]), (200, 200, [call.id], [1]))


# ── by query ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("switch", "begin", "end", "expected"),
    [
        ("touched", 0, 10, False),
        ("touched", 0, 10.001, True),
        ("touched", 15, 20, True),
        ("touched", 30, 40, True),
        ("touched", 30.001, 40, False),
        ("touched", MIDNIGHT, MIDNIGHT + 60, False),
        ("started", 0, 10, False),
        ("started", 10, 11, True),
        ("started", 15, 20, False),
    ],
)
def test_an_interval_takes_in_what_overlaps_it_or_begins_in_it(
    floor: Floor, switch: str, begin: float, end: float, *, expected: bool
) -> None:
    floor.org.turn(conversation_interval=switch)
    call = floor.call()
    floor.send(call.external(at=10), call.end("X", at=30))

    assert found(floor, begin, end) == [call.id] * expected


def test_a_conversation_over_midnight_belongs_to_the_day_it_began(floor: Floor) -> None:
    call = floor.call()
    floor.send(call.external(at=MIDNIGHT - 60), call.end("X", at=MIDNIGHT + 60))

    assert found(floor, MIDNIGHT, MIDNIGHT + 3600) == []
    assert found(floor, MIDNIGHT - 1, MIDNIGHT + 3600) == [call.id]


def test_an_open_conversation_lasts(floor: Floor) -> None:
    call = floor.call()
    floor.send(call.external())

    assert found(floor, 3600, 7200) == [call.id]


FILTERS: list[tuple[str, str, Callable[[Floor], str], list[str]]] = [
    ("conversationFilters", "conversationId", lambda floor: floor.call("one").id, ["one"]),
    ("conversationFilters", "conversationId", lambda _: UNKNOWN, []),
    ("conversationFilters", "externalTag", lambda _: "T-2", ["two"]),
    ("conversationFilters", "originatingDirection", lambda _: "outbound", ["two"]),
    ("conversationFilters", "divisionId", lambda floor: floor.org.home, ["one", "two", "mail"]),
    ("segmentFilters", "mediaType", lambda _: "email", ["mail"]),
    ("segmentFilters", "mediaType", lambda _: "voice", ["one", "two"]),
    ("segmentFilters", "userId", lambda floor: floor.other, ["two"]),
    ("segmentFilters", "queueId", lambda floor: floor.queue, ["one"]),
    ("segmentFilters", "purpose", lambda _: "agent", ["one"]),
    ("segmentFilters", "direction", lambda _: "outbound", ["two"]),
    ("segmentFilters", "segmentType", lambda _: "wrapup", ["one"]),
    ("segmentFilters", "wrapUpCode", lambda floor: floor.code, ["one"]),
    ("segmentFilters", "disconnectType", lambda _: "peer", ["one"]),
    ("segmentFilters", "disconnectType", lambda _: "client", ["two"]),
    ("segmentFilters", "ani", lambda _: "+49", ["one"]),
    ("segmentFilters", "dnis", lambda _: "+1", ["one"]),
    ("segmentFilters", "provider", lambda _: "ACME", ["one", "two", "mail"]),
    ("segmentFilters", "addressFrom", lambda _: "eve@example.net", ["mail"]),
    ("segmentFilters", "addressTo", lambda _: "help@example.com", ["mail"]),
    ("segmentFilters", "destinationConversationId", lambda _: UNKNOWN, ["two"]),
]


def three(floor: Floor) -> dict[str, str]:
    """An inbound call, an outbound one that is merged into another, and an e-mail; their names by id."""
    one, two, mail = floor.call("one"), floor.call("two", begin=20), floor.email("mail", begin=40)
    errors = floor.send(
        *(one.external(ani="+49", dnis="+1", source={"tagId": "T-1"}), *one.whole()[1:]),
        two.user("A", by="", start={"inbound": False}, userId=floor.other, source={"tagId": "T-2"}),
        two.end("A", "Self", destinationConversationId=UNKNOWN),
        mail.external(),
    )
    assert errors == []
    return {one.id: "one", two.id: "two", mail.id: "mail"}


@pytest.mark.parametrize(("filters", "dimension", "value", "expected"), FILTERS)
def test_filters_choose_conversations(
    floor: Floor, filters: str, dimension: str, value: Callable[[Floor], str], expected: list[str]
) -> None:
    names = three(floor)

    assert [names[one] for one in found(floor, **{filters: only(dimension, value(floor))})] == expected


def test_predicates_of_a_filter_hold_for_the_same_segment(floor: Floor) -> None:
    names = three(floor)
    alert = {"dimension": "segmentType", "value": "alert"}
    coded = {"dimension": "wrapUpCode", "operator": "exists"}

    def seen(*filters: dict[str, Any]) -> list[str]:
        return [names[one] for one in found(floor, segmentFilters=list(filters))]

    assert seen({"type": "and", "predicates": [alert, coded]}) == []
    assert seen({"type": "and", "predicates": [alert]}, {"type": "and", "predicates": [coded]}) == ["one"]
    assert seen({"type": "or", "predicates": [alert], "clauses": only("mediaType", "email")}) == ["one", "mail"]
    assert seen(
        {"type": "or", "predicates": only("userId", floor.user)[0]["predicates"], "clauses": only("mediaType", "email")}
    ) == [
        *("one", "mail"),
    ]
    assert seen({"type": "or", "predicates": [*only("userId", floor.other)[0]["predicates"], alert]}) == ["one", "two"]
    assert seen({"type": "and", "predicates": [{"dimension": "queueId", "operator": "notExists"}]}) == ["one", "two", "mail"]


def test_filters_over_several_values_are_joined_by_or(floor: Floor) -> None:
    names = three(floor)
    tags = only("externalTag", "T-1", "T-2", "T-3")
    users = only("userId", floor.user, floor.other)

    assert [names[one] for one in found(floor, conversationFilters=tags)] == ["one", "two"]
    assert [names[one] for one in found(floor, segmentFilters=users)] == ["one", "two"]
    assert found(floor, conversationFilters=only("externalTag", "T-1", "T-2", kind="and")) == []


def test_conversations_come_in_order_and_in_pages(floor: Floor) -> None:
    calls = [floor.call(f"call {number}", begin=10 - number) for number in range(5)]
    floor.send(*[call.external() for call in calls])
    floor.send(calls[0].end("X", at=30), calls[1].end("X", at=20))
    ids = [call.id for call in reversed(calls)]

    pages = [ask(floor, paging={"pageSize": 2, "pageNumber": number}).json() for number in (1, 2, 3, 4)]

    assert [[one["conversationId"] for one in page["conversations"]] for page in pages] == [ids[:2], ids[2:4], ids[4:], []]
    assert {page["totalHits"] for page in pages} == {5}
    assert found(floor, order="desc") == ids[::-1]
    assert found(floor, orderBy="conversationEnd")[:2] == [calls[1].id, calls[0].id]


def test_a_page_has_25_conversations_unless_asked_for_more_and_never_above_100(floor: Floor) -> None:
    for start in (0, 60):
        floor.send(*[floor.call(f"call {number}").external() for number in range(start, start + 60)])

    sizes = [len(found(floor)), len(found(floor, paging={"pageSize": 500, "pageNumber": 1}))]

    assert sizes == [25, 100]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"interval": "today"}, "invalid.date"),
        ({"interval": "2026-07-01T00:00:00/2026-08-01T00:00:01"}, "constraint.validation"),
        ({"paging": {"pageSize": 0, "pageNumber": 1}}, "constraint.validation"),
        ({"paging": {"pageSize": 1}}, "constraint.validation"),
        ({"conversationFilters": only("mediaStatsMinConversationMos", "1")}, "constraint.validation"),
        ({"conversationFilters": [{"type": "and", "predicates": [{"metric": "tTalk"}]}]}, "constraint.validation"),
        ({"segmentFilters": only("edgeId", "x")}, "constraint.validation"),
        (
            {"segmentFilters": [{"type": "and", "predicates": [{"dimension": "ani", "range": {"gt": 1}}]}]},
            "constraint.validation",
        ),
        ({"segmentFilters": [{"type": "or", "clauses": only("edgeId", "x")}]}, "constraint.validation"),
        ({"surveyFilters": only("surveyId", "x")}, "constraint.validation"),
        ({"orderBy": "name"}, "invalid.value"),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused(floor: Floor, refused: Refused, body: Any, code: str) -> None:
    assert refused(floor.org("POST", QUERY, {"interval": "2026-07-01T00:00:00Z/2026-07-02T00:00:00Z"} | body)) == (400, code)


def test_how_long_an_interval_may_be_is_a_switch(floor: Floor) -> None:
    before = [ask(floor, 0, days * DAY).status_code for days in (31, 32)]
    floor.org.turn(conversation_days_maximum=0)

    assert (before, ask(floor, 0, 300 * DAY).status_code) == ([200, 400], 200)


def test_a_client_finds_conversations_of_its_divisions(floor: Floor) -> None:
    three(floor)
    floor.org.division("Tokyo")
    client = floor.org.admin("POST", "/clients", {"divisions": ["Tokyo"]})
    token = floor.org.sign_in(client["client_id"], client["client_secret"])

    answer = floor.org("POST", QUERY, {"interval": f"{floor.desk.iso(0)}/{floor.desk.iso(60)}"}, token=token)

    assert answer.json() == {"conversations": [], "totalHits": 0}


def test_a_fault_can_shorten_a_page_and_lie_about_the_total(floor: Floor) -> None:
    three(floor)
    floor.org.admin("POST", "/faults", {"operation": f"POST /api/v2{QUERY}", "short_page": 1, "wrong_total": 9})

    answer = ask(floor).json()

    assert (len(answer["conversations"]), answer["totalHits"]) == (1, 9)
