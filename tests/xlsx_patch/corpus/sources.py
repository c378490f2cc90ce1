"""What ties a workbook to the world: links, connections, queries, maps, models, labels, properties, macros."""

from __future__ import annotations

import base64
import io
import struct

from .by_writer import Writer, table_object
from .case import Case
from .parts import BOOK, DECLARATION, MAIN, MS, OFFICE, SHEET, SHEET_TYPE, X15, Parts, base, checked

_PROPERTIES = "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
_CONNECTIONS = "xl/connections.xml"


def _custom(parts: Parts, number: int, content: bytes, item: str = "") -> Parts:
    parts.add(f"customXml/item{number}.xml", content)
    parts.relate(BOOK, "customXml", f"../customXml/item{number}.xml", f"rId8{number}")
    space = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"
    props = f'{DECLARATION}<ds:datastoreItem xmlns:ds="{space}" ds:itemID="{{0000000{number}-0000-0000-0000-000000000000}}"><ds:schemaRefs>{item}</ds:schemaRefs></ds:datastoreItem>'
    parts.add(f"customXml/itemProps{number}.xml", props, _PROPERTIES)
    return parts.relate(f"customXml/item{number}.xml", "customXmlProps", f"itemProps{number}.xml", "rId1")


def external_values() -> Parts:
    """Give a formula that quotes another workbook, whose values are kept here."""

    def quoting(_: Writer, sheet: Writer) -> None:
        sheet.write_formula("H2", "=[1]价目!A1*2", None, 24)

    parts = base(quoting)
    link = (
        f'{DECLARATION}<externalLink xmlns="{MAIN}"><externalBook xmlns:r="{OFFICE}" r:id="rId1"><sheetNames><sheetName val="价目"/>'
        '</sheetNames><definedNames><definedName name="底价" refersTo="=价目!$A$1"/></definedNames><sheetDataSet><sheetData sheetId="0">'
        '<row r="1"><cell r="A1"><v>12</v></cell></row></sheetData></sheetDataSet></externalBook></externalLink>'
    )
    parts.add("xl/externalLinks/externalLink1.xml", link, f"{SHEET_TYPE}.externalLink+xml")
    parts.relate(
        "xl/externalLinks/externalLink1.xml", "externalLinkPath", "file:///C:/价目.xlsx", "rId1", is_external=True
    )
    parts.relate(BOOK, "externalLink", "externalLinks/externalLink1.xml", "rId90")
    return parts.place('<externalReferences><externalReference r:id="rId90"/></externalReferences>', part=BOOK)


def dde_link() -> Parts:
    """Give a DDE link, an old way to fetch prices."""
    link = (
        f'{DECLARATION}<externalLink xmlns="{MAIN}"><ddeLink ddeService="行情" ddeTopic="A"><ddeItems><ddeItem name="x" advise="1">'
        "<values><value><val>1</val></value></values></ddeItem></ddeItems></ddeLink></externalLink>"
    )
    parts = base().add("xl/externalLinks/externalLink1.xml", link, f"{SHEET_TYPE}.externalLink+xml")
    parts.relate(BOOK, "externalLink", "externalLinks/externalLink1.xml", "rId90")
    return parts.place('<externalReferences><externalReference r:id="rId90"/></externalReferences>', part=BOOK)


def connections(parts: Parts | None = None) -> Parts:
    """Give connections to a database and to a text file."""
    found = base() if parts is None else parts
    xml = (
        f'{DECLARATION}<connections xmlns="{MAIN}"><connection id="1" name="数据库" type="1" refreshedVersion="6" background="1">'
        '<dbPr connection="DSN=erp" command="SELECT * FROM c"/></connection><connection id="2" name="文本" type="6">'
        '<textPr sourceFile="C:\\c.txt"><textFields count="1"><textField/></textFields></textPr></connection></connections>'
    )
    found.add(_CONNECTIONS, xml, f"{SHEET_TYPE}.connections+xml")
    return found.relate(BOOK, "connections", "connections.xml", "rId72")


