"""A bound sheet opened: where its file is now, its replica, and all that the engine needs to know about it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from sheetward.app.closed_file import file_key
from sheetward.app.failpoints import steps_of, under_test
from sheetward.app.rules import RuleInForce, rule_in_force
from sheetward.app.words import new_word
from sheetward.app.workspace import Workspace
from sheetward.config import SheetEntry, save_sheet
from sheetward.engine import LazyKeys, SheetContext
from sheetward.errors import GuardError, SheetwardError, UserError
from sheetward.plan.situation import Limits
from sheetward.ports.replica import Replica
from sheetward.ports.store import BindingState, Store
from sheetward.ports.workbook import OneSheet, Workbook
from sheetward.sheets.conflict_name import sure_conflict_name
from sheetward.sheets.csv import CsvSheet
from sheetward.sheets.file import SheetFile
from sheetward.sheets.place import Place
from sheetward.sheets.stamp import stamps
from sheetward.sheets.xlsx import XlsxBook, XlsxSheet, read_stamps
from sheetward.xlsx import workbook as xlsx
from sheetward.xlsx.closed import read_stable

WORKBOOKS = {".xlsx", ".xlsm"}


def is_csv(path: Path) -> bool:
    """Say whether a bound file is a CSV; `UserError('file.kind')` for what cannot be bound."""
    ending = path.suffix.lower()
    if ending not in {*WORKBOOKS, ".csv"}:
        raise UserError("file.kind", path=str(path), ending=ending, known=sorted({*WORKBOOKS, ".csv"}))
    return ending == ".csv"


def sheet_file(workspace: Workspace, path: Path) -> SheetFile:
    """Give the guarded file of a sheet; all sheets of one workbook share its journal key."""
    steps = steps_of(os.environ)
    return SheetFile(path, file_key(path), workspace.journal, workspace.copies, on_step=steps)


def binding_of(workspace: Workspace, name: str) -> BindingState:
    """Give a sheet's binding. `UserError`: `sheet.unknown`, `sheet.not_bound`."""
    state = workspace.store.binding(name)
    if state is None:
        entry = workspace.entry(name)
        raise UserError("sheet.not_bound", name=name, path=str(entry.file), table=entry.table)
    return state


def located(workspace: Workspace, entry: SheetEntry, state: BindingState) -> Path:
    """Give the sheet's file where it is now; one that was moved is followed by its stamp, and the settings with it.

    `UserError`: `sheet.file_gone` where it is nowhere, `sheet.google`; `GuardError('sheet.several')` where copies of it
    lie about and none is in the old place, `sheet.only_conflict_copy` where what a synced folder laid aside is all that is left,
    `sheet.copied` where the settings name a copy while the original still stands
    where it was.
    """
    binding = state.id
    if entry.file is None:
        raise UserError("sheet.google", name=entry.name)
    if entry.file.exists():
        _check_original(workspace, entry.name, entry.file, state)
        return entry.file
    found = [] if is_csv(entry.file) else _bearers(workspace, entry.file, binding)
    copies = [path for path in found if (name := sure_conflict_name(path.name)) and name.original == entry.file.name]
    found = [path for path in found if path not in copies]
    if not found and copies:
        names = [path.name for path in copies]
        raise GuardError("sheet.only_conflict_copy", name=entry.name, path=str(entry.file), found=names)
    if not found:
        raise UserError("sheet.file_gone", name=entry.name, path=str(entry.file))
    if len(found) > 1:
        raise GuardError("sheet.several", name=entry.name, path=str(entry.file), found=[str(path) for path in found])
    moved = SheetEntry(entry.name, entry.table, found[0], entry.google, entry.tab, entry.role)
    sheet_file(workspace, found[0]).follow(sheet_file(workspace, entry.file))
    save_sheet(workspace.config, moved)
    return found[0]


def _check_original(workspace: Workspace, name: str, path: Path, state: BindingState) -> None:
    """Refuse a second owner: both files bear the binding's stamp, and the one it was made for is still in the workspace."""
    first = workspace.config.root / Place.from_json(state.place).path
    if first == path or is_csv(path) or not first.is_file():
        return
    if not path.samefile(first) and bears(first, state.id) and bears(path, state.id):
        raise GuardError("sheet.copied", name=name, path=str(path), original=str(first))


def _bearers(workspace: Workspace, gone: Path, binding: str) -> list[Path]:
    """Give the workbooks near the old place, and in the workspace, that bear the binding's stamp."""
    folders = dict.fromkeys(folder for folder in (gone.parent, workspace.config.root) if folder.is_dir())
    near = {path for folder in folders for path in folder.iterdir()} | set(workspace.config.root.rglob("*.xls?"))
    found: list[Path] = []
    for path in sorted(near):
        is_ours = workspace.private in path.parents or path.name.startswith((".", "~$"))
        if path.suffix.lower() in WORKBOOKS and path.is_file() and not is_ours and bears(path, binding):
            found.append(path)
    return found


def bears(path: Path, binding: str) -> bool:
    """Say whether a workbook bears a binding's stamp; one that cannot be read does not."""
    try:
        return binding in stamps(read_stamps(xlsx.Workbook.open(read_stable(path).data, path.name)))
    except SheetwardError:
        return False


def opened_file(
    workspace: Workspace, path: Path, states: Sequence[BindingState]
) -> tuple[Workbook, Mapping[str, Replica]]:
    """Give a file as the engine sees it, and its sheets by the names of their bindings. A CSV has one."""
    file, lang = sheet_file(workspace, path), workspace.config.language
    places = [(state, Place.from_json(state.place), workspace.schema(state.table)) for state in states]
    if is_csv(path):
        ((state, place, schema),) = places
        replica = under_test(CsvSheet(file, place, schema, lang=lang), os.environ)
        return OneSheet(replica), {state.name: replica}
    book = XlsxBook(file, lang=workspace.config.language, zone=workspace.config.timezone)
    return book, {
        state.name: under_test(XlsxSheet(book, state.id, place, schema, lang=lang), os.environ)
        for state, place, schema in places
    }


def context_of(
    workspace: Workspace,
    state: BindingState,
    replica: Replica,
    in_force: RuleInForce,
    *,
    store: Store | None = None,
    allowed: Mapping[str, int | None] | None = None,
    on_step: Callable[[str], None] | None = None,
) -> SheetContext:
    """Give everything that the engine needs for one sheet."""
    guards = workspace.config.guards
    return SheetContext(
        name=state.name,
        replica=replica,
        store=store or workspace.store,
        schema=workspace.schema(state.table),
        checker=workspace.validator(state.table),
        clock=workspace.clock,
        today=workspace.today,
        author=workspace.author,
        new_word=new_word,
        rule_version=in_force.version,
        rule_at=in_force.at,
        lang=workspace.config.language,
        schema_version=workspace.in_force(state.table).version,
        older=workspace.older_schema(state.table),
        word=partial(workspace.store.word, state.table),
        limits=Limits(guards.share, guards.rows, guards.cap),
        known=lambda view: LazyKeys(workspace.known(state.table, view)),
        referrers=lambda view: workspace.referrers(
            state.table, lambda table, name: workspace.column(table, name, view)
        ),
        allowed=allowed,
        on_step=on_step or steps_of(os.environ),
        run=workspace.run,
    )


def in_force_of(workspace: Workspace, table: str, role: str | None) -> RuleInForce:
    """Give the rule that a role is under on a table."""
    note = workspace.note if workspace.records else None
    return rule_in_force(workspace.store, workspace.config_for(table), table, role, workspace.schema(table), note)
