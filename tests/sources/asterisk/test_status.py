"""The queue log of Asterisk: what each event makes of a member, and every form rows come in."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.event import EVERYBODY, Event
from reconciler.model.mapping import Mapping
from reconciler.model.moment import Clock
from reconciler.sources.asterisk.status import STATUS
from reconciler.sources.asterisk.tables import LIMIT

A = "PJSIP/1001"
SILENT = [
    *("ABANDON", "CLOSED", "CONFIGRELOAD", "DID", "ENTERQUEUE", "EXITEMPTY", "EXITWITHKEY", "EXITWITHTIMEOUT", "FULL"),
    *("JOINEMPTY", "LEAVEEMPTY", "PENALTY"),
]


def lines(*events: str, agent: str = A, at: int = 1_790_000_000) -> list[str]:
    """`EVENT queue text` → lines one second apart; `-` is NONE, the call is `c1` unless the queue says `queue@call`."""
    found = []
    for number, event in enumerate(events):
        name, queue, text = [*event.split(" ", 2), "-", ""][:3] if " " not in event else [*event.split(" ", 2), ""][:3]
        queue, _, call = queue.partition("@")
        found.append(f"{at + number}|{call or 'c1'}|{queue.replace('-', 'NONE')}|{agent}|{name}|{text}")
    return found


@pytest.mark.parametrize(
    ("events", "word"),
    [
        (["ADDMEMBER q1"], "ready"),
        (["ADDMEMBER q1 PAUSED"], "not_ready"),
        (["ADDMEMBER q1", "ADDMEMBER q2", "REMOVEMEMBER q1"], "ready"),
        (["ADDMEMBER q1", "ADDMEMBER q2", "REMOVEMEMBER q1", "REMOVEMEMBER q2"], "off"),
        (["ADDMEMBER q1", "REMOVEMEMBER q1", "UNPAUSE q1"], "off"),
        (["ADDMEMBER q1", "REMOVEMEMBER q1", "PAUSE q1 Lunch"], "off"),
        (["ADDMEMBER q1", "REMOVEMEMBER q1", "ADDMEMBER q1"], "ready"),
        (["REMOVEMEMBER q1"], "off"),
        (["AGENTLOGIN - PJSIP/1-0001"], "ready"),
        (["AGENTLOGIN", "AGENTLOGOFF"], "off"),
        (["AGENTCALLBACKLOGIN - 1002@here"], "ready"),
        (["AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF", "UNPAUSEALL", "UNPAUSE q1"], "off"),
        (["AGENTLOGIN", "AGENTLOGOFF", "CONNECT q1"], "ready+routed"),
        (["ADDMEMBER q1", "CONNECT q1@c1", "AGENTLOGOFF"], "off"),
        (["PAUSE q1 Lunch"], "not_ready(Lunch)"),
        (["PAUSE q1 Lunch", "UNPAUSE q1"], "ready"),
        (["ADDMEMBER q1", "ADDMEMBER q2", "PAUSE q1 Lunch"], "ready"),
        (["ADDMEMBER q1", "ADDMEMBER q2", "PAUSE q1 Lunch", "PAUSE q2 Lunch"], "not_ready(Lunch)"),
        (["ADDMEMBER q1", "ADDMEMBER q2", "PAUSE q1 Lunch", "REMOVEMEMBER q2"], "not_ready(Lunch)"),
        (["PAUSEALL"], "not_ready"),
        (["PAUSEALL", "PAUSE q1 Tea", "PAUSE q2 Tea"], "not_ready(Tea)"),
        (["PAUSEALL", "PAUSE q1 Tea", "PAUSE q2 Tea", "UNPAUSE q2"], "ready"),
        (["PAUSEALL - Tea", "PAUSE q1"], "not_ready(Tea)"),
        (["PAUSEALL - Tea", "UNPAUSE q1"], "ready"),
        (["PAUSEALL - Tea", "UNPAUSEALL"], "ready"),
        (["PAUSE - Tea", "UNPAUSE -"], "ready"),
        (["PAUSE q1 Tea", "PAUSE q1 Talk"], "not_ready(Talk)"),
        (["PAUSE q1 Tea", "UNPAUSE q1", "PAUSE q1"], "not_ready"),
        (["PAUSE q1 Tea", "PAUSE q2 Tea", "UNPAUSE q1", "PAUSE q1"], "not_ready(Tea)"),
        (["PAUSE q1 Tea", "UNPAUSEALL", "PAUSEALL"], "not_ready"),
        (["PAUSE q1 Tea", "CONNECT q1"], "not_ready(Tea)+routed"),
        (["CONNECT q1@c1"], "ready+routed"),
        (["CONNECT q1@c1", "COMPLETECALLER q1@c1"], "ready"),
        (["CONNECT q1@c1", "COMPLETEAGENT q1@c1"], "ready"),
        (["CONNECT q1@c1", "TRANSFER q1@c1"], "ready"),
        (["CONNECT q1@c1", "BLINDTRANSFER q1@c1"], "ready"),
        (["CONNECT q1@c1", "ATTENDEDTRANSFER q1@c1"], "ready"),
        (["CONNECT q1@c1", "AGENTDUMP q1@c1"], "ready"),
        (["CONNECT q1@c1", "SYSCOMPAT q1@c1"], "ready"),
        (["CONNECT q1@c1", "CONNECT q1@c2", "COMPLETEAGENT q1@c1"], "ready+routed"),
        (["CONNECT q1@c1", "CONNECT q1@c2", "COMPLETEAGENT q1@c2"], "ready"),
        (["CONNECT q1@c1", "PAUSE q1 Lunch"], "not_ready(Lunch)+routed"),
        (["CONNECT q1@c1", "PAUSE q1 Lunch", "COMPLETECALLER q1@c1"], "not_ready(Lunch)"),
        (["COMPLETEAGENT q1@c1"], "ready"),
        (["RINGNOANSWER q1 9000"], "ready"),
        (["RINGNOANSWER q1 9000", "RINGCANCELED q1 3000"], "ready"),
        (["RINGNOANSWER q1 9000", "CONNECT q1@c1"], "ready+routed"),
        (["RINGNOANSWER q1 9000", "PAUSE q1 Auto-Pause"], "ready+refused"),
        (["RINGNOANSWER q1 9000", "PAUSE q1 Auto-Pause", "UNPAUSE q1"], "ready"),
        (["RINGNOANSWER q1 9000", "PAUSEALL", "PAUSE q1 Auto-Pause"], "ready+refused"),
        (["RINGNOANSWER q1 9000", "PAUSE q1"], "ready+refused"),
        (["RINGNOANSWER q1 9000", "PAUSE q1 Lunch"], "not_ready(Lunch)"),
        (["CONNECT q1@c1", "RINGNOANSWER q2@c2 9000"], "ready+routed"),
    ],
)
def test_the_state_follows_from_everything_known_of_a_member(feed: Any, events: list[str], word: str) -> None:
    assert feed("asterisk").after(*lines(*events)) == word


def test_a_pause_long_after_a_missed_call_is_the_members_own(feed: Any) -> None:
    one = feed("asterisk")

    assert one.after(*lines("RINGNOANSWER q1 9000"), *lines("PAUSE q1", at=1_790_000_060)) == "not_ready"


@pytest.mark.parametrize(("no_answer", "word"), [("ready", "ready"), ("refused", "ready+refused")])
def test_an_unanswered_ring_is_nothing_unless_the_mapping_says_so(feed: Any, no_answer: str, word: str) -> None:
    one = feed("asterisk", {"status": {"no_answer": no_answer}})

    assert one.tell(*lines("RINGNOANSWER q1 9000", "PAUSE q1 Auto-Pause")) == [f"{A} {word}", f"{A} ready+refused"]


def test_a_restart_makes_everybody_unknown_until_heard_of_again(feed: Any) -> None:
    one = feed("asterisk")
    one.tell(*lines("ADDMEMBER q1", "CONNECT q1"), *lines("PAUSE q1 Lunch", agent="SIP/2"))

    assert one.tell(*lines("QUEUESTART", agent="NONE")) == [f"{A} gone", "SIP/2 gone"]
    assert one.events[-1].key == EVERYBODY
    assert one.tell(*lines("RINGCANCELED q1"), *lines("PAUSE q1 Tea", agent="SIP/2")) == [f"{A} ready", "SIP/2 not_ready(Tea)"]


def test_who_is_paused_in_some_queues_is_ready_which_is_said(feed: Any) -> None:
    one = feed("asterisk")
    one.tell(*lines("ADDMEMBER q1", "PAUSE q2 Lunch"))

    assert one.card.agent(one.known[A]).native == "paused in some queues"


@pytest.mark.parametrize(
    "event",
    SILENT,
)
def test_what_changes_no_agent_gives_no_event(feed: Any, event: str) -> None:
    one = feed("asterisk")

    assert one.tell(*lines(f"{event} q1 1", agent="NONE"), *lines(f"{event} q1 1")) == []
    assert one.read.odd == {}


def test_events_of_the_dialplan_are_counted_by_name(feed: Any) -> None:
    one = feed("asterisk")

    assert one.tell(*lines("SURVEY q1 5", "survey q1 4", "OTHER q1")) == []
    assert one.read.odd == {"SURVEY": 2, "OTHER": 1}


def test_names_of_unknown_events_do_not_grow_without_bound(feed: Any) -> None:
    one = feed("asterisk")
    one.tell(*lines(*(f"MADE{number} q1" for number in range(3000))))

    assert len(one.read.odd) == 1001
    assert one.read.odd["…"] == 2000


def test_an_event_says_when_in_milliseconds_and_has_no_id(feed: Any) -> None:
    one = feed("asterisk")
    one.tell("1366720340|1366720340.303267|MYQUEUE|SIP/8007|RINGNOANSWER|1000")

    assert [(event.key, event.at, event.id) for event in one.events] == [("SIP/8007", 1_366_720_340_000, "")]


def test_the_same_line_twice_in_a_second_is_two_events(feed: Any) -> None:
    """Who joins, leaves and joins again at once would else end as somebody who has left."""
    one = feed("asterisk")
    join, leave = (line for name in ("ADDMEMBER q1", "REMOVEMEMBER q1") for line in lines(name))
    one.tell(join, leave, join)

    assert len({repr(event) for event in one.events}) == 3


def test_a_repeated_stretch_gives_the_same_events(feed: Any) -> None:
    one, text = feed("asterisk"), lines("ADDMEMBER q1", "PAUSE q1 Lunch", "UNPAUSE q1")
    one.tell(*text, *text)

    assert one.events[:3] == one.events[3:]


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────

PSQL = """
            time            | callid | queuename |   agent    |  event  | data1 | data2
