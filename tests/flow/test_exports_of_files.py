"""From an export of a platform's configuration files over manifests into an organisation, until nothing is left to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from flow.centre import Centre

from reconciler.pipeline.render import Rendered, render


class Export(NamedTuple):
    """An export of a platform, its mapping, and what the manifests hold."""

    platform: str
    files: Mapping[str, Any]
    mapping: str
    counts: Mapping[str, int]


ASTERISK = Export(
    "asterisk",
    {
        "queues.conf": "[voice](!)\nmember => PJSIP/9,2,Chief\n[orders](voice)\n[billing](voice)\nmember => SIP/1,0,山田 太郎\n",
        "pause_reasons.txt": "Lunch\n",
    },
    'email: "a{{ fact.username }}@example.com"\nsecondary_statuses: {Lunch: {system_presence: Meal}}\n',
    {"users": 2, "queues": 2, "secondary_statuses": 1},
)


def rendered(centre: Centre, export: Export) -> Rendered:
    for name, content in export.files.items():
        path = centre.root / "export" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes | str) else json.dumps(content)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    mapping = centre.root / "mapping"
    mapping.mkdir()
    (mapping / "mapping.yaml").write_text(export.mapping, encoding="utf-8")
    return render(
        export=centre.root / "export",
        mapping=mapping,
        manifests=centre.root / "manifests",
        platform=export.platform,
        source="acme",
    )


@pytest.mark.parametrize("export", [ASTERISK], ids=lambda export: export.platform)
def test_an_export_is_applied_until_the_plan_is_empty(centre: Centre, export: Export) -> None:
    done = rendered(centre, export)

    applied = centre.apply()
    again = centre.plan()

    assert dict(done.counts) == dict(export.counts)
    assert done.warnings == ()
    assert applied.exit_code == 0, [one.note for one in applied.outcomes if one.note]
    assert len(applied.outcomes) >= sum(export.counts.values())
    assert not again.changes
    assert again.unchanged == sum(export.counts.values()) + 2  # the presence source and the external source