def query_elsewhere() -> Parts:
    """Give a query table on another tab."""

    def other(workbook: Writer, _: Writer) -> None:
        tab = workbook.add_worksheet("查询")
        tab.write_row(0, 0, ["a", "b"])
        tab.write_row(1, 0, [1, 2])
        workbook.define_name("查询!外部数据_1", "=查询!$A$1:$B$2")

    parts = connections(base(other))
    query = f'{DECLARATION}<queryTable xmlns="{MAIN}" name="外部数据_1" connectionId="1" autoFormatId="16"/>'
    parts.add("xl/queryTables/queryTable1.xml", query, f"{SHEET_TYPE}.queryTable+xml")
    return parts.relate("xl/worksheets/sheet2.xml", "queryTable", "../queryTables/queryTable1.xml", "rId1")


def power_query() -> Parts:
    """Give a Power Query: the mash-up in custom XML, and the connection that runs it."""
    zipped = b"PK\x05\x06" + bytes(18)
    blob = struct.pack("<II", 0, len(zipped)) + zipped + struct.pack("<III", 0, 0, 0)
    mashup = f'<?xml version="1.0" encoding="utf-16"?><DataMashup xmlns="http://schemas.microsoft.com/DataMashup">{base64.b64encode(blob).decode()}</DataMashup>'
    parts = _custom(
        base(), 1, mashup.encode("utf-16"), '<ds:schemaRef ds:uri="http://schemas.microsoft.com/DataMashup"/>'
    )
    xml = (
        f'{DECLARATION}<connections xmlns="{MAIN}"><connection id="1" keepAlive="1" name="查询 - 客户" type="5" refreshedVersion="0"'
        ' background="1"><dbPr connection="Provider=Microsoft.Mashup.OleDb.1;Data Source=$Workbook$;Location=客户"'
        ' command="SELECT * FROM [客户]"/></connection></connections>'
    )
    parts.add(_CONNECTIONS, xml, f"{SHEET_TYPE}.connections+xml")
    return parts.relate(BOOK, "connections", "connections.xml", "rId72")


def data_model() -> Parts:
    """Give a data model with its connection."""
    parts = base().default("data", "application/vnd.openxmlformats-officedocument.model+data")
    parts.add("xl/model/item.data", bytes(range(256)) * 40)
    parts.relate(
        BOOK,
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/powerPivotData",
        "model/item.data",
        "rId73",
    )
    xml = (
        f'{DECLARATION}<connections xmlns="{MAIN}"><connection id="1" keepAlive="1" name="ThisWorkbookDataModel" type="5">'
        '<dbPr connection="Data Model Connection" command="Model" commandType="1"/><olapPr sendLocale="1" rowDrillCount="1000"/>'
        f'<extLst><ext uri="{{DE250136-89BD-433C-8126-D09CA5730AF9}}" xmlns:x15="{X15}"><x15:connection id="" model="1"/></ext></extLst>'
        "</connection></connections>"
    )
    parts.add(_CONNECTIONS, xml, f"{SHEET_TYPE}.connections+xml")
    return parts.relate(BOOK, "connections", "connections.xml", "rId72")


def xml_map() -> Parts:
    """Give an XML map with a cell that it fills, beside the table."""
    maps = (
        f'{DECLARATION}<MapInfo xmlns="{MAIN}" SelectionNamespaces=""><Schema ID="S1"><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>'
        '</Schema><Map ID="1" Name="客户_映射" RootElement="c" SchemaID="S1" ShowImportExportValidationErrors="0" AutoFit="1" Append="0"'
        ' PreserveSortAFLayout="1" PreserveFormat="1"/></MapInfo>'
    )
    single = (
        f'{DECLARATION}<singleXmlCells xmlns="{MAIN}"><singleXmlCell id="9" r="J1" connectionId="0"><xmlCellPr id="1" uniqueName="n">'
        '<xmlPr mapId="1" xpath="/c/n" xmlDataType="string"/></xmlCellPr></singleXmlCell></singleXmlCells>'
    )
    parts = base().add("xl/xmlMaps.xml", maps, "application/xml")
    parts.relate(BOOK, "xmlMaps", "xmlMaps.xml", "rId74")
    parts.add("xl/tables/tableSingleCells1.xml", single, f"{SHEET_TYPE}.tableSingleCells+xml")
    return parts.relate(SHEET, "tableSingleCells", "../tables/tableSingleCells1.xml", "rId55")


def custom_items() -> Parts:
    """Give three custom XML items with their properties, one of them in UTF-16."""
    parts = _custom(base(), 1, "<数据 xmlns='urn:x'>一</数据>".encode())
    _custom(parts, 2, '<?xml version="1.0" encoding="UTF-16"?><p/>'.encode("utf-16"))
    return _custom(parts, 3, b"<!-- a comment --><p><![CDATA[ < ]]></p>")


