"""The table of what is modelled. One row per operation: how it is called, what it demands, who answers.

Source of methods, paths, permissions and page sizes: the API description of July 2026. `any` of the permissions is enough
unless `all_of` is set; no permission means the description names none.
"""

from __future__ import annotations

from reconciler.emulator import (
    abilities,
    audits,
    authorization,
    bodies,
    conversation_batch,
    conversation_details,
    conversation_shown,
    details,
    events,
    external,
    grants,
    identifiers,
    members,
    organization,
    people,
    presence,
    queues,
    routing,
    scim,
    search,
    status,
)
from reconciler.emulator.operation import Operation
from reconciler.emulator.operation import operation as _op
from reconciler.emulator.pages import Paging
from reconciler.emulator.recording_operations import RECORDINGS

_LARGE = Paging(500)
_MEDIUM = Paging(100)
_OF_USER = Paging(50)
_CHECKED = Paging(500, number_code="invalid.page.number")
_CHECKED_100 = Paging(100, number_code="invalid.page.number")

_EDIT_USER = "admin directory:user:edit directory:organization:admin"
_EDIT_MEMBERS = "routing:queue:edit routing:queueMember:manage"
_SEE_MEMBERS = "routing:queue:view routing:queue:edit routing:queue:readonly routing:queueMember:manage"
_ASSIGN_LANGUAGE = "routing:skill:assign routing:language:assign"
_SEE_EXTERNAL = "externalContacts:externalSource:view externalContacts:contact:view externalContacts:externalOrganization:view"
_SCIM_ANY = (
    "authorization:grant:add authorization:grant:delete routing:skill:assign routing:language:assign telephony:extension:assign"
)
_SCIM_EDIT = f"directory:user:edit directory:user:setPassword {_SCIM_ANY}"

_TOKEN = (
    _op("GET", "/tokens/me", organization.get_token),
    _op("HEAD", "/tokens/me", organization.check_token),
    _op("DELETE", "/tokens/me", organization.revoke_token, reads=True),
    _op("GET", "/organizations/me", organization.get_organization),
    _op("GET", "/organizations/limits/namespaces", organization.list_namespaces, paging=Paging(100, 100)),
    _op("GET", "/organizations/limits/namespaces/{namespaceName}", organization.get_limits),
    _op("GET", "/organizations/limits/namespaces/{namespaceName}/defaults", organization.get_default_limits),
)

_D = "/authorization/divisions"
_S = "/authorization/subjects"
_AUTHORIZATION = (
    _op("GET", _D, authorization.list_divisions, paging=_MEDIUM),
    _op(
        "POST",
        _D,
        authorization.create_division,
        "authorization:division:add authorization:grant:add",
        all_of=True,
        body=bodies.DIVISION,
    ),
    _op("GET", f"{_D}/query", authorization.query_divisions, paging=Paging(200)),
    _op("GET", f"{_D}/home", authorization.get_home),
    _op("GET", f"{_D}/limit", authorization.get_limit),
    _op("GET", f"{_D}/deleted", authorization.list_deleted, "authorization:divisionDeleted:view", paging=_MEDIUM),
    _op("GET", f"{_D}/{{divisionId}}", authorization.get_division),
    _op("PUT", f"{_D}/{{divisionId}}", authorization.replace_division, "authorization:division:edit", body=bodies.DIVISION),
    _op("DELETE", f"{_D}/{{divisionId}}", authorization.delete_division, "authorization:division:delete", ok=204),
    _op(
        "POST",
        f"{_D}/{{divisionId}}/restore",
        authorization.restore_division,
        "authorization:division:add",
        body=bodies.DIVISION,
    ),
    _op("POST", f"{_D}/{{divisionId}}/objects/{{objectType}}", authorization.move_objects, body=bodies.IDS, ok=204),
    _op("GET", "/authorization/divisionspermitted/paged/me", authorization.list_permitted, paging=_MEDIUM),
    _op("GET", f"{_S}/me", grants.get_own_subject),
    _op("GET", f"{_S}/{{subjectId}}", grants.get_subject, "authorization:grant:view"),
    _op("POST", f"{_S}/{{subjectId}}/bulkadd", grants.add_grants, "authorization:grant:add", body=bodies.GRANTS, ok=204),
    _op("POST", f"{_S}/{{subjectId}}/bulkremove", grants.remove_grants, "authorization:grant:delete", body=bodies.GRANTS, ok=204),
    _op(
        "POST",
        f"{_S}/{{subjectId}}/bulkreplace",
        grants.replace_grants,
        "authorization:grant:add authorization:grant:delete",
        all_of=True,
        body=bodies.GRANTS,
        ok=204,
    ),
    _op("GET", "/authorization/roles", grants.list_roles, "authorization:role:view", paging=_MEDIUM),
    _op("GET", "/authorization/roles/{roleId}", grants.get_role, "authorization:role:view"),
)

