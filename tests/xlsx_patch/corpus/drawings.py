"""What lies on a sheet: shapes, pictures, diagrams, embedded objects, controls."""

from __future__ import annotations

import io

from .by_writer import Writer, notes, png, written
from .case import Case
from .parts import DECLARATION, DRAWING, MC, MS, OFFICE, PLACED, SHEET, Parts, base, checked

_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.drawing+xml"
_DRAWING_PART = "xl/drawings/drawing1.xml"
_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
_CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 10


def _anchored(inner: str) -> str:
    return (
        "<xdr:twoCellAnchor><xdr:from><xdr:col>8</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>1</xdr:row>"
        "<xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>11</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>9</xdr:row>"
        f"<xdr:rowOff>0</xdr:rowOff></xdr:to>{inner}<xdr:clientData/></xdr:twoCellAnchor>"
    )


def drawn(*anchors: str, parts: Parts | None = None) -> Parts:
    """Give a workbook with a drawing on the customers' tab."""
    found = base() if parts is None else parts
    body = "".join(_anchored(one) for one in anchors)
    xml = f'{DECLARATION}<xdr:wsDr xmlns:xdr="{PLACED}" xmlns:a="{DRAWING}" xmlns:r="{OFFICE}">{body}</xdr:wsDr>'
    found.add(_DRAWING_PART, xml, _DRAWING_TYPE)
    found.relate(SHEET, "drawing", "../drawings/drawing1.xml", "rId60")
    return found.place('<drawing r:id="rId60"/>')


def _shape(number: int, geometry: str, text: str) -> str:
    return (
        f'<xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="{number}" name="形状 {number}"/><xdr:cNvSpPr/></xdr:nvSpPr>'
        f'<xdr:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="900" cy="900"/></a:xfrm><a:prstGeom prst="{geometry}"><a:avLst/>'
        f"</a:prstGeom></xdr:spPr><xdr:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></xdr:txBody></xdr:sp>"
    )


def shapes() -> Parts:
    """Give shapes, a connector between two of them, and a group."""
    line = (
        '<xdr:cxnSp macro=""><xdr:nvCxnSpPr><xdr:cNvPr id="4" name="连接 4"/><xdr:cNvCxnSpPr><a:stCxn id="2" idx="3"/>'
        '</xdr:cNvCxnSpPr></xdr:nvCxnSpPr><xdr:spPr><a:prstGeom prst="line"><a:avLst/></a:prstGeom></xdr:spPr></xdr:cxnSp>'
    )
    group = (
        '<xdr:grpSp><xdr:nvGrpSpPr><xdr:cNvPr id="5" name="组合 5"/><xdr:cNvGrpSpPr/></xdr:nvGrpSpPr><xdr:grpSpPr/>'
        f"{_shape(6, 'ellipse', '内')}</xdr:grpSp>"
    )
    return drawn(_shape(2, "rect", "请勿修改"), _shape(3, "roundRect", "说明"), line, group)


def linked_shape() -> Parts:
    """Give a text box that shows a cell of the table."""
    one = _shape(2, "rect", "李雷").replace('textlink=""', 'textlink="客户!$B$2"')
    return drawn(one)


def smart_art() -> Parts:
    """Give a SmartArt diagram with its five parts."""
    frame = (
        '<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr><xdr:cNvPr id="2" name="图示 1"/><xdr:cNvGraphicFramePr/>'
        '</xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm><a:graphic>'
        f'<a:graphicData uri="{_DIAGRAM}"><dgm:relIds xmlns:dgm="{_DIAGRAM}" r:dm="rId1" r:lo="rId2" r:qs="rId3" r:cs="rId4"/>'
        "</a:graphicData></a:graphic></xdr:graphicFrame>"
    )
    parts = drawn(frame)
    kinds = (
        ("data", "diagramData", "dataModel", "<dgm:ptLst/><dgm:cxnLst/>"),
        ("layout", "diagramLayout", "layoutDef", '<dgm:layoutNode name="a"/>'),
        ("quickStyle", "diagramQuickStyle", "styleDef", ""),
        ("colors", "diagramColors", "colorsDef", ""),
    )
    for number, (name, kind, root, body) in enumerate(kinds, start=1):
        part = f"xl/diagrams/{name}1.xml"
        content = f'{DECLARATION}<dgm:{root} xmlns:dgm="{_DIAGRAM}" xmlns:a="{DRAWING}">{body}</dgm:{root}>'
        suffix = {"quickStyle": "Style", "data": "Data", "layout": "Layout", "colors": "Colors"}[name]
        parts.add(part, content, f"application/vnd.openxmlformats-officedocument.drawingml.diagram{suffix}+xml")
        parts.relate(_DRAWING_PART, kind, f"../diagrams/{name}1.xml", f"rId{number}")
    drawing = f'{DECLARATION}<dsp:drawing xmlns:dsp="{MS}/drawing/2008/diagram"><dsp:spTree/></dsp:drawing>'
    parts.add("xl/diagrams/drawing1.xml", drawing, "application/vnd.ms-office.drawingml.diagramDrawing+xml")
    return parts.relate(_DRAWING_PART, f"{MS}/2007/relationships/diagramDrawing", "../diagrams/drawing1.xml", "rId5")


