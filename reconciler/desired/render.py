"""Facts + the texts of templates → manifest texts. Jinja in a sandbox; no file is opened here.

A template writes structure, values only fill places in it: every `{{ … }}` becomes one JSON value, quoted where it is text, and
may stand only where YAML expects a whole value or key, or in a comment. So a name can never write YAML, whatever is in it.
What would get around that (raw output, `call` and `filter` blocks, autoescape) is refused. Includes and imports see the
given templates and nothing else. How long and how large rendering may get is bounded by the process it runs in (`pipeline`).

Decided here: the renderer, not the template, writes the first lines of a file, so that a user's template cannot lose the
mark by which the renderer knows its own files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jinja2
from jinja2 import nodes

from reconciler.model.fact import COLLECTIONS, Fact
from reconciler.model.mapping import EVALUATION, sandbox
from reconciler.model.problem import Place, Problem

MARK = "# Rendered by reconciler"
SCHEMA = "schemas/manifest.v1.json"
SOURCES = "sources"
TEMPLATES = (*COLLECTIONS.values(), SOURCES)
"""Names of the templates, without `.yaml.j2`; each writes one file, but users one per division."""

MAX_CHARACTERS = 200_000_000
_OPEN, _CLOSE = "\x01", "\x02"
_SLOT = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_REFUSED = {
    nodes.CallBlock: "call blocks write raw text",
    nodes.FilterBlock: "filter blocks write raw text",
    nodes.ScopedEvalContextModifier: "autoescape writes HTML",
}
_UNSAFE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_KEY = r"""(?:[\w.-]+|"[^"]*"|'[^']*')\s*:\s+"""
_BEFORE = re.compile(
    rf"\s*(?:[-?]\s+)*(?:{_KEY})?$"  # a block: `- `, `name: `, or the start of a line
    rf"|\s*(?:[-?]\s+)*(?:{_KEY})?[\[{{](?:.*[\[{{,])?\s*(?:{_KEY})?$"  # inside a flow collection that this line opens
    rf"|\s*(?:(?:{_KEY})?_\s*,\s*)*(?:{_KEY})?$"  # values after each other, in a flow collection of an earlier line
)
_AFTER = re.compile(r"\s*(?:$|[,\]}]|:(?:\s|$)|\s#)")
_UNCLOSED = re.compile(r"""(?:^|[:\-,\[{])\s*(["'])(?:(?!\1).)*$""")


