"""A CSV and a closed workbook come to the same as the sheet in memory, under any batch."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet
from sheetward.cells import Cell, Value, value_of
from sheetward.plan.actions import AppendRow, ClearRow, SetCell, SetRowId, SheetAction, SheetWrite
from sheetward.plan.observation import Observation
from sheetward.ports.replica import Replica
from sheetward.sheets.csv import CsvSheet
from sheetward.sheets.file import SheetFile
from sheetward.sheets.memory import MemorySheet
from sheetward.sheets.place import Place
from sheetward.sheets.xlsx import XlsxBook, XlsxSheet
from sheetward.stores.journal import FileJournal
from sheetward.table import RowId
from sheetward_schemas.model import Field, TableSchema

SCHEMA = TableSchema("deal", (Field("code"), Field("amount", type="number"), Field("since", type="date")))
NAMES = SCHEMA.field_names
PLACE = Place("x", "tab", 1, dict(zip(NAMES, NAMES, strict=True)), {name: n for n, name in enumerate(NAMES, 1)})
VALUES: Mapping[str, st.SearchStrategy[Value]] = {
    "code": st.none()
    | st.text(st.sampled_from("a0=+-@'\",;\n中 _x"), min_size=1, max_size=6).map(str.strip).filter(bool),
    "amount": st.none() | st.decimals(-1000, 1000, places=2, allow_nan=False).map(lambda n: n + 0),
    "since": st.none() | st.dates(dt.date(1995, 1, 1), dt.date(2060, 1, 1)),
}
ROWS = st.fixed_dictionaries(dict(VALUES))


@st.composite
def batches(draw: st.DrawFn, seen: Observation, start: int) -> tuple[SheetAction, ...]:
    """Give a batch that meets what is there: every row once at most, then new rows."""
    actions: list[SheetAction] = []
    for row in seen.rows:
        kind = draw(st.sampled_from(["none", "id", "cells", "clear"]))
        if kind == "id":
            actions.append(SetRowId(row.position, row.row_id, f"r{start + row.position}"))
        elif kind == "clear":
            actions.append(ClearRow(row.position, row.row_id))
        elif kind == "cells":
            for name in draw(st.sets(st.sampled_from(NAMES), min_size=1)):
                old = row.cells[seen.fields.index(name)]
                actions.append(SetCell(row.position, row.row_id, name, old, draw(VALUES[name])))
    new = draw(st.lists(ROWS, max_size=3))
    return (*actions, *(AppendRow(RowId(f"n{start}-{number}"), row) for number, row in enumerate(new)))


def shown(seen: Observation) -> list[tuple[int, str, tuple[Value, ...]]]:
    return [(row.position, row.row_id, tuple(map(value_of, row.cells))) for row in seen.rows]


def sheets(folder: Path) -> Iterator[Replica]:
    """Give an empty CSV and an empty workbook, both with the header alone."""
    file = folder / "a.csv"
    file.write_text(",".join(NAMES) + "\n", encoding="utf-8")
    yield CsvSheet(_file(file), PLACE, SCHEMA)
    book = openpyxl.Workbook()
    tab = book.active
    assert isinstance(tab, Worksheet)
    tab.title = "tab"
    tab.append(NAMES)
    book.save(folder / "a.xlsx")
    yield XlsxSheet(XlsxBook(_file(folder / "a.xlsx")), "b1", PLACE, SCHEMA)


def _file(path: Path) -> SheetFile:
    return SheetFile(path, "b1", FileJournal(path.parent / "journal"), path.parent / "copies")


@settings(max_examples=25, deadline=None)
@given(st.lists(ROWS, max_size=4), st.data())
def test_every_replica_comes_to_the_same_as_the_reference(rows: list[dict[str, Cell]], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for sheet in sheets(Path(folder)):
            memory = MemorySheet(NAMES)
            first = tuple(AppendRow(RowId(f"f{number}"), row) for number, row in enumerate(rows))
            for step in range(3):
                batch = first if step == 0 else data.draw(batches(memory.observe(), 100 * step))
                write: Callable[[Replica], str] = lambda one, b=batch, s=step: one.write(  # noqa: E731
                    SheetWrite(b, f"stamp-{s}"), one.observe().revision
                )
                assert write(sheet) == sheet.observe().revision
                write(memory)
                assert shown(sheet.observe()) == shown(memory.observe())
                assert sheet.observe().fingerprint == memory.observe().fingerprint
