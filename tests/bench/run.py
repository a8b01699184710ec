"""`make bench`: measures requests, CPU and memory against the emulator and prints them beside their limits.

Exits 1 when a count, ratio or size breaks its limit; seconds are shown without one, since machines differ. Nothing is measured
in this process: it stays small, because on Linux a child inherits the peak memory of its parent.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
RUNS = 5
LONG = bool(
    os.environ.get("RECONCILER_BENCH_LONG")
)  # a whole hour and two million events of agent status, a week of calls: minutes each
NAMES = {"GENESYSCLOUD_OAUTHCLIENT_ID": "client_id", "GENESYSCLOUD_OAUTHCLIENT_SECRET": "client_secret"}
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("RECONCILER_", "GENESYSCLOUD_"))}
ENVIRONMENT["PYTHONPATH"] = str(HERE.parent)  # the clock of the tests lies there
MEGABYTE = 1024 * 1024 if sys.platform == "darwin" else 1024  # in the unit of ru_maxrss


@dataclass(frozen=True)
class Row:
    """One line of the table; without a limit it is shown only. `at_least`: the limit is a lower one."""

    what: str
    value: float
    limit: float | None = None
    unit: str = ""
    note: str = ""
    at_least: bool = False

    @property
    def is_broken(self) -> bool:
        """Whether the value is on the wrong side of the limit."""
        if self.limit is None:
            return False
        return self.value < self.limit if self.at_least else self.value > self.limit

    def __str__(self) -> str:
        limit = "" if self.limit is None else f"{'≥' if self.at_least else '≤'} {self.limit:,.6g}"
        verdict = "" if self.limit is None else "BROKEN" if self.is_broken else "ok"
        return f"{self.what:<62} {self.value:>10,.4g} {self.unit:<3} {limit:>9}  {verdict:<7}{self.note}".rstrip()


def measure(what: str, folder: Path, *rest: object, **extra: str) -> dict[str, float]:
    """The figures of one measured process."""
    command = [sys.executable, str(HERE / "measure.py"), what, str(folder), *map(str, rest)]
    done = subprocess.run(command, env=ENVIRONMENT | extra, stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def peak(folder: Path, *command: str, **extra: str) -> float:
    """Peak resident memory, in megabytes, of one command of ours in its own process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "-C", str(folder), *command], env=ENVIRONMENT | extra, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"reconciler {' '.join(command)} ended with {process.returncode}")
    return usage.ru_maxrss / MEGABYTE


@contextmanager
def emulator(seed: str) -> Iterator[dict[str, Any]]:
    """An emulated organisation behind a socket, in a process of its own."""
    command = [sys.executable, "-m", "reconciler", "emulate", "--port", "0", "--seed", seed, "--rate-limit", "0"]
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def counts(root: Path) -> Iterator[Row]:
    """Requests, and on the way the records the CPU figures need."""
    for users, queues, minimum in ((100, 10, 34), (1_000, 50, 115), (1_000, 100, 215), (10_000, 1_000, 2_034)):
        found = measure("recorded", root / f"{users}-{queues}", users, queues)
        limit = minimum + 3 if users < 1_000 else int(1.05 * minimum)
        yield Row(f"requests of an empty plan, {users:,}/{queues:,}", found["requests"], limit, "", f"minimum {minimum:,}")
    for way, most in (("scim", 1.1), ("directory", 5)):
        yield Row(f"requests per new user, {way}", measure("created", root / way, way)["requests"], most)


def times(root: Path) -> Iterator[Row]:
    """CPU as ratios, loading in seconds."""
    large, small = root / "10000-1000", root / "1000-100"
    for way, most in (("send", 3), ("httpx", 5)):
        found = [measure("ratio", large, small, way) for _ in range(RUNS)]
        plan, base = (median(one[name] for one in found) for name in ("plan", "base"))
        note = f"{plan:.2f} s to {base:.2f} s"
        yield Row(
            f"CPU of an empty plan to decoding, 10,000/1,000, at {way}", median(one["ratio"] for one in found), most, "x", note
        )
    grown = median(measure("growth", large, small)["ratio"] for _ in range(RUNS))
    yield Row("CPU of an empty plan, 10,000/1,000 to 1,000/100", grown, 11, "x")
    cached = median(measure("loading", large)["seconds"] for _ in range(RUNS))
    shutil.rmtree(large / ".reconciler" / "cache")
    yield Row("loading 10,000 users and 1,000 queues, cold", measure("loading", large)["seconds"], None, "s")
    yield Row("loading 10,000 users and 1,000 queues, cached", cached, None, "s")


