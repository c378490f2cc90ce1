"""Pivot tables with their caches, slicers and timelines."""

from __future__ import annotations

from .by_writer import Writer, table_object
from .case import CUSTOMERS, HEADERS, Case
from .parts import BOOK, DECLARATION, DRAWING, MAIN, MC, MS, OFFICE, PLACED, SHEET, SHEET_TYPE, X14, X15, Parts, base

_CACHE = "xl/pivotCache/pivotCacheDefinition1.xml"
_PIVOT = "xl/pivotTables/pivotTable1.xml"


def _fields() -> str:
    fields: list[str] = []
    for place, header in enumerate(HEADERS):
        if place == 4:
            items = '<sharedItems containsSemiMixedTypes="0" containsString="0" containsNumber="1" minValue="3" maxValue="99.25"/>'
        else:
            texts = [str(row[place]) for row in CUSTOMERS]
            cells = "".join(f'<s v="{_text(one)}"/>' if one else "<m/>" for one in texts)
            items = f'<sharedItems containsBlank="1" count="{len(texts)}">{cells}</sharedItems>'
        fields.append(f'<cacheField name="{header}" numFmtId="0">{items}</cacheField>')
    return f'<cacheFields count="{len(HEADERS)}">{"".join(fields)}</cacheFields>'


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _records() -> str:
    rows = [
        "<r>" + "".join(f'<n v="{row[4]}"/>' if place == 4 else f'<x v="{at}"/>' for place in range(6)) + "</r>"
        for at, row in enumerate(CUSTOMERS)
    ]
    return f'{DECLARATION}<pivotCacheRecords xmlns="{MAIN}" count="5">{"".join(rows)}</pivotCacheRecords>'


def _definition() -> str:
    items = "".join(f'<item x="{at}"/>' for at in range(5))
    fields = [
        f'<pivotField axis="axisRow" showAll="0"><items count="6">{items}<item t="default"/></items></pivotField>'
        if place == 1
        else f'<pivotField {"dataField=" + chr(34) + "1" + chr(34) + " " if place == 4 else ""}showAll="0"/>'
        for place in range(6)
    ]
    rows = "<i><x/></i>" + "".join(f'<i><x v="{at}"/></i>' for at in range(1, 5)) + '<i t="grand"><x/></i>'
    return (
        f'{DECLARATION}<pivotTableDefinition xmlns="{MAIN}" name="透视表1" cacheId="7" applyNumberFormats="0"'
        ' dataOnRows="0" dataCaption="值" updatedVersion="6" minRefreshableVersion="3" createdVersion="6" outline="1">'
        '<location ref="A3:B9" firstHeaderRow="1" firstDataRow="1" firstDataCol="1"/>'
        f'<pivotFields count="6">{"".join(fields)}</pivotFields><rowFields count="1"><field x="1"/></rowFields>'
        f'<rowItems count="6">{rows}</rowItems><colItems count="1"><i/></colItems>'
        '<dataFields count="1"><dataField name="求和项:金额" fld="4" baseField="0" baseItem="0"/></dataFields>'
        '<pivotTableStyleInfo name="PivotStyleLight16" showRowHeaders="1" showColHeaders="1"/></pivotTableDefinition>'
    )


def pivot(source: str = 'ref="A1:F6" sheet="客户"', *, records: bool = True, refresh: bool = True) -> Parts:
    """Give a workbook with a pivot table over the customers on a tab of its own."""

    def shown(workbook: Writer, _: Writer) -> None:
        tab = workbook.add_worksheet("透视")
        tab.write_row(2, 0, ["行标签", "求和项:金额"])
        for at, row in enumerate(CUSTOMERS, start=3):
            tab.write_row(at, 0, [row[1], row[4]])

    parts = base(shown)
    head = f'<pivotCacheDefinition xmlns="{MAIN}" xmlns:r="{OFFICE}"'
    head += ' r:id="rId1"' if records else ' saveData="0"'
    head += (' refreshOnLoad="1"' if refresh else "") + ' refreshedBy="张三" refreshedDate="45000" recordCount="5"'
    cache = f'{DECLARATION}{head} createdVersion="6" refreshedVersion="6" minRefreshableVersion="3">'
    cache += (
        f'<cacheSource type="worksheet"><worksheetSource {source}/></cacheSource>{_fields()}</pivotCacheDefinition>'
    )
    parts.add(_CACHE, cache, f"{SHEET_TYPE}.pivotCacheDefinition+xml")
    if records:
        parts.add(_CACHE.replace("Definition", "Records"), _records(), f"{SHEET_TYPE}.pivotCacheRecords+xml")
        parts.relate(_CACHE, "pivotCacheRecords", "pivotCacheRecords1.xml", "rId1")
    parts.add(_PIVOT, _definition(), f"{SHEET_TYPE}.pivotTable+xml")
    parts.relate(_PIVOT, "pivotCacheDefinition", "../pivotCache/pivotCacheDefinition1.xml", "rId1")
    parts.relate("xl/worksheets/sheet2.xml", "pivotTable", "../pivotTables/pivotTable1.xml", "rId1")
    parts.relate(BOOK, "pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml", "rId70")
    return parts.place('<pivotCaches><pivotCache cacheId="7" r:id="rId70"/></pivotCaches>', part=BOOK)


