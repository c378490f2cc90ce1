"""A workspace as people use it: binding, syncing, conflicts, held and rejected values, history, sharing, faults."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Run = Callable[..., Any]

HEADERS = ["客户编号", "客户姓名", "联系电话", "区域", "信用评级", "备注"]
ROWS = [
    ["C001", "王五", "13800138000", "华东", "AA", "x1"],
    ["C002", "赵六", "13900139000", "华东", "A", "x2"],
    ["C003", "钱七", "13700137000", "华北", "B", "x3"],
]
ROLES = """\
roles:
  east: {rows: {region: 华东}, columns: {"*": write, credit_rating: read, remark: mask}, insert: true, delete: true}
  boss: {columns: {"*": write}, insert: true, delete: true, move_out: true}
"""


def book(path: Path, rows: Iterable[Iterable[object]], title: str = "客户") -> Path:
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active.title = title
    made.active.append(HEADERS)
    for row in rows:
        made.active.append(list(row))
    made.save(path)
    return path


def cells(path: Path) -> dict[str, dict[str, object]]:
    """Give a sheet's rows by customer number, cells by header."""
    lines = [list(row) for row in openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)]
    start = next(place for place, line in enumerate(lines) if "客户编号" in line)
    header = [str(cell) for cell in lines[start]]
    rows = [dict(zip(header, line, strict=True)) for line in lines[start + 1 :]]
    return {str(row["客户编号"]): row for row in rows if row["客户编号"]}


def type_into(path: Path, key: str, header: str, value: object) -> None:
    """Change one cell as a person would, and save."""
    made = openpyxl.load_workbook(path)
    sheet = made.worksheets[0]
    line = next(row for row in sheet.iter_rows() if any(cell.value == "客户编号" for cell in row))
    column = {cell.value: cell.column for cell in line}
    for row in sheet.iter_rows(min_row=line[0].row + 1):
        if row[column["客户编号"] - 1].value == key:
            row[column[header] - 1].value = value  # type: ignore[union-attr]
    made.save(path)


