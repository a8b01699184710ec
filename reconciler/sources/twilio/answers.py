"""Files of answers of TaskRouter's REST service → records by kind and SID. What they mean together is for `facts`.

An object is known by the two letters its SID begins with, however the file is called and nested; keys are read in snake case and
in camel case, which Twilio's command line tool prints. Source of fields: TaskRouter REST API reference: Worker, TaskQueue,
Activity, Workspace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from reconciler.formats import json
from reconciler.model.gathered import Gathered
from reconciler.model.problem import Place, Problem
from reconciler.sources.twilio.attributes import SID, plain

_LISTS: Mapping[str, str] = MappingProxyType(
    {"workers": "WK", "taskqueues": "WQ", "activities": "WA", "workspaces": "WS", "workflows": "WW", "channels": "TC"}
)
_OTHERS: Mapping[str, str] = MappingProxyType({"WW": "workflows", "TC": "task channels"})
_FLAGS: Mapping[str, bool] = MappingProxyType({"true": True, "false": False})


@dataclass(frozen=True, slots=True)
class _Page:
    """One page of a list: which list of which workspace, its number, and whether it says that more follows."""

    listed: tuple[str, str]
    number: int
    more: bool
    place: Place


def read(files: Mapping[str, bytes]) -> Gathered:
    """Every object in these files; what is not recognised is a warning, what is broken or cut off a problem."""
    found = Gathered()
    pages: list[_Page] = []
    for file in sorted(files):
        documents = json.read(files[file], file=file)
        if not documents.values and not file.lower().endswith((".json", ".jsonl")):
            found.warn(Place(file), "", "not JSON, not read", "move it out of the export folder")
            continue
        for problem in documents.problems:
            found.problems[problem] = None
        for value, line in zip(documents.values, documents.lines, strict=True):
            if not _take(found, pages, value, Place(file, line if len(documents.values) > 1 else 0)):
                what = f"no answer of TaskRouter that is known here{_keys(value)}"
                found.warn(Place(file), "", what, "move it out of the export folder")
    for page, what in _missing(pages):
        found.wrong(page.place, "", what, "the export is incomplete: fetch all pages")
    return found


def _keys(value: Any) -> str:
    return f" (keys: {', '.join(list(value)[:5])})" if isinstance(value, dict) and value else ""


def _take(found: Gathered, pages: list[_Page], value: Any, place: Place) -> bool:
    """Takes every object in there; False where something is not recognised."""
    if isinstance(value, list):
        return all([_take(found, pages, one, place) for one in value])  # noqa: C419 - every one is taken, not the first few
    if not isinstance(value, dict):
        return False
    body = {name.replace("_", "").lower(): inner for name, inner in value.items()}
    if isinstance(body.get("sid"), str):
        return _object(found, body, place)
    listed = [name for name in body if name in _LISTS and isinstance(body[name], list)]
    for name in listed:
        _list(found, pages, name, body, place)
    inner = [] if listed else [one for one in value.values() if isinstance(one, dict | list)]
    return bool(listed) or (bool(inner) and all([_take(found, pages, one, place) for one in inner]))  # noqa: C419 - the same


def _list(found: Gathered, pages: list[_Page], name: str, body: Mapping[str, Any], place: Place) -> None:
    if kind := _KINDS.get(_LISTS[name]):
        found.given.add(kind[0])
    for one in body[name]:
        item = {key.replace("_", "").lower(): inner for key, inner in one.items()} if isinstance(one, dict) else {}
        if not str(item.get("sid", "")).startswith(_LISTS[name]):
            found.wrong(place, "", f"{name} holds something without a SID that begins with {_LISTS[name]}", "export it again")
        else:
            _object(found, item, place)
    meta = body.get("meta")
    if isinstance(meta, dict):
        number, url = meta.get("page"), str(meta.get("url") or "").partition("?")[0]
        said = number if isinstance(number, int) else 0
        pages.append(_Page((name, url), said, bool(meta.get("next_page_url") or meta.get("nextPageUrl")), place))


def _missing(pages: list[_Page]) -> Iterator[tuple[_Page, str]]:
    """Lists of which a page is not there: the last one, or one in between."""
    lists: dict[tuple[str, str], list[_Page]] = {}
    for page in pages:
        lists.setdefault(page.listed, []).append(page)
    for (name, _), group in lists.items():
        last = max(group, key=lambda page: page.number)
        lacking = sorted(set(range(min(last.number, 1_000_000))) - {page.number for page in group})
        if last.more:
            yield last, f"{name} goes on after this page"
        elif lacking:
            yield last, f"{name} lacks page {lacking[0]} before this one"


# ── objects ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _object(found: Gathered, body: Mapping[str, Any], place: Place) -> bool:
    sid = str(body["sid"]).strip()
    if not SID.fullmatch(sid):
        found.wrong(place, "", f"{sid[:40]!r} is no SID", "export it again")
        return True
    if sid[:2] not in _KINDS:
        found.count(_OTHERS.get(sid[:2], f"objects with a SID that begins with {sid[:2]}"))
        return True
    kind, say = _KINDS[sid[:2]]
    stamp = plain(body.get("dateupdated"))
    found.add(kind, sid, say(found, body, sid, place), place, stamp if stamp.endswith("Z") else "")
    return True


def _worker(found: Gathered, body: Mapping[str, Any], sid: str, place: Place) -> dict[str, Any]:
    return {
        "username": plain(body.get("friendlyname")) or None,
        "workspace": plain(body.get("workspacesid")) or None,
        "attributes": _attributes(found, body.get("attributes"), sid, place),
    }


def _attributes(found: Gathered, value: Any, sid: str, place: Place) -> dict[str, Any] | None:
    """The attributes of a worker: a text that holds a JSON object. None where the answer has none, or broken ones."""
    if isinstance(value, str):
        said = json.read(value.encode("utf-8", "replace"), file=place.file) if value.strip() else json.Documents(({},))
        errors: tuple[Problem, ...] = tuple(problem for problem in said.problems if not problem.warning)
        value = said.values[0] if len(said.values) == 1 and not errors else value
    if value is None or isinstance(value, dict):
        return value
    found.wrong(place, f"user/{sid}", "its attributes are no JSON object", "mend them in TaskRouter, and export it again")
    return None


def _task_queue(_found: Gathered, body: Mapping[str, Any], _sid: str, _place: Place) -> dict[str, Any]:
    target = body.get("targetworkers")
    return {
        "name": plain(body.get("friendlyname")) or None,
        "workspace": plain(body.get("workspacesid")) or None,
        "target": str(target or "").strip() if "targetworkers" in body else None,
    }


def _activity(_found: Gathered, body: Mapping[str, Any], _sid: str, _place: Place) -> dict[str, Any]:
    available = body.get("available")
    flag = available if isinstance(available, bool) else _FLAGS.get(str(available).lower())
    return {"name": plain(body.get("friendlyname")) or None, "available": flag}


def _workspace(_found: Gathered, body: Mapping[str, Any], _sid: str, _place: Place) -> dict[str, Any]:
    return {"name": plain(body.get("friendlyname")) or None}


_Say = Callable[[Gathered, Mapping[str, Any], str, Place], dict[str, Any]]
_KINDS: Mapping[str, tuple[str, _Say]] = MappingProxyType(
    {
        "WK": ("user", _worker),
        "WQ": ("queue", _task_queue),
        "WA": ("secondary_status", _activity),
        "WS": ("division", _workspace),
    }
)
