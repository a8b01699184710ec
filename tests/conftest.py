"""What `make test` leaves out, because it has to end in minutes: more random tries (RECONCILER_TEST_RUNS), and the tests marked
`long`, which try again in a shell what quicker ones try too (RECONCILER_TEST_LONG). `make soak` runs both.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("quick", max_examples=20, deadline=None)
settings.register_profile("long", max_examples=1000, deadline=None)
settings.load_profile("long" if "RECONCILER_TEST_RUNS" in os.environ else "quick")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips what takes long, unless somebody has the time."""
    if "RECONCILER_TEST_LONG" in os.environ:
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="takes long; set RECONCILER_TEST_LONG, as make soak does"))
