"""The report of a reconciliation: aligned in 80 columns whatever the script, whole as JSON, and nothing in it can write HTML."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from report.test_plan import HOSTILE, Page

from reconciler.model.change import Change, FieldChange, Header, Op, Plan, Refusal
from reconciler.model.reconciliation import Cell, Finding, Period, Reconciliation, Standing
from reconciler.model.resource import Proof, Ref
from reconciler.model.seen import Outcome
from reconciler.plan.show import columns
from reconciler.report.interactions import document, lines, summary
from reconciler.report.interactions_page import html

NAMES = {"queue/q1": "請求 (東京)", "queue/q2": "解約・変更のご相談 大阪コンタクトセンター 第二グループ", "queue/q3": "Returns"}
HEADER = Header("org-1", "ap-northeast-1", "acme", "0.1.0", created="2026-11-22T00:00:00.000Z")
NINE, TEN = "2026-11-21T09:00+09:00", "2026-11-21T10:00+09:00"


def event(native: str, number: int) -> Change:
    fields = (FieldChange(("event",), None, "communicationEnded"), FieldChange(("at",), None, "2026-11-21T00:00:00.000Z"))
    return Change(Op.CREATE, Ref("conversation_event", f"{native}-{number}"), native, fields)


LOST, ENDS = tuple(event("c1", one) for one in range(7)), tuple(event("c2", one) for one in range(2))
FOUND = Reconciliation(
    Period("2026-11-21", "Asia/Tokyo", 1_795_186_800_000, 1_795_273_200_000),
    Plan((*LOST, *ENDS), unchanged=40, header=HEADER, predicted=1, names=NAMES),
    (
        *(Finding(f"s{one}", Standing.SAME) for one in range(40)),
        Finding("c1", Standing.MISSING, LOST),
        Finding("c2", Standing.OPEN, ENDS),
        Finding("c3", Standing.DIFFERENT, (), ("user a2 is shown instead of a1",)),
        Finding("c4", Standing.LATER, (), ("its newest event is young",)),
    ),
    (
        Cell("q1", NINE, Outcome.ANSWERED, 1200, 1198),
        Cell("q1", TEN, Outcome.ANSWERED, 10, 10),
        Cell("q1", NINE, Outcome.ABANDONED, 3, 3),
        Cell("q2", TEN, Outcome.TRANSFERRED, 1, 2),
        Cell("", TEN, Outcome.OUTBOUND, 5, 5),
    ),
    extra=("x9",),
    figures={"read": 5, "quarantined": 0, "unknown": 0},
    requests=14,
)


def text(found: Reconciliation = FOUND, width: int = 80) -> str:
    return "\n".join(line.text for line in lines(found, width))


def test_the_report_of_a_day() -> None:
    assert (
        text()
        == """\
Interactions of 2026-11-21 (Asia/Tokyo), source acme
Organisation org-1 (ap-northeast-1)

Queue                             Outcome            Feeds    Genesys Difference
解約・変更のご相談 大阪コンタク…  transferred            1          2         +1
請求 (東京)                       answered           1,210      1,208         -2
                                  abandoned              3          3
Without a queue                   outbound               5          5
All                                                  1,219      1,218         -1

Hour                                                 Feeds    Genesys Difference
09:00                                                1,203      1,201         -2
10:00                                                   16         17         +1

same         40 the same on both sides
missing      1 not in Genesys Cloud: c1
open         1 over, but open in Genesys Cloud: c2
different    1 different, and nothing can be told that would mend it: c3
later        1 too early to judge: c4
extra        1 in Genesys Cloud that no feed tells of: x9
  c3: user a2 is shown instead of a1

