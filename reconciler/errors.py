"""Every exception we raise, as a tree sorted by what the caller can do.

    ReconcilerError                     exit
    ├── InputError                      1    problems in files; all of them, with places: a person mends the input
    ├── UsageError                      64   a command used wrongly, or approval needed and no terminal
    ├── ConfigurationError              1    settings or credentials are missing or contradict each other
    ├── StalePlan                       3    plan again: the world moved, the plan expired or was carried out before
    ├── Locked                          4    somebody else applies; wait or unlock
    ├── Fenced                          4    another worker has taken the partition over; drop what was known of it
    ├── Refused                         5    a guard said no; a person decides
    ├── Interrupted                     130  stopped by a signal after finishing what was in flight
    └── ApiError                        1    Genesys Cloud or the way to it
        ├── NotAuthorised               7    credentials, permissions, another organisation
        ├── NotFound                         404 and what means the same
        ├── Conflict                         duplicate or version conflict: read again, decide again
        ├── Rejected                         any other 4xx: the request is wrong, repeating is useless
        ├── Unavailable                      not carried out after all retries: try again later
        └── Lost                             a write whose outcome is unknown: read before anything is repeated

A problem in an input is a value (`model.problem`); only at the end of a stage all of them are raised together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class ReconcilerError(Exception):
    """Root of the tree; `exit_code` is what the command line answers."""

    exit_code = 1


class InputError(ReconcilerError):
    """Inputs have problems; `problems` holds all of them in order of place."""

    def __init__(self, problems: Sequence[Any]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(ReconcilerError):
    """A command was used wrongly."""

    exit_code = 64


class ConfigurationError(ReconcilerError):
    """Settings or credentials are missing or contradict each other."""


class StalePlan(ReconcilerError):
    """The saved plan no longer fits: the world moved, it expired, or it was carried out already."""

    exit_code = 3


class Locked(ReconcilerError):
    """Another apply holds the lease of this organisation."""

    exit_code = 4


class Fenced(ReconcilerError):
    """Another worker holds the partition now: what this one knew of it is void."""

    exit_code = 4


class Refused(ReconcilerError):
    """A guard refuses the plan; the message names the guard and the exact override."""

    exit_code = 5


class Interrupted(ReconcilerError):
    """Stopped by a signal; what was in flight has been finished and recorded."""

    def __init__(self, message: str, exit_code: int = 130) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class ApiError(ReconcilerError):
    """Genesys Cloud answered with an error, or did not answer.

    `operation` is `METHOD template`, `status` 0 where there was no answer, `code` the API's word for it, `correlation` the
    id its support asks for.
    """

    def __init__(self, operation: str, status: int, code: str, message: str, correlation: str = "") -> None:
        self.operation = operation
        self.status = status
        self.code = code
        self.message = message
        self.correlation = correlation
        answer = " ".join(str(part) for part in (status or "", code) if part)
        trace = f" (correlation id {correlation})" if correlation else ""
        super().__init__(f"{operation}: {answer}: {message}{trace}" if answer else f"{operation}: {message}{trace}")


class NotAuthorised(ApiError):
    """Credentials are wrong, a permission is missing, or the organisation is another one."""

    exit_code = 7


class NotFound(ApiError):
    """The object is not there (any more, or not yet)."""


class Conflict(ApiError):
    """A duplicate, or a version that has moved on: read again, decide again."""


class Rejected(ApiError):
    """The request itself is wrong; repeating it is useless."""


class Unavailable(ApiError):
    """Certainly not carried out, after all retries."""


class Lost(ApiError):
    """The outcome of a write is unknown: the answer never came, or came as 502, 503 or 504."""
