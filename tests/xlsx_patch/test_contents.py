"""What can be put into a cell, how it is spelt, which format it needs, and what is refused."""

from __future__ import annotations

import datetime as dt
import io
import re

import openpyxl
import pytest
from sheetward.cells import BLANK, RawCell, State
from sheetward.errors import TransientError, UserError
from sheetward.xlsx.edits import (
    CellContent,
    CellEdit,
    PutBlank,
    PutBool,
    PutDate,
    PutFormula,
    PutNumber,
    PutText,
    SheetEdit,
)
from sheetward.xlsx.package import Package

from .corpus import BY_NAME, by_hand, exchanged, sheet_xml, written
from .observe import edit_one, members, patched, sheet_part


def put(data: bytes, content: CellContent, row: int = 2, column: int = 2, **more: object) -> bytes:
    return patched(data, SheetEdit("客户", (CellEdit(row, column, content, **more),)))[0]  # type: ignore[arg-type]


def cell(data: bytes, place: str = "B2") -> openpyxl.cell.cell.Cell:
    found = openpyxl.load_workbook(io.BytesIO(data))["客户"][place]
    assert not isinstance(found, tuple)
    return found


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (PutText("新名字"), "新名字"),
        (PutText(" 前后 "), " 前后 "),
        (PutText("a\nb"), "a\nb"),
        (PutText("<&>\"'"), "<&>\"'"),
        (PutText("😀"), "😀"),
        (PutText("013800138000"), "013800138000"),
        (PutNumber("12.50"), 12.5),
        (PutNumber("-1e-3"), -0.001),
        (PutNumber("+7"), 7),
        (PutBool(True), True),
        (PutBool(False), False),
        (PutDate("45356"), dt.datetime(2024, 3, 5)),
        (PutFormula('=IF(A2="<",1,2)'), '=IF(A2="<",1,2)'),
        (PutBlank(), None),
    ],
)
def test_a_content_arrives(content: CellContent, value: object) -> None:
    found = cell(put(written(), content)).value
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("content", "style"),
    [
        (PutText("013800138000"), "@"),
        (PutText("=1+1"), "@"),
        (PutText("+86 138"), "@"),
        (PutText("3/4"), "@"),
        (PutText("李雷"), "General"),
        (PutNumber("5"), "General"),
        (PutDate("45356"), "yyyy-mm-dd"),
        (PutDate("45356", "yyyy/mm/dd"), "yyyy/mm/dd"),
    ],
)
def test_the_format_is_what_the_content_needs(content: CellContent, style: str) -> None:
    assert cell(put(written(), content)).number_format == style


def test_a_date_cell_keeps_its_own_date_format_and_a_number_there_becomes_a_number() -> None:
    styled = BY_NAME["styled"].build()
    dated = cell(put(styled, PutDate("45999"), 2, 5), "E2")
    assert dated.number_format == 'yyyy"年"m"月"d"日"'
    number = cell(put(styled, PutNumber("7"), 2, 5), "E2")
    assert (number.value, number.number_format) == (7, "General")
    assert number.border.left.style == "thin"


def test_a_line_break_wraps_and_keeps_the_rest_of_the_style() -> None:
    found = cell(put(BY_NAME["openpyxl_styles"].build(), PutText("一\n二")))
    assert found.alignment.wrap_text
    assert found.alignment.indent == 1
    assert found.fill.fgColor.rgb == "00FFFF00"


def test_the_same_format_is_appended_once() -> None:
    once = put(written(), PutText("013800138000"))
    twice = put(once, PutText("013800138001"), 3)
    count = re.search(rb'<cellXfs count="(\d+)"', members(twice)["xl/styles.xml"])
    assert count is not None
    assert int(count[1]) == 2
    assert members(once)["xl/styles.xml"] == members(twice)["xl/styles.xml"]


