#!/usr/bin/env python3
"""Writes into the pull request's comment what became of its plan: the line of the status, and nothing else.

Inputs: path, label, pull_request, changes, result, failure_reason. Needs `pull-requests: write`.
"""

from __future__ import annotations

import sys

from comment import mark
from github import ask, ours, repository, send
from job import key, link, wish


def main() -> int:
    """0, also where no comment waits for it."""
    comments = f"{repository()}/issues/{int(wish('pull_request'))}/comments"
    for one in ours(ask(f"{comments}?per_page=100"), mark(key()))[-1:]:
        lines = one["body"].splitlines()
        lines[1] = f"**Status:** {status()}"
        send("PATCH", f"{repository()}/issues/comments/{one['id']}", body="\n".join(lines))
    return 0


def status() -> str:
    """What became of the plan, in one line."""
    reason, result = wish("failure_reason"), wish("result")
    if wish("changes") == "false":
        words = "Nothing was left to do."
    elif reason:
        words = f"Not applied ({reason})."
    else:
        words = f"Applied: {result}." if result else "Not applied: the run was ended."
    return f"{words} [The run]({link()})" if link() else words


if __name__ == "__main__":
    sys.exit(main())
