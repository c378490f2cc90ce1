"""Workbooks made by other writers, each for one thing that a careless writer loses. One table: `CASES`.

Every case holds the same little customer table (`HEADERS`, `CUSTOMERS`) at the place that its `Case` names, so that
the same edits can be made in each. Builders take nothing and give the bytes of a workbook.
"""

from __future__ import annotations

import io
import re
import struct
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

HEADERS = ("编号", "姓名", "电话", "邮箱", "金额", "备注")
CUSTOMERS = (
    ("C001", "李雷", "13800138000", "li@example.com", 12.5, "老客户"),
    ("C002", "韩梅梅", "13900139000", "han@example.com", 80, ""),
    ("C003", "Tom & <Jerry>", "+86 10 5555 0100", "tom@example.com", 3, "a  b"),
    ("C004", "王五", "021-55550123", "", 99.25, "李雷"),
    ("C005", "赵六", "13700137000", "zhao@example.com", 7, "end"),
)
LAST = 1 + len(CUSTOMERS)


@dataclass(frozen=True, slots=True)
class Case:
    """One workbook: how it is made, what it proves, where its table lies."""

    name: str
    proves: str
    build: Callable[[], bytes]
    tab: str = "客户"
    header_row: int = 1
    left: int = 1
    last_row: int = LAST
    can_append: bool = True
    allow_protected: bool = False
    openpyxl_reads: bool = True
    suffix: str = ".xlsx"

    @property
    def columns(self) -> tuple[int, int]:
        """Give the first and last column of the table."""
        return self.left, self.left + len(HEADERS) - 1


# -- XlsxWriter ---------------------------------------------------------------------------------------------------------

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


def _table(workbook: Writer, sheet: Writer) -> None:
    sheet.add_table(0, 0, LAST - 1, 5, {"name": "Customers", "columns": [{"header": one} for one in HEADERS]})


def _table_with_formula(workbook: Writer, sheet: Writer) -> None:
    columns = [{"header": one} for one in HEADERS]
    columns.append({"header": "两倍", "formula": "=[@金额]*2"})
    sheet.add_table(0, 0, LAST - 1, 6, {"name": "Customers", "columns": columns})


def _table_totals(workbook: Writer, sheet: Writer) -> None:
    columns = [{"header": one} for one in HEADERS]
    columns[4]["total_function"] = "sum"
    sheet.add_table(0, 0, LAST, 5, {"name": "Customers", "columns": columns, "total_row": True})


def _autofilter(workbook: Writer, sheet: Writer) -> None:
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


def _notes(workbook: Writer, sheet: Writer) -> None:
    sheet.write_comment("B3", "韩梅梅的秘密批注", {"author": "张三"})
    sheet.write_comment("E6", "核对过")


def _validations(workbook: Writer, sheet: Writer) -> None:
    sheet.data_validation("A2:A6", {"validate": "length", "criteria": "between", "minimum": 2, "maximum": 8})
    sheet.data_validation(
        "F2:F6", {"validate": "list", "source": ["老客户", "新客户"], "input_title": "备注", "input_message": "请选择"}
    )
    sheet.data_validation("E2:E1000", {"validate": "decimal", "criteria": ">=", "value": 0})


def _conditional(workbook: Writer, sheet: Writer) -> None:
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


def _formulas(workbook: Writer, sheet: Writer) -> None:
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


def _print(workbook: Writer, sheet: Writer) -> None:
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


def _styled(workbook: Writer, sheet: Writer) -> None:
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


# -- openpyxl -----------------------------------------------------------------------------------------------------------


