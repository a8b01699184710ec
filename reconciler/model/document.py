"""The plan as a document: what is saved, reviewed and applied later. Its models make `schemas/plan.v1.json`.

Versioned as Terraform's plan JSON is: a newer minor version may add members, which are ignored; another major version is
refused. The id is the digest of the document without what may differ between two runs on the same inputs.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reconciler.errors import InputError
from reconciler.model.change import Adoption, Change, FieldChange, Header, Op, Plan, Refusal
from reconciler.model.problem import Place, Problem
from reconciler.model.resource import Ref

FORMAT = "reconciler/plan"
VERSION = "1.0"
PASSING = ("id", "created", "expires")  # what may differ between two plans of the same inputs, with requests.spent

Digest = Annotated[str, Field(pattern="^sha256:[0-9a-f]{64}$")]


class Part(BaseModel):
    """A member of the document; members of newer minor versions are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True, defer_build=True)


class OrganizationPart(Part):
    """The organisation the plan was made for."""

    id: str
    region: str = ""


class ScopePart(Part):
    """Whether the plan covers everything the manifests name."""

    complete: bool


class RequestsPart(Part):
    """Requests: spent for planning, predicted for applying, and the seconds they take on the tokens at hand."""

    spent: int
    predicted: int
    predicted_seconds: int
    spent_by_kind: dict[str, int] = Field(default_factory=dict)
    predicted_by_kind: dict[str, int] = Field(default_factory=dict)


class BillablePart(Part):
    """Users who become billable by this plan."""

    new: int
    keys: list[str]


class FieldPart(Part):
    """One value before and after; the path's first step is the field, the second the key inside it."""

    path: str
    before: Any = None
    after: Any = None


class ChangePart(Part):
    """One thing to do."""

    id: str
    op: Op
    kind: str
    key: str
    name: str
    fields: list[FieldPart]
    origin: str
    reason: str
    needs: list[str]
    fingerprint: Digest


class AdoptionPart(Part):
    """An object that is taken in as it is."""

    kind: str
    key: str
    name: str
    by: Literal["mark", "name", "previously"]


class RefusalPart(Part):
    """A guard that refuses this plan, and the words that override it."""

    guard: str
    what: str
    override: str


class PlanDocument(Part):
    """A saved plan."""

    format: Literal["reconciler/plan"]
    format_version: Annotated[str, Field(pattern=r"^1\.\d+$")]
    id: Digest
    tool: str
    organization: OrganizationPart
    source: str
    desired_digest: str
    commit: str
    created: str
    expires: str
    scope: ScopePart
    requests: RequestsPart
    billable_users: BillablePart
    changes: list[ChangePart]
    adoptions: list[AdoptionPart]
    unchanged: int
    strays: list[str]
    refusals: list[RefusalPart]
    warnings: list[str]
    names: dict[str, str] = Field(default_factory=dict)


def dump(plan: Plan) -> dict[str, Any]:
    """The document of a plan as JSON data, members in a fixed order."""
    head = plan.header
    document: dict[str, Any] = {
        "format": FORMAT,
        "format_version": VERSION,
        "id": "",
        "tool": head.tool,
        "organization": {"id": head.organization, "region": head.region},
        "source": head.source,
        "desired_digest": head.desired_digest,
        "commit": head.commit,
        "created": head.created,
        "expires": head.expires,
        "scope": {"complete": head.complete},
        "requests": {
            "spent": head.spent,
            "predicted": plan.predicted,
            "predicted_seconds": plan.seconds,
            "spent_by_kind": dict(head.spent_by_kind),
            "predicted_by_kind": dict(plan.predicted_by_kind),
        },
        "billable_users": {"new": len(plan.billable), "keys": list(plan.billable)},
        "changes": [_change(one) for one in plan.changes],
        "adoptions": [{"kind": one.ref.kind, "key": one.ref.key, "name": one.name, "by": one.by} for one in plan.adoptions],
        "unchanged": plan.unchanged,
        "strays": [str(ref) for ref in plan.strays],
        "refusals": [{"guard": one.guard, "what": one.what, "override": one.override} for one in plan.refusals],
        "warnings": list(plan.warnings),
        "names": dict(plan.names),
    }
    return {**document, "id": identity(document)}


