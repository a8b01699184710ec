"""Whatever happens on the way: each content is there once, and attached to its conversation."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from flow.studio import Studio, made, md5, sound

from reconciler.errors import ApiError

KILLS = int(os.environ.get("RECONCILER_TEST_KILLS", "2"))  # `make soak` takes 28: every request, before and after
FILES = {"C1_1.wav": 1, "C1_2.wav": 2, "C2.wav": 3, "C3.wav": 4}


class Killed(BaseException):
    """Ends the process as far as our code can tell."""


class Guillotine(httpx.AsyncBaseTransport):
    """Ends everything at one request, before or after it was carried out; what comes later is ended too."""

    def __init__(self, inner: httpx.AsyncBaseTransport, at: int, *, after: bool) -> None:
        self.inner, self.at, self.after, self.seen = inner, at, after, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen += 1
        if self.seen > self.at or (self.seen == self.at and not self.after):
            raise Killed
        answer = await self.inner.handle_async_request(request)
        if self.seen >= self.at:
            raise Killed
        return answer


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    return filled(made(tmp_path, monkeypatch))


def filled(studio: Studio) -> Studio:
    for name, number in FILES.items():
        studio.put(name, sound(number))
    return studio


def once_each(studio: Studio) -> None:
    found = studio.uploaded()
    assert (found["files"], found["contents"], found["repeated"]) == (4, 4, 0)
    assert {call: sorted(digests) for call, digests in studio.attached().items()} == {
        studio.known_as("C1"): sorted([md5(sound(1)), md5(sound(2))]),
        studio.known_as("C2"): [md5(sound(3))],
        studio.known_as("C3"): [md5(sound(4))],
    }


def killed(studio: Studio, at: int, *, after: bool) -> bool:
    """Whether a run came to the request it is killed at."""
    studio.transport = Guillotine(httpx.ASGITransport(studio.emulator.api), at, after=after)
    try:
        studio.run()
    except Killed:
        return True
    finally:
        studio.transport = None
    return False


@pytest.mark.parametrize("share", [0, *(pytest.param(one, marks=pytest.mark.long) for one in range(1, 6))])
def test_a_run_killed_at_any_request_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: int) -> None:
    """Six shares of all requests there are, so that they can go side by side; without soak before or after each of them."""
    for at in range(1 + share, 100, 6 if KILLS > 2 else 12):
        for after in (False, True) if KILLS >= 28 else (at % 2 == 0,):
            studio = filled(made(tmp_path / f"{at}-{after}", monkeypatch))
            if not killed(studio, at, after=after):
                assert at > 20
                return
            studio.run()
            once_each(studio)


def test_a_run_killed_again_and_again_ends_as_well(studio: Studio) -> None:
    at = 3
    while killed(studio, at, after=at % 2 == 0):
        at += 1

    once_each(studio)


FAULTS: list[dict[str, Any]] = [
    {"status": 403, "times": 1},
    {"status": 503, "times": 2},
    {"status": 500, "lost": True, "times": 2},
    {"lost": True, "times": 2},
    {"lost": True, "times": 5},
    {"cut_before": True, "times": 2},
    {"cut_bytes": 10_000, "times": 3},
    {"status": 503, "every": 2},
    {"lost": True, "every": 2},
]


def name(rule: dict[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in rule.items())


@pytest.mark.parametrize("rule", FAULTS, ids=name)
def test_a_storage_in_trouble_gets_each_content_once(studio: Studio, rule: dict[str, Any]) -> None:
    studio.admin("POST", "/faults", {"operation": "PUT *", **rule})

    with suppress(ApiError):
        studio.run()
    studio.admin("DELETE", "/faults")
    studio.run()

    once_each(studio)


@pytest.mark.parametrize("rule", FAULTS, ids=name)
def test_what_goes_beside_a_recording_is_there_before_it(studio: Studio, rule: dict[str, Any]) -> None:
    """It may go again, since it says the same; the recordings go once, and are attached by it alone."""
    studio.set_up(link="sidecar", uploads="1")
    studio.turn(recording_link="sidecar", recording_unknown_wait=0.0)
    studio.admin("POST", "/faults", {"operation": "PUT *", **rule})

    with suppress(ApiError):
        studio.run()
    studio.admin("DELETE", "/faults")
    studio.run()

    recordings = [one for one in studio.emulator.world.recordings.by_key.values() if one.content.media]
    assert len(recordings) == len({one.content.digest for one in recordings}) == 4
    assert studio.uploaded()["orphaned"] == 0


@pytest.mark.parametrize("rule", [FAULTS[0], FAULTS[3], FAULTS[8]], ids=name)
@pytest.mark.parametrize("operation", ["POST /api/v2/uploads/recordings", "POST /api/v2/recording/*", "GET /api/v2/conv*"])
def test_an_api_in_trouble_does_no_harm(studio: Studio, operation: str, rule: dict[str, Any]) -> None:
    studio.admin("POST", "/faults", {"operation": operation, **rule})

    with suppress(ApiError):
        studio.run()
    studio.admin("DELETE", "/faults")
    studio.run()

    once_each(studio)


def test_what_was_doubtful_and_turned_out_well_is_no_failure(studio: Studio) -> None:
    studio.admin("POST", "/faults", {"operation": "PUT *", "lost": True, "times": 4})
    studio.set_up(uploads="1")

    tally = studio.run()

    assert (tally.failed, tally.exit_code, tally.document["attached"]) == ({}, 0, 4)
    once_each(studio)


def test_an_address_that_ran_out_is_asked_for_anew(studio: Studio) -> None:
    """Bandwidth is short, so that the address of the next file would be too old if it had been asked for early."""
    studio.set_up(bytes_per_second=str(len(sound(1)) // 400), address_seconds="600", uploads="1")

    tally = studio.run()

    assert tally.document["uploaded"] == 4
    once_each(studio)
    assert studio.uploaded()["refused"] == {}


def test_a_file_that_changes_while_it_is_sent_is_sent_once_it_is_whole(studio: Studio) -> None:
    studio.set_up()
    path = studio.root / "calls" / "C3.wav"

    class Meddling(httpx.AsyncBaseTransport):
        inner = httpx.ASGITransport(studio.emulator.api)
        done = False

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "PUT" and not self.done and request.headers["content-length"] == str(len(sound(4))):
                self.done = True
                path.write_bytes(sound(5))
            return await self.inner.handle_async_request(request)

    (studio.root / "calls" / "C1_1.wav").unlink()
    (studio.root / "calls" / "C1_2.wav").unlink()
    (studio.root / "calls" / "C2.wav").unlink()
    studio.outside = Meddling()

    first = studio.run()
    studio.outside = None
    studio.run()

    assert list(first.failed.values()) == ["it changed while it was sent; it is sent again once it is whole"]
    assert studio.attached() == {studio.known_as("C3"): [md5(sound(5))]}


def test_what_may_have_arrived_is_not_sent_to_another_address(studio: Studio) -> None:
    """The answer to the first PUT gets lost, then its address is no longer valid: only a report can tell that it arrived."""
    studio.set_up(uploads="1")
    studio.admin(
        "POST", "/faults", [{"operation": "PUT *", "lost": True, "nth": 1}, {"operation": "PUT *", "status": 403, "nth": 2}]
    )

    tally = studio.run()

    assert (tally.document["attached"], tally.exit_code) == (4, 0)
    once_each(studio)
