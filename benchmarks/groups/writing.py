"""Writing cells into a large workbook: our patch, openpyxl's load and save, and the least that any patch must do."""

from __future__ import annotations

from collections.abc import Generator

from data import WIDE_TAB, edited_places, write_wide_workbook
from measure import Facts, Sizes, Work
from table import Goal, Sense

NAME = "wide.xlsx"
PART = "xl/worksheets/sheet1.xml"
MANY = 10_000
COLUMN = 3


def make(work: Work) -> None:
    """Write the workbook."""
    write_wide_workbook(work.inputs / NAME, work.sizes.wide_rows)


def _rows(work: Work, count: int) -> list[int]:
    rows = work.sizes.wide_rows
    if count == 1:
        return [rows // 2]
    return [place + 2 for place in edited_places(rows, min(count, rows) / rows, seed=11)]


def _patched(work: Work, count: int) -> Generator[Facts | None]:
    from sheetward.xlsx.edits import CellEdit, PutText, SheetEdit
    from sheetward.xlsx.package import Package
    from sheetward.xlsx.patch import patch

    cells = tuple(CellEdit(row, COLUMN, PutText(f"new {row}")) for row in _rows(work, count))
    yield None
    package = Package((work.inputs / NAME).read_bytes(), NAME)
    with (work.scratch / NAME).open("w+b") as out:
        report = patch(package, [SheetEdit(WIDE_TAB, cells)], None, out)
    yield {"cells": report.cells}


def one_cell(work: Work) -> Generator[Facts | None]:
    """Patch one cell in the middle."""
    yield from _patched(work, 1)


def many_cells(work: Work) -> Generator[Facts | None]:
    """Patch cells all over the sheet."""
    yield from _patched(work, MANY)


def _loaded_and_saved(work: Work, count: int) -> Generator[Facts | None]:
    import openpyxl

    rows = _rows(work, count)
    yield None
    book = openpyxl.load_workbook(work.inputs / NAME)
    sheet = book[WIDE_TAB]
    for row in rows:
        sheet.cell(row, COLUMN).value = f"new {row}"
    book.save(work.scratch / NAME)
    yield {"cells": len(rows)}


def openpyxl_one(work: Work) -> Generator[Facts | None]:
    """Load, set one cell, save."""
    yield from _loaded_and_saved(work, 1)


def openpyxl_many(work: Work) -> Generator[Facts | None]:
    """Load, set the same cells, save."""
    yield from _loaded_and_saved(work, MANY)


def floor(work: Work) -> Generator[Facts | None]:
    """Inflate the sheet's part, deflate it again with the same codec, and sum it; nothing is looked at."""
    from sheetward.xlsx.codec import crc32, deflater
    from sheetward.xlsx.package import Package

    yield None
    package = Package((work.inputs / NAME).read_bytes(), NAME)
    engine, crc, written = deflater(package.member(PART).size), 0, 0
    with (work.scratch / NAME).open("wb") as out:
        for piece in package.windows(PART):
            crc = crc32(piece, crc)
            written += out.write(engine.compress(piece))
        written += out.write(engine.flush())
    yield {"written_bytes": written}


CASES = {
    "one": one_cell,
    "many": many_cells,
    "openpyxl_one": openpyxl_one,
    "openpyxl_many": openpyxl_many,
    "floor": floor,
}


def goals(sizes: Sizes) -> tuple[Goal, ...]:
    """Give what is compared."""
    into = f"into {sizes.wide_rows:,} rows x 12"
    return (
        Goal(f"write 1 cell {into}: CPU", "one", "openpyxl_one", "openpyxl load and save", limit=100),
        Goal(f"write 1 cell {into}: memory", "one", "openpyxl_one", "openpyxl load and save", "peak_mb", limit=50),
        Goal(
            f"write 1 cell {into}: CPU",
            "one",
            "floor",
            "inflate, deflate and CRC of that part, same codec",
            sense=Sense.WITHIN,
            limit=2,
        ),
        Goal(f"write 10,000 cells {into}: CPU", "many", "openpyxl_many", "openpyxl load and save"),
        Goal(f"write 10,000 cells {into}: CPU", "many", "one", "our one cell", sense=Sense.WITHIN, limit=2),
    )
