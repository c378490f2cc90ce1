"""Rows in a mutable grid, and what a batch does to them: the reference for what every replica's write must come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sheetward.cells import Cell, same, value_of
from sheetward.errors import TransientError, UserError
from sheetward.ports.replica import (
    AddColumn,
    AppendRow,
    ClearRow,
    CloseColumn,
    Mark,
    SetRowId,
    SheetAction,
    ShownRow,
)


@dataclass(slots=True)
class GridRow:
    """One row of a grid: its id cell, its cells by field (a field that is not named is blank) and what is special."""

    row_id: str = ""
    cells: dict[str, Cell] = field(default_factory=dict[str, Cell])
    marks: dict[str, Mark] = field(default_factory=dict[str, Mark])
    errors: dict[str, str] = field(default_factory=dict[str, str])
    hidden: bool = False

    def copied(self) -> GridRow:
        """Give an independent row with the same content."""
        return GridRow(self.row_id, dict(self.cells), dict(self.marks), dict(self.errors), self.hidden)

    def emptied(self) -> None:
        """Blank the id and all cells in place."""
        self.row_id = ""
        self.cells.clear()
        self.marks.clear()
        self.errors.clear()

    def is_shown(self, fields: Sequence[str]) -> bool:
        """Say whether a sheet shows this row: it bears an id, or a cell that a person filled.

        Formulas that were filled down below the last row (and their errors) make no row.
        """
        return bool(self.row_id) or any(
            value_of(self.cells.get(name)) is not None and name not in self.marks for name in fields
        )

    def shown(self, position: int, fields: Sequence[str]) -> ShownRow:
        """Give the row as an observation has it; only a plain cell or a formula contributes a value."""
        marks = {name: mark for name, mark in self.marks.items() if name in fields}
        cells = tuple(self.cells.get(name) if marks.get(name) in (None, Mark.FORMULA) else None for name in fields)
        errors = {name: text for name, text in self.errors.items() if name in fields}
        return ShownRow(position, self.row_id, cells, marks, errors, self.hidden)


def last_shown(rows: Sequence[GridRow], fields: Sequence[str]) -> int:
    """Give the count of rows up to and with the last one that is shown."""
    return max((place + 1 for place, row in enumerate(rows) if row.is_shown(fields)), default=0)


def check_action(row: GridRow | None, action: SheetAction, given: Mapping[int, str]) -> None:
    """Raise where an action does not meet the row as it was observed.

    `given` holds the ids that this very batch puts in, by position: a cell of a row that gets its id in the same
    batch may name the row by its old id or by the new one. `TransientError('sheet.changed')` where the id or the
    value moved, `UserError('columns.cell_refuses')` where the cell holds what is never overwritten.
    """
    if isinstance(action, AppendRow | AddColumn | CloseColumn):
        return
    if row is None:
        raise TransientError("sheet.changed", row=action.position)
    if isinstance(action, SetRowId):
        if row.row_id != action.old:
            raise TransientError("sheet.changed", row=action.position)
        return
    if action.row_id not in {row.row_id, given.get(action.position, row.row_id)}:
        raise TransientError("sheet.changed", row=action.position)
    if isinstance(action, ClearRow):
        return
    mark = row.marks.get(action.field)
    if mark is not None and mark is not Mark.ERROR:
        raise UserError("columns.cell_refuses", row=action.position, field=action.field, mark=mark.value)
    held = None if mark is Mark.ERROR else row.cells.get(action.field)
    if not same(held, action.old):
        raise TransientError("sheet.changed", row=action.position, field=action.field)


def check_columns(headers: Mapping[str, str], actions: Sequence[SheetAction]) -> None:
    """Raise where a batch does not meet the columns as they were observed: `TransientError('sheet.changed')`."""
    for action in actions:
        if isinstance(action, CloseColumn) and headers.get(action.field) != action.header:
            raise TransientError("sheet.changed", field=action.field)
        if isinstance(action, AddColumn) and action.field in headers:
            raise TransientError("sheet.changed", field=action.field)


def check_batch(rows: Mapping[int, ShownRow], fields: Sequence[str], actions: Sequence[SheetAction]) -> None:
    """Raise where a batch does not meet the rows as they were observed; `rows` are by position."""
    given = {action.position: action.new for action in actions if isinstance(action, SetRowId)}
    for action in actions:
        shown = None if isinstance(action, AppendRow | AddColumn | CloseColumn) else rows.get(action.position)
        row = None
        if shown is not None:
            cells = dict(zip(fields, shown.cells, strict=True))
            row = GridRow(shown.row_id, cells, dict(shown.marks), dict(shown.errors))
        check_action(row, action, given)


def apply_action(
    rows: list[GridRow], fields: Sequence[str], first_row: int, action: SheetAction, *, append_at: int
) -> None:
    """Do one action that was checked; `rows[0]` stands at `first_row`.

    What an action does to the columns is the sheet's own matter. A new row goes to the place `append_at` (counted from 0); fields without a column are left out.
    """
    if isinstance(action, AppendRow):
        filled = {n: c for n, c in action.cells.items() if n in fields and value_of(c) is not None}
        rows[append_at : append_at + 1] = [GridRow(action.row_id, filled)]
        return
    if isinstance(action, AddColumn | CloseColumn):
        return
    row = rows[action.position - first_row]
    if isinstance(action, SetRowId):
        row.row_id = action.new
    elif isinstance(action, ClearRow):
        row.emptied()
    else:
        row.cells[action.field] = action.new
        row.marks.pop(action.field, None)
        row.errors.pop(action.field, None)
