"""Rows that do not say whose they are, given to their owner; lists that did not come to their end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.sources.amazon_connect.answers import OWNERS, Answers, Item, Owners, Page, unfinished
from reconciler.sources.amazon_connect.records import Body, World, text


def give_rows(world: World, answers: Answers) -> None:
    """Gives rows that do not say whose they are to their owner, and checks that every list came to its end."""
    owners = {kind: _Finder(world, of) for kind, of in OWNERS.items()}
    pages = [_owned(world, owners, page) for page in answers.pages]
    for item in answers.items:
        if item.kind in OWNERS and (owner := owners[item.kind].find(item.file, item.owner)):
            world.rows.setdefault((item.kind, owner), []).append(item.body)
            if item.kind == "proficiency":
                _meet(world, item)
    for page in unfinished(pages):
        whose = f" of {page.owner}" if page.owner else ""
        world.wrong(
            page.file, "", f"{page.answer}{whose} goes on after this page", "the export is incomplete: fetch the next pages"
        )
    _count(world, pages)


def _owned(world: World, owners: Mapping[str, _Finder], page: Page) -> Page:
    kind = {"routingprofilequeueconfigsummarylist": "membership", "userproficiencylist": "proficiency"}.get(
        page.answer, page.answer
    )
    if kind not in owners:
        return Page(page.answer, "", page.file, page.more, page.count, page.total)
    owner = owners[kind].find(page.file, page.owner)
    if owner:
        world.rows.setdefault((kind, owner), [])
    else:
        what = f"nothing says which {OWNERS[kind].replace('_', ' ')} of this export the answer is about"
        remedy = "put its id into the name of the file or its folder, or leave the answer out where its owner has left"
        world.wrong(page.file, "", what, remedy)
    return Page(page.answer, owner or page.file, page.file, page.more, page.count, page.total)


class _Finder:
    """Finds the owner of rows: the id an object around them names, else the path of the file."""

    def __init__(self, world: World, kind: str) -> None:
        self._known = world.all(kind)
        self._by_path = Owners({key: record.fields.get("name", "") for key, record in self._known.items()})
        self._found: dict[str, str] = {}

    def find(self, file: str, named: str) -> str:
        """The id of the owner, empty where nobody knows."""
        if named in self._known:
            return named
        if file not in self._found:
            self._found[file] = self._by_path.find(file)
        return self._found[file]


def _count(world: World, pages: Iterable[Page]) -> None:
    """Warns where a search found fewer objects than it announced; the number is approximate by its own name."""
    totals: dict[str, tuple[int, int, str]] = {}
    for page in pages:
        count, total, _ = totals.get(page.answer, (0, 0, ""))
        totals[page.answer] = (count + page.count, max(total, page.total), page.file)
    for answer, (count, total, file) in totals.items():
        if count < total:
            world.warn(file, "", f"{answer} holds {count} of about {total}", "check that no page is missing")


def native(world: World, body: Body) -> str:
    """The name of a proficiency: its value, or `attribute/value` where the mapping speaks of it so."""
    value = text(body.get("attributevalue")) or ""
    full = f"{text(body.get('attributename')) or ''}/{value}"
    return full if full in world.qualified else value


def _meet(world: World, item: Item) -> None:
    """Remembers which attribute a value belongs to: one value of two attributes cannot be told apart without a key."""
    name, attribute = native(world, item.body), text(item.body.get("attributename")) or ""
    if not name:
        world.wrong(item.file, "", "a proficiency without AttributeValue", "export it again")
        return
    before, file = world.attributes.setdefault(name, (attribute, item.file))
    if before != attribute and name not in world.qualified:
        what = f"{name!r} is a value of two attributes, {before!r} (in {file}) and {attribute!r}"
        remedy = f"give one of them a key in mapping.yaml: skills: {{keys: {{'{attribute}/{name}': …}}}}"
        world.wrong(item.file, f"skill/{name}", what, remedy)
