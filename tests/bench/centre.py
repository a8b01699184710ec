"""The contact centre of the emulator's seed `large:USERS,QUEUES` as manifests, and the requests a plan of it cannot do without.

Made from the naming that seed documents; nothing is asked of an emulator here, but by `bind`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reconciler.kinds import REGISTRY
from reconciler.model.kind import Around
from reconciler.model.port import Binding
from reconciler.model.resource import Ref, Seen
from reconciler.pipeline.session import Session

DIVISIONS, SKILLS, LANGUAGES, CODES = 12, 80, 10, 60
MEMBERS = 60

SETTINGS = """\
version: 1
organization: {{api_url: "{api_url}", login_url: "{login_url}", requests_per_minute: 0}}
source: {{platform: tabular, name: acme}}
"""


def basics() -> str:
    """Divisions, skills, languages and wrap-up codes."""
    table = (
        ("divisions", "division", "Division", DIVISIONS),
        ("skills", "skill", "Skill", SKILLS),
        ("languages", "language", "Language", LANGUAGES),
        ("wrapup_codes", "code", "Code", CODES),
    )
    blocks = (
        f"{plural}:\n" + "".join(f"  - key: {key}-{number:02}\n    name: {name} {number:02}\n" for number in range(1, most + 1))
        for plural, key, name, most in table
    )
    return "version: 1\n" + "".join(blocks)


def user(number: int) -> str:
    """The block of one user, as rendering writes it."""
    skills = ", ".join(
        f"skill-{place:02}: {level}.0"
        for place, level in sorted(((number + 16 * k) % SKILLS + 1, (number + k) % 5 + 1) for k in range(5))
    )
    languages = ", ".join(
        f"language-{place:02}: {level}"
        for place, level in sorted(((number + 5 * k) % LANGUAGES + 1, (number + k) % 5 + 1) for k in range(2))
    )
    return (
        f'  - key: "u-{number:05}"\n'
        f'    name: "User {number:05}"\n'
        f'    email: "u-{number:05}@example.com"\n'
        f"    division: division-{_division(number):02}\n"
        f"    skills: {{{skills}}}\n"
        f"    languages: {{{languages}}}\n"
    )


def queue(number: int, users: int) -> str:
    """The block of one queue, its members exclusive, as rendering writes them."""
    first = (number - 1) * MEMBERS
    members = ", ".join(f"u-{(first + place) % users + 1:05}" for place in range(min(MEMBERS, users)))
    codes = ", ".join(f"code-{((number - 1) * 5 + place) % CODES + 1:02}" for place in range(5))
    return (
        f'  - key: "q-{number:05}"\n'
        f'    name: "Queue {number:05}"\n'
        f"    division: division-{_division(number):02}\n"
        f"    wrapup_codes: {{mode: exclusive, items: [{codes}]}}\n"
        f"    members: {{mode: exclusive, items: [{members}]}}\n"
    )


def _division(number: int) -> int:
    return (number - 1) % DIVISIONS + 1


def manifests(users: int, queues: int) -> Iterator[tuple[str, str]]:
    """File names and texts: the basics, users in one file per division, queues in one."""
    yield "basics.yaml", basics()
    for division in range(1, DIVISIONS + 1):
        own = [user(number) for number in range(division, users + 1, DIVISIONS)]
        if own:
            yield f"users/division-{division:02}.yaml", "version: 1\nusers:\n" + "".join(own)
    if queues:
        yield "queues.yaml", "version: 1\nqueues:\n" + "".join(queue(number, users) for number in range(1, queues + 1))


def write(root: Path, users: int, queues: int, **addresses: str) -> None:
    """A repository in `root`: manifests, and settings where addresses are given."""
    for name, text in manifests(users, queues):
        path = root / "manifests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if addresses:
        (root / "reconciler.yaml").write_text(SETTINGS.format(**addresses), encoding="utf-8")


def minimum(users: int, queues: int) -> int:
    """The requests a complete reading of this centre needs, without token and organisation check.

    Active and inactive users in pages of 500; one page each of skills, languages, divisions, codes and external sources; the
    unpaged lists of presence definitions and sources in two halves each and the presence settings; queues in two halves in
    pages of 500; members (at most 100 here) and codes of every queue.
    """
    people = max(1, -(-users // 500)) + 1
    lists = 1 + 1 + 1 + 1 + 1 + 2 + 2 + 1
    return people + lists + 1 + max(1, -(-queues // 500)) + 2 * queues


async def bind(session: Session) -> int:
    """Writes the bindings of everything this centre has into the ledger, as an apply would have done; their number."""
    bound: dict[Ref, Binding] = {}
    for name in ("division", "skill", "language", "wrapup_code", "user", "queue"):
        seen: list[Seen] = []
        around = Around(session.options)

        def take(page: list[dict[str, Any]], seen: list[Seen] = seen, name: str = name, around: Around = around) -> None:
            seen += filter(None, (REGISTRY[name].see(body, around) for body in page))

        for listing in REGISTRY[name].listings:
            await session.reader.pages(listing, take)
        bound |= {Ref(name, key): Binding(one.id, one.name) for one in seen if (key := _key(name, one))}
    session.ledger.bind(bound)
    return len(bound)


def _key(kind: str, one: Seen) -> str:
    """The key our manifests give an object of the seed; empty for what every organisation has."""
    if kind == "queue":
        return one.mark
    if kind == "user":
        email = str(one.fields["email"])
        return email.partition("@")[0] if email.startswith("u-") else ""
    return one.name.lower().replace(" ", "-") if one.name[-2:].isdigit() else ""
