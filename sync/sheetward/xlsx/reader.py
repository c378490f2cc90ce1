"""The rows of a sheet as a stream, with every state of a cell that a spreadsheet knows.

A row is `(number, is_hidden, cells)` and a cell `(column, state, text, style id, formula)`; rows and columns count from
1, cells without value and formula are left out, and so are rows without cells. A formula is `None` where there is none,
and the empty text where the cell takes part in one that is written elsewhere: a member of a shared formula, of an array
formula or spilled array, of a data table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice, repeat
from operator import lt
from typing import Final, TypeAlias

from sheetward.cells import State
from sheetward.errors import UserError
from sheetward.xlsx.areas import MAX_COLUMN, MAX_ROW, Area, area_or_none, column_number
from sheetward.xlsx.cell_value import CellMarkup, CellTuple, Meanings
from sheetward.xlsx.collection import collection_paused
from sheetward.xlsx.regular_rows import Band, RegularRows
from sheetward.xlsx.row_patterns import RowPatterns, attributes_of, covers, row_patterns
from sheetward.xlsx.sheet_text import Piece
from sheetward.xlsx.strings import joined, plain_text, unescaped
from sheetward.xlsx.texts import Irregular

RowCells: TypeAlias = "tuple[int, bool, list[CellTuple]]"
"""Row number, whether it is hidden, its cells by column."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows that follow each other, of like shape, each with a cell at least: their numbers, and their cells by column."""

    numbers: Sequence[int]
    is_hidden: bool
    band: Band

    def rows(self) -> Iterator[RowCells]:
        """Give the rows one by one."""
        return zip(self.numbers, repeat(self.is_hidden), self.band.rows())


MAX_CELLS: Final = 20_000_000

_ZERO_HEIGHT: Final = re.compile(r"""\szeroHeight\s*=\s*["'](?:1|true)["']""")


class FormulaKind(Enum):
    """Which formulas cover more than the cell they stand in."""

    SHARED = "shared"
    ARRAY = "array"
    """An array formula, and every dynamic (spilling) one."""
    DATA_TABLE = "dataTable"


@dataclass(frozen=True, slots=True)
class FormulaArea:
    """A formula that covers an area; its text stands in the master cell."""

    row: int
    column: int
    kind: FormulaKind
    area: Area


class _Columns(dict[str, int]):
    """Letters to column numbers, worked out once each; 0 for what lies outside the grid."""

    def __missing__(self, letters: str) -> int:
        try:
            number = column_number(letters)
        except ValueError:
            number = 0
        self[letters] = number
        return number


class _Styles(dict[str, "tuple[int, State | None]"]):
    """Style ids as written to the id and the state of a number under it; `None` for an id that is not there."""

    def __init__(self, meanings: Meanings) -> None:
        super().__init__()
        self._dates = meanings.styles.dates

    def __missing__(self, text: str) -> tuple[int, State | None]:
        style_id = int(text or 0)
        known = style_id < len(self._dates)
        state = None if not known else State.DATE if self._dates[style_id] else State.NUMBER
        self[text] = style_id, state
        return style_id, state