_U = "/users/{userId}"
_USERS = (
    _op("GET", "/users", people.list_users, paging=_LARGE),
    _op("POST", "/users", people.create_user, "directory:user:add", body=bodies.USER_CREATE),
    _op("PATCH", "/users/bulk", people.change_many, "directory:user:edit directory:organization:admin", body=bodies.USERS_BULK),
    _op("GET", "/users/query", people.query_users, "directory:user:view", paging=_LARGE),
    _op("POST", "/users/search", search.search_users, "directory:user:view", body=bodies.SEARCH, reads=True),
    _op("GET", "/users/me", people.get_me),
    _op("GET", "/users/externalid/{authorityName}/{externalKey}", people.find_by_identifier),
    _op("GET", _U, people.get_user),
    _op("PATCH", _U, people.change_user, _EDIT_USER, body=bodies.USER_UPDATE),
    _op("DELETE", _U, people.delete_user, "admin directory:user:delete directory:organization:admin"),
    _op("GET", f"{_U}/state", people.get_state, "directory:userStateChange:view"),
    _op("PUT", f"{_U}/state", people.change_state, "directory:user:edit", body=bodies.USER_STATE),
    _op("POST", f"{_U}/invite", people.invite_user, "admin directory:organization:admin directory:user:setPassword", ok=204),
    _op("POST", f"{_U}/password", people.set_password, "directory:user:setPassword", body=bodies.PASSWORD, ok=204),
    _op("GET", f"{_U}/routingskills", abilities.list_skills, paging=_OF_USER),
    _op("POST", f"{_U}/routingskills", abilities.add_skill, "routing:skill:assign", body=bodies.ABILITY),
    _op("PUT", f"{_U}/routingskills/bulk", abilities.replace_skills, "routing:skill:assign", body=[bodies.ABILITY]),
    _op("PATCH", f"{_U}/routingskills/bulk", abilities.merge_skills, "routing:skill:assign", body=[bodies.ABILITY]),
    _op("PUT", f"{_U}/routingskills/{{skillId}}", abilities.change_skill, "routing:skill:assign", body=bodies.ABILITY_CHANGE),
    _op("DELETE", f"{_U}/routingskills/{{skillId}}", abilities.remove_skill, "routing:skill:assign"),
    _op("GET", f"{_U}/routinglanguages", abilities.list_languages, paging=_OF_USER),
    _op("POST", f"{_U}/routinglanguages", abilities.add_language, _ASSIGN_LANGUAGE, body=bodies.ABILITY),
    _op("PATCH", f"{_U}/routinglanguages/bulk", abilities.merge_languages, _ASSIGN_LANGUAGE, body=[bodies.ABILITY]),
    _op(
        "PATCH",
        f"{_U}/routinglanguages/{{languageId}}",
        abilities.change_language,
        _ASSIGN_LANGUAGE,
        body=bodies.ABILITY_CHANGE,
    ),
    _op("DELETE", f"{_U}/routinglanguages/{{languageId}}", abilities.remove_language, _ASSIGN_LANGUAGE, ok=204),
    _op("GET", f"{_U}/externalid", identifiers.list_identifiers),
    _op("POST", f"{_U}/externalid", identifiers.add_identifier, "directory:user:edit", body=bodies.IDENTIFIER),
    _op("GET", f"{_U}/externalid/{{authorityName}}", identifiers.get_identifier),
    _op(
        "DELETE",
        f"{_U}/externalid/{{authorityName}}/{{externalKey}}",
        identifiers.remove_identifier,
        "directory:user:edit",
        ok=204,
    ),
    _op("GET", f"{_U}/queues", members.list_queues_of_user, "routing:queue:view", paging=_MEDIUM),
    _op(
        "PATCH",
        f"{_U}/queues",
        members.change_queues_of_user,
        "routing:queue:join routing:queueMember:manage",
        body=[bodies.QUEUE_OF_USER],
    ),
    _op(
        "PATCH",
        f"{_U}/queues/{{queueId}}",
        members.change_queue_of_user,
        "routing:queue:join routing:queueMember:manage",
        body=bodies.QUEUE_OF_USER,
    ),
    _op("GET", "/users/{subjectId}/roles", grants.get_user_roles, "authorization:grant:view"),
)

