"""One contract, run by every store: in memory, SQLite (also closed and opened again between any two calls), PostgreSQL.

PostgreSQL runs it twice: as it is, and with every table split by a hash of its table_id.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sheetward.cells import MISSING, Cell, Json, Typed, to_json
from sheetward.diff import Changeset, changes_between
from sheetward.errors import IntegrityError, TransientError, UserError
from sheetward.merge.items import Item, ItemKind
from sheetward.plan.overlay import Overlay, OverlayCell, OverlayRow
from sheetward.plan.pending import PendingWrite
from sheetward.ports.snapshots import KeptFile, KeptSheet, Snapshot
from sheetward.ports.store import BindingState, CommitNote, Fenced, SchemaMoved, SchemaStep, Stale, Store, Transaction
from sheetward.stores.memory import MemoryStore
from sheetward.stores.pieces import cut, joined
from sheetward.stores.postgres import PostgresStore
from sheetward.stores.sqlite import SqliteStore
from sheetward.table import RowId, Table
from sheetward.validation.attested import Attestation, Word

FIELDS = ("code", "name", "amount")
ROWS = tuple(RowId(f"row-{letter}") for letter in "abcd")
NOON = dt.datetime(2024, 3, 5, 12, tzinfo=dt.UTC)
Filled = dict[str, Cell]
State = dict[RowId, Filled]


class Home:
    """Where one store lives; `is_reopened` closes and opens it again at each call."""

    def __init__(self, opening: Callable[[], Store], *, is_reopened: bool = False) -> None:
        self._opening, self._is_reopened = opening, is_reopened
        self._open: Store | None = None

    @property
    def store(self) -> Store:
        if self._is_reopened:
            self.close()
        if self._open is None:
            self._open = self._opening()
        return self._open

    def lasting(self) -> Store:
        """Give the store, open from now on: what lasts over several calls ends with the store that it is of."""
        self._is_reopened = False
        return self.store

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


MakeHome = Callable[[], Home]


def home_of(kind: str, path: Path, request: pytest.FixtureRequest) -> Home:
    if kind == "memory":
        return Home(lambda: MemoryStore("life-1"))
    if kind.startswith("sqlite"):
        return Home(lambda: SqliteStore.open(path, epoch_if_new="life-1"), is_reopened=kind == "sqlite reopened")
    places = request.getfixturevalue("postgres_places")
    return Home(lambda: places.empty(is_partitioned=kind == "postgres partitioned"))


@pytest.fixture(params=["memory", "sqlite", "sqlite reopened", "postgres", "postgres partitioned"])
def make_home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeHome]:
    homes: list[Home] = []

    def make() -> Home:
        homes.append(home_of(request.param, tmp_path / f"store-{len(homes)}.db", request))
        return homes[-1]

    yield make
    for home in homes:
        home.close()


@pytest.fixture
def home(make_home: MakeHome) -> Home:
    return make_home()


def note(sync_id: str, *, minutes: int = 0, author: str = "王芳", binding: str | None = None) -> CommitNote:
    return CommitNote(sync_id, author, NOON + dt.timedelta(minutes=minutes), "sync", "试", "Li", binding)


def commit(store: Store, changes: Changeset, sync_id: str, table: str = "deals", minutes: int = 0) -> None:
    store.apply(Transaction(table, store.head(table), note(sync_id, minutes=minutes), changes))


def spelt(table: Table) -> Mapping[RowId, Sequence[Json]]:
    return {row: [to_json(cell) for cell in cells] for row, cells in table.rows.items()}


def spelt_state(state: State) -> Mapping[RowId, Sequence[Json]]:
    return {row: [to_json(cells.get(name)) for name in FIELDS] for row, cells in state.items()}


CELLS: Sequence[Cell] = (
    None,
    "a",
    "007",
    '{"n":"1"}',
    "客户 \u2028",
    True,
    Decimal(1),
    Decimal("2.50"),
    dt.date(2024, 3, 5),
    dt.datetime(2024, 3, 5, 8, 30),
    Typed("1", "１"),
    Typed(Decimal(1), "1.0"),
)
Edit = tuple[int, int, tuple[int, int, int]]
edits: st.SearchStrategy[Edit] = st.tuples(
    st.integers(0, len(ROWS) - 1), st.integers(0, 2), st.tuples(*[st.integers(0, len(CELLS) - 1)] * 3)
)
histories = st.lists(st.lists(edits, min_size=1, max_size=4), min_size=1, max_size=6)


def played(steps: Sequence[Sequence[Edit]]) -> list[tuple[Changeset, State]]:
    """Turn drawn edits into changesets that fit, each with the state that it leads to."""
    states: list[tuple[Changeset, State]] = []
    now: State = {}
    for step in steps:
        added: State = {}
        removed: State = {}
        changed: dict[RowId, dict[str, tuple[Cell, Cell]]] = {}
        after = dict(now)
        for place, action, picks in {edit[0]: edit for edit in step}.values():
            row = ROWS[place]
            cells = {name: CELLS[pick] for name, pick in zip(FIELDS, picks, strict=True)}
            filled = {name: cell for name, cell in cells.items() if cell is not None}
            if row not in now:
                added[row] = after[row] = filled
            elif action == 0:
                removed[row] = now[row]
                del after[row]
            else:
                names = FIELDS[:action]
                moved = {n: (now[row].get(n), cells[n]) for n in names if to_json(now[row].get(n)) != to_json(cells[n])}
                if moved:
                    changed[row] = moved
                    merged = {**now[row], **{name: new for name, (_, new) in moved.items()}}
                    after[row] = {name: cell for name, cell in merged.items() if cell is not None}
        changes = Changeset(added, removed, changed)
        if changes:
            states.append((changes, after))
            now = after
    return states


def everything(store: Store) -> object:
    """Give all that a store shows, for comparing before and after."""
    return (
        [(name, store.log(name), spelt(store.read(name, FIELDS))) for name in store.tables()],
        store.bindings(),
        store.items(is_open=None),
        [store.counter("deals", name) for name in FIELDS],
    )


BINDING = BindingState("b1", "east", "deals", "sales-east", {"path": "客户.xlsx", "header_row": 3})
HELD = Item("h1", ItemKind.HELD, "b1", "deals", ROWS[0], "code", "code.length", sheet="x", by="Li", opened=NOON)


class TestStoreContract:
    def test_is_a_store_with_an_epoch_and_no_tables(self, home: Home) -> None:
        assert isinstance(home.store, Store)
        assert home.store.epoch == "life-1"
        assert list(home.store.tables()) == []
        assert home.store.head("deals") == 0
        assert home.store.read("deals", FIELDS) == Table(FIELDS, {})
        assert list(home.store.verify()) == []

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps=histories)
    def test_every_past_state_reads_exactly(self, make_home: MakeHome, steps: Sequence[Sequence[Edit]]) -> None:
        home = make_home()
        history = played(steps)
        states: list[State] = [{}, *(state for _, state in history)]
        for number, (changes, _) in enumerate(history, start=1):
            commit(home.store, changes, f"s{number}")
        store = home.store
        for number, state in enumerate(states):
            assert spelt(store.read("deals", FIELDS, number)) == spelt_state(state)
        assert spelt(store.read("deals", FIELDS)) == spelt_state(states[-1])
        assert list(store.verify()) == []
        home.close()

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps=histories)
    def test_changes_lead_from_any_commit_to_any_later_one_and_back(
        self, make_home: MakeHome, steps: Sequence[Sequence[Edit]]
    ) -> None:
        home = make_home()
        history = played(steps)
        for number, (changes, _) in enumerate(history, start=1):
            commit(home.store, changes, f"s{number}")
        store = home.store
        tables = [store.read("deals", FIELDS, number) for number in range(len(history) + 1)]
        for after in range(len(tables)):
            for upto in range(after, len(tables)):
                told = store.changes("deals", after, upto)
                assert [entry.number for entry, _ in told] == list(range(after + 1, upto + 1))
                some = {ROWS[0], ROWS[2]}
                parts = [(entry, changes.only(some)) for entry, changes in told]
                assert store.changes("deals", after, upto, some) == [(e, part) for e, part in parts if part]
                forth, whole = tables[after], Changeset()
                for _, changes in told:
                    forth, whole = changes.applied(forth), whole.then(changes)
                assert spelt(forth) == spelt(tables[upto])
                back = tables[upto]
                for _, changes in reversed(told):
                    back = changes.inverted().applied(back)
                assert spelt(back) == spelt(tables[after])
                assert not changes_between(whole.applied(tables[after]), tables[upto])
        home.close()

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps=histories)
    def test_deleted_gives_the_last_cells_of_rows_that_are_gone(
        self, make_home: MakeHome, steps: Sequence[Sequence[Edit]]
    ) -> None:
        home = make_home()
        history = played(steps)
        expected: State = {}
        for number, (changes, state) in enumerate(history, start=1):
            commit(home.store, changes, f"s{number}")
            expected.update({row: dict(cells) for row, cells in changes.removed.items()})
            expected = {row: cells for row, cells in expected.items() if row not in state}
        found = home.store.deleted("deals", [*ROWS, RowId("never")])
        assert spelt_state({row: dict(cells) for row, cells in found.items()}) == spelt_state(expected)
        every = home.store.deleted("deals")
        assert spelt_state({row: dict(cells) for row, cells in every.items()}) == spelt_state(expected)
        last = {row: n for n, (changes, _) in enumerate(history) for row in changes.removed}
        assert [last[row] for row in every] == sorted((last[row] for row in every), reverse=True)
        home.close()

    def test_commits_have_no_gaps_and_each_hash_covers_its_parent(self, home: Home) -> None:
        for number in range(1, 5):
            row = RowId(f"r{number}")
            store = home.store
            store.apply(
                Transaction("deals", number - 1, note(f"s{number}", binding="b1"), Changeset({row: {"code": "1"}}))
            )
        log = home.store.log("deals")
        assert [entry.number for entry in log] == [4, 3, 2, 1]
        assert [entry.parent for entry in log[:3]] == [entry.hash for entry in log[1:]]
        assert len({entry.hash for entry in log}) == 4
        first = log[-1]
        assert (first.id, first.author, first.editor, first.reason) == ("deals:1", "王芳", "Li", "试")
        assert (first.source, first.binding, first.changes, first.time) == ("sync", "b1", 1, NOON)

    def test_a_commit_by_moment_even_after_the_clock_went_back(self, home: Home) -> None:
        for number, minutes in enumerate([0, 10, 5, 20], start=1):
            commit(home.store, Changeset({RowId(f"r{number}"): {}}), f"s{number}", minutes=minutes)
        asked = [-1, 0, 4, 5, 10, 19, 20, 99]
        found = [home.store.commit_at("deals", NOON + dt.timedelta(minutes=minutes)) for minutes in asked]
        assert found == [0, 1, 1, 1, 3, 3, 4, 4]
        shifted = (NOON + dt.timedelta(minutes=5)).astimezone(dt.timezone(dt.timedelta(hours=8)))
        assert home.store.commit_at("deals", shifted) == 1
        assert home.store.commit_at("other", NOON) == 0

    def test_the_log_of_all_tables_goes_by_time(self, home: Home) -> None:
        for number, (table, minutes) in enumerate([("b", 0), ("a", 5), ("b", 9), ("a", 1)]):
            commit(home.store, Changeset({RowId(f"r{number}"): {}}), f"s{number}", table, minutes)
        assert [entry.id for entry in home.store.log()] == ["b:2", "a:2", "a:1", "b:1"]
        assert list(home.store.tables()) == ["a", "b"]

    def test_fields_are_given_as_asked(self, home: Home) -> None:
        commit(home.store, Changeset({ROWS[0]: {"code": "1", "name": "n"}}), "s1")
        assert home.store.read("deals", ("name", "new", "code")).rows == {ROWS[0]: ("n", None, "1")}
        assert home.store.read("deals", ("name",), 1).rows == {ROWS[0]: ("n",)}
        assert home.store.rows("deals", ("code",), [ROWS[0], ROWS[1]]).rows == {ROWS[0]: ("1",)}

    def test_a_commit_that_never_was_is_the_callers_mistake(self, home: Home) -> None:
        commit(home.store, Changeset({ROWS[0]: {}}), "s1")
        for number in (-1, 2):
            with pytest.raises(UserError, match=r"store\.no_commit"):
                home.store.read("deals", FIELDS, number)
            with pytest.raises(UserError, match=r"store\.no_commit"):
                home.store.changes("deals", 0, number)

    def test_many_rows_at_once(self, home: Home) -> None:
        rows: dict[RowId, Filled] = {RowId(f"r{n:05d}"): {"code": str(n)} for n in range(4500)}
        commit(home.store, Changeset(rows), "s1")
        ids = list(rows)
        commit(home.store, Changeset(changed={row: {"code": (rows[row]["code"], "x")} for row in ids[:4200]}), "s2")
        commit(home.store, Changeset(removed={row: {} for row in ids[4000:]}), "s3")
        assert len(home.store.rows("deals", FIELDS, ids).rows) == 4000
        assert len(home.store.deleted("deals", ids)) == 500
        assert home.store.read("deals", ("code",), 1).column("code") == {
            row: cells["code"] for row, cells in rows.items()
        }
        assert len(home.store.changes("deals", 0, 1)[0][1].added) == 4500
        assert list(home.store.verify()) == []


class TestStoreComparesBeforeItSets:
    def test_a_stale_head_is_refused_and_nothing_is_written(self, home: Home) -> None:
        commit(home.store, Changeset({ROWS[0]: {"code": "1"}}), "s1")
        before = everything(home.store)
        for head in (0, 2):
            moved = Transaction(
                "deals", head, note("s2"), Changeset({ROWS[1]: {}}), BINDING, (HELD,), counters={"code": (0, 9)}
            )
            with pytest.raises(Stale) as caught:
                home.store.apply(moved)
            assert isinstance(caught.value, TransientError)
            assert caught.value.code == "store.moved"
        assert everything(home.store) == before
        assert home.store.find_sync("deals", "s2") is None

    @pytest.mark.parametrize(
        "stale",
        [
            {"counters": {"code": (1, 9)}},
            {"rule": ("sales", 1)},
            {"binding": replace(BINDING, number=1)},
            {"binding": replace(BINDING, id="b2", name="taken")},
            {"closed": (replace(HELD, id="h9", outcome="dropped"),)},
        ],
    )
    def test_any_stale_part_refuses_the_whole(self, home: Home, stale: Mapping[str, object]) -> None:
        home.store.save_binding(replace(BINDING, id="b0", name="taken"))
        commit(home.store, Changeset({ROWS[0]: {"code": "1"}}), "s1")
        before = everything(home.store)
        whole = Transaction(
            "deals",
            1,
            note("s2"),
            Changeset({ROWS[1]: {}}),
            BINDING,
            (HELD,),
            counters={"code": (0, 5)},
            rule=("sales", 0),
        )
        with pytest.raises(Stale):
            home.store.apply(replace(whole, **stale))  # type: ignore[arg-type]
        assert everything(home.store) == before
        assert home.store.apply(whole).head == 2

    @pytest.mark.parametrize(
        "wrong",
        [
            Changeset(added={ROWS[0]: {}}),
            Changeset(removed={ROWS[1]: {}}),
            Changeset(changed={ROWS[1]: {"code": (None, "2")}}),
            Changeset(changed={ROWS[0]: {"code": ("9", "2")}}),
            Changeset(changed={ROWS[0]: {"name": ("n", "2")}}),
        ],
    )
    def test_a_change_that_does_not_fit_the_rows_is_refused(self, home: Home, wrong: Changeset) -> None:
        commit(home.store, Changeset({ROWS[0]: {"code": "1"}}), "s1")
        before = everything(home.store)
        with pytest.raises(IntegrityError, match=r"store\.disagrees"):
            home.store.apply(Transaction("deals", 1, note("s2"), wrong, BINDING, (HELD,)))
        assert everything(home.store) == before

    def test_a_repeat_is_known_before_heads_are_compared(self, home: Home) -> None:
        first = Transaction("deals", 0, note("s1"), Changeset({ROWS[0]: {"code": "1"}}), counters={"code": (0, 1)})
        done = home.store.apply(first)
        commit(home.store, Changeset({ROWS[1]: {}}), "s2")
        before = everything(home.store)
        again = home.store.apply(first)
        assert (again.is_repeat, again.head, again.commit) == (True, 2, done.commit)
        assert everything(home.store) == before
        assert home.store.find_sync("deals", "s1") == done.commit
        assert home.store.find_sync("other", "s1") is None

    def test_a_transaction_without_changes_makes_no_commit_and_is_known_when_repeated(self, home: Home) -> None:
        quiet = Transaction("deals", 0, note("s1"), Changeset(changed={}), BINDING, counters={"code": (0, 3)})
        done = home.store.apply(quiet)
        assert (done.head, done.commit, done.is_repeat) == (0, None, False)
        assert home.store.apply(quiet).is_repeat
        assert home.store.find_sync("deals", "s1") is None
        assert home.store.binding("east") == BINDING
        assert list(home.store.tables()) == []

    def test_a_change_to_the_same_spelling_is_none_and_to_another_spelling_is_one(self, home: Home) -> None:
        commit(home.store, Changeset({ROWS[0]: {"code": "1"}}), "s1")
        commit(home.store, Changeset(changed={ROWS[0]: {"code": ("1", "1")}}), "s2")
        assert home.store.head("deals") == 1
        commit(home.store, Changeset(changed={ROWS[0]: {"code": ("1", Typed("1", "１"))}}), "s3")
        assert spelt(home.store.read("deals", ("code",))) == {ROWS[0]: [{"v": "1", "x": "１"}]}
        assert spelt(home.store.read("deals", ("code",), 1)) == {ROWS[0]: ["1"]}

    def test_a_removed_row_is_kept_whole_whatever_the_caller_knew_of_it(self, home: Home) -> None:
        commit(home.store, Changeset({ROWS[0]: {"code": "1", "name": "n"}}), "s1")
        commit(home.store, Changeset(removed={ROWS[0]: {"code": "1"}}), "s2")
        assert home.store.deleted("deals", [ROWS[0]]) == {ROWS[0]: {"code": "1", "name": "n"}}
        assert spelt(home.store.read("deals", FIELDS, 1)) == {ROWS[0]: ["1", "n", None]}

    def test_a_counter_never_falls_whatever_is_restored(self, home: Home) -> None:
        born = Changeset({ROWS[0]: {"code": "C7"}})
        home.store.apply(Transaction("deals", 0, note("s1"), born, counters={"code": (0, 7)}))
        home.store.apply(Transaction("deals", 1, note("s2"), born.inverted()))
        assert home.store.counter("deals", "code") == 7
        with pytest.raises(IntegrityError, match=r"store\.counter_falls"):
            home.store.apply(Transaction("deals", 2, note("s3"), counters={"code": (7, 6)}))
        assert home.store.counter("deals", "code") == 7
        assert home.store.counter("other", "code") == 0


class TestStoreKeepsBindings:
    def test_a_record_comes_back_as_it_was(self, home: Home) -> None:
        overlay = Overlay(
            {ROWS[0]: {"code": OverlayCell(Decimal("1.5"), None, "c1", pending=True)}},
            {ROWS[1]: OverlayRow({"name": Typed("1", "１")}, None, "h1")},
            behind=frozenset({ROWS[2]}),
        )
        full = replace(
            BINDING,
            base=3,
            rule_version=2,
            schema_version=4,
            stamp="s",
            seen="f",
            revision="r",
            fields=FIELDS,
            pending=PendingWrite("t", "g", ((7, {"name": dt.date(2024, 3, 5), "code": None}, ROWS[2]),)),
            overlay=overlay,
            last_sync=NOON,
        )
        home.store.save_binding(full)
        assert home.store.binding("east") == full
        assert list(home.store.bindings()) == [full]
        assert home.store.binding("west") is None

    def test_only_the_next_number_replaces(self, home: Home) -> None:
        home.store.save_binding(BINDING)
        for number in (0, 2):
            with pytest.raises(Stale):
                home.store.save_binding(replace(BINDING, number=number, stamp="no"))
        home.store.save_binding(replace(BINDING, number=1, stamp="yes"))
        home.store.save_binding(replace(BINDING, number=2, stamp="yes", name="renamed"))
        assert [(state.name, state.number, state.stamp) for state in home.store.bindings()] == [("renamed", 2, "yes")]
        with pytest.raises(Stale):
            home.store.save_binding(replace(BINDING, id="b2", name="renamed"))

    def test_every_record_is_remembered_under_the_stamp_of_its_sheet(self, home: Home) -> None:
        first = replace(BINDING, pending=None, number=0, stamp="s1")
        home.store.save_binding(first)
        pending = replace(first, number=1, pending=PendingWrite("s2", "f"), base=0)
        home.store.save_binding(pending)
        assert home.store.revision_of(first.id, "s1") == first
        assert home.store.revision_of(first.id, "s2") == pending.delivered()
        later = replace(pending.delivered(), number=2, revision="r")
        home.store.save_binding(later)
        assert home.store.revision_of(first.id, "s2") == later
        assert home.store.revision_of(first.id, "s3") is None
        assert home.store.revision_of("other", "s1") is None
        home.store.drop_binding(first.name)
        assert home.store.revision_of(first.id, "s1") is None

    def test_bindings_come_by_name(self, home: Home) -> None:
        for place, name in enumerate(["b", "c", "a"]):
            home.store.save_binding(replace(BINDING, id=f"id{place}", name=name, table=f"t{place}"))
        assert [state.name for state in home.store.bindings()] == ["a", "b", "c"]

    def test_a_dropped_binding_takes_its_open_items_along(self, home: Home) -> None:
        home.store.save_binding(BINDING)
        other = replace(HELD, id="h2", binding="b2")
        done = replace(HELD, id="h3", outcome="dropped", closed=NOON)
        home.store.apply(Transaction("deals", 0, note("s1"), opened=(HELD, other, done)))
        home.store.drop_binding("east")
        home.store.drop_binding("east")
        assert list(home.store.bindings()) == []
        assert list(home.store.items()) == [other]
        outcomes = {item.id: item.outcome for item in home.store.items(is_open=None)}
        assert outcomes == {"h1": "gone", "h2": "", "h3": "dropped"}
        home.store.save_binding(BINDING)


class TestStoreLeases:
    def test_one_holder_at_a_time_and_numbers_that_rise(self, home: Home) -> None:
        home.store.save_binding(BINDING)
        assert home.store.take_lease("deals", "b1", "here", 60) == 1
        assert home.store.take_lease("deals", "b1", "there", 60) is None
        assert home.store.take_lease("deals", "b2", "there", 60) == 1
        assert home.store.take_lease("deals", "b1", "here", 60) == 2, "the former holder of that name is gone"
        assert home.store.renew_lease("deals", "b1", 1, 60) is False
        assert home.store.take_lease("deals", "b1", "there", 60) is None
        assert home.store.renew_lease("deals", "b1", 2, 0) is True
        assert home.store.take_lease("deals", "b1", "here", 60) is None, "somebody else waits"
        assert home.store.take_lease("deals", "b1", "there", 60) == 3
        assert home.store.renew_lease("deals", "b1", 2, 60) is False

    def test_a_lease_ends_by_itself(self, home: Home) -> None:
        home.store.save_binding(BINDING)
        assert home.store.take_lease("deals", "b1", "here", 0.2) == 1
        assert home.store.renew_lease("deals", "b1", 1, 0.4) is True
        assert home.store.take_lease("deals", "b1", "there", 60) is None
        time.sleep(0.5)
        assert home.store.take_lease("deals", "b1", "there", 60) == 2

    def test_a_lease_without_seconds_keeps_its_number_until_another_takes_it(self, home: Home) -> None:
        home.store.save_binding(BINDING)
        assert [home.store.take_lease("deals", "b1", "here", 0) for _ in range(3)] == [1, 1, 1]
        assert [home.store.take_lease("deals", "b1", name, 0) for name in ("there", "here")] == [2, 3]

    def test_a_commit_and_a_record_under_an_older_number_are_refused(self, home: Home) -> None:
        home.store.save_binding(BINDING)
        old = home.store.take_lease("deals", "b1", "here", 0)
        new = home.store.take_lease("deals", "b1", "there", 60)
        before = everything(home.store)
        row = Changeset({ROWS[0]: {"code": "1"}})
        moved = replace(BINDING, number=1, base=1)
        for fence in (old, 7):
            with pytest.raises(Fenced, match=r"sync\.lease_lost"):
                home.store.apply(Transaction("deals", 0, note("s"), row, moved, fence=fence))
            with pytest.raises(Fenced):
                home.store.save_binding(moved, fence)
        assert everything(home.store) == before
        assert home.store.apply(Transaction("deals", 0, note("s"), row, moved, fence=new)).head == 1
        home.store.save_binding(replace(BINDING, number=2, base=1), new)

    def test_a_dropped_binding_takes_its_lease_along(self, home: Home) -> None:
        home.store.save_binding(BINDING)
        assert home.store.take_lease("deals", "b1", "here", 60) == 1
        home.store.drop_binding("east")
        home.store.save_binding(BINDING)
        assert home.store.take_lease("deals", "b1", "there", 60) == 1


class TestStoreTurns:
    def test_what_is_read_in_a_turn_is_what_it_commits_onto(self, make_home: MakeHome) -> None:
        store = make_home().lasting()
        commit(store, Changeset({ROWS[0]: {"code": "0"}}), "first")

        def add(name: str) -> None:
            for number in range(6):
                with store.turn("deals"):
                    head = store.head("deals")
                    (was,) = store.rows("deals", ("code",), [ROWS[0]]).rows[ROWS[0]]
                    more = Changeset(changed={ROWS[0]: {"code": (was, str(int(str(was)) + 1))}})
                    store.apply(Transaction("deals", head, note(f"{name}-{number}"), more))

        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(add, str(name)) for name in range(4)]:
                done.result()
        assert store.rows("deals", ("code",), [ROWS[0]]).rows[ROWS[0]] == ("24",)
        assert list(store.verify()) == []

    def test_a_refused_part_of_a_turn_leaves_the_rest(self, make_home: MakeHome) -> None:
        store = make_home().lasting()
        commit(store, Changeset({ROWS[0]: {"code": "0"}}), "first")
        with store.turn("deals"):
            with pytest.raises(Stale):
                store.apply(Transaction("deals", 0, note("late"), Changeset({ROWS[1]: {}})))
            commit(store, Changeset({ROWS[2]: {}}), "second")
        assert store.head("deals") == 2
        assert store.read("deals", ("code",)).rows.keys() == {ROWS[0], ROWS[2]}

    def test_who_lost_a_race_knows_that_others_are_about(self, make_home: MakeHome) -> None:
        """The store in memory has no others."""
        store = make_home().lasting()
        commit(store, Changeset({ROWS[0]: {"code": "0"}}), "first")
        with pytest.raises(Stale):
            store.apply(Transaction("deals", 0, note("late"), Changeset({ROWS[1]: {}})))
        assert store.is_crowded() is not isinstance(store, MemoryStore)
        for _ in range(500):  # a turn that comes at once says that they have gone; a busy machine lets some come late
            with store.turn("deals"):
                pass
            if not store.is_crowded():
                break
        assert not store.is_crowded()


class TestStoreKeepsItems:
    def test_an_item_comes_back_as_it_was(self, home: Home) -> None:
        full = Item(
            "c1",
            ItemKind.CONFLICT,
            "b1",
            "deals",
            ROWS[0],
            None,
            "conflict.delete_modify",
            base=Typed(Decimal(1), "1.0"),
            store=MISSING,
            sheet=None,
            row_cells={"name": "n", "amount": Decimal("1.5"), "code": None},
            facts={"limit": 3, "names": ["a", "b"]},
            position=12,
            by="Li",
            opened=NOON,
            closed=NOON,
            closed_by="王芳",
            outcome="keep",
        )
        home.store.apply(Transaction("deals", 0, note("s1"), opened=(full,)))
        assert home.store.item("c1") == full
        assert home.store.item("c2") is None

    def test_items_are_found_by_kind_binding_and_state_oldest_first(self, home: Home) -> None:
        young = replace(HELD, id="h2", opened=NOON + dt.timedelta(hours=1))
        old = replace(HELD, id="h3", binding="b2", opened=NOON - dt.timedelta(hours=1))
        refused = replace(HELD, id="r1", kind=ItemKind.REJECTED, outcome="acked")
        elsewhere = replace(HELD, id="h4", table="area")
        home.store.apply(Transaction("deals", 0, note("s1"), opened=(young, HELD, refused, elsewhere, old)))
        store = home.store
        assert [item.id for item in store.items()] == ["h3", "h4", "h1", "h2"]
        assert [item.id for item in store.items(is_open=None)] == ["h3", "h4", "h1", "r1", "h2"]
        assert [item.id for item in store.items(is_open=False)] == ["r1"]
        assert [item.id for item in store.items(binding="b2")] == ["h3"]
        assert [item.id for item in store.items(kind=ItemKind.REJECTED, is_open=None)] == ["r1"]
        assert list(store.items(kind=ItemKind.CONFLICT)) == []

    def test_an_item_is_opened_replaced_and_closed_once(self, home: Home) -> None:
        home.store.apply(Transaction("deals", 0, note("s1"), opened=(HELD,)))
        again = replace(HELD, sheet="y")
        home.store.apply(Transaction("deals", 0, note("s2"), opened=(again,)))
        assert list(home.store.items()) == [again]
        closed = replace(again, outcome="accepted", closed=NOON, closed_by="王芳")
        home.store.apply(Transaction("deals", 0, note("s3"), closed=(closed,)))
        assert list(home.store.items()) == []
        assert home.store.item("h1") == closed
        with pytest.raises(Stale):
            home.store.close_items([closed])
        with pytest.raises(Stale):
            home.store.apply(Transaction("deals", 0, note("s4"), closed=(closed,)))
        home.store.apply(Transaction("deals", 0, note("s5"), opened=(again,)))
        assert list(home.store.items()) == [again]

    def test_items_close_all_or_none(self, home: Home) -> None:
        second = replace(HELD, id="h2")
        home.store.apply(Transaction("deals", 0, note("s1"), opened=(HELD, second)))
        never = replace(HELD, id="h3")
        with pytest.raises(Stale):
            home.store.close_items([replace(item, outcome="dropped") for item in (HELD, never)])
        assert [item.id for item in home.store.items()] == ["h1", "h2"]
        home.store.close_items([replace(item, outcome="dropped") for item in (HELD, second)])
        assert list(home.store.items()) == []


class TestStoreKeepsRulesAndSchemas:
    def test_rules_are_numbered_by_role_and_old_ones_stay(self, home: Home) -> None:
        assert home.store.rule("deals", "east") is None
        assert home.store.save_rule("deals", "east", {"rows": {"a": True}}, note("n")) == 1
        assert home.store.save_rule("deals", "east", {"rows": {"a": True}}, note("n")) == 1
        assert home.store.save_rule("deals", "east", {"rows": {"a": 1}}, note("n")) == 2
        assert home.store.save_rule("deals", "west", None, note("n")) == 1
        assert home.store.save_rule("deals", "east", {"rows": {"a": True}}, note("n")) == 3
        assert home.store.rule("deals", "east") == (3, {"rows": {"a": True}})
        assert home.store.rule_at("deals", "east", 2) == {"rows": {"a": 1}}
        assert home.store.rule_at("deals", "west", 1) is None
        for role, version in (("east", 4), ("east", 0), ("north", 1)):
            with pytest.raises(IntegrityError, match=r"store\.no_rule"):
                home.store.rule_at("deals", role, version)

    def test_schemas_are_numbered_and_each_transaction_is_held_to_the_one_it_was_decided_under(
        self, home: Home
    ) -> None:
        def step(sync_id: str, version: int, data: Json = None, table: str = "deals") -> None:
            home.store.apply(Transaction(table, 0, note(sync_id), schema=SchemaStep(version, data)))

        assert home.store.schema_version("deals") is None
        step("s-1", 0, {"b": 1, "a": [2]})
        step("s-2", 1, {"a": [2], "b": 1})
        assert home.store.schema_version("deals") == (1, {"b": 1, "a": [2]})
        step("s-3", 1, {"b": 1})
        step("s-4", 0, {"c": 1}, "orders")
        step("s-5", 2)
        assert home.store.schema_version("deals") == (2, {"b": 1})
        assert home.store.schema_at("deals", 1) == {"b": 1, "a": [2]}
        for version in (0, 1, 3):
            with pytest.raises(SchemaMoved, match=r"store\.schema_moved"):
                step("s-6", version, {"d": 1})
        moved = Transaction("deals", 0, note("s-7"), Changeset({ROWS[0]: {"code": "1"}}), schema=SchemaStep(1))
        with pytest.raises(SchemaMoved):
            home.store.apply(moved)
        assert (home.store.head("deals"), home.store.schema_version("deals")) == (0, (2, {"b": 1}))
        for version in (0, 3):
            with pytest.raises(IntegrityError, match=r"store\.no_schema"):
                home.store.schema_at("deals", version)
        assert list(home.store.tables()) == []


class TestStoreKeepsRuns:
    def test_the_commits_of_one_run_bear_its_word_and_others_none(self, home: Home) -> None:
        for table in ("deals", "orders"):
            of_run = replace(note(f"s-{table}"), run="run-a")
            home.store.apply(Transaction(table, 0, of_run, Changeset({ROWS[0]: {"code": "1"}})))
        commit(home.store, Changeset(changed={ROWS[0]: {"code": ("1", "2")}}), "alone", minutes=1)
        assert [(c.id, c.run) for c in home.store.log()] == [
            ("deals:2", ""),
            ("orders:1", "run-a"),
            ("deals:1", "run-a"),
        ]
        assert [c.run for c, _ in home.store.changes("deals", 0, 2)] == ["run-a", ""]
        assert list(home.store.verify()) == []


def kept(name: str, *files: KeptFile, minutes: int = 0) -> Snapshot:
    sheets = tuple(
        KeptSheet(
            f"s{place}", "b1", "deals", None, 0, 1, 3, "e:b1:w", {"tab": "客户"}, "客户.xlsx", f.sha256, f.size, "im", 2
        )
        for place, f in enumerate(files)
    )
    moment = NOON + dt.timedelta(minutes=minutes)
    return Snapshot(
        name, moment, "王芳", "试", {"deals": (3, "h"), "orders": (0, "")}, sheets, {"x": "file.gone"}
    ).sealed()


class TestStoreKeepsSnapshots:
    def test_what_people_said_is_appended_and_comes_back_in_its_order(self, home: Home) -> None:
        waived = Attestation(
            Word.WAIVED,
            ROWS[0],
            "code",
            "d1",
            "李",
            NOON,
            NOON.date(),
            "phone.length",
            "分机",
            until=dt.date(2025, 1, 1),
        )
        confirmed = Attestation(Word.CONFIRMED, ROWS[1], "name", "d2", "王", NOON, dt.date(2024, 3, 4), how="phone")
        assert home.store.attestations("deals") == []
        home.store.attest("deals", [waived, confirmed])
        home.store.attest("orders", [confirmed])
        home.store.attest("deals", [replace(waived, word=Word.REVOKED)])
        assert home.store.attestations("deals") == [waived, confirmed, replace(waived, word=Word.REVOKED)]
        assert home.store.attestations("orders") == [confirmed]
        home.store.attest("deals", [replace(confirmed, row=RowId(f"r{number}")) for number in range(150)])
        assert [one.row for one in home.store.attestations("deals")[3:]] == [f"r{number}" for number in range(150)]
        assert home.store.verify() == []

    def test_a_snapshot_comes_back_as_it_was_and_bytes_in_common_are_kept_once(self, home: Home) -> None:
        first, second = cut(b"a,b\r\n" * 40_000), cut(b"a,b\r\n" * 40_000 + b"c,d\r\n")
        one, two = kept("月末 1", first[0]), kept("two", first[0], second[0], minutes=1)
        home.store.keep_snapshot(one, [first[0]], first[1])
        lacking = home.store.lacking_pieces(second[0].pieces)
        assert len(lacking) == 1
        home.store.keep_snapshot(two, [first[0], second[0]], {name: second[1][name] for name in lacking})
        assert home.store.snapshots() == [two, one]
        assert (home.store.snapshot("月末 1"), home.store.snapshot("none")) == (one, None)
        assert one.hash == one.sealed().hash != two.hash
        files = home.store.kept_files([first[0].sha256, second[0].sha256, "0" * 64])
        assert files == {first[0].sha256: first[0], second[0].sha256: second[0]}
        for file, data in ((first[0], b"a,b\r\n" * 40_000), (second[0], b"a,b\r\n" * 40_000 + b"c,d\r\n")):
            assert joined(file, home.store.pieces(file.pieces)) == data
        assert list(home.store.verify()) == []

    def test_a_name_is_given_once_and_the_refused_snapshot_leaves_nothing(self, home: Home) -> None:
        file, pieces = cut(b"x")
        other, lost = cut(b"y")
        home.store.keep_snapshot(kept("one", file), [file], pieces)
        with pytest.raises(UserError) as caught:
            home.store.keep_snapshot(kept("one", other, minutes=1), [other], lost)
        assert caught.value.code == "snapshot.name_taken"
        with pytest.raises(IntegrityError) as broken:
            home.store.keep_snapshot(kept("two", other), [other], {})
        assert broken.value.code == "snapshot.incomplete"
        assert home.store.snapshots() == [kept("one", file)]
        assert home.store.lacking_pieces([*file.pieces, *other.pieces]) == set(other.pieces)
        assert home.store.kept_files([other.sha256]) == {}


class TestStoreKeepsTime:
    def test_a_clock_that_goes_back_makes_no_commit_older_than_the_one_before(self, home: Home) -> None:
        for number, minutes in enumerate((10, -5000, 5, 20), 1):
            commit(home.store, Changeset(added={RowId(f"row-{number}"): {"code": "x"}}), f"s{number}", minutes=minutes)
        ten, twenty = NOON + dt.timedelta(minutes=10), NOON + dt.timedelta(minutes=20)
        assert [(c.number, c.time) for c in home.store.log("deals")] == [(4, twenty), (3, ten), (2, ten), (1, ten)]
        before = dt.timedelta(seconds=1)
        moments = (ten - before, ten, twenty - before, twenty)
        assert [home.store.commit_at("deals", moment) for moment in moments] == [0, 3, 3, 4]
        assert not home.store.verify()


class TestStoreBeginsEpochs:
    def test_a_new_epoch_changes_nothing_else(self, home: Home) -> None:
        store = home.store
        commit(store, Changeset(added={ROWS[0]: {"code": "a"}}), "s1")
        store.save_binding(BindingState("b1", "east", "deals", None, {}, stamp="life-1:b1:x"))
        assert (store.epoch, list(store.past_epochs)) == ("life-1", [])
        store.begin_epoch("life-2")
        home.store.begin_epoch("life-3")
        store = home.store
        assert (store.epoch, list(store.past_epochs)) == ("life-3", ["life-1", "life-2"])
        assert store.head("deals") == 1
        assert spelt(store.read("deals", ("code",))) == {ROWS[0]: ["a"]}
        assert store.revision_of("b1", "life-1:b1:x") == store.binding("east")
        assert store.tables() == ["deals"]
        assert not store.verify()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_two_who_begin_an_epoch_at_once_begin_one(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    def opened() -> Store:
        if kind == "sqlite":
            return SqliteStore.open(tmp_path / "store.db", epoch_if_new="life-1")
        return PostgresStore.open(url, epoch_if_new="life-1")

    url = "" if kind == "sqlite" else request.getfixturevalue("postgres_server").place()[1]
    first, second = opened(), opened()
    first.begin_epoch("life-2")
    with pytest.raises(Stale):
        second.begin_epoch("life-3")
    first.close()
    second.close()
    third = opened()
    assert (third.epoch, list(third.past_epochs)) == ("life-2", ["life-1"])
    third.close()
