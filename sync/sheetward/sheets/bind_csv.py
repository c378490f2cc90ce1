"""A CSV file bound to a table, and set free again: the visible id column comes and goes."""

from __future__ import annotations

from collections.abc import Mapping

from sheetward_schemas.model import TableSchema

from sheetward.plan.observation import Notice
from sheetward.sheets.binding import BindingPlan, Holds, planned
from sheetward.sheets.csv import CsvSheet, csv_head, rewritten
from sheetward.sheets.csv_text import parse_csv
from sheetward.sheets.file import SheetFile
from sheetward.sheets.layout import find_layout
from sheetward.sheets.place import Place
from sheetward.xlsx.areas import column_letters


def plan_csv(
    file: SheetFile,
    schema: TableSchema,
    holds: Holds,
    *,
    name: str,
    table: str,
    path: str,
    mapping: Mapping[str, str] | None = None,
    header_row: int | None = None,
) -> BindingPlan:
    """Say what binding would do; nothing is written. `UserError`: `layout.*`, `csv.*`, `file.*`."""
    text = parse_csv(file.read().data, file.name)
    layout = find_layout(csv_head(text, file.name), schema, mapping=mapping, header_row=header_row)
    place = Place(path, "", layout.header_row, layout.headers, layout.columns)
    observed = CsvSheet(file, place, schema).observe()
    column = layout.id_column or text.width(layout.header_row - 1) + 1
    letters = column_letters(column)
    code = "bind.id_column_found" if layout.id_column else "bind.id_column_visible"
    notice = Notice(code, {"column": letters})
    return planned(name, table, place, layout, observed, holds(observed), id_column=letters, notices=(notice,))


def bind_csv(
    file: SheetFile, schema: TableSchema, plan: BindingPlan, *, keeps_ids: bool = False, renumbers: str | None = None
) -> str:
    """Write the header of the id column; give the SHA-256 of the file then.

    Ids of an earlier binding are taken away unless `keeps_ids`; `renumbers` names a field whose cells are blanked.
    """
    image = file.read()
    text = parse_csv(image.data, file.name)
    layout = find_layout(csv_head(text, file.name), schema, mapping=_mapping(plan), header_row=plan.place.header_row)
    row = layout.header_row - 1
    edits: dict[int, dict[int, str]] = {}
    if layout.id_column is None:
        edits[row] = {text.width(row): plan.place.id_header}
    blank = [] if keeps_ids or layout.id_column is None else [layout.id_column - 1]
    if renumbers is not None and renumbers in layout.columns:
        blank.append(layout.columns[renumbers] - 1)
    for index, record in enumerate(text.records[layout.first_row - 1 :], layout.first_row - 1):
        filled = {place: "" for place in blank if place < len(record.texts) and record.texts[place]}
        if filled:
            edits[index] = filled
    return rewritten(file, text.changed(edits, (), row), image.sha256)


def unbind_csv(file: SheetFile, place: Place) -> str:
    """Take the id column away again; give the SHA-256 of the file then."""
    image = file.read()
    text = parse_csv(image.data, file.name)
    columns = {
        column - 1
        for texts in csv_head(text, file.name).rows.values()
        for column, cell in texts.items()
        if cell.strip() == place.id_header
    }
    if not columns:
        return image.sha256
    return rewritten(file, text.without_field(max(columns)), image.sha256)


def _mapping(plan: BindingPlan) -> Mapping[str, str]:
    return {header.strip(): field for header, field in plan.mapping}