def saved(decorate: Callable[[Any, Any], None] | None = None, *, top: int = 1, left: int = 1) -> bytes:
    """Make the customer table with openpyxl, 1-based place."""
    workbook = openpyxl.Workbook()
    sheet: Any = workbook.active
    sheet.title = "客户"
    for row, values in enumerate((HEADERS, *CUSTOMERS), start=top):
        for column, value in enumerate(values, start=left):
            if value != "":
                sheet.cell(row, column, value)
    if decorate is not None:
        decorate(workbook, sheet)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _openpyxl_all(workbook: Any, sheet: Any) -> None:
    sheet.add_table(Table(displayName="客户表", ref="A1:F6"))
    validation = DataValidation(type="list", formula1='"老客户,新客户"', allow_blank=True)
    validation.add("F2:F6")
    sheet.add_data_validation(validation)
    sheet.conditional_formatting.add("E2:E6", CellIsRule(operator="lessThan", formula=["5"], font=Font(color="FF0000")))
    sheet["B3"].comment = Comment("批注", "张三")
    sheet["H2"] = "=SUM(E2:E6)"
    sheet.freeze_panes = "B2"


def _openpyxl_styles(workbook: Any, sheet: Any) -> None:
    thin = Side(style="thin", color="808080")
    for row in sheet["A2:F6"]:
        for cell in row:
            cell.border = Border(bottom=thin)
            cell.alignment = Alignment(horizontal="left", indent=1)
    sheet["B2"].fill = PatternFill("solid", fgColor="FFFF00")
    sheet.row_dimensions[6].height = 33
    sheet.column_dimensions["B"].width = 30
    sheet.sheet_properties.tabColor = "1072BA"


def _openpyxl_epoch(workbook: Any, sheet: Any) -> None:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    workbook.epoch = CALENDAR_MAC_1904


# -- made by hand, or from another by exchanging parts --------------------------------------------------------------------

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
    "</Types>"
)
_STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_RELS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'


def by_hand(sheet: str | bytes, *, stored: bool = False) -> bytes:
    """Make a minimal workbook around the XML of one sheet."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELS.format(
            f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        ),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="客户" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _RELS.format(
            f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="/xl/styles.xml"/>'
        ),
        "xl/worksheets/sheet1.xml": sheet,
        "xl/styles.xml": _STYLES,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def sheet_xml(*, refs: bool = True, prefix: str = "", quote: str = '"', tail: str = "", head: str = "") -> str:
    """Spell the customer table as a sheet part, in unusual ways."""
    p = f"{prefix}:" if prefix else ""
    rows: list[str] = []
    for number, values in enumerate((HEADERS, *CUSTOMERS), start=1):
        cells: list[str] = []
        for column, value in enumerate(values):
            place = f" r={quote}{chr(65 + column)}{number}{quote}" if refs else ""
            if isinstance(value, str):
                text = f"<{p}is><{p}t>{_escaped(value)}</{p}t></{p}is>"
                cells.append(f"<{p}c t={quote}inlineStr{quote}{place} >{text}</{p}c>" if value else f"<{p}c{place}/>")
            else:
                cells.append(f"<{p}c{place}><{p}v>{value}</{p}v></{p}c>")
        place = f" spans={quote}1:6{quote} r={quote}{number}{quote}" if refs else ""
        rows.append(f"<{p}row{place}>{''.join(cells)}</{p}row>\n")
    xmlns = f"xmlns:{prefix}" if prefix else "xmlns"
    root = f'{p}worksheet {xmlns}="{MAIN}" xmlns:r="{OFFICE}"'
    body = f"<{p}sheetData>{''.join(rows)}</{p}sheetData>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>{head}{body}{tail}</{p}worksheet>'


def exchanged(
    data: bytes, changes: Mapping[str, Callable[[str], str]], added: Mapping[str, bytes] | None = None
) -> bytes:
    """Give a workbook with the text of some parts changed and parts added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            content = source.read(item)
            if item.filename in changes:
                content = changes[item.filename](content.decode("utf-8")).encode("utf-8")
            target.writestr(item, content)
        for name, content in (added or {}).items():
            target.writestr(name, content)
    return out.getvalue()


def related(kind: str, target: str, identifier: str) -> Callable[[str], str]:
    """Give the change that adds a relationship to a relationships part."""
    entry = f'<Relationship Id="{identifier}" Type="{OFFICE}/{kind}" Target="{target}"/></Relationships>'
    return lambda xml: xml.replace("</Relationships>", entry)


