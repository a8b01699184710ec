"""Files of an Amazon Connect export → records by kind and id: which answer is it, whose is it, and do answers agree.

An answer is recognised by the keys it holds, in either case, however the file is called and nested. Nothing is known here
about users or queues as we mean them; that is `facts`.

Source of all keys: Amazon Connect API reference (List…, Describe… and Search… operations).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.formats import json
from reconciler.model.problem import Place, Problem

LISTS = {
    "usersummarylist": "user",
    "users": "user",
    "queuesummarylist": "queue",
    "queues": "queue",
    "routingprofilesummarylist": "routing_profile",
    "routingprofiles": "routing_profile",
    "userhierarchygroupsummarylist": "group",
    "userhierarchygroups": "group",
    "agentstatussummarylist": "status",
    "agentstatuses": "status",
    "routingprofilequeueconfigsummarylist": "membership",
    "userproficiencylist": "proficiency",
}
OBJECTS = {
    "user": "user",
    "queue": "queue",
    "routingprofile": "routing_profile",
    "hierarchygroup": "group",
    "agentstatus": "status",
    "hierarchystructure": "structure",
}
OWNERS = {"membership": "routing_profile", "proficiency": "user"}
"""Answers that do not say whose they are, and the kind of their owner."""

IDS = {
    "user": ("id", "userid", "arn", "userarn"),
    "queue": ("id", "queueid", "arn", "queuearn"),
    "routing_profile": ("id", "routingprofileid", "arn", "routingprofilearn"),
    "group": ("id", "hierarchygroupid", "arn", "hierarchygrouparn"),
    "status": ("id", "agentstatusid", "arn", "agentstatusarn"),
}
OTHERS = frozenset(
    {
        "agentapplications",
        "attributes",
        "contactflow",
        "contactflowmodulessummarylist",
        "contactflowmodulesummarylist",
        "contactflowsummarylist",
        "evaluationformsummarylist",
        "hoursofoperation",
        "hoursofoperations",
        "hoursofoperationsummarylist",
        "instance",
        "instancesummarylist",
        "integrationassociationsummarylist",
        "lexbots",
        "listphonenumberssummarylist",
        "permissions",
        "phonenumbersummarylist",
        "predefinedattribute",
        "predefinedattributes",
        "predefinedattributesummarylist",
        "prompt",
        "prompts",
        "promptsummarylist",
        "queuequickconnects",
        "quickconnect",
        "quickconnects",
        "quickconnectsummarylist",
        "routingprofilemanualassignmentqueueconfigsummarylist",
        "rulesummarylist",
        "securityprofile",
        "securityprofiles",
        "securityprofilesummarylist",
        "tags",
        "tasktemplates",
        "trafficdistributiongroupsummarylist",
        "usecasesummarylist",
        "viewssummarylist",
    }
)
"""Keys of answers about things that have no counterpart here: known, read past, and noted."""

ENVELOPE = frozenset(
    {
        "approximatetotalcount",
        "instancearn",
        "instanceid",
        "lastmodifiedregion",
        "lastmodifiedtime",
        "maxresults",
        "nexttoken",
        "parameters",
        "query",
        "request",
        "requestparameters",
        "responsemetadata",
        "routingprofilearn",
        "routingprofileid",
        "userarn",
        "userid",
    }
)
_ROWS = {"membership": frozenset({"queueid", "channel"}), "proficiency": frozenset({"attributename", "attributevalue", "level"})}
_ARNS = {"agent": "user", "queue": "queue", "routing-profile": "routing_profile", "agent-group": "group", "agent-state": "status"}


@dataclass(frozen=True, slots=True)
class Item:
    """One object of an answer, as a mapping with keys in lower case."""

    kind: str
    body: Mapping[str, Any]
    file: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: which list, whose, in which file, and whether it says that more follows."""

    answer: str
    owner: str
    file: str
    more: bool
    count: int
    total: int = 0


@dataclass(slots=True)
class Answers:
    """Everything recognised in an export."""

    items: list[Item] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)


