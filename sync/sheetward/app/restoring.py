"""The way back: planned and shown, checked, then recorded as a new commit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sheetward.app.past import commit_of, find_row, moment_of, number_at, only_table
from sheetward.app.workspace import Workspace
from sheetward.cells import Cell, Value, plain_text, same, value_of
from sheetward.diff import Changeset
from sheetward.errors import UserError
from sheetward.history.choose import (
    by_person,
    by_run,
    by_sheet,
    last_to_undo,
    rejoined_since,
    undo_sync_id,
    undone_in,
)
from sheetward.history.restore import Area, Restoration, plan_restore
from sheetward.plan.retype import Retyping
from sheetward.ports.store import Commit, Transaction
from sheetward.table import RowId
from sheetward.validation.keys import key_groups


@dataclass(frozen=True)
class WayBack:
    """What a restore would do to one table, onto its head as it was when this was planned."""

    table: str
    head: int
    restoration: Restoration
    reason: str
    sync_id: str | None = None


@dataclass(frozen=True)
class RestoreRequest:
    """What a person asked to bring back: one of `row`, `cell`, `column`, `by`, `run`, `sheet`, `is_all`."""

    row: str | None = None
    cell: str | None = None
    column: str | None = None
    by: str | None = None
    run: str | None = None
    sheet: str | None = None
    is_all: bool = False
    to: str | None = None
    since: str | None = None
    until: str | None = None
    table: str | None = None


def plan_ways_back(workspace: Workspace, request: RestoreRequest, reason: str) -> list[WayBack]:
    """Plan a restore, one way back for each table that it touches. `UserError`: what finding rows and moments raises."""
    return in_turn(workspace, _ways_back(workspace, request, reason))


def in_turn(workspace: Workspace, ways: Iterable[WayBack]) -> list[WayBack]:
    """Give ways back in the order to carry them out: rows that point to others go before those they point to."""
    order = workspace.table_order()
    return sorted(ways, key=lambda way: order.index(way.table), reverse=True)


def _ways_back(workspace: Workspace, request: RestoreRequest, reason: str) -> list[WayBack]:
    if request.run is not None:
        return _by_commit(workspace, _run_of(workspace, request.run, request.table), reason)
    if request.by is not None:
        return _by_person(workspace, request, reason)
    to = request.to or ""
    if request.row is not None:
        found = find_row(workspace, request.row, request.table)
        return [_since(workspace, found.table, to, Area(rows={found.row}), reason)]
    if request.cell is not None:
        key, _, field = request.cell.rpartition(".")
        found = find_row(workspace, key, request.table)
        _check_field(workspace, found.table, field)
        return [_since(workspace, found.table, to, Area(rows={found.row}, fields={field}), reason)]
    tables = _tables(workspace, request, to)
    if request.column is not None:
        having = [t for t in tables if request.column in workspace.schema(t).by_name]
        if len(having) != 1:
            _check_field(workspace, tables[0], request.column if not having else "")
        return [_since(workspace, having[0], to, Area(fields={request.column}), reason)]
    if request.sheet is not None:
        state = workspace.store.binding(request.sheet)
        table = workspace.entry(request.sheet).table if state is None else state.table
        after = number_at(workspace, table, to)
        chosen = {c.number for c in by_sheet(workspace.store.log(table), request.sheet, after=after)}
        return [_way(workspace, table, chosen, Area(), reason)]
    return [_since(workspace, table, to, Area(), reason) for table in tables]


def _run_of(workspace: Workspace, text: str, table: str | None) -> Sequence[Commit]:
    """Give the commits of a run, or the one commit that the text names. `UserError('history.no_commit')`."""
    log = workspace.store.log() if table is None else workspace.store.log(table)
    commits = by_run([commit for commit in log if commit.table in workspace.config.tables], text.strip())
    return commits or [commit_of(workspace, text, table)]


def _by_commit(workspace: Workspace, commits: Sequence[Commit], reason: str) -> list[WayBack]:
    """Plan to take back these commits, a way for each of their tables."""
    tables = {commit.table for commit in commits}
    return [_way(workspace, table, {c.number for c in commits if c.table == table}, Area(), reason) for table in tables]


def _check_field(workspace: Workspace, table: str, field: str) -> None:
    schema = workspace.schema(table)
    if field not in schema.by_name:
        raise UserError("field.unknown", field=field, table=table, known=list(schema.field_names))


def _tables(workspace: Workspace, request: RestoreRequest, to: str) -> list[str]:
    """Give the tables meant: the named one, the one that a commit belongs to, else all that have a past."""
    named, colon, number = to.rpartition(":")
    if request.table is not None:
        workspace.schema(request.table)
        return [request.table]
    if colon and number.isdigit() and named in workspace.config.tables:
        return [named]
    if to.isdigit():
        return [only_table(workspace)]
    return [t for t in workspace.config.tables if workspace.store.head(t)] or list(workspace.config.tables)


def _by_person(workspace: Workspace, request: RestoreRequest, reason: str) -> list[WayBack]:
    since = moment_of(workspace, request.since or "", day_ends=False)
    until = moment_of(workspace, request.until, day_ends=True) if request.until else None
    tables = [request.table] if request.table else list(workspace.config.tables)
    ways: list[WayBack] = []
    for table in tables:
        chosen = {c.number for c in by_person(workspace.store.log(table), request.by or "", since=since, until=until)}
        if chosen:
            ways.append(_way(workspace, table, chosen, Area(), reason))
    return ways


def _since(workspace: Workspace, table: str, to: str, area: Area, reason: str) -> WayBack:
    start = number_at(workspace, table, to)
    return _way(workspace, table, set(range(start + 1, workspace.store.head(table) + 1)), area, reason)


def _way(workspace: Workspace, table: str, chosen: Collection[int], area: Area, reason: str) -> WayBack:
    head = workspace.store.head(table)
    if not chosen:
        return WayBack(table, head, Restoration(Changeset(), ()), reason)
    rows = None if area.rows is None else frozenset(area.rows)
    told = workspace.store.changes(table, min(chosen) - 1, head, rows)
    return WayBack(table, head, _as_read_today(workspace, table, plan_restore(told, chosen, area)), reason)


def _as_read_today(workspace: Workspace, table: str, planned: Restoration) -> Restoration:
    """Bring back what today's schema has a field for, read as its type is today; the rest stays in the history."""
    schema, retyped = workspace.schema(table), workspace.retyped_once(table)
    changes, read = planned.changes, Retyping(schema, retyped)
    changed = {
        row: {
            name: (old, read.cell(name, new))
            for name, (old, new) in cells.items()
            if name in schema.by_name and not same(old, read.cell(name, new))
        }
        for row, cells in changes.changed.items()
    }
    added = {
        row: {name: read.cell(name, cell) for name, cell in cells.items() if name in schema.by_name}
        for row, cells in changes.added.items()
    }
    kept = tuple(one for one in planned.kept if one.field is None or one.field in schema.by_name)
    return Restoration(Changeset(added, changes.removed, {row: cells for row, cells in changed.items() if cells}), kept)


