"""Every workbook of the corpus lives its life in a store, and its owner finds no difference outside the bound cells.

Each is bound, synced, changed elsewhere (one cell, three new rows, one row gone) and synced; every sync is done twice and
the second leaves the file byte for byte (`cycle.cycled`). `docs/workbooks.md` lists what each of them proves.
"""

from __future__ import annotations

import csv
import io
import subprocess
import warnings
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from sheetward.errors import UserError
from sheetward.messages import hint, render
from sheetward.xlsx.workbook import Workbook

from .corpus import CASES, CUSTOMERS, HEADERS, Case
from .cycle import NEW_NAME, Cycle, cycled
from .likeness import differences, grown_list
from .observe import members, parsed, raw_members, sheet_part

WELCOME = [case for case in CASES if not case.refused and not case.allow_protected]
REFUSED = [case for case in CASES if case.refused or case.allow_protected]
every_case = pytest.mark.parametrize("case", WELCOME, ids=lambda case: case.name)


def _last_row(case: Case) -> int:
    """Give the last row of the table after the cycle; one new customer takes the place of the one that went."""
    return case.last_row + 3 if case.takes_rows else case.last_row


@every_case
def test_all_other_parts_are_byte_identical(case: Case) -> None:
    cycle = cycled(case.name)
    once = {"xl/workbook.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}
    for before, after in ((cycle.made, cycle.bound), (cycle.bound, cycle.synced), (cycle.synced, cycle.changed)):
        part = sheet_part(before)
        own = {part, *_own_tables(before, part)}
        if "_sheetward" in {sheet.name for sheet in Workbook.open(before, "t.xlsx").sheets}:
            own.add(sheet_part(before, "_sheetward"))
        old, new = raw_members(before), raw_members(after)
        assert list(new)[: len(old)] == list(old)
        assert not [name for name, raw in old.items() if new[name] != raw and name not in own | once]


def _own_tables(data: bytes, part: str) -> set[str]:
    folder, _, name = part.rpartition("/")
    rels = members(data).get(f"{folder}/_rels/{name}.rels", b"").decode()
    return {name for name in members(data) if name.startswith("xl/tables/") and name.rpartition("/")[2] in rels}


@every_case
def test_the_sheet_is_equal_outside_the_planned_cells(case: Case) -> None:
    cycle = cycled(case.name)
    part = sheet_part(cycle.made)
    old, new = (parsed(members(data)[part]) for data in (cycle.made, cycle.changed))
    own, rows = _own_places(case, cycle)
    planned = {place for place in old.cells.keys() | new.cells.keys() if old.cells.get(place) != new.cells.get(place)}
    assert planned <= own, sorted(planned - own)
    assert {row: new.rows[row] for row in old.rows} == old.rows
    columns = {cycle.id_column, case.left + case.width - 1}
    assert not list(differences(old.root, new.root, columns, rows))
    assert _widths(old.root, cycle.id_column) == _widths(new.root, cycle.id_column)


def _own_places(case: Case, cycle: Cycle) -> tuple[set[tuple[int, int]], set[int]]:
    """Give the cells that the cycle may change, and the rows in which areas of the table may end."""
    first, last = case.header_row + 1, _last_row(case)
    own = {(row, cycle.id_column) for row in range(case.header_row, last + 1)}
    own.add((case.header_row + 3, case.left + 1))
    bound = range(case.left, case.left + len(HEADERS))
    own |= {(first + 1, column) for column in bound}
    own |= {(row, case.left + place) for row in range(case.last_row + 1, last + 1) for place in range(case.width)}
    return own, {case.last_row, last}


def _widths(root: ElementTree.Element, but: int) -> dict[int, dict[str, str]]:
    """Give what `cols` says of each column, one apart."""
    return {
        column: {name: value for name, value in col.attrib.items() if name not in {"min", "max"}}
        for cols in root
        if cols.tag.endswith("}cols")
        for col in cols
        for column in range(int(col.get("min", "1")), min(int(col.get("max", "1")), 60) + 1)
        if column != but
    }


@every_case
def test_workbook_and_formats_only_grow(case: Case) -> None:
    cycle = cycled(case.name)
    old, new = members(cycle.made), members(cycle.changed)
    rows, columns = {case.last_row, _last_row(case)}, {cycle.id_column, case.left + case.width - 1}
    for name in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"):
        if name in old:
            assert not list(grown_list(ElementTree.fromstring(old[name]), ElementTree.fromstring(new[name]))), name
    one, other = ElementTree.fromstring(old["xl/workbook.xml"]), ElementTree.fromstring(new["xl/workbook.xml"])
    for root in (one, other):
        for parent in list(root):
            tag = parent.tag.rpartition("}")[2]
            if tag == "calcPr":
                root.remove(parent)
            for child in list(parent) if tag == "sheets" else []:
                if child.get("name") == "_sheetward":
                    parent.remove(child)
    assert not list(differences(one, other, columns, rows))


@every_case
def test_other_readers_see_what_was_planned(case: Case) -> None:
    cycle = cycled(case.name)
    expected = _expected(case)
    workbook = Workbook.open(cycle.changed, "t.xlsx")
    sheet = workbook.sheet(case.tab)
    ours = {(row, cell[0]): cell[2] for row, _, cells in workbook.rows(sheet) for cell in cells}
    for (row, place), text in expected.items():
        assert ours.get((row, case.left + place), "") == text, (row, place)
    if not case.openpyxl_reads:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tab = openpyxl.load_workbook(io.BytesIO(cycle.changed))[case.tab]
    for (row, place), text in expected.items():
        if place != 4:
            assert (tab.cell(row, case.left + place).value or "") == text, (row, place)


def _expected(case: Case) -> dict[tuple[int, int], str]:
    """Give the texts of the table after the cycle, by row and place of the column, amounts of a date format apart."""
    texts = {
        (row, place): str(cell)
        for row, customer in enumerate(CUSTOMERS, case.header_row + 1)
        for place, cell in enumerate(customer)
        if place != 4 or case.amount == "number"
    }
    texts[case.header_row + 3, 1] = NEW_NAME
    texts |= {(case.header_row + 2, place): "" for place in range(6)}
    for n in range(3 if case.takes_rows else 0):
        row = case.last_row + 1 + n
        texts |= {(row, 0): f"C10{n}", (row, 1): "", (row, 2): f"0138001380{n}", (row, 3): f"n{n}@example.com"}
        texts[row, 4] = f"{n}.5"
    return texts


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_what_cannot_be_written_is_refused_with_a_sentence_that_names_the_place(case: Case) -> None:
    with pytest.raises(UserError) as refusal:
        cycled(case.name)
    assert refusal.value.code == (case.refused or "patch.protected")
    for lang in ("zh", "en"):
        said = render(refusal.value.code, refusal.value.facts, lang)  # type: ignore[arg-type]
        assert "客户" in said or "xl/" in said
        assert hint(refusal.value.code, refusal.value.facts, lang)  # type: ignore[arg-type]


def test_rows_without_room_wait_and_say_so() -> None:
    for case in WELCOME:
        assert ("sheet.no_room" in cycled(case.name).notices) is not case.takes_rows, case.name


# A tenth of the corpus is recalculated in every run, all of it in the long one.
SAMPLE = [case for case in WELCOME if case.name in {
    "table_reckoned", "table", "pivot", "charts_many", "new_excel", "strict", "google", "wps_pictures", "ole_object",
    "other_list", "dynamic_arrays", "power_query", "xltm", "zip64", "smart_art", "libreoffice_table",
}]  # fmt: skip


def test_libreoffice_recalculates_a_sample(tmp_path: Path) -> None:
    _recalculated(SAMPLE, tmp_path)


@pytest.mark.long
def test_libreoffice_recalculates_all(tmp_path: Path) -> None:
    _recalculated(WELCOME, tmp_path)


_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>"""
"""The setting of LibreOffice that has every formula of a loaded workbook calculated anew."""


def _recalculated(cases: Sequence[Case], folder: Path) -> None:
    """Have LibreOffice open the changed workbooks and show every tab, all formulas calculated anew."""
    files: list[str] = []
    for case in cases:
        path = folder / f"{case.name}{case.suffix}"
        path.write_bytes(cycled(case.name).changed)
        files.append(str(path))
    (folder / "profile" / "user").mkdir(parents=True)
    (folder / "profile" / "user" / "registrymodifications.xcu").write_text(_ALWAYS, encoding="utf-8")
    shown = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", shown]
    subprocess.run([*command, "--outdir", str(folder / "out"), *files], check=True, capture_output=True, timeout=900)
    for case in cases:
        rows = _tab(folder, case, case.tab)
        for (row, place), text in _expected(case).items():
            if place != 4:
                assert rows[row - 1][case.left + place - 1] == text, (case.name, row, place)
        for tab, values in {**_CHECKED, **dict(case.sums)}.items():
            if (folder / "out" / f"{case.name}-{tab}.csv").exists() or tab in dict(case.sums):
                first = _tab(folder, case, tab)[0]
                wanted = values if case.takes_rows else ("121.75", "4", NEW_NAME, "2")
                assert tuple(first[: len(wanted)]) == wanted, (case.name, tab)


_CHECKED = {"核对": ("126.25", "7", NEW_NAME, "6")}


def _tab(folder: Path, case: Case, tab: str) -> list[list[str]]:
    with (folder / "out" / f"{case.name}-{tab}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))
