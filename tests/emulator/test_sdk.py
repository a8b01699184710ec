"""The official Python SDK drives the emulator through its sockets and does not notice.

Declared gap: the SDK checks no required properties in answers and maps unknown enumeration values to a constant; what it
tells is that paths, bodies, paging parameters, statuses and dates are what it expects.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from emulator.recordings import md5, wav

if TYPE_CHECKING:
    from tests.emulator.conftest import Start


class Late:
    """The official SDK, imported by the first test that needs it: two seconds not spent while collecting."""

    def __getattr__(self, name: str) -> Any:
        return getattr(pytest.importorskip("PureCloudPlatformClientV2"), name)


sdk: Any = Late()


@pytest.fixture(scope="module")
def client(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of the SDK; at a home of its own, since it watches every folder of the one it finds."""
    with pytest.MonkeyPatch.context() as surroundings, start(rate_limit=0) as (_, told):
        surroundings.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        found = sdk.api_client.ApiClient(host=told["api_url"])
        found.get_client_credentials_token(told["client_id"], told["client_secret"])
        yield found
        found.get_http_client().rest_client.pool_manager.clear()


@pytest.fixture(scope="module")
def home(client: Any) -> str:
    return str(sdk.AuthorizationApi(client).get_authorization_divisions_home().id)