----------------------------+--------+-----------+------------+---------+-------+-------
 2026-03-02 08:00:00.25     | c1     | q1        | Agent/3001 | PAUSE   | Lunch |
 2026-03-02 08:00:01        | c1     | q1        | Agent/3001 | UNPAUSE |       |
(2 rows)
"""
MYSQL = """
+----+---------------------+--------+-----------+------------+---------+-------+
| id | time                | callid | queuename | agent      | event   | data1 |
+----+---------------------+--------+-----------+------------+---------+-------+
|  7 | 2026-03-02 08:00:00 | c1     | q1        | Agent/3001 | PAUSE   | Lunch |
|  8 | 2026-03-02 08:00:01 | c1     | q1        | Agent/3001 | UNPAUSE | NULL  |
+----+---------------------+--------+-----------+------------+---------+-------+
2 rows in set (0.00 sec)
"""
CSV = """
time,callid,queuename,agent,event,data
2026-03-02 08:00:00,c1,"q1",Agent/3001,PAUSE,"Lunch|x"
2026-03-02 08:00:01,c1,q1,Agent/3001,UNPAUSE,
"""
TABS = CSV.replace(",", "\t")
UNALIGNED = """
id|time_id|call_id|queue|agent|verb|data1
1|1772438400|c1|q1|Agent/3001|PAUSE|Lunch
2|1772438401|c1|q1|Agent/3001|UNPAUSE|
"""
BARE = """
 2026-03-02 08:00:00 | c1 | q1 | Agent/3001 | PAUSE   | Lunch |
 2026-03-02 08:00:01 | c1 | q1 | Agent/3001 | UNPAUSE |       |
