"""What a sync writes into a sheet, as plain data: the steps of one guarded batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sheetward.cells import Cell
from sheetward.plan.observation import MarkedCell
from sheetward.plan.settle_line import SettleLine
from sheetward.table import RowId


@dataclass(frozen=True, slots=True)
class SetCell:
    """Put a value into one cell, if that row still bears the id and the cell still means `old`."""

    position: int
    row_id: str
    field: str
    old: Cell
    new: Cell


@dataclass(frozen=True, slots=True)
class SetRowId:
    """Put a row id into the id cell, if it still holds `old` (empty where blank)."""

    position: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class AppendRow:
    """Append a row below the last one, inside the table; cells by field, fields without a column are left out."""

    row_id: RowId
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class ClearRow:
    """Blank the bound cells and the id of a row in place, if it still bears the id."""

    position: int
    row_id: str


@dataclass(frozen=True, slots=True)
class AddColumn:
    """Append a column for a field inside the table, under this header; cells of it in the same batch start empty."""

    field: str
    header: str


@dataclass(frozen=True, slots=True)
class CloseColumn:
    """Take the header of a field's column away, where it is still this one: nothing is the field's there any more."""

    field: str
    header: str


SheetAction: TypeAlias = "SetCell | SetRowId | AppendRow | ClearRow | AddColumn | CloseColumn"


@dataclass(frozen=True, slots=True)
class SheetWrite:
    """What one sync writes into one sheet: all of it together with the stamp, or nothing.

    `purge` asks that values which leave the sheet also leave the bytes of its file (shared strings, cached values).
    `settling` are the sheet's lines in the workbook's list of what waits, in their order: they replace those it has; what a
    person typed into a line about the same item stays. `marked` are the cells that bear a mark from now on. `None` leaves
    either as it is.
    """

    actions: tuple[SheetAction, ...]
    stamp: str
    purge: bool = False
    settling: tuple[SettleLine, ...] | None = None
    marked: frozenset[MarkedCell] | None = None
