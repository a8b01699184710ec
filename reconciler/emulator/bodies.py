"""Shapes of all request bodies, by what they describe. Data only; how a shape is read stands in `shape`.

Source: the definitions behind each operation's body. Read-only properties are listed with `object` (anything) because
clients send back what they read; they are ignored. `defaultMediaLanguage` and a skill's `divisionId` come from newer SDKs.
"""

from __future__ import annotations

from typing import Any

from reconciler.emulator.conversation_event import CARDS
from reconciler.emulator.presence import SYSTEM_PRESENCES
from reconciler.emulator.scim_path import ENTERPRISE, GENESYS

REF = {"id": str, "name": str, "selfUri": object}
STATES = ("active", "inactive", "deleted")

# ── users ────────────────────────────────────────────────────────────────────

CONTACT = {
    "address": str,
    "display": object,
    "mediaType": ("PHONE", "EMAIL", "SMS"),
    "type": ("PRIMARY", "WORK", "WORK2", "WORK3", "WORK4", "HOME", "MOBILE", "MAIN", "OTHER"),
    "extension": str,
    "countryCode": str,
    "integration": str,
}
EDUCATION = {"school": str, "fieldOfStudy": str, "notes": str, "dateStart": str, "dateEnd": str}
USER_CREATE = {
    "name!": str,
    "email!": str,
    "divisionId!": str,
    "department": str,
    "title": str,
    "password": str,
    "addresses": [CONTACT],
    "state": STATES,
}
USER_UPDATE = {
    "version!": int,
    "id": object,
    "name": str,
    "email": str,
    "department": str,
    "title": str,
    "username": str,
    "preferredName": str,
    "manager": str,
    "state": STATES,
    "acdAutoAnswer": bool,
    "addresses": [CONTACT],
    "chat": {"jabberId": str},
    "images": [{"resolution": str, "imageUri": str}],
    "profileSkills": [str],
    "certifications": [str],
    "biography": {
        "biography": str,
        "interests": [str],
        "hobbies": [str],
        "spouse": str,
        "education": [EDUCATION],
    },
    "employerInfo": {"officialName": str, "employeeId": str, "employeeType": str, "dateHire": str},
    "primaryContactInfo": object,
    "locations": object,
    "groups": object,
    "selfUri": object,
}
USER_STATE = {
    "state": STATES,
    "version": int,
    "stateChangeReason": ("Voluntary", "Seasonal", "Leave", "Performance", "Conduct", "Unknown"),
    "stateChangeDate": object,
}
PASSWORD = {"newPassword!": str}
USERS_BULK = [{"id": str, "acdAutoAnswer": bool}]
ABILITY = {"id!": str, "proficiency!": float, "skillUri": object, "languageUri": object, "selfUri": object, "name": object}
ABILITY_CHANGE = {
    "id": object,
    "name": object,
    "proficiency": float,
    "state": STATES,
    "skillUri": object,
    "languageUri": object,
    "selfUri": object,
}
IDENTIFIER = {"authorityName!": str, "externalKey!": str, "selfUri": object}

CRITERION: dict[str, Any] = {
    "type!": (
        *("EXACT", "STARTS_WITH", "CONTAINS", "REGEX", "TERM", "TERMS", "REQUIRED_FIELDS", "MATCH_ALL", "QUERY_STRING"),
        *("RANGE", "LESS_THAN", "LESS_THAN_EQUAL_TO", "GREATER_THAN", "GREATER_THAN_EQUAL_TO", "SIMPLE"),
    ),
    "operator": ("AND", "OR", "NOT"),
    "fields": [str],
    "value": str,
    "values": [str],
    "startValue": str,
    "endValue": str,
    "dateFormat": str,
}
CRITERION["group"] = [CRITERION]
SEARCH = {
    "query": [CRITERION],
    "sortOrder": ("ASC", "DESC", "SCORE"),
    "sortBy": str,
    "sort": [{"sortOrder": ("ASC", "DESC", "SCORE"), "sortBy": str}],
    "pageSize": int,
    "pageNumber": int,
    "expand": [str],
    "integrationPresenceSource": str,
    "enforcePermissions": bool,
}

