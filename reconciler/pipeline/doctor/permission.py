"""Which permissions which work needs. Data, and no question to anybody.

Source of every name: `x-inin-requires-permissions` of the API description of July 2026 for the operations that the work calls.
Operations of languages, divisions, external identifiers, limits, token and organisation name none for reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from reconciler.settings import Settings

PLAN = (
    "directory:user:view",
    "routing:skill:view",
    "routing:wrapupCode:view",
    "routing:queue:view",
    "presence:presenceDefinition:view",
    "presence:source:view",
    "presence:settings:view",
    "externalContacts:externalSource:view",
)
"""What every plan reads, whatever the manifests hold."""

WRITE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "division": ("authorization:division:add", "authorization:grant:add", "authorization:division:edit"),
        "skill": ("routing:skill:manage", "routing:skill:update"),
        "language": ("routing:skill:manage",),
        "wrapup_code": ("routing:wrapupCode:add", "routing:wrapupCode:edit"),
        "secondary_status": ("presence:presenceDefinition:add", "presence:presenceDefinition:edit"),
        "presence_source": ("presence:source:add", "presence:source:edit", "presence:settings:edit"),
        "external_source": ("externalContacts:externalSource:add", "externalContacts:externalSource:edit"),
        "user": ("directory:user:add", "directory:user:edit", "routing:skill:assign", "routing:language:assign"),
        "queue": ("routing:queue:add", "routing:queue:edit"),
    }
)
"""What an apply needs for objects of a kind, by the kind."""

REMOVE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"division": ("authorization:division:delete",), "wrapup_code": ("routing:wrapupCode:delete",)}
)
"""What removing objects of a kind needs besides, where the kind is pruned."""

RUN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "status": ("presence:userPresence:inject", "routing:routingstatus:inject"),
        "interactions": (
            "conversation:conversation:inject",
            "analytics:conversationDetail:view",
            "conversation:communication:view",
        ),
        "recordings": (
            "recording:recording:upload",
            "recording:uploadReport:add",
            "recording:uploadReport:view",
            "recording:recording:view",
            "recording:orphan:view",
            "recording:orphan:edit",
            "analytics:conversationDetail:view",
            "conversation:communication:view",
        ),
    }
)
"""What a runner needs beside what planning needs."""


def reading(settings: Settings) -> dict[str, str]:
    """Permission → what it is needed for, for planning with these settings."""
    wanted = dict.fromkeys(PLAN, "plan")
    if settings.file.refresh.mode == "changed":
        wanted["audits:audit:view"] = "plan (refresh.mode: changed)"
    if _lets_users_go(settings):
        wanted["authorization:grant:view"] = "plan (roles of people who leave)"
    return wanted


def writing(settings: Settings, kinds: Iterable[str]) -> dict[str, str]:
    """Permission → what it is needed for, for an apply of manifests that hold these kinds."""
    wanted: dict[str, str] = {}
    for kind in kinds:
        for name in WRITE[kind]:
            wanted.setdefault(name, f"apply ({kind.replace('_', ' ')})")
    for kind, names in _removing(settings):
        for name in names:
            wanted.setdefault(name, f"apply (removing a {kind.replace('_', ' ')})")
    return wanted


def _removing(settings: Settings) -> Iterator[tuple[str, tuple[str, ...]]]:
    pruned, leavers = settings.file.guards.prune, settings.file.guards.leavers
    yield from ((kind, REMOVE[kind]) for kind in pruned if kind in REMOVE)
    if _lets_users_go(settings):
        more = ("directory:user:delete",) if leavers.user == "delete" else ()
        yield "user", ("authorization:grant:add", *more)
    if "queue" in pruned and leavers.queue == "delete":
        yield "queue", ("routing:queue:delete",)


def _lets_users_go(settings: Settings) -> bool:
    return "user" in settings.file.guards.prune and settings.file.guards.leavers.user != "keep"


def running(settings: Settings) -> dict[str, str]:
    """Permission → what it is needed for, for the runners that reconciler.yaml configures."""
    return {name: f"run {runner}" for runner in configured(settings) for name in RUN[runner]}


def configured(settings: Settings) -> tuple[str, ...]:
    """The runners that reconciler.yaml gives something to do."""
    runners = settings.file.runners
    fed = [name for name in ("status", "interactions") if getattr(runners, name).feeds]
    return (*fed, *(("recordings",) if runners.recordings.source else ()))
