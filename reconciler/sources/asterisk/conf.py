r"""Asterisk's configuration files → sections with their settings, templates and includes followed. What is meant: not here.

Nothing outside the files at hand is read and nothing is run: `#exec` is a problem. What hostile files may cost is bounded.
Source: the comments of Asterisk's sample files and its `main/config.c` (18): `[x](!)` is a template, `[x](a,b)` takes over what
stands in `a` and `b`, `[x](+)` goes on with the last `[x]`, `;--` to `--;` is a comment over lines, `\;` is a semicolon.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from reconciler.formats.text import decode
from reconciler.model.problem import Place, Problem

DEPTH = 10
MAX_LINES = 1_000_000
MAX_SETTINGS = 1_000_000
_HOME = "/etc/asterisk/"
_MARKS = re.compile(r";--(?!-)|--;|\\;|;")


@dataclass(frozen=True, slots=True)
class Setting:
    """`name = value` with its place."""

    name: str
    value: str
    place: Place


@dataclass(slots=True)
class Section:
    """`[name]` with its settings: those of its templates first, in the order they count."""

    name: str
    place: Place
    is_template: bool = False
    settings: list[Setting] = field(default_factory=list)

    def all(self, name: str) -> list[Setting]:
        """Every setting of that name, in whatever case."""
        return [one for one in self.settings if one.name == name]

    def last(self, name: str) -> str:
        """The value that counts, empty where there is none."""
        found = self.all(name)
        return found[-1].value if found else ""


@dataclass(slots=True)
class Conf:
    """Sections in their order, templates included; which files they came from; what is wrong."""

    sections: list[Section] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def read(files: Mapping[str, bytes], name: str) -> Conf:
    """The sections of the file `name` and of what it includes."""
    reader = _Reader(files, name.rpartition("/")[0])
    reader.file(name, 0)
    return reader.conf


class _Reader:
    """Reads line after line, over includes. `home` is the folder the first file lies in."""

    def __init__(self, files: Mapping[str, bytes], home: str) -> None:
        self.conf = Conf()
        self._files, self._home = files, home
        self._known: dict[str, Section] = {}
        self._section: Section | None = None
        self._comments = self._lines = self._settings = 0
        self._is_stopped = False

    def file(self, name: str, depth: int) -> None:
        """Reads a file."""
        self.conf.files.add(name)
        text = decode(self._files[name], file=name)
        if isinstance(text, Problem):
            self.conf.problems.append(text)
            return
        for number, line in enumerate(text.splitlines(), 1):
            if self._is_full():
                return
            self._lines += 1
            bare = self._bare(line).strip()
            if bare:
                self._line(bare, Place(name, number), depth)

    def _is_full(self) -> bool:
        """Whether includes or templates make more of it than any configuration is; told once."""
        if not self._is_stopped and (self._lines >= MAX_LINES or self._settings >= MAX_SETTINGS):
            what = f"more than {MAX_LINES} lines or {MAX_SETTINGS} settings, with includes and templates"
            self.conf.problems.append(Problem(Place(), "", what, "look for includes and templates that repeat each other"))
            self._is_stopped = True
        return self._is_stopped

    def _bare(self, line: str) -> str:
        """The line without comments, which may be nested and go over lines."""
        kept, at = [], 0
        for found in _MARKS.finditer(line):
            mark = found[0]
            if self._comments:
                self._comments += {";--": 1, "--;": -1}.get(mark, 0)
                at = found.end()
                continue
            kept.append(line[at : found.start()])
            at = found.end()
            if mark == ";--":
                self._comments = 1
            elif mark == "\\;":
                kept.append(";")
            else:
                return "".join(kept) + mark[:-1]
        return "".join(kept) + ("" if self._comments else line[at:])

    def _line(self, line: str, place: Place, depth: int) -> None:
        if line.startswith("["):
            self._open(line, place)
        elif line.startswith("#"):
            self._direct(line, place, depth)
        else:
            self._set(line, place)

    def _wrong(self, place: Place, what: str, remedy: str) -> None:
        self.conf.problems.append(Problem(place, "", what, remedy))

    def _open(self, line: str, place: Place) -> None:
        name, closed, rest = line[1:].partition("]")
        name = name.strip()
        if not closed or not name:
            self._section = None
            self._wrong(place, f"{line[:60]!r} is no name of a section", "write [name]")
            return
        words = [word.strip() for word in rest.strip().removeprefix("(").partition(")")[0].split(",")] if "(" in rest else []
        if "+" in words:
            self._section = self._known.get(name)
            if self._section is None:
                self._wrong(
                    place, f"[{name}](+) goes on with a section that is not there", "mend the name, or the order of includes"
                )
            return
        self._section = Section(name, place, is_template="!" in words)
        for template in (word for word in words if word and word != "!"):
            self._inherit(self._section, template, place)
        self._known[name] = self._section
        self.conf.sections.append(self._section)

    def _inherit(self, section: Section, template: str, place: Place) -> None:
        known = self._known.get(template)
        if known is None:
            self._wrong(place, f"[{section.name}] takes over from [{template}], which does not stand before it", "mend the name")
        elif not self._is_full():
            self._settings += len(known.settings)
            section.settings += known.settings

    def _set(self, line: str, place: Place) -> None:
        name, equals, value = line.partition("=")
        if not equals or not name.strip():
            self._wrong(place, f"{line[:60]!r} is no setting", "write name = value")
        elif self._section is not None:
            self._settings += 1
            self._section.settings.append(Setting(name.strip().lower(), value.removeprefix(">").strip(), place))
        elif not self.conf.problems:
            self._wrong(place, f"{name.strip()[:60]!r} stands in no section", "put it below a [section]")

    # ── includes ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _direct(self, line: str, place: Place, depth: int) -> None:
        verb, _, rest = line[1:].strip().partition(" ")
        verb, wanted = verb.lower(), rest.strip().strip('"<>').strip()
        if verb not in {"include", "tryinclude"}:
            self._wrong(place, f"#{verb} is not followed", "export what it would write, and include that")
            return
        found = self._found(wanted, place)
        if depth >= DEPTH:
            self._wrong(place, f"includes are nested deeper than {DEPTH} files", "look for files that include each other")
            self._is_stopped = True
        elif found is None:
            self._wrong(
                place, f"#include {wanted!r} leads out of the export", "put the file into the export and include it by name"
            )
        elif not found and verb == "include":
            self._wrong(place, f"#include {wanted!r} is not in the export", "add the file, or take the line out")
        else:
            for name in found:
                self.file(name, depth + 1)

    def _found(self, wanted: str, place: Place) -> list[str] | None:
        """The files an include means, by name or pattern: beside the first file, at the top, or beside the including file.

        None where it leads out of the export.
        """
        path = wanted.removeprefix(_HOME)
        if path.startswith("/") or ".." in path.split("/") or not path:
            return None
        for folder in dict.fromkeys((self._home, "", place.file.rpartition("/")[0])):
            full = f"{folder}/{path}" if folder else path
            found = sorted(name for name in self._files if _fits(name, full))
            if found:
                return found
        return []


def _fits(name: str, pattern: str) -> bool:
    return name == pattern or (name.count("/") == pattern.count("/") and fnmatchcase(name, pattern))
