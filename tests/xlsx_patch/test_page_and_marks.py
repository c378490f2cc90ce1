"""A tab of ours and marks of ours beside all that people have in a workbook: nothing else moves, both come and go."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from sheetward.errors import UserError
from sheetward.xlsx.areas import Area
from sheetward.xlsx.edits import MarkGroup, MarkNote, Marks, Page, PageCell, PageList, RemovedTab, SheetEdit, StampTab
from sheetward.xlsx.look import Look
from sheetward.xlsx.marks import joined_cells
from sheetward.xlsx.package import Package
from sheetward.xlsx.patch import patch
from sheetward.xlsx.workbook import Workbook

from .corpus import CASES as ALL
from .corpus import Case
from .observe import members, parsed, raw_members, sheet_part
from .test_untouched import assert_untouched, built

CASES = [case for case in ALL if not case.refused]
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
LOOK = Look(fill="FFFFF2CC", is_bold=True)
PAGE = Page(
    "待处理",
    (
        (PageCell("请选择", Look(is_bold=True, has_border=False)),),
        (PageCell("=1+1", LOOK, "'客户'!C5"), PageCell("0138", LOOK), PageCell("", LOOK), PageCell("id", None)),
    ),
    (20, 12.5, 16, 0),
    {1: 36},
    (PageList(3, (2,), ("用我的", 'say "hi"'), "标题", "提示"),),
)
ENTRIES = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml", "xl/styles.xml"}


def marked(case: Case, *cells: tuple[int, int]) -> SheetEdit:
    found = joined_cells(cells)
    marks = Marks({"conflict": found, "held": ()}, (MarkNote(found, "等您处理", "请到“待处理”页"),))
    return SheetEdit(case.tab, marks=marks, allow_protected=case.allow_protected)


def done(data: bytes, *sheets: SheetEdit, page: Page | RemovedTab | None = None, purge: bool = False) -> bytes:
    out = io.BytesIO()
    patch(Package(data, "t.xlsx"), sheets, None, out, pages=() if page is None else (page,), purge=purge)
    return out.getvalue()


def marks_of(data: bytes, tab: str) -> dict[str, tuple[Area, ...]]:
    book = Workbook.open(data, "t.xlsx")
    return dict(book.layout(book.sheet(tab)).marks)


@every_case
def test_marks_touch_no_cell_and_no_other_part(case: Case) -> None:
    before = built(case.name)
    place = case.header_row + 2, case.left + 1
    after = done(before, marked(case, place))
    part = sheet_part(before)
    assert_untouched(before, after, {part, "xl/styles.xml"})
    old, new = parsed(members(before)[part]), parsed(members(after)[part])
    assert (old.cells, old.rows) == (new.cells, new.rows)
    assert marks_of(after, case.tab) == {"conflict": (Area(*place, *place),)}


@every_case
def test_marks_that_go_leave_the_sheet_byte_for_byte(case: Case) -> None:
    before = built(case.name)
    part = sheet_part(before)
    there = done(before, marked(case, (case.header_row + 1, case.left), (case.header_row + 3, case.left + 1)))
    assert members(there)[part] != members(before)[part]
    gone = done(there, marked(case))
    assert members(gone)[part] == members(before)[part]


@every_case
def test_marks_written_twice_are_the_same_bytes(case: Case) -> None:
    edit = marked(case, (case.header_row + 2, case.left + 1))
    once = done(built(case.name), edit)
    assert members(done(once, edit)) == members(once)


@every_case
def test_a_page_is_made_behind_the_other_tabs_and_nothing_else_moves(case: Case) -> None:
    before = built(case.name)
    after = done(before, page=PAGE)
    assert_untouched(before, after, ENTRIES)
    names = [sheet.name for sheet in Workbook.open(before, "t.xlsx").sheets]
    book = Workbook.open(after, "t.xlsx")
    assert [sheet.name for sheet in book.sheets] == [*names, "待处理"]
    assert book.sheets[-1].visibility == "visible"
    cells = {cell[0]: cell[2] for cell in list(book.rows(book.sheets[-1]))[1][2]}
    assert cells == {1: "=1+1", 2: "0138", 4: "id"}


@every_case
def test_a_page_written_again_changes_its_own_part_only(case: Case) -> None:
    once = done(built(case.name), page=PAGE)
    again = done(once, page=replace(PAGE, rows=PAGE.rows[:1]))
    old, new = raw_members(once), raw_members(again)
    assert old.keys() == new.keys()
    assert len([name for name in old if old[name] != new[name]]) == 1


@every_case
def test_a_page_that_is_taken_away_leaves_the_tabs_as_they_were(case: Case) -> None:
    before = built(case.name)
    gone = done(done(before, page=PAGE), page=RemovedTab("待处理"))
    assert_untouched(before, gone, ENTRIES)
    assert members(gone)["xl/workbook.xml"] == members(before)["xl/workbook.xml"]


def test_stamp_and_page_are_made_and_taken_away_in_one_write() -> None:
    before = built(CASES[0].name)
    out = io.BytesIO()
    patch(Package(before, "t.xlsx"), [], StampTab((("a", "b"),)), out, pages=(PAGE,))
    both = out.getvalue()
    assert openpyxl.load_workbook(io.BytesIO(both)).sheetnames[-2:] == ["_sheetward", "待处理"]
    out = io.BytesIO()
    patch(Package(both, "t.xlsx"), [], RemovedTab(), out, pages=(RemovedTab("待处理"),))
    assert members(out.getvalue())["xl/workbook.xml"] == members(before)["xl/workbook.xml"]


def test_a_page_offers_its_lists_and_hides_its_columns() -> None:
    book = openpyxl.load_workbook(io.BytesIO(done(built(CASES[0].name), page=PAGE)))
    tab = book["待处理"]
    (rule,) = tab.data_validations.dataValidation
    assert (str(rule.sqref), rule.type, rule.formula1) == ("C2", "list", '"用我的,say ""hi"""')
    assert tab["A2"].value == "=1+1"
    assert tab["A2"].data_type != "f"
    assert tab["A2"].number_format == "@"
    assert tab["A2"].hyperlink.location == "'客户'!C5"
    assert tab.column_dimensions["D"].hidden
    assert tab.freeze_panes == "A2"


