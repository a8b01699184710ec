"""Every guess about the platform, by name. A switch says which open question it stands for; nothing else is configurable here.

The defaults answer as the documented behaviour does, and where nothing is documented as most clients need it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


def _guess(default: Any, text: str, *choices: Any) -> Any:
    """A field whose metadata holds the explanation and, for words, the legal values."""
    return field(default=default, metadata={"text": text, "choices": choices})


def _rule(text: str) -> Any:
    """A rule about the order of conversation events: enforced (an error, not retryable) or only counted."""
    return _guess("enforce", text, "enforce", "count")


def _on(text: str) -> Any:
    return _guess(True, text)  # noqa: FBT003 - a switch's default is its value


def _off(text: str) -> Any:
    return _guess(False, text)  # noqa: FBT003 - a switch's default is its value


@dataclass(slots=True)
class Switches:
    """The state of all switches; `GET`/`PATCH` on the admin port's `/switches` show and turn them."""

    # answers to requests
    unknown_property: str = _guess(
        "refuse", "A property no definition names: 400 invalid.property, or ignored.", "refuse", "ignore"
    )
    page_size_above_maximum: str = _guess("clamp", "pageSize above an endpoint's maximum: unknown.", "clamp", "refuse")
    response_cells_maximum: int = _guess(
        0, "pageSize x (1 + expands) above this is 400 response.entity.too.large; 0 = never. The real bound is unpublished."
    )
    token_requests_per_minute: int = _guess(
        0, "The token endpoint's own limit, 400 invalid_request above it; 0 = none. The real number is unpublished."
    )
    # users
    version_conflict_status: int = _guess(409, "A stale version on a user: both are documented.", 409, 400)
    duplicate_email_status: int = _guess(409, "general.conflict for an e-mail in use: both are documented.", 409, 400)
    any_includes_deleted: bool = _off("Whether GET /users?state=any also lists deleted users: unknown.")
    abilities_bump_version: bool = _on("Writing skills or languages increments the user's version: inferred.")
    division_bumps_version: bool = _on("Moving a user to a division increments its version: inferred.")
    deleted_keeps_abilities: bool = _on("Skills and languages survive delete and restore: unknown.")
    deleted_keeps_memberships: bool = _off("Queue memberships survive delete and restore: unknown.")
    inactive_keeps_memberships: bool = _on("An inactive user stays member of its queues: unknown.")
    deleted_keeps_external_ids: bool = _on("A deleted user keeps its external identifiers occupied: unknown.")
    external_id_answer: str = _guess(
        "array", "POST externalid answers an array by the definition, an object by the provider.", "array", "object"
    )
    search_values_maximum: int = _guess(50, "values of one search criterion before 400: unpublished.")
    search_criteria_maximum: int = _guess(50, "criteria of one search before 400: unpublished.")
    # SCIM
    scim_put_clears_omitted: bool = _on("SCIM PUT clears attributes that are not in the body: unknown.")
    scim_version_mismatch_status: int = _guess(
        400, "If-Match mismatch: 400 invalidVers by the header's description, 409 by the response list.", 400, 409
    )
    scim_create_over_deleted: str = _guess(
        "conflict",
        "SCIM create with the e-mail of a deleted user; 409 is declared for non-deleted ones only.",
        "conflict",
        "restore",
    )
    scim_large_page_refused: bool = _on(
        "A SCIM list above 25 per page with costly attributes is answered 429; the description says it may be."
    )
    # routing objects
    duplicate_skill_status: int = _guess(409, "general.conflict for a skill name in use: both are documented.", 409, 400)
    deleted_skills_listed: bool = _off("Skill and language lists contain state deleted: observed by the provider.")
    deleted_skill_by_id: str = _guess("missing", "GET of a deleted skill: 404 or state deleted.", "missing", "shown")
    delete_unassigns: bool = _on("Deleting a skill, language or wrap-up code takes it off users and queues: unknown.")
    has_peer_omitted: str = _guess("all", "GET /routing/queues without hasPeer: unknown.", "all", "without", "with")
    peer_id_not_uuid: str = _guess("accept", "A peerId that is not a UUID: unknown.", "accept", "refuse")
    peer_id_duplicates: str = _guess("accept", "Two queues with the same peerId: unknown.", "accept", "refuse")
    put_without_peer_id: str = _guess("clear", "A queue PUT that omits peerId: unknown.", "clear", "keep")
    queue_put_moves_division: bool = _on("A queue PUT honours division: unknown.")
    member_joined: bool = _on("A newly added member is joined: inferred.")
    # presence
    changed_system_presence: str = _guess(
        "refuse", "A PUT that changes a definition's systemPresence: 409 or ignored.", "refuse", "ignore"
    )
    active_sources_maximum: int = _guess(20, "Active presence sources before 409 toomanyactivesources: unpublished.")
    definitions_maximum: int = _guess(300, "Presence definitions before 409 toomanyorganizationpresences: unpublished.")
    source_text_maximum: int = _guess(255, "Length of a source's name and description before 409: unpublished.")
    # injected events
    event_schema_failure: str = _guess(
        "event", "An event that breaks its schema: an entry in errors, or 400 for the whole batch.", "event", "batch"
    )
    event_id_form: str = _guess(
        "described",
        "eventId must be a version 4 UUID (presence) or a UUID (routing status) as described; a UUID; or any text.",
        *("described", "uuid", "any"),
    )
    event_repeated: str = _guess(
        "ignore",
        "An eventId that was accepted before: accepted silently and not applied, applied again, or refused for good.",
        *("ignore", "apply", "refuse"),
    )
    event_ids_kept: int = _guess(1_000_000, "At least so many of the last accepted eventIds are recognised: unknown.")
    event_out_of_order: str = _guess(
        "keep",
        "An event older than the newest: kept in the timeline without changing the state, changing it, or refused for good.",
        *("keep", "apply", "refuse"),
    )
    event_age_maximum: float = _guess(0.0, "Seconds an event may be old before it is refused; 0 = any: unknown.")
    event_ahead_maximum: float = _guess(0.0, "Seconds an event may lie in the future before it is refused; 0 = any: unknown.")
    event_of_unknown_retryable: bool = _off(
        "The retryable flag for an unknown user, source, definition, queue, skill, language or code: unknown."
    )
    event_of_inactive_user: str = _guess("refuse", "An event of an inactive user: unknown.", "refuse", "accept")
    event_deactivated_source: str = _guess("refuse", "An event of a deactivated source: unknown.", "refuse", "accept")
    event_system_source: str = _guess("refuse", "An event of the built-in source: unknown.", "refuse", "accept")
    event_deactivated_definition: str = _guess(
        "refuse", "An event with a deactivated presence definition: unknown.", "refuse", "accept"
    )
    routing_status_source: str = _guess(
        "presence_source", "What sourceId of a routing status event must name: unknown.", "presence_source", "unchecked"
    )
    events_kept: int = _guess(0, "So many last events per user are kept; 0 = all. Not a guess: bounds the memory of long runs.")
    # injected conversation events
    conversation_id_form: str = _guess(
        "described",
        "Ids of conversations, communications and commands must be version 4 UUIDs as described; UUIDs; or any text.",
        *("described", "uuid", "any"),
    )
    conversation_source: str = _guess(
        "presence_source",
        "What sourceConfiguration.sourceId must name: unknown.",
        *("presence_source", "external_source", "either", "unchecked"),
    )
    conversation_batch_order: str = _guess(
        "time",
        "The events of one batch are taken in by their time, equal ones causes first; or in the order they stand in the body.",
        *("time", "listed"),
    )
    conversation_after_failed: str = _guess(
        "judged",
        "Events behind one of their conversation that failed in the same batch: judged by themselves, or held back as retryable.",
        *("judged", "held"),
    )
    conversation_unknown_retryable: bool = _on("The retryable flag for an unknown conversation or communication: unknown.")
    conversation_tag: str = _guess(
        "last", "Several opening events with a tagId: the last one tags the conversation, or the first.", "last", "first"
    )
    conversations_kept: int = _guess(
        0, "So many conversations that are over are kept; 0 = all. Not a guess: bounds the memory of long runs."
    )
    rule_media: str = _rule("A conversation is made of voice events or of e-mail events.")
    rule_time: str = _rule("The time of events does not decrease along a conversation.")
    rule_gap: str = _rule("An event is at least a millisecond younger than the one it rests on.")
    rule_established: str = _rule("A communicationId is established once.")
    rule_first_leg: str = _rule("A conversation begins with the external party when inbound, with the user when outbound.")
    rule_invited_by: str = _rule("invitedBy names a communication established in the same conversation.")
    rule_previous_email: str = _rule("previousEmailId names an earlier communication of the same participant.")
    rule_over: str = _rule("A call whose communications all ended is over; an e-mail conversation may be taken up again.")
    rule_answered: str = _rule("A communication is answered once, and only while it is alerting.")
    rule_live: str = _rule("Hold, audio, transmitting and sent messages only on an answered communication.")
    rule_ended: str = _rule("A communication ends once; nothing but a disposition follows.")
    rule_disposed_of_user: str = _rule("A disposition is applied to communications of users.")
    rule_disposed_after_end: str = _rule("A disposition is applied after the end.")
    rule_disposed_once: str = _rule("A disposition is applied once.")
    rule_disposed_code: str = _rule("The code of a disposition is assigned to the queue.")
    rule_transfer_command: str = _rule("A commandId is given once; progress and end are those of an open command and its object.")
    rule_transfer_legs: str = _rule("The communications of a transfer or consultation have not ended.")
    rule_transfer_destination: str = _rule("A transfer progresses to the user, queue or number of its command.")
    rule_transfer_progress: str = _rule("A transfer is completed after it progressed.")
    rule_consult: str = _rule("One consultation is open at a time; progress and end are those of the open one.")
    # presence and routing status, read
    presence_of_registered_source: str = _guess(
        "refuse",
        "GET /users/{userId}/presences/{sourceId} of a registered source, which is documented as not supported.",
        *("refuse", "answer"),
    )
    bulk_without_presence: str = _guess(
        "offline", "A user without a presence of the source in a bulk read: unknown.", "offline", "absent"
    )
    details_records: str = _guess(
        "overlap",
        "Records an analytics query for user details shows: those overlapping its interval, or begun in it.",
        *("overlap", "started"),
    )
    # conversations, read
    conversation_interval: str = _guess(
        "touched",
        "An analytics query shows conversations that overlap its interval and began on a day it touches, or that began in it.",
        *("touched", "started"),
    )
    conversation_days_maximum: int = _guess(31, "Days of an analytics query for conversations before 400; 0 = any: unknown.")
    # recordings
    recording_link: str = _guess(
        "file_name",
        "How a file tells its conversation, unpublished: called CONVERSATIONID_anything; in a folder CONVERSATIONID/; called"
        ' INTERACTIONID_anything; or {"conversationId": …} in a file NAME.json beside NAME.wav.',
        *("file_name", "folder", "interaction_id", "sidecar"),
    )
    recording_upload_key: str = _guess(
        "unique", "Every upload request has a key of its own, or the same name has the same key.", "unique", "file_name"
    )
    recording_no_audio: str = _guess("failure", "A file that is no known audio container: unknown.", "failure", "accept")
    recording_unlinked: str = _guess("orphan", "A file that tells no conversation: unknown.", "orphan", "failure")
    recording_unknown_wait: float = _guess(
        3600.0, "Seconds a file waits for a conversation that is not known before it is an orphan; 0 = not at all."
    )
    recording_open_wait: float = _guess(
        0.0, "Seconds a file waits for the end of its conversation before it is an orphan; 0 = for ever."
    )
    recording_orphan_status: str = _guess(
        "WaitForConversation", "The upload status of an orphan: unknown.", "WaitForConversation", "Success", "Failure"
    )
    recording_orphan_heals: bool = _off("An orphan is attached by itself when its conversation ends after all: unknown.")
    recording_names: bool = _off("Recordings and metadata show file name and key as name and path: unknown.")
    recording_report_format: str = _guess("csv", "The format of upload reports is unpublished.", "csv", "ndjson", "json")
    recording_report_state: str = _guess(
        "Completed", "How reports end. Not a guess: trouble on demand.", "Completed", "Failed", "InProgress"
    )
    recording_bytes: bool = _off("Keep the bytes of recordings, for reading them back. Not a guess: costs memory.")
    # divisions
    moved_objects_maximum: int = _guess(50, "Ids in one POST divisions/{id}/objects/{type} before 400: unpublished.")
    divisions_maximum: int = _guess(500, "What GET /authorization/divisions/limit answers and POST enforces.")
    # audits
    audits_of_queues: bool = _on("The realtime audit query serves ContactCenter queues: to be read from its service mapping.")
    audit_requests_per_minute: int = _guess(
        60, "Realtime audit queries of one client before 429, below its token's limit; 0 = no limit. The number is unpublished."
    )
    # consistency, in seconds; 0 = everything is visible at once
    list_lag: float = _guess(0.0, "New users and queues are missing from lists and searches for so long.")
    search_lag: float = _guess(0.0, "POST /users/search finds a deleted user only so long after the deletion.")
    queue_delete_lag: float = _guess(0.0, "A deleted queue is still answered by id for so long.")
    members_lag: float = _guess(0.0, "Added, removed and changed queue members take effect so late.")
    member_count_lag: float = _guess(0.0, "The member counts of a queue follow its members so late.")
    event_lag: float = _guess(0.0, "An accepted event shows in reads so late.")
    conversation_details_lag: float = _guess(0.0, "A conversation is missing from analytics for so long after it began to show.")
    recording_ingest_delay: float = _guess(0.0, "An uploaded recording is Pending for so long.")
    recording_report_delay: float = _guess(0.0, "An upload report is InProgress for so long.")
    recording_transcode_delay: float = _guess(0.0, "A recording is transcoded for so long, answered 202.")
    audit_delay: float = _guess(0.0, "An audit entry shows so late: unpublished.")
    division_count_lag: float = _guess(0.0, "A division is not empty for so long after its objects moved out.")

    def show(self) -> dict[str, Any]:
        """Every switch with its value, the legal values where they are words, and the question it stands for."""
        return {
            one.name: {"value": getattr(self, one.name), "choices": list(one.metadata["choices"]), "text": one.metadata["text"]}
            for one in fields(self)
        }

    def turn(self, changes: dict[str, Any]) -> None:
        """Set several switches; ValueError names the first one that does not exist or cannot take the value."""
        known = {one.name: one for one in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"no switch {name!r}; known: {', '.join(known)}")
            _fits(name, value, known[name].default, known[name].metadata["choices"])
        for name, value in changes.items():
            setattr(self, name, value)


def _fits(name: str, value: Any, default: Any, choices: tuple[Any, ...]) -> None:
    if choices and value not in choices:
        raise ValueError(f"switch {name} takes one of {', '.join(map(str, choices))}, not {value!r}")
    number = isinstance(default, float) and isinstance(value, (int, float)) and not isinstance(value, bool)
    if type(value) is not type(default) and not number:
        raise ValueError(f"switch {name} takes a {type(default).__name__}, not {value!r}")
