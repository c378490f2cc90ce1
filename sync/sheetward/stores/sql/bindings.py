"""Bindings: one record a sheet, replaced by compare-and-set on its own number."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from sheetward.ports.store import BindingState, Stale
from sheetward.stores.sql.relations import binding
from sheetward.stores.sql.spelling import binding_data, binding_from


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


def remove(connection: Connection, table_id: str, binding_id: str) -> None:
    """Take a binding's record away."""
    connection.execute(binding.delete().where(binding.c.table_id == table_id, binding.c.id == binding_id))
