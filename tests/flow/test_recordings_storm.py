"""Runs that are killed while storage and API fail: each recording is there once, and attached to its conversation."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

import httpx
import orjson
import pytest
from audio.tones import call, encoded
from flow.served import Served, start
from flow.storm import Dose, logged_in, worker
from flow.studio import events, md5

from reconciler.runners.conversation_change import conversation_id

MANY = int(os.environ.get("RECONCILER_TEST_RECORDINGS", "60"))  # `make soak` takes 10,000
PARTS = 2  # recordings of a call
SETTINGS = """\
version: 1
organization: {region: eu-central-1, requests_per_minute: 0}
source: {platform: tabular, name: acme}
runners:
  recordings:
    from: calls
    pattern: '(?P<conversation>C\\d+)_(?P<part>\\d+)\\.wav$'
    settle: 0s
    shows_after: 0s
    address_seconds: 1
"""
STORAGE, API = "PUT *", "* /api/v2/*"
TROUBLE: list[dict[str, Any]] = [
    {"operation": STORAGE, "every": 7, "status": 403},
    {"operation": STORAGE, "every": 11, "status": 503},
    {"operation": STORAGE, "every": 13, "lost": True},
    {"operation": STORAGE, "every": 17, "cut_before": True},
    {"operation": STORAGE, "every": 19, "cut_bytes": 500},
    {"operation": API, "every": 5, "status": 503},
    {"operation": "POST /api/v2/uploads/recordings", "every": 40, "delay_ms": 1100},  # the address has run out when it comes
    {"operation": API, "every": 9, "lost": True},
]


def tell(served: Served, natives: list[str]) -> None:
    """Calls that are over."""
    with logged_in(served.addresses) as client:
        (source,) = (one["id"] for one in client.get("/api/v2/presence/sources").json()["entities"] if one["type"] == "User")
        for first in range(0, len(natives), 50):
            body: defaultdict[str, list[Any]] = defaultdict(list)
            for native in natives[first : first + 50]:
                for part in events(native, source, time.time() - 60):
                    for array, found in part.items():
                        body[array] += found
            assert not client.post("/api/v2/events/conversations", json=body).json()["errors"]


def lives(served: Served, dice: Random, kills: int) -> int:
    """Runs until one has come to its end, of which the first ones die. How many died."""
    died = 0
    while True:
        process = worker(
            served.root, served.environment, Dose(dice.randint(4, 40 + MANY // 4), dice.random() < 0.5), "recordings"
        )
        process.join()
        if process.exitcode == 0:
            return died
        died += 1
        if died == kills:
            return died


@pytest.mark.long
def test_each_recording_arrives_once_whatever_happens(tmp_path: Path) -> None:
    sound, digests = encoded(call(0.2)), defaultdict[str, list[str]](list)
    (tmp_path / "calls").mkdir()
    for number in range(MANY):
        native, data = f"C{number // PARTS}", sound + b"LIST\x04\x00\x00\x00" + number.to_bytes(4, "big")
        (tmp_path / "calls" / f"{native}_{number % PARTS}.wav").write_bytes(data)
        digests[conversation_id("acme", native)].append(md5(data))
    with start() as process:
        assert process.stdout
        served = Served(tmp_path, orjson.loads(process.stdout.readline()))
        served.write("presence_sources: [{key: acme, name: ACME Connect, primary: true}]\n")
        (tmp_path / "reconciler.yaml").write_text(SETTINGS)
        assert served.run("apply", "--auto-approve").returncode == 0
        tell(served, [f"C{number}" for number in range(-(-MANY // PARTS))])
        admin = served.addresses["admin_url"]
        assert httpx.post(f"{admin}/faults", json=TROUBLE).status_code == 200

        died = lives(served, Random(1), 8 + MANY // 400)
        httpx.delete(f"{admin}/faults")
        worker(served.root, served.environment, Dose(), "recordings").join()
        found = httpx.get(f"{admin}/recordings?digest=*", timeout=60).json()
        process.terminate()

    attached = defaultdict[str, list[str]](list)
    for digest, files in found["content"].items():
        (one,) = files
        attached[one["conversation"]].append(digest)
    assert died, "nothing happened"
    assert (found["files"], found["contents"], found["repeated"], found["orphaned"]) == (MANY, MANY, 0, 0)
    assert {key: sorted(some) for key, some in attached.items()} == {key: sorted(some) for key, some in digests.items()}
