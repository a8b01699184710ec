"""From the export of a platform to an organisation that needs nothing more."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flow.centre import SETTINGS, Centre
from sources.cisco import exported as cisco
from sources.five9 import exported as five9
from sources.nice_cxone import exported as nice_cxone
from sources.twilio import exported as twilio

from reconciler.formats import yaml
from reconciler.model.change import Result
from reconciler.model.mapping import Mapping, parse
from reconciler.model.problem import Place
from reconciler.pipeline.init import HINTS
from reconciler.pipeline.render import Rendered, render

ROOT = Path(__file__).parents[2]
PLATFORMS = {"cisco": cisco, "five9": five9, "nice-cxone": nice_cxone, "twilio": twilio}


def rendered(root: Path, platform: str, export: dict[str, Any], mapping: str) -> Rendered:
    """The manifests of this export, in the repository."""
    for name, content in {f"export/{name}": content for name, content in export.items()}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    (root / "mapping").mkdir(exist_ok=True)
    (root / "mapping" / "mapping.yaml").write_text(mapping, encoding="utf-8")
    (root / "reconciler.yaml").write_text(SETTINGS.replace("platform: tabular", f"platform: {platform}"), encoding="utf-8")
    return render(
        export=root / "export", mapping=root / "mapping", manifests=root / "manifests", platform=platform, source="acme"
    )


@pytest.mark.parametrize(("platform", "told"), PLATFORMS.items(), ids=PLATFORMS)
def test_an_export_becomes_an_organisation_and_the_second_plan_is_empty(centre: Centre, platform: str, told: ModuleType) -> None:
    done = rendered(centre.root, platform, told.export(), told.MAPPING)
    applied = centre.apply()
    plan = centre.plan()

    assert done.counts == told.COUNTS
    assert not [str(warning) for warning in done.warnings]
    assert {one.result for one in applied.outcomes} == {Result.DONE}, [str(one.note) for one in applied.outcomes]
    assert not plan.changes
    assert not plan.adoptions


@pytest.mark.long
@pytest.mark.parametrize(("platform", "told"), PLATFORMS.items(), ids=PLATFORMS)
def test_the_same_export_is_rendered_to_the_same_manifests(tmp_path: Path, platform: str, told: ModuleType) -> None:
    rendered(tmp_path, platform, told.export(), told.MAPPING)
    again = rendered(tmp_path, platform, told.export(), told.MAPPING)

    assert (again.changed, again.removed) == ((), ())


@pytest.mark.parametrize(("platform", "told"), PLATFORMS.items(), ids=PLATFORMS)
def test_what_the_platform_does_not_have_is_noted(tmp_path: Path, platform: str, told: ModuleType) -> None:
    notes = rendered(tmp_path, platform, told.export(), told.MAPPING).notes

    assert [name for name in told.NEVER if not any(note.startswith(f"{name}: ") for note in notes)] == []


def mapped(text: str) -> Any:
    """The mapping in this text, or what is wrong with it."""
    tree = yaml.read(text.encode(), file="mapping.yaml")
    return parse(tree.data, place=lambda _path: Place("mapping.yaml"))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_mapping_of_the_page_about_a_platform_is_one(platform: str) -> None:
    page = (ROOT / "docs" / "platforms" / f"{platform}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml[^\n]*\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)

    assert blocks
    assert [type(mapped(block)) for block in blocks] == [Mapping] * len(blocks)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_hints_of_a_skeleton_may_be_taken_at_their_word(platform: str) -> None:
    lines = re.findall(r"^# (\w+: .*[}\]\"].*)$", HINTS[platform], re.MULTILINE)

    assert len(lines) > 2
    assert isinstance(mapped("\n".join(lines)), Mapping)
