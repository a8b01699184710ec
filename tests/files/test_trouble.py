"""What drivers raise becomes an error of the system without any of their words."""

from __future__ import annotations

import errno
from types import SimpleNamespace
from typing import Any

import pytest

from reconciler.files import trouble


class HttpError(Exception):
    """As drivers have it: with a status, and with words."""

    def __init__(self, **said: Any) -> None:
        super().__init__("geheim")
        self.__dict__.update(said)


class NoCredentialsError(Exception):
    pass


class ClientConnectorError(OSError):
    """As aiohttp has it: not to be made with a number and words."""

    def __init__(self, key: str, error: OSError) -> None:
        super().__init__(error.errno, "geheim")
        self.key = key


def caused() -> Exception:
    error = RuntimeError("geheim")
    error.__cause__ = TimeoutError()
    return error


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (HttpError(status_code=401), PermissionError, "access denied"),
        (HttpError(code=403), PermissionError, "access denied"),
        (HttpError(status=404), FileNotFoundError, "no such file or folder"),
        (HttpError(response=SimpleNamespace(status_code=403)), PermissionError, "access denied"),
        (HttpError(response={"ResponseMetadata": {"HTTPStatusCode": 412}}), OSError, "changed while it was read"),
        (HttpError(response={}), OSError, r"no answer \(HttpError\)"),
        (NoCredentialsError("geheim"), PermissionError, "access denied"),
        (ClientConnectorError("geheim", ConnectionRefusedError(errno.ECONNREFUSED, "geheim")), ConnectionError, "no connection"),
        (OSError("Forbidden: geheim"), PermissionError, "access denied"),
        (PermissionError(13, "ann:geheim may not", "sftp://ann:geheim@h"), PermissionError, "access denied"),
        (OSError(errno.ENOSPC, "geheim"), OSError, "No space left"),
        (OSError("geheim"), OSError, r"no answer \(OSError\)"),
        (caused(), TimeoutError, "no answer in time"),
        (FileNotFoundError("geheim"), FileNotFoundError, "no such file"),
    ],
)
def test_an_error_of_a_driver_is_told_in_our_words(error: Exception, kind: type[OSError], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        raise trouble.told(error, "s3://bucket/calls")

    assert "geheim" not in str(caught.value)
    assert caught.value.filename == "s3://bucket/calls"


def test_a_circle_of_causes_ends() -> None:
    first, second = RuntimeError("geheim"), RuntimeError("geheim")
    first.__cause__, second.__cause__ = second, first

    assert trouble.told(first, "x").errno == errno.EIO
