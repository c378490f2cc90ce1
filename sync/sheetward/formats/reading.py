"""What reading one cell came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sheetward.cells import Cell


def _no_facts() -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Reading:
    """A raw cell's meaning.

    `cell` is canonical where it could be settled; where not, it is the text as it stands (NFC, outer spaces gone), so
    that nothing is lost and reading it again gives the same code. `code` says what is wrong or doubtful (in the message
    catalogue), `None` where all is well. `is_settled` is false where the value must not enter a table as it is; a
    settled reading with a code is a warning. `candidates` are what the person may have meant, best first, at most three.
    """

    cell: Cell
    code: str | None = None
    is_settled: bool = True
    candidates: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=_no_facts)
