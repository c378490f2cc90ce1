"""One bound tab of a closed workbook, read: where its columns are now, and its rows with the raw cells they came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from sheetward_schemas.model import TableSchema

from sheetward.cells import BLANK, RawCell, State
from sheetward.errors import UserError
from sheetward.ports.replica import Notice
from sheetward.sheets.canonical import CodedColumn
from sheetward.sheets.columns import Found, find_again
from sheetward.sheets.found_rows import BoundArea, FoundRows, fits, found_rows
from sheetward.sheets.header_row import HeaderWords
from sheetward.sheets.layout import HEAD_ROWS, Head, TableObject
from sheetward.sheets.place import Place
from sheetward.xlsx.areas import Area
from sheetward.xlsx.cell_value import BAD_BOOLEAN, BAD_DATE, BAD_NUMBER, BAD_STRING, BAD_STYLE, BAD_TYPE, CellTuple
from sheetward.xlsx.collection import collection_paused
from sheetward.xlsx.reader import RowCells
from sheetward.xlsx.workbook import SheetInfo, Visibility, Workbook

Others: TypeAlias = Sequence[tuple[Place, TableSchema]]
"""The other bound tabs of a workbook: where they are and what they show."""
_DAMAGED = frozenset({BAD_BOOLEAN, BAD_DATE, BAD_NUMBER, BAD_STRING, BAD_STYLE, BAD_TYPE})


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
    """Read the bound tab in one pass over its rows; a second one only where merged cells move the header."""
    with collection_paused():
        return _read_tab(workbook, place, schema, others)


def _read_tab(workbook: Workbook, place: Place, schema: TableSchema, others: Others) -> TabReading:
    sheet, notices = find_tab(workbook, place, schema, others)
    scan = _scanned(workbook, sheet, place, schema, with_layout=False)
    if any(area.first_row <= HEAD_ROWS for area in workbook.merged(sheet)):
        top, _ = head_rows(workbook.rows(sheet))
        if _find(workbook, sheet, place, schema, top, with_layout=True) != scan.found:
            scan = _scanned(workbook, sheet, place, schema, with_layout=True)
    found = scan.found
    columns = dict(zip(found.columns, scan.coded(workbook), strict=True))
    merged = _merged(workbook.merged(sheet), found, scan.last_used)
    head = head_of(workbook, sheet, scan.top)
    totals_row = _totals_row(head, found)
    area = BoundArea(scan.positions, scan.ids, scan.first_texts, columns, scan.hidden, merged, totals_row)
    shown = found_rows(area, schema, found.headers)
    return TabReading(
        workbook, sheet, head, found, area, scan.id_cells, shown, scan.damaged, scan.last_used, scan.used, notices
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


def _scanned(workbook: Workbook, sheet: SheetInfo, place: Place, schema: TableSchema, *, with_layout: bool) -> _Scan:
    top, rows = head_rows(workbook.rows(sheet))
    scan = _Scan(_find(workbook, sheet, place, schema, top, with_layout=with_layout), top)
    for row in rows:
        scan.take(row)
    return scan


class _Scan:
    """Bound cells picked out of a stream of rows, alike cells of a column kept once."""

    def __init__(self, found: Found, top: list[RowCells]) -> None:
        self.found = found
        self.top = top
        self.used: set[int] = set()
        self.positions: list[int] = []
        self.ids: list[str] = []
        self.first_texts: list[str] = []
        self.hidden: set[int] = set()
        self.damaged = 0
        self.last_used = 0
        self.id_cells: list[CellTuple | None] = []
        self._first_row = found.first_row if found.header_row else 1 << 30
        self._id_column = found.id_column
        self._known: list[dict[CellTuple, int]] = [{} for _ in found.columns]
        self._slots = {column: (place, self._known[place]) for place, column in enumerate(found.columns.values())}
        self._blank = [0] * len(found.columns)
        self._codes: list[list[int]] = []

    def take(self, row: RowCells) -> None:
        """Look at one row."""
        number, is_hidden, cells = row
        self.last_used = number
        if number < self._first_row:
            return
        slots = self._slots
        codes = self._blank[:]
        id_cell: CellTuple | None = None
        is_bound = False
        for cell in cells:
            slot = slots.get(cell[0])
            if slot is None:
                if cell[0] == self._id_column:
                    id_cell = cell
                else:
                    self.used.add(cell[0])
                continue
            place, known = slot
            code = known.get(cell)
            if code is None:
                code = known[cell] = len(known) + 1
                if cell[1] is State.ERROR and cell[2] in _DAMAGED:
                    self.damaged += 1
            codes[place] = code
            is_bound = True
        if not is_bound and id_cell is None:
            return
        row_id = id_cell[2].strip() if id_cell else ""
        self.positions.append(number)
        self.ids.append(row_id)
        self.id_cells.append(id_cell)
        self.first_texts.append("" if row_id else next((cell[2] for cell in cells if cell[2]), ""))
        if is_hidden:
            self.hidden.add(number)
        self._codes.append(codes)

    def coded(self, workbook: Workbook) -> list[CodedColumn]:
        """Give the bound columns, in the order of the fields."""
        columns = list(zip(*self._codes, strict=True)) or [()] * len(self._known)
        return [
            CodedColumn(codes, [BLANK, *(workbook.raw(*cell[1:]) for cell in known)])
            for codes, known in zip(columns, self._known, strict=True)
        ]


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
