"""Reading a workbook: ours with every cell's state, openpyxl's read-only mode, calamine."""

from __future__ import annotations

from collections.abc import Generator

from data import WIDE_TAB, write_wide_workbook
from measure import Facts, Sizes, Work
from table import Goal

NAME = "wide.xlsx"


def make(work: Work) -> None:
    """Write the workbook."""
    write_wide_workbook(work.inputs / NAME, work.sizes.wide_rows)


def sheetward(work: Work) -> Generator[Facts | None]:
    """Read column, state, text, style and formula of each cell."""
    from sheetward.xlsx.workbook import Workbook

    yield None
    path = work.inputs / NAME
    book = Workbook.open(path.read_bytes(), path.name)
    cells = 0
    for _, _, row in book.rows(book.sheet(WIDE_TAB)):
        for _column, _state, _text, _style, _formula in row:
            cells += 1
    yield {"cells": cells}


def openpyxl_read_only(work: Work) -> Generator[Facts | None]:
    """Read value and type of each cell that holds something."""
    import openpyxl

    yield None
    book = openpyxl.load_workbook(work.inputs / NAME, read_only=True)
    cells = 0
    for row in book[WIDE_TAB].iter_rows():
        for cell in row:
            if cell.value is not None and cell.data_type:
                cells += 1
    yield {"cells": cells}


def calamine(work: Work) -> Generator[Facts | None]:
    """Read the values of each row."""
    from python_calamine import CalamineWorkbook

    yield None
    sheet = CalamineWorkbook.from_path(work.inputs / NAME).get_sheet_by_name(WIDE_TAB)
    cells = 0
    for row in sheet.iter_rows():
        for value in row:
            cells += value != ""
    yield {"cells": cells}


def inflate(work: Work) -> Generator[Facts | None]:
    """Inflate the sheet and the shared strings, and do nothing with them."""
    from sheetward.xlsx.package import Package

    yield None
    package = Package((work.inputs / NAME).read_bytes(), NAME)
    seen = sum(
        len(piece) for part in ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml") for piece in package.windows(part)
    )
    yield {"inflated_bytes": seen}


CASES = {"sheetward": sheetward, "openpyxl": openpyxl_read_only, "calamine": calamine, "inflate": inflate}


def goals(sizes: Sizes) -> tuple[Goal, ...]:
    """Give what is compared."""
    what = f"read {sizes.wide_rows:,} rows x 12"
    return (
        Goal(f"{what}: CPU", "sheetward", "openpyxl", "openpyxl read-only", limit=8),
        Goal(f"{what}: memory", "sheetward", "openpyxl", "openpyxl read-only", "peak_mb", limit=4),
        Goal(f"{what}: CPU", "sheetward", "calamine", "python-calamine, values only"),
        Goal(f"{what}: memory", "sheetward", "calamine", "python-calamine, values only", "peak_mb"),
        Goal(f"{what}: CPU", "sheetward", "inflate", "inflating those two parts"),
    )
