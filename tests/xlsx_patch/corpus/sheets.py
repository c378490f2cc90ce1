"""What a sheet's own part and the workbook's hold around the rows."""

from __future__ import annotations

import re

from .by_writer import Writer, autofilter, table_object
from .case import HEADERS, LAST, Case
from .parts import BOOK, DECLARATION, MAIN, MC, MS, SHEET, SHEET_TYPE, X14, XM, Parts, base, checked, plain


def _cells(parts: Parts, extra: dict[int, str]) -> Parts:
    """Put more cells at the end of rows."""

    def change(xml: str) -> str:
        for row, cells in extra.items():
            xml = re.sub(
                rf'(<row r="{row}"[^>]*>.*?)</row>',
                lambda found, cells=cells: f"{found[1]}{cells}</row>",
                xml,
                flags=re.DOTALL,
            )  # type: ignore[misc]
        return xml

    return parts.change(SHEET, change)


def other_list() -> Parts:
    """Give validations of the new kind: a list on another tab, spelt in the extension list."""

    def choices(workbook: Writer, _: Writer) -> None:
        workbook.add_worksheet("选项").write_column(0, 0, ["老客户", "新客户"])

    return base(choices).place(
        f'<extLst><ext uri="{{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}}" xmlns:x14="{X14}"><x14:dataValidations count="1" xmlns:xm="{XM}">'
        '<x14:dataValidation type="list" allowBlank="1" showInputMessage="1" showErrorMessage="1"><x14:formula1><xm:f>选项!$A$1:$A$2</xm:f>'
        "</x14:formula1><xm:sqref>F2:F6</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst>"
    )


def other_condition() -> Parts:
    """Give conditional formats of the new kind: one that reads another tab, in the extension list."""

    def limits(workbook: Writer, _: Writer) -> None:
        workbook.add_worksheet("限额").write(0, 0, 50)

    return base(limits).place(
        f'<extLst><ext uri="{{78C0D931-6437-407d-A8EE-F0AAD7539E65}}" xmlns:x14="{X14}"><x14:conditionalFormattings>'
        f'<x14:conditionalFormatting xmlns:xm="{XM}"><x14:cfRule type="expression" priority="9" id="{{1}}"><xm:f>$E2&gt;限额!$A$1</xm:f>'
        '<x14:dxf><fill><patternFill><bgColor rgb="FFFFC7CE"/></patternFill></fill></x14:dxf></x14:cfRule><xm:sqref>A2:F6</xm:sqref>'
        "</x14:conditionalFormatting></x14:conditionalFormattings></ext></extLst>"
    )


def custom_views() -> Parts:
    """Give a custom view of the workbook, with a filter of its own."""
    key = "{AAAAAAAA-0000-0000-0000-000000000001}"
    view = f'<customSheetViews><customSheetView guid="{key}" filter="1" showAutoFilter="1"><pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/><autoFilter ref="A1:F6"/></customSheetView></customSheetViews>'
    book = f'<customWorkbookViews><customWorkbookView name="张三" guid="{key}" windowWidth="1" windowHeight="1" activeSheetId="1"/></customWorkbookViews>'
    return base().place(view).place(book, part=BOOK)


def sort_state() -> Parts:
    """Give a filter that remembers how it was sorted."""
    sort = '<autoFilter ref="A1:F6"><sortState ref="A2:F6"><sortCondition descending="1" ref="E2:E6"/></sortState></autoFilter>'
    parts = base().place(sort)
    name = '<definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">客户!$A$1:$F$6</definedName></definedNames>'
    return parts.place(name, part=BOOK)


def table_sorted() -> Parts:
    """Give a table object with a filter, a sort state and formats of its own."""
    state = '<sortState ref="A2:F6" xmlns:xlrd2="http://schemas.microsoft.com/office/spreadsheetml/2017/richdata2"><sortCondition ref="B2:B6"/></sortState>'
    return base(table_object).change(
        "xl/tables/table1.xml", lambda xml: xml.replace("<tableColumns", f"{state}<tableColumns", 1)
    )


def scenarios() -> Parts:
    """Give scenarios, watched cells and protected ranges."""
    parts = base()
    parts.place('<protectedRanges><protectedRange name="区域1" sqref="H1:H9"/></protectedRanges>')
    parts.place(
        '<scenarios current="0"><scenario name="乐观" user="张三"><inputCells r="H9" val="5"/></scenario></scenarios>'
    )
    return parts.place('<cellWatches><cellWatch r="E2"/></cellWatches>')


