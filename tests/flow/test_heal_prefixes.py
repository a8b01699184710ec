"""Whatever is cut off a conversation is found in the read-back and told again, in an order that the service takes.

Every scenario of the machine is told to the emulator up to each of its events; what is judged missing then must be taken, and
afterwards nothing may be missing any more. Both ways of reading are tried.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from flow.centre import NOON, Centre
from runners.test_conversation import CALLS, MAILS, steps

from reconciler.apply.known import Directory
from reconciler.kinds import EVENTS
from reconciler.ledger import store
from reconciler.live.conversations import Conversations
from reconciler.model.call import Answer, Call
from reconciler.model.change import Change
from reconciler.model.interaction import Media
from reconciler.model.reconciliation import Finding, Standing
from reconciler.model.resource import Ref
from reconciler.model.seen import Seen
from reconciler.runners.conversation import follow
from reconciler.runners.conversation_change import Native, Sender, change, conversation_id
from reconciler.runners.conversation_compare import judge
from reconciler.runners.conversation_legs import Conversation

SENDER = Sender("acme", "pbx")
KIND = EVENTS["conversation_event"]
CENTRE = """\
presence_sources: [{key: pbx, name: PBX, primary: true}]
skills: [{key: refund, name: Refund}, {key: vip, name: VIP}]
languages: [{key: de, name: Deutsch}]
"""
SCENARIOS = [*((name, CALLS[name], Media.VOICE) for name in CALLS), *((name, MAILS[name], Media.EMAIL) for name in MAILS)]


def told(text: str, media: Media, native: str) -> list[Change]:
    return [change(one, Native(native), SENDER) for one in follow(Conversation(media), steps(text))[1]]


def named(changes: Iterable[Change], *fields: str) -> list[str]:
    return sorted({str(one.after) for each in changes for one in each.fields if one.path[0] in fields})


@dataclass
class Service:
    """Genesys Cloud with everybody in it whom the scenarios name."""

    centre: Centre
    ids: dict[Ref, str]
    singly: bool = False

    async def get(self, call: Call) -> Answer:
        query = {name: ",".join(value) if isinstance(value, list) else value for name, value in call.query.items()}
        found = await self.centre.meanwhile(call.method, call.url, call.body, **query)
        for one in found.get("conversations", ()) if self.singly else ():
            del one["participants"]
        return Answer(200, orjson.dumps(found))

    async def pages(self, *_: Any) -> Any:
        raise NotImplementedError

    async def tell(self, changes: Sequence[Change]) -> dict[str, str]:
        """What was refused, by what it was."""
        if not changes:
            return {}
        call = KIND.call(changes, Directory(self.ids))
        answer = Answer(200, orjson.dumps(await self.centre.meanwhile(call.method, call.url, call.body)))
        refused = KIND.refused(answer)
        return {str(one.fields[0].after): refused[one.ref.key].message for one in changes if one.ref.key in refused}

    async def shown(self, native: str) -> Seen | None:
        known = conversation_id("acme", native)
        keys = {(ref.kind, number): ref.key for ref, number in self.ids.items()}
        reading = Conversations(self, keys)
        await reading.by_id([known])
        await reading.look_into([known])
        return reading.readback.seen.get(known)

    async def judged(self, native: str, changes: Sequence[Change]) -> Finding:
        return judge(native, changes, await self.shown(native))


@pytest.fixture
def service(make_centre: Callable[..., Centre]) -> Service:
    centre = make_centre()
    every = [one for name, text, media in SCENARIOS for one in told(text, media, name)]
    users = "".join(f"  - {{key: '{key}', name: A{key}, email: a{key}@x.example}}\n" for key in named(every, "user"))
    codes = named(every, "wrapup_code")
    noted = "".join(f"  - {{key: {key}, name: {key}}}\n" for key in codes)
    queues = "".join(f"  - {{key: {key}, name: {key}, wrapup_codes: [{', '.join(codes)}]}}\n" for key in named(every, "queue"))
    centre.write(f"{CENTRE}wrapup_codes:\n{noted}users:\n{users}queues:\n{queues}")
    assert centre.apply().exit_code == 0
    centre.clock[0] = NOON + 86400
    return Service(centre, bound(centre))


def bound(centre: Centre) -> dict[Ref, str]:
    organization = centre.behind("GET", "/api/v2/tokens/me")["organization"]["id"]
    with closing(
        store.open(centre.settings.ledger, organization=organization, source="acme", clock=lambda: centre.time[0])
    ) as one:
        return {ref: binding.id for ref, binding in one.bindings().items()}


@pytest.mark.long
@pytest.mark.parametrize("singly", [False, True], ids=["by analytics", "one by one"])
def test_whatever_is_cut_off_is_told(service: Service, *, singly: bool) -> None:
    service.singly = singly

    async def cut(native: str, changes: Sequence[Change], kept: int) -> None:
        assert await service.tell(changes[:kept]) == {}

        found = await service.judged(native, changes)

        assert await service.tell(found.send) == {}, (native, found)
        again = await service.judged(native, changes)
        assert (again.standing, again.send, again.why) == (Standing.SAME, (), ()), (native, found, again)

    async def every() -> None:
        for name, text, media in SCENARIOS:
            for kept in range(len(told(text, media, name)) + 1):
                native = f"{name} {kept}"
                await cut(native, told(text, media, native), kept)

    asyncio.run(every())


@pytest.mark.long
def test_whatever_is_lost_in_between_is_never_told_out_of_order(service: Service) -> None:
    """One event is lost, and with it what the service refuses because of it; healing may not help, but must not hurt."""

    async def lose(native: str, changes: Sequence[Change], lost: int) -> str:
        refused = await service.tell([*changes[:lost], *changes[lost + 1 :]])

        found = await service.judged(native, changes)

        taken = await service.tell(found.send)
        assert taken.keys() <= refused.keys(), (native, refused, found, taken)
        again = await service.judged(native, changes)
        assert not {one.ref.key for one in again.send} - {one.ref.key for one in found.send}, (native, found, again)
        return found.standing

    async def every() -> set[str]:
        standings = set()
        for name, text, media in SCENARIOS:
            for lost in range(len(told(text, media, name))):
                native = f"{name} without {lost}"
                standings.add(await lose(native, told(text, media, native), lost))
        return standings

    assert asyncio.run(every()) == {"same", "different", "open", "partly", "missing"}
