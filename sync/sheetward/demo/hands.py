"""What people do to their workbooks between two syncs: type into cells, clear rows. Nothing else in the file changes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from sheetward.app.plain_table import replace_file
from sheetward.app.reading import FileReading, read_file
from sheetward.app.schemas import load
from sheetward.cells import plain_text, value_of
from sheetward.demo.company import Company
from sheetward.plan.observation import ShownRow
from sheetward.xlsx.areas import column_letters
from sheetward.xlsx.edits import CellEdit, PutBlank, PutText, SheetEdit
from sheetward.xlsx.package import Package
from sheetward.xlsx.patch import patch

SCHEMAS = {"customers": "customer", "orders": "order", "payments": "payment"}


def look_at(company: Company, sheet: str) -> FileReading:
    """Read a sheet as it stands in its workbook."""
    book = company.book(sheet)
    return read_file(company.path(sheet), load(SCHEMAS[book.table]), book.tab)


def rows_by_key(reading: FileReading) -> dict[str, ShownRow]:
    """Give the rows of a sheet by their business key, the first of equals."""
    place = reading.fields.index(reading.schema.business_key or "")
    found: dict[str, ShownRow] = {}
    for row in reading.shown.rows:
        found.setdefault(plain_text(value_of(row.cells[place])), row)
    return found


def shown(company: Company, sheet: str, key: str, field: str) -> str:
    """Give what a cell of a sheet holds."""
    reading = look_at(company, sheet)
    return plain_text(value_of(rows_by_key(reading)[key].cells[reading.fields.index(field)]))


def type_in(company: Company, sheet: str, edits: Mapping[tuple[str, str], str]) -> list[str]:
    """Type texts into cells, named by key and field, and save the workbook; give the cells' addresses."""
    reading = look_at(company, sheet)
    rows = rows_by_key(reading)
    columns = reading.layout.columns
    cells = [CellEdit(rows[key].position, columns[field], PutText(text)) for (key, field), text in edits.items()]
    _save(company.path(sheet), reading, cells)
    return [f"{column_letters(cell.column)}{cell.row}" for cell in cells]


def clear_rows(company: Company, sheet: str, keys: Iterable[str]) -> None:
    """Delete rows as people do it: everything in them is cleared, the hidden id with it."""
    reading = look_at(company, sheet)
    rows = rows_by_key(reading)
    columns = [*reading.layout.columns.values(), *([reading.layout.id_column] if reading.layout.id_column else [])]
    _save(
        company.path(sheet),
        reading,
        [CellEdit(rows[key].position, column, PutBlank()) for key in keys for column in columns],
    )


def _save(path: Path, reading: FileReading, edits: Iterable[CellEdit]) -> None:
    buffer = io.BytesIO()
    patch(Package(reading.data, path.name), [SheetEdit(reading.tab or "", tuple(edits))], None, buffer)
    replace_file(path, buffer.getvalue())
