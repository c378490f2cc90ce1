"""What a snapshot kept is brought back: rows as a commit, files with all that stands in them, and nothing is lost by it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from sheetward.cli import run

Run = Callable[..., Any]
ROLES = """\
roles:
  east: {rows: {region: 华东}, columns: {"*": write, credit_rating: read}, insert: true, delete: true}
"""


def book(path: Path) -> None:
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active.append(["客户编号", "客户姓名", "区域", "联系电话", "信用评级", "我的备忘", "算一算"])
    for number, name in enumerate(("王五", "赵六", "钱七"), start=1):
        made.active.append([f"C00{number}", name, "华东", f"1380013800{number}", "A", f"备忘{number}", f"=1+{number}"])
    made.active["B2"].comment = Comment("老客户", "我")
    made.active["F2"].font = openpyxl.styles.Font(bold=True)
    made.save(path)


def type_into(path: Path, cell: str, value: object) -> None:
    made = openpyxl.load_workbook(path)
    made.worksheets[0][cell] = value
    made.save(path)


def value(path: Path, cell: str) -> object:
    return openpyxl.load_workbook(path).worksheets[0][cell].value


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def names(sheetward: Run) -> dict[str, str]:
    listed = sheetward("table", "customers", "--json").json
    return {row[0]: row[1] for row in listed["rows"]}


@pytest.fixture(scope="module")
def made_firm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("firm")
    path, at = root / "people.xlsx", ("--workspace", str(root), "-q")
    assert run(["init", str(root), "--table", "customers=customer", "--lang", "zh", "-q"]) == 0
    book(path)
    assert run(["bind", str(path), "--as", "people", "--table", "customers", "--yes", *at]) == 0
    assert run(["sync", *at]) == 0
    assert run(["snapshot", "create", "a", *at]) == 0
    type_into(path, "B2", "王五改名")
    type_into(path, "F2", "备忘改了")
    type_into(path, "F3", None)
    assert run(["sync", *at]) == 0
    return root


@pytest.fixture
def firm(made_firm: Path, tmp_path: Path) -> Path:
    """A workspace with one workbook in step, kept as snapshot `a`, then worked on by its owner and synced again."""
    return shutil.copytree(made_firm, tmp_path, dirs_exist_ok=True)


def test_tables_go_back_as_a_commit_and_no_file_is_touched(sheetward: Run, firm: Path) -> None:
    before = sha(firm / "people.xlsx")
    dry = sheetward("snapshot", "restore", "a", "--dry-run", "--json")
    assert (dry.status, dry.json["commits"], names(sheetward)["C001"]) == (0, [], "王五改名")
    assert dry.json["changed"] == [{"key": "C001", "field": "name", "old": "王五改名", "new": "王五"}]
    assert sheetward("snapshot", "restore", "a").status == 1
    done = sheetward("snapshot", "restore", "a", "--yes", "--json")
    assert (done.status, done.json["commits"], done.json["before"]) == (0, ["customers:3"], None)
    assert (names(sheetward)["C001"], sha(firm / "people.xlsx")) == ("王五", before)
    assert sheetward("snapshot", "restore", "a", "--table", "customers", "--yes", "--json").json["commits"] == []
    sheetward("sync")
    assert (value(firm / "people.xlsx", "B2"), value(firm / "people.xlsx", "F2")) == ("王五", "备忘改了")


def test_a_sheet_comes_back_whole_and_agrees_with_the_table(sheetward: Run, firm: Path) -> None:
    path = firm / "people.xlsx"
    type_into(path, "B3", "还没同步")
    lost = sha(path)
    done = sheetward("snapshot", "restore", "a", "--sheet", "people", "--yes", "--json")
    assert done.status == 0, done.out
    assert [value(path, cell) for cell in ("B2", "B3", "F2", "F3", "G2")] == ["王五", "赵六", "备忘1", "备忘2", "=1+1"]
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert (sheet["B2"].comment.text, sheet["F2"].font.b) == ("老客户", True)  # type: ignore[union-attr]
    assert names(sheetward) == {"C001": "王五", "C002": "赵六", "C003": "钱七"}
    assert done.json["before"] == "before-a"
    again = sheetward("sync", "--json").json["sheets"][0]
    assert (again["to_store"], again["to_sheet"], again["conflicts"]) == (0, 0, [])
    # The edit that no sync had seen is in the snapshot that was made by itself.
    assert sheetward("snapshot", "show", "before-a", "--sheet", "people", "-o", "kept.xlsx").status == 0
    assert sha(firm / "kept.xlsx") == lost
    assert sheetward("snapshot", "restore", "before-a", "--sheet", "people", "--yes").status in (0, 4)
    assert value(path, "B3") == "还没同步"
    assert sheetward("audit", "verify").status == 0


def test_with_the_file_alone_the_table_keeps_its_values(sheetward: Run, firm: Path) -> None:
    path = firm / "people.xlsx"
    done = sheetward("snapshot", "restore", "a", "--sheet", "people", "--file", "--yes", "--json")
    assert (done.status, done.json["commits"]) == (0, [])
    assert (value(path, "B2"), value(path, "F2"), names(sheetward)["C001"]) == ("王五改名", "备忘1", "王五改名")


def test_with_the_rows_alone_the_file_waits_for_the_next_sync(sheetward: Run, firm: Path) -> None:
    path, before = firm / "people.xlsx", sha(firm / "people.xlsx")
    done = sheetward("snapshot", "restore", "a", "--sheet", "people", "--rows", "--yes", "--json")
    assert (done.status, done.json["commits"], sha(path)) == (0, ["customers:3"], before)
    sheetward("sync")
    assert (value(path, "B2"), value(path, "F2")) == ("王五", "备忘改了")


def test_rows_added_and_deleted_since_go_back_with_their_sheet(sheetward: Run, firm: Path) -> None:
    path = firm / "people.xlsx"
    made = openpyxl.load_workbook(path)
    made.worksheets[0].delete_rows(4)
    for column, cell in enumerate(("C009", "周九", "华东", "13800138009", "A"), start=1):
        made.worksheets[0].cell(4, column, cell)
    made.save(path)
    assert sheetward("sync").status == 0
    assert set(names(sheetward)) == {"C001", "C002", "C009"}
    done = sheetward("snapshot", "restore", "a", "--sheet", "people", "--yes", "--json")
    assert done.status == 0, done.out
    assert names(sheetward) == {"C001": "王五", "C002": "赵六", "C003": "钱七"}
    assert [value(path, f"A{row}") for row in (2, 3, 4, 5)] == ["C001", "C002", "C003", None]


def test_a_file_that_is_gone_is_made_again(sheetward: Run, firm: Path) -> None:
    (firm / "people.xlsx").unlink()
    assert sheetward("sync").status == 2
    done = sheetward("snapshot", "restore", "a", "--sheet", "people", "--file", "--yes", "--json")
    assert (done.status, done.json["before"]) == (0, None), done.out
    assert (value(firm / "people.xlsx", "F2"), value(firm / "people.xlsx", "B2")) == ("备忘1", "王五改名")


def test_a_file_open_in_an_office_program_stops_it_and_nothing_is_done(sheetward: Run, firm: Path) -> None:
    (firm / ".~lock.people.xlsx#").write_text(",ann,pc,now;", encoding="utf-8")
    (firm / "~$people.xlsx").write_bytes(b"\x03ann")
    before = sha(firm / "people.xlsx")
    stopped = sheetward("snapshot", "restore", "a", "--sheet", "people", "--yes", "--json")
    assert (stopped.status, stopped.json["error"]["code"]) == (3, "sheet.open")
    assert (sha(firm / "people.xlsx"), names(sheetward)["C001"]) == (before, "王五改名")
    assert [one["name"] for one in sheetward("snapshot", "list", "--json").json["snapshots"]] == ["a"]


def test_a_sheet_that_was_bound_anew_keeps_its_file(sheetward: Run, firm: Path) -> None:
    assert sheetward("unbind", "people").status == 0
    assert sheetward("bind", "people.xlsx", "--as", "people", "--table", "customers", "--yes").status == 0
    refused = sheetward("snapshot", "restore", "a", "--sheet", "people", "--yes", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (3, "snapshot.bound_anew")
    assert sheetward("snapshot", "restore", "a", "--sheet", "people", "--rows", "--dry-run").status == 0


@pytest.fixture
def shared(sheetward: Run, tmp_path: Path) -> Path:
    """A sheet under a role that sees the east, kept as snapshot `a`."""
    sheetward("init", "--table", "customers=customer", "--lang", "zh")
    settings = tmp_path / "sheetward.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("roles: {}\n", ROLES), encoding="utf-8")
    book(tmp_path / "people.xlsx")
    bound = sheetward("bind", "people.xlsx", "--as", "people", "--table", "customers", "--role", "east", "--yes")
    assert bound.status == 0, bound.err
    assert sheetward("sync").status in (0, 4)
    assert sheetward("snapshot", "create", "a").status == 0
    return tmp_path


def test_bytes_never_show_a_column_that_their_reader_may_see_no_longer(sheetward: Run, shared: Path) -> None:
    settings = shared / "sheetward.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("credit_rating: read", "credit_rating: read, phone: hide"), encoding="utf-8")
    assert sheetward("share", "apply", "--yes").status == 0
    assert sheetward("sync").status in (0, 4)
    refused = sheetward("snapshot", "restore", "a", "--sheet", "people", "--yes", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (3, "snapshot.role_narrower")
    assert refused.json["error"]["fields"] == ["phone"]
    assert sheetward("snapshot", "restore", "a", "--sheet", "people", "--rows", "--yes").status == 0
    assert b"1380013800" not in (shared / "people.xlsx").read_bytes()


def test_bytes_never_show_a_row_that_left_its_readers_view(sheetward: Run, shared: Path) -> None:
    settings = shared / "sheetward.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("rows: {region: 华东}", "rows: {customer_id: [C001, C002]}"), encoding="utf-8")
    assert sheetward("share", "apply", "--yes").status == 0
    assert sheetward("sync").status in (0, 3, 4)
    refused = sheetward("snapshot", "restore", "a", "--sheet", "people", "--file", "--yes", "--json")
    assert (refused.status, refused.json["error"]["code"], refused.json["error"]["rows"]) == (
        3,
        "snapshot.role_narrower",
        1,
    )


@pytest.mark.parametrize("scope", ["both", "file"])
def test_a_csv_comes_back_and_takes_nothing_back_by_itself(sheetward: Run, tmp_path: Path, scope: str) -> None:
    sheetward("init", "--table", "customers=customer", "--lang", "zh")
    path = tmp_path / "p.csv"
    path.write_text("客户编号,客户姓名,联系电话,备忘\r\nC001,王五,13800138001,甲\r\n", encoding="utf-8-sig")
    assert sheetward("bind", "p.csv", "--as", "p", "--table", "customers", "--yes").status == 0
    assert sheetward("sync").status == 0
    sheetward("snapshot", "create", "a")
    kept = path.read_text(encoding="utf-8-sig")
    path.write_text(kept.replace("王五", "王五改名").replace("甲", "乙"), encoding="utf-8-sig")
    assert sheetward("sync").status == 0
    done = sheetward(
        "snapshot", "restore", "a", "--sheet", "p", "--yes", "--json", *(["--file"] if scope == "file" else [])
    )
    assert done.status == 0, done.out
    name = "王五" if scope == "both" else "王五改名"
    assert (path.read_text(encoding="utf-8-sig"), names(sheetward)["C001"]) == (kept.replace("王五", name), name)
    path.write_text(kept.replace("13800138001", "13800138009"), encoding="utf-8-sig")
    sheetward("snapshot", "create", "b")
    refused = sheetward("snapshot", "restore", "b", "--sheet", "p", "--yes", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (3, "snapshot.csv_with_edits")


WRONG = [
    (("a", "--file"), "usage.missing_argument"),
    (("a", "--sheet", "people", "--file", "--rows"), "usage.not_together"),
    (("a", "--sheet", "people", "--table", "customers"), "usage.not_together"),
    (("none",), "snapshot.unknown"),
    (("a", "--sheet", "none"), "snapshot.no_sheet"),
    (("a", "--table", "none"), "table.unknown"),
]


def test_a_call_that_makes_no_sense_is_named(sheetward: Run, firm: Path) -> None:
    for arguments, code in WRONG:
        call = sheetward("snapshot", "restore", *arguments, "--yes", "--json")
        assert (call.status, call.json["error"]["code"]) == (2, code), arguments


def test_the_other_sheets_of_a_workbook_come_along_are_named_and_keep_the_tables_values(
    sheetward: Run, tmp_path: Path
) -> None:
    sheetward("init", "--table", "customers=customer", "--table", "orders=order", "--lang", "zh")
    path = tmp_path / "all.xlsx"
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active.title = "客户"
    for line in (["客户编号", "客户姓名", "联系电话", "备忘"], ["C001", "王五", "13800138001", "甲"]):
        made.active.append(line)
    other = made.create_sheet("订单")
    for line in (["订单编号", "客户编号", "下单日期", "产品"], ["O001", "C001", "2026-01-02", "茶"]):
        other.append(line)
    made.save(path)
    for name, table, tab in (("people", "customers", "客户"), ("sales", "orders", "订单")):
        assert sheetward("bind", "all.xlsx", "--as", name, "--table", table, "--tab", tab, "--yes").status == 0
    assert sheetward("sync").status == 0
    sheetward("snapshot", "create", "a")
    made = openpyxl.load_workbook(path)
    made["客户"]["B2"], made["客户"]["D2"], made["订单"]["D2"] = "王五改名", "乙", "米"
    made.save(path)
    assert sheetward("sync").status == 0
    plan = sheetward("snapshot", "restore", "a", "--sheet", "people", "--dry-run", "--json").json
    assert [file["sheets"] for file in plan["files"]] == [["people", "sales"]]
    done = sheetward("snapshot", "restore", "a", "--sheet", "people", "--yes", "--json")
    assert (done.status, done.json["commits"]) == (0, ["customers:3"]), done.out
    made = openpyxl.load_workbook(path)
    assert [made["客户"]["B2"].value, made["客户"]["D2"].value, made["订单"]["D2"].value] == ["王五", "甲", "米"]
    assert sheetward("table", "orders", "--json").json["rows"][0].count("米") == 1
    again = sheetward("sync", "--json").json["sheets"]
    assert [(one["to_store"], one["to_sheet"]) for one in again] == [(0, 0), (0, 0)]
