"""Bindings: one record a sheet, replaced by compare-and-set on its own number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, text

from sheetward.ports.store import BindingState, Stale
from sheetward.stores.sql import heads
from sheetward.stores.sql.relations import binding, head, lease, revision
from sheetward.stores.sql.spelling import binding_data, binding_from
from sheetward.stores.sql.together import Ask, together

_KEPT = 2000
"""How many numbers of a binding its past reaches back; a sync takes two or three, so some 700 stamps are kept."""

_PRUNED_EVERY = 100
"""At every so many numbers a binding forgets what is longer past: looking for it costs as much as its past is long."""

# Statements of every sync are built once: building one costs as much as running it.
_REPLACE = (
    binding.update()
    .where(
        binding.c.table_id == bindparam("in"),
        binding.c.id == bindparam("at"),
        binding.c.name == bindparam("called"),
        binding.c.number == bindparam("before"),
    )
    .values(number=bindparam("number"), data=bindparam("data"))
)
_REMEMBER = text(
    "INSERT INTO revision (table_id, binding, stamp, number, data) VALUES (:table_id, :binding, :stamp, :number, :data)"
    " ON CONFLICT (table_id, binding, stamp) DO UPDATE SET number = excluded.number, data = excluded.data"
)


def every(connection: Connection) -> Sequence[BindingState]:
    """Give all bindings, by name."""
    return [
        binding_from(data) for data in connection.execute(select(binding.c.data).order_by(binding.c.name)).scalars()
    ]


def named(connection: Connection, name: str) -> BindingState | None:
    """Give a binding by its name, which is unique in the store."""
    data = connection.execute(select(binding.c.data).where(binding.c.name == name)).scalar()
    return None if data is None else binding_from(data)


def replacing(table_id: str, state: BindingState) -> list[Ask]:
    """Give what replaces the record whose number is one less, and what remembers it; the first answer counts 1 where it was there."""
    record = {"number": state.number, "data": binding_data(state)}
    same = {"in": table_id, "at": state.id, "called": state.name, "before": state.number - 1}
    return [(_REPLACE, {**same, **record}), (_REMEMBER, _remembered(table_id, state.delivered()))]


def put(connection: Connection, store_id: str, state: BindingState) -> None:
    """Insert a binding or replace the one whose number is one less; `Stale` otherwise. In a transaction that writes.

    The record's own number is compared in the statement that sets it: the table's head is taken only where it is not
    there, so that a sync that is done does not wait in line again to say so.
    """
    table_id = heads.table_id(store_id, state.table)
    replace, remember = replacing(table_id, state)
    (found,) = together(connection, replace)
    if found.count == 0:
        heads.taken(connection, store_id, state.table)
        move(connection, store_id, table_id, state)
    together(connection, remember)
    forget_old(connection, table_id, state)


def move(connection: Connection, store_id: str, table_id: str, state: BindingState) -> None:
    """Insert a binding that is new, or was bound to another table under the number one less; `Stale` otherwise."""
    stored = _looked_for(connection, store_id, state)
    if (0 if stored is None else stored.number + 1) != state.number:
        raise Stale(state.table, binding=state.name)
    if stored is not None and not remove(connection, stored.table_id, state.id):
        raise Stale(state.table, binding=state.name)
    record = {"number": state.number, "data": binding_data(state)}
    connection.execute(binding.insert(), {"table_id": table_id, "id": state.id, "name": state.name, **record})


def _looked_for(connection: Connection, store_id: str, state: BindingState) -> Row[Any, Any, Any] | None:
    """Give where a binding stands, of whatever table, while nobody else gives names; `Stale` where its name is taken."""
    heads.taken(connection, store_id, heads.DIRECTORY)
    stands = select(binding.c.table_id, binding.c.name, binding.c.number)
    if connection.execute(stands.where(binding.c.name == state.name, binding.c.id != state.id)).first() is not None:
        raise Stale(state.table, binding=state.name)
    return connection.execute(stands.where(binding.c.id == state.id)).first()


def _remembered(table_id: str, state: BindingState) -> dict[str, object]:
    """Give the record under the stamp that its sheet bears, or is about to."""
    return {
        "table_id": table_id,
        "binding": state.id,
        "stamp": state.stamp,
        "number": state.number,
        "data": binding_data(state),
    }


def forget_old(connection: Connection, table_id: str, state: BindingState) -> None:
    """Forget what is long past, now and then."""
    if state.number % _PRUNED_EVERY == 0:
        same = revision.c.table_id == table_id, revision.c.binding == state.id
        connection.execute(revision.delete().where(*same, revision.c.number <= state.number - _KEPT))


def revision_of(connection: Connection, binding_id: str, stamp: str) -> BindingState | None:
    """Give a binding as it was last recorded while its sheet bore a stamp."""
    every_table = revision.c.table_id.in_(select(head.c.table_id))  # lets the query use the key, which begins with it
    query = select(revision.c.data).where(every_table, revision.c.binding == binding_id, revision.c.stamp == stamp)
    data = connection.execute(query).scalar()
    return None if data is None else binding_from(data)


def remove(connection: Connection, table_id: str, binding_id: str) -> bool:
    """Take a binding's record away and say whether it was there."""
    same = binding.c.table_id == table_id, binding.c.id == binding_id
    return connection.execute(binding.delete().where(*same)).rowcount == 1


def forget(connection: Connection, table_id: str, state: BindingState) -> None:
    """Take a binding's record and all its past away; `Stale` where it is no longer bound to this table."""
    if not remove(connection, table_id, state.id):
        raise Stale(state.table, binding=state.name)
    for relation in (revision, lease):
        same = relation.c.table_id == table_id, relation.c.binding == state.id
        connection.execute(relation.delete().where(*same))
