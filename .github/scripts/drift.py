#!/usr/bin/env python3
"""Looks for what somebody changed in Genesys Cloud since the last apply. Reads only.

Inputs: path. Outputs: drift, fingerprint, key, failure_reason (`drift-failed`, `state-locked`). Writes drift.json and drift.md.
"""

from __future__ import annotations

import json
import sys

from job import REASONS, fail, give, key, mask, reconciler, reports, summarize


def main() -> int:
    """1 where nobody knows whether there is drift; drift itself is no failure."""
    mask()
    give(key=key())
    path = reports() / "drift.json"
    said = reconciler("drift", "-o", str(path), "--format", "markdown", "--detailed-exitcode")
    if said.code not in {0, 2}:
        return fail(REASONS.get(said.code, "drift-failed"), said.error)
    (reports() / "drift.md").write_text(said.out, encoding="utf-8")
    summarize(said.out)
    found = json.loads(path.read_bytes())
    give(drift=found["drift"], fingerprint=found["fingerprint"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
