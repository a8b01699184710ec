import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from reconciler.desired import schema, validate
from reconciler.errors import InputError
from reconciler.formats import yaml
from reconciler.kinds import REGISTRY
from reconciler.model.block import Closed
from reconciler.model.mapping import Mapping
from reconciler.pipeline.schemas import schemas

KINDS = list(REGISTRY.values())
MANIFEST = schema.manifest(KINDS)
VALIDATOR = jsonschema_rs.validator_for(MANIFEST)
FOLDER = Path(__file__).parents[2] / "schemas"
WHOLE = """
version: 1
divisions: [{key: tokyo, name: 東京センター, description: ~}]
skills: [{key: billing, name: Billing, division: "*"}]
languages: [{key: ja, name: 日本語, previously: jp, protected: true, delete_after: 2027-01-31}]
wrapup_codes: [{key: sale, name: Sale, division: tokyo, previously: [sold, Sold]}]
secondary_statuses: [{key: lunch, system_presence: Meal, labels: {en_US: Lunch, ja: 昼食}}]
presence_sources: [{key: acme, name: ACME Connect, primary: true}]
external_sources: [{key: acme, name: ACME, active: false}]
users:
- key: 0042
  name: 山田 太郎
  email: taro.yamada@example.com
  division: tokyo
  employee_id: 7
  manager: null
  skills: {billing: 4.5}
  languages: {mode: additive, items: {ja: 5}}
  phones: {work: "+81 3 1234"}
- {key: b, name: B, email: b@example.com, skills: null, languages: {mode: ignore}}
queues:
- key: q-1001
  name: Billing Tokyo
  division: home
  wrapup_codes: [sale]
  members: {mode: exclusive, items: []}
  media: {call: {alerting_seconds: 8, auto_answer: true, service_level: {percentage: 0.8, seconds: 20}}}
  acw: {prompt: OPTIONAL}
"""


def data(text: str) -> Any:
    return yaml.plain(yaml.read(text.encode(), file="f"))


def accepted(text: str) -> bool:
    """Whether `load` takes a manifest."""
    try:
        validate.load({"f": text.encode()}, KINDS)
    except InputError:
        return False
    return True


def parts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from parts(value)


