"""What a store refused, in our words: its driver's own may hold a password or a signed address, and are never shown.

Drivers raise whatever their libraries raise, so errors are known by what they have in common: a number of the system, a status
of HTTP, or a name. Nothing here imports a driver.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from typing import Any

WORDS: Mapping[int, str] = {
    errno.EACCES: "access denied; check the credentials and who may read there",
    errno.EBUSY: "changed while it was read; the next look takes it up",
    errno.ECONNREFUSED: "no connection; check host, port and network",
    errno.EINVAL: "no plain file, or behind a link",
    errno.ENOENT: "no such file or folder",
    errno.ETIMEDOUT: "no answer in time; check host and network",
}
_STATUSES: Mapping[int, int] = {
    401: errno.EACCES,
    403: errno.EACCES,
    404: errno.ENOENT,
    408: errno.ETIMEDOUT,
    412: errno.EBUSY,  # it was asked for as it had been
    416: errno.EBUSY,  # it has become shorter
    504: errno.ETIMEDOUT,
}
_CLASSES: Mapping[type[Exception], int] = {
    FileNotFoundError: errno.ENOENT,
    PermissionError: errno.EACCES,
    TimeoutError: errno.ETIMEDOUT,
    ConnectionError: errno.ECONNREFUSED,
}
_NAMES: Mapping[str, int] = {
    "Timeout": errno.ETIMEDOUT,
    "Credential": errno.EACCES,
    "Auth": errno.EACCES,
    "Refresh": errno.EACCES,  # google.auth: a token that is not renewed
    "FileExpired": errno.EBUSY,  # s3fs: the ETag is another one
    "NotFound": errno.ENOENT,
    "Connect": errno.ECONNREFUSED,
}
"""Part of the name of a class → number; of botocore, httpx, azure-core, google-auth, aiohttp, paramiko, s3fs."""


def told(error: BaseException, place: str) -> OSError:
    """The same as an error of the system, of the class that belongs to its number, without any word of the driver."""
    for one in _chain(error):
        if number := _number(one):
            return OSError(number, WORDS.get(number) or os.strerror(number), place)
    return OSError(errno.EIO, f"no answer ({type(error).__name__})", place)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it was raised from, the latest first."""
    seen: list[BaseException] = []
    while error and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__ or error.__context__


def _number(error: BaseException) -> int:
    """The number of the system for an error, 0 where nothing says."""
    if status := next((one for one in _statuses(error) if one in _STATUSES), 0):
        return _STATUSES[status]
    if found := next((number for kind, number in _CLASSES.items() if isinstance(error, kind)), 0):
        return found
    if isinstance(error, OSError) and error.errno and error.errno in errno.errorcode:
        return error.errno
    if str(error).startswith("Forbidden"):  # gcsfs has nothing but words for it
        return errno.EACCES
    return next((number for part, number in _NAMES.items() if part in type(error).__name__), 0)


def _statuses(error: BaseException) -> Iterator[Any]:
    """Whatever may be a status of HTTP."""
    for name in ("status_code", "status", "code"):
        yield _plain(getattr(error, name, 0))
    answer = getattr(error, "response", None)
    if isinstance(answer, Mapping):
        answer = answer.get("ResponseMetadata") or {}
        yield _plain(answer.get("HTTPStatusCode", 0) if isinstance(answer, Mapping) else 0)
    yield _plain(getattr(answer, "status_code", 0))


def _plain(value: object) -> int:
    return value if isinstance(value, int) else 0
