"""How alike two rows are, and which of many rows are the most alike one: exactly, in time that grows with what is telling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import TypeAlias

from sheetward.cells import Cell, same, value_of
from sheetward.table import Row, RowId

ALIKE = 0.6
"""Share of equal cells, of those filled on either side, from which two rows count as the same row."""
PATIENCE = 1_000
"""So many rows are compared with one at most. Where its values are so common that more would have to be, nothing is said."""
BUDGET = 1_000_000
"""So many comparisons are made over all rows; what comes after that stays unsaid, too."""

Meaning: TypeAlias = "tuple[type, Hashable]"
"""What a cell means, as a key of a dictionary: `True` is not 1, spelling is not meaning."""


def _is_never_mask(_cell: Cell) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Keys:
    """Places, within the compared cells, of the business key (`None` where the sheet has none) and of identifying fields.

    `is_mask` says of a cell that it only stands for a value: it tells nothing about it. `given` are the places that the
    table fills where a new row leaves them empty.
    """

    business: int | None
    identify: tuple[int, ...] = ()
    is_mask: Callable[[Cell], bool] = _is_never_mask
    given: tuple[int, ...] = ()


def meaning(cell: Cell) -> Meaning:
    """Give what a cell means as something that can be looked up.

    >>> meaning(True) == meaning(1), meaning("a") == meaning("a")
    (False, True)
    """
    value = value_of(cell)
    return type(value), value


def meanings(row: Row) -> Hashable:
    """Give what a whole row means as something that can be looked up."""
    values = tuple(map(value_of, row))
    return values, tuple(map(type, values))


def likeness(a: Row, b: Row) -> float:
    """Give the share of equal cells among those filled on either side, 0 to 1; two empty rows are not alike.

    >>> likeness(("a", "b", None), ("a", "c", None))
    0.5
    """
    filled = equal = 0
    for x, y in zip(a, b, strict=True):
        if x is None and y is None:
            continue
        filled += 1
        if same(x, y):
            equal += 1
    return equal / filled if filled else 0.0


def contradicts(cells: Row, was: Row, keys: Keys) -> bool:
    """Say whether an identifying field is filled on both sides and differs; a mask is no value, on either side."""
    return any(
        cells[p] is not None and was[p] is not None and not same(cells[p], was[p])
        for p in keys.identify
        if not keys.is_mask(cells[p]) and not keys.is_mask(was[p])
    )


def has_key(row: Row, place: int | None) -> bool:
    """Say whether a row bears a business key."""
    return place is not None and row[place] is not None


class Alikes:
    """Rows that can be asked which of them are like another one.

    A row that is unlike in some of the cells must agree in the others: so only rows that share one of the rarest values
    need to be compared, as many of these as may differ and one more. Nothing is ever left out silently: an answer is
    either complete or `None`.
    """

    def __init__(self, rows: Mapping[RowId, Row]) -> None:
        self._rows = rows
        self._budget = BUDGET
        self._bearers: defaultdict[tuple[int, Meaning], list[RowId]] = defaultdict(list)
        for row_id, row in rows.items():
            for place, cell in enumerate(row):
                if cell is not None:
                    self._bearers[place, meaning(cell)].append(row_id)

    def at_least(self, cells: Row, least: float) -> list[tuple[float, RowId]] | None:
        """Give all rows that are at least so alike, the most alike first; `None` where that would take too long to say."""
        return self._found(cells, least, only_nearest=False)

    def nearest(self, cells: Row, least: float) -> list[tuple[float, RowId]] | None:
        """Give the most alike rows, all of them where several are equally so; `None` where that would take too long to say."""
        found = self._found(cells, least, only_nearest=True)
        return found and [entry for entry in found if entry[0] == found[0][0]]

    def _found(self, cells: Row, least: float, *, only_nearest: bool) -> list[tuple[float, RowId]] | None:
        nobody: list[RowId] = []
        lists = [self._bearers.get((p, meaning(c)), nobody) for p, c in enumerate(cells) if c is not None]
        lists.sort(key=len)
        found: dict[RowId, float] = {}
        floor = least
        for passed, bearers in enumerate(lists):
            # Who shares none of the values passed agrees in the rest at best.
            if (len(lists) - passed) / len(lists) < floor:
                break
            if len(found) + len(bearers) > PATIENCE or self._budget < len(bearers):
                return None
            self._budget -= len(bearers)
            for row_id in bearers:
                if row_id not in found:
                    found[row_id] = likeness(cells, self._rows[row_id])
                    if only_nearest:
                        floor = max(floor, found[row_id])
        return sorted(
            ((share, i) for i, share in found.items() if share >= floor), key=lambda entry: (-entry[0], entry[1])
        )


def only(found: Iterable[RowId]) -> RowId | None:
    """Give the one row that was found, `None` where there is none or more than one."""
    rows = list(found)
    return rows[0] if len(rows) == 1 else None


def best_pairs(fits: Iterable[tuple[float, int, RowId]]) -> dict[int, RowId]:
    """Give each row that is wanted to who is most like it; of equally alike ones the first gets it.

    `fits`: how alike, who asks (in the sheet's order), which row. Each asks for one row at most.
    """
    best: dict[RowId, tuple[float, int]] = {}
    for share, asker, row_id in fits:
        if share > best.get(row_id, (-inf, 0))[0]:
            best[row_id] = share, asker
    return {asker: row_id for row_id, (_, asker) in best.items()}
