"""The rows of a table today: JSON by field or spelt with a wordbook, in one column; read in bulk, written by the row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import cast

import orjson
from sqlalchemy import Connection, bindparam, select

from sheetward.cells import Cell, Json, from_json, to_json
from sheetward.stores.settle import Cells
from sheetward.stores.sql import bulk
from sheetward.stores.sql.relations import live
from sheetward.stores.sql.wordbook import Wordbook, Wordbooks
from sheetward.table import Row, RowId

_CELLS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS

# Built once: building a statement costs as much as running it for one row.
_ONE = live.c.table_id == bindparam("in"), live.c.row_id == bindparam("at")
_UPDATE = live.update().where(*_ONE).values(cells=bindparam("now"))
_THESE = live.c.table_id == bindparam("in"), live.c.row_id.in_(bindparam("ids", expanding=True))
_DELETE = live.delete().where(*_THESE)
_SOME = select(live.c.row_id, live.c.cells).where(*_THESE)


def json_of(record: object) -> bytes:
    """Spell plain data with cells in it. The encoder asks `to_json` for what JSON has no word for: fast for text."""
    return orjson.dumps(record, default=to_json, option=_CELLS)


def encoded_cells(cells: Mapping[str, Cell]) -> dict[str, Json]:
    """Encode a row's filled cells by field."""
    return {name: cell if type(cell) is str else to_json(cell) for name, cell in cells.items()}


def decoded_cells(record: Mapping[str, Json]) -> Cells:
    """Decode what `encoded_cells` gave."""
    return {name: cell if type(cell) is str else from_json(cell) for name, cell in record.items()}


def _spelt(cells: Mapping[str, Cell], book: Wordbook | None) -> bytes:
    return json_of(cells) if book is None or not book.knows(cells) else book.spelt(cells)


def cells_of(text: bytes, books: Wordbooks) -> Cells:
    """Read a row's filled cells from its column."""
    if text[:1] != b"{":
        return books.of(text).cells(text)
    return decoded_cells(cast("dict[str, Json]", orjson.loads(text)))


def row_of(text: bytes, fields: tuple[str, ...], books: Wordbooks) -> Row:
    """Read a row from its column, aligned with `fields`.

    In plain JSON a cell that is neither text nor truth is an object of its own; where there is no second brace, all
    cells are as they stand.
    """
    if text[:1] != b"{":
        return books.of(text).row(text, fields)
    record = orjson.loads(text)
    if text.find(b"{", 1) < 0:
        return tuple(map(record.get, fields))
    cells = map(record.get, fields)
    return tuple([cell if cell is None or type(cell) is str else from_json(cell) for cell in cells])


def stored(connection: Connection, table_id: str) -> dict[RowId, bytes]:
    """Give every row of a table as its column holds it."""
    query = select(live.c.row_id, live.c.cells).where(live.c.table_id == table_id)
    return dict(cast("Sequence[tuple[RowId, bytes]]", connection.execute(query).all()))


def stored_some(connection: Connection, table_id: str, ids: Iterable[RowId]) -> dict[RowId, bytes]:
    """Give these rows as their column holds them; ids that are not there are left out."""
    found: dict[RowId, bytes] = {}
    for piece in bulk.chunks(ids):
        there = connection.execute(_SOME, {"in": table_id, "ids": piece}).all()
        found.update(cast("Sequence[tuple[RowId, bytes]]", there))
    return found


def write(connection: Connection, table_id: str, after: Mapping[RowId, Cells | None], new: Set[RowId]) -> int:
    """Put rows as they will be and give their size in bytes; `None` removes, `new` names those that are not there yet."""
    there = [(row, cells) for row, cells in after.items() if row not in new]
    book = Wordbooks(connection, table_id).for_rows([cells for cells in after.values() if cells is not None])
    fresh = {row: _spelt(after[row] or {}, book) for row in sorted(new)}
    moved = {row: _spelt(cells, book) for row, cells in there if cells is not None}
    inserts = [{"table_id": table_id, "row_id": row, "cells": text} for row, text in fresh.items()]
    updates = [{"in": table_id, "at": row, "now": text} for row, text in moved.items()]
    bulk.insert(connection, live, inserts)
    if updates:
        connection.execute(_UPDATE, updates)
    for piece in bulk.chunks(row for row, cells in there if cells is None):
        connection.execute(_DELETE, {"in": table_id, "ids": piece})
    return sum(map(len, fresh.values())) + sum(map(len, moved.values()))
