"""One tab being patched: a first pass that looks, checks and decides, and a second that writes the part anew."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sheetward.errors import UserError
from sheetward.xlsx.areas import MAX_ROW, Area, address
from sheetward.xlsx.cell_text import checked
from sheetward.xlsx.edits import CellContent, MarkGroup, PutBlank, PutFormula, PutText, SheetEdit
from sheetward.xlsx.expected import ExpectedCells
from sheetward.xlsx.following import Following
from sheetward.xlsx.frame import column_styles
from sheetward.xlsx.links import without_links
from sheetward.xlsx.looks import Looks
from sheetward.xlsx.marks import FILLS, with_marks, without_marks
from sheetward.xlsx.markup import attribute
from sheetward.xlsx.parts import Book
from sheetward.xlsx.ranges import joined_area, parsed_area
from sheetward.xlsx.relations import relations
from sheetward.xlsx.row_cells import FoundCell, RowCells
from sheetward.xlsx.row_edit import RowContext, Task, check_row, edited_row, new_row, without_column
from sheetward.xlsx.sheet_scan import Piece, RowCounter, prefix_of, sheet_pieces
from sheetward.xlsx.styles_patch import StylesPatch
from sheetward.xlsx.tables_patch import (
    TableObject,
    read_tables,
)
from sheetward.xlsx.write_guards import (
    check_in_grid,
    merged_areas,
    refuse_crowded,
    refuse_protected,
    refuse_taken,
    taken_areas,
)


class SheetPatch:
    """The edits of one tab against its part.

    `survey` reads the part once and raises whatever speaks against the edits; `stream` reads it again and gives the
    new part in pieces. Between the two, `styles` holds every format that the second pass will use, and a purge may name
    in `unlinked` the areas whose hyperlinks go.
    """

    def __init__(self, book: Book, edit: SheetEdit, styles: StylesPatch, *, purge: bool = False) -> None:
        self.book = book
        self._purge = purge
        self.edit = edit
        self.tab = book.tab(edit.tab)
        self.relations = relations(book.package, self.tab.part)
        self.tables = read_tables(book.package, self.relations)
        self.has_formulas = any(isinstance(one.content, PutFormula) for one in edit.cells)
        self.context = RowContext(b"", self.tab.part, edit.tab, styles, {})
        first_new = edit.after_row + 1
        self.new_rows = range(first_new, first_new + len(edit.appended))
        self.following = Following(edit)
        self.expected = ExpectedCells(edit)
        self.head = b""
        self.tail = b""
        self.unlinked: set[str] = set()
        self._fills: dict[str, int] = {}
        self._tasks: dict[int, list[Task]] = {}
        self._template: bytes | None = None
        self._template_cells: Mapping[int, FoundCell] = {}
        self._blocks: list[Area] = []

    @property
    def cell_count(self) -> int:
        """Count the cells that are written."""
        return len(self.edit.cells) + sum(len(row.cells) for row in self.edit.appended)

    @property
    def leaving(self) -> set[tuple[int, int]]:
        """Give the cells whose value leaves the sheet: those that are emptied or masked."""
        return {(one.row, one.column) for one in self.edit.cells if one.is_masking or isinstance(one.content, PutBlank)}

    @property
    def overwrote_formula(self) -> bool:
        """Say whether a formula was overwritten (after `survey`)."""
        return self.context.overwrote_formula

    @property
    def is_idle(self) -> bool:
        """Say whether nothing is to be written into the tab (after `survey`)."""
        return self.writes_no_row and self.edit.marks is None

    @property
    def writes_no_row(self) -> bool:
        """Say whether no row of the tab is written, marks around them apart (after `survey`)."""
        return not self._tasks and self.edit.removed_column is None

    def writes_row(self, number: int) -> bool:
        """Say whether a row of the sheet is written (after `survey`)."""
        return number in self._tasks

    # -- first pass ------------------------------------------------------------------------------------------------

    def survey(self) -> None:
        """Look at everything the edits touch and check it. `UserError`, `TransientError('sheet.changed')`."""
        self._plan_cells()
        wanted = sorted(self._tasks.keys() | set(self.new_rows) | ({self.edit.after_row, self.following.last_row + 1}))
        counter = RowCounter(b"", self.tab.part)
        looked_at, seen = set(wanted), set[int]()
        for kind, data in sheet_pieces(self.book.package.windows(self.tab.part), self.tab.part):
            if kind is Piece.HEAD:
                self._start(data)
                counter = RowCounter(self.context.prefix, self.tab.part)
            elif kind is Piece.ROWS:
                self._note_formulas(data)
                for span in counter.spans(data, wanted):
                    if span.number in looked_at:
                        self._look(span.number, data[span.start : span.end], seen)
            else:
                self.tail = data
        for number in sorted((self._tasks.keys() | set(self.new_rows)) - seen):
            self._look_at_nothing(number)
        self._check_areas()
        if self.edit.marks is not None:
            looks = Looks(self.context.styles)
            self._fills = {kind: looks.mark(FILLS[kind]) for kind, found in self.edit.marks.areas.items() if found}
        self.expected.check(self.book.package, self.book.target("sharedStrings"))

    def _plan_cells(self) -> None:
        edit = self.edit
        if edit.appended and not 0 < edit.after_row <= MAX_ROW - len(edit.appended):
            raise UserError(
                "patch.outside_grid", tab=edit.tab, row=self.following.last_row, column=self.following.columns[0]
            )
        planned = {(one.row, one.column): Task(one.column, one.content, one.over_formula) for one in edit.cells}
        hidden = edit.hidden_column
        if hidden is not None:
            planned[hidden.header_row, hidden.column] = Task(hidden.column, PutText(hidden.header))
        for new in edit.new_columns:
            planned[new.header_row, new.column] = Task(new.column, PutText(new.header))
        for closed in edit.closed_columns:
            content = PutText(closed.header) if closed.header else PutBlank()
            planned[closed.header_row, closed.column] = Task(closed.column, content)
        for (row, column), task in sorted(planned.items(), key=lambda item: item[0]):
            self._check_content(row, column, task.content)
            self._tasks.setdefault(row, []).append(task)

    def _check_content(self, row: int, column: int, content: CellContent) -> None:
        check_in_grid(row, column, self.edit.tab)
        checked(content, self.edit.tab, address(row, column))

    def _start(self, head: bytes) -> None:
        self.head = head
        self.context.prefix = prefix_of(head)
        self.context.column_styles = column_styles(head)
        self._formula_tag = re.compile(rb"<" + re.escape(self.context.prefix) + rb"f(?=[\s/>])[^>]*>")

    def _note_formulas(self, window: bytes) -> None:
        self.has_formulas = self.has_formulas or self._formula_tag.search(window) is not None
        may_cover = (b"y" in window and b"array" in window) or (b"T" in window and b"dataTable" in window)
        if not may_cover:  # one byte is found many times faster than several
            return
        for found in self._formula_tag.finditer(window):
            if b"array" in found[0] or b"dataTable" in found[0]:
                area = parsed_area(attribute(found[0], "ref"))
                if area is not None and attribute(found[0], "t") in {"array", "dataTable"}:
                    self._blocks.append(area)

    def _look(self, number: int, row: bytes, seen: set[int]) -> None:
        seen.add(number)
        context = self.context
        cells = RowCells(row, number, context.prefix, context.part)
        self.expected.look(number, cells, context.prefix)
        self._check_column_free(number, cells)
        self._take_looks(number, cells)
        if number == self.edit.after_row and self.edit.after_row != self.edit.header_row:
            self._template, self._template_cells = row, cells.all()
        if self.edit.appended and self.edit.after_row < number <= self.following.last_row + 1:
            self._check_room(number, cells.all())
        if number in self.new_rows:
            self._plan_appended(number)
        if number in self._tasks:
            check_row(cells, number, self._tasks[number], None, context)

    def _check_column_free(self, number: int, cells: RowCells) -> None:
        hidden = self.edit.hidden_column
        new = [(one.header_row, one.column) for one in self.edit.new_columns]
        if hidden is not None:
            new.append((hidden.header_row, hidden.column))
        for header_row, column in new:
            found = cells.get(column) if number == header_row else None
            if found is not None and found.has_content:
                raise UserError("patch.column_taken", tab=self.edit.tab, cell=address(number, found.column))

    def _take_looks(self, number: int, cells: RowCells) -> None:
        """Let the headers of new columns look like one that is there."""
        looks = {one.column: cells.get(one.model) for one in self.edit.new_columns if one.header_row == number}
        if looks:
            self._tasks[number] = [
                task if (model := looks.get(task.column)) is None else replace(task, style=model.style)
                for task in self._tasks[number]
            ]

    def _look_at_nothing(self, number: int) -> None:
        self.expected.look(number, None, self.context.prefix)
        if number in self.new_rows:
            self._plan_appended(number)
        template = self._template if number in self.new_rows else None
        check_row(None, number, self._tasks[number], template, self.context)

    def _check_room(self, number: int, cells: Mapping[int, FoundCell]) -> None:
        """Refuse where something stands below the table; a formula filled down beforehand in other columns may stay."""
        low, high = self.following.columns
        written = {column for row in self.edit.appended for column in row.cells}
        for column, found in cells.items():
            is_prepared = found.formula is not None and column not in written
            if low <= column <= high and found.has_content and not is_prepared:
                raise UserError("patch.no_room", tab=self.edit.tab, row=number, area=address(number, column))

    def _plan_appended(self, number: int) -> None:
        contents: dict[int, CellContent] = dict(self.edit.appended[number - self.new_rows.start].cells)
        for table in self.tables:
            if table.area.first_row <= self.edit.after_row <= table.area.last_row:
                for column, formula in table.formulas.items():
                    if column not in contents and self.following.columns[0] <= column <= self.following.columns[1]:
                        contents[column] = PutFormula(formula)
                        self.has_formulas = True
        earlier = {task.column: task for task in self._tasks.get(number, [])}
        tasks = dict(earlier)
        for column, content in contents.items():
            self._check_content(number, column, content)
            model = self._template_cells.get(column)
            tasks[column] = Task(column, content, style=None if model is None else model.style)
        for column, model in self._template_cells.items():
            if column not in tasks and self.following.columns[0] <= column <= self.following.columns[1] and model.style:
                tasks[column] = Task(column, PutBlank(), style=model.style, fill=True)
        self._tasks[number] = sorted(tasks.values(), key=lambda task: task.column)

    def _check_areas(self) -> None:
        edit = self.edit
        if not edit.allow_protected:
            refuse_protected(self.tail, self.book, self.tab)
        merged = merged_areas(self.tail)
        taken = taken_areas(self.book, self.tab, self.relations, self.tables)
        closed = {(one.header_row, one.column) for one in edit.closed_columns}
        besides = [one for one in taken if one.code != "patch.table_header"]
        for row, tasks in self._tasks.items():
            for task in tasks:
                if not task.fill:
                    here = besides if (row, task.column) in closed else taken
                    refuse_taken(row, task.column, edit.tab, here, merged)
                    self._refuse_block(row, task.column)
        if edit.appended:
            new = Area(
                self.new_rows.start, self.following.columns[0], self.following.last_row, self.following.columns[1]
            )
            others = [table.area for table in self.tables if edit.after_row not in self._rows(table)]
            totals = [one.area for one in taken if one.code == "patch.table_totals"]
            refuse_crowded(new, edit.tab, [*merged, *others, *totals, *self._blocks])

    @staticmethod
    def _rows(table: TableObject) -> range:
        return range(table.area.first_row, table.area.last_row + 1)

    def _refuse_block(self, row: int, column: int) -> None:
        if any((row, column) in block for block in self._blocks):
            raise UserError("patch.formula_block", tab=self.edit.tab, cell=address(row, column))

    # -- second pass -----------------------------------------------------------------------------------------------

    def stream(self) -> Iterator[bytes]:
        """Give the new part in pieces; memory holds a window and what is to be written."""
        counter = RowCounter(self.context.prefix, self.tab.part)
        queue = sorted(self._tasks)
        for kind, data in sheet_pieces(self.book.package.windows(self.tab.part), self.tab.part):
            if kind is Piece.HEAD:
                head = self.following.head(data, self._written_area(), self.context.prefix)
                yield head[:-2].rstrip() + b">" if self._opens_rows() else head
            elif kind is Piece.ROWS:
                yield self._new_rows(data, counter, queue)
            else:
                yield from (self._new_row(number) for number in queue)
                if self._opens_rows():
                    yield b"</%ssheetData>" % self.context.prefix
                yield self._marked(without_links(self.following.tail(data, self.context.prefix), self.unlinked))

    def _marked(self, tail: bytes) -> bytes:
        marks = self.edit.marks
        if self._purge:  # the notes of a check repeat values
            tail = without_marks(tail, self.context.prefix, MarkGroup.CHECK)
        return tail if marks is None else with_marks(tail, marks, self._fills, self.context.prefix)

    def _opens_rows(self) -> bool:
        return self.head.endswith(b"/>") and bool(self._tasks)

    def _new_rows(self, window: bytes, counter: RowCounter, queue: list[int]) -> bytes:
        removed, first_removed = self.edit.removed_column, self.following.first_removed_row(self.tables)
        spans = counter.spans(window, None if removed is not None else queue)
        pieces: list[bytes] = []
        position = 0
        for span in spans:
            while queue and queue[0] < span.number:
                pieces += (window[position : span.start], self._new_row(queue.pop(0)))
                position = span.start
            row = window[span.start : span.end]
            if queue and queue[0] == span.number:
                row = edited_row(row, span.number, self._tasks[queue.pop(0)], self.context)
            if removed is not None and span.number >= first_removed:
                row = without_column(row, removed.column, self.context.prefix, self.tab.part)
            pieces += (window[position : span.start], row)
            position = span.end
        pieces.append(window[position:])
        return b"".join(pieces)

    def _new_row(self, number: int) -> bytes:
        template = self._template if number in self.new_rows else None
        return new_row(number, self._tasks[number], template, self.context)

    def _written_area(self) -> Area | None:
        found: Area | None = None
        for row, tasks in self._tasks.items():
            columns = [task.column for task in tasks if task.style or not isinstance(task.content, PutBlank)]
            if columns:
                here = Area(row, columns[0], row, columns[-1])
                found = here if found is None else joined_area(found, here)
        return found
