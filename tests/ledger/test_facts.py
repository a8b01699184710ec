"""What one run tells the next."""

from __future__ import annotations

from typing import Any

import pytest


def test_a_fact_nobody_noted_is_unknown(ledger: Any) -> None:
    assert ledger.fact("export.size") is None


def test_a_fact_is_there_when_opened_again(opened: Any) -> None:
    opened().set_fact("export.size", "1204 users, 東京")

    assert opened().fact("export.size") == "1204 users, 東京"


def test_the_last_word_on_a_fact_stands(ledger: Any) -> None:
    for text in ("1", "2", ""):
        ledger.set_fact("export.size", text)

    assert ledger.fact("export.size") == ""


@pytest.mark.parametrize(("source", "organization"), [("other", "org"), ("acme", "elsewhere")])
def test_sources_and_organisations_have_facts_of_their_own(opened: Any, source: str, organization: str) -> None:
    opened(source, organization).set_fact("export.size", "7")

    assert opened().fact("export.size") is None
