"""What PostgreSQL adds to the contract: many hands on one server, lost connections, refusals, and keys that begin alike."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any

import psycopg
import pytest
from sheetward.cells import Cell
from sheetward.diff import Changeset
from sheetward.errors import IntegrityError, SheetwardError, TransientError
from sheetward.merge.items import Item, ItemKind
from sheetward.ports.store import BindingState, CommitNote, Stale, Transaction
from sheetward.stores.migration import migrations
from sheetward.stores.postgres import PostgresStore
from sheetward.stores.postgres_trouble import sqlstate
from sheetward.stores.sql.relations import OF_A_TABLE
from sheetward.table import RowId
from sqlalchemy import event

NOON = dt.datetime(2024, 3, 5, 12, tzinfo=dt.UTC)
ROW = RowId("row-a")
Server = Any  # tests/conftest.py has it
SECRET = "geheim-秘密-7"


def note(sync_id: str) -> CommitNote:
    return CommitNote(sync_id, "王芳", NOON, "sync", "", "Li")


def first(code: str = "0") -> Transaction:
    return Transaction("deals", 0, note("first"), Changeset({ROW: {"code": code}}))


def item(number: int, table: str = "deals") -> Item:
    return Item(f"h{number}", ItemKind.HELD, "b1", table, ROW, "code", "code.length", opened=NOON)


@pytest.fixture
def url(postgres_server: Server) -> str:
    return str(postgres_server.place()[1])


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    with closing(PostgresStore.open(url, epoch_if_new="life-1")) as opened:
        yield opened


def with_settings(url: str, **settings: str) -> str:
    return url + "".join(f"%20-c{name}%3D{value}" for name, value in settings.items())


def by_hand(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url, autocommit=True)


def opening(url: str, epoch: str | None = "x", password: str | None = None) -> SheetwardError:
    with pytest.raises(SheetwardError) as caught:
        PostgresStore.open(url, epoch_if_new=epoch, password=password).close()
    return caught.value


def add(hand: PostgresStore, name: str, times: int) -> None:
    """Count one cell and one counter up, as a syncer that reads, decides and compares."""
    done = 0
    while done < times:
        head, number = hand.head("deals"), hand.counter("deals", "code")
        [(code,)] = hand.rows("deals", ("code",), [ROW]).rows.values()
        more = Changeset(changed={ROW: {"code": (code, str(int(str(code)) + 1))}})
        counters = {"code": (number, number + 1)}
        try:
            hand.apply(Transaction("deals", head, note(f"{name}-{done}"), more, counters=counters))
        except Stale:
            continue
        done += 1


def at_once(hands: int, work: Callable[[int], object]) -> list[object]:
    with ThreadPoolExecutor(hands) as pool:
        return [future.result() for future in [pool.submit(work, number) for number in range(hands)]]


class TestManyHands:
    def test_eight_syncers_lose_no_update(self, url: str, store: PostgresStore) -> None:
        store.apply(first())
        with ExitStack() as stack:
            own = [stack.enter_context(closing(PostgresStore.open(url, epoch_if_new=None))) for _ in range(4)]
            at_once(8, lambda number: add([store, *own][number % 5], str(number), 5))
        assert store.rows("deals", ("code",), [ROW]).rows == {ROW: ("40",)}
        assert (store.head("deals"), store.counter("deals", "code")) == (41, 40)
        assert list(store.verify()) == []

    def test_processes_lose_no_update(self, url: str, store: PostgresStore) -> None:
        store.apply(first())
        hands = [subprocess.Popen([sys.executable, "-c", _ADD, url, name]) for name in ("x", "y", "z")]
        assert [hand.wait(60) for hand in hands] == [0, 0, 0]
        assert store.rows("deals", ("code",), [ROW]).rows == {ROW: ("36",)}
        assert list(store.verify()) == []

    @pytest.mark.parametrize("isolation", ["serializable", "repeatable read"])
    def test_failed_serializations_are_tried_again(
        self, url: str, store: PostgresStore, isolation: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.apply(first())
        strict = with_settings(url, default_transaction_isolation=isolation.replace(" ", "%5C%20"))
        failed: list[str | None] = []

        def kept(trouble: Exception) -> str | None:
            failed.append(sqlstate(trouble))
            return failed[-1]

        monkeypatch.setattr("sheetward.stores.postgres_server.sqlstate", kept)
        with closing(PostgresStore.open(strict, epoch_if_new=None)) as shared:
            at_once(8, lambda number: add(shared, str(number), 4))
        assert store.rows("deals", ("code",), [ROW]).rows == {ROW: ("32",)}
        assert list(store.verify()) == []
        assert set(failed) == {"40001"}

    def test_a_deadlock_with_another_program_is_tried_again(self, url: str, store: PostgresStore) -> None:
        store.apply(Transaction("deals", 0, note("s"), opened=(item(1), item(2, "orders"))))
        impatient, lock = with_settings(url, deadlock_timeout="50ms"), "SELECT 1 FROM head WHERE name = %s FOR UPDATE"
        with psycopg.connect(with_settings(url, deadlock_timeout="30s")) as other:
            other.execute(lock, ["orders"])
            with closing(PostgresStore.open(impatient, epoch_if_new=None)) as hand, ThreadPoolExecutor(1) as pool:
                both = Transaction("deals", 0, note("t"), opened=(item(3), item(4, "orders")))
                done = pool.submit(hand.apply, both)
                while not _waiting_for_locks(url):
                    assert not done.done()
                other.execute(lock, ["deals"])
                other.commit()
                assert done.result(20).is_repeat is False
        assert {found.id for found in store.items()} == {"h1", "h2", "h3", "h4"}

    def test_a_store_that_many_make_at_once_is_one_store(self, url: str) -> None:
        gate = threading.Barrier(6)

        def make(number: int) -> str:
            gate.wait()
            with closing(PostgresStore.open(url, epoch_if_new=str(number))) as made:
                return made.epoch

        assert len(set(at_once(6, make))) == 1

    def test_a_name_given_by_many_at_once_is_given_once(self, store: PostgresStore) -> None:
        def give(number: int) -> bool:
            try:
                store.save_binding(BindingState(f"b{number}", "east", f"table-{number}", None, {}))
            except Stale:
                return False
            return True

        assert sorted(at_once(6, give), key=bool) == [False] * 5 + [True]
        assert len(store.bindings()) == 1

    def test_a_binding_moved_by_two_at_once_stands_once(self, store: PostgresStore) -> None:
        state = BindingState("b1", "east", "deals", None, {})
        store.save_binding(state)

        def move(number: int) -> bool:
            try:
                store.save_binding(BindingState("b1", "east", f"table-{number}", None, {}, number=1))
            except Stale:
                return False
            return True

        assert sorted(at_once(4, move), key=bool) == [False] * 3 + [True]
        assert [found.number for found in store.bindings()] == [1]

    def test_a_reader_sees_one_moment_while_others_write(self, url: str, store: PostgresStore) -> None:
        store.apply(first())
        with psycopg.connect(url) as other:
            other.execute("DELETE FROM live")
            assert len(store.read("deals", ("code",)).rows) == 1
            other.rollback()

    def test_a_lock_that_stays_is_a_passing_trouble(self, url: str, store: PostgresStore) -> None:
        store.apply(first())
        with (
            psycopg.connect(url) as other,
            closing(PostgresStore.open(url, epoch_if_new=None, lock_timeout_s=0.05)) as waiting,
        ):
            other.execute("SELECT 1 FROM head FOR UPDATE")
            with pytest.raises(TransientError, match=r"postgres\.locked"):
                waiting.apply(Transaction("deals", 1, note("s"), Changeset({RowId("r"): {}})))
            other.rollback()
            assert waiting.apply(Transaction("deals", 1, note("s"), Changeset({RowId("r"): {}}))).head == 2


def _waiting_for_locks(url: str) -> int:
    with by_hand(url) as connection:
        found = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()
        assert found
        return int(found[0])


_ADD = """
import datetime as dt, sys
from sheetward.diff import Changeset
from sheetward.ports.store import CommitNote, Stale, Transaction
from sheetward.stores.postgres import PostgresStore