def pivot_chart() -> Parts:
    """Give a pivot table with a chart that hangs on it."""

    def chart(workbook: Writer, sheet: Writer) -> None:
        one = workbook.add_chart({"type": "bar"})
        one.add_series({"values": "=客户!$E$2:$E$6"})
        sheet.insert_chart("J2", one)

    parts = base(chart)
    source = '<c:pivotSource><c:name>[t.xlsx]透视!透视表1</c:name><c:fmtId val="0"/></c:pivotSource>'
    return parts.change("xl/charts/chart1.xml", lambda xml: xml.replace("<c:chart>", f"{source}<c:chart>", 1))


def _frame(kind: str, name: str) -> str:
    space = f"{MS}/drawing/2010/slicer" if kind == "slicer" else f"{MS}/drawing/2012/timeslicer"
    prefix, required = ("sle", "a14") if kind == "slicer" else ("tsle", "tsle")
    a14 = f"{MS}/drawing/2010/main"
    inner = f'<{prefix}:{"slicer" if kind == "slicer" else "timeslicer"} xmlns:{prefix}="{space}" name="{name}"/>'
    return (
        f'{DECLARATION}<xdr:wsDr xmlns:xdr="{PLACED}" xmlns:a="{DRAWING}"><xdr:twoCellAnchor editAs="absolute">'
        "<xdr:from><xdr:col>9</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>1</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from>"
        "<xdr:to><xdr:col>12</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>12</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to>"
        f'<mc:AlternateContent xmlns:mc="{MC}" xmlns:{required}="{a14 if required == "a14" else space}">'
        f'<mc:Choice Requires="{required}"><xdr:graphicFrame macro=""><xdr:nvGraphicFramePr><xdr:cNvPr id="2" name="{name}"/>'
        '<xdr:cNvGraphicFramePr/></xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm>'
        f'<a:graphic><a:graphicData uri="{space}">{inner}</a:graphicData></a:graphic></xdr:graphicFrame></mc:Choice>'
        '<mc:Fallback><xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="0" name=""/><xdr:cNvSpPr/></xdr:nvSpPr>'
        '<xdr:spPr><a:xfrm><a:off x="1" y="1"/><a:ext cx="9" cy="9"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        "</xdr:spPr></xdr:sp></mc:Fallback></mc:AlternateContent><xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"
    )


def _with_drawing(parts: Parts, kind: str, name: str, sheet: str = SHEET) -> Parts:
    parts.add(
        "xl/drawings/drawing1.xml", _frame(kind, name), "application/vnd.openxmlformats-officedocument.drawing+xml"
    )
    parts.relate(sheet, "drawing", "../drawings/drawing1.xml", "rId60")
    return parts.place('<drawing r:id="rId60"/>', part=sheet)


def table_slicer() -> Parts:
    """Give a table object with a slicer beside it."""
    parts = _with_drawing(base(table_object), "slicer", "备注 1")
    slicer = f'{DECLARATION}<slicers xmlns="{X14}"><slicer name="备注 1" cache="切片器_备注" caption="备注" rowHeight="241300"/></slicers>'
    cache = (
        f'{DECLARATION}<slicerCacheDefinition xmlns="{X14}" name="切片器_备注" sourceName="备注"><extLst><x:ext xmlns:x="{MAIN}"'
        f' uri="{{2F2917AC-EB37-4324-AD4E-5DD8C200BD13}}" xmlns:x15="{X15}"><x15:tableSlicerCache tableId="1" column="6"/>'
        "</x:ext></extLst></slicerCacheDefinition>"
    )
    parts.add("xl/slicers/slicer1.xml", slicer, "application/vnd.ms-excel.slicer+xml")
    parts.add("xl/slicerCaches/slicerCache1.xml", cache, "application/vnd.ms-excel.slicerCache+xml")
    parts.relate(SHEET, f"{MS}/2007/relationships/slicer", "../slicers/slicer1.xml", "rId61")
    parts.relate(BOOK, f"{MS}/2007/relationships/slicerCache", "slicerCaches/slicerCache1.xml", "rId71")
    listed = f'<ext uri="{{3A4CF648-6AED-40f4-86FF-DC5316D8AED3}}" xmlns:x14="{X14}"><x14:slicerList><x14:slicer r:id="rId61"/></x14:slicerList></ext>'
    parts.place(f"<extLst>{listed}</extLst>")
    caches = (
        f'<extLst><ext uri="{{46BE6895-7355-4a93-B00E-2C351335B9C9}}" xmlns:x15="{X15}"><x15:slicerCaches'
        f' xmlns:x14="{X14}"><x14:slicerCache r:id="rId71"/></x15:slicerCaches></ext></extLst>'
    )
    return parts.place(caches, part=BOOK)