# ── SCIM ─────────────────────────────────────────────────────────────────────

_SCIM_ABILITY = {"name!": str, "proficiency": float}
SCIM_USER: dict[str, Any] = {
    "schemas": object,
    "id": object,
    "meta": object,
    "groups": object,
    "active": bool,
    "userName": str,
    "displayName": str,
    "password": str,
    "title": str,
    "externalId": str,
    "phoneNumbers": [
        {
            "value": str,
            "type": (
                *("work", "work2", "work3", "work4", "home", "mobile", "other"),
                *("microsoftteams", "zoomphone", "eightbyeight", "ringcentral"),
            ),
            "primary": bool,
        }
    ],
    "emails": [{"value": str, "type": ("work", "other"), "primary": bool}],
    "roles": [{"value": str}],
    ENTERPRISE: {
        "division": str,
        "department": str,
        "manager": {"value": str, "$ref": object},
        "employeeNumber": str,
        "dateHire": str,
    },
    GENESYS: {
        "routingSkills": [_SCIM_ABILITY],
        "routingLanguages": [_SCIM_ABILITY],
        "externalIds": [{"authority!": str, "value!": str}],
    },
}
SCIM_CREATE = {name if name not in ("userName", "displayName") else f"{name}!": shape for name, shape in SCIM_USER.items()}
SCIM_PATCH = {
    "schemas!": [str],
    "Operations": [{"op!": ("add", "replace", "remove", "Add", "Replace", "Remove"), "path": str, "value": object}],
}

# ── routing objects ──────────────────────────────────────────────────────────

SKILL = {"name!": str, "divisionId": str}
SKILL_DIVISION = {"divisionId": str}
LANGUAGE = {"name!": str, "id": object, "dateModified": object, "state": STATES, "version": object, "selfUri": object}
CODE = {
    "name!": str,
    "description": str,
    "division": REF,
    **dict.fromkeys(("id", "dateCreated", "dateModified", "createdBy", "modifiedBy", "selfUri"), object),
}
ENTITIES = [{"id": str, "name": object, "selfUri": object}]
MEMBER: dict[str, Any] = {
    "id": str,
    "ringNumber": int,
    "joined": bool,
    **dict.fromkeys(("name", "user", "memberBy", "routingStatus", "selfUri"), object),
}

