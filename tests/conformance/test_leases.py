"""Leases held by real processes on both databases: killed, paused, renewed, fought over."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheetward.app.lease import StoreLeases
from sheetward.errors import TransientError
from sheetward.ports.store import BindingState, Store
from sheetward.stores.sqlite import SqliteStore

STATE = BindingState("b1", "east", "deals", None, {})
SECOND = BindingState("b2", "orders", "orders", None, {})

_PROCESS = """
import datetime as dt, sys, time
from dataclasses import replace
from pathlib import Path
from sheetward.app.lease import StoreLeases
from sheetward.diff import Changeset
from sheetward.errors import SheetwardError
from sheetward.ports.store import BindingState, CommitNote, Transaction
from sheetward.table import RowId

_, place, holder, what, seconds = sys.argv
if place.startswith("postgresql"):
    from sheetward.stores.postgres import PostgresStore
    store = PostgresStore.open(place, epoch_if_new=None)
else:
    from sheetward.stores.sqlite import SqliteStore
    store = SqliteStore.open(Path(place), epoch_if_new="e")
leases = StoreLeases(store, holder, seconds=float(seconds))
states = [BindingState("b1", "east", "deals", None, {}), BindingState("b2", "orders", "orders", None, {})]
if what == "hold":
    with leases(states) as numbers:
        print("held", numbers["b1"], flush=True)
        sys.stdin.readline()
        note = CommitNote("late", "a", dt.datetime.now(dt.UTC), "sync")
        moved = replace(states[0], number=1, base=1)
        try:
            store.apply(Transaction("deals", 0, note, Changeset({RowId("r"): {}}), moved, fence=numbers["b1"]))
        except SheetwardError as refused:
            print(refused.code, flush=True)
        else:
            print("committed", flush=True)
else:
    count, end = 0, time.monotonic() + 3
    print("ready", flush=True)
    sys.stdin.readline()
    while time.monotonic() < end:
        with leases(states):
            time.sleep(0.002)
        count += 1
    print(count, flush=True)
"""


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "s.db")
    return str(request.getfixturevalue("postgres_server").place()[1])


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    made: Store
    if place.startswith("postgresql"):
        from sheetward.stores.postgres import PostgresStore

        made = PostgresStore.open(place, epoch_if_new="e")
    else:
        made = SqliteStore.open(Path(place), epoch_if_new="e")
    made.save_binding(STATE)
    made.save_binding(SECOND)
    yield made
    made.close()


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(place: str) -> Iterator[Start]:
    with ExitStack() as stack:

        def run(holder: str, what: str = "hold", seconds: float = 1.0) -> subprocess.Popen[str]:
            command = [sys.executable, "-c", _PROCESS, place, holder, what, str(seconds)]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield run


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_a_living_holder_keeps_others_out_for_as_long_as_it_works(store: Store, start: Start) -> None:
    process = start("there")
    assert line(process) == "held 1"
    patient = StoreLeases(store, "here", seconds=1.0, patience_s=2.5)
    with pytest.raises(TransientError, match=r"sync\.busy"), patient([STATE, SECOND]):
        pass
    go_on(process)
    assert line(process) == "committed"
    with patient([STATE, SECOND]) as numbers:
        assert min(numbers.values()) > 1


def test_a_holder_that_was_killed_is_outlived(store: Store, start: Start) -> None:
    process = start("there")
    assert line(process) == "held 1"
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    began = time.monotonic()
    with StoreLeases(store, "here", seconds=1.0, patience_s=10)([STATE, SECOND]) as numbers:
        assert min(numbers.values()) > 1
    assert time.monotonic() - began < 5


def test_a_holder_that_was_paused_too_long_commits_nothing_any_more(store: Store, start: Start) -> None:
    process = start("there")
    assert line(process) == "held 1"
    process.send_signal(signal.SIGSTOP)
    with StoreLeases(store, "here", seconds=5.0, patience_s=10)([STATE, SECOND]) as numbers:
        assert min(numbers.values()) > 1
        process.send_signal(signal.SIGCONT)
        go_on(process)
        assert line(process) == "sync.lease_lost"
    assert store.head("deals") == 0
    assert store.binding("east") == STATE


def test_of_many_who_want_one_workbook_nobody_starves(store: Store, start: Start) -> None:
    hands = [start(f"hand-{number}", "fight", 5.0) for number in range(5)]
    assert [line(hand) for hand in hands] == ["ready"] * 5
    for hand in hands:
        go_on(hand)
    turns = [int(line(hand)) for hand in hands]
    assert min(turns) >= 3, turns
    assert min(turns) >= sum(turns) / len(turns) / 5, turns


def test_another_computer_finishes_the_sync_of_one_that_died(tmp_path: Path, postgres_server: Any) -> None:
    """Two workspaces with the settings of one: what one of them committed before it died, the other one writes."""
    here, there, book = tmp_path / "here", tmp_path / "there", tmp_path / "客户.xlsx"
    made = openpyxl.Workbook()
    for row in (["客户编号", "客户姓名"], ["C001", "王五"], ["", "赵六"]):
        made.active.append(row)
    made.save(book)
    here.mkdir()
    settings = f"store: {postgres_server.place()[1]}\nlanguage: en\ntables: {{customers: {{schema: customer}}}}\n"
    (here / "sheetward.yaml").write_text(settings, encoding="utf-8")

    def call(folder: Path, *words: str, **environment: str) -> int:
        done = subprocess.run(
            [sys.executable, "-m", "sheetward", *words],
            cwd=folder, env={**os.environ, **environment}, check=False, capture_output=True, timeout=120,
        )  # fmt: skip
        assert done.returncode in (0, -9), done.stdout + done.stderr
        return done.returncode

    assert call(here, "init") == 0
    assert call(here, "bind", str(book), "--as", "east", "--table", "customers", "--yes") == 0
    there.mkdir()
    shutil.copy(here / "sheetward.yaml", there / "sheetward.yaml")
    before = book.read_bytes()
    assert call(here, "sync", SHEETWARD_TESTING="1", SHEETWARD_FAILPOINT="after_commit:kill") == -9
    assert book.read_bytes() == before
    began = time.monotonic()
    assert call(there, "sync") == 0
    assert time.monotonic() - began > 8, "the lease of the dead was not waited for"
    rows = [row[:2] for row in openpyxl.load_workbook(book).active.iter_rows(min_row=2, values_only=True)]
    assert [row[1] for row in rows] == ["王五", "赵六"]
    assert all(row[0] for row in rows)
    assert call(here, "sync") == 0