_Q = "/routing/queues/{queueId}"
_C = "/routing/wrapupcodes"
_ROUTING = (
    _op("GET", "/routing/skills", routing.list_skills, "routing:skill:view", paging=_LARGE),
    _op("POST", "/routing/skills", routing.create_skill, "routing:skill:manage routing:skill:create", body=bodies.SKILL),
    _op("GET", "/routing/skills/{skillId}", routing.get_skill, "routing:skill:view"),
    _op("PATCH", "/routing/skills/{skillId}", routing.move_skill, "routing:skill:update", body=bodies.SKILL_DIVISION),
    _op("DELETE", "/routing/skills/{skillId}", routing.delete_skill, "routing:skill:manage routing:skill:delete"),
    _op("GET", "/routing/languages", routing.list_languages, paging=_MEDIUM),
    _op("POST", "/routing/languages", routing.create_language, "routing:skill:manage", body=bodies.LANGUAGE),
    _op("GET", "/routing/languages/{languageId}", routing.get_language),
    _op("DELETE", "/routing/languages/{languageId}", routing.delete_language, "routing:skill:manage", ok=204),
    _op("GET", _C, routing.list_codes, "routing:wrapupCode:view", paging=_CHECKED_100),
    _op("POST", _C, routing.create_code, "routing:wrapupCode:add", body=bodies.CODE),
    _op("GET", f"{_C}/divisionviews", routing.list_code_views, "routing:wrapupCode:search", paging=_CHECKED_100),
    _op("GET", f"{_C}/divisionviews/{{codeId}}", routing.get_code_view, "routing:wrapupCode:search"),
    _op("GET", f"{_C}/{{codeId}}", routing.get_code, "routing:wrapupCode:view"),
    _op("PUT", f"{_C}/{{codeId}}", routing.replace_code, "routing:wrapupCode:edit", body=bodies.CODE),
    _op("DELETE", f"{_C}/{{codeId}}", routing.delete_code, "routing:wrapupCode:delete"),
    _op("GET", "/routing/queues", queues.list_queues, "routing:queue:view", paging=_CHECKED),
    _op("POST", "/routing/queues", queues.create_queue, "routing:queue:add", body=bodies.QUEUE_CREATE),
    _op("GET", "/routing/queues/divisionviews", queues.list_views, "routing:queue:search", paging=_CHECKED_100),
    _op("GET", "/routing/queues/divisionviews/all", queues.list_all_views, "routing:queue:search", paging=_CHECKED),
    _op("GET", _Q, queues.get_queue, "routing:queue:view"),
    _op("PUT", _Q, queues.replace_queue, "routing:queue:edit", body=bodies.QUEUE),
    _op("DELETE", _Q, queues.delete_queue, "routing:queue:delete"),
    _op("GET", f"{_Q}/members", members.list_members, _SEE_MEMBERS, paging=_CHECKED_100),
    _op("POST", f"{_Q}/members", members.write_members, _EDIT_MEMBERS, body=bodies.ENTITIES, ok=204),
    _op("PATCH", f"{_Q}/members", members.change_members, _EDIT_MEMBERS, body=[bodies.MEMBER]),
    _op("PATCH", f"{_Q}/members/{{memberId}}", members.change_member, _EDIT_MEMBERS, body=bodies.MEMBER, ok=202),
    _op("DELETE", f"{_Q}/members/{{memberId}}", members.remove_member, _EDIT_MEMBERS, ok=204),
    _op("GET", f"{_Q}/wrapupcodes", queues.list_queue_codes, "routing:queue:view", paging=_MEDIUM),
    _op("POST", f"{_Q}/wrapupcodes", queues.add_queue_codes, "routing:queue:edit", body=bodies.ENTITIES),
    _op("DELETE", f"{_Q}/wrapupcodes/{{codeId}}", queues.remove_queue_code, "routing:queue:edit"),
)