"""
JSON = """
{"time": "2026-03-02T08:00:00", "callid": "c1", "queuename": "q1", "agent": "Agent/3001", "event": "PAUSE", "data1": "Lunch"}
[{"Time": 1772438401, "callid": null, "QueueName": "q1", "agent": "Agent/3001", "event": "UNPAUSE", "data1": null,}]
"""
DUMP = """
-- Table structure
DROP TABLE IF EXISTS `queue_log`;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `queue_log` (
  `nr` bigint NOT NULL AUTO_INCREMENT,
  `time` datetime DEFAULT NULL,
  `event` varchar(32) DEFAULT NULL,
  `agent` varchar(80) DEFAULT NULL,
  `data1` varchar(100) DEFAULT NULL,
  PRIMARY KEY (`nr`)
) ENGINE=InnoDB;
LOCK TABLES `queue_log` WRITE;
INSERT INTO `queue_log` VALUES (1,'2026-03-02 08:00:00','PAUSE','Agent/3001','Lunch'),
(2,'2026-03-02 08:00:01','UNPAUSE','Agent/3001',NULL);
UNLOCK TABLES;
INSERT INTO `cdr` VALUES (1,'2026-03-02 08:00:00','it''s (all), other');
ALTER TABLE ONLY queue_log ADD CONSTRAINT x PRIMARY KEY (nr);
"""
LISTED = """
INSERT INTO asterisk.queue_log (id, time, agent, event, data1) VALUES
(1, '2026-03-02 08:00:00', 'Agent/3001', 'PAUSE', 'Lunch'),
(2, '2026-03-02 08:00:01', 'Agent/3001', 'UNPAUSE', '');
"""
USUAL = """
insert into queue_log values ('2026-03-02 08:00:00','c1','q1','Agent/3001','PAUSE','Lunch','','','','');
insert into queue_log values ('2026-03-02 08:00:01','c1','q1','Agent/3001','UNPAUSE','','','','','');
"""
COPY = """
COPY public.queue_log ("time", agent, event, data1, id) FROM stdin;
2026-03-02 08:00:00	Agent/3001	PAUSE	Lunch	1
2026-03-02 08:00:01	Agent/3001	UNPAUSE	\\N	2
\\.

