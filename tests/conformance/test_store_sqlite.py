"""What SQLite adds to the contract: one file under many hands, crashes, damage, foreign files, and its size."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sheetward.cells import Cell
from sheetward.diff import Changeset
from sheetward.errors import IntegrityError, SheetwardError, TransientError
from sheetward.merge.items import Item, ItemKind
from sheetward.ports.store import BindingState, CommitNote, Stale, Transaction
from sheetward.stores.migration import migrations, statements
from sheetward.stores.sql.relations import OF_A_TABLE
from sheetward.stores.sqlite import SqliteStore
from sheetward.table import RowId
from sqlalchemy import Connection, Engine, event

NOON = dt.datetime(2024, 3, 5, 12, tzinfo=dt.UTC)
ROW = RowId("row-a")


def note(sync_id: str) -> CommitNote:
    return CommitNote(sync_id, "王芳", NOON, "sync", "", "Li")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sheetward.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore.open(path, epoch_if_new="life-1")) as opened:
        yield opened


def grow(store: SqliteStore) -> None:
    """Make a small history with every kind of change."""
    changesets = [
        Changeset({ROW: {"code": "1", "name": "n"}, RowId("row-b"): {"code": "2"}, RowId("row-c"): {"code": "3"}}),
        Changeset(changed={ROW: {"code": ("1", "9"), "amount": (None, "5")}}),
        Changeset(removed={RowId("row-b"): {}}, changed={ROW: {"name": ("n", None)}}),
    ]
    for number, changes in enumerate(changesets):
        store.apply(Transaction("deals", number, note(f"s{number}"), changes))


def opening(path: Path) -> SheetwardError:
    with pytest.raises(SheetwardError) as caught:
        SqliteStore.open(path, epoch_if_new="x").close()
    return caught.value


class TestOneFileUnderManyHands:
    def test_threads_with_a_store_each_and_one_between_them_lose_no_update(
        self, path: Path, store: SqliteStore
    ) -> None:
        store.apply(Transaction("deals", 0, note("s"), Changeset({ROW: {"code": "0"}})))

        def add(hand: SqliteStore, name: str) -> None:
            done = 0
            while done < 15:
                head, number = hand.head("deals"), hand.counter("deals", "code")
                [(code,)] = hand.rows("deals", ("code",), [ROW]).rows.values()
                more = Changeset(changed={ROW: {"code": (code, str(int(str(code)) + 1))}})
                counters = {"code": (number, number + 1)}
                try:
                    hand.apply(Transaction("deals", head, note(f"{name}-{done}"), more, counters=counters))
                except Stale:
                    continue
                done += 1

        with (
            closing(SqliteStore.open(path, epoch_if_new="x")) as second,
            ThreadPoolExecutor(4) as pool,
        ):
            for future in [pool.submit(add, hand, str(n)) for n, hand in enumerate((store, store, second, second))]:
                future.result()
        assert store.rows("deals", ("code",), [ROW]).rows == {ROW: ("60",)}
        assert (store.head("deals"), store.counter("deals", "code")) == (61, 60)
        assert list(store.verify()) == []

    def test_processes_lose_no_update(self, path: Path, store: SqliteStore) -> None:
        store.apply(Transaction("deals", 0, note("s"), Changeset({ROW: {"code": "0"}})))
        hands = [subprocess.Popen([sys.executable, "-c", _ADD, str(path), name]) for name in ("x", "y", "z")]
        assert [hand.wait(60) for hand in hands] == [0, 0, 0]
        assert store.rows("deals", ("code",), [ROW]).rows == {ROW: ("36",)}
        assert list(store.verify()) == []

    def test_a_store_that_many_make_at_once_is_one_store(self, path: Path) -> None:
        gate = threading.Barrier(6)

        def make(name: str) -> str:
            gate.wait()
            with closing(SqliteStore.open(path, epoch_if_new=name)) as made:
                return made.epoch

        with ThreadPoolExecutor(6) as pool:
            assert len(set(pool.map(make, "abcdef"))) == 1

    def test_a_reader_sees_one_moment_while_others_write(self, path: Path, store: SqliteStore) -> None:
        grow(store)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("DELETE FROM live")
            assert len(store.read("deals", ("code",)).rows) == 2
            other.execute("ROLLBACK")

    def test_a_lock_that_stays_is_a_passing_trouble(self, path: Path, store: SqliteStore) -> None:
        with (
            closing(sqlite3.connect(path, isolation_level=None)) as other,
            closing(SqliteStore.open(path, epoch_if_new="x", busy_timeout_s=0.05)) as waiting,
        ):
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(TransientError, match=r"store\.locked"):
                waiting.apply(Transaction("deals", 0, note("s"), Changeset({ROW: {}})))
            other.execute("ROLLBACK")
            assert waiting.apply(Transaction("deals", 0, note("s"), Changeset({ROW: {}}))).head == 1


_ADD = """
import datetime as dt, sys
from pathlib import Path
from sheetward.diff import Changeset
from sheetward.ports.store import CommitNote, Stale, Transaction
from sheetward.stores.sql.relations import OF_A_TABLE
from sheetward.stores.sqlite import SqliteStore

