"""Binding shows what it would do, does that, and takes it back without a trace."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import openpyxl
import pytest
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet
from sheetward.errors import GuardError, UserError
from sheetward.messages import Lang, render
from sheetward.plan.actions import AppendRow, SetRowId, SheetWrite
from sheetward.plan.observation import Observation
from sheetward.sheets.bind_csv import bind_csv, plan_csv, unbind_csv
from sheetward.sheets.bind_xlsx import bind_xlsx, plan_xlsx, unbind_xlsx
from sheetward.sheets.binding import BindingPlan
from sheetward.sheets.csv import CsvSheet
from sheetward.sheets.file import SheetFile
from sheetward.sheets.place import Place
from sheetward.sheets.xlsx import XlsxBook, XlsxSheet
from sheetward.table import RowId
from sheetward_schemas.model import TableSchema

HEADER = ["客户编号", "客户姓名", "联系电话", "私人"]
Make = Callable[..., Path]
FileOf = Callable[..., SheetFile]


def plan(file: SheetFile, schema: TableSchema, **more: object) -> BindingPlan:
    return plan_xlsx(file, schema, lambda _: (), name="东区", table="customers", path=file.name, **more)  # type: ignore[arg-type]


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_a_plan_says_everything_and_writes_nothing(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    path = save([["名单"], HEADER, ["C1", "张三"], ["C2", "李四"]])
    before = path.read_bytes()
    asked: list[Observation] = []

    def holds(seen: Observation) -> list[dict[str, str]]:
        asked.append(seen)
        return [{"cell": "B4", "code": "name.strange"}]

    made = plan_xlsx(file_of(path), schema, holds, name="东区", table="customers", path="x/客户.xlsx")  # type: ignore[arg-type]
    assert made.to_json() == {
        "name": "东区",
        "table": "customers",
        "tab": "客户",
        "header_row": 2,
        "mapping": [
            {"column": "客户编号", "field": "code"},
            {"column": "客户姓名", "field": "name"},
            {"column": "联系电话", "field": "phone"},
        ],
        "unmapped": ["私人"],
        "missing": ["country", "amount", "since", "grade", "remark"],
        "would_hold": [{"cell": "B4", "code": "name.strange"}],
        "rows": 2,
        "id_column": "E",
    }
    assert [row.cells[1] for row in asked[0].rows] == ["张三", "李四"]
    assert Place.from_json(made.place.to_json()) == made.place
    assert path.read_bytes() == before
    assert sorted(item.name for item in path.parent.iterdir()) == [path.name]


def test_binding_and_unbinding_leave_every_part_as_it_was(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    def finish(tab: Worksheet) -> None:
        tab.add_table(Table(displayName="T1", ref="A1:D3"))
        tab["H1"] = "旁边"

    path = save([HEADER, ["C1", "张三"], ["C2", "李四"]], finish)
    before = parts(path)
    file = file_of(path)
    made = plan(file, schema)
    bind_xlsx(file, schema, made, binding="b1", stamp="s0", lang="zh")
    tab = openpyxl.load_workbook(path)["客户"]
    assert (tab["E1"].value, tab.column_dimensions["E"].hidden) == ("_sheetward_id", True)
    assert tab.tables["T1"].ref == "A1:E3"
    assert XlsxSheet(XlsxBook(file), "b1", made.place, schema).observe().stamp == "s0"
    unbind_xlsx(file, schema, made.place, binding="b1")
    assert parts(path) == before
    once = path.read_bytes()
    unbind_xlsx(file, schema, made.place, binding="b1")
    assert path.read_bytes() == once


def test_a_copied_workbook_is_refused_until_it_is_bound_anew(
    save: Make, schema: TableSchema, file_of: FileOf, tmp_path: Path
) -> None:
    path = save([HEADER, ["C1", "张三"], ["C2", "李四"]])
    file = file_of(path)
    made = plan(file, schema)
    bind_xlsx(file, schema, made, binding="b1", stamp="s0", lang="zh")
    sheet = XlsxSheet(XlsxBook(file), "b1", made.place, schema)
    sheet.write(SheetWrite((SetRowId(2, "", "ra"),), "s1"), sheet.revision())
    copy = tmp_path / "副本.xlsx"
    copy.write_bytes(path.read_bytes())
    with pytest.raises(GuardError) as caught:
        plan(file_of(copy), schema)
    assert (caught.value.code, caught.value.facts["bindings"], caught.value.exit_status) == ("bind.copied", ["b1"], 3)
    anew = plan(file_of(copy), schema, anew=True)
    assert (anew.other_stamps, anew.old_ids, anew.adds_id_column) == (("b1",), 1, False)
    bind_xlsx(file_of(copy), schema, anew, binding="b2", stamp="t0", lang="zh", renumbers="code")
    seen = XlsxSheet(XlsxBook(file_of(copy)), "b2", anew.place, schema).observe()
    assert [(row.row_id, row.cells[0], row.cells[1]) for row in seen.rows] == [("", None, "张三"), ("", None, "李四")]
    assert (seen.stamp, XlsxSheet(XlsxBook(file_of(copy)), "b1", anew.place, schema).observe().stamp) == ("t0", None)
    assert sheet.observe().rows[0].row_id == "ra"


@pytest.mark.parametrize(
    ("row", "column", "is_inside"),
    [
        ([], "C", True),
        (["没有标题的一列"], "E", False),
        ([None, "另一张表"], "F", False),
        ([None, None, "另一张表"], "C", True),
    ],
)
def test_the_id_column_does_not_join_the_table_with_what_stands_beside_it(
    save: Make, schema: TableSchema, file_of: FileOf, row: list[str], column: str, is_inside: bool
) -> None:
    path = save([["客户编号", "客户姓名"], ["C1", "张三", *row]])
    made = plan(file_of(path), schema)
    assert made.id_column == column
    code = "bind.id_column_at" if is_inside else "bind.id_column_beside"
    assert code in {notice.code for notice in made.notices}
    bind_xlsx(file_of(path), schema, made, binding="b1", stamp="s0", lang="en")
    tab = openpyxl.load_workbook(path)["客户"]
    assert tab[f"{column}1"].value == "_sheetward_id"
    assert [cell.value for cell in tab[2]][: len(row) + 2] == ["C1", "张三", *row]


def test_a_table_at_the_edge_of_the_grid_has_no_room_for_ids(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    def far(tab: Worksheet) -> None:
        tab["XFC1"], tab["XFD1"] = "客户编号", "客户姓名"

    with pytest.raises(UserError, match=r"bind\.no_room"):
        plan(file_of(save([], far)), schema)


def test_the_filter_reaches_over_the_id_column_so_that_it_is_sorted_along(
    save: Make, schema: TableSchema, file_of: FileOf
) -> None:
    def filtered(tab: Worksheet) -> None:
        tab.auto_filter.ref = "A1:D3"

    path = save([HEADER, ["C1", "张三"], ["C2", "李四"]], filtered)
    bind_xlsx(file_of(path), schema, plan(file_of(path), schema), binding="b1", stamp="s0", lang="zh")
    assert openpyxl.load_workbook(path)["客户"].auto_filter.ref == "A1:E3"


@pytest.mark.parametrize(("kind", "code"), [("queryTable", "bind.query_table"), ("xml", "bind.xml_map")])
@pytest.mark.parametrize("ref", ["A1:D2", "A1:B2"])
def test_a_table_that_another_source_fills_is_refused_before_anything_is_written(
    save: Make, schema: TableSchema, file_of: FileOf, kind: str, code: str, ref: str
) -> None:
    def finish(tab: Worksheet) -> None:
        table = Table(displayName="查询结果", ref=ref)
        table.tableType = kind
        tab.add_table(table)

    path = save([HEADER, ["C1", "张三"]], finish)
    before = path.read_bytes()
    with pytest.raises(UserError) as caught:
        plan(file_of(path), schema)
    assert (caught.value.code, caught.value.exit_status) == (code, 2)
    assert caught.value.facts["table"] == "查询结果"
    assert all("查询结果" in render(code, caught.value.facts, lang) for lang in get_args(Lang))
    assert path.read_bytes() == before


def test_a_query_beside_the_table_stops_no_binding(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    def finish(tab: Worksheet) -> None:
        table = Table(displayName="查询结果", ref="H1:I2")
        table.tableType = "queryTable"
        tab.add_table(table)

    path = save(
        [[*HEADER, None, None, None, "城市", "邮编"], ["C1", "张三", None, None, None, None, None, "巴黎", "7"]], finish
    )
    assert plan(file_of(path), schema).place.tab == "客户"


def test_the_tab_that_fits_best_is_taken_and_equal_ones_are_asked_about(
    save: Make, schema: TableSchema, file_of: FileOf
) -> None:
    def more(tab: Worksheet) -> None:
        assert tab.parent is not None
        tab.parent.create_sheet("说明", 0).append(["怎样填写"])
        tab.parent.create_sheet("旧").append(HEADER[:2])

    path = save([HEADER, ["C1", "张三"]], more)
    assert plan(file_of(path), schema).place.tab == "客户"
    with pytest.raises(UserError, match=r"workbook\.no_tab"):
        plan(file_of(path), schema, tab="没有")
    with pytest.raises(UserError, match=r"layout\.no_header"):
        plan(file_of(path), schema, tab="说明")
    book = openpyxl.load_workbook(path)
    book["旧"]["C1"] = "电话"
    book["旧"]["D1"] = "Phone"
    book.save(path)
    with pytest.raises(UserError) as caught:
        plan(file_of(path), schema)
    assert (caught.value.code, caught.value.facts["tabs"]) == ("bind.which_tab", ["客户", "旧"])


def test_a_csv_is_bound_and_set_free_byte_for_byte(tmp_path: Path, schema: TableSchema, file_of: FileOf) -> None:
    path = tmp_path / "客户.csv"
    data = '客户编号;客户姓名;"私人"\r\nC1;张三;" x"\r\n"C2";李四;\r\n'.encode("gb18030")
    path.write_bytes(data)
    file = file_of(path)
    made = plan_csv(file, schema, lambda _: (), name="东区", table="customers", path=path.name)
    assert (made.id_column, made.unmapped, made.place.tab, made.rows) == ("D", ("私人",), "", 2)
    bind_csv(file, schema, made)
    sheet = CsvSheet(file, made.place, schema)
    actions = (SetRowId(2, "", "ra"), SetRowId(3, "", "rb"))
    sheet.write(SheetWrite(actions, "s"), sheet.observe().revision)
    assert path.read_bytes().decode("gb18030").splitlines()[1:] == ['C1;张三;" x";ra', '"C2";李四;;rb']
    again = plan_csv(file, schema, lambda _: (), name="东区", table="customers", path=path.name)
    assert (again.old_ids, again.adds_id_column) == (2, False)
    bind_csv(file, schema, again, renumbers="code")
    assert [(row.row_id, row.cells[0]) for row in sheet.observe().rows] == [("", None), ("", None)]
    path.write_bytes(data)
    bind_csv(file, schema, made)
    unbind_csv(file, made.place)
    assert path.read_bytes() == data


def test_a_header_named_by_hand_is_bound_by_hand(save: Make, schema: TableSchema, file_of: FileOf) -> None:
    path = save([["谁", "备注"], ["张三", "x"]])
    made = plan(file_of(path), schema, mapping={"谁": "name"}, header_row=1)
    assert made.mapping == (("谁", "name"), ("备注", "remark"))
    bind_xlsx(file_of(path), schema, made, binding="b1", stamp="s0", lang="zh")
    sheet = XlsxSheet(XlsxBook(file_of(path)), "b1", made.place, schema)
    sheet.write(SheetWrite((AppendRow(RowId("r2"), {"name": "李四"}),), "s1"), sheet.revision())
    assert [row.cells[0] for row in sheet.observe().rows] == ["张三", "李四"]