SELECT pg_catalog.setval('queue_log_id_seq', 2, true);
"""
FORMS = [PSQL, MYSQL, CSV, TABS, UNALIGNED, BARE, JSON, DUMP, LISTED, USUAL, COPY]


@pytest.mark.parametrize("text", FORMS)
def test_rows_of_a_table_are_read_in_every_form_clients_print(feed: Any, text: str) -> None:
    one = feed("asterisk")

    assert one.tell(*text.splitlines()) == ["Agent/3001 not_ready(Lunch)", "Agent/3001 ready"]
    assert [event.at // 1000 for event in one.events] == [1_772_438_400, 1_772_438_401]


@pytest.mark.parametrize("text", FORMS)
def test_reading_can_be_stopped_at_any_line(feed: Any, text: str) -> None:
    state, said = "", []
    for line in text.splitlines():
        one = feed("asterisk", state=state)
        said += one.tell(line)
        state = one.read.state

    assert said == ["Agent/3001 not_ready(Lunch)", "Agent/3001 ready"]


@pytest.mark.parametrize("numbered", [True, False])
def test_a_statement_with_the_newest_row_first_is_turned_round(feed: Any, *, numbered: bool) -> None:
    rows = ["'2026-03-02 08:00:01','Agent/3001','UNPAUSE','')", "'2026-03-02 08:00:00','Agent/3001','PAUSE','Lunch')"]
    shown = ",".join(f"({2 - at},{row}" if numbered else f"({row}" for at, row in enumerate(rows))
    names = "id, time, agent, event, data1" if numbered else "time, agent, event, data1"

    said = feed("asterisk").tell(f"INSERT INTO queue_log ({names}) VALUES {shown};")

    assert said == ["Agent/3001 not_ready(Lunch)", "Agent/3001 ready"]


def test_quotes_in_a_dump_are_undone(feed: Any) -> None:
    values = r"('2026-03-02 08:00:00','A','PAUSE','It''s \'tea\', (late)')"
    one = feed("asterisk")

    assert one.after(f"INSERT INTO queue_log (time,agent,event,data1) VALUES {values};") == "not_ready(It's 'tea', (late))"


@pytest.mark.parametrize(
    ("header", "row", "word"),
    [
        ("time | agent | event | data1", "2026-03-02 08:00:00 | A | PAUSE | Lunch (late)", "not_ready(Lunch (late))"),
        ("time | agent | event | data", "2026-03-02 08:00:00 | A | PAUSE | Lunch|late", "not_ready(Lunch)"),
        ("time,agent,event,data", "2026-03-02 08:00:00,A,PAUSE,Lunch|late", "not_ready(Lunch)"),
        ("time,agent,event,data1", "2026-03-02 08:00:00,A,PAUSE,Lunch|late", "not_ready(Lunch|late)"),
        ("time,agent,event,data1", "2026-03-02 08:00:00,A,PAUSE", "not_ready"),
    ],
)
def test_a_reason_is_what_its_column_says(feed: Any, header: str, row: str, word: str) -> None:
    assert feed("asterisk").after(header, row) == word


@pytest.mark.parametrize("data", ['"data": "Lunch|late"', '"data1": "Lunch", "data": "x"'])
def test_a_reason_in_json_is_what_its_name_says(feed: Any, data: str) -> None:
    assert feed("asterisk").after(f'{{"time": 1790000000, "agent": "A", "event": "PAUSE", {data}}}') == "not_ready(Lunch)"


def test_values_without_names_have_an_id_where_there_is_one_more(feed: Any) -> None:
    one = feed("asterisk")
    values = "'2026-03-02 08:00:00','c1','q1','A','PAUSE','Lunch','','','',''"

    assert one.tell(f"INSERT INTO queue_log VALUES (9,{values})") == ["A not_ready(Lunch)"]
    assert one.events[0].order == 9


def test_a_row_of_a_table_carries_its_id_as_order(feed: Any) -> None:
    one = feed("asterisk")
    one.tell(*MYSQL.splitlines())

    assert [event.order for event in one.events] == [7, 8]


def test_a_time_without_zone_is_the_servers(feed: Any) -> None:
    one = feed("asterisk", zone="Asia/Tokyo")
    one.tell("time,agent,event", "2026-03-02 08:00:00,A,AGENTLOGIN", "2026-03-02 08:00:00-05,A,AGENTLOGOFF")

    assert [event.at for event in one.events] == [1_772_406_000_000, 1_772_456_400_000]


def test_the_hour_that_comes_twice_is_told_by_the_order_of_rows(feed: Any) -> None:
    one = feed("asterisk", zone="Europe/Berlin")
    times = ["02:10:00", "02:50:00", "02:10:00", "02:50:00", "03:00:00"]
    one.tell("time,agent,event", *(f"2026-10-25 {time},A,AGENTLOGIN" for time in times))
    minutes = [(event.at - one.events[0].at) // 60_000 for event in one.events]

    assert minutes == [0, 40, 60, 100, 110]


def test_the_hour_that_comes_twice_is_told_over_a_restart(feed: Any) -> None:
    first = feed("asterisk", zone="Europe/Berlin")
    first.tell("time,agent,event", "2026-10-25 02:50:00,A,AGENTLOGIN")
    later = feed("asterisk", zone="Europe/Berlin", state=first.read.state)
    later.tell("2026-10-25 02:10:00,A,AGENTLOGOFF")

    assert later.events[0].at - first.events[0].at == 20 * 60_000


# ── what is wrong ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("hello", "no line of a queue log"),
        ("1790000000|c1|q1|A", "no line of a queue log"),
        ("1790000000|c1|q1|A|", "without the name of an event"),
        ("17x|c1|q1|A|PAUSE|", "no time: '17x'"),
        ("99999999999999999999|c1|q1|A|PAUSE|", "no time"),
        ("1790000000|c1|q1|A\x00|PAUSE|", "no member"),
        ("1790000000|c1|q1|" + "A" * 300 + "|PAUSE|", "no member"),
        ('{"time": 1}', "a row without agent, event"),
        ("{", "not JSON"),
        ("[" * 200_000, "not JSON"),
        ("[1]", "JSON that is no row"),
        ("INSERT INTO queue_log VALUES ('2026", "not closed"),
        ("INSERT INTO queue_log VALUES " + "(" * 1000, "not closed"),
        ("INSERT INTO queue_log VALUES ('a" + "\\'" * 300_000, "not closed"),
        ("INSERT INTO queue_log VALUES SELECT 1", "expected '('"),
    ],
)
def test_a_line_that_is_none_is_refused_with_a_reason(feed: Any, line: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        feed("asterisk").tell(line)


def test_a_row_that_does_not_fit_its_header_is_refused(feed: Any) -> None:
    one = feed("asterisk")

    with pytest.raises(ValueError, match="2 cells under the 4 columns"):
        one.tell("time,agent,event,data1", "2026-03-02 08:00:00,A")
    assert one.tell("2026-03-02 08:00:00,A,AGENTLOGIN") == ["A ready"]


def test_reading_goes_on_behind_a_line_that_is_none(feed: Any) -> None:
    one = feed("asterisk")
    with pytest.raises(ValueError, match="no line"):
        one.tell("???")

    assert one.after(*lines("PAUSE q1 Tea")) == "not_ready(Tea)"


def test_a_huge_line_is_refused(feed: Any) -> None:
    with pytest.raises(ValueError, match=f"10485762 bytes: expected at most {LIMIT}"):
        feed("asterisk").tell(b"1|" + b"x" * 10_485_760)


def test_bytes_that_are_no_text_are_shown_and_not_lost(feed: Any) -> None:
    assert feed("asterisk").after(b"\xef\xbb\xbf1790000000|c1|q1|A|PAUSE|caf\xe9\r\n") == r"not_ready(caf\xe9)"


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

NAMES = "ADDMEMBER REMOVEMEMBER AGENTLOGIN AGENTLOGOFF PAUSE UNPAUSE PAUSEALL UNPAUSEALL CONNECT COMPLETEAGENT RINGNOANSWER"
rows = st.lists(st.tuples(st.sampled_from(NAMES.split()), st.sampled_from(["q1", "q2", "NONE"]), st.sampled_from(["", "Tea"])))


@given(rows)
def test_folding_changes_nothing_it_is_given(history: list[tuple[str, str, str]]) -> None:
    read, memory = STATUS.open(Mapping(), Clock(), ""), None
    for at, (name, queue, text) in enumerate(history):
        for event in read(f"{1_790_000_000 + at}|c|{queue}|A|{name}|{text}".encode()):
            before = repr(memory)
            once, again = STATUS.fold(memory, event), STATUS.fold(memory, event)
            assert repr(memory) == before
            assert once == again
            memory = once


@given(st.binary(max_size=200))
def test_no_line_does_more_than_be_refused(record: bytes) -> None:
    read = STATUS.open(Mapping(), Clock(), "")
    try:
        events = read(record)
    except ValueError:
        return
    assert all(isinstance(event, Event) for event in events)


# ── samples ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("xivo-01-agent-callback-login.txt", ["Agent/3001 ready"]),
        ("xivo-04-enter-the-queue-and-get-answered-by-an-agent.txt", ["Agent/3001 ready+routed"]),
        ("xivo-06-call-on-a-full-queue.txt", []),
    ],
)
def test_rows_as_others_print_them_are_read(feed: Any, samples: Any, name: str, said: list[str]) -> None:
    one = feed("asterisk", zone="Europe/Paris")

    assert one.tell(*samples(f"asterisk/queue_log/{name}", b"\n")) == said
    assert one.read.odd == {}


def test_a_dump_as_others_print_it_is_read(feed: Any, samples: Any) -> None:
    one = feed("asterisk", zone="Africa/Dakar")

    said = one.tell(*samples("asterisk/queue_log/mysql-realtime-queue_log.sql", b"\n"))

    assert one.read.odd == {}
    assert said[:4] == ["PJSIP/400 ready+routed", "PJSIP/400 ready", "PJSIP/400 gone", "PJSIP/400 gone"]


@pytest.mark.parametrize(
    "cel",
    [
        ["eventtype,eventtime,uniqueid,linkedid,channame", "ANSWER,2026-09-21 13:33:20,1.1,1.1,PJSIP/1001-1"],
        ['{"EventName": "ANSWER", "EventTime": "2026-09-21 13:33:20", "LinkedID": "1.1", "Channel": "PJSIP/1001-1"}'],
        ['"ANSWER","2026-09-21 13:33:20","Anna","1001"'],
    ],
)
def test_lines_of_channel_event_logging_in_between_are_counted_and_say_nothing(feed: Any, cel: list[str]) -> None:
    one = feed("asterisk")

    assert one.tell(*lines("ADDMEMBER q1"), *cel, *lines("PAUSE q1 Tea")) == [f"{A} ready", f"{A} not_ready(Tea)"]
    assert dict(one.read.odd) == {"a line of CEL": len(cel)}


def test_what_follows_a_header_of_channel_event_logging_is_known_by_a_later_run(feed: Any) -> None:
    one = feed("asterisk")
    one.tell("eventtype,eventtime,uniqueid,linkedid,channame")

    assert feed("asterisk", state=one.read.state).tell("ANSWER,2026-09-21 13:33:20,1.1,1.1,PJSIP/1001-1") == []
