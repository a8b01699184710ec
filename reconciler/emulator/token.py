"""OAuth clients and their tokens: who asks, what they may, until when. No HTTP but the answer of the token endpoint."""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.emulator.quota import Window
from reconciler.emulator.refusal import Refusal, offence

if TYPE_CHECKING:
    from random import Random


@dataclass(frozen=True, slots=True)
class Client:
    """A client-credentials client. `divisions` None means all; else ids, and lists show only objects in them.

    Source: its rights come from roles and divisions granted to it; OAuth scopes do not apply to this grant.
    """

    id: str
    secret: str
    name: str
    permissions: frozenset[str]
    divisions: frozenset[str] | None = None

    def sees(self, division: str) -> bool:
        """Whether objects of this division are shown to the client; `*` stands for objects of all divisions."""
        return self.divisions is None or division == "*" or division in self.divisions


@dataclass(slots=True, eq=False)
class Connection:
    """One connection of the served emulator; the server says when it is gone."""

    is_open: bool = True


@dataclass(slots=True)
class Token:
    """One access token with its own allowance; several may live for one client."""

    text: str
    client: Client
    expires: float
    window: Window = field(default_factory=Window)
    in_flight: int = 0
    told_to_wait: dict[str, float] = field(default_factory=dict)
    connections: set[Connection] = field(default_factory=set)


class OAuthRefusal(Exception):
    """An error of the token endpoint, which speaks OAuth and not the API's envelope."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "error_description": description}


class Tokens:
    """The organisation's clients and the tokens they hold."""

    def __init__(self, random: Random) -> None:
        self.clients: dict[str, Client] = {}
        self._tokens: dict[str, Token] = {}
        self._random = random
        self._endpoint = Window()

    def add(self, client: Client) -> None:
        """Make a client known; one with the same id is replaced, tokens it holds keep the old rights."""
        self.clients[client.id] = client

    def issue(self, authorization: str, grant: str, *, now: float, seconds: int, limit: int) -> Token:
        """A new token for Basic credentials; OAuthRefusal for anything else.

        Source: official SDKs send Basic and a form; a throttled endpoint answers 400 `invalid_request` beginning with
        "rate limit exceeded;" (provider). The number is a switch.
        """
        if limit and not self._endpoint.take(now, limit):
            raise OAuthRefusal(400, "invalid_request", "rate limit exceeded; try again later")
        client = self.clients.get((credentials := _basic(authorization))[0])
        if client is None or client.secret != credentials[1]:
            raise OAuthRefusal(401, "invalid_client", "client not found or secret does not match")
        if grant != "client_credentials":
            raise OAuthRefusal(400, "unsupported_grant_type", f"grant type {grant or '(none)'} is not supported")
        token = Token(f"{self._random.getrandbits(384):064x}", client, now + seconds)
        self._tokens[token.text] = token
        return token

    def find(self, authorization: str, now: float) -> Token:
        """The living token of a Bearer header. Source: 401 `authentication.required` without one, else `bad.credentials`."""
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise Refusal(401, "authentication.required", "No authentication bearer token specified in authorization header.")
        token = self._tokens.get(text.strip())
        if token is None or token.expires <= now:
            raise offence(Refusal(401, "bad.credentials", "Invalid login credentials."))
        return token

    def revoke(self, authorization: str) -> None:
        """Forget the token of this header."""
        self._tokens.pop(authorization.partition(" ")[2].strip(), None)


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret
