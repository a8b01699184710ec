"""Send over several OAuth clients: each adds its own connections and, where the service counts per token, its own budget.

It decides nothing but whose turn it is, and that is `limits.soonest`. A call stays with the client that took it, repetitions
included, because a token belongs to a client.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Literal, Self

from reconciler import errors
from reconciler.api.budget import Budget
from reconciler.api.client import Client
from reconciler.api.limits import Limits, soonest
from reconciler.model.call import Answer, Call
from reconciler.model.problem import plain

WHO_AM_I = Call("GET", "/api/v2/tokens/me")

Counted = Literal["token", "client"]
"""What the service counts requests by: every token has an allowance of its own, or all tokens of one OAuth client share one.

The documentation says token, the vendor's forum says both; with `client`, an OAuth client that is named twice adds connections
and no requests. In either case the headers of the answers correct what was assumed wrongly.
"""


class Pool:
    """Send over one or several clients; an async context manager. Costs nothing beyond its client where there is only one.

    A call goes to the client that may send it soonest; callers beyond `parallelism` wait in the order of arrival. Entering it
    with several clients asks each whose token it has (one request) and raises `NotAuthorised` where they belong to different
    organisations: half of a plan would be carried out in another one.
    """

    def __init__(
        self,
        clients: Sequence[Client],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        if not clients:
            raise errors.ConfigurationError("no OAuth client: name at least one id and secret")
        self._clients = tuple(clients)
        self._clock, self._sleep = clock, sleep
        self._gate = asyncio.Lock()
        self._returned = asyncio.Event()

    @classmethod
    def of(  # noqa: PLR0913 - the doors to the outside are those of a Client
        cls,
        credentials: Sequence[tuple[str, str]],
        *,
        requests_per_minute: int = 300,
        counted: Counted = "token",
        paced: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        **client: Any,
    ) -> Self:
        """A pool of one Client per (client id, secret). `requests_per_minute` is the ceiling of each allowance; see `Counted`.

        `client` is what every `Client` is made with: `api_url` and `login_url`; optionally `transport`, `connections`, ….
        """
        budgets: dict[str | int, Budget] = {}
        clients = []
        for number, (client_id, secret) in enumerate(credentials):
            limits = Limits(requests_per_minute, paced=paced)
            budget = budgets.setdefault(client_id if counted == "client" else number, Budget(limits, clock=clock, sleep=sleep))
            one = Client(client_id=client_id, client_secret=secret, budget=budget, clock=clock, sleep=sleep, **client)
            clients.append(one)
        return cls(clients, clock=clock, sleep=sleep)

    @property
    def requests(self) -> int:
        """How many requests went out so far, token requests and repetitions included."""
        return sum(client.requests for client in self._clients)

    @property
    def by_operation(self) -> Counter[str]:
        """The same, sorted by operation."""
        return sum((client.by_operation for client in self._clients), Counter())

    @property
    def left(self) -> int | None:
        """How many requests the present windows have left; None without a limit of our own."""
        rest = [budget.left for budget in {client.budget for client in self._clients}]
        return None if None in rest else sum(left for left in rest if left)

    @property
    def wait(self) -> float:
        """Seconds until some client's budget has room for one more request; 0 means now."""
        return min(client.budget.wait for client in self._clients)

    def share(self, shares: Sequence[float]) -> None:
        """Makes only these parts of the allowances ours, one part from 0 to 1 per client: other workers have the rest."""
        for client, share in zip(self._clients, shares, strict=True):
            client.budget.share(share)

    @property
    def parallelism(self) -> int:
        """How many calls can be under way at once: more callers than that only wait."""
        return sum(client.connections for client in self._clients)

    async def __aenter__(self) -> Self:
        try:
            await self._one_organization()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._close()

    async def __call__(self, call: Call) -> Answer:
        """The successful answer. Raises what `Client` raises; `NotAuthorised` then names the OAuth client by its id."""
        if len(self._clients) == 1:
            return await self._clients[0](call)
        client = await self._next()
        try:
            return await self._ask(client, call)
        finally:
            self._returned.set()

    async def _next(self) -> Client:
        """The client that takes the next call; nobody overtakes."""
        async with self._gate:
            while True:
                self._returned.clear()
                chosen, wait = soonest([client.standing for client in self._clients])
                if not wait:
                    return self._clients[chosen]
                await self._rest(wait)

    async def _rest(self, seconds: float) -> None:
        """Waits until a call comes back, and no longer than `seconds`."""
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._returned.wait())]
        if seconds < math.inf:
            waits.append(asyncio.ensure_future(self._sleep(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    async def _ask(self, client: Client, call: Call) -> Answer:
        try:
            return await client(call)
        except errors.NotAuthorised as error:
            what = f"{error.message}; sent by the OAuth client {plain(client.id)}, one of {len(self._clients)}"
            raise errors.NotAuthorised(error.operation, error.status, error.code, what, error.correlation) from None

    async def _one_organization(self) -> None:
        """Asks one after the other: many token requests at once trip the token endpoint's own limit.

        Source: GET /api/v2/tokens/me, API description of July 2026; that limit: official Terraform provider 1.84.
        """
        if len(self._clients) == 1:
            return
        found = [(await self._ask(client, WHO_AM_I)).json() or {} for client in self._clients]
        ids = [str((one.get("organization") or one.get("homeOrganization") or {}).get("id", "")) for one in found]
        for client, organization in zip(self._clients, ids, strict=True):
            if not organization or organization != ids[0]:
                whose = (f"{plain(self._clients[0].id)} to {plain(ids[0])}", f"{plain(client.id)} to {plain(organization)}")
                what = f"OAuth clients of different organisations: {' and '.join(whose)}; name only those of one"
                raise errors.NotAuthorised(WHO_AM_I.operation, 200, "", what)

    async def _close(self) -> None:
        for client in self._clients:
            await client.close()
