"""Opening what somebody names: plain files only, without waiting for a pipe and without touching a device."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def opened(path: Path, *, follow: bool = True) -> BinaryIO:
    """The file, unbuffered. Raises `OSError` where there is none, it is no plain file, or it is a link and `follow` is false."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    number = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.EINVAL, "no plain file", str(path))
    return os.fdopen(number, "rb", buffering=0)
