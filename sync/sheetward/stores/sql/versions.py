"""Rules and schemas: numbered versions of data as written, each with who put it in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import orjson
from sqlalchemy import ColumnElement, Connection, Table, func, select

from sheetward.cells import Json
from sheetward.history.chain import moment_text
from sheetward.ports.store import CommitNote
from sheetward.stores.sql import seals
from sheetward.stores.sql.spelling import data_text


def rule_key(table_id: str, role: str) -> dict[str, str]:
    """Give what names the versions of one rule."""
    return {"table_id": table_id, "role": role}


def _same(relation: Table, key: dict[str, str]) -> list[ColumnElement[bool]]:
    return [relation.c[name] == value for name, value in key.items()]


def newest(connection: Connection, relation: Table, key: dict[str, str]) -> tuple[int, Json] | None:
    """Give the newest version and its data."""
    query = select(relation.c.version, relation.c.data).where(*_same(relation, key))
    last = connection.execute(query.order_by(relation.c.version.desc()).limit(1)).first()
    return None if last is None else (last.version, cast("Json", orjson.loads(last.data)))


def last(connection: Connection, relation: Table, key: dict[str, str]) -> int:
    """Give the number of the newest version, 0 before the first."""
    query = select(func.max(relation.c.version)).where(*_same(relation, key))
    return connection.execute(query).scalar() or 0


def numbered(connection: Connection, relation: Table, key: dict[str, str], version: int) -> Sequence[Json]:
    """Give the data of a version as the only entry of a list, which is empty where that version never was."""
    query = select(relation.c.data).where(*_same(relation, key), relation.c.version == version)
    return [cast("Json", orjson.loads(text)) for text in connection.execute(query).scalars()]


def put(
    connection: Connection, relation: Table, key: dict[str, str], data: Json, note: CommitNote, secret: bytes
) -> int:
    """Add a version unless the newest has the same data, and give its number. With the head taken.

    `secret` is the store's digest key, with which the version is sealed.
    """
    last = newest(connection, relation, key)
    if last is not None and data_text(last[1]) == data_text(data):
        return last[0]
    version = 1 if last is None else last[0] + 1
    values = {
        **key,
        "version": version,
        "data": orjson.dumps(data).decode(),
        "author": note.author,
        "time": moment_text(note.time),
        "reason": note.reason,
    }
    connection.execute(relation.insert(), values)
    seals.add(connection, key["table_id"], secret)
    return version