def memory(root: Path) -> Iterator[Row]:
    """Peak memory of whole commands."""
    single, whole = root / "single", root / "whole"
    measure("one_file", single, 50_000)
    yield Row("peak memory, cold load of one file with 50,000 users", peak(single, "validate"), 300, "MB")
    with emulator("large:50000,2000") as told:
        secrets = {name: str(told[key]) for name, key in NAMES.items()}
        measure("written", whole, 50_000, 2_000, told["api_url"])
        measure("bound", whole, **secrets)
        peak(whole, "validate")
        used = peak(whole, "plan", "--detailed-exitcode", **secrets)
    yield Row("peak memory, empty plan of 50,000/2,000, warm cache, socket", used, 600, "MB")


def running(root: Path) -> Iterator[Row]:
    """The status runner: as fast as it can, at the limit of requests, at 60 percent of it, and for a long time."""
    with emulator("large:1000,1") as told:
        secrets = {name: str(told[key]) for name, key in NAMES.items()}
        found = measure("flood", root / "flood", 1_000, 100_000, told["api_url"], PYTHONPATH=str(HERE.parent), **secrets)
    yield Row("native events of agent status per CPU second, file to accepted", 1_000 / found["cpu"], 5_000, "", at_least=True)
    yield Row("native events of agent status per second, the same", 1_000 / found["seconds"], None)
    seconds, events = (3_600, 2_000_000) if LONG else (600, 200_000)
    found = measure("paced", root / "full", 10_000, 347, seconds, PYTHONPATH=str(HERE.parent))
    note = f"{seconds // 60} simulated minutes with more than can go"
    yield Row("events injected per second at 300 requests a minute", found["rate"], 475, "", note, at_least=True)
    found = measure("paced", root / "eased", 10_000, 200, 300, PYTHONPATH=str(HERE.parent))
    yield Row("99th percentile of lag with 300 events due per second", found["lag"], 2, "s", f"{found['rate']:.0f} a second")
    found = measure("steady", root / "day", 10_000, 300, events, PYTHONPATH=str(HERE.parent))
    note = f"{found['memory']:.0f} MB, {events:,} native events of 10,000 agents"
    yield Row("memory of the status runner at the end to that after a tenth", found["ratio"], 1.1, "x", note)


def telling(root: Path) -> Iterator[Row]:
    """The interactions runner: the same four."""
    with emulator("large:1000,10") as told:
        secrets = {name: str(told[key]) for name, key in NAMES.items()}
        found = measure("calls_flood", root / "calls", 5_000, told["api_url"], **secrets)
    yield Row("events of conversations per CPU second, file to accepted", 1_000 / found["cpu"], 2_000, "", at_least=True)
    note = f"{found['events']:,.0f} events of {found['rows']:,.0f} rows"
    yield Row("events of conversations per second, the same", 1_000 / found["seconds"], None, "", note)
    yield Row("peak memory of that", found["memory"], 300, "MB")
    found = measure("calls_paced", root / "calls full", 65, 240)
    note = f"{found['rate']:.0f} a second, with more than can go"
    yield Row("events of conversations per request at 300 requests a minute", found["full"], 90, "", note, at_least=True)
    found = measure("calls_paced", root / "calls eased", 32.5, 240)
    yield Row("99th percentile of lag of conversations at 60 % of that", found["lag"], 2, "s", f"{found['rate']:.0f} a second")
    found = measure("calls_steady", root / "calls week", 0.05, 7 if LONG else 2)
    note = f"{found['memory']:.0f} MB, {found['calls']:,} calls, at most {found['open']:,} open"
    yield Row("memory of the interactions runner at the end to that after 17 hours", found["ratio"], 1.1, "x", note)


def recording(root: Path) -> Iterator[Row]:
    """Files of five minutes looked at, and one of half a gigabyte sent."""
    for how, least in (("", 500), ("thorough", 100)):
        found = measure("inspected", root / "sounds", 2_000 if not how else 400, *([how] if how else []))
        yield Row(f"recordings inspected per second{', ' * bool(how)}{how}", 1 / found["seconds"], least, "", at_least=True)
    if shutil.which("curl"):
        with emulator("empty") as told:
            found = measure("sent", root / "sent", 512, told["api_url"], told["client_id"], told["client_secret"])
        yield Row("rate of an upload to that of curl -T", found["ratio"], 0.8, "x", f"{found['rate']:.0f} MB/s", at_least=True)
        yield Row("memory of an upload of 512 MB over idle", found["memory"], 32, "MB")


def main() -> int:
    """1 when a limit is broken."""
    broken = 0
    with tempfile.TemporaryDirectory() as name:
        for part in (counts, times, memory, running, telling, recording):
            for row in part(Path(name)):
                print(row, flush=True)  # noqa: T201 - the table is the output
                broken += row.is_broken
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