@dataclass(frozen=True, slots=True)
class Text:
    """A manifest file: its path below the manifests folder, and what is in it."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendering:
    """Manifest files sorted by path, or what is wrong with the templates."""

    texts: tuple[Text, ...] = ()
    problems: tuple[Problem, ...] = ()


def render(
    facts: Sequence[Fact], templates: Mapping[str, str], source: str, *, absent: frozenset[str] = frozenset()
) -> Rendering:
    """Every manifest file of these facts; kinds in `absent` and collections without objects get none.

    `templates` holds the text of every template by its file name (`users.yaml.j2`); a template sees the collections as sorted
    Facts, `source`, and for `users.yaml.j2` also `division`, the one whose users it writes.
    """
    world = {name: [fact for fact in facts if fact.kind == kind] for kind, name in COLLECTIONS.items()}
    gone = {COLLECTIONS[kind] for kind in absent}
    texts: list[Text] = []
    problems: list[Problem] = []
    for name in (name for name in TEMPLATES if name not in gone and (name == SOURCES or world[name])):
        file = f"{name}.yaml.j2"
        if file not in templates:
            problems.append(Problem(Place(file), "", "no such template", "put it back, or leave the default in its place"))
            continue
        try:
            texts += _files(name, world, templates, source)
        except _Refused as error:
            problems.append(Problem(Place(error.file, error.line), "", str(error), error.remedy))
        except EVALUATION as error:
            problems.append(_problem(file, error))
    return Rendering((), tuple(problems)) if problems else Rendering(tuple(sorted(texts, key=lambda text: text.path)))


def _files(name: str, world: Mapping[str, list[Fact]], templates: Mapping[str, str], source: str) -> Iterator[Text]:
    sheet = _Sheet(templates)
    if name != "users":
        yield _file(f"{name}.yaml", sheet.write(f"{name}.yaml.j2", {**world, "source": source}), source)
        return
    for path, division, users in _by_division(world["users"]):
        body = sheet.write("users.yaml.j2", {**world, "users": users, "division": division, "source": source})
        yield _file(path, body, source)


def _by_division(users: Iterable[Fact]) -> Iterator[tuple[str, str, list[Fact]]]:
    """(path, division, users) per division; users whose division is not managed stand in `users/home.yaml`."""
    groups: dict[str, list[Fact]] = {}
    for fact in users:
        groups.setdefault(str(fact.fields.get("division") or "home"), []).append(fact)
    for division, path in division_files(groups).items():
        yield path, division, groups[division]


def division_files(divisions: Iterable[str]) -> dict[str, str]:
    """Division → path of the file its people stand in; no two paths differ in case only."""
    files: dict[str, str] = {}
    names: set[str] = set()
    for division in sorted(divisions):
        stem = re.sub(r"[^\w.-]", "_", division).strip(".") or "_"
        stem = stem[:80]
        taken = stem.casefold()
        number = 2
        while taken in names:
            taken, number = f"{stem}-{number}".casefold(), number + 1
        names.add(taken)
        files[division] = f"users/{stem if taken == stem.casefold() else taken}.yaml"
    return files


def _file(path: str, body: str, source: str) -> Text:
    """The whole file: mark, schema, version, and what the template wrote, ending in one line feed."""
    up = "../" * (path.count("/") + 1)
    head = (
        f"{MARK} from source {source}. Do not edit: change the export, the mapping or the templates.\n"
        f"# yaml-language-server: $schema={up}{SCHEMA}\n"
        "version: 1\n"
    )
    lines = (line.rstrip() for line in body.split("\n"))
    return Text(path, head + "\n".join(lines).strip("\n") + "\n")


# ── one template ─────────────────────────────────────────────────────────────────────────────────────────────────────


class _Refused(Exception):
    """A template does what templates may not."""

    def __init__(self, file: str, line: int, what: str, remedy: str) -> None:
        super().__init__(what)
        self.file, self.line, self.remedy = file, line, remedy


class _Sheet:
    """Renders templates of one set; values wait outside the text, in `_values`, until their places have been checked."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        self._templates = templates
        self._values: list[str] = []
        self._environment = sandbox(
            loader=jinja2.FunctionLoader(self._load), finalize=self._slot, trim_blocks=True, lstrip_blocks=True
        )
        for name in ("safe", "forceescape", "escape", "e"):
            self._environment.filters.pop(name, None)

    def write(self, file: str, names: Mapping[str, Any]) -> str:
        """The text the template writes for these names."""
        self._values.clear()
        pieces: list[str] = []
        size = 0
        for piece in self._environment.get_template(file).generate(names):
            size += len(piece)
            if size > MAX_CHARACTERS:
                raise _Refused(file, 0, f"writes more than {MAX_CHARACTERS} characters", "look for a loop without end")
            pieces.append(piece)
        return "\n".join(self._filled(file, line) for line in "".join(pieces).split("\n"))

    def _load(self, file: str) -> str | None:
        """The text of a template, after a look at what it does; None where there is no such template."""
        text = self._templates.get(file)
        if text is None:
            return None
        if _OPEN in text or _CLOSE in text:
            raise _Refused(file, 0, "holds control characters", "remove them")
        for node in self._environment.parse(text, filename=file).find_all(tuple(_REFUSED)):
            raise _Refused(file, node.lineno, f"refused: {_REFUSED[type(node)]}", "write the structure out, or use include")
        return text

    @jinja2.pass_context  # without this, constants would be finalised once, when the template is compiled
    def _slot(self, _context: Any, value: Any) -> str:
        """A mark in the text that stands for the value; the value itself is kept apart, as JSON."""
        self._values.append(quoted(self._plain(value)))
        return f"{_OPEN}{len(self._values) - 1}{_CLOSE}"

    def _plain(self, value: Any) -> Any:
        """`value` with marks in captured text replaced by what they stand for."""
        if isinstance(value, str):
            return _SLOT.sub(lambda mark: self._values[int(mark[1])], value)
        return value

    def _filled(self, file: str, line: str) -> str:
        """A line with its values in place; each must be a whole value or key, or stand in a comment."""
        if ('"' in line or "'" in line) and _UNCLOSED.search(_SLOT.sub("_", line)) and "#" not in line:
            raise _Refused(file, 0, f"a quotation mark is not closed: {line.strip()!r}", "close it on the same line")
        if _OPEN not in line:
            return line
        parts, at = [], 0
        before = ""
        for mark in _SLOT.finditer(line):
            literal = line[at : mark.start()]
            before += literal
            if not _fits(before, line[mark.end() :]):
                shown = _SLOT.sub("{{ … }}", line).strip()
                remedy = 'let it stand alone, as in `name: {{ user.name }}`; join texts inside: {{ user.key ~ "@example.com" }}'
                raise _Refused(file, 0, f"a value may only be a whole value: {shown!r}", remedy)
            parts += [literal, self._values[int(mark[1])]]
            before += "_"
            at = mark.end()
        return "".join(parts) + line[at:]


