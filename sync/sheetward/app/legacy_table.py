"""One table of an .xls, .xlsb or .ods, found and read as one of a workbook is; for reading only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sheetward.cells import BLANK, RawCell
from sheetward.errors import UserError
from sheetward.sheets.canonical import CodedColumn
from sheetward.sheets.found_rows import BoundArea
from sheetward.sheets.layout import HEAD_ROWS, Head, Layout
from sheetward.sheets.legacy import ENDINGS, LegacyTab, is_modern


def is_legacy(path: Path, data: bytes) -> bool:
    """Say whether a file is read through the other library: by its name, unless it is an .xlsx inside."""
    return path.suffix.lower() in ENDINGS and not is_modern(data, path.name)


def check_writes(path: Path) -> None:
    """Refuse to write into a file of a kind that is only read. `UserError('legacy.only_read')`."""
    if path.suffix.lower() in ENDINGS:
        raise UserError("legacy.only_read", file=path.name, ending=path.suffix.lower())


def legacy_head(file: str, tab: LegacyTab) -> Head:
    """Give the top of a tab as texts."""
    rows = {
        number: {column: cell.text for column, cell in cells.items() if cell.text.strip()}
        for number, cells in tab.rows
        if number <= HEAD_ROWS
    }
    return Head(file, tab.name, rows, tab.merged)


def legacy_area(tab: LegacyTab, layout: Layout) -> BoundArea:
    """Give the bound cells below the header."""
    area = BoundArea([], [], [], {})
    columns = tuple(layout.columns.values())
    lines: list[tuple[RawCell, ...]] = []
    for number, cells in tab.rows:
        row_id = cells[layout.id_column].text.strip() if layout.id_column in cells else ""
        if number < layout.first_row or not (row_id or any(column in cells for column in columns)):
            continue
        area.positions.append(number)
        area.ids.append(row_id)
        area.first_texts.append("" if row_id else next((cell.text for cell in cells.values() if cell.text), ""))
        lines.append(tuple(cells.get(column, BLANK) for column in columns))
    by_column = zip(*lines, strict=True) if lines else ((),) * len(columns)
    area.columns = {name: _coded(raws) for name, raws in zip(layout.columns, by_column, strict=True)}
    return area


def _coded(raws: Sequence[RawCell]) -> CodedColumn:
    codes: dict[RawCell, int] = {BLANK: 0}
    column = [codes.setdefault(raw, len(codes)) for raw in raws]
    return CodedColumn(column, list(codes))