def plan_undo(workspace: Workspace, reason: str) -> tuple[list[WayBack], Sequence[Commit]]:
    """Plan to take back the author's last sync as a whole, and give its commits.

    `UserError`: `undo.nothing`; `undo.rejoined` where they ran `rejoin` since: the recovery is no sync to take back, and
    what was synced before it is not what they did last.
    """
    log = [commit for commit in workspace.store.log() if commit.table in workspace.config.tables]
    commits = last_to_undo(log, workspace.author)
    rejoin = rejoined_since(log, workspace.author, commits)
    if rejoin is not None:
        raise UserError("undo.rejoined", author=workspace.author, run=rejoin.run or rejoin.id)
    if not commits:
        raise UserError("undo.nothing", author=workspace.author)
    # A sync that was undone and its undo cancel out; left standing, they would count as later edits of these cells.
    first = {table: min(c.number for c in commits if c.table == table) for table in {c.table for c in commits}}
    later = [c for c in log if c.number > first.get(c.table, c.number)]
    undone = [commit for pair in undone_in(later) for commit in pair]
    sync_id = undo_sync_id(commits[0])
    ways = in_turn(workspace, _by_commit(workspace, [*commits, *undone], reason))
    return [replace(way, sync_id=sync_id) for way in ways], commits


def carry_out(workspace: Workspace, way: WayBack) -> Commit | None:
    """Record a way back as a new commit, `None` where there is nothing to change.

    `UserError`: `restore.key_taken` where two rows would have one key, `restore.row_in_use` where a row would go that
    another table points to; `TransientError('store.moved')` where somebody committed since it was planned.
    """
    changes = way.restoration.changes
    if not changes:
        return None
    check(workspace, [way])
    note = workspace.note("restore", way.reason, way.sync_id)
    return workspace.store.apply(Transaction(way.table, way.head, note, changes)).commit


