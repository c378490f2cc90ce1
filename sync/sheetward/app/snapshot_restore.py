"""`snapshot restore`: tables as they were, and files with all that stands in them, shown before and never at the cost of an edit."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from sheetward.app.bound_sheet import binding_of, in_force_of, is_csv, located, sheet_file
from sheetward.app.closed_file import file_key
from sheetward.app.lease import lease
from sheetward.app.restoring import WayBack, carry_out, check, in_turn
from sheetward.app.rules import parsed
from sheetward.app.snapshot_contents import bytes_of, found, kept_sheet, whole_of
from sheetward.app.snapshot_proof import has_commit
from sheetward.app.snapshots import create, free_name
from sheetward.app.syncing import SheetOutcome, sync_sheets
from sheetward.app.workspace import Workspace
from sheetward.diff import Changeset
from sheetward.engine.epoch import epoch_of
from sheetward.errors import GuardError, IntegrityError, TransientError, UserError
from sheetward.history.restore import Area, Restoration, plan_restore
from sheetward.ports.snapshots import KeptSheet, Snapshot
from sheetward.ports.store import BindingState
from sheetward.sharing import EVERYTHING, Access, Rule
from sheetward.table import RowId
from sheetward.xlsx.closed import digest
from sheetward.xlsx.file_steps import FileSteps


class Scope(StrEnum):
    """What of a sheet is brought back: its file and the rows that it may write, or one of the two."""

    BOTH = "both"
    FILE = "file"
    ROWS = "rows"


@dataclass(frozen=True)
class FileBack:
    """A file whose bytes are put back; `sheets` are all bound sheets in it, those that nobody named too."""

    path: Path
    data: bytes
    sheets: tuple[str, ...]


@dataclass(frozen=True)
class SnapshotBack:
    """What a restore would do: commits first, then files, then a sync of the sheets in them."""

    snapshot: Snapshot
    ways: tuple[WayBack, ...]
    files: tuple[FileBack, ...] = ()


@dataclass(frozen=True)
class BroughtBack:
    """What was done. `before` is the snapshot of the files as they were just before, empty where no file was touched."""

    commits: tuple[str, ...]
    before: str = ""
    synced: tuple[SheetOutcome, ...] = ()


def plan_back(
    workspace: Workspace, name: str, sheets: Sequence[str], table: str | None, scope: Scope, reason: str
) -> SnapshotBack:
    """Plan to bring a snapshot back: tables as they were, or these sheets.

    `UserError`: `snapshot.unknown`, `snapshot.no_sheet`, `table.unknown`, what finding a file raises;
    `GuardError`: `snapshot.role_narrower`, `snapshot.bound_anew`, `snapshot.csv_with_edits` where bytes must not be put back;
    `IntegrityError`: `snapshot.damaged`, `snapshot.commit_gone`.
    """
    snapshot = found(workspace, name)
    why = reason or f"snapshot {name}"
    if not sheets:
        tables = [table] if table is not None else [t for t in snapshot.heads if t in workspace.config.tables]
        ways = [_table_way(workspace, snapshot, one, why) for one in tables]
        return SnapshotBack(snapshot, tuple(in_turn(workspace, ways)))
    chosen = [kept_sheet(snapshot, sheet) for sheet in sheets]
    files = () if scope is Scope.ROWS else tuple(_files(workspace, snapshot, chosen))
    ways = [] if scope is Scope.FILE else _sheet_ways(workspace, snapshot, chosen, why)
    return SnapshotBack(snapshot, tuple(in_turn(workspace, ways)), files)


def _number(workspace: Workspace, snapshot: Snapshot, table: str) -> int:
    """Give the commit that a table stood at; `IntegrityError('snapshot.commit_gone')` where its history is another one."""
    workspace.schema(table)
    number, recorded = snapshot.heads.get(table, (0, ""))
    if not has_commit(workspace, table, number, recorded):
        raise IntegrityError("snapshot.commit_gone", name=snapshot.name, table=table, commit=f"{table}:{number}")
    return number


def _table_way(workspace: Workspace, snapshot: Snapshot, table: str, reason: str) -> WayBack:
    number, head = _number(workspace, snapshot, table), workspace.store.head(table)
    return WayBack(table, head, _taken_back(workspace, table, number, head, Area()), reason)


def _taken_back(workspace: Workspace, table: str, number: int, head: int, area: Area) -> Restoration:
    if number == head:
        return Restoration(Changeset(), ())
    return plan_restore(workspace.store.changes(table, number, head), range(number + 1, head + 1), area)


# Rows that a sheet may write ------------------------------------------------------------------------------------------


def _sheet_ways(workspace: Workspace, snapshot: Snapshot, sheets: Sequence[KeptSheet], reason: str) -> list[WayBack]:
    ways: dict[str, WayBack] = {}
    for sheet in sheets:
        state = binding_of(workspace, sheet.name)
        rule = in_force_of(workspace, state.table, state.role).rule
        way = _sheet_way(workspace, snapshot, state.table, rule, reason)
        ways[state.table] = way if state.table not in ways else _both(ways[state.table], way)
    return list(ways.values())


def _sheet_way(workspace: Workspace, snapshot: Snapshot, table: str, rule: Rule, reason: str) -> WayBack:
    """Take back what happened to the cells that a sheet may write, and to rows as far as it may add and delete them."""
    number, head = _number(workspace, snapshot, table), workspace.store.head(table)
    fields = workspace.schema(table).field_names
    today, then = workspace.store.read(table, fields), workspace.store.read(table, fields, number)
    rows = {i for i, row in today.rows.items() if rule.shows(fields, row)}
    rows |= {i for i, row in then.rows.items() if i not in today.rows and rule.shows(fields, row)}
    writable = {name for name in fields if rule.access(name) is Access.WRITE}
    cells = _taken_back(workspace, table, number, head, Area(rows, writable))
    whole = _taken_back(workspace, table, number, head, Area(rows))
    none = Changeset()
    added = whole.changes.added if rule.insert else none.added
    removed = whole.changes.removed if rule.delete else none.removed
    changed = {row: moved for row, moved in cells.changes.changed.items() if row not in removed}
    kept = tuple(one for one in cells.kept if one.row not in added and one.row not in removed)
    return WayBack(table, head, Restoration(Changeset(added, removed, changed), kept), reason)


def _both(one: WayBack, other: WayBack) -> WayBack:
    """Join what two sheets of one table bring back; both start from the same commits, so no cell has two values."""
    first, second = one.restoration.changes, other.restoration.changes
    added, removed = {**first.added, **second.added}, {**first.removed, **second.removed}
    changed = {
        row: {**first.changed.get(row, {}), **second.changed.get(row, {})}
        for row in (*first.changed, *second.changed)
        if row not in removed
    }
    kept = dict.fromkeys((*one.restoration.kept, *other.restoration.kept))
    return replace(one, restoration=Restoration(Changeset(added, removed, changed), tuple(kept)))


# Files ----------------------------------------------------------------------------------------------------------------


def _files(workspace: Workspace, snapshot: Snapshot, chosen: Sequence[KeptSheet]) -> list[FileBack]:
    """Give the files to put back; every bound sheet in them must be one that may have its bytes again."""
    files: list[FileBack] = []
    for sha256 in dict.fromkeys(sheet.sha256 for sheet in chosen):
        together = [sheet for sheet in snapshot.sheets if sheet.sha256 == sha256]
        paths = {_place_of(workspace, sheet.name) for sheet in together}
        if len(paths) > 1:
            together = [sheet for sheet in together if sheet in chosen]
            paths = {_place_of(workspace, sheet.name) for sheet in together}
        for sheet in together:
            _check_sheet(workspace, snapshot, sheet)
        data = bytes_of(workspace, snapshot, together[0])
        files += [
            FileBack(path, data, tuple(s.name for s in together if _place_of(workspace, s.name) == path))
            for path in sorted(paths)
        ]
    return files


def _place_of(workspace: Workspace, name: str) -> Path:
    """Give where a sheet's file is, or where the settings have it if it is nowhere."""
    entry = workspace.entry(name)
    try:
        return located(workspace, entry, binding_of(workspace, name))
    except UserError as trouble:
        if trouble.code != "sheet.file_gone" or entry.file is None:
            raise
        return entry.file


