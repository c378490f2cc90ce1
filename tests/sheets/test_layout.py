"""The table on a messy tab is found by what its header says."""

from __future__ import annotations

import pytest
from sheetward.errors import UserError
from sheetward.sheets.layout import Head, TableObject, data_end, find_layout
from sheetward.xlsx.areas import Area, area
from sheetward_schemas.model import TableSchema


def head(*rows: list[str], merged: tuple[str, ...] = (), tables: tuple[TableObject, ...] = (), **more: Area) -> Head:
    texts = {number: {column: text for column, text in enumerate(row, 1) if text} for number, row in enumerate(rows, 1)}
    filled = {number: row for number, row in texts.items() if row}
    return Head("客户.xlsx", "客户", filled, tuple(map(area, merged)), tables, more.get("filter_area"))


def test_titles_above_the_header_and_private_columns_are_told_apart(schema: TableSchema) -> None:
    tab = head(
        ["2024 年客户名单"], [], ["", "序号", "编 号", "客户姓名*", "", "联系\n电话（必填）"], ["", "1", "C1", "张三"]
    )
    found = find_layout(tab, schema)
    assert (found.header_row, found.first_row) == (3, 4)
    assert found.columns == {"code": 3, "name": 4, "phone": 6}
    assert found.headers == {"code": "编 号", "name": "客户姓名*", "phone": "联系\n电话（必填）"}
    assert found.unmapped == ("序号",)
    assert found.missing == ("country", "amount", "since", "grade", "remark")
    assert [notice.code for notice in found.notices] == ["layout.header_at", "layout.private_columns"]


def test_a_repeated_header_stays_private_and_is_said(schema: TableSchema) -> None:
    found = find_layout(head(["客户编号", "联系电话", "电话", "联系电话"]), schema)
    assert found.columns == {"code": 1, "phone": 2}
    assert found.unmapped == ("电话", "联系电话")
    repeated = [notice for notice in found.notices if notice.code == "layout.repeated_header"]
    assert [notice.facts["column"] for notice in repeated] == ["D"]


def test_the_own_header_of_a_field_goes_before_another_word_for_it(schema: TableSchema) -> None:
    found = find_layout(head(["客户编号", "姓名", "客户姓名"]), schema)
    assert found.columns == {"code": 1, "name": 3}
    [repeated] = [notice for notice in found.notices if notice.code == "layout.repeated_header"]
    assert (repeated.facts["column"], repeated.facts["other"], repeated.facts["used"]) == ("B", "C", "客户姓名")


def test_a_header_over_two_rows_with_merged_cells(schema: TableSchema) -> None:
    tab = head(
        ["编号", "姓名", "联系方式"], ["", "", "Phone", "Country"], merged=("A1:A2", "B1:B2", "C1:D1")
    )  # fmt: skip
    found = find_layout(tab, schema)
    assert (found.header_row, found.first_row) == (2, 3)
    assert found.columns == {"code": 1, "name": 2, "phone": 3, "country": 4}


def test_a_header_merged_downwards_begins_its_data_below(schema: TableSchema) -> None:
    found = find_layout(head(["编号", "姓名"], merged=("A1:A2", "B1:B2")), schema)
    assert (found.header_row, found.first_row) == (1, 3)


def test_a_table_object_is_preferred_where_its_header_matches(schema: TableSchema) -> None:
    tab = head(
        ["客户编号", "客户姓名", "备注"],
        [],
        ["编号", "姓名", "联系电话", "旁边"],
        tables=(TableObject("表1", area("A3:C9"), has_totals=True),),
    )
    found = find_layout(tab, schema)
    assert (found.header_row, found.table, found.last_row, found.range_end) == (3, "表1", 8, 3)
    assert found.unmapped == ("旁边",)


def test_a_table_object_of_something_else_is_passed_over(schema: TableSchema) -> None:
    tab = head(["编号", "姓名", "备注", "", "月份", "合计"], tables=(TableObject("表2", area("E1:F9")),))
    found = find_layout(tab, schema)
    assert (found.table, found.columns) == (None, {"code": 1, "name": 2, "remark": 3})


def test_headers_mapped_by_hand_win_and_an_empty_field_keeps_a_column_private(schema: TableSchema) -> None:
    tab = head(["客户编号", "客户姓名", "公司简称", "备注"])
    found = find_layout(tab, schema, mapping={"公司简称": "name", "备注": ""})
    assert found.columns == {"code": 1, "name": 3}
    assert found.unmapped == ("客户姓名", "备注")


def test_one_known_header_is_enough_only_with_a_word_of_the_person(schema: TableSchema) -> None:
    tab = head(["名单"], ["谁", "备注"])
    with pytest.raises(UserError, match=r"layout\.no_header"):
        find_layout(tab, schema)
    assert find_layout(tab, schema, header_row=2).columns == {"remark": 2}
    assert find_layout(tab, schema, mapping={"谁": "name"}).columns == {"name": 1, "remark": 2}


@pytest.mark.parametrize(
    ("code", "mapping", "row"),
    [
        ("layout.row_is_no_header", {}, 2),
        ("layout.map_field", {"客户编号": "nonsense"}, None),
        ("layout.map_header", {"没有": "name"}, None),
        ("layout.map_twice", {"客户编号": "name", "客户姓名": "name"}, None),
    ],
)
def test_what_a_person_says_is_checked(
    schema: TableSchema, code: str, mapping: dict[str, str], row: int | None
) -> None:
    tab = head(["客户编号", "客户姓名"], ["C1", "张三"])
    with pytest.raises(UserError) as caught:
        find_layout(tab, schema, mapping=mapping, header_row=row)
    assert caught.value.code == code
    assert (caught.value.facts["file"], caught.value.facts["tab"]) == ("客户.xlsx", "客户")


def test_the_id_column_is_known_by_its_header(schema: TableSchema) -> None:
    found = find_layout(head(["客户编号", "客户姓名", "_sheetward_id"]), schema)
    assert (found.id_column, found.unmapped) == (3, ())


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ([(5, "C1", 4), (6, "合 计：", 2)], {6}),
        ([(5, "C1", 4), (6, "Total", 2), (7, "制表人：张", 1)], {6, 7}),
        ([(5, "C1", 4), (6, "总计", 2), (8, "C9", 3)], {6}),
        ([(5, "合计公司", 4), (6, "备注", 1)], set()),
        ([(5, "C1", 4), (9, "制表人：张三", 1), (10, "Source: shop", 1)], {9, 10}),
        ([(5, "C1", 4), (9, "备注：一", 2), (10, "注释公司", 1)], set()),
    ],
)
def test_totals_and_the_notes_below_them_are_no_data(rows: list[tuple[int, str, int]], left: set[int]) -> None:
    found, notices = data_end(rows)
    assert found == left
    assert bool(notices) == bool(left)
