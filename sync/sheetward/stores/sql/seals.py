"""Seals: a chain over the versions of a table's rules and schemas, so that none can be changed, lost or put in unseen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from sheetward.history.chain import GENESIS, seal_hash, version_digest
from sheetward.stores.sql.relations import head, rule, seal, table_schema

_RULE = select(rule.c.role, rule.c.version, rule.c.data, rule.c.author, rule.c.time, rule.c.reason)
_SCHEMA = select(
    table_schema.c.version, table_schema.c.data, table_schema.c.author, table_schema.c.time, table_schema.c.reason
)


@dataclass(frozen=True, slots=True)
class _Version:
    """One version as it stands: what it is of, its number, and the digest of all that it says."""

    kind: str
    name: str
    version: int
    digest: str
    time: str

    @property
    def place(self) -> tuple[str, str, int]:
        """Give what names it in its table."""
        return self.kind, self.name, self.version


def _versions(connection: Connection, table_id: str, key: bytes) -> Iterator[_Version]:
    """Give every version of a table's rules and schemas."""
    rules: Any = connection.execute(_RULE.where(rule.c.table_id == table_id))
    for role, version, *said in rules:
        yield _Version("rule", role, version, version_digest(key, table_id, "rule", role, version, said), said[2])
    schemas: Any = connection.execute(_SCHEMA.where(table_schema.c.table_id == table_id))
    for version, *said in schemas:
        yield _Version("schema", "", version, version_digest(key, table_id, "schema", "", version, said), said[2])


def _seals(connection: Connection, table_id: str) -> Sequence[Any]:
    return connection.execute(select(seal).where(seal.c.table_id == table_id).order_by(seal.c.place)).all()


def _last_hash(connection: Connection, table_id: str) -> str | None:
    return connection.execute(select(head.c.sealed).where(head.c.table_id == table_id)).scalar()


def add(connection: Connection, table_id: str, key: bytes) -> None:
    """Seal the versions that have none: the new one, and once those older than seals. With the head taken."""
    there = _seals(connection, table_id)
    sealed = {(one.kind, one.name, one.version) for one in there}
    parent, place = (there[-1].hash, there[-1].place) if there else (GENESIS, 0)
    loose = [one for one in _versions(connection, table_id, key) if one.place not in sealed]
    for one in sorted(loose, key=lambda one: (one.time, one.place)):
        place += 1
        parent = seal_hash(table_id, place, one.kind, one.name, one.version, one.digest, parent)
        values = {"kind": one.kind, "name": one.name, "version": one.version, "digest": one.digest, "hash": parent}
        connection.execute(seal.insert(), {"table_id": table_id, "place": place, **values})
    connection.execute(head.update().where(head.c.table_id == table_id).values(sealed=parent))


def troubles(connection: Connection, table_id: str, key: bytes, table: str) -> list[str]:
    """Give one line for each version that is not what was sealed, was lost or put in, and for a broken chain."""
    there, last = _seals(connection, table_id), _last_hash(connection, table_id)
    if last is None and not there:
        return []
    lines: list[str] = []
    parent = GENESIS
    for place, one in enumerate(there, start=1):
        hashed = seal_hash(table_id, place, one.kind, one.name, one.version, one.digest, parent)
        if (one.place, one.hash) != (place, hashed):
            lines.append(f"{table}: the seals of rules and schemas are broken at {place}")
            break
        parent = one.hash
    if not lines and parent != last:
        lines.append(f"{table}: the last seal of rules and schemas is missing")
    standing = {one.place: one.digest for one in _versions(connection, table_id, key)}
    sealed = {(one.kind, one.name, one.version): one.digest for one in there}
    for kind, name, version in sorted({*standing, *sealed}):
        if standing.get((kind, name, version)) != sealed.get((kind, name, version)):
            of = f"{kind} of {name}" if name else kind
            lines.append(f"{table}: version {version} of the {of} is not what was recorded")
    return lines
