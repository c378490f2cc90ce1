"""A sheet read whole from bytes at hand: bound columns and those that are its owner's alone, by their headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sheetward_schemas.model import Field, TableSchema

from sheetward.cells import Cell, RawCell, State, value_of
from sheetward.formats import column_reader
from sheetward.plan.observation import ShownRow
from sheetward.sheets.columns import Found
from sheetward.sheets.csv import found_in, raw_of
from sheetward.sheets.csv_text import parse_csv
from sheetward.sheets.fingerprint import fingerprint
from sheetward.sheets.place import Place
from sheetward.sheets.stamp import stamps
from sheetward.sheets.tab import read_tab
from sheetward.sheets.xlsx import read_stamps
from sheetward.table import Row, RowId
from sheetward.xlsx.areas import column_letters
from sheetward.xlsx.workbook import Workbook

_READER = column_reader(Field("value", type="any"))
"""Reads private cells: nobody said what they are."""


@dataclass(frozen=True, slots=True)
class WholeRow:
    """One row: its number in the sheet, its id (empty where it has none yet), its cells in the order of the columns."""

    position: int
    row_id: RowId
    cells: Row


@dataclass(frozen=True)
class WholeSheet:
    """All columns but the id column, each under its header as it stands (with its letters where that does not tell it apart).

    `fields` is field to column; the columns that are not there are private. `image` is the fingerprint of what is bound,
    `stamps` those that the workbook bears, by binding id.
    """

    columns: tuple[str, ...]
    fields: Mapping[str, str]
    rows: tuple[WholeRow, ...]
    image: str
    stamps: Mapping[str, str]

    @property
    def private(self) -> tuple[str, ...]:
        """Give the columns that are bound to no field."""
        return tuple(name for name in self.columns if name not in self.fields.values())


def whole_sheet(data: bytes, file: str, place: Place, schema: TableSchema) -> WholeSheet:
    """Read one sheet; a CSV is one whose place has no tab. `UserError`: `workbook.*`, `csv.*` where it cannot be read."""
    if not place.tab:
        text = parse_csv(data, file)
        found, shown = found_in(text, file, place, schema)
        raws: dict[int, dict[int, RawCell]] = {
            row.position: {n: raw_of(t) for n, t in enumerate(text.records[row.position - 1].texts, 1) if t}
            for row in shown.rows
        }
        head = text.records[found.header_row - 1].texts if found.header_row else ()
        return _whole(found, shown.rows, dict(enumerate(head, 1)), raws, {})
    workbook = Workbook.open(data, file)
    reading = read_tab(workbook, place, schema)
    bound = {row.position for row in reading.shown.rows}
    raws = {}
    headers: dict[int, str] = {}
    for number, _, cells in workbook.rows(reading.sheet):
        if number == reading.found.header_row:
            headers = {cell[0]: cell[2] for cell in cells}
        elif number in bound:
            raws[number] = {cell[0]: workbook.raw(cell[1], cell[2], cell[3], None) for cell in cells}
    return _whole(reading.found, reading.shown.rows, headers, raws, stamps(read_stamps(workbook)))


def _whole(
    found: Found,
    rows: Sequence[ShownRow],
    headers: Mapping[int, str],
    raws: Mapping[int, Mapping[int, RawCell]],
    borne: Mapping[str, str],
) -> WholeSheet:
    bound = {column: name for name, column in found.columns.items()}
    filled = {column for cells in raws.values() for column in cells}
    places = sorted(({*filled, *(c for c, text in headers.items() if text.strip())} | bound.keys()) - {found.id_column})
    names = _told_apart({column: headers.get(column, "").strip() for column in places})
    order = {name: at for at, name in enumerate(found.columns)}

    def cell(row: ShownRow, column: int) -> Cell:
        name = bound.get(column)
        return row.cells[order[name]] if name is not None else _meaning(raws[row.position].get(column))

    return WholeSheet(
        tuple(names.values()),
        {name: names[column] for name, column in found.columns.items()},
        tuple(WholeRow(r.position, RowId(r.row_id), tuple(cell(r, c) for c in places)) for r in rows),
        fingerprint(tuple(found.columns), rows),
        borne,
    )


def _told_apart(headers: Mapping[int, str]) -> dict[int, str]:
    """Give each column a name of its own: its header, with its letters where that is empty or stands there twice."""
    texts = list(headers.values())
    return {
        column: text if text and texts.count(text) == 1 else f"{text} [{column_letters(column)}]".strip()
        for column, text in headers.items()
    }


def _meaning(raw: RawCell | None) -> Cell:
    if raw is None:
        return None
    if raw.state is State.TEXT:
        return raw.text.strip() or None
    return value_of(_READER.read(raw).cell)