_PD = "/presence/definitions"
_PS = "/presence/sources"
_DEF = "presence:presenceDefinition"
_SRC = "presence:source"
_PRESENCE = (
    _op("GET", _PD, presence.list_definitions, f"{_DEF}:view"),
    _op("POST", _PD, presence.create_definition, f"{_DEF}:add", body=bodies.DEFINITION),
    _op("GET", f"{_PD}/{{definitionId}}", presence.get_definition, f"{_DEF}:view"),
    _op("PUT", f"{_PD}/{{definitionId}}", presence.replace_definition, f"{_DEF}:edit", body=bodies.DEFINITION),
    _op("DELETE", f"{_PD}/{{definitionId}}", presence.delete_definition, f"{_DEF}:delete {_DEF}:edit", ok=204),
    _op("GET", _PS, presence.list_sources, f"{_SRC}:view"),
    _op("POST", _PS, presence.create_source, f"{_SRC}:add", body=bodies.SOURCE),
    _op("GET", f"{_PS}/{{sourceId}}", presence.get_source, f"{_SRC}:view"),
    _op("PUT", f"{_PS}/{{sourceId}}", presence.replace_source, f"{_SRC}:edit", body=bodies.SOURCE),
    _op("DELETE", f"{_PS}/{{sourceId}}", presence.delete_source, f"{_SRC}:delete {_SRC}:edit", ok=204),
    _op("GET", "/presence/settings", presence.get_settings, "presence:settings:view"),
    _op("PUT", "/presence/settings", presence.replace_settings, "presence:settings:edit", body=bodies.SETTINGS),
    _op("GET", "/presence/users/{userId}/primarysource", presence.get_primary_source, "presence:userPrimarySource:view"),
    _op(
        "PUT",
        "/presence/users/{userId}/primarysource",
        presence.replace_primary_source,
        "presence:userPrimarySource:edit",
        body=bodies.PRIMARY_SOURCE,
    ),
    _op("GET", "/systempresences", presence.list_system_presences),
)

_E = "/externalcontacts/externalsources"
_ES = "externalContacts:externalSource"
_EXTERNAL = (
    _op("GET", _E, external.list_sources, _SEE_EXTERNAL, paging=Paging(200, 100, 10, "limit")),
    _op("POST", _E, external.create_source, f"{_ES}:add", body=bodies.EXTERNAL_SOURCE),
    _op("GET", f"{_E}/{{externalSourceId}}", external.get_source, _SEE_EXTERNAL),
    _op("PUT", f"{_E}/{{externalSourceId}}", external.replace_source, f"{_ES}:edit", body=bodies.EXTERNAL_SOURCE),
    _op("DELETE", f"{_E}/{{externalSourceId}}", external.delete_source, f"{_ES}:delete"),
)

