"""The JSON Schemas as files. That those of the repository are fresh is proven in tests/desired/test_schema.py."""

from __future__ import annotations

from pathlib import Path

import jsonschema_rs
import orjson
import pytest

from reconciler.pipeline.schemas import schemas, write_schemas


def test_schemas_are_written_as_they_are(tmp_path: Path) -> None:
    written = write_schemas(tmp_path / "new" / "schemas")

    assert {Path(path).name: Path(path).read_text(encoding="utf-8") for path in written} == schemas()


@pytest.mark.parametrize("name", ["manifest", "reconciler", "mapping", "plan"])
def test_a_schema_is_one(name: str) -> None:
    schema = orjson.loads(schemas()[f"{name}.v1.json"])

    jsonschema_rs.meta.validate(schema)
    assert schema["$id"].endswith(f"{name}.v1.json")
    assert schema["title"]
