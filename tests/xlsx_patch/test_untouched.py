"""The promise of the patcher: nothing else in a user's workbook changes. Each test runs on every workbook of the corpus."""

from __future__ import annotations

import io
import warnings
from functools import cache

import openpyxl
import pytest
from sheetward.errors import UserError
from sheetward.xlsx.edits import CellEdit, NewHiddenColumn, PutText, SheetEdit, StampTab
from sheetward.xlsx.expected import ExpectedCells
from sheetward.xlsx.irregular import on_any
from sheetward.xlsx.package import Package
from sheetward.xlsx.parts import Book
from sheetward.xlsx.row_cells import RowCells
from sheetward.xlsx.sheet_scan import Piece, RowCounter, prefix_of, sheet_pieces
from sheetward.xlsx.workbook import Workbook

from .corpus import BY_NAME, Case, built
from .corpus import CASES as ALL
from .observe import append_three, blank_row, changed_cells, edit_one, members, parsed, patched, raw_members, sheet_part

CASES = [case for case in ALL if not case.refused]
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
growing_case = pytest.mark.parametrize("case", [case for case in CASES if case.can_append], ids=lambda case: case.name)
GROWING = {"xl/workbook.xml", "xl/styles.xml"}


def assert_untouched(before: bytes, after: bytes, touched: set[str]) -> None:
    old, new = raw_members(before), raw_members(after)
    for name, raw in old.items():
        if name not in touched:
            assert new[name] == raw, name


@every_case
def test_one_cell_changes_and_nothing_else(case: Case) -> None:
    before = built(case.name)
    after, _ = patched(before, edit_one(case))
    part = sheet_part(before)
    assert_untouched(before, after, {part, "xl/workbook.xml"})
    old, new = members(before)[part], members(after)[part]
    assert changed_cells(old, new) == {(case.header_row + 3, case.left + 1)}
    assert parsed(old).frame == parsed(new).frame
    assert parsed(old).rows == parsed(new).rows


