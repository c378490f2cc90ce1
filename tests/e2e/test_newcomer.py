"""The path of a new user with workbooks of their own, from `init` to `unbind`, and every JSON document of the contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from .bad_files import Call, called, csv_file, digests

TITLE = "2024 年客户档案（内部资料）"
HEADERS = ("＊客户编号", "客户姓名（必填）", "联系电话", "", "公司名称", "区域", "成交额（万元）", "备注")
ENGLISH = ("Customer ID", "Name", "Phone", "", "Company", "Region", "Turnover", "Remarks")
PEOPLE = (
    ("C001", "王五", "13800138001", "", "五洲贸易", "华东", 12.5, "周一联系"),
    ("C002", "赵六", "138 0013 8002", "", "六合实业", "华东", 3, ""),
    ("C003", "钱七", "1380013", "", "七星电子", "华北", 8, "电话少位"),
    ("C004", "孙八", "13800138004", "", "八方物流", "华北", 1, ""),
)
TEXT, COUNT, MAYBE, ANY = (str, int, (str, type(None)), object)
NUMBER = (int, float)

ITEM = {"id": TEXT, "name": TEXT, "row": TEXT, "key": MAYBE, "column": MAYBE, "field": MAYBE}
HELD = {**ITEM, "cell": MAYBE, "value": ANY, "code": TEXT, "message": TEXT}
CONFLICT = {**ITEM, "kind": TEXT, "base": ANY, "store": ANY, "sheet": ANY}
FINDING = {
    "cell": TEXT,
    "row": COUNT,
    "column": TEXT,
    "field": TEXT,
    "value": TEXT,
    "code": TEXT,
    "severity": TEXT,
    "message": TEXT,
    "suggestion": MAYBE,
}
COUNTS = {"errors": COUNT, "warnings": COUNT, "by_code": dict}
SHEET = {
    "name": TEXT,
    "to_store": COUNT,
    "to_sheet": COUNT,
    "new_rows": COUNT,
    "deleted_rows": COUNT,
    "conflicts": [CONFLICT],
    "rejected": [HELD],
    "held": [HELD],
    "messages": list,
    "commit": MAYBE,
    "error": (dict, type(None)),
}
CELL = {"key": TEXT, "field": TEXT, "old": ANY, "new": ANY}
COMMIT = {
    "id": TEXT,
    "time": TEXT,
    "author": TEXT,
    "editor": MAYBE,
    "source": TEXT,
    "reason": TEXT,
    "changes": COUNT,
}
SHAPES: Mapping[str, Any] = {
    "validate": {"file": TEXT, "tab": MAYBE, "table": TEXT, "rows": COUNT, "findings": [FINDING], "summary": COUNTS},
    "fix": {
        "file": TEXT,
        "changed": [{"cell": TEXT, "field": TEXT, "old": TEXT, "new": TEXT, "code": TEXT}],
        "left": [FINDING],
    },
    "merge": {
        "columns": [TEXT],
        "rows": [list],
        "conflicts": [{"key": ANY, "column": MAYBE, "base": ANY, "ours": ANY, "theirs": ANY}],
    },
    "diff": {"added": list, "removed": list, "changed": [{"key": ANY, "column": TEXT, "old": ANY, "new": ANY}]},
    "bind": {
        "name": TEXT,
        "table": TEXT,
        "header_row": COUNT,
        "mapping": [{"column": TEXT, "field": TEXT}],
        "unmapped": [TEXT],
        "missing": [TEXT],
        "would_hold": list,
    },
    "sync": {"sheets": [SHEET]},
    "conflicts": {"conflicts": [CONFLICT]},
    "held": {"held": [HELD]},
    "rejections": {"rejections": [HELD]},
    "table": {"commit": MAYBE, "columns": [TEXT], "ids": [TEXT], "rows": [list]},
    "restore": {"commit": ANY, "changed": [CELL], "kept": list},
    "undo": {"commit": ANY, "changed": [CELL], "kept": list},
    "history": {"commits": [COMMIT]},
    "error": {"error": {"code": TEXT, "message": TEXT, "hint": TEXT}},
}


def fits(value: Any, shape: Any, place: str = "$") -> None:
    """Check that a document has every key of the contract with the right kind; more keys may stand there."""
    if isinstance(shape, Mapping):
        assert isinstance(value, dict), (place, value)
        for name, below in shape.items():
            assert name in value, (place, name, sorted(value))
            fits(value[name], below, f"{place}.{name}")
    elif isinstance(shape, list):
        assert isinstance(value, list), (place, value)
        for number, item in enumerate(value):
            fits(item, shape[0], f"{place}[{number}]")
    else:
        assert isinstance(value, shape), (place, value)
        assert not (shape in (COUNT, NUMBER) and isinstance(value, bool)), (place, value)


def document(call: Call, shape: str, *statuses: int) -> Any:
    """Give the one document that a call wrote, checked against the contract; nothing stands beside it."""
    assert call.status in (statuses or (0,)), call
    assert call.err == "", call.err
    fits(call.json, SHAPES[shape])
    return call.json


def messy(path: Path) -> None:
    """Make a workbook as an office has it: titles, a spacer column, notes at the side, totals, a table, a chart tab."""
    with xlsxwriter.Workbook(path) as book:
        tab = book.add_worksheet("客户 2024")
        bold, money = book.add_format({"bold": True, "bg_color": "#DDEBF7"}), book.add_format({"num_format": "0.00"})
        tab.merge_range("B1:I1", TITLE, book.add_format({"align": "center", "bold": True}))
        tab.write("B2", "填表人：小李")
        tab.write_row(3, 1, [header or "空列" for header in HEADERS], bold)
        for line, person in enumerate(PEOPLE, 4):
            tab.write_row(line, 1, person)
            tab.write_number(line, 7, float(person[6]), money)  # type: ignore[arg-type]
        columns = [{"header": header or "空列"} for header in HEADERS]
        tab.add_table(3, 1, 7, 8, {"name": "客户表", "columns": columns, "style": "Table Style Light 9"})
        tab.write("B10", "合计")
        tab.write_formula("H10", "=SUM(H5:H8)", None, 24.5)
        tab.write("L5", "记得问王五要名片")
        tab.freeze_panes(4, 2)
        tab.set_row(6, None, None, {"hidden": True})
        tab.write_comment("C5", "老客户")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"categories": "='客户 2024'!$C$5:$C$8", "values": "='客户 2024'!$H$5:$H$8"})
        sheet = book.add_chartsheet("图表")
        sheet.set_chart(chart)
        book.add_worksheet("说明").write("A1", "每周五更新")


def two_headers(path: Path) -> None:
    """Make another one: the header in two languages, a filter, blank rows between the data."""
    with xlsxwriter.Workbook(path) as book:
        tab = book.add_worksheet("Sheet1")
        tab.write("A1", "Export of the old system")
        tab.write_row(2, 0, HEADERS)
        tab.write_row(3, 0, ENGLISH)
        for line, person in enumerate(PEOPLE):
            tab.write_row(4 + 2 * line, 0, person)
        tab.autofilter(2, 0, 10, 7)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Walk the path once; the tests look at what each station said."""
    return tmp_path_factory.mktemp("office")


