"""The SQLite file: opened, told apart from other files, brought to our version; its errors in our words."""

from __future__ import annotations

import os
import random
import sqlite3
import time
import zlib
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from sheetward.errors import IntegrityError, SheetwardError, TransientError, UserError
from sheetward.stores.migration import migrations, statements
from sheetward.stores.sql.wordbook import UnreadableRow

APPLICATION_ID: Final = 0x53687764
"""`Shwd`, in the header of every store of ours; the first migration sets it."""

_MANY_PAGES: Final = 500
"""Free pages, of 4 kB each, that are worth the work of moving others into their place."""

_PAUSE_S: Final = 0.0005, 0.006
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _in_our_words(path: Path, trouble: sqlite3.Error) -> SheetwardError:
    """Say what the caller of the store should do about an error of SQLite (https://sqlite.org/rescode.html)."""
    code = getattr(trouble, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if code in _BUSY:
        return TransientError("store.locked", path=str(path))
    if code == sqlite3.SQLITE_NOTADB:
        return UserError("store.not_ours", path=str(path))
    if code == sqlite3.SQLITE_FULL:
        return TransientError("store.full", path=str(path))
    if code == sqlite3.SQLITE_READONLY:
        return UserError("store.read_only", path=str(path))
    if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}:
        return UserError("store.cannot_open", path=str(path))
    if code == sqlite3.SQLITE_IOERR:
        return TransientError("store.disk", path=str(path), error=str(trouble))
    return IntegrityError("store.corrupt", path=str(path), error=str(trouble))


@contextmanager
def translated(path: Path) -> Generator[None]:
    """Turn SQLite's errors, and those of records that cannot be decoded, into ours."""
    try:
        yield
    except (zlib.error, orjson.JSONDecodeError, UnreadableRow) as trouble:
        raise IntegrityError("store.corrupt", path=str(path), error=type(trouble).__name__) from trouble
    except sqlite3.Error as trouble:
        raise _in_our_words(path, trouble) from trouble
    except DatabaseError as trouble:
        if isinstance(trouble.orig, sqlite3.Error):
            raise _in_our_words(path, trouble.orig) from trouble
        raise


def open_engine(path: Path, busy_timeout_s: float) -> Engine:
    """Give an engine whose transactions begin as their option `write` says: taking the write lock at once, or not."""
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        connect_args={"timeout": busy_timeout_s},
        hide_parameters=True,
    )

    def connected(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA trusted_schema = OFF")

    def begun(connection: Connection) -> None:
        if not connection.get_execution_options().get("write", False):
            connection.exec_driver_sql("BEGIN")
            return
        driver = connection.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            raise TypeError("the engine is not SQLite's")
        _begin_writing(driver, busy_timeout_s)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine


def _begin_writing(connection: sqlite3.Connection, busy_timeout_s: float) -> None:
    """Take the write lock; who waits asks again after short pauses of random length.

    SQLite's own pauses grow to a tenth of a second: among many writers, whoever has waited long would wait longest.
    """
    deadline = time.monotonic() + busy_timeout_s
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as trouble:
                if trouble.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(random.uniform(*_PAUSE_S))  # noqa: S311 - no secret
            else:
                return
    finally:
        connection.execute(f"PRAGMA busy_timeout = {round(busy_timeout_s * 1000)}")


def give_back(connection: Connection) -> None:
    """Give free pages back to the disk where they are many: the record of a first sync is large and soon gone."""
    free = connection.exec_driver_sql("PRAGMA freelist_count").scalar() or 0
    if free > _MANY_PAGES:
        with closing(connection.connection.cursor()) as cursor:
            for _ in range(free):  # the driver takes one step of this statement, which frees one page
                cursor.execute("PRAGMA incremental_vacuum(1)")


def check_place(path: Path) -> None:
    """Make sure that there is a file, ours to read alone where it is new. `UserError` where there can be none."""
    if not path.parent.is_dir():
        raise UserError("store.no_folder", path=str(path), folder=str(path.parent))
    if path.exists():
        return
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as trouble:
        raise UserError("store.cannot_open", path=str(path)) from trouble


def _number(connection: sqlite3.Connection, question: str) -> int:
    return int(connection.execute(question).fetchone()[0])


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Give the version of the store's shape, 0 for an empty file; `UserError` for a file that we must not touch."""
    application = _number(connection, "PRAGMA application_id")
    version = _number(connection, "PRAGMA user_version")
    objects = _number(connection, "SELECT count(*) FROM sqlite_schema")
    if application != APPLICATION_ID and (application or version or objects):
        raise UserError("store.not_ours", path=str(path))
    if version > len(migrations("sqlite")):
        raise UserError("store.newer", path=str(path), version=version, known=len(migrations("sqlite")))
    return version


def _version_now(connection: sqlite3.Connection, path: Path) -> int:
    """Give the version as of one moment: another process may be making the file just now."""
    connection.execute("BEGIN")
    try:
        return _version(connection, path)
    finally:
        connection.execute("ROLLBACK")


def _set_wal(connection: sqlite3.Connection, busy_timeout_s: float) -> None:
    """Switch to a write-ahead log. SQLite does not wait for others here, as it does elsewhere; so this does."""
    deadline = time.monotonic() + busy_timeout_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as trouble:
            if trouble.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _migrate(connection: sqlite3.Connection, path: Path, words: Mapping[str, str]) -> None:
    """Run every migration that the file lacks, in one transaction: it is as it was, or as it should be."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for script in migrations("sqlite")[_version(connection, path) :]:
            for statement in statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(migrations('sqlite'))}")
        connection.executemany("INSERT OR IGNORE INTO meta (name, value) VALUES (?, ?)", words.items())
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def prepare(engine: Engine, path: Path, words: Mapping[str, str], busy_timeout_s: float) -> dict[str, str]:
    """Bring the file to our version and give the store's words (epoch, id, key); `words` are those of a new one."""
    with closing(engine.raw_connection()) as pooled:
        connection = pooled.driver_connection
        if not isinstance(connection, sqlite3.Connection):
            raise TypeError("the engine is not SQLite's")
        version = _version_now(connection, path)
        if version == 0:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # has to stand before the first page is written
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            _set_wal(connection, busy_timeout_s)
        if version < len(migrations("sqlite")):
            _migrate(connection, path, words)
        return dict(connection.execute("SELECT name, value FROM meta").fetchall())
