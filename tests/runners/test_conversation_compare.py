"""One conversation as it should be against what is shown of it: what is told, what is named, by values alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from runners.test_conversation import CALLS, DAY, steps

from reconciler.model.change import Change
from reconciler.model.reconciliation import Finding, Standing, period
from reconciler.model.seen import Seen, SeenLeg
from reconciler.runners.conversation import follow
from reconciler.runners.conversation_change import Native, Sender, change, leg_id
from reconciler.runners.conversation_compare import cells, judge, picture
from reconciler.runners.conversation_legs import Conversation

CALL = """
0 X open customer
1 Q open queue queue=billing invited_by=X
5 A open agent agent=1001 alerting invited_by=Q after_work
8 A answer
8 Q close how=transfer
20 A hold held
30 A hold no-held
60 X close how=self
60 A close how=peer
70 A dispose code=sale
"""


def told(text: str = CALL, native: str = "c1") -> list[Change]:
    return [change(one, Native(native), Sender("acme", "pbx")) for one in follow(Conversation(), steps(text))[1]]


def leg(name: str) -> str:
    return leg_id("acme", "c1", name)


def cut(count: int) -> Seen:
    """What is shown when only so many of the events were told."""
    return picture(told()[:count])


def without(seen: Seen, name: str, **values: object) -> Seen:
    """The same with a leg that lacks something; without the leg where nothing is said."""
    legs = dict(seen.legs)
    if values:
        legs[leg(name)] = legs[leg(name)]._replace(**values)  # type: ignore[arg-type] # any field of a leg
    else:
        del legs[leg(name)]
    return replace(seen, legs=legs)


def read(found: Finding) -> list[str]:
    """The events of a finding in a few words."""
    said = [{one.path[0]: one.after for one in change.fields} for change in found.send]
    return [" ".join(str(one[name]) for name in ("event", "leg", "held") if name in one) for one in said]


def test_all_that_was_told_is_the_same() -> None:
    assert judge("c1", told(), picture(told())) == Finding("c1", Standing.SAME)


def test_a_conversation_that_is_not_there_is_told_as_a_whole() -> None:
    changes = told()

    assert judge("c1", changes, None) == Finding("c1", Standing.MISSING, tuple(changes))


@pytest.mark.parametrize(
    ("kept", "standing", "first"),
    [
        (1, Standing.PARTLY, "routingEstablished Q"),
        (3, Standing.PARTLY, "communicationAnswered A"),
        (5, Standing.PARTLY, "holdUpdated A True"),
        (6, Standing.PARTLY, "holdUpdated A False"),
        (7, Standing.OPEN, "communicationEnded X"),
        (8, Standing.OPEN, "communicationEnded A"),
        (9, Standing.OPEN, "communicationDispositionApplied A"),
    ],
)
def test_what_lies_behind_the_newest_event_shown_is_told(kept: int, standing: Standing, first: str) -> None:
    found = judge("c1", told(), cut(kept))

    assert (found.standing, found.why) == (standing, ())
    assert read(found)[0] == first
    assert found.send == tuple(told()[kept:])


def test_what_was_lost_before_something_shown_is_named_not_told() -> None:
    found = judge("c1", told(), without(picture(told()), "A", holds=0))

    assert (found.standing, found.send) == (Standing.DIFFERENT, ())
    assert found.why == ("holdUpdated A was not told in time", "holdUpdated A was not told in time")


def test_of_a_leg_that_lost_something_only_the_end_is_told() -> None:
    """Its answer is lost, the end of the queue's leg shows: it can still be ended, but not be put on hold."""
    live = without(cut(5), "A", answered=False)

    found = judge("c1", told(), live)

    assert read(found) == ["communicationEnded X", "communicationEnded A", "communicationDispositionApplied A"]
    assert found.standing is Standing.OPEN
    assert found.why == (
        "communicationAnswered A was not told in time",
        "holdUpdated A rests on what was lost",
        "holdUpdated A rests on what was lost",
    )


