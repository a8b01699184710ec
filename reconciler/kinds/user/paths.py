"""The paths of the API a user lives at, and its limits."""

MANY = "/api/v2/users"
ONE = "/api/v2/users/{userId}"
OWN_SKILLS = "/api/v2/users/{userId}/routingskills"
SKILLS = "/api/v2/users/{userId}/routingskills/bulk"
LANGUAGES = "/api/v2/users/{userId}/routinglanguages"
MOVE = "/api/v2/authorization/divisions/{divisionId}/objects/{objectType}"
SUBJECT = "/api/v2/authorization/subjects/{subjectId}"
SCIM = "/api/v2/scim/v2/users"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PURECLOUD = "urn:ietf:params:scim:schemas:extension:genesys:purecloud:2.0:User"
EXPAND = ["skills", "languages", "employerInfo"]
BATCH = 50
