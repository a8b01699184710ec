"""Whole conversations of platforms that tell what happens, from their own records into Genesys Cloud and back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flow.centre import Centre
from sources.cisco import stories as cisco
from sources.twilio import stories as twilio

from reconciler.pipeline import run as running
from reconciler.pipeline.tally import Report
from reconciler.runners.conversation_change import conversation_id

WANTED = """\
presence_sources: [{key: acme, name: ACME, primary: true}]
users:
  - {key: WKa, name: Ann, email: ann@example.com}
  - {key: WKb, name: Bob, email: bob@example.com}
  - {key: WKc, name: Cem, email: cem@example.com}
  - {key: WKd, name: Dan, email: dan@example.com}
wrapup_codes: [{key: sold, name: Sold}, {key: moved, name: Moved}]
queues:
  - {key: WQ1, name: Billing, wrapup_codes: [sold, moved]}
  - {key: WQ2, name: Returns, wrapup_codes: [sold, moved]}
"""
MAPPING = "version: 1\nagents: {ann: WKa, bob: WKb, '5001': WKa, '5002': WKb}\n"


def of_twilio() -> list[str]:
    """All stories of Twilio, each with SIDs of its own."""
    return [
        re.sub(r"(?:(?<==)|(?<=%22))(EV|WT|WR|CA|CF|TT|RE)", rf"\g<1>{number}x", record)
        for number, (story, attributes, channel, _) in enumerate(twilio.STORIES.values())
        for record in twilio.records(story, attributes, channel)
    ]


def of_cisco() -> list[str]:
    """All stories of Cisco, each with dialogs of its own."""
    return [
        re.sub(r"(<id>|Dialog/|<secondaryId>)(\d)", rf"\g<1>{number}x\2", document)
        for number, (story, _) in enumerate(cisco.STORIES.values())
        for document in cisco.documents(story)
    ]


RECORDS = {"twilio": (of_twilio(), list(twilio.STORIES)), "cisco": (of_cisco(), list(cisco.STORIES))}


class Calls:
    """A centre on a platform whose calls are told."""

    def __init__(self, centre: Centre, platform: str) -> None:
        self.centre = centre
        path = centre.root / "reconciler.yaml"
        path.write_text(path.read_text().replace("tabular", platform))
        (centre.root / "mapping").mkdir()
        (centre.root / "mapping" / "mapping.yaml").write_text(MAPPING)
        centre.write(WANTED)
        assert centre.apply().exit_code == 0

    def tell(self, records: Sequence[str]) -> Report:
        path = self.centre.root / "feed"
        path.write_text("".join(f"{record}\n" for record in records))
        wishes = running.Wishes((str(path),), "interactions", once=True)
        return asyncio.run(running.run(self.centre.settings, wishes, self.centre.doors))

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = self.centre.admin("GET", "/conversations")
        return found

    def shown(self, native: str) -> list[str]:
        """Purposes of the participants of a conversation, and how each of them ended."""
        found = self.centre.behind("GET", f"/api/v2/conversations/{conversation_id('acme', native)}")
        return [
            f"{one['purpose']} {leg.get('disconnectType', 'open')}"
            for one in found["participants"]
            for leg in [*one.get("calls", []), *one.get("emails", [])]
        ]


@pytest.mark.parametrize("platform", RECORDS)
def test_every_story_is_told_to_its_end_and_breaks_no_rule(make_centre: Callable[..., Centre], platform: str) -> None:
    calls, (records, names) = Calls(make_centre(), platform), RECORDS[platform]

    report = calls.tell(records)

    assert (report.exit_code, report.quarantined, report.calls["open"]) == (0, 0, 0)
    told = calls.told()
    assert (told["over"], told["open"], told["violations"], told["out_of_order"]) == (len(names), 0, {}, 0)
    assert calls.tell(records).sent == 0


def test_calls_of_twilio_are_read_back_as_they_were(make_centre: Callable[..., Centre]) -> None:
    calls, (records, names) = Calls(make_centre(), "twilio"), RECORDS["twilio"]

    calls.tell(records)

    of = {
        name: calls.shown(f"{'CA' if 'inbound' in twilio.STORIES[name][1].values() else 'WT'}{at}x1")
        for at, name in enumerate(names)
    }
    assert of["the agent hangs up"] == ["customer peer", "acd transfer", "agent client"]
    assert of["abandoned in the queue"] == ["customer endpoint", "acd peer"]
    assert of["transferred blindly into a queue"] == [
        "customer system",
        "acd transfer",
        "agent transfer",
        "acd transfer",
        "agent system",
    ]
    assert of["outbound, answered"] == ["agent peer", "customer endpoint"]
    assert of["an e-mail, moved to a colleague"] == ["customer peer", "acd transfer", "agent transfer", "agent client"]


def test_calls_of_cisco_are_read_back_as_they_were(make_centre: Callable[..., Centre]) -> None:
    calls, (records, names) = Calls(make_centre(), "cisco"), RECORDS["cisco"]

    calls.tell(records)

    of = {name: calls.shown(f"{at}x7") for at, name in enumerate(names)}
    assert of["given up while it rings"] == ["customer endpoint", "acd peer", "agent system"]
    assert of["asked, and transferred"] == ["customer endpoint", "acd transfer", "agent transfer.consult", "agent peer"]
    assert of["asked, and all three talk"] == ["customer endpoint", "acd transfer", "agent client", "agent peer"]
    assert of["one agent calls another"] == ["user client", "user peer"]
