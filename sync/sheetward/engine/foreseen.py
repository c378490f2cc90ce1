"""The store as it will be once what was decided for earlier sheets of the workbook is committed. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from sheetward.cells import Cell
from sheetward.diff import Changeset
from sheetward.plan.plan import Plan
from sheetward.ports.store import Commit, Stale, Store
from sheetward.table import RowId, Table


class Foreseen:
    """Reads of a store with plans laid over it; everything that is not about a table's newest state is the store's.

    Each table's plans are laid in the order in which they will be committed, each as one commit where it changes rows.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._laid: dict[str, list[Changeset]] = {}
        self._counters: dict[tuple[str, str], int] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def lay(self, table: str, plan: Plan) -> None:
        """Lay a plan that will be committed before anything that is decided from now on."""
        if plan.changes:
            self._laid.setdefault(table, []).append(plan.changes)
        self._counters.update({(table, name): value for name, (_, value) in plan.counters.items()})

    def lay_removals(self, table: str, removed: Mapping[RowId, Mapping[str, Cell]]) -> None:
        """Lay the removal of rows alone."""
        if removed:
            self._laid.setdefault(table, []).append(Changeset(removed=removed))

    def head(self, table: str) -> int:
        """Give the number that the table's last commit will have."""
        return self._store.head(table) + len(self._laid.get(table, ()))

    def read(self, table: str, fields: tuple[str, ...], at: int | None = None) -> Table:
        """Give the table as it will be, or as of a commit. `Stale` where the plans no longer fit it."""
        laid = self._laid.get(table, [])
        if at is not None:
            return self._store.read(table, fields, at)
        rows = self._store.read(table, fields)
        try:
            for changes in laid:
                rows = changes.applied(rows)
        except KeyError as moved:
            raise Stale(table) from moved
        return rows

    def rows(self, table: str, fields: tuple[str, ...], ids: Iterable[RowId]) -> Table:
        """Give these rows as they will be."""
        if not self._laid.get(table):
            return self._store.rows(table, fields, ids)
        rows = self.read(table, fields).rows
        return Table(fields, {row_id: rows[row_id] for row_id in ids if row_id in rows})

    def deleted(self, table: str, ids: Iterable[RowId] | None = None) -> Mapping[RowId, Mapping[str, Cell]]:
        """Give those of the ids that will not be there any more, with their last cells."""
        asked = None if ids is None else set(ids)
        gone = dict(self._store.deleted(table, asked))
        for changes in self._laid.get(table, ()):
            gone.update(
                {row_id: cells for row_id, cells in changes.removed.items() if asked is None or row_id in asked}
            )
            for row_id in changes.added:
                gone.pop(row_id, None)
        return gone

    def changes(
        self, table: str, after: int, upto: int, rows: Set[RowId] | None = None
    ) -> Sequence[tuple[Commit, Changeset]]:
        """Give commits that are made already, each with what it changed."""
        head = self._store.head(table)
        return self._store.changes(table, min(after, head), min(upto, head), rows)

    def counter(self, table: str, name: str) -> int:
        """Give the last number given for a generated key, those of the plans included."""
        return self._counters.get((table, name), self._store.counter(table, name))
