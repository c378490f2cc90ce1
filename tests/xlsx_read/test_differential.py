"""Our reader beside two others on generated workbooks: XlsxWriter and openpyxl write, python-calamine and openpyxl read."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Callable
from decimal import Decimal

import openpyxl
import pytest
import python_calamine
import xlsxwriter
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from sheetward.cells import State, from_serial
from sheetward.xlsx.workbook import Workbook

# No literal `_x0041_` among them: openpyxl writes it unescaped, and neither of the others decodes it in inline text.
TEXTS = [
    "王芳",
    "李雷 & 韩梅梅",
    "<Ltd>",
    '"x"',
    "013800138000",
    "a\nb",
    "it's",
    "𠮷野家",
    "é",
    "x" * 300,
    "=1+1",
    "１２３",
]


def random_values(seed: int) -> dict[tuple[int, int], object]:
    chance = random.Random(seed)
    kinds: list[Callable[[], object]] = [
        lambda: chance.choice(TEXTS),
        lambda: f"C{chance.randrange(10**6):06d}",
        lambda: chance.randrange(-(10**6), 10**12),
        lambda: round(chance.uniform(-1e6, 1e6), chance.randrange(6)),
        lambda: chance.random() < 0.5,
        lambda: (
            dt.datetime(1950, 1, 1)
            + dt.timedelta(days=chance.randrange(50_000), seconds=chance.choice([0, 3600 * chance.randrange(1, 24)]))
        ),
    ]
    places = {(chance.randrange(1, 300), chance.randrange(1, 40)) for _ in range(1500)}
    return {place: chance.choice(kinds)() for place in sorted(places)}


def by_xlsxwriter(values: dict[tuple[int, int], object], **options: object) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_numbers": False, **options}) as book:
        sheet = book.add_worksheet("数据")
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for (row, column), value in values.items():
            if isinstance(value, dt.datetime):
                sheet.write_datetime(row - 1, column - 1, value, date)
            elif isinstance(value, bool):
                sheet.write_boolean(row - 1, column - 1, value)
            elif isinstance(value, str):
                sheet.write_string(row - 1, column - 1, value)
            else:
                sheet.write_number(row - 1, column - 1, value)
    return out.getvalue()


def by_openpyxl(values: dict[tuple[int, int], object]) -> bytes:
    book = openpyxl.Workbook()
    for (row, column), value in values.items():
        cell = book.active.cell(row, column)
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ours(data: bytes) -> dict[tuple[int, int], object]:
    workbook = Workbook.open(data, "a.xlsx")
    found: dict[tuple[int, int], object] = {}
    for number, _, cells in workbook.rows(workbook.sheets[0]):
        for column, state, text, _, _ in cells:
            value: object = text
            if state is State.NUMBER:
                value = Decimal(text)
            elif state is State.BOOL:
                value = text == "1"
            elif state is State.DATE:
                value = from_serial(text)
            found[number, column] = value
    return found


def plain(value: object) -> object:
    """Bring another reader's value to what `ours` gives."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return Decimal(repr(value))
    if isinstance(value, dt.datetime) and not (value.hour or value.minute or value.second):
        return value.date()
    return value


def close(one: object, other: object) -> bool:
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return abs(one - other) <= abs(one) * Decimal("1e-14")
    if isinstance(one, dt.datetime) and isinstance(other, dt.datetime):
        return abs(one - other) < dt.timedelta(seconds=1)
    return type(one) is type(other) and one == other


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "write",
    [by_xlsxwriter, lambda values: by_xlsxwriter(values, constant_memory=True), by_openpyxl],
    ids=["xlsxwriter", "xlsxwriter inline", "openpyxl"],
)
def test_three_readers_agree(seed, write) -> None:
    values = random_values(seed)
    data = write(values)
    found = ours(data)
    wanted = {place: plain(value) for place, value in values.items()}
    assert found.keys() == wanted.keys()
    assert [place for place, value in wanted.items() if not close(found[place], value)] == []

    other = openpyxl.load_workbook(io.BytesIO(data), data_only=True).active
    theirs = {
        (cell.row, cell.column): plain(cell.value)
        for row in other.iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert found.keys() == theirs.keys()
    assert [place for place, value in theirs.items() if not close(found[place], value)] == []

    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    top, left = sheet.start
    third = {
        (top + row + 1, left + column + 1): plain(value)
        for row, values_of_row in enumerate(sheet.to_python(skip_empty_area=True))
        for column, value in enumerate(values_of_row)
        if value != ""
    }
    third = {
        place: value.date() if type(value) is dt.datetime and value.time() == dt.time() else value
        for place, value in third.items()
    }
    assert found.keys() == third.keys()
    assert [place for place, value in third.items() if not close(found[place], value)] == []


def test_what_other_readers_lose() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for number, error in enumerate(ERROR_CODES, 1):
        sheet.cell(number, 1).value = error
    sheet["B1"] = "=SUM(C1:C9)"
    sheet["B2"] = CellRichText("plain ", TextBlock(InlineFont(b=True), "bold"))
    out = io.BytesIO()
    book.save(out)
    workbook = Workbook.open(out.getvalue(), "a.xlsx")
    cells = {(row[0], cell[0]): cell[1:3] for row in workbook.rows(workbook.sheets[0]) for cell in row[2]}
    assert [cells[number, 1] for number in range(1, len(ERROR_CODES) + 1)] == [
        (State.ERROR, code) for code in ERROR_CODES
    ]
    assert cells[1, 2] == (State.UNCACHED, "")
    assert cells[2, 2] == (State.TEXT, "plain bold")
