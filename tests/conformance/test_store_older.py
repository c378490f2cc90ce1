"""A store of the first version of either database is brought to ours with its rows, its history and its proof."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sheetward.diff import Changeset
from sheetward.history.chain import GENESIS, moment_text
from sheetward.ports.store import CommitNote, Store, Transaction
from sheetward.stores.migration import migrations, statements
from sheetward.stores.minutes import commit_of
from sheetward.stores.postgres import PostgresStore
from sheetward.stores.sql.heads import table_id
from sheetward.stores.sql.past import packed
from sheetward.stores.sql.rows import json_of
from sheetward.stores.sqlite import SqliteStore
from sheetward.table import RowId

STAYS, GOES = RowId("row-stays"), RowId("row-goes")
NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
KEY = "ab" * 32
STEPS = (
    Changeset(added={STAYS: {"code": "1", "amount": Decimal("1.5")}, GOES: {"code": "2"}}),
    Changeset(changed={STAYS: {"code": ("1", "1b")}}, removed={GOES: {"code": "2"}}),
)


def note(word: str) -> CommitNote:
    return CommitNote(word, "Li", NOON, "sync", "why")


def records() -> Iterator[tuple[str, dict[str, object]]]:
    """Give what the first version had written: of each relation the records, apart from `meta`."""
    key, parent = table_id("store-1", "deals"), GENESIS
    commits: list[tuple[str, dict[str, object]]] = []
    for number, changes in enumerate(STEPS, start=1):
        made = commit_of(
            note(f"s{number}"), table="deals", number=number, parent=parent, changes=changes, key=bytes.fromhex(KEY)
        )
        parent = made.hash
        said = {"author": made.author, "editor": made.editor, "source": made.source, "reason": made.reason}
        place = {"table_id": key, "number": number}
        hashes = {"changes": made.changes, "parent": made.parent, "hash": made.hash}
        whole = {**place, **said, **hashes, "sync_id": made.sync_id, "time": moment_text(made.time), "binding": None}
        commits += [("commits", whole), ("past", {**place, "replaced": packed(changes)})]
        commits += [("sync", {**place, "sync_id": made.sync_id})]
    yield "head", {"table_id": key, "name": "deals", "number": len(STEPS), "hash": parent}
    yield from commits
    yield "live", {"table_id": key, "row_id": STAYS, "cells": json_of({"code": "1b", "amount": Decimal("1.5")})}
    yield "gone", {"table_id": key, "row_id": GOES, "number": 2}


def write_first(connection: Any, database: str, mark: str) -> None:
    """Make a store as the first version did, in a connection that commits by itself."""
    for statement in statements(migrations(database)[0]):
        connection.execute(statement)
    words = {"epoch": "e", "store": "store-1", "key": KEY}
    if database == "postgres":
        words |= {"application": "sheetward", "version": "1"}
    for relation, values in [*(("meta", {"name": n, "value": v}) for n, v in words.items()), *records()]:
        places = ", ".join([mark] * len(values))
        connection.execute(f"INSERT INTO {relation} ({', '.join(values)}) VALUES ({places})", list(values.values()))


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as connection:
            write_first(connection, "sqlite", "?")
            connection.execute("PRAGMA user_version = 1")
        opened: Store = SqliteStore.open(tmp_path / "s.db", epoch_if_new="new")
    else:
        _, url = request.getfixturevalue("postgres_server").place()
        with psycopg.connect(url, autocommit=True) as connection:
            write_first(connection, "postgres", "%s")
        opened = PostgresStore.open(url, epoch_if_new=None)
    with closing(opened):
        yield opened


def test_a_store_of_the_first_version_has_all_that_it_had(store: Store) -> None:
    assert (store.epoch, store.tables(), store.head("deals")) == ("e", ["deals"], 2)
    assert store.read("deals", ("code", "amount")).rows == {STAYS: ("1b", Decimal("1.5"))}
    assert store.read("deals", ("code",), 1).rows == {STAYS: ("1",), GOES: ("2",)}
    assert [changes for _, changes in store.changes("deals", 0, 2)] == list(STEPS)
    assert [(commit.reason, commit.run) for commit in store.log("deals")] == [("why", "")] * 2
    assert list(store.verify()) == []


def test_it_goes_on_where_it_stood(store: Store) -> None:
    assert store.apply(Transaction("deals", 1, note("s2"), STEPS[1])).is_repeat
    assert store.apply(Transaction("deals", 2, note("s3"), Changeset({GOES: {"code": "3"}}))).head == 3
    assert store.deleted("deals") == {}
    assert list(store.verify()) == []