def _check_sheet(workspace: Workspace, snapshot: Snapshot, sheet: KeptSheet) -> None:
    """Refuse bytes that would show what their reader may see no longer, or that a sync could not take for the sheet's own."""
    state = binding_of(workspace, sheet.name)
    facts = {"name": snapshot.name, "sheet": sheet.name}
    is_known = workspace.store.revision_of(state.id, sheet.stamp) is not None
    if state.id != sheet.binding or not is_known or epoch_of(sheet.stamp) != workspace.store.epoch:
        raise GuardError("snapshot.bound_anew", **facts)
    is_text = is_csv(Path(sheet.file))
    if is_text and (sheet.unsynced or workspace.store.items(binding=state.id) or state.pending is not None):
        raise GuardError("snapshot.csv_with_edits", **facts)
    if sheet.trouble:
        return
    fields, rows = _no_longer_seen(workspace, snapshot, sheet, state)
    if fields or rows:
        raise GuardError("snapshot.role_narrower", **facts, role=state.role or "", fields=fields, rows=rows)


def _no_longer_seen(
    workspace: Workspace, snapshot: Snapshot, sheet: KeptSheet, state: BindingState
) -> tuple[list[str], int]:
    """Give the fields, and count the rows, that stand in the kept bytes and that the sheet's reader does not see today."""
    schema = workspace.schema(sheet.table)
    new = in_force_of(workspace, state.table, state.role).rule
    old = EVERYTHING
    if sheet.role is not None and sheet.rule_version:
        old = parsed(workspace.store.rule_at(sheet.table, sheet.role, sheet.rule_version), schema)
    whole = whole_of(workspace, snapshot, sheet)
    closed = (Access.HIDE, Access.MASK)
    fields = [n for n in whole.fields if new.access(n) in closed and old.access(n) not in (Access.HIDE, new.access(n))]
    ids = [row.row_id for row in whole.rows if row.row_id]
    names = schema.field_names
    here = workspace.store.rows(sheet.table, names, ids).rows
    gone = workspace.store.deleted(sheet.table, [RowId(i) for i in ids if i not in here])
    unseen = sum(not new.shows(names, row) for row in here.values())
    unseen += sum(not new.shows(names, tuple(cells.get(name) for name in names)) for cells in gone.values())
    return fields, unseen


