#!/usr/bin/env python3
"""Applies the plan that was saved before the approval, and nothing else.

Inputs: path, parallelism, lock_timeout. Reads plan.json among the reports. Outputs: result (one line), failure_reason
(`plan-changed`, `state-locked`, `safety-limit`, `apply-failed`), lock_info.
"""

from __future__ import annotations

import json
import sys

from job import REASONS, Said, fail, give, mask, quoted, reconciler, reports, summarize, wish

SHOWN = 50  # failures told one by one; the log has them all


def main() -> int:
    """1 where not everything was applied."""
    mask()
    words = ["apply", str(reports() / "plan.json"), "--json", "--lock-timeout", wish("lock_timeout", "0s")]
    said = reconciler(*words, *(["--parallelism", wish("parallelism")] if wish("parallelism") else []))
    if said.error:
        return _refused(said)
    done = json.loads(said.out)
    result = ", ".join(f"{count} {name}" for name, count in done["results"].items() if count) or "nothing to do"
    give(result=result)
    summarize(f"**Applied:** {result}; {done['requests']} requests.\n")
    bad = [one for one in done["outcomes"] if one["result"] in {"failed", "blocked"} or one["note"]]
    summarize(quoted("\n".join(f"{one['result']} {one['id']}: {one['note']}" for one in bad[:SHOWN])))
    if said.code == 0:
        return 0
    left = f"; not converged: {', '.join(done['not_converged'][:SHOWN])}" if done["not_converged"] else ""
    return fail("apply-failed", f"not everything was applied: {result}{left}; mend what is named, then run the workflow again")


def _refused(said: Said) -> int:
    """Nothing was applied: why, as outputs and summary."""
    text = said.error
    reason = REASONS.get(said.code, "apply-failed")
    give(result=reason, lock_info=text if reason == "state-locked" else "")
    summarize(f"**Not applied:**\n\n{quoted(text)}\n")
    return fail(reason, text)


if __name__ == "__main__":
    sys.exit(main())
