"""What the permissions of a client mean: is it fit for planning, for applying, for the runners that are configured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from reconciler.model.resource import State
from reconciler.pipeline.doctor import permission
from reconciler.pipeline.doctor.account import Account, Held, divisions, held
from reconciler.pipeline.doctor.finding import Finding, denied, doubt, fine
from reconciler.settings import Settings

AREA = "permissions"
Purpose = Literal["plan", "apply", ""]
GRANT = "put them into a role of the OAuth client, for all divisions"


@dataclass(frozen=True, slots=True)
class Need:
    """The permissions of one purpose, each with what it is for, and whether lacking one is a problem or to be expected."""

    purpose: str
    wanted: Mapping[str, str]
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Rights:
    """What was found of a client, and every permission that was asked for."""

    findings: tuple[Finding, ...]
    asked: tuple[Mapping[str, Any], ...]


async def rights(account: Account, settings: Settings, state: State | None, purpose: Purpose) -> Rights:
    """What the client may do. Without a `purpose` a client that may write nothing is taken for one that only plans."""
    kinds = sorted({ref.kind for ref in state.resources}) if state else list(permission.WRITE)
    reads, writes, runs = permission.reading(settings), permission.writing(settings, kinds), permission.running(settings)
    if purpose == "plan":
        writes, runs = {}, {}
    found = await held(account, dict.fromkeys([*reads, *writes, *runs]))
    plans_only = purpose == "" and not any(found[name].divisions or found[name].everywhere for name in [*writes, *_inject(runs)])
    needs = [Need("plan", reads), Need("apply", writes, not plans_only), Need("run", runs, not plans_only)]
    missing = await _uncovered(account, found, state)
    findings = [one for need in needs if need.wanted for one in _judged(account, need, found, missing)]
    asked = [_told(account, need, name, found[name]) for need in needs for name in need.wanted]
    return Rights(tuple(findings), tuple(asked))


def _inject(runs: Iterable[str]) -> list[str]:
    return [name for name in runs if not name.endswith(":view")]


async def _uncovered(account: Account, found: Mapping[str, Held], state: State | None) -> Mapping[str, frozenset[str]]:
    """Permission → divisions of the manifests that exist and in which it is not held, for permissions not held everywhere."""
    partial = [one for one in found.values() if not one.everywhere and one.divisions]
    if not partial or not state:
        return {}
    named = {str(one.fields.get("name") or "") for ref, one in state.resources.items() if ref.kind == "division"}
    there = await divisions(account)
    return {one.permission: frozenset(named & there) - one.divisions for one in partial}


def _judged(
    account: Account, need: Need, found: Mapping[str, Held], uncovered: Mapping[str, frozenset[str]]
) -> Iterator[Finding]:
    lacking = [name for name in need.wanted if not found[name].everywhere and not found[name].divisions]
    partial = [name for name in need.wanted if not found[name].everywhere and found[name].divisions]
    if not need.strict and len(lacking) == len(need.wanted):
        yield fine(AREA, f"{account.name}: none for {need.purpose}; it is taken for a client that only plans")
        return
    good = len(need.wanted) - len(lacking) - len(partial)
    if good:
        count = f"all {good}" if good == len(need.wanted) else f"{good} of {len(need.wanted)}"
        yield fine(AREA, f"{account.name}: {count} for {need.purpose} in all divisions")
    for work in dict.fromkeys(need.wanted[name] for name in lacking):
        what = f"{account.name} lacks {', '.join(name for name in lacking if need.wanted[name] == work)}, needed for: {work}"
        yield denied(AREA, what, GRANT) if need.strict else doubt(AREA, what, f"{GRANT}, unless it shall only plan")
    for name in partial:
        yield _partly(account, name, found[name], uncovered.get(name, frozenset()))


def _partly(account: Account, name: str, where: Held, lacking: frozenset[str]) -> Finding:
    """A permission that is not held everywhere: a problem where the manifests speak of such a division."""
    if lacking:
        what = f"{account.name} lacks {name} in {_names(lacking)}, of which the manifests speak"
        return denied(AREA, what, "grant its role for all divisions, or at least for these")
    what = f"{account.name} holds {name} only in {_names(where.divisions)}"
    return doubt(AREA, what, "grant its role for all divisions: what lies elsewhere is not seen, and nothing is removed")


def _names(names: Iterable[str]) -> str:
    known = sorted(names)
    more = f" and {len(known) - 3} more" if len(known) > 3 else ""
    return ", ".join(known[:3]) + more


def _told(account: Account, need: Need, name: str, where: Held) -> Mapping[str, Any]:
    places: Any = "all" if where.everywhere else sorted(where.divisions)
    return {"client": account.name, "permission": name, "for": need.wanted[name], "divisions": places}
