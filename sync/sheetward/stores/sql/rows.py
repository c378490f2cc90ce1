"""The rows of a table today: JSON by field or spelt with a wordbook, in one column; read in bulk, written by the row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import cast

import orjson
from sqlalchemy import Connection, bindparam, select, text

from sheetward.cells import Cell, Json, from_json, to_json
from sheetward.stores.settle import Cells
from sheetward.stores.sql import bulk
from sheetward.stores.sql.relations import live
from sheetward.stores.sql.together import Answer, Ask, together
from sheetward.stores.sql.wordbook import Wordbook, Wordbooks
from sheetward.table import Row, RowId

_CELLS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS

_SOME = {
    "postgresql": text("SELECT row_id, cells FROM live WHERE table_id = :in AND row_id = ANY(:ids)"),
    "sqlite": text(
        "SELECT row_id, cells FROM live WHERE table_id = :in AND row_id IN (SELECT value FROM json_each(:ids))"
    ),
}
_ONE = live.c.table_id == bindparam("in"), live.c.row_id == bindparam("at")
_UPDATE = live.update().where(*_ONE).values(cells=bindparam("now"))
_UPDATE_MANY = text(
    "UPDATE live SET cells = new.cells FROM unnest(CAST(:ids AS text[]), CAST(:cells AS bytea[])) AS new (row_id, cells)"
    " WHERE live.table_id = :in AND live.row_id = new.row_id"
)
_DELETE = live.delete().where(*_ONE)


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


def asks(connection: Connection, table_id: str, ids: Iterable[RowId]) -> list[Ask]:
    """Give what asks for these rows; the answers are pairs of an id and its column."""
    some = _SOME[connection.dialect.name]
    if connection.dialect.name == "postgresql":
        return [(some, {"in": table_id, "ids": piece}) for piece in bulk.chunks(ids)]
    return [(some, {"in": table_id, "ids": orjson.dumps(piece).decode()}) for piece in bulk.chunks(ids)]


def stored_some(connection: Connection, table_id: str, ids: Iterable[RowId]) -> dict[RowId, bytes]:
    """Give these rows as their column holds them; ids that are not there are left out."""
    return found_rows(together(connection, *asks(connection, table_id, ids)))


def found_rows(answers: Iterable[Answer]) -> dict[RowId, bytes]:
    """Give the rows of answers to `asks`."""
    return {row: cells for answer in answers for row, cells in answer.rows}


def writes(
    connection: Connection, table_id: str, books: Wordbooks, after: Mapping[RowId, Cells | None], new: Set[RowId]
) -> tuple[list[Ask], int]:
    """Give what puts rows as they will be, and their size in bytes; `None` removes, `new` names those that are not there yet.

    A wordbook is made at once where these rows want one.
    """
    book = books.for_rows([cells for cells in after.values() if cells is not None])
    fresh = {row: _spelt(after[row] or {}, book) for row in sorted(new)}
    moved = {row: _spelt(cells, book) for row, cells in after.items() if cells is not None and row not in new}
    inserted = [{"table_id": table_id, "row_id": row, "cells": cells} for row, cells in fresh.items()]
    sent = bulk.inserts(connection, live, inserted)
    if moved and connection.dialect.name == "postgresql":
        sent.append((_UPDATE_MANY, {"in": table_id, "ids": list(moved), "cells": list(moved.values())}))
    elif moved:
        sent.append((_UPDATE, [{"in": table_id, "at": row, "now": cells} for row, cells in moved.items()]))
    removed = [{"in": table_id, "at": row} for row, cells in after.items() if cells is None]
    if removed:
        sent.append((_DELETE, removed))
    return sent, sum(map(len, fresh.values())) + sum(map(len, moved.values()))
