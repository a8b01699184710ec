"""Figures of recordings: files inspected per second, and an upload against curl."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
from audio.tones import call, encoded

from reconciler.api.outside import Storage
from reconciler.model.recording import Accept
from reconciler.pipeline.inspect import inspect

PIECE = 1024 * 1024
FILES = 40  # different ones; they are looked at in turn
MEGABYTE = 1024 if sys.platform == "darwin" else 1  # in the unit of ru_maxrss, in kilobytes


def inspected(folder: Path, count: str, thorough: str = "") -> dict[str, float]:
    """Wall-clock seconds for one stereo file of five minutes, of `count`; bytes of a file."""
    folder.mkdir(parents=True, exist_ok=True)
    sound = encoded(call(300.0))
    paths = [folder / f"{number}.wav" for number in range(FILES)]
    for path in paths:
        path.write_bytes(sound)
    started = time.perf_counter()
    worths = {
        one.verdict.worth for one in inspect([paths[n % FILES] for n in range(int(count))], Accept(), thorough=bool(thorough))
    }
    return {"seconds": (time.perf_counter() - started) / int(count), "verdicts": len(worths), "bytes": len(sound)}


def sent(folder: Path, megabytes: str, url: str, client: str, secret: str) -> dict[str, float]:
    """Seconds of an upload, ours to curl's, of the same file to the same server; megabytes that ours took beyond its start."""
    folder.mkdir(parents=True, exist_ok=True)
    path, size = folder / "long.wav", int(megabytes) * PIECE
    with path.open("wb") as file:
        for _ in range(int(megabytes)):
            file.write(os.urandom(PIECE))
    with httpx.Client(base_url=url, timeout=60) as http:
        token = http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=(client, secret)).json()["access_token"]

        def granted(name: str) -> tuple[str, dict[str, str]]:
            said = {"Authorization": f"Bearer {token}"}
            answer = http.post("/api/v2/uploads/recordings", json={"fileName": name}, headers=said).json()
            return answer["url"], answer["headers"]

        ours, theirs = [], []
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(3):
            started = time.perf_counter()
            asyncio.run(_put(path, size, *granted(f"ours-{number}.wav")))
            ours.append(time.perf_counter() - started)
            address, headers = granted(f"theirs-{number}.wav")
            said = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
            started = time.perf_counter()
            subprocess.run(["curl", "-sf", "-o", os.devnull, "-T", path, *said, address], check=True)
            theirs.append(time.perf_counter() - started)
        used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 / MEGABYTE
    return {"ratio": min(theirs) / min(ours), "rate": size / min(ours) / 1e6, "memory": used}


async def _put(path: Path, size: int, url: str, headers: dict[str, str]) -> None:
    async with Storage(1) as storage:
        with path.open("rb") as file:

            async def pieces() -> AsyncIterator[bytes]:
                while piece := await asyncio.to_thread(file.read, PIECE):
                    yield piece

            await storage.put(url, headers, pieces(), size)
