"""What every block of a manifest has in common: pydantic models, frozen and closed, so that a misspelt field is a problem."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Key = Annotated[str, Field(min_length=1, max_length=200, description="Stable id on the external platform")]
Text = Annotated[str, Field(max_length=1000)]
Name = Annotated[str, Field(min_length=1, max_length=256, description="Name as people see it")]
Level = Annotated[float, Field(ge=0, le=5, description="Proficiency from 0 to 5")]
WholeLevel = Annotated[int, Field(ge=0, le=5, description="Proficiency from 0 to 5, whole numbers only")]
PLAIN_FIRST = Field(union_mode="left_to_right")
"""For a collection that is written plainly or with its mode: nothing fits both, so pydantic need not weigh them."""


class Closed(BaseModel):
    """A mapping that knows all its fields; anything else in it is a problem."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)


class Mode(StrEnum):
    """How a collection is kept: add only, exactly these, or not at all."""

    ADDITIVE = "additive"
    EXCLUSIVE = "exclusive"
    IGNORE = "ignore"


class Keys(Closed):
    """A set of keys with its mode."""

    mode: Mode
    items: tuple[Key, ...] = ()


class Levels(Closed):
    """A mapping key → proficiency with its mode."""

    mode: Mode
    items: dict[Key, Level] = Field(default_factory=dict)


class WholeLevels(Closed):
    """A mapping key → whole proficiency with its mode."""

    mode: Mode
    items: dict[Key, WholeLevel] = Field(default_factory=dict)


class Block(Closed):
    """What every object of a manifest may say beside its own fields."""

    key: Key
    previously: tuple[str, ...] | str | None = None
    """Former key or name: declares a rename when the ledger is lost."""
    protected: bool | None = None
    """Refuses the removal of this object; remembered after the block is gone."""
    delete_after: date | None = None
    """Announces a removal: before this day the object stays."""