def consolidation() -> Parts:
    """Give the sources of a consolidation, a phonetic setting and a publication as a web page."""
    parts = base()
    parts.place(
        '<dataConsolidate function="sum"><dataRefs count="1"><dataRef ref="A1:B2" sheet="核对"/></dataRefs></dataConsolidate>'
    )
    parts.place('<phoneticPr fontId="0" type="noConversion"/>')
    return parts.place(
        '<webPublishItems count="1"><webPublishItem id="1" divId="d" sourceType="sheet" destinationFile="C:\\p.htm"/></webPublishItems>'
    )


def phonetic() -> Parts:
    """Give names with phonetic runs, as Japanese and some Chinese sheets have them."""
    run = '<si><t>李雷</t><rPh sb="0" eb="1"><t>リ</t></rPh><phoneticPr fontId="0"/></si>'
    return base().change("xl/sharedStrings.xml", lambda xml: xml.replace("<si><t>李雷</t></si>", run, 1))


def data_table() -> Parts:
    """Give a what-if data table beside the customers."""
    cells = {
        2: '<c r="I2"><v>1</v></c><c r="J2"><f t="dataTable" ref="J2:J4" dt2D="0" dtr="0" r1="I1"/><v>2</v></c>',
        3: '<c r="I3"><v>2</v></c><c r="J3"><v>4</v></c>',
        4: '<c r="I4"><v>3</v></c><c r="J4"><v>6</v></c>',
    }
    return _cells(base(), cells)


def errors() -> Parts:
    """Give every error that a cell may show, beside the customers."""
    names = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?")
    return _cells(base(), {row: f'<c r="J{row}" t="e"><v>{name}</v></c>' for row, name in enumerate(names, start=2)})


def new_excel() -> Parts:
    """Give the namespaces, the revision marks and the alternate content with which new Excel opens every part."""
    names = (
        f' xmlns:mc="{MC}" mc:Ignorable="x14ac xr xr2 xr3" xmlns:x14ac="{MS}/spreadsheetml/2009/9/ac"'
        f' xmlns:xr="{MS}/spreadsheetml/2014/revision" xmlns:xr2="{MS}/spreadsheetml/2015/revision2"'
        f' xmlns:xr3="{MS}/spreadsheetml/2016/revision3" xr:uid="{{00000000-0001-0000-0000-000000000000}}"'
    )
    parts = base()
    parts.change(SHEET, lambda xml: re.sub(r"<worksheet ([^>]*)>", rf"<worksheet \1{names}>", xml, count=1))
    parts.change(SHEET, lambda xml: re.sub(r'<row r="(\d+)"', r'<row r="\1" x14ac:dyDescent="0.25"', xml))
    path = (
        f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x15"><x15ac:absPath url="C:\\客户\\"'
        f' xmlns:x15ac="{MS}/spreadsheetml/2010/11/ac"/></mc:Choice></mc:AlternateContent>'
    )
    revision = f'<xr:revisionPtr revIDLastSave="0" documentId="8_{{1}}" xr6:coauthVersionLast="47" xmlns:xr="{MS}/spreadsheetml/2014/revision" xmlns:xr6="{MS}/spreadsheetml/2016/revision6"/>'
    x15 = f' xmlns:x15="{MS}/spreadsheetml/2010/11/main"'
    parts.change(BOOK, lambda xml: re.sub(r"<workbook ([^>]*)>", rf"<workbook \1{x15}>", xml, count=1))
    return parts.change(BOOK, lambda xml: xml.replace("<bookViews", f"{path}{revision}<bookViews", 1))


def calculation_chain() -> Parts:
    """Give a calculation chain of the checking tab's formulas."""
    cells = "".join(f'<c r="{letter}1" i="2"/>' for letter in "ABCD")
    parts = base().add(
        "xl/calcChain.xml", f'{DECLARATION}<calcChain xmlns="{MAIN}">{cells}</calcChain>', f"{SHEET_TYPE}.calcChain+xml"
    )
    return parts.relate(BOOK, "calcChain", "calcChain.xml", "rId77")


def extensions() -> Parts:
    """Give a workbook and a sheet with extension lists that nobody knows."""
    unknown = '<extLst><ext uri="{00000000-1111-2222-3333-444444444444}" xmlns:zz="urn:zz"><zz:a b="&lt;c&gt;"/></ext></extLst>'
    return base().place(unknown).place(unknown, part=BOOK)


def shared_mode() -> Parts:
    """Give a workbook in shared mode, with its log of revisions."""
    parts = base()
    head = f'{DECLARATION}<headers xmlns="{MAIN}" guid="{{1}}"><header guid="{{1}}" dateTime="2024-01-01T00:00:00Z" maxSheetId="3" userName="张三"/></headers>'
    users = f'{DECLARATION}<users xmlns="{MAIN}" count="0"/>'
    parts.add("xl/revisions/revisionHeaders.xml", head, f"{SHEET_TYPE}.revisionHeaders+xml")
    parts.add("xl/revisions/userNames.xml", users, f"{SHEET_TYPE}.userNames+xml")
    parts.relate(BOOK, "revisionHeaders", "revisions/revisionHeaders.xml", "rId78")
    return parts.relate(BOOK, "usernames", "revisions/userNames.xml", "rId79")