@pytest.mark.parametrize("text", [WHOLE, "version: 1", "version: 1\nusers:\nskills: []"])
def test_what_loads_fits_the_schema(text: str) -> None:
    assert accepted(text)
    assert list(VALIDATOR.iter_errors(data(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "users: []",
        "version: 2",
        "version: 1\nuser: []",
        "version: 1\nusers: {}",
        "version: 1\nskills: [{key: a}]",
        "version: 1\nskills: [{name: a}]",
        "version: 1\nskills: [{key: a, name: ''}]",
        "version: 1\nskills: [{key: a, name: A, nme: B}]",
        "version: 1\nskills: [{key: ~a, name: A}]",
        "version: 1\nskills: [{key: '*', name: A}]",
        "version: 1\nskills: [{key: null, name: A}]",
        "version: 1\nskills: [{key: a, name: A, protected: yes}]",
        "version: 1\nskills: [{key: a, name: A, previously: {b: c}}]",
        "version: 1\nusers: [{key: a, name: A, email: nowhere}]",
        "version: 1\nusers: [{key: a, name: A, email: a@b, skills: [x]}]",
        "version: 1\nskills: [{key: x, name: X}]\nusers: [{key: a, name: A, email: a@b, skills: {x: 6}}]",
        "version: 1\nlanguages: [{key: x, name: X}]\nusers: [{key: a, name: A, email: a@b, languages: {x: 1.5}}]",
        "version: 1\nusers: [{key: a, name: A, email: a@b, phones: {fax: '1'}}]",
        "version: 1\nqueues: [{key: a, name: A, members: []}]",
        "version: 1\nqueues: [{key: a, name: A, members: {mode: exclusive}}]",
        "version: 1\nqueues: [{key: a, name: A, members: {mode: all, items: []}}]",
        "version: 1\nqueues: [{key: a, name: A, media: {call: {alerting_seconds: 1}}}]",
        "version: 1\nqueues: [{key: a, name: A, acw: {prompt: SOMETIMES}}]",
        "version: 1\nsecondary_statuses: [{key: a, system_presence: Lunch, labels: {en_US: L}}]",
        "version: 1\nsecondary_statuses: [{key: a, system_presence: Meal, labels: {}}]",
    ],
)
def test_what_does_not_load_does_not_fit_the_schema(text: str) -> None:
    assert not accepted(text)
    assert list(VALIDATOR.iter_errors(data(text)))


def test_every_kind_has_its_collection_in_the_schema() -> None:
    assert set(MANIFEST["properties"]) == {"version", *(kind.plural for kind in KINDS)}


def test_the_examples_fit_their_own_schema() -> None:
    together = {kind.plural: MANIFEST["properties"][kind.plural]["examples"][0] for kind in KINDS}

    assert list(VALIDATOR.iter_errors({"version": 1, **together})) == []


def test_the_examples_load_together() -> None:
    together = {kind.plural: MANIFEST["properties"][kind.plural]["examples"][0] for kind in KINDS}

    assert accepted(json.dumps({"version": 1, **together}, ensure_ascii=False))


def test_fields_say_what_they_refer_to() -> None:
    user = MANIFEST["$defs"]["User"]["properties"]

    assert user["division"]["description"] == "Key of kind division or home."
    assert user["skills"]["description"].startswith("Keys of kind skill. Written plainly it means exactly these.")
    assert MANIFEST["$defs"]["Skill"]["properties"]["division"]["description"].endswith("home, or * for all divisions.")
    assert MANIFEST["$defs"]["Queue"]["properties"]["members"]["description"].startswith(
        "Keys of kind user. A plain list only adds."
    )


def test_a_manifest_schema_has_no_defaults() -> None:
    assert [part for part in parts(MANIFEST) if "default" in part] == []


def test_a_field_called_title_stays() -> None:
    assert "title" in MANIFEST["$defs"]["User"]["properties"]


def test_made_up_titles_are_left_out() -> None:
    titles = [part["title"] for part in parts(MANIFEST) if isinstance(part.get("title"), str)]

    assert titles == ["Manifest"]


@pytest.mark.parametrize("made", [MANIFEST, schema.schema(Mapping, id="mapping.v1.json", title="mapping.yaml")])
def test_schemas_are_of_draft_2020_12(made: dict[str, Any]) -> None:
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert jsonschema_rs.meta.is_valid(made)


class Small(Closed):
    """A small model."""

    title: str = "x"
    """A field."""


def test_a_model_becomes_a_schema() -> None:
    assert schema.schema(Small, id="small", title="Small things") == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "small",
        "title": "Small things",
        "description": "A small model.",
        "type": "object",
        "properties": {"title": {"type": "string", "default": "x", "description": "A field."}},
        "additionalProperties": False,
    }


def test_a_text_is_sorted_indented_and_ended() -> None:
    assert schema.text({"b": [1], "a": "é"}) == '{\n  "a": "é",\n  "b": [\n    1\n  ]\n}\n'


def test_schemas_are_the_same_every_time() -> None:
    assert schema.text(schema.manifest(KINDS)) == schema.text(schema.manifest(KINDS))


@pytest.mark.parametrize("name", ["manifest.v1.json", "mapping.v1.json", "plan.v1.json", "reconciler.v1.json"])
def test_schemas_in_the_repository_are_fresh(name: str) -> None:
    stored = (FOLDER / name).read_text(encoding="utf-8") if (FOLDER / name).exists() else ""

    assert stored == schemas()[name], f"schemas/{name} is not what the models say now: run `reconciler schema --write schemas`"