def pivot_slicer() -> Parts:
    """Give a pivot table with a slicer on its own tab."""
    parts = _with_drawing(pivot(), "slicer", "姓名", "xl/worksheets/sheet2.xml")
    items = "".join(f'<i x="{at}" s="1"/>' for at in range(5))
    cache = (
        f'{DECLARATION}<slicerCacheDefinition xmlns="{X14}" name="切片器_姓名" sourceName="姓名"><pivotTables>'
        '<pivotTable tabId="2" name="透视表1"/></pivotTables><data><tabular pivotCacheId="7"><items count="5">'
        f"{items}</items></tabular></data></slicerCacheDefinition>"
    )
    slicer = f'{DECLARATION}<slicers xmlns="{X14}"><slicer name="姓名" cache="切片器_姓名" caption="姓名" rowHeight="241300"/></slicers>'
    parts.add("xl/slicers/slicer1.xml", slicer, "application/vnd.ms-excel.slicer+xml")
    parts.add("xl/slicerCaches/slicerCache1.xml", cache, "application/vnd.ms-excel.slicerCache+xml")
    parts.relate("xl/worksheets/sheet2.xml", f"{MS}/2007/relationships/slicer", "../slicers/slicer1.xml", "rId61")
    parts.relate(BOOK, f"{MS}/2007/relationships/slicerCache", "slicerCaches/slicerCache1.xml", "rId71")
    listed = f'<extLst><ext uri="{{A8765BA9-456A-4dab-B4F3-ACF838C121DE}}" xmlns:x14="{X14}"><x14:slicerList><x14:slicer r:id="rId61"/></x14:slicerList></ext></extLst>'
    parts.place(listed, part="xl/worksheets/sheet2.xml")
    caches = f'<extLst><ext uri="{{BBE1A952-AA13-448e-AADC-164F8A28A991}}" xmlns:x14="{X14}"><x14:slicerCaches><x14:slicerCache r:id="rId71"/></x14:slicerCaches></ext></extLst>'
    return parts.place(caches, part=BOOK)


def timeline() -> Parts:
    """Give a pivot table with a timeline beside it."""
    parts = _with_drawing(pivot(), "timeline", "日期", "xl/worksheets/sheet2.xml")
    cache = (
        f'{DECLARATION}<timelineCacheDefinition xmlns="{X15}" name="日程表_日期" sourceName="日期"><pivotTables>'
        '<pivotTable tabId="2" name="透视表1"/></pivotTables><state minimalRefreshVersion="6" lastRefreshVersion="6"'
        ' pivotCacheId="7" filterType="unknown"><bounds startDate="2024-01-01T00:00:00" endDate="2025-01-01T00:00:00"/>'
        "</state></timelineCacheDefinition>"
    )
    one = f'{DECLARATION}<timelines xmlns="{X15}"><timeline name="日期" cache="日程表_日期" caption="日期" level="2" selectionLevel="2"/></timelines>'
    parts.add("xl/timelines/timeline1.xml", one, "application/vnd.ms-excel.timeline+xml")
    parts.add("xl/timelineCaches/timelineCache1.xml", cache, "application/vnd.ms-excel.timelineCache+xml")
    parts.relate("xl/worksheets/sheet2.xml", f"{MS}/2011/relationships/timeline", "../timelines/timeline1.xml", "rId61")
    parts.relate(BOOK, f"{MS}/2011/relationships/timelineCache", "timelineCaches/timelineCache1.xml", "rId71")
    listed = f'<extLst><ext uri="{{7E03D99C-DC04-49d9-9315-930204A7B6E9}}" xmlns:x15="{X15}"><x15:timelineRefs><x15:timelineRef r:id="rId61"/></x15:timelineRefs></ext></extLst>'
    parts.place(listed, part="xl/worksheets/sheet2.xml")
    caches = f'<extLst><ext uri="{{D0CA8CA8-9F24-4464-BF8E-62219DCF47F9}}" xmlns:x15="{X15}"><x15:timelineCacheRefs><x15:timelineCacheRef r:id="rId71"/></x15:timelineCacheRefs></ext></extLst>'
    return parts.place(caches, part=BOOK)


CASES = (
    Case("pivot", "a pivot table and its cache with records, refreshed when Excel opens it", lambda: pivot().bytes()),
    Case("pivot_bare", "a pivot cache that keeps no records", lambda: pivot(records=False).bytes()),
    Case("pivot_still", "a pivot cache that is not refreshed on opening", lambda: pivot(refresh=False).bytes()),
    Case("pivot_chart", "a chart that hangs on a pivot table", lambda: pivot_chart().bytes()),
    Case("table_slicer", "a slicer of a table object, with its cache and drawing", lambda: table_slicer().bytes()),
    Case("pivot_slicer", "a slicer of a pivot table", lambda: pivot_slicer().bytes()),
    Case("timeline", "a timeline of a pivot table", lambda: timeline().bytes()),
)
