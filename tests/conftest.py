"""What `make test` leaves out, because it has to end in minutes: more random tries (RECONCILER_TEST_RUNS), and the tests marked
`long`, which try again in a shell what quicker ones try too (RECONCILER_TEST_LONG). `make soak` runs both.

Tests write to memory where the machine gives room for it and nobody says otherwise (TMPDIR): ledgers commit thousands of times.
"""

from __future__ import annotations

import os
import tempfile

import pytest
from hypothesis import settings

MEMORY = "/dev/shm"
ROOM = 2 * 1024**3  # bytes; a whole run takes an eighth of it

settings.register_profile("quick", max_examples=20, deadline=None)
settings.register_profile("long", max_examples=1000, deadline=None)
settings.load_profile("long" if "RECONCILER_TEST_RUNS" in os.environ else "quick")

FIRST = (
    "tests/demo/test_play.py",
    "tests/flow/test_reconcile.py",
    "tests/docs/test_pages.py",
    "tests/flow/test_faults.py",
    "tests/emulator/test_conformance.py",
    "tests/flow/test_request_counts.py",
    "tests/flow/test_recordings_faults.py",
    "tests/pipeline/test_render.py",
)
"""The files that take longest begin first: a file is one worker's, and the last one should not keep the others waiting."""


def roomy(folder: str) -> bool:
    """Whether programs can be written to this folder and started there."""
    if not os.access(folder, os.W_OK):
        return False
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize > ROOM and not status.f_flag & os.ST_NOEXEC


if "TMPDIR" not in os.environ and roomy(MEMORY):
    os.environ["TMPDIR"], tempfile.tempdir = MEMORY, None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest files first, and skips what takes long unless somebody has the time."""
    items.sort(key=lambda item: FIRST.index(file) if (file := item.nodeid.partition("::")[0]) in FIRST else len(FIRST))
    if "RECONCILER_TEST_LONG" in os.environ:
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="takes long; set RECONCILER_TEST_LONG, as make soak does"))
