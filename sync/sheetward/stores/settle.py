"""From the rows as they stand and a changeset to the rows as they will be, compared cell by cell on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sheetward.cells import Cell, same, to_json
from sheetward.diff import Change, Changeset
from sheetward.errors import IntegrityError
from sheetward.table import RowId

Cells = dict[str, Cell]
"""The filled cells of one row, by field."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a changeset comes to on the rows it touches.

    `exact` is the changeset as history keeps it: old values as they really stood, spelling included, removed rows
    whole, nothing that changes nothing. `after` holds each touched row as it will be, `None` where it goes.
    """

    exact: Changeset
    after: Mapping[RowId, Cells | None]


def touched(changes: Changeset) -> list[RowId]:
    """Give the ids of all rows that a changeset names."""
    return [*changes.added, *changes.removed, *changes.changed]


def settle(table: str, current: Mapping[RowId, Mapping[str, Cell]], changes: Changeset) -> Settled:
    """Compare a changeset with the rows it touches and give what it comes to.

    `current` holds those touched rows that exist. `IntegrityError("store.disagrees")` where a row to add is there, a
    row to remove or change is not, or a cell to change does not mean the old value: the heads agreed, so the caller
    worked from something that this store never said.
    """
    after: dict[RowId, Cells | None] = {}
    added: dict[RowId, Mapping[str, Cell]] = {}
    removed: dict[RowId, Mapping[str, Cell]] = {}
    changed: dict[RowId, Mapping[str, Change]] = {}
    for row, whole in changes.added.items():
        if row in current:
            raise IntegrityError("store.disagrees", table=table, row=row)
        filled: Cells = {name: cell for name, cell in whole.items() if cell is not None}
        added[row] = after[row] = filled
    for row in changes.removed:
        if row not in current:
            raise IntegrityError("store.disagrees", table=table, row=row)
        removed[row], after[row] = current[row], None
    for row, cells in changes.changed.items():
        if row not in current:
            raise IntegrityError("store.disagrees", table=table, row=row)
        now = dict(current[row])
        moved: dict[str, Change] = {}
        for name, (old, new) in cells.items():
            stands = now.get(name)
            if not same(stands, old):
                raise IntegrityError("store.disagrees", table=table, row=row, field=name)
            if same(stands, new) and to_json(stands) == to_json(new):
                continue
            moved[name] = stands, new
            if new is None:
                now.pop(name, None)
            else:
                now[name] = new
        if moved:
            changed[row], after[row] = moved, now
    return Settled(Changeset(added, removed, changed), after)