def check(workspace: Workspace, ways: Sequence[WayBack]) -> None:
    """Refuse a result that could not stand: keys that collide, rows gone that others point to once all is carried out."""
    leading = {way.table: way.restoration.changes for way in ways}

    def column(table: str, field: str) -> set[Value]:
        after = leading.get(table, Changeset()).applied(workspace.store.read(table, (field,)))
        return {value for (cell,) in after.rows.values() if (value := value_of(cell)) is not None}

    for way in ways:
        _check_one(workspace, way, column)


def _check_one(workspace: Workspace, way: WayBack, column: Callable[[str, str], set[Value]]) -> None:
    changes = way.restoration.changes
    schema = workspace.schema(way.table)
    refer = workspace.referrers(way.table, column)
    for cells in changes.removed.values():
        tables = refer(cells)
        if tables:
            key = plain_text(value_of(cells.get(schema.business_key or "")))
            raise UserError("restore.row_in_use", key=key, tables=list(tables))
    moved = {
        *(name for cells in changes.changed.values() for name in cells),
        *(schema.field_names if changes.added else ()),
    }
    groups = [group for group in key_groups(schema, schema.field_names) if not moved.isdisjoint(group)]
    if not groups:
        return
    # Only fields of keys, and only where one is touched: the rest of a large table need not be read.
    after = changes.applied(workspace.store.read(way.table, tuple(dict.fromkeys(n for group in groups for n in group))))
    touched = {*changes.added, *changes.changed}
    broken = [
        f for f in workspace.validator(way.table).check_unique(after.fields, after.rows.items()) if f.row in touched
    ]
    if broken:
        raise UserError("restore.key_taken", field=broken[0].field, value=plain_text(value_of(broken[0].cell)))


@dataclass(frozen=True, slots=True)
class RestoredCell:
    """One cell that a restore changes; rows added or removed are all their filled cells."""

    key: str
    field: str
    old: Cell
    new: Cell


def restored_cells(way: WayBack, keys: Mapping[RowId, str]) -> list[RestoredCell]:
    """Give a way back cell by cell."""
    changes = way.restoration.changes
    cells = [
        RestoredCell(keys.get(row, row), name, None, cell)
        for row, whole in changes.added.items()
        for name, cell in whole.items()
    ]
    cells += [
        RestoredCell(keys.get(row, row), name, cell, None)
        for row, whole in changes.removed.items()
        for name, cell in whole.items()
    ]
    cells += [
        RestoredCell(keys.get(row, row), name, old, new)
        for row, moved in changes.changed.items()
        for name, (old, new) in moved.items()
    ]
    return cells


def touched_rows(way: WayBack) -> list[RowId]:
    """Give the rows that a way back speaks of."""
    changes, kept = way.restoration.changes, way.restoration.kept
    return [*changes.added, *changes.removed, *changes.changed, *(one.row for one in kept)]
