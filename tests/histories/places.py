"""Where the histories' stores are: in memory, in one SQLite file, in one PostgreSQL database; emptied for every history."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from sheetward.ports.store import Store
from sheetward.stores.memory import MemoryStore
from sheetward.stores.postgres import PostgresStore
from sheetward.stores.sql.relations import OF_A_TABLE, head
from sheetward.stores.sqlite import SqliteStore
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

STORES = ("memory", "sqlite", "postgres")
_SWEEP = 200
"""Histories after which PostgreSQL is told to forget what was deleted: the tests' server does not do so by itself."""


def _emptied(engine: Engine) -> None:
    with engine.begin() as connection:
        for relation in (head, *OF_A_TABLE):
            connection.execute(relation.delete())


@contextlib.contextmanager
def memory() -> Iterator[Callable[[], Store]]:
    """Give empty stores in memory."""
    yield lambda: MemoryStore("life")


@contextlib.contextmanager
def sqlite() -> Iterator[Callable[[], Store]]:
    """Give an empty store in a file again and again. No power fails here, so that nothing waits for a disk."""
    memory_disk = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="sheetward-", dir=memory_disk if memory_disk.is_dir() else None))
    path = folder / "store.db"
    SqliteStore.open(path, epoch_if_new="life").close()
    hand = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    store = SqliteStore.open(path, epoch_if_new="life")
    event.listen(store._engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    store._engine.dispose()

    def empty() -> Store:
        _emptied(hand)
        return store

    try:
        yield empty
    finally:
        store.close()
        hand.dispose()
        shutil.rmtree(folder)


@contextlib.contextmanager
def postgres(url: str) -> Iterator[Callable[[], Store]]:
    """Give an empty store in a database again and again."""
    store = PostgresStore.open(url, epoch_if_new="life")
    hand = create_engine(store._engine.url)
    turns = 0

    def empty() -> Store:
        nonlocal turns
        turns += 1
        _emptied(hand)
        if turns % _SWEEP == 0:
            with hand.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM"))
        return store

    try:
        yield empty
    finally:
        store.close()
        hand.dispose()