def read(files: Mapping[str, bytes]) -> Answers:
    """Every answer in these files, in order of their names; what is not recognised is a warning, what is broken a problem."""
    found = Answers()
    for file in sorted(files):
        documents = json.read(files[file], file=file)
        if not documents.values and documents.problems and not file.lower().endswith((".json", ".jsonl", ".ndjson")):
            found.problems.append(
                Problem(Place(file), "", "not JSON, not read", "move it out of the export folder", warning=True)
            )
            continue
        found.problems += documents.problems
        for document in documents.values:
            body = _lower(document, file, found.problems)
            if not _take(found, body, file, ""):
                what = "no answer of Amazon Connect's API that is known here" + _keys(body)
                found.problems.append(Problem(Place(file), "", what, "move it out of the export folder", warning=True))
    return found


def _keys(body: Any) -> str:
    return f" (keys: {', '.join(list(body)[:5])})" if isinstance(body, dict) and body else ""


def _lower(value: Any, file: str, problems: list[Problem]) -> Any:
    """`value` with the keys of all objects in lower case, tags excepted: their keys are the customer's own."""
    if isinstance(value, list):
        return [_lower(inner, file, problems) for inner in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for key, inner in value.items():
        name = key.lower()
        content = inner if name == "tags" else _lower(inner, file, problems)
        if name in found and found[name] != content:
            what = f"key {key!r} stands twice in one object, in different case and with different values"
            problems.append(Problem(Place(file), "", what, "keep one of them"))
        found[name] = content
    return found


# ── recognising ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _take(found: Answers, body: Any, file: str, owner: str) -> bool:
    """Takes what is in there; False where nothing is recognised. `owner` is the id an object around it names."""
    if isinstance(body, list):
        return all([_take(found, inner, file, owner) for inner in body])  # noqa: C419 - every one is taken, not the first few
    if not isinstance(body, dict):
        return False
    owner = _named(body) or owner
    answers = [key for key in body if key in LISTS and isinstance(body[key], list)]
    answers += [key for key in body if key in OBJECTS and isinstance(body[key], dict) and not _rest(body)]
    for key in answers:
        _answer(found, key, body, file, owner)
    if answers:
        return not _rest(body) or _unknown(found, body, file)
    return _loose(found, body, file, owner)


def _named(body: Mapping[str, Any]) -> str:
    """The id of the user or routing profile that a request parameter beside the answer names."""
    around = [body, *(inner for key in ("request", "requestparameters", "parameters", "query") if (inner := body.get(key)))]
    for one in (one for one in around if isinstance(one, dict)):
        for key in ("routingprofileid", "userid", "routingprofilearn", "userarn"):
            if isinstance(one.get(key), str):
                return last(one[key])
    return ""


def _rest(body: Mapping[str, Any]) -> list[str]:
    return [key for key in body if key not in ENVELOPE and key not in LISTS and key not in OBJECTS and key not in OTHERS]


def _unknown(found: Answers, body: Mapping[str, Any], file: str) -> bool:
    what = f"not known beside an answer: {', '.join(_rest(body))}"
    found.problems.append(Problem(Place(file), "", what, "check that the export is what it should be", warning=True))
    return True


def _answer(found: Answers, key: str, body: Mapping[str, Any], file: str, owner: str) -> None:
    if key in OBJECTS:
        found.items.append(Item(OBJECTS[key], body[key], file))
        return
    kind = LISTS[key]
    entries = [entry for entry in body[key] if isinstance(entry, dict)]
    if len(entries) != len(body[key]):
        found.problems.append(Problem(Place(file), "", f"{key} holds something that is no object", "export it again"))
    total = body.get("approximatetotalcount")
    page = Page(key, owner, file, bool(body.get("nexttoken")), len(entries), total if isinstance(total, int) else 0)
    found.pages.append(page)
    found.items += [Item(kind, entry, file, owner) for entry in entries]


def _loose(found: Answers, body: Mapping[str, Any], file: str, owner: str) -> bool:
    """An object without a known wrapper: one row as the command line's --query prints it, or answers under keys of one's own."""
    if kind := _row(body):
        found.items.append(Item(kind, body, file, owner))
        if kind in OWNERS:
            found.pages.append(Page(kind, owner, file, more=False, count=1))
        return True
    if set(body) & OTHERS and not set(body) - OTHERS - ENVELOPE:
        for key in sorted(set(body) & OTHERS):
            found.notes[key] = found.notes.get(key, 0) + 1
        return True
    inner = {key: value for key, value in body.items() if isinstance(value, dict | list) and key not in ENVELOPE}
    if not inner or set(body) - set(inner) - ENVELOPE:
        return _created(found, body)
    return all([_take(found, value, file, owner or key) for key, value in inner.items()])  # noqa: C419 - every one is taken


def _row(body: Mapping[str, Any]) -> str:
    """The kind of a bare row, told by its own keys or its ARN; empty where it says nothing but its id."""
    for kind, keys in _ROWS.items():
        if keys <= set(body):
            return kind
    arn = next((body[key] for key in ("arn", "userarn", "queuearn", "routingprofilearn", "agentstatusarn") if body.get(key)), "")
    parts = str(arn).split("/")
    kind = _ARNS.get(parts[2], "") if len(parts) > 3 else ""
    return kind if kind and set(body) - set(IDS[kind]) else ""


def _created(found: Answers, body: Mapping[str, Any]) -> bool:
    """Whether it is the answer of a Create… operation: ids and nothing else."""
    created = bool(body) and all(key.endswith(("id", "arn")) and isinstance(value, str) for key, value in body.items())
    if created:
        found.notes["ids of created objects"] = found.notes.get("ids of created objects", 0) + 1
    return created


# ── ids and owners ───────────────────────────────────────────────────────────────────────────────────────────────────


def last(text: str) -> str:
    """The id in an ARN: what follows its last slash. Other text is returned as it is."""
    return text.rsplit("/", 1)[-1] if text.startswith("arn:") else text


def identity(item: Item) -> str:
    """The id of an item, from its id or else its ARN; empty where it has neither."""
    found = (item.body.get(key) for key in IDS[item.kind])
    return next((last(str(value)) for value in found if value), "")


class Owners:
    """Finds whose an answer is by the path of its file: an id of the owner, or else its name, stands in there.

    Letters and digits count, case and what separates them does not: `profiles/tokyo_voice.json` names `Tokyo Voice`.
    """

    def __init__(self, named: Mapping[str, str]) -> None:
        self._ids = _Index((one, one) for one in named)
        self._names = _Index((name, one) for one, name in named.items())

    def find(self, path: str) -> str:
        """The one id whose text (or else whose name) the path holds, the longest if several; empty where none or unclear."""
        runs = _runs(path.rsplit(".", 1)[0])
        return self._ids.longest(runs) or self._names.longest(runs)


def _runs(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W_]+", text.lower()))


class _Index:
    """Ids by the runs of letters and digits of a text."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._ids: dict[tuple[str, ...], set[str]] = {}
        for text, one in pairs:
            if runs := _runs(text):
                self._ids.setdefault(runs, set()).add(one)
        self._lengths = sorted({len(runs) for runs in self._ids}, reverse=True)

    def longest(self, runs: tuple[str, ...]) -> str:
        """The id of the longest text that stands in `runs`; empty where there is none, or several of the same length."""
        for length in self._lengths:
            fits = {one for at in range(len(runs) - length + 1) for one in self._ids.get(runs[at : at + length], ())}
            if fits:
                return fits.pop() if len(fits) == 1 else ""
        return ""


def unfinished(pages: Iterable[Page]) -> Iterator[Page]:
    """The last page of each list of which every page says that more follows."""
    lists: dict[tuple[str, str], list[Page]] = {}
    for page in pages:
        lists.setdefault((page.answer, page.owner), []).append(page)
    return (group[-1] for group in lists.values() if all(page.more for page in group))
