"""Cells under another type or format of their field: read anew where that is certain, left as they are where it is not.

What a file holds for a cell is read by the new field's own reader, the same that reads sheets: so the store and every
sheet come to the same value by themselves. A spelling that the new value would not have (`007` as a number) is kept as
typed. A cell that cannot be read, or would be read as empty, stays what it was and is a finding.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from sheetward_schemas.model import TableSchema

from sheetward.cells import Cell, RawCell, State, Typed, plain_number, to_serial, value_of
from sheetward.formats import ColumnReader, column_reader
from sheetward.plan.overlay import Overlay, OverlayCell, OverlayRow
from sheetward.table import Row, RowId, Table
from sheetward.validation.kernels import region_of


@dataclass(frozen=True)
class Retyped:
    """`changed`: row id to field to old and new cell. `left` cannot be read and stay as they are; `respelt` counts cells
    whose value is spelt otherwise than they were typed (the number 7 of a text `007`).
    """

    changed: Mapping[RowId, Mapping[str, tuple[Cell, Cell]]]
    left: tuple[tuple[RowId, str], ...]
    respelt: int


class Retyping:
    """Reads cells of some fields anew; all other fields' cells are left alone. Doing it twice changes nothing."""

    def __init__(self, schema: TableSchema, fields: Collection[str]) -> None:
        self._readers: dict[str, ColumnReader] = {
            name: column_reader(schema.by_name[name], missing_values=schema.missing_values) for name in fields
        }
        self._regions = {name: str(schema.by_name[name].kind.get("regionFrom") or "") for name in fields}

    def __bool__(self) -> bool:
        return bool(self._readers)

    def cell(self, name: str, cell: Cell, region: Cell = None) -> Cell:
        """Give a cell of a field as it is read now; `region` is the cell of the field that tells the country."""
        return cell if (read := self._read(name, cell, region)) is None else read

    def _read(self, name: str, cell: Cell, region: Cell) -> Cell:
        """Read a filled cell anew; `None` where that is not certain."""
        reader = self._readers.get(name)
        if reader is None or value_of(cell) is None:
            return cell
        reading = reader.read(_raw(cell), region_of(value_of(region)))
        return reading.cell if reading.is_settled and value_of(reading.cell) is not None else None

    def cells(self, cells: Mapping[str, Cell]) -> dict[str, Cell]:
        """Give a row's cells by field, read anew."""
        return {name: self.cell(name, cell, cells.get(self._regions.get(name, ""))) for name, cell in cells.items()}

    def table(self, table: Table) -> Table:
        """Give a table read anew."""
        places = [(table.index[name], name) for name in self._readers if name in table.index]
        if not places:
            return table
        return Table(table.fields, {row_id: self._row(table, row, places) for row_id, row in table.rows.items()})

    def _row(self, table: Table, row: Row, places: list[tuple[int, str]]) -> Row:
        line = list(row)
        for place, name in places:
            source = table.index.get(self._regions[name])
            line[place] = self.cell(name, row[place], None if source is None else row[source])
        return tuple(line)

    def overlay(self, overlay: Overlay) -> Overlay:
        """Give an overlay read anew."""
        if not self or not overlay:
            return overlay
        cells = {row: self._shown(entries) for row, entries in overlay.cells.items()}
        rows = {
            row: OverlayRow(
                None if entry.shown is None else self.cells(entry.shown),
                None if entry.base is None else self.cells(entry.base),
                entry.item,
                entry.pending,
            )
            for row, entry in overlay.rows.items()
        }
        return replace(overlay, cells=cells, rows=rows)

    def _shown(self, entries: Mapping[str, OverlayCell]) -> dict[str, OverlayCell]:
        return {
            name: OverlayCell(self.cell(name, entry.shown), self.cell(name, entry.base), entry.item, entry.pending)
            for name, entry in entries.items()
        }

    def effect(self, table: Table) -> Retyped:
        """Give what reading a whole table anew changes, and what cannot be read."""
        moved: dict[RowId, dict[str, tuple[Cell, Cell]]] = {}
        left: list[tuple[RowId, str]] = []
        respelt = 0
        for row_id, row in table.rows.items():
            for name in self._readers:
                old, source = row[table.index[name]], table.index.get(self._regions[name])
                new = self._read(name, old, None if source is None else row[source])
                if new is None:
                    left += [(row_id, name)] if value_of(old) is not None else []
                elif type(old) is not type(new) or old != new:
                    moved.setdefault(row_id, {})[name] = (old, new)
                    respelt += isinstance(new, Typed)
        return Retyped(moved, tuple(left), respelt)


def _raw(cell: Cell) -> RawCell:
    """Give what a sheet would hold for a cell."""
    if isinstance(cell, Typed):
        return RawCell(State.TEXT, cell.text)
    if cell is None:
        return RawCell(State.BLANK)
    if isinstance(cell, bool):
        return RawCell(State.BOOL, "1" if cell else "0")
    if isinstance(cell, Decimal):
        return RawCell(State.NUMBER, plain_number(cell))
    if isinstance(cell, dt.date):
        has_time = isinstance(cell, dt.datetime)
        return RawCell(State.DATE, str(to_serial(cell)), "yyyy-mm-dd hh:mm:ss" if has_time else "yyyy-mm-dd")
    return RawCell(State.TEXT, cell)
