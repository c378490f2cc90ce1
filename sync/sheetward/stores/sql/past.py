"""The way back: for each commit only the cells that it replaced, and the walk from today to any earlier state.

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

from sheetward.diff import Change, Changeset
from sheetward.errors import IntegrityError
from sheetward.stores.settle import Cells
from sheetward.stores.sql.relations import past
from sheetward.stores.sql.rows import cells_of, decoded_cells, json_of
from sheetward.stores.sql.wordbook import Wordbooks
from sheetward.table import RowId


@dataclass(frozen=True, slots=True)
class Replaced:
    """What one commit replaced, in the form in which it is kept."""

    added: Sequence[RowId]
    removed: Mapping[RowId, Cells]
    changed: Mapping[RowId, Cells]

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
    return Replaced(
        record["+"],
        {row: decoded_cells(cells) for row, cells in record["-"].items()},
        {row: decoded_cells(cells) for row, cells in record["~"].items()},
    )


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
    """Rows on their way back through history.

    Starts from rows as their columns hold them, of the whole table or of all those that the walk will touch, and
    decodes a row when the walk first meets it. `IntegrityError("store.past")` where a record does not fit the rows.
    """

    def __init__(self, stored: dict[RowId, bytes], books: Wordbooks) -> None:
        self._books = books
        self.untouched = stored
        """Rows that no step has met, as stored."""
        self.touched: dict[RowId, Cells | None] = {}
        """Rows that a step has met, as they stand now; `None` where they are not there."""

    def _take(self, row: RowId) -> Cells:
        if row in self.touched:
            cells = self.touched[row]
        else:
            text = self.untouched.pop(row, None)
            cells = None if text is None else cells_of(text, self._books)
        if cells is None:
            raise IntegrityError("store.past", row=row)
        return cells

    def back(self, replaced: Replaced) -> Changeset:
        """Go back over one commit and give what it had changed."""
        added = {row: self._take(row) for row in replaced.added}
        changed: dict[RowId, Mapping[str, Change]] = {}
        for row in replaced.removed:
            if row in self.untouched or self.touched.get(row) is not None:
                raise IntegrityError("store.past", row=row)
        for row, olds in replaced.changed.items():
            now = self._take(row)
            changed[row] = {name: (old, now.get(name)) for name, old in olds.items()}
            before = {**now, **olds}
            self.touched[row] = {name: cell for name, cell in before.items() if cell is not None}
        self.touched.update(dict.fromkeys(replaced.added))
        self.touched.update(replaced.removed)
        return Changeset(added, replaced.removed, changed)
