"""A batch for one tab, as edits of its cells. Pure, apart from the rows below the table that it asks the workbook for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sheetward_schemas.model import TableSchema

from sheetward.cells import BLANK, Cell, RawCell
from sheetward.errors import UserError
from sheetward.formats import ColumnReader
from sheetward.plan.actions import AddColumn, AppendRow, ClearRow, CloseColumn, SetCell, SetRowId, SheetAction
from sheetward.sharing import is_mask
from sheetward.sheets.canonical import reader_of, region_field, region_of, spelling
from sheetward.sheets.contents import content
from sheetward.sheets.id_column import columns_behind, id_place, new_id_column
from sheetward.sheets.tab import TabReading
from sheetward.xlsx.edits import (
    AppendedRow,
    CellContent,
    CellEdit,
    ClosedColumn,
    NewColumn,
    PutBlank,
    PutText,
    SheetEdit,
)
from sheetward.xlsx.reader import FormulaKind
from sheetward.xlsx.workbook import Workbook


@dataclass
class TabEdits:
    """Turns the actions of one batch into a `SheetEdit`, against a tab as it was read."""

    workbook: Workbook
    reading: TabReading
    schema: TableSchema
    lang: str

    def __post_init__(self) -> None:
        """Look the rows up by their position."""
        self._places = {position: place for place, position in enumerate(self.reading.area.positions)}
        found = self.reading.found
        self._shown = {row.position: row for row in self.reading.shown.rows}
        self._cells: dict[int, dict[str, Cell]] = {}
        self.positions = {row.row_id: row.position for row in self.reading.shown.rows if row.row_id}
        """Row id to the row where the sheet shows it after the edit."""
        head = self.reading.head
        self._id_column = (
            found.id_column or id_place(head, found.header_row, found.columns.values(), self.reading.used).column
        )
        self._columns = dict(found.columns)

    def edit(self, actions: Sequence[SheetAction]) -> SheetEdit:
        """Give the edit of the tab; the actions were checked against the same reading."""
        for action in actions:
            if isinstance(action, SetCell):
                self._row(action.position)[action.field] = action.new
            elif isinstance(action, SetRowId):
                self.positions[action.new] = action.position
        free = iter(free_columns(self.reading, len(self.schema.fields)))
        new: list[NewColumn] = []
        for action in actions:
            if isinstance(action, AddColumn):
                self._columns[action.field] = column = next(free)
                model = max(self.reading.found.columns.values())
                new.append(NewColumn(column, self.reading.found.header_row, action.header, model))
        cells = [edit for action in actions for edit in self._edits(action)]
        appended = [action for action in actions if isinstance(action, AppendRow)]
        filled, added, after = self._appended(appended)
        rest = appended[len(appended) - len(added) :]
        self.positions.update({action.row_id: row for row, action in enumerate(rest, start=after + 1)})
        found = self.reading.found
        span = sorted((*self._columns.values(), self._id_column))
        return SheetEdit(
            tab=self.reading.sheet.name,
            cells=(*cells, *filled),
            appended=tuple(added),
            after_row=after,
            header_row=found.header_row,
            table_end=max((row.position for row in self.reading.shown.rows), default=0),
            table_columns=(span[0], span[-1]),
            hidden_column=(
                new_id_column(self._id_column, found.header_row, self.lang) if found.id_column is None else None
            ),
            new_columns=tuple(new),
            closed_columns=tuple(self._closed([a.field for a in actions if isinstance(a, CloseColumn)])),
            public=_public_words(self.schema),
        )

    def _edits(self, action: SheetAction) -> Iterator[CellEdit]:
        if isinstance(action, SetCell):
            column = self._columns[action.field]
            expected = self._raw(action.position, action.field)
            new = self._content(action.field, action.new, self._row(action.position))
            yield CellEdit(action.position, column, new, expected, is_masking=is_mask(action.new))
        elif isinstance(action, SetRowId):
            yield CellEdit(
                action.position,
                self._id_column,
                PutText(action.new) if action.new else PutBlank(),
                self._raw_id(action.position),
            )
        elif isinstance(action, ClearRow):
            self.positions.pop(action.row_id, None)
            yield from self._cleared(action.position)

    def _cleared(self, row: int) -> Iterator[CellEdit]:
        """Blank the bound cells and the id; formulas go too, unless other cells live on them."""
        for name, column in self.reading.found.columns.items():
            raw = self._raw(row, name)
            if raw is not BLANK and not self._is_shared(row, column):
                yield CellEdit(row, column, PutBlank(), raw, over_formula=raw.formula is not None)
        raw = self._raw_id(row)
        if raw is not BLANK:
            yield CellEdit(row, self._id_column, PutBlank(), raw)

    def _is_shared(self, row: int, column: int) -> bool:
        """Say whether a cell is the master of a shared formula, or lies in an array formula or data table."""
        return any(
            (one.row, one.column) == (row, column) or (one.kind is not FormulaKind.SHARED and (row, column) in one.area)
            for one in self.workbook.formula_areas(self.reading.sheet)
        )

    def _row(self, row: int) -> dict[str, Cell]:
        """Give the cells of a row as they will be."""
        if row not in self._cells:
            shown = dict(zip(self.reading.found.columns, self._shown[row].cells, strict=True))
            self._cells[row] = {**dict.fromkeys(self._columns), **shown}
        return self._cells[row]

    def _raw(self, row: int, name: str) -> RawCell:
        return self.reading.raw(self._places[row], name) if name in self.reading.found.columns else BLANK

    def _raw_id(self, row: int) -> RawCell:
        return self.reading.raw_id(self._places[row])

    def _content(self, name: str, cell: Cell, row: Mapping[str, Cell]) -> CellContent:
        region = region_of(row.get(region_field(self.schema, name) or ""))
        value = spelling(cell, self._reader(name), self.lang, region)
        return content(value, date_1904=self.workbook.date_1904)

    def _reader(self, name: str) -> ColumnReader:
        return self.reading.shown.readers.get(name) or reader_of(self.schema, name, ())

    def _closed(self, fields: Sequence[str]) -> Iterator[ClosedColumn]:
        """Give the columns that close. Only a filter holds a range together whose header has a gap.

        Elsewhere the header becomes the name that Excel itself gives a column: a table object asks for one, and a range
        without a filter would end at the empty column, so that a sort left the ids behind it where they are.
        """
        found, head = self.reading.found, self.reading.head
        texts = {text.strip().casefold() for text in head.rows.get(found.header_row, {}).values()}
        word = "Column" if self.lang == "en" else "列"
        for name in fields:
            column = found.columns[name]
            is_in_table = any((found.header_row, column) in table.area for table in head.tables)
            if not is_in_table and head.filter_area is not None and (found.header_row, column) in head.filter_area:
                yield ClosedColumn(column, found.header_row, "")
                continue
            number = column - min(found.columns.values()) + 1
            while f"{word}{number}".casefold() in texts:
                number += len(texts)
            texts.add(f"{word}{number}".casefold())
            yield ClosedColumn(column, found.header_row, f"{word}{number}")

    def _new_row(self, action: AppendRow) -> dict[int, CellContent]:
        columns = self._columns
        cells = {
            columns[name]: self._content(name, cell, action.cells)
            for name, cell in action.cells.items()
            if name in columns and cell is not None
        }
        return {**cells, self._id_column: PutText(action.row_id)}

    def _appended(self, actions: Sequence[AppendRow]) -> tuple[list[CellEdit], list[AppendedRow], int]:
        """Place new rows below the last one that is shown.

        Rows there that hold only private cells or formulas filled down take a new row in, their formulas kept. A
        totals row ends the room: `UserError('columns.totals_in_the_way')`.
        """
        reading = self.reading
        row = max((one.position for one in reading.shown.rows), default=reading.found.first_row - 1)
        if not actions:
            return [], [], row
        used = self._used_below(row)
        filled: list[CellEdit] = []
        waiting = list(actions)
        while waiting and used and row < max(used):
            row += 1
            if row in reading.shown.repeated:
                continue
            if row in reading.shown.left_out:
                raise UserError(
                    "columns.totals_in_the_way",
                    file=self.workbook.file,
                    tab=reading.sheet.name,
                    row=row,
                    count=len(waiting),
                )
            there = used.get(row, {})
            action = waiting.pop(0)
            self.positions[action.row_id] = row
            for column, new in self._new_row(action).items():
                raw = there.get(column, BLANK)
                if raw.formula is None:
                    filled.append(CellEdit(row, column, new, raw))
        return filled, [AppendedRow(self._new_row(action)) for action in waiting], row

    def _used_below(self, row: int) -> dict[int, dict[int, RawCell]]:
        """Give the cells below a row, by row and column."""
        if self.reading.last_used <= row:
            return {}
        raw = self.workbook.raw
        return {
            number: {cell[0]: raw(*cell[1:]) for cell in cells}
            for number, _, cells in self.workbook.rows(self.reading.sheet)
            if number > row
        }


def free_columns(reading: TabReading, most: int) -> list[int]:
    """Give the columns in which new ones of the table would go, from left to right, as far as there is room."""
    found = reading.found
    if not found.columns:
        return []
    return columns_behind(
        reading.head, found.header_row, found.columns.values(), found.id_column, used=reading.used, most=most
    )


def _public_words(schema: TableSchema) -> frozenset[str]:
    """Give the words that the schema itself shows to anyone: choices and examples."""
    choices = (text for field in schema.fields for one in field.categories for text in (str(one.value), *one.texts))
    return frozenset((*choices, *(str(field.example) for field in schema.fields if field.example is not None)))
