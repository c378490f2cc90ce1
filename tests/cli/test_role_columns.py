"""What a changed role does to the columns of real files: tables, filters, plain ranges and CSV."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.table import Table
from sheetward.sharing import MASK_TEXT

Run = Callable[..., Any]

HEADERS = ["客户编号", "客户姓名", "联系电话", "区域", "备注"]
ROWS = [
    ["C001", "王五", "13800138000", "华东", "秘密甲"],
    ["C002", "赵六", "13900139000", "华东", "秘密乙"],
    ["C003", "钱七", "13700137000", "华北", None],
]
OPEN = '{columns: {"*": write}}'
NARROW = '{columns: {"*": write, remark: hide}}'
MASKED = '{columns: {"*": write, remark: mask}}'
ROLES = f"""\
roles:
  east: {OPEN}
  boss: {{columns: {{"*": write}}, insert: true, delete: true, move_out: true}}
"""


def book(path: Path, kind: str, headers: list[str], rows: list[list[str | None]]) -> None:
    made = openpyxl.Workbook()
    tab = made.active
    assert tab is not None
    tab.title = "客户"
    for line in [headers, *rows]:
        tab.append(line)
    area = f"A1:{tab.cell(1, len(headers)).column_letter}{len(rows) + 1}"
    if kind == "table":
        tab.add_table(Table(displayName="客户表", ref=area))
    elif kind == "filter":
        tab.auto_filter.ref = area
    other = made.create_sheet("我的")
    other["A1"] = "我自己的"
    made.save(path)


@pytest.fixture
def office(sheetward: Run, tmp_path: Path) -> Callable[[str, str], Path]:
    """Give a function that founds a workspace with the boss's workbook and the east's sheet of a kind, under a rule."""

    def founded(kind: str, rule: str) -> Path:
        assert sheetward("init", "--table", "customers=customer", "--lang", "zh").status == 0
        settings = tmp_path / "sheetward.yaml"
        settings.write_text(settings.read_text(encoding="utf-8").replace("roles: {}\n", ROLES), encoding="utf-8")
        turn(tmp_path, OPEN, rule)
        book(tmp_path / "boss.xlsx", "plain", HEADERS, ROWS)
        headers = HEADERS if rule == OPEN else HEADERS[:-1]
        path = tmp_path / ("east.csv" if kind == "csv" else "east.xlsx")
        if kind == "csv":
            path.write_text(",".join(headers) + "\n", encoding="utf-8")
        else:
            book(path, kind, headers, [])
        for name, file in (("boss", "boss.xlsx"), ("east", path.name)):
            call = sheetward("bind", file, "--as", name, "--table", "customers", "--role", name, "--yes")
            assert call.status == 0, call.err
        done(sheetward, "sync")
        done(sheetward, "sync")
        assert len(shown(path)) == 3
        return path

    return founded


def turn(folder: Path, old: str, new: str) -> None:
    settings = folder / "sheetward.yaml"
    text = settings.read_text(encoding="utf-8")
    assert f"east: {old}" in text
    settings.write_text(text.replace(f"east: {old}", f"east: {new}"), encoding="utf-8")


def done(sheetward: Run, *words: str) -> Any:
    call = sheetward(*words)
    assert call.status == 0, (call.out, call.err)
    return call


def lines(path: Path) -> list[list[str]]:
    if path.suffix == ".csv":
        return [line.split(",") for line in path.read_text(encoding="utf-8-sig").splitlines()]
    tab = openpyxl.load_workbook(path).worksheets[0]
    return [[str(cell or "") for cell in line] for line in tab.iter_rows(values_only=True)]


def shown(path: Path) -> dict[str, dict[str, str]]:
    head, *rest = lines(path)
    return {row["客户编号"]: row for line in rest if (row := dict(zip(head, line, strict=False)))["客户编号"]}


def codes(call: Any) -> list[str]:
    return [message["code"] for one in call.json["sheets"] if one["name"] == "east" for message in one["messages"]]


def remarks(sheetward: Run) -> set[str | None]:
    """Give the remarks that the store has."""
    record = done(sheetward, "table", "customers", "--role", "boss", "--json").json
    place = record["columns"].index("remark")
    return {row[place] for row in record["rows"]}


def every_byte(path: Path) -> str:
    if path.suffix == ".csv":
        return path.read_text(encoding="utf-8-sig")
    with zipfile.ZipFile(path) as packed:
        return "".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())


def table_of(path: Path) -> Table:
    (table,) = openpyxl.load_workbook(path).worksheets[0].tables.values()
    return table


@pytest.mark.parametrize("kind", ["plain", "filter", "table", "csv"])
@pytest.mark.parametrize(("rule", "remark"), [(OPEN, "秘密甲"), (MASKED, MASK_TEXT)])
def test_a_column_newly_seen_is_appended_inside_the_table(
    sheetward: Run, office: Callable[[str, str], Path], kind: str, rule: str, remark: str
) -> None:
    path = office(kind, NARROW)
    assert "秘密甲" not in every_byte(path)
    turn(path.parent, NARROW, rule)
    (change,) = sheetward("share", "plan", "--json").json["sheets"]
    assert change["columns_gained"] == ["remark"]
    done(sheetward, "share", "apply", "--yes")
    dry = sheetward("sync", "--dry-run", "--json")
    assert "columns.added" in codes(dry)
    call = done(sheetward, "sync", "--json")
    assert "columns.added" in codes(call)
    assert shown(path)["C001"]["备注"] == remark
    assert shown(path)["C003"]["备注"] == ""
    head = lines(path)[0]
    assert head[-2:] == ["_sheetward_id", "备注"]
    before = path.read_bytes()
    done(sheetward, "sync")
    assert path.read_bytes() == before
    if kind == "table":
        table = table_of(path)
        assert [column.name for column in table.tableColumns] == head
        assert table.ref == "A1:F4"
    if kind == "filter":
        assert openpyxl.load_workbook(path).worksheets[0].auto_filter.ref == "A1:F4"


@pytest.mark.parametrize("kind", ["plain", "filter", "table", "csv"])
def test_a_column_newly_hidden_leaves_with_its_header(
    sheetward: Run, office: Callable[[str, str], Path], kind: str
) -> None:
    path = office(kind, OPEN)
    assert shown(path)["C001"]["备注"] == "秘密甲"
    turn(path.parent, OPEN, NARROW)
    (change,) = sheetward("share", "plan", "--json").json["sheets"]
    assert change["columns_lost"] == ["remark"]
    done(sheetward, "share", "apply", "--yes")
    call = done(sheetward, "sync", "--json")
    assert "columns.closed" in codes(call)
    held = every_byte(path)
    assert not [word for word in ("备注", "秘密甲", "秘密乙") if word in held]
    head = lines(path)[0]
    assert head[4] == ("" if kind in ("filter", "csv") else "列5")
    assert head[5] == "_sheetward_id"
    if kind == "table":
        assert [column.name for column in table_of(path).tableColumns] == head
    before = path.read_bytes()
    call = sheetward("sync", "--json")
    assert (call.status, path.read_bytes()) == (0, before)
    assert codes(call) == []
    assert remarks(sheetward) == {"秘密甲", "秘密乙", None}
    turn(path.parent, NARROW, OPEN)
    done(sheetward, "share", "apply", "--yes")
    done(sheetward, "sync")
    assert shown(path)["C001"]["备注"] == "秘密甲"


@pytest.mark.parametrize("kind", ["plain", "table"])
def test_a_private_column_under_that_header_is_left_to_its_owner(
    sheetward: Run, office: Callable[[str, str], Path], kind: str
) -> None:
    path = office(kind, NARROW)
    made = openpyxl.load_workbook(path)
    tab = made.worksheets[0]
    column = 8 if kind == "table" else 7
    tab.cell(1, column).value, tab.cell(2, column).value = "备注", "我的话"
    made.save(path)
    done(sheetward, "sync")
    turn(path.parent, NARROW, OPEN)
    done(sheetward, "share", "apply", "--yes")
    call = sheetward("sync", "--json")
    head = lines(path)[0]
    if kind == "table":
        assert head == [*HEADERS[:-1], "_sheetward_id", "备注2", "", "备注"]
        assert shown(path)["C001"]["备注2"] == "秘密甲"
    else:
        assert "columns.no_room" in codes(call)
    assert openpyxl.load_workbook(path).worksheets[0].cell(2, column).value == "我的话"
    assert remarks(sheetward) == {"秘密甲", "秘密乙", None}


def test_a_column_taken_out_is_said_and_not_put_back(sheetward: Run, office: Callable[[str, str], Path]) -> None:
    path = office("plain", NARROW)
    turn(path.parent, NARROW, OPEN)
    done(sheetward, "share", "apply", "--yes")
    done(sheetward, "sync")
    made = openpyxl.load_workbook(path)
    made.worksheets[0].delete_cols(6)
    made.save(path)
    assert "columns.lost" in codes(sheetward("sync", "--json"))
    done(sheetward, "sync")
    assert "备注" not in lines(path)[0]
    assert remarks(sheetward) == {"秘密甲", "秘密乙", None}


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
@pytest.mark.parametrize(("old", "new"), [(NARROW, OPEN), (OPEN, NARROW)])
def test_libreoffice_reads_a_table_whose_columns_came_or_went(
    sheetward: Run, office: Callable[[str, str], Path], tmp_path: Path, old: str, new: str
) -> None:
    path = office("table", old)
    turn(path.parent, old, new)
    done(sheetward, "share", "apply", "--yes")
    done(sheetward, "sync")
    out = tmp_path / "out"
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", "--headless", profile, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out)]
    subprocess.run([*command, str(path)], check=True, capture_output=True, timeout=120)
    saved = openpyxl.load_workbook(io.BytesIO((out / path.name).read_bytes())).worksheets[0]
    head = [cell.value for cell in saved[1]]
    assert head[: len(lines(path)[0])] == lines(path)[0]
    assert [cell.value for cell in saved["A"]] == ["客户编号", "C001", "C002", "C003"]
