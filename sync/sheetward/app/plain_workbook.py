"""A tab of a workbook as a plain table, without a schema; and a plain table as a workbook."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from sheetward_schemas import Field
from sheetward_templates.quality_workbook import RESULT_CATEGORY

from sheetward.app.plain_table import PlainTable, check_columns
from sheetward.cells import Cell, RawCell, State, plain_text, value_of
from sheetward.errors import UserError
from sheetward.formats import column_reader
from sheetward.xlsx.workbook import Visibility, Workbook

_READER = column_reader(Field("value", type="any"))


def read_workbook(path: Path, tab: str | None) -> PlainTable:
    """Read one tab: the named one, else the first that people see and that holds something.

    The header is the first row with at least two filled cells and as many as most rows (a title above it has fewer); columns
    without a header are left out. `UserError`: `workbook.*`, `table.no_header`, `table.repeated_column`.
    """
    book = Workbook.open(path.read_bytes(), path.name)
    shown = [sheet for sheet in book.sheets if sheet.visibility is Visibility.VISIBLE]
    for sheet in [book.sheet(tab)] if tab else shown:
        lines: list[dict[int, Cell]] = []
        for _, _, cells in book.rows(sheet):
            line = _line((cell[0], book.raw(cell[1], cell[2], cell[3], None)) for cell in cells)
            if line:
                lines.append(line)
        if lines:
            return _table(path, lines)
    raise UserError("table.no_header", path=str(path))


def read_other_workbook(path: Path, tab: str | None) -> PlainTable:
    """Read one tab of an .xls, .xlsb or .ods as `read_workbook` does; `UserError`: `legacy.*` too."""
    from sheetward.app.legacy_table import is_legacy
    from sheetward.sheets.legacy import read_legacy

    data = path.read_bytes()
    if not is_legacy(path, data):
        return read_workbook(path, tab)
    for found in read_legacy(data, path.name, tab):
        lines = [line for _, cells in found.rows if (line := _line(cells.items()))]
        if lines:
            return _table(path, lines)
    raise UserError("table.no_header", path=str(path))


def _line(cells: Iterable[tuple[int, RawCell]]) -> dict[int, Cell]:
    return {column: value for column, raw in cells if (value := _meaning(raw)) is not None}


def _meaning(raw: RawCell) -> Cell:
    if raw.state is State.TEXT:
        return raw.text.strip() or None
    return value_of(_READER.read(raw).cell)


def _header_place(lines: Sequence[dict[int, Cell]]) -> int:
    """Give the place of the first line that is nearly as wide as the widest and made of texts."""
    widest = max(len(line) for line in lines)
    for place, line in enumerate(lines):
        if 2 * len(line) > widest and all(isinstance(cell, str) for cell in line.values()):
            return place
    return 0


def _table(path: Path, lines: Sequence[dict[int, Cell]]) -> PlainTable:
    start = _header_place(lines)
    header = {column: plain_text(value_of(cell)) for column, cell in sorted(lines[start].items())}
    names = tuple(header.values())
    check_columns(path, names)
    rows = [tuple(line.get(column) for column in header) for line in lines[start + 1 :]]
    return PlainTable(str(path), names, tuple(row for row in rows if any(cell is not None for cell in row)))


def as_workbook(table: PlainTable, tab: str = "Sheet1") -> bytes:
    """Make a workbook with one tab: a frozen header, texts as text, so that leading zeros stay."""
    import datetime as dt
    from decimal import Decimal

    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False})
    book.set_properties({"category": RESULT_CATEGORY})
    sheet = book.add_worksheet(tab)
    bold = book.add_format({"bold": True, "bottom": 1})
    text, day = book.add_format({"num_format": "@"}), book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for column, name in enumerate(table.columns):
        sheet.write_string(0, column, name, bold)
    for place, row in enumerate(table.rows, start=1):
        for column, cell in enumerate(row):
            value = value_of(cell)
            if isinstance(value, bool):
                sheet.write_boolean(place, column, value)
            elif isinstance(value, Decimal):
                sheet.write_number(place, column, float(value))
            elif isinstance(value, dt.datetime):
                sheet.write_datetime(place, column, value.replace(tzinfo=None), moment)
            elif isinstance(value, dt.date):
                sheet.write_datetime(place, column, dt.datetime.combine(value, dt.time()), day)
            elif value is not None:
                sheet.write_string(place, column, value, text)
    sheet.freeze_panes(1, 0)
    book.close()
    return buffer.getvalue()