def chart_ex() -> Parts:
    """Give a waterfall chart, which only newer Excel draws, with its fallback."""
    cx = f"{MS}/drawing/2014/chartex"
    frame = (
        f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice xmlns:cx1="{MS}/drawing/2015/9/8/chartex" Requires="cx1">'
        '<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr><xdr:cNvPr id="2" name="图表 1"/><xdr:cNvGraphicFramePr/>'
        '</xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm><a:graphic>'
        f'<a:graphicData uri="{cx}"><cx:chart xmlns:cx="{cx}" r:id="rId1"/></a:graphicData></a:graphic></xdr:graphicFrame>'
        f"</mc:Choice><mc:Fallback>{_shape(3, 'rect', '此图表不可用')}</mc:Fallback></mc:AlternateContent>"
    )
    chart = (
        f'{DECLARATION}<cx:chartSpace xmlns:cx="{cx}"><cx:chartData><cx:data id="0"><cx:strDim type="cat"><cx:f>客户!$B$2:$B$6</cx:f>'
        '</cx:strDim><cx:numDim type="val"><cx:f>客户!$E$2:$E$6</cx:f></cx:numDim></cx:data></cx:chartData><cx:chart>'
        '<cx:plotArea><cx:plotAreaRegion><cx:series layoutId="waterfall"><cx:dataId val="0"/></cx:series></cx:plotAreaRegion>'
        "</cx:plotArea></cx:chart></cx:chartSpace>"
    )
    parts = drawn(frame).add("xl/charts/chartEx1.xml", chart, "application/vnd.ms-office.chartex+xml")
    parts.relate(_DRAWING_PART, f"{MS}/2014/relationships/chartEx", "../charts/chartEx1.xml", "rId1")
    style = f'{DECLARATION}<cs:chartStyle xmlns:cs="{MS}/drawing/2012/chartStyle" id="395"/>'
    parts.add("xl/charts/style1.xml", style, "application/vnd.ms-office.chartstyle+xml")
    return parts.relate("xl/charts/chartEx1.xml", f"{MS}/2011/relationships/chartStyle", "style1.xml", "rId1")


def chart_override() -> Parts:
    """Give a chart with a theme of its own and shapes drawn inside it."""

    def chart(workbook: Writer, sheet: Writer) -> None:
        one = workbook.add_chart({"type": "pie"})
        one.add_series({"categories": "=客户!$B$2:$B$6", "values": "=客户!$E$2:$E$6"})
        sheet.insert_chart("J2", one)

    parts = base(chart)
    theme = f'{DECLARATION}<a:themeOverride xmlns:a="{DRAWING}"/>'
    parts.add("xl/theme/themeOverride1.xml", theme, "application/vnd.openxmlformats-officedocument.themeOverride+xml")
    parts.relate("xl/charts/chart1.xml", "themeOverride", "../theme/themeOverride1.xml", "rId1")
    inner = f'{DECLARATION}<c:userShapes xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"/>'
    parts.add(
        "xl/drawings/drawing9.xml", inner, "application/vnd.openxmlformats-officedocument.drawingml.chartshapes+xml"
    )
    parts.relate("xl/charts/chart1.xml", "chartUserShapes", "../drawings/drawing9.xml", "rId2")
    return parts.change(
        "xl/charts/chart1.xml",
        lambda xml: xml.replace("</c:chartSpace>", f'<c:userShapes xmlns:r="{OFFICE}" r:id="rId2"/></c:chartSpace>'),
    )


def _vml(shape_type: str, client: str) -> str:
    return (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
        ' xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/>'
        f'</o:shapelayout><v:shape id="_x0000_s1025" type="#{shape_type}" style="position:absolute;width:90pt;height:20pt">'
        f'<x:ClientData ObjectType="{client}"><x:Anchor>9, 0, 1, 0, 11, 0, 2, 0</x:Anchor></x:ClientData></v:shape></xml>'
    )


