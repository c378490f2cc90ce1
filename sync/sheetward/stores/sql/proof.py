"""The proof of one table: walks from today back to the empty table and checks every commit on the way."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from sqlalchemy import Connection, select
from sqlalchemy.exc import DatabaseError

from sheetward.diff import Changeset
from sheetward.errors import IntegrityError
from sheetward.history.chain import GENESIS, moment_text
from sheetward.ports.store import Commit
from sheetward.stores.minutes import troubles
from sheetward.stores.sql import heads
from sheetward.stores.sql.past import Walk, records
from sheetward.stores.sql.relations import OF_A_TABLE, commits, gone, head, sync
from sheetward.stores.sql.rows import stored
from sheetward.stores.sql.wordbook import Wordbooks
from sheetward.table import RowId

_UNREADABLE = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    ArithmeticError,
    zlib.error,
    DatabaseError,
    IntegrityError,
)
"""What a changed byte can make of a text, a number, a date, JSON or a compressed record."""


def orphans(connection: Connection) -> Sequence[str]:
    """Give one line for each relation that has records of a table without a head."""
    lines: list[str] = []
    for relation in OF_A_TABLE:
        strange = relation.c.table_id.not_in(select(head.c.table_id))
        if connection.execute(select(relation.c.table_id).where(strange).limit(1)).first() is not None:
            lines.append(f"{relation.name}: there are records of a table that has no head")
    return lines


def table_troubles(connection: Connection, store_id: str, key: bytes, table: str) -> Sequence[str]:
    """Give one line for each trouble of a table's history and rows."""
    try:
        return _troubles(connection, store_id, key, table)
    except _UNREADABLE as trouble:
        return [f"{table}: a record cannot be read ({type(trouble).__name__})"]


def _troubles(connection: Connection, store_id: str, key: bytes, table: str) -> Sequence[str]:
    head = heads.head_of(connection, store_id, table)
    if head.is_new:
        return [f"{table}: the record of the table bears a wrong id"]
    log = {commit.number: commit for commit in heads.log_of(connection, head.table_id, table)}
    if sorted(log) != list(range(1, head.number + 1)):
        return [
            f"{table}: the head is commit {head.number}, but the log has {len(log)} commits up to {max(log, default=0)}"
        ]
    walk = Walk(stored(connection, head.table_id), Wordbooks(connection, head.table_id))
    gone_at: dict[RowId, int] = {}
    history: list[tuple[Commit, Changeset]] = []
    for number, replaced in records(connection, head.table_id, 0, head.number):
        for row in replaced.removed:
            if row not in walk.touched and row not in walk.untouched:
                gone_at.setdefault(row, number)
        history.append((log[number], walk.back(replaced)))
    lines = list(troubles(reversed(history), key))
    if len(history) != head.number:
        lines.append(f"{table}: {head.number - len(history)} commits have lost what they replaced")
    if walk.untouched or any(cells is not None for cells in walk.touched.values()):
        lines.append(f"{table}: there are rows that no commit added")
    if head.hash != (log[head.number].hash if log else GENESIS):
        lines.append(f"{table}: the head's hash is not that of its last commit")
    times = select(commits.c.number, commits.c.time).where(commits.c.table_id == head.table_id)
    if dict(connection.execute(times).all()) != {number: moment_text(commit.time) for number, commit in log.items()}:
        lines.append(f"{table}: a commit's time is not spelt as it was recorded")
    marked = select(gone.c.row_id, gone.c.number).where(gone.c.table_id == head.table_id)
    if dict(connection.execute(marked).all()) != gone_at:
        lines.append(f"{table}: the marks of removed rows are not what the commits lead to")
    made = select(sync.c.number, sync.c.sync_id).where(sync.c.table_id == head.table_id, sync.c.number.is_not(None))
    if dict(connection.execute(made).all()) != {number: commit.sync_id for number, commit in log.items()}:
        lines.append(f"{table}: the record of syncs does not fit the commits")
    return lines