def text(plan: Plan) -> bytes:
    """The document as indented JSON with a final newline."""
    return orjson.dumps(dump(plan), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def identity(document: dict[str, Any]) -> str:
    """The digest by which a plan is known: the same for the same inputs, whenever it is made."""
    lasting = {name: value for name, value in document.items() if name not in PASSING}
    lasting["requests"] = {name: value for name, value in lasting["requests"].items() if not name.startswith("spent")}
    return f"sha256:{hashlib.sha256(orjson.dumps(lasting, option=orjson.OPT_SORT_KEYS)).hexdigest()}"


def _change(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "op": change.op.value,
        "kind": change.ref.kind,
        "key": change.ref.key,
        "name": change.name,
        "fields": [{"path": join(one.path), "before": one.before, "after": one.after} for one in change.fields],
        "origin": change.origin,
        "reason": change.reason,
        "needs": list(change.needs),
        "fingerprint": change.fingerprint,
    }


def join(path: tuple[str, ...]) -> str:
    """A path as text: steps joined by dots; dots and backslashes inside a step are escaped with a backslash."""
    return ".".join(step.replace("\\", "\\\\").replace(".", "\\.") for step in path)


def split(path: str) -> tuple[str, ...]:
    """The steps of a path written by `join`."""
    steps, escaped = [""], False
    for sign in path:
        if escaped or sign not in ".\\":
            steps[-1] += sign
            escaped = False
        elif sign == "\\":
            escaped = True
        else:
            steps.append("")
    return tuple(steps)


def load(data: bytes, file: str) -> tuple[Plan, str]:
    """The plan in a saved document and its id. Raises `InputError` for anything that is not an unchanged plan of version 1."""
    try:
        raw = orjson.loads(data)
        document = PlanDocument.model_validate(raw)
        digest = identity(raw)
    except orjson.JSONDecodeError as error:
        raise _unreadable(file, f"is not JSON: {error}") from None
    except TypeError:
        raise _unreadable(file, "is nested too deeply") from None
    except ValidationError as error:
        first = error.errors()[0]
        spot = ".".join(str(step) for step in first["loc"])
        raise _unreadable(file, f"is no plan of format version 1: {spot}: {first['msg']}") from None
    if digest != document.id:
        raise _unreadable(file, "was changed after it was made: its id does not fit its contents")
    return _plan(document), document.id


def _unreadable(file: str, what: str) -> InputError:
    return InputError([Problem(Place(file), "", what, "make a new one: reconciler plan -o FILE")])


def _plan(document: PlanDocument) -> Plan:
    header = Header(
        organization=document.organization.id,
        region=document.organization.region,
        source=document.source,
        tool=document.tool,
        desired_digest=document.desired_digest,
        commit=document.commit,
        created=document.created,
        expires=document.expires,
        complete=document.scope.complete,
        spent=document.requests.spent,
        spent_by_kind=document.requests.spent_by_kind,
    )
    return Plan(
        changes=tuple(_read_change(one) for one in document.changes),
        adoptions=tuple(Adoption(Ref(one.kind, one.key), one.name, one.by) for one in document.adoptions),
        unchanged=document.unchanged,
        strays=tuple(Ref.parse(one) for one in document.strays),
        refusals=tuple(Refusal(one.guard, one.what, one.override) for one in document.refusals),
        warnings=tuple(document.warnings),
        header=header,
        predicted=document.requests.predicted,
        predicted_by_kind=document.requests.predicted_by_kind,
        seconds=document.requests.predicted_seconds,
        billable=tuple(document.billable_users.keys),
        names=document.names,
    )


def _read_change(part: ChangePart) -> Change:
    return Change(
        part.op,
        Ref(part.kind, part.key),
        part.name,
        tuple(FieldChange(split(one.path), one.before, one.after) for one in part.fields),
        part=part.id.partition(f"{part.kind}/{part.key}#")[2],
        needs=tuple(part.needs),
        origin=part.origin,
        reason=part.reason,
        fingerprint=part.fingerprint,
    )
