"""The way back: for each commit only the cells that it replaced, and the walk from a newer state to any earlier one.

A commit's record is JSON, compressed with zlib: `+` the ids of rows that it added, `-` the rows that it removed, whole,
`~` the old cells (null where empty) of rows that it changed. What it set is not in there: that stands in the next newer
state, so a walk gives both directions and nothing is kept twice.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, select

from sheetward.cells import Cell, Json, from_json
from sheetward.diff import Change, Changeset
from sheetward.errors import IntegrityError
from sheetward.stores.settle import Cells
from sheetward.stores.sql.relations import past
from sheetward.stores.sql.rows import decoded_cells, json_of
from sheetward.table import Row, RowId


@dataclass(frozen=True, slots=True)
class Replaced:
    """What one commit replaced, with the cells as JSON has them."""

    added: Sequence[RowId]
    removed: Mapping[RowId, Mapping[str, Json]]
    changed: Mapping[RowId, Mapping[str, Json]]

    @property
    def rows(self) -> Set[RowId]:
        """Give the ids of all rows that the commit touched."""
        return {*self.added, *self.removed, *self.changed}

    def only(self, ids: Set[RowId]) -> Replaced:
        """Give the part that speaks of these rows."""
        return Replaced(
            [row for row in self.added if row in ids],
            {row: cells for row, cells in self.removed.items() if row in ids},
            {row: cells for row, cells in self.changed.items() if row in ids},
        )


def packed(changes: Changeset) -> bytes:
    """Encode what a commit replaced."""
    record = {
        "+": sorted(changes.added),
        "-": changes.removed,
        "~": {row: {name: old for name, (old, _) in cells.items()} for row, cells in changes.changed.items()},
    }
    return zlib.compress(json_of(record), 6)


def unpacked(data: bytes) -> Replaced:
    """Decode what `packed` gave."""
    record = orjson.loads(zlib.decompress(data))
    return Replaced(record["+"], record["-"], record["~"])


def records(connection: Connection, table_id: str, after: int, upto: int) -> Iterator[tuple[int, Replaced]]:
    """Give what the commits `after < number <= upto` replaced, newest first."""
    query = (
        select(past.c.number, past.c.replaced)
        .where(past.c.table_id == table_id, past.c.number > after, past.c.number <= upto)
        .order_by(past.c.number.desc())
    )
    for number, data in connection.execute(query):
        yield number, unpacked(data)


class Walk:
    """Rows on their way back through history, each step told as the changes that led forth.

    Starts from all rows of a state, or from those that the walk will touch.
    `IntegrityError("store.past")` where a record does not fit the rows.
    """

    def __init__(self, rows: dict[RowId, Cells]) -> None:
        self.rows = rows

    def _there(self, row: RowId) -> Cells:
        cells = self.rows.get(row)
        if cells is None:
            raise IntegrityError("store.past", row=row)
        return cells

    def back(self, replaced: Replaced) -> Changeset:
        """Go back over one commit and give what it had changed."""
        added = {row: self._there(row) for row in replaced.added}
        removed = {row: decoded_cells(cells) for row, cells in replaced.removed.items()}
        changed: dict[RowId, Mapping[str, Change]] = {}
        for row in removed:
            if row in self.rows:
                raise IntegrityError("store.past", row=row)
        for row, was in replaced.changed.items():
            now, olds = self._there(row), decoded_cells(was)
            changed[row] = {name: (old, now.get(name)) for name, old in olds.items()}
            before = {**now, **olds}
            self.rows[row] = {name: cell for name, cell in before.items() if cell is not None}
        for row in added:
            del self.rows[row]
        self.rows.update(removed)
        return Changeset(added, removed, changed)


class Rewind:
    """A whole state on its way back, where only the end is wanted: cells are decoded once, however often they changed.

    `IntegrityError("store.past")` where a record does not fit the rows.
    """

    def __init__(self, fields: tuple[str, ...], rows: dict[RowId, Row]) -> None:
        self._fields = fields
        self._rows = rows
        self._whole: dict[RowId, Mapping[str, Json] | None] = {}
        self._olds: dict[RowId, Mapping[str, Json]] = {}

    def _is_there(self, row: RowId) -> bool:
        return self._whole[row] is not None if row in self._whole else row in self._rows

    def back(self, replaced: Replaced) -> None:
        """Go back over one commit."""
        for row in replaced.added:
            if not self._is_there(row):
                raise IntegrityError("store.past", row=row)
            self._whole[row] = None
            self._olds.pop(row, None)
        for row, cells in replaced.removed.items():
            if self._is_there(row):
                raise IntegrityError("store.past", row=row)
            self._whole[row] = cells
        for row, was in replaced.changed.items():
            known = self._olds.get(row)
            if known is None and not self._is_there(row):
                raise IntegrityError("store.past", row=row)
            self._olds[row] = was if known is None else {**known, **was}

    def rows(self) -> dict[RowId, Row]:
        """Give the state arrived at; the rows given at first are used up."""
        for row, cells in self._whole.items():
            if cells is None:
                self._rows.pop(row, None)
            else:
                self._rows[row] = tuple([_cell(cells.get(name)) for name in self._fields])
        places = {name: place for place, name in enumerate(self._fields)}
        for row, olds in self._olds.items():
            line = [*self._rows[row]]
            for name, old in olds.items():
                place = places.get(name)
                if place is not None:
                    line[place] = _cell(old)
            self._rows[row] = tuple(line)
        return self._rows


def _cell(data: Json) -> Cell:
    return data if data is None or type(data) is str else from_json(data)