@every_case
def test_of_the_touched_sheet_only_the_cell_s_bytes_change(case: Case) -> None:
    before = built(case.name)
    after, _ = patched(before, edit_one(case))
    part = sheet_part(before)
    old, new = members(before)[part], members(after)[part]
    same_start = next(i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    same_end = next(i for i, (a, b) in enumerate(zip(reversed(old), reversed(new), strict=False)) if a != b)
    assert len(old) - same_start - same_end < 120


@every_case
def test_a_blanked_row_keeps_its_styles(case: Case) -> None:
    before = built(case.name)
    after, _ = patched(before, blank_row(case))
    part = sheet_part(before)
    old, new = parsed(members(before)[part]), parsed(members(after)[part])
    row, (low, high) = case.header_row + 2, case.columns
    assert old.frame == new.frame
    for column in range(low, high + 1):
        markup = new.cells.get((row, column), "")
        assert "<" not in markup.replace("</", "").lstrip("<")  # one element, nothing in it
    others = {place: cell for place, cell in old.cells.items() if place[0] != row or not low <= place[1] <= high}
    assert {place: new.cells[place] for place in others} == others


@growing_case
def test_appended_rows_leave_the_rows_above_alone(case: Case) -> None:
    before = built(case.name)
    after, report = patched(before, append_three(case))
    part = sheet_part(before)
    tables = {name for name in members(before) if name.startswith("xl/tables/")}
    assert_untouched(before, after, {part, *tables, *GROWING})
    old, new = parsed(members(before)[part]), parsed(members(after)[part])
    assert {place[0] for place in changed_cells(members(before)[part], members(after)[part])} == {
        case.last_row + 1,
        case.last_row + 2,
        case.last_row + 3,
    }
    assert {number: new.rows[number] for number in old.rows} == old.rows
    assert report.appended == {case.tab: (case.last_row + 1, case.last_row + 2, case.last_row + 3)}


@pytest.mark.parametrize("case", [case for case in CASES if not case.can_append], ids=lambda case: case.name)
def test_rows_without_room_are_refused(case: Case) -> None:
    with pytest.raises(UserError) as refusal:
        patched(built(case.name), append_three(case))
    assert refusal.value.code == "patch.no_room"


def _bound(case: Case) -> bytes:
    """Bind as the adapter does: hidden column with ids, stamp, an edit, a blanked row, new rows where there is room."""
    column = 20
    edit, blank, more = edit_one(case), blank_row(case), append_three(case)
    ids = tuple(
        CellEdit(row, column, PutText(f"r{row}"))
        for row in range(case.header_row + 1, case.last_row + 1)
        if row != case.header_row + 2
    )
    sheet = SheetEdit(
        case.tab,
        (*edit.cells, *blank.cells, *ids),
        appended=more.appended if case.can_append else (),
        after_row=case.last_row,
        header_row=case.header_row,
        table_columns=case.columns,
        hidden_column=NewHiddenColumn(column, case.header_row, "_sheetward_id", "编号列", "请不要修改这一列"),
        allow_protected=case.allow_protected,
    )
    return patched(built(case.name), sheet, tab=StampTab((("stamp", "e1"), ("词", "a\nb"))), name=f"t{case.suffix}")[0]


@cache
def bound(name: str) -> bytes:
    return _bound(BY_NAME[name])


@every_case
def test_a_later_write_touches_two_tabs_only(case: Case) -> None:
    before = bound(case.name)
    after, report = patched(before, edit_one(case, "第二次"), tab=StampTab((("stamp", "e2"),)))
    parts = {sheet_part(before), sheet_part(before, "_sheetward")}
    assert set(report.replaced) == parts
    assert not report.added
    assert_untouched(before, after, parts)
    assert b"e2" in members(after)[sheet_part(after, "_sheetward")]


@every_case
def test_the_same_patch_twice_changes_nothing_the_second_time(case: Case) -> None:
    once, _ = patched(bound(case.name), edit_one(case, "再次"))
    twice, _ = patched(once, edit_one(case, "再次"))
    assert members(once) == members(twice)


@every_case
def test_openpyxl_opens_every_result(case: Case) -> None:
    if not case.openpyxl_reads:
        with pytest.raises(Exception):  # noqa: B017 - it cannot read the original; our own reader and LibreOffice judge
            openpyxl.load_workbook(io.BytesIO(built(case.name)))["客户"]["A1"].value.strip()
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        workbook = openpyxl.load_workbook(io.BytesIO(bound(case.name)))
    sheet = workbook[case.tab]
    assert sheet.cell(case.header_row + 3, case.left + 1).value == "改过的 <新> & 值"
    assert sheet.cell(case.header_row + 2, case.left).value is None
    assert workbook["_sheetward"].sheet_state == "veryHidden"
    assert workbook["_sheetward"]["B2"].value == "a\nb"


@every_case
def test_what_the_reader_sees_is_what_the_patcher_expects(case: Case) -> None:
    for data in (built(case.name), bound(case.name)):
        workbook = Workbook.open(data, "t.xlsx")
        sheet = workbook.sheet(case.tab)
        seen = [
            CellEdit(row, cell[0], PutText(""), expected=workbook.raw(*cell[1:]))
            for row, _, cells in workbook.rows(sheet)
            for cell in cells
        ]
        assert seen
        expected = ExpectedCells(SheetEdit(case.tab, tuple(seen)))
        part, rows = sheet_part(data), set[int]()
        counter, prefix = RowCounter(b"", part), b""
        for kind, piece in sheet_pieces(Package(data, "t.xlsx").windows(part), part):
            if kind is Piece.HEAD:
                prefix = prefix_of(piece)
                counter = RowCounter(prefix, part)
            elif kind is Piece.ROWS:
                for span in counter.spans(piece, None):
                    rows.add(span.number)
                    expected.look(
                        span.number, RowCells(piece[span.start : span.end], span.number, prefix, part), prefix
                    )
        strings = Book(Package(data, "t.xlsx")).target("sharedStrings")
        on_any(Package(data, "t.xlsx"), lambda package, there=expected, part=strings: there.check(package, part))
        assert {edit.row for edit in seen} <= rows