def test_the_whole_path(office: Path) -> None:
    book = office / "客户档案.xlsx"
    messy(book)
    before = contents(book)

    assert called(office, "init", "--table", "customers=customer", "--lang", "zh").status == 0
    assert "sheetward bind" in called(office, "sync", "--lang", "en").out

    bind = ("bind", book.name, "--as", "主表", "--table", "customers", "--map", "成交额（万元）=")
    untouched = digests(office)
    plan = document(called(office, *bind, "--json"), "bind", 1)
    assert digests(office) == untouched
    assert plan["header_row"] == 4
    fields = {entry["column"]: entry["field"] for entry in plan["mapping"]}
    assert fields["＊客户编号"] == "customer_id"
    assert fields["客户姓名（必填）"] == "name"
    assert {"空列", "成交额（万元）"} <= set(plan["unmapped"])
    assert [held["cell"] for held in plan["would_hold"]] == ["D7"]
    said = called(office, *bind, "--lang", "zh")
    assert said.status == 1
    assert said.out.count("空列") == 1
    assert len(set(said.out.strip().splitlines())) == len(said.out.strip().splitlines())

    assert document(called(office, *bind, "--yes", "--json"), "bind")["bound"]
    first = document(called(office, "sync", "--json"), "sync", 4)["sheets"][0]
    assert (first["new_rows"], len(first["held"])) == (3, 1)
    assert document(called(office, "held", "list", "--json"), "held")["held"][0]["cell"] == "D7"
    report = called(office, "sync", "--lang", "zh").out
    assert "联系电话" in report
    assert "联系电话: 1380013" in report
    assert "customer_id=" not in report
    assert "D7" in report
    rows = document(called(office, "table", "customers", "--json"), "table")
    assert sorted(row[0] for row in rows["rows"]) == ["C001", "C002", "C004"]

    type_in(book, "D7", "13800138003")
    assert document(called(office, "sync", "--json"), "sync")["sheets"][0]["new_rows"] == 1
    assert document(called(office, "held", "list", "--json"), "held") == {"held": []}

    add_roles(office)
    assert "主表" in called(office, "share", "plan", "--lang", "zh").out
    assert called(office, "share", "apply", "--yes").status == 0
    made = called(
        office, "bind", "华东.xlsx", "--as", "east", "--table", "customers", "--role", "east", "--create", "--yes"
    )
    assert made.status == 0, made
    assert document(called(office, "sync", "--json"), "sync")["sheets"][1]["to_sheet"] > 0
    shown = texts(office / "华东.xlsx")
    assert {"C001", "C002"} <= shown
    assert not {"C003", "C004", "五洲贸易"} & shown

    type_in(book, "D5", "13900139001")
    type_by_key(office / "华东.xlsx", "C001", "13900139002")
    clash = document(called(office, "sync", "--json"), "sync", 4)
    conflicts = document(called(office, "conflicts", "list", "--json"), "conflicts")["conflicts"]
    assert [(c["key"], c["field"], c["kind"]) for c in conflicts] == [("C001", "phone", "cell")]
    assert any(sheet["conflicts"] for sheet in clash["sheets"])
    assert "conflicts resolve" in called(office, "conflicts", "--lang", "en").out
    assert called(office, "conflicts", "resolve", conflicts[0]["id"], "--take", "sheet").status == 0
    assert document(called(office, "sync", "--json"), "sync")["sheets"]
    assert openpyxl.load_workbook(book)["客户 2024"]["D5"].value == "13900139002"

    log = document(called(office, "history", "--json"), "history")["commits"]
    assert log[0]["sheet"] and log[0]["changes"] == 1
    type_in(book, "I5", "写错的备注")
    assert document(called(office, "sync", "--json"), "sync")["sheets"][0]["to_store"] == 1
    plan = document(called(office, "undo", "--dry-run", "--json"), "undo")
    assert [(c["key"], c["field"], c["old"]) for c in plan["changed"]] == [("C001", "remark", "写错的备注")]
    document(called(office, "undo", "--yes", "--json"), "undo")
    document(called(office, "sync", "--json"), "sync")
    assert openpyxl.load_workbook(book)["客户 2024"]["I5"].value == "周一联系"
    back = called(office, "restore", "--cell", "C001.phone", "--to", "customers:1", "--yes", "--json")
    assert document(back, "restore")["changed"] == [
        {"key": "C001", "field": "phone", "old": "13900139002", "new": "13800138001"}
    ]
    by = called(office, "restore", "--by", log[0]["author"], "--since", "1d", "--dry-run", "--json")
    assert document(by, "restore")["changed"]
    document(called(office, "rejections", "--json"), "rejections")
    document(called(office, "sync", "nobody", "--json"), "error", 2)
    document(called(office, "sync", "--json"), "sync")

    assert called(office, "unbind", "east").status == 0
    assert called(office, "unbind", "主表").status == 0
    type_in(book, "D7", "1380013")
    type_in(book, "D5", "13800138001")
    assert contents(book) == before
    assert "_sheetward" not in str(openpyxl.load_workbook(book).sheetnames)


