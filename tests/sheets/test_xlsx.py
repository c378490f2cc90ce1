"""A tab of a closed workbook, with what people leave in it: formulas, merged cells, totals, filters, their own columns."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet
from sheetward.cells import Typed, value_of
from sheetward.errors import GuardError, TransientError, UserError
from sheetward.plan.actions import AppendRow, ClearRow, SetCell, SetRowId, SheetAction, SheetWrite
from sheetward.plan.observation import Mark, Observation
from sheetward.sheets.bind_xlsx import bind_xlsx, plan_xlsx
from sheetward.sheets.file import SheetFile
from sheetward.sheets.place import Place
from sheetward.sheets.xlsx import XlsxBook, XlsxSheet
from sheetward.table import RowId
from sheetward_schemas.model import TableSchema

HEADER = ["客户编号", "客户姓名", "联系电话", "国家", "金额", "建档日期", "类型", "备注"]
Make = Callable[..., Path]
FileOf = Callable[..., SheetFile]


def bound(
    path: Path, schema: TableSchema, file_of: FileOf, on_step: Callable[[str], None] = lambda _: None
) -> XlsxSheet:
    file = file_of(path, on_step)
    plan = plan_xlsx(file, schema, lambda _: (), name="东区", table="customers", path=path.name, tab="客户")
    bind_xlsx(file, schema, plan, binding="b1", stamp="s0", lang="zh")
    return XlsxSheet(XlsxBook(file), "b1", plan.place, schema)


def write(sheet: XlsxSheet, *actions: SheetAction, stamp: str = "s1", purge: bool = False) -> Observation:
    sheet.write(SheetWrite(actions, stamp, purge), sheet.observe().revision)
    return sheet.observe()


def values(seen: Observation, *names: str) -> list[tuple[object, ...]]:
    places = [seen.fields.index(name) for name in names]
    return [tuple(value_of(row.cells[place]) for place in places) for row in seen.rows]


def test_every_state_of_a_cell_is_told_apart(save: Make, schema: TableSchema, file_of: FileOf, tmp_path: Path) -> None:
    path = tmp_path / "客户.xlsx"
    book = xlsxwriter.Workbook(path)
    tab = book.add_worksheet("客户")
    tab.write_row(0, 0, HEADER)
    tab.write_row(1, 0, ["C1", "张三"])
    tab.write_formula(1, 4, "=1+1", None, 2)
    tab.write_formula(1, 5, "=TODAY()", None, 45000)
    tab.write_formula(1, 2, "=1/0", None, "#DIV/0!")
    tab.write_row(2, 0, ["C2", "李四"])
    tab.write_formula(2, 4, "=SUM(E2)", None, "")
    tab.write_number(3, 0, 7, book.add_format({"num_format": "00000"}))
    tab.write_string(3, 1, "")
    book.close()
    seen = bound(path, schema, file_of).observe()
    first, second, third = seen.rows
    assert first.marks == {"amount": Mark.FORMULA, "since": Mark.VOLATILE, "phone": Mark.UNCACHED}
    assert first.errors == {"phone": "#DIV/0!"}
    assert (first.cells[2], first.cells[4], first.cells[5]) == (None, Decimal(2), None)
    assert second.marks["amount"] in {Mark.FORMULA, Mark.UNCACHED}
    assert value_of(third.cells[0]) == "00007"
    assert seen.complete


def test_values_come_in_canonical_and_keep_what_was_typed(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    sheet = bound(
        save([HEADER, ["007", "张三", "138 0013 8000", "中国", 12.5, "2024年3月5日", "贵宾", None]]), schema, file_of
    )
    row = sheet.observe().rows[0]
    assert row.cells == (
        "007",
        "张三",
        Typed("+8613800138000", "138 0013 8000"),
        Typed("CN", "中国"),
        Decimal("12.5"),
        Typed(dt.date(2024, 3, 5), "2024年3月5日"),
        Typed("vip", "贵宾"),
        None,
    )


def test_values_go_out_as_people_read_them(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    path = save([HEADER, ["C1", "张三"]])
    sheet = bound(path, schema, file_of)
    row = {
        "code": "008",
        "phone": Typed("+8613800138000", "138 0013 8000"),
        "country": "CN",
        "amount": Decimal("0.1"),
        "since": Typed(dt.date(2024, 3, 5), "五号"),
        "grade": "vip",
        "remark": "=1+1",
    }
    seen = write(sheet, AppendRow(RowId("r8"), row))
    assert values(seen, *row)[1] == tuple(map(value_of, row.values()))
    tab = openpyxl.load_workbook(path)["客户"]
    cells = [cell.value for cell in tab[3]]
    assert cells == ["008", None, "138 0013 8000", "中国", 0.1, dt.datetime(2024, 3, 5), "贵宾", "=1+1", "r8"]
    assert (tab["A3"].data_type, tab["F3"].number_format, tab["H3"].data_type) == ("s", "yyyy-mm-dd", "s")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount", Decimal("-123456789012345")),
        ("amount", Decimal("0.000000123456789012345")),
        ("since", dt.date(1850, 6, 1)),
        ("since", dt.date(1900, 2, 28)),
        ("since", dt.date(9999, 12, 31)),
    ],
)
def test_values_at_the_edge_of_what_excel_holds_come_back(
    save: Make, schema: TableSchema, file_of: FileOf, name: str, value: Decimal | dt.date
) -> None:
    seen = write(bound(save([HEADER, ["C1", "张三"]]), schema, file_of), SetCell(2, "", name, None, value))
    assert values(seen, name) == [(value,)]


def test_digits_that_excel_would_lose_are_not_lost(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    path = save([HEADER, ["C1", "张三"]])
    write(bound(path, schema, file_of), SetCell(2, "", "amount", None, Decimal("123456789012345678.25")))
    assert openpyxl.load_workbook(path)["客户"]["E2"].value == "123456789012345678.25"


def test_a_formula_is_never_overwritten_and_a_cleared_row_is_gone_all_the_same(
    save: Make, schema: TableSchema, file_of: FileOf
) -> None:
    path = save([HEADER, ["C1", "张三", None, None, "=1+1"], ["C2", "李四", None, None, "=2+2"]])
    sheet = bound(path, schema, file_of)
    write(sheet, SetRowId(2, "", "r1"), SetRowId(3, "", "r2"))
    before = path.read_bytes()
    with pytest.raises(UserError, match=r"columns\.cell_refuses"):
        write(sheet, SetCell(2, "r1", "amount", None, Decimal(5)))
    assert path.read_bytes() == before
    seen = write(sheet, ClearRow(2, "r1"))
    assert [(row.position, row.row_id) for row in seen.rows] == [(3, "r2")]


def test_formulas_filled_down_make_no_rows_and_new_rows_take_their_place(
    save: Make, schema: TableSchema, file_of: FileOf
) -> None:
    rows = [["C1", "张三"], *([None, None] for _ in range(3))]
    path = save([HEADER, *([*row, None, None, f"=LEN(B{n})"] for n, row in enumerate(rows, 2))])
    sheet = bound(path, schema, file_of)
    assert len(sheet.observe().rows) == 1
    added = [AppendRow(RowId(f"r{n}"), {"name": f"新{n}", "amount": Decimal(n)}) for n in range(5)]
    seen = write(sheet, *added)
    assert [(row.position, row.row_id) for row in seen.rows] == [(2, ""), *((3 + n, f"r{n}") for n in range(5))]
    assert [row.marks.get("amount") for row in seen.rows] == [Mark.UNCACHED] * 4 + [None] * 2
    assert openpyxl.load_workbook(path)["客户"]["E4"].value == "=LEN(B4)"


def test_merged_cells_take_no_value(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    path = save([HEADER, ["C1", "张三"], ["C2", "李四"]], lambda tab: tab.merge_cells("H2:H3"))
    sheet = bound(path, schema, file_of)
    seen = sheet.observe()
    assert [row.marks for row in seen.rows] == [{}, {"remark": Mark.MERGED}]
    with pytest.raises(UserError, match=r"columns\.cell_refuses"):
        write(sheet, SetCell(3, "", "remark", None, "x"))
    assert values(write(sheet, SetCell(2, "", "remark", None, "x")), "remark") == [("x",), (None,)]


def test_hidden_and_filtered_rows_are_read_and_known_to_be_hidden(
    save: Make, schema: TableSchema, file_of: FileOf
) -> None:
    def hide(tab: Worksheet) -> None:
        tab.auto_filter.ref = "A1:H3"
        tab.auto_filter.add_filter_column(1, ["张三"])
        tab.row_dimensions[3].hidden = True

    seen = bound(save([HEADER, ["C1", "张三"], ["C2", "李四"]], hide), schema, file_of).observe()
    assert [(row.position, row.hidden) for row in seen.rows] == [(2, False), (3, True)]


def test_a_totals_row_is_no_data_and_new_rows_stay_above_it(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    path = save([["序号", *HEADER], [1, "C1", "张三"], [], ["合计", None, None, None, None, 5], ["制表人：李"]])
    sheet = bound(path, schema, file_of)
    seen = sheet.observe()
    assert [row.position for row in seen.rows] == [2]
    assert [notice.facts["rows"] for notice in seen.notices] == [[4]]
    assert [row.position for row in write(sheet, AppendRow(RowId("r1"), {"name": "新"})).rows] == [2, 3]
    before = path.read_bytes()
    with pytest.raises(UserError) as caught:
        write(sheet, AppendRow(RowId("r2"), {"name": "又"}))
    assert (caught.value.code, caught.value.facts["row"]) == ("columns.totals_in_the_way", 4)
    assert path.read_bytes() == before


def test_a_table_object_grows_with_new_rows_and_its_totals_row_is_no_data(
    save: Make, schema: TableSchema, file_of: FileOf
) -> None:
    def grown(tab: Worksheet) -> None:
        tab.add_table(Table(displayName="T1", ref="A1:H3"))

    path = save([HEADER, ["C1", "张三"], ["C2", "李四"]], grown)
    sheet = bound(path, schema, file_of)
    assert [row.position for row in write(sheet, AppendRow(RowId("r3"), {"name": "新"})).rows] == [2, 3, 4]
    assert openpyxl.load_workbook(path)["客户"].tables["T1"].ref == "A1:I4"

    def totalled(tab: Worksheet) -> None:
        table = Table(displayName="T2", ref="A1:H3", totalsRowCount=1, totalsRowShown=True)
        table._initialise_columns()
        for column, text in zip(table.tableColumns, HEADER, strict=True):
            column.name = text
        table.autoFilter.ref = "A1:H2"
        tab.add_table(table)

    totals = save([HEADER, ["C1", "张三"], ["一共", None, None, None, 5]], totalled, name="b.xlsx")
    assert [row.position for row in bound(totals, schema, file_of).observe().rows] == [2]


def test_a_repeated_header_inside_the_data_is_no_row(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    path = save([HEADER, ["C1", "张三"], HEADER, ["C2", "李四"]])
    seen = bound(path, schema, file_of).observe()
    assert [row.position for row in seen.rows] == [2, 4]
    assert [(notice.code, notice.facts["rows"]) for notice in seen.notices] == [("layout.header_repeated_in_data", [3])]


def test_a_header_in_two_languages_is_one_header(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    path = save([HEADER, [field.label("en") for field in schema.fields]])
    sheet = bound(path, schema, file_of)
    assert sheet.observe().rows == ()
    seen = write(sheet, AppendRow(RowId("r1"), {"name": "新"}), AppendRow(RowId("r2"), {"name": "又"}))
    assert [(row.position, row.row_id) for row in seen.rows] == [(3, "r1"), (4, "r2")]
    assert openpyxl.load_workbook(path)["客户"]["B2"].value == "Name"


def test_dates_of_the_1904_system_are_the_same_days(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    def mac(tab: Worksheet) -> None:
        assert tab.parent is not None
        tab.parent.epoch = CALENDAR_MAC_1904
        tab["F2"] = dt.date(2024, 3, 5)

    path = save([HEADER, ["C1", "张三"]], mac)
    sheet = bound(path, schema, file_of)
    assert values(sheet.observe(), "since") == [(dt.date(2024, 3, 5),)]
    seen = write(sheet, SetCell(2, "", "since", dt.date(2024, 3, 5), dt.date(2025, 1, 1)))
    assert values(seen, "since") == [(dt.date(2025, 1, 1),)]
    assert openpyxl.load_workbook(path)["客户"]["F2"].value == dt.datetime(2025, 1, 1)


def test_private_columns_and_other_tabs_stay_as_they_are(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    def more(tab: Worksheet) -> None:
        tab["K1"], tab["K2"] = "我的", "=A2&1"
        assert tab.parent is not None
        tab.parent.create_sheet("别的").append(["x", 1])

    path = save([["名单"], HEADER, ["C1", "张三"]], more)
    sheet = bound(path, schema, file_of)
    with zipfile.ZipFile(path) as before:
        parts = {name: before.read(name) for name in before.namelist()}
    write(sheet, SetCell(3, "", "remark", None, "x"))
    with zipfile.ZipFile(path) as after:
        moved = {name for name in after.namelist() if after.read(name) != parts[name]}
    assert {name for name in moved if name.startswith("xl/worksheets/")} == {
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet3.xml",
    }
    tab = openpyxl.load_workbook(path)["客户"]
    assert (tab["K1"].value, tab["K2"].value, tab["A1"].value) == ("我的", "=A2&1", "名单")


def test_a_renamed_tab_is_followed_and_a_deleted_one_is_an_error(
    save: Make, schema: TableSchema, file_of: FileOf
) -> None:
    path = save([HEADER, ["C1", "张三"]])
    sheet = bound(path, schema, file_of)
    book = openpyxl.load_workbook(path)
    book["客户"].title = "华东客户"
    book.create_sheet("客户二").append(HEADER)
    book.save(path)
    seen = sheet.observe()
    assert (len(seen.rows), seen.stamp) == (1, "s0")
    assert [(notice.code, notice.facts["new"]) for notice in seen.notices] == [("columns.tab_renamed", "华东客户")]
    del book["华东客户"]
    book.save(path)
    with pytest.raises(UserError, match=r"workbook\.no_tab"):
        sheet.observe()


def test_a_lost_id_column_comes_back_with_the_next_write(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    path = save([HEADER, ["C1", "张三"]])
    sheet = bound(path, schema, file_of)
    write(sheet, SetRowId(2, "", "r1"))
    book = openpyxl.load_workbook(path)
    book["客户"].delete_cols(9)
    book.save(path)
    assert [notice.code for notice in sheet.observe().notices] == ["columns.id_lost"]
    seen = write(sheet, SetRowId(2, "", "r1"))
    assert ([row.row_id for row in seen.rows], seen.notices) == (["r1"], ())
    assert openpyxl.load_workbook(path)["客户"].column_dimensions["I"].hidden


def test_a_cell_that_the_file_itself_gets_wrong_makes_the_read_incomplete(
    save: Make, schema: TableSchema, file_of: FileOf
) -> None:
    path = save([HEADER, ["C1", 77]])
    sheet = bound(path, schema, file_of)
    damage(path, "xl/worksheets/sheet1.xml", b'<c r="B2" t="n">', b'<c r="B2" t="s">')
    seen = sheet.observe()
    assert not seen.complete
    assert seen.rows[0].marks == {"name": Mark.ERROR}
    assert [notice.code for notice in seen.notices] == ["columns.unreadable"]


def damage(path: Path, part: str, old: bytes, new: bytes) -> None:
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)


def test_a_save_between_reading_and_writing_loses_nothing(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    path = save([HEADER, ["C1", "张三"]])

    def somebody_saves(step: str) -> None:
        if step == "during_write" and is_armed:
            book = openpyxl.load_workbook(path)
            book["客户"]["B2"].value = "别人"
            book.save(path)

    is_armed = False
    sheet = bound(path, schema, file_of, somebody_saves)
    is_armed = True
    with pytest.raises(TransientError, match=r"sheet\.changed"):
        write(sheet, SetCell(2, "", "name", "张三", "我"))
    is_armed = False
    seen = sheet.observe()
    assert (values(seen, "name"), seen.stamp) == ([("别人",)], "s0")
    assert [item.name for item in path.parent.iterdir() if item.suffix == ".xlsx"] == [path.name]


def test_an_open_workbook_is_a_guard_before_and_a_passing_trouble_at_the_write(
    save: Make, schema: TableSchema, file_of: FileOf
) -> None:
    path = save([HEADER, ["C1", "张三"]])
    sheet = bound(path, schema, file_of)
    sheet.check_writable()
    (path.parent / f"~${path.name}").write_bytes(b"\x04Anna" + b" " * 160)
    with pytest.raises(GuardError, match=r"sheet\.open"):
        sheet.check_writable()
    before = path.read_bytes()
    with pytest.raises(TransientError, match=r"sheet\.open"):
        write(sheet, SetCell(2, "", "name", "张三", "我"))
    assert path.read_bytes() == before


def test_a_protected_tab_is_refused_before_anything_is_decided(
    save: Make, schema: TableSchema, file_of: FileOf
) -> None:
    path = save([HEADER, ["C1", "张三"]])
    sheet = bound(path, schema, file_of)
    book = openpyxl.load_workbook(path)
    book["客户"].protection.sheet = True
    book.save(path)
    assert len(sheet.observe().rows) == 1
    with pytest.raises(UserError, match=r"patch\.protected"):
        sheet.check_writable()


def test_two_bindings_of_one_workbook_keep_their_own_stamps(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    path = save([HEADER, ["C1", "张三"]], lambda tab: fill(tab, "二", [HEADER, ["C2", "李四"]]))
    first = bound(path, schema, file_of)
    file = file_of(path)
    plan = plan_xlsx(file, schema, lambda _: (), name="二", table="t", path=path.name, tab="二", known=["b1"])
    bind_xlsx(file, schema, plan, binding="b2", stamp="t0", lang="zh")
    second = XlsxSheet(XlsxBook(file), "b2", plan.place, schema)
    write(first, SetCell(2, "", "name", "张三", "张"), stamp="s9")
    assert (first.observe().stamp, second.observe().stamp) == ("s9", "t0")
    assert values(second.observe(), "name") == [("李四",)]


def fill(tab: Worksheet, title: str, rows: Sequence[Sequence[object]]) -> None:
    assert tab.parent is not None
    other = tab.parent.create_sheet(title)
    for row in rows:
        other.append(row)


def test_a_purged_value_is_in_no_byte_of_the_file(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    path = save([HEADER, ["C1", "张三", None, None, None, None, None, "机密条款"], ["C2", "李四"]])
    sheet = bound(path, schema, file_of)
    write(sheet, SetRowId(2, "", "r1"))
    write(sheet, ClearRow(2, "r1"), purge=True)
    with zipfile.ZipFile(path) as package:
        assert not any("机密条款".encode() in package.read(name) for name in package.namelist())
        assert any("李四".encode() in package.read(name) for name in package.namelist())


def test_the_last_editor_is_as_the_file_says(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    path = save([HEADER, ["C1", "张三"]])
    book = openpyxl.load_workbook(path)
    book.properties.lastModifiedBy = "王经理"
    book.save(path)
    assert bound(path, schema, file_of).observe().editor == "王经理"


def test_a_file_that_is_gone_is_the_callers_mistake(tmp_path: Path, schema: TableSchema, file_of: FileOf) -> None:
    sheet = XlsxSheet(XlsxBook(file_of(tmp_path / "no.xlsx")), "b1", Place("no.xlsx", "客户", 1), schema)
    with pytest.raises(UserError, match=r"file\.missing"):
        sheet.observe()


def test_a_text_of_no_length_is_an_empty_cell_when_it_is_written(
    save: Make, schema: TableSchema, file_of: FileOf
) -> None:
    """Some programs save an emptied cell as a text without letters."""
    path = save([HEADER, ["C1", "张三"], ["", "李四"]])
    sheet = bound(path, schema, file_of)
    key = sheet.observe().fields[0]
    assert values(write(sheet, SetCell(3, "", key, None, "C9")), key, "name") == [("C1", "张三"), ("C9", "李四")]
