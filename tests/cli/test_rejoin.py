"""What was agreed on after the backup is agreed on again before the sheets rejoin: nothing leaks, no row is deleted."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Run = Callable[..., Any]

SCHEMA = """\
name: deal
primaryKey: [no]
fields:
  - {name: no, constraints: {required: true, unique: true}, "x:labels": {zh: 编号, en: No}}
  - {name: who, "x:labels": {zh: 客户, en: Customer}}
  - {name: note, "x:labels": {zh: 备注, en: Note}}
"""
WIDE = 'b: {columns: {"*": write}, insert: true, delete: true}'
ROLES = f"""\
roles:
  a: {{columns: {{"*": write, note: write}}, insert: true, delete: true, move_out: true}}
  {WIDE}
"""


def type_into(path: Path, place: str, value: object) -> None:
    book = openpyxl.load_workbook(path)
    book.worksheets[0][place].value = value
    book.save(path)


def in_bytes(path: Path, text: str) -> bool:
    with zipfile.ZipFile(path) as package:
        return any(text.encode() in package.read(name) for name in package.namelist())


@pytest.fixture
def firm(sheetward: Run, tmp_path: Path) -> Path:
    (tmp_path / "deal.yaml").write_text(SCHEMA, encoding="utf-8")
    assert sheetward("init", "--table", "deals=deal.yaml", "--lang", "zh").status == 0
    settings = tmp_path / "sheetward.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("roles: {}\n", ROLES), encoding="utf-8")
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [["编号", "客户", "备注"], *([f"D{n}", f"客{n}", f"备{n}"] for n in range(1, 7))]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    for name, more in (("a", ()), ("b", ("--create",))):
        bound = sheetward("bind", f"{name}.xlsx", "--as", name, "--table", "deals", "--role", name, "--yes", *more)
        assert bound.status == 0, bound.err
    assert sheetward("sync").status == 0
    shutil.copy(tmp_path / "sheetward.db", tmp_path / "backup.db")
    return tmp_path


def put_back(firm: Path) -> None:
    for end in ("", "-wal", "-shm"):
        (firm / f"sheetward.db{end}").unlink(missing_ok=True)
    shutil.copy(firm / "backup.db", firm / "sheetward.db")


def rows(sheetward: Run) -> list[list[object]]:
    return list(sheetward("table", "deals", "--json").json["rows"])


@pytest.mark.parametrize(
    "narrow",
    [
        'b: {columns: {"*": write, note: mask}, insert: true, delete: true}',
        'b: {columns: {"*": write, note: hide}, insert: true, delete: true}',
        'b: {rows: {who: {ne: 客2}}, columns: {"*": write}, insert: true, delete: true}',
    ],
)
def test_a_role_narrowed_since_the_backup_is_put_in_force_before_the_sheets_rejoin(
    sheetward: Run, firm: Path, narrow: str
) -> None:
    settings = firm / "sheetward.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace(WIDE, narrow), encoding="utf-8")
    assert sheetward("share", "apply", "--yes").status == 0
    type_into(firm / "a.xlsx", "C3", "机密")
    assert sheetward("sync").status == 0
    before, known = rows(sheetward), (firm / "b.xlsx").read_bytes()
    assert not in_bytes(firm / "b.xlsx", "机密")
    put_back(firm)
    for lang, word in (("en", "share apply"), ("zh", "删除")):
        stopped = sheetward("rejoin", "--yes", "--lang", lang)
        assert (stopped.status, word in stopped.err) == (3, True), stopped.err
    assert (firm / "b.xlsx").read_bytes() == known
    assert sheetward("share", "apply", "--yes").status == 0
    assert sheetward("rejoin", "--yes").status == 0
    assert sheetward("sync").status == 0
    assert rows(sheetward) == before
    assert not in_bytes(firm / "b.xlsx", "机密")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{name: note,", '{name: note, "x:sensitivity": restricted,'),
        ("{name: who,", '{name: customer, "x:renamed_from": who,'),
    ],
)
def test_a_schema_changed_since_the_backup_is_put_in_force_before_the_sheets_rejoin(
    sheetward: Run, firm: Path, old: str, new: str
) -> None:
    (firm / "deal.yaml").write_text(SCHEMA.replace(old, new), encoding="utf-8")
    assert sheetward("schema", "apply", "--yes").status == 0
    type_into(firm / "a.xlsx", "C3", "机密")
    type_into(firm / "b.xlsx", "B4", "客三")
    assert sheetward("sync").status == 0
    assert sheetward("sync").status == 0
    before, leaks = rows(sheetward), in_bytes(firm / "b.xlsx", "机密")
    put_back(firm)
    stopped = sheetward("rejoin", "--yes", "--json")
    assert (stopped.status, stopped.json["error"]["code"]) == (3, "rejoin.agree_first")
    assert sheetward("schema", "apply", "--yes").status == 0
    assert sheetward("rejoin", "--yes").status == 0
    assert sheetward("sync").status == 0
    assert (rows(sheetward), in_bytes(firm / "b.xlsx", "机密")) == (before, leaks)


def test_undo_never_takes_a_recovery_back(sheetward: Run, firm: Path) -> None:
    type_into(firm / "a.xlsx", "C3", "补记")
    assert sheetward("sync").status == 0
    before = rows(sheetward)
    put_back(firm)
    assert sheetward("rejoin", "--yes").status == 0
    assert rows(sheetward) == before
    for lang in ("zh", "en"):
        refused = sheetward("undo", "--yes", "--lang", lang, "--json")
        assert (refused.status, refused.json["error"]["code"]) == (2, "undo.rejoined")
    assert rows(sheetward) == before
    run = refused.json["error"]["run"]
    type_into(firm / "a.xlsx", "C4", "误改")
    assert sheetward("sync").status == 0
    assert sheetward("undo", "--yes").status == 0
    assert sheetward("sync").status == 0
    assert rows(sheetward) == before
    taken = sheetward("restore", "--run", run, "--dry-run", "--json").json["changed"]
    assert [(change["field"], change["old"]) for change in taken] == [("note", "补记")]


def test_the_file_of_a_snapshot_from_before_the_epoch_is_not_put_back(sheetward: Run, firm: Path) -> None:
    assert sheetward("snapshot", "create", "old").status == 0
    shutil.copy(firm / "sheetward.db", firm / "backup.db")
    type_into(firm / "a.xlsx", "B3", "后来")
    assert sheetward("sync").status == 0
    before = rows(sheetward)
    put_back(firm)
    assert sheetward("rejoin", "--yes").status == 0
    there = (firm / "a.xlsx").read_bytes()
    refused = sheetward("snapshot", "restore", "old", "--sheet", "a", "--yes", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (3, "snapshot.bound_anew")
    assert (firm / "a.xlsx").read_bytes() == there
    assert (sheetward("sync").status, rows(sheetward)) == (0, before)
    assert sheetward("snapshot", "restore", "old", "--sheet", "a", "--rows", "--yes").status == 0
    assert rows(sheetward)[1][1] == "客2"
