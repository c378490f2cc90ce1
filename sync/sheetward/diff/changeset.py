"""Changesets: rows added, rows removed, cells changed old to new. They invert, compose and apply."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import TypeAlias

from sheetward.cells import Cell, same
from sheetward.table import Row, RowId, Table, identical

Change: TypeAlias = "tuple[Cell, Cell]"
"""One cell, old to new."""

FieldCells: TypeAlias = "Mapping[str, Cell]"
"""A whole row by field name; a field that is not named is empty. Survives a schema whose columns move."""


def _rows() -> Mapping[RowId, FieldCells]:
    return {}


def _cells() -> Mapping[RowId, Mapping[str, Change]]:
    return {}


@dataclass(frozen=True)
class Changeset:
    """Rows added and removed (whole, by field) and cells changed; a row stands in one of the three at most."""

    added: Mapping[RowId, FieldCells] = field(default_factory=_rows)
    removed: Mapping[RowId, FieldCells] = field(default_factory=_rows)
    changed: Mapping[RowId, Mapping[str, Change]] = field(default_factory=_cells)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    @property
    def cell_count(self) -> int:
        """Count cells: changed ones, and the filled ones of rows added or removed."""
        whole = sum(
            1 for rows in (self.added, self.removed) for row in rows.values() for c in row.values() if c is not None
        )
        return whole + sum(len(cells) for cells in self.changed.values())

    @property
    def rows(self) -> Set[RowId]:
        """Give the ids of all rows that it names."""
        return {*self.added, *self.removed, *self.changed}

    def only(self, ids: Set[RowId]) -> Changeset:
        """Give the part that speaks of these rows."""
        return Changeset(
            {row: cells for row, cells in self.added.items() if row in ids},
            {row: cells for row, cells in self.removed.items() if row in ids},
            {row: cells for row, cells in self.changed.items() if row in ids},
        )

    def inverted(self) -> Changeset:
        """Give the changeset that leads back."""
        back = {row: {name: (new, old) for name, (old, new) in cells.items()} for row, cells in self.changed.items()}
        return Changeset(added=self.removed, removed=self.added, changed=back)

    def applied(self, table: Table) -> Table:
        """Apply to a table whose rows are as the changeset expects; fields it does not know are ignored.

        `KeyError` where a row to change or remove is not there: the caller compared heads before.
        """
        rows = dict(table.rows)
        for row_id in self.removed:
            del rows[row_id]
        for row_id, cells in self.added.items():
            rows[row_id] = tuple(cells.get(name) for name in table.fields)
        for row_id, changes in self.changed.items():
            row = list(rows[row_id])
            for name, (_, new) in changes.items():
                place = table.index.get(name)
                if place is not None:
                    row[place] = new
            rows[row_id] = tuple(row)
        return Table(table.fields, rows)

    def then(self, later: Changeset) -> Changeset:
        """Compose with a changeset that starts where this one ends; cells that end where they began drop out."""
        before: dict[RowId, FieldCells | None] = {}
        after: dict[RowId, FieldCells | None] = {}
        cells: dict[RowId, dict[str, Change]] = {row: dict(changes) for row, changes in self.changed.items()}
        for row, whole in self.added.items():
            before[row], after[row] = None, dict(whole)
        for row, whole in self.removed.items():
            before[row], after[row] = dict(whole), None
        for row, changes in later.changed.items():
            if row in after:
                after[row] = {**(after[row] or {}), **{name: new for name, (_, new) in changes.items()}}
            else:
                mine = cells.setdefault(row, {})
                for name, (old, new) in changes.items():
                    mine[name] = (mine[name][0] if name in mine else old, new)
        for row, whole in later.removed.items():
            if row in after:
                after[row] = None
            else:
                undone = {name: old for name, (old, _) in cells.pop(row, {}).items()}
                before[row], after[row] = {**whole, **undone}, None
        for row, whole in later.added.items():
            before.setdefault(row, None)
            after[row] = dict(whole)
        return _collected(before, after, cells)


def _collected(
    before: Mapping[RowId, FieldCells | None],
    after: Mapping[RowId, FieldCells | None],
    cells: Mapping[RowId, Mapping[str, Change]],
) -> Changeset:
    added: dict[RowId, FieldCells] = {}
    removed: dict[RowId, FieldCells] = {}
    changed: dict[RowId, Mapping[str, Change]] = {}
    for row, end in after.items():
        start = before[row]
        if start is None and end is not None:
            added[row] = end
        elif start is not None and end is None:
            removed[row] = start
        elif start is not None and end is not None:
            names = dict.fromkeys((*start, *end))
            moved = {n: (start.get(n), end.get(n)) for n in names if not same(start.get(n), end.get(n))}
            if moved:
                changed[row] = moved
    for row, changes in cells.items():
        moved = {name: (old, new) for name, (old, new) in changes.items() if not same(old, new)}
        if moved:
            changed[row] = moved
    return Changeset(added, removed, changed)


def by_field(fields: tuple[str, ...], row: Row) -> FieldCells:
    """Give a row by field name, without its empty cells."""
    return {name: cell for name, cell in zip(fields, row, strict=True) if cell is not None}


def changes_between(old: Table, new: Table) -> Changeset:
    """Give the changeset that leads from one state to another; both tables have the same fields."""
    added = {row_id: by_field(new.fields, row) for row_id, row in new.rows.items() if row_id not in old.rows}
    removed = {row_id: by_field(old.fields, row) for row_id, row in old.rows.items() if row_id not in new.rows}
    changed: dict[RowId, Mapping[str, Change]] = {}
    for row_id, row in new.rows.items():
        before = old.rows.get(row_id)
        if before is None or identical(before, row):
            continue
        moved = {
            name: (was, now)
            for name, was, now in zip(new.fields, before, row, strict=True)
            if was is not now and not same(was, now)
        }
        if moved:
            changed[row_id] = moved
    return Changeset(added, removed, changed)
