"""A workbook with two bound tabs on the command line: one call, one write, one answer for each tab."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Run = Callable[..., Any]
HEADERS = {"客户": ["客户编号", "客户姓名", "联系电话"], "订单": ["订单编号", "客户编号", "下单日期", "产品", "备注"]}
FIRST = {
    "客户": [[f"C00{n}", f"客人{n}", f"1380013800{n}"] for n in range(1, 7)],
    "订单": [[f"D00{n}", f"C00{n}", "2026-03-02", "茶", ""] for n in range(1, 7)],
}
POINTS = (
    "after_observe",
    "before_commit",
    "after_commit",
    "before_write",
    "during_write",
    "after_write",
    "before_confirm",
)


def edited(path: Path, edit: Callable[[Any], object]) -> None:
    book = openpyxl.load_workbook(path)
    edit(book)
    book.save(path)


def keys(call: Any) -> list[str]:
    return sorted(row[0] for row in call.json["rows"])


@pytest.fixture
def company(sheetward: Run, tmp_path: Path) -> Path:
    assert sheetward("init", "--table", "customers=customer", "--table", "orders=order").status == 0
    path = tmp_path / "公司.xlsx"
    book = openpyxl.Workbook()
    for title, rows in FIRST.items():
        tab = book.create_sheet(title)
        for row in [HEADERS[title], *rows]:
            tab.append(row)
    del book["Sheet"]
    book.save(path)
    for name, table, tab in (("orders", "orders", "订单"), ("people", "customers", "客户")):
        done = sheetward("bind", path, "--as", name, "--table", table, "--tab", tab, "--yes")
        assert done.status == 0, done.err
    return path


def new_customer_and_order(book: Any) -> None:
    book["订单"].append(["D009", "C009", "2026-03-03", "酒", ""])
    book["客户"].append(["C009", "新人", "13800138009"])


def test_all_tabs_of_a_workbook_are_synced_by_the_name_of_one(sheetward: Run, company: Path) -> None:
    done = sheetward("sync", "orders", "--json")
    assert [(s["name"], s["new_rows"], s["held"], s["error"]) for s in done.json["sheets"]] == [
        ("people", 6, [], None),
        ("orders", 6, [], None),
    ]
    edited(company, new_customer_and_order)
    again = sheetward("sync", "--json")
    assert (again.status, [s["new_rows"] for s in again.json["sheets"]]) == (0, [1, 1])
    before = company.read_bytes()
    assert [s["to_sheet"] for s in sheetward("sync", "--json").json["sheets"]] == [0, 0]
    assert company.read_bytes() == before


def test_a_guard_of_one_tab_is_said_for_every_tab(sheetward: Run, company: Path) -> None:
    assert sheetward("sync").status == 0
    edited(company, lambda book: (new_customer_and_order(book), book["订单"].delete_rows(2, 4)))
    before = company.read_bytes()
    stopped = sheetward("sync", "--json")
    people, orders = stopped.json["sheets"]
    assert (stopped.status, orders["error"]["code"], orders["error"]["name"]) == (3, "guard.deletions", "orders")
    assert (people["error"]["code"], people["error"]["other"]) == ("sync.workbook_stopped", "orders")
    assert company.read_bytes() == before
    assert keys(sheetward("table", "customers", "--json")) == [f"C00{n}" for n in range(1, 7)]
    said = sheetward("--lang", "zh", "sync")
    assert (said.status, "同一个工作簿里的“orders”" in said.out + said.err) == (3, True), said.out + said.err
    assert sheetward("sync", "--allow", "orders:deletions=4").status == 0
    assert len(keys(sheetward("table", "customers", "--json"))) == 7
    assert keys(sheetward("table", "orders", "--json")) == ["D005", "D006", "D009"]


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_named_point_and_finished_by_the_next_sync(sheetward: Run, company: Path, point: str) -> None:
    assert sheetward("sync").status == 0
    edited(company, new_customer_and_order)
    edited(company, lambda book: book["客户"].cell(2, 2, "改名"))
    killed = subprocess.run(
        [sys.executable, "-m", "sheetward", "sync"],
        env={**os.environ, "SHEETWARD_TESTING": "1", "SHEETWARD_FAILPOINT": f"{point}:kill"},
        cwd=company.parent,
        check=False,
        capture_output=True,
        timeout=120,
    )
    assert killed.returncode == -9, killed.stderr
    assert sheetward("sync").status == 0
    before = company.read_bytes()
    assert sheetward("sync").status == 0
    assert company.read_bytes() == before
    assert keys(sheetward("table", "customers", "--json")) == [*(f"C00{n}" for n in range(1, 7)), "C009"]
    assert keys(sheetward("table", "orders", "--json")) == [*(f"D00{n}" for n in range(1, 7)), "D009"]
    assert [len(list(tab.iter_rows(min_row=2))) for tab in openpyxl.load_workbook(company).worksheets[:2]] == [7, 7]


def test_a_refused_deletion_says_which_table_points_to_the_row(sheetward: Run, company: Path) -> None:
    assert sheetward("sync").status == 0
    edited(company, lambda book: book["客户"].delete_rows(2))
    assert sheetward("sync").status == 4
    for lang, word in (("zh", "orders"), ("en", "1 row cannot be deleted: orders")):
        (rejected,) = sheetward("rejections", "--json", "--lang", lang).json["rejections"]
        assert word in rejected["message"]
        assert "<" not in rejected["message"]


@pytest.fixture
def twins(sheetward: Run, tmp_path: Path) -> Path:
    """A workbook with two tabs of one table, under one role."""
    assert sheetward("init", "--table", "customers=customer").status == 0
    settings = tmp_path / "sheetward.yaml"
    roles = 'roles:\n  boss: {columns: {"*": write}, insert: true, delete: true}\n  east: {columns: {"*": write, phone: hide}}\n'
    settings.write_text(settings.read_text(encoding="utf-8").replace("roles: {}\n", roles), encoding="utf-8")
    path = tmp_path / "双.xlsx"
    book = openpyxl.Workbook()
    for title, rows in (("一", FIRST["客户"]), ("二", [])):
        tab = book.create_sheet(title)
        for row in [HEADERS["客户"], *rows]:
            tab.append(row)
    del book["Sheet"]
    book.save(path)
    for name, tab in (("one", "一"), ("two", "二")):
        done = sheetward("bind", path, "--as", name, "--table", "customers", "--tab", tab, "--role", "boss", "--yes")
        assert done.status == 0, done.err
    assert sheetward("sync").status == 0
    return path


def deleted(book: Any) -> None:
    del book["二"]
    book["一"]["B2"] = "改名"


def deleted_and_renamed(book: Any) -> None:
    deleted(book)
    book["一"].title = "另一个名字"


@pytest.mark.parametrize("edit", [deleted, deleted_and_renamed])
def test_a_tab_that_was_deleted_is_never_found_in_another_bound_tab(
    sheetward: Run, twins: Path, edit: Callable[[Any], None]
) -> None:
    before = sheetward("table", "customers", "--json").json
    edited(twins, edit)
    there = twins.read_bytes()
    stopped = sheetward("sync", "--json")
    codes = {s["name"]: s["error"] and s["error"]["code"] for s in stopped.json["sheets"]}
    assert stopped.status in (2, 3), stopped.out
    assert "workbook.no_tab" in codes.values(), codes
    assert twins.read_bytes() == there
    assert sheetward("table", "customers", "--json").json == before


def test_the_tabs_of_one_workbook_have_one_role(sheetward: Run, twins: Path) -> None:
    edited(twins, lambda book: book.create_sheet("三").append(HEADERS["客户"]))
    before = twins.read_bytes()
    asked = ("bind", twins, "--as", "three", "--table", "customers", "--tab", "三", "--yes", "--role")
    for lang in ("zh", "en"):
        refused = sheetward(*asked, "east", "--json", "--lang", lang)
        assert (refused.status, refused.json["error"]["code"]) == (3, "bind.other_role")
    assert twins.read_bytes() == before
    assert sheetward(*asked, "boss").status == 0


def test_a_tab_gets_no_other_role_than_its_neighbour_by_the_settings(sheetward: Run, twins: Path) -> None:
    settings = twins.parent / "sheetward.yaml"
    text = settings.read_text(encoding="utf-8")
    head, _, tail = text.rpartition("role: boss")
    settings.write_text(f"{head}role: east{tail}", encoding="utf-8")
    before = twins.read_bytes()
    for command in ("plan", "apply"):
        refused = sheetward("share", command, "--json", *(("--yes",) if command == "apply" else ()))
        assert (refused.status, refused.json["error"]["code"]) == (3, "bind.other_role"), refused.out
    assert sheetward("sync").status == 0
    assert twins.read_bytes() == before
    settings.write_text(text.replace("role: boss", "role: east"), encoding="utf-8")
    assert sheetward("share", "apply", "--yes").status == 0


def test_a_workbook_that_is_open_is_told_for_each_of_its_tabs(sheetward: Run, twins: Path) -> None:
    edited(twins, lambda book: book["一"].cell(2, 2, "改名"))
    (twins.parent / f".~lock.{twins.name}#").write_text(",clerk,desk,02.03.2026 09:00,file:///x;", encoding="utf-8")
    for lang in ("zh", "en"):
        stopped = sheetward("sync", "--json", "--lang", lang)
        assert stopped.status == 3, stopped.out + stopped.err
        assert [(s["error"]["code"], s["error"]["name"]) for s in stopped.json["sheets"]] == [
            ("sheet.open", "one"),
            ("sheet.open", "two"),
        ]
