#!/usr/bin/env python3
"""GitHub by its own program `gh`: comments, issues and pull requests of this repository. Knows nothing of plans."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from typing import Any

BOT = "github-actions[bot]"
"""Whose comments and issues are ours. Anybody can write our mark into a comment; what others wrote is never believed."""


def ask(path: str) -> list[Any]:
    """Everything GitHub answers to GET, page after page. Raises `CalledProcessError`."""
    return [one for page in _documents(_gh("--paginate", path)) for one in (page if isinstance(page, list) else [page])]


def send(method: str, path: str, **body: Any) -> None:
    """Sends a request with a JSON body. Raises `CalledProcessError`."""
    _gh("--method", method, path, "--input", "-", body=json.dumps(body))


def ours(found: list[Any], mark: str) -> list[Any]:
    """Of comments or issues those that we wrote and that begin with `mark`."""
    return [one for one in found if one["user"]["login"] == author() and (one["body"] or "").startswith(mark)]


def author() -> str:
    """Who writes for us; BOT names somebody else where the token is not the one of the run."""
    return os.environ.get("BOT") or BOT


def noted(body: str, name: str) -> str:
    """One value of the mark in the first line of a comment or an issue, empty where it is not there."""
    found = re.search(rf" {name}=(\S+)", body.partition("\n")[0])
    return found[1] if found else ""


def repository() -> str:
    """The beginning of every path: `repos/OWNER/NAME`."""
    return f"repos/{os.environ['GITHUB_REPOSITORY']}"


def _gh(*words: str, body: str | None = None) -> str:
    command = ["gh", "api", *words]
    done = subprocess.run(command, input=body, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=True)  # noqa: S603 - no shell
    return done.stdout


def _documents(text: str) -> Iterator[Any]:
    """`gh --paginate` writes one JSON document per page, one after the other."""
    decoder, place = json.JSONDecoder(), 0
    while text[place:].strip():
        place += len(text[place:]) - len(text[place:].lstrip())
        page, place = decoder.raw_decode(text, place)
        yield page
