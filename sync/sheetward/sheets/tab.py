"""One bound tab of a closed workbook, read: where its columns are now, and its rows with the raw cells they came from."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain
from typing import TypeAlias

from sheetward_schemas.model import TableSchema

from sheetward.cells import BLANK, RawCell
from sheetward.errors import UserError
from sheetward.ports.replica import Notice
from sheetward.sheets.columns import Found, find_again
from sheetward.sheets.content import CellDigest
from sheetward.sheets.found_rows import BoundArea, FoundRows, fits, found_rows
from sheetward.sheets.header_row import HeaderWords
from sheetward.sheets.layout import HEAD_ROWS, Head, TableObject
from sheetward.sheets.place import Place
from sheetward.sheets.tab_scan import TabScan
from sheetward.xlsx.areas import Area
from sheetward.xlsx.cell_value import CellTuple
from sheetward.xlsx.collection import collection_paused
from sheetward.xlsx.reader import RowCells, Stretch
from sheetward.xlsx.workbook import SheetInfo, Visibility, Workbook

Others: TypeAlias = Sequence[tuple[Place, TableSchema]]
"""The other bound tabs of a workbook: where they are and what they show."""


@dataclass(frozen=True)
class TabReading:
    """A tab as it was read.

    `last_used` is the last row of the tab that holds anything, `used` are the columns that do from the header down;
    `damaged` counts different cells that could not be read.
    """

    workbook: Workbook
    sheet: SheetInfo
    head: Head
    found: Found
    area: BoundArea
    id_cells: Sequence[CellTuple | None]
    shown: FoundRows
    damaged: int
    last_used: int
    used: AbstractSet[int]
    notices: tuple[Notice, ...]

    def raw_id(self, place: int) -> RawCell:
        """Give the raw id cell of the row with that place in `area.positions`."""
        cell = self.id_cells[place]
        return BLANK if cell is None else self.workbook.raw(*cell[1:])

    def raw(self, place: int, name: str) -> RawCell:
        """Give the raw cell of a field in the row with that place in `area.positions`."""
        return self.area.columns[name].raw(place)


def head_of(workbook: Workbook, sheet: SheetInfo, rows: Iterable[RowCells], *, with_layout: bool = True) -> Head:
    """Give the top of a tab as texts; without the layout, merged cells and the filter are left out."""
    layout = workbook.layout(sheet) if with_layout else None
    tables = tuple(
        TableObject(table.name, table.area, table.totals_rows > 0)
        for table in workbook.tables(sheet)
        if table.header_rows
    )
    return Head(
        workbook.file,
        sheet.name,
        {number: {cell[0]: cell[2] for cell in cells if cell[2].strip()} for number, _, cells in rows},
        layout.merged if layout else (),
        tables,
        layout.auto_filter if layout else None,
    )


def head_rows(rows: Iterator[RowCells]) -> tuple[list[RowCells], Iterator[RowCells]]:
    """Take the rows in which a header is looked for off a stream; give them and the whole stream."""
    taken: list[RowCells] = []
    for row in rows:
        taken.append(row)
        if row[0] >= HEAD_ROWS:
            break
    return taken, chain(taken, rows)


def find_tab(
    workbook: Workbook, place: Place, schema: TableSchema, others: Others = ()
) -> tuple[SheetInfo, tuple[Notice, ...]]:
    """Give the bound tab; a renamed one is known by its id column and header.

    `others` are the other bound tabs of the workbook: what is one of theirs, or could be, is not taken for this one.
    `UserError('workbook.no_tab')` where it is gone.
    """
    try:
        return workbook.sheet(place.tab), ()
    except UserError:
        names = {sheet.name for sheet in workbook.sheets}
        taken = {other.tab for other, _ in others}
        alike = [s for s in workbook.sheets if s.name not in taken and _bears_place(workbook, s, place, schema)]
        lost = [other for other in others if other[0].tab not in names]
        if len(alike) != 1 or any(_bears_place(workbook, alike[0], *other) for other in lost):
            raise
        return alike[0], (Notice("columns.tab_renamed", {"old": place.tab, "new": alike[0].name}),)


def _bears_place(workbook: Workbook, sheet: SheetInfo, place: Place, schema: TableSchema) -> bool:
    if sheet.visibility is Visibility.VERY_HIDDEN:
        return False
    top, _ = head_rows(workbook.rows(sheet))
    head = head_of(workbook, sheet, top, with_layout=False)
    found = find_again(head, place, HeaderWords(schema), lambda _name, _column: False)
    return found.id_column is not None and 2 * len(found.columns) >= len(place.headers)


def read_tab(workbook: Workbook, place: Place, schema: TableSchema, others: Others = ()) -> TabReading:
    """Read the bound tab in one pass over its rows."""
    return looked_at(workbook, place, schema, others).reading()


def looked_at(workbook: Workbook, place: Place, schema: TableSchema, others: Others = ()) -> TabContent:
    """Read the cells of the bound tab and digest them, without giving them a meaning yet. Errors as `find_tab`."""
    sheet, notices = find_tab(workbook, place, schema, others)
    digest = CellDigest(workbook.styles.codes)
    pieces: deque[RowCells | Stretch] = deque()
    with collection_paused():
        for piece in workbook.stretches(sheet):
            digest.take(piece)
            pieces.append(piece)
    layout = workbook.layout(sheet)
    # All that a reading is made of: cells, what lies around them, what the sheet is to be read as.
    parts = (
        sheet.name,
        notices,
        workbook.date_1904,
        layout,
        workbook.tables(sheet),
        place,
        schema,
        others,
        digest.hexdigest(),
    )
    mark = blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    top = _top(pieces)
    with_layout = any(area.first_row <= HEAD_ROWS for area in layout.merged)
    found = _find(workbook, sheet, place, schema, top, with_layout=with_layout)
    return TabContent(workbook, sheet, schema, notices, found, top, pieces, mark)


@dataclass(frozen=True)
class TabContent:
    """A tab whose cells were read and mean nothing yet; `mark` is the same wherever the reading would be.

    `pieces` are its rows, until they are given their meaning.
    """

    workbook: Workbook
    sheet: SheetInfo
    schema: TableSchema
    notices: tuple[Notice, ...]
    found: Found
    top: list[RowCells]
    pieces: deque[RowCells | Stretch]
    mark: str

    def reading(self) -> TabReading:
        """Give the cells their meaning, and let them go; once."""
        with collection_paused():
            return self._reading()

    def _reading(self) -> TabReading:
        workbook, sheet, found = self.workbook, self.sheet, self.found
        scan = TabScan(found)
        while self.pieces:
            scan.take(self.pieces.popleft())
        columns = dict(zip(found.columns, scan.coded(workbook), strict=True))
        merged = _merged(workbook.merged(sheet), found, scan.last_used)
        head = head_of(workbook, sheet, self.top)
        totals_row = _totals_row(head, found)
        area = BoundArea(scan.positions, scan.ids, scan.first_texts, columns, scan.hidden, merged, totals_row)
        shown = found_rows(area, self.schema, found.headers)
        return TabReading(
            workbook,
            sheet,
            head,
            found,
            area,
            scan.id_cells,
            shown,
            scan.damaged,
            scan.last_used,
            scan.used,
            self.notices,
        )


def _totals_row(head: Head, found: Found) -> int | None:
    """Give the totals row of the table object that the header belongs to."""
    for table in head.tables:
        if table.has_totals and table.area.first_row == found.header_row:
            return table.area.last_row
    return None


def _find(
    workbook: Workbook, sheet: SheetInfo, place: Place, schema: TableSchema, top: list[RowCells], *, with_layout: bool
) -> Found:
    def content_fits(name: str, column: int) -> bool:
        below = (row for row in top if row[0] > place.header_row)
        return fits(
            schema, name, (workbook.raw(*cell[1:]) for _, _, cells in below for cell in cells if cell[0] == column)
        )

    return find_again(head_of(workbook, sheet, top, with_layout=with_layout), place, HeaderWords(schema), content_fits)


def _top(pieces: Iterable[RowCells | Stretch]) -> list[RowCells]:
    """Give the rows in which a header is looked for."""
    rows = chain.from_iterable(piece.rows() if isinstance(piece, Stretch) else (piece,) for piece in pieces)
    return head_rows(rows)[0]


def _merged(merged: Iterable[Area], found: Found, last_used: int) -> Mapping[int, frozenset[str]]:
    """Give row to the fields whose cells there lie in a merged area and are not its anchor."""
    hidden: dict[int, set[str]] = {}
    for area in merged:
        if area.last_row < found.first_row or not found.header_row:
            continue
        names = [name for name, column in found.columns.items() if area.first_column <= column <= area.last_column]
        rows = range(max(area.first_row, found.first_row), min(area.last_row, last_used) + 1)
        for row in rows if names else ():
            hidden.setdefault(row, set()).update(
                name for name in names if (row, found.columns[name]) != (area.first_row, area.first_column)
            )
    return {row: frozenset(names) for row, names in hidden.items() if names}
