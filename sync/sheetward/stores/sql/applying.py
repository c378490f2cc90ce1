"""One transaction onto the store: compared first, then written. Runs inside a database transaction that writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, text

from sheetward.errors import IntegrityError
from sheetward.ports.store import Applied, BindingState, Commit, SchemaMoved, SchemaStep, Stale, Transaction
from sheetward.stores.minutes import commit_of
from sheetward.stores.settle import Settled, settle, touched
from sheetward.stores.sql import bindings, bulk, heads, keyframes, leases, past, rows, versions, waiting
from sheetward.stores.sql.relations import counter, gone, rule, sync, table_schema
from sheetward.stores.sql.relations import past as past_relation
from sheetward.stores.sql.together import Ask, written
from sheetward.stores.sql.wordbook import Wordbooks
from sheetward.table import RowId

_DONE, _KEEP = sync.insert(), past_relation.insert()
_BACK = gone.delete().where(gone.c.table_id == bindparam("in"), gone.c.row_id == bindparam("row"))

_FACTS = text(
    "SELECT (SELECT time FROM commits WHERE table_id = :in ORDER BY number DESC LIMIT 1),"
    " EXISTS (SELECT 1 FROM sync WHERE table_id = :in AND sync_id = :sync),"
    " EXISTS (SELECT 1 FROM gone WHERE table_id = :in),"
    " EXISTS (SELECT 1 FROM wordbook WHERE table_id = :in)"
)
_FEW = 500
"""Touched rows that are asked for before it is known whether the head is the one expected."""


@dataclass(frozen=True)
class _Stand:
    """What a transaction has to know of its table: the head, its commit's time, what was applied, rows that it touches."""

    head: heads.Head
    time: dt.datetime | None
    is_repeat: bool
    has_gone: bool
    has_books: bool
    found: Mapping[RowId, bytes] | None


def applied(connection: Connection, store_id: str, key: bytes, transaction: Transaction) -> tuple[Applied, bool]:
    """Apply a transaction and say whether a keyframe is due then; whatever is raised, the caller rolls back."""
    table, note = transaction.table, transaction.note
    stand = _taken(connection, store_id, transaction)
    head = stand.head
    if stand.is_repeat:
        done = heads.commit_of_sync(connection, head.table_id, table, note.sync_id)
        return Applied(head.number, done, is_repeat=True), False
    if transaction.expected_head != head.number:
        raise Stale(table, head=head.number)
    if transaction.rule is not None:
        _check_rule(connection, head.table_id, table, *transaction.rule)
    if transaction.schema is not None:
        _take_schema(connection, head.table_id, transaction, transaction.schema, key)
    _count(connection, head.table_id, table, transaction.counters)
    for item in transaction.opened:
        waiting.put(connection, heads.table_id(store_id, item.table), [item])
    for item in transaction.closed:
        waiting.settle(connection, heads.table_id(store_id, item.table), [item])
    commit, after, asks = _commit(connection, stand, transaction, key)
    done_as = {"table_id": head.table_id, "sync_id": note.sync_id, "number": commit.number if commit else None}
    asks = [*asks, (_DONE, done_as)]
    if transaction.binding is None:
        written(connection, *asks)
    else:
        _bound(connection, store_id, transaction.binding, transaction.fence, asks)
    return Applied(after.number, commit), keyframes.is_due(after)


def _bound(connection: Connection, store_id: str, state: BindingState, fence: int | None, asks: Sequence[Ask]) -> None:
    """Put the binding, under its lease where there is one, along with all else that is to be written."""
    table_id = heads.table_id(store_id, state.table)
    if fence is not None:
        leases.check(connection, table_id, state.id, fence, state.name)
    if written(connection, *bindings.replacing(table_id, state), *asks) == 0:
        bindings.move(connection, store_id, table_id, state)
    bindings.forget_old(connection, table_id, state)


