"""What the last write to a sheet replaced there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sheetward.cells import Cell
from sheetward.table import RowId


@dataclass(frozen=True)
class LastWrite:
    """What a sheet showed before its last write, as far as that write changed it.

    `cells`: row and field to the former value, in rows that the sheet had and has. `cleared`: rows that it had then, with
    their cells. `appended`: rows that it had not.
    """

    cells: Mapping[tuple[RowId, str], Cell] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    cleared: Mapping[RowId, Mapping[str, Cell]] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    appended: frozenset[RowId] = frozenset()
