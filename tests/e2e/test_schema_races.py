"""A schema is applied by several processes at once, killed while it applies, and while others sync."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl

SCHEMA = """\
name: deal
primaryKey: [no]
fields:
  - {name: no, constraints: {required: true, unique: true}, "x:labels": {zh: 编号}}
  - {name: who, "x:labels": {zh: 客户}}
  - {name: sum, "x:labels": {zh: 金额}}
"""
CHANGED = SCHEMA.replace("{name: who,", '{name: customer, "x:renamed_from": who,').replace(
    "{name: sum,", "{name: sum, type: number,"
)
COMMAND = (sys.executable, "-m", "sheetward")


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*COMMAND, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out + err


def call(folder: Path, *arguments: str) -> Any:
    status, text = ended(start(folder, *arguments))
    assert status == 0, text
    return json.loads(text) if "--json" in arguments else text


def deals(folder: Path) -> Path:
    (folder / "deal.yaml").write_text(SCHEMA, encoding="utf-8")
    call(folder, "init", "--table", "deals=deal.yaml", "--lang", "zh")
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active.append(["编号", "客户", "金额"])
    for number in range(1, 51):
        made.active.append([f"D{number:03d}", f"客户{number}", str(number)])
    made.save(folder / "a.xlsx")
    call(folder, "bind", "a.xlsx", "--as", "a", "--table", "deals", "--yes")
    call(folder, "sync")
    (folder / "deal.yaml").write_text(CHANGED, encoding="utf-8")
    return folder


def is_new(folder: Path) -> None:
    found = call(folder, "table", "deals", "--json")
    assert found["columns"] == ["no", "customer", "sum"]
    assert sorted(found["rows"])[0] == ["D001", "客户1", 1]
    assert len(found["rows"]) == 50
    call(folder, "audit", "verify")
    assert call(folder, "schema", "plan", "--json") == {"tables": []}


def test_two_apply_and_one_syncs_at_the_same_time(tmp_path: Path) -> None:
    folder = deals(tmp_path)
    made = openpyxl.load_workbook(folder / "a.xlsx")
    made.worksheets[0]["C3"].value = "2000"
    made.save(folder / "a.xlsx")
    calls = (("schema", "apply", "--yes"), ("schema", "apply", "--yes"), ("sync",))
    statuses = [ended(process) for process in [start(folder, *arguments) for arguments in calls]]
    assert all(status in (0, 75) for status, _ in statuses), statuses
    assert 0 in (statuses[0][0], statuses[1][0])
    call(folder, "sync")
    is_new(folder)
    rows = {row[0]: row[2] for row in call(folder, "table", "deals", "--json")["rows"]}
    assert rows["D002"] == 2000
    [head, *_] = call(folder, "history", "--json")["commits"]
    assert head["id"] in ("deals:2", "deals:3")


def test_an_application_that_is_killed_is_done_or_not_done(tmp_path: Path) -> None:
    folder = deals(tmp_path)
    for delay in (0.8, 1.6):
        process = start(folder, "schema", "apply", "--yes")
        try:
            process.wait(timeout=delay)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        columns = call(folder, "table", "deals", "--json")["columns"]
        assert columns in (["no", "who", "sum"], ["no", "customer", "sum"])
        call(folder, "audit", "verify")
    call(folder, "schema", "apply", "--yes")
    call(folder, "sync")
    is_new(folder)
