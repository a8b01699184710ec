"""Messages as a set: everything that people can be told, found in the source, says what is wrong, where, and what to do.

Read are the texts with which errors, problems and findings are made: literals, and names that the same function or module gives
a literal. A text that comes from elsewhere (the service, a library) is not judged here. `{}` stands for a value.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pytest

from reconciler import errors

ROOT = Path(__file__).parents[1] / "reconciler"
OWN = {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, errors.ReconcilerError)}
SERVICE = {name for name in OWN if issubclass(getattr(errors, name), errors.ApiError)}
FOR_A_PERSON = {"UsageError", "ConfigurationError", "Refused", "StalePlan", "Locked"}
PROBLEMS = {"Problem", "wrong", "warn", "again", "doubt", "denied", "_problem"}  # what they are given last is (what, remedy)

VERBS = """
    add apply ask begin break change check chmod choose close correct deactivate declare delete drop export fetch fill
    find first give go grant hand indent install keep leave let list look lower make mend move name open plan press
    put quote raise read remove rename repeat replace report restart restore run save say see send set shorten show
    split start state stop take try turn unlock unmerge use wait widen write
"""
"""What people are asked to do; a new word is welcome here."""
DO = rf"(?:{'|'.join(VERBS.split())})"
AFTER = r"(?:^|[;:,.?(]\s|\band |\bor |\bthen |`reconciler )(?:not )?"
CHOICES = r"there are \{\}|Did you mean|for example|must look like|\btakes one\b|\b(?:is|are) for\b"
ADVICE = re.compile(rf"{AFTER}{DO}\b|{CHOICES}|[;.] \{{\}}$|\n\{{\}}$", re.IGNORECASE)
"""Something to do after a stop, a list of what there is, or a value that says it."""
REMEDY = re.compile(rf"{DO}\b|\{{\}}|.*[;:,] {DO}\b|did you mean|known keys|ids that|another conversation|nothing, where")

WITHOUT_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "{}: {}": "the system's own words about a file",
        "ledger {} cannot be used: {}": "the database's own words, which nobody foresaw",
        "notify.command {}: {}": "the system's own words about the user's program",
        "notify.command {}: ended with code {}": "the user's program, which has said more itself",
        "notify.command {}: not done after {} s, stopped": "the same",
        "RECONCILER_{}: {}": "what the value must be, in the words of its check",
        "--reconcile: {}": "what the period must be, in the words of its reader",
        "mapping.yaml: {}": "what must be written, in the words of its check",
        "runners.recordings.index: {}: {}": "the problem in the index, with its remedy",
        "runners.recordings.pattern: {}": "what the pattern must be, in the words of its check",
        "runners.recordings.from: {}:// needs a driver: {}": "the library's own advice on what to install",
    }
)
"""Texts that tell nobody what to do, each with a reason."""


@dataclass(frozen=True)
class Message:
    """One text that people can be told: where it stands, what makes it, and the text with `{}` for values."""

    file: str
    line: int
    maker: str
    what: str
    remedy: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.maker}: {self.what!r}" + ("" if self.remedy is None else f", {self.remedy!r}")


# ── collecting ───────────────────────────────────────────────────────────────────────────────────────────────────────


def texts(node: ast.expr, known: Mapping[str, list[str]]) -> list[str]:
    """Every text the expression can be, as far as the source says it; none where it comes from elsewhere."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        return ["".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)]  # type: ignore[misc] # a part is text
    if isinstance(node, ast.Name):
        return known.get(node.id, [])
    if isinstance(node, ast.IfExp):
        return texts(node.body, known) + texts(node.orelse, known)
    return []


def assigned(body: Sequence[ast.AST]) -> dict[str, list[str]]:
    """Names that are given a literal, alone or side by side: `what, remedy = "…", "…"`."""
    found: dict[str, list[str]] = {}
    for node in body:
        if not isinstance(node, ast.Assign):
            continue
        target, value = node.targets[0], node.value
        pairs = (
            zip(target.elts, value.elts, strict=False) if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) else []
        )
        for name, text in [(target, value), *pairs]:
            if isinstance(name, ast.Name):
                found.setdefault(name.id, []).extend(texts(text, {}))
    return found