To tell: 9 events of 2 conversations, about 1 request."""
    )


@pytest.mark.parametrize("width", [80, 100, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    many = replace(FOUND, extra=tuple(f"a-rather-long-native-id-{one}" for one in range(60)))

    assert max(columns(line.text) for line in lines(many, width)) <= width


def test_numbers_stand_below_each_other_whatever_the_script() -> None:
    rows = [line for line in text().splitlines() if "answered" in line or "outbound" in line or "transferred" in line]

    assert {columns(line[: line.rindex(word) + len(word)]) for line, word in zip(rows, ("2", "1,208", "5"), strict=True)} == {69}


def test_hours_of_several_days_are_told_apart() -> None:
    cells = (*FOUND.cells, Cell("q1", "2026-11-22T09:00+09:00", Outcome.ANSWERED, 1, 1))

    assert "2026-11-22 09:00" in text(replace(FOUND, cells=cells))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (replace(FOUND, sent=9), "Told 9 of 9 events of 2 conversations."),
        (replace(FOUND, sent=8, failed={"e": "c2: no"}), "Told 8 of 9 events of 2 conversations, 1 refused."),
        (
            replace(FOUND, plan=replace(FOUND.plan, changes=())),
            "Nothing to tell: Genesys Cloud shows what the feeds tell, as far as it can be told.",
        ),
        (
            replace(FOUND, plan=replace(FOUND.plan, changes=(), refusals=(Refusal("read-back", "3 of 4 came"),))),
            "Nothing was told: read it again later.",
        ),
    ],
)
def test_a_sentence_says_what_became_of_it(found: Reconciliation, said: str) -> None:
    assert summary(found) == said
    assert " ".join(text(found).split()).endswith(said)


def test_a_refused_reconciliation_says_why() -> None:
    refused = replace(FOUND, plan=replace(FOUND.plan, refusals=(Refusal("read-back", "3 of 4 conversations came"),)))

    assert "Refused: 3 of 4 conversations came." in text(refused)
    assert "3 of 4 conversations came" in Page(html(refused)).text


def test_the_document_holds_every_count_and_every_finding() -> None:
    found: dict[str, Any] = orjson.loads(orjson.dumps(document(replace(FOUND, proof=Proof(complete=False, reason="why")))))

    assert (found["format"], found["format_version"], found["complete"], found["reason"]) == (
        "reconciler/interactions",
        "1.0",
        False,
        "why",
    )
    assert found["totals"] == {"native": 1219, "live": 1218}
    assert found["counts"][0] == {
        "queue": "q1",
        "hour": NINE,
        "outcome": "answered",
        "native": 1200,
        "live": 1198,
        "name": "請求 (東京)",
    }
    assert found["conversations"] == {
        "same": 40,
        "missing": 1,
        "open": 1,
        "partly": 0,
        "different": 1,
        "later": 1,
        "unread": 0,
    }
    assert [(one["key"], one["standing"], one["events"]) for one in found["findings"]] == [
        ("c1", "missing", 7),
        ("c2", "open", 2),
        ("c3", "different", 0),
        ("c4", "later", 0),
    ]
    assert len(found["plan"]["changes"]) == 9


@pytest.mark.parametrize(
    "said", [NAMES["queue/q2"], "1,210", "1,208", "-2", "1,200 → 1,198", "x9", "user a2 is shown instead of a1"]
)
def test_the_page_shows_both_sides(said: str) -> None:
    assert said in Page(html(FOUND)).text


def test_the_page_asks_for_nothing_and_runs_nothing() -> None:
    page = html(FOUND)

    assert "default-src 'none'" in page
    assert not {"script", "link", "img", "iframe", "form", "object"} & {tag for tag, _ in Page(page).tags}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_can_write_html(hostile: str) -> None:
    plain_page = Page(html(FOUND))
    names = {**NAMES, "queue/q1": hostile}
    findings = (*FOUND.findings, Finding(hostile, Standing.DIFFERENT, (), (hostile,)))
    found = replace(FOUND, plan=replace(FOUND.plan, names=names), findings=findings, extra=(hostile,))

    page = Page(html(found))

    assert {tag for tag, _ in page.tags} == {tag for tag, _ in plain_page.tags}
    assert page.comments == plain_page.comments
    assert page.text.count(hostile) >= 4


def test_control_characters_are_shown() -> None:
    found = replace(FOUND, extra=("a\x1b[31mb",))

    assert "\x1b" not in text(found) + html(found)