def label() -> Parts:
    """Give a sensitivity label, in the part of its own and in the custom properties."""

    def marked(workbook: Writer, _: Writer) -> None:
        workbook.set_custom_property("MSIP_Label_1_Name", "内部")
        workbook.set_custom_property("MSIP_Label_1_Enabled", "true")

    parts = base(marked)
    kind = f"{MS}/2020/02/relationships/classificationlabels"
    info = f'{DECLARATION}<clbl:labelList xmlns:clbl="{MS}/2020/mipLabelMetadata"><clbl:label id="{{1}}" enabled="1" method="Standard" siteId="{{2}}"/></clbl:labelList>'
    parts.add("docMetadata/LabelInfo.xml", info, "application/vnd.ms-office.classificationlabels+xml")
    return parts.relate("", kind, "docMetadata/LabelInfo.xml", "rId95")


def web_extension() -> Parts:
    """Give an Office add-in's task pane that the workbook remembers."""
    space = f"{MS}/webextensions"
    pane = f'{DECLARATION}<wetp:taskpanes xmlns:wetp="{space}/taskpanes/2010/11"><wetp:taskpane dockstate="right" visibility="0" width="350" row="1"><wetp:webextensionref xmlns:r="{OFFICE}" r:id="rId1"/></wetp:taskpane></wetp:taskpanes>'
    one = f'{DECLARATION}<we:webextension xmlns:we="{space}/webextension/2010/11" id="{{1}}"><we:reference id="wa1" version="1.0" store="zh-CN" storeType="OMEX"/><we:properties/><we:bindings/></we:webextension>'
    parts = base().add("xl/webextensions/taskpanes.xml", pane, "application/vnd.ms-office.webextensiontaskpanes+xml")
    parts.add("xl/webextensions/webextension1.xml", one, "application/vnd.ms-office.webextension+xml")
    parts.relate("", f"{MS}/2011/relationships/webextensiontaskpanes", "xl/webextensions/taskpanes.xml", "rId96")
    return parts.relate(
        "xl/webextensions/taskpanes.xml", f"{MS}/2011/relationships/webextension", "webextension1.xml", "rId1"
    )


def ribbon() -> Parts:
    """Give a ribbon of the workbook's own."""
    ui = f'<customUI xmlns="{MS}/2009/07/customui"><ribbon><tabs><tab id="t" label="客户"/></tabs></ribbon></customUI>'
    parts = base().add("customUI/customUI14.xml", ui)
    return parts.relate("", f"{MS}/2007/relationships/ui/extensibility", "customUI/customUI14.xml", "rId97")


def thumbnail() -> Parts:
    """Give a preview picture of the workbook."""
    parts = (
        base()
        .default("jpeg", "image/jpeg")
        .add("docProps/thumbnail.jpeg", b"\xff\xd8\xff\xe0" + bytes(200) + b"\xff\xd9")
    )
    kind = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/thumbnail"
    return parts.relate("", kind, "docProps/thumbnail.jpeg", "rId98")


def sheet_property() -> Parts:
    """Give a custom property of the sheet, as add-ins leave it."""
    parts = base().default("bin", f"{SHEET_TYPE}.customProperty")
    parts.add("xl/customProperty1.bin", "值".encode("utf-16-le"))
    parts.relate(SHEET, "customProperty", "../customProperty1.bin", "rId56")
    return parts.place('<customProperties><customPr name="x" r:id="rId56"/></customProperties>')


def printer() -> Parts:
    """Give the settings of a printer, two sheets' worth."""
    parts = base().default("bin", f"{SHEET_TYPE}.printerSettings")
    for number in (1, 2):
        sheet = f"xl/worksheets/sheet{number}.xml"
        parts.add(f"xl/printerSettings/printerSettings{number}.bin", bytes(range(256)) * 8)
        parts.relate(sheet, "printerSettings", f"../printerSettings/printerSettings{number}.bin", "rId57")
        parts.place('<pageSetup paperSize="9" orientation="landscape" r:id="rId57"/>', part=sheet)
    return parts


