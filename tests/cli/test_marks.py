"""`validate --mark` and `--unmark`: findings painted, noted and listed in a closed workbook, and taken away again.

> A check may paint a workbook; it never changes a cell, a colour, a note or a comment in it, and takes away all it brought.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import PatternFill

Run = Callable[..., Any]
HEADER = ("客户编号", "客户姓名", "联系电话", "电子邮件", "公司名称")
ROWS = (
    ("C1", "张三", "13800138000", "a@exmaple", "某公司"),
    ("C1", "李四", "1234", "li@example.com", "甲公司"),
    ("C3", "王五", "13900139000", "wang@example.com", ""),
)
OURS = {"xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"}


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def people_s_own(path: Path) -> Path:
    """Write a table with colours, a conditional format, notes and formulas of its user's."""
    book = openpyxl.Workbook()
    tab = book.active
    assert tab is not None
    tab.title = "客户"
    for row in (HEADER, *ROWS):
        tab.append(list(row))
    tab["C3"].fill = PatternFill("solid", fgColor="FF92D050")
    tab["C3"].comment = Comment("打过电话，没人接", "李经理")
    tab.conditional_formatting.add("A2:A9", CellIsRule("equal", ['"C3"'], fill=PatternFill(bgColor="FFFF0000")))
    book.create_sheet("合计")["A1"] = "=COUNTA(客户!A2:A9)"
    book.save(path)
    return path


