"""Snapshots from the command line: kept, listed, shown, compared, verified, on real workbooks and CSV files."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from sheetward.cli import run

Run = Callable[..., Any]
HEADERS = ["客户编号", "客户姓名", "区域", "联系电话", "我的备忘", "算一算"]


def book(path: Path) -> None:
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active.append(HEADERS)
    made.active.append(["C001", "王五", "华东", "13800138001", "喜欢喝茶", "=1+1"])
    made.active.append(["C002", "赵六", "华东", "13800138002", None, None])
    made.active["B2"].comment = Comment("老客户", "我")
    made.active["E2"].font = openpyxl.styles.Font(bold=True)
    made.save(path)


def type_into(path: Path, cell: str, value: object) -> None:
    made = openpyxl.load_workbook(path)
    made.worksheets[0][cell] = value
    made.save(path)


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def made_firm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("firm")
    at = ("--workspace", str(root), "-q")
    assert (
        run(["init", str(root), "--table", "customers=customer", "--table", "orders=order", "--lang", "zh", "-q"]) == 0
    )
    book(root / "people.xlsx")
    sales = "订单编号,客户编号,下单日期,产品\r\nO001,C001,2026-01-02,茶\r\n"
    (root / "sales.csv").write_text(sales, encoding="utf-8-sig")
    for file, table in (("people.xlsx", "customers"), ("sales.csv", "orders")):
        assert run(["bind", str(root / file), "--as", Path(file).stem, "--table", table, "--yes", *at]) == 0
    assert run(["sync", *at]) == 0
    return root


@pytest.fixture
def firm(made_firm: Path, tmp_path: Path) -> Path:
    """A workspace with a workbook that has private columns, a formula and a note, and a CSV, in step."""
    return shutil.copytree(made_firm, tmp_path, dirs_exist_ok=True)


def test_a_snapshot_is_kept_listed_and_shown_and_no_file_is_touched(sheetward: Run, firm: Path) -> None:
    before = {name: sha(firm / name) for name in ("people.xlsx", "sales.csv")}
    made = sheetward("snapshot", "create", "月末", "--reason", "before the holiday", "--author", "ann", "--json")
    assert made.status == 0
    assert (made.json["name"], made.json["author"], made.json["reason"]) == ("月末", "ann", "before the holiday")
    assert made.json["tables"] == {"customers": "customers:1", "orders": "orders:1"}
    assert {s["name"]: (s["file"], s["sha256"], s["unsynced"], s["trouble"]) for s in made.json["sheets"]} == {
        "people": ("people.xlsx", before["people.xlsx"], 0, None),
        "sales": ("sales.csv", before["sales.csv"], 0, None),
    }
    assert (made.json["errors"], made.json["added"], made.json["size"]) == ([], made.json["size"], made.json["size"])
    assert {name: sha(firm / name) for name in before} == before
    assert [one["name"] for one in sheetward("snapshot", "list", "--json").json["snapshots"]] == ["月末"]
    assert "月末" in sheetward("snapshot", "list").out
    assert sheetward("snapshot", "show", "月末", "--json").json["hash"] == made.json["hash"]
    again = sheetward("snapshot", "create", "月末", "--json")
    assert (again.status, again.json["error"]["code"]) == (2, "snapshot.name_taken")
    second = sheetward("snapshot", "create", "--json")
    assert (second.status, second.json["added"], second.json["name"][:2]) == (0, 0, "20")


def test_a_sheet_is_shown_as_it_was_with_its_private_columns(sheetward: Run, firm: Path) -> None:
    sheetward("snapshot", "create", "a")
    type_into(firm / "people.xlsx", "E2", "不喝茶了")
    type_into(firm / "people.xlsx", "B3", "赵六改名")
    sheetward("sync")
    shown = sheetward("snapshot", "show", "a", "--sheet", "people", "--json").json
    assert shown["columns"] == HEADERS
    assert shown["private"] == ["我的备忘", "算一算"]
    assert [row[:5] for row in shown["rows"]] == [
        ["C001", "王五", "华东", "13800138001", "喜欢喝茶"],
        ["C002", "赵六", "华东", "13800138002", None],
    ]
    assert all(identity.startswith("r") for identity in shown["ids"])
    csv = sheetward("snapshot", "show", "a", "--sheet", "sales", "--json").json
    assert (csv["columns"], csv["rows"][0][0], csv["private"]) == (
        ["订单编号", "客户编号", "下单日期", "产品"],
        "O001",
        [],
    )
    assert "喜欢喝茶" in sheetward("snapshot", "show", "a", "--sheet", "people").out
    assert sheetward("snapshot", "show", "a", "--sheet", "people", "-o", "rows.json").status == 0
    assert json.loads((firm / "rows.json").read_text(encoding="utf-8"))["rows"][0][4] == "喜欢喝茶"


def test_the_kept_bytes_are_written_as_a_copy_that_no_sync_takes_for_the_sheet(sheetward: Run, firm: Path) -> None:
    kept = {name: sha(firm / name) for name in ("people.xlsx", "sales.csv")}
    sheetward("snapshot", "create", "a")
    type_into(firm / "people.xlsx", "B2", "王五改名")
    sheetward("sync")
    for sheet, name in (("people", "people.xlsx"), ("sales", "sales.csv")):
        assert sheetward("snapshot", "show", "a", "--sheet", sheet, "-o", f"old-{name}").status == 0
        assert sha(firm / f"old-{name}") == kept[name]
        assert sheetward("snapshot", "show", "a", "--sheet", sheet, "-o", name).status == 2
    synced = sheetward("sync", "--json")
    assert (synced.status, [s["to_store"] for s in synced.json["sheets"]]) == (0, [0, 0])
    assert sha(firm / "old-people.xlsx") == kept["people.xlsx"]
    assert openpyxl.load_workbook(firm / "people.xlsx").worksheets[0]["B2"].value == "王五改名"
    assert sheetward("bind", "old-people.xlsx", "--as", "copy", "--table", "customers", "--yes").status == 3
    # Where the original is gone, the copy is the sheet's older revision: followed and merged, it takes nothing back.
    (firm / "people.xlsx").unlink()
    assert sheetward("sync", "people").status in (0, 3)
    assert sheetward("table", "customers", "--json").json["rows"][0][1] == "王五改名"


def test_an_edit_not_synced_yet_is_kept_and_counted(sheetward: Run, firm: Path) -> None:
    type_into(firm / "people.xlsx", "B2", "王五改名")
    type_into(firm / "people.xlsx", "D3", "13800138009")
    made = sheetward("snapshot", "create", "a", "--json")
    assert [s["unsynced"] for s in made.json["sheets"]] == [2, 0]
    assert "not synced yet, kept as typed: 2" in sheetward("snapshot", "create", "b").out
    assert sheetward("snapshot", "show", "a", "--sheet", "people", "--json").json["rows"][0][1] == "王五改名"
    assert sheetward("table", "customers", "--json").json["rows"][0][1] == "王五"


def test_what_cannot_be_read_is_named_and_the_rest_is_kept(sheetward: Run, firm: Path) -> None:
    (firm / "people.xlsx").rename(firm / "gone.bin")
    made = sheetward("snapshot", "create", "a", "--json")
    assert (made.status, [e["code"] for e in made.json["errors"]]) == (2, ["sheet.file_gone"])
    assert [s["name"] for s in made.json["sheets"]] == ["sales"]
    assert made.json["missing"] == [{"name": "people", "code": "sheet.file_gone"}]
    (firm / "people.xlsx").write_bytes(b"this is no workbook")
    made = sheetward("snapshot", "create", "b", "--json")
    assert (made.status, [s["trouble"] for s in made.json["sheets"]]) == (0, ["workbook.not_workbook", None])
    assert sheetward("snapshot", "show", "b", "--sheet", "people", "-o", "torn.xlsx").status == 0
    assert (firm / "torn.xlsx").read_bytes() == b"this is no workbook"
    assert sheetward("snapshot", "show", "b", "--sheet", "people").status == 2
    assert sheetward("snapshot", "create", "c", "--sheet", "sales", "--json").status == 0
    assert sheetward("snapshot", "verify").status == 0


def test_two_snapshots_and_one_and_today_are_compared_cell_by_cell(sheetward: Run, firm: Path) -> None:
    sheetward("snapshot", "create", "a")
    assert sheetward("snapshot", "diff", "a").status == 0
    type_into(firm / "people.xlsx", "E2", "不喝茶了")
    type_into(firm / "people.xlsx", "B3", "赵六改名")
    for cell, value in (("B4", "周七"), ("C4", "华东"), ("D4", "13800138007")):
        type_into(firm / "people.xlsx", cell, value)
    today = sheetward("snapshot", "diff", "a", "--json")
    assert today.status == 1
    parts = {part.get("sheet") or part.get("table"): part for part in today.json["parts"]}
    assert set(parts) == {"customers", "orders", "people", "sales"}
    assert parts["customers"]["changed"] == []
    assert parts["people"]["changed"] == [
        {"key": "C001", "column": "我的备忘", "old": "喜欢喝茶", "new": "不喝茶了"},
        {"key": "C002", "column": "客户姓名", "old": "赵六", "new": "赵六改名"},
    ]
    assert [row["key"] for row in parts["people"]["added"]] == ["#4"]
    sheetward("sync")
    sheetward("snapshot", "create", "b")
    both = sheetward("snapshot", "diff", "a", "b", "--json").json["parts"]
    [customers] = [part for part in both if part.get("table") == "customers"]
    assert customers["changed"] == [{"key": "C002", "column": "name", "old": "赵六", "new": "赵六改名"}]
    assert [row["row"]["name"] for row in customers["added"]] == ["周七"]
    one = sheetward("snapshot", "diff", "b", "a", "--sheet", "people", "--html", "out.html")
    assert (one.status, "赵六改名" in one.out, "我的备忘" in (firm / "out.html").read_text(encoding="utf-8")) == (
        1,
        True,
        True,
    )
    told = sheetward("snapshot", "diff", "a", "b", "--html", "all.html", "--lang", "zh")
    assert (told.status, "客户姓名" in told.out, "name" in told.out) == (1, True, False)
    assert "customers" in (firm / "all.html").read_text(encoding="utf-8")
    (firm / "people.xlsx").unlink()
    lost = sheetward("snapshot", "diff", "a", "--json")
    assert (lost.status, [e["sheet"] for e in lost.json["errors"]]) == (2, ["people"])


DAMAGE = [
    (
        "UPDATE piece SET bytes = CAST(substr(bytes, 1, 20) || x'00' || substr(bytes, 22) AS BLOB) WHERE length(bytes) > 200",
        "pieces_damaged",
    ),
    ("UPDATE piece SET bytes = x'02'", "pieces_damaged"),
    (
        "DELETE FROM piece WHERE sha256 = (SELECT sha256 FROM piece ORDER BY length(bytes) DESC LIMIT 1)",
        "pieces_damaged",
    ),
    ("DELETE FROM kept_file", "recipe_gone"),
    ("UPDATE kept_file SET size = size + 1", "recipe_gone"),
    ("UPDATE kept_file SET pieces = substr(pieces, 33) WHERE length(pieces) > 32", "recipe_wrong"),
    ("UPDATE snapshot SET data = x'00'", "record_changed"),
    ("UPDATE snapshot SET data = CAST(replace(CAST(data AS TEXT), 'ann', 'eve') AS BLOB)", "record_changed"),
    ("UPDATE snapshot SET hash = 'x'", "record_changed"),
    ("UPDATE snapshot SET time = 'x'", "record_changed"),
    ("UPDATE snapshot SET name = 'b'", "record_changed"),
    ("UPDATE commits SET hash = 'x' WHERE number = 1", "commit_gone"),
]


@pytest.mark.parametrize(("harm", "code"), DAMAGE, ids=[harm[:40] for harm, _ in DAMAGE])
def test_any_damage_is_found(sheetward: Run, firm: Path, harm: str, code: str) -> None:
    sheetward("snapshot", "create", "a", "--author", "ann")
    assert sheetward("snapshot", "verify", "--json").json == {"verified": ["a"], "troubles": []}
    with closing(sqlite3.connect(firm / "sheetward.db", isolation_level=None)) as raw:
        raw.execute(harm)
    proved = sheetward("snapshot", "verify", "--json")
    assert proved.status == 70
    assert f"snapshot.{code}" in {trouble["code"] for trouble in proved.json["troubles"]}
    assert all(trouble["message"] != trouble["code"] for trouble in proved.json["troubles"])
    assert sheetward("snapshot", "verify").status == 70
    if code in ("pieces_damaged", "recipe_gone", "recipe_wrong") and "size + 1" not in harm:
        refused = sheetward("snapshot", "show", "a", "--sheet", "people", "-o", "x.xlsx", "--json")
        assert (refused.status, refused.json["error"]["code"]) == (70, "snapshot.damaged")
        assert not (firm / "x.xlsx").exists()


WRONG = [
    (("create", ""), "snapshot.bad_name"),
    (("create", "x" * 101), "snapshot.bad_name"),
    (("create", "a\tb"), "snapshot.bad_name"),
    (("create", "a", "--sheet", "none"), "sheet.unknown"),
    (("show", "none"), "snapshot.unknown"),
    (("show", "a", "-o", "x.xlsx"), "usage.missing_argument"),
    (("show", "a", "--sheet", "none"), "snapshot.no_sheet"),
    (("show", "a", "--sheet", "people", "-o", "no/x.xlsx"), "file.no_folder"),
    (("show", "a", "--sheet", "people", "-o", "x.pdf"), "file.kind_out"),
    (("diff", "a", "none"), "snapshot.unknown"),
    (("diff", "a", "--sheet", "none"), "snapshot.no_sheet"),
    (("verify", "none"), "snapshot.unknown"),
]


def test_a_call_that_makes_no_sense_is_named(sheetward: Run, firm: Path) -> None:
    assert sheetward("snapshot", "create", "a").status == 0
    for arguments, code in WRONG:
        call = sheetward("snapshot", *arguments, "--json")
        assert (call.status, call.json["error"]["code"]) == (2, code), arguments


def test_sheets_of_one_workbook_have_their_bytes_in_common(sheetward: Run, tmp_path: Path) -> None:
    sheetward("init", "--table", "customers=customer", "--table", "orders=order", "--lang", "zh")
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active.title = "客户"
    made.active.append(["客户编号", "客户姓名"])
    made.active.append(["C001", "王五"])
    other = made.create_sheet("订单")
    other.append(["订单编号", "客户编号", "下单日期"])
    other.append(["O001", "C001", "2026-01-02"])
    made.save(tmp_path / "all.xlsx")
    for name, table, tab in (("people", "customers", "客户"), ("sales", "orders", "订单")):
        bound = sheetward("bind", "all.xlsx", "--as", name, "--table", table, "--tab", tab, "--yes")
        assert bound.status == 0, bound.err
    sheetward("sync")
    snapshot = sheetward("snapshot", "create", "a", "--json").json
    [first, second] = snapshot["sheets"]
    assert first["sha256"] == second["sha256"] == sha(tmp_path / "all.xlsx")
    assert snapshot["size"] == first["size"]
    assert sheetward("snapshot", "show", "a", "--sheet", "sales", "--json").json["rows"][0][0] == "O001"
