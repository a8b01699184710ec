#!/usr/bin/env python3
"""One open issue per drift: opened when it is new, closed when it is gone or has become another one.

Inputs: path, label. Reads drift.json and drift.md among the reports. Outputs: opened, closed. Needs `issues: write`.
"""

from __future__ import annotations

import json
import sys
from urllib.parse import quote

from github import ask, author, noted, ours, repository, send
from job import give, key, link, reports, wish

MARK = "<!-- genesys-cloud-reconciler drift "
LABEL = "genesys-cloud-drift"


def main() -> int:
    """0; GitHub's own refusals end the step."""
    drift = json.loads((reports() / "drift.json").read_bytes())
    fingerprint = drift["fingerprint"].removeprefix("sha256:")
    known = ours(ask(f"{repository()}/issues?state=open&creator={quote(author())}&per_page=100"), f"{MARK}key={key()} ")
    is_new = bool(fingerprint) and all(noted(one["body"], "fingerprint") != fingerprint for one in known)
    if is_new:
        count = sum(one["drift"] for one in drift["objects"])
        send("POST", f"{repository()}/issues", title=_title(count), body=_body(fingerprint), labels=[LABEL])
    gone = [one for one in known if noted(one["body"], "fingerprint") != fingerprint]
    for one in gone:
        _close(one["number"], "This drift has become another one." if fingerprint else "This drift is gone.")
    give(opened=int(is_new), closed=len(gone))
    return 0


def _title(count: int) -> str:
    label = f" ({wish('label')})" if wish("label") else ""
    return f"Drift in Genesys Cloud{label}: {count} object{'' if count == 1 else 's'}"


def _body(fingerprint: str) -> str:
    told = (reports() / "drift.md").read_text(encoding="utf-8")
    choice = "Take it over into the manifests, or apply them to undo it. This issue closes itself when the drift is gone."
    where = f"\n\n[The run]({link()})" if link() else ""
    return f"{MARK}key={key()} fingerprint={fingerprint} -->\n{told}\n{choice}{where}\n"


def _close(number: int, words: str) -> None:
    where = f" [The run]({link()})" if link() else ""
    send("POST", f"{repository()}/issues/{number}/comments", body=words + where)
    send("PATCH", f"{repository()}/issues/{number}", state="closed", state_reason="completed")


if __name__ == "__main__":
    sys.exit(main())
