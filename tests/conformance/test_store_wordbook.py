"""Rows spelt with a wordbook: the same rows, far smaller, and a wordbook that tells of no one person."""

from __future__ import annotations

import datetime as dt
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sheetward.cells import Cell, Typed
from sheetward.diff import Changeset
from sheetward.errors import IntegrityError
from sheetward.plan.pending import PendingWrite
from sheetward.ports.store import BindingState, CommitNote, Transaction
from sheetward.stores.sql.wordbook import ENOUGH
from sheetward.stores.sqlite import SqliteStore
from sheetward.table import RowId, Table, identical

FIELDS = ("code", "name", "city", "amount", "since", "seen", "active", "phone")
CITIES = ("上海", "杭州", "广州", "Hamburg")
MANY = 4 * ENOUGH


def row(number: int) -> dict[str, Cell]:
    """Give a row with a cell of every kind; names and phones are each person's own."""
    cells: dict[str, Cell] = {
        "code": f"C{number:06d}",
        "name": f"{chr(0x4E00 + number * 7)}{chr(0x5E00 + number)}",
        "city": CITIES[number % 4],
        "amount": Decimal(number * number) / 100,
        "since": dt.date(1990, 1, 1) + dt.timedelta(days=number * 11),
        "seen": dt.datetime(2024, 5, 1, 12, number % 60),
        "active": number % 3 == 0,
        "phone": Typed(f"+8613{number * 99_991 % 10**9:09d}", f"13{number * 99_991 % 10**9:09d}"),
    }
    return {name: cell for place, (name, cell) in enumerate(cells.items()) if place < 2 or (number + place) % 9}


def identity(number: int) -> RowId:
    return RowId(f"r{number * 48_271 % 2_147_483_647:011d}x")


ROWS = {identity(number): row(number) for number in range(MANY)}


def transaction(number: int, changes: Changeset) -> Transaction:
    moment = dt.datetime(2026, 3, 1, tzinfo=dt.UTC) + dt.timedelta(hours=number)
    return Transaction("deals", number - 1, CommitNote(f"s{number}", "chen", moment, "sync"), changes)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sheetward.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore.open(path, epoch_if_new="e")) as store:
        store.apply(transaction(1, Changeset(ROWS)))
        yield store


def same_rows(table: Table, expected: dict[RowId, dict[str, Cell]]) -> bool:
    wanted = {row_id: tuple(cells.get(name) for name in table.fields) for row_id, cells in expected.items()}
    return table.rows.keys() == wanted.keys() and all(
        identical(table.rows[row_id], wanted[row_id]) for row_id in wanted
    )


def spelt(path: Path) -> dict[str, int]:
    """Count rows that are plain and rows that are spelt with a wordbook, and wordbooks."""
    with closing(sqlite3.connect(path)) as raw:
        texts = [text for (text,) in raw.execute("SELECT cells FROM live")]
        plain = sum(text.startswith(b"{") for text in texts)
        books = raw.execute("SELECT count(*) FROM wordbook").fetchone()[0]
    return {"plain": plain, "short": len(texts) - plain, "books": books}


class TestReading:
    @pytest.mark.parametrize("fields", [FIELDS, FIELDS[::-1], ("since", "nothing", "name"), ()])
    def test_every_kind_of_cell_comes_back_as_it_was(self, store: SqliteStore, fields: tuple[str, ...]) -> None:
        assert same_rows(store.read("deals", fields), ROWS)
        some = {row_id: ROWS[row_id] for row_id in list(ROWS)[5:9]}
        assert same_rows(store.rows("deals", fields, some), some)

    def test_edits_and_old_states_are_exact(self, store: SqliteStore, path: Path) -> None:
        edited, gone, *_ = ROWS
        new: dict[str, Cell] = {**ROWS[edited], "name": "新", "since": dt.date(2026, 1, 2)}
        old = ROWS[edited]
        changed = {name: (old.get(name), new[name]) for name in ("name", "since")}
        store.apply(transaction(2, Changeset(removed={gone: ROWS[gone]}, changed={edited: changed})))
        assert same_rows(store.read("deals", FIELDS), {**{k: v for k, v in ROWS.items() if k != gone}, edited: new})
        assert same_rows(store.read("deals", FIELDS, 1), ROWS)
        ((_, changes),) = store.changes("deals", 1, 2)
        assert changes.changed == {edited: changed}
        assert store.deleted("deals", [gone]) == {gone: ROWS[gone]}
        assert list(store.verify()) == []
        assert spelt(path) == {"plain": 0, "short": MANY - 1, "books": 1}


