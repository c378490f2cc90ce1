"""What follows appended rows: tables, filters, names, validations, conditional formats, styles, calculated columns."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import openpyxl
import pytest
from sheetward.xlsx.edits import AppendedRow, CellEdit, PutNumber, PutText, SheetEdit

from .corpus import BY_NAME, by_hand, exchanged, sheet_xml, written
from .observe import append_three, members, patched, sheet_part


def appended(name: str) -> dict[str, str]:
    case = BY_NAME[name]
    after, _ = patched(case.build(), append_three(case))
    return {part: data.decode("utf-8") for part, data in members(after).items() if part.endswith(".xml")}


SHEET = "xl/worksheets/sheet1.xml"


def test_the_table_object_and_its_filter_grow() -> None:
    table = appended("table")["xl/tables/table1.xml"]
    assert re.findall(r' ref="([^"]*)"', table) == ["A1:F9", "A1:F9"]


def test_a_calculated_column_is_filled_down() -> None:
    sheet = appended("table_formula")[SHEET]
    last = re.search(r'<row r="9".*?</row>', sheet)
    assert last is not None
    assert "<f>" not in last[0]  # the column lies outside the bound columns, so it is not ours to write
    case = BY_NAME["table_formula"]
    wide, _ = patched(case.build(), replace(append_three(case), table_columns=(1, 7)))
    rows = members(wide)[SHEET].decode()
    assert re.findall(r'<c r="G([789])"[^>]*><f>([^<]*)</f></c>', rows) == [
        (str(row), "[[#This Row],金额]*2") for row in (7, 8, 9)
    ]


def test_a_filter_keeps_its_criteria_and_its_area_follows_in_sheet_and_name() -> None:
    parts = appended("autofilter")
    assert '<autoFilter ref="A1:F9"><filterColumn colId="1">' in parts[SHEET]
    assert "客户!$A$1:$F$9</definedName>" in parts["xl/workbook.xml"]
    assert not re.search(r'<row r="[789]"[^>]*hidden', parts[SHEET])


def test_the_print_area_follows_and_titles_stay() -> None:
    workbook = appended("print")["xl/workbook.xml"]
    assert 'Print_Area" localSheetId="0">客户!$A$1:$F$9<' in workbook
    assert 'Print_Titles" localSheetId="0">客户!$1:$1<' in workbook


def test_other_names_stay() -> None:
    before = members(BY_NAME["names"].build())["xl/workbook.xml"].decode("utf-8")
    assert re.findall("<definedName.*?</definedName>", appended("names")["xl/workbook.xml"]) == re.findall(
        "<definedName.*?</definedName>", before
    )


def test_validations_that_end_at_the_last_row_follow_and_longer_ones_stay() -> None:
    areas = re.findall(r'<dataValidation [^>]*sqref="([^"]*)"', appended("validations")[SHEET])
    assert areas == ["A2:A9", "F2:F9", "E2:E1000"]


def test_conditional_formats_follow_those_of_the_extension_list_too() -> None:
    sheet = appended("conditional")[SHEET]
    assert re.findall(r'<conditionalFormatting sqref="([^"]*)"', sheet) == ["A2:A9", "E2:E9", "B2:D9"]
    assert re.findall(r"<xm:sqref>([^<]*)</xm:sqref>", sheet) == ["E2:E9"]


def test_sparklines_do_not_move() -> None:
    assert "<xm:f>客户!E2:E6</xm:f><xm:sqref>H2</xm:sqref>" in appended("sparklines")[SHEET]


def test_the_dimension_follows() -> None:
    assert '<dimension ref="A1:F9"/>' in appended("plain")[SHEET]


def test_new_rows_take_height_and_borders_of_the_last_one() -> None:
    case = BY_NAME["openpyxl_styles"]
    after, _ = patched(case.build(), append_three(case))
    sheet = openpyxl.load_workbook(io.BytesIO(after))["客户"]
    assert sheet.row_dimensions[9].height == 33
    for column in range(1, 7):
        assert sheet.cell(9, column).border.bottom.style == "thin"
        assert sheet.cell(9, column).alignment.indent == 1
    assert sheet["C9"].number_format == "@"


def test_rows_below_a_bare_header_do_not_look_like_headers() -> None:
    def bold(workbook: object, sheet: object) -> None:
        sheet.set_row(0, 40, workbook.add_format({"bold": True}))  # type: ignore[attr-defined]

    data = written(bold, top=0)
    emptied, _ = patched(
        data,
        SheetEdit("客户", tuple(CellEdit(row, column, PutText("")) for row in range(2, 7) for column in range(1, 7))),
    )
    rows = (AppendedRow({1: PutText("C1")}),)
    after, _ = patched(emptied, SheetEdit("客户", appended=rows, after_row=20, header_row=20, table_columns=(1, 6)))
    sheet = openpyxl.load_workbook(io.BytesIO(after))["客户"]
    assert not sheet["A21"].font.bold


def test_new_rows_of_a_formatted_row_make_all_their_formats_beforehand() -> None:
    row = '<row r="6" s="1" customFormat="1">'
    data = by_hand(sheet_xml().replace('<row spans="1:6" r="6">', row))
    assert row in members(data)[SHEET].decode()
    rows = (AppendedRow({1: PutText("013800138000"), 9: PutText("013800138000")}),)
    after, _ = patched(data, SheetEdit("客户", appended=rows, after_row=6, header_row=1, table_columns=(1, 6)))
    sheet = openpyxl.load_workbook(io.BytesIO(after))["客户"]
    assert sheet["A7"].number_format == sheet["I7"].number_format == "@"


def test_prepared_rows_keep_their_formats_and_prepared_formulas() -> None:
    extra = '<row r="7" ht="50" customHeight="1"><c r="A7" s="1"/><c r="D7"><f>A7&amp;1</f></c></row>'
    data = by_hand(sheet_xml().replace("</sheetData>", f"{extra}</sheetData>"))
    rows = (AppendedRow({1: PutText("C1"), 2: PutText("名")}), AppendedRow({1: PutText("C2")}))
    after, _ = patched(data, SheetEdit("客户", appended=rows, after_row=6, header_row=1, table_columns=(1, 6)))
    sheet = members(after)[SHEET].decode("utf-8")
    row = re.search(r'<row r="7".*?</row>', sheet)
    assert row is not None
    assert row[0] == (
        '<row r="7" ht="50" customHeight="1"><c r="A7" s="1" t="inlineStr"><is><t>C1</t></is></c>'
        '<c r="B7" t="inlineStr"><is><t>名</t></is></c><c r="D7"><f>A7&amp;1</f></c></row>'
    )
    assert '<row r="8" spans="1:6"><c r="A8" t="inlineStr">' in sheet


def test_a_table_with_prepared_empty_rows_does_not_grow() -> None:
    data = exchanged(
        BY_NAME["table"].build(), {"xl/tables/table1.xml": lambda xml: xml.replace('ref="A1:F6"', 'ref="A1:F40"')}
    )
    after, report = patched(data, append_three(BY_NAME["table"]))
    assert "xl/tables/table1.xml" not in report.replaced
    assert len(members(after)) == len(members(data))


@pytest.mark.parametrize("count", [0, 1])
def test_rows_put_below_the_table_by_edits_lengthen_it_too(count: int) -> None:
    edit = SheetEdit(
        "客户",
        (CellEdit(7, 1, PutText("C7")), CellEdit(8, 1, PutText("C8"))),
        appended=(AppendedRow({1: PutText("C9")}),) * count,
        after_row=8,
        header_row=1,
        table_end=6,
        table_columns=(1, 6),
    )
    for name, part, area in (
        ("validations", SHEET, f'sqref="A2:A{8 + count}"'),
        ("table", "xl/tables/table1.xml", f'<autoFilter ref="A1:F{8 + count}"'),
    ):
        after, _ = patched(BY_NAME[name].build(), edit)
        assert area in members(after)[part].decode("utf-8")


def test_areas_beside_the_table_stay() -> None:
    tail = (
        '<conditionalFormatting sqref="A2:A6 H2:H6"/><conditionalFormatting sqref="H2:H6"/>'
        '<conditionalFormatting sqref="A2:A5"/><ignoredErrors><ignoredError sqref="C2:C6" numberStoredAsText="1"/></ignoredErrors>'
    )
    data = by_hand(sheet_xml(tail=tail))
    rows = (AppendedRow({1: PutNumber("1")}),)
    after, _ = patched(data, SheetEdit("客户", appended=rows, after_row=6, header_row=1, table_columns=(1, 6)))
    areas = re.findall(rb'sqref="([^"]*)"', members(after)[sheet_part(after)])
    assert areas == [b"A2:A7 H2:H6", b"H2:H6", b"A2:A5", b"C2:C7"]


@pytest.mark.parametrize("size", [7, 64, 1000])
def test_windows_of_any_size_give_the_same_bytes(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from sheetward.xlsx.package import Package

    names = ("table", "conditional", "no_references", "prefixed", "empty_rows" if size > 7 else "quotes")
    sources = {name: BY_NAME[name].build() for name in names}
    whole = {name: patched(data, append_three(BY_NAME[name]))[0] for name, data in sources.items()}
    windows = Package.windows
    monkeypatch.setattr(Package, "windows", lambda self, part, _size=size: windows(self, part, size))
    for name, expected in whole.items():
        assert members(patched(sources[name], append_three(BY_NAME[name]))[0]) == members(expected)


def test_names_of_another_tab_stay() -> None:
    def add(workbook: object, sheet: object) -> None:
        sheet.print_area("A1:F6")  # type: ignore[attr-defined]
        workbook.add_worksheet("别处").print_area("A1:F6")  # type: ignore[attr-defined]

    case = BY_NAME["plain"]
    after, _ = patched(written(add), append_three(case))
    areas = re.findall(r"<definedName [^>]*>([^<]*)<", members(after)["xl/workbook.xml"].decode("utf-8"))
    assert sorted(areas) == ["别处!$A$1:$F$6", "客户!$A$1:$F$9"]
