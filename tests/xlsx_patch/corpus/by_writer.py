"""Workbooks that XlsxWriter makes."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import xlsxwriter

from .case import CUSTOMERS, HEADERS, LAST, Case

Writer = Any
Decorate = Callable[[Writer, Writer], None]


def written(decorate: Decorate | None = None, *, top: int = 0, left: int = 0, **options: object) -> bytes:
    """Make the customer table with XlsxWriter, 0-based place, and let `decorate(workbook, sheet)` add to it."""
    out = io.BytesIO()
    workbook: Writer = xlsxwriter.Workbook(out, {"in_memory": True, **options})
    sheet: Writer = workbook.add_worksheet("客户")
    for column, header in enumerate(HEADERS):
        sheet.write_string(top, left + column, header)
    for row, customer in enumerate(CUSTOMERS, start=top + 1):
        for column, value in enumerate(customer):
            sheet.write(row, left + column, value) if not isinstance(value, str) else sheet.write_string(
                row, left + column, value
            ) if value else None
    if decorate is not None:
        decorate(workbook, sheet)
    workbook.close()
    return out.getvalue()


def png() -> bytes:
    """Make a 2 x 2 picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\xff\x80\x00" * 2 for _ in range(2))
    head = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def table_object(workbook: Writer, sheet: Writer) -> None:
    sheet.add_table(0, 0, LAST - 1, 5, {"name": "Customers", "columns": [{"header": one} for one in HEADERS]})


def _table_with_formula(workbook: Writer, sheet: Writer) -> None:
    columns = [{"header": one} for one in HEADERS]
    columns.append({"header": "两倍", "formula": "=[@金额]*2"})
    sheet.add_table(0, 0, LAST - 1, 6, {"name": "Customers", "columns": columns})


def _table_totals(workbook: Writer, sheet: Writer) -> None:
    columns = [{"header": one} for one in HEADERS]
    columns[4]["total_function"] = "sum"
    sheet.add_table(0, 0, LAST, 5, {"name": "Customers", "columns": columns, "total_row": True})


def autofilter(workbook: Writer, sheet: Writer) -> None:
    sheet.autofilter(0, 0, LAST - 1, 5)
    sheet.filter_column_list(1, ["李雷", "王五"])
    for row in (2, 3, 5):
        sheet.set_row(row, None, None, {"hidden": True})


def _charts(workbook: Writer, sheet: Writer) -> None:
    chart = workbook.add_chart({"type": "column"})
    chart.add_series({"categories": "=客户!$B$2:$B$6", "values": "=客户!$E$2:$E$6", "name": "=客户!$E$1"})
    sheet.insert_chart("I2", chart)


def _chartsheet(workbook: Writer, sheet: Writer) -> None:
    chart = workbook.add_chart({"type": "line"})
    chart.add_series({"values": "=客户!$E$2:$E$6"})
    workbook.add_chartsheet("图表").set_chart(chart)


def _image(workbook: Writer, sheet: Writer) -> None:
    sheet.insert_image("I2", "p.png", {"image_data": io.BytesIO(png()), "description": "标志"})
    sheet.insert_textbox("I9", "请勿修改", {"width": 120})


def notes(workbook: Writer, sheet: Writer) -> None:
    sheet.write_comment("B3", "韩梅梅的秘密批注", {"author": "张三"})
    sheet.write_comment("E6", "核对过")


def _validations(workbook: Writer, sheet: Writer) -> None:
    sheet.data_validation("A2:A6", {"validate": "length", "criteria": "between", "minimum": 2, "maximum": 8})
    sheet.data_validation(
        "F2:F6", {"validate": "list", "source": ["老客户", "新客户"], "input_title": "备注", "input_message": "请选择"}
    )
    sheet.data_validation("E2:E1000", {"validate": "decimal", "criteria": ">=", "value": 0})