def typed(part: str, kind: str) -> Callable[[str], str]:
    """Give the change that adds a content type."""
    return lambda xml: xml.replace("</Types>", f'<Override PartName="/{part}" ContentType="{kind}"/></Types>')


def strict() -> bytes:
    """Make a workbook in the strict namespaces of ISO 29500."""

    def change(xml: str) -> str:
        return (
            xml.replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main")
            .replace(OFFICE, "http://purl.oclc.org/ooxml/officeDocument/relationships")
            .replace(
                "http://schemas.openxmlformats.org/drawingml/2006/main", "http://purl.oclc.org/ooxml/drawingml/main"
            )
        )

    data = written()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if name.startswith("xl/") or name == "_rels/.rels"]
    return exchanged(data, dict.fromkeys(names, change))


SHEET_RELS = "xl/worksheets/_rels/sheet1.xml.rels"


def external_link() -> bytes:
    """Make a workbook that quotes another one."""
    link = f'<externalLink xmlns="{MAIN}"><externalBook xmlns:r="{OFFICE}" r:id="rId1"><sheetNames><sheetName val="S"/></sheetNames></externalBook></externalLink>'
    rel = _RELS.format(
        f'<Relationship Id="rId1" Type="{OFFICE}/externalLinkPath" Target="other.xlsx" TargetMode="External"/>'
    )
    return exchanged(
        written(),
        {
            "xl/workbook.xml": lambda xml: xml.replace(
                "</sheets>", '</sheets><externalReferences><externalReference r:id="rId90"/></externalReferences>'
            ),
            "xl/_rels/workbook.xml.rels": related("externalLink", "externalLinks/externalLink1.xml", "rId90"),
            "[Content_Types].xml": typed(
                "xl/externalLinks/externalLink1.xml",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml",
            ),
        },
        {
            "xl/externalLinks/externalLink1.xml": link.encode(),
            "xl/externalLinks/_rels/externalLink1.xml.rels": rel.encode(),
        },
    )


def custom_xml() -> bytes:
    """Make a workbook with a custom XML part and a printer's settings."""
    return exchanged(
        written(_print),
        {
            "_rels/.rels": related("customXml", "customXml/item1.xml", "rId91"),
            "[Content_Types].xml": lambda xml: xml.replace(
                "<Override",
                '<Default Extension="bin" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.printerSettings"/><Override',
                1,
            ),
            "xl/worksheets/sheet1.xml": lambda xml: re.sub(r"<pageSetup ", '<pageSetup r:id="rId92" ', xml),
        },
        {
            "customXml/item1.xml": b"<data xmlns='urn:x'>\xe7\xa7\x98</data>",
            SHEET_RELS: _RELS.format(
                f'<Relationship Id="rId92" Type="{OFFICE}/printerSettings" Target="../printerSettings/printerSettings1.bin"/>'
            ).encode(),
            "xl/printerSettings/printerSettings1.bin": bytes(range(256)) * 4,
        },
    )


def threaded() -> bytes:
    """Make a workbook with a threaded comment beside its legacy note."""
    thread = '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"><threadedComment ref="B3" dT="2024-01-01T00:00:00.00" personId="{1}" id="{2}"><text>韩梅梅的秘密讨论</text></threadedComment></ThreadedComments>'
    kind = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
    return exchanged(
        written(_notes),
        {
            SHEET_RELS: lambda xml: xml.replace(
                "</Relationships>",
                f'<Relationship Id="rId93" Type="{kind}" Target="../threadedComments/threadedComment1.xml"/></Relationships>',
            ),
            "[Content_Types].xml": typed(
                "xl/threadedComments/threadedComment1.xml", "application/vnd.ms-excel.threadedcomments+xml"
            ),
        },
        {"xl/threadedComments/threadedComment1.xml": thread.encode()},
    )


def slicer() -> bytes:
    """Make a table with an extension list that only Excel understands, such as slicers have."""
    ext = '<extLst><ext uri="{3A4CF648-6AED-40f4-86FF-DC5316D8AED3}" xmlns:x15="http://schemas.microsoft.com/office/spreadsheetml/2010/11/main"><x15:unknown a="&gt;"><x15:deep>1 &amp; 2</x15:deep></x15:unknown></ext></extLst></worksheet>'
    return exchanged(written(_table), {"xl/worksheets/sheet1.xml": lambda xml: xml.replace("</worksheet>", ext)})