def _fits(before: str, after: str) -> bool:
    """Whether YAML expects a whole value or key between these two parts of a line, or everything there is comment."""
    if re.search(r"(?:^|\s)#", before):
        return before.lstrip().startswith("#") or not _quotes(before.split("#", 1)[0])
    return not _quotes(before) and bool(_BEFORE.match(before)) and bool(_AFTER.match(after))


def _quotes(text: str) -> bool:
    """Whether a quotation mark is open at the end of the text."""
    return text.count('"') % 2 == 1 or text.count("'") % 2 == 1


def quoted(value: Any) -> str:
    """`value` as JSON on one line, which YAML reads as exactly this value; TypeError for what JSON has no word for.

    Signs that YAML or an editor takes for a line break, a byte order mark or a direction are written as escapes.
    """
    text = json.dumps(_ordinary(value), ensure_ascii=False, allow_nan=False)
    return _UNSAFE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def _ordinary(value: Any) -> Any:
    """Text, numbers, booleans, None, and lists and mappings of them; anything else is no value of a manifest."""
    if isinstance(value, jinja2.Undefined):
        str(value)  # raises, with the name of what is missing
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _ordinary(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_ordinary(inner) for inner in (sorted(value) if isinstance(value, set | frozenset) else value)]
    raise TypeError(f"a {type(value).__name__} is no value; write one of its fields")


def _problem(file: str, error: Exception) -> Problem:
    """What a template raised, with its line where that is known."""
    line = error.lineno if isinstance(error, jinja2.TemplateSyntaxError) else _line(error, file)
    name = error.name if isinstance(error, jinja2.TemplateSyntaxError) and error.name else file
    what = str(error) or type(error).__name__
    if isinstance(error, jinja2.TemplateNotFound):
        what = f"includes {error.name!r}, which is not in the folder of templates"
    what = re.sub(r"'reconciler\.\S+ object'|'?Fact object'?", "the fact", what)
    return Problem(Place(name, line), "", what, "mend the template; `is defined` asks whether a field is there")


def _line(error: Exception, file: str) -> int:
    """The line of the template where the error arose, 0 where the traceback does not show it."""
    trace, line = error.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code.co_filename.endswith((file, "<template>")):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