def conditional(workbook: Writer, sheet: Writer) -> None:
    red = workbook.add_format({"bg_color": "#FFC7CE"})
    sheet.conditional_format("A2:A6", {"type": "duplicate", "format": red})
    sheet.conditional_format("E2:E6", {"type": "data_bar", "data_bar_2010": True})
    sheet.conditional_format("E2:E6", {"type": "icon_set", "icon_style": "3_arrows"})
    sheet.conditional_format("B2:D6", {"type": "formula", "criteria": '=$F2="end"', "format": red})


def _sparklines(workbook: Writer, sheet: Writer) -> None:
    sheet.add_sparkline("H2", {"range": "客户!E2:E6", "markers": True})


def _rich(workbook: Writer, sheet: Writer) -> None:
    bold, red = workbook.add_format({"bold": True}), workbook.add_format({"color": "red"})
    sheet.write_rich_string("F3", "普通", bold, "粗体", " ", red, "红")
    sheet.write_rich_string("H1", bold, "标题", "其余")


def formulas(workbook: Writer, sheet: Writer) -> None:
    for row in range(2, LAST + 1):
        sheet.write_formula(f"H{row}", f"=E{row}*2", None, 2)
    sheet.write_formula("I1", "=SUM(E2:E6)", None, 201.75)
    other = workbook.add_worksheet("汇总")
    other.write_formula("A1", "=客户!B3", None, "韩梅梅")
    other.write_formula("A2", "=1+1", None, 2)


def _array(workbook: Writer, sheet: Writer) -> None:
    sheet.write_array_formula("H2:H4", "{=E2:E4*2}", None, 25)
    sheet.write_dynamic_array_formula("J2:J4", "=_xlfn.SORT(E2:E4)", None, 3)


def _names(workbook: Writer, sheet: Writer) -> None:
    workbook.define_name("税率", "=0.13")
    workbook.define_name("客户!本表", "=客户!$A$2:$A$6")
    workbook.define_name("全部", "=客户!$A$1:$F$6")


def print_setup(workbook: Writer, sheet: Writer) -> None:
    sheet.print_area("A1:F6")
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_header("&L客户&R&D")
    sheet.set_footer("&C第 &P 页")
    sheet.set_h_pagebreaks([4])
    sheet.set_margins(left=0.5)


def _hidden(workbook: Writer, sheet: Writer) -> None:
    sheet.set_column("C:F", 20, None, {"hidden": True})
    sheet.set_column("G:XFD", None, None, {"hidden": True})
    sheet.set_row(3, None, None, {"hidden": True})
    sheet.set_row(4, 30, None, {"level": 1})
    workbook.add_worksheet("隐藏").hide()
    workbook.add_worksheet("深藏").very_hidden()


def _frozen(workbook: Writer, sheet: Writer) -> None:
    sheet.freeze_panes(1, 2)
    sheet.set_zoom(130)
    sheet.set_selection("C3")
    sheet.hide_gridlines(2)


def _titles(workbook: Writer, sheet: Writer) -> None:
    sheet.merge_range("B2:G2", "二〇二四年客户名单", workbook.add_format({"bold": True, "align": "center"}))
    sheet.write("B3", "制表：张三")


def _links(workbook: Writer, sheet: Writer) -> None:
    sheet.write_url("D2", "mailto:li@example.com", None, "li@example.com")
    sheet.write_url("H1", "https://example.com/?a=1&b=2", None, "主页", "提示")
    sheet.write_url("H2", "internal:'客户'!A1", None, "回到开头")


def styled(workbook: Writer, sheet: Writer) -> None:
    sheet.set_column("A:A", 12, workbook.add_format({"num_format": "@", "bg_color": "#EEEEEE"}))
    sheet.set_column("B:D", 18, workbook.add_format({"font_name": "宋体", "border": 1}))
    sheet.set_row(2, 28, workbook.add_format({"bold": True}))
    date = workbook.add_format({"num_format": 'yyyy"年"m"月"d"日"', "border": 1})
    for row in range(1, LAST):
        sheet.write_number(row, 4, 45000 + row, date)
        sheet.write_blank(row + 20, 2, None, date)