class RowReader:
    """Turns the markup of rows into tuples and keeps count of where it is. One for each pass over a sheet."""

    def __init__(self, meanings: Meanings, file: str, tab: str, *, hides_rows: bool = False) -> None:
        self.formula_areas: list[FormulaArea] = []
        self.row = 0
        self._meanings = meanings
        self._file = file
        self._tab = tab
        self._hides_rows = hides_rows
        self._cells = 0
        self._covered: list[Area] = []
        self._columns = _Columns()
        self._styles = _Styles(meanings)
        self._regular: RegularRows | None = None

    def scan(self, pieces: Iterable[tuple[Piece, str, str]], ends: dict[Piece, str]) -> Iterator[RowCells | Stretch]:
        """Read rows by patterns, fast, and put head and tail into `ends`. `Irregular` where a true parser must take over."""
        for kind, text, prefix in pieces:
            if kind is not Piece.ROWS:
                ends[kind] = text
                self._hides_rows = self._hides_rows or bool(_ZERO_HEIGHT.search(text))
            elif "<!" in text or "<?" in text:
                raise Irregular
            else:
                try:
                    yield from self._rows(text, prefix)
                except ValueError as trouble:
                    raise self.damaged() from trouble

    def damaged(self) -> UserError:
        """Give the error for a sheet whose markup makes no sense."""
        return UserError("workbook.damaged", file=self._file, part=self._tab)

    def _rows(self, text: str, prefix: str) -> Iterator[RowCells | Stretch]:
        """Read whole rows: the first ones cell by cell, and so those that are not as the first ones let expect."""
        patterns = row_patterns(prefix)
        if self._regular is None:
            self._regular = RegularRows(self._meanings, prefix)
            yield from self._one_by_one(text, patterns)
            self._regular.learn(text)
        elif not self._regular.pays:
            yield from self._one_by_one(text, patterns)
        else:
            with collection_paused():
                pieces = [*self._regular.read(text)]
            for piece in pieces:
                yield from self._one_by_one(piece, patterns) if isinstance(piece, str) else self._band(piece)

    def _band(self, band: Band) -> Iterator[RowCells | Stretch]:
        numbers = [*map(int, band.numbers)]
        if self._is_plain(band, numbers):
            self._count(sum(column.count for column in band.columns))
            self.row = numbers[-1]
            yield Stretch(numbers, self._hides_rows, band)
            return
        for number, attributes, cells in zip(band.numbers, band.attributes, band.rows(), strict=True):
            is_hidden = self.start_row({"r": number, **attributes_of(attributes)})
            if cells:
                yield self.finished_row(is_hidden, cells)

    def _is_plain(self, band: Band, numbers: list[int]) -> bool:
        """Say whether rows ascend inside the grid, each holds something and none says of itself whether it is hidden.

        And whether no array formula reaches into them.
        """
        if not any(column.is_full for column in band.columns):
            return False
        ascend = self.row < numbers[0] and numbers[-1] <= MAX_ROW and all(map(lt, numbers, islice(numbers, 1, None)))
        return ascend and not self._covered and not any("hidden" in one for one in set(band.attributes))

    def _one_by_one(self, text: str, patterns: RowPatterns) -> Iterator[RowCells]:
        at = 0
        while opened := patterns.row.match(text, at):
            at = opened.end()
            body = ""
            number, attributes, is_closed = opened.groups()
            if not is_closed:
                stop = text.find(patterns.row_end, at)
                closed = patterns.row_end_rest.match(text, stop + len(patterns.row_end)) if stop >= 0 else None
                if closed is None:
                    raise Irregular
                body = text[at:stop]
                at = closed.end()
            if number and "hidden" not in attributes:
                is_hidden = self._go_to(int(number))
            else:
                named = attributes_of(attributes)
                is_hidden = self.start_row({"r": number, **named} if number else named)
            if body:
                cells = self._scanned(body, patterns)
                if cells:
                    yield self.finished_row(is_hidden, cells)
        if text[at:].strip():
            raise Irregular

    def start_row(self, attributes: dict[str, str]) -> bool:
        """Go to the next row and say whether it is hidden; a row without a number follows the one before."""
        written = attributes.get("r")
        hides = self._go_to(int(written) if written else self.row + 1)
        hidden = attributes.get("hidden")
        return hides if hidden is None else hidden in ("1", "true")

    def _go_to(self, number: int) -> bool:
        if number > MAX_ROW:
            raise UserError("workbook.outside_grid", file=self._file, tab=self._tab, cell=f"A{number}")
        if number <= self.row:
            raise UserError("workbook.disordered", file=self._file, tab=self._tab, cell=f"A{number}")
        self.row = number
        return self._hides_rows

    def finished_row(self, is_hidden: bool, cells: list[CellTuple]) -> RowCells:  # noqa: FBT001 - the shape of a row
        """Give the row as a tuple, members of array formulas marked; `UserError('workbook.too_many_cells')`."""
        self._count(len(cells))
        if self._covered:
            self._covered = [area for area in self._covered if area.last_row >= self.row]
            for place, (column, state, text, style_id, formula) in enumerate(cells):
                if formula is None and any((self.row, column) in area for area in self._covered):
                    cells[place] = (column, state, text, style_id, "")
        return self.row, is_hidden, cells

    def _count(self, cells: int) -> None:
        self._cells += cells
        if self._cells > MAX_CELLS:
            raise UserError("workbook.too_many_cells", file=self._file, tab=self._tab, limit=MAX_CELLS)

    def _scanned(self, body: str, patterns: RowPatterns) -> list[CellTuple]:
        end = body.rfind(patterns.cell_end)
        if not patterns.closed_cells.fullmatch(body, end + len(patterns.cell_end) if end >= 0 else 0):
            raise Irregular  # and not the search for an end tag that does not come, from each cell on
        found = patterns.cell.findall(body)
        if len(found) != body.count(patterns.cell_start) and not covers(patterns, body):
            raise Irregular
        cells: list[CellTuple] = []
        add = cells.append
        strings, columns, styles = self._meanings.strings, self._columns, self._styles
        row = str(self.row)
        string_count = len(strings)
        text_state = State.TEXT
        plain_inline = patterns.plain_text.fullmatch
        last = 0
        for letters, digits, style, kind, number, other, rest, attributes, inner in found:
            if not letters:
                last = self._odd(attributes, inner, patterns, last, cells)
                continue
            column = columns[letters]
            if column <= last or digits != row:
                raise self._misplaced(letters, digits, column)
            last = column
            style_id, state = styles[style]
            if number:
                if kind == "s" and state and number.isdigit() and (index := int(number)) < string_count:
                    add((column, text_state, strings[index], style_id, None))
                    continue
                if state and (not kind or kind == "n"):
                    add((column, state, number, style_id, None))
                    continue
            elif not other and not rest:
                continue
            if kind == "inlineStr" and state and (plain := plain_inline(rest)):
                add((column, text_state, plain_text(plain[1]), style_id, None))
                continue
            if rest:
                markup = self._markup(rest, kind, style_id, patterns, column)
            else:
                markup = CellMarkup(kind, style_id, number or unescaped(other), None, None)
            settled = self._meanings.settle(markup)
            if settled:
                add((column, *settled, style_id, markup.formula))
        return cells

    def _misplaced(self, letters: str, digits: str, column: int) -> UserError:
        code = "workbook.disordered" if column else "workbook.outside_grid"
        return UserError(code, file=self._file, tab=self._tab, cell=letters[:7] + digits[:7])

    def _odd(self, attributes: str, inner: str, patterns: RowPatterns, last: int, cells: list[CellTuple]) -> int:
        """Read a cell whose attributes are not as Excel writes them, and give its column."""
        named = attributes_of(attributes)
        column = self.column_of(named.get("r"), last)
        markup = self._markup(inner, named.get("t", ""), int(named.get("s") or 0), patterns, column)
        self.add(cells, column, markup)
        return column

    def column_of(self, reference: str | None, last: int) -> int:
        """Give the column of a cell in the current row; one without a reference follows the one before."""
        if reference is None:
            if last >= MAX_COLUMN:
                raise UserError("workbook.outside_grid", file=self._file, tab=self._tab, cell=f"XFE{self.row}")
            return last + 1
        letters = reference.rstrip("0123456789")
        digits = reference[len(letters) :]
        if not letters.isascii() or not letters.isalpha() or not digits:
            raise self.damaged()
        column = self._columns[letters.upper()]
        if column <= last or int(digits) != self.row:
            raise self._misplaced(letters, digits, column)
        return column

    def add(self, cells: list[CellTuple], column: int, markup: CellMarkup) -> None:
        """Settle a cell and add it, unless it holds nothing."""
        settled = self._meanings.settle(markup)
        if settled:
            cells.append((column, *settled, markup.style_id, markup.formula))

    def _markup(self, inner: str, kind: str, style_id: int, patterns: RowPatterns, column: int) -> CellMarkup:
        inner = inner.partition(patterns.extension)[0]
        if inner.count(patterns.inline_start) > 1:
            raise Irregular
        inline = patterns.inline.search(inner)
        if inline:
            inner = inner[: inline.start()] + inner[inline.end() :]
        formula = patterns.formula.search(inner)
        value = patterns.value.search(inner)
        text: str | None = None
        if formula:
            text = unescaped(formula[2] or "")
            self.note_formula(attributes_of(formula[1]), column)
        return CellMarkup(
            kind,
            style_id,
            None if value is None or (value[1] is None and kind != "str") else unescaped(value[1] or ""),
            None if inline is None else joined(inline[1] or "", patterns.cell_start[1:-1]),
            text,
        )

    def note_formula(self, attributes: dict[str, str], column: int) -> None:
        """Remember a formula that covers an area; an area that cannot be read counts as the cell alone."""
        kind, reference = attributes.get("t"), attributes.get("ref")
        if kind not in ("shared", "array", "dataTable") or not reference:
            return
        here = Area(self.row, column, self.row, column)
        covered = FormulaArea(self.row, column, FormulaKind(kind), area_or_none(reference) or here)
        self.formula_areas.append(covered)
        if covered.kind is not FormulaKind.SHARED and covered.area != here:
            self._covered.append(covered.area)
