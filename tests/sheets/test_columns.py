"""The columns of a bound sheet are found again, whatever people did to its header."""

from __future__ import annotations

from sheetward.sheets.columns import Found, find_again
from sheetward.sheets.header_row import HeaderWords
from sheetward.sheets.layout import Head
from sheetward.sheets.place import Place
from sheetward.xlsx.areas import area
from sheetward_schemas.model import TableSchema

HEADERS = {"code": "客户编号", "name": "客户姓名", "phone": "联系电话", "remark": "说明"}
PLACE = Place("a.xlsx", "客户", 2, HEADERS, {"code": 1, "name": 2, "phone": 3, "remark": 4})


def again(schema: TableSchema, *rows: list[str], merged: tuple[str, ...] = (), fitting: bool = True) -> Found:
    texts = {number: {column: text for column, text in enumerate(row, 1) if text} for number, row in enumerate(rows, 1)}
    head = Head("a.xlsx", "客户", {n: row for n, row in texts.items() if row}, tuple(map(area, merged)))
    return find_again(head, PLACE, HeaderWords(schema), lambda _name, _column: fitting)


def test_a_header_that_moved_down_and_whose_columns_moved(schema: TableSchema) -> None:
    found = again(schema, ["新标题"], [], [], ["", "联系电话", "说明", "客户编号", "客户姓名", "_sheetward_id"])
    assert (found.header_row, found.first_row, found.id_column) == (4, 5, 6)
    assert found.columns == {"phone": 2, "remark": 3, "code": 4, "name": 5}
    assert (found.lost, found.notices) == ((), ())


def test_a_column_renamed_to_another_word_of_the_schema(schema: TableSchema) -> None:
    found = again(schema, [], ["编号", "私人", "Name", "联系电话", "说明", "_sheetward_id"], fitting=False)
    assert found.columns == {"code": 1, "name": 3, "phone": 4, "remark": 5}
    assert [(notice.facts["old"], notice.facts["new"], notice.facts["cell"]) for notice in found.notices] == [
        ("客户编号", "编号", "A2"),
        ("客户姓名", "Name", "C2"),
    ]


def test_a_column_renamed_to_anything_is_known_by_place_and_content(schema: TableSchema) -> None:
    row = ["客户编号", "客户姓名", "怎么找他", "说明", "_sheetward_id"]
    assert again(schema, [], row).columns["phone"] == 3
    lost = again(schema, [], row, fitting=False)
    assert lost.lost == ("phone",)
    assert [notice.code for notice in lost.notices] == ["columns.lost"]


def test_a_header_cell_that_was_emptied_is_known_by_its_place(schema: TableSchema) -> None:
    found = again(schema, [], ["客户编号", "", "联系电话", "说明", "_sheetward_id"])
    assert (found.columns["name"], found.headers["name"]) == (2, "")


def test_a_place_taken_by_another_known_column_is_no_renaming(schema: TableSchema) -> None:
    found = again(schema, [], ["客户编号", "客户姓名", "国家", "说明", "_sheetward_id"])
    assert found.lost == ("phone",)


def test_of_two_equal_headers_the_one_at_the_old_place_is_meant(schema: TableSchema) -> None:
    found = again(schema, [], ["客户编号", "客户姓名", "联系电话", "说明", "联系电话", "_sheetward_id"])
    assert found.columns["phone"] == 3


def test_a_lost_id_column_is_said_and_the_header_still_found(schema: TableSchema) -> None:
    found = again(schema, [], ["客户编号", "客户姓名", "联系电话", "说明"])
    assert (found.header_row, found.id_column) == (2, None)
    assert [notice.code for notice in found.notices] == ["columns.id_lost"]


def test_without_header_and_ids_nothing_is_guessed(schema: TableSchema) -> None:
    found = again(schema, ["名单"], ["C1", "张三", "13800138000", "备注"])
    assert (found.header_row, found.columns, found.lost) == (0, {}, tuple(HEADERS))


def test_merged_header_cells_over_two_rows(schema: TableSchema) -> None:
    found = again(
        schema,
        ["客户编号", "客户姓名", "联系方式", "说明", "_sheetward_id"],
        ["", "", "联系电话"],
        merged=("A1:A2", "B1:B2", "D1:D2", "E1:E2"),
    )
    assert (found.header_row, found.first_row, found.columns["phone"], found.id_column) == (2, 3, 3, 5)
