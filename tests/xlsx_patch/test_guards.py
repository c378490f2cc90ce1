"""What a patch refuses, with the code that says why; nothing is written then."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest
from sheetward.errors import UserError
from sheetward.messages import hint, render
from sheetward.xlsx.edits import (
    AppendedRow,
    CellEdit,
    NewHiddenColumn,
    PutBlank,
    PutNumber,
    PutText,
    SheetEdit,
    StampTab,
    TabEdit,
)
from sheetward.xlsx.package import Package
from sheetward.xlsx.patch import patch

from .corpus import BY_NAME, MAIN, OFFICE, SHEET_RELS, by_hand, exchanged, related, sheet_xml, typed, written
from .observe import append_three, blank_row, edit_one, members, parsed, patched, sheet_part


def refused(data: bytes, *sheets: SheetEdit, tab: TabEdit = None, purge: bool = False) -> str:
    out = io.BytesIO()
    with pytest.raises(UserError) as refusal:
        patch(Package(data, "客户.xlsx"), sheets, tab, out, purge=purge)
    assert not out.getvalue()
    for lang in ("zh", "en"):
        said = render(refusal.value.code, refusal.value.facts, lang)  # type: ignore[arg-type]
        assert said != refusal.value.code
        assert "<" not in said.replace("<!", "")
        assert hint(refusal.value.code, refusal.value.facts, lang)  # type: ignore[arg-type]
    return refusal.value.code


def at(row: int, column: int, tab: str = "客户") -> SheetEdit:
    return SheetEdit(tab, (CellEdit(row, column, PutText("x")),))


def query_table() -> bytes:
    query = f'<queryTable xmlns="{MAIN}" name="外部数据" connectionId="1"/>'
    rels = f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{OFFICE}/queryTable" Target="../queryTables/queryTable1.xml"/></Relationships>'
    name = '</sheets><definedNames><definedName name="外部数据" localSheetId="0">客户!$A$1:$C$4</definedName></definedNames>'
    return exchanged(
        written(),
        {"xl/workbook.xml": lambda xml: xml.replace("</sheets>", name)},
        {"xl/queryTables/queryTable1.xml": query.encode(), SHEET_RELS: rels.encode()},
    )


def pivot(source: str = "") -> bytes:
    table = f'<pivotTableDefinition xmlns="{MAIN}" name="p" cacheId="1"><location ref="H3:I9" firstHeaderRow="1"/></pivotTableDefinition>'
    rels = f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{OFFICE}/pivotTable" Target="../pivotTables/pivotTable1.xml"/></Relationships>'
    cache = f'<pivotCacheDefinition xmlns="{MAIN}"><cacheSource type="worksheet"><worksheetSource {source}/></cacheSource></pivotCacheDefinition>'
    return exchanged(
        written(),
        {
            "xl/_rels/workbook.xml.rels": related(
                "pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml", "rId80"
            )
        },
        {
            "xl/pivotTables/pivotTable1.xml": table.encode(),
            "xl/pivotCache/pivotCacheDefinition1.xml": cache.encode(),
            SHEET_RELS: rels.encode(),
        },
    )


def single_cells() -> bytes:
    cells = f'<singleXmlCells xmlns="{MAIN}"><singleXmlCell id="1" r="B2" connectionId="0"/></singleXmlCells>'
    rels = f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{OFFICE}/tableSingleCells" Target="../tables/tableSingleCells1.xml"/></Relationships>'
    return exchanged(written(), {}, {"xl/tables/tableSingleCells1.xml": cells.encode(), SHEET_RELS: rels.encode()})


def retyped(kind: str) -> bytes:
    return exchanged(
        BY_NAME["table"].build(),
        {"xl/tables/table1.xml": lambda xml: xml.replace("<table ", f'<table tableType="{kind}" ', 1)},
    )


def signed() -> bytes:
    origin = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
    entry = f'<Relationship Id="rIdS" Type="{origin}" Target="_xmlsignatures/origin.sigs"/></Relationships>'
    return exchanged(
        written(),
        {"_rels/.rels": lambda xml: xml.replace("</Relationships>", entry)},
        {"_xmlsignatures/origin.sigs": b""},
    )


def locked() -> bytes:
    return exchanged(
        written(),
        {"xl/workbook.xml": lambda xml: xml.replace("<bookViews", '<workbookProtection lockStructure="1"/><bookViews')},
    )


@pytest.mark.parametrize(
    ("data", "row", "column", "code"),
    [
        (BY_NAME["plain"].build, 0, 1, "patch.outside_grid"),
        (BY_NAME["plain"].build, 1_048_577, 1, "patch.outside_grid"),
        (BY_NAME["plain"].build, 1, 16_385, "patch.outside_grid"),
        (BY_NAME["table"].build, 1, 2, "patch.table_header"),
        (BY_NAME["table_totals"].build, 7, 2, "patch.table_totals"),
        (BY_NAME["titles"].build, 2, 4, "patch.merged"),
        (BY_NAME["protected"].build, 2, 2, "patch.protected"),
        (BY_NAME["array"].build, 2, 8, "patch.formula_block"),
        (BY_NAME["array"].build, 3, 8, "patch.formula_block"),
        (BY_NAME["array"].build, 4, 10, "patch.formula_block"),
        (BY_NAME["shared_formula"].build, 2, 8, "patch.formula_block"),
        (BY_NAME["formulas"].build, 2, 8, "patch.formula"),
        (BY_NAME["chartsheet"].build, 2, 2, "patch.not_a_worksheet"),
        (query_table, 2, 2, "patch.query_table"),
        (lambda: retyped("queryTable"), 3, 2, "patch.query_table"),
        (lambda: retyped("xml"), 3, 2, "patch.xml_map"),
        (single_cells, 2, 2, "patch.xml_map"),
        (pivot, 4, 8, "patch.pivot"),
        (signed, 2, 2, "patch.signed"),
    ],
)
def test_a_cell_that_is_not_ours_to_write_is_refused(data: object, row: int, column: int, code: str) -> None:
    assert callable(data)
    tab = "图表" if code == "patch.not_a_worksheet" else "客户"
    assert refused(data(), at(row, column, tab)) == code


def test_the_anchor_of_merged_cells_can_be_written() -> None:
    out = io.BytesIO()
    patch(Package(BY_NAME["titles"].build(), "t.xlsx"), [at(2, 2)], None, out)
    assert b"<t>x</t>" in Package(out.getvalue(), "t.xlsx").read("xl/worksheets/sheet1.xml")


def test_an_unknown_tab_names_those_that_are_there() -> None:
    out = io.BytesIO()
    with pytest.raises(UserError) as refusal:
        patch(Package(written(), "t.xlsx"), [at(1, 1, "顾客")], None, out)
    assert refusal.value.code == "patch.no_tab"
    assert "客户" in render("patch.no_tab", refusal.value.facts, "zh")


def test_a_locked_structure_takes_no_new_tab_but_takes_cells() -> None:
    assert refused(locked(), tab=StampTab((("a",),))) == "patch.structure_locked"
    patch(Package(locked(), "t.xlsx"), [at(2, 2)], None, io.BytesIO())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda xml: xml.replace('encoding="UTF-8"', 'encoding="GBK"'), "workbook.odd_encoding"),
        (lambda xml: xml.replace("sheetData", "sheetDatum"), "patch.unsupported_xml"),
        (lambda xml: xml.replace("</sheetData>", ""), "workbook.damaged"),
        (lambda xml: xml.replace('r="3"', 'r="2"'), "patch.unsupported_xml"),
        (lambda xml: xml.replace('r="B2"', 'r="A2"'), "patch.unsupported_xml"),
        (lambda xml: xml.replace("<sheetData>", "<!-- head --><sheetData>").replace("</c>", "", 1), "workbook.damaged"),
    ],
)
def test_xml_that_byte_edits_cannot_follow_is_refused(change: Callable[[str], str], code: str) -> None:
    xml = change(sheet_xml())
    assert xml != sheet_xml()
    assert refused(by_hand(xml), at(2, 2)) == code


def _in_cdata(found: re.Match[str]) -> str:
    return f"<t><![CDATA[{unescape(found[1])}]]></t>"


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace("<row", "<!-- <row r='9'><c> --><?p <c?><row"),
        lambda xml: re.sub(r"<t>([^<]*)</t>", _in_cdata, xml),
        lambda xml: xml.replace("</worksheet>", "<!-- end --></worksheet>"),
        lambda xml: xml.replace("<sheetData>", "<!-- head --><sheetData>"),
        lambda xml: xml.replace("UTF-8", "UTF-16").encode("utf-16"),
        lambda xml: xml.replace("UTF-8", "UTF-16").encode("utf-16-le"),
    ],
    ids=["among the rows", "cdata", "tail", "head", "utf-16", "utf-16 without a mark"],
)
def test_comments_cdata_and_utf_16_take_the_slow_way_to_the_same_result(change: Callable[[str], str | bytes]) -> None:
    """A part that byte edits cannot follow is spelt again by a true parser: to any reader it is the same sheet."""
    case = BY_NAME["no_strings"]
    tail = '<conditionalFormatting sqref="A2:A6"><cfRule type="expression" priority="1"><formula>A2&gt;"&lt;"</formula></cfRule></conditionalFormatting>'
    plain = sheet_xml(tail=tail)
    edit = replace(append_three(case), cells=(*edit_one(case).cells, *blank_row(case).cells))
    wanted, _ = patched(by_hand(plain), edit)
    after, report = patched(by_hand(change(plain)), edit)
    part = sheet_part(after)
    assert part in report.replaced
    one, other = parsed(members(wanted)[part]), parsed(members(after)[part])
    assert (one.cells, one.rows, one.frame) == (other.cells, other.rows, other.frame)


@pytest.mark.parametrize(
    ("tail", "row", "column"),
    [
        ("", 7, 3),
        ("", 9, 6),
        ("", 10, 1),
        ('<mergeCells count="1"><mergeCell ref="B8:C9"/></mergeCells>', 0, 0),
    ],
)
def test_rows_are_appended_only_where_there_is_room(tail: str, row: int, column: int) -> None:
    data = by_hand(sheet_xml(tail=tail))
    if row:
        out = io.BytesIO()
        patch(Package(data, "t.xlsx"), [SheetEdit("客户", (CellEdit(row, column, PutText("下方")),))], None, out)
        data = out.getvalue()
    rows = tuple(AppendedRow({1: PutNumber("1")}) for _ in range(3))
    assert refused(data, SheetEdit("客户", appended=rows, after_row=6, table_columns=(1, 6))) == "patch.no_room"


def test_rows_do_not_leave_the_grid() -> None:
    rows = (AppendedRow({1: PutNumber("1")}), AppendedRow({1: PutNumber("1")}))
    assert refused(written(), SheetEdit("客户", appended=rows, after_row=1_048_575)) == "patch.outside_grid"


def test_a_taken_column_does_not_become_the_hidden_one() -> None:
    sheet = SheetEdit("客户", hidden_column=NewHiddenColumn(6, 1, "_id"))
    assert refused(written(), sheet) == "patch.column_taken"


@pytest.mark.parametrize("source", ['sheet="客户" ref="A1:F6"', 'name="全部"'])
def test_a_pivot_cache_over_the_tab_cannot_be_purged(source: str) -> None:
    data = exchanged(
        pivot(source),
        {
            "xl/workbook.xml": lambda xml: xml.replace(
                "</sheets>",
                '</sheets><definedNames><definedName name="全部">客户!$A$1:$F$6</definedName></definedNames>',
            ),
            "[Content_Types].xml": typed("xl/pivotCache/pivotCacheDefinition1.xml", "application/xml"),
        },
    )
    blank = SheetEdit("客户", (CellEdit(3, 2, PutBlank()),))
    assert refused(data, blank, purge=True) == "patch.cannot_purge"
    patch(Package(data, "t.xlsx"), [blank], None, io.BytesIO())


def test_a_data_model_cannot_be_purged() -> None:
    data = exchanged(written(), {}, {"xl/model/item.data": b"x"})
    assert refused(data, SheetEdit("客户", (CellEdit(3, 2, PutBlank()),)), purge=True) == "patch.cannot_purge"