def locked_structure() -> Parts:
    """Give a workbook whose tabs nobody may add to or take away."""
    return plain().place('<workbookProtection lockStructure="1"/>', part=BOOK)


def _several_tables(workbook: Writer, sheet: Writer) -> None:
    table_object(workbook, sheet)
    for number, column in enumerate((9, 13)):
        sheet.write_row(0, column, ["月份", "合计"])
        sheet.write_row(1, column, ["一月", 3])
        sheet.add_table(
            0, column, 1, column + 1, {"name": f"Months_{number}", "columns": [{"header": "月份"}, {"header": "合计"}]}
        )


def _table_reckoned(workbook: Writer, sheet: Writer) -> None:
    columns = [{"header": one} for one in HEADERS] + [
        {"header": "含税", "formula": "=Customers[[#This Row],[金额]]*1.13"}
    ]
    sheet.add_table(0, 0, LAST - 1, 6, {"name": "Customers", "columns": columns})
    other = workbook.add_worksheet("结构")
    other.write_formula("A1", "=SUM(Customers[金额])", None, 201.75)
    other.write_formula("B1", "=ROUND(SUM(Customers[含税]),4)", None, 227.9775)
    other.write_formula("C1", "=COUNTA(Customers[编号])", None, 5)


def _outlines(_: Writer, sheet: Writer) -> None:
    for row in (2, 3, 4):
        sheet.set_row(row, None, None, {"level": 1, "hidden": row == 3})
    sheet.set_row(5, None, None, {"collapsed": True})
    sheet.set_column("D:E", None, None, {"level": 1})
    sheet.outline_settings(True, False, True, False)


def _panes(_: Writer, sheet: Writer) -> None:
    sheet.split_panes(30, 20)
    sheet.right_to_left()
    sheet.set_tab_color("red")
    sheet.set_first_sheet()
    sheet.set_default_row(21)
    sheet.hide_row_col_headers()


def _lambda(workbook: Writer, sheet: Writer) -> None:
    workbook.define_name("含税", "=_xlfn.LAMBDA(_xlpm.x,_xlpm.x*1.13)")
    workbook.define_name("最大", "=MAX(客户!$E$2:$E$6)")


def _dynamic(workbook: Writer, sheet: Writer) -> None:
    other = workbook.add_worksheet("动态")
    other.write_dynamic_array_formula("A1:A5", "=_xlfn._xlws.SORT(客户!E2:E6)", None, 3)
    other.write_dynamic_array_formula("C1:C1", "=_xlfn.UNIQUE(客户!F2:F6)", None, "老客户")
    other.write_array_formula("E1:E2", "{=客户!E2:E3*2}", None, 25)


def _errors_ignored(_: Writer, sheet: Writer) -> None:
    sheet.ignore_errors({"number_stored_as_text": "C2:C6", "formula_differs": "H2:H6"})


def _all_conditions(workbook: Writer, sheet: Writer) -> None:
    red = workbook.add_format({"bg_color": "#FFC7CE"})
    rules = (
        {"type": "3_color_scale"},
        {"type": "2_color_scale"},
        {"type": "top", "value": 2, "format": red},
        {"type": "average", "criteria": "above", "format": red},
        {"type": "cell", "criteria": "between", "minimum": 1, "maximum": 9, "format": red, "stop_if_true": True},
        {"type": "text", "criteria": "containing", "value": "x", "format": red},
        {"type": "time_period", "criteria": "today", "format": red},
        {"type": "blanks", "format": red},
        {"type": "errors", "format": red},
        {"type": "icon_set", "icon_style": "5_ratings", "reverse_icons": True},
    )
    for rule in rules:
        sheet.conditional_format("E2:E6", dict(rule))
    sheet.conditional_format("E2:E6", {"type": "duplicate", "format": red, "multi_range": "A2:A6 E2:E6"})


def _all_validations(workbook: Writer, sheet: Writer) -> None:
    lists = workbook.add_worksheet("字典")
    lists.write_column(0, 0, ["甲", "乙"])
    workbook.define_name("备选", "=字典!$A$1:$A$2")
    for column, rule in enumerate(
        (
            {"validate": "custom", "value": "=LEN(A2)>1"},
            {"validate": "list", "source": "=备选"},
            {"validate": "length", "criteria": ">", "value": 3, "error_type": "warning"},
            {"validate": "any", "input_title": "邮箱", "input_message": "请填写"},
            {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 999, "ignore_blank": False},
            {"validate": "list", "source": "=字典!$A$1:$A$2", "dropdown": False},
        )
    ):
        sheet.data_validation(1, column, LAST - 1, column, dict(rule))


