import sys
import time
from pathlib import Path
from typing import Any

import pytest

from reconciler.pipeline.bounded import Bounds, OutOfBounds, run

HERE = "bounded_work"
WORK = """
import os, sys

def echo(data):
    return data[::-1]

def hungry(data):
    return b"x" * 10 ** 12

def hoarding(data):
    held = []
    while True:
        held.append("x" * 1_000_000)

def endless(data):
    while True:
        pass

def broken(data):
    raise RuntimeError("what went wrong")

def killed(data):
    os._exit(7)

def surroundings(data):
    return " ".join(sorted(os.environ)).encode()
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / f"{HERE}.py").write_text(WORK, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return lambda name, **bounds: run(f"{HERE}:{name}", b"abc", bounds=Bounds(**bounds))


def test_the_answer_comes_back(work: Any) -> None:
    assert work("echo") == b"cba"


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux")
@pytest.mark.parametrize("name", ["hungry", "hoarding"])
def test_memory_is_bounded(work: Any, name: str) -> None:
    with pytest.raises(OutOfBounds, match="needed more than 512 MB"):
        work(name, memory=512 * 1024 * 1024)


def test_time_is_bounded(work: Any) -> None:
    before = time.monotonic()
    with pytest.raises(OutOfBounds, match="took longer than 1 s"):
        work("endless", seconds=1)

    assert time.monotonic() - before < 10


def test_a_crash_says_what_it_can(work: Any) -> None:
    with pytest.raises(OutOfBounds, match="ended with code 1: RuntimeError: what went wrong"):
        work("broken")
    with pytest.raises(OutOfBounds, match="ended with code 7: no message"):
        work("killed")


def test_the_child_knows_no_secret(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_SECRET", "secret")

    assert b"GENESYS" not in work("surroundings")
