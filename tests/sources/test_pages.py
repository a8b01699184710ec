"""What the pages about platforms tell people to write into mapping.yaml is a mapping."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.formats import yaml
from reconciler.model.mapping import Mapping, parse
from reconciler.model.problem import Place

FOLDER = Path(__file__).parents[2] / "docs" / "platforms"
BLOCK = re.compile(r"^```yaml[^\n]*\n(version: 1\n.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = [(page.stem, block) for page in sorted(FOLDER.glob("*.md")) for block in BLOCK.findall(page.read_text(encoding="utf-8"))]


def test_pages_show_mappings() -> None:
    assert {"asterisk", "genesys-engage", "salesforce"} <= {name for name, _ in BLOCKS}


@pytest.mark.parametrize(("name", "block"), BLOCKS)
def test_the_mapping_on_a_page_is_one(name: str, block: str) -> None:
    tree = yaml.read(block.encode(), file=name)

    assert isinstance(parse(tree.data, place=lambda path: Place(".".join(map(str, path)))), Mapping)
