"""What the last write to a sheet replaced there, rebuilt from history: no copy of the sheet is kept."""

from __future__ import annotations

from collections.abc import Mapping

from sheetward.cells import Cell
from sheetward.engine.context import SheetContext
from sheetward.engine.evolved import retyping
from sheetward.plan.last_write import LastWrite
from sheetward.ports.store import BindingState
from sheetward.sharing import Access
from sheetward.table import RowId

_BY_HAND = frozenset({"resolve", "restore"})
"""Sources of commits that name a sheet and did not come out of it: it learns of them by a write."""


SCHEMA = "schema"
"""Source of commits that no sheet learns of by a write: a new version of the schema, which each sheet is read under."""


def last_write(context: SheetContext, state: BindingState) -> LastWrite:
    """Give what the last write may have replaced, by the record of the stamp that it replaced.

    That is what others changed between the base before that write and the base after it, and what the sheet showed
    apart until then (a conflict settled by it). Grows with the commits in between.
    """
    before = context.store.revision_of(state.id, state.before)
    if before is None or before.base > state.base:
        return LastWrite()
    rule, read = context.rule_at(state.rule_version), retyping(context, before)
    cells: dict[tuple[RowId, str], Cell] = {
        (row_id, name): read.cell(name, cell.shown)
        for row_id, shown in before.overlay.cells.items()
        for name, cell in shown.items()
        if name not in state.overlay.cells.get(row_id, {})
    }
    cleared: dict[RowId, Mapping[str, Cell]] = {}
    appended: set[RowId] = set()
    for commit, changes in context.store.changes(state.table, before.base, state.base):
        if commit.source == SCHEMA or (commit.binding == state.name and commit.source not in _BY_HAND):
            continue
        appended.update(changes.added.keys() - cleared.keys())
        for row_id, gone in changes.removed.items():
            cleared.setdefault(row_id, {n: c for n, c in read.cells(gone).items() if rule.access(n) is not Access.HIDE})
        for row_id, moved in changes.changed.items():
            for name, (old, _) in moved.items():
                if rule.access(name) in (Access.WRITE, Access.READ):
                    cells.setdefault((row_id, name), read.cell(name, old))
    return LastWrite(cells, cleared, frozenset(appended))
