"""Whether a message comes from who it says: a bearer token, or a signature made with a shared secret.

Several secrets and tokens count at the same time, so that one can be replaced without a gap. All of them are compared in
constant time, every time; none of them, and nothing a sender sent as one, is ever shown.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qsl

from reconciler.errors import ConfigurationError

TIMESTAMP = "X-Reconciler-Timestamp"
"""When the message was signed: whole seconds since 1970."""

SIGNATURE = "X-Reconciler-Signature"
"""`sha256=` and the digest in hexadecimal: HMAC-SHA256 over the timestamp as it was sent, a full stop, and the body."""

HUB_SIGNATURE = "X-Hub-Signature-256"
"""The same over the body alone, as GitHub and many others send it. Nothing in it says when: whoever records one can repeat it."""

TWILIO_SIGNATURE = "X-Twilio-Signature"
"""Base64 of HMAC-SHA1 over the address with its query, and over names and values of a form by name; no time in it either.

Of a body that is no form the query has the SHA-256. Source: Webhooks security, Twilio.
"""

_DIGEST = "bodySHA256"


class Message(NamedTuple):
    """What signatures are made of. Names of headers are lower case, or compared without case by the mapping."""

    headers: Mapping[str, str]
    body: bytes
    query: str = ""


@dataclass(frozen=True, slots=True)
class Style:
    """How senders sign: the `header` with the signature, what to tell those who send none, and the signature by a secret.

    `signed` raises `ValueError` for a message that cannot be signed so. `stamp` is the header that says when, if any does. It
    `folds` where upper and lower case are one.
    """

    header: str
    advice: str
    signed: Callable[[str, Message], str]
    stamp: str = ""
    folds: bool = True


def _own(secret: str, message: Message) -> str:
    return _sha256(secret, message.headers[TIMESTAMP.lower()].encode("latin-1") + b"." + message.body)


def _sha256(secret: str, text: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


OWN = Style(SIGNATURE, f"sign the message: {TIMESTAMP}: seconds since 1970, {SIGNATURE}: sha256=…", _own, TIMESTAMP)
HUB = Style(HUB_SIGNATURE, f"sign the body: {HUB_SIGNATURE}: sha256=…", lambda secret, message: _sha256(secret, message.body))


def twilio(url: str) -> Style:
    """How Twilio signs what it posts to this address, with the account's token as secret. `url` is the one Twilio was given."""

    def signed(secret: str, message: Message) -> str:
        plain = url.partition("?")[0]
        address = f"{plain}?{message.query}" if message.query else plain
        digest = dict(parse_qsl(message.query)).get(_DIGEST)
        if digest is None:  # strictly, so that nothing of the body goes without a signature
            form = parse_qsl(message.body.decode(), keep_blank_values=True, strict_parsing=True)
        elif hmac.compare_digest(digest.lower().encode(), hashlib.sha256(message.body).hexdigest().encode()):
            form = []
        else:
            raise ValueError(f"{_DIGEST} is of another body")
        text = address + "".join(f"{name}{value}" for name, value in sorted(set(form)))
        return b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()

    return Style(TWILIO_SIGNATURE, f"sign the message: {TWILIO_SIGNATURE}", signed, folds=False)


class Refusal(NamedTuple):
    """The status of the answer, and what to do about it."""

    status: int
    message: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What is asked of a sender: one of the tokens, or a signature in this style by one of the secrets.

    Raises `ConfigurationError` for no secret at all, and for an empty one.
    """

    secrets: tuple[str, ...] = field(default=(), repr=False)
    tokens: tuple[str, ...] = field(default=(), repr=False)
    style: Style = OWN
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
        if any(name.lower() not in headers for name in (self.style.header, self.style.stamp) if name):
            return Refusal(401, self.style.advice)
        return self._age(headers[self.style.stamp.lower()], now) if self.style.stamp else None

    def refuse(self, message: Message) -> Refusal | None:
        """What is wrong with a message that was not refused early."""
        if self.tokens and _bearer(message.headers):
            return None
        sent = message.headers[self.style.header.lower()]
        sent = sent.lower() if self.style.folds else sent
        try:
            wanted = [self.style.signed(secret, message) for secret in self.secrets]
        except ValueError:
            wanted = []
        return None if _is_one_of(sent, wanted) else Refusal(403, "the signature does not fit the message")

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