def _print_all(_: Writer, sheet: Writer) -> None:
    sheet.print_area(0, 0, LAST - 1, 5)
    sheet.repeat_rows(0)
    sheet.repeat_columns("A:B")
    sheet.set_header('&L&"宋体,加粗"客户&C&[日期]&R&A', {"scale_with_doc": False})
    sheet.set_footer("&C&P / &N")
    sheet.set_v_pagebreaks([3])
    sheet.center_horizontally()
    sheet.print_row_col_headers()
    sheet.set_page_view(2)


def _filter_many(workbook: Writer, sheet: Writer) -> None:
    sheet.autofilter(0, 0, LAST - 1, 5)
    sheet.filter_column(4, "x > 5 and x < 90")
    sheet.filter_column(1, "x == *雷* or x == 王*")
    for row in (2, 3, 5):
        sheet.set_row(row, None, None, {"hidden": True})


def _protected_ranges(_: Writer, sheet: Writer) -> None:
    sheet.protect("", {"sort": True, "autofilter": True, "insert_rows": True})
    sheet.unprotect_range("E2:E6", "金额", "pw")


def _sparklines_all(_: Writer, sheet: Writer) -> None:
    for row, kind in enumerate(("line", "column", "win_loss"), start=1):
        sheet.add_sparkline(row, 8, {"range": "客户!E2:E6", "type": kind, "markers": True, "high_point": True})


CASES = (
    Case(
        "other_list", "a validation whose list is on another tab, in the extension list", lambda: other_list().bytes()
    ),
    Case("other_condition", "a conditional format that reads another tab", lambda: other_condition().bytes()),
    Case("custom_views", "custom views with a filter of their own", lambda: custom_views().bytes()),
    Case("sort_state", "a filter that remembers its sort", lambda: sort_state().bytes()),
    Case("table_sorted", "a table object that remembers its sort", lambda: table_sorted().bytes()),
    Case("scenarios", "scenarios, watched cells, protected ranges", lambda: scenarios().bytes()),
    Case("consolidation", "a consolidation, phonetic settings, a web publication", lambda: consolidation().bytes()),
    Case("phonetic", "phonetic runs in shared strings", lambda: phonetic().bytes()),
    Case("data_table", "a what-if data table beside the customers", lambda: data_table().bytes()),
    Case("errors", "every error value beside the customers", lambda: errors().bytes()),
    Case("new_excel", "the namespaces, revision marks and alternate content of new Excel", lambda: new_excel().bytes()),
    Case("calculation_chain", "a calculation chain", lambda: calculation_chain().bytes()),
    Case("extensions", "extension lists that nobody knows, in sheet and workbook", lambda: extensions().bytes()),
    Case(
        "shared_mode",
        "a shared workbook with its log is refused",
        lambda: shared_mode().bytes(),
        refused="patch.shared_mode",
    ),
    Case(
        "locked_structure",
        "a locked structure is refused when a tab is to come",
        lambda: locked_structure().bytes(),
        refused="patch.structure_locked",
        refused_at="bind",
    ),
    Case("several_tables", "three table objects side by side", checked(_several_tables)),
    Case(
        "table_reckoned",
        "a calculated column and formulas that name the table",
        checked(_table_reckoned),
        width=7,
        sums=(("结构", ("126.25", "142.6625", "7")),),
    ),
    Case("outlines", "outlined rows and columns, one group closed", checked(_outlines)),
    Case("split_panes", "split panes, right to left, default heights", checked(_panes)),
    Case("lambda_names", "names that are functions", checked(_lambda)),
    Case("dynamic_arrays", "dynamic arrays with metadata on another tab", checked(_dynamic)),
    Case("ignored_errors", "green triangles that were sent away", checked(_errors_ignored)),
    Case("conditions_all", "every kind of classic conditional format", checked(_all_conditions)),
    Case("validations_all", "every kind of validation, lists by name and on another tab", checked(_all_validations)),
    Case("print_all", "print area and titles, breaks, page preview", checked(_print_all)),
    Case("filter_many", "filters of several kinds at once with hidden rows", checked(_filter_many)),
    Case(
        "protected_ranges",
        "a protected sheet with ranges that are free",
        checked(_protected_ranges),
        allow_protected=True,
    ),
    Case(
        "protected_refused",
        "a protected sheet is refused without leave",
        checked(_protected_ranges),
        refused="patch.protected",
    ),
    Case("sparklines_all", "sparklines of every kind", checked(_sparklines_all)),
    Case("filter_template", "a filtered template", checked(autofilter), suffix=".xltx"),
)