def called(function: ast.expr) -> str:
    """The name of what is called, without what it is called on; click speaks for itself."""
    if isinstance(function, ast.Attribute):
        return "" if isinstance(function.value, ast.Name) and function.value.id == "click" else function.attr
    return function.id if isinstance(function, ast.Name) else ""


def made(file: str, function: ast.AST, known: Mapping[str, list[str]]) -> Iterator[Message]:
    """What the calls in a function can tell."""
    for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
        name = called(call.func)
        if name in SERVICE and len(call.args) >= 4:
            yield from (Message(file, call.lineno, name, text) for text in texts(call.args[3], known))
        elif name in OWN - SERVICE and call.args:
            yield from (Message(file, call.lineno, name, text) for text in texts(call.args[0], known))
        elif name in PROBLEMS and len(call.args) >= 2:
            what, remedy = call.args[2:4] if name == "Problem" and len(call.args) > 3 else call.args[-2:]
            for told in texts(remedy, known):
                yield from (Message(file, call.lineno, name, text, told) for text in texts(what, known) or ["{}"])


def collected() -> Iterator[Message]:
    """Every text in the package but the emulator, which speaks as Genesys Cloud does."""
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("emulator/"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        of_module = assigned(tree.body)
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        for function in functions:
            yield from made(name, function, of_module | assigned(list(ast.walk(function))))


@cache
def messages() -> list[Message]:
    """Each text once, in the order of their places."""
    return sorted({str(one): one for one in collected()}.values(), key=str)


# ── judging ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_messages_are_found() -> None:
    found = {one.what for one in messages()}

    assert len(messages()) > 300
    assert "no lease {}; see `reconciler state show`" in found
    assert {"UsageError", "ConfigurationError", "NotAuthorised", "Problem", "denied"} <= {one.maker for one in messages()}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def f():\n raise UsageError(f'{a} is no b: write c')", [("{} is no b: write c", None)]),
        ("def f():\n what, remedy = 'no a', 'add one'\n Problem(place, '', what, remedy)", [("no a", "add one")]),
        ("def f():\n raise Unavailable(operation, 0, '', 'no answer')", [("no answer", None)]),
        ("def f():\n desk.wrong(place, subject, text, 'mend it')", [("{}", "mend it")]),
        ("def f():\n raise UsageError(str(error))", []),
    ],
)
def test_the_collector_reads(source: str, told: list[tuple[str, str | None]]) -> None:
    function = ast.parse(source).body[0]

    assert [(one.what, one.remedy) for one in made("x", function, assigned(list(ast.walk(function))))] == told


def faults(message: Message) -> Iterator[str]:
    """What is against the house's way of saying things."""
    for text in (message.what, message.remedy or ""):
        if text.endswith("."):
            yield "ends with a full stop"
        if re.search(
            r"(?i)\bplease\b|\boops\b|\bsorry\b|!$|\binvalid\b|\bunexpected\b|\bfailed to\b|\ban error occurred\b", text
        ):
            yield "says that something went wrong, not what"
    first = message.what.split()[0] if message.what.split() else ""
    if re.match(r"[A-Z][a-z]+$", first) and first not in {"Genesys", "Finesse", "TaskRouter"}:
        yield "begins with a capital"
    if re.search(r"(?i)\b(secret|password|token)\b[^;,]*\{\}", message.what) and "of the web hook" not in message.what:
        yield "may show a secret"


def test_messages_are_plain() -> None:
    assert [f"{one} {fault}" for one in messages() for fault in faults(one)] == []


def test_errors_for_a_person_say_what_to_do() -> None:
    told = [one for one in messages() if one.maker in FOR_A_PERSON]

    assert [str(one) for one in told if not ADVICE.search(one.what) and one.what not in WITHOUT_ADVICE] == []


def test_problems_say_what_to_do() -> None:
    assert [str(one) for one in messages() if one.remedy is not None and not REMEDY.match(one.remedy)] == []


def test_nothing_is_excused_that_is_not_there() -> None:
    found = {one.what for one in messages()}

    assert set(WITHOUT_ADVICE) <= found
