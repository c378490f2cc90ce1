"""A sheet whose content bears the same mark shows the same; whatever changes what it shows changes the mark."""

from __future__ import annotations

import random
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet
from sheetward.plan.observation import Observation
from sheetward.sheets.bind_xlsx import bind_xlsx, plan_xlsx
from sheetward.sheets.file import SheetFile
from sheetward.sheets.place import Place
from sheetward.sheets.xlsx import XlsxBook, XlsxSheet
from sheetward.xlsx import regular_rows, texts
from sheetward_schemas.model import Field, TableSchema

Make = Callable[..., Path]
FileOf = Callable[..., SheetFile]

HEADER = ["客户编号", "客户姓名", "联系电话", "国家", "金额", "建档日期", "类型", "备注", "private"]


def _rows(count: int) -> list[list[object]]:
    return [
        [f"C{n}", f"客户{n % 7}", f"1380013{n:04}", "CN", n / 4, f"2024-01-{n % 28 + 1:02}", "vip", None, n]
        for n in range(count)
    ]


@pytest.fixture
def place(save: Make, schema: TableSchema, file_of: FileOf, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Bind a workbook of sixty rows, 客户.xlsx, of which a window holds ten."""
    monkeypatch.setattr(texts, "WINDOW", 3000)
    path = save([HEADER, *_rows(60)])
    file = file_of(path)
    plan = plan_xlsx(file, schema, lambda _: (), name="东区", table="customers", path=path.name, tab="客户")
    bind_xlsx(file, schema, plan, binding="b1", stamp="s0", lang="zh")
    return plan.place


def seen(path: Path, place: Place, schema: TableSchema, file_of: FileOf) -> Observation:
    return XlsxSheet(XlsxBook(file_of(path)), "b1", place, schema).observe()


def meant(observation: Observation) -> Observation:
    """Give what an observation says, whichever bytes it came from."""
    return replace(observation, revision="", editor=None, content="")


def _set(cell: str, value: object) -> Callable[[Worksheet], None]:
    def edit(tab: Worksheet) -> None:
        tab[cell] = value

    return edit


def _formatted(tab: Worksheet) -> None:
    tab["E9"].number_format = "yyyy-mm-dd"


def _bold(tab: Worksheet) -> None:
    tab["E9"].font = Font(bold=True)


def _moved(tab: Worksheet) -> None:
    tab.move_range("E1:E61", cols=8)


def _hidden(tab: Worksheet) -> None:
    tab.row_dimensions[20].hidden = True


def _merged(tab: Worksheet) -> None:
    tab.merge_cells("B30:B31")


def _sorted(tab: Worksheet) -> None:
    first, second = ([cell.value for cell in tab[row]] for row in (40, 41))
    for column, (one, other) in enumerate(zip(first, second, strict=True), 1):
        tab.cell(40, column).value, tab.cell(41, column).value = other, one


EDITS: dict[str, tuple[Callable[[Worksheet], None], bool]] = {
    "nothing": (lambda _: None, False),
    "a text": (_set("B50", "王芳"), True),
    "a text emptied": (_set("B50", None), True),
    "a blank filled": (_set("H50", "x"), True),
    "a number": (_set("E50", 7), True),
    "a number as text": (_set("E50", "12.25"), True),
    "a formula": (_set("E50", "=1+1"), True),
    "truth": (_set("H50", True), True),
    "a header": (_set("B1", "姓名"), True),
    "a header that nobody knows": (_set("B1", "???"), True),
    "an id": (_set("J50", "rzzzzzzzzzzzz"), True),
    "the ids no longer headed": (_set("J1", None), True),
    "a format that makes a date of a number": (_formatted, True),
    "a format that means nothing": (_bold, False),
    "a column elsewhere": (_moved, True),
    "a row hidden": (_hidden, True),
    "merged cells": (_merged, True),
    "rows swapped": (_sorted, True),
    "a row below": (_set("A90", "C90"), True),
    "a private cell": (_set("I50", "mine"), True),
    "something beside the table": (_set("Q70", "note"), True),
}


@pytest.mark.parametrize("name", EDITS)
def test_the_mark_moves_with_what_a_sheet_shows(
    name: str, place: Place, schema: TableSchema, file_of: FileOf, tmp_path: Path
) -> None:
    path = tmp_path / "客户.xlsx"
    before = seen(path, place, schema, file_of)
    book = openpyxl.load_workbook(path)
    edit, moves = EDITS[name]
    edit(book["客户"])
    book.save(path)
    after = seen(path, place, schema, file_of)
    assert (after.content != before.content) is moves
    assert after.content != before.content or meant(after) == meant(before)
    assert XlsxSheet(XlsxBook(file_of(path)), "b1", place, schema).content() == after.content


def _respelt(xml: str) -> str:
    """Spell a sheet's XML otherwise: attributes in another order, empty rows and cells, other windows."""
    xml = re.sub(r'<c r="([A-Z]+[0-9]+)" t="([a-zA-Z]+)"', r'<c t="\2" r="\1"', xml)
    return xml.replace("</sheetData>", '<row r="500"/><row r="501"><c r="A501"/></row></sheetData>')


def test_how_a_file_spells_its_cells_does_not_matter(
    place: Place, schema: TableSchema, file_of: FileOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "客户.xlsx"
    before = seen(path, place, schema, file_of)
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    for name in parts:
        if name.startswith("xl/worksheets/sheet"):
            parts[name] = _respelt(parts[name].decode()).encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    after = seen(path, place, schema, file_of)
    assert after.revision != before.revision
    assert (after.content, meant(after)) == (before.content, meant(before))
    monkeypatch.setattr(regular_rows, "MAX_LESSONS", 0)
    one_by_one = seen(path, place, schema, file_of)
    assert (one_by_one.content, meant(one_by_one)) == (before.content, meant(before))


def test_what_a_sheet_is_to_be_read_as_is_part_of_the_mark(
    place: Place, schema: TableSchema, file_of: FileOf, tmp_path: Path
) -> None:
    path = tmp_path / "客户.xlsx"
    fields = tuple(replace(f, type="integer") if f.name == "amount" else f for f in schema.fields)
    others = (
        replace(schema, fields=fields),
        replace(schema, missing_values=("vip",)),
        replace(schema, fields=(*schema.fields, Field("more"))),
    )
    places = (replace(place, awaited=("remark",)), replace(place, columns={**place.columns, "name": 7}))
    marks = [seen(path, place, one, file_of).content for one in (schema, *others)]
    marks += [seen(path, one, schema, file_of).content for one in places]
    assert len(set(marks)) == len(marks)


@pytest.mark.parametrize("seed", range(12))
def test_equal_marks_mean_equal_sheets(
    seed: int, place: Place, schema: TableSchema, file_of: FileOf, tmp_path: Path
) -> None:
    dice = random.Random(seed)
    path = tmp_path / "客户.xlsx"
    known: dict[str, Observation] = {}
    for _ in range(4):
        book = openpyxl.load_workbook(path)
        for _ in range(dice.randrange(3)):
            cell = f"{dice.choice('ABEHIJ')}{dice.randrange(2, 64)}"
            dice.choice((_set(cell, dice.choice((None, 1, "1", "vip", "=A2"))), _bold, _hidden, _formatted))(
                book["客户"]
            )
        book.save(path)
        now = seen(path, place, schema, file_of)
        assert meant(known.setdefault(now.content, now)) == meant(now)
    assert len(known) > 1 or seed