_SU = "/scim/v2/users"
_SCIM = (
    _op("GET", _SU, scim.list_users, scim=True),
    _op("POST", _SU, scim.create_user, f"directory:user:add {_SCIM_ANY}", body=bodies.SCIM_CREATE, ok=201, scim=True),
    _op("GET", f"{_SU}/{{userId}}", scim.get_user, scim=True),
    _op("PUT", f"{_SU}/{{userId}}", scim.replace_user, _SCIM_EDIT, body=bodies.SCIM_USER, scim=True),
    _op("PATCH", f"{_SU}/{{userId}}", scim.change_user, _SCIM_EDIT, body=bodies.SCIM_PATCH, scim=True),
    _op("DELETE", f"{_SU}/{{userId}}", scim.delete_user, "directory:user:delete", ok=204, scim=True),
)

_UP = "/users/presences"
_EVENTS = (
    _op(
        "POST",
        "/events/users/presence",
        events.inject_presence,
        "presence:userPresence:inject",
        body=bodies.PRESENCE_EVENTS,
    ),
    _op(
        "POST",
        "/events/users/routingstatus",
        events.inject_routing_status,
        "routing:routingstatus:inject",
        body=bodies.ROUTING_STATUS_EVENTS,
    ),
    _op("GET", f"{_UP}/purecloud/bulk", status.list_built_in_presences),
    _op("GET", f"{_UP}/{{sourceId}}/bulk", status.list_presences),
    _op("GET", f"{_U}/presences/purecloud", status.get_built_in_presence),
    _op("GET", f"{_U}/presences/{{sourceId}}", status.get_presence),
    _op("GET", f"{_U}/routingstatus", status.get_routing_status),
    _op(
        "POST",
        "/analytics/users/details/query",
        details.query_details,
        "analytics:userDetail:view",
        body=bodies.USER_DETAILS,
        reads=True,
    ),
)

_SEE_DETAILS = "analytics:conversationDetail:view analytics:agentConversationDetail:view"
_CONVERSATIONS = (
    _op(
        "POST",
        "/events/conversations",
        conversation_batch.inject_conversations,
        "conversation:conversation:inject",
        body=bodies.CONVERSATION_EVENTS,
    ),
    _op("GET", "/conversations/{conversationId}", conversation_shown.get_conversation, "conversation:communication:view"),
    _op(
        "PUT",
        "/conversations/{conversationId}/tags",
        conversation_shown.tag_conversation,
        "conversation:externalTag:edit",
        body=bodies.CONVERSATION_TAGS,
        ok=202,
    ),
    _op("GET", "/analytics/conversations/details", conversation_details.list_details, _SEE_DETAILS),
    _op(
        "POST",
        "/analytics/conversations/details/query",
        conversation_details.query_conversations,
        _SEE_DETAILS,
        body=bodies.CONVERSATION_DETAILS,
        reads=True,
    ),
    _op("GET", "/analytics/conversations/{conversationId}/details", conversation_details.get_details, _SEE_DETAILS),
)

_A = "/audits/query/realtime"
_AUDITS = (
    _op("POST", _A, audits.query_realtime, "audits:audit:view", body=bodies.AUDITS, reads=True),
    _op("GET", f"{_A}/servicemapping", audits.show_services, "audits:audit:view"),
)

OPERATIONS: tuple[Operation, ...] = (
    *_TOKEN,
    *_AUTHORIZATION,
    *_USERS,
    *_ROUTING,
    *_PRESENCE,
    *_EXTERNAL,
    *_SCIM,
    *_EVENTS,
    *_CONVERSATIONS,
    *RECORDINGS,
    *_AUDITS,
)