@pytest.fixture
def user(client: Any, home: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    body = sdk.CreateUser()
    body.name, body.email, body.state = "Ada", f"{request.node.name.encode().hex()}@example.com", "active"
    body.division_id = home
    made = sdk.UsersApi(client).post_users(body)
    yield made
    sdk.UsersApi(client).delete_user(made.id)


@pytest.fixture
def queue(client: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    body = sdk.CreateQueueRequest()
    body.name, body.peer_id = f"Billing {request.node.name}", "q-1"
    made = sdk.RoutingApi(client).post_routing_queues(body)
    yield made
    sdk.RoutingApi(client).delete_routing_queue(made.id, force_delete=True)


def test_the_token_tells_who_we_are(client: Any) -> None:
    assert sdk.TokensApi(client).get_tokens_me().organization.name == "Emulated organisation"
    assert sdk.OrganizationApi(client).get_organizations_me().state == "active"


def test_users_are_read_changed_deleted_restored(client: Any, user: Any) -> None:
    users = sdk.UsersApi(client)
    assert user.id in [one.id for one in users.get_users(page_size=500, expand=["skills", "languages"], state="active").entities]

    change = sdk.UpdateUser()
    change.version, change.title = user.version, "Lead"
    assert users.patch_user(user.id, change).title == "Lead"

    users.delete_user(user.id)
    gone = users.get_user(user.id, state="deleted")
    back = sdk.UpdateUser()
    back.version, back.state = gone.version, "active"
    assert (gone.state, users.patch_user(user.id, back).state) == ("deleted", "active")


def test_a_stale_version_reaches_the_caller_as_409(client: Any, user: Any) -> None:
    change = sdk.UpdateUser()
    change.version, change.title = 99, "Lead"

    with pytest.raises(sdk.rest.ApiException) as caught:
        sdk.UsersApi(client).patch_user(user.id, change)

    assert caught.value.status == 409


def test_skills_and_languages_are_made_given_read_deleted(client: Any, user: Any) -> None:
    routing, users = sdk.RoutingApi(client), sdk.UsersApi(client)
    skill_body, language_body = sdk.CreateRoutingSkill(), sdk.Language()
    skill_body.name, language_body.name = "Billing", "English"
    skill, language = routing.post_routing_skills(skill_body), routing.post_routing_languages(language_body)
    given, spoken = sdk.UserRoutingSkillPost(), sdk.UserRoutingLanguagePost()
    given.id, given.proficiency = skill.id, 3.5
    spoken.id, spoken.proficiency = language.id, 4

    users.put_user_routingskills_bulk(user.id, [given])
    users.patch_user_routinglanguages_bulk(user.id, [spoken])
    read = users.get_user(user.id, expand=["skills", "languages"])
    routing.delete_routing_skill(skill.id)
    routing.delete_routing_language(language.id)

    assert [(one.name, one.proficiency) for one in [*read.skills, *read.languages]] == [("Billing", 3.5), ("English", 4.0)]
    assert routing.get_routing_skills().entities == []


def test_queues_are_read_replaced_found_by_peer(client: Any, queue: Any) -> None:
    routing = sdk.RoutingApi(client)
    request = sdk.QueueRequest()
    request.name, request.description, request.peer_id = queue.name, "Money", "q-1"

    assert routing.put_routing_queue(queue.id, request).description == "Money"
    assert [one.id for one in routing.get_routing_queues(has_peer=True, page_size=500).entities] == [queue.id]
    assert routing.get_routing_queues(has_peer=False).entities == []
    assert routing.get_routing_queue(queue.id).media_settings.call.alerting_timeout_seconds == 8


def test_a_queue_read_by_the_sdk_can_be_sent_back(client: Any, queue: Any) -> None:
    routing = sdk.RoutingApi(client)
    read = routing.get_routing_queue(queue.id)

    again = routing.put_routing_queue(queue.id, read)

    assert (again.name, again.peer_id, again.acw_settings.timeout_ms) == (queue.name, "q-1", 300_000)


def test_members_come_and_go(client: Any, queue: Any, user: Any) -> None:
    routing = sdk.RoutingApi(client)
    entity = sdk.WritableEntity()
    entity.id = user.id

    routing.post_routing_queue_members(queue.id, [entity])
    members = routing.get_routing_queue_members(queue.id, page_size=100, member_by="user").entities
    ring = sdk.QueueMember()
    ring.id, ring.ring_number = user.id, 2
    routing.patch_routing_queue_member(queue.id, user.id, ring)
    changed = routing.get_routing_queue_members(queue.id).entities[0].ring_number
    routing.post_routing_queue_members(queue.id, [entity], delete=True)

    assert ([one.user.email for one in members], changed) == ([user.email], 2)
    assert routing.get_routing_queue(queue.id).member_count == 0


def test_codes_are_made_and_assigned(client: Any, queue: Any) -> None:
    routing = sdk.RoutingApi(client)
    body, reference = sdk.WrapupCodeRequest(), sdk.WrapUpCodeReference()
    body.name = "Sale"
    code = routing.post_routing_wrapupcodes(body)
    reference.id = code.id

    routing.post_routing_queue_wrapupcodes(queue.id, [reference])
    assigned = routing.get_routing_queue_wrapupcodes(queue.id).entities
    routing.delete_routing_queue_wrapupcode(queue.id, code.id)
    routing.delete_routing_wrapupcode(code.id)

    assert [one.name for one in assigned] == ["Sale"]


def test_presence_definitions_are_made_changed_deactivated(client: Any) -> None:
    presence = sdk.PresenceApi(client)
    body = sdk.OrganizationPresenceDefinition()
    body.language_labels, body.system_presence = {"en_US": "Lunch"}, "Meal"
    made = presence.post_presence_definitions(body)
    made.language_labels = {"en_US": "Long lunch"}

    changed = presence.put_presence_definition(made.id, made)
    presence.delete_presence_definition(made.id)

    assert changed.language_labels == {"en_US": "Long lunch"}
    assert presence.get_presence_definition(made.id).deactivated is True
    assert [one.id for one in presence.get_presence_definitions(deactivated="TRUE").entities] == [made.id]


def test_divisions_are_made_filled_emptied_deleted(client: Any, home: str, user: Any) -> None:
    authorization = sdk.AuthorizationApi(client)
    body = sdk.AuthzDivision()
    body.name, body.description = "Tokyo", ""
    tokyo = authorization.post_authorization_divisions(body)

    authorization.post_authorization_division_object(tokyo.id, "USER", [user.id])
    moved = sdk.UsersApi(client).get_user(user.id).division.name
    authorization.post_authorization_division_object(home, "USER", [user.id])
    authorization.delete_authorization_division(tokyo.id)

    assert moved == "Tokyo"


def test_external_sources_and_identifiers(client: Any, user: Any) -> None:
    body, pair = sdk.ExternalSource(), sdk.UserExternalIdentifier()
    body.name, body.active = "ACME", True
    pair.authority_name, pair.external_key = "acme", "a-1"

    made = sdk.ExternalContactsApi(client).post_externalcontacts_externalsources(body)
    sdk.UsersApi(client).post_user_externalid(user.id, pair)

    assert [one.id for one in sdk.ExternalContactsApi(client).get_externalcontacts_externalsources().entities] == [made.id]
    assert sdk.UsersApi(client).get_users_externalid_authority_name_external_key("acme", "a-1").id == user.id


def test_scim_users_are_made_and_found(client: Any) -> None:
    scim = sdk.SCIMApi(client)
    body = sdk.ScimV2CreateUser()
    body.user_name, body.display_name, body.active = "scim@example.com", "Scim", True

    made = scim.post_scim_v2_users(body)
    found = scim.get_scim_v2_users(filter='userName eq "scim@example.com"')

    assert [one.id for one in found.resources] == [made.id]
    scim.delete_scim_v2_user(made.id)


@pytest.fixture
def platform(client: Any) -> Iterator[Any]:
    """A registered source that is the organisation's primary one; the built-in one is again afterwards."""
    presence = sdk.PresenceApi(client)
    body = sdk.Source()
    body.name = "ACME"
    made = presence.post_presence_sources(body)
    settings = presence.get_presence_settings()
    before = settings.default_primary_presence_registered_source_id
    settings.default_primary_presence_registered_source_id = made.id
    presence.put_presence_settings(settings)
    yield made
    settings.default_primary_presence_registered_source_id = before
    presence.put_presence_settings(settings)
    presence.delete_presence_source(made.id)


def presence_of(client: Any, user: Any, platform: Any, number: int, definition: str = "") -> Any:
    event = sdk.UserPresenceEvent()
    event.event_id, event.event_date_time = f"00000000-0000-4000-8000-{number:012x}", datetime(2026, 7, 1, 12, tzinfo=UTC)
    event.user_id, event.source_id = user.id, platform.id
    known = sdk.PresenceApi(client).get_presence_definitions().entities
    event.presence_definition_id = definition or next(one.id for one in known if one.system_presence == "OnQueue")
    return event


def test_presence_is_injected_and_read_in_bulk(client: Any, user: Any, platform: Any) -> None:
    batch = sdk.BatchUserPresenceEventRequest()
    wrong = "00000000-0000-4000-8000-00000000000f"
    batch.user_presence_events = [presence_of(client, user, platform, 1), presence_of(client, user, platform, 2, wrong)]

    errors = sdk.EventsApi(client).post_events_users_presence(batch).errors
    read = sdk.PresenceApi(client).get_users_presence_bulk(platform.id, id=[user.id])
    shown = sdk.UsersApi(client).get_user(user.id, expand=["presence"]).presence

    assert [(one.event_id, one.retryable) for one in errors] == [("00000000-0000-4000-8000-000000000002", False)]
    assert [(one.user_id, one.presence_definition.system_presence) for one in read] == [(user.id, "OnQueue")]
    assert (shown.source_id, shown.modified_date) == (platform.id, datetime(2026, 7, 1, 12, tzinfo=UTC))


def test_routing_status_is_injected_and_read(client: Any, user: Any, platform: Any) -> None:
    event, batch = sdk.UserRoutingStatusEvent(), sdk.BatchUserRoutingStatusEventRequest()
    event.event_id, event.event_date_time = "00000000-0000-4000-8000-000000000010", datetime(2026, 7, 1, 12, tzinfo=UTC)
    event.agent_id, event.source_id, event.status = user.id, platform.id, "Interacting"
    batch.user_routing_status_events = [event]

    errors = sdk.EventsApi(client).post_events_users_routingstatus(batch).errors
    read = sdk.UsersApi(client).get_user_routingstatus(user.id)

    assert (errors, read.status, read.start_time) == ([], "INTERACTING", datetime(2026, 7, 1, 12, tzinfo=UTC))


def test_timelines_are_queried(client: Any, user: Any, platform: Any) -> None:
    batch, query = sdk.BatchUserPresenceEventRequest(), sdk.UserDetailsQuery()
    batch.user_presence_events = [presence_of(client, user, platform, 3)]
    query.interval = "2026-07-01T00:00:00.000Z/2026-07-02T00:00:00.000Z"

    sdk.EventsApi(client).post_events_users_presence(batch)
    details = sdk.AnalyticsApi(client).post_analytics_users_details_query(query).user_details

    mine = next(one for one in details if one.user_id == user.id)
    assert [one.system_presence for one in mine.primary_presence] == ["ON_QUEUE"]


def test_a_conversation_is_injected_and_read(client: Any, platform: Any) -> None:
    batch, query = sdk.BatchConversationEventRequest(), sdk.ConversationQuery()
    opened, ended = sdk.ExternalEstablishedEvent(), sdk.CommunicationEndedEvent()
    conversation, leg = "00000000-0000-4000-8000-0000000000c1", "00000000-0000-4000-8000-0000000000c2"
    for number, event in enumerate((opened, ended)):
        event.event_id, event.conversation_id = f"00000000-0000-4000-8000-0000000000e{number}", conversation
        event.communication_id, event.event_date_time = leg, datetime(2026, 7, 1, 12, number, tzinfo=UTC)
    opened.initial_configuration, opened.source_configuration = sdk.InitialConfiguration(), sdk.SourceConfiguration()
    opened.initial_configuration.inbound, opened.ani = True, "+49"
    opened.source_configuration.source_id, opened.source_configuration.interaction_id = platform.id, "native-1"
    opened.source_configuration.tag_id, ended.disconnect_type = "T-1", "Self"
    batch.external_established_events, batch.communication_ended_events = [opened], [ended]
    query.interval = "2026-07-01T00:00:00.000Z/2026-07-02T00:00:00.000Z"

    errors = sdk.EventsApi(client).post_events_conversations(batch).errors
    read = sdk.ConversationsApi(client).get_conversation(conversation)
    found = sdk.AnalyticsApi(client).post_analytics_conversations_details_query(query).conversations
    tags = sdk.ConversationTagsUpdate()
    tags.external_tag = "T-2"
    sdk.ConversationsApi(client).put_conversation_tags(conversation, tags)

    assert (errors, read.external_tag, read.end_time) == ([], "T-1", datetime(2026, 7, 1, 12, 1, tzinfo=UTC))
    assert [(one.purpose, one.calls[0].disconnect_type) for one in read.participants] == [("customer", "endpoint")]
    assert [one.participants[0].sessions[0].ani for one in found] == ["+49"]
    assert sdk.AnalyticsApi(client).get_analytics_conversation_details(conversation).external_tag == "T-2"


def test_a_recording_is_uploaded_reported_attached_and_read(client: Any, platform: Any) -> None:
    conversation, content = told_call(client, platform, "00000000-0000-4000-8000-0000000000d1"), wav(2)
    wanted, report, update = sdk.UploadUrlRequest(), sdk.RecordingUploadReportRequest(), sdk.OrphanUpdateRequest()
    wanted.file_name, wanted.content_md5, wanted.content_type = "call.wav", md5(content), "audio/wav"
    report.date_since, update.conversation_id = datetime(2026, 7, 1, tzinfo=UTC), conversation
    recording = sdk.RecordingApi(client)

    granted = sdk.UploadsApi(client).post_uploads_recordings(wanted)
    assert httpx.put(granted.url, content=content, headers=granted.headers).status_code == 200
    made = recording.post_recording_uploads_reports(report)
    shown = recording.get_recording_uploads_report(made.id)
    orphan = recording.get_orphanrecordings().entities[0]
    attached = recording.put_orphanrecording(orphan.id, body=update)
    kept = recording.get_conversation_recordingmetadata(conversation)
    (played,) = recording.get_conversation_recordings(conversation, format_id="WAV")

    assert (made.state, shown.state, orphan.orphan_status) == ("InProgress", "Completed", "NO_CONVERSATION")
    assert granted.upload_key in httpx.get(shown.signed_url).text
    assert [one.id for one in kept] == [attached.id] == [played.id]
    assert (played.file_state, played.output_duration_ms) == ("AVAILABLE", 2000)


def told_call(client: Any, platform: Any, conversation: str) -> str:
    """A conversation that is over."""
    batch, opened, ended = sdk.BatchConversationEventRequest(), sdk.ExternalEstablishedEvent(), sdk.CommunicationEndedEvent()
    for number, event in enumerate((opened, ended)):
        event.event_id, event.conversation_id = f"00000000-0000-4000-8000-0000000000f{number}", conversation
        event.communication_id, event.event_date_time = conversation, datetime(2026, 7, 5, 12, number, tzinfo=UTC)
    opened.initial_configuration, opened.source_configuration = sdk.InitialConfiguration(), sdk.SourceConfiguration()
    opened.initial_configuration.inbound, ended.disconnect_type = True, "Self"
    opened.source_configuration.source_id, opened.source_configuration.interaction_id = platform.id, "native-2"
    batch.external_established_events, batch.communication_ended_events = [opened], [ended]
    assert sdk.EventsApi(client).post_events_conversations(batch).errors == []
    return conversation
