"""A mistake in a schema file: data with its place, many at a time; never raised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


def _no_facts() -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: its code, its place and what a message needs.

    `line` and `column` count from 1, as editors do. `path` is where it stands in the document
    (`fields[2].constraints.requird`), empty for the document itself. The sentence for a code stands in the engine's
    message catalogue; `facts` fill it.
    """

    code: str
    line: int
    column: int
    path: str
    facts: Mapping[str, object] = field(default_factory=_no_facts)
