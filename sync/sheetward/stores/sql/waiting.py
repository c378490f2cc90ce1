"""Items that wait for a person, and those that a person settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, func, select

from sheetward.merge.items import Item, ItemKind
from sheetward.ports.store import Stale
from sheetward.stores.sql.relations import head, item
from sheetward.stores.sql.spelling import item_from, item_text

_BEGINNING = dt.datetime.min.replace(tzinfo=dt.UTC)

_EVERY_TABLE = item.c.table_id.in_(select(head.c.table_id))
"""Lets a query over all tables use the indexes, which begin with the table."""


def found(
    connection: Connection, *, kind: ItemKind | None, binding: str | None, is_open: bool | None
) -> Sequence[Item]:
    """Give items, oldest first; those of one moment by table, then as they came."""
    query = select(item.c.data, item.c.place).where(_EVERY_TABLE)
    if kind is not None:
        query = query.where(item.c.kind == kind.value)
    if binding is not None:
        query = query.where(item.c.binding == binding)
    if is_open is not None:
        query = query.where(item.c.is_open == int(is_open))
    placed = [(item_from(text), place) for text, place in connection.execute(query)]
    placed.sort(key=lambda pair: (pair[0].opened or _BEGINNING, pair[0].table, pair[1]))
    return [one for one, _ in placed]


def one(connection: Connection, item_id: str) -> Item | None:
    """Give one item, open or settled."""
    text = connection.execute(select(item.c.data).where(_EVERY_TABLE, item.c.id == item_id)).scalar()
    return None if text is None else item_from(text)


def put(connection: Connection, table_id: str, items: Iterable[Item]) -> None:
    """Insert items, or replace those of the same id, which keep their place. In a transaction that writes."""
    last = connection.execute(select(func.max(item.c.place)).where(item.c.table_id == table_id)).scalar() or 0
    for new in items:
        values = {
            "kind": new.kind.value,
            "binding": new.binding,
            "is_open": int(not new.outcome),
            "data": item_text(new),
        }
        same = item.c.table_id == table_id, item.c.id == new.id
        if connection.execute(item.update().where(*same).values(values)).rowcount == 0:
            last += 1
            place = {"table_id": table_id, "id": new.id, "place": last}
            connection.execute(item.insert(), {**place, **values})


def settle(connection: Connection, table_id: str, items: Iterable[Item]) -> None:
    """Record the outcome of items that are open; `Stale` where one is not. In a transaction that writes."""
    for done in items:
        same = item.c.table_id == table_id, item.c.id == done.id, item.c.is_open == 1
        values = {"is_open": int(not done.outcome), "data": item_text(done)}
        if connection.execute(item.update().where(*same).values(values)).rowcount == 0:
            raise Stale(done.table, item=done.id)


def abandon(connection: Connection, binding: str) -> None:
    """Close the open items of a binding as `gone`."""
    query = select(item.c.table_id, item.c.data).where(_EVERY_TABLE, item.c.is_open == 1, item.c.binding == binding)
    for table_id, text in connection.execute(query).all():
        settle(connection, table_id, [replace(item_from(text), outcome="gone")])