def outside(folder: Path, *arguments: str) -> None:
    """Run one call as a process of its own, which must end well."""
    command = [sys.executable, "-m", "sheetward", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def made_firm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("firm")
    outside(folder, "init", "--table", "customers=customer", "--lang", "zh")
    book(folder / "all.xlsx", ROWS)
    outside(folder, "bind", "all.xlsx", "--as", "all", "--table", "customers", "--yes")
    outside(folder, "sync")
    return folder


@pytest.fixture(scope="session")
def made_shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shared")
    outside(folder, "init", "--table", "customers=customer", "--lang", "zh")
    settings = folder / "sheetward.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("roles: {}\n", ROLES), encoding="utf-8")
    book(folder / "boss.xlsx", ROWS)
    for name, more in (("boss", []), ("east", ["--create"])):
        outside(folder, "bind", f"{name}.xlsx", "--as", name, "--table", "customers", "--role", name, "--yes", *more)
    outside(folder, "sync")
    return folder


@pytest.fixture
def firm(made_firm: Path, tmp_path: Path) -> Path:
    """A workspace with one sheet of all customers, synced once."""
    return shutil.copytree(made_firm, tmp_path, dirs_exist_ok=True)


@pytest.fixture
def shared(made_shared: Path, tmp_path: Path) -> Path:
    """A workspace with two sheets under different roles, in step."""
    return shutil.copytree(made_shared, tmp_path, dirs_exist_ok=True)


def sheet(call: Any, name: str) -> Any:
    return next(entry for entry in call.json["sheets"] if entry["name"] == name)


def test_bind_shows_its_plan_and_writes_nothing_without_consent(sheetward: Run, tmp_path: Path) -> None:
    sheetward("init", "--table", "customers=customer")
    path = book(tmp_path / "messy.xlsx", [])
    made = openpyxl.load_workbook(path)
    made.active.insert_rows(1, 2)  # type: ignore[union-attr]
    made.active["A1"] = "客户表 2026"  # type: ignore[index]
    made.active["G3"] = "我的私人记录"  # type: ignore[index]
    made.active.append(["C1", "张三", "12", "华东", "AA", "", "悄悄话"])  # type: ignore[union-attr]
    made.save(path)
    before = path.read_bytes(), (tmp_path / "sheetward.yaml").read_bytes()
    call = sheetward("bind", "messy.xlsx", "--as", "m", "--table", "customers", "--json")
    assert call.status == 1
    assert (path.read_bytes(), (tmp_path / "sheetward.yaml").read_bytes()) == before
    plan = call.json
    assert {"name", "table", "header_row", "mapping", "unmapped", "missing", "would_hold"} <= plan.keys()
    assert plan["header_row"] == 3
    assert {"column": "联系电话", "field": "phone"} in plan["mapping"]
    assert plan["unmapped"] == ["我的私人记录"]
    assert "email" in plan["missing"]
    assert [(held["key"], held["code"]) for held in plan["would_hold"]] == [("C1", "phone.length")]


def test_a_second_sync_changes_nothing(sheetward: Run, firm: Path) -> None:
    before = (firm / "all.xlsx").read_bytes()
    call = sheetward("sync", "--json")
    entry = sheet(call, "all")
    assert (call.status, entry["to_store"], entry["to_sheet"], entry["commit"]) == (0, 0, 0, None)
    assert (firm / "all.xlsx").read_bytes() == before


def test_a_role_sees_its_rows_and_no_masked_value_in_the_bytes(sheetward: Run, shared: Path) -> None:
    shown = cells(shared / "east.xlsx")
    assert set(shown) == {"C001", "C002"}
    assert shown["C001"]["备注"] not in {"x1", None}
    import zipfile

    with zipfile.ZipFile(shared / "east.xlsx") as package:
        content = b"".join(package.read(name) for name in package.namelist())
    assert "钱七".encode() not in content
    assert b">x1<" not in content


def test_an_edit_travels_to_every_sheet_in_one_run(sheetward: Run, shared: Path) -> None:
    type_into(shared / "east.xlsx", "C001", "联系电话", "13611112222")
    call = sheetward("sync", "--json")
    assert call.status == 0
    assert sheet(call, "east")["to_store"] == 1
    assert cells(shared / "boss.xlsx")["C001"]["联系电话"] == "13611112222"


def conflict(sheetward: Run, shared: Path) -> Any:
    type_into(shared / "boss.xlsx", "C001", "客户姓名", "王老五")
    type_into(shared / "east.xlsx", "C001", "客户姓名", "王小五")
    call = sheetward("sync", "--json")
    assert call.status == 4
    (found,) = sheet(call, "east")["conflicts"]
    return found


def test_two_edits_of_one_cell_are_a_conflict_until_a_person_decides(sheetward: Run, shared: Path) -> None:
    found = conflict(sheetward, shared)
    assert {k: found[k] for k in ("name", "kind", "key", "column", "field", "base", "store", "sheet", "new")} == {
        "name": "east",
        "kind": "cell",
        "key": "C001",
        "column": "客户姓名",
        "field": "name",
        "base": "王五",
        "store": "王老五",
        "sheet": "王小五",
        "new": True,
    }
    listed = sheetward("conflicts", "--json")
    assert (listed.status, [c["id"] for c in listed.json["conflicts"]]) == (0, [found["id"]])
    assert sheetward("conflicts", "show", found["id"], "--json").json["store"] == "王老五"
    assert sheetward("conflicts", "resolve", found["id"], "--take", "sheet").status == 0
    assert sheetward("sync").status == 0
    assert cells(shared / "boss.xlsx")["C001"]["客户姓名"] == "王小五"
    assert sheetward("conflicts", "resolve", found["id"], "--take", "store").status == 3


def test_a_conflict_about_a_row_that_left_the_sheet_shows_no_newer_value(sheetward: Run, shared: Path) -> None:
    found = conflict(sheetward, shared)
    type_into(shared / "boss.xlsx", "C001", "客户姓名", "王大五")
    type_into(shared / "boss.xlsx", "C001", "区域", "华南")
    assert sheetward("sync", "boss").status == 0
    call = sheetward("conflicts", "resolve", found["id"], "--take", "sheet", "--json")
    assert (call.status, call.json["error"]["code"]) == (3, "item.out_of_view")
    assert "王大五" not in sheetward("conflicts", "list", "--sheet", "east", "--json").out
    sheetward("sync", "east")
    listed = sheetward("conflicts", "list", "--sheet", "east", "--json")
    (left,) = listed.json["conflicts"]
    assert (left["kind"], left["sheet"]) == ("left_view", {"name": "王小五"})
    assert "王小五" in listed.out
    assert "王大五" not in listed.out


def test_a_refreshed_conflict_has_a_new_id_and_the_old_one_stops(sheetward: Run, shared: Path) -> None:
    found = conflict(sheetward, shared)
    type_into(shared / "boss.xlsx", "C001", "客户姓名", "王大五")
    assert sheetward("sync", "boss").status == 0
    call = sheetward("conflicts", "resolve", found["id"], "--take", "store", "--json")
    assert (call.status, call.json["error"]["code"]) == (3, "conflict.refreshed")
    fresh = call.json["error"]["new"]
    assert fresh != found["id"]
    assert sheetward("conflicts", "resolve", fresh, "--value", "王五五").status == 0
    sheetward("sync")
    assert cells(shared / "east.xlsx")["C001"]["客户姓名"] == "王五五"


RESOLVE = [
    (("--take", "store", "--keep"), "usage.one_of"),
    ((), "usage.one_of"),
    (("--take", "mine"), "usage.choice"),
    (("--keep",), "conflict.choice"),
    (("--value", ""), "conflict.invalid"),
]


@pytest.mark.parametrize(("options", "code"), RESOLVE, ids=[" ".join(o) or "none" for o, _ in RESOLVE])
def test_a_wrong_choice_leaves_the_conflict_open(
    sheetward: Run, shared: Path, options: tuple[str, ...], code: str
) -> None:
    found = conflict(sheetward, shared)
    call = sheetward("conflicts", "resolve", found["id"], *options, "--json")
    assert (call.status, call.json["error"]["code"]) == (2, code)
    assert len(sheetward("conflicts", "--json").json["conflicts"]) == 1


def quarrel(sheetward: Run, shared: Path) -> dict[str, Any]:
    """Let both people type into three cells; give the conflicts by key and field."""
    for who, path in (("boss", shared / "boss.xlsx"), ("east", shared / "east.xlsx")):
        type_into(path, "C001", "客户姓名", f"{who} 甲")
        type_into(path, "C001", "联系电话", {"boss": "13611110001", "east": "13611110002"}[who])
        type_into(path, "C002", "客户姓名", f"{who} 丙")
    call = sheetward("sync", "--json")
    return {f"{c['key']}.{c['field']}": c for c in sheet(call, "east")["conflicts"]}


def open_ones(sheetward: Run) -> set[str]:
    return {f"{c['key']}.{c['field']}" for c in sheetward("conflicts", "--json").json["conflicts"]}


def test_conflicts_are_settled_by_cell_column_and_person(sheetward: Run, shared: Path) -> None:
    found = quarrel(sheetward, shared)
    everyone = set(found)
    assert len(everyone) == 3
    person = sheetward("conflicts", "show", found["C001.name"]["id"], "--json").json["by"]
    resolve = ("conflicts", "resolve", "--take", "sheet")
    first = sheetward(*resolve, "--sheet", "east", "--field", "phone")
    assert first.status == 0
    assert open_ones(sheetward) == everyone - {"C001.phone"}
    asked = sheetward(*resolve, "--by", person)
    assert (asked.status, open_ones(sheetward)) == (1, everyone - {"C001.phone"})
    assert all(found[name]["id"] in asked.out for name in everyone - {"C001.phone"})
    shown = sheetward(*resolve, "--by", person, "--dry-run", "--json")
    assert (shown.status, len(shown.json["would_resolve"])) == (0, 2)
    assert sheetward(*resolve, "--by", person, "--yes").status == 0
    assert open_ones(sheetward) == set()
    sheetward("sync")
    assert cells(shared / "boss.xlsx")["C001"]["联系电话"] == "13611110002"


def test_a_conflict_is_settled_by_its_cell(sheetward: Run, shared: Path) -> None:
    found = quarrel(sheetward, shared)
    book = openpyxl.load_workbook(shared / "east.xlsx")
    link = next(row for row in book["待处理"].iter_rows(3) if row[10].value == found["C002.name"]["id"])
    address = str(link[15].value)
    assert sheetward("conflicts", "resolve", "--cell", address, "--take", "store", "--json").status == 2
    assert sheetward("conflicts", "resolve", "--sheet", "east", "--cell", "A1", "--take", "store").status == 2
    assert sheetward("conflicts", "resolve", "--sheet", "east", "--cell", address, "--take", "store").status == 0
    assert open_ones(sheetward) == set(found) - {"C002.name"}


def test_ids_and_a_search_do_not_go_together(sheetward: Run, shared: Path) -> None:
    found = conflict(sheetward, shared)
    for options in (("--take", "store"), (found["id"], "--take", "store", "--sheet", "east")):
        call = sheetward("conflicts", "resolve", *options, "--json")
        assert (call.status, call.json["error"]["code"]) == (2, "usage.one_of")


def test_what_a_person_chose_in_the_workbook_is_followed(sheetward: Run, shared: Path) -> None:
    found = quarrel(sheetward, shared)
    book = openpyxl.load_workbook(shared / "east.xlsx")
    tab = book["待处理"]
    choices = {"C001.name": "用我的", "C001.phone": "用中央库的", "C002.name": "另填一个值"}
    for row in tab.iter_rows(3):
        name = next(name for name, one in found.items() if one["id"] == row[10].value)
        row[7].value = choices[name]
        row[8].value = "第三个" if name == "C002.name" else None
    book.save(shared / "east.xlsx")
    assert sheetward("sync").status == 0
    for path in (shared / "boss.xlsx", shared / "east.xlsx"):
        rows = cells(path)
        told = rows["C001"]["客户姓名"], rows["C001"]["联系电话"], rows["C002"]["客户姓名"]
        assert told == ("east 甲", "13611110001", "第三个")
    assert openpyxl.load_workbook(shared / "east.xlsx")["待处理"].max_row == 2
    before = (shared / "east.xlsx").read_bytes()
    assert sheetward("sync").status == 0
    assert (shared / "east.xlsx").read_bytes() == before


def test_a_settled_conflict_tells_its_story(sheetward: Run, shared: Path) -> None:
    found = conflict(sheetward, shared)
    type_into(shared / "boss.xlsx", "C001", "客户姓名", "王大五")
    sheetward("sync")
    old = sheetward("conflicts", "show", found["id"], "--json").json
    fresh = sheetward("conflicts", "--json").json["conflicts"][0]["id"]
    assert (old["outcome"], old["next"]) == ("superseded", fresh)
    new = sheetward("conflicts", "show", fresh, "--json").json
    assert new["store_by"]
    assert new["store_at"].endswith("+08:00")
    assert fresh in sheetward("conflicts", "show", found["id"]).out


def test_a_value_that_breaks_the_schema_is_held_accepted_or_dropped(sheetward: Run, firm: Path) -> None:
    type_into(firm / "all.xlsx", "C001", "联系电话", "12")
    call = sheetward("sync", "--json")
    (held,) = sheet(call, "all")["held"]
    assert call.status == 4
    assert {k: held[k] for k in ("key", "column", "field", "value", "code", "cell")} == {
        "key": "C001",
        "column": "联系电话",
        "field": "phone",
        "value": "12",
        "code": "phone.length",
        "cell": "C2",
    }
    assert sheetward("held", "drop", held["id"]).status == 0
    assert sheetward("sync").status == 0
    assert cells(firm / "all.xlsx")["C001"]["联系电话"] == "13800138000"
    type_into(firm / "all.xlsx", "C002", "联系电话", "34")
    (again,) = sheet(sheetward("sync", "--json"), "all")["held"]
    assert sheetward("held", "accept", again["id"]).status == 0
    rows = sheetward("table", "customers", "--json").json
    assert rows["rows"][1][rows["columns"].index("phone")] == "34"


def test_an_edit_without_the_right_is_rejected_restored_and_listed(sheetward: Run, shared: Path) -> None:
    type_into(shared / "east.xlsx", "C001", "信用评级", "C")
    call = sheetward("sync", "--json")
    (rejected,) = sheet(call, "east")["rejected"]
    assert (call.status, rejected["code"], rejected["value"]) == (4, "share.read_only", "C")
    assert cells(shared / "east.xlsx")["C001"]["信用评级"] == "AA"
    listed = sheetward("rejections", "list", "--json").json["rejections"]
    assert [entry["id"] for entry in listed] == [rejected["id"]]
    assert sheetward("rejections", "ack", rejected["id"]).status == 0
    assert sheetward("rejections", "--json").json["rejections"] == []


def test_a_copy_bound_anew_starts_from_what_its_stamp_says(sheetward: Run, firm: Path) -> None:
    """Its edits are edits, its ids stay, and what came to the store since is delivered: nothing conflicts."""
    shutil.copy(firm / "all.xlsx", firm / "copy.xlsx")
    for name, row, value in (("copy.xlsx", 2, "13900000001"), ("all.xlsx", 3, "13900000002")):
        edited = openpyxl.load_workbook(firm / name)
        tab = edited.worksheets[0]
        column = next(cell.column for cell in tab[1] if cell.value == "联系电话")
        tab.cell(row, column).value = value
        edited.save(firm / name)
    assert sheetward("sync").status == 0
    before = sheetward("table", "customers", "--json").json
    assert sheetward("bind", "copy.xlsx", "--as", "copy", "--table", "customers", "--yes", "--anew").status == 0
    synced = sheetward("sync", "--json")
    assert synced.status == 0, synced.out
    after = sheetward("table", "customers", "--json").json
    assert set(after["ids"]) == set(before["ids"])
    phones = {row[after["columns"].index("phone")] for row in after["rows"]}
    assert {"+8613900000001", "+8613900000002"} <= phones or {"13900000001", "13900000002"} <= phones


def test_a_copied_workbook_is_refused_until_bound_anew(sheetward: Run, firm: Path) -> None:
    shutil.copy(firm / "all.xlsx", firm / "copy.xlsx")
    before = (firm / "copy.xlsx").read_bytes()
    call = sheetward("bind", "copy.xlsx", "--as", "copy", "--table", "customers", "--yes", "--json")
    assert (call.status, call.json["error"]["code"]) == (3, "bind.copied")
    assert (firm / "copy.xlsx").read_bytes() == before
    anew = sheetward("bind", "copy.xlsx", "--as", "copy", "--table", "customers", "--yes", "--anew", "--json")
    assert (anew.status, anew.json["bound"]) == (0, True)
    call = sheetward("sync", "--json")
    assert (call.status, sheet(call, "copy")["new_rows"]) == (0, 0)
    assert len(sheetward("table", "customers", "--json").json["rows"]) == 3


def test_a_moved_workbook_is_followed_and_the_settings_with_it(sheetward: Run, firm: Path) -> None:
    (firm / "sub").mkdir()
    shutil.move(firm / "all.xlsx", firm / "sub" / "renamed.xlsx")
    assert sheetward("sync").status == 0
    assert "sub/renamed.xlsx" in (firm / "sheetward.yaml").read_text(encoding="utf-8")
    shutil.copy(firm / "sub" / "renamed.xlsx", firm / "one.xlsx")
    shutil.move(firm / "sub" / "renamed.xlsx", firm / "two.xlsx")
    several = sheetward("sync", "--json")
    assert (several.status, sheet(several, "all")["error"]["code"]) == (3, "sheet.several")
    (firm / "one.xlsx").unlink()
    (firm / "two.xlsx").unlink()
    gone = sheetward("sync", "--json")
    assert (gone.status, sheet(gone, "all")["error"]["code"]) == (2, "sheet.file_gone")


def test_a_mass_deletion_stops_until_it_is_allowed(sheetward: Run, tmp_path: Path) -> None:
    sheetward("init", "--table", "customers=customer")
    rows = [[f"C{n:03}", "某人", f"138001380{n:02}", "华东", "A", ""] for n in range(10)]
    book(tmp_path / "all.xlsx", rows)
    sheetward("bind", "all.xlsx", "--as", "all", "--table", "customers", "--yes")
    sheetward("sync")
    made = openpyxl.load_workbook(tmp_path / "all.xlsx")
    made.active.delete_rows(4, 5)  # type: ignore[union-attr]
    made.save(tmp_path / "all.xlsx")
    before = (tmp_path / "all.xlsx").read_bytes()
    call = sheetward("sync", "--json")
    error = sheet(call, "all")["error"]
    assert call.status == 3
    assert {k: error[k] for k in ("code", "guard", "name", "count", "limit")} == {
        "code": "guard.deletions",
        "guard": "deletions",
        "name": "all",
        "count": 5,
        "limit": 3,
    }
    assert (tmp_path / "all.xlsx").read_bytes() == before
    assert sheetward("sync", "--allow", "all:deletions=4").status == 3
    done = sheetward("sync", "--allow", "all:deletions=5", "--json")
    assert (done.status, sheet(done, "all")["deleted_rows"]) == (0, 5)


@pytest.mark.parametrize("word", ["all", "all:delete", "all:deletions=x", ":deletions"])
def test_a_misspelt_allowance_is_a_mistake(sheetward: Run, firm: Path, word: str) -> None:
    assert sheetward("sync", "--allow", word).status == 2


def test_a_file_open_in_an_office_program_waits_and_the_other_sheet_goes_on(sheetward: Run, shared: Path) -> None:
    type_into(shared / "boss.xlsx", "C001", "客户姓名", "新名")
    (shared / ".~lock.east.xlsx#").write_text(",somebody,elsewhere,01.01.2026 10:00,file:///x;")
    call = sheetward("sync", "--json")
    assert call.status == 3
    assert sheet(call, "east")["error"]["code"] == "sheet.open"
    assert sheet(call, "boss")["to_store"] == 1


def test_history_names_who_and_restore_brings_back_what_one_person_did(sheetward: Run, firm: Path) -> None:
    type_into(firm / "all.xlsx", "C001", "客户姓名", "改一")
    assert sheetward("sync", "--author", "ann").status == 0
    type_into(firm / "all.xlsx", "C002", "客户姓名", "改二")
    assert sheetward("sync", "--author", "bob").status == 0
    commits = sheetward("history", "--json").json["commits"]
    assert [(c["id"], c["author"], c["source"]) for c in commits[:2]] == [
        ("customers:3", "bob", "sync"),
        ("customers:2", "ann", "sync"),
    ]
    (story,) = sheetward("history", "--row", "C001", "--by", "ann", "--json").json["commits"]
    assert story["cells"] == [{"field": "name", "old": "王五", "new": "改一"}]
    difference = sheetward("diff-commits", "customers:1", "customers:3", "--json")
    assert (difference.status, {c["key"] for c in difference.json["changes"]}) == (1, {"C001", "C002"})
    shown = sheetward("restore", "--by", "ann", "--since", "2020-01-01", "--json")
    assert (shown.status, shown.json["commit"]) == (1, None)
    assert shown.json["changed"] == [{"key": "C001", "field": "name", "old": "改一", "new": "王五"}]
    done = sheetward("restore", "--by", "ann", "--since", "2020-01-01", "--yes", "--json")
    assert (done.status, done.json["commit"]) == (0, "customers:4")
    assert sheetward("sync").status == 0
    assert {key: row["客户姓名"] for key, row in cells(firm / "all.xlsx").items()} == {
        "C001": "王五",
        "C002": "改二",
        "C003": "钱七",
    }
    assert sheetward("audit", "verify", "--json").json["valid"]


def test_unseen_is_what_others_changed_since_i_looked(sheetward: Run, firm: Path) -> None:
    def unseen(author: str, *more: str) -> list[str]:
        return [c["id"] for c in sheetward("history", "--unseen", "--author", author, *more, "--json").json["commits"]]

    for number, author in enumerate(("ann", "bob")):
        type_into(firm / "all.xlsx", "C001", "备注", f"改{number}")
        assert sheetward("sync", "--author", author).status == 0
    assert unseen("ann", "--by", "bob") == ["customers:3"]
    assert unseen("ann") == ["customers:3"]
    assert unseen("ann") == []
    assert unseen("bob") == []
    assert unseen("eve") == ["customers:3", "customers:2", "customers:1"]
    said = sheetward("history", "--unseen", "--author", "ann", "--lang", "zh")
    assert "别人没有改过" in said.out
    type_into(firm / "all.xlsx", "C001", "备注", "改三")
    assert sheetward("sync", "--author", "bob").status == 0
    assert (unseen("ann"), unseen("eve")) == (["customers:4"], ["customers:4"])


def test_a_restore_tells_headers_and_names_what_others_edited_later(sheetward: Run, firm: Path) -> None:
    type_into(firm / "all.xlsx", "C001", "客户姓名", "改一")
    type_into(firm / "all.xlsx", "C001", "备注", "甲")
    assert sheetward("sync", "--author", "ann").status == 0
    type_into(firm / "all.xlsx", "C001", "备注", "乙")
    assert sheetward("sync", "--author", "bob").status == 0
    ways = [("--by", "ann", "--since", "2020-01-01"), ("--run", "customers:2")]
    for way in ways:
        plan = sheetward("restore", *way, "--dry-run", "--json").json
        assert [(c["field"], c["new"]) for c in plan["changed"]] == [("name", "王五")]
        assert [(k["field"], k["now"], k["commit"]) for k in plan["kept"]] == [("remark", "乙", "customers:3")]
        zh, en = (sheetward("restore", *way, "--dry-run", "--lang", lang).out for lang in ("zh", "en"))
        assert "客户姓名" in zh
        assert "C001.备注" in zh
        assert "Name" in en
        assert "customers:3" in en
    shown = sheetward("history", "--row", "C001", "--lang", "zh").out
    assert "备注: 甲 → 乙" in shown
    assert "备注" in sheetward("diff-commits", "customers:2", "customers:3", "--lang", "zh").out
    for way, back in (
        (("--cell", "C001.remark"), {"remark"}),
        (("--row", "C001"), {"remark", "name"}),
        (("--column", "name"), {"name"}),
        (("--sheet", "all"), {"remark", "name"}),
        (("--all",), {"remark", "name"}),
    ):
        plan = sheetward("restore", *way, "--to", "customers:1", "--dry-run", "--json").json
        assert {c["field"] for c in plan["changed"]} == back, way


def test_a_deleted_row_and_a_cell_come_back(sheetward: Run, firm: Path) -> None:
    type_into(firm / "all.xlsx", "C002", "客户姓名", "改二")
    made = openpyxl.load_workbook(firm / "all.xlsx")
    made.active.delete_rows(4)  # type: ignore[union-attr]
    made.save(firm / "all.xlsx")
    assert sheetward("sync").status == 0
    assert len(sheetward("table", "customers", "--json").json["rows"]) == 2
    assert len(sheetward("table", "customers", "--as-of", "customers:1", "--json").json["rows"]) == 3
    assert sheetward("restore", "--row", "C003", "--to", "customers:1", "--yes").status == 0
    assert sheetward("restore", "--cell", "C002.name", "--to", "1", "--yes").status == 0
    sheetward("sync")
    shown = cells(firm / "all.xlsx")
    assert (shown["C003"]["客户姓名"], shown["C002"]["客户姓名"]) == ("钱七", "赵六")


def test_undo_takes_back_the_last_sync_of_mine_and_a_second_one_the_sync_before(sheetward: Run, firm: Path) -> None:
    for name in ("一", "二"):
        type_into(firm / "all.xlsx", "C001", "客户姓名", name)
        sheetward("sync", "--author", "ann")
    dry = sheetward("undo", "--author", "ann", "--dry-run", "--json")
    assert dry.json["changed"] == [{"key": "C001", "field": "name", "old": "二", "new": "一"}]
    assert sheetward("undo", "--author", "ann", "--yes").status == 0
    assert sheetward("undo", "--author", "ann", "--yes").status == 0
    sheetward("sync")
    assert cells(firm / "all.xlsx")["C001"]["客户姓名"] == "王五"
    assert sheetward("undo", "--author", "eve", "--yes").status == 2


RESTORE = [
    (("--all",), "usage.missing_argument"),
    (("--row", "C001"), "usage.missing_argument"),
    (("--by", "ann"), "usage.missing_argument"),
    (("--by", "ann", "--since", "7d", "--to", "1"), "usage.not_together"),
    (("--run", "customers:1", "--to", "1"), "usage.not_together"),
    (("--row", "C001", "--all", "--to", "1"), "usage.one_of"),
    (("--to", "1"), "usage.one_of"),
    (("--row", "C999", "--to", "1"), "row.unknown"),
    (("--cell", "C001", "--to", "1"), "usage.key_field"),
    (("--cell", "C001.nmae", "--to", "1"), "field.unknown"),
    (("--column", "nmae", "--to", "1"), "field.unknown"),
    (("--all", "--to", "customers:99"), "history.no_commit"),
    (("--all", "--to", "yesterday"), "history.when"),
    (("--run", "customers:9"), "history.no_commit"),
    (("--sheet", "none", "--to", "1"), "sheet.unknown"),
]


@pytest.mark.parametrize(("arguments", "code"), RESTORE, ids=[" ".join(a) for a, _ in RESTORE])
def test_a_restore_that_makes_no_sense_is_named(
    sheetward: Run, firm: Path, arguments: tuple[str, ...], code: str
) -> None:
    call = sheetward("restore", *arguments, "--yes", "--json")
    assert (call.status, call.json["error"]["code"]) == (2, code)
    assert call.json["error"]["message"] != code
    assert call.json["error"]["hint"]


@pytest.mark.parametrize("ending", ["json", "csv", "parquet", "xlsx"])
def test_a_table_is_written_in_every_form(sheetward: Run, firm: Path, ending: str) -> None:
    path = firm / f"out.{ending}"
    assert sheetward("table", "customers", "--where", "region=华东", "--sort", "-customer_id", "-o", path).status == 0
    if ending == "json":
        import json

        record = json.loads(path.read_text(encoding="utf-8"))
        assert [row[record["columns"].index("customer_id")] for row in record["rows"]] == ["C002", "C001"]
    elif ending == "parquet":
        import pyarrow.parquet as pq

        assert pq.read_table(path).column("customer_id").to_pylist() == ["C002", "C001"]
    elif ending == "csv":
        assert "C002" in path.read_text(encoding="utf-8-sig").splitlines()[1]
    else:
        assert openpyxl.load_workbook(path).worksheets[0]["A2"].value == "C002"


def test_a_table_as_a_role_sees_it_hides_and_masks(sheetward: Run, shared: Path) -> None:
    record = sheetward("table", "customers", "--role", "east", "--json").json
    assert len(record["rows"]) == 2
    assert "id_number" not in record["columns"]
    assert "x1" not in str(record)
    seen = sheetward("share", "view-as", "east", "--json").json["tables"][0]
    assert seen["rows"] == record["rows"]
    asked = sheetward("table", "customers", "--role", "east", "--where", "id_number=1", "--json")
    assert (asked.status, asked.json["error"]["code"]) == (2, "field.unknown")


def test_a_changed_rule_waits_for_its_plan(sheetward: Run, shared: Path) -> None:
    assert sheetward("share", "check").status == 0
    settings = shared / "sheetward.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("region: 华东", "region: 华北"), encoding="utf-8")
    waiting = sheetward("sync", "--json")
    assert "share.rule_waits" in [message["code"] for message in sheet(waiting, "east")["messages"]]
    assert set(cells(shared / "east.xlsx")) == {"C001", "C002"}
    plan = sheetward("share", "plan", "--json")
    (change,) = plan.json["sheets"]
    assert (plan.status, change["rows_lost"], change["rows_gained"]) == (1, ["C001", "C002"], ["C003"])
    assert sheetward("share", "apply").status == 1
    assert sheetward("share", "apply", "--yes").status == 0
    assert sheetward("sync").status == 0
    assert set(cells(shared / "east.xlsx")) == {"C003"}
    settings.write_text(text.replace("credit_rating: read", "credit_raiting: read"), encoding="utf-8")
    wrong = sheetward("share", "check", "--json")
    assert (wrong.status, wrong.json["findings"][0]["code"]) == (1, "share.field_unknown")
    assert sheetward("sync").status == 2


def test_a_sheet_that_gets_another_role_waits_for_its_plan(sheetward: Run, shared: Path) -> None:
    settings = shared / "sheetward.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("table: customers\n    role: east", "table: customers\n    role: boss"), encoding="utf-8"
    )
    assert set(cells(shared / "east.xlsx")) == {"C001", "C002"}
    assert sheetward("sync").status == 0
    assert set(cells(shared / "east.xlsx")) == {"C001", "C002"}
    assert sheetward("share", "apply", "--yes").status == 0
    assert sheetward("sync").status == 0
    shown = cells(shared / "east.xlsx")
    assert set(shown) == {"C001", "C002", "C003"}
    assert shown["C001"]["备注"] == "x1"


