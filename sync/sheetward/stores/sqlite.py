"""The store in one SQLite file: the default of a workspace on one computer. Any number of processes may have it open."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine

from sheetward.stores.sql.store import SqlStore
from sheetward.stores.sqlite_file import check_place, give_back, open_engine, prepare, translated

T = TypeVar("T")

BUSY_TIMEOUT_S = 30.0
"""How long a transaction waits for another one's end before it gives up with `store.locked`."""


class SqliteStore(SqlStore):
    """`sheetward.ports.store.Store` on SQLite: write-ahead log, one writer at a time, readers never wait.

    May be shared by threads; processes open their own. The last to close it empties the write-ahead log into the file.
    """

    def __init__(self, engine: Engine, path: Path, words: Mapping[str, str]) -> None:
        super().__init__(engine, path.name, words)
        self._to_write = engine.execution_options(write=True)
        self._path = path

    @classmethod
    def open(cls, path: Path, *, epoch_if_new: str, busy_timeout_s: float = BUSY_TIMEOUT_S) -> SqliteStore:
        """Open a store, made where there is none (readable by its owner alone) and brought to our version.

        `UserError`: `store.no_folder`, `store.cannot_open`, `store.not_ours`, `store.newer`, `store.read_only`.
        `TransientError`: `store.locked`, `store.full`, `store.disk`. `IntegrityError`: `store.corrupt`.
        """
        check_place(path)
        engine = open_engine(path, busy_timeout_s)
        words = {"epoch": epoch_if_new, "store": secrets.token_hex(16), "key": secrets.token_hex(32)}
        try:
            with translated(path):
                return cls(engine, path, prepare(engine, path, words, busy_timeout_s))
        except BaseException:
            engine.dispose()
            raise

    @contextmanager
    def _seeing(self) -> Generator[Connection]:
        with translated(self._path), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _changing(self) -> Generator[Connection]:
        with translated(self._path), self._to_write.begin() as connection:
            yield connection

    def _changed(self, work: Callable[[Connection], T]) -> T:
        with self._changing() as connection:
            return work(connection)

    def _tidy(self, connection: Connection) -> None:
        give_back(connection)

    def _medium_troubles(self, connection: Connection) -> Iterable[str]:
        checks = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        return [str(line) for line in checks if line != "ok"]
