"""Whether a message comes from who it says: a bearer token, or a digest of its body under a shared secret.

Several secrets and tokens count at the same time, so that one can be replaced without a gap. All of them are compared in
constant time, every time; none of them, and nothing a sender sent as one, is ever shown.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.errors import ConfigurationError

TIMESTAMP = "X-Reconciler-Timestamp"
"""When the message was signed: whole seconds since 1970."""

SIGNATURE = "X-Reconciler-Signature"
"""`sha256=` and the digest in hexadecimal: HMAC-SHA256 over the timestamp as it was sent, a full stop, and the body."""

HUB_SIGNATURE = "X-Hub-Signature-256"
"""The same over the body alone, as GitHub and many others send it. Nothing in it says when: whoever records one can repeat it."""

_SCHEME = "sha256="


class Refusal(NamedTuple):
    """The status of the answer, and what to do about it."""

    status: int
    message: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What is asked of a sender: one of the secrets or one of the tokens. `hub` takes `HUB_SIGNATURE` in place of `SIGNATURE`.

    Raises `ConfigurationError` for no secret at all, and for an empty one.
    """

    secrets: tuple[str, ...] = field(default=(), repr=False)
    tokens: tuple[str, ...] = field(default=(), repr=False)
    hub: bool = False
    replay_seconds: float = 300

    def __post_init__(self) -> None:
        if not (self.secrets or self.tokens):
            said = "the web hook needs a secret or a bearer token, since anybody could send events"
            raise ConfigurationError(f"{said}; set RECONCILER_HOOK_SECRETS or RECONCILER_HOOK_TOKENS")
        if not all(one.strip() for one in (*self.secrets, *self.tokens)):
            raise ConfigurationError("a secret of the web hook is empty; look at the variable it comes from")

    def refuse_early(self, headers: Mapping[str, str], now: float) -> Refusal | None:
        """What is wrong before the body is read: no proof at all, a wrong token, a message too old or from the future.

        `now` is in seconds since 1970; names of headers are lower case, or compared without case by the mapping.
        """
        if self.tokens and (sent := _bearer(headers)):
            return None if _is_one_of(sent, self.tokens) else Refusal(403, "the bearer token is not accepted")
        if not self.secrets:
            return Refusal(401, "send a token: Authorization: Bearer …")
        if self.hub:
            return None if HUB_SIGNATURE.lower() in headers else Refusal(401, f"sign the body: {HUB_SIGNATURE}: sha256=…")
        if SIGNATURE.lower() not in headers or TIMESTAMP.lower() not in headers:
            return Refusal(401, f"sign the message: {TIMESTAMP}: seconds since 1970, {SIGNATURE}: sha256=…")
        return self._age(headers[TIMESTAMP.lower()], now)

    def refuse(self, headers: Mapping[str, str], body: bytes) -> Refusal | None:
        """What is wrong with a message that was not refused early."""
        if self.tokens and _bearer(headers):
            return None
        name, signed = HUB_SIGNATURE, body
        if not self.hub:
            name, signed = SIGNATURE, headers[TIMESTAMP.lower()].encode("latin-1") + b"." + body
        wanted = [_SCHEME + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in self.secrets]
        return (
            None if _is_one_of(headers[name.lower()].lower(), wanted) else Refusal(403, "the signature does not fit the message")
        )

    def _age(self, text: str, now: float) -> Refusal | None:
        if not (text.isascii() and text.isdecimal() and len(text) <= 12):
            return Refusal(403, f"{TIMESTAMP} is not whole seconds since 1970")
        if abs(now - int(text)) > self.replay_seconds:
            return Refusal(403, f"{TIMESTAMP} is more than {self.replay_seconds:g} seconds from now; look at the clocks")
        return None


def _bearer(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _is_one_of(sent: str, wanted: tuple[str, ...] | list[str]) -> bool:
    """Looks at all of them, whatever the first says. Headers were read as Latin-1, whatever was meant."""
    found = [hmac.compare_digest(sent.encode("latin-1", "replace"), one.encode()) for one in wanted]
    return any(found)