def test_unbind_leaves_the_workbook_as_if_it_had_never_been_bound(sheetward: Run, firm: Path) -> None:
    assert sheetward("unbind", "all").status == 0
    made = openpyxl.load_workbook(firm / "all.xlsx")
    assert made.sheetnames == ["客户"]
    assert [cell.value for cell in made.worksheets[0][1] if cell.value] == HEADERS
    assert sheetward("status", "--json").json["sheets"] == []
    assert sheetward("bind", "all.xlsx", "--as", "all", "--table", "customers", "--yes").status == 0
    assert sheetward("sync").status == 0
    assert len(sheetward("table", "customers", "--json").json["rows"]) == 3


def test_status_tells_what_waits(sheetward: Run, shared: Path) -> None:
    assert [s["state"] for s in sheetward("status", "--json").json["sheets"]] == ["in_step", "in_step"]
    type_into(shared / "boss.xlsx", "C001", "客户姓名", "新名")
    sheetward("sync", "boss")
    states = {s["name"]: s for s in sheetward("status", "--json").json["sheets"]}
    assert states["east"]["state"] == "behind"
    assert states["east"]["waiting_commits"] == 1


def test_a_csv_takes_part(sheetward: Run, firm: Path) -> None:
    path = firm / "list.csv"
    path.write_text("客户编号,客户姓名,联系电话\nC009,周九,13500135000\n", encoding="utf-8")
    assert sheetward("bind", "list.csv", "--as", "list", "--table", "customers", "--yes").status == 0
    assert sheetward("sync").status == 0
    assert "C009" in cells(firm / "all.xlsx")
    assert "王五" in path.read_text(encoding="utf-8-sig")
    before = path.read_bytes()
    assert sheetward("sync").status == 0
    assert path.read_bytes() == before


