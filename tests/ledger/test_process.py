"""Who a process is, on a /proc that a test may write."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.ledger.process import PROC, Process, Processes


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A /proc that knows this process only; its name has spaces and brackets, as names may."""
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("b00t\n")
    (tmp_path / "self/ns").mkdir(parents=True)
    (tmp_path / "self/ns/pid").symlink_to("pid:[42]")
    (tmp_path / str(os.getpid())).mkdir()
    (tmp_path / str(os.getpid()) / "stat").write_text(f"{os.getpid()} (a ) b) S {' '.join(str(n) for n in range(4, 53))}\n")
    return tmp_path


def test_a_process_is_host_number_and_start(proc: Path) -> None:
    me = Processes(proc).me()

    assert me.host.endswith(" pid:[42]")
    assert (me.pid, me.started) == (os.getpid(), "b00t 22")


def test_this_process_lives() -> None:
    processes = Processes()

    assert processes.lives(processes.me())


@pytest.mark.skipif(not PROC.exists(), reason="this system has no /proc")
def test_another_process_with_our_number_is_not_us() -> None:
    processes = Processes()

    assert not processes.lives(replace(processes.me(), started="another boot 1"))


def test_a_process_that_ended_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()

    assert not Processes().lives(Process("here", child.pid, ""))


def test_a_number_no_process_can_have_is_dead() -> None:
    assert not Processes().lives(Process("here", 2**70, ""))


@pytest.mark.skipif(os.name != "posix", reason="process 1 is init on POSIX only")
def test_a_process_of_somebody_else_lives() -> None:
    """Asked by a process that may not signal it, which root has to become first."""
    code = (
        "import os; from reconciler.ledger.process import Process, Processes\n"
        "if os.geteuid() == 0: os.setresuid(65534, 65534, 65534)\n"
        "try: os.kill(1, 0)\n"
        "except PermissionError: print(Processes().lives(Process('here', 1, '')))"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "True\n"


def test_without_a_start_the_number_has_to_do(tmp_path: Path) -> None:
    """Systems without /proc tell neither start nor namespace."""
    processes = Processes(tmp_path)
    me = processes.me()

    assert me.started == ""
    assert " " not in me.host
    assert processes.lives(replace(me, started="b00t 22"))


def test_a_stat_that_is_cut_short_tells_nothing(proc: Path) -> None:
    (proc / str(os.getpid()) / "stat").write_text("1 (x) S 1")

    assert Processes(proc).me().started == ""