_GROUP = {
    "id": str,
    "name": str,
    "division": REF,
    "type": ("TEAM", "GROUP", "SKILLGROUP"),
    "memberCount": object,
    "selfUri": object,
}
_MEDIA: dict[str, Any] = {
    "enableAutoAnswer": bool,
    "alertingTimeoutSeconds": int,
    "serviceLevel": {"percentage": float, "durationMs": int},
    "autoAnswerAlertToneSeconds": float,
    "manualAnswerAlertToneSeconds": float,
}
_CALLBACK = _MEDIA | {
    "mode": ("AgentFirst", "CustomerFirst"),
    "enableAutoDialAndEnd": bool,
    "autoDialDelaySeconds": int,
    "autoEndDelaySeconds": int,
    "pacingModifier": float,
    "maxRetryCount": int,
    "retryDelaySeconds": int,
    "liveVoiceReactionType": ("HangUp", "TransferToQueue", "TransferToFlow"),
    "liveVoiceFlow": REF,
    "answeringMachineReactionType": ("HangUp", "TransferToQueue", "TransferToFlow"),
    "answeringMachineFlow": REF,
    "edgeGroup": REF,
    "site": REF,
}
_MESSAGE = _MEDIA | {
    "subTypeSettings": {"*": {"enableAutoAnswer": bool, "enableInactivityTimeout": bool}},
    "enableInactivityTimeout": bool,
    "inactivityTimeoutSettings": {
        "timeoutSeconds": int,
        "actionType": ("DISCONNECT", "SEND_TO_ARCHITECT_FLOW"),
        "flowId": REF,
    },
}
_CONDITION = {
    "simpleMetric": {"metric": ("EstimatedWaitTime", "IdleAgentCount", "ServiceLevel"), "queue": REF},
    "operator": ("GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo", "EqualTo", "NotEqualTo"),
    "value": float,
}
_PILOT = {"conditions": [_CONDITION], "conditionExpression": str}
_DIRECT = {"useAgentAddressOutbound": bool}
_RING = {
    "expansionCriteria": [{"type": ("TIMEOUT_SECONDS",), "threshold": float}],
    "actions": {"skillsToRemove": [REF]},
    "memberGroups": [_GROUP],
}
_GROUP_RULE = {
    "queue": REF,
    "metric": ("EstimatedWaitTime", "ServiceLevel"),
    "operator": ("GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"),
    "conditionValue": float,
    "groups": [_GROUP],
    "waitSeconds": int,
}
_SCRIPT: dict[str, Any] = {"id": str, "name": str, "division": REF, "versionId": str, "selfUri": object}
QUEUE: dict[str, Any] = {
    "name!": str,
    "description": str,
    "division": REF,
    "peerId": str,
    "mediaSettings": {"call": _MEDIA, "callback": _CALLBACK, "chat": _MEDIA, "email": _MEDIA, "message": _MESSAGE},
    "acwSettings": {
        "wrapupPrompt": ("MANDATORY", "OPTIONAL", "MANDATORY_TIMEOUT", "MANDATORY_FORCED_TIMEOUT", "AGENT_REQUESTED"),
        "timeoutMs": int,
    },
    "routingRules": [{"operator": ("MEETS_THRESHOLD", "ANY"), "threshold": int, "waitSeconds": float}],
    "conditionalGroupRouting": {"rules": [_GROUP_RULE]},
    "conditionalGroupActivation": {"pilotRule": _PILOT, "rules": [_PILOT | {"groups": [_GROUP]}]},
    "bullseye": {"rings": [_RING]},
    "scoringMethod": ("TimestampAndPriority", "PriorityOnly"),
    "lastAgentRoutingMode": ("Disabled", "QueueMembersOnly", "AnyAgent"),
    "skillEvaluationMethod": ("NONE", "BEST", "ALL"),
    "memberGroups": [_GROUP],
    "cannedResponseLibraries": {"libraryIds": [str], "mode": ("All", "SelectedOnly", "None")},
    "agentOwnedRouting": {
        "enableAgentOwnedCallbacks": bool,
        "maxOwnedCallbackHours": int,
        "maxOwnedCallbackDelayHours": int,
    },
    "directRouting": {
        "callMediaSettings": _DIRECT,
        "emailMediaSettings": _DIRECT,
        "messageMediaSettings": _DIRECT,
        "backupQueueId": str,
        "waitForAgent": bool,
        "agentWaitSeconds": int,
    },
    "callingPartyName": str,
    "callingPartyNumber": str,
    "defaultMediaLanguage": str,
    "defaultScripts": {"*": _SCRIPT},
    "outboundMessagingAddresses": {"smsAddress": REF, "openMessagingRecipient": REF, "whatsAppRecipient": REF},
    "outboundEmailAddress": {"domain": REF, "route": object},
    **dict.fromkeys(("queueFlow", "emailInQueueFlow", "messageInQueueFlow", "whisperPrompt", "onHoldPrompt"), REF),
    **dict.fromkeys(("autoAnswerOnly", "enableTranscription", "enableAudioMonitoring", "enableManualAssignment"), bool),
    "suppressInQueueCallRecording": bool,
    **dict.fromkeys(("id", "dateCreated", "dateModified", "createdBy", "modifiedBy", "selfUri"), object),
    **dict.fromkeys(("memberCount", "userMemberCount", "joinedMemberCount"), object),
}
QUEUE_CREATE = QUEUE | {"sourceQueueId": str}
QUEUE_OF_USER = {"id": str, "joined": bool, **dict.fromkeys(QUEUE_CREATE.keys() - {"name!"}, object), "name": object}

# ── presence, external sources, divisions, grants ────────────────────────────