def _taken(connection: Connection, store_id: str, transaction: Transaction) -> _Stand:
    """Take the heads of all tables that a transaction writes to, which is nearly always one, and look at its own."""
    names = {transaction.table, *(item.table for item in (*transaction.opened, *transaction.closed))}
    if transaction.binding is not None:
        names.add(transaction.binding.table)
    table_id, ids = heads.table_id(store_id, transaction.table), touched(transaction.changes)
    asked: list[Ask] = [(_FACTS, {"in": table_id, "sync": transaction.note.sync_id})]
    is_small = 0 < len(ids) <= _FEW
    if is_small:
        asked += rows.asks(connection, table_id, ids)
    stands, (facts, *texts) = heads.taken_asking(connection, store_id, names, asked)
    ((time, is_repeat, has_gone, has_books),) = facts.rows
    found = rows.found_rows(texts) if is_small else None
    moment = None if time is None else dt.datetime.fromisoformat(time)
    return _Stand(stands[transaction.table], moment, bool(is_repeat), bool(has_gone), bool(has_books), found)


def _commit(
    connection: Connection, stand: _Stand, transaction: Transaction, key: bytes
) -> tuple[Commit | None, heads.Head, list[Ask]]:
    """Give the commit, none where nothing changes, where the table stands after it, and what writes it."""
    changes, head = transaction.changes, stand.head
    current = stand.found
    if current is None:
        current = {} if head.number == 0 else rows.stored_some(connection, head.table_id, touched(changes))
    books = Wordbooks(connection, head.table_id, are_there=stand.has_books)
    settled = settle(transaction.table, {row: rows.cells_of(cells, books) for row, cells in current.items()}, changes)
    if not settled.exact:
        return None, head, []
    number = head.number + 1
    commit = commit_of(
        transaction.note,
        table=transaction.table,
        number=number,
        parent=head.hash,
        changes=settled.exact,
        key=key,
        since=stand.time,
    )
    replaced = past.packed(settled.exact)
    was = sum(len(cells) for row, cells in current.items() if row in settled.after)
    asks, size = _writes(connection, stand, books, number, settled)
    after = heads.Head(head.table_id, number, commit.hash, size=head.size - was + size, owed=head.owed + len(replaced))
    kept: Ask = (_KEEP, {"table_id": head.table_id, "number": number, "replaced": replaced})
    return commit, after, [kept, *asks, *heads.record(after, commit)]


def _writes(
    connection: Connection, stand: _Stand, books: Wordbooks, number: int, settled: Settled
) -> tuple[list[Ask], int]:
    """Give what writes rows and the marks of removed ones, and the size of those rows."""
    table_id, exact = stand.head.table_id, settled.exact
    asks, size = rows.writes(connection, table_id, books, settled.after, exact.added.keys())
    if exact.added and stand.has_gone:
        asks.append((_BACK, [{"in": table_id, "row": row} for row in exact.added]))
    left = [{"table_id": table_id, "row_id": row, "number": number} for row in exact.removed]
    return [*asks, *bulk.inserts(connection, gone, left)], size


def _check_rule(connection: Connection, table_id: str, table: str, role: str, version: int) -> None:
    last = versions.newest(connection, rule, versions.rule_key(table_id, role))
    if (0 if last is None else last[0]) != version:
        raise Stale(table, rule=role)


def _take_schema(connection: Connection, table_id: str, transaction: Transaction, step: SchemaStep, key: bytes) -> None:
    of = {"table_id": table_id}
    stands = versions.last(connection, table_schema, of)
    if stands != step.version:
        raise SchemaMoved(transaction.table, stands)
    if step.data is not None:
        versions.put(connection, table_schema, of, step.data, transaction.note, key)


def _count(connection: Connection, table_id: str, table: str, counters: Mapping[str, tuple[int, int]]) -> None:
    for name, (was, now) in counters.items():
        stands = counter_value(connection, table_id, name)
        if stands != was:
            raise Stale(table, counter=name)
        if now < was:
            raise IntegrityError("store.counter_falls", table=table, field=name, now=was, asked=now)
        same = counter.c.table_id == table_id, counter.c.name == name
        if connection.execute(counter.update().where(*same).values(value=now)).rowcount == 0:
            connection.execute(counter.insert().values(table_id=table_id, name=name, value=now))


def counter_value(connection: Connection, table_id: str, name: str) -> int:
    """Give a counter, 0 where it has not counted yet."""
    query = select(counter.c.value).where(counter.c.table_id == table_id, counter.c.name == name)
    return connection.execute(query).scalar() or 0
