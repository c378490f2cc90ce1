"""The hidden column and the very hidden tab: made once, kept up, and taken away again without a trace."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import openpyxl
import pytest
from sheetward.xlsx.edits import (
    AppendedRow,
    CellEdit,
    NewHiddenColumn,
    PutText,
    RemovedColumn,
    RemovedTab,
    SheetEdit,
    StampTab,
)

from .corpus import BY_NAME, by_hand, exchanged, sheet_xml
from .observe import members, patched, sheet_part

STAMP = StampTab((("epoch", "1"), ("binding", "b")))


def bind(data: bytes, column: int = 7, header_row: int = 1, rows: range = range(2, 7)) -> bytes:
    ids = tuple(CellEdit(row, column, PutText(f"r{row}")) for row in rows)
    hidden = NewHiddenColumn(column, header_row, "_sheetward_id", "编号列", "请不要修改")
    return patched(data, SheetEdit("客户", ids, hidden_column=hidden), tab=STAMP)[0]


def unbind(data: bytes, column: int = 7, header_row: int = 1) -> bytes:
    return patched(data, SheetEdit("客户", removed_column=RemovedColumn(column, header_row)), tab=RemovedTab())[0]


def without_size(parts: dict[str, bytes]) -> dict[str, bytes]:
    """Leave out what a reader takes as a hint only: `dimension`, `spans`; and the wish for a calculation."""
    hints = rb'<dimension ref="[^"]*"/>| spans="[^"]*"| fullCalcOnLoad="1"'
    return {name: re.sub(hints, b"", data) if name.endswith(".xml") else data for name, data in parts.items()}


@pytest.mark.parametrize(
    "name",
    ["plain", "table", "autofilter", "charts", "validations", "conditional", "print", "names", "many_tabs", "macros"],
)
def test_unbinding_gives_the_bytes_from_before(name: str) -> None:
    before = BY_NAME[name].build()
    after = unbind(bind(before))
    assert without_size(members(after)) == without_size(members(before))


@pytest.mark.parametrize("name", ["no_references", "prefixed", "quotes", "strict", "hidden", "openpyxl_styles"])
def test_unbinding_leaves_no_word_of_ours(name: str) -> None:
    after = unbind(bind(BY_NAME[name].build()))
    for part, data in members(after).items():
        assert b"_sheetward" not in data, part
        assert "请不要修改".encode() not in data, part


def test_the_column_is_hidden_and_guarded_and_in_the_table() -> None:
    after = bind(BY_NAME["table"].build())
    book = openpyxl.load_workbook(io.BytesIO(after))
    sheet = book["客户"]
    assert sheet.column_dimensions["G"].hidden
    assert [sheet.cell(row, 7).value for row in range(1, 4)] == ["_sheetward_id", "r2", "r3"]
    table = sheet.tables["Customers"]
    assert table.ref == table.autoFilter.ref == "A1:G6"
    assert [column.name for column in table.tableColumns][-1] == "_sheetward_id"
    assert len({column.id for column in table.tableColumns}) == 7
    guard = sheet.data_validations.dataValidation[0]
    assert (guard.type, guard.errorStyle, guard.formula1, str(guard.sqref)) == (
        "custom",
        "warning",
        "FALSE",
        "G2:G1048576",
    )
    assert guard.prompt == "请不要修改"


def test_the_autofilter_widens_with_its_name() -> None:
    after = members(bind(BY_NAME["autofilter"].build()))
    assert b'<autoFilter ref="A1:G6">' in after["xl/worksheets/sheet1.xml"]
    assert "客户!$A$1:$G$6<".encode() in after["xl/workbook.xml"]


def test_a_range_of_columns_is_split_around_the_hidden_one() -> None:
    head = '<cols><col min="2" max="9" width="20" style="1"/><col min="12" max="13" width="5"/></cols>'
    data = by_hand(sheet_xml(head=head))
    after = members(bind(data))["xl/worksheets/sheet1.xml"]
    cols = re.search(rb"<cols>.*</cols>", after)
    assert cols is not None
    assert cols[0] == (
        b'<cols><col min="2" max="6" width="20" style="1"/><col min="7" max="7" width="20" style="1" hidden="1"/>'
        b'<col min="8" max="9" width="20" style="1"/><col min="12" max="13" width="5"/></cols>'
    )
    between = members(bind(data, column=11))["xl/worksheets/sheet1.xml"]
    assert b'style="1"/><col min="11" max="11" width="9.140625" hidden="1" customWidth="1"/><col min="12"' in between


def test_the_guard_stands_where_the_standard_wants_it() -> None:
    order = [
        "sheetData",
        "sheetProtection",
        "autoFilter",
        "mergeCells",
        "conditionalFormatting",
        "dataValidations",
        "hyperlinks",
        "printOptions",
        "pageMargins",
        "pageSetup",
        "headerFooter",
        "rowBreaks",
        "ignoredErrors",
        "drawing",
        "legacyDrawing",
        "tableParts",
        "extLst",
    ]
    for name in ("titles", "links", "conditional", "notes", "table", "slicer", "print", "sparklines", "autofilter"):
        case = BY_NAME[name]
        after = bind(case.build(), 14, case.header_row, range(case.header_row + 1, case.last_row + 1))
        sheet = members(after)[sheet_part(after)]
        root = ElementTree.fromstring(sheet)
        found = [child.tag.rpartition("}")[2] for child in root]
        places = [order.index(tag) for tag in found if tag in order]
        assert "dataValidations" in found, name
        assert places == sorted(places), name


def test_the_tab_is_very_hidden_and_last_and_its_part_alone_changes_later() -> None:
    bound = bind(BY_NAME["many_tabs"].build())
    book = openpyxl.load_workbook(io.BytesIO(bound))
    assert book.sheetnames[-1] == "_sheetward"
    assert book["_sheetward"].sheet_state == "veryHidden"
    again, report = patched(bound, tab=StampTab((("epoch", "2"),)))
    assert report.replaced == (sheet_part(bound, "_sheetward"),)
    assert openpyxl.load_workbook(io.BytesIO(again))["_sheetward"]["B1"].value == "2"


def test_removing_a_tab_among_others_moves_local_names_and_the_active_tab() -> None:
    workbook = openpyxl.Workbook()
    for title in ("_sheetward", "客户", "其他"):
        workbook.create_sheet(title)
    del workbook["Sheet"]
    workbook["_sheetward"].sheet_state = "veryHidden"
    workbook["客户"]["A1"] = 1
    workbook["其他"].print_area = "A1:B2"
    workbook.active = 2
    workbook.defined_names["旧"] = openpyxl.workbook.defined_name.DefinedName("旧", attr_text="_sheetward!$A$1")
    out = io.BytesIO()
    workbook.save(out)
    after, report = patched(out.getvalue(), tab=RemovedTab())
    book = openpyxl.load_workbook(io.BytesIO(after))
    assert book.sheetnames == ["客户", "其他"]
    assert book["其他"].print_area == "'其他'!$A$1:$B$2"
    assert "旧" not in book.defined_names
    assert book.active is not None
    assert book.active.title == "其他"
    assert "xl/worksheets/sheet1.xml" in report.removed


def test_removing_what_is_not_there_changes_nothing() -> None:
    data = BY_NAME["plain"].build()
    after, report = patched(data, tab=RemovedTab())
    assert members(after) == members(data)
    assert not report.replaced


def test_ids_of_appended_rows_go_into_the_widened_table() -> None:
    bound = bind(BY_NAME["table"].build())
    rows = (AppendedRow({1: PutText("C9"), 7: PutText("r9")}),)
    after, _ = patched(bound, SheetEdit("客户", appended=rows, after_row=6, header_row=1, table_columns=(1, 7)))
    table = openpyxl.load_workbook(io.BytesIO(after))["客户"].tables["Customers"]
    assert table.ref == "A1:G7"


def test_a_header_inside_a_table_stays_when_a_person_added_columns_behind_it() -> None:
    def widen(xml: str) -> str:
        column = '<tableColumn id="9" name="后加"/></tableColumns>'
        wide = xml.replace("A1:G6", "A1:H6").replace('count="7"', 'count="8"')
        return wide.replace("</tableColumns>", column)

    data = exchanged(bind(BY_NAME["table"].build()), {"xl/tables/table1.xml": widen})
    data, _ = patched(data, SheetEdit("客户", (CellEdit(2, 8, PutText("x")),)))
    book = openpyxl.load_workbook(io.BytesIO(unbind(data)))
    assert [cell.value for cell in book["客户"]["G"]] == ["_sheetward_id", None, None, None, None, None]
    assert [column.name for column in book["客户"].tables["Customers"].tableColumns][-2:] == ["_sheetward_id", "后加"]
    assert not book["客户"].column_dimensions["G"].hidden


def test_an_edit_of_nothing_leaves_the_part_raw() -> None:
    data = BY_NAME["plain"].build()
    after, report = patched(data, SheetEdit("客户"), tab=STAMP)
    assert "xl/worksheets/sheet1.xml" not in report.replaced
    assert members(after)["xl/worksheets/sheet1.xml"] == members(data)["xl/worksheets/sheet1.xml"]


@pytest.mark.parametrize(("low", "high"), [(7, 9), (5, 7), (7, 7)])
def test_a_range_of_columns_that_begins_or_ends_with_the_hidden_one_is_split(low: int, high: int) -> None:
    data = by_hand(sheet_xml(head=f'<cols><col min="{low}" max="{high}" width="20"/></cols>'))
    after = members(bind(data))["xl/worksheets/sheet1.xml"].decode()
    spans = [tuple(map(int, span)) for span in re.findall(r'<col min="(\d+)" max="(\d+)"', after)]
    assert sorted(column for first, last in spans for column in range(first, last + 1)) == list(range(low, high + 1))
    assert re.findall(r'<col min="(\d+)" max="(\d+)" width="20" hidden="1"/>', after) == [("7", "7")]


def test_a_strict_workbook_names_the_tab_in_its_own_words() -> None:
    parts = members(bind(BY_NAME["strict"].build()))
    assert b"purl.oclc.org/ooxml/spreadsheetml/main" in parts["xl/worksheets/sheet2.xml"]
    assert b"schemas.openxmlformats.org/officeDocument" not in parts["xl/_rels/workbook.xml.rels"]
