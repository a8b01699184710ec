"""Call-detail records of any table: one row as a whole conversation, computed from durations; what is missing, twice or hostile.

In a text a line is a step: seconds since the start, the leg, what happened, and what is said of it.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sources.telling import Line, read_all

from reconciler.errors import ConfigurationError
from reconciler.model.event import Event
from reconciler.sources.tabular.calls import CALLS

ZERO = 1_772_438_400_000
COLUMNS = {
    "id": "ID",
    "start": "Start",
    "end": "End",
    "direction": "Dir",
    "media": "Kind",
    "ani": "From",
    "dnis": "To",
    "ani_name": "Name",
    "subject": "Subject",
    "queue": "Queue",
    "agent": "Agent",
    "flow": "Menu",
    "wait": "Wait",
    "ring": "Ring",
    "talk": "Talk",
    "hold": "Hold",
    "after_work": "Wrap",
    "disposition": "Code",
    "notes": "Notes",
    "ended_by": "By",
    "recording": "File",
}
MAPPING = {
    "interactions": {
        "columns": COLUMNS,
        "directions": {"In": "inbound", "Out": "outbound", "Int": "internal"},
        "media": {"Call": "voice", "Mail": "email"},
        "enders": {"A": "agent", "C": "customer"},
    }
}
START = "2026-03-02T08:00:00Z"
PEOPLE = {"From": "+49301111", "To": "+49309999", "Agent": "7"}


def row(**said: Any) -> dict[str, Any]:
    return {"ID": "1", "Start": START, "Dir": "In", "Kind": "Call", **PEOPLE, **said}


def line(mapping: Any = MAPPING, **said: Any) -> Line:
    return Line(CALLS, ZERO, mapping, **said)


SCENES: dict[str, tuple[dict[str, Any], str]] = {
    "answered, out of a menu and a queue, held, wrapped up": (
        row(
            Queue="q1",
            Menu="5",
            Wait="0:00:20",
            Ring="8",
            Talk="1:40",
            Hold="30",
            Wrap="12",
            Code="sale",
            Notes="ok",
            Name="Ann",
            File="a.wav",
        ),
        """