class TestGrowth:
    def test_few_rows_stay_plain(self, path: Path) -> None:
        with closing(SqliteStore.open(path, epoch_if_new="e")) as store:
            few = dict(list(ROWS.items())[: ENOUGH - 1])
            store.apply(transaction(1, Changeset(few)))
            assert same_rows(store.read("deals", FIELDS), few)
        assert spelt(path) == {"plain": ENOUGH - 1, "short": 0, "books": 0}

    def test_a_row_with_a_new_field_is_plain_until_many_have_it(self, store: SqliteStore, path: Path) -> None:
        first, *_ = ROWS
        one = {"note": (None, "a")}
        store.apply(transaction(2, Changeset(changed={first: one})))
        assert spelt(path) == {"plain": 1, "short": MANY - 1, "books": 1}
        rest = {row_id: one for row_id in ROWS if row_id != first}
        store.apply(transaction(3, Changeset(changed=rest)))
        assert spelt(path) == {"plain": 1, "short": MANY - 1, "books": 2}
        assert same_rows(
            store.read("deals", (*FIELDS, "note")), {row_id: {**cells, "note": "a"} for row_id, cells in ROWS.items()}
        )
        assert same_rows(store.read("deals", FIELDS, 1), ROWS)
        assert list(store.verify()) == []

    def test_a_row_takes_less_than_a_third(self, store: SqliteStore, path: Path) -> None:
        with closing(sqlite3.connect(path)) as raw:
            short = raw.execute("SELECT sum(length(cells)) FROM live").fetchone()[0]
        plain = sum(len(str(cells).encode()) for cells in ROWS.values())
        assert short * 3 < plain


class TestSpace:
    def test_a_large_pending_write_gives_its_room_back_when_it_is_confirmed(self, path: Path) -> None:
        given = tuple((n, {"name": secrets.token_hex(200)}, RowId(f"r{n}")) for n in range(20_000))
        state = BindingState("b", "east", "deals", None, {}, pending=PendingWrite("stamp", "seen", given))
        with closing(SqliteStore.open(path, epoch_if_new="e")) as store:
            store.save_binding(state)
            assert store.binding("east") == state
            store.save_binding(replace(state, number=1, pending=None))
            assert list(store.verify()) == []
        assert path.stat().st_size < 1_000_000


class TestPrivacy:
    def test_a_wordbook_holds_no_name_and_no_number_of_a_person(self, store: SqliteStore, path: Path) -> None:
        with closing(sqlite3.connect(path)) as raw:
            words = raw.execute("SELECT words FROM wordbook").fetchone()[0].decode(errors="ignore")
        assert "上海" in words
        assert not [cells["name"] for cells in ROWS.values() if str(cells["name"]) in words]
        phones = [cells["phone"] for cells in ROWS.values() if isinstance(cells.get("phone"), Typed)]
        assert not [phone for phone in phones if isinstance(phone, Typed) and phone.text in words]


class TestDamage:
    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE live SET cells = substr(cells, 1, 4)",
            "UPDATE live SET cells = CAST(x'02' || substr(cells, 2) AS BLOB)",
            "UPDATE live SET cells = x''",
            "UPDATE wordbook SET words = zeroblob(length(words))",
            "UPDATE wordbook SET fields = '[]'",
            "DELETE FROM wordbook",
        ],
    )
    def test_a_row_that_cannot_be_read_is_said_to_be_damaged(self, store: SqliteStore, path: Path, change: str) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as raw:
            raw.execute(change)
        with pytest.raises(IntegrityError) as caught:
            store.read("deals", FIELDS)
        assert caught.value.code == "store.corrupt"
        assert store.verify()

    def test_verify_finds_one_changed_byte(self, store: SqliteStore, path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as raw:
            row_id, cells = raw.execute("SELECT row_id, cells FROM live LIMIT 1").fetchone()
            for place in range(len(cells)):
                broken = cells[:place] + bytes([cells[place] ^ 0x10]) + cells[place + 1 :]
                raw.execute("UPDATE live SET cells = ? WHERE row_id = ?", (broken, row_id))
                if place % 6 == 0:
                    assert store.verify(), place
