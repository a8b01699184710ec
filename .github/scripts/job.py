#!/usr/bin/env python3
"""What a step is asked and what it answers: inputs, outputs, a summary, files, and the words of the reconciler.

Standard library only: these scripts also run where the reconciler is not installed. Outside GitHub Actions they do the same and
print what would have become outputs.

- Inputs are `INPUT_*` variables, so that no value is ever part of a shell line.
- Everything the reconciler says is printed between `::stop-commands::` and its token: a name in an export cannot write a workflow
  command. Source: "Workflow commands for GitHub Actions", Stopping and starting workflow commands.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SUMMARY_BYTES = 1_000_000  # a step summary holds 1 MiB
REASONS = {3: "plan-changed", 4: "state-locked", 5: "safety-limit"}
"""Exit codes of the reconciler with a reason of their own."""


@dataclass(frozen=True)
class Said:
    """How a command ended, what it printed, and what it said besides."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """What went wrong, where the command ended without a document; else empty."""
        told = self.err.partition("error: ")[2] or self.err or f"exit code {self.code}"
        try:
            found = json.loads(self.out)
        except ValueError:
            return told.strip() if self.code else ""
        return str((found.get("error") or {}).get("message", "")) if "result" not in found else ""


def wish(name: str, default: str = "") -> str:
    """An input."""
    return os.environ.get(f"INPUT_{name.upper()}", "").strip() or default


def wishes(name: str) -> list[str]:
    """An input of several words, between commas, blanks or line breaks."""
    return [one for one in re.split(r"[\s,]+", wish(name)) if one]


def key() -> str:
    """What tells this repository's plans apart: a digest of label and path that fits into any name."""
    return hashlib.sha256(f"{wish('label')}\0{wish('path', '.')}".encode()).hexdigest()[:16]


def reports() -> Path:
    """The folder of files for later steps and jobs."""
    folder = Path(os.environ.get("REPORTS") or Path(tempfile.gettempdir()) / "reconciler-reports")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def reconciler(*words: str) -> Said:
    """Runs the reconciler in the user's repository. What it says on stderr is shown while it works."""
    command = ["reconciler", "-C", wish("path", "."), *words]
    with tempfile.TemporaryFile() as out, _commands_stopped():
        said = []
        with subprocess.Popen(  # noqa: S603 - fixed words and inputs, no shell
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        ) as running:
            for line in running.stderr or ():
                _say(line.rstrip("\n"))
                said.append(line)
        out.seek(0)
        return Said(running.returncode, out.read().decode(), "".join(said))


def show(text: str) -> None:
    """Prints what comes from outside."""
    with _commands_stopped():
        _say(text)


@contextmanager
def _commands_stopped() -> Iterator[None]:
    token = secrets.token_hex(16)
    if is_action():
        _say(f"::stop-commands::{token}")
    try:
        yield
    finally:
        if is_action():
            _say(f"::{token}::")


def is_action() -> bool:
    """Whether GitHub Actions reads what is printed."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def mask() -> None:
    """Hides the password inside the ledger's address; the address as a whole is a secret and hidden already."""
    password = urlsplit(os.environ.get("RECONCILER_LEDGER", "")).password
    if password and is_action():
        _say(f"::add-mask::{password}")


def give(**values: object) -> None:
    """Sets outputs of the step."""
    rows = []
    for name, value in values.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        end = secrets.token_hex(16)
        rows.append(f"{name}<<{end}\n{text}\n{end}\n")
        if not is_action():
            _say(f"{name}={text}")
    _append("GITHUB_OUTPUT", "".join(rows))


def summarize(text: str) -> None:
    """Adds to the summary of the step, as much as fits."""
    _append("GITHUB_STEP_SUMMARY", text.encode()[:SUMMARY_BYTES].decode(errors="ignore") + "\n")


def fail(reason: str, text: str) -> int:
    """Says why the step failed, as output and annotation; its exit code."""
    give(failure_reason=reason)
    _say("::error::" + text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))
    return 1


def quoted(text: str) -> str:
    """Text as a block of code, in which nothing is Markdown."""
    return "\n".join(f"    {line}" for line in text.splitlines())


def digest(plan: dict[str, Any]) -> str:
    """What a plan would do, as a digest: the same for two plans that do the same to the same state."""
    parts = [plan[name] for name in ("changes", "adoptions", "refusals")]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def link() -> str:
    """Where this run is to be seen, empty outside GitHub Actions."""
    server, repository, run = (os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    return f"{server}/{repository}/actions/runs/{run}" if run else ""


def _append(variable: str, text: str) -> None:
    if path := os.environ.get(variable):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
