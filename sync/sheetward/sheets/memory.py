"""A sheet in memory: the reference replica, and a person at the keyboard for tests and scenarios."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from decimal import Decimal

from sheetward.cells import BLANK, Cell, RawCell, State, Value, plain_text, same, value_of
from sheetward.errors import GuardError, TransientError, UserError
from sheetward.merge.choice import Choice
from sheetward.ports.replica import (
    AddColumn,
    AppendRow,
    CloseColumn,
    Mark,
    MarkedCell,
    Notice,
    Observation,
    SetRowId,
    SettleLine,
    SheetAction,
    SheetWrite,
    ShownLine,
    ShownRow,
)
from sheetward.sheets.fingerprint import fingerprint
from sheetward.sheets.grid import GridRow, apply_action, check_action, check_columns, last_shown
from sheetward.xlsx.areas import column_letters


@dataclass(frozen=True, slots=True)
class Saved:
    """A copy of the whole sheet, as a backup or a mailed file holds it."""

    fields: tuple[str, ...]
    rows: tuple[GridRow, ...]
    stamp: str | None
    settling: tuple[MemoryLine, ...] = ()
    marked: frozenset[MarkedCell] = frozenset()


@dataclass(frozen=True, slots=True)
class MemoryLine:
    """A line of the list of what waits, with the cell it points to and what a person wrote into it."""

    line: SettleLine
    place: str = ""
    text: str = ""
    value: RawCell = BLANK

    def shown(self) -> ShownLine:
        """Give the line as an observation has it; the words of a choice are its values."""
        choice = Choice(self.text) if self.text in set(Choice) else None
        return ShownLine(self.line.item, self.line.digest, self.line.remark, self.place, choice, self.text, self.value)


class MemorySheet:
    """A grid of rows under one header row, with hidden id cells and a stamp.

    `position` is a row number as in a spreadsheet: the header stands in row `first_row - 1`. `fields` are the columns
    in order. The plain attributes may be set at any time: `editor`, `is_complete`, `is_open`, `is_read_only`,
    `header_found`, `notices`, `private` (headers of columns that are the person's own), `room` (how many new columns have
    a place); `before_write` is called at the start of every write, before anything is compared, and
    `before_action` before each action with its number from 0 (what it raises leaves a prefix where the sheet is not
    atomic, nothing where it is).
    """

    def __init__(
        self,
        fields: Sequence[str],
        rows: Iterable[Mapping[str, Cell]] = (),
        *,
        headers: Mapping[str, str] | None = None,
        editor: str | None = None,
        is_atomic: bool = True,
        keeps_stamp: bool = True,
        keeps_list: bool = True,
        first_row: int = 2,
        before_write: Callable[[], None] | None = None,
        before_action: Callable[[int], None] | None = None,
    ) -> None:
        self.fields: tuple[str, ...] = tuple(fields)
        self.bound: tuple[str, ...] = self.fields
        self.headers: dict[str, str] = {name: (headers or {}).get(name, name) for name in self.fields}
        self.rows: list[GridRow] = [GridRow("", dict(cells)) for cells in rows]
        self.stamp: str | None = None
        self.editor = editor
        self.is_complete = True
        self.is_open = False
        self.is_read_only = False
        self.header_found = True
        self.notices: tuple[Notice, ...] = ()
        self.first_row = first_row
        self.before_write = before_write
        self.before_action = before_action
        self._is_atomic = is_atomic
        self._keeps_stamp = keeps_stamp
        self._keeps_list = keeps_list and keeps_stamp
        self.settling: tuple[MemoryLine, ...] = ()
        self.marked: frozenset[MarkedCell] = frozenset()
        self.private: tuple[str, ...] = ()
        self.room = 100
        self._saves = 0

    # The replica.

    @property
    def is_atomic(self) -> bool:
        """Say whether a write arrives as a whole or not at all."""
        return self._is_atomic

    @property
    def keeps_stamp(self) -> bool:
        """Say whether this medium can hold a stamp."""
        return self._keeps_stamp

    def observe(self) -> Observation:
        """Read the sheet."""
        fields = self.fields if self.header_found else ()
        shown = tuple(
            row.shown(position, fields)
            for position, row in enumerate(self.rows, self.first_row)
            if self.header_found and row.is_shown(fields)
        )
        return Observation(
            fields=fields,
            rows=shown,
            stamp=self.stamp if self._keeps_stamp else None,
            fingerprint=fingerprint(fields, shown),
            revision=self.revision(),
            complete=self.is_complete,
            header_found=self.header_found,
            lost_fields=tuple(name for name in self.bound if name not in fields),
            editor=self.editor,
            notices=self.notices,
            columns={name: self.headers[name] for name in fields},
            addresses={name: column_letters(place + 1) for place, name in enumerate(fields)},
            headers=(*(self.headers[name] for name in fields), *self.private),
            free_columns=tuple(column_letters(len(self.fields) + n) for n in range(1, self.room + 1)),
            settling=tuple(line.shown() for line in self.settling) if self._keeps_list else None,
            marked=self._marks_shown(shown) if self._keeps_list else None,
        )

    def _marks_shown(self, shown: Sequence[ShownRow]) -> frozenset[MarkedCell]:
        """Give the marks that still lie on a row that is shown, and the others without one."""
        ids = {row.row_id for row in shown}
        return frozenset(mark if mark.row_id in ids else replace(mark, row_id="") for mark in self.marked)

    def check_writable(self) -> None:
        """Raise what a write would meet."""
        if self.is_open:
            raise GuardError("sheet.open", file="memory")
        if self.is_read_only:
            raise UserError("folder.read_only", folder="memory")

    def write(self, batch: SheetWrite, expected_revision: str) -> str:
        """Apply a batch and give the new revision."""
        if self.before_write is not None:
            self.before_write()
        if self.is_open:
            raise TransientError("sheet.open", file="memory")
        if expected_revision != self.revision():
            raise TransientError("sheet.changed", file="memory")
        given = {a.position: a.new for a in batch.actions if isinstance(a, SetRowId)}
        coming = {a.field for a in batch.actions if isinstance(a, AddColumn)}
        for action in batch.actions:
            place = getattr(action, "position", self.first_row) - self.first_row
            row = self.rows[place] if 0 <= place < len(self.rows) else None
            if row is not None and coming:
                # What was pasted beside the columns is none of the new column's.
                row = replace(row, cells={name: cell for name, cell in row.cells.items() if name not in coming})
            check_action(row, action, given)
        check_columns({name: self.headers[name] for name in self.fields}, batch.actions)
        target = deepcopy(self.rows) if self._is_atomic else self.rows
        before = self.fields, self.bound, self.headers
        try:
            self._act(target, batch.actions)
        except BaseException:
            if self._is_atomic:
                self.fields, self.bound, self.headers = before
            raise
        self.rows = target
        if self._keeps_stamp:
            self.stamp = batch.stamp
        self._list(batch)
        return self.revision()

    def _act(self, target: list[GridRow], actions: Sequence[SheetAction]) -> None:
        end = last_shown(target, self.fields)
        for number, action in enumerate(actions):
            if self.before_action is not None:
                self.before_action(number)
            self._turn_columns(target, action)
            apply_action(target, self.fields, self.first_row, action, append_at=end)
            end += isinstance(action, AppendRow)

    def _turn_columns(self, rows: Iterable[GridRow], action: SheetAction) -> None:
        """Add or close a column; what a person had in one that was no field's stays where nobody sees it."""
        if isinstance(action, AddColumn):
            for row in rows:
                row.cells.pop(action.field, None)
            self.fields = (*self.fields, action.field)
            self.bound = tuple(dict.fromkeys((*self.bound, action.field)))
            self.headers = {**self.headers, action.field: action.header}
        elif isinstance(action, CloseColumn):
            self.fields = tuple(name for name in self.fields if name != action.field)
            self.bound = tuple(name for name in self.bound if name != action.field)

    def _list(self, batch: SheetWrite) -> None:
        if batch.settling is not None:
            known = {line.line.item: line for line in self.settling}
            self.settling = tuple(
                replace(known.get(line.item, MemoryLine(line)), line=line, place=self._place_of(line))
                for line in batch.settling
            )
        if batch.marked is not None:
            self.marked = batch.marked

    def _place_of(self, line: SettleLine) -> str:
        name = line.field or str(line.facts.get("field"))
        column = self.fields.index(name) if name in self.fields else 0
        places = [place for place, row in enumerate(self.rows) if row.row_id == line.row]
        return f"{column_letters(column + 1)}{places[0] + self.first_row}" if places else ""

    def revision(self) -> str:
        """Give the mark of the sheet as it is now; moves with every edit."""
        listed = (self.settling, sorted(self.marked, key=repr))
        content = repr((self.fields, self.headers, self.rows, self.stamp, self.header_found, self._saves, listed))
        return hashlib.sha256(content.encode()).hexdigest()

    # The person. Rows are named by their position.

    def row(self, position: int) -> GridRow:
        """Give the row at a position; the grid grows down to it."""
        place = position - self.first_row
        while len(self.rows) <= place:
            self.rows.append(GridRow())
        return self.rows[place]

    def position_of(self, row_id: str) -> int:
        """Give the position of the first row that bears an id; `KeyError` where none does."""
        for place, row in enumerate(self.rows):
            if row.row_id == row_id:
                return place + self.first_row
        raise KeyError(row_id)

    def find(self, name: str, value: Value) -> int:
        """Give the position of the first row with this value in a field; `KeyError` where none has it."""
        for place, row in enumerate(self.rows):
            if same(row.cells.get(name), value):
                return place + self.first_row
        raise KeyError((name, value))

    def set(self, position: int, name: str, cell: Cell) -> None:
        """Type into a cell; what was special about it is gone."""
        row = self.row(position)
        row.cells[name] = cell
        row.marks.pop(name, None)
        row.errors.pop(name, None)

    def append(self, cells: Mapping[str, Cell], row_id: str = "") -> int:
        """Type a new row below the last filled one and give its position."""
        position = last_shown(self.rows, self.fields) + self.first_row
        row = self.row(position)
        row.row_id = row_id
        row.cells.update(cells)
        return position

    def choose(self, item: str, text: str, value: str = "") -> None:
        """Write into a line of the list of what waits: the choice, and the other value; `KeyError` where no line has the item."""
        if all(line.line.item != item for line in self.settling):
            raise KeyError(item)
        raw = RawCell(State.TEXT, value) if value else BLANK
        self.settling = tuple(
            replace(line, text=text, value=raw) if line.line.item == item else line for line in self.settling
        )

    def insert(self, position: int, cells: Mapping[str, Cell] | None = None) -> None:
        """Insert a row at a position; what stood there moves down."""
        self.row(position)
        self.rows.insert(position - self.first_row, GridRow("", dict(cells or {})))

    def delete(self, position: int) -> None:
        """Delete a row; what stood below moves up."""
        del self.rows[position - self.first_row]

    def clear(self, position: int) -> None:
        """Blank a row with its id in place."""
        self.row(position).emptied()

    def copy(self, position: int, to: int) -> None:
        """Copy a row, id included, over whatever stands at `to`."""
        self.paste(self.row(position).copied(), to)

    def copy_inserted(self, position: int, to: int) -> None:
        """Copy a row, id included, and insert the copy at `to`."""
        copy = self.row(position).copied()
        self.row(to)
        self.rows.insert(to - self.first_row, copy)

    def cut(self, position: int) -> GridRow:
        """Cut a row, id included; an empty row stays behind."""
        row = self.row(position)
        taken = row.copied()
        row.emptied()
        return taken

    def paste(self, taken: GridRow, to: int) -> None:
        """Paste a row that was cut or copied over whatever stands at `to`."""
        self.row(to)
        self.rows[to - self.first_row] = taken.copied()

    def sort(self, *names: str, reverse: bool = False, with_ids: bool = True) -> None:
        """Sort the rows by fields, blanks last; without ids, the id column stays where it is."""
        ids = [row.row_id for row in self.rows]
        filled = [row for row in self.rows if any(row.cells.get(name) is not None for name in names)]
        blank = [row for row in self.rows if all(row.cells.get(name) is None for name in names)]
        filled.sort(key=lambda row: [_sort_key(row.cells.get(name)) for name in names], reverse=reverse)
        self.rows = [*filled, *blank]
        if not with_ids:
            for row, row_id in zip(self.rows, ids, strict=True):
                row.row_id = row_id

    def sort_column(self, name: str, *, reverse: bool = False) -> None:
        """Sort one column alone: the other columns stay."""
        cells = sorted((row.cells.get(name) for row in self.rows), key=_sort_key, reverse=reverse)
        for row, cell in zip(self.rows, cells, strict=True):
            row.cells[name] = cell

    def shift_column(self, name: str, by: int = 1) -> None:
        """Move one column's cells down by some rows: the top becomes blank, the bottom grows."""
        cells = [None] * by + [row.cells.get(name) for row in self.rows]
        for place, cell in enumerate(cells):
            self.row(place + self.first_row).cells[name] = cell

    def swap(self, first: int, second: int, name: str) -> None:
        """Exchange one field's cells of two rows."""
        a, b = self.row(first).cells, self.row(second).cells
        a[name], b[name] = b.get(name), a.get(name)

    def fill_down(self, name: str, first: int, last: int) -> None:
        """Copy the first cell into all below it, up to the last."""
        for position in range(first + 1, last + 1):
            self.set(position, name, self.row(first).cells.get(name))

    def set_id(self, position: int, row_id: str) -> None:
        """Type into the id cell; empty clears it."""
        self.row(position).row_id = row_id

    def mark(self, position: int, name: str, mark: Mark, error: str = "#REF!") -> None:
        """Make a cell special; an error cell shows `error` and holds no value."""
        row = self.row(position)
        row.marks[name] = mark
        if mark is Mark.ERROR:
            row.errors[name] = error
            row.cells.pop(name, None)

    def hide(self, position: int) -> None:
        """Hide a row, as a filter does."""
        self.row(position).hidden = True

    def rename_header(self, name: str, text: str) -> None:
        """Type another header over a column."""
        self.headers[name] = text

    def move_column(self, name: str, to: int) -> None:
        """Move a column to another place, counted from 0."""
        rest = [field for field in self.fields if field != name]
        self.fields = (*rest[:to], name, *rest[to:])

    def delete_column(self, name: str) -> None:
        """Delete a column with its cells."""
        self.fields = tuple(field for field in self.fields if field != name)
        for row in self.rows:
            row.cells.pop(name, None)
            row.marks.pop(name, None)
            row.errors.pop(name, None)

    def save(self) -> None:
        """Save without a change: the file's bytes move, its meaning does not."""
        self._saves += 1

    def saved(self) -> Saved:
        """Give a copy of the whole sheet to put back later."""
        rows = tuple(row.copied() for row in self.rows)
        return Saved(self.fields, rows, self.stamp, self.settling, self.marked)

    def restore(self, saved: Saved) -> None:
        """Put an older copy back, stamp included."""
        self.fields = saved.fields
        self.rows = [row.copied() for row in saved.rows]
        self.stamp = saved.stamp
        self.settling = saved.settling
        self.marked = saved.marked


def _sort_key(cell: Cell) -> tuple[int, Decimal, str]:
    """Order as a spreadsheet does: numbers before texts, blanks last."""
    value = value_of(cell)
    if isinstance(value, Decimal):
        return (0, value, "")
    return (2 if value is None else 1, Decimal(0), plain_text(value))
