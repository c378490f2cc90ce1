"""Merging whole tables: the short way for rows that one side left alone gives what cell by cell gives."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from sheetward.app.plain_table import PlainTable
from sheetward.app.table_merge import Merged, merged
from sheetward.cells import Cell, Typed, to_json
from sheetward.table import ThreeWay

COLUMNS = ("id", "a", "b")
CELLS: list[Cell] = [None, "x", "y", "1", True, Decimal(1), Typed("x", "X"), Typed("x", "ｘ")]

tables = st.dictionaries(st.sampled_from("pqr"), st.tuples(st.sampled_from(CELLS), st.sampled_from(CELLS)), max_size=3)


def table(rows: dict[str, tuple[Cell, Cell]], *, is_wider: bool = False) -> PlainTable:
    more = ("extra",) if is_wider else ()
    lines = tuple((key, *cells, *(None for _ in more)) for key, cells in rows.items())
    return PlainTable("t", (*COLUMNS, *more), lines)


def told(found: Merged) -> object:
    rows = [[to_json(cell) for cell in row[:3]] for row in found.table.rows]
    conflicts = [(c.key, c.column) for c in found.conflicts]
    return rows, conflicts


@given(base=tables, ours=tables, theirs=tables, prefer=st.sampled_from([None, "ours", "theirs"]))
def test_the_short_way_is_the_long_way(
    base: dict[str, tuple[Cell, Cell]],
    ours: dict[str, tuple[Cell, Cell]],
    theirs: dict[str, tuple[Cell, Cell]],
    prefer: str | None,
) -> None:
    short = merged(ThreeWay(table(base), table(ours), table(theirs)), ("id",), prefer)
    # A column that only ours has makes the tables unlike each other: then each cell is looked at.
    long = merged(ThreeWay(table(base), table(ours, is_wider=True), table(theirs)), ("id",), prefer)
    assert told(short) == told(long)