store, done = SqliteStore.open(Path(sys.argv[1]), epoch_if_new="x"), 0
while done < 12:
    head = store.head("deals")
    [(row, (code,))] = store.read("deals", ("code",)).rows.items()
    more = Changeset(changed={row: {"code": (code, str(int(code) + 1))}})
    note = CommitNote(f"{sys.argv[2]}-{done}", "a", dt.datetime.now(dt.UTC), "sync")
    try:
        store.apply(Transaction("deals", head, note, more))
    except Stale:
        continue
    done += 1
store.close()
"""


def last_transaction(path: Path, die_at: int) -> None:
    """Apply a transaction with every part, and kill this process at one of its statements, or at its commit."""
    store, left = SqliteStore.open(path, epoch_if_new="x"), [die_at]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)
    changes = Changeset({RowId("row-z"): {"code": "7"}}, {RowId("row-c"): {}}, {ROW: {"code": ("9", "10")}})
    binding = BindingState("b1", "east", "deals", None, {})
    item = Item("h1", ItemKind.HELD, "b1", "deals", ROW, "code", "code.length")
    store.apply(Transaction("deals", 3, note("last"), changes, binding, (item,), counters={"code": (0, 5)}))
    store.close()


class TestCrashes:
    @pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
    def test_a_process_killed_anywhere_in_a_transaction_leaves_the_old_state(self, path: Path) -> None:
        with closing(SqliteStore.open(path, epoch_if_new="life-1")) as store:
            grow(store)
        deaths = 0
        for at in range(1, 40):
            child = os.fork()
            if child == 0:
                try:
                    last_transaction(path, at)
                finally:
                    os._exit(0 if sys.exc_info()[0] is None else 1)
            _, status = os.waitpid(child, 0)
            code = os.waitstatus_to_exitcode(status)
            with closing(SqliteStore.open(path, epoch_if_new="x")) as store:
                assert list(store.verify()) == []
                if code == 0:
                    assert (store.head("deals"), store.counter("deals", "code")) == (4, 5)
                    assert store.find_sync("deals", "last") is not None
                    break
                assert code == -signal.SIGKILL
                deaths += 1
                assert (store.head("deals"), store.counter("deals", "code")) == (3, 0)
                assert (list(store.bindings()), list(store.items(is_open=None))) == ([], [])
                assert store.read("deals", ("code",)).rows == {ROW: ("9",), "row-c": ("3",)}
        assert deaths > 10

    def test_a_migration_that_fails_leaves_the_file_as_it_was(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with closing(SqliteStore.open(path, epoch_if_new="life-1")) as store:
            grow(store)
        broken = [*migrations("sqlite"), "CREATE TABLE later (a TEXT);\nCREATE TABLE live (b TEXT);\n"]
        monkeypatch.setattr("sheetward.stores.sqlite_file.migrations", lambda _: broken)
        assert isinstance(opening(path), IntegrityError)
        monkeypatch.undo()
        with closing(sqlite3.connect(path)) as raw:
            assert raw.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'later'").fetchone() == (0,)
        with closing(SqliteStore.open(path, epoch_if_new="x")) as store:
            assert (store.head("deals"), store.epoch) == (3, "life-1")

    def test_a_migration_that_the_file_lacks_is_applied_once(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with closing(SqliteStore.open(path, epoch_if_new="life-1")) as store:
            grow(store)
        longer = [*migrations("sqlite"), "CREATE TABLE later (a TEXT);\nINSERT INTO later VALUES ('x;\ny');\n"]
        monkeypatch.setattr("sheetward.stores.sqlite_file.migrations", lambda _: longer)
        for _ in range(2):
            with closing(SqliteStore.open(path, epoch_if_new="x")) as store:
                assert (store.head("deals"), store.epoch, list(store.verify())) == (3, "life-1", [])
        with closing(sqlite3.connect(path)) as raw:
            assert raw.execute("SELECT a FROM later").fetchall() == [("x;\ny",)]
        monkeypatch.undo()
        newer = opening(path)
        known = len(migrations("sqlite"))
        assert (newer.code, newer.facts["version"], newer.facts["known"]) == ("store.newer", known + 1, known)


class TestDamage:
    def test_verify_finds_a_change_of_any_value_of_history_and_rows(self, path: Path, store: SqliteStore) -> None:
        grow(store)
        store.close()
        tried = 0
        with closing(sqlite3.connect(path, isolation_level=None)) as raw:
            for table in ("head", "commits", "sync", "live", "past", "gone"):
                columns = [name for _, name, *_ in raw.execute(f"PRAGMA table_info({table})")]
                keys = [name for _, name, *_, place in raw.execute(f"PRAGMA table_info({table})") if place]
                for row in raw.execute(f"SELECT * FROM {table}").fetchall():
                    record = dict(zip(columns, row, strict=True))
                    for column in columns:
                        for broken in damaged(record[column]):
                            where = " AND ".join(f"{key} = ?" for key in keys)
                            names = [broken if key == column else record[key] for key in keys]
                            change = f"UPDATE {table} SET {column} = ? WHERE {where}"
                            raw.execute(change, (broken, *(record[key] for key in keys)))
                            assert store.verify(), (table, column, record[column], broken)
                            raw.execute(change, (record[column], *names))
                            tried += 1
        assert list(store.verify()) == []
        assert tried > 150

    @pytest.mark.parametrize("table", ["head", "commits", "sync", "live", "past", "gone"])
    def test_verify_finds_a_lost_record(self, path: Path, store: SqliteStore, table: str) -> None:
        grow(store)
        with closing(sqlite3.connect(path, isolation_level=None)) as raw:
            raw.execute(f"DELETE FROM {table}")
        assert store.verify()

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ("UPDATE live SET cells = x'7b'", "store.corrupt"),
            ("UPDATE past SET replaced = x'00'", "store.corrupt"),
            ("DELETE FROM live WHERE row_id = 'row-a'", "store.past"),
            ("INSERT INTO live SELECT table_id, 'row-b', x'7b7d' FROM head", "store.past"),
        ],
    )
    def test_a_past_state_that_cannot_be_rebuilt_is_never_guessed(
        self, path: Path, store: SqliteStore, change: str, code: str
    ) -> None:
        grow(store)
        with closing(sqlite3.connect(path, isolation_level=None)) as raw:
            raw.execute(change)
        with pytest.raises(IntegrityError) as caught:
            store.read("deals", ("code",), 1)
        assert caught.value.code == code

    def test_a_damaged_file_is_said_to_be_damaged(self, path: Path, store: SqliteStore) -> None:
        grow(store)
        store.apply(
            Transaction("deals", 3, note("big"), Changeset({RowId(f"r{n}"): {"code": "x" * 99} for n in range(900)}))
        )
        store.close()
        with closing(sqlite3.connect(path)) as raw:
            [(page,)] = raw.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'live'")
        data = bytearray(path.read_bytes())
        data[(page - 1) * 4096 : page * 4096] = b"\xa5" * 4096
        path.write_bytes(data)
        with closing(SqliteStore.open(path, epoch_if_new="x")) as hurt:
            assert hurt.verify()
            with pytest.raises(IntegrityError, match=r"store\.corrupt"):
                hurt.read("deals", ("code",))


def damaged(value: object) -> list[object]:
    """Give ways in which one byte of a stored value can be wrong."""
    if value is None:
        return ["x"]
    if isinstance(value, int):
        return [value + 100]
    if isinstance(value, bytes):
        places = range(len(value)) if len(value) < 20 else random.Random(1).sample(range(len(value)), 20)
        return [value[:n] + bytes([value[n] ^ 1]) + value[n + 1 :] for n in places]
    text = str(value)
    if not text:
        return ["x"]
    places = range(len(text)) if len(text) < 40 else random.Random(1).sample(range(len(text)), 10)
    return [text[:n] + ("x" if text[n] != "x" else "y") + text[n + 1 :] for n in places]


class TestFiles:
    def test_a_new_store_is_its_owners_alone_and_keeps_its_epoch(self, path: Path) -> None:
        with closing(SqliteStore.open(path, epoch_if_new="life-1")) as store:
            grow(store)
            modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert modes == {0o600}
        with closing(SqliteStore.open(path, epoch_if_new="life-2")) as store:
            assert store.epoch == "life-1"

    def test_two_stores_never_share_the_ids_of_their_tables(self, tmp_path: Path) -> None:
        found: set[str] = set()
        for name in ("a", "b"):
            with closing(SqliteStore.open(tmp_path / name, epoch_if_new="e")) as store:
                grow(store)
            with closing(sqlite3.connect(tmp_path / name)) as raw:
                found.update(key for (key,) in raw.execute("SELECT table_id FROM head"))
        assert len(found) == 2

    def test_every_key_and_index_begins_with_the_table(self, path: Path, store: SqliteStore) -> None:
        with closing(sqlite3.connect(path)) as raw:
            names = [name for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            indexes = [index for name in names for _, index, *_ in raw.execute(f"PRAGMA index_list({name})")]
            firsts = {index: raw.execute(f"PRAGMA index_info({index})").fetchone()[2] for index in indexes}
        assert len(names) == len(OF_A_TABLE) + 2
        assert {index for index, first in firsts.items() if first != "table_id"} == {"sqlite_autoindex_meta_1"}

    def test_what_is_no_store_of_ours_is_left_alone(self, tmp_path: Path) -> None:
        text, other, versioned = tmp_path / "a.db", tmp_path / "b.db", tmp_path / "c.db"
        text.write_bytes("客户编号,客户姓名\n".encode() * 500)
        for place, change in ((other, "CREATE TABLE t (a)"), (versioned, "PRAGMA user_version = 3")):
            with closing(sqlite3.connect(place)) as raw:
                raw.execute(change)
        for place in (text, other, versioned):
            before = place.read_bytes()
            assert opening(place).code == "store.not_ours"
            assert place.read_bytes() == before

    def test_a_place_that_cannot_be(self, tmp_path: Path) -> None:
        missing = opening(tmp_path / "no" / "a.db")
        assert (missing.code, missing.exit_status) == ("store.no_folder", 2)
        assert opening(tmp_path).code == "store.cannot_open"

    def test_a_full_disk_is_a_passing_trouble_and_nothing_is_written(self, path: Path, store: SqliteStore) -> None:
        grow(store)
        store.close()

        def limit(connection: Connection) -> None:
            connection.exec_driver_sql("PRAGMA max_page_count = 30")

        event.listen(Engine, "begin", limit)
        try:
            rows: dict[RowId, dict[str, Cell]] = {RowId(f"r{n}"): {"code": "x" * 500} for n in range(3000)}
            with pytest.raises(TransientError, match=r"store\.full"):
                store.apply(Transaction("deals", 3, note("big"), Changeset(rows)))
        finally:
            event.remove(Engine, "begin", limit)
        store.close()
        assert (store.head("deals"), list(store.verify())) == (3, [])
        assert store.apply(Transaction("deals", 3, note("big"), Changeset(rows))).head == 4

    @pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
    def test_a_read_only_store_is_the_callers_mistake(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "sheetward.db"
            with closing(SqliteStore.open(place, epoch_if_new="e")) as store:
                grow(store)
            place.chmod(0o444)
            Path(folder).chmod(0o777)
            done = subprocess.run(
                [sys.executable, "-c", _READ_ONLY, str(place)], check=False, timeout=60, capture_output=True, text=True
            )
            assert (done.stdout.split(), done.returncode) == (["store.read_only", "2"], 0), done.stderr


_READ_ONLY = """
import datetime as dt, os, sys
from pathlib import Path
from sheetward.diff import Changeset
from sheetward.errors import SheetwardError
from sheetward.ports.store import CommitNote, Transaction
from sheetward.stores.sql.relations import OF_A_TABLE
from sheetward.stores.sqlite import SqliteStore

