"""What follows the edits of a tab: the areas around its table, its filter, its table objects, its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sheetward.xlsx.areas import Area
from sheetward.xlsx.edits import SheetEdit
from sheetward.xlsx.frame import (
    with_areas_moved,
    with_dimension,
    with_filter_moved,
    with_guard,
    with_hidden_column,
    without_guard,
    without_hidden_column,
)
from sheetward.xlsx.ranges import grown
from sheetward.xlsx.tables_patch import (
    TableObject,
    with_column_added,
    with_column_renamed,
    with_table_moved,
    without_last_column,
)


class Following:
    """Where areas of a tab go under an edit, and the markup around its rows with them moved."""

    def __init__(self, edit: SheetEdit) -> None:
        self.edit = edit
        self.columns = self._columns()
        self.last_row = edit.after_row + len(edit.appended)
        self._end = edit.table_end or edit.after_row

    def _columns(self) -> tuple[int, int]:
        if self.edit.table_columns is not None:
            return self.edit.table_columns
        written = [column for row in self.edit.appended for column in row.cells]
        return (min(written), max(written)) if written else (1, 1)

    def moved(self, area: Area) -> Area:
        """Say where an area of the sheet goes when new rows have joined the table."""
        return grown(area, self._end, self.last_row, self.columns) if self.grows else area

    @property
    def grows(self) -> bool:
        """Say whether the table gets longer."""
        return self.last_row > self._end

    def widened(self, area: Area) -> Area:
        """Say where an area goes when new columns join it: one that begins at the header row and ends beside them."""
        for column, header_row, _ in self._joining:
            if area.first_row == header_row and area.last_column == column - 1:
                area = replace(area, last_column=column)
        return area

    @property
    def _joining(self) -> list[tuple[int, int, str]]:
        """Give the new columns from left to right, each with its header row and header."""
        hidden = self.edit.hidden_column
        first = [] if hidden is None else [(hidden.column, hidden.header_row, hidden.header)]
        return sorted([*first, *((one.column, one.header_row, one.header) for one in self.edit.new_columns)])

    def narrowed(self, area: Area) -> Area:
        """Say where an area goes when the removed column leaves it as its last one."""
        gone = self.edit.removed_column
        ends_there = gone is not None and area.last_column == gone.column and area.first_column < gone.column
        if gone is None or area.first_row != gone.header_row or not ends_there:
            return area
        return replace(area, last_column=gone.column - 1)

    def named(self, area: Area) -> Area:
        """Say where a filter or print area goes through all of the edits."""
        return self.narrowed(self.widened(self.moved(area)))

    def head(self, head: bytes, written: Area | None, prefix: bytes) -> bytes:
        """Give the head of the part; `written` holds all cells that are written."""
        head = with_dimension(head, written)
        if self.edit.hidden_column is not None:
            head = with_hidden_column(head, self.edit.hidden_column.column, prefix)
        if self.edit.removed_column is not None:
            head = without_hidden_column(head, self.edit.removed_column.column)
        return head

    def tail(self, tail: bytes, prefix: bytes) -> bytes:
        """Give the tail of the part."""
        if self.grows:
            tail = with_filter_moved(with_areas_moved(tail, self.moved), self.moved, prefix)
        hidden, removed = self.edit.hidden_column, self.edit.removed_column
        if self._joining:
            tail = with_filter_moved(tail, self.widened, prefix)
        if hidden is not None and hidden.guard_text:
            tail = with_guard(tail, hidden, prefix)
        if removed is not None:
            tail = with_filter_moved(tail, self.narrowed, prefix)
            tail = without_guard(tail, removed.column, removed.header_row, prefix)
        return tail

    def table_parts(self, tables: Sequence[TableObject]) -> dict[str, bytes]:
        """Give the parts of table objects that change."""
        changed: dict[str, bytes] = {}
        removed = self.edit.removed_column
        for table in tables:
            xml = with_table_moved(table, self.moved)
            area = self.moved(table.area)
            for one in self.edit.closed_columns:
                if table.has_header(one.header_row, one.column):
                    xml = with_column_renamed(xml, one.column - area.first_column, one.header)
            if self.widened(area) != area:
                for column, header_row, header in self._joining:
                    if area.first_row == header_row and area.last_column == column - 1:
                        xml = with_column_added(xml, area, header)
                        area = replace(area, last_column=column)
            elif removed is not None and self.narrowed(area) != area:
                xml = without_last_column(xml, area)
            if xml != table.xml:
                changed[table.part] = xml
        return changed

    def first_removed_row(self, tables: Sequence[TableObject]) -> int:
        """Give the first row whose cell goes with the removed column: a header inside a table object has to stay."""
        removed = self.edit.removed_column
        if removed is None:
            return 0
        stays = any(
            (removed.header_row, removed.column) in table.area and self.narrowed(table.area) == table.area
            for table in tables
        )
        return removed.header_row + stays