def test_a_new_cell_takes_the_column_s_or_the_row_s_style() -> None:
    data = BY_NAME["styled"].build()
    assert cell(put(data, PutText("x"), 40, 2), "B40").font.name == "宋体"
    assert cell(put(data, PutText("x"), 3, 9), "I3").font.bold
    assert cell(put(data, PutText("12"), 40, 1), "A40").fill.fgColor.rgb == "FFEEEEEE"


def test_control_characters_and_literal_escapes_are_spelt_as_excel_does() -> None:
    after = put(written(), PutText("a\x01b\r_x0041_"))
    assert b"<t>a_x0001_b_x000D__x005F_x0041_</t>" in members(after)[sheet_part(after)]


def test_shared_strings_stay_byte_identical() -> None:
    before = written()
    assert members(put(before, PutText("新")))["xl/sharedStrings.xml"] == members(before)["xl/sharedStrings.xml"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (PutText("长" * 32_768), "patch.text_too_long"),
        (PutText("😀" * 16_384), "patch.text_too_long"),
        (PutText("\ud800"), "patch.bad_text"),
        (PutNumber("1000000000000000"), "patch.number_too_large"),
        (PutNumber("1e15"), "patch.number_too_large"),
        (PutNumber("13 8"), "patch.bad_number"),
        (PutNumber("NaN"), "patch.bad_number"),
        (PutNumber("１２"), "patch.bad_number"),
        (PutDate("yesterday"), "patch.bad_number"),
        (PutFormula("="), "patch.bad_formula"),
        (PutFormula("=" + "1+" * 5000 + "1"), "patch.bad_formula"),
    ],
)
def test_what_a_cell_cannot_keep_is_refused(content: CellContent, code: str) -> None:
    with pytest.raises(UserError) as refusal:
        put(written(), content)
    assert refusal.value.code == code
    assert not any("长" in str(fact) for fact in refusal.value.facts.values())


def test_the_longest_text_and_the_largest_number_are_taken() -> None:
    assert cell(put(written(), PutText("长" * 32_767))).value == "长" * 32_767
    assert cell(put(written(), PutNumber("999999999999999"))).value == 999_999_999_999_999


@pytest.mark.parametrize(
    ("row", "column", "expected", "holds"),
    [
        (2, 2, RawCell(State.TEXT, "李雷"), True),
        (2, 2, RawCell(State.TEXT, "李蕾"), False),
        (2, 2, BLANK, False),
        (2, 5, RawCell(State.NUMBER, "12.5"), True),
        (2, 5, RawCell(State.NUMBER, "12.50"), True),
        (2, 5, RawCell(State.DATE, "12.5"), True),
        (2, 5, RawCell(State.TEXT, "12.5"), False),
        (3, 6, BLANK, True),
        (99, 2, BLANK, True),
        (99, 2, RawCell(State.TEXT, "x"), False),
    ],
)
@pytest.mark.parametrize("shared", [True, False])
def test_a_cell_is_written_only_if_it_holds_what_was_seen(
    row: int, column: int, expected: RawCell, holds: bool, shared: bool
) -> None:
    data = written() if shared else by_hand(sheet_xml())
    if holds:
        put(data, PutText("新"), row, column, expected=expected)
        return
    with pytest.raises(TransientError) as refusal:
        put(data, PutText("新"), row, column, expected=expected)
    assert refusal.value.code == "sheet.changed"


def test_missing_rows_and_cells_are_made_in_their_places() -> None:
    xml = f'{sheet_xml()[: sheet_xml().index("<sheetData>")]}<sheetData><row r="2"/><row r="5"><c r="C5"><v>1</v></c></row></sheetData></worksheet>'
    edits = tuple(
        CellEdit(row, column, PutNumber("1")) for row, column in ((1, 1), (2, 3), (3, 1), (5, 1), (5, 4), (9, 9))
    )
    after, _ = patched(by_hand(xml), SheetEdit("客户", edits))
    places = re.findall(rb'<c r="(\w+)"', members(after)["xl/worksheets/sheet1.xml"])
    assert places == [b"A1", b"C2", b"A3", b"A5", b"C5", b"D5", b"I9"]


