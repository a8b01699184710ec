"""Schemathesis over every modelled operation: whatever is asked, the answer is one the official definition declares.

Half of the ids in generated paths, queries and bodies are replaced by ids that exist, so that requests get past the look-ups.
Properties the definition does not name are not generated: what they are answered with has its own tests.

Declared gaps: If-Match and If-None-Match are left out (a mismatch is answered in SCIM's words, where the response list wants
the API's); what is generated is text that fits the schema, so wrong types are only met where they are tested by hand.
"""

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from reconciler.emulator.app import Config, Emulator, build
from reconciler.emulator.ask import Ask, Query
from reconciler.emulator.conversation_batch import inject_conversations
from reconciler.emulator.operation import Operation
from reconciler.emulator.operations import OPERATIONS
from reconciler.emulator.presence import source
from reconciler.emulator.recording_ingest import arrive, attach
from reconciler.emulator.recording_report import create_report
from reconciler.emulator.recording_store import Content

schemathesis = pytest.importorskip("schemathesis")

from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402 - after the skip
from hypothesis import strategies as st  # noqa: E402 - after the skip
from schemathesis import checks  # noqa: E402 - after the skip

if TYPE_CHECKING:
    from tests.emulator.conftest import Definition

EXAMPLES = 6
CHECKS = [checks.not_a_server_error, checks.status_code_conformance, checks.response_schema_conformance]
WITH_BODY = [*CHECKS, checks.content_type_conformance]  # an answer without a body has no media type, whatever is declared


@pytest.fixture(scope="session")
def schema(definition: Definition) -> Any:
    raw = copy.deepcopy(definition.raw)
    for path in raw["paths"].values():
        for one in path.values():
            one["parameters"] = [known for known in one.get("parameters", []) if known["in"] != "header"]
    return schemathesis.openapi.from_dict(raw)


@pytest.mark.parametrize("operation", [pytest.param(one, id=one.name) for one in OPERATIONS])
def test_every_answer_is_a_declared_one(operation: Operation, schema: Any) -> None:
    emulator = build(Config(seed="demo", rate_limit=0))
    token = emulator.world.tokens.issue(_basic(emulator), "client_credentials", now=emulator.world.now(), seconds=3600, limit=0)
    emulator.world.sources.add(source(emulator.world, {"name": "ACME"}, "User"))
    known = ids(emulator) | conversation(emulator)
    known |= recordings(emulator, known["conversationId"][0])

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[operation.path][operation.method].as_strategy(), pick=st.randoms(use_true_random=False))
    def ask(case: Any, pick: Any) -> None:
        ground(case, known, pick)
        response = asyncio.run(send(emulator, token.text, case))
        case.validate_response(response, checks=WITH_BODY if response.content else CHECKS)

    ask()


def _basic(emulator: Emulator) -> str:
    return httpx.BasicAuth(emulator.client_id, emulator.client_secret)._auth_header


def ids(emulator: Emulator) -> dict[str, list[str]]:
    """What exists, by the name of the parameter or property that wants it."""
    world = emulator.world
    users, queues = [*world.people.by_id], [*world.queues]
    skills, languages, codes = [*world.skills.live], [*world.languages.live], [*world.codes.live]
    return {
        "userId": users,
        "subjectId": users,
        "memberId": users,
        "queueId": queues,
        "skillId": skills,
        "languageId": languages,
        "codeId": codes,
        "divisionId": [*world.divisions.live],
        "roleId": [*world.roles.live],
        "agentId": users,
        "presenceDefinitionId": [*world.definitions.live],
        "definitionId": [*world.definitions.live],
        "sourceId": [*world.sources.live],
        "namespaceName": ["platform.api", "presence"],
        "objectType": ["USER", "QUEUE"],
        "id": [*users, *queues, *skills, *languages, *codes],
        "manager": users,
    }


def conversation(emulator: Emulator) -> dict[str, list[str]]:
    """A call in the queue, told; ids of it and its legs."""
    world = emulator.world
    call, caller, queue = (f"00000000-0000-4000-8000-00000000000{number}" for number in range(3))
    source = {"sourceId": next(iter(world.sources.live)), "interactionId": "native-1", "tagId": "T-1"}
    opened = {"conversationId": call, "sourceConfiguration": source, "initialConfiguration": {"inbound": True}}
    external = {"eventId": caller, "eventDateTime": "2026-07-01T12:00:00Z", "communicationId": caller} | opened
    routing = {"eventId": queue, "eventDateTime": "2026-07-01T12:00:01Z", "communicationId": queue} | opened
    routing |= {"queueId": next(iter(world.queues))}
    body = {"externalEstablishedEvents": [external], "routingEstablishedEvents": [routing]}
    world.switches.turn({"event_system_source": "accept"})
    assert inject_conversations(Ask("", {}, Query(()), {}, body, world.client), world) == {"errors": []}
    legs = ("communicationId", "invitedBy", "initiatingCommunicationId", "targetCommunicationId", "objectCommunicationId")
    return {"conversationId": [call], **{name: [caller, queue] for name in (*legs, "destinationCommunicationId")}}


def recordings(emulator: Emulator, call: str) -> dict[str, list[str]]:
    """A recording of the call, orphans enough to attach and delete, and a report; their ids."""
    world = emulator.world
    arrive(world, "org/key/first.wav", Content("00", 1, "wav", 2.0))
    attach(world, next(iter(world.recordings.by_key.values())), call)
    for number in range(2 * EXAMPLES):
        arrive(world, f"org/key/{number}.wav", Content("00", 1, "wav"))
    report = create_report(Ask("", {}, Query(()), {}, {"dateSince": "2026-07-01T00:00:00Z"}, world.client), world)
    return {
        "recordingId": [*world.recordings.of_conversation[call]],
        "orphanId": [*world.recordings.orphans],
        "reportId": [report["id"]],
        **{name: ["2199-01-01T00:00:00Z"] for name in ("archiveDate", "deleteDate", "exportDate")},
    }


def ground(case: Any, known: dict[str, list[str]], pick: Any) -> None:
    case.path_parameters = replaced(case.path_parameters, known, pick)
    case.query = replaced(case.query, known, pick)
    if isinstance(case.body, (dict, list)):
        case.body = replaced(case.body, known, pick)
        if isinstance(case.body, dict) and "version" in case.body:
            case.body["version"] = 1


def replaced(value: Any, known: dict[str, list[str]], pick: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: replaced(inner, known, pick, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [replaced(inner, known, pick, name) for inner in value]
    if isinstance(value, str) and name in known and pick.random() < 0.5:
        return pick.choice(known[name])
    return value


async def send(emulator: Emulator, token: str, case: Any) -> httpx.Response:
    wanted = case.as_transport_kwargs(base_url="http://api.test")
    wanted = {key: value for key, value in wanted.items() if key in ("method", "url", "params", "json", "data", "headers")}
    wanted["headers"] = {**wanted["headers"], "Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(emulator.api)) as client:
        return await client.request(**wanted)
