"""Sets of words, so that the tables of this folder can be written and read as text."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of the text."""
    return frozenset(text.split())
