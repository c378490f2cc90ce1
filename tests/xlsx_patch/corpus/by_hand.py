"""Workbooks spelt by hand, or made from another one by exchanging parts."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from .by_writer import notes, print_setup, table_object, written
from .case import CUSTOMERS, HEADERS, LAST, Case

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
        written(print_setup),
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
        written(notes),
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
    return exchanged(written(table_object), {"xl/worksheets/sheet1.xml": lambda xml: xml.replace("</worksheet>", ext)})


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


CASES = (
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