def contents(path: Path) -> Any:
    """Give what a person sees of a workbook: tabs, cells, merged areas, tables, panes, hidden rows, notes."""
    book = openpyxl.load_workbook(path)
    return [
        (
            tab.title,
            {cell.coordinate: cell.value for row in tab.iter_rows() for cell in row if cell.value is not None},
            {cell.coordinate: cell.comment.text for row in tab.iter_rows() for cell in row if cell.comment},
            sorted(str(area) for area in tab.merged_cells.ranges),
            dict(tab.tables.items()),
            tab.freeze_panes,
            [number for number, row in tab.row_dimensions.items() if row.hidden],
            [letter for letter, column in tab.column_dimensions.items() if column.hidden],
        )
        for tab in book.worksheets
    ] + [[tab.title for tab in book.chartsheets]]


def type_in(path: Path, cell: str, value: str) -> None:
    """Type into the first tab, with everything else kept: as Excel would save it."""
    folder, name = path.parent, path.name
    tab = openpyxl.load_workbook(path, read_only=True).sheetnames[0]
    call = called(folder, "patch", name, "--tab", tab, "--set", f"{cell}={value}")
    assert call.status == 0, call


def type_by_key(path: Path, key: str, phone: str) -> None:
    """Type a phone number into the row of a customer."""
    tab = openpyxl.load_workbook(path).worksheets[0]
    line = next(cell.row for row in tab.iter_rows() for cell in row if cell.value == key)
    column = next(cell.column_letter for row in tab.iter_rows(max_row=10) for cell in row if cell.value == "联系电话")
    tab[f"{column}{line}"].value = phone
    tab.parent.save(path)


def texts(path: Path) -> set[str]:
    """Give every text of a workbook."""
    book = openpyxl.load_workbook(path)
    return {str(c.value) for tab in book.worksheets for row in tab.iter_rows() for c in row if c.value is not None}


