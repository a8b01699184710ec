"""The packaged templates of pages and pictures: every text in them is escaped and shown so that it can hide nothing."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from reconciler.model.problem import plain

if TYPE_CHECKING:
    from jinja2 import Environment

_NOT_XML = {0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}  # Source: Extensible Markup Language 1.0, production Char


def page(name: str, **values: Any) -> str:
    """The text of the template `name` with these values."""
    return _templates().get_template(name).render(values)


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 - only pages need it, and it takes long to import

    folder = resources.files("reconciler.report")
    return Environment(
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
        keep_trailing_newline=True,
    )


def _shown(value: Any) -> Any:
    """Texts with what would hide, reorder or break them made visible; markup of our own stays as it is."""
    return value if hasattr(value, "__html__") else plain(str(value)).translate(_NOT_XML)