store, done = PostgresStore.open(sys.argv[1], epoch_if_new=None), 0
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


def last_transaction(url: str, at: int, what: Callable[[], object]) -> None:
    """Apply a transaction of every kind of record, and do something at its statement number `at` (COMMIT counts)."""
    left = [at]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            what()

    with closing(PostgresStore.open(url, epoch_if_new=None)) as store:
        event.listen(store._engine, "before_cursor_execute", count)
        event.listen(store._engine, "commit", count)
        changes = Changeset({RowId("row-z"): {"code": "7"}}, {RowId("row-b"): {}}, {ROW: {"code": ("0", "10")}})
        binding = BindingState("b1", "east", "deals", None, {})
        store.apply(Transaction("deals", 1, note("last"), changes, binding, (item(1),), counters={"code": (0, 5)}))


class TestConnectionsLost:
    def grown(self, store: PostgresStore) -> None:
        store.apply(Transaction("deals", 0, note("s"), Changeset({ROW: {"code": "0"}, RowId("row-b"): {}})))

    def is_as_before(self, store: PostgresStore) -> bool:
        assert list(store.verify()) == []
        assert store.head("deals") in (1, 2)
        if store.head("deals") == 2:
            assert store.counter("deals", "code") == 5
            assert [len(store.bindings()), len(store.items()), store.find_sync("deals", "last") is None] == [
                1,
                1,
                False,
            ]
            return False
        assert store.counter("deals", "code") == 0
        assert [len(store.bindings()), len(store.items()), store.find_sync("deals", "last") is None] == [0, 0, True]
        assert store.read("deals", ("code",)).rows == {ROW: ("0",), "row-b": (None,)}
        return True

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
    def test_a_process_killed_anywhere_in_a_transaction_leaves_the_old_state(
        self, url: str, store: PostgresStore
    ) -> None:
        self.grown(store)
        deaths = 0
        for at in range(1, 60):
            store.close()
            child = os.fork()
            if child == 0:
                try:
                    last_transaction(url, at, lambda: os.kill(os.getpid(), signal.SIGKILL))
                finally:
                    os._exit(0 if sys.exc_info()[0] is None else 1)
            _, status = os.waitpid(child, 0)
            code = os.waitstatus_to_exitcode(status)
            if not self.is_as_before(store):
                assert code == 0
                break
            assert code == -signal.SIGKILL
            deaths += 1
        assert deaths > 15

    def test_a_connection_cut_anywhere_in_a_transaction_leaves_the_old_state(
        self, url: str, store: PostgresStore
    ) -> None:
        self.grown(store)
        cut = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'sheetward'"
        cuts = 0
        with by_hand(url) as killer:
            for at in range(1, 60):
                store.close()
                try:
                    last_transaction(url, at, lambda: killer.execute(cut))
                except TransientError as trouble:
                    assert trouble.code == "postgres.lost"
                    assert self.is_as_before(store)
                    cuts += 1
                else:
                    assert not self.is_as_before(store)
                    break
        assert cuts > 15

    def test_a_server_that_is_restarted_is_a_passing_trouble(self, lone_postgres: Server) -> None:
        url = lone_postgres.place()[1]
        with closing(PostgresStore.open(url, epoch_if_new="e")) as store:
            self.grown(store)
            lone_postgres.stop()
            more = Transaction("deals", 1, note("t"), Changeset({RowId("r"): {}}))
            for code in ("postgres.lost", "postgres.unreachable", "postgres.unreachable"):
                with pytest.raises(TransientError) as caught:
                    store.apply(more)
                assert caught.value.code == code
            lone_postgres.start("synchronous_commit=on")
            assert store.apply(more).head == 2
            lone_postgres.stop()
            lone_postgres.start("synchronous_commit=on")
            with pytest.raises(TransientError, match=r"postgres\.lost"):
                store.head("deals")
            assert (store.head("deals"), list(store.verify())) == (2, [])


