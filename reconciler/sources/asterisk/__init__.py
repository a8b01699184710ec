"""Asterisk, FreePBX, XiVO and Wazo: configuration by files or tables, agents by the queue log, calls by it and by CEL.

`conf` reads configuration files with templates and includes, `dump` the realtime tables, `facts` says what both mean.

`tables` reads rows of a database table in the forms clients print them, `sql` the dumps among those, `rows` a queue log and `cel`
channel event logging. `status` folds the rows of one member into what is known of it. For `calls`, `log_events` and `cel_events`
make events of rows, `calls_log` and `calls_cel` say what they mean for legs, `model.life` lets nothing be said that cannot be,
`directory` knows who an extension is, and `both` what either of the two logs leaves for the other to say.

Decided here: the key of an agent is the member column as printed. A queue counts from when the log first speaks of the member in
it: members written in a configuration file are never told, so a member is ready as soon as it is heard of. That somebody is
paused in some queues only is ready, and said in `Agent.native`, since Genesys Cloud cannot show it. Ringing is told only when it
is over (with its length), so nobody is ever `offered`. After work has no event here.

Of configuration: the key of an agent is what the queue log calls it: the member name, else the interface; `agents` of
mapping.yaml makes one person of several. A queue without any member line says nothing of its members, since people may join it
while it runs; with a table of members every queue does. A penalty is an order and no skill; expressions see `fact.penalties`.

Of calls: a conversation is a call id of the queue log, or a linked id of CEL; for a caller who came in on one channel both are
the same, and while a call is queued the queue log counts; of its transfers CEL, if it is read too, says who was asked or reached.
A row of both in one instant: the queue log's is first. A transfer goes to a queue or agent only where rows so far, or the
mapping, say that its extension is one, else outside. There is no disposition and no flow: who has left a queue is with nobody.
"""

from __future__ import annotations

from collections.abc import Mapping as Table

from reconciler.model.fact import Reading, Source
from reconciler.model.mapping import Mapping
from reconciler.sources.asterisk import facts


def read(files: Table[str, bytes], mapping: Mapping, _name: str) -> Reading:
    """Everything an export of Asterisk's configuration says."""
    return facts.read(files, mapping)


SOURCE = Source(
    platform="asterisk",
    read=read,
    kinds=frozenset({"user", "queue", "secondary_status"}),
    never=frozenset({"division", "skill", "language", "wrapup_code"}),
    zone="",
)
