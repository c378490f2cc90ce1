"""What surrounds the rows, in workbooks that other programs' libraries wrote."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

import openpyxl
import pytest
import xlsxwriter
from openpyxl.worksheet.datavalidation import DataValidation
from sheetward.cells import State
from sheetward.xlsx.areas import area
from sheetward.xlsx.workbook import Visibility, Workbook


def written(fill: Callable[[xlsxwriter.Workbook], None], **options: object) -> Workbook:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, options) as workbook:
        fill(workbook)
    return Workbook.open(out.getvalue(), "a.xlsx")


def test_tables() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("客户")
        columns = [{"header": "客户编号"}, {"header": "电话"}, {"header": "金额 <元>", "total_function": "sum"}]
        sheet.add_table("C5:E9", {"columns": columns, "name": "客户表", "total_row": True})
        sheet.add_table("H2:I4", {"header_row": False})

    workbook = written(fill)
    first, second = workbook.tables(workbook.sheet("客户"))
    assert (first.name, str(first.area), first.header_rows, first.totals_rows) == ("客户表", "C5:E9", 1, 1)
    assert first.columns == ("客户编号", "电话", "金额 <元>")
    assert first.kind == "worksheet"
    assert (str(second.area), second.header_rows, second.totals_rows) == ("H2:I4", 0, 0)
    assert first.part in workbook.package


def test_merged_hidden_filtered_protected_validated() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:D1", "客户名单")
        sheet.write_row(1, 0, ["编号", "名字", "城市"])
        sheet.write_row(2, 0, ["1", "王芳", "上海"])
        sheet.write_row(3, 0, ["2", "李雷", "北京"])
        sheet.set_row(3, None, None, {"hidden": True})
        sheet.set_column("C:E", 10, None, {"hidden": True})
        sheet.autofilter("A2:C4")
        sheet.filter_column("C", "x == 上海")
        sheet.protect("secret")
        sheet.data_validation("C3:C99", {"validate": "list", "source": ["上海", "北京"]})

    workbook = written(fill)
    sheet = workbook.sheets[0]
    fresh = workbook.layout(sheet)
    rows = list(workbook.rows(sheet))
    layout = Workbook.open(workbook.package.data, "a").layout(sheet)
    assert workbook.layout(sheet) == layout == fresh
    assert [(row[0], row[1]) for row in rows] == [(1, False), (2, False), (3, False), (4, True)]
    assert workbook.merged(sheet) == (area("A1:D1"),)
    assert layout.merged_anchor(1, 3) == (1, 1)
    assert layout.merged_anchor(2, 1) is None
    assert layout.hidden_columns == ((3, 5),)
    assert [layout.is_hidden_column(column) for column in (2, 3, 5, 6)] == [False, True, True, False]
    assert (str(layout.auto_filter), layout.is_filtered, layout.is_protected) == ("A2:C4", True, True)
    ((validation),) = layout.validations
    assert (validation.areas, validation.kind, validation.formula) == ((area("C3:C99"),), "list", '"上海,北京"')


def test_a_plain_sheet_has_none_of_it() -> None:
    workbook = written(lambda book: book.add_worksheet().write(0, 0, "x"))
    layout = workbook.layout(workbook.sheets[0])
    assert (layout.merged, layout.hidden_columns, layout.auto_filter) == ((), (), None)
    assert not (layout.is_filtered or layout.is_protected or layout.hides_rows or layout.validations)
    assert workbook.tables(workbook.sheets[0]) == ()
    assert not (
        workbook.is_signed or workbook.is_structure_locked or workbook.has_macros or workbook.has_dynamic_arrays
    )
    assert workbook.formula_areas(workbook.sheets[0]) == ()


def test_tabs_and_who_sees_them() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet("说明")
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=说明!$A$1:$A$2"})
        book.add_chartsheet("图").set_chart(chart)
        book.add_worksheet("hidden one").hide()
        book.add_worksheet("Stamp").very_hidden()
        book.define_name("Rate", "=0.9")
        book.define_name("hidden one!Local", "='hidden one'!$A$1")

    workbook = written(fill)
    assert [(sheet.name, sheet.index, sheet.visibility) for sheet in workbook.sheets] == [
        ("说明", 0, Visibility.VISIBLE),
        ("hidden one", 2, Visibility.HIDDEN),
        ("Stamp", 3, Visibility.VERY_HIDDEN),
    ]
    assert workbook.sheet("stamp").name == "Stamp"
    assert [(name.name, name.refers_to, name.sheet_index) for name in workbook.defined_names] == [
        ("Local", "'hidden one'!$A$1", 2),
        ("Rate", "0.9", None),
    ]
    with pytest.raises(Exception, match="no_tab") as caught:
        workbook.sheet("none")
    assert caught.value.facts["tabs"] == ["说明", "hidden one"]


def test_dynamic_arrays_and_formulas() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_dynamic_array_formula("A1:A3", "=SORT(C1:C3)", None, 1)
        sheet.write_array_formula("B1:B2", "{=C1:C2*2}", None, 2)
        sheet.write_formula("D1", "=C1", None, "")

    workbook = written(fill)
    sheet = workbook.sheets[0]
    cells = {(row[0], cell[0]): cell for row in workbook.rows(sheet) for cell in row[2]}
    assert workbook.has_dynamic_arrays
    assert [str(one.area) for one in workbook.formula_areas(sheet)] == ["A1:A3", "B1:B2"]
    assert cells[1, 1][4] == "_xlfn._xlws.SORT(C1:C3)"
    assert cells[2, 1][4] == ""
    assert cells[2, 2][4] == ""
    assert cells[1, 4][4] == "C1"


def test_macros_locks_and_the_one_who_saved() -> None:
    book = openpyxl.Workbook()
    book.security = openpyxl.workbook.protection.WorkbookProtection(lockStructure=True)
    book.properties.lastModifiedBy = "王芳"
    validation = DataValidation(type="list", formula1="Lists!$A$1:$A$9")
    validation.add("B2:B9")
    validation.add("D2")
    book.active.add_data_validation(validation)
    out = io.BytesIO()
    book.save(out)
    workbook = Workbook.open(out.getvalue(), "a.xlsx")
    assert workbook.last_modified_by == "王芳"
    assert workbook.is_structure_locked
    ((found),) = workbook.layout(workbook.sheets[0]).validations
    assert (found.areas, found.formula) == ((area("B2:B9"), area("D2")), "Lists!$A$1:$A$9")


def test_signed_workbooks_are_known(parts, pack, sheet_xml) -> None:
    signed = parts("")["_rels/.rels"].replace(
        "</Relationships>",
        '<Relationship Id="s" Type="http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin" Target="_xmlsignatures/origin.sigs"/></Relationships>',
    )
    assert Workbook.open(pack(parts(sheet_xml(""), root=signed)), "a").is_signed
    assert Workbook.open(pack(parts(sheet_xml("")) | {"_xmlsignatures/sig1.xml": "<a/>"}), "a").is_signed
    assert not Workbook.open(pack(parts(sheet_xml(""))), "a").is_signed


def test_the_strict_dialect(parts, pack, sheet_xml) -> None:
    def strict(xml: str) -> str:
        return xml.replace(
            "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"
        ).replace(
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            "http://purl.oclc.org/ooxml/officeDocument/relationships",
        )

    xml = sheet_xml(
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1" t="d"><v>2024-03-05</v></c></row>',
        "",
        '<mergeCells><mergeCell ref="A1:A2"/></mergeCells>',
    )
    files = {name: strict(content) for name, content in parts(xml).items()}
    workbook = Workbook.open(pack(files), "a.xlsx")
    sheet = workbook.sheet("客户")
    assert [cell[1:3] for row in workbook.rows(sheet) for cell in row[2]] == [
        (State.TEXT, "王芳"),
        (State.DATE, "45356"),
    ]
    assert workbook.merged(sheet) == (area("A1:A2"),)


def test_the_1904_epoch() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet().write_datetime(
            0, 0, dt.datetime(2024, 3, 5), book.add_format({"num_format": "yyyy-mm-dd"})
        )

    workbook = written(fill, date_1904=True)
    (row,) = workbook.rows(workbook.sheets[0])
    raw = workbook.raw(*row[2][0][1:])
    assert (raw.state, raw.text, raw.date_1904, raw.number_format) == (State.DATE, "43894", True, "yyyy-mm-dd")


@pytest.mark.parametrize(
    ("code", "is_date"),
    [
        ("yyyy\\-mm\\-dd;@", True), ('[$-804]yyyy"年"m"月"d"日"', True), ('[DBNum1][$-804]yyyy"年"m"月"', True), ("[h]:mm:ss", True),
        ("[ss].00", True), ("mm:ss.0", True), ("[$-F800]dddd, mmmm dd, yyyy", True), ("[$-411]ggge", True), ("e/m/d", True),
        ("aaaa", True), ("[Red]yyyy", True), ("0.00E+00", False), ("##0.0E-0", False), ('0" days"', False), ("0\\d", False),
        ("[Red]0", False), ("[Yellow][>=100]0", False), ('"¥"#,##0.00', False), ("_-* #,##0.00_s", False), ("@", False),
        ("General", False), ("G/通用格式", False), ("[$$-409]#,##0", False), ("[$USD] #,##0", False), ("0000-0000", False), ("", False),
    ],
)  # fmt: skip
def test_which_formats_show_dates(code, is_date) -> None:
    from sheetward.xlsx.styles import is_date_format

    assert is_date_format(code) is is_date
