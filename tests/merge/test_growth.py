"""Finding rows grows with the rows, not with their square: counted in comparisons, not in seconds."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sheetward.cells import Cell
from sheetward.merge import alignment, identity, likeness
from sheetward.merge.alignment import aligned_rows
from sheetward.merge.identity import identify
from sheetward.merge.likeness import Keys
from sheetward.table import Row, RowId

KEYS = Keys(0, (2,))


@dataclass(frozen=True)
class Seen:
    """An observed row."""

    position: int
    row_id: str
    cells: Row


def table(count: int) -> dict[RowId, Row]:
    """Give customers as they are: two telling columns, and many that say little."""
    return {
        RowId(f"r{n}"): (
            f"C{n}",
            f"name{n % 500}",
            f"phone{n}",
            f"city{n % 40}",
            "ABC"[n % 3],
            f"year{n % 20}",
            None,
            "CN",
        )
        for n in range(count)
    }


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often two rows are compared."""
    calls = [0]
    real = likeness.likeness

    def counting(a: Row, b: Row) -> float:
        calls[0] += 1
        return real(a, b)

    for module in (likeness, alignment, identity):
        monkeypatch.setattr(module, "likeness", counting)
    return calls


def put(cells: Row, place: int, cell: Cell) -> Row:
    return (*cells[:place], cell, *cells[place + 1 :])


@pytest.mark.parametrize("edits", [False, True])
def test_a_sort_without_ids_costs_a_few_comparisons_a_row(counted: list[int], edits: bool) -> None:
    count = 4_000
    base = table(count)
    contents = list(base.values())[::-1]
    if edits:
        contents = [put(cells, 3, "moved house") for cells in contents]
    known = {i: Seen(n, i, cells) for n, (i, cells) in enumerate(zip(base, contents, strict=True), 2)}
    found = aligned_rows(known, base, KEYS)
    assert len(found.moves) == count
    assert counted[0] < 40 * count


def test_rows_without_ids_cost_a_few_comparisons_each(counted: list[int]) -> None:
    count = 4_000
    base = table(count)
    rows = [Seen(n, "", put(cells, 0, None) if n % 4 == 0 else cells) for n, cells in enumerate(base.values())]
    rows = [Seen(r.position, f"r{r.position}" if r.position % 2 else "", r.cells) for r in rows]
    found = identify(rows, base, KEYS)
    assert not found.new
    assert len(found.known) == count
    assert counted[0] < 300 * count
