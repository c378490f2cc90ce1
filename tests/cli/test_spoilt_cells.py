"""Cells that a spreadsheet has spoilt in a bound sheet are told with what stood there, and given back on demand."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Run = Callable[..., Any]

SCHEMA = """
name: part
primaryKey: no
x:labels: {zh: 零件, en: Parts}
fields:
  - {name: no, x:labels: {zh: 编号, en: No}, x:format: {kind: code}, x:auto: {kind: sequence, format: "P{:03d}"}}
  - {name: code, x:labels: {zh: 料号, en: Code}, x:format: {kind: code}}
  - {name: phone, x:labels: {zh: 电话, en: Phone}, x:format: {kind: phone, show: national}}
  - {name: id_number, x:labels: {zh: 身份证, en: ID card}, x:format: {kind: cn_id}, x:sensitivity: internal}
  - {name: secret, x:labels: {zh: 密码, en: Secret}, x:format: {kind: code}}
"""
HEADERS = ["No", "Code", "Phone", "ID card", "Secret"]
ROWS = [
    ["P001", "0012", "13800138000", "11010519491231002X", "0007"],
    ["P002", "3-5", "13900139000", "440524188001010014", "s2"],
    ["P003", "110060149018010034567", "010-62345678", None, "s3"],
    ["P004", "MAR5", None, None, "s4"],
    ["P005", "plain", None, None, "s5"],
]


@pytest.fixture(params=["xlsx", "csv"])
def bound(request: pytest.FixtureRequest, sheetward: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sheet in step with the store."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "part.yaml").write_text(SCHEMA, encoding="utf-8")
    path = tmp_path / f"parts.{request.param}"
    if request.param == "xlsx":
        book = openpyxl.Workbook()
        assert book.active is not None
        for row in [HEADERS, *ROWS]:
            book.active.append(row)
        book.save(path)
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADERS, *ROWS])
    assert sheetward("init", "--table", "parts=part.yaml", "--lang", "en").status == 0
    assert sheetward("bind", path.name, "--as", "parts", "--table", "parts", "--yes").status == 0
    assert sheetward("sync").status == 0
    return path


def _spoil(path: Path) -> None:
    """Do to the sheet what opening and saving it with the wrong column types does."""
    if path.suffix == ".csv":
        text = path.read_text(encoding="utf-8-sig")
        for good, bad in (
            ("0012", "12"),
            ("3-5", "3月5日"),
            ("110060149018010034567", "1.10060149018010E+20"),
            ("440524188001010014", "440524188001010000"),
            ("13900139000", "1.39E+10"),
        ):
            assert good in text
            text = text.replace(good, bad, 1)
        path.write_text(text, encoding="utf-8")
        return
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    cells = {str(cell.value): cell for row in sheet.iter_rows() for cell in row if cell.value is not None}
    cells["0012"].value = 12
    cells["3-5"].value = dt.datetime(2026, 3, 5)
    cells["110060149018010034567"].value = 110060149018010000000
    cells["440524188001010014"].value = 440524188001010000
    cells["13900139000"].value = "1.39E+10"
    book.save(path)


GOOD = {
    ("code", "0012"),
    ("code", "3-5"),
    ("code", "110060149018010034567"),
    ("id_number", "440524188001010014"),
    ("phone", "13900139000"),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_validate_offers_what_the_history_of_the_cell_knows(sheetward: Run, bound: Path, lang: str) -> None:
    _spoil(bound)
    findings = sheetward("validate", bound, "--json", "--lang", lang).json["findings"]
    spoilt = [f for f in findings if f["code"] == "cell.spoilt"]
    assert {(f["field"], f["suggestion"]) for f in spoilt} == GOOD
    assert all(f["candidates"] == [f["suggestion"]] and "parts:1" in f["message"] for f in spoilt)
    assert len({f["cell"] for f in findings}) == len(findings)  # a spoilt cell is told once


def test_fix_gives_back_only_when_told_to_and_undo_takes_it_back(sheetward: Run, bound: Path) -> None:
    _spoil(bound)
    before = bound.read_bytes()
    offered = sheetward("fix", bound, "--dry-run", "--json").json
    assert not {c["new"] for c in offered["changed"]} & {good for _, good in GOOD}
    assert {(f["field"], f["suggestion"]) for f in offered["left"] if f["code"] == "cell.spoilt"} == GOOD
    assert bound.read_bytes() == before

    done = sheetward("fix", bound, "--from-history", "--json").json
    assert {(c["field"], c["new"]) for c in done["changed"] if c["code"] == "fix.history"} == GOOD
    again = sheetward("validate", bound, "--json").json
    assert [f["code"] for f in again["findings"]] == []
    assert sheetward("fix", bound, "--from-history", "--json").json["changed"] == []
    assert sheetward("sync").status == 0
    assert sheetward("table", "parts", "--json").json["rows"][0][1] == "0012"


def test_what_was_synced_spoilt_is_found_in_older_commits_and_undone(sheetward: Run, bound: Path) -> None:
    _spoil(bound)
    assert sheetward("sync").status in {0, 4}
    done = sheetward("fix", bound, "--from-history", "--json").json
    assert ("code", "0012") in {(c["field"], c["new"]) for c in done["changed"]}
    assert sheetward("sync").status in {0, 4}
    rows = {row[0]: row for row in sheetward("table", "parts", "--json").json["rows"]}
    assert rows["P001"][1] == "0012"
    assert sheetward("undo", "--yes").status == 0
    rows = {row[0]: row for row in sheetward("table", "parts", "--json").json["rows"]}
    assert rows["P001"][1] == "12"


def test_an_edit_that_no_spreadsheet_makes_is_left_alone(sheetward: Run, bound: Path) -> None:
    if bound.suffix == ".csv":
        bound.write_text(bound.read_text(encoding="utf-8-sig").replace("0012", "0013"), encoding="utf-8")
    else:
        book = openpyxl.load_workbook(bound)
        next(c for row in book.worksheets[0].iter_rows() for c in row if c.value == "0012").value = "0013"
        book.save(bound)
    assert sheetward("validate", bound, "--json").json["findings"] == []


def test_the_old_value_of_a_hidden_column_is_not_told(sheetward: Run, tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text(SCHEMA, encoding="utf-8")
    sheetward("init", "--table", "parts=part.yaml", "--lang", "en")
    settings = tmp_path / "sheetward.yaml"
    roles = 'roles:\n  all: {columns: {"*": write}, insert: true}\n  some: {columns: {"*": write, secret: mask}}\n'
    settings.write_text(settings.read_text(encoding="utf-8").replace("roles: {}\n", roles), encoding="utf-8")
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [HEADERS, *ROWS]:
        book.active.append(row)
    book.save(tmp_path / "all.xlsx")
    for name, more in (("all", []), ("some", ["--create"])):
        arguments = ["bind", f"{name}.xlsx", "--as", name, "--table", "parts", "--role", name, "--yes", *more]
        assert sheetward(*arguments).status == 0
    assert sheetward("sync").status == 0
    book = openpyxl.load_workbook(tmp_path / "some.xlsx")
    sheet = book.worksheets[0]
    place = next(c for row in sheet.iter_rows() for c in row if c.value == "P001").row
    column = next(c for row in sheet.iter_rows() for c in row if c.value == "Secret").column
    sheet.cell(place, column).value = 7
    book.save(tmp_path / "some.xlsx")
    answer = sheetward("validate", "some.xlsx", "--json")
    assert "0007" not in answer.out


def test_a_file_that_is_bound_nowhere_has_no_history(sheetward: Run, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("客户编号,客户姓名,联系电话\nC1,张三,1.38E+10\n", encoding="utf-8")
    call = sheetward("fix", "p.csv", "--from-history", "--json")
    assert (call.status, call.json["error"]["code"]) == (2, "fix.not_bound")