def macro_sheet() -> Parts:
    """Give an Excel 4 macro sheet among the tabs."""
    parts = base()
    xml = f'{DECLARATION}<xm:macrosheet xmlns="{MAIN}" xmlns:xm="{MS}/excel/2006/main"><sheetData><row r="1"><c r="A1"><f>RETURN()</f></c></row></sheetData></xm:macrosheet>'
    parts.add("xl/macrosheets/sheet1.xml", xml, "application/vnd.ms-excel.macrosheet+xml")
    parts.relate(BOOK, f"{MS}/2006/relationships/xlMacrosheet", "macrosheets/sheet1.xml", "rId75")
    return parts.change(
        BOOK,
        lambda xml: xml.replace("</sheets>", '<sheet name="宏1" sheetId="77" state="hidden" r:id="rId75"/></sheets>'),
    )


def volatile() -> Parts:
    """Give volatile dependencies: a formula that a running server feeds."""
    parts = base()
    xml = f'{DECLARATION}<volTypes xmlns="{MAIN}"><volType type="realTimeData"><main first="行情.Rtd"><tp t="s"><v>x</v><stp/><stp>a</stp><tr r="J1" s="1"/></tp></main></volType></volTypes>'
    parts.add("xl/volatileDependencies.xml", xml, f"{SHEET_TYPE}.volatileDependencies+xml")
    return parts.relate(BOOK, "volatileDependencies", "volatileDependencies.xml", "rId76")


def sheet_views() -> Parts:
    """Give a named sheet view, as people keep them who work on one workbook at the same time."""
    xml = f'{DECLARATION}<namedSheetViews xmlns="{MS}/spreadsheetml/2019/namedsheetviews"><namedSheetView name="我的" id="{{1}}"/></namedSheetViews>'
    parts = base().add("xl/namedSheetViews/namedSheetView1.xml", xml, "application/vnd.ms-excel.namedsheetviews+xml")
    return parts.relate(
        SHEET, f"{MS}/2019/04/relationships/namedSheetView", "../namedSheetViews/namedSheetView1.xml", "rId58"
    )


def rich_values() -> Parts:
    """Give a linked data type (a stock) beside the table, with its rich value parts."""
    parts = base()
    space = f"{MS}/spreadsheetml/2017/richdata"
    kinds = f"{MS}/2017/06/relationships"
    files = (
        ("rdrichvalue", "rdRichValue", f'<rvData xmlns="{space}" count="1"><rv s="0"><v>茶</v></rv></rvData>'),
        (
            "rdrichvaluestructure",
            "rdRichValueStructure",
            f'<rvStructures xmlns="{space}" count="1"><s t="_entity"><k n="_DisplayString" t="s"/></s></rvStructures>',
        ),
    )
    for number, (name, kind, xml) in enumerate(files):
        parts.add(f"xl/richData/{name}.xml", DECLARATION + xml, f"application/vnd.ms-excel.{name}+xml")
        parts.relate(BOOK, f"{kinds}/{kind}", f"richData/{name}.xml", f"rId10{number}")
    meta = (
        f'{DECLARATION}<metadata xmlns="{MAIN}" xmlns:xlrd="{space}"><metadataTypes count="1"><metadataType name="XLRICHVALUE"'
        ' minSupportedVersion="120000" copy="1" pasteAll="1"/></metadataTypes><futureMetadata name="XLRICHVALUE" count="1"><bk><extLst>'
        '<ext uri="{3e2802c4-a4d2-4d8b-9148-e3be6c30e623}"><xlrd:rvb i="0"/></ext></extLst></bk></futureMetadata>'
        '<valueMetadata count="1"><bk><rc t="1" v="0"/></bk></valueMetadata></metadata>'
    )
    parts.add("xl/metadata.xml", meta, f"{SHEET_TYPE}.sheetMetadata+xml")
    parts.relate(BOOK, "sheetMetadata", "metadata.xml", "rId109")
    cell = '<c r="H3" t="e" vm="1"><v>#VALUE!</v></c></row><row r="4"'
    return parts.change(SHEET, lambda xml: xml.replace('</row><row r="4"', cell, 1))


def _theme() -> Parts:
    parts = base()
    return parts.change("xl/theme/theme1.xml", lambda xml: xml.replace('name="Office"', 'name="我们的主题"'))


