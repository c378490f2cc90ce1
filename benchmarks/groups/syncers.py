"""Many syncers on one store: small commits and whole small syncs a second, by processes of their own, on one table.

    python benchmarks/groups/syncers.py [--place sqlite postgresql://...] [--syncers 1 8 16 32] [--seconds 60]

`SYNCERS_SECONDS` gives the seconds too. Each hand counts one cell of its own up and adds a row now and then; at the end
every count must be there in the table, every step of it in the history, and no row twice.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sheetward.ports.store import CommitNote, Store

TABLE = "deals"
SCHEMA = """
name: deal
primaryKey: [no]
fields:
  - {name: no, type: string, constraints: {required: true, unique: true}}
  - {name: amount, type: string}
  - {name: note, type: string}
"""
ADDED_EVERY = 50
WAYS = ("commit", "sync")


@dataclass(frozen=True)
class Tally:
    """What one run came to. `again` counts attempts that another hand's commit made vain.

    `cpu_ms` is what the hands used for each, in CPU milliseconds, the database's server not among them.
    """

    place: str
    way: str
    syncers: int
    seconds: float
    done: int
    again: int
    slowest: int
    fastest: int
    lost: int
    doubled: int
    cpu_ms: float

    @property
    def rate(self) -> float:
        """Give how many were done a second, by all hands together."""
        return self.done / self.seconds


def opened(place: str) -> Store:
    """Open the store at a path or an address."""
    if place.startswith("postgresql"):
        from sheetward.stores.postgres import PostgresStore

        return PostgresStore.open(place, epoch_if_new="bench")
    from sheetward.stores.sqlite import SqliteStore

    return SqliteStore.open(Path(place), epoch_if_new="bench")


def measured(place: str, way: str, syncers: int, seconds: float) -> Tally:
    """Let so many processes work on a new table of a store, and count."""
    with closing(opened(place)) as store:
        _begin(store, syncers)
    command = [sys.executable, __file__, "--hand", place, way, str(seconds)]
    hands = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(syncers)
    ]
    for hand in hands:
        assert hand.stdout is not None
        assert hand.stdout.readline() == "ready\n"
    for hand in hands:
        assert hand.stdin is not None
        hand.stdin.write("\n")
        hand.stdin.flush()
    told = [json.loads(hand.communicate()[0]) for hand in hands]
    with closing(opened(place)) as store:
        lost, doubled = _judged(store, told)
    counts = [one["done"] for one in told]
    again = sum(one["again"] for one in told)
    kind = "PostgreSQL" if place.startswith("postgresql") else "SQLite"
    took = max(one["took"] for one in told)
    cpu_ms = 1000 * sum(one["cpu"] for one in told) / max(1, sum(counts))
    return Tally(kind, way, syncers, took, sum(counts), again, min(counts), max(counts), lost, doubled, cpu_ms)


def _begin(store: Store, syncers: int) -> None:
    from sheetward.diff import Changeset
    from sheetward.ports.store import BindingState, Transaction
    from sheetward.table import RowId

    rows = {RowId(f"row-{n}"): {"no": f"D{n}", "amount": "0"} for n in range(max(20, syncers))}
    store.apply(Transaction(TABLE, store.head(TABLE), _note("begin"), Changeset(added=rows)))
    for number in range(syncers):
        store.save_binding(
            BindingState(f"b{number}", f"hand-{number}", TABLE, None, {}, stamp=f"bench:b{number}:start")
        )


def _judged(store: Store, told: Sequence[dict[str, float]]) -> tuple[int, int]:
    """Count the updates that are not in the table and its history, and the rows that stand there twice."""
    head = store.head(TABLE)
    steps: Counter[str] = Counter()
    for _, changes in store.changes(TABLE, 0, head):
        steps.update(row for row, cells in changes.changed.items() if "amount" in cells)
    table = store.read(TABLE, ("no", "amount"))
    amounts = {str(no): int(str(amount)) for no, amount in table.rows.values() if amount is not None}
    lost = sum(
        abs(one["done"] - amounts[f"D{number}"]) + abs(one["done"] - steps[f"row-{number}"])
        for number, one in enumerate(told)
    )
    names = Counter(str(no) for no, _ in table.rows.values())
    expected = {f"N{number}-{n}" for number, one in enumerate(told) for n in range(int(one["added"]))}
    lost += len(expected - names.keys())
    return lost + len(store.verify()), sum(names.values()) - len(names)


def _note(sync_id: str) -> CommitNote:
    from sheetward.ports.store import CommitNote

    return CommitNote(sync_id, "bench", dt.datetime.now(dt.UTC), "sync")


def hand(place: str, way: str, seconds: float, number: int) -> None:
    """Work as one syncer, once told to begin, and tell what was done."""
    with closing(opened(place)) as store:
        step = (_committing if way == "commit" else _syncing)(store, number)
        print("ready", flush=True)
        sys.stdin.readline()
        done = again = added = 0
        began, used = time.monotonic(), time.process_time()
        while time.monotonic() - began < seconds:
            adds = done % ADDED_EVERY == ADDED_EVERY - 1
            again += step(done + 1, added if adds else None)
            done += 1
            added += adds
        took, cpu = time.monotonic() - began, time.process_time() - used
        print(json.dumps({"done": done, "again": again, "added": added, "took": took, "cpu": cpu}), flush=True)


Step = Callable[[int, "int | None"], int]
"""Writes a count, and a new row by its number where one is due; gives how often it had to begin anew."""


def _committing(store: Store, number: int) -> Step:
    """Read, decide and commit in a turn of the store."""
    from sheetward.cells import Cell
    from sheetward.diff import Changeset
    from sheetward.ports.store import Transaction
    from sheetward.table import RowId

    row = RowId(f"row-{number}")

    def step(count: int, new: int | None) -> int:
        with store.turn(TABLE):
            head = store.head(TABLE)
            ((was,),) = store.rows(TABLE, ("amount",), [row]).rows.values()
            added: dict[RowId, dict[str, Cell]] = {}
            if new is not None:
                added = {RowId(f"new-{number}-{new}"): {"no": f"N{number}-{new}"}}
            changes = Changeset(added=added, changed={row: {"amount": (was, str(int(str(was)) + 1))}})
            store.apply(Transaction(TABLE, head, _note(f"{number}-{count}"), changes))
        return 0

    return step


def _syncing(store: Store, number: int) -> Step:
    """Type into a sheet in memory, and sync it whole."""
    from sheetward.app.clock import SystemClock
    from sheetward.app.words import new_word
    from sheetward.engine import SheetContext, sync_sheet
    from sheetward.errors import TransientError
    from sheetward.sharing import EVERYTHING
    from sheetward.sheets.memory import MemorySheet
    from sheetward.validation import Validator
    from sheetward_schemas import parse_schema

    schema, mistakes = parse_schema(SCHEMA, "bench")
    assert schema is not None, mistakes
    sheet = MemorySheet(schema.field_names)
    sheet.stamp = f"bench:b{number}:start"
    attempts = [0]

    def on_step(point: str) -> None:
        attempts[0] += point == "after_observe"

    context = SheetContext(
        name=f"hand-{number}",
        replica=sheet,
        store=store,
        schema=schema,
        checker=Validator(schema),
        clock=SystemClock(),
        today=dt.date.today,
        author="bench",
        new_word=new_word,
        rule_version=0,
        rule_at=lambda _: EVERYTHING,
        on_step=on_step,
    )
    sync_sheet(context)

    def step(count: int, new: int | None) -> int:
        sheet.set(sheet.find("no", f"D{number}"), "amount", str(count))
        if new is not None:
            sheet.append({"no": f"N{number}-{new}"})
        attempts[0] = 0
        while True:
            try:
                sync_sheet(context)
            except TransientError:
                continue
            return attempts[0] - 1

    return step


def table_of(tallies: Sequence[Tally]) -> str:
    """Give the figures as a Markdown table."""
    head = (
        "| store | what | syncers | a second | CPU ms each | begun anew, each | slowest : fastest | lost | doubled |\n"
        + "|---" * 9
        + "|"
    )
    lines = [
        f"| {t.place} | {t.way} | {t.syncers} | {t.rate:.0f} | {t.cpu_ms:.2f} | {t.again / max(1, t.done):.2f} |"
        f" {t.slowest} : {t.fastest} | {t.lost} | {t.doubled} |"
        for t in tallies
    ]
    return "\n".join([head, *lines])


def main() -> int:
    """Measure and print."""
    if sys.argv[1:2] == ["--hand"]:
        place, way, seconds, number = sys.argv[2:]
        hand(place, way, float(seconds), int(number))
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--place", nargs="+", default=["sqlite"], help="sqlite, the address of an empty PostgreSQL database, or both"
    )
    parser.add_argument("--way", choices=WAYS, nargs="+", default=list(WAYS))
    parser.add_argument("--syncers", type=int, nargs="+", default=[1, 8, 16, 32])
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("SYNCERS_SECONDS", "5")))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    tallies: list[Tally] = []
    for kind, way, syncers in product(options.place, options.way, options.syncers):
        with tempfile.TemporaryDirectory() as folder:
            place = str(Path(folder) / "s.db") if kind == "sqlite" else _schema_of(kind)
            tallies.append(measured(place, way, syncers, options.seconds))
            print(table_of(tallies[-1:]).splitlines()[-1], file=sys.stderr, flush=True)
    print(json.dumps([vars(t) | {"rate": t.rate} for t in tallies]) if options.json else table_of(tallies))
    return int(any(t.lost or t.doubled for t in tallies))


def _schema_of(address: str) -> str:
    """Make a schema of its own in a database, so that each run begins empty."""
    import psycopg

    name = f"syncers_{secrets.token_hex(4)}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return f"{address}{'&' if '?' in address else '?'}options=-csearch_path%3D{name}"


if __name__ == "__main__":
    sys.exit(main())