# Doing it -------------------------------------------------------------------------------------------------------------


def carry_back(workspace: Workspace, back: SnapshotBack) -> BroughtBack:
    """Do what was planned. The files as they are go to a snapshot of their own before anything is changed.

    `GuardError('sheet.open')`, `UserError`: what a replacement would meet, before anything is done;
    `TransientError`: `store.moved`, `sheet.changed`, `sync.busy`: what is done stays, and the same call finishes the rest.
    """
    check(workspace, back.ways)
    for file in back.files:
        if file.path.exists():
            sheet_file(workspace, file.path).check_writable()
    before, bases = _kept_before(workspace, back)
    commits = [commit.id for way in back.ways if (commit := carry_out(workspace, way)) is not None]
    for file in back.files:
        _put_back(workspace, back.snapshot, file, bases.get(file.path, ""))
    names = [name for file in back.files for name in file.sheets]
    synced = sync_sheets(workspace, names, {}) if names else []
    return BroughtBack(tuple(commits), before, tuple(synced))


def _kept_before(workspace: Workspace, back: SnapshotBack) -> tuple[str, dict[Path, str]]:
    """Keep the files as they are now, and give the snapshot's name and the SHA-256 of each file in it."""
    names = [name for file in back.files for name in file.sheets if file.path.exists()]
    if not names:
        return "", {}
    kept = create(
        workspace, free_name(workspace, f"before-{back.snapshot.name}"[:90]), f"before {back.snapshot.name}", names
    )
    for name in names:
        if name in kept.errors:
            raise kept.errors[name]
    hashes = {sheet.name: sheet.sha256 for sheet in kept.snapshot.sheets}
    return kept.snapshot.name, {file.path: hashes[file.sheets[0]] for file in back.files if file.path.exists()}


def _put_back(workspace: Workspace, snapshot: Snapshot, file: FileBack, base: str) -> None:
    def write(out: BinaryIO) -> None:
        out.write(file.data)

    def verify(data: bytes) -> None:
        if digest(data) != digest(file.data):
            raise TransientError("sheet.changed", file=file.path.name)

    with ExitStack() as held:
        held.enter_context(lease(workspace.private / "leases", file_key(file.path), file.path.name))
        for name in file.sheets:
            if is_csv(file.path):
                _expect_then(workspace, kept_sheet(snapshot, name))
        if base:
            sheet_file(workspace, file.path).replace(write, base, verify)
        else:
            _made_anew(file)


def _made_anew(file: FileBack) -> None:
    """Make a file that is nowhere any more; one that came back meanwhile stays."""

    def fill(out: BinaryIO) -> None:
        out.write(file.data)

    try:
        FileSteps().create(file.path, fill)
    except FileExistsError as trouble:
        raise TransientError("sheet.changed", file=file.path.name) from trouble
    except OSError as trouble:
        raise UserError("folder.read_only", file=file.path.name, folder=str(file.path.parent)) from trouble


def _expect_then(workspace: Workspace, sheet: KeptSheet) -> None:
    """Let the next sync merge a CSV, which has no place for a stamp, from what it showed then.

    Recorded before the bytes: cut off in between, what the sheet shows today counts as its edits, and nothing is lost.
    """
    state = binding_of(workspace, sheet.name)
    then = workspace.store.revision_of(state.id, sheet.stamp)
    if then is None:
        raise GuardError("snapshot.bound_anew", name=sheet.name, sheet=sheet.name)
    workspace.store.save_binding(
        replace(
            state,
            number=state.number + 1,
            base=then.base,
            rule_version=then.rule_version,
            schema_version=then.schema_version,
            fields=then.fields,
            overlay=then.overlay,
            revision="",
        )
    )
