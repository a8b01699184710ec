"""Records of the standard logging → lines on stderr: for people, or as JSON for a collector. No line ever holds a secret.

The parts log with `logging.getLogger(__name__)`; only a command decides how its lines look, by `written`. A JSON line has `time`
(ISO 8601, UTC), `level`, `logger`, `message`, and `error` with the traceback where there is one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

import orjson

from reconciler.model.problem import plain

ROOT = "reconciler"
_SECRETS = re.compile(
    r"""(?ix)
    (bearer\s+ | basic\s+ | sha256= | (?:secret|token)["']?\s*[:=]\s*["']?) [^\s"'&@,;]+   # what stands before it, and a secret
    | (://[^/\s:@]+:) [^\s/@]+ (?=@)                                                      # the password of an address
    """
)


def redacted(text: str) -> str:
    """`text` without what stands where secrets stand: tokens, signatures, passwords of addresses."""
    return _SECRETS.sub(lambda found: f"{found[1] or found[2]}***", text)


class Line(logging.Formatter):
    """A line for people: time, level where it is not the usual, message."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; a traceback follows in lines of its own."""
        level = "" if record.levelno <= logging.INFO else f"{record.levelname.lower()}: "
        text = f"{_time(record)} {level}{plain(redacted(record.getMessage()))}"
        return f"{text}\n{redacted(self.formatException(record.exc_info))}" if record.exc_info else text


class Json(logging.Formatter):
    """A line for a collector."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object without line breaks."""
        said = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        if record.exc_info:
            said["error"] = redacted(self.formatException(record.exc_info))
        return orjson.dumps(said).decode()


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


@contextmanager
def written(stream: TextIO, *, as_json: bool) -> Iterator[logging.Logger]:
    """Our log goes to `stream` while the block runs; the value is its root."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Json() if as_json else Line())
    root = logging.getLogger(ROOT)
    before = root.level, root.propagate
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    root.propagate = False
    try:
        yield root
    finally:
        root.removeHandler(handler)
        root.level, root.propagate = before
