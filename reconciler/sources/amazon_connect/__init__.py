"""Amazon Connect: a folder of answers of its API, in JSON files of any names and nesting.

List, describe and search answers are recognised by their keys and merged by id (`answers`), then told as Facts (`facts`).
Two answers do not say whose they are: ListRoutingProfileQueues and ListUserProficiencies. Their owner is the
`RoutingProfileId` or `UserId` in an object around the answer, or the id (or the name of the routing profile) in the name of
the file or of a folder above it: `routing-profile-queues/PROFILE-ID.json`, `proficiencies/USER-ID/page-1.json`.

Decided here: AGENT queues are left out, a contact in one of them is direct to its user. Skills are agent proficiencies,
named by their value; where two attributes share a value the mapping must tell them apart. Wrap-up codes do not exist on the
platform (values in contact attributes) and languages are proficiencies; the mapping lists both.

Feeds, of records as `wrapped` takes them out: `status` of agents, and `calls`: what each `contact` says, and what was seen of it
at an agent's `desk`, put together to a `timeline` (`mails` for e-mails), of which `script` tells what fits and was not told.
"""

from __future__ import annotations

from collections.abc import Mapping as Table

from reconciler.model.fact import Reading, Source
from reconciler.model.mapping import Mapping
from reconciler.model.problem import Place, Problem
from reconciler.sources.amazon_connect import answers, facts


def read(files: Table[str, bytes], mapping: Mapping, _name: str) -> Reading:
    """Everything an export of Amazon Connect says."""
    found = answers.read(files)
    if any(table is not None for _, table in mapping.columns):
        what = "columns are for the platform `tabular` and not used here"
        found.problems.append(
            Problem(Place("mapping.yaml"), "mapping", what, "remove the block, or name the right platform", warning=True)
        )
    return facts.facts(found, {*mapping.skills.keys, *mapping.skills.languages})


SOURCE = Source(
    platform="amazon-connect",
    read=read,
    kinds=frozenset({"division", "skill", "language", "secondary_status", "user", "queue"}),
    never=frozenset({"wrapup_code"}),
    levels={"1": 1.0, "2": 2.0, "3": 3.0, "4": 4.0, "5": 5.0},
)
