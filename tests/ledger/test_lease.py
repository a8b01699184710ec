"""One apply per organisation: who may take the lease, and when."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import errors
from reconciler.ledger.process import Process

HERE, THERE = "ci-1 pid:[1]", "ci-2 pid:[1]"
ME, OTHER, REMOTE = Process(HERE, 10, "boot 1"), Process(HERE, 11, "boot 2"), Process(THERE, 11, "boot 2")


@pytest.fixture
def living() -> set[Process]:
    return {ME, OTHER, REMOTE}


@pytest.fixture
def held_by(opened: Any, village: Any, living: set[Process]) -> Any:
    """A ledger as a process sees it, and one that already holds the lease."""
    return lambda process, organization="org": opened(organization=organization, processes=village(process, living))


def test_nobody_applies_at_first(ledger: Any) -> None:
    assert ledger.lease() is None


def test_a_lease_says_who_holds_it(held_by: Any, clock: Any) -> None:
    lease_id = held_by(ME).acquire("apply by ann")

    lease = held_by(OTHER).lease()

    assert (lease.id, lease.holder, lease.process) == (lease_id, "apply by ann", ME)
    assert lease.acquired_at == lease.heartbeat_at == clock()


def test_a_living_holder_on_this_host_is_named(held_by: Any, clock: Any) -> None:
    lease_id = held_by(OTHER).acquire("apply by bob\x1b[31m")
    clock.sleep(12)

    with pytest.raises(errors.Locked) as caught:
        held_by(ME).acquire("apply by ann")

    assert str(caught.value) == (
        r"apply by bob\x1b[31m (process 11 on ci-1) has been applying for 12 s; without a further heartbeat its lease ends in "
        f"18 s; wait with --lock-timeout 60s, or, if you are certain that it is gone: reconciler state unlock {lease_id}"
    )


def test_a_dead_holder_on_this_host_is_replaced_at_once(held_by: Any, living: set[Process]) -> None:
    held_by(OTHER).acquire("bob")
    living.remove(OTHER)

    held_by(ME).acquire("ann")

    assert held_by(ME).lease().holder == "ann"


def test_a_dead_process_of_another_host_cannot_be_seen_dead(held_by: Any, living: set[Process]) -> None:
    held_by(REMOTE).acquire("bob")
    living.clear()

    with pytest.raises(errors.Locked, match="process 11 on ci-2"):
        held_by(ME).acquire("ann")


@pytest.mark.parametrize("holder", [OTHER, REMOTE])
def test_a_silent_holder_is_replaced_after_thirty_seconds(held_by: Any, clock: Any, holder: Process) -> None:
    held_by(holder).acquire("bob")
    clock.sleep(30)

    held_by(ME).acquire("ann")

    assert held_by(ME).lease().holder == "ann"


def test_a_heartbeat_keeps_the_lease(held_by: Any, clock: Any) -> None:
    bob = held_by(REMOTE)
    bob.acquire("bob")
    clock.sleep(29)
    bob.heartbeat()
    clock.sleep(29)

    with pytest.raises(errors.Locked, match="applying for 58 s"):
        held_by(ME).acquire("ann")


def test_waiting_ends_when_the_lease_does(held_by: Any, clock: Any) -> None:
    held_by(REMOTE).acquire("bob")

    held_by(ME).acquire("ann", wait_seconds=60, sleep=clock.sleep)

    assert sum(clock.slept) == 30


def test_waiting_ends_with_patience(held_by: Any, clock: Any) -> None:
    held_by(REMOTE).acquire("bob")

    with pytest.raises(errors.Locked):
        held_by(ME).acquire("ann", wait_seconds=2.5, sleep=clock.sleep)

    assert clock.slept == [1.0, 1.0, 0.5]


def test_a_released_lease_is_free(held_by: Any) -> None:
    bob = held_by(OTHER)
    bob.acquire("bob")

    bob.release()

    assert held_by(ME).lease() is None


def test_releasing_twice_does_not_take_from_the_next(held_by: Any) -> None:
    bob = held_by(OTHER)
    bob.acquire("bob")
    bob.release()
    held_by(ME).acquire("ann")

    bob.release()

    assert held_by(ME).lease().holder == "ann"


def test_a_lease_taken_over_stops_its_old_holder(held_by: Any, clock: Any) -> None:
    bob = held_by(REMOTE)
    bob.acquire("bob")
    clock.sleep(31)
    held_by(ME).acquire("ann")

    with pytest.raises(errors.Locked, match="was taken over by ann; it stops here"):
        bob.heartbeat()
    bob.release()

    assert held_by(ME).lease().holder == "ann"


def test_a_broken_lease_stops_its_holder(held_by: Any) -> None:
    bob = held_by(OTHER)
    lease_id = bob.acquire("bob")

    assert held_by(ME).unlock(lease_id)
    with pytest.raises(errors.Locked, match="was broken by `state unlock`"):
        bob.heartbeat()


def test_unlocking_needs_the_right_id(held_by: Any) -> None:
    held_by(OTHER).acquire("bob")

    assert not held_by(ME).unlock("00000000")
    assert held_by(ME).lease() is not None


def test_organisations_have_their_own_leases(held_by: Any) -> None:
    held_by(OTHER).acquire("bob")

    held_by(ME, "another").acquire("ann")

    assert held_by(ME).lease().holder == "bob"


def test_a_holder_from_the_future_holds(held_by: Any, clock: Any) -> None:
    """Another machine's clock is ahead: the lease is as fresh as can be."""
    clock.sleep(20)
    held_by(REMOTE).acquire("bob")
    clock.sleep(-20)

    with pytest.raises(errors.Locked, match="applying for 0 s"):
        held_by(ME).acquire("ann")
