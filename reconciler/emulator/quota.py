"""Arithmetic of the request allowance: fixed windows of 60 seconds per token. Knows no clock of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

from reconciler.emulator.refusal import Refusal, offence

WINDOW_SECONDS = 60
BODY_MAXIMUM = 512_000
IN_FLIGHT_MAXIMUM = 5


@dataclass(slots=True)
class Window:
    """Requests counted since the window began; it begins with the first request after the last one ended.

    Source: 300 per minute and token is the documented default; that the window is fixed is inferred from a sample answer.
    """

    began: float = float("-inf")
    count: int = 0

    def take(self, now: float, allowed: int) -> bool:
        """Count one request; False when it is above the allowance. Refused requests are not counted."""
        if now - self.began >= WINDOW_SECONDS:
            self.began, self.count = now, 0
        if self.count >= allowed:
            return False
        self.count += 1
        return True

    def seconds_left(self, now: float) -> int:
        """Whole seconds until the window ends, at least 1."""
        return max(1, math.ceil(self.began + WINDOW_SECONDS - now))

    def headers(self, now: float, allowed: int) -> dict[str, str]:
        """The three headers that tell a client where it stands."""
        return {
            "inin-ratelimit-count": str(self.count),
            "inin-ratelimit-allowed": str(allowed),
            "inin-ratelimit-reset": str(self.seconds_left(now)),
        }


def too_many(wait_seconds: int) -> Refusal:
    """429 with Retry-After. Source: the vendor's announcement of November 2021 gives message, code and envelope."""
    message = f"Rate limit exceeded the maximum. Retry the request in [{wait_seconds}] seconds"
    headers = {"Retry-After": str(wait_seconds)}
    return offence(Refusal(429, "too.many.requests.retry.after", message, headers=headers))
