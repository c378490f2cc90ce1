"""How other programs write the same table: Google Sheets, WPS, old exporters."""

from __future__ import annotations

import re

from .by_hand import by_hand, sheet_xml
from .by_writer import Writer, png, table_object
from .case import Case
from .parts import BOOK, DECLARATION, DRAWING, OFFICE, PLACED, SHEET, Parts, base

_WPS_CELLS = "http://www.wps.cn/officeDocument/2017/etCustomData"


def google() -> Parts:
    """Give the marks of Google Sheets: a bare workbook, huge grids of styled empty rows, drawings on every tab."""
    parts = base()
    empty = "".join(f'<row r="{row}" ht="15.75" customHeight="1"/>' for row in range(7, 1001))
    parts.change(SHEET, lambda xml: xml.replace("</sheetData>", f"{empty}</sheetData>"))
    parts.change(SHEET, lambda xml: re.sub(r"<dimension [^>]*/>", "", xml))
    parts.change(
        SHEET,
        lambda xml: re.sub(
            r"<sheetFormatPr[^>]*/>",
            '<sheetFormatPr customHeight="1" defaultColWidth="12.63" defaultRowHeight="15.75"/>',
            xml,
        ),
    )
    parts.change(BOOK, lambda xml: re.sub(r"<fileVersion[^>]*/>|<calcPr[^>]*/>", "", xml))
    for number in (1, 2):
        sheet = f"xl/worksheets/sheet{number}.xml"
        xml = f'{DECLARATION}<xdr:wsDr xmlns:xdr="{PLACED}" xmlns:a="{DRAWING}"/>'
        parts.add(f"xl/drawings/drawing{number}.xml", xml, "application/vnd.openxmlformats-officedocument.drawing+xml")
        parts.relate(sheet, "drawing", f"../drawings/drawing{number}.xml", "rId60")
        parts.place('<drawing r:id="rId60"/>', part=sheet)
    for name in [name for name in parts.contents if name.startswith("docProps/")]:
        del parts.contents[name]
    parts.change("_rels/.rels", lambda xml: re.sub(r"<Relationship [^>]*docProps[^>]*/>", "", xml))
    return parts.change("[Content_Types].xml", lambda xml: re.sub(r'<Override PartName="/docProps[^>]*/>', "", xml))


def google_metadata() -> Parts:
    """Give the part in which Google keeps what Excel has no word for."""
    parts = base().add("xl/metadata", b"\x08\x01\x12\x04x", "application/binary")
    return parts.relate(BOOK, "http://customschemas.google.com/relationships/workbookmetadata", "metadata", "rId91")


def wps() -> Parts:
    """Give the marks of WPS: its own properties, its own extension list in the sheet."""

    def built(workbook: Writer, _: Writer) -> None:
        workbook.set_custom_property("KSOProductBuildVer", "2052-12.1.0.16120")
        workbook.set_custom_property("ICV", "0F2B")

    parts = base(built)
    parts.change(
        SHEET, lambda xml: re.sub(r"<worksheet ([^>]*)>", rf'<worksheet \1 xmlns:etc="{_WPS_CELLS}">', xml, count=1)
    )
    return parts.change(SHEET, lambda xml: xml + "\n")


def wps_pictures() -> Parts:
    """Give pictures in cells as WPS keeps them: a formula and a part of its own."""

    def formula(_: Writer, sheet: Writer) -> None:
        sheet.write_formula("H2", '=_xlfn.DISPIMG("ID_1",1)', None, '=DISPIMG("ID_1",1)')

    parts = base(formula)
    xml = (
        f'{DECLARATION}<etc:cellImages xmlns:etc="{_WPS_CELLS}" xmlns:xdr="{PLACED}" xmlns:a="{DRAWING}" xmlns:r="{OFFICE}"><etc:cellImage><xdr:pic>'
        '<xdr:nvPicPr><xdr:cNvPr id="2" name="ID_1"/><xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill><a:blip r:embed="rId1"/></xdr:blipFill>'
        "<xdr:spPr/></xdr:pic></etc:cellImage></etc:cellImages>"
    )
    parts.default("png", "image/png").add("xl/media/image1.png", png())
    parts.add("xl/cellimages.xml", xml, "application/vnd.wps-officedocument.cellimage+xml")
    parts.relate("xl/cellimages.xml", "image", "media/image1.png", "rId1")
    return parts.relate(BOOK, "http://www.wps.cn/officeDocument/2020/cellImage", "cellimages.xml", "rId92")


def server_export() -> bytes:
    """Give the bare sheet of a server: no styles on cells, no dimension, everything inline, one tab."""
    xml = sheet_xml()
    return by_hand(xml.replace(" >", ">").replace("\n", ""))


def spread_columns() -> Parts:
    """Give a table whose columns are set one by one, as reporting tools write them."""
    cols = "".join(f'<col min="{n}" max="{n}" width="{9 + n}" customWidth="1"/>' for n in range(1, 21))
    return base().change(SHEET, lambda xml: xml.replace("<sheetData>", f"<cols>{cols}</cols><sheetData>"))


def all_columns_styled() -> Parts:
    """Give a format on all columns of the grid."""
    cols = '<cols><col min="1" max="16384" width="14" style="0" customWidth="1"/></cols>'
    return base().change(SHEET, lambda xml: xml.replace("<sheetData>", f"{cols}<sheetData>"))


def table_without_filter() -> Parts:
    """Give a table object without a filter, as people switch it off."""
    return base(table_object).change("xl/tables/table1.xml", lambda xml: re.sub(r"<autoFilter[^>]*/>", "", xml))


def many_names() -> Parts:
    """Give broken, hidden and external names among those that work."""
    names = (
        '<definedNames><definedName name="坏的">#REF!</definedName><definedName name="_xlnm.Criteria" localSheetId="0">客户!$J$1:$J$2</definedName>'
        '<definedName name="隐" hidden="1">客户!$A$1</definedName><definedName name="文">"a,b"</definedName>'
        '<definedName name="整列">客户!$E:$E</definedName><definedName name="宏名" function="1" vbProcedure="1">0</definedName></definedNames>'
    )
    return base().place(names, part=BOOK)


def hidden_customers() -> Parts:
    """Give a first tab that is hidden, and another one that is active."""
    return base().change(
        BOOK, lambda xml: re.sub(r"<workbookView ([^>]*)/>", r'<workbookView \1 activeTab="1" firstSheet="1"/>', xml)
    )


CASES = (
    Case("google", "the bare export of Google Sheets with a thousand empty rows", lambda: google().bytes()),
    Case("google_metadata", "Google's own part", lambda: google_metadata().bytes()),
    Case("wps", "the properties and names of WPS", lambda: wps().bytes()),
    Case("wps_pictures", "pictures in cells as WPS keeps them", lambda: wps_pictures().bytes()),
    Case("server_export", "a server's bare sheet", server_export),
    Case("columns_one_by_one", "twenty columns set one by one", lambda: spread_columns().bytes()),
    Case("columns_all", "a format on all columns of the grid", lambda: all_columns_styled().bytes()),
    Case("table_unfiltered", "a table object without a filter", lambda: table_without_filter().bytes()),
    Case("names_many", "broken, hidden and function names", lambda: many_names().bytes()),
    Case("active_elsewhere", "another tab is active", lambda: hidden_customers().bytes()),
)
