"""Mistakes in a rule as written: data with a code and a place, all of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches


def _no_facts() -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing about a rule that its writer should know.

    `path` leads to it from the rule's top (`rows`, `all`, `0`, `amount`). A notice leaves the rule usable; anything
    else makes it void.
    """

    code: str
    path: tuple[str, ...]
    facts: Mapping[str, object] = field(default_factory=_no_facts)
    is_notice: bool = False

    @property
    def place(self) -> str:
        """Give the path as one text."""
        return ".".join(self.path)


def closest(word: str, known: tuple[str, ...]) -> str:
    """Give the known words nearest to a misspelt one, for a message; empty where none is near."""
    return "、".join(get_close_matches(word, known, n=3, cutoff=0.6))