def _properties(workbook: Writer, _: Writer) -> None:
    workbook.set_properties(
        {
            "title": "客户",
            "subject": "名单",
            "author": "张三",
            "manager": "李四",
            "company": "公司",
            "keywords": "a b",
            "status": "终稿",
        }
    )
    for name, value in (("部门", "销售"), ("数", 3), ("真", True), ("小数", 1.5)):
        workbook.set_custom_property(name, value)


def _read_only(workbook: Writer, _: Writer) -> None:
    workbook.read_only_recommended()
    workbook.set_calc_mode("manual")
    workbook.set_size(2400, 1200)


def _signed_macros(workbook: Writer, _: Writer) -> None:
    workbook.add_signed_vba_project(
        io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)),
        io.BytesIO(bytes(range(256)) * 3),
        project_is_stream=True,
        signature_is_stream=True,
    )


def signed() -> Parts:
    """Give a digitally signed workbook."""
    kinds = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature"
    parts = base().add(
        "_xmlsignatures/origin.sigs", b"", "application/vnd.openxmlformats-package.digital-signature-origin"
    )
    parts.relate("", f"{kinds}/origin", "_xmlsignatures/origin.sigs", "rId99")
    xml = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>'
    parts.add(
        "_xmlsignatures/sig1.xml", xml, "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"
    )
    return parts.relate("_xmlsignatures/origin.sigs", f"{kinds}/signature", "sig1.xml", "rId1")


def query_here() -> Parts:
    """Give a table object that a query fills: what is written into it goes with the next refresh."""
    parts = base(table_object)
    return parts.change("xl/tables/table1.xml", lambda xml: xml.replace("<table ", '<table tableType="queryTable" ', 1))


def mapped_table() -> Parts:
    """Give a table object that an XML map fills."""
    parts = base(table_object)
    return parts.change("xl/tables/table1.xml", lambda xml: xml.replace("<table ", '<table tableType="xml" ', 1))


CASES = (
    Case(
        "external_values",
        "a formula over another workbook, with the values kept of it",
        lambda: external_values().bytes(),
    ),
    Case("dde_link", "a DDE link", lambda: dde_link().bytes(), openpyxl_reads=False),
    Case("connections", "connections to a database and a text file", lambda: connections().bytes()),
    Case("query_elsewhere", "a query table on another tab", lambda: query_elsewhere().bytes()),
    Case("power_query", "a Power Query in UTF-16 custom XML, with its connection", lambda: power_query().bytes()),
    Case("data_model", "a data model", lambda: data_model().bytes()),
    Case("xml_map", "an XML map that fills a cell beside the table", lambda: xml_map().bytes()),
    Case("custom_items", "custom XML items, one of them with comments and CDATA", lambda: custom_items().bytes()),
    Case("label", "a sensitivity label", lambda: label().bytes()),
    Case("web_extension", "an Office add-in's task pane", lambda: web_extension().bytes()),
    Case("ribbon", "a ribbon of the workbook's own", lambda: ribbon().bytes()),
    Case("thumbnail", "a preview picture", lambda: thumbnail().bytes()),
    Case("sheet_property", "a custom property of the sheet", lambda: sheet_property().bytes()),
    Case("printer", "printer settings of two tabs", lambda: printer().bytes()),
    Case("macro_sheet", "an Excel 4 macro sheet among the tabs", lambda: macro_sheet().bytes(), suffix=".xlsm"),
    Case("volatile", "volatile dependencies on a running server", lambda: volatile().bytes()),
    Case("sheet_views", "a named sheet view", lambda: sheet_views().bytes()),
    Case("rich_values", "a linked data type with its rich values", lambda: rich_values().bytes()),
    Case("theme", "a theme of the company's own", lambda: _theme().bytes()),
    Case("properties", "document properties of every type", checked(_properties)),
    Case("read_only", "opening read-only is recommended, calculation is manual", checked(_read_only)),
    Case("macros_signed", "a macro project with its own signature", checked(_signed_macros), suffix=".xlsm"),
    Case("signed", "a signed workbook is refused", lambda: signed().bytes(), refused="patch.signed"),
    Case(
        "query_here",
        "a table that a query fills is refused",
        lambda: query_here().bytes(),
        refused="bind.query_table",
        refused_at="bind",
    ),
    Case(
        "mapped_table",
        "a table that an XML map fills is refused",
        lambda: mapped_table().bytes(),
        refused="bind.xml_map",
        refused_at="bind",
    ),
)
