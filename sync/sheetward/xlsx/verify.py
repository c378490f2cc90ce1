"""After writing, before anything is replaced: the changed cells are read again, everything else is compared raw."""

from __future__ import annotations

import datetime as dt
import io
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from itertools import chain
from typing import Final

from sheetward.cells import BLANK, RawCell, State, to_serial
from sheetward.errors import IntegrityError, TransientError, UserError
from sheetward.xlsx.areas import address
from sheetward.xlsx.cell_text import encoded
from sheetward.xlsx.cell_value import Meanings
from sheetward.xlsx.edits import (
    CellContent,
    CellEdit,
    PatchReport,
    PutBlank,
    PutBool,
    PutDate,
    PutFormula,
    PutNumber,
    PutText,
    SheetEdit,
)
from sheetward.xlsx.expected import ExpectedCells
from sheetward.xlsx.irregular import on_any
from sheetward.xlsx.package import Package
from sheetward.xlsx.parts import Book
from sheetward.xlsx.reader import RowReader
from sheetward.xlsx.row_cells import RowCells
from sheetward.xlsx.row_parse import parsed_rows
from sheetward.xlsx.sheet_scan import Piece, RowCounter, prefix_of, sheet_pieces
from sheetward.xlsx.texts import text_windows
from sheetward.xlsx.workbook import Workbook

SECOND_READER_UP_TO: Final = 6_000_000
"""Inflated bytes of patched tabs and shared strings that openpyxl is still asked to read: about two seconds."""


def verify(before: Package, after: Package, sheets: Sequence[SheetEdit], report: PatchReport) -> bool:
    """Check a patched workbook against the one it came from; say whether openpyxl, the second reader, looked too.

    It does not where it cannot read the original either, or where more than `SECOND_READER_UP_TO` bytes would be to read.
    `IntegrityError('patch.verify_failed')` names the place that is not as it should be; `UserError('patch.unsupported_xml')`
    where that is because a true parser refuses the original.
    """
    _check_members(before, after, report)
    suits = on_any(after, lambda readable: _check_all_cells(before, readable, sheets))
    return suits and _check_with_openpyxl(before, after, sheets)


def _check_all_cells(before: Package, after: Package, sheets: Sequence[SheetEdit]) -> bool:
    """Check the cells of all edits, and say whether openpyxl should look too."""
    book = Book(after)
    for sheet in sheets:
        try:
            _check_cells(book, sheet)
        except IntegrityError:
            _refuse_irregular(before, sheet)
            raise
    return _suits_openpyxl(book, sheets)


def _suits_openpyxl(book: Book, sheets: Sequence[SheetEdit]) -> bool:
    """Say whether openpyxl would be done soon, and would meet no document type in the parts that only it parses."""
    package = book.package
    parts = [book.tab(sheet.tab).part for sheet in sheets]
    strings = book.target("sharedStrings")
    if sum(package.member(part).size for part in (*parts, *filter(None, [strings]))) > SECOND_READER_UP_TO:
        return False
    try:
        for name in package.names:
            if name.startswith("docProps/") and name.endswith(".xml"):
                package.read_xml(name)
    except UserError:
        return False
    return True


def _failed(package: Package, place: str) -> IntegrityError:
    return IntegrityError("patch.verify_failed", file=package.file, place=place)


def _check_members(before: Package, after: Package, report: PatchReport) -> None:
    kept = [name for name in before.names if name not in report.removed]
    if list(after.names) != [*kept, *report.added]:
        raise _failed(after, "zip")
    for name in kept:
        if name not in report.replaced and before.raw(name) != after.raw(name):
            raise _failed(after, name)
    for name in (*report.replaced, *report.added):
        for _ in after.windows(name):  # length and CRC are checked on the way
            pass


def _written(sheet: SheetEdit) -> Iterator[CellEdit]:
    yield from sheet.cells
    for row, appended in enumerate(sheet.appended, start=sheet.after_row + 1):
        for column, content in appended.cells.items():
            yield CellEdit(row, column, content)


def _raw(content: CellContent) -> RawCell:
    match content:
        case PutText(text):
            return RawCell(State.TEXT, text)
        case PutNumber(text) | PutDate(text):
            return RawCell(State.NUMBER, text)
        case PutBool(value):
            return RawCell(State.BOOL, "1" if value else "0")
        case PutFormula():
            return RawCell(State.UNCACHED)
        case PutBlank():
            return BLANK


