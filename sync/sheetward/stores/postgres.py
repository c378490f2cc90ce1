"""The store in a PostgreSQL database: for teams. Any number of programs on any number of machines may have it open."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine

from sheetward.errors import TransientError
from sheetward.ports.store import Stale
from sheetward.stores.postgres_server import open_engine, parsed, prepare, retried, translated
from sheetward.stores.postgres_trouble import named
from sheetward.stores.sql.store import SqlStore

T = TypeVar("T")

LOCK_TIMEOUT_S = 30.0
"""How long a transaction waits for another one's end before it gives up with `postgres.locked`."""


class PostgresStore(SqlStore):
    """`sheetward.ports.store.Store` on PostgreSQL: writers of one table wait in line for its head row, readers never wait.

    Transactions that write run at the isolation that the server gives by default: `READ COMMITTED` suffices and is the
    fastest, since each takes the head row before it reads; under the stricter ones, and on engines that know no other,
    failed serializations are tried again. Relies on no other locks; an advisory one only decides who is next.
    May be shared by threads; processes open their own, after a fork too.
    """

    def __init__(self, engine: Engine, server: str, words: Mapping[str, str]) -> None:
        super().__init__(engine, server, words)
        self._to_read = engine.execution_options(reads=True)

    @classmethod
    def open(
        cls, url: str, *, epoch_if_new: str | None, password: str | None = None, lock_timeout_s: float = LOCK_TIMEOUT_S
    ) -> PostgresStore:
        """Open the store of a database (`postgresql://user@host:port/name`), brought to our version.

        A database without one gets it where `epoch_if_new` is given. It lives in the schema that the connection names
        first. Without `password`, libpq's own ways are tried: `PGPASSWORD`, `~/.pgpass`, service files.

        `UserError`: `postgres.url`, `postgres.password`, `postgres.refused`,
        `postgres.no_database`, `postgres.forbidden`, `postgres.read_only`, `postgres.not_ours`, `postgres.newer`,
        `postgres.gone`. `TransientError`: `postgres.unreachable`, `postgres.busy`, `postgres.lost`, `postgres.locked`,
        `postgres.contended`, `postgres.full`. `IntegrityError`: `postgres.damaged`, `postgres.error`.
        """
        engine = open_engine(parsed(url, password), lock_timeout_s)
        words = None
        if epoch_if_new is not None:
            words = {"epoch": epoch_if_new, "store": secrets.token_hex(16), "key": secrets.token_hex(32)}
        try:
            with translated(engine.url):
                return cls(engine, named(engine.url), prepare(engine, words))
        except BaseException:
            engine.dispose()
            raise

    @contextmanager
    def _seeing(self) -> Generator[Connection]:
        with translated(self._engine.url), self._to_read.begin() as connection:
            yield connection

    @contextmanager
    def _changing(self) -> Generator[Connection]:
        with translated(self._engine.url), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def turn(self, table: str) -> Generator[None]:
        """Hold the table's head; a failed serialization means that something moved: `Stale`, to be decided anew."""
        try:
            with super().turn(table):
                yield
        except TransientError as trouble:
            if trouble.code == "postgres.contended":
                raise Stale(table) from trouble
            raise

    def _changed(self, work: Callable[[Connection], T]) -> T:
        with translated(self._engine.url):
            return retried(self._engine, work)

    def _medium_troubles(self, connection: Connection) -> Iterable[str]:  # noqa: ARG002 - the server checks itself
        return ()
