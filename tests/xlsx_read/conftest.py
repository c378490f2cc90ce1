"""Workbooks written by hand, part by part, so that a test says exactly what stands in the file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

import pytest

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"

CONTENT_TYPES = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
</Types>"""
ROOT_RELS = f"""<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>"""
WORKBOOK = f"""<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="客户" sheetId="1" r:id="rId1"/></sheets></workbook>"""
WORKBOOK_RELS = f"""<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{REL}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="{REL}/sharedStrings" Target="sharedStrings.xml"/>
<Relationship Id="rId3" Type="{REL}/styles" Target="/xl/styles.xml"/></Relationships>"""
STYLES = f"""<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>
<numFmt numFmtId="165" formatCode="00000000"/></numFmts><cellXfs count="7"><xf numFmtId="0"/><xf numFmtId="164"/>
<xf numFmtId="31"/><xf numFmtId="58"/><xf numFmtId="49"/><xf numFmtId="165"/><xf numFmtId="0" fillId="1"/></cellXfs></styleSheet>"""
STRINGS = f"""<sst xmlns="{MAIN}"><si><t>王芳</t></si><si><t xml:space="preserve"> a&amp;b </t></si><si><t/></si>
<si><r><t>李</t></r><r><rPr><b/><sz val="11"/></rPr><t>雷</t></r><rPh sb="0" eb="1"><t>リ</t></rPh><phoneticPr fontId="1"/></si>
<si><t>x_x000D_y_x005F_x0041_</t></si></sst>"""


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def parts_of(sheet: str | bytes, **others: str | bytes) -> dict[str, str | bytes]:
    return {
        "[Content_Types].xml": others.get("types", CONTENT_TYPES),
        "_rels/.rels": others.get("root", ROOT_RELS),
        "xl/workbook.xml": others.get("workbook", WORKBOOK),
        "xl/_rels/workbook.xml.rels": others.get("relations", WORKBOOK_RELS),
        "xl/worksheets/sheet1.xml": sheet,
        "xl/sharedStrings.xml": others.get("strings", STRINGS),
        "xl/styles.xml": others.get("styles", STYLES),
    }


@pytest.fixture
def parts() -> Callable[..., dict[str, str | bytes]]:
    """Give the parts of a workbook of one tab, 客户, around a sheet's XML."""
    return parts_of


@pytest.fixture
def pack() -> Callable[[Mapping[str, str | bytes]], bytes]:
    """Zip parts."""
    return zipped


@pytest.fixture
def sheet_xml() -> Callable[..., str]:
    """Put rows into a worksheet."""

    def build(rows: str, before: str = "", after: str = "") -> str:
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}" xmlns:r="{REL}">{before}'
            f"<sheetData>{rows}</sheetData>{after}</worksheet>"
        )

    return build


@pytest.fixture
def book(sheet_xml: Callable[..., str]) -> Callable[..., bytes]:
    """Give a workbook's bytes around rows."""

    def build(rows: str, before: str = "", after: str = "", **others: str | bytes) -> bytes:
        return zipped(parts_of(sheet_xml(rows, before, after), **others))

    return build
