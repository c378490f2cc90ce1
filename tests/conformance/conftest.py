"""PostgreSQL with its tables split, as an administrator of a large store may have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

import psycopg
import pytest
from sheetward.stores.migration import migrations
from sheetward.stores.postgres import PostgresStore
from sheetward.stores.sql.relations import OF_A_TABLE

PARTS = 2


class PostgresServer(Protocol):
    def place(self) -> tuple[str, str]: ...

    def url(self) -> str: ...


def split(script: str) -> str:
    """Give a migration in which each table that belongs to a table of ours is split in parts by a hash."""

    def parted(match: re.Match[str]) -> str:
        name, columns = match[1], match[2]
        if "table_id" not in columns:
            return match[0]
        parts = "".join(
            f"CREATE TABLE {name}_{part} PARTITION OF {name} FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part});\n"
            for part in range(PARTS)
        )
        return f"CREATE TABLE {name} ({columns}) PARTITION BY HASH (table_id);\n{parts}"

    return re.sub(r"^CREATE TABLE (\w+) \(\n(.*?)^\);\n", parted, script, flags=re.MULTILINE | re.DOTALL)


def parted(database: str) -> Sequence[str]:
    return [split(script) for script in migrations(database)]


class Places:
    """Stores, made once each and emptied when asked for again: making one costs more than most tests."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._made: dict[bool, tuple[PostgresStore, str]] = {}
        self._hand = psycopg.connect(server.url(), autocommit=True)

    def empty(self, *, is_partitioned: bool) -> PostgresStore:
        """Give a store without any record."""
        made = self._made.get(is_partitioned)
        if made is not None and made[0].past_epochs:
            made[0].close()
            del self._made[is_partitioned]
        if is_partitioned not in self._made:
            place, url = self._server.place()
            with pytest.MonkeyPatch.context() as patch:
                if is_partitioned:
                    patch.setattr("sheetward.stores.postgres_server.migrations", parted)
                self._made[is_partitioned] = PostgresStore.open(url, epoch_if_new="life-1"), place
        store, place = self._made[is_partitioned]
        self._hand.execute(f"SET search_path TO {place}")
        self._hand.execute(";".join(f"DELETE FROM {name}" for name in ("head", *(r.name for r in OF_A_TABLE))))
        return store

    def close(self) -> None:
        self._hand.close()
        for store, _ in self._made.values():
            store.close()


@pytest.fixture(scope="session")
def postgres_places(postgres_server: PostgresServer) -> Iterator[Places]:
    places = Places(postgres_server)
    yield places
    places.close()
