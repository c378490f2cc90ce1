"""A table today and as of any commit, and what lies between two commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from sheetward.cells import Cell
from sheetward.diff import Changeset
from sheetward.stores.settle import Cells
from sheetward.stores.sql.bulk import chunks
from sheetward.stores.sql.past import Walk, records
from sheetward.stores.sql.relations import gone
from sheetward.stores.sql.rows import row_of, stored, stored_some
from sheetward.stores.sql.wordbook import Wordbooks
from sheetward.table import Row, RowId, Table


def today(fields: tuple[str, ...], texts: Mapping[RowId, bytes], books: Wordbooks) -> Table:
    """Give rows as stored as a table."""
    return Table(fields, {row: row_of(text, fields, books) for row, text in texts.items()})


def as_of(connection: Connection, table_id: str, fields: tuple[str, ...], at: int, head: int) -> Table:
    """Give the table as of a commit, by walking back from today; the cost grows with what changed since."""
    books = Wordbooks(connection, table_id)
    walk = Walk(stored(connection, table_id), books)
    for _, replaced in records(connection, table_id, at, head):
        walk.back(replaced)
    rows = dict(today(fields, walk.untouched, books).rows)
    rows.update({row: _aligned(cells, fields) for row, cells in walk.touched.items() if cells is not None})
    return Table(fields, rows)


def _aligned(cells: Cells, fields: tuple[str, ...]) -> Row:
    return tuple(cells.get(name) for name in fields)


def changesets(
    connection: Connection, table_id: str, after: int, upto: int, head: int
) -> Sequence[tuple[int, Changeset]]:
    """Give what the commits `after < number <= upto` changed, oldest first.

    Reads the rows that they touched, no others, and walks those back from today.
    """
    between = list(records(connection, table_id, after, upto))
    ids = {row for _, replaced in between for row in replaced.rows}
    walk = Walk(stored_some(connection, table_id, ids), Wordbooks(connection, table_id))
    for _, replaced in records(connection, table_id, upto, head):
        walk.back(replaced.only(ids))
    return [(number, walk.back(replaced)) for number, replaced in between][::-1]


def removed(connection: Connection, table_id: str, ids: Iterable[RowId]) -> Mapping[RowId, Mapping[str, Cell]]:
    """Give those of the ids that were removed and have not come back, with their last cells."""
    where: dict[int, list[RowId]] = {}
    for piece in chunks(ids):
        query = select(gone.c.row_id, gone.c.number).where(gone.c.table_id == table_id, gone.c.row_id.in_(piece))
        for row, number in connection.execute(query):
            where.setdefault(number, []).append(RowId(row))
    found: dict[RowId, Mapping[str, Cell]] = {}
    for number, rows in where.items():
        [(_, replaced)] = records(connection, table_id, number - 1, number)
        found.update({row: replaced.removed[row] for row in rows})
    return found
