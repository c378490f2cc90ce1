"""What the demo says it did holds when it is looked at from outside, in both languages."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheetward.cli import run
from sheetward.demo.run import STEPS
from sheetward_templates.report import Grid, Note

# Parts that a sync has reason to write: cell formats, the list of tabs, texts that no cell uses any more.
WRITTEN = {
    "xl/styles.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "[Content_Types].xml",
    "xl/sharedStrings.xml",
}
BOUND = {"office": {1}, "east": {1}, "orders": {1}, "finance": {1, 2}}
CACHES = re.compile(rb"<c:(str|num)Cache>.*?</c:\1Cache>|(?<=</f>)<v>[^<]*</v>")
"""Results of formulas as a file keeps them beside the formulas, in cells and charts."""


def command(read: pytest.CaptureFixture[bytes], folder: Path, *words: str) -> tuple[int, Any]:
    """Run a command on the demo's folder and give its exit status and its JSON."""
    read.readouterr()
    status = run([*words, "--json", "--workspace", str(folder)])
    return status, json.loads(read.readouterr().out)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_step_is_told_and_reported(told: Any) -> None:
    sections = told.demo.sections
    assert len(sections) == len(STEPS) == 10
    report = told.demo.report.read_text(encoding="utf-8")
    for section in sections:
        assert section.heading in report
        assert not any(isinstance(block, Note) and block.tone == "error" for block in section.blocks)
    assert told.company.say("guard.passed") not in report
    assert "demo." not in report, "a text that the catalogue lacks shows its code"


def test_a_second_sync_by_the_command_changes_nothing(told: Any) -> None:
    before = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in told.demo.workbooks}
    call = [sys.executable, "-m", "sheetward", "sync", "--json"]
    done = subprocess.run(call, capture_output=True, check=False, cwd=told.demo.folder)
    answer = json.loads(done.stdout)
    assert done.returncode == 4, "rows wait for a person"
    assert [(sheet["to_store"], sheet["to_sheet"], sheet["error"]) for sheet in answer["sheets"]] == [(0, 0, None)] * 5
    assert {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in told.demo.workbooks} == before


def test_what_a_role_may_not_see_is_nowhere_in_its_workbook(told: Any) -> None:
    office = openpyxl.load_workbook(told.company.path("head-office"))[told.company.book("head-office").tab]
    rows = list(office.iter_rows(min_row=4, values_only=True))
    place = {told.company.label_of("customer", name): name for name in ("name", "phone", "email", "id_number")}
    place[told.company.label_of("customer", "contract_terms")] = "contract_terms"
    secrets: dict[str, set[str]] = {name: set() for name in place.values()}
    for column, header in enumerate(rows[0]):
        if header in place:
            secrets[place[header]] = {str(row[column]) for row in rows[1:] if row[column]}
    assert all(len(values) >= 4 for values in secrets.values())
    for sheet, hidden in (
        ("sales-east", ("contract_terms", "id_number")),
        ("finance", ("name", "phone", "email", "contract_terms", "id_number")),
    ):
        everything = b"".join([told.company.path(sheet).read_bytes(), *parts(told.company.path(sheet)).values()])
        for name in hidden:
            found = [value for value in secrets[name] if value.encode() in everything]
            assert not found, (sheet, name)


def test_charts_picture_and_private_tabs_are_byte_for_byte_as_they_were(told: Any) -> None:
    for book, bound in BOUND.items():
        name = told.company.say(f"file.{book}")
        before, after = parts(told.originals / name), parts(told.demo.folder / name)
        touched = WRITTEN | {f"xl/worksheets/sheet{number}.xml" for number in bound}
        untouched = set(before) - touched
        if book == "east":
            # Values were masked here: no result that was computed while they were there may stay, the formulas do.
            purged = {"xl/charts/chart1.xml", "xl/worksheets/sheet2.xml"}
            assert all(CACHES.sub(b"", before[part]) == after[part] for part in purged)
            assert {"xl/drawings/drawing1.xml", "xl/media/image1.png"} < untouched
            untouched -= purged
        if book == "finance":
            assert {"xl/charts/chart1.xml", "xl/drawings/drawing1.xml", "xl/worksheets/sheet3.xml"} < untouched
        assert {part: after[part] == before[part] for part in untouched} == dict.fromkeys(untouched, True)


def test_a_private_column_keeps_its_values(told: Any) -> None:
    book = told.company.book("sales-east")
    header = told.company.say("header.visits")

    def visits(path: Path) -> list[object]:
        sheet = openpyxl.load_workbook(path)[book.tab]
        column = next(cell.column for cell in sheet[4] if cell.value == header)
        return [sheet.cell(row, column).value for row in range(4, 52)]

    assert visits(told.demo.folder / book.file) == visits(told.originals / book.file)
    assert len({*visits(told.originals / book.file)}) > 5


def test_the_conflict_was_settled_and_the_restore_reached_every_sheet(
    told: Any, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    status, answer = command(capsysbinary, told.demo.folder, "conflicts", "list")
    assert (status, answer["conflicts"]) == (0, [])
    restored = next(s for s in told.demo.sections if s.heading == told.company.say("history"))
    grid = next(block for block in restored.blocks if isinstance(block, Grid))
    assert len(grid.rows) == 4
    sheet = openpyxl.load_workbook(told.company.path("finance-customers"))[told.company.book("finance-customers").tab]
    shown = {row[0]: row[1] for row in sheet.iter_rows(min_row=5, values_only=True)}
    assert {key: shown[key] for key, _, _ in grid.rows} == {key: new for key, _, new in grid.rows}


def test_the_commands_to_try_work(
    told: Any, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(told.demo.folder)
    lines = [shlex.split(line)[1:] for line in told.demo.commands]
    statuses = [command(capsysbinary, told.demo.folder, *words)[0] for words in lines]
    assert statuses == [1, 0, 0], "findings in the workbook; lists exit 0"


def test_nothing_is_left_beside_the_demo(told: Any) -> None:
    names = {entry.name for entry in told.demo.folder.iterdir()}
    workbooks = {path.name for path in told.demo.workbooks}
    assert names - {"sheetward.db-wal", "sheetward.db-shm"} == workbooks | {
        ".sheetward", ".sheetward-demo", "report.html", "sheetward.db", "sheetward.yaml",
    }  # fmt: skip
