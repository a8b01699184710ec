"""Salesforce Service Cloud with Omni-Channel: records of users, skills, queues and presence statuses; no feed.

`objects` takes records out of their files, `members` says who is in a queue, `facts` what all that means.

Decided here: the key of a user and of a queue is the id in 18 signs, the same for the form of 15. Of all users those count who
have a service resource or a presence configuration, or are in a queue. A queue whose groups cannot be followed to their end says
nothing of its members. Skills and presence statuses are known by their developer names. The platform has no wrap-up codes that
routing knows; the mapping lists them.
"""

from __future__ import annotations

from collections.abc import Mapping as Table

from reconciler.model.fact import Reading, Source
from reconciler.model.mapping import Mapping
from reconciler.sources.salesforce import facts, objects


def read(files: Table[str, bytes], _mapping: Mapping, _name: str) -> Reading:
    """Everything that exported records of Salesforce say."""
    return facts.facts(objects.read(files))


SOURCE = Source(
    platform="salesforce",
    read=read,
    kinds=frozenset({"division", "skill", "language", "secondary_status", "user", "queue"}),
    never=frozenset({"wrapup_code"}),
)
