"""The proof covers rules and schemas: whatever is changed in a version, lost or put in by hand is found."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sheetward.diff import Changeset
from sheetward.ports.store import CommitNote, SchemaStep, Transaction
from sheetward.stores.sql.store import SqlStore
from sheetward.stores.sqlite import SqliteStore
from sheetward.table import RowId

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def note(sync_id: str) -> CommitNote:
    return CommitNote(sync_id, "chen", NOON, "share", "because")


def grow(store: SqlStore) -> None:
    """Commit rows, three versions of one rule, one of another, two schemas."""
    step = SchemaStep(0, {"fields": [{"name": "code"}]})
    store.apply(Transaction("deals", 0, note("s1"), Changeset({RowId("row-a"): {"code": "1"}}), schema=step))
    for number, region in enumerate(("华东", "华南", "华北")):
        store.save_rule("deals", "east", {"rows": {"region": region}}, note(f"r{number}"))
    store.save_rule("deals", "boss", {"rows": None}, note("r9"))
    again = SchemaStep(1, {"fields": [{"name": "code"}, {"name": "amount"}]})
    store.apply(Transaction("deals", 1, note("s2"), Changeset({RowId("row-b"): {"code": "2"}}), schema=again))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sheetward.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore.open(path, epoch_if_new="life-1")) as opened:
        yield opened


TAMPERINGS = {
    "a changed rule": ("UPDATE rule SET data = '{}' WHERE version = 2", "version 2 of the rule of east"),
    "who": ("UPDATE rule SET author = 'eve' WHERE version = 3", "version 3 of the rule of east"),
    "when": ("UPDATE rule SET time = '2026' WHERE role = 'boss'", "version 1 of the rule of boss"),
    "why": ("UPDATE table_schema SET reason = '' WHERE version = 2", "version 2 of the schema"),
    "a changed schema": ("UPDATE table_schema SET data = '{}' WHERE version = 1", "version 1 of the schema"),
    "another role": (
        "UPDATE rule SET role = 'west' WHERE version = 1 AND role = 'east'",
        "version 1 of the rule of west",
    ),
    "the newest is gone": ("DELETE FROM rule WHERE version = 3", "version 3 of the rule of east"),
    "the oldest is gone": ("DELETE FROM table_schema WHERE version = 1", "version 1 of the schema"),
    "one put in": (
        "INSERT INTO rule SELECT table_id, role, 4, data, author, time, reason FROM rule WHERE version = 3",
        "version 4 of the rule of east",
    ),
    "two exchanged": (
        "UPDATE rule SET version = CASE version WHEN 1 THEN 2 ELSE 1 END + 100 WHERE role = 'east' AND version < 3;"
        "UPDATE rule SET version = version - 100 WHERE version > 100",
        "version 1 of the rule of east",
    ),
    "its seal went with it": ("DELETE FROM rule WHERE version = 3; DELETE FROM seal WHERE version = 3", "broken at"),
    "the last seal went with it": (
        "DELETE FROM table_schema WHERE version = 2; DELETE FROM seal WHERE kind = 'schema' AND version = 2",
        "last seal",
    ),
    "all seals are gone": ("DELETE FROM seal", "last seal"),
    "a changed seal": ("UPDATE seal SET digest = 'x' WHERE place = 2", "broken at 2"),
    "a seal elsewhere": ("UPDATE seal SET place = 99 WHERE place = 3", "broken at 3"),
    "the end forgotten": ("UPDATE head SET sealed = NULL", "last seal"),
}


@pytest.mark.parametrize("change", TAMPERINGS)
def test_verify_finds_a_change_of_rules_and_schemas(store: SqliteStore, path: Path, change: str) -> None:
    grow(store)
    assert list(store.verify()) == []
    script, said = TAMPERINGS[change]
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(script)
    assert [line for line in store.verify() if said in line], list(store.verify())


@pytest.mark.parametrize("is_partitioned", [False, True])
def test_the_same_on_postgresql(is_partitioned: bool, request: pytest.FixtureRequest) -> None:
    store = request.getfixturevalue("postgres_places").empty(is_partitioned=is_partitioned)
    grow(store)
    assert list(store.verify()) == []
    with store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE rule SET data = '{}' WHERE version = 2")
    assert [line for line in store.verify() if "version 2 of the rule of east" in line]


def test_versions_older_than_seals_are_sealed_with_the_next_one(store: SqliteStore, path: Path) -> None:
    grow(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("DELETE FROM seal")
        raw.execute("UPDATE head SET sealed = NULL")
    assert list(store.verify()) == []
    store.save_rule("deals", "boss", {"rows": None}, note("same"))
    store.save_rule("deals", "boss", {"rows": {"region": "华东"}}, note("next"))
    assert list(store.verify()) == []
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        assert raw.execute("SELECT count(*) FROM seal").fetchone() == (7,)
        raw.execute("UPDATE rule SET data = '{}' WHERE version = 1 AND role = 'east'")
    assert store.verify() == ["deals: version 1 of the rule of east is not what was recorded"]