DEFINITION = {
    "languageLabels": {"*": str},
    "systemPresence": SYSTEM_PRESENCES,
    "divisionId": str,
    "deactivated": bool,
    **dict.fromkeys(("id", "name", "type", "selfUri"), object),
}
SOURCE = {
    "name!": str,
    "description": str,
    "deactivated": bool,
    "type": ("System", "User"),
    **dict.fromkeys(("id", "selfUri"), object),
}
SETTINGS = {
    "restorePresenceSettings": {"enabled!": bool, "restoreTimeMilliseconds!": int, "restoreOnQueueEnabled!": bool},
    "requestingOffQueueEnabled": bool,
    "defaultPrimaryPresenceRegisteredSourceId": str,
    **dict.fromkeys(("id", "name", "selfUri"), object),
}
PRIMARY_SOURCE = {"sourceId": str, **dict.fromkeys(("id", "name", "registered", "selfUri"), object)}
EXTERNAL_SOURCE = {
    "name": str,
    "active": bool,
    "linkConfiguration": {"uriTemplate": str},
    **dict.fromkeys(("id", "selfUri"), object),
}
DIVISION = {
    "name": str,
    "description!": str,
    **dict.fromkeys(("id", "homeDivision", "objectCounts", "selfUri"), object),
}
IDS = [str]
GRANTS = {"grants!": [{"roleId!": str, "divisionId!": str}]}

# ── events ───────────────────────────────────────────────────────────────────

# What one event must look like stands in `event` and `conversation_event`: a wrong one does not refuse the batch.
PRESENCE_EVENTS = {"userPresenceEvents": [object]}
ROUTING_STATUS_EVENTS = {"userRoutingStatusEvents": [object]}
CONVERSATION_EVENTS: dict[str, Any] = {array: [object] for array in CARDS}

# ── analytics ────────────────────────────────────────────────────────────────


def _filter(*dimensions: str, **more: Any) -> dict[str, Any]:
    """A filter over these dimensions, or any text where there are none: predicates, and clauses of predicates."""
    predicate: dict[str, Any] = {
        "type": ("dimension", "property", "metric"),
        "dimension": dimensions or str,
        "operator": ("matches", "exists", "notExists"),
        "value": str,
        "range": dict.fromkeys(("gt", "gte", "lt", "lte"), float),
        **more,
    }
    clause = {"type!": ("and", "or"), "predicates!": [predicate]}
    return {"type!": ("and", "or"), "predicates": [predicate], "clauses": [clause]}


_AGGREGATION = {
    "type": ("termFrequency", "numericRange"),
    "dimension": str,
    "metric": str,
    "size": int,
    "ranges": [{"gte": float, "lt": float}],
}
USER_DETAILS: dict[str, Any] = {
    "interval!": str,
    "userFilters": [_filter("userId")],
    "presenceFilters": [_filter("organizationPresenceId", "systemPresence")],
    "routingStatusFilters": [_filter("routingStatus")],
    "order": ("asc", "desc", "unordered"),
    "presenceAggregations": [_AGGREGATION],
    "routingStatusAggregations": [_AGGREGATION],
    "paging": {"pageSize!": int, "pageNumber!": int},
}

# Which dimensions are modelled stands in `conversation_details`.
CONVERSATION_DETAILS: dict[str, Any] = {
    "interval!": str,
    "conversationFilters": [_filter(metric=str)],
    "segmentFilters": [_filter(metric=str, property=str, propertyType=str)],
    **dict.fromkeys(("evaluationFilters", "surveyFilters", "resolutionFilters"), object),
    "order": ("asc", "desc", "unordered"),
    "orderBy": ("conversationStart", "conversationEnd", "segmentStart", "segmentEnd"),
    "aggregations": [_AGGREGATION],
    "paging": {"pageSize!": int, "pageNumber!": int},
}
CONVERSATION_TAGS = {"externalTag!": str}

# ── audits ───────────────────────────────────────────────────────────────────

AUDITS = {
    "interval!": str,
    "serviceName": str,
    "filters": [
        {"property!": ("UserId", "TrusteeOrganizationId", "ClientId", "Action", "EntityType", "EntityId"), "value!": str}
    ],
    "sort": [{"name!": ("Timestamp",), "sortOrder!": ("ascending", "descending")}],
    "pageNumber": int,
    "pageSize": int,
}
