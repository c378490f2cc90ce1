"""Snapshots in SQL: records, recipes and pieces, all under the id that stands for every table of the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, text

from sheetward.errors import IntegrityError, UserError
from sheetward.history.chain import moment_text
from sheetward.ports.snapshots import KeptFile, Snapshot
from sheetward.stores.pieces import packed, unpacked
from sheetward.stores.sql import heads
from sheetward.stores.sql.bulk import chunks
from sheetward.stores.sql.relations import kept_file, piece, snapshot

_DIGEST = 32
"""Bytes of a SHA-256."""

_UNKNOWN = dt.datetime.min.replace(tzinfo=dt.UTC)

_PUT_FILE = text(
    "INSERT INTO kept_file (table_id, sha256, size, pieces) VALUES (:table_id, :sha256, :size, :pieces)"
    " ON CONFLICT DO NOTHING"
)
_PUT_PIECE = text(
    "INSERT INTO piece (table_id, sha256, bytes) VALUES (:table_id, :sha256, :bytes) ON CONFLICT DO NOTHING"
)


def every(connection: Connection, key: str) -> Sequence[Snapshot]:
    """Give all snapshots, newest first."""
    query = select(snapshot).where(snapshot.c.table_id == key).order_by(snapshot.c.time.desc(), snapshot.c.name.desc())
    return [_read(row) for row in connection.execute(query)]


def named(connection: Connection, key: str, name: str) -> Snapshot | None:
    """Give a snapshot by its name."""
    found = connection.execute(select(snapshot).where(snapshot.c.table_id == key, snapshot.c.name == name)).first()
    return None if found is None else _read(found)


def _read(row: Row[Any, Any, Any, Any, Any]) -> Snapshot:
    """Read a record; one that is not what was kept comes back empty, so that its hash does not fit."""
    try:
        kept = Snapshot.read(row.data, row.hash)
        if (kept.name, moment_text(kept.time)) == (row.name, row.time):
            return kept
    except (ValueError, KeyError, TypeError):
        pass
    return Snapshot(row.name, _UNKNOWN, "", "", {}, hash=row.hash)


def files(connection: Connection, key: str, digests: Iterable[str]) -> Mapping[str, KeptFile]:
    """Give the recipes that are there."""
    found: dict[str, KeptFile] = {}
    for some in chunks(dict.fromkeys(digests)):
        query = select(kept_file).where(kept_file.c.table_id == key, kept_file.c.sha256.in_(some))
        for row in connection.execute(query):
            names = row.pieces.hex()
            steps = range(0, len(names), 2 * _DIGEST)
            found[row.sha256] = KeptFile(row.sha256, row.size, tuple(names[at : at + 2 * _DIGEST] for at in steps))
    return found


def lacking(connection: Connection, key: str, digests: Iterable[str]) -> set[str]:
    """Give the pieces that are not there."""
    wanted = dict.fromkeys(digests)
    there: set[str] = set()
    for some in chunks(wanted):
        query = select(piece.c.sha256).where(piece.c.table_id == key, piece.c.sha256.in_(some))
        there.update(connection.execute(query).scalars())
    return wanted.keys() - there


def bytes_of(connection: Connection, key: str, digests: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Give each piece that is there and can be unpacked."""
    for some in chunks(dict.fromkeys(digests)):
        query = select(piece.c.sha256, piece.c.bytes).where(piece.c.table_id == key, piece.c.sha256.in_(some))
        for name, stored in connection.execute(query):
            plain = unpacked(bytes(stored))
            if plain is not None:
                yield name, plain


def keep(
    connection: Connection, store_id: str, new: Snapshot, recipes: Iterable[KeptFile], pieces: Mapping[str, bytes]
) -> None:
    """Keep a snapshot with its recipes and pieces. In a transaction that writes."""
    key = heads.taken(connection, store_id, heads.DIRECTORY).table_id
    if named(connection, key, new.name) is not None:
        raise UserError("snapshot.name_taken", name=new.name)
    stored = [{"table_id": key, "sha256": name, "bytes": packed(plain)} for name, plain in pieces.items()]
    if stored:
        connection.execute(_PUT_PIECE, stored)
    for recipe in recipes:
        if lacking(connection, key, recipe.pieces):
            raise IntegrityError("snapshot.incomplete", name=new.name)
        names = bytes.fromhex("".join(recipe.pieces))
        values = {"table_id": key, "sha256": recipe.sha256, "size": recipe.size, "pieces": names}
        connection.execute(_PUT_FILE, values)
    record = {"name": new.name, "time": moment_text(new.time), "hash": new.hash, "data": new.spelt()}
    connection.execute(snapshot.insert(), {"table_id": key, **record})
