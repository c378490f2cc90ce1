"""Rows and columns that wander, as people meet them: on the command line, in real workbooks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Run = Callable[..., Any]

HEADERS = ["客户编号", "客户姓名", "联系电话", "区域", "备注"]


def customer(number: int, region: str = "华东") -> list[str]:
    return [f"C{number:03d}", f"客户{number}", f"1380000{number:04d}", region, f"第{number}条"]


def made(path: Path, rows: list[list[str]]) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [HEADERS, *rows]:
        book.active.append(row)
    book.save(path)


def lines(path: Path) -> list[list[object]]:
    """Give the rows of the customers' tab under its header, ids last."""
    rows = [list(row) for row in openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)]
    start = next(place for place, row in enumerate(rows) if row[0] == "客户编号")
    return [row for row in rows[start + 1 :] if any(row)]


@pytest.fixture
def firm(sheetward: Run, tmp_path: Path) -> Path:
    """A workspace with one sheet of ten customers."""
    sheetward("init", "--table", "customers=customer", "--lang", "zh")
    made(tmp_path / "all.xlsx", [customer(number) for number in range(10)])
    assert sheetward("bind", "all.xlsx", "--as", "all", "--table", "customers", "--yes").status == 0
    assert sheetward("sync").status == 0
    return tmp_path


def sort_column(path: Path, column: int) -> None:
    """Sort one column by itself, backwards, as Excel does with 'continue with the current selection'."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    cells = [row[column] for row in sheet.iter_rows() if str(row[0].value).startswith("C")]
    for cell, value in zip(cells, sorted((str(c.value) for c in cells), reverse=True), strict=True):
        cell.value = value
    book.save(path)


def phones(sheetward: Run) -> list[str]:
    table = sheetward("table", "customers", "--json").json
    return [row[table["columns"].index("phone")] for row in table["rows"]]


def test_a_column_sorted_alone_is_one_message_and_one_command(sheetward: Run, firm: Path) -> None:
    before = phones(sheetward)
    sort_column(firm / "all.xlsx", 2)
    call = sheetward("sync", "--json")
    (held,) = call.json["sheets"][0]["held"]
    assert call.status == 4
    assert {name: held[name] for name in ("code", "row", "key", "column", "field", "cell")} == {
        "code": "identity.shifted_column", "row": None, "key": None, "column": "联系电话", "field": "phone", "cell": None,
    }  # fmt: skip
    assert "联系电话" in held["message"]
    assert phones(sheetward) == before
    text = sheetward("held", "list").out
    assert text.count("shifted by itself") == 1
    assert sheetward("held", "drop", "--sheet", "all", "--field", "phone").status == 0
    assert sheetward("sync").status == 0
    assert [line[2] for line in lines(firm / "all.xlsx")] == before


def test_a_column_sorted_on_purpose_is_accepted_in_one_command(sheetward: Run, firm: Path) -> None:
    before = phones(sheetward)
    sort_column(firm / "all.xlsx", 2)
    sheetward("sync")
    assert sheetward("held", "accept", "--field", "phone").status == 0
    assert phones(sheetward) == before[::-1]
    assert sheetward("sync").status == 0
    assert len(sheetward("history", "--json").json["commits"]) == 2


def test_a_selection_that_says_nothing_or_two_things_is_a_mistake(sheetward: Run, firm: Path) -> None:
    for arguments in ([], ["h123456789", "--sheet", "all"]):
        for verb in ("accept", "drop"):
            call = sheetward("held", verb, *arguments, "--json")
            assert (call.status, call.json["error"]["code"]) == (2, "usage.one_of")


ROLES = """\
roles:
  boss: {columns: {"*": write}, insert: true, delete: true, move_out: true}
  east: {rows: {region: 华东}, columns: {"*": write}, insert: true, delete: true}
"""


@pytest.fixture
def shared(sheetward: Run, tmp_path: Path) -> Path:
    """A workspace with everybody's sheet and one of the east only."""
    sheetward("init", "--table", "customers=customer", "--lang", "zh")
    settings = tmp_path / "sheetward.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("roles: {}\n", ROLES), encoding="utf-8")
    made(tmp_path / "boss.xlsx", [customer(1), customer(2, "华北"), customer(3)])
    for name, more in (("boss", []), ("east", ["--create"])):
        bound = sheetward("bind", f"{name}.xlsx", "--as", name, "--table", "customers", "--role", name, "--yes", *more)
        assert bound.status == 0
    assert sheetward("sync").status == 0
    return tmp_path


def paste_row(source: Path, key: str, target: Path, **changed: str) -> None:
    """Copy a row, id included, below the rows of another workbook."""
    book = openpyxl.load_workbook(target)
    sheet = book.worksheets[0]
    header = next(row for row in sheet.iter_rows(values_only=True) if row[0] == "客户编号")
    taken = next(row for row in lines(source) if row[0] == key)
    from_header = [cell.value for cell in next(openpyxl.load_workbook(source).worksheets[0].iter_rows())]
    cells = dict(zip(map(str, from_header), taken, strict=True)) | changed
    end = max(row[0].row for row in sheet.iter_rows() if any(cell.value is not None for cell in row))
    for column, name in enumerate(header, 1):
        sheet.cell(end + 1, column).value = cells.get(str(name))  # type: ignore[assignment]
    book.save(target)


def test_a_row_carried_into_a_sheet_that_may_not_see_it_is_told_to_the_administrator_alone(
    sheetward: Run, shared: Path
) -> None:
    paste_row(shared / "boss.xlsx", "C002", shared / "east.xlsx", 区域="华东")
    call = sheetward("sync", "east", "--json")
    (held,) = call.json["sheets"][0]["held"]
    assert (held["code"], held["key"]) == ("key.taken", "C002")
    answer = sheetward("sync", "east").out + sheetward("held", "list").out + str(call.json)
    for telling in ("boss", "carried", "moved", "华北"):
        assert telling not in answer
    (move,) = sheetward("status", "--json").json["moves"]
    assert {name: move[name] for name in ("name", "key", "shown_in", "item")} == {
        "name": "east", "key": "C002", "shown_in": ["boss"], "item": held["id"],
    }  # fmt: skip
    assert "carried over" in sheetward("status").out
    assert "从别的表格带来" in sheetward("status", "--lang", "zh").out


def test_a_number_that_is_taken_says_the_same_wherever_the_row_is(sheetward: Run, shared: Path) -> None:
    """In view, or out of view: the reader learns nothing from the answer."""
    answers = []
    for key in ("C001", "C002"):
        book = openpyxl.load_workbook(shared / "east.xlsx")
        sheet = book.worksheets[0]
        header = next(row for row in sheet.iter_rows() if row[0].value == "客户编号")
        end = max(row[0].row for row in sheet.iter_rows() if any(cell.value is not None for cell in row))
        typed = {"客户编号": key, "客户姓名": "别人", "联系电话": "13800009999", "区域": "华东"}
        for cell in header:
            sheet.cell(end + 1, cell.column).value = typed.get(str(cell.value))
        book.save(shared / "east.xlsx")
        (held,) = [h for h in sheetward("sync", "east", "--json").json["sheets"][0]["held"] if h["key"] == key]
        answers.append((held["code"], held["message"], held["field"], sorted(held)))
        assert sheetward("held", "drop", held["id"]).status == 0
        assert sheetward("sync", "east").status == 0
        assert not sheetward("status", "--json").json["moves"]
    assert answers[0] == answers[1]
