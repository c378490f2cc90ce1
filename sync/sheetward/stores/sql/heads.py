"""Tables and their commits: where each stands, and the log."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, func, select, text

from sheetward.history.chain import GENESIS, moment_text
from sheetward.ports.store import Commit
from sheetward.stores.sql.relations import commits, head, sync
from sheetward.stores.sql.together import Answer, Ask, together

# Statements of every transaction are built once: building one costs as much as running it.
_HEAD = select(head.c.number, head.c.hash, head.c.size, head.c.owed).where(head.c.table_id == bindparam("at"))
_TAKE = text(
    "WITH line AS MATERIALIZED (SELECT pg_advisory_xact_lock(:line))"
    " SELECT head.number, head.hash, head.size, head.owed FROM line, head WHERE head.table_id = :at FOR UPDATE OF head"
)
_BEGIN = text(
    "INSERT INTO head (table_id, name, number, hash, sealed) VALUES (:table_id, :name, 0, :hash, :hash)"
    " ON CONFLICT DO NOTHING"
)
_MOVE = (
    head.update()
    .where(head.c.table_id == bindparam("at"))
    .values(number=bindparam("number"), hash=bindparam("hash"), size=bindparam("size"), owed=bindparam("owed"))
)
_ADD = commits.insert()

DIRECTORY: Final = ""
"""Stands for all tables where a name must be unique in the store: whoever gives such a name takes this one's head."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a table stands. `table_id` leads every key; `is_new` where the store has no record of the table.

    `size` is that of its rows as they are kept, `owed` that of the records since its last keyframe, in bytes.
    """

    table_id: str
    number: int
    hash: str
    is_new: bool = False
    size: int = 0
    owed: int = 0


def table_id(store_id: str, table: str) -> str:
    """Give the id of a table: the same on every call, and another in every other store."""
    return hashlib.sha256(f"{store_id}\n{table}".encode()).hexdigest()[:12]


def _stands(key: str, rows: Sequence[Any]) -> Head:
    if not rows:
        return Head(key, 0, GENESIS, is_new=True)
    ((number, hashed, size, owed),) = rows
    return Head(key, number, hashed, size=size, owed=owed)


def head_of(connection: Connection, store_id: str, table: str) -> Head:
    """Give where a table stands."""
    key = table_id(store_id, table)
    (found,) = together(connection, (_HEAD, {"at": key}))
    return _stands(key, found.rows)


def _taking(connection: Connection, key: str) -> Ask:
    """Give what takes a head row.

    On PostgreSQL in line for it: who waits for a row that is then updated is woken with all the others, looks for the
    row's newest version and waits anew; in line for the number of the table only the next one is woken. The line is for
    speed; the row is what keeps writers apart.
    """
    if connection.dialect.name == "postgresql":
        return _TAKE, {"line": int(key, 16), "at": key}
    return _HEAD, {"at": key}


def taken_asking(
    connection: Connection, store_id: str, tables: Iterable[str], asked: Sequence[Ask]
) -> tuple[Mapping[str, Head], list[Answer]]:
    """Take the head rows of tables, made where there are none, in the order of their names; then ask more, all at once.

    Give where each table stands, and the answers. In a transaction that writes.
    """
    keys = {table: table_id(store_id, table) for table in sorted(tables)}
    answers = together(connection, *[_taking(connection, key) for key in keys.values()], *asked)
    stands = {table: _stands(key, found.rows) for (table, key), found in zip(keys.items(), answers, strict=False)}
    missing = [(table, head.table_id) for table, head in stands.items() if head.is_new]
    if not missing:
        return stands, answers[len(keys) :]
    for table, key in missing:
        connection.execute(_BEGIN, {"table_id": key, "name": table, "hash": GENESIS})
    return taken_asking(connection, store_id, tables, asked)


def taken(connection: Connection, store_id: str, table: str) -> Head:
    """Take a table's head row, made where there is none, and give where the table stands. In a transaction that writes.

    Whoever writes anything of a table takes this row first and waits for its last holder, so that what it reads from
    then on is the newest. Who needs several tables takes them in the order of their names, and `DIRECTORY` last.
    """
    return taken_asking(connection, store_id, [table], [])[0][table]


def names(connection: Connection) -> Sequence[tuple[str, int]]:
    """Give name and head of every table that the store has a record of, by name."""
    query = select(head.c.name, head.c.number).where(head.c.name != DIRECTORY).order_by(head.c.name)
    return [(name, number) for name, number in connection.execute(query)]


def record(stands: Head, commit: Commit) -> list[Ask]:
    """Give what adds a commit and moves the head, which `stands` with it, to it."""
    values = {
        "table_id": stands.table_id,
        "number": commit.number,
        "sync_id": commit.sync_id,
        "author": commit.author,
        "editor": commit.editor,
        "time": moment_text(commit.time),
        "source": commit.source,
        "reason": commit.reason,
        "binding": commit.binding,
        "changes": commit.changes,
        "parent": commit.parent,
        "hash": commit.hash,
        "run": commit.run,
    }
    moved = {"number": stands.number, "hash": stands.hash, "size": stands.size, "owed": stands.owed}
    return [(_ADD, values), (_MOVE, {"at": stands.table_id, **moved})]


def _commit(row: Row[tuple[object, ...]], table: str) -> Commit:
    return Commit(
        table=table,
        number=row.number,
        sync_id=row.sync_id,
        author=row.author,
        editor=row.editor,
        time=dt.datetime.fromisoformat(row.time),
        source=row.source,
        reason=row.reason,
        binding=row.binding,
        changes=row.changes,
        parent=row.parent,
        hash=row.hash,
        run=row.run,
    )


def log_of(connection: Connection, key: str, table: str, *, after: int = 0, upto: int | None = None) -> list[Commit]:
    """Give a table's commits `after < number <= upto`, newest first."""
    query = select(commits).where(commits.c.table_id == key, commits.c.number > after)
    if upto is not None:
        query = query.where(commits.c.number <= upto)
    return [_commit(row, table) for row in connection.execute(query.order_by(commits.c.number.desc()))]


def number_at(connection: Connection, key: str, when: dt.datetime) -> int:
    """Give the number of the last commit at or before a moment, 0 where there is none."""
    query = select(func.max(commits.c.number)).where(commits.c.table_id == key, commits.c.time <= moment_text(when))
    return connection.execute(query).scalar() or 0


def commit_of_sync(connection: Connection, key: str, table: str, sync_id: str) -> Commit | None:
    """Give the commit that a transaction made, if it did."""
    same_commit = (commits.c.table_id == sync.c.table_id) & (commits.c.number == sync.c.number)
    query = select(commits).join(sync, same_commit).where(sync.c.table_id == key, sync.c.sync_id == sync_id)
    found = connection.execute(query).first()
    return None if found is None else _commit(found, table)