SqliteStore.open(Path(sys.argv[1] + "-warm"), epoch_if_new="x").close()
if os.geteuid() == 0:
    os.setuid(65534)
try:
    store = SqliteStore.open(Path(sys.argv[1]), epoch_if_new="x")
    note = CommitNote("s", "a", dt.datetime(2024, 3, 5, tzinfo=dt.UTC), "sync")
    store.apply(Transaction("deals", 3, note, Changeset({"r": {}})))
except SheetwardError as trouble:
    print(trouble.code, trouble.exit_status)
"""


class TestCost:
    def test_one_percent_of_edits_adds_at_most_40_kb(self, path: Path, store: SqliteStore) -> None:
        rnd = random.Random(7)
        names = tuple(f"field_{n}" for n in range(15))
        rows: dict[RowId, dict[str, Cell]] = {
            RowId(f"{rnd.getrandbits(80):020x}"): {name: f"{rnd.getrandbits(40):011d}" for name in names}
            for _ in range(3000)
        }
        store.apply(Transaction("deals", 0, note("first"), Changeset(rows)))
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = path.stat().st_size
        for number in range(1, 11):
            changed: dict[RowId, dict[str, tuple[Cell, Cell]]] = {}
            for row in rnd.sample(list(rows), 1000):
                name, new = rnd.choice(names), f"{rnd.getrandbits(40):011d}"
                changed[row] = {name: (rows[row][name], new)}
                rows[row][name] = new
            store.apply(Transaction("deals", number, note(f"s{number}"), Changeset(changed=changed)))
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert (path.stat().st_size - before) / 10 <= 40_000

    def test_a_transaction_reads_no_rows_but_those_it_touches(self, store: SqliteStore) -> None:
        grow(store)
        asked: list[str] = []

        def keep(_: object, __: object, statement: str, *___: object) -> None:
            asked.append(statement)

        event.listen(Engine, "before_cursor_execute", keep)
        try:
            store.apply(Transaction("deals", 3, note("s"), Changeset(changed={ROW: {"code": ("9", "1")}})))
        finally:
            event.remove(Engine, "before_cursor_execute", keep)
        reads = [statement for statement in asked if "FROM live" in statement]
        assert reads
        assert all("AND row_id IN (" in statement for statement in reads)


def test_statements_are_cut_where_they_end() -> None:
    script = "-- a; b\nCREATE TABLE a (b TEXT);\nINSERT INTO a\nVALUES ('x;\ny');\n"
    assert list(statements(script)) == ["-- a; b\nCREATE TABLE a (b TEXT);", "INSERT INTO a\nVALUES ('x;\ny');"]


def test_items_and_bindings_of_one_store_are_not_anothers(tmp_path: Path) -> None:
    with (
        closing(SqliteStore.open(tmp_path / "a", epoch_if_new="a")) as one,
        closing(SqliteStore.open(tmp_path / "b", epoch_if_new="b")) as other,
    ):
        item = Item("h1", ItemKind.HELD, "b1", "deals", ROW, "code", "code.length")
        one.apply(
            Transaction("deals", 0, note("s"), binding=BindingState("b1", "east", "deals", None, {}), opened=(item,))
        )
        assert (other.binding("east"), other.item("h1")) == (None, None)