def shared_formula() -> bytes:
    """Make a sheet with a shared formula, cached errors, a truth value and a calculation chain."""
    formula = '<c r="H2"><f t="shared" ref="H2:H4" si="0">E2*2</f><v>25</v></c>'
    xml = sheet_xml()
    for number, extra in (
        (2, formula),
        (3, '<c r="H3"><f t="shared" si="0"/><v>160</v></c>'),
        (4, '<c r="H4"><f t="shared" si="0"/><v>6</v></c>'),
        (5, '<c r="H5" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="I5" t="b"><v>1</v></c>'),
    ):
        xml = re.sub(rf'(r="{number}">.*?)</row>', rf"\1{extra}</row>", xml, flags=re.DOTALL)
    chain = f'<calcChain xmlns="{MAIN}"><c r="H2" i="1"/><c r="H3"/><c r="H4"/><c r="H5"/></calcChain>'
    return exchanged(
        by_hand(xml),
        {
            "xl/_rels/workbook.xml.rels": related("calcChain", "calcChain.xml", "rId9"),
            "[Content_Types].xml": typed(
                "xl/calcChain.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
            ),
        },
        {"xl/calcChain.xml": chain.encode()},
    )


def streamed() -> bytes:
    """Make a workbook as servers do, with data descriptors behind the members."""

    class OneWay(io.RawIOBase):
        def __init__(self) -> None:
            self.pieces: list[bytes] = []

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.pieces.append(bytes(data))
            return len(data)

    out = OneWay()
    with zipfile.ZipFile(io.BytesIO(written())) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            with target.open(item.filename, "w") as member:
                member.write(source.read(item))
    return b"".join(out.pieces)


def empty_rows() -> bytes:
    """Make a table above thousands of empty formatted rows, self-closing as Excel writes them."""
    rows = "".join(f'<row r="{number}" s="1" customFormat="1"/>' for number in range(LAST + 1, 9000))
    return by_hand(sheet_xml().replace("</sheetData>", f"{rows}</sheetData>"))


# -- LibreOffice --------------------------------------------------------------------------------------------------------


