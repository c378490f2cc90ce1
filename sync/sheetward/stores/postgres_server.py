"""The PostgreSQL server: reached, its database told apart from others and brought to our version, transactions tried again."""

from __future__ import annotations

import secrets
import time
import zlib
from collections.abc import Callable, Generator, Mapping, Set
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import orjson
import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from sheetward.errors import IntegrityError, UserError
from sheetward.stores.migration import migrations, statements
from sheetward.stores.postgres_trouble import AGAIN, MADE_MEANWHILE, in_our_words, named, sqlstate
from sheetward.stores.sql.relations import meta
from sheetward.stores.sql.wordbook import UnreadableRow

T = TypeVar("T")

_MARK: Final = "sheetward"
"""The value of `application` in `meta` of every store of ours."""

_TRIES: Final = 20
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.002, 0.2
_CONNECT_TIMEOUT_S: Final = 10
_IDLE_TIMEOUT_S: Final = 60
_CONNECTIONS, _MORE_CONNECTIONS = 8, 24

_random = secrets.SystemRandom()

_RELATIONS = text("""
    SELECT c.relname, (SELECT count(*) FROM pg_attribute a
                       WHERE a.attrelid = c.oid AND a.attname IN ('name', 'value') AND NOT a.attisdropped)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
""")
"""Tables and views where the store is or will be, apart from those of extensions; and whether each could be `meta`."""


def parsed(url: str, password: str | None) -> URL:
    """Read an address. `UserError('postgres.url')` for one that is none; it is not repeated: it may hold a password."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as trouble:
        raise UserError("postgres.url") from trouble
    if address.drivername != "postgresql" or not address.database:
        raise UserError("postgres.url")
    address = address.set(drivername="postgresql+psycopg")
    return address if password is None else address.set(password=password)


def open_engine(address: URL, lock_timeout_s: float) -> Engine:
    """Give an engine whose transactions see one moment and write nothing where their option `reads` says so.

    Nothing is connected yet. Other transactions begin as the server has them begin.
    """
    arguments: dict[str, object] = {"application_name": "sheetward"}
    if "connect_timeout" not in address.query:
        arguments["connect_timeout"] = _CONNECT_TIMEOUT_S
    engine = create_engine(
        address,
        connect_args=arguments,
        pool_size=_CONNECTIONS,
        max_overflow=_MORE_CONNECTIONS,
        pool_timeout=lock_timeout_s,
        hide_parameters=True,
    )

    def connected(connection: Any, _: ConnectionPoolEntry) -> None:
        """Let nobody wait for ever, and a program that hangs in a transaction keep others waiting for a while only."""
        connection.autocommit = True
        connection.execute(f"SET lock_timeout = {round(lock_timeout_s * 1000)}")
        connection.execute(f"SET idle_in_transaction_session_timeout = {_IDLE_TIMEOUT_S * 1000}")
        connection.autocommit = False

    def begun(connection: Connection) -> None:
        reads = connection.get_execution_options().get("reads", False)
        driver: Any = connection.connection.driver_connection
        driver.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ if reads else None
        driver.read_only = True if reads else None

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine


@contextmanager
def translated(address: URL) -> Generator[None]:
    """Turn the errors of server and driver into ours, and those of records that cannot be decoded."""
    try:
        yield
    except (zlib.error, orjson.JSONDecodeError, UnreadableRow) as trouble:
        raise IntegrityError("postgres.damaged", server=named(address), state=type(trouble).__name__) from trouble
    except (DBAPIError, psycopg.Error, PoolTimeout) as trouble:
        raise in_our_words(address, trouble) from trouble


def retried(engine: Engine, work: Callable[[Connection], T], states: Set[str] = AGAIN) -> T:
    """Do work in one transaction; again, after a short random pause, where others made it fail: at most 20 times."""
    attempt = 0
    while True:
        try:
            with engine.begin() as connection:
                return work(connection)
        except (DBAPIError, psycopg.Error) as trouble:
            attempt += 1
            if sqlstate(trouble) not in states or attempt == _TRIES:
                raise
        time.sleep(_random.uniform(0, min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**attempt)))


def prepare(engine: Engine, words: Mapping[str, str] | None) -> dict[str, str]:
    """Bring the database to our version and give the store's words (epoch, id, key); `words` are those of a new one."""
    return retried(engine, lambda connection: _prepared(connection, words), AGAIN | MADE_MEANWHILE)


def _prepared(connection: Connection, words: Mapping[str, str] | None) -> dict[str, str]:
    server = named(connection.engine.url)
    if not _has_store(connection, server):
        if words is None:
            raise UserError("postgres.gone", server=server)
        _run(connection, 0)
        all_words = {**words, "application": _MARK, "version": str(len(migrations("postgres")))}
        connection.execute(meta.insert(), [{"name": name, "value": value} for name, value in all_words.items()])
    version = _version(connection, server)
    if version < len(migrations("postgres")):
        _upgrade(connection, server)
    return dict(connection.execute(select(meta.c.name, meta.c.value)).all())


def _has_store(connection: Connection, server: str) -> bool:
    """Say whether the store is there; `UserError('postgres.not_ours')` where something else is."""
    there: dict[str, int] = dict(connection.execute(_RELATIONS).all())
    if not there:
        return False
    mark = select(meta.c.value).where(meta.c.name == "application")
    if there.get("meta") != 2 or connection.execute(mark).scalar() != _MARK:
        raise UserError("postgres.not_ours", server=server, tables=sorted(there))
    return True


def _version(connection: Connection, server: str, *, is_kept: bool = False) -> int:
    """Give the version of the store's shape, and let nobody else change it where it `is_kept`."""
    query = select(meta.c.value).where(meta.c.name == "version")
    version = int(connection.execute(query.with_for_update() if is_kept else query).scalar_one())
    if version > len(migrations("postgres")):
        raise UserError("postgres.newer", server=server, version=version, known=len(migrations("postgres")))
    return version


def _upgrade(connection: Connection, server: str) -> None:
    """Run every migration that the database lacks, in the same transaction: it is as it was, or as it should be."""
    _run(connection, _version(connection, server, is_kept=True))
    connection.execute(meta.update().where(meta.c.name == "version").values(value=str(len(migrations("postgres")))))


def _run(connection: Connection, after: int) -> None:
    for script in migrations("postgres")[after:]:
        for statement in statements(script):
            connection.exec_driver_sql(statement)
