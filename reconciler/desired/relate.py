"""What only shows when all manifests are together: twins, claims to the same past, managers in a circle, two primaries."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence

from reconciler.desired.report import Report
from reconciler.model.kind import Kind, Options
from reconciler.model.resource import Ref, Resource

Resources = Mapping[Ref, Resource]


def check(kinds: Sequence[Kind], resources: Resources, report: Report) -> None:
    """Tells the report what does not go together."""
    by_kind: dict[str, list[Resource]] = {kind.name: [] for kind in kinds}
    for ref, resource in resources.items():
        by_kind[ref.kind].append(resource)
    for kind in kinds:
        own = by_kind[kind.name]
        _names(kind, own, report)
        _pasts(own, resources, report)
        if "primary" in kind.fields:
            _primary(own, report)
        if "email" in kind.fields:
            _addresses(own, report)
        for name, field in kind.fields.items():
            if field.refers == kind.name:
                _circles(name, own, report)


def _names(kind: Kind, own: Sequence[Resource], report: Report) -> None:
    """Two objects of one name: an error where names are unique, and a warning where they only look alike."""
    if kind.unique_names:
        for twin, first in _twins(own, lambda one: one.fields.get("name", "")):
            _tell(report, twin, "name", f"{first.ref} has the same name ({first.place})", "choose another name")
        for twin, first in _twins(own, lambda one: folded(one.fields.get("name", ""))):
            if twin.fields["name"] != first.fields["name"]:
                what = f"the name differs from that of {first.ref} ({first.place}) in case or width only"
                report.warn(twin.ref, what, "rename one of them: Genesys Cloud may take them for the same")
    elif "email" not in kind.fields:
        for twin, first in _twins(own, lambda one: "\n".join(kind.natural(one.ref.key, one.fields, Options()))):
            what = f"{first.ref} ({first.place}) is called the same"
            report.warn(twin.ref, what, "keep the ledger: without it they cannot be told apart")


def _addresses(own: Sequence[Resource], report: Report) -> None:
    """An e-mail address belongs to one person. Source: POST /api/v2/users answers 409 otherwise."""
    for twin, first in _twins(own, lambda one: one.fields.get("email", "").casefold()):
        what = f"{_who(twin)} has the e-mail address of {_who(first)}, {first.ref} ({first.place})"
        _tell(report, twin, "email", what, "give each person an own address")


def _who(one: Resource) -> str:
    return str(one.fields.get("name", one.ref.key))


def folded(name: str) -> str:
    """The form in which names that look alike are equal."""
    return name.casefold() if name.isascii() else unicodedata.normalize("NFKC", name).casefold()


def _twins(own: Sequence[Resource], of: Callable[[Resource], str]) -> Iterator[tuple[Resource, Resource]]:
    """Every resource whose value another one had before it, with that one. Empty values are no values."""
    first: dict[str, Resource] = {}
    for one in own:
        value = of(one)
        there = first.setdefault(value, one)
        if value and there is not one:
            yield one, there


def _pasts(own: Sequence[Resource], resources: Resources, report: Report) -> None:
    """A former key or name leads to one object, and not to one that is still described under it."""
    claims: dict[str, Resource] = {}
    for one in own:
        for former in one.previously:
            if not former:
                _tell(report, one, "previously", "previously holds a blank text", "write a former key or name")
            elif (other := resources.get(Ref(one.ref.kind, former))) is not None:
                _tell(report, one, "previously", f"{other.ref} is still described ({other.place})", "remove one of the two")
            elif (first := claims.setdefault(former, one)) is not one:
                what = f"{first.ref} was {former} too ({first.place})"
                _tell(report, one, "previously", what, "name it in one of them only")


def _primary(own: Sequence[Resource], report: Report) -> None:
    """An organisation has one primary presence source at most."""
    for twin, first in _twins(own, lambda one: "primary" if one.fields.get("primary") is True else ""):
        _tell(report, twin, "primary", f"{first.ref} is primary too ({first.place})", "leave at most one primary: true")


def _circles(name: str, own: Sequence[Resource], report: Report) -> None:
    """Nobody is their own manager, at any distance. Each circle is told once, at the first of its people."""
    below = [one for one in own if one.fields.get(name)]
    above = {one.ref.key: one.fields[name] for one in below}
    by_key = {one.ref.key: one for one in below}
    settled: set[str] = set()
    for start in above:
        walked: dict[str, None] = {}
        key = start
        while key in above and key not in settled and key not in walked:
            walked[key] = None
            key = above[key]
        if key in walked:
            circle = list(walked)[list(walked).index(key) :]
            first = circle.index(min(circle))
            round_trip = [*circle[first:], *circle[: first + 1]]
            _tell(report, by_key[circle[first]], name, f"{name} goes round: {_drawn(round_trip)}", "break the circle")
        settled.update(walked)


def _drawn(keys: Sequence[str]) -> str:
    """`a → b → a`, the middle left out where it is long."""
    return " → ".join(keys if len(keys) <= 8 else [*keys[:4], "…", *keys[-3:]])


def _tell(report: Report, one: Resource, field: str, what: str, remedy: str) -> None:
    report.about(report.spots[one.ref], str(one.ref), ((field,), what, remedy))
