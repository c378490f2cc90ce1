"""`explain`, `sync --dry-run` and `status` tell base, ours, theirs and the rule, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheetward.messages import catalogue
from sheetward.plan.why import Why

Run = Callable[..., Any]

HEADERS = ["客户编号", "客户姓名", "联系电话", "区域", "备注"]
ROLES = """\
roles:
  boss: {columns: {"*": write}, insert: true, delete: true, move_out: true}
  east: {rows: {region: 华东}, columns: {"*": write, remark: mask, name: read}, insert: true, delete: true}
"""


@pytest.fixture
def shared(sheetward: Run, tmp_path: Path) -> Path:
    """A workspace with everybody's sheet and one of the east, in step."""
    sheetward("init", "--table", "customers=customer", "--lang", "zh")
    settings = tmp_path / "sheetward.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("roles: {}\n", ROLES), encoding="utf-8")
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [
        HEADERS,
        ["C001", "王五", "13800138000", "华东", "秘密"],
        ["C002", "赵六", "13900139000", "华北", "x2"],
        ["C003", "钱七", "13700137000", "华东", "x3"],
    ]:
        book.active.append(row)
    book.save(tmp_path / "boss.xlsx")
    for name, more in (("boss", []), ("east", ["--create"])):
        bound = sheetward("bind", f"{name}.xlsx", "--as", name, "--table", "customers", "--role", name, "--yes", *more)
        assert bound.status == 0
    assert sheetward("sync").status == 0
    return tmp_path


