"""`schema`: the JSON Schemas of every file a user writes or reads."""

from __future__ import annotations

from pathlib import Path

from reconciler.desired import schema
from reconciler.kinds import REGISTRY
from reconciler.model.document import PlanDocument
from reconciler.model.mapping import Mapping
from reconciler.settings import File


def schemas() -> dict[str, str]:
    """File name → text of every schema."""
    made = {
        "manifest": schema.manifest(list(REGISTRY.values())),
        "reconciler": schema.schema(File, id="reconciler.v1.json", title="reconciler.yaml"),
        "mapping": schema.schema(Mapping, id="mapping.v1.json", title="mapping.yaml"),
        "plan": schema.schema(PlanDocument, id="plan.v1.json", title="A saved plan"),
    }
    return {f"{name}.v1.json": schema.text(one) for name, one in made.items()}


def write_schemas(folder: Path) -> list[str]:
    """Writes all schemas into `folder`; the paths written."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")
    return [str(folder / name) for name in schemas()]
