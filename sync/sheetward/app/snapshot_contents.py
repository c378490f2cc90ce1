"""What a snapshot holds: found by name, its bytes joined and proved, its sheets read as they were."""

from __future__ import annotations

import os
from pathlib import Path

from sheetward.app.plain_table import PlainTable, check_folder, kind_of, write_plain
from sheetward.app.workspace import Workspace
from sheetward.errors import IntegrityError, UserError
from sheetward.ports.snapshots import KeptSheet, Snapshot
from sheetward.sheets.place import Place
from sheetward.sheets.whole import WholeSheet, whole_sheet
from sheetward.stores.pieces import joined


def found(workspace: Workspace, name: str) -> Snapshot:
    """Give a snapshot. `UserError('snapshot.unknown')`."""
    snapshot = workspace.store.snapshot(name)
    if snapshot is None:
        raise UserError("snapshot.unknown", name=name, known=[one.name for one in workspace.store.snapshots()])
    return snapshot


def kept_sheet(snapshot: Snapshot, name: str) -> KeptSheet:
    """Give a sheet of a snapshot. `UserError('snapshot.no_sheet')`."""
    for sheet in snapshot.sheets:
        if sheet.name == name:
            return sheet
    raise UserError("snapshot.no_sheet", name=snapshot.name, sheet=name, known=[s.name for s in snapshot.sheets])


def bytes_of(workspace: Workspace, snapshot: Snapshot, sheet: KeptSheet) -> bytes:
    """Give the bytes of the file that a sheet was in, the very ones. `IntegrityError('snapshot.damaged')`."""
    recipe = workspace.store.kept_files([sheet.sha256]).get(sheet.sha256)
    data = None if recipe is None else joined(recipe, workspace.store.pieces(recipe.pieces))
    if data is None:
        raise IntegrityError("snapshot.damaged", name=snapshot.name, file=sheet.file)
    return data


def whole_of(workspace: Workspace, snapshot: Snapshot, sheet: KeptSheet) -> WholeSheet:
    """Give a sheet as it was, private columns included. `UserError`: `workbook.*`, `csv.*` where it was no table even then."""
    place = Place.from_json(workspace.store.place_then(sheet.table, sheet.schema_version, sheet.place))
    data = bytes_of(workspace, snapshot, sheet)
    return whole_sheet(data, Path(sheet.file).name, place, workspace.schema(sheet.table))


def as_plain(name: str, whole: WholeSheet) -> PlainTable:
    """Give a sheet as a plain table."""
    return PlainTable(name, whole.columns, tuple(row.cells for row in whole.rows))


def write_out(workspace: Workspace, snapshot: Snapshot, sheet: KeptSheet, path: Path) -> None:
    """Write a sheet as it was into a new file: the kept bytes where the name ends as the kept file's, else its rows.

    `UserError`: `snapshot.file_exists`, `file.kind_out`, `folder.read_only`, `file.no_folder`.
    """
    if path.exists():
        raise UserError("snapshot.file_exists", path=str(path))
    if path.suffix.lower() != Path(sheet.file).suffix.lower():
        write_plain(as_plain(sheet.name, whole_of(workspace, snapshot, sheet)), path, kind_of(path, Path(sheet.file)))
        return
    data = bytes_of(workspace, snapshot, sheet)
    check_folder(path.parent, path.name)
    try:
        # Made anew and never over another: a name that somebody takes just now stays theirs.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    except FileExistsError as trouble:
        raise UserError("snapshot.file_exists", path=str(path)) from trouble
    except FileNotFoundError as trouble:
        raise UserError("file.no_folder", path=str(path.parent)) from trouble
    except PermissionError as trouble:
        raise UserError("folder.read_only", file=path.name, folder=str(path.parent)) from trouble
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except OSError:
        path.unlink()
        raise
