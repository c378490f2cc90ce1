"""The bound cells of a tab, picked out of its rows in one pass: raw, with their rows, ids and hiddenness."""

from __future__ import annotations

from sheetward.cells import BLANK, State
from sheetward.sheets.canonical import CodedColumn
from sheetward.sheets.columns import Found
from sheetward.xlsx.cell_value import BAD_BOOLEAN, BAD_DATE, BAD_NUMBER, BAD_STRING, BAD_STYLE, BAD_TYPE, CellTuple
from sheetward.xlsx.reader import RowCells, Stretch
from sheetward.xlsx.regular_rows import AlikeCells, MixedCells
from sheetward.xlsx.workbook import Workbook

_DAMAGED = frozenset({BAD_BOOLEAN, BAD_DATE, BAD_NUMBER, BAD_STRING, BAD_STYLE, BAD_TYPE})


class TabScan:
    """Bound cells picked out of a stream of rows, alike cells of a column kept once."""

    def __init__(self, found: Found) -> None:
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
        self._alike: list[dict[tuple[State, int], dict[str | None, int]]] = [{} for _ in found.columns]
        self._places = {column: place for place, column in enumerate(found.columns.values())}
        self._codes: list[list[int]] = [[] for _ in found.columns]

    def take(self, piece: RowCells | Stretch) -> None:
        """Look at more rows."""
        if not isinstance(piece, Stretch):
            self._row(piece)
        elif piece.numbers[0] < self._first_row or not self._stretch(piece):
            for row in piece.rows():
                self._row(row)

    def _row(self, row: RowCells) -> None:
        number, is_hidden, cells = row
        self.last_used = number
        if number < self._first_row:
            return
        places = self._places
        codes = [0] * len(places)
        id_cell: CellTuple | None = None
        is_bound = False
        for cell in cells:
            place = places.get(cell[0])
            if place is None:
                if cell[0] == self._id_column:
                    id_cell = cell
                else:
                    self.used.add(cell[0])
                continue
            codes[place] = self._code(place, cell)
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
        for column, code in zip(self._codes, codes, strict=True):
            column.append(code)

    def _code(self, place: int, cell: CellTuple | None) -> int:
        if cell is None:
            return 0
        known = self._known[place]
        code = known.get(cell)
        if code is None:
            code = known[cell] = len(known) + 1
            if cell[1] is State.ERROR and cell[2] in _DAMAGED:
                self.damaged += 1
        return code

    def _stretch(self, stretch: Stretch) -> bool:
        """Look at rows of like shape, and say whether that was possible: each bears an id, or begins with a text."""
        columns = {column.column: column for column in stretch.band.columns}
        own = columns.get(self._id_column or 0)
        first = stretch.band.columns[0]
        if own is not None and own.is_full:
            cells: list[CellTuple | None] = [*own.cells()]
            ids = [cell[2].strip() if cell else "" for cell in cells]
            firsts = [""] * len(ids)
            if not all(ids):
                return False
        elif own is None and first.is_full and isinstance(first, AlikeCells) and all(first.texts):
            if not any(column.is_full for number, column in columns.items() if number in self._places):
                return False
            cells = [None] * len(stretch.numbers)
            ids = [""] * len(stretch.numbers)
            firsts = [text or "" for text in first.texts]
        else:
            return False
        self.last_used = stretch.numbers[-1]
        self.positions += stretch.numbers
        self.ids += ids
        self.id_cells += cells
        self.first_texts += firsts
        if stretch.is_hidden:
            self.hidden.update(stretch.numbers)
        others = columns.keys() - self._places.keys() - {self._id_column}
        self.used.update(number for number in others if columns[number].count)
        for number, place in self._places.items():
            column = columns.get(number)
            self._codes[place] += [0] * len(ids) if column is None else self._coded(place, column)
        return True

    def _coded(self, place: int, column: AlikeCells | MixedCells) -> list[int]:
        if isinstance(column, MixedCells) or column.formulas is not None or column.state is State.ERROR:
            return [self._code(place, cell) for cell in column.cells()]
        state, style_id = column.state, column.style_id
        codes = self._alike[place].setdefault((state, style_id), {None: 0})
        known = self._known[place]
        for text in dict.fromkeys(column.texts):
            if text is not None and text not in codes:
                cell = (column.column, state, text, style_id, None)
                codes[text] = known.setdefault(cell, len(known) + 1)
        return [*map(codes.__getitem__, column.texts)]

    def coded(self, workbook: Workbook) -> list[CodedColumn]:
        """Give the bound columns, in the order of the fields."""
        return [
            CodedColumn(codes, [BLANK, *(workbook.raw(*cell[1:]) for cell in known)])
            for codes, known in zip(self._codes, self._known, strict=True)
        ]
