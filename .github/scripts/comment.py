#!/usr/bin/env python3
"""Writes the plan into the pull request: one comment per label and path, brought up to date in place.

Inputs: path, label, pull_request, changes, add_github_comment (`true`, `changes-only`, `always-new`). Reads plan.md and
plan.json, or validate.md, among the reports. Needs `pull-requests: write` and nothing of Genesys Cloud.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

from github import ask, ours, repository, send
from job import digest, key, link, reports, wish

MARK = "<!-- genesys-cloud-reconciler plan "
WAITING = "Waits for the merge."
MISSING = "**Not planned:** the run ended before there was a plan; look into its log.\n"


def main() -> int:
    """0; GitHub's own refusals end the step."""
    comments = f"{repository()}/issues/{int(wish('pull_request'))}/comments"
    found = ours(ask(f"{comments}?per_page=100"), mark(key()))
    mode, plan = wish("add_github_comment", "true"), _plan()
    if found and mode != "always-new":
        send("PATCH", f"{repository()}/issues/comments/{found[-1]['id']}", body=body(plan))
    elif mode != "changes-only" or wish("changes") != "false":
        send("POST", comments, body=body(plan))
    return 0


def mark(of: str) -> str:
    """How the comment of this label and path begins."""
    return f"{MARK}key={of} "


def body(plan: dict[str, Any] | None) -> str:
    """The comment: a mark, a line for the status, the plan, and where the whole of it is."""
    told = [_mark(plan), f"**Status:** {_status(plan)}", "", _markdown()]
    where = link()
    return "\n".join([*told, f"[The run, with the whole plan]({where})"] if where else told)


def _status(plan: dict[str, Any] | None) -> str:
    if wish("changes") == "false":
        return "Nothing to do."
    return WAITING if plan and not plan["refusals"] else "Not to be applied."


def _mark(plan: dict[str, Any] | None) -> str:
    if plan is None:
        return f"{mark(key())}-->"
    organization = hashlib.sha256(plan["organization"]["id"].encode()).hexdigest()[:16]
    return f"{mark(key())}plan={digest(plan)} organization={organization} -->"


def _markdown() -> str:
    title = " ".join(part for part in ("Genesys Cloud", wish("label")) if part)
    texts = [path.read_text(encoding="utf-8") for name in ("plan.md", "validate.md") if (path := reports() / name).exists()]
    return f"## {title}\n\n{texts[0] if texts else MISSING}"


def _plan() -> dict[str, Any] | None:
    path = reports() / "plan.json"
    found: dict[str, Any] | None = json.loads(path.read_bytes()) if path.exists() else None
    return found


if __name__ == "__main__":
    sys.exit(main())
