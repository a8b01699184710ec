"""Agent status as rows of any platform, by the columns and states that mapping.yaml names."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import ConfigurationError
from reconciler.model.event import Event
from reconciler.model.mapping import Mapping, parse
from reconciler.model.moment import Clock
from reconciler.model.problem import Place
from reconciler.sources.tabular.lines import LIMIT
from reconciler.sources.tabular.status import STATUS

COLUMNS = {"agent": "Agent", "at": "Time", "state": "State", "reason": "Aux"}
STATES = {
    "Avail": "ready",
    "Aux": "not_ready",
    "Out": "off",
    "Busy": "routed",
    "Wrap": "after_work",
    "Private": "own",
    "Ring": "offered",
    "Missed": "refused",
}
MAPPING = {"status": {"columns": COLUMNS, "states": STATES}}


def row(state: str, reason: str = "", at: int = 0, agent: str = "7") -> str:
    return f"{agent},2026-03-02 08:00:{at:02d},{state},{reason}"


def rows(*states: str) -> list[str]:
    return ["Agent,Time,State,Aux", *(row(*state.split(" "), at=at) for at, state in enumerate(states))]


@pytest.mark.parametrize(
    ("states", "word"),
    [
        (["Avail"], "ready"),
        (["avail"], "ready"),
        (["Aux Lunch"], "not_ready(Lunch)"),
        (["Avail Lunch"], "ready"),
        (["Out"], "off"),
        (["Busy"], "ready+routed"),
        (["Wrap"], "ready+after_work"),
        (["Private"], "ready+own"),
        (["Ring"], "ready+offered"),
        (["Missed"], "ready+refused"),
        (["Dreaming"], "unknown=Dreaming"),
        (["Aux Lunch", "Private"], "not_ready(Lunch)+own"),
        (["Aux Lunch", "Private", "Avail"], "ready"),
        (["Out", "Private"], "ready+own"),
        (["Dreaming", "Busy"], "ready+routed"),
        (["Busy", "Wrap", "Avail"], "ready"),
    ],
)
def test_the_state_follows_from_the_row_and_the_standing_before_it(feed: Any, states: list[str], word: str) -> None:
    assert feed("tabular", MAPPING).after(*rows(*states)) == word


@pytest.mark.parametrize(
    ("state", "contact", "word"),
    [
        ("Avail", "Busy", "ready+routed"),
        ("Aux", "Private", "not_ready+own"),
        ("Avail", "", "ready"),
        ("Avail", "Avail", "ready"),
        ("Busy", "Wrap", "ready+routed+after_work"),
        ("Avail", "Dreaming", "unknown=contact Dreaming"),
    ],
)
def test_a_contact_may_have_a_column_of_its_own(feed: Any, state: str, contact: str, word: str) -> None:
    mapping = {"status": {"columns": {**COLUMNS, "reason": None, "contact": "Call"}, "states": STATES}}

    assert feed("tabular", mapping).after("Agent,Time,State,Call", f"7,2026-03-02T08:00:00Z,{state},{contact}") == word


@pytest.mark.parametrize(
    "text",
    [
        'State;Aux;Other;Agent;Time\n"Aux";"Lunch;or so";;7;2026-03-02 08:00:00',
        "Agent\tTime\tState\tAux\n7\t1772438400\tAux\tLunch;or so",
        '{"Agent": 7, "Time": 1772438400000, "State": "Aux", "Aux": "Lunch;or so"}',
        '[{"Agent": "7", "Time": 1772438400.0, "State": "Aux", "Aux": "Lunch;or so",}] // sloppy',
    ],
)
def test_rows_come_as_csv_or_json_lines(feed: Any, text: str) -> None:
    one = feed("tabular", MAPPING)

    assert one.tell(*text.split("\n")) == ["7 not_ready(Lunch;or so)"]
    assert one.events[0].at == 1_772_438_400_000


def test_numbers_in_json_stay_as_they_are_written(feed: Any) -> None:
    assert feed("tabular", MAPPING).tell('{"Agent": 7.0, "Time": 1772438400, "State": "Avail"}') == ["7.0 ready"]


def test_a_header_may_come_again(feed: Any) -> None:
    one = feed("tabular", MAPPING)

    assert len(one.tell(*rows("Avail"), "", *rows("Out"))) == 2


def test_json_columns_may_be_paths(feed: Any) -> None:
    columns = {"agent": "who.id", "at": "when", "state": "now.state"}
    told = {"who": {"id": "007"}, "when": "2026-03-02T08:00:00+09:00", "now": {"state": "Avail"}}

    assert feed("tabular", {"status": {"columns": columns, "states": STATES}}).tell(json.dumps(told)) == ["007 ready"]


def test_a_time_may_be_written_in_any_form(feed: Any) -> None:
    columns = {**COLUMNS, "form": "%d/%m/%Y %H:%M:%S"}
    one = feed("tabular", {"status": {"columns": columns, "states": STATES}}, zone="Asia/Tokyo")
    one.tell("Agent,Time,State,Aux", "7,02/03/2026 08:00:00,Avail,")

    assert one.events[0].at == 1_772_406_000_000


def test_the_hour_that_comes_twice_is_told_by_the_order_of_rows(feed: Any) -> None:
    one = feed("tabular", MAPPING, zone="Europe/Berlin")
    one.tell("Agent,Time,State,Aux", *(f"7,2026-10-25 {time},Avail," for time in ("02:10:00", "02:50:00", "02:10:00")))

    assert [(event.at - one.events[0].at) // 60_000 for event in one.events] == [0, 40, 60]


def test_the_hour_that_comes_twice_is_told_over_a_restart(feed: Any) -> None:
    first = feed("tabular", MAPPING, zone="Europe/Berlin")
    first.tell("Agent,Time,State,Aux", "7,2026-10-25 02:50:00,Avail,")
    later = feed("tabular", MAPPING, zone="Europe/Berlin", state=first.read.state)
    later.tell("7,2026-10-25 02:10:00,Out,")

    assert later.events[0].at - first.events[0].at == 20 * 60_000


def test_an_id_of_the_platform_is_the_events(feed: Any) -> None:
    one = feed("tabular", {"status": {"columns": {**COLUMNS, "reason": None, "id": "Aux"}, "states": STATES}})
    one.tell(*rows("Avail x-1"))

    assert one.events[0].id == "x-1"


def test_equal_rows_of_one_instant_are_several_events(feed: Any) -> None:
    """Somebody can be ready, busy and ready again within one second."""
    one = feed("tabular", MAPPING)
    one.tell("Agent,Time,State,Aux", row("Avail"), row("Busy"), row("Avail"))

    assert len({repr(event) for event in one.events}) == 3


def test_reading_can_be_stopped_at_any_row(feed: Any) -> None:
    state, said = "", []
    for line in rows("Avail", "Busy", "Out"):
        one = feed("tabular", MAPPING, state=state)
        said += one.tell(line)
        state = one.read.state

    assert said == ["7 ready", "7 ready+routed", "7 off"]


def test_rows_about_nobody_give_no_events(feed: Any) -> None:
    one = feed("tabular", MAPPING)

    assert one.tell("Agent,Time,State,Aux", ",2026-03-02,Avail,", '{"Queue": 1}', '{"Agent": null}') == []
    assert one.read.odd == {"no 'Agent'": 2}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("7,2026-03-02 08:00:00", "2 cells under 4 columns"),
        ("7,soon,Avail,", "no time in 'Time': 'soon'; expected a date and time"),
        ("7,99999999999999999999999,Avail,", "no time"),
        ("7,,Avail,", "no time"),
        ("7,2026-03-02,,", "no state in 'State', of agent '7'"),
        (f"{'7' * 201},2026-03-02,Avail,", "no agent in 'Agent'"),
        ("7\x07,2026-03-02,Avail,", "no agent in 'Agent'"),
        ('7,"2026\r03', "no row of a table|cells under"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "JSON that is no row"),
        ("x" * (LIMIT + 1), f"expected at most {LIMIT}"),
    ],
)
def test_a_row_that_is_none_is_refused_with_a_reason(feed: Any, line: str, message: str) -> None:
    one = feed("tabular", MAPPING)
    one.tell("Agent,Time,State,Aux")

    with pytest.raises(ValueError, match=message):
        one.tell(line)
    assert one.tell(row("Avail")) == ["7 ready"]


def test_a_header_without_a_wanted_column_is_refused(feed: Any) -> None:
    with pytest.raises(ValueError, match="no column 'Time', 'Aux'; columns there are: Agent, State"):
        feed("tabular", MAPPING).tell("Agent,State")


def test_without_columns_there_is_no_feed(feed: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"status\.columns is missing"):
        feed("tabular")


@pytest.mark.parametrize("word", ["busy", "", "READY", None])
def test_a_state_can_only_mean_what_there_is(word: Any) -> None:
    found = parse({"status": {"states": {"X": word}}}, place=lambda _path: Place("mapping.yaml"))

    assert isinstance(found, tuple)
    assert "status.states.X" in str(found[0])


@given(st.lists(st.text(max_size=30), max_size=5))
def test_no_line_does_more_than_be_refused(lines: list[str]) -> None:
    mapping = parse(MAPPING, place=lambda _path: Place("mapping.yaml"))
    assert isinstance(mapping, Mapping)
    read = STATUS.open(mapping, Clock(), "")
    for line in ["Agent,Time,State,Aux", *lines]:
        try:
            events = read(line.encode("utf-8", "surrogatepass"))
        except ValueError:
            continue
        assert all(isinstance(event, Event) for event in events)