def in_process(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "sheetward", *arguments],
        cwd=folder,
        env={**os.environ, "SHEETWARD_TESTING": "1", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


POINTS = [
    "after_observe",
    "before_commit",
    "after_commit",
    "before_write",
    "during_write",
    "after_write",
    "before_confirm",
]


@pytest.mark.parametrize("point", POINTS)
def test_a_sync_killed_anywhere_is_finished_by_the_next_one(sheetward: Run, shared: Path, point: str) -> None:
    type_into(shared / "east.xlsx", "C001", "联系电话", "13611112222")
    type_into(shared / "boss.xlsx", "C002", "客户姓名", "改名")
    made = openpyxl.load_workbook(shared / "boss.xlsx")
    made.worksheets[0].append(["C010", "新人", "13511112222", "华东", "A", ""])
    made.save(shared / "boss.xlsx")
    killed = in_process(shared, "sync", SHEETWARD_FAILPOINT=f"{point}:kill")
    assert killed.wait() == -9
    assert sheetward("sync").status == 0
    final = sheetward("sync", "--json")
    assert [(s["to_store"], s["to_sheet"]) for s in final.json["sheets"]] == [(0, 0), (0, 0)]
    boss, east = cells(shared / "boss.xlsx"), cells(shared / "east.xlsx")
    assert set(boss) == {"C001", "C002", "C003", "C010"}
    assert set(east) == {"C001", "C002", "C010"}
    assert (boss["C001"]["联系电话"], east["C002"]["客户姓名"]) == ("13611112222", "改名")
    assert sheetward("audit", "verify").status == 0


def test_a_save_that_comes_between_reading_and_writing_is_not_lost(sheetward: Run, shared: Path) -> None:
    type_into(shared / "boss.xlsx", "C001", "客户姓名", "改一")
    sheetward("sync", "boss")
    flag = shared / "holding"
    settings = {"SHEETWARD_FAILPOINT": "before_write:sleep=2", "SHEETWARD_FAILPOINT_FLAG": str(flag)}
    held = in_process(shared, "sync", "east", **settings)
    until = time.monotonic() + 30
    while not flag.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert flag.exists()
    type_into(shared / "east.xlsx", "C002", "客户姓名", "中途保存")
    held.wait()
    assert sheetward("sync").status == 0
    assert cells(shared / "boss.xlsx")["C002"]["客户姓名"] == "中途保存"
    assert cells(shared / "east.xlsx")["C001"]["客户姓名"] == "改一"


def test_a_partial_read_deletes_nothing(sheetward: Run, firm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = openpyxl.load_workbook(firm / "all.xlsx")
    made.active.delete_rows(4)  # type: ignore[union-attr]
    made.save(firm / "all.xlsx")
    monkeypatch.setenv("SHEETWARD_TESTING", "1")
    monkeypatch.setenv("SHEETWARD_FAILPOINT", "incomplete_read:on")
    call = sheetward("sync", "--json")
    assert sheet(call, "all")["deleted_rows"] == 0
    assert len(sheetward("table", "customers", "--json").json["rows"]) == 3


BAD = [
    (("bind", "missing.xlsx", "--as", "x", "--table", "customers", "--yes"), 2, "file.missing"),
    (("bind", "all.xlsx", "--as", "x", "--table", "custmers", "--yes"), 2, "table.unknown"),
    (("bind", "all.xlsx", "--as", "all", "--table", "customers", "--yes"), 2, "bind.name_taken"),
    (("bind", "b.xlsx", "--as", "x", "--table", "customers", "--tab", "无此表", "--yes"), 2, "workbook.no_tab"),
    (("bind", "b.xlsx", "--as", "x", "--table", "customers", "--role", "nobody", "--yes"), 2, "role.unknown"),
    (("bind", "b.xlsx", "--as", "x", "--table", "customers", "--map", "备注=nothing", "--yes"), 2, "layout.map_field"),
    (("bind", "https://example.org/x", "--as", "x", "--table", "customers"), 2, "bind.url"),
    (("bind", "b.ods", "--as", "x", "--table", "customers"), 2, "file.kind"),
    (("sync", "nobody"), 2, "sheet.unknown"),
    (("unbind", "nobody"), 2, "sheet.unknown"),
    (("table", "nothing"), 2, "table.unknown"),
    (("table", "customers", "--sort", "nothing"), 2, "field.unknown"),
    (("table", "customers", "--where", "{nothing: 1}"), 2, "usage.where"),
    (("table", "customers", "--as-of", "soon"), 2, "history.when"),
    (("conflicts", "resolve", "c123456789", "--take", "store"), 2, "conflict.unknown"),
    (("held", "accept", "h123456789"), 2, "held.unknown"),
    (("share", "view-as", "nobody"), 2, "role.unknown"),
]


@pytest.mark.parametrize(("arguments", "status", "code"), BAD, ids=[" ".join(a) for a, _, _ in BAD])
def test_a_mistake_inside_a_workspace_is_named_and_writes_nothing(
    sheetward: Run, firm: Path, arguments: tuple[str, ...], status: int, code: str
) -> None:
    book(firm / "b.xlsx", ROWS)
    before = {path: path.read_bytes() for path in firm.glob("*.xlsx")} | {
        firm / "sheetward.yaml": (firm / "sheetward.yaml").read_bytes()
    }
    call = sheetward(*arguments, "--json")
    assert (call.status, call.json["error"]["code"]) == (status, code)
    assert call.json["error"]["message"] != code
    assert call.json["error"]["hint"]
    assert {path: path.read_bytes() for path in before} == before


def test_a_plan_and_a_dry_run_leave_every_byte_of_the_workspace(sheetward: Run, firm: Path) -> None:
    book(firm / "b.xlsx", ROWS)
    settings = firm / "sheetward.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("roles: {}\n", ROLES), encoding="utf-8")
    before = [sheetward(*call, "--json").json for call in (("audit", "log"), ("table", "customers"))]
    assert sheetward("bind", "b.xlsx", "--as", "b", "--table", "customers", "--role", "boss").status == 1
    type_into(firm / "all.xlsx", "C001", "客户姓名", "改")
    content = (firm / "all.xlsx").read_bytes()
    settings.write_text(settings.read_text(encoding="utf-8").replace(ROLES, "roles: {}\n"), encoding="utf-8")
    dry = sheetward("sync", "--dry-run", "--json")
    assert (sheet(dry, "all")["to_store"], sheet(dry, "all")["commit"]) == (1, None)
    assert (firm / "all.xlsx").read_bytes() == content
    assert [sheetward(*call, "--json").json for call in (("audit", "log"), ("table", "customers"))] == before


def test_a_header_of_ones_own_is_mapped_by_hand_and_stays_so(sheetward: Run, tmp_path: Path) -> None:
    sheetward("init", "--table", "customers=customer")
    path = book(tmp_path / "own.xlsx", ROWS)
    made = openpyxl.load_workbook(path)
    made.active["A1"], made.active["F1"] = "老代号", "备注"  # type: ignore[index]
    made.save(path)
    maps = ("--map", "老代号=customer_id", "--map", "备注=")
    call = sheetward("bind", "own.xlsx", "--as", "own", "--table", "customers", *maps, "--yes", "--json")
    assert {"column": "老代号", "field": "customer_id"} in call.json["mapping"]
    assert call.json["unmapped"] == ["备注"]
    assert sheetward("sync").status == 0
    record = sheetward("table", "customers", "--json").json
    assert [row[record["columns"].index("customer_id")] for row in record["rows"]] == ["C001", "C002", "C003"]
    assert [row[record["columns"].index("remark")] for row in record["rows"]] == [None] * 3


def test_rows_can_be_given_new_numbers(sheetward: Run, firm: Path) -> None:
    book(firm / "other.xlsx", [["C001", "另一个人", "13612345678", "华南", "A", ""]])
    bound = ("bind", "other.xlsx", "--as", "other", "--table", "customers", "--renumber", "--yes")
    assert sheetward(*bound).status == 0
    assert sheetward("sync").status == 0
    record = sheetward("table", "customers", "--json").json
    names = {
        row[record["columns"].index("name")]: row[record["columns"].index("customer_id")] for row in record["rows"]
    }
    assert names["王五"] == "C001"
    assert names["另一个人"] not in {None, "C001", "C002", "C003"}


def test_two_syncs_at_once_both_end_well(sheetward: Run, shared: Path) -> None:
    type_into(shared / "east.xlsx", "C001", "联系电话", "13611112222")
    type_into(shared / "boss.xlsx", "C002", "客户姓名", "改名")
    running = [in_process(shared, "sync") for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert sheetward("sync").status == 0
    assert cells(shared / "boss.xlsx")["C001"]["联系电话"] == "13611112222"
    assert cells(shared / "east.xlsx")["C002"]["客户姓名"] == "改名"
    assert len(sheetward("history", "--json").json["commits"]) == 3
