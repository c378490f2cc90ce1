"""A file read with a schema: which tab, which header, which rows; for the commands that need no workspace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sheetward_schemas import TableSchema

from sheetward.app.legacy_table import is_legacy, legacy_area, legacy_head
from sheetward.app.plain_table import OTHER_KINDS
from sheetward.app.schemas import guessed_schema
from sheetward.errors import UserError
from sheetward.plan.observation import Notice
from sheetward.sheets.columns import Found
from sheetward.sheets.csv import bound_area
from sheetward.sheets.csv_text import CsvText, parse_csv
from sheetward.sheets.found_rows import BoundArea, FoundRows, found_rows
from sheetward.sheets.layout import HEAD_ROWS, Head, Layout, find_layout
from sheetward.sheets.legacy import ENDINGS, read_legacy
from sheetward.sheets.own_list import is_own_list
from sheetward.sheets.place import Place
from sheetward.sheets.tab import head_of, head_rows, read_tab
from sheetward.xlsx.areas import column_letters
from sheetward.xlsx.closed import read_stable
from sheetward.xlsx.workbook import SheetInfo, Visibility, Workbook

_WORKBOOKS = {".xlsx", ".xlsm"}


@dataclass(frozen=True)
class FileReading:
    """One table of a file. `data` are the bytes that were read, `tab` is `None` for a CSV.

    `workbook` or `text` is the parsed file, one of the two; neither for an .xls, .xlsb or .ods, which is only read.
    """

    path: Path
    data: bytes
    tab: str | None
    schema: TableSchema
    layout: Layout
    area: BoundArea
    shown: FoundRows
    workbook: Workbook | None = None
    text: CsvText | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """Give the fields that have a column, in the sheet's order."""
        return tuple(self.area.columns)

    @property
    def addresses(self) -> Mapping[str, str]:
        """Give field to column letters."""
        return {name: column_letters(column) for name, column in self.layout.columns.items()}

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Give what was decided about the header, and which rows are no data."""
        return (*self.layout.notices, *self.shown.notices)


def bytes_of(path: Path) -> bytes:
    """Read a file. `UserError`: `file.missing`, `file.is_folder`, `file.unreadable`; `file.kind` for one that cannot be read yet."""
    if path.suffix.lower() in OTHER_KINDS and path.is_file():
        raise UserError(
            "file.kind", path=str(path), ending=path.suffix.lower(), known=sorted({*_WORKBOOKS, *ENDINGS, ".csv"})
        )
    return read_stable(path).data


def is_workbook(path: Path, data: bytes) -> bool:
    """Say whether a file is to be read as a workbook: by its name, or as the zip that it is."""
    return path.suffix.lower() in _WORKBOOKS or data[:4] in {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"}


def read_file(path: Path, schema: TableSchema | None = None, tab: str | None = None) -> FileReading:
    """Read one table of a file.

    Without a schema the header tells which bundled one it is; without a tab the first one that people see and that
    has a header is taken. `UserError`: `workbook.*`, `csv.*`, `layout.*`, `table.no_schema`.
    """
    data = bytes_of(path)
    if is_legacy(path, data):
        return _read_legacy(path, data, schema, tab)
    return _read_workbook(path, data, schema, tab) if is_workbook(path, data) else _read_csv(path, data, schema)


def _schema_of(head: Head, schema: TableSchema | None) -> TableSchema | None:
    if schema is not None:
        return schema
    guesses = (guessed_schema(texts.values()) for _, texts in sorted(head.rows.items()))
    return next((guess for guess in guesses if guess is not None), None)


def _read_csv(path: Path, data: bytes, schema: TableSchema | None) -> FileReading:
    text = parse_csv(data, path.name)
    head = Head(path.name, "", _csv_head(text))
    chosen = _schema_of(head, schema)
    if chosen is None or not head.rows:
        raise UserError("table.no_schema" if head.rows else "table.no_header", file=path.name, path=path.name)
    layout = find_layout(head, chosen)
    found = Found(layout.header_row, layout.first_row, layout.columns, layout.headers, layout.id_column, (), ())
    area = bound_area(text, found)
    return FileReading(path, data, None, chosen, layout, area, found_rows(area, chosen, layout.headers), text=text)


def _csv_head(text: CsvText) -> dict[int, dict[int, str]]:
    rows = {
        number: {column: cell for column, cell in enumerate(record.texts, 1) if cell.strip()}
        for number, record in enumerate(text.records[:HEAD_ROWS], 1)
    }
    return {number: texts for number, texts in rows.items() if texts}


def _read_workbook(path: Path, data: bytes, schema: TableSchema | None, tab: str | None) -> FileReading:
    workbook = Workbook.open(data, path.name)
    sheet, chosen, layout = _find_tab(workbook, schema, tab)
    place = Place(path.name, sheet.name, layout.header_row, layout.headers, layout.columns)
    reading = read_tab(workbook, place, chosen)
    return FileReading(path, data, sheet.name, chosen, layout, reading.area, reading.shown, workbook=workbook)


def _read_legacy(path: Path, data: bytes, schema: TableSchema | None, tab: str | None) -> FileReading:
    tabs = {entry.name: entry for entry in read_legacy(data, path.name, tab)}
    heads = (legacy_head(path.name, entry) for entry in tabs.values())
    head, chosen, layout = _first_table(path.name, heads, schema)
    area = legacy_area(tabs[head.tab], layout)
    return FileReading(path, data, head.tab, chosen, layout, area, found_rows(area, chosen, layout.headers))


def _find_tab(workbook: Workbook, schema: TableSchema | None, tab: str | None) -> tuple[SheetInfo, TableSchema, Layout]:
    seen = [sheet for sheet in workbook.sheets if sheet.visibility is Visibility.VISIBLE]
    chosen = [workbook.sheet(tab)] if tab else seen
    heads = (head_of(workbook, sheet, head_rows(workbook.rows(sheet))[0]) for sheet in chosen)
    tables = (head for head in heads if not is_own_list(head))
    head, schema, layout = _first_table(workbook.file, tables, schema)
    return workbook.sheet(head.tab), schema, layout


def _first_table(file: str, heads: Iterable[Head], schema: TableSchema | None) -> tuple[Head, TableSchema, Layout]:
    """Give the first tab in which a header is found; the trouble of the first one where there is none."""
    trouble: UserError | None = None
    for head in heads:
        chosen = _schema_of(head, schema)
        if chosen is None:
            code = "table.no_schema" if head.rows else "table.no_header"
            trouble = trouble or UserError(code, file=file, path=file)
            continue
        try:
            return head, chosen, find_layout(head, chosen)
        except UserError as problem:
            trouble = trouble or problem
    raise trouble or UserError("table.no_schema", file=file)
