"""Keyframes: no walk back is long, whatever is damaged in them is found, and a state is never wrong for it."""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sheetward.cells import Cell, Typed
from sheetward.diff import Changeset, changes_between
from sheetward.errors import TransientError
from sheetward.ports.store import CommitNote, Transaction
from sheetward.stores.migration import migrations, statements
from sheetward.stores.sql import keyframes
from sheetward.stores.sql.heads import Head
from sheetward.stores.sql.store import SqlStore
from sheetward.stores.sqlite import SqliteStore
from sheetward.table import Row, RowId, Table, identical

FIELDS = ("code", "name", "amount", "since", "active", "phone")
COMMITS = 22


def row(dice: random.Random) -> Row:
    """Give a row with a cell of every kind, some of them empty."""
    number = dice.randrange(10**9)
    name = chr(0x4E00 + number % 5000)
    day = dt.date(1990, 1, 1) + dt.timedelta(days=number % 9000)
    cells: list[Cell] = [name, Decimal(number) / 100, day, number % 3 == 0, Typed(f"+861{number}", f"1{number}")]
    return (f"C{number:09d}", *(cell if dice.random() < 0.8 else None for cell in cells))


def states() -> Iterator[Table]:
    """Give states, each after commits that add, change and remove rows and bring some back."""
    dice = random.Random(11)
    rows: dict[RowId, Row] = {}
    lost: dict[RowId, Row] = {}
    for _ in range(COMMITS):
        names = sorted(rows)
        lost |= {name: rows.pop(name) for name in dice.sample(names, len(names) // 8)}
        rows |= {name: row(dice) for name in dice.sample(sorted(rows), len(rows) // 2)}
        rows |= {name: lost.pop(name) for name in dice.sample(sorted(lost), min(len(lost), 5))}
        rows |= {RowId(f"r{dice.getrandbits(60):015x}"): row(dice) for _ in range(60)}
        yield Table(FIELDS, dict(rows))


def grow(store: SqlStore) -> list[Table]:
    """Commit all states and give them, the empty one first."""
    tables = [Table(FIELDS)]
    for number, state in enumerate(states()):
        moment = dt.datetime(2026, 3, 1, tzinfo=dt.UTC) + dt.timedelta(hours=number)
        note = CommitNote(f"s{number}", "chen", moment, "sync")
        store.apply(Transaction("deals", number, note, changes_between(tables[-1], state)))
        tables.append(state)
    return tables


def equal(a: Table, b: Table) -> bool:
    return a.rows.keys() == b.rows.keys() and all(identical(cells, b.rows[name]) for name, cells in a.rows.items())


def check_all(store: SqlStore, tables: list[Table]) -> None:
    """Compare every state, and what lies between any two neighbours and from some to the end."""
    for number, table in enumerate(tables):
        assert equal(store.read("deals", FIELDS, number), table), number
    for after in range(COMMITS):
        for upto in {after + 1, COMMITS}:
            whole = Changeset()
            for _, changes in store.changes("deals", after, upto):
                whole = whole.then(changes)
            assert equal(whole.applied(tables[after]), tables[upto]), (after, upto)


def frames(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as raw:
        return [number for (number,) in raw.execute("SELECT DISTINCT number FROM keyframe ORDER BY number")]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a small table be enough, and make a part of few rows."""
    monkeypatch.setattr(keyframes, "LEAST", 1000)
    monkeypatch.setattr(keyframes, "_ROWS", 50)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sheetward.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore.open(path, epoch_if_new="life-1")) as opened:
        yield opened


@pytest.mark.parametrize("is_partitioned", [None, False, True])
def test_every_state_and_difference_is_what_it_was(
    store: SqliteStore, path: Path, is_partitioned: bool | None, request: pytest.FixtureRequest
) -> None:
    if is_partitioned is None:
        tables = grow(store)
        assert len(frames(path)) >= 2
        check_all(store, tables)
        assert list(store.verify()) == []
    else:
        other = request.getfixturevalue("postgres_places").empty(is_partitioned=is_partitioned)
        tables = grow(other)
        check_all(other, tables)
        assert list(other.verify()) == []


def test_a_walk_passes_no_more_than_the_size_of_the_table(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Head] = []
    is_due = keyframes.is_due

    def noted(stands: Head) -> bool:
        seen.append(stands)
        return is_due(stands)

    monkeypatch.setattr(keyframes, "is_due", noted)
    grow(store)
    with closing(sqlite3.connect(path)) as raw:
        sizes = dict(raw.execute("SELECT number, length(replaced) FROM past").fetchall())
        [(size, owed)] = raw.execute("SELECT size, owed FROM head").fetchall()
    walk = 0
    for stands in seen:
        walk += sizes[stands.number]
        assert stands.owed == walk
        if stands.number in frames(path):
            walk = 0
        assert walk < max(keyframes.LEAST, stands.size)
    assert (len(seen), owed) == (COMMITS, walk)
    assert owed < size


def test_an_old_difference_reads_a_keyframe_and_not_all_records(store: SqliteStore, path: Path) -> None:
    grow(store)
    first, *_ = frames(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("DELETE FROM past WHERE number > ?", (first,))
    assert len(store.changes("deals", first - 1, first)) == 1
    assert store.read("deals", FIELDS, first - 1).rows


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda state: state[:-3],
    "flipped": lambda state: state[:40] + bytes([state[40] ^ 1]) + state[41:],
    "empty": lambda state: b"",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_keyframe_is_found_and_passed_over(store: SqliteStore, path: Path, damage: str) -> None:
    tables = grow(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for number in frames(path):
            [(part, state)] = raw.execute(
                "SELECT part, state FROM keyframe WHERE number = ? ORDER BY part DESC LIMIT 1", (number,)
            )
            raw.execute(
                "UPDATE keyframe SET state = ? WHERE number = ? AND part = ?", (DAMAGES[damage](state), number, part)
            )
    assert [line.rpartition("commit ")[2] for line in store.verify()] == [
        f"{number} is not that state" for number in frames(path)
    ]
    check_all(store, tables)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM keyframe WHERE part = 1",
        "DELETE FROM keyframe WHERE part = parts - 1",
        "UPDATE keyframe SET parts = parts + 1",
        "UPDATE keyframe SET first_row = first_row || 'x'",
        "UPDATE keyframe SET digest = 'x'",
        "UPDATE keyframe SET number = number + 1",
    ],
)
def test_a_keyframe_that_lacks_something_is_found_and_passed_over(store: SqliteStore, path: Path, change: str) -> None:
    tables = grow(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute(change)
    assert len([line for line in store.verify() if "keyframe" in line]) == len(frames(path))
    check_all(store, tables)


def test_a_keyframe_of_another_state_is_found_though_its_digest_is_right(store: SqliteStore, path: Path) -> None:
    grow(store)
    words: dict[str, Any] = {}
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        words = dict(raw.execute("SELECT name, value FROM meta").fetchall())
        number = frames(path)[0]
        records = raw.execute(
            "SELECT table_id, part, parts, first_row, state FROM keyframe WHERE number = ?", (number,)
        )
        for table_id, part, parts, first, state in records.fetchall():
            digest = keyframes._digest(bytes.fromhex(words["key"]), table_id, number + 1, part, parts, first, state)
            raw.execute(
                "UPDATE keyframe SET number = ?, digest = ? WHERE number = ? AND part = ?",
                (number + 1, digest, number, part),
            )
    assert f"deals: the keyframe of commit {number + 1} is not that state" in store.verify()


def test_a_commit_stands_though_its_keyframe_could_not_be_kept(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = [Table(FIELDS), *states()]
    with monkeypatch.context() as patch:

        def locked(*_: object) -> None:
            raise TransientError("store.locked", path="x")

        patch.setattr(keyframes, "put", locked)
        grow(store)
    assert frames(path) == []
    assert list(store.verify()) == []
    check_all(store, tables)
    note = CommitNote("more", "chen", dt.datetime(2026, 5, 1, tzinfo=dt.UTC), "sync")
    store.apply(Transaction("deals", COMMITS, note, Changeset({RowId("r"): {"code": "1"}})))
    assert frames(path) == [COMMITS + 1]


def test_a_store_of_the_first_shape_is_weighed_when_it_is_opened(path: Path) -> None:
    with closing(SqliteStore.open(path, epoch_if_new="life-1")) as store:
        grow(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.executescript("DROP TABLE keyframe; ALTER TABLE head DROP COLUMN size; ALTER TABLE head DROP COLUMN owed")
        second = next(n for n, script in enumerate(migrations("sqlite")) if "keyframe" in script)
        for statement in statements(migrations("sqlite")[second]):
            raw.execute(statement)
    with closing(SqliteStore.open(path, epoch_if_new="x")) as store:
        assert list(store.verify()) == []
