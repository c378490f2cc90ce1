"""A tab of a workbook bound to a table, and set free again: the hidden id column and the stamp come and go."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from sheetward_schemas.model import TableSchema

from sheetward.cells import BLANK
from sheetward.errors import GuardError, UserError
from sheetward.messages import Lang
from sheetward.plan.observation import Notice
from sheetward.sheets.binding import BindingPlan, Holds, planned
from sheetward.sheets.file import SheetFile
from sheetward.sheets.id_column import id_place, new_id_column
from sheetward.sheets.layout import Head, Layout, find_layout
from sheetward.sheets.own_list import is_own_list
from sheetward.sheets.place import Place
from sheetward.sheets.settle_tab import page_of, read_settle_tab
from sheetward.sheets.stamp import StampRows, listed, stamps, with_list, with_stamp, without_stamp
from sheetward.sheets.tab import TabReading, head_of, head_rows, read_tab
from sheetward.sheets.xlsx import XlsxBook, XlsxSheet, patched, read_stamps
from sheetward.xlsx.areas import column_letters
from sheetward.xlsx.edits import (
    CellEdit,
    Marks,
    PageEdit,
    PutBlank,
    RemovedColumn,
    RemovedTab,
    SheetEdit,
    StampTab,
    TabEdit,
)
from sheetward.xlsx.workbook import SheetInfo, Visibility, Workbook

_FILLED: Final = {"queryTable": "bind.query_table", "xml": "bind.xml_map"}
"""Kind of a table object that another source fills to the refusal."""


def plan_xlsx(
    file: SheetFile,
    schema: TableSchema,
    holds: Holds,
    *,
    name: str,
    table: str,
    path: str,
    tab: str | None = None,
    mapping: Mapping[str, str] | None = None,
    header_row: int | None = None,
    anew: bool = False,
    known: Collection[str] = (),
) -> BindingPlan:
    """Say what binding would do; nothing is written.

    `path` is the file as the workspace writes it. `mapping` is header text to field. `known` are the ids of the other
    bindings of this very file. `GuardError('bind.copied')` where the workbook bears any other stamp and is not bound
    `anew`; `UserError`: `layout.*`, `workbook.*`, `bind.which_tab`, and `bind.query_table` or `bind.xml_map` where
    another source fills the table.
    """
    workbook = Workbook.open(file.read().data, file.name)
    other = sorted(set(stamps(read_stamps(workbook))) - set(known))
    if other and not anew:
        raise GuardError("bind.copied", file=file.name, bindings=other)
    sheet, head, layout = _found(workbook, schema, tab, mapping, header_row)
    _refuse_filled(workbook, sheet, layout)
    place = Place(path, sheet.name, layout.header_row, layout.headers, layout.columns)
    sheet_now = XlsxSheet(XlsxBook(file), "", place, schema)
    observed = sheet_now.observe()
    column, notice = _id_column(head, layout, sheet_now.reading().used)
    return planned(
        name,
        table,
        place,
        layout,
        observed,
        holds(observed),
        id_column=column_letters(column),
        other_stamps=other,
        notices=(notice,),
    )


def bind_xlsx(
    file: SheetFile,
    schema: TableSchema,
    plan: BindingPlan,
    *,
    binding: str,
    stamp: str,
    lang: str,
    keeps_ids: bool = False,
    renumbers: str | None = None,
) -> str:
    """Write the id column and the stamp of a planned binding; give the SHA-256 of the file then.

    Ids of an earlier binding are taken away unless `keeps_ids`; `renumbers` names a field whose cells are blanked, so
    that the store gives new numbers. Rows travel at the next sync.
    """
    image = file.read()
    workbook = Workbook.open(image.data, file.name)
    reading = read_tab(workbook, plan.place, schema)
    found = reading.found
    if not found.header_row:
        raise UserError("layout.no_header", file=file.name, tab=plan.place.tab)
    cells = [] if keeps_ids else _ids_taken_away(reading)
    if renumbers is not None and renumbers in found.columns:
        cells += _blanked(reading, renumbers)
    hidden = None
    if found.id_column is None:
        column = id_place(reading.head, found.header_row, found.columns.values(), reading.used).column
        hidden = new_id_column(column, found.header_row, lang)
    rows = read_stamps(workbook)
    for other in plan.other_stamps:
        rows = without_stamp(rows, other)
    edit = SheetEdit(reading.sheet.name, tuple(cells), header_row=found.header_row, hidden_column=hidden)
    return patched(file, workbook.package, image.sha256, [edit], StampTab(with_stamp(rows, binding, stamp)))


def unbind_xlsx(file: SheetFile, schema: TableSchema, place: Place, *, binding: str, lang: Lang = "zh") -> str:
    """Take the id column, the stamp, the marks and the lines of what waits away again; give the SHA-256 of the file then."""
    image = file.read()
    workbook = Workbook.open(image.data, file.name)
    edits: list[SheetEdit] = []
    if any(sheet.name == place.tab for sheet in workbook.sheets):
        reading = read_tab(workbook, place, schema)
        marks = Marks({}) if workbook.layout(reading.sheet).marks else None
        if reading.found.id_column is not None:
            removed = RemovedColumn(reading.found.id_column, reading.found.header_row)
            edits = [
                SheetEdit(reading.sheet.name, header_row=reading.found.header_row, removed_column=removed, marks=marks)
            ]
    rows = read_stamps(workbook)
    page = _lines_taken_away(workbook, rows, binding, lang)
    tab = _stamp_taken_away(with_list(rows, None) if isinstance(page, RemovedTab) else rows, binding)
    if not edits and tab is None and page is None:
        return image.sha256
    return patched(file, workbook.package, image.sha256, edits, tab, pages=() if page is None else (page,))


def _lines_taken_away(workbook: Workbook, rows: StampRows, binding: str, lang: Lang) -> PageEdit:
    """Give the list of what waits without a sheet's lines; with the last bound sheet it goes altogether."""
    old = read_settle_tab(workbook, listed(rows))
    if old.name is None or binding not in stamps(rows):
        return None
    if len(stamps(rows)) == 1:
        return RemovedTab(old.name)
    kept = tuple(line for line in old.lines if line.binding != binding)
    return None if len(kept) == len(old.lines) else page_of(old.name, kept, lang)


