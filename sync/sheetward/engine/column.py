"""A held column, accepted or dropped as one: what that does to the store and to what the sheet is known to show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from sheetward_schemas.model import TableSchema

from sheetward.cells import Cell, Value, same
from sheetward.diff.changeset import Changeset
from sheetward.merge.items import Item
from sheetward.plan.overlay import Overlay, OverlayCell
from sheetward.plan.situation import Checker
from sheetward.table import Row, RowId, Table


def waiting_cells(overlay: Overlay, item: Item) -> Iterator[tuple[RowId, OverlayCell]]:
    """Give the cells that still wait for a held column."""
    for row_id, cells in overlay.cells.items():
        cell = cells.get(item.field or "")
        if cell is not None and cell.item == item.id:
            yield row_id, cell


def dropped_column(overlay: Overlay, item: Item) -> Overlay:
    """Give the overlay after a held column was dropped: the next sync puts the cells back."""
    given_up = {row_id: OverlayCell(cell.shown, cell.shown) for row_id, cell in waiting_cells(overlay, item)}
    return _with_cells(overlay, item.field or "", given_up)


def accepted_column(
    table: Table,
    overlay: Overlay,
    item: Item,
    schema: TableSchema,
    checker: Checker,
    today: dt.date,
    known: Mapping[str, Collection[Value]],
) -> tuple[Changeset, Overlay]:
    """Give what enters the store, and the overlay, after a held column was accepted.

    What the store changed meanwhile, or what breaks the schema, enters by no back door: those cells count as ordinary
    edits at the next sync, and become conflicts or are held by themselves.
    """
    name = item.field or ""
    place = table.index[name]
    cells = dict(waiting_cells(overlay, item))
    edits = {
        row_id: cell.shown
        for row_id, cell in cells.items()
        if row_id in table.rows and same(table.rows[row_id][place], cell.base)
    }
    edits = _sound(table, place, edits, schema, checker, today, known)
    changed = {row_id: {name: (table.rows[row_id][place], new)} for row_id, new in edits.items()}
    shown = {i: OverlayCell(c.shown, c.shown if i in edits else c.base) for i, c in cells.items()}
    return Changeset(changed=changed), _with_cells(overlay, name, shown)


def _sound(
    table: Table,
    place: int,
    edits: Mapping[RowId, Cell],
    schema: TableSchema,
    checker: Checker,
    today: dt.date,
    known: Mapping[str, Collection[Value]],
) -> dict[RowId, Cell]:
    """Give those edits of a column that break no rule, each by itself and all together."""
    name = table.fields[place]

    def edited(row_id: RowId, row: Row, left: Mapping[RowId, Cell]) -> Row:
        return (*row[:place], left[row_id], *row[place + 1 :]) if row_id in left else row

    rows = [(str(row_id), edited(row_id, table.rows[row_id], edits)) for row_id in edits]
    findings = checker.check_rows(table.fields, rows, today=today, known=known)
    broken = {f.row for f in findings if f.severity == "error" and name in f.reads}
    left = {row_id: cell for row_id, cell in edits.items() if row_id not in broken}
    sets = [{f.name} for f in schema.fields if f.constraints.unique]
    sets += [set(names) for names in (schema.primary_key, *schema.unique_keys)]
    while left and any(name in names for names in sets):
        whole = [(str(row_id), edited(row_id, row, left)) for row_id, row in table.rows.items()]
        repeated = {str(f.row) for f in checker.check_unique(table.fields, whole) if name in f.reads} & left.keys()
        if not repeated:
            break
        left = {row_id: cell for row_id, cell in left.items() if row_id not in repeated}
    return left


def _with_cells(overlay: Overlay, name: str, shown: Mapping[RowId, OverlayCell]) -> Overlay:
    cells = {row_id: {**overlay.cells.get(row_id, {}), name: cell} for row_id, cell in shown.items()}
    return replace(overlay, cells={**overlay.cells, **cells})