def with_macros_and_charts(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        tab = book.add_worksheet("客户")
        for number, row in enumerate((HEADER, *ROWS)):
            tab.write_row(number, 0, row)
        tab.write_comment("C3", "keep me")
        tab.conditional_format("E2:E9", {"type": "data_bar"})
        tab.data_validation("E2:E9", {"validate": "length", "criteria": "<", "value": 100, "input_title": "公司"})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=客户!$A$2:$A$4"})
        tab.insert_chart("H2", chart)
        macros = path.with_suffix(".bin")
        macros.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
        book.add_vba_project(str(macros))
    return path


BOOKS = {"own.xlsx": people_s_own, "macros.xlsm": with_macros_and_charts}
every_book = pytest.mark.parametrize("name", BOOKS)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def rows_part(data: bytes) -> bytes:
    return data[data.index(b"<sheetData>") : data.index(b"</sheetData>")]


@every_book
def test_marks_change_no_cell_no_note_and_no_other_part(sheetward: Run, tmp_path: Path, name: str) -> None:
    path = BOOKS[name](tmp_path / name)
    before = parts(path)
    assert sheetward("validate", path, "--mark", "--json").status == 1
    after = parts(path)
    sheet = "xl/worksheets/sheet1.xml"
    added = after.keys() - before.keys()
    assert len(added) == 1
    assert {part for part in before if after[part] != before[part]} <= {*OURS, sheet}
    assert rows_part(after[sheet]) == rows_part(before[sheet])


@every_book
def test_marked_twice_is_the_same_file(sheetward: Run, tmp_path: Path, name: str) -> None:
    path = BOOKS[name](tmp_path / name)
    sheetward("validate", path, "--mark")
    once, written = path.read_bytes(), path.stat().st_mtime_ns
    sheetward("validate", path, "--mark")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (once, written)


@every_book
def test_unmarked_at_once_is_the_very_same_file(sheetward: Run, tmp_path: Path, name: str) -> None:
    path = BOOKS[name](tmp_path / name)
    before = path.read_bytes()
    for lang in ("zh", "en"):
        sheetward("validate", path, "--mark", "--lang", lang)
    assert path.read_bytes() != before
    assert sheetward("validate", path, "--unmark").status == 0
    assert path.read_bytes() == before


def test_what_was_edited_since_is_never_put_back(sheetward: Run, tmp_path: Path) -> None:
    path = people_s_own(tmp_path / "k.xlsx")
    sheetward("validate", path, "--mark")
    sheetward("patch", path, "--tab", "客户", "--set", "B2=新名")
    sheetward("validate", path, "--mark", "--lang", "zh")
    sheetward("validate", path, "--unmark")
    book = openpyxl.load_workbook(path)
    assert book["客户"]["B2"].value == "新名"
    assert book.sheetnames == ["客户", "合计"]
    assert not book["客户"].data_validations.dataValidation


@every_book
def test_unmarked_later_is_as_before_apart_from_formats_that_nothing_uses(
    sheetward: Run, tmp_path: Path, name: str
) -> None:
    path = BOOKS[name](tmp_path / name)
    before = parts(path)
    sheetward("validate", path, "--mark")
    shutil.rmtree(tmp_path / "state")
    assert sheetward("validate", path, "--unmark", "--json").json["changed"] is True
    after = parts(path)
    assert after.keys() == before.keys()
    assert {part for part in before if after[part] != before[part]} <= OURS
    assert after["xl/workbook.xml"] == before["xl/workbook.xml"]
    assert sheetward("validate", path, "--unmark", "--json").json["changed"] is False


def test_the_cell_says_what_is_wrong_and_the_list_leads_there(sheetward: Run, tmp_path: Path) -> None:
    path = people_s_own(tmp_path / "k.xlsx")
    sheetward("validate", path, "--mark", "--lang", "zh")
    book = openpyxl.load_workbook(path)
    tab = book["客户"]
    painted = {str(block.sqref): rule.formula for block in tab.conditional_formatting for rule in block.rules}
    assert any("C3" in areas and "_sheetward:error" in formula[0] for areas, formula in painted.items() if formula)
    notes = {str(rule.sqref): rule.prompt for rule in tab.data_validations.dataValidation}
    assert {"A2", "A3", "C3", "D2"} == set(notes)
    assert "1234" in notes["C3"]
    assert tab["C3"].comment.text == "打过电话，没人接"
    assert tab["C3"].fill.fgColor.rgb == "FF92D050"
    listed = book["检查结果"]
    lines = {row[0].value: row for row in listed.iter_rows(min_row=3)}
    assert lines["客户 C3"][0].hyperlink.location == "'客户'!C3"
    assert [cell.value for cell in lines["客户 C3"][1:4]] == ["错误", "联系电话", "1234"]
    assert listed.auto_filter.ref == f"A2:G{listed.max_row}"
    assert listed.column_dimensions["H"].hidden


def test_a_finding_that_was_put_right_loses_its_mark_and_its_line(sheetward: Run, tmp_path: Path) -> None:
    path = people_s_own(tmp_path / "k.xlsx")
    sheetward("validate", path, "--mark", "--lang", "zh")
    sheetward("patch", path, "--tab", "客户", "--set", "C3=13700137000", "--set", "A3=C2", "--set", "D2=")
    assert sheetward("validate", path, "--mark", "--lang", "zh").status == 0
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["客户", "合计"]
    assert not book["客户"].data_validations.dataValidation
    assert [str(block.sqref) for block in book["客户"].conditional_formatting] == ["A2:A9"]


def test_the_list_holds_the_findings_of_several_tabs(sheetward: Run, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    tab = book.active
    assert tab is not None
    for title, one in (("东", tab), ("西", book.create_sheet("西"))):
        one.title = title
        for row in (HEADER, *ROWS):
            one.append(list(row))
    path = tmp_path / "two.xlsx"
    book.save(path)
    for title in ("东", "西", "东"):
        sheetward("validate", path, "--tab", title, "--mark", "--lang", "zh")
    tabs = [str(row[0].value)[0] for row in openpyxl.load_workbook(path)["检查结果"].iter_rows(min_row=3)]
    assert sorted(set(tabs)) == ["东", "西"]
    assert tabs.count("东") == tabs.count("西")


def test_a_marked_workbook_is_checked_and_its_list_is_no_table(sheetward: Run, tmp_path: Path) -> None:
    path = people_s_own(tmp_path / "k.xlsx")
    before = sheetward("validate", path, "--json").json["findings"]
    sheetward("validate", path, "--mark")
    book = openpyxl.load_workbook(path)
    book.move_sheet("Findings", -2)
    book.save(path)
    again = sheetward("validate", path, "--json").json
    assert (again["tab"], again["findings"]) == ("客户", before)


def test_what_is_no_workbook_cannot_be_marked(sheetward: Run, tmp_path: Path) -> None:
    path = tmp_path / "k.csv"
    path.write_text(",".join(HEADER) + "\nC1,张三,1234,,\n", encoding="utf-8")
    for option in ("--mark", "--unmark"):
        call = sheetward("validate", path, option, "--json")
        assert (call.status, call.json["error"]["code"]) == (2, "check.only_workbooks")


def test_a_locked_workbook_is_painted_without_a_list(sheetward: Run, tmp_path: Path) -> None:
    path = people_s_own(tmp_path / "k.xlsx")
    book = openpyxl.load_workbook(path)
    book.security.lockStructure = True
    book.save(path)
    assert sheetward("validate", path, "--mark").status == 1
    marked = openpyxl.load_workbook(path)
    assert marked.sheetnames == ["客户", "合计"]
    assert any(
        "_sheetward:error" in str(rule.formula) for b in marked["客户"].conditional_formatting for rule in b.rules
    )


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_libreoffice_keeps_the_marks_and_they_go_from_its_file_too(sheetward: Run, tmp_path: Path) -> None:
    path = people_s_own(tmp_path / "k.xlsx")
    sheetward("validate", path, "--mark")
    out, profile = tmp_path / "out", f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", "--headless", profile, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out)]
    subprocess.run([*command, str(path)], check=True, capture_output=True, timeout=120)
    saved = out / path.name
    assert b"_sheetward:error" in parts(saved)["xl/worksheets/sheet1.xml"]
    assert sheetward("validate", saved, "--unmark", "--json").json["changed"] is True
    assert b"_sheetward" not in parts(saved)["xl/worksheets/sheet1.xml"]
    assert openpyxl.load_workbook(saved).sheetnames == ["客户", "合计"]


WIDE = 'roles:\n  east: {columns: {"*": write}, insert: true, delete: true}\n'


def test_what_a_role_takes_away_leaves_the_marks_and_the_list_too(sheetward: Run, tmp_path: Path) -> None:
    """The findings of a check repeat values; a column that is hidden later takes them along, bytes and all."""
    book = openpyxl.Workbook()
    tab = book.active
    assert tab is not None
    tab.title = "客户"
    for number in range(1, 6):
        tab.append(
            list(HEADER) if number == 1 else [f"C{number}", "王五", "13800138000", f"secret{number}@gmial.com", ""]
        )
    path = tmp_path / "k.xlsx"
    book.save(path)
    sheetward("init", "--table", "customers=customer")
    settings = tmp_path / "sheetward.yaml"
    plain = re.sub(r"(?m)^roles:.*\n?", "", settings.read_text(encoding="utf-8"))
    settings.write_text(plain + WIDE, encoding="utf-8")
    for call in (
        ("share", "apply", "--yes"),
        ("bind", "k.xlsx", "--as", "k", "--table", "customers", "--role", "east", "--yes"),
        ("sync",),
    ):
        assert sheetward(*call).status == 0
    assert sheetward("validate", "k", "--mark").status == 1
    assert any(b"gmial" in data for name, data in parts(path).items() if name != "xl/worksheets/sheet1.xml")
    narrow = settings.read_text(encoding="utf-8").replace('{"*": write}', '{"*": write, email: hide}')
    settings.write_text(narrow, encoding="utf-8")
    assert sheetward("share", "apply", "--yes").status == 0
    assert sheetward("sync").status == 0
    assert not [name for name, data in parts(path).items() if b"gmial" in data]
    assert sheetward("validate", "k", "--mark").status == 0
    assert "Findings" not in openpyxl.load_workbook(path).sheetnames
