"""Bindings: one record a sheet, replaced by compare-and-set on its own number."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from sheetward.ports.store import BindingState, Stale
from sheetward.stores.sql.relations import binding, revision
from sheetward.stores.sql.spelling import binding_data, binding_from

_KEPT = 2000
"""How many numbers of a binding its past reaches back; a sync takes two or three, so some 700 stamps are kept."""


def every(connection: Connection) -> Sequence[BindingState]:
    """Give all bindings, by name."""
    return [
        binding_from(data) for data in connection.execute(select(binding.c.data).order_by(binding.c.name)).scalars()
    ]


def named(connection: Connection, name: str) -> BindingState | None:
    """Give a binding by its name, which is unique in the store."""
    data = connection.execute(select(binding.c.data).where(binding.c.name == name)).scalar()
    return None if data is None else binding_from(data)


def put(connection: Connection, table_id: str, state: BindingState) -> None:
    """Insert a binding or replace the one whose number is one less; `Stale` otherwise. In a transaction that writes."""
    same = select(binding.c.id, binding.c.table_id, binding.c.number)
    namesake = connection.execute(same.where(binding.c.name == state.name, binding.c.id != state.id)).first()
    stored = connection.execute(same.where(binding.c.id == state.id)).first()
    number = 0 if stored is None else stored.number + 1
    if namesake is not None or number != state.number:
        raise Stale(state.table, binding=state.name)
    if stored is not None:
        remove(connection, stored.table_id, state.id)
    values = {
        "table_id": table_id,
        "id": state.id,
        "name": state.name,
        "number": state.number,
        "data": binding_data(state),
    }
    connection.execute(binding.insert(), values)
    _remember(connection, table_id, state.delivered())


def _remember(connection: Connection, table_id: str, state: BindingState) -> None:
    """Keep the record under the stamp that its sheet bears, or is about to; forget those long past."""
    same = revision.c.table_id == table_id, revision.c.binding == state.id
    connection.execute(revision.delete().where(*same, revision.c.stamp == state.stamp))
    connection.execute(revision.delete().where(*same, revision.c.number <= state.number - _KEPT))
    values = {
        "table_id": table_id,
        "binding": state.id,
        "stamp": state.stamp,
        "number": state.number,
        "data": binding_data(state),
    }
    connection.execute(revision.insert(), values)


def revision_of(connection: Connection, binding_id: str, stamp: str) -> BindingState | None:
    """Give a binding as it was last recorded while its sheet bore a stamp."""
    query = select(revision.c.data).where(revision.c.binding == binding_id, revision.c.stamp == stamp)
    data = connection.execute(query).scalar()
    return None if data is None else binding_from(data)


def remove(connection: Connection, table_id: str, binding_id: str) -> None:
    """Take a binding's record away."""
    connection.execute(binding.delete().where(binding.c.table_id == table_id, binding.c.id == binding_id))


def forget(connection: Connection, table_id: str, binding_id: str) -> None:
    """Take a binding's record and all its past away."""
    remove(connection, table_id, binding_id)
    connection.execute(revision.delete().where(revision.c.table_id == table_id, revision.c.binding == binding_id))
