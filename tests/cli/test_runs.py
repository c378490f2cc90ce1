"""What one sync brought, over several sheets and tables, is taken back as a whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheetward.app.restoring import carry_out, plan_undo
from sheetward.app.workspace import opened

Run = Callable[..., Any]


def book(path: Path, *lines: list[object]) -> Path:
    made = openpyxl.Workbook()
    assert made.active is not None
    for line in lines:
        made.active.append(line)
    made.save(path)
    return path


def rows(path: Path) -> list[str]:
    lines = openpyxl.load_workbook(path).worksheets[0].iter_rows(min_row=2, values_only=True)
    return [str(line[0]) for line in lines if line[0] is not None]


def write(path: Path, *lines: list[object]) -> None:
    """Type new rows below the others."""
    made = openpyxl.load_workbook(path)
    for number, line in enumerate(lines, start=made.worksheets[0].max_row + 1):
        for column, value in enumerate(line, start=1):
            made.worksheets[0].cell(number, column, value)
    made.save(path)


@pytest.fixture
def trade(sheetward: Run, tmp_path: Path) -> Path:
    """A workspace with customers and their orders, in step."""
    sheetward("init", "--table", "customers=customer", "--table", "orders=order", "--lang", "zh")
    book(tmp_path / "people.xlsx", ["客户编号", "客户姓名", "区域"], ["C001", "王五", "华东"])
    book(tmp_path / "sales.xlsx", ["订单编号", "客户编号", "下单日期", "产品"], ["O001", "C001", "2026-01-02", "茶"])
    for sheet, table in (("people", "customers"), ("sales", "orders")):
        sheetward("bind", f"{sheet}.xlsx", "--as", sheet, "--table", table, "--yes")
    assert sheetward("sync", "--author", "ann").status == 0
    return tmp_path


@pytest.fixture
def run(sheetward: Run, trade: Path) -> str:
    """A sync that brought a customer and an order of theirs, and its word."""
    write(trade / "people.xlsx", ["C002", "赵六", "华东"])
    write(trade / "sales.xlsx", ["O002", "C002", "2026-01-03", "米"])
    assert sheetward("sync", "--author", "ann").status == 0
    commits = sheetward("history", "--json").json["commits"]
    assert [commit["id"] for commit in commits] == ["orders:2", "customers:2", "orders:1", "customers:1"]
    [first, second] = {commit["run"]: None for commit in commits}
    assert [commit["run"] for commit in commits] == [first, first, second, second]
    assert sheetward("history").out.count(str(first)) == 2
    return str(first)


def test_undo_takes_back_all_that_one_sync_brought_to_every_table(sheetward: Run, trade: Path, run: str) -> None:
    call = sheetward("undo", "--author", "ann", "--yes", "--json")
    assert (call.status, call.json["commits"]) == (0, ["orders:3", "customers:3"])
    sheetward("sync")
    assert (rows(trade / "people.xlsx"), rows(trade / "sales.xlsx")) == (["C001"], ["O001"])
    newest = sheetward("history", "--json").json["commits"][0]["run"]
    assert newest not in ("", run)
    assert sheetward("restore", "--run", newest, "--yes").status == 0
    sheetward("sync")
    assert (rows(trade / "people.xlsx"), rows(trade / "sales.xlsx")) == (["C001", "C002"], ["O001", "O002"])


def test_restore_takes_a_run_or_one_of_its_commits(sheetward: Run, trade: Path, run: str) -> None:
    one = sheetward("restore", "--run", "orders:2", "--dry-run", "--json").json["changed"]
    both = sheetward("restore", "--run", run, "--dry-run", "--json").json["changed"]
    assert {change["key"] for change in one} == {"O002"}
    assert {change["key"] for change in both} == {"O002", "C002"}
    refused = sheetward("restore", "--run", "customers:2", "--yes", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "restore.row_in_use")
    assert sheetward("restore", "--run", run, "--table", "customers", "--yes").status == 2
    assert sheetward("restore", "--run", "nothing", "--yes").status == 2
    assert sheetward("restore", "--run", run, "--yes").status == 0
    sheetward("sync")
    assert (rows(trade / "people.xlsx"), rows(trade / "sales.xlsx")) == (["C001"], ["O001"])


def test_an_undo_cut_off_between_two_tables_is_finished_by_the_next(sheetward: Run, trade: Path, run: str) -> None:
    with opened(trade, "ann") as workspace:
        ways, commits = plan_undo(workspace, "")
        assert ({commit.run for commit in commits}, [way.table for way in ways]) == ({run}, ["orders", "customers"])
        assert carry_out(workspace, ways[0]) is not None
    assert sheetward("undo", "--author", "ann", "--yes", "--json").json["commits"] == ["customers:3"]
    sheetward("sync")
    assert (rows(trade / "people.xlsx"), rows(trade / "sales.xlsx")) == (["C001"], ["O001"])
