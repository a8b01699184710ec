"""Writes `docs/reference/` from the code: commands, formats, settings, exit codes, metrics, platforms.

`python docs/generate.py` writes what differs; a test says when that is due. Nothing is written here that the code does not say:
words come from help texts, docstrings and the descriptions in the schemas.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import orjson

from reconciler import errors
from reconciler.cli.main import COMMANDS
from reconciler.cli.main import reconciler as root
from reconciler.model.fact import COLLECTIONS
from reconciler.pipeline.schemas import schemas
from reconciler.settings import Environment
from reconciler.sources import CALLS, REGISTRY, STATUS
from reconciler.telemetry.metrics import Metrics
from reconciler.telemetry.recordings import RecordingMetrics
from reconciler.telemetry.running import RunnerMetrics

FOLDER = Path(__file__).parent / "reference"
NOTE = "<!-- Written by docs/generate.py from the code; do not edit. -->\n"


def cell(text: str) -> str:
    """Text that stands in one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *([cell(one) for one in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def page(title: str, *parts: str) -> str:
    """A page: its title, the note that it is generated, its parts with empty lines between them."""
    return "\n".join([f"# {title}\n", NOTE, *(part.rstrip("\n") + "\n" for part in parts if part)])


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def commands() -> str:
    """Every command with its options and examples."""
    context = click.Context(root, info_name="reconciler")
    found = [(name, root.get_command(context, name)) for name in COMMANDS]
    parts = [part for name, one in found if one for part in command(f"reconciler {name}", one)]
    shared = table(["option", "does"], records(root, context))
    intro = "What every command takes stands before its name:"
    return page("Commands", intro, shared, *parts)


def command(name: str, one: click.Command, level: int = 2) -> Iterator[str]:
    """The parts of one command, then those of the commands in it."""
    context = click.Context(one, info_name=name)
    yield f"{'#' * level} {name}"
    yield f"```text\n{' '.join([name, *one.collect_usage_pieces(context)])}\n```"
    yield from words(one.help or "")
    yield table(["option", "does"], records(one, context))
    for inner in sorted(getattr(one, "commands", {}).items()):
        yield from command(f"{name} {inner[0]}", inner[1], level + 1)


def records(one: click.Command, context: click.Context) -> list[tuple[str, str]]:
    """Options and what they do, as the command's own help has it."""
    found = (parameter.get_help_record(context) for parameter in one.params)
    return [(f"`{record[0].replace('|', ' or ')}`", record[1]) for record in found if record]


def words(text: str) -> Iterator[str]:
    """The paragraphs of a help text; those that click may not wrap are blocks."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if not paragraph.startswith("\b"):
            yield paragraph.replace("<", "&lt;")
            continue
        first, *rest = paragraph.removeprefix("\b\n").splitlines()
        block = re.sub(r"(?<=\S) {2,}(?=\S)", "  # ", inspect.cleandoc("\n".join(rest)))
        yield f"{first}\n\n```sh\n{block}\n```"


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_TEXT = ({"string", "number"}, {"string", "number", "boolean"}, {"string", "integer", "number"})
"""Where a number or a truth value is taken as it is written, text is what is meant."""


class Schema:
    """A JSON Schema as tables: first the file itself, then every block in the order in which it is met."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        self.names = self._names()

    def _names(self) -> dict[str, str]:
        """Block of the schema → the path a user writes to get there."""
        found: dict[str, str] = {}
        queue = [("", self.schema)]
        while queue:
            before, block = queue.pop(0)
            for field, value in block.get("properties", {}).items():
                for name in references(value):
                    if name not in found and "properties" in self.schema["$defs"][name]:
                        found[name] = f"{before}{field}"
                        queue.append((f"{found[name]}.", self.schema["$defs"][name]))
        return found

    def parts(self, level: int = 2) -> Iterator[str]:
        """The tables."""
        yield self.schema.get("description", "") if self.schema.get("description") != f"{self.schema.get('title')}." else ""
        yield self.fields(self.schema)
        for name, path in self.names.items():
            block = self.schema["$defs"][name]
            yield f"{'#' * level} {path}"
            yield block.get("description", "")
            yield self.fields(block)

    def fields(self, block: Mapping[str, Any]) -> str:
        """The fields of a block."""
        required = block.get("required", [])
        rows = [
            (f"**`{name}`**" if name in required else f"`{name}`", self.kind(value), default(value), self.meaning(value))
            for name, value in block.get("properties", {}).items()
        ]
        return table(["field", "is", "default", "means"], rows)

    def meaning(self, value: Mapping[str, Any]) -> str:
        """What a field means: its own description, else that of the one block it holds."""
        inner = self.schema["$defs"].get(value.get("$ref", "").rpartition("/")[2], {})
        return str(value.get("description") or inner.get("description") or "")

    def kind(self, value: Mapping[str, Any]) -> str:
        """What may be written, in a few words. That null clears a field, or says nothing, is said once on the page."""
        if "$ref" in value:
            name = value["$ref"].rpartition("/")[2]
            return self._link(name) if name in self.names else self.kind(self.schema["$defs"][name])
        if "enum" in value or "const" in value:
            return " or ".join(f"`{one}`" for one in value.get("enum", [value.get("const")]))
        if "anyOf" in value:
            return self._any(value["anyOf"])
        return self._plain(value)

    def _any(self, choices: Sequence[Mapping[str, Any]]) -> str:
        choices = [one for one in choices if one.get("type") != "null"]
        types = {one.get("type") for one in choices if isinstance(one.get("type"), str)}
        simple = {"string", "integer", "number"}
        merged = [one for one in choices if one.get("type") not in simple] if simple <= types else list(choices)
        kinds = [self.kind(one) for one in merged]
        return " or ".join(dict.fromkeys((["text"] if len(merged) < len(choices) else []) + kinds))

    def _plain(self, value: Mapping[str, Any]) -> str:
        types = value.get("type", [])
        several = [types] if isinstance(types, str) else [one for one in types if one != "null"]
        if set(several) in _TEXT:
            return "text"
        return " or ".join(self._one(one, value) for one in several) or "anything"

    def _one(self, name: str, value: Mapping[str, Any]) -> str:
        if name == "array":
            return f"list of {self.kind(value['items'])}" if "items" in value else "list"
        inner = value.get("additionalProperties")
        if name == "object" and isinstance(inner, dict):
            return f"mapping to {self.kind(inner)}"
        return _NAMES.get(name, name) + bounds(value)

    def _link(self, name: str) -> str:
        path = self.names[name]
        return f"[{path}](#{path.replace('.', '').lower()})"


_NAMES = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "mapping"}


def bounds(value: Mapping[str, Any]) -> str:
    """Least and most of a number."""
    low, high = value.get("minimum"), value.get("maximum")
    if low is None and high is None:
        return ""
    return f" from {low}" + (f" to {high}" if high is not None else "") if low is not None else f" up to {high}"


def default(value: Mapping[str, Any]) -> str:
    """The default as it would be written, empty where that is a block or nothing."""
    found = value.get("default")
    return "" if found in (None, "", [], {}) or isinstance(found, dict) else f"`{orjson.dumps(found).decode().strip(chr(34))}`"


def references(value: Any) -> Iterator[str]:
    """Names of the blocks a field may hold."""
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"].rpartition("/")[2]
        for name, inner in value.items():
            if name not in {"default", "examples"}:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def file(name: str, title: str, intro: str) -> str:
    """The page of a file format."""
    schema = Schema(orjson.loads(schemas()[f"{name}.v1.json"]))
    line = f"{intro} Its JSON Schema is printed by `reconciler schema {name}`. Fields in bold are required."
    return page(title, line, *schema.parts())


def settings() -> str:
    """reconciler.yaml and the environment."""
    text = file("reconciler", "Settings", "A setting is looked for in flags, then in the environment, then in `reconciler.yaml`.")
    own = [(f"`RECONCILER_{name.upper()}`", VARIABLES[name]) for name in Environment.model_fields]
    known = [
        ("`GENESYSCLOUD_OAUTHCLIENT_ID`, `GENESYSCLOUD_OAUTHCLIENT_SECRET`", "The OAuth client; never written into a file here."),
        ("`GENESYSCLOUD_REGION`", "Region, where `organization.region` is empty."),
    ]
    return f"{text}\n## Environment\n\n{table(['variable', 'means'], [*known, *own])}"


VARIABLES = {
    "api_url": "Overrides `organization.api_url`.",
    "login_url": "Overrides `organization.login_url`.",
    "ledger": "Overrides `ledger`.",
    "requests_per_minute": "Overrides `organization.requests_per_minute`.",
    "notify_webhook": "Overrides `notify.webhook`, where the address is a secret.",
    "hook_secrets": "Secrets a web hook (`--listen`) accepts signatures of, with commas between them.",
    "hook_tokens": "Bearer tokens a web hook accepts, with commas between them.",
    "feed_authorization": "Value of the Authorization header when a web address is polled, such as `Bearer …`.",
    "secrets": "Directory with one file per secret, named as the variables are.",
}
"""What the variables of `settings.Environment` mean; one that is missing here ends in a KeyError."""


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

ANSWERS = {
    0: ("done, or nothing to do", ""),
    1: ("error before any write", "mend what the message names"),
    2: ("changes are waiting; only with `--detailed-exitcode` or `--check`", "look at the plan"),
    3: ("stale, expired or replayed plan", "plan again"),
    4: ("locked by somebody else", "wait (`--lock-timeout`), or `reconciler state unlock ID`"),
    5: ("a guard refused", "a person decides; the message names the exact override"),
    6: ("partly applied", "run again: what is done is not repeated"),
    7: ("not authorised", "`reconciler doctor` names what is missing"),
    64: ("wrong usage, or approval needed and no terminal", "`--help`, or `--auto-approve`"),
    130: ("interrupted by Ctrl-C; what was in flight was finished", "run again"),
    143: ("ended by SIGTERM; what was in flight was finished", "run again"),
}


def exit_codes() -> str:
    """Exit codes, and the errors behind each."""
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.ReconcilerError)]
    rows = [(f"`{code}`", what, remedy) for code, (what, remedy) in ANSWERS.items()]
    tree = [
        (f"`{one.__name__}`", f"`{130 if one is errors.Interrupted else one.exit_code}`", (one.__doc__ or "").splitlines()[0])
        for one in kinds
    ]
    return page(
        "Exit codes",
        "stdout carries the document, stderr everything else.",
        table(["code", "means", "what to do"], rows),
        "## Errors",
        "With `--json` an error is an object on stdout that names one of these kinds.",
        table(["error", "code", "means"], tree),
    )


