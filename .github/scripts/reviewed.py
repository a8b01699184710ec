#!/usr/bin/env python3
"""Whether the plan made now is the one the merged pull request showed.

Inputs: path, label, commit, plan_digest, changes, auto_approve (`true`: any plan may go on, and whoever approves the environment
has seen it). Outputs: pull_request, reviewed (`same`, `different`, `none`), failure_reason (`plan-changed`). Needs
`pull-requests: read`.
"""

from __future__ import annotations

import sys

from comment import mark
from github import ask, noted, ours, repository
from job import fail, give, key, summarize, wish

SAME = "This is the plan the pull request showed."
DIFFERENT = "This is not the plan that pull request {} showed: the organisation or the manifests have moved since"
NONE = "No merged pull request showed this plan"
REMEDY = "look at the plan of this run, then start the workflow by hand with auto_approve"


def main() -> int:
    """1 where changes wait that nobody has seen, and nobody is asked for them."""
    number, seen = shown()
    verdict = "none" if not seen else "same" if seen == wish("plan_digest") else "different"
    give(pull_request=number, reviewed=verdict)
    if wish("changes") != "true":
        return 0
    words = {"same": SAME, "different": DIFFERENT.format(number), "none": NONE}[verdict]
    summarize(words)
    if verdict == "same" or wish("auto_approve") == "true":
        return 0
    return fail("plan-changed", f"{words}; {REMEDY}")


def shown() -> tuple[str, str]:
    """The merged pull request of the commit and the digest of the plan in its comment; empty where there is none."""
    for pull in ask(f"{repository()}/commits/{wish('commit')}/pulls"):
        if not pull.get("merged_at"):
            continue
        found = ours(ask(f"{repository()}/issues/{pull['number']}/comments?per_page=100"), mark(key()))
        return str(pull["number"]), noted(found[-1]["body"], "plan") if found else ""
    return "", ""


if __name__ == "__main__":
    sys.exit(main())