def place(path: Path, key: str, header: str) -> str:
    """Give the address of a cell."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    line = next(row for row in sheet.iter_rows() if any(cell.value == "客户编号" for cell in row))
    column = {cell.value: cell.column_letter for cell in line}  # type: ignore[union-attr]
    number = next(row[0].row for row in sheet.iter_rows() if row[0].value == key)
    return f"{column[header]}{number}"


def type_into(path: Path, key: str, header: str, value: object) -> str:
    address = place(path, key, header)
    book = openpyxl.load_workbook(path)
    book.worksheets[0][address] = value
    book.save(path)
    return address


def conflict(sheetward: Run, shared: Path) -> str:
    type_into(shared / "boss.xlsx", "C001", "联系电话", "13811111111")
    assert sheetward("sync", "boss").status == 0
    return type_into(shared / "east.xlsx", "C001", "联系电话", "13822222222")


def test_a_cell_is_told_by_its_address_its_number_and_field_or_header(sheetward: Run, shared: Path) -> None:
    address = conflict(sheetward, shared)
    expected = {
        "name": "east", "cell": address, "key": "C001", "column": "联系电话", "field": "phone", "base": "13800138000",
        "store": "13811111111", "sheet": "13822222222", "rule": "conflict", "code": "conflict.cell", "guards": [],
    }  # fmt: skip
    for cell in (address, address.lower(), "C001.phone", "C001.联系电话"):
        call = sheetward("explain", "east", cell, "--json")
        assert call.status == 0
        assert {name: call.json[name] for name in expected} == expected
    text = sheetward("explain", "east", address).out
    assert all(word in text for word in ("13800138000", "13811111111", "13822222222", "differently"))
    assert "等人选择" in sheetward("explain", "east", address, "--lang", "zh").out


def test_explaining_changes_nothing(sheetward: Run, shared: Path) -> None:
    address = conflict(sheetward, shared)
    before = (
        (shared / "east.xlsx").read_bytes(),
        sheetward("history", "--json").json,
        sheetward("conflicts", "--json").json,
    )
    sheetward("explain", "east", address)
    sheetward("sync", "--dry-run")
    sheetward("status")
    after = (
        (shared / "east.xlsx").read_bytes(),
        sheetward("history", "--json").json,
        sheetward("conflicts", "--json").json,
    )
    assert after == before


def test_an_untouched_cell_is_told_too(sheetward: Run, shared: Path) -> None:
    told = sheetward("explain", "boss", "C002.name", "--json").json
    assert (told["rule"], told["base"], told["store"], told["sheet"]) == ("unchanged", "赵六", "赵六", "赵六")


def test_the_reader_of_a_sheet_is_told_what_they_may_see(sheetward: Run, shared: Path) -> None:
    type_into(shared / "boss.xlsx", "C001", "备注", "更秘密")
    assert sheetward("sync", "boss").status == 0
    type_into(shared / "east.xlsx", "C001", "备注", "猜的")
    call = sheetward("explain", "east", "C001.remark", "--json")
    assert (call.json["rule"], call.json["code"]) == ("rejected", "share.masked")
    assert "秘密" not in call.out
    for hidden in ("C002.phone", "C002.name"):
        call = sheetward("explain", "east", hidden, "--json")
        assert (call.status, call.json["error"]["code"]) == (2, "explain.no_cell")
        assert "赵六" not in call.out
    assert "秘密" not in sheetward("sync", "east", "--dry-run", "--json").out.replace("更秘密", "秘密")


@pytest.mark.parametrize("cell", ["ZZ5", "A1", "C001", "C001.nothing", "nobody.phone", "."])
def test_a_cell_that_is_not_there_is_a_mistake(sheetward: Run, shared: Path, cell: str) -> None:
    call = sheetward("explain", "boss", cell, "--json")
    assert (call.status, call.json["error"]["code"]) == (2, "explain.no_cell")
    assert sheetward("explain", "nobody", cell, "--json").json["error"]["code"] == "sheet.unknown"


def test_a_dry_run_and_the_status_list_every_cell(sheetward: Run, shared: Path) -> None:
    conflict(sheetward, shared)
    type_into(shared / "east.xlsx", "C003", "联系电话", "12")
    for call, key in (
        (sheetward("sync", "east", "--dry-run", "--json"), "sheets"),
        (sheetward("status", "--json"), "sheets"),
    ):
        (cells,) = [entry["cells"] for entry in call.json[key] if entry["name"] == "east"]
        assert {(c["key"], c["field"], c["rule"], c["code"]) for c in cells} == {
            ("C001", "phone", "conflict", "conflict.cell"),
            ("C003", "phone", "held", "phone.length"),
        }
    assert "cells" not in sheetward("sync", "boss", "--json").json["sheets"][0], "a sync that is done tells what it did"
    for text in (sheetward("sync", "--dry-run").out, sheetward("status").out):
        assert "13822222222" in text
        assert "2 cells are to be decided" in text


def test_the_first_twenty_cells_stand_in_the_text_and_all_in_the_json(sheetward: Run, tmp_path: Path) -> None:
    sheetward("init", "--table", "customers=customer", "--lang", "zh")
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [HEADERS, *([f"C{n:03d}", f"客户{n}", f"138{n:08d}", "华东", f"n{n}"] for n in range(30))]:
        book.active.append(row)
    book.save(tmp_path / "all.xlsx")
    sheetward("bind", "all.xlsx", "--as", "all", "--table", "customers", "--yes")
    call = sheetward("sync", "--dry-run")
    assert "150 cells are to be decided" in call.out
    assert call.out.count("it enters the store") == 20
    assert len(sheetward("sync", "--dry-run", "--json").json["sheets"][0]["cells"]) == 150


def test_a_guard_does_not_keep_a_cell_from_being_told(sheetward: Run, shared: Path) -> None:
    book = openpyxl.load_workbook(shared / "boss.xlsx")
    sheet = book.worksheets[0]
    for row in sheet.iter_rows():
        if str(row[0].value).startswith("C0"):
            for cell in row:
                cell.value = None
    book.save(shared / "boss.xlsx")
    call = sheetward("explain", "boss", "C001.phone", "--json")
    assert (call.json["rule"], call.json["sheet"]) == ("deleted_here", None)
    assert [guard["guard"] for guard in call.json["guards"]] == ["empty"]
    assert "guard empty" in sheetward("explain", "boss", "C001.phone").out


def test_every_rule_has_its_sentence() -> None:
    assert {f"why.{why}" for why in Why} <= catalogue().keys()
