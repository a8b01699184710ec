"""The navigation of the site, from the pages that are there: one more platform needs no line here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SECTIONS = {
    "Start": ("index.md", "tutorial.md", "your-organisation.md", "recordings.md"),
    "Work in Git": ("gitops.md", "gitlab.md"),
    "Platforms": ("platforms/*.md",),
    "Understand": ("design.md", "write-a-source.md"),
    "Reference": (
        "troubleshooting.md",
        "reference/commands.md",
        "reference/settings.md",
        "reference/mapping.md",
        "reference/manifests.md",
        "reference/plan.md",
        "reference/exit-codes.md",
        "reference/metrics.md",
        "reference/platforms.md",
    ),
}
"""Section → its pages in order; a pattern stands for all that fit, by name."""


def navigation(docs: Path) -> list[dict[str, list[str]]]:
    """The sections with those of their pages that exist; what no section names comes last."""
    taken: set[str] = set()
    found: dict[str, list[str]] = {}
    for title, patterns in SECTIONS.items():
        pages = [path.relative_to(docs).as_posix() for pattern in patterns for path in sorted(docs.glob(pattern))]
        found[title] = [page for page in pages if page not in taken]
        taken |= set(pages)
    found["More"] = sorted({path.relative_to(docs).as_posix() for path in docs.rglob("*.md")} - taken)
    return [{title: pages} for title, pages in found.items() if pages]


def on_config(config: Any) -> Any:
    """What mkdocs calls: the configuration with its navigation."""
    config["nav"] = navigation(Path(config["docs_dir"]))
    return config
