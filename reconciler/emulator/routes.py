"""Which operation a request is for: a tree of path segments, made of the table of operations."""

from __future__ import annotations

from typing import Any

from reconciler.emulator.operation import Operation


class Routes:
    """Finds the operation of a request. Literal segments win over parameters, as `/users/me` over `/users/{userId}`."""

    def __init__(self, operations: tuple[Operation, ...]) -> None:
        self._tree: dict[str, Any] = {}
        for operation in operations:
            node = self._tree
            for segment in operation.path.strip("/").split("/"):
                node = node.setdefault("{}" if segment.startswith("{") else segment, {})
            node.setdefault("/", {})[operation.method] = operation

    def find(self, method: str, segments: list[str]) -> Operation | None:
        """The operation; None when path or method are not modelled."""
        found = _descend(self._tree, segments).get("/", {}).get(method)
        return found if isinstance(found, Operation) else None


def _descend(node: dict[str, Any], segments: list[str]) -> dict[str, Any]:
    if not segments:
        return node
    for key in (segments[0], "{}"):
        if key in node and key != "/":
            found = _descend(node[key], segments[1:])
            if "/" in found:
                return found
    return {}


def path_values(operation: Operation, segments: list[str]) -> dict[str, str]:
    """The values of the path parameters."""
    names = operation.path.strip("/").split("/")
    return {name[1:-1]: value for name, value in zip(names, segments, strict=True) if name.startswith("{")}
