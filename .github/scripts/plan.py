#!/usr/bin/env python3
"""Plans, and writes the plan as JSON, text and Markdown. Reads only; the client it runs with needs no permission to write.

Inputs: path, label, target, prune, allow_removals, allow_empty, base (folder with the base commit: where it describes the same,
nothing is planned). Outputs: changes, to_add, to_change, to_destroy, to_adopt, to_rename, to_restore, plan_path,
json_plan_path, text_plan_path (names among the reports), plan_digest, failure_reason (`safety-limit`, `plan-failed`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from job import REASONS, Said, digest, fail, give, key, mask, quoted, reconciler, reports, show, summarize, wish, wishes

COUNTED = {
    "to_add": {"create"},
    "to_change": {"update"},
    "to_destroy": {"delete", "deactivate", "replace"},
    "to_adopt": {"adopt"},
    "to_rename": {"rename"},
    "to_restore": {"restore"},
}
UNAFFECTED = "**Not planned:** what this pull request changes is no part of the desired state.\n"


def main() -> int:
    """1 where there is no plan, or a guard refuses it."""
    mask()
    give(key=key())
    if _is_unaffected():
        _write(UNAFFECTED)
        give(changes=False, **dict.fromkeys(COUNTED, 0))
        return 0
    path = reports() / "plan.json"
    said = reconciler("plan", "-o", str(path), *_consent())
    return _unplanned(said) if said.code else _planned(path, said.out)


def _consent() -> list[str]:
    words = [word for one in wishes("target") for word in ("--target", one)]
    words += [word for one in wishes("allow_empty") for word in ("--allow-empty", one)]
    if wish("prune"):
        words += ["--prune", ",".join(wishes("prune"))]
    return [*words, "--allow-removals", wish("allow_removals")] if wish("allow_removals") else words


def _planned(path: Path, text: str) -> int:
    plan = json.loads(path.read_bytes())
    (reports() / "plan.txt").write_text(text, encoding="utf-8")
    _write(reconciler("show", str(path), "--format", "markdown").out)
    show(text)
    counts = counted(plan)
    give(changes=any(counts.values()), **counts, plan_digest=digest(plan))
    give(plan_path=path.name, json_plan_path=path.name, text_plan_path="plan.txt")
    if plan["refusals"]:
        return fail("safety-limit", "a guard refuses this plan: " + "; ".join(one["what"] for one in plan["refusals"]))
    return 0


def _unplanned(said: Said) -> int:
    """What went wrong, as the comment and as outputs."""
    _write(f"**Not planned:**\n\n{quoted(said.error)}\n")
    return fail(REASONS.get(said.code, "plan-failed"), said.error)


def _write(markdown: str) -> None:
    (reports() / "plan.md").write_text(markdown, encoding="utf-8")
    summarize(markdown)


def _is_unaffected() -> bool:
    """Whether the base commit has the same settings and manifests, all of them YAML; where there is none it has not."""
    base, here = wish("base"), wish("path", ".")
    return bool(base) and (Path(base) / here).is_dir() and _texts(Path(here)) == _texts(Path(base) / here)


def _texts(folder: Path) -> dict[str, bytes]:
    """The YAML files of a folder, but for those of hidden folders: they are other commits, other programs or workflows."""
    found = {path.relative_to(folder): path for pattern in ("*.yaml", "*.yml") for path in folder.rglob(pattern)}
    return {str(name): path.read_bytes() for name, path in found.items() if not any(part.startswith(".") for part in name.parts)}


def counted(plan: dict[str, Any]) -> dict[str, int]:
    """How many objects per verb; the second change of a new object, `kind/key#part`, is not counted again."""
    ops = [one["op"] for one in plan["changes"] if not one["id"].startswith(f"{one['kind']}/{one['key']}#")]
    counts = {name: sum(op in verbs for op in ops) for name, verbs in COUNTED.items()}
    return {**counts, "to_adopt": counts["to_adopt"] + len(plan["adoptions"])}


if __name__ == "__main__":
    sys.exit(main())
