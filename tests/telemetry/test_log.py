"""Lines of the log: whole, for people or for a collector, and without secrets."""

from __future__ import annotations

import io
import logging

import orjson
import pytest

from reconciler.telemetry.log import redacted, written


def lines(message: str, *arguments: object, as_json: bool, level: int = logging.WARNING) -> list[str]:
    stream = io.StringIO()
    with written(stream, as_json=as_json):
        logging.getLogger("reconciler.feeds.file").log(level, message, *arguments)
    return stream.getvalue().splitlines()


def test_a_json_line_says_when_how_bad_where_and_what() -> None:
    (line,) = lines("%s: 昼食\nnext", "queue_log", as_json=True)

    said = orjson.loads(line)
    assert (said["level"], said["logger"], said["message"]) == ("warning", "reconciler.feeds.file", "queue_log: 昼食\nnext")
    assert said["time"].endswith("+00:00")


def test_a_line_for_people_is_one_line_and_tells_only_bad_levels() -> None:
    (bad,) = lines("a\nb", as_json=False)
    (good,) = lines("taken over", as_json=False, level=logging.INFO)

    assert bad.split(" ", 1)[1] == "warning: a\\x0ab"
    assert good.split(" ", 1)[1] == "taken over"


def test_an_exception_comes_with_its_traceback() -> None:
    stream = io.StringIO()
    with written(stream, as_json=True):
        try:
            int("Bearer abc.def")
        except ValueError:
            logging.getLogger("reconciler").exception("failed")

    error = orjson.loads(stream.getvalue())["error"]
    assert "ValueError" in error
    assert "abc.def" not in error


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer ***"),
        ("X-Reconciler-Signature: sha256=00ff", "X-Reconciler-Signature: sha256=***"),
        ("postgresql://me:pass@db/x", "postgresql://me:***@db/x"),
        ('{"client_secret": "s3"}', '{"client_secret": "***"}'),
        ("access_token=abc&x=1", "access_token=***&x=1"),
        ("nothing to hide: 12:30", "nothing to hide: 12:30"),
        ("listening: http://127.0.0.1:9400/metrics", "listening: http://127.0.0.1:9400/metrics"),
    ],
)
def test_secrets_never_stand_in_a_line(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_the_log_is_as_before_afterwards() -> None:
    before = logging.getLogger("reconciler").handlers[:]
    lines("x", as_json=False)

    assert logging.getLogger("reconciler").handlers == before
