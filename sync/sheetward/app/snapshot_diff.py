"""`snapshot diff`: two snapshots, or one and today, compared row by row: tables by their commits, sheets by their images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sheetward.app.bound_sheet import binding_of, located, sheet_file
from sheetward.app.items import keys_of
from sheetward.app.plain_table import KeyText, PlainTable
from sheetward.app.snapshot_contents import found, kept_sheet, whole_of
from sheetward.app.snapshot_proof import has_commit
from sheetward.app.table_merge import TableDiff, compared
from sheetward.app.workspace import Workspace
from sheetward.cells import Cell
from sheetward.errors import IntegrityError, SheetwardError
from sheetward.ports.snapshots import Snapshot
from sheetward.sheets.place import Place
from sheetward.sheets.whole import WholeSheet, whole_sheet
from sheetward.table import Row, RowId

Rows = Mapping[KeyText, Mapping[str, Cell]]

_ID = "\0id"
"""A column that no header can be."""


@dataclass(frozen=True)
class Part:
    """One table or sheet compared. `error` says why it could not be; `diff` is `None` then."""

    kind: str
    name: str
    diff: TableDiff | None
    error: SheetwardError | None = None

    def labelled(self, labels: Mapping[str, str]) -> Part:
        """Give the same with fields under the labels that people know."""
        if self.diff is None:
            return self

        def rows(whole: Rows) -> Rows:
            return {key: {labels.get(name, name): cell for name, cell in row.items()} for key, row in whole.items()}

        changed = tuple(replace(c, column=labels.get(c.column, c.column)) for c in self.diff.changed)
        diff = replace(self.diff, added=rows(self.diff.added), removed=rows(self.diff.removed), changed=changed)
        return replace(self, diff=diff)


def compare(workspace: Workspace, first: str, second: str | None, sheet: str | None = None) -> list[Part]:
    """Compare two snapshots, or one and today: every table and sheet of the first, or one sheet.

    A sheet that one side lacks, or that cannot be read, is named. `UserError`: `snapshot.unknown`, `snapshot.no_sheet`.
    """
    old = found(workspace, first)
    new = None if second is None else found(workspace, second)
    if sheet is not None:
        part = _sheet(workspace, old, new, kept_sheet(old, sheet).name)
        if part.error is not None:
            raise part.error
        return [part]
    tables = [_table(workspace, old, new, table) for table in old.heads if table in workspace.config.tables]
    return [*tables, *(_sheet(workspace, old, new, one.name) for one in old.sheets)]


def _part(kind: str, name: str, work: Callable[[], TableDiff]) -> Part:
    try:
        return Part(kind, name, work())
    except SheetwardError as trouble:
        return Part(kind, name, None, trouble)


def _table(workspace: Workspace, old: Snapshot, new: Snapshot | None, table: str) -> Part:
    def state(snapshot: Snapshot | None) -> PlainTable:
        number, recorded = (None, "") if snapshot is None else snapshot.heads.get(table, (0, ""))
        if snapshot is not None and not has_commit(workspace, table, number or 0, recorded):
            raise IntegrityError("snapshot.commit_gone", name=snapshot.name, table=table, commit=f"{table}:{number}")
        schema = workspace.schema(table)
        rows = workspace.store.read(table, schema.field_names, number)
        return PlainTable(table, (_ID, *rows.fields), tuple((i, *row) for i, row in rows.rows.items()))

    return _part("table", table, lambda: _diff(workspace, table, state(old), state(new)))


def _sheet(workspace: Workspace, old: Snapshot, new: Snapshot | None, name: str) -> Part:
    kept = kept_sheet(old, name)

    def work() -> TableDiff:
        before = whole_of(workspace, old, kept)
        after = whole_now(workspace, name) if new is None else whole_of(workspace, new, kept_sheet(new, name))
        return _diff(workspace, kept.table, *_alike(before, after))

    return _part("sheet", name, work)


def whole_now(workspace: Workspace, name: str) -> WholeSheet:
    """Give a sheet as its file is now. Errors as finding and reading it raises them."""
    state = binding_of(workspace, name)
    path = located(workspace, workspace.entry(name), state)
    data = sheet_file(workspace, path).read().data
    return whole_sheet(data, path.name, Place.from_json(state.place), workspace.schema(state.table))


def _alike(before: WholeSheet, after: WholeSheet) -> tuple[PlainTable, PlainTable]:
    """Give both as plain tables, a bound column whose header was changed under the name it has now."""
    now = {before.fields[field]: column for field, column in after.fields.items() if field in before.fields}
    columns = tuple(now.get(column, column) for column in before.columns)
    if len(set(columns)) < len(columns):
        columns = before.columns
    return _plain(before, columns), _plain(after, after.columns)


def _plain(whole: WholeSheet, columns: tuple[str, ...]) -> PlainTable:
    ids: dict[str, int] = {}
    rows: list[Row] = []
    for row in whole.rows:
        # A row without an id, or with one that a copied row has too, is known by its place.
        name = str(row.row_id) if row.row_id and row.row_id not in ids else f"\0{row.position}"
        ids[name] = row.position
        rows.append((name, *row.cells))
    return PlainTable("", (_ID, *columns), tuple(rows))


def _diff(workspace: Workspace, table: str, old: PlainTable, new: PlainTable) -> TableDiff:
    """Compare by row id, and name rows as people do: by business key where there is one."""
    diff = compared(old, new, (_ID,))
    ids = [RowId(key) for (key,) in (*diff.added, *diff.removed, *(c.key for c in diff.changed))]
    keys = keys_of(workspace, table, [i for i in ids if not i.startswith("\0")])
    used = list(keys.values())

    def named(key: KeyText) -> KeyText:
        known = keys.get(RowId(key[0]), "")
        if known and used.count(known) == 1:
            return (known,)
        return (f"#{key[0][1:]}",) if key[0].startswith("\0") else key

    def rows(whole: Rows) -> Rows:
        return {named(key): {n: cell for n, cell in row.items() if n != _ID} for key, row in whole.items()}

    return replace(
        diff,
        key=(workspace.schema(table).business_key or "",),
        added=rows(diff.added),
        removed=rows(diff.removed),
        changed=tuple(replace(change, key=named(change.key)) for change in diff.changed),
    )


def together(parts: Sequence[Part]) -> TableDiff:
    """Give all parts as one difference, each row's key led by the name of its table or sheet where there are several."""
    diffs = [(part.name, part.diff) for part in parts if part.diff is not None]
    if len(diffs) == 1:
        return diffs[0][1]

    return TableDiff(
        (),
        {(name, *key): row for name, diff in diffs for key, row in diff.added.items()},
        {(name, *key): row for name, diff in diffs for key, row in diff.removed.items()},
        tuple(replace(change, key=(name, *change.key)) for name, diff in diffs for change in diff.changed),
        tuple(f"{name}: {column}" for name, diff in diffs for column in diff.columns_added),
        tuple(f"{name}: {column}" for name, diff in diffs for column in diff.columns_removed),
    )
