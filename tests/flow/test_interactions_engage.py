"""Messages of Genesys Engage told to Genesys Cloud: calls and an e-mail, from a file to conversations that can be read back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flow.centre import Centre

from reconciler.errors import InputError
from reconciler.pipeline import book, explain
from reconciler.pipeline import run as running
from reconciler.pipeline.tally import Report

WANTED = """\
presence_sources: [{key: acme, name: ACME, primary: true}]
wrapup_codes: [{key: sale, name: Sale}]
users:
  - {key: anna, name: 山田 太郎, email: anna@example.com}
  - {key: ben, name: Ben, email: ben@example.com}
queues:
  - {key: VQ_Sales, name: Sales, wrapup_codes: {mode: exclusive, items: [sale]}, members: {mode: exclusive, items: [anna, ben]}}
"""
MAPPING = "version: 1\ninteractions: {wrapup_attribute: Disposition}\n"
SECOND = 1_795_000_000


def said(second: float, name: str, conn: str, dn: str, **more: Any) -> dict[str, Any]:
    call = {"ConnID": conn, "CallType": 2, "ANI": "+4930111", "DNIS": "+4930222"} if conn else {}
    return {"MessageName": f"Event{name}", "TimeinSecs": SECOND + second, "ThisDN": dn, **call, **more}


CALL = [
    said(0, "AgentLogin", "", "7001", AgentID="anna"),
    said(0, "AgentLogin", "", "7002", AgentID="ben"),
    said(1, "Queued", "c1", "8000"),
    said(1, "RouteRequest", "c1", "8000"),
    said(2, "Queued", "c1", "VQ_Sales", Extensions={"VQID": "1"}),
    said(8, "Diverted", "c1", "VQ_Sales"),
    said(8, "Ringing", "c1", "7001", ThisQueue="VQ_Sales"),
    said(11, "Established", "c1", "7001"),
    said(20, "Held", "c1", "7001"),
    said(21, "Dialing", "c2", "7001", CallType=4, TransferConnID="c1", OtherDN="7002"),
    said(21, "Ringing", "c2", "7002", CallType=4, TransferConnID="c1", OtherDN="7001"),
    said(25, "Established", "c2", "7002", CallType=4, OtherDN="7001"),
    said(35, "Released", "c2", "7001", CallType=4, CallState=1),
    said(35, "Released", "c1", "7001", CallState=1, UserData={"Disposition": "sale"}),
    said(35, "PartyChanged", "c1", "7002", PreviousConnID="c2", CallState=1, ThirdPartyDN="7001"),
    said(60, "Released", "c1", "7002", CallState=5, UserData={"Disposition": "sale"}),
]
MAIL = {
    "Id": "m1",
    "TypeId": "Inbound",
    "MediaType": "email",
    "State": "Stopped",
    "StartDate": "2026-11-18T11:00:00Z",
    "EndDate": "2026-11-18T11:10:00Z",
    "ThreadId": "t1",
    "Subject": "Where is it?",
    "FromAddress": "eve@example.org",
    "ToAddresses": ["care@example.com"],
    "Queue": "VQ_Sales",
    "OwnerInformation": [{"userName": "ben"}],
}


class Calls:
    """A centre on Genesys Engage whose calls are told."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        path = centre.root / "reconciler.yaml"
        path.write_text(path.read_text().replace("tabular", "genesys-engage"))
        (centre.root / "mapping").mkdir(exist_ok=True)
        (centre.root / "mapping" / "mapping.yaml").write_text(MAPPING)
        centre.write(WANTED)
        assert centre.apply().exit_code == 0

    def tell(self, *records: Any) -> Report:
        path = self.centre.root / "feed.ndjson"
        path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
        return self.run(path)

    def run(self, path: Path) -> Report:
        wishes = running.Wishes((str(path),), "interactions", once=True)
        return asyncio.run(running.run(self.centre.settings, wishes, self.centre.doors))


@pytest.fixture
def calls(make_centre: Callable[..., Centre]) -> Calls:
    return Calls(make_centre())


def test_calls_and_e_mails_of_one_file_are_told_and_break_no_rule(calls: Calls) -> None:
    report = calls.tell(*CALL, MAIL)

    assert (report.conversations, report.open, report.quarantined, report.calls["unmapped"]) == (2, 0, 0, 0)
    told = calls.centre.admin("GET", "/conversations")
    assert (told["over"], told["open"], told["violations"], told["out_of_order"]) == (2, 0, {}, 0)


def test_a_call_reads_back_with_everybody_who_had_a_part_in_it(calls: Calls) -> None:
    calls.tell(*CALL)

    [name] = calls.centre.admin("GET", "/conversations?conversation=*")["conversations"]
    conversation = calls.centre.behind("GET", f"/api/v2/conversations/{name}")

    legs = [(one["purpose"], one.get("name"), one["calls"][0]["disconnectType"]) for one in conversation["participants"]]
    assert legs == [
        ("customer", None, "endpoint"),
        ("ivr", "8000", "transfer"),
        ("acd", "Sales", "transfer"),
        ("agent", "山田 太郎", "transfer.consult"),
        ("agent", "Ben", "peer"),
    ]
    assert conversation["participants"][3]["wrapup"]["name"] == "Sale"


@pytest.mark.parametrize("cut", range(3, len(CALL), 4))
def test_a_run_that_ends_in_the_middle_of_a_call_is_gone_on_from(calls: Calls, cut: int) -> None:
    calls.tell(*CALL[:cut])
    calls.tell(*CALL)

    told = calls.centre.admin("GET", "/conversations")
    assert (told["over"], told["open"], told["violations"], told["repeated"]) == (1, 0, {}, 0)


UNDATED = "request to 65200(TServer) message EventQueued\nAttributeThisDN 'VQ_Sales'\nAttributeConnID 006c\n"


def test_what_is_open_at_the_end_and_cannot_be_understood_is_set_aside(calls: Calls) -> None:
    path = calls.centre.root / "server.log"
    path.write_text(UNDATED)

    report = calls.run(path)

    assert (report.quarantined, report.causes) == (1, {"it has no time": 1})
    [kept] = book.quarantine(calls.centre.settings, 9)
    assert "006c" in kept["record"]
    with pytest.raises(InputError, match="no feed tells of it"):
        asyncio.run(explain.conversation(calls.centre.settings, "c9", (str(path),)))
    [unread] = asyncio.run(explain.conversation(calls.centre.settings, "006c", (str(path),))).unread
    assert unread.why.startswith("it has no time; expected TimeinSecs")
