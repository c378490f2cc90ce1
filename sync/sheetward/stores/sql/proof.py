"""The proof of one table: walks from today back to the empty table and checks every commit on the way."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DatabaseError

from sheetward.diff import Changeset
from sheetward.errors import IntegrityError
from sheetward.history.chain import GENESIS, moment_text
from sheetward.ports.store import Commit
from sheetward.stores.minutes import troubles
from sheetward.stores.settle import Cells
from sheetward.stores.sql import heads, keyframes, seals
from sheetward.stores.sql.past import Walk, records
from sheetward.stores.sql.relations import OF_A_TABLE, commits, gone, head, keyframe, live, past, sync
from sheetward.stores.sql.rows import cells_of, stored
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
        table_id = heads.table_id(store_id, table)
        return [*_troubles(connection, store_id, key, table), *seals.troubles(connection, table_id, key, table)]
    except _UNREADABLE as trouble:
        return [f"{table}: a record cannot be read ({type(trouble).__name__})"]


def _holds(connection: Connection, key: bytes, frame: keyframes.Keyframe, rows: Mapping[RowId, Cells]) -> bool:
    """Say whether a keyframe can be read and holds a state, spelling included."""
    try:
        parts = frame.parts(connection, key)
    except _UNREADABLE:
        return False
    if parts is None or sum(len(part.ids) for part in parts) != len(rows):
        return False
    return all(row in rows and _is_spelt_alike(cells, rows[row]) for row, cells in keyframes.cells_by_row(parts))


def _is_weighed_wrong(connection: Connection, head: heads.Head) -> bool:
    newest = select(func.coalesce(func.max(keyframe.c.number), 0)).where(keyframe.c.table_id == head.table_id)
    since = past.c.table_id == head.table_id, past.c.number > newest.scalar_subquery()
    owed = connection.execute(select(func.coalesce(func.sum(func.length(past.c.replaced)), 0)).where(*since)).scalar()
    rows = select(func.coalesce(func.sum(func.length(live.c.cells)), 0)).where(live.c.table_id == head.table_id)
    return (connection.execute(rows).scalar(), owed) != (head.size, head.owed)


def _is_spelt_alike(a: Cells, b: Cells) -> bool:
    return a == b and all(type(cell) is type(b[name]) for name, cell in a.items())


def _troubles(connection: Connection, store_id: str, key: bytes, table: str) -> Sequence[str]:
    head = heads.head_of(connection, store_id, table)
    if head.is_new:
        return [f"{table}: the record of the table bears a wrong id"]
    log = {commit.number: commit for commit in heads.log_of(connection, head.table_id, table)}
    if sorted(log) != list(range(1, head.number + 1)):
        return [
            f"{table}: the head is commit {head.number}, but the log has {len(log)} commits up to {max(log, default=0)}"
        ]
    books = Wordbooks(connection, head.table_id)
    walk = Walk({row: cells_of(text, books) for row, text in stored(connection, head.table_id).items()})
    frames, incomplete = keyframes.all_of(connection, head.table_id)
    frame_at = {frame.number: frame for frame in frames}
    wrong_frames = set(incomplete)
    gone_at: dict[RowId, int] = {}
    history: list[tuple[Commit, Changeset]] = []
    met: set[RowId] = set()
    for number, replaced in records(connection, head.table_id, 0, head.number):
        if number in frame_at and not _holds(connection, key, frame_at.pop(number), walk.rows):
            wrong_frames.add(number)
        for row in replaced.removed:
            if row not in walk.rows and row not in met:
                gone_at.setdefault(row, number)
        met |= replaced.rows
        history.append((log[number], walk.back(replaced)))
    wrong_frames.update(frame_at)
    lines = [f"{table}: the sizes of rows and records are not what they come to"] * _is_weighed_wrong(connection, head)
    lines += troubles(reversed(history), key)
    if len(history) != head.number:
        lines.append(f"{table}: {head.number - len(history)} commits have lost what they replaced")
    lines += [f"{table}: the keyframe of commit {number} is not that state" for number in sorted(wrong_frames)]
    if walk.rows:
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
