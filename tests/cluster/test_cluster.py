"""`make test-cluster`: the leader of a PostgreSQL cluster is killed while syncers write; nothing acknowledged is lost or doubled."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from sheetward.diff import Changeset
from sheetward.errors import TransientError, UserError
from sheetward.ports.store import CommitNote, Stale, Transaction
from sheetward.stores.postgres import PostgresStore
from sheetward.table import RowId

from .cluster import Cluster

WRITERS = 4
BEFORE_S, AFTER_S, OUTAGE_S = 5.0, 5.0, 90.0


@pytest.fixture
def place(cluster: Cluster | None) -> Iterator[str]:
    """Give the address of an empty schema that always reaches the leader."""
    address = os.environ["SHEETWARD_TEST_DSN"] if cluster is None else cluster.leading_url()
    schema = f"sheetward_{secrets.token_hex(4)}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    url = address if cluster is None else cluster.url
    yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}"


class Writer(threading.Thread):
    """Adds rows one after another; asks again with the same sync id until each is acknowledged."""

    def __init__(self, url: str, number: int, is_over: threading.Event) -> None:
        super().__init__()
        self.url, self.number, self.is_over = url, number, is_over
        self.acknowledged: list[tuple[float, RowId]] = []
        self.troubles: list[str] = []

    def run(self) -> None:
        with closing(PostgresStore.open(self.url, epoch_if_new=None, lock_timeout_s=5)) as store:
            while not self.is_over.is_set():
                self._add(store, RowId(f"row-{self.number}-{len(self.acknowledged)}"))

    def _add(self, store: PostgresStore, row: RowId) -> None:
        note = CommitNote(f"sync-{row}", "writer", dt.datetime.now(dt.UTC), "sync")
        while True:
            try:
                head = store.head("deals")
                store.apply(Transaction("deals", head, note, Changeset({row: {"code": str(row)}})))
            except Stale:
                continue
            except (TransientError, UserError) as trouble:
                # A leader that is being demoted refuses to write: only for as long as the cluster looks for another.
                if isinstance(trouble, UserError) and trouble.code != "postgres.read_only":
                    raise
                self.troubles.append(trouble.code)
                time.sleep(0.2)
            else:
                self.acknowledged.append((time.monotonic(), row))
                return


def test_the_leader_is_killed_while_syncers_write(cluster: Cluster | None, place: str) -> None:
    PostgresStore.open(place, epoch_if_new="life").close()
    is_over = threading.Event()
    writers = [Writer(place, number, is_over) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        time.sleep(BEFORE_S)
        killed_at = time.monotonic()
        if cluster is not None:
            killed = cluster.kill_leader()
            end = killed_at + OUTAGE_S
            while not all(writer.acknowledged[-1][0] > killed_at + 1 for writer in writers):
                assert time.monotonic() < end, [writer.troubles[-3:] for writer in writers]
                time.sleep(0.2)
            assert cluster.leader() != killed
        time.sleep(AFTER_S)
    finally:
        is_over.set()
        for writer in writers:
            writer.join(60)
    acknowledged = sorted(one for writer in writers for one in writer.acknowledged)
    moments = [moment for moment, _ in acknowledged]
    outage = max(after - before for before, after in pairwise(moments))
    before = sum(moment < killed_at for moment in moments)
    print(f"\n{before} rows before, {len(moments) - before} after; {outage:.1f} s without a write")
    with closing(PostgresStore.open(place, epoch_if_new=None)) as store:
        assert store.read("deals", ("code",)).rows.keys() == {row for _, row in acknowledged}
        assert store.head("deals") == len(acknowledged)
        assert list(store.verify()) == []
    assert before > WRITERS
    assert len(moments) - before > WRITERS


def test_the_contract_of_the_store(cluster: Cluster | None) -> None:
    """Run the store's contract on it, as it is and with every table split by a hash."""
    address = os.environ["SHEETWARD_TEST_DSN"] if cluster is None else cluster.leading_url()
    contract = Path(__file__).parents[1] / "conformance" / "test_store.py"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(contract), "-k", "postgres"],
        env={**os.environ, "SHEETWARD_TEST_DSN": address}, check=False, capture_output=True, text=True, timeout=1200,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
