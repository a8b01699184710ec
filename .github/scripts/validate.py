#!/usr/bin/env python3
"""Checks manifests offline and whether they are what the export renders to. Needs no secret, so forks may run it.

Inputs: path, label, render (`false` where manifests are written by hand). Outputs: key, failure_reason (`invalid` or
`stale-manifests`).
"""

from __future__ import annotations

import subprocess
import sys

from job import fail, give, key, reports, show, summarize, wish

INVALID = "the manifests have problems; they are shown beside their lines"
STALE = "the manifests are not what the export and the mapping render to: run `reconciler render` and commit what it writes"


def main() -> int:
    """1 where manifests are invalid or stale."""
    give(key=key())
    if _annotated("validate"):
        return _failed("invalid", INVALID)
    if wish("render", "true") == "false":
        return 0
    code = _annotated("render", "--check")
    if code == 2:
        return _failed("stale-manifests", STALE)
    return _failed("invalid", "the export cannot be rendered; the problems are shown above") if code else 0


def _annotated(*words: str) -> int:
    """Runs a command whose annotations GitHub reads; what it says besides is shown without being read."""
    command = ["reconciler", "-C", wish("path", "."), *words, "--format", "github"]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, encoding="utf-8", check=False)  # noqa: S603 - no shell
    if done.stderr:
        show(done.stderr.rstrip())
    return done.returncode


def _failed(reason: str, text: str) -> int:
    words = f"**Not planned:** {text}.\n"
    (reports() / "validate.md").write_text(words, encoding="utf-8")
    summarize(words)
    return fail(reason, text)


if __name__ == "__main__":
    sys.exit(main())
