"""Many records at once: the driver's own way for a bulk load, where it has one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Table

from sheetward.stores.sql.together import Ask, together

T = TypeVar("T")

_AT_ONCE = 2000
"""Ids in one query: far below the 32,766 variables that SQLite takes, and enough to make the query's own cost small."""

_MANY: Final = 100
"""Records from which `COPY` is faster than a statement for each."""

_KINDS: Final = {"TEXT": "text", "INTEGER": "int4", "BIGINT": "int8", "BLOB": "bytea"}
"""PostgreSQL's name for the type of a column, by the name that SQLAlchemy gives it."""


def chunks(things: Iterable[T]) -> Iterator[list[T]]:
    """Cut into lists short enough for one query."""
    rest = iter(things)
    while piece := list(islice(rest, _AT_ONCE)):
        yield piece


_insert = cache(Table.insert)


def inserts(connection: Connection, relation: Table, records: Sequence[Mapping[str, object]]) -> list[Ask]:
    """Give what inserts records, which have all columns of the relation; a bulk load is done at once. As `insert`."""
    if not records:
        return []
    if connection.dialect.name == "postgresql" and len(records) >= _MANY:
        _copy(connection, relation, records)
        return []
    return [(_insert(relation), [*records])]


def insert(connection: Connection, relation: Table, records: Sequence[Mapping[str, object]]) -> None:
    """Insert records, which have all columns of the relation. In a transaction that writes."""
    together(connection, *inserts(connection, relation, records))


def _copy(connection: Connection, relation: Table, records: Sequence[Mapping[str, object]]) -> None:
    """Stream records in PostgreSQL's binary form (https://www.postgresql.org/docs/current/sql-copy.html)."""
    names = [column.name for column in relation.columns]
    kinds = [_KINDS[str(column.type)] for column in relation.columns]
    driver: Any = connection.connection.driver_connection
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {relation.name} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(kinds)
        for record in records:
            copy.write_row([record[name] for name in names])