def _protected(workbook: Writer, sheet: Writer) -> None:
    sheet.protect("secret", {"format_cells": True})


def _macros(workbook: Writer, sheet: Writer) -> None:
    blob = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 20
    workbook.add_vba_project(io.BytesIO(blob), True)
    sheet.insert_button("I2", {"macro": "Run", "caption": "运行"})


def _many_tabs(workbook: Writer, sheet: Writer) -> None:
    for number in range(2, 6):
        other = workbook.add_worksheet(f"表 {number}'s")
        other.write(0, 0, number)
        other.set_tab_color("green")
    workbook.define_name("'表 3's'!x", "='表 3''s'!$A$1")
    workbook.set_properties({"title": "客户", "author": "张三", "comments": "属性"})
    workbook.set_custom_property("部门", "销售")


def _inline(workbook: Writer, sheet: Writer) -> None:
    sheet.write(LAST + 3, 0, "备注：下方说明")


def decorated(decorate: Decorate, **options: object) -> Callable[[], bytes]:
    return lambda: written(decorate, **options)  # type: ignore[arg-type]


CASES = (
    Case("plain", "the smallest workbook of XlsxWriter", written),
    Case("table", "a table object grows with its rows, its part and filter too", decorated(table_object)),
    Case("table_formula", "a calculated column is filled down as Excel does", decorated(_table_with_formula), width=7),
    Case("table_totals", "a total row leaves no room below", decorated(_table_totals), can_append=False),
    Case("autofilter", "a set filter and its hidden rows stay; the filter's area follows", decorated(autofilter)),
    Case("charts", "drawings and charts are byte-identical", decorated(_charts)),
    Case("chartsheet", "a chart sheet among the tabs", decorated(_chartsheet)),
    Case("image", "pictures and text boxes", decorated(_image)),
    Case("notes", "notes with their VML shapes", decorated(notes)),
    Case("validations", "validations grow where they end at the last row only", decorated(_validations)),
    Case(
        "conditional",
        "conditional formats, data bars and icon sets in the extension list too",
        decorated(conditional),
    ),
    Case("sparklines", "sparklines in the extension list", decorated(_sparklines)),
    Case("rich", "rich text in shared strings", decorated(_rich)),
    Case("formulas", "cached results stay; Excel is asked to calculate", decorated(formulas)),
    Case("array", "array formulas and spilled ranges", decorated(_array)),
    Case("names", "defined names, local and global", decorated(_names)),
    Case("print", "print area, titles, breaks, headers", decorated(print_setup)),
    Case("hidden", "hidden and grouped rows and columns, hidden tabs", decorated(_hidden)),
    Case("frozen", "panes, zoom, selection", decorated(_frozen)),
    Case(
        "titles",
        "a merged title above a table that begins at B5",
        lambda: written(_titles, top=4, left=1),
        header_row=5,
        left=2,
        last_row=10,
    ),
    Case("links", "hyperlinks and their relationships", decorated(_links)),
    Case(
        "styled",
        "row and column formats, Chinese date formats, prepared empty cells",
        decorated(styled),
        amount="string",
    ),
    Case("protected", "a protected sheet, with leave", decorated(_protected), allow_protected=True),
    Case("macros", "a macro project and a form button", decorated(_macros), suffix=".xlsm"),
    Case("many_tabs", "awkward tab names, local names, document properties", decorated(_many_tabs)),
    Case(
        "footer",
        "a remark three rows below: two new rows would touch it",
        decorated(_inline),
        can_append=False,
        has_gap=True,
    ),
    Case("date_1904", "the 1904 date system", decorated(lambda w, s: None, date_1904=True)),
    Case(
        "constant_memory",
        "rows written as a stream, all text inline",
        decorated(lambda w, s: None, constant_memory=True),
    ),
)