def _check_cells(book: Book, sheet: SheetEdit) -> None:
    cells = tuple(replace(one, expected=_raw(one.content)) for one in _written(sheet))
    expected = ExpectedCells(replace(sheet, cells=cells))
    rows = sorted({one.row for one in cells})
    part, seen = book.tab(sheet.tab).part, set[int]()
    counter, prefix = RowCounter(b"", part), b""
    try:
        for kind, data in sheet_pieces(book.package.windows(part), part):
            if kind is Piece.HEAD:
                prefix = prefix_of(data)
                counter = RowCounter(prefix, part)
            elif kind is Piece.ROWS:
                for span in counter.spans(data, rows):
                    cells_here = RowCells(data[span.start : span.end], span.number, prefix, part)
                    expected.look(span.number, cells_here, prefix)
                    seen.add(span.number)
        for row_number in rows:
            if row_number not in seen:
                expected.look(row_number, None, prefix)
        expected.check(book.package, book.target("sharedStrings"))
    except TransientError as difference:
        raise _failed(book.package, f"{sheet.tab}!{difference.facts.get('cell')}") from difference


def _refuse_irregular(package: Package, sheet: SheetEdit) -> None:
    """Refuse a tab that only patterns can read: a true parser says whether its markup makes sense at all."""
    workbook = Workbook(package)
    info = workbook.sheet(sheet.tab)
    meanings = Meanings(workbook.strings, workbook.styles, workbook.date_1904)
    try:
        for _ in parsed_rows(text_windows(package, info.part), RowReader(meanings, package.file, info.name)):
            pass
    except UserError as trouble:
        raise UserError("patch.unsupported_xml", part=info.part) from trouble


def _check_with_openpyxl(before: Package, after: Package, sheets: Sequence[SheetEdit]) -> bool:
    if not any(chain.from_iterable(_written(sheet) for sheet in sheets)):
        return False
    try:
        _compare_with_openpyxl(after, sheets)
    except IntegrityError:
        raise
    except Exception as trouble:  # openpyxl raises whatever it meets; what matters is whether the original was better
        if _reads_with_openpyxl(before, sheets):
            raise _failed(after, "openpyxl") from trouble
        return False
    return True


def _reads_with_openpyxl(package: Package, sheets: Sequence[SheetEdit]) -> bool:
    """Say whether openpyxl reads the rows of these tabs to their end, and not only opens the workbook."""
    from openpyxl import load_workbook

    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):  # it prints what it thinks of odd styles
        warnings.simplefilter("ignore")
        try:
            workbook = load_workbook(io.BytesIO(package.data), read_only=True)
            for sheet in sheets:
                for _ in workbook[sheet.tab].iter_rows(values_only=True):
                    pass
        except Exception:  # noqa: BLE001 - any failure on the original means that this reader cannot judge
            return False
    return True


def _compare_with_openpyxl(after: Package, sheets: Sequence[SheetEdit]) -> None:
    from openpyxl import load_workbook

    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):  # it prints what it thinks of odd styles
        warnings.simplefilter("ignore")
        workbook = load_workbook(io.BytesIO(after.data), read_only=True)
        for sheet in sheets:
            planned: dict[int, dict[int, CellContent]] = {}
            for one in _written(sheet):
                planned.setdefault(one.row, {})[one.column] = one.content
            if not planned:
                continue
            width = max(column for cells in planned.values() for column in cells)
            grid = workbook[sheet.tab].iter_rows(min_row=1, max_row=max(planned), max_col=width, values_only=True)
            for number, row in enumerate(grid, start=1):
                for column, content in planned.get(number, {}).items():
                    if not _means(row[column - 1] if column <= len(row) else None, content):
                        raise _failed(after, f"openpyxl {sheet.tab}!{address(number, column)}")
        workbook.close()


def _means(value: object, content: CellContent) -> bool:
    match content:
        case PutText(text):
            return (value or "") in {text, encoded(text)}
        case PutNumber(text) | PutDate(text):
            return _agrees(value, float(text))
        case PutBool(truth):
            return value is truth
        case PutFormula(text):
            return value == "=" + text.removeprefix("=").strip()
        case PutBlank():
            return value is None


def _agrees(value: object, number: float) -> bool:
    if isinstance(value, dt.datetime):
        return any(math.isclose(to_serial(value, date_1904=late), number, abs_tol=2e-5) for late in (False, True))
    if isinstance(value, dt.time):
        value = dt.timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    if isinstance(value, dt.timedelta):
        return math.isclose(value.total_seconds() / 86400, number, abs_tol=2e-5)
    return isinstance(value, int | float) and math.isclose(value, number, rel_tol=1e-14)
