"""Tables and their commits: where each stands, and the log."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, bindparam, func, select

from sheetward.history.chain import GENESIS, moment_text
from sheetward.ports.store import Commit
from sheetward.stores.sql.relations import commits, head, sync

# Statements of every transaction are built once: building one costs as much as running it.
_HEAD = select(head.c.number, head.c.hash).where(head.c.table_id == bindparam("at"))
_MOVE = (
    head.update().where(head.c.table_id == bindparam("at")).values(number=bindparam("number"), hash=bindparam("hash"))
)
_APPLIED = select(sync.c.sync_id).where(sync.c.table_id == bindparam("at"), sync.c.sync_id == bindparam("sync"))


@dataclass(frozen=True, slots=True)
class Head:
    """Where a table stands. `table_id` leads every key; `is_new` where the store has no record of the table."""

    table_id: str
    number: int
    hash: str
    is_new: bool


def table_id(store_id: str, table: str) -> str:
    """Give the id of a table: the same on every call, and another in every other store."""
    return hashlib.sha256(f"{store_id}\n{table}".encode()).hexdigest()[:12]


def head_of(connection: Connection, store_id: str, table: str) -> Head:
    """Give where a table stands."""
    key = table_id(store_id, table)
    found = connection.execute(_HEAD, {"at": key}).first()
    if found is None:
        return Head(key, 0, GENESIS, is_new=True)
    return Head(key, found.number, found.hash, is_new=False)


def taken(connection: Connection, store_id: str, table: str) -> Head:
    """Give where a table stands, after making its record where there is none. In a transaction that writes."""
    stands = head_of(connection, store_id, table)
    if stands.is_new:
        values = {"table_id": stands.table_id, "name": table, "number": 0, "hash": GENESIS}
        connection.execute(head.insert(), values)
    return stands


def names(connection: Connection) -> Sequence[tuple[str, int]]:
    """Give name and head of every table that the store has a record of, by name."""
    return [(row.name, row.number) for row in connection.execute(select(head).order_by(head.c.name))]


def record(connection: Connection, key: str, commit: Commit) -> None:
    """Add a commit and move the head to it."""
    values = {
        "table_id": key,
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
    }
    connection.execute(commits.insert(), values)
    connection.execute(_MOVE, {"at": key, "number": commit.number, "hash": commit.hash})


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


def was_applied(connection: Connection, key: str, sync_id: str) -> bool:
    """Say whether a transaction of this id was applied."""
    return connection.execute(_APPLIED, {"at": key, "sync": sync_id}).first() is not None


def commit_of_sync(connection: Connection, key: str, table: str, sync_id: str) -> Commit | None:
    """Give the commit that a transaction made, if it did."""
    same_commit = (commits.c.table_id == sync.c.table_id) & (commits.c.number == sync.c.number)
    query = select(commits).join(sync, same_commit).where(sync.c.table_id == key, sync.c.sync_id == sync_id)
    found = connection.execute(query).first()
    return None if found is None else _commit(found, table)