METRICS: dict[str, tuple[str, Any]] = {
    "reconcile": ("Ongoing sync: `reconciler reconcile --every 5m --metrics 9100`", Metrics),
    "run": ("Runners of status and interactions: `reconciler run status --metrics 9100`", lambda: RunnerMetrics("status")),
    "recordings": ("Runner of recordings: `reconciler run recordings --metrics 9100`", RecordingMetrics),
}


def metrics() -> str:
    """Names, types and labels of all numbers for Prometheus."""
    parts = [part for name, (title, make) in METRICS.items() for part in (f"## {name}", f"{title}.", numbers(make().registry))]
    return page("Metrics", "In the text format of Prometheus. Counters begin at 0 with the process.", *parts)


def numbers(registry: Any) -> str:
    """One registry as a table."""
    rows = []
    for one in registry._collector_to_names:  # noqa: SLF001 - the library tells labels of empty metrics nowhere else
        kind, labels = one._type, ", ".join(f"`{label}`" for label in one._labelnames)  # noqa: SLF001 - the same
        name = f"{one._name}_total" if kind == "counter" else one._name  # noqa: SLF001 - the same
        rows.append((f"`{name}`", kind, labels, one._documentation))  # noqa: SLF001 - the same
    return table(["name", "type", "labels", "counts"], rows)


