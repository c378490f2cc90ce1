"""One transaction onto the store: compared first, then written. Runs inside a database transaction that writes."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select

from sheetward.diff import Changeset
from sheetward.errors import IntegrityError
from sheetward.ports.store import Applied, Commit, SchemaMoved, SchemaStep, Stale, Transaction
from sheetward.stores.minutes import commit_of
from sheetward.stores.settle import Settled, settle, touched
from sheetward.stores.sql import bindings, bulk, heads, keyframes, leases, past, rows, versions, waiting
from sheetward.stores.sql.relations import counter, gone, rule, sync, table_schema
from sheetward.stores.sql.relations import past as past_relation
from sheetward.stores.sql.wordbook import Wordbooks

_ANY_GONE = select(gone.c.number).where(gone.c.table_id == bindparam("in")).limit(1)
_BACK = gone.delete().where(gone.c.table_id == bindparam("in"), gone.c.row_id.in_(bindparam("ids", expanding=True)))


def applied(connection: Connection, store_id: str, key: bytes, transaction: Transaction) -> tuple[Applied, bool]:
    """Apply a transaction and say whether a keyframe is due then; whatever is raised, the caller rolls back."""
    table, note = transaction.table, transaction.note
    head = _taken(connection, store_id, transaction)
    if heads.was_applied(connection, head.table_id, note.sync_id):
        done = heads.commit_of_sync(connection, head.table_id, table, note.sync_id)
        return Applied(head.number, done, is_repeat=True), False
    if transaction.expected_head != head.number:
        raise Stale(table, head=head.number)
    if transaction.rule is not None:
        _check_rule(connection, head.table_id, table, *transaction.rule)
    if transaction.schema is not None:
        _take_schema(connection, head.table_id, transaction, transaction.schema, key)
    _count(connection, head.table_id, table, transaction.counters)
    if transaction.binding is not None:
        if transaction.fence is not None:
            state = transaction.binding
            leases.check(connection, heads.table_id(store_id, state.table), state.id, transaction.fence, state.name)
        binding_table = heads.table_id(store_id, transaction.binding.table)
        bindings.put(connection, store_id, binding_table, transaction.binding)
    for item in transaction.opened:
        waiting.put(connection, heads.table_id(store_id, item.table), [item])
    for item in transaction.closed:
        waiting.settle(connection, heads.table_id(store_id, item.table), [item])
    commit, after = _commit(connection, head, transaction, key)
    done_as = {"table_id": head.table_id, "sync_id": note.sync_id, "number": commit.number if commit else None}
    connection.execute(sync.insert(), done_as)
    return Applied(after.number, commit), keyframes.is_due(after)


def _taken(connection: Connection, store_id: str, transaction: Transaction) -> heads.Head:
    """Take the heads of all tables that a transaction writes to, which is nearly always one, and give its own."""
    names = {transaction.table, *(item.table for item in (*transaction.opened, *transaction.closed))}
    if transaction.binding is not None:
        names.add(transaction.binding.table)
    stand = {name: heads.taken(connection, store_id, name) for name in sorted(names)}
    return stand[transaction.table]


def _commit(
    connection: Connection, head: heads.Head, transaction: Transaction, key: bytes
) -> tuple[Commit | None, heads.Head]:
    """Give the commit, none where nothing changes, and where the table stands after it."""
    changes = transaction.changes
    ids = touched(changes)
    current = {} if head.number == 0 else rows.stored_some(connection, head.table_id, ids)
    books = Wordbooks(connection, head.table_id)
    settled = settle(transaction.table, {row: rows.cells_of(text, books) for row, text in current.items()}, changes)
    if not settled.exact:
        return None, head
    number = head.number + 1
    commit = commit_of(
        transaction.note,
        table=transaction.table,
        number=number,
        parent=head.hash,
        changes=settled.exact,
        key=key,
        since=heads.time_of(connection, head),
    )
    replaced = past.packed(settled.exact)
    connection.execute(past_relation.insert(), {"table_id": head.table_id, "number": number, "replaced": replaced})
    was = sum(len(text) for row, text in current.items() if row in settled.after)
    size = head.size - was + _write(connection, head.table_id, number, settled)
    after = heads.Head(head.table_id, number, commit.hash, size=size, owed=head.owed + len(replaced))
    heads.record(connection, after, commit)
    return commit, after


def _write(connection: Connection, table_id: str, number: int, settled: Settled) -> int:
    """Write rows and the marks of removed ones; give the size of those rows."""
    exact: Changeset = settled.exact
    size = rows.write(connection, table_id, settled.after, exact.added.keys())
    if exact.added and connection.execute(_ANY_GONE, {"in": table_id}).first() is not None:
        for piece in bulk.chunks(exact.added):
            connection.execute(_BACK, {"in": table_id, "ids": piece})
    left = [{"table_id": table_id, "row_id": row, "number": number} for row in exact.removed]
    bulk.insert(connection, gone, left)
    return size


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
