"""`emulate`: the emulator as a process of its own."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.emulator.app import Config
from reconciler.emulator.serve import serve
from reconciler.errors import UsageError


def emulate(port: int, seed: str, rate_limit: int, latency_ms: int, announce: Callable[[dict[str, str]], None]) -> None:
    """Serves until it is told to stop. `announce` hears the addresses once both ports answer."""
    try:
        config = Config(seed=seed, rate_limit=rate_limit, latency_ms=latency_ms)
        serve(config, port=port, announce=announce)
    except ValueError as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(
            f"cannot listen on 127.0.0.1:{port}: {error.strerror}; choose another port, or 0 for a free one"
        ) from None