def platforms() -> str:
    """What can be read of which platform."""
    rows = [(f"`{name}`", *(yes(name in found) for found in (REGISTRY, STATUS, CALLS))) for name in sorted({*STATUS, *REGISTRY})]
    head = ["kind", *(f"`{name}`" for name in sorted(REGISTRY))]
    kinds = [(COLLECTIONS[kind], *(_has(kind, REGISTRY[name]) for name in sorted(REGISTRY))) for kind in COLLECTIONS]
    return page(
        "Platforms",
        "What each platform can be read for: its configuration (`render`), what agents do (`run status`), calls and e-mails "
        "(`run interactions`).",
        table(["platform", "configuration", "status", "interactions"], rows),
        "## Kinds in an export",
        "What a platform does not have can be given in `mapping.yaml`; `render` says so.",
        table(head, kinds),
    )


def _has(kind: str, card: Any) -> str:
    return "yes" if kind in card.kinds else "not there" if kind in card.never else "no"


def yes(is_there: object) -> str:
    """A cell that says yes or no."""
    return "yes" if is_there else "no"


PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands,
    "settings.md": settings,
    "mapping.md": lambda: file("mapping", "Mapping", "`mapping/mapping.yaml` says what is in scope and what native values mean."),
    "manifests.md": lambda: file("manifest", "Manifests", "Desired state: any number of YAML files below `manifests/`."),
    "plan.md": lambda: file("plan", "Saved plans", "What `reconciler plan -o FILE` writes and `reconciler show` shows."),
    "exit-codes.md": exit_codes,
    "metrics.md": metrics,
    "platforms.md": platforms,
}


def main() -> None:
    """Brings `docs/reference/` up to date and prints what was written."""
    FOLDER.mkdir(exist_ok=True)
    for name, write in PAGES.items():
        path, text = FOLDER / name, write()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path.name}\n")


if __name__ == "__main__":
    main()
