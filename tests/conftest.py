"""How often random tests try: `make test` has to end in minutes, whoever sets RECONCILER_TEST_RUNS takes longer."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("quick", max_examples=40, deadline=None)
settings.register_profile("long", max_examples=1000, deadline=None)
settings.load_profile("long" if "RECONCILER_TEST_RUNS" in os.environ else "quick")