def _with_vml(parts: Parts, client: str) -> Parts:
    parts.default("vml", "application/vnd.openxmlformats-officedocument.vmlDrawing")
    parts.add("xl/drawings/vmlDrawing1.vml", _vml("_x0000_t201", client))
    parts.relate(SHEET, "vmlDrawing", "../drawings/vmlDrawing1.vml", "rId50")
    return parts.place('<legacyDrawing r:id="rId50"/>')


def ole_object(package: bool = False) -> Parts:
    """Give an embedded object: an old OLE file, or another workbook."""
    parts = _with_vml(base(), "Pict")
    name = "embeddings/Microsoft_Excel_Sheet1.xlsx" if package else "embeddings/oleObject1.bin"
    program = "Excel.Sheet.12" if package else "Paint.Picture"
    if package:
        parts.default("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    else:
        parts.default("bin", "application/vnd.openxmlformats-officedocument.oleObject")
    parts.add(f"xl/{name}", written() if package else _CFB)
    parts.relate(SHEET, "package" if package else "oleObject", f"../{name}", "rId51")
    parts.default("png", "image/png").add("xl/media/image1.png", png())
    parts.relate(SHEET, "image", "../media/image1.png", "rId52")
    anchor = (
        f'<anchor moveWithCells="1"><from xmlns:xdr="{PLACED}"><xdr:col>9</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>1</xdr:row>'
        f'<xdr:rowOff>0</xdr:rowOff></from><to xmlns:xdr="{PLACED}"><xdr:col>11</xdr:col><xdr:colOff>0</xdr:colOff>'
        "<xdr:row>9</xdr:row><xdr:rowOff>0</xdr:rowOff></to></anchor>"
    )
    return parts.place(
        f'<oleObjects><mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x14" xmlns:x14="{MS}/spreadsheetml/2009/9/main">'
        f'<oleObject progId="{program}" shapeId="1025" r:id="rId51"><objectPr defaultSize="0" r:id="rId52">{anchor}</objectPr>'
        f'</oleObject></mc:Choice><mc:Fallback><oleObject progId="{program}" shapeId="1025" r:id="rId51"/></mc:Fallback>'
        "</mc:AlternateContent></oleObjects>"
    )


def form_control() -> Parts:
    """Give a check box of the forms toolbar, linked to a cell."""
    parts = _with_vml(base(), "Checkbox")
    prop = f'{DECLARATION}<formControlPr xmlns="{MS}/spreadsheetml/2009/9/main" objectType="CheckBox" fmlaLink="$H$1" lockText="1"/>'
    parts.add("xl/ctrlProps/ctrlProp1.xml", prop, "application/vnd.ms-excel.controlproperties+xml")
    parts.relate(SHEET, "ctrlProp", "../ctrlProps/ctrlProp1.xml", "rId53")
    return parts.place(
        f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x14" xmlns:x14="{MS}/spreadsheetml/2009/9/main"><controls>'
        '<mc:AlternateContent><mc:Choice Requires="x14"><control shapeId="1025" r:id="rId53" name="复选框 1">'
        f'<controlPr defaultSize="0" autoFill="0"><anchor><from xmlns:xdr="{PLACED}"><xdr:col>9</xdr:col><xdr:colOff>0</xdr:colOff>'
        f'<xdr:row>1</xdr:row><xdr:rowOff>0</xdr:rowOff></from><to xmlns:xdr="{PLACED}"><xdr:col>10</xdr:col><xdr:colOff>0</xdr:colOff>'
        "<xdr:row>2</xdr:row><xdr:rowOff>0</xdr:rowOff></to></anchor></controlPr></control></mc:Choice></mc:AlternateContent>"
        "</controls></mc:Choice></mc:AlternateContent>",
        name="controls",
    )


def active_x() -> Parts:
    """Give an ActiveX button with its binary state."""
    parts = _with_vml(base(), "Pict")
    ax = f"{MS}/2006/activeX"
    control = (
        f'{DECLARATION}<ax:ocx xmlns:ax="{ax}" xmlns:r="{OFFICE}" ax:classid="{{D7053240-CE69-11CD-A777-00DD01143C57}}"'
        ' ax:persistence="persistStreamInit" r:id="rId1"/>'
    )
    parts.add("xl/activeX/activeX1.xml", control, "application/vnd.ms-office.activeX+xml")
    parts.add("xl/activeX/activeX1.bin", _CFB, "application/vnd.ms-office.activeX")
    parts.relate("xl/activeX/activeX1.xml", f"{MS}/2006/relationships/activeXControlBinary", "activeX1.bin", "rId1")
    parts.relate(SHEET, "control", "../activeX/activeX1.xml", "rId54")
    return parts.place('<controls><control shapeId="1025" r:id="rId54" name="CommandButton1"/></controls>')


def threaded_with_persons() -> Parts:
    """Give a threaded comment with an answer and the list of persons, beside the legacy note that old Excel shows."""
    parts = base(notes)
    space = f"{MS}/spreadsheetml/2018/threadedcomments"
    thread = (
        f'{DECLARATION}<ThreadedComments xmlns="{space}"><threadedComment ref="B4" dT="2024-01-01T00:00:00.00"'
        ' personId="{11111111-1111-1111-1111-111111111111}" id="{22222222-2222-2222-2222-222222222222}"><text>请核对</text>'
        '<mentions><mention mentionpersonId="{11111111-1111-1111-1111-111111111111}" mentionId="{3}" startIndex="0" length="1"/>'
        '</mentions></threadedComment><threadedComment ref="B4" dT="2024-01-02T00:00:00.00" personId="{11111111-1111-1111-1111-'
        '111111111111}" id="{4}" parentId="{22222222-2222-2222-2222-222222222222}"><text>好的</text></threadedComment></ThreadedComments>'
    )
    person = (
        f'{DECLARATION}<personList xmlns="{space}"><person displayName="张三" id="{{11111111-1111-1111-1111-111111111111}}"'
        ' userId="zhang@example.com" providerId="AD"/></personList>'
    )
    parts.add("xl/threadedComments/threadedComment1.xml", thread, "application/vnd.ms-excel.threadedcomments+xml")
    parts.add("xl/persons/person.xml", person, "application/vnd.ms-excel.person+xml")
    kinds = f"{MS}/2017/10/relationships"
    parts.relate(SHEET, f"{kinds}/threadedComment", "../threadedComments/threadedComment1.xml", "rId93")
    return parts.relate("xl/workbook.xml", f"{kinds}/person", "persons/person.xml", "rId94")


def _background(_: Writer, sheet: Writer) -> None:
    sheet.set_background(io.BytesIO(png()))


def _header_picture(_: Writer, sheet: Writer) -> None:
    sheet.set_header("&L&G&C客户名单&R第 &P 页", {"image_left": "标志.png", "image_data_left": io.BytesIO(png())})


def _in_cell(_: Writer, sheet: Writer) -> None:
    sheet.embed_image("H2", "p.png", {"image_data": io.BytesIO(png())})


def _check_boxes(_: Writer, sheet: Writer) -> None:
    for row in range(1, 6):
        sheet.insert_checkbox(row, 7, row % 2 == 0)


def _many_charts(workbook: Writer, sheet: Writer) -> None:
    for number, kind in enumerate(("area", "bar", "column", "doughnut", "line", "radar", "scatter", "stock")):
        chart = workbook.add_chart({"type": kind})
        for _ in range(3 if kind == "stock" else 1):
            chart.add_series(
                {"categories": "=客户!$B$2:$B$6", "values": "=客户!$E$2:$E$6", "data_labels": {"value": True}}
            )
        sheet.insert_chart(1 + 16 * number, 9, chart)


CASES = (
    Case("shapes", "shapes, a connector and a group", lambda: shapes().bytes()),
    Case("linked_shape", "a text box that shows a cell", lambda: linked_shape().bytes()),
    Case("smart_art", "a SmartArt diagram with its five parts", lambda: smart_art().bytes()),
    Case("chart_ex", "a chart of the new kind with its fallback and style", lambda: chart_ex().bytes()),
    Case("chart_override", "a chart's own theme and the shapes inside it", lambda: chart_override().bytes()),
    Case("charts_many", "eight kinds of charts with data labels", checked(_many_charts)),
    Case("ole_object", "an embedded OLE object with its picture", lambda: ole_object().bytes()),
    Case("ole_package", "an embedded workbook", lambda: ole_object(package=True).bytes()),
    Case("form_control", "a form control in alternate content", lambda: form_control().bytes()),
    Case("active_x", "an ActiveX control with its binary part", lambda: active_x().bytes()),
    Case("threaded_persons", "threaded comments, answers and persons", lambda: threaded_with_persons().bytes()),
    Case("background", "a picture behind the sheet", checked(_background)),
    Case("header_picture", "a picture in the page header", checked(_header_picture)),
    Case("in_cell_picture", "a picture inside a cell, with rich values and metadata", checked(_in_cell)),
    Case("check_boxes", "check boxes inside cells, with their property bag", checked(_check_boxes), width=8),
)
