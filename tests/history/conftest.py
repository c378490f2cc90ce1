"""A history told in code: people who edit a small table one after the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import pytest
from sheetward.cells import Cell
from sheetward.diff import Changeset, changes_between
from sheetward.ports.store import Commit
from sheetward.table import RowId, Table

FIELDS = ("name", "phone", "remark")
NOON = dt.datetime(2024, 3, 5, 12, tzinfo=dt.UTC)
Told = list[tuple[Commit, Changeset]]
State = Mapping[str, Mapping[str, Cell]]
"""Row to filled cells."""


def table(state: State) -> Table:
    rows = {RowId(row): tuple(cells.get(name) for name in FIELDS) for row, cells in state.items()}
    return Table(FIELDS, rows)


def tell(*states: tuple[str, State]) -> Told:
    """Turn states, each with its author, into commits an hour apart from the empty table on."""
    told: Told = []
    before = table({})
    for number, (author, state) in enumerate(states, start=1):
        after = table(state)
        time = NOON + dt.timedelta(hours=number)
        commit = Commit("t", number, f"s{number}", author, None, time, "sync", "", f"of-{author}", 1, "", "")
        told.append((commit, changes_between(before, after)))
        before = after
    return told


@pytest.fixture
def teller() -> Callable[..., Told]:
    return tell


@pytest.fixture
def as_table() -> Callable[[State], Table]:
    return table
