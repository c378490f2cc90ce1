"""What people said about values, in SQL: appended under a table's head, read in its order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, func, select

from sheetward.errors import IntegrityError
from sheetward.stores.sql import bulk, heads
from sheetward.stores.sql.relations import attestation
from sheetward.validation.attested import Attestation


def every(connection: Connection, key: str, table: str) -> Sequence[Attestation]:
    """Give all entries of a table, oldest first. `IntegrityError('store.attestation_damaged')` where one cannot be read."""
    query = select(attestation.c.data).where(attestation.c.table_id == key).order_by(attestation.c.number)
    try:
        return [Attestation.read(bytes(data)) for data in connection.execute(query).scalars()]
    except (ValueError, KeyError, TypeError) as trouble:
        raise IntegrityError("store.attestation_damaged", table=table) from trouble


def add(connection: Connection, store_id: str, table: str, said: Iterable[Attestation]) -> None:
    """Append entries. In a transaction that writes."""
    key = heads.taken(connection, store_id, table).table_id
    query = select(func.max(attestation.c.number)).where(attestation.c.table_id == key)
    last = connection.execute(query).scalar() or 0
    records = [
        {"table_id": key, "number": number, "data": one.spelt()} for number, one in enumerate(said, start=last + 1)
    ]
    bulk.insert(connection, attestation, records)