def test_nothing_is_told_of_a_leg_that_is_not_there() -> None:
    found = judge("c1", told(), without(cut(5), "A"))

    assert read(found) == ["communicationEnded X"]
    assert "userEstablished A 1001 was not told in time" in found.why


def test_nothing_follows_on_a_leg_whose_end_was_lost() -> None:
    live = without(cut(9), "X", ended=False)

    found = judge("c1", told(), live)

    assert read(found) == ["communicationDispositionApplied A"]
    assert found.why == ("communicationEnded X was not told in time",)


def test_work_after_a_call_is_not_told_of_a_leg_whose_end_was_lost() -> None:
    swapped = CALL.replace("60 X close how=self\n60 A close how=peer", "60 A close how=peer\n61 X close how=self")
    live = without(picture(told(swapped)), "A", ended=False, disposed=False)

    found = judge("c1", told(swapped), live)

    assert (found.standing, found.send) == (Standing.DIFFERENT, ())
    assert found.why == ("communicationEnded A was not told in time", "communicationDispositionApplied A rests on what was lost")


def test_nothing_is_opened_in_a_call_that_is_over_there() -> None:
    live = without(without(cut(2), "X", ended=True), "Q", ended=True)

    found = judge("c1", told(), live)

    assert (found.standing, found.send) == (Standing.DIFFERENT, ())
    assert "userEstablished A 1001 was not told in time" in found.why


def test_a_disposition_is_told_of_a_call_that_is_over() -> None:
    assert read(judge("c1", told(), without(picture(told()), "A", disposed=False))) == ["communicationDispositionApplied A"]


@pytest.mark.parametrize(
    ("name", "values", "why"),
    [
        ("A", {"user": "1002"}, "user 1002 is shown instead of 1001"),
        ("Q", {"queue": "sales"}, "queue sales is shown instead of billing"),
        ("X", {"until": DAY + 8000}, "X ended at 2026-11-22T08:00:08.000Z instead of 2026-11-22T08:01:00.000Z"),
    ],
)
def test_what_is_shown_otherwise_is_named(name: str, values: dict[str, object], why: str) -> None:
    found = judge("c1", told(), without(picture(told()), name, **values))

    assert found == Finding("c1", Standing.DIFFERENT, (), (why,))


def test_an_end_shown_in_whole_seconds_is_the_same() -> None:
    live = without(picture(told()), "X", until=DAY + 60_999)

    assert judge("c1", told(), live).standing is Standing.SAME


def test_a_leg_no_feed_tells_of_is_named() -> None:
    full = picture(told())
    live = replace(full, legs={**full.legs, "other": SeenLeg("agent", user="a9", ended=True)})

    assert judge("c1", told(), live).why == ("legs are shown that no feed tells of: a9",)


def test_a_call_whose_end_no_feed_tells_may_be_further_there() -> None:
    live = picture(told())

    assert judge("c1", told()[:5], live).standing is Standing.SAME


def test_a_transfer_counts_as_told_where_what_follows_is_shown() -> None:
    changes = told(CALLS["blind transfer to a queue"])

    assert judge("c1", changes, picture(changes)) == Finding("c1", Standing.SAME)


def test_a_transfer_is_told_again_with_the_end_that_follows_it() -> None:
    """Nobody can see whether it was told; where it was, the service drops it by its id."""
    changes = told(CALLS["blind transfer to a queue"])
    names = [str(one.fields[0].after) for one in changes]
    begun = names.index("routingTransfer")

    assert judge("c1", changes, picture(changes[:begun])).send == tuple(changes[begun:])
    assert judge("c1", changes, picture(changes[: begun + 1])).send == tuple(changes[begun:])


def test_counts_of_both_sides_stand_beside_each_other() -> None:
    day = period("2026-11-22", "Asia/Tokyo")
    one = picture(told())

    found = cells([one, one], [replace(one, began=DAY + 3_600_000)], day)

    assert [tuple(cell) for cell in found] == [
        ("billing", "2026-11-22T17:00+09:00", "answered", 2, 0),
        ("billing", "2026-11-22T18:00+09:00", "answered", 0, 1),
    ]
