"""Genesys Engage (PureEngage): what T-Servers and Stat Server tell of agents and calls, and the contact server of e-mails.

`records` turns messages in JSON and in the text of logs into flat records, `status` folds those of one agent. `calls` is their
feed of conversations: `call_events` finds who is at a DN and which calls are one, `calls_voice` says what a message means for the
legs of a `call` (with `call_parties` and `call_ends`), `mails` does so for interaction records. `objects` takes exported objects
of Configuration Server out of their files, `facts` says what they mean, and `expression` who fits a virtual group.

Decided here: the key of an agent is the `AgentID` of the message, the login, as printed; mapping.yaml translates it where
manifests know people by another id. An agent may be logged in at several places (DNs, media); the worst of them counts, or one
medium alone.

Of configuration: the key of an agent is the employee ID, unique in a tenant, where a DBID dies with its object; that of a queue
is `number@switch`, which nobody can change. Virtual queues, ACD queues and routing queues become queues, routing points do not.
Members are the agents of groups that name a queue as where calls come from, or that `agent_groups` of mapping.yaml leads there:
which strategy routes to which group is written nowhere in a configuration.
"""

from __future__ import annotations

from collections.abc import Mapping as Table

from reconciler.model.fact import Reading, Source
from reconciler.model.mapping import Mapping
from reconciler.sources.genesys_engage import facts, objects


def read(files: Table[str, bytes], mapping: Mapping, _name: str) -> Reading:
    """Everything that exported objects of Configuration Server say."""
    return facts.facts(objects.read(files), mapping)


SOURCE = Source(
    platform="genesys-engage",
    read=read,
    kinds=frozenset({"division", "skill", "language", "wrapup_code", "secondary_status", "user", "queue"}),
    never=frozenset(),
)
