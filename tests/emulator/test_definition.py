"""The table of operations against the official description."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.emulator.operation import Operation
from reconciler.emulator.operations import OPERATIONS

if TYPE_CHECKING:
    from tests.emulator.conftest import Definition

TABLE = [pytest.param(one, id=one.name) for one in OPERATIONS]


@pytest.mark.parametrize("operation", TABLE)
def test_every_modelled_operation_is_in_the_definition(operation: Operation, definition: Definition) -> None:
    assert operation.method.lower() in definition.raw["paths"][operation.path]


@pytest.mark.parametrize("operation", TABLE)
def test_every_operation_demands_the_permissions_of_the_definition(operation: Operation, definition: Definition) -> None:
    declared = definition.raw["paths"][operation.path][operation.method.lower()].get("x-inin-requires-permissions", {})

    assert sorted(operation.needs.split()) == sorted(declared.get("permissions", []))
    assert operation.all_of == (declared.get("type") == "ALL" and len(declared["permissions"]) > 1)


@pytest.mark.parametrize("operation", TABLE)
def test_every_operation_succeeds_with_a_declared_status(operation: Operation, definition: Definition) -> None:
    declared = definition.raw["paths"][operation.path][operation.method.lower()]["responses"]

    assert str(operation.ok) in declared or "default" in declared


@pytest.mark.parametrize("operation", TABLE)
def test_an_operation_reads_a_body_exactly_where_the_definition_has_one(operation: Operation, definition: Definition) -> None:
    parameters = definition.raw["paths"][operation.path][operation.method.lower()].get("parameters", [])

    assert (operation.body is not None) == any(one["in"] == "body" for one in parameters)