def add_roles(office: Path) -> None:
    """Write two roles into the settings and give the first sheet one of them."""
    path = office / "sheetward.yaml"
    everything = {"columns": {"*": "write"}, "insert": True, "delete": True, "move_out": True}
    east = {"rows": {"region": "华东"}, "columns": {"*": "write", "company": "hide"}, "insert": True}
    roles = "\n".join(
        f"  {name}: {json.dumps(rule, ensure_ascii=False)}" for name, rule in (("boss", everything), ("east", east))
    )
    text = path.read_text(encoding="utf-8").replace("\nroles: {}", f"\nroles:\n{roles}")
    head, mark, rest = text.partition("\n  主表:")
    path.write_text(
        head + mark + rest.replace("table: customers", "table: customers\n    role: boss", 1), encoding="utf-8"
    )


def test_a_header_in_two_languages_and_blank_rows(tmp_path: Path) -> None:
    two_headers(tmp_path / "old.xlsx")
    found = document(called(tmp_path, "validate", "old.xlsx", "--json"), "validate", 1)
    assert found["rows"] == len(PEOPLE)
    assert [(f["cell"], f["code"]) for f in found["findings"] if f["severity"] == "error"] == [("C9", "phone.length")]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("E-mail address", "email"),
        ("电子邮箱", "email"),
        ("Phone number", "phone"),
        ("手机号码（必填）", "phone"),
        ("Created", "created_on"),
    ],
)
def test_headers_that_offices_use_are_known(header: str, field: str, tmp_path: Path) -> None:
    assert called(tmp_path, "init", "--table", "customers=customer").status == 0
    csv_file(tmp_path / "a.csv", f"编号,姓名,{header}\nC1,王五,\n")
    plan = document(called(tmp_path, "bind", "a.csv", "--as", "a", "--table", "customers", "--json"), "bind", 1)
    assert {"column": header, "field": field} in plan["mapping"]


def test_tables_for_people_leave_out_what_would_be_empty(tmp_path: Path) -> None:
    messy(tmp_path / "a.xlsx")
    assert "建议" not in called(tmp_path, "validate", "a.xlsx", "--lang", "zh").out
    assert called(tmp_path, "init", "--table", "customers=customer").status == 0
    bind = called(tmp_path, "bind", "a.xlsx", "--as", "a", "--table", "customers", "--lang", "zh")
    assert "电子邮件" in bind.out
    assert "would" not in bind.out


def test_fix_template_normalize_and_patch_give_what_the_contract_says(tmp_path: Path) -> None:
    messy(tmp_path / "a.xlsx")
    fixed = document(called(tmp_path, "fix", "a.xlsx", "--json", "--dry-run"), "fix", 1)
    assert [(c["cell"], c["old"], c["new"]) for c in fixed["changed"]] == [("D6", "138 0013 8002", "13800138002")]
    assert [f["cell"] for f in fixed["left"]] == ["D7"]
    assert called(tmp_path, "fix", "a.xlsx", "--out", "b.xlsx").status == 1
    assert openpyxl.load_workbook(tmp_path / "b.xlsx")["客户 2024"]["D6"].value == "13800138002"
    assert called(tmp_path, "template", "customer", "-o", "t.xlsx", "--lang", "zh").status == 0
    assert document(called(tmp_path, "validate", "t.xlsx", "--json"), "validate")["rows"] == 0
    lines = called(tmp_path, "normalize", "phone", stdin="138 0013 8000\n12\n")
    assert (lines.status, lines.out) == (1, "+8613800138000\t\n\tphone.length\n")
    assert called(tmp_path, "patch", "a.xlsx", "--tab", "说明", "--set", "A2=x").status == 0
    assert openpyxl.load_workbook(tmp_path / "a.xlsx")["说明"]["A2"].value == "x"


def test_diff_and_merge_give_what_the_contract_says(tmp_path: Path) -> None:
    csv_file(tmp_path / "base.csv", "id,name\n1,Ann\n2,Bo\n")
    csv_file(tmp_path / "ours.csv", "id,name\n1,Anna\n2,Bo\n")
    csv_file(tmp_path / "theirs.csv", "id,name\n1,Anne\n3,Cy\n")
    changes = document(called(tmp_path, "diff", "base.csv", "theirs.csv", "--json"), "diff", 1)
    assert changes["changed"] == [{"key": "1", "column": "name", "old": "Ann", "new": "Anne"}]
    both = document(called(tmp_path, "merge", "base.csv", "ours.csv", "theirs.csv", "--json"), "merge", 4)
    assert both["conflicts"] == [{"key": "1", "column": "name", "base": "Ann", "ours": "Anna", "theirs": "Anne"}]
