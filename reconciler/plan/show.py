"""Plan → text and Markdown for people. Lines carry a tone, so that the terminal can colour them and a file need not.

Widths count columns, not characters: a Japanese name takes two columns a sign.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.model.change import SYMBOLS, Change, FieldChange, Op, Plan
from reconciler.model.problem import plain

WIDTH = 80
SHOWN = 8  # members or levels named one by one before the rest is counted
MARKDOWN_LIMIT = 50_000  # bytes; a pull request comment takes 65,536 characters


Names = Mapping[str, str]
REFERS = {("queue", "members"): "user", ("queue", "wrapup_codes"): "wrapup_code"}  # fields whose keys people do not know by heart


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text; `tone` is the op's name, `head`, `warning`, `refusal`, `faint` or empty."""

    text: str
    tone: str = ""


def columns(text: str) -> int:
    """Terminal columns the text takes."""
    return sum(0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def prefix(text: str, width: int) -> str:
    """The longest beginning of `text` that takes at most `width` columns."""
    taken = 0
    for place, sign in enumerate(text):
        taken += columns(sign)
        if taken > width:
            return text[:place]
    return text


def fit(text: str, width: int) -> str:
    """`text` cut or padded to exactly `width` columns; a cut is shown by an ellipsis."""
    shown = text if columns(text) <= width else prefix(text, width - 1) + "…"
    return shown + " " * (width - columns(shown))


def wrap(words: Sequence[str], indent: int, width: int = WIDTH) -> Iterator[str]:
    """Words joined by blanks into lines of `width`, each indented; a word is not broken here, even if it is wider."""
    line = ""
    for word in words:
        if line and indent + columns(line) + 1 + columns(word) > width:
            yield " " * indent + line
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        yield " " * indent + line


def broken(text: str, width: int) -> Iterator[str]:
    """`text` as lines no wider than `width` (20 at least), broken at blanks where there are any; what follows is indented."""
    width = max(width, 20)
    indent = " " * min(len(text) - len(text.lstrip()) + 4, width // 2)
    while columns(text) > width:
        kept = prefix(text, width)
        blank = kept.rfind(" ")
        kept = kept[:blank] if blank > len(indent) else kept
        yield kept.rstrip()
        text = indent + text[len(kept) :].lstrip()
    yield text


def lines(plan: Plan, width: int = WIDTH) -> Iterator[Line]:
    """The plan as a reviewer reads it: removals first, changed fields only, a summary at the end. No line is wider."""
    for line in _lines(plan, width):
        yield from (replace(line, text=text) for text in broken(line.text, width))


def _lines(plan: Plan, width: int) -> Iterator[Line]:
    yield from _head(plan)
    ordered = sorted(plan.changes, key=lambda one: not one.op.removes)
    for change in ordered:
        yield from _change(change, width, plan.names)
    if plan.changes:
        yield Line("")
    yield from _notes(plan, width)
    yield Line(summary(plan), "head")
    if plan.changes:
        yield Line(cost(plan), "faint")


def _head(plan: Plan) -> Iterator[Line]:
    head = plan.header
    where = " ".join(part for part in (head.organization, head.region and f"({head.region})") if part)
    yield Line(f"Plan for source {plain(head.source)} in organisation", "head")
    yield Line(plain(where), "head")
    yield Line("")


def _change(change: Change, width: int, names: Names) -> Iterator[Line]:
    symbol = fit(change.op.symbol, 3)
    label = f"  {symbol} {plain(change.id)}"
    name = "" if change.name == change.ref.key else f"  {plain(change.name)}"
    yield Line(_right(f"{label}{name}", plain(change.origin), width), change.op.value)
    if change.op not in {Op.CREATE, Op.UPDATE}:
        yield Line(f"        ({plain(change.reason)})", "faint")
    if change.op is Op.CREATE:
        yield from (Line(text) for text in wrap(_at_once(change, names), 8, width))
        return
    for name, group in _grouped(change.fields):
        yield from (Line(text) for text in wrap(_words(change, name, group, names), 8, width))


def _at_once(change: Change, names: Names) -> list[str]:
    """All fields of a new object as one run of words; its name stands in the line above already."""
    fields = [_words(change, name, group, names) for name, group in _grouped(change.fields) if name != "name"]
    return [word for place, words in enumerate(fields) for word in _ended(words, last=place == len(fields) - 1)]


def _ended(words: list[str], *, last: bool) -> list[str]:
    return words if last else [*words[:-1], f"{words[-1]};"]


def _right(left: str, right: str, width: int) -> str:
    """`right` at the end of the line where it fits, else left out: the origin is in every other format."""
    room = width - columns(left) - columns(right)
    return f"{left}{' ' * room}{right}" if room >= 2 and right else left


def _grouped(fields: Iterable[FieldChange]) -> Iterator[tuple[str, list[FieldChange]]]:
    groups: dict[str, list[FieldChange]] = {}
    for one in fields:
        groups.setdefault(one.path[0], []).append(one)
    yield from groups.items()


def _words(change: Change, name: str, group: list[FieldChange], names: Names) -> list[str]:
    """One field as words that may be wrapped: `skills:` `billing` `3 → 4`."""
    shown = group[:SHOWN]
    words = [f"{plain(name)}:", *(_value(change, one, names) for one in shown)]
    words = [f"{word}," if 0 < place < len(words) - 1 else word for place, word in enumerate(words)]
    rest = len(group) - len(shown)
    return [*words, f"and {rest} more"] if rest else words


def _value(change: Change, one: FieldChange, names: Names) -> str:
    step = plain(_called(change, ".".join(one.path[1:]), one, names))
    if isinstance(one.before, bool) and isinstance(one.after, bool) and len(one.path) == 2:
        return f"{'+' if one.after else '-'}{step}"
    after = scalar(one.after)
    if change.op is Op.CREATE or one.before in (None, ""):
        return f"{step} {after}".strip() if change.op is Op.CREATE else f"{step} + {after}".strip()
    if one.after is None:
        return f"{step} {scalar(one.before)} → none".strip()
    return f"{step} {scalar(one.before)} → {after}".strip()


def _called(change: Change, step: str, one: FieldChange, names: Names) -> str:
    """The name of what a step refers to, where the plan knows one; the step itself otherwise."""
    kind = REFERS.get((change.ref.kind, one.path[0]))
    return names.get(f"{kind}/{step}", step) if kind else step


def scalar(value: Any) -> str:
    """A value as people write it."""
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.12g}" if isinstance(value, float) else plain(str(value))


def _notes(plan: Plan, width: int) -> Iterator[Line]:
    for one in plan.adoptions:
        how = f"taken in as it is, recognised by {one.ref.known_by(one.by)}"
        text = f"  {SYMBOLS[Op.ADOPT]}   {plain(str(one.ref))}  {plain(one.name)}: {how}"
        yield from (Line(text, "adopt") for text in broken(text, width))
    if plan.adoptions:
        yield Line("")
    for warning in plan.warnings:
        yield from (Line(text, "warning") for text in wrap(f"Warning: {plain(warning)}".split(" "), 0, width))
    if plan.billable:
        yield from (Line(text, "warning") for text in wrap(plain(costly(plan)).split(" "), 0, width))
    for refusal in plan.refusals:
        override = f" To do it all the same: {plain(refusal.override)}" if refusal.override else ""
        words = f"Refused: {plain(refusal.what)}.{override}"
        yield from (Line(text, "refusal") for text in wrap(words.split(" "), 0, width))
    if plan.unchanged:
        yield Line(f"{plan.unchanged:,} unchanged hidden.", "faint")
    if plan.strays:
        names = ", ".join(plain(f"{ref} {plan.names.get(str(ref), '')}".strip()) for ref in plan.strays[:SHOWN])
        more = f" and {len(plan.strays) - SHOWN} more" if len(plan.strays) > SHOWN else ""
        words = f"{len(plan.strays)} of ours named by no manifest, left alone: {names}{more}"
        yield from (Line(text, "faint") for text in wrap(words.split(" "), 0, width))


COUNTED = (
    ("to add", (Op.CREATE,)),
    ("to change", (Op.UPDATE,)),
    ("to destroy", (Op.DELETE, Op.DEACTIVATE, Op.REPLACE)),
    ("to rename", (Op.RENAME,)),
    ("to adopt", (Op.ADOPT,)),
    ("to restore", (Op.RESTORE,)),
)


def counts(plan: Plan) -> dict[str, int]:
    """How many objects per verb; the second change of a new object is not counted again."""
    whole = [one for one in plan.changes if not one.part]
    found = {verb: sum(one.op in ops for one in whole) for verb, ops in COUNTED}
    return {**found, "to adopt": found["to adopt"] + len(plan.adoptions)}


def summary(plan: Plan) -> str:
    """The last line everybody looks for."""
    found = counts(plan)
    if not plan.changes and not plan.adoptions:
        return "Plan: nothing to do. Genesys Cloud is as the manifests say."
    always = {"to add", "to change", "to destroy"}
    return "Plan: " + ", ".join(f"{count} {verb}" for verb, count in found.items() if count or verb in always) + "."


def cost(plan: Plan) -> str:
    """What planning has cost and applying will."""
    took = f"{plan.header.spent} requests read it; " if plan.header.spent else ""
    time = f", about {duration(plan.seconds)} at the request limit" if plan.seconds else ""
    return f"{took}applying takes about {plan.predicted} requests{time}."


def costly(plan: Plan) -> str:
    """Who becomes billable by this plan: how many, and the first of them by name."""
    names = {one.ref.key: one.name for one in plan.changes if one.ref.kind == "user"}
    called = [names.get(key, key) for key in plan.billable[:SHOWN]]
    more = f" and {len(plan.billable) - SHOWN} more" if len(plan.billable) > SHOWN else ""
    people = "1 user becomes" if len(plan.billable) == 1 else f"{len(plan.billable)} users become"
    return f"Billable: {people} billable by the roles given back: {', '.join(called)}{more}."


def duration(seconds: int) -> str:
    """Seconds as people say them."""
    return f"{seconds} s" if seconds < 100 else f"{round(seconds / 60)} min"


def markdown(plan: Plan, limit: int = MARKDOWN_LIMIT) -> str:
    """The plan for a pull request, cut on a change boundary at `limit` bytes. Names cannot write Markdown or HTML."""
    head = [f"### {escaped(summary(plan))}", "", *_within(list(_markdown_notes(plan)), limit // 2, "notes")]
    tail = [
        "",
        f"{plan.unchanged:,} unchanged. {escaped(cost(plan))}",
        f"Organisation `{code(plan.header.organization)}`, source `{code(plan.header.source)}`.",
    ]
    ordered = sorted(plan.changes, key=lambda one: not one.op.removes)
    room = limit - len("\n".join([*head, *tail]).encode())
    blocks = _within([_markdown_change(one, plan.names) for one in ordered], room, "changes")
    return "\n".join([*head, "", *blocks, *tail]) + "\n"


def _within(blocks: Sequence[str], room: int, called: str) -> list[str]:
    """As many blocks, from the first on, as `room` bytes hold, and how many were left out."""
    room -= 200  # the line that counts the rest
    for place, block in enumerate(blocks):
        room -= len(block.encode()) + 1
        if room < 0:
            return [*blocks[:place], f"… and {len(blocks) - place} more {called}: see the whole plan."]
    return list(blocks)


def _markdown_notes(plan: Plan) -> Iterator[str]:
    for one in plan.refusals:
        override = f" To do it all the same: `{code(one.override)}`" if one.override else ""
        yield f"> **Refused:** {escaped(one.what)}.{override}"
    yield from (f"> **Warning:** {escaped(one)}" for one in plan.warnings)
    if plan.billable:
        yield f"> **Billable:** {escaped(costly(plan).partition(' ')[2])}"


def _markdown_change(change: Change, names: Names) -> str:
    rows = [f"- `{change.op.symbol}` **{escaped(change.id)}** {escaped(change.name)} · {escaped(change.origin)}"]
    for name, group in _grouped(change.fields):
        rows.append(f"  - {escaped(' '.join(_words(change, name, group, names)))}")
    return "\n".join(rows)


def code(text: str) -> str:
    """Text that stays inside a code span."""
    return plain(text).replace("`", "'")


def escaped(text: str) -> str:
    """Text in which nothing is Markdown, HTML, a link or a mention."""
    shown = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "@\u200b")
    unlinked = re.sub(r"(?i)(:(?=//)|www(?=\.))", "\\1\u200b", shown)
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#!|~$" else sign for sign in unlinked)
