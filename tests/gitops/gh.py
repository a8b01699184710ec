"""GitHub for tests, in a file: answers what the scripts ask `gh api`, and records every call.

gh.py STORE api --paginate PATH
gh.py STORE api --method METHOD PATH --input -
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

BOT = {"login": "github-actions[bot]"}
EMPTY: dict[str, Any] = {"calls": [], "comments": [], "issues": [], "pulls": {}, "next": 100}


def main(store: Path, words: list[str]) -> str:
    """What `gh` would print."""
    hub = json.loads(store.read_text()) if store.exists() else dict(EMPTY)
    method = words[words.index("--method") + 1] if "--method" in words else "GET"
    path = next(one for one in words if one.startswith("repos/"))
    body = json.load(sys.stdin) if "--input" in words else {}
    hub["calls"].append([method, path.partition("?")[0], body])
    answer = _answer(hub, method, path.partition("?")[0], body)
    store.write_text(json.dumps(hub))
    # Two pages, one after the other, as `gh --paginate` writes them.
    return json.dumps(answer[:1]) + json.dumps(answer[1:]) if isinstance(answer, list) else json.dumps(answer)


def _answer(hub: dict[str, Any], method: str, path: str, body: dict[str, Any]) -> Any:
    rules = {
        r"GET .*/issues/(\d+)/comments": lambda found: [one for one in hub["comments"] if one["issue"] == int(found[1])],
        r"POST .*/issues/(\d+)/comments": lambda found: _added(hub, "comments", {"issue": int(found[1]), **body}),
        r"PATCH .*/issues/comments/(\d+)": lambda found: _changed(hub["comments"], "id", int(found[1]), body),
        r"GET .*/issues": lambda _: [one for one in hub["issues"] if one["state"] == "open"],
        r"POST .*/issues": lambda _: _added(hub, "issues", {"state": "open", "number": hub["next"], **body}),
        r"PATCH .*/issues/(\d+)": lambda found: _changed(hub["issues"], "number", int(found[1]), body),
        r"GET .*/commits/(\w+)/pulls": lambda found: hub["pulls"].get(found[1], []),
    }
    for pattern, answer in rules.items():
        if found := re.fullmatch(pattern, f"{method} {path}"):
            return answer(found)
    raise SystemExit(f"gh: {method} {path}: Not Found (HTTP 404)")


def _added(hub: dict[str, Any], name: str, one: dict[str, Any]) -> dict[str, Any]:
    hub["next"] += 1
    hub[name].append({"id": hub["next"], "user": BOT, **one})
    return one


def _changed(rows: list[dict[str, Any]], name: str, value: int, body: dict[str, Any]) -> dict[str, Any]:
    row = next(one for one in rows if one[name] == value)
    row.update(body)
    return row


if __name__ == "__main__":
    sys.stdout.write(main(Path(sys.argv[1]), sys.argv[2:]))
