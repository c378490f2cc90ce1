"""A table: rows by id, every row with the same columns; and three of them for a merge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, NewType, TypeAlias, TypeVar

from sheetward.cells import Cell

RowId = NewType("RowId", str)
"""Opaque, unguessable, never number-like; the same for a row in all sheets."""

Row: TypeAlias = "tuple[Cell, ...]"
"""The cells of one row, aligned with its table's `fields`."""

T = TypeVar("T")


def is_row_id(text: str) -> bool:
    """Say whether a text has the form of the ids that we give; a person may have typed anything into the id column."""
    return len(text) >= 6 and text[0] == "r" and text.isascii() and text.isalnum() and text.islower()


def identical(a: Row, b: Row) -> bool:
    """Say whether two rows hold the very same cells, spelling included; quick, and not fooled by `True == 1`."""
    return a is b or (a == b and list(map(type, a)) == list(map(type, b)))


@dataclass(frozen=True)
class Table:
    """Row id to row. The order of rows carries no meaning."""

    fields: tuple[str, ...]
    rows: Mapping[RowId, Row] = field(default_factory=dict[RowId, Row])

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Give each field's place in a row."""
        return {name: place for place, name in enumerate(self.fields)}

    def cell(self, row_id: RowId, name: str) -> Cell:
        """Give one cell; `KeyError` where the row or the field is not there."""
        return self.rows[row_id][self.index[name]]

    def column(self, name: str) -> dict[RowId, Cell]:
        """Give one column: row id to cell."""
        place = self.index[name]
        return {row_id: row[place] for row_id, row in self.rows.items()}

    def selected(self, fields: Iterable[str]) -> Table:
        """Give the same rows with these fields only, in this order; a field unknown here is empty."""
        names = tuple(fields)
        if names == self.fields:
            return self
        places = [self.index.get(name) for name in names]
        return Table(
            names,
            {row_id: tuple(None if p is None else row[p] for p in places) for row_id, row in self.rows.items()},
        )


@dataclass(frozen=True, slots=True)
class ThreeWay(Generic[T]):
    """The same thing on three sides; the order is always base, ours (the store), theirs (the sheet)."""

    base: T
    ours: T
    theirs: T

    def flipped(self) -> ThreeWay[T]:
        """Swap ours and theirs."""
        return ThreeWay(self.base, self.theirs, self.ours)
