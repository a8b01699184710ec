"""The block `interactions` of mapping.yaml: what may be said of calls and e-mails, and what is refused."""

from typing import Any

import pytest

from reconciler.model.mapping import Mapping, parse
from reconciler.model.problem import Place


def parsed(block: Any) -> Any:
    return parse({"interactions": block}, place=lambda path: Place("mapping.yaml", len(path)))


def test_without_the_block_everything_is_told_and_nothing_masked() -> None:
    block = Mapping().interactions

    assert (block.include, block.exclude, block.billable) == ((), (), "all")
    assert (block.mask.numbers, block.mask.names) == ("none", False)


def test_rules_users_and_masks_are_read() -> None:
    block = parsed(
        {
            "include": [{"queue": "billing*", "direction": ["inbound"]}],
            "exclude": [{"number": ["+4930*", 112]}, {"media": ["email"]}],
            "mask": {"numbers": "last4", "names": True},
            "billable": [1001, "kim"],
            "columns": {"id": "call", "start": "begin", "talk": 7},
        }
    ).interactions

    assert block.include[0].queue == ("billing*",)
    assert block.exclude[0].number == ("+4930*", "112")
    assert block.billable == ("1001", "kim")
    assert block.columns.talk == "7"


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"colums": {}}, "did you mean 'columns'"),
        ({"mask": {"numbers": "some"}}, "interactions.mask.numbers"),
        ({"directions": {"in": "inwards"}}, "interactions.directions.in"),
        ({"columns": {"id": "x"}}, "interactions.columns.start"),
        ({"billable": "nobody"}, "interactions.billable"),
    ],
)
def test_what_nobody_knows_is_a_problem(block: Any, words: str) -> None:
    assert words in " ".join(map(str, parsed(block)))