0 customer open customer ani=+49301111 dnis=+49309999 ani_name=Ann
0 flow open flow invited_by=customer
5 flow close how=transfer
5 queue open queue queue=q1 invited_by=customer
17 agent open agent invited_by=queue alerting agent=7 after_work recording
25 agent answer
25 queue close how=transfer
60 agent hold held
90 agent hold no-held
125 agent recorded file=a.wav start=1772438425000 stop=1772438525000
125 customer close how=self
125 agent close how=peer
137 agent dispose code=sale notes=ok
""",
    ),
    "answered at once, no ringing known": (
        row(Talk="60", By="A"),
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 agent open agent invited_by=customer agent=7
60 agent close how=self
60 customer close how=peer
""",
    ),
    "abandoned in the queue": (
        row(Agent="", Queue="q1", Wait="40", Talk="0"),
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 queue open queue queue=q1 invited_by=customer
40 customer close how=self
40 queue close how=peer
""",
    ),
    "abandoned in the menu": (
        row(Agent="", Menu="4"),
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 flow open flow invited_by=customer
4 customer close how=self
4 flow close how=peer
""",
    ),
    "abandoned while it rang": (
        row(Queue="q1", Wait="40", Ring="10", Talk="0"),
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 queue open queue queue=q1 invited_by=customer
30 agent open agent invited_by=queue alerting agent=7
40 customer close how=self
40 agent close how=peer
40 queue close how=peer
""",
    ),
    "the wait follows from the end": (
        row(Queue="q1", End="2026-03-02T08:02:00Z", Talk="100"),
        """
0 customer open customer ani=+49301111 dnis=+49309999
0 queue open queue queue=q1 invited_by=customer
20 agent open agent invited_by=queue agent=7
20 queue close how=transfer
120 customer close how=self
120 agent close how=peer
""",
    ),
    "outbound, answered": (
        row(Dir="Out", Queue="q1", Wait="9", Talk="60", Wrap="5", By="A"),
        """
0 agent open agent no-inbound queue=q1 agent=7 after_work
0 customer open customer no-inbound alerting invited_by=agent ani=+49301111 dnis=+49309999
9 customer answer
69 agent close how=self
69 customer close how=peer
74 agent dispose
""",
    ),
    "outbound, nobody there": (
        row(Dir="Out", Wait="30", Talk="0", By="A"),
        """
0 agent open agent no-inbound agent=7
0 customer open customer no-inbound alerting invited_by=agent ani=+49301111 dnis=+49309999
30 agent close how=self
30 customer close how=peer
""",
    ),
    "a callback is outbound": (
        row(Dir="Out", Queue="q1", Talk="60", Code="done"),
        """
0 agent open agent no-inbound queue=q1 agent=7 after_work
0 customer open customer no-inbound no-alerting invited_by=agent ani=+49301111 dnis=+49309999
60 customer close how=self
60 agent close how=peer
60 agent dispose code=done
""",
    ),
    "internal": (
        row(Dir="Int", Wait="5", Talk="20"),
        """
0 agent open agent no-inbound agent=7
0 phone open phone no-inbound alerting invited_by=agent number=+49309999
5 phone answer
25 phone close how=self
25 agent close how=peer
""",
    ),
    "an e-mail": (
        row(
            Kind="Mail",
            From="ann@example.com",
            To="help@example.com",
            Name="Ann",
            Subject="Bill",
            Queue="q1",
            Wait="600",
            Talk="300",
            Hold="10",
            By="A",
            Code="solved",
        ),
        """
0 customer open customer name=Ann with_message from=ann@example.com to=help@example.com subject=Bill
0 queue open queue queue=q1 invited_by=customer from=ann@example.com to=help@example.com subject=Bill
600 agent open agent invited_by=queue agent=7 after_work from=ann@example.com to=help@example.com subject=Bill
600 queue close how=transfer
900 agent close how=self
900 customer close how=peer
900 agent dispose code=solved
""",
    ),
    "an e-mail to the customer": (
        row(Kind="Mail", Dir="Out", From="help@example.com", To="ann@example.com", Talk="300", By="A"),
        """
0 agent open agent no-inbound agent=7 from=help@example.com to=ann@example.com
0 customer open customer no-inbound invited_by=agent from=help@example.com to=ann@example.com
0 agent write
300 agent sent
300 agent close how=self
300 customer close how=peer
""",
    ),
}


@pytest.mark.parametrize("scene", SCENES)
def test_a_row_is_a_whole_conversation(scene: str) -> None:
    said, text = SCENES[scene]
    one = line()

    assert one.told(said) == text.strip()
    assert one.is_settled()
    assert one.over == {"1"}
    assert not one.odd


@pytest.mark.parametrize("scene", SCENES)
def test_a_row_that_comes_twice_is_told_once(scene: str) -> None:
    one = line()
    one.told(SCENES[scene][0])

    assert one.told(SCENES[scene][0]) == ""
    assert not one.odd


def test_a_later_row_adds_the_wrapup_code() -> None:
    one = line()
    one.told(row(Talk="60"))

    assert one.told(row(Talk="60", Code="sale", Notes="done")) == "60 agent dispose notes=done code=sale"
    assert one.told(row(Talk="60", Code="lost")) == ""
    assert one.odd == ["a later row with the same id says something else"]
    assert one.is_settled()


def test_csv_with_a_header_and_other_time_forms_reads_the_same() -> None:
    mapping = {
        "interactions": {
            "columns": {
                "id": "id",
                "start": "at",
                "form": "%d/%m/%Y %H:%M:%S",
                "queue": "q",
                "agent": "who",
                "wait": "w",
                "talk": "t",
            }
        }
    }
    one = line(mapping)
    one.told("id;at;q;who;w;t\n")

    assert one.told("9;02/03/2026 08:00:00;q1;7;0:00:20;1:00\n").splitlines() == [
        "0 customer open customer",
        "0 queue open queue queue=q1 invited_by=customer",
        "20 agent open agent invited_by=queue agent=7",
        "20 queue close how=transfer",
        "80 customer close how=self",
        "80 agent close how=peer",
    ]


def test_a_later_run_goes_on_with_the_header() -> None:
    mapping = {"interactions": {"columns": {"id": "id", "start": "at"}}}
    first = line(mapping)
    first.told("id,at\n")

    assert line(mapping, state=first.read.state).told(f"1,{START}\n") == "0 customer open customer\n0 customer close how=self"


@pytest.mark.parametrize(
    ("said", "odd"),
    [
        (row(Dir="Out", Agent=""), "an outbound call or e-mail without an agent cannot be told"),
        (row(Dir="Int", Agent=""), "an internal call or e-mail without an agent cannot be told"),
        (row(Dir="Int", To=""), "what is internal can be told of calls only, and with the number that was called"),
        (row(Kind="Mail", To=""), "an e-mail without the addresses of both sides cannot be told"),
    ],
)
def test_what_cannot_be_told_is_named(said: dict[str, Any], odd: str) -> None:
    one = line()

    assert one.told(said) == ""
    assert one.odd == [odd]


def test_an_unknown_word_for_who_ended_it_is_named_and_the_system_did() -> None:
    one = line()

    assert "60 customer close how=system" in one.told(row(Talk="60", By="X"))
    assert one.odd == ["who is 'X'? say it in interactions.enders"]


def test_other_media_are_counted() -> None:
    one = line()

    assert one.events(row(Kind="Chat"), row(Kind="Chat"), {"Other": 1}) == []
    assert one.read.odd == {"Chat": 2, "no 'ID'": 1}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (row(ID=""), "no id in 'ID'"),
        (row(ID="x" * 300), "no id in 'ID'"),
        (row(Start="soon"), "no time in 'Start': 'soon'"),
        (row(Start="0001-01-01T00:00:00Z"), "lies beyond the years"),
        (row(End="9999-12-31T23:59:59Z"), "lies beyond the years"),
        (row(Dir="sideways"), "no direction in 'Dir': 'sideways'; say in interactions.directions"),
        (row(Talk="long"), "no duration in 'Talk': 'long'; expected seconds, or h:mm:ss"),
        (row(Talk="-1"), "no duration in 'Talk'"),
        (row(Talk="0:-1:90"), "no duration in 'Talk'"),
        (row(Talk="1:2:3:4"), "no duration in 'Talk'"),
        (row(Talk="nan"), "no duration in 'Talk'"),
        (row(Talk="1e300"), "no duration in 'Talk'"),
        ("{", "not JSON"),
        ("a,b,c", "no column 'ID'"),
    ],
)
def test_what_is_no_row_is_refused(said: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        line().events(said)


def test_a_mapping_without_columns_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"interactions\.columns is missing"):
        line({})


CELLS = st.sampled_from([None, "", "0", "1", "45", "0:00:30", "1:00", "x", "9" * 12, "-3", START, "7", [], {}, True, 3.5])


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_row_leads_to_anything_illegal(data: Any) -> None:
    rows = []
    for _ in range(data.draw(st.integers(1, 3))):
        said = row(Dir=data.draw(st.sampled_from(["In", "Out", "Int"])), Kind=data.draw(st.sampled_from(["Call", "Mail"])))
        said |= data.draw(st.dictionaries(st.sampled_from(sorted(COLUMNS.values())), CELLS))
        rows.append(json.dumps(said).encode())
    one = line()

    one.tell(*read_all(one, rows))
    one.tell(Event("1", ZERO, {}))

    assert all(conversation.is_settled for conversation in one.conversations.values() if conversation.legs)
