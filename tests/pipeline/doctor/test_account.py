"""Clocks and limits."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from flow.centre import Centre


@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        (0, "ok within 5 s of Genesys Cloud's"),
        (4, "ok within 5 s of Genesys Cloud's"),
        (-4, "ok within 5 s of Genesys Cloud's"),
        (30, "warning our clock is 30 s behind Genesys Cloud's"),
        (-30, "warning our clock is 30 s ahead of Genesys Cloud's"),
        (-3600, "problem our clock is 3,600 s ahead of Genesys Cloud's"),
    ],
)
def test_clocks_that_differ_are_told(centre: Centre, look: Any, said: Any, ahead: float, told: str) -> None:
    centre.clock[0] += 0.5  # the header has whole seconds, so that half of one is the best guess

    assert said(look(centre, ahead=ahead), "clock") == [told]


def test_clocks_cannot_be_compared_without_a_date(centre: Centre, look: Any, said: Any) -> None:
    centre.transport = httpx.ASGITransport(centre.emulator.api)

    assert said(look(centre), "clock") == ["warning the answers carry no Date header, so clocks were not compared"]


def test_limits_are_told_by_namespace(centre: Centre, look: Any, said: Any) -> None:
    limits = said(look(centre), "limits")

    assert limits[0].startswith("ok platform.api: client.credentials.token.rate.per.minute 300, ")
    assert limits[1] == "ok no values are told for external.events.data.ingestion, scim, audit"


OURS = pytest.mark.parametrize(
    ("ours", "told"),
    [
        (0, "ok our own limit: none requests a minute and token"),
        (300, "ok our own limit of 300 requests a minute is within the 300 that are allowed"),
        (301, "warning our own limit of 301 requests a minute is above the 300 that are allowed"),
    ],
)


@OURS
def test_our_own_limit_is_held_against_theirs(centre: Centre, look: Any, said: Any, ours: int, told: str) -> None:
    text = (centre.root / "reconciler.yaml").read_text()
    (centre.root / "reconciler.yaml").write_text(text.replace("per_minute: 0", f"per_minute: {ours}"))

    assert told in said(look(centre), "limits")


def test_rate_headers_are_told(make_centre: Any, look: Any, said: Any) -> None:
    assert "ok rate headers: 2 of 100 requests are counted, the window ends in 60 s" in said(
        look(make_centre(rate_limit=100)), "limits"
    )