def _stamp_taken_away(rows: StampRows, binding: str) -> TabEdit:
    if binding not in stamps(rows):
        return None
    rest = without_stamp(rows, binding)
    return StampTab(rest) if rest else RemovedTab()


def _found(
    workbook: Workbook, schema: TableSchema, tab: str | None, mapping: Mapping[str, str] | None, header_row: int | None
) -> tuple[SheetInfo, Head, Layout]:
    """Find the table on the named tab, or on the one visible tab that fits best."""
    if tab is not None:
        sheet = workbook.sheet(tab)
        head = _head(workbook, sheet)
        return sheet, head, find_layout(head, schema, mapping=mapping, header_row=header_row)
    shown = [sheet for sheet in workbook.sheets if sheet.visibility is Visibility.VISIBLE]
    fitting: list[tuple[SheetInfo, Head, Layout]] = []
    trouble: UserError | None = None
    for sheet in shown:
        head = _head(workbook, sheet)
        if is_own_list(head):
            continue
        try:
            fitting.append((sheet, head, find_layout(head, schema, mapping=mapping, header_row=header_row)))
        except UserError as problem:
            trouble = trouble or problem
    if not fitting:
        raise trouble or UserError("layout.no_header", file=workbook.file, tab="")
    most = max(len(layout.columns) for _, _, layout in fitting)
    best = [one for one in fitting if len(one[2].columns) == most]
    if len(best) > 1:
        raise UserError("bind.which_tab", file=workbook.file, tabs=[sheet.name for sheet, _, _ in best])
    return best[0]


def _refuse_filled(workbook: Workbook, sheet: SheetInfo, layout: Layout) -> None:
    """Refuse a table object whose cells come from a query or an XML map: what is written there is lost at a refresh."""
    cells = [(layout.header_row, column) for column in layout.columns.values()]
    for table in workbook.tables(sheet):
        code = _FILLED.get(table.kind)
        if code is not None and any(cell in table.area for cell in cells):
            raise UserError(code, file=workbook.file, tab=sheet.name, table=table.name)


def _head(workbook: Workbook, sheet: SheetInfo) -> Head:
    top, _ = head_rows(workbook.rows(sheet))
    return head_of(workbook, sheet, top)


def _id_column(head: Head, layout: Layout, used: Collection[int]) -> tuple[int, Notice]:
    if layout.id_column is not None:
        column, code = layout.id_column, "bind.id_column_found"
    else:
        place = id_place(head, layout.header_row, layout.columns.values(), used)
        column, code = place.column, "bind.id_column_at" if place.is_inside else "bind.id_column_beside"
    return column, Notice(code, {"column": column_letters(column)})


def _ids_taken_away(reading: TabReading) -> list[CellEdit]:
    column = reading.found.id_column
    if column is None:
        return []
    raws = ((row, reading.raw_id(place)) for place, row in enumerate(reading.area.positions))
    return [CellEdit(row, column, PutBlank(), raw) for row, raw in raws if raw is not BLANK]


def _blanked(reading: TabReading, name: str) -> list[CellEdit]:
    column = reading.found.columns[name]
    shown = {row.position for row in reading.shown.rows}
    raws = ((row, reading.raw(place, name)) for place, row in enumerate(reading.area.positions) if row in shown)
    return [CellEdit(row, column, PutBlank(), raw) for row, raw in raws if raw is not BLANK and raw.formula is None]