@cache
def _converted() -> Mapping[str, bytes]:
    """Have LibreOffice load workbooks and save them as its own; one start for all of them."""
    sources = {
        "table": written(_table),
        "autofilter": written(_autofilter),
        "conditional": written(_conditional),
        "styled": written(_styled),
        "formulas": written(_formulas),
        "notes": written(_notes),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source, data in sources.items():
            (folder / f"{source}.xlsx").write_bytes(data)
        files = [str(folder / f"{source}.xlsx") for source in sources]
        command = ["soffice", f"-env:UserInstallation=file://{name}/profile", "--headless"]
        command += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", f"{name}/out", *files]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        return {source: (folder / "out" / f"{source}.xlsx").read_bytes() for source in sources}


def _by_libreoffice(source: str) -> Callable[[], bytes]:
    return lambda: _converted()[source]


def _decorated(decorate: Decorate, **options: object) -> Callable[[], bytes]:
    return lambda: written(decorate, **options)  # type: ignore[arg-type]


CASES = (
    Case("plain", "the smallest workbook of XlsxWriter", written),
    Case("table", "a table object grows with its rows, its part and filter too", _decorated(_table)),
    Case("table_formula", "a calculated column is filled down as Excel does", _decorated(_table_with_formula)),
    Case("table_totals", "a total row leaves no room below", _decorated(_table_totals), can_append=False),
    Case("autofilter", "a set filter and its hidden rows stay; the filter's area follows", _decorated(_autofilter)),
    Case("charts", "drawings and charts are byte-identical", _decorated(_charts)),
    Case("chartsheet", "a chart sheet among the tabs", _decorated(_chartsheet)),
    Case("image", "pictures and text boxes", _decorated(_image)),
    Case("notes", "notes with their VML shapes", _decorated(_notes)),
    Case("validations", "validations grow where they end at the last row only", _decorated(_validations)),
    Case(
        "conditional",
        "conditional formats, data bars and icon sets in the extension list too",
        _decorated(_conditional),
    ),
    Case("sparklines", "sparklines in the extension list", _decorated(_sparklines)),
    Case("rich", "rich text in shared strings", _decorated(_rich)),
    Case("formulas", "cached results stay; Excel is asked to calculate", _decorated(_formulas)),
    Case("array", "array formulas and spilled ranges", _decorated(_array)),
    Case("names", "defined names, local and global", _decorated(_names)),
    Case("print", "print area, titles, breaks, headers", _decorated(_print)),
    Case("hidden", "hidden and grouped rows and columns, hidden tabs", _decorated(_hidden)),
    Case("frozen", "panes, zoom, selection", _decorated(_frozen)),
    Case(
        "titles",
        "a merged title above a table that begins at B5",
        lambda: written(_titles, top=4, left=1),
        header_row=5,
        left=2,
        last_row=10,
    ),
    Case("links", "hyperlinks and their relationships", _decorated(_links)),
    Case("styled", "row and column formats, Chinese date formats, prepared empty cells", _decorated(_styled)),
    Case("protected", "a protected sheet, with leave", _decorated(_protected), allow_protected=True),
    Case("macros", "a macro project and a form button", _decorated(_macros), suffix=".xlsm"),
    Case("many_tabs", "awkward tab names, local names, document properties", _decorated(_many_tabs)),
    Case("footer", "a remark three rows below: two new rows would touch it", _decorated(_inline), can_append=False),
    Case("date_1904", "the 1904 date system", _decorated(lambda w, s: None, date_1904=True)),
    Case(
        "constant_memory",
        "rows written as a stream, all text inline",
        _decorated(lambda w, s: None, constant_memory=True),
    ),
    Case("openpyxl", "table, validation, format, note and formula of openpyxl", lambda: saved(_openpyxl_all)),
    Case("openpyxl_styles", "borders and heights go on into new rows", lambda: saved(_openpyxl_styles)),
    Case("openpyxl_1904", "openpyxl's 1904 workbook", lambda: saved(_openpyxl_epoch)),
    Case(
        "openpyxl_offset", "a table that begins at D3", lambda: saved(top=3, left=4), header_row=3, left=4, last_row=8
    ),
    Case("libreoffice_table", "LibreOffice's table with its filter", _by_libreoffice("table")),
    Case("libreoffice_autofilter", "LibreOffice's filter and hidden rows", _by_libreoffice("autofilter")),
    Case("libreoffice_conditional", "LibreOffice's data bars and icon sets", _by_libreoffice("conditional")),
    Case("libreoffice_styled", "LibreOffice's styles and empty formatted cells", _by_libreoffice("styled")),
    Case("libreoffice_formulas", "LibreOffice's formulas with their results", _by_libreoffice("formulas")),
    Case("libreoffice_notes", "LibreOffice's notes and drawings", _by_libreoffice("notes")),
    Case("no_references", "rows and cells without r", lambda: by_hand(sheet_xml(refs=False))),
    Case("prefixed", "elements with the prefix x", lambda: by_hand(sheet_xml(prefix="x"))),
    Case("quotes", "single quotes, another order of attributes", lambda: by_hand(sheet_xml(quote="'"))),
    Case("stored", "members that are not compressed", lambda: by_hand(sheet_xml(), stored=True)),
    Case("streamed", "members with data descriptors", streamed),
    Case("strict", "the strict namespaces", strict, openpyxl_reads=False),
    Case("external_link", "links to another workbook", external_link),
    Case("custom_xml", "custom XML and a printer's settings", custom_xml),
    Case("threaded", "threaded comments", threaded),
    Case("slicer", "an extension list that nobody here knows", slicer),
    Case("shared_formula", "shared formulas, errors, a calculation chain", shared_formula),
    Case("empty_rows", "thousands of empty formatted rows below", empty_rows),
)
BY_NAME = {case.name: case for case in CASES}