def test_an_empty_sheet_is_filled() -> None:
    xml = f"{sheet_xml()[: sheet_xml().index('<sheetData>')]}<sheetData/></worksheet>"
    after, _ = patched(by_hand(xml), SheetEdit("客户", (CellEdit(3, 2, PutText("第一")),)))
    assert cell(after, "B3").value == "第一"


def test_blanking_what_is_not_there_writes_nothing() -> None:
    before = by_hand(sheet_xml())
    after, _ = patched(before, SheetEdit("客户", (CellEdit(50, 2, PutBlank()), CellEdit(2, 12, PutBlank()))))
    assert members(after) == members(before)


def test_a_formula_is_overwritten_only_on_purpose() -> None:
    data = BY_NAME["shared_formula"].build()
    with pytest.raises(UserError) as refusal:
        put(data, PutText("x"), 3, 8)
    assert refusal.value.code == "patch.formula"
    after = put(data, PutText("x"), 3, 8, over_formula=True)
    assert "xl/calcChain.xml" not in members(after)
    assert b"calcChain" not in members(after)["[Content_Types].xml"]
    assert b"calcChain" not in members(after)["xl/_rels/workbook.xml.rels"]
    assert b'fullCalcOnLoad="1"' in members(after)["xl/workbook.xml"]
    assert cell(put(data, PutFormula("A3&B3"), 3, 8), "H3").value == "=A3&B3"


def test_a_workbook_without_formulas_is_not_asked_to_calculate() -> None:
    data = by_hand(sheet_xml())
    assert b"calcPr" not in members(put(data, PutText("x")))["xl/workbook.xml"]
    assert b'<calcPr fullCalcOnLoad="1"/>' in members(put(data, PutFormula("=1")))["xl/workbook.xml"]


def test_the_input_is_never_touched_and_two_runs_agree() -> None:
    case = BY_NAME["table"]
    data = case.build()
    assert patched(data, edit_one(case))[0] == patched(data, edit_one(case))[0]


@pytest.mark.parametrize("text", [" a", "a ", "a  b", "a\nb", "a\tb"])
def test_space_that_a_parser_could_drop_is_preserved(text: str) -> None:
    after = put(by_hand(sheet_xml()), PutText(text))
    assert f'<t xml:space="preserve">{text}</t>'.encode() in members(after)["xl/worksheets/sheet1.xml"]


def test_metadata_of_the_old_value_goes_with_it() -> None:
    data = by_hand(sheet_xml().replace('r="B2" >', 'r="B2" cm="1" vm="2" ph="1">'))
    after = members(put(data, PutText("新")))["xl/worksheets/sheet1.xml"].decode()
    tag = re.search(r'<c [^>]*r="B2"[^>]*>', after)
    assert tag is not None
    assert tag[0] == '<c r="B2" t="inlineStr">'


def test_a_changed_format_loses_the_text_prefix() -> None:
    styles = {"xl/styles.xml": lambda xml: xml.replace('numFmtId="14"', 'numFmtId="14" quotePrefix="1"')}
    data = exchanged(by_hand(sheet_xml().replace('r="E2"', 'r="E2" s="1"')), styles)
    after = members(put(data, PutNumber("5"), 2, 5))["xl/styles.xml"]
    assert after.count(b"quotePrefix") == 1
    assert b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>' in after


@pytest.mark.parametrize("size", [50, 100_000])
def test_rows_out_of_order_are_refused(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    windows = Package.windows
    monkeypatch.setattr(Package, "windows", lambda self, part, _size=size: windows(self, part, size))
    xml = sheet_xml().replace('r="4"', 'r="40"')
    with pytest.raises(UserError) as refusal:
        put(by_hand(xml), PutText("x"), 40, 2)
    assert refusal.value.code == "patch.unsupported_xml"
