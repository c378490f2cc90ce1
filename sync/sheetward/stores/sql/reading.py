"""A table today and as of any commit, and what lies between two commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from sqlalchemy import Connection, select

from sheetward.cells import Cell
from sheetward.diff import Changeset
from sheetward.stores.settle import Cells
from sheetward.stores.sql import keyframes
from sheetward.stores.sql.bulk import chunks
from sheetward.stores.sql.heads import Head
from sheetward.stores.sql.past import Rewind, Walk, records
from sheetward.stores.sql.relations import gone
from sheetward.stores.sql.rows import cells_of, decoded_cells, row_of, stored, stored_some
from sheetward.stores.sql.wordbook import Wordbooks
from sheetward.table import Row, RowId, Table


def today(fields: tuple[str, ...], texts: Mapping[RowId, bytes], books: Wordbooks) -> Table:
    """Give rows as stored as a table."""
    return Table(fields, {row: row_of(text, fields, books) for row, text in texts.items()})


def as_of(connection: Connection, head: Head, key: bytes, fields: tuple[str, ...], at: int) -> Table:
    """Give the table as of a commit, by walking back from the next keyframe, or from today."""
    start, rows = _state_after(connection, head, key, fields, at)
    rewind = Rewind(fields, rows)
    for _, replaced in records(connection, head.table_id, at, start):
        rewind.back(replaced)
    return Table(fields, rewind.rows())


def _state_after(
    connection: Connection, head: Head, key: bytes, fields: tuple[str, ...], at: int
) -> tuple[int, dict[RowId, Row]]:
    """Give the nearest state at or after a commit that is kept whole, and its commit."""
    frames, _ = keyframes.all_of(connection, head.table_id, at)
    for frame in frames:
        parts = frame.parts(connection, key)
        if parts is not None:
            return frame.number, keyframes.rows_of(parts, fields)
    texts, books = stored(connection, head.table_id), Wordbooks(connection, head.table_id)
    return head.number, {row: row_of(text, fields, books) for row, text in texts.items()}


def changesets(
    connection: Connection, head: Head, key: bytes, after: int, upto: int, wanted: Set[RowId] | None = None
) -> Sequence[tuple[int, Changeset]]:
    """Give what the commits `after < number <= upto` changed, oldest first, in all rows or in those wanted.

    Reads the rows that they touched, no others, and walks those back.
    """
    between = list(records(connection, head.table_id, after, upto))
    if wanted is not None:
        parts = [(number, replaced.only(wanted)) for number, replaced in between]
        between = [(number, replaced) for number, replaced in parts if replaced.rows]
    ids = {row for _, replaced in between for row in replaced.rows}
    start, rows = _rows_after(connection, head, key, ids, upto)
    walk = Walk(rows)
    for _, replaced in records(connection, head.table_id, upto, start):
        walk.back(replaced.only(ids))
    return [(number, walk.back(replaced)) for number, replaced in between][::-1]


def _rows_after(
    connection: Connection, head: Head, key: bytes, ids: Set[RowId], upto: int
) -> tuple[int, dict[RowId, Cells]]:
    """Give some rows as they stood at or after a commit, and at which.

    Of today where that is as near as any keyframe: the way from the last keyframe to today is never long.
    """
    frames, _ = keyframes.all_of(connection, head.table_id, upto)
    for frame in frames[:-1]:
        parts = frame.parts(connection, key, ids)
        if parts is not None:
            return frame.number, {row: cells for row, cells in keyframes.cells_by_row(parts) if row in ids}
    books = Wordbooks(connection, head.table_id)
    return head.number, {
        row: cells_of(text, books) for row, text in stored_some(connection, head.table_id, ids).items()
    }


def removed(connection: Connection, table_id: str, ids: Iterable[RowId] | None) -> Mapping[RowId, Mapping[str, Cell]]:
    """Give the rows, or those of the ids, that were removed and have not come back, with their last cells."""
    every = select(gone.c.row_id, gone.c.number).where(gone.c.table_id == table_id)
    queries = [every] if ids is None else [every.where(gone.c.row_id.in_(piece)) for piece in chunks(ids)]
    where: dict[int, list[RowId]] = {}
    for query in queries:
        for row, number in connection.execute(query):
            where.setdefault(number, []).append(RowId(row))
    found: dict[RowId, Mapping[str, Cell]] = {}
    for number, rows in sorted(where.items(), reverse=True):
        [(_, replaced)] = records(connection, table_id, number - 1, number)
        found.update({row: decoded_cells(replaced.removed[row]) for row in rows})
    return found
