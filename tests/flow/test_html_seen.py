"""The page of a plan as a real browser draws it: nothing sticks out, whatever people are called, on a desk and on a phone."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flow.centre import SMALL, Centre

from reconciler.report.plan import html

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PAGE, CARD, CHANGED = (246, 247, 249), (255, 255, 255), (138, 90, 0)  # --page, --card and --update of the template
MARGIN = 16  # pixels on either side that the page leaves empty

Pixels = Any

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")


def pixels(png: bytes) -> Pixels:
    """Rows of columns of red, green and blue. Source: PNG specification, third edition; colour types 2 and 6, not interlaced."""
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert (depth, png[28]) == (8, 0)
    size = {2: 3, 6: 4}[colour]
    data, at = b"", 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        data += png[at + 8 : at + 8 + length] if png[at + 4 : at + 8] == b"IDAT" else b""
        at += length + 12
    raw = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, width * size + 1)
    lines = np.zeros((height, width * size), np.uint8)
    before = np.zeros(width * size, np.uint8)
    for number, (kind, *_) in enumerate(raw[:, :1].tolist()):
        before = lines[number] = _line(kind, raw[number, 1:], before, size)
    return lines.reshape(height, width, size)[:, :, :3]


def _line(kind: int, raw: Pixels, above: Pixels, size: int) -> Pixels:
    """One line without its filter."""
    if kind == 0:
        return raw
    if kind == 2:
        return raw + above
    line, up = raw.tolist(), above.tolist()
    for at in range(len(line)):
        left, corner = (line[at - size], up[at - size]) if at >= size else (0, 0)
        line[at] = (line[at] + {1: left, 3: (left + up[at]) // 2, 4: _paeth(left, up[at], corner)}[kind]) % 256
    return np.array(line, np.uint8)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda one: abs(guess - one))


@pytest.fixture
def drawn(tmp_path: Path) -> Callable[[str, int], Pixels]:
    """Draws a page in a window of this width."""

    def draw(page: str, width: int) -> Pixels:
        (tmp_path / "plan.html").write_text(page, encoding="utf-8")
        options = ["--headless", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={tmp_path / 'profile'}"]
        options += ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses to be confined as root
        options += [f"--window-size={width},900", f"--screenshot={tmp_path / 'plan.png'}"]
        command = [str(BROWSER), *options, (tmp_path / "plan.html").as_uri()]
        subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=90, check=True)
        return pixels((tmp_path / "plan.png").read_bytes())

    return draw


@pytest.fixture
def page(centre: Centre) -> str:
    """A plan that gives people names and titles nobody has room for."""
    centre.write(SMALL)
    centre.apply()
    long = SMALL.replace("name: 山田 太郎", f"name: {'山田太郎' * 30}").replace("title: Agent", f"title: {'W' * 120}")
    centre.write(long)
    return html(centre.plan())


def share(seen: Pixels, colour: tuple[int, int, int]) -> float:
    """Which part of the pixels has exactly this colour."""
    return float((seen == np.array(colour, np.uint8)).all(axis=2).mean())


def sticks_out(seen: Pixels) -> bool:
    """Whether anything is drawn where the page has its margins."""
    return min(share(seen[:, :MARGIN], PAGE), share(seen[:, -MARGIN:], PAGE)) < 1


@pytest.mark.long
@pytest.mark.parametrize("width", [1200, 500])
def test_nothing_sticks_out(page: str, drawn: Any, width: int) -> None:
    seen = drawn(page, width)

    assert seen.shape[1] == width
    assert not sticks_out(seen)
    assert share(seen, CARD) > 0.1
    assert share(seen, CHANGED) > 0


@pytest.mark.long
def test_what_sticks_out_would_be_seen(page: str, drawn: Any) -> None:
    """The same page, wider than its window."""
    assert "main { max-width: 72rem" in page

    assert sticks_out(drawn(page.replace("main { max-width: 72rem", "main { min-width: 72rem"), 500))
