"""Leases: one record a binding, beside it in the same table's records; its time is the database's."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select, text

from sheetward.ports.store import LONGEST_LEASE_S, Fenced
from sheetward.stores.sql.relations import lease

_NOW: Final = {
    "sqlite": text("SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"),
    # Not now(): that is the moment when the transaction began, before it waited for its turn.
    "postgresql": text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"),
}
_FOUND = select(lease.c.number, lease.c.holder, lease.c.until, lease.c.wanted).where(
    lease.c.table_id == bindparam("in"), lease.c.binding == bindparam("of")
)
_PUT = text(
    "INSERT INTO lease (table_id, binding, number, holder, until, wanted)"
    " VALUES (:table_id, :binding, :number, :holder, :until, 0)"
    " ON CONFLICT (table_id, binding)"
    " DO UPDATE SET number = excluded.number, holder = excluded.holder, until = excluded.until, wanted = 0"
)

_OF = lease.c.table_id == bindparam("in"), lease.c.binding == bindparam("of")
_LENGTHEN = lease.update().where(*_OF).values(until=bindparam("by"))
_WANT = lease.update().where(*_OF).values(wanted=bindparam("by"))
_WANTED_MS: Final = 500
"""For so long after it asked in vain somebody is taken to wait: who waits asks much more often."""


_KEPT = _FOUND.with_for_update(read=True)


def _found(connection: Connection, table_id: str, binding: str) -> Row[Any, Any, Any, Any] | None:
    return connection.execute(_FOUND, {"in": table_id, "of": binding}).first()


def kept(connection: Connection, table_id: str, binding: str, holder: str) -> int | None:
    """Give the number under which a holder was the last to take a lease; `None` where another one was, or nobody."""
    found = _found(connection, table_id, binding)
    return int(found.number) if found is not None and found.holder == holder else None


def take(connection: Connection, table_id: str, binding: str, holder: str, seconds: float) -> int | None:
    """Take a lease and give its number; `None` where another holder's has not ended. The table's head is taken."""
    now = int(connection.execute(_NOW[connection.dialect.name]).scalar_one())
    found = _found(connection, table_id, binding)
    if found is not None and _is_anothers(found, holder, now):
        if found.wanted < now + _WANTED_MS / 2:
            connection.execute(_WANT, {"in": table_id, "of": binding, "by": now + _WANTED_MS})
        return None
    number = 1 if found is None else int(found.number) + 1
    _put(connection, table_id, binding, number, holder, now + round(seconds * 1000))
    return number


def _is_anothers(found: Row[Any, Any, Any, Any], holder: str, now: int) -> bool:
    """Say whether another one holds the lease, or, where its last holder asks again, waits for it."""
    if found.holder != holder:
        return bool(now < found.until <= now + LONGEST_LEASE_S * 1000)
    return bool(found.until <= now < found.wanted <= now + _WANTED_MS)


def renew(connection: Connection, table_id: str, binding: str, number: int, seconds: float) -> bool:
    """Let a lease last longer from now on; say whether it is still the newest. No seconds end it."""
    found = _found(connection, table_id, binding)
    if found is None or int(found.number) != number:
        return False
    now = int(connection.execute(_NOW[connection.dialect.name]).scalar_one())
    connection.execute(_LENGTHEN, {"in": table_id, "of": binding, "by": now + round(seconds * 1000)})
    return True


def check(connection: Connection, table_id: str, binding: str, number: int, name: str) -> None:
    """Refuse a number that is not the newest: `Fenced`. Nobody takes the lease before this transaction has ended."""
    found = connection.execute(_KEPT, {"in": table_id, "of": binding}).first()
    if found is None or int(found.number) != number:
        raise Fenced(name)


def _put(connection: Connection, table_id: str, binding: str, number: int, holder: str, until: int) -> None:
    record = {"table_id": table_id, "binding": binding, "number": number, "holder": holder, "until": until}
    connection.execute(_PUT, record)