class TestRefusals:
    def test_a_server_that_cannot_be_reached_is_a_passing_trouble(self, postgres_server: Server) -> None:
        nowhere = opening(f"postgresql://u@/db?host={postgres_server.folder}/no")
        closed = opening("postgresql://u@127.0.0.1:9/db")
        assert [(t.code, t.exit_status) for t in (nowhere, closed)] == [("postgres.unreachable", 75)] * 2
        assert closed.facts["server"] == "127.0.0.1:9/db"
        assert "refused" in str(closed.facts["error"])

    def test_a_wrong_password_is_the_callers_mistake_and_never_shown(
        self, postgres_server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place, _ = postgres_server.place()
        rules = postgres_server.folder / "data" / "pg_hba.conf"
        rules.write_text("local all bob scram-sha-256\nlocal all mallory reject\n" + rules.read_text())
        with by_hand(postgres_server.url()) as admin:
            admin.execute(f"CREATE ROLE bob LOGIN PASSWORD '{SECRET}'; CREATE ROLE mallory LOGIN")
            admin.execute(f"ALTER SCHEMA {place} OWNER TO bob; SELECT pg_reload_conf()")
        url = postgres_server.url(schema=place, user="bob")
        monkeypatch.delenv("PGPASSWORD", raising=False)
        mallory = opening(postgres_server.url(user="mallory"))
        assert (mallory.code, mallory.exit_status) == ("postgres.refused", 2)
        for trouble in (
            opening(url),
            opening(url, password=SECRET + "x"),
            opening(url.replace("bob", f"bob:{SECRET}x")),
            opening(url, password=""),
        ):
            assert (trouble.code, trouble.exit_status, trouble.facts["user"]) == ("postgres.password", 2, "bob")
            assert SECRET not in "".join(traceback.format_exception(trouble)) + repr(trouble.facts)
        PostgresStore.open(url, epoch_if_new="e", password=SECRET).close()
        monkeypatch.setenv("PGPASSWORD", SECRET)
        PostgresStore.open(url, epoch_if_new=None).close()
        with by_hand(postgres_server.url()) as admin:
            admin.execute("ALTER ROLE bob CONNECTION LIMIT 0")
        assert (opening(url).code, opening(url).exit_status) == ("postgres.busy", 75)

    def test_a_database_or_user_that_is_not_there(self, postgres_server: Server) -> None:
        unknown = opening(postgres_server.url(database="nope"))
        assert (unknown.code, unknown.exit_status) == ("postgres.no_database", 2)
        assert opening(postgres_server.url(user="nobody-here")).code == "postgres.password"

    def test_more_threads_than_connections_wait_for_a_while_only(
        self, url: str, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sheetward.stores.postgres_server._CONNECTIONS", 1)
        monkeypatch.setattr("sheetward.stores.postgres_server._MORE_CONNECTIONS", 0)
        with closing(PostgresStore.open(url, epoch_if_new=None, lock_timeout_s=0.05)) as narrow:
            with narrow._reading(), pytest.raises(TransientError, match=r"postgres\.busy"):
                narrow.head("deals")
            assert narrow.head("deals") == 0

    @pytest.mark.parametrize("wrong", ["", "postgresql://h", "mysql://h/db", "postgresql://h:port/db", f"{SECRET}://"])
    def test_an_address_that_is_none(self, wrong: str) -> None:
        trouble = opening(wrong)
        assert (trouble.code, trouble.exit_status, trouble.facts) == ("postgres.url", 2, {})

    def test_a_user_without_rights(self, postgres_server: Server) -> None:
        place, url = postgres_server.place()
        PostgresStore.open(url, epoch_if_new="e").close()
        with by_hand(postgres_server.url()) as admin:
            admin.execute(f"CREATE ROLE guest LOGIN; GRANT USAGE ON SCHEMA {place} TO guest")
        for there in (place, "nowhere"):
            trouble = opening(postgres_server.url(schema=there, user="guest"))
            assert (trouble.code, trouble.exit_status) == ("postgres.forbidden", 2)

    def test_a_read_only_server_is_read_and_not_written(self, url: str, store: PostgresStore) -> None:
        store.apply(first())
        with closing(
            PostgresStore.open(with_settings(url, default_transaction_read_only="on"), epoch_if_new=None)
        ) as s:
            assert s.head("deals") == 1
            with pytest.raises(SheetwardError) as caught:
                s.apply(Transaction("deals", 1, note("s"), Changeset({RowId("r"): {}})))
        assert (caught.value.code, caught.value.exit_status) == ("postgres.read_only", 2)

    @pytest.mark.parametrize(
        ("state", "code", "status"),
        [
            (None, "postgres.lost", 75),  # the connection ends in the middle of the statement
            ("53100", "postgres.full", 75),
            ("53200", "postgres.busy", 75),
            ("57P01", "postgres.lost", 75),
            ("40001", "postgres.contended", 75),
            ("XX001", "postgres.damaged", 70),
            ("22012", "postgres.error", 70),
        ],
    )
    def test_what_the_server_raises_in_the_middle_leaves_nothing_half_done(
        self, url: str, store: PostgresStore, state: str | None, code: str, status: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sheetward.stores.postgres_server._TRIES", 3)
        store.apply(first())
        with by_hand(url) as admin:
            raising = f"RAISE EXCEPTION 'so it is' USING ERRCODE = '{state}'"
            admin.execute(_RAISE.format(raising if state else "PERFORM pg_terminate_backend(pg_backend_pid())"))
            admin.execute("CREATE TRIGGER t BEFORE INSERT ON live FOR EACH STATEMENT EXECUTE FUNCTION raise_it()")
        many: dict[RowId, dict[str, Cell]] = {RowId(f"r{n}"): {"code": SECRET} for n in range(300)}
        for rows in (many, {RowId("r"): {"code": SECRET}}):  # copied, inserted
            with pytest.raises(SheetwardError) as caught:
                store.apply(Transaction("deals", 1, note("s"), Changeset(rows)))
            assert (caught.value.code, caught.value.exit_status) == (code, status)
            assert SECRET not in "".join(traceback.format_exception(caught.value)) + repr(caught.value.facts)
        assert (store.head("deals"), list(store.verify())) == (1, [])
        with by_hand(url) as admin:
            admin.execute("DROP TRIGGER t ON live")
        assert store.apply(Transaction("deals", 1, note("s"), Changeset(many))).head == 2


_RAISE = """
CREATE FUNCTION raise_it() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN {}; RETURN NULL; END $$
"""


class TestShape:
    def test_rows_that_cannot_be_read_are_said_to_be_damaged(self, url: str, store: PostgresStore) -> None:
        store.apply(first())
        with by_hand(url) as connection:
            connection.execute("UPDATE live SET cells = 'x'")
        with pytest.raises(IntegrityError, match=r"postgres\.damaged"):
            store.read("deals", ("code",))
        assert len(store.verify()) == 1

    def test_every_key_and_index_begins_with_the_table(self, postgres_places: Any) -> None:
        for is_partitioned in (False, True):
            store = postgres_places.empty(is_partitioned=is_partitioned)
            with store._engine.connect() as connection:
                found = connection.exec_driver_sql(_INDEXES).all()
            strange = {index for index, key in found if key != "table_id"}
            assert strange == {"meta_pkey"}
            assert {relation.name for relation in OF_A_TABLE} | {"head"} <= {
                index.removesuffix("_pkey") for index, _ in found
            }
            count = len(OF_A_TABLE) + 4  # head and meta, and the two indexes of items
            assert len(found) == count + is_partitioned * (count - 1) * 2

    def test_no_statement_takes_a_lock_beyond_its_rows(self, url: str, store: PostgresStore) -> None:
        asked: list[str] = []

        def keep(_: object, __: object, statement: str, *___: object) -> None:
            asked.append(statement.upper())

        event.listen(store._engine, "before_cursor_execute", keep)
        store.save_binding(BindingState("b1", "east", "deals", None, {}))
        store.apply(first())
        store.drop_binding("east")
        assert len(asked) > 20
        assert [statement for statement in asked if "LOCK TABLE" in statement] == []
        lines = {statement for statement in asked if "ADVISORY" in statement}
        assert all("PG_ADVISORY_XACT_LOCK(" in statement and "FOR UPDATE OF HEAD" in statement for statement in lines)
        assert len(lines) == 1
        assert {statement for statement in asked if "FOR UPDATE" in statement} == lines

    def test_what_is_no_store_of_ours_is_left_alone(self, url: str) -> None:
        for made in ("CREATE TABLE customers (id int)", "CREATE TABLE meta (name text, value text)"):
            with by_hand(url) as connection:
                connection.execute(made)
            trouble = opening(url)
            assert (trouble.code, trouble.exit_status) == ("postgres.not_ours", 2)
            with by_hand(url) as connection:
                found = connection.execute("SELECT to_regclass('head')").fetchone()
            assert found == (None,)

    def test_a_store_that_should_be_there_is_not_made(self, url: str) -> None:
        assert (opening(url, None).code, opening(url, None).exit_status) == ("postgres.gone", 2)
        PostgresStore.open(url, epoch_if_new="e").close()
        with closing(PostgresStore.open(url, epoch_if_new="f")) as store:
            assert store.epoch == "e"

    def test_a_migration_that_the_database_lacks_is_applied_once_or_not_at_all(
        self, url: str, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.apply(first())
        broken = [*migrations("postgres"), "CREATE TABLE later (a TEXT);\nCREATE TABLE live (b TEXT);\n"]
        monkeypatch.setattr("sheetward.stores.postgres_server._TRIES", 2)
        monkeypatch.setattr("sheetward.stores.postgres_server.migrations", lambda _: broken)
        assert opening(url).exit_status == 70
        longer = [*migrations("postgres"), "CREATE TABLE later (a TEXT);\nINSERT INTO later VALUES ('x;\ny');\n"]
        monkeypatch.setattr("sheetward.stores.postgres_server.migrations", lambda _: longer)

        def open_it(_: int) -> int:
            with closing(PostgresStore.open(url, epoch_if_new="x")) as opened:
                return opened.head("deals")

        assert at_once(4, open_it) == [1] * 4
        with by_hand(url) as connection:
            assert connection.execute("SELECT a FROM later").fetchall() == [("x;\ny",)]
        monkeypatch.undo()
        newer = opening(url)
        known = len(migrations("postgres"))
        assert (newer.code, newer.facts["version"], newer.facts["known"]) == ("postgres.newer", known + 1, known)

    @pytest.mark.parametrize("table", ["head", "commits", "sync", "live", "past", "gone"])
    def test_verify_finds_a_lost_record(self, url: str, store: PostgresStore, table: str) -> None:
        store.apply(first())
        store.apply(Transaction("deals", 1, note("s2"), Changeset({RowId("r"): {}}, {ROW: {}})))
        assert list(store.verify()) == []
        with by_hand(url) as connection:
            connection.execute(f"DELETE FROM {table}")
        assert store.verify()

    def test_texts_are_compared_by_their_code_points(self, url: str, store: PostgresStore) -> None:
        with by_hand(url) as connection:
            found = connection.execute(_COLLATIONS).fetchall()
        assert found == [("C",)]


_INDEXES = """
SELECT c.relname, a.attname
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
WHERE t.relnamespace = current_schema()::regnamespace
"""

_COLLATIONS = """
SELECT DISTINCT l.collname
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_collation l ON l.oid = a.attcollation
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND c.relname != 'meta'
"""
