#!/usr/bin/env python3
"""Renders, plans and applies once without asking; the guards decide.

Inputs: path, parallelism, lock_timeout. Outputs: result, failure_reason (`safety-limit`, `state-locked`, `apply-failed`),
lock_info.
"""

from __future__ import annotations

import json
import sys

from job import REASONS, Said, fail, give, mask, quoted, reconciler, summarize, wish


def main() -> int:
    """1 where the cycle did not end well."""
    mask()
    words = ["--parallelism", wish("parallelism")] if wish("parallelism") else []
    said = reconciler("reconcile", "--json", "--lock-timeout", wish("lock_timeout", "0s"), *words)
    if said.error:
        return _failed(said)
    cycle = json.loads(said.out)
    give(result=cycle["result"])
    summarize(f"**{cycle['result']}:** {cycle['summary'] or 'nothing was planned'}\n")
    summarize(quoted("\n".join(f"{one['result']} {one['id']}: {one['note']}" for one in cycle["failed"])))
    return fail("apply-failed", f"the cycle ended as {cycle['result']!r}; the summary names what failed") if said.code else 0


def _failed(said: Said) -> int:
    text = said.error
    reason = REASONS.get(said.code, "apply-failed")
    give(result=reason, lock_info=text if reason == "state-locked" else "")
    summarize(f"**Not done:**\n\n{quoted(text)}\n")
    return fail(reason, text)


if __name__ == "__main__":
    sys.exit(main())