def test_looks_are_found_again_in_the_spelling_of_another_program() -> None:
    """A program that saves the workbook spells the formats anew; writing the page once more must not add them again."""
    book = openpyxl.load_workbook(io.BytesIO(done(built(CASES[0].name), page=PAGE)))
    buffer = io.BytesIO()
    book.save(buffer)
    first = done(buffer.getvalue(), page=PAGE)
    second = done(first, page=PAGE)
    assert members(second)["xl/styles.xml"] == members(first)["xl/styles.xml"]


def test_a_mark_survives_a_program_that_spells_it_otherwise() -> None:
    case = CASES[0]
    place = case.header_row + 2, case.left + 1
    book = openpyxl.load_workbook(io.BytesIO(done(built(case.name), marked(case, place))))
    buffer = io.BytesIO()
    book.save(buffer)
    assert marks_of(buffer.getvalue(), case.tab) == {"conflict": (Area(*place, *place),)}
    gone = done(buffer.getvalue(), marked(case))
    assert b"_sheetward" not in members(gone)[sheet_part(gone)]


def test_the_text_of_a_mark_never_covers_an_input_rule() -> None:
    book = openpyxl.Workbook()
    tab = book.active
    assert tab is not None
    tab.title = "客户"
    tab.append(["a", "b"])
    rule = openpyxl.worksheet.datavalidation.DataValidation(type="list", formula1='"x,y"')
    rule.add("B2:B9")
    tab.add_data_validation(rule)
    buffer = io.BytesIO()
    book.save(buffer)
    found = Area(2, 1, 3, 2), Area(4, 2, 4, 2)
    edit = SheetEdit("客户", marks=Marks({"held": found}, (MarkNote(found, "t", "x"),)))
    after = done(buffer.getvalue(), edit)
    sheet = members(after)[sheet_part(after)].decode()
    ours = re.search(r'<dataValidation allowBlank="1"[^>]*error="_sheetward"[^>]*sqref="([^"]*)"', sheet)
    assert ours is not None
    assert ours[1] == "A2 A3"
    assert 'count="2"' in sheet


def test_neighbours_are_marked_as_areas() -> None:
    cells = [(row, column) for row in (2, 3, 4) for column in (1, 2)] + [(9, 2)]
    assert [str(area) for area in joined_cells(cells)] == ["A2:B4", "B9"]


def test_a_locked_workbook_takes_no_page() -> None:
    book = openpyxl.Workbook()
    book.security.lockStructure = True
    buffer = io.BytesIO()
    book.save(buffer)
    with pytest.raises(UserError) as trouble:
        done(buffer.getvalue(), page=PAGE)
    assert trouble.value.code == "patch.structure_locked"


def test_what_a_page_no_longer_says_leaves_the_bytes(tmp_path: Path) -> None:
    """Another program turned the page's texts into shared strings: purged, they are gone from there too."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("客户").write(0, 0, "编号")
        book.add_worksheet("待处理").write(2, 0, "机密公司名称")
    kept = done(path.read_bytes(), page=PAGE)
    gone = done(path.read_bytes(), page=PAGE, purge=True)
    words = "机密公司名称".encode()
    assert any(words in data for data in members(kept).values())
    assert not any(words in data for data in members(gone).values())


def test_marks_of_a_check_and_of_a_sync_come_and_go_without_each_other() -> None:
    case = CASES[0]
    before = built(case.name)
    one, other = Area(2, 1, 2, 1), Area(3, 2, 4, 2)
    check = Marks({"error": (one,), "warning": (other,)}, (MarkNote((one, other), "t", "x"),), MarkGroup.CHECK)
    waiting = Marks({"held": (one,)}, (MarkNote((one,), "w", "y"),))
    both = done(done(before, SheetEdit(case.tab, marks=check)), SheetEdit(case.tab, marks=waiting))
    assert marks_of(both, case.tab) == {"error": (one,), "warning": (other,), "held": (one,)}
    of_sync = done(both, SheetEdit(case.tab, marks=Marks({}, group=MarkGroup.CHECK)))
    assert marks_of(of_sync, case.tab) == {"held": (one,)}
    part = sheet_part(before)
    assert members(done(of_sync, SheetEdit(case.tab, marks=Marks({}))))[part] == members(before)[part]


def test_many_scattered_marks_are_cut_into_pieces_that_a_program_opens() -> None:
    case = CASES[0]
    cells = joined_cells((row, column) for row in range(2, 2404, 2) for column in (1, 3))
    marks = Marks({"error": cells}, (MarkNote(cells, "t", "x"),), MarkGroup.CHECK)
    after = done(built(case.name), SheetEdit(case.tab, marks=marks))
    blocks = re.findall(rb'<conditionalFormatting sqref="([^"]*)"', members(after)[sheet_part(after)])
    assert [len(block.split()) for block in blocks][:2] == [500, 500]
    assert marks_of(after, case.tab) == {"error": cells}
    assert openpyxl.load_workbook(io.BytesIO(after)).sheetnames
