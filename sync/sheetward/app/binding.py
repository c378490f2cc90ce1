"""Binding a sheet: what it would do, shown first; then the workbook, the store and the settings, in this order."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sheetward_schemas import TableSchema

from sheetward.app.bound_sheet import context_of, in_force_of, is_csv, located, sheet_file
from sheetward.app.closed_file import file_key
from sheetward.app.conflict_copies import refuse_conflict_copy
from sheetward.app.first_sync import ShownOnly, WithBinding
from sheetward.app.items import blamed, describe, item_json
from sheetward.app.lease import lease
from sheetward.app.plain_table import replace_file
from sheetward.app.rules import RuleInForce
from sheetward.app.words import new_word
from sheetward.app.workspace import Workspace
from sheetward.cells import Json
from sheetward.config import SheetEntry, remove_sheet, save_sheet, written_path
from sheetward.engine import sync_sheet
from sheetward.errors import GuardError, UserError
from sheetward.messages import Lang
from sheetward.plan.observation import Observation
from sheetward.plan.overlay import Overlay
from sheetward.ports.store import BindingState
from sheetward.sheets.bind_csv import bind_csv, plan_csv, unbind_csv
from sheetward.sheets.bind_xlsx import bind_xlsx, plan_xlsx, unbind_xlsx
from sheetward.sheets.binding import BindingPlan
from sheetward.sheets.file import SheetFile
from sheetward.sheets.place import Place
from sheetward.sheets.stamp import stamps
from sheetward.sheets.xlsx import read_stamps
from sheetward.xlsx.windows_path import is_windows_name
from sheetward.xlsx.workbook import Workbook as XlsxWorkbook

if TYPE_CHECKING:
    from sheetward.ports.store import Store


@dataclass(frozen=True)
class BindRequest:
    """What a person asked for. `mapping` is header text to field, empty for a private column."""

    path: Path
    name: str
    table: str
    tab: str | None = None
    role: str | None = None
    mapping: Mapping[str, str] | None = None
    header_row: int | None = None
    is_anew: bool = False
    renumbers: bool = False
    creates: bool = False


def _new_state(request: BindRequest, plan_place: Place, in_force: RuleInForce, workspace: Workspace) -> BindingState:
    return BindingState(
        id="b" + new_word(),
        name=request.name,
        table=request.table,
        role=request.role,
        place=plan_place.to_json(),
        rule_version=in_force.version,
        schema_version=workspace.in_force(request.table).version,
    )


def plan_binding(workspace: Workspace, request: BindRequest, lang: Lang) -> BindingPlan:
    """Say what binding would do, in a language; nothing is written.

    `UserError`: `bind.name_taken`, `table.unknown`, `role.unknown`, `layout.*`, `workbook.*`, `file.*`;
    `GuardError`: `bind.copied`, `bind.conflict_copy`, `bind.other_role`.
    """
    unrecorded = replace(workspace, records=False)
    with _source(unrecorded, request) as path:
        return _plan(unrecorded, request, path, lang)


@contextmanager
def _source(workspace: Workspace, request: BindRequest) -> Generator[Path]:
    """Give the file to look at: the workbook itself, or one made from the template where it is yet to be created."""
    if not (request.creates and not request.path.exists()):
        yield request.path
        return
    if not is_windows_name(request.path.name):
        raise UserError("file.windows_name", file=request.path.name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / request.path.name
        path.write_bytes(_new_workbook(workspace, request))
        yield path


def _new_workbook(workspace: Workspace, request: BindRequest) -> bytes:
    import csv
    import io

    from sheetward_templates.workbook import build_template

    schema, lang = workspace.schema(request.table), workspace.config.language
    fields = in_force_of(workspace, request.table, request.role).rule.visible(schema.field_names)
    if is_csv(request.path):
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerow(schema.by_name[name].label(lang) for name in fields)
        return text.getvalue().encode("utf-8-sig")
    buffer = io.BytesIO()
    build_template(schema, buffer, lang, fields, sheet_name=request.tab)
    return buffer.getvalue()


def _plan(workspace: Workspace, request: BindRequest, path: Path, lang: Lang) -> BindingPlan:
    schema = workspace.schema(request.table)
    _check_name(workspace, request)
    if not request.is_anew and request.path.is_file():
        refuse_conflict_copy(request.path)
    in_force = in_force_of(workspace, request.table, request.role)

    def holds(observed: Observation) -> Sequence[Json]:
        place = Place(str(path), request.tab or "", 0, observed.columns, {})
        state = _new_state(request, place, in_force, workspace)
        store = cast("Store", WithBinding(workspace.store, state))
        every: dict[str, int | None] = dict.fromkeys(("deletions", "blanked", "empty", "undone", "ids"))
        context = context_of(
            workspace, state, ShownOnly(observed), in_force, store=store, allowed=every, on_step=lambda _: None
        )
        report = sync_sheet(context, is_dry=True)
        described = describe(workspace, report.held)
        letters = observed.addresses
        return [
            cast(
                "Json",
                {
                    **item_json(d, lang),
                    "name": request.name,
                    "column": observed.columns.get(d.item.field) if d.item.field else None,
                    "cell": f"{letters[name]}{d.item.position}" if (name := blamed(d.item) or "") in letters else None,
                },
            )
            for d in described
        ]

    file = sheet_file(workspace, path)
    written = written_path(workspace.config, request.path)
    if is_csv(path):
        return plan_csv(
            file,
            schema,
            holds,
            name=request.name,
            table=request.table,
            path=written,
            mapping=request.mapping,
            header_row=request.header_row,
        )
    return plan_xlsx(
        file,
        schema,
        holds,
        name=request.name,
        table=request.table,
        path=written,
        tab=request.tab,
        mapping=request.mapping,
        header_row=request.header_row,
        anew=request.is_anew,
        known=_own_bindings(workspace, request),
    )


def _own_bindings(workspace: Workspace, request: BindRequest) -> list[str]:
    """Give the ids of the other bindings of this very file: their stamps stand there by right.

    `GuardError('bind.other_role')` where one has another role: who reads a file reads all of its tabs.
    """
    own = [
        state
        for name, entry in workspace.config.sheets.items()
        if entry.file is not None and name != request.name and entry.file.resolve() == request.path.resolve()
        for state in [workspace.store.binding(name)]
        if state is not None
    ]
    for state in own:
        if state.role != request.role:
            raise GuardError(
                "bind.other_role",
                name=state.name,
                bound=state.role or "",
                role=request.role or "",
                file=request.path.name,
            )
    return [state.id for state in own]


def _check_name(workspace: Workspace, request: BindRequest) -> None:
    name = request.name
    if not name.strip() or name != name.strip() or not name.isprintable() or name.startswith("-"):
        raise UserError("bind.name_wrong", name=name)
    if not request.is_anew and workspace.store.binding(request.name) is not None:
        raise UserError("bind.name_taken", name=request.name)


def carry_out(workspace: Workspace, request: BindRequest, plan: BindingPlan) -> BindingState:
    """Bind as planned. The file goes first: were it cut there, the workbook says so, and binding anew repairs it."""
    schema = workspace.take_up(request.table).schema
    in_force = in_force_of(workspace, request.table, request.role)
    with lease(workspace.private / "leases", file_key(request.path), request.name):
        if request.creates and not request.path.exists():
            replace_file(request.path, _new_workbook(workspace, request))
        state = _new_state(request, plan.place, in_force, workspace)
        state = replace(state, stamp=f"{workspace.store.epoch}:{state.id}:{new_word()}")
        file = sheet_file(workspace, request.path)
        file.check_writable()
        renumbers = schema.business_key if request.renumbers else None
        known = None if is_csv(request.path) or request.renumbers else _last_known(workspace, state, file, plan)
        if known is not None:
            state = _as_known(state, known)
        if is_csv(request.path):
            bind_csv(file, schema, plan, renumbers=renumbers)
        else:
            lang = workspace.config.language
            bind_xlsx(
                file,
                schema,
                plan,
                binding=state.id,
                stamp=state.stamp,
                lang=lang,
                keeps_ids=known is not None,
                renumbers=renumbers,
            )
        if workspace.store.binding(request.name) is not None:
            workspace.store.drop_binding(request.name)
        workspace.store.save_binding(state)
        entry = SheetEntry(request.name, request.table, request.path, None, plan.place.tab or None, request.role)
        save_sheet(workspace.config, entry)
    return state


def _last_known(workspace: Workspace, state: BindingState, file: SheetFile, plan: BindingPlan) -> BindingState | None:
    """Give what the store knows of the write that the workbook bears the stamp of, where it was of this table and role."""
    borne = stamps(read_stamps(XlsxWorkbook.open(file.read().data, file.name)))
    for other in plan.other_stamps:
        known = workspace.store.revision_of(other, borne[other])
        is_present = borne[other].startswith(f"{workspace.store.epoch}:")
        if known is not None and is_present and (known.table, known.role) == (state.table, state.role):
            return known
    return None


def _as_known(state: BindingState, known: BindingState) -> BindingState:
    """Let a new binding start from what its workbook was shown under another one; open items are that one's."""
    overlay = Overlay(
        {row: {n: replace(cell, item=None) for n, cell in cells.items()} for row, cells in known.overlay.cells.items()},
        {row: replace(shown, item=None) for row, shown in known.overlay.rows.items()},
        behind=known.overlay.behind,
    )
    return replace(
        state,
        base=known.base,
        rule_version=known.rule_version,
        schema_version=known.schema_version,
        fields=known.fields,
        overlay=overlay,
    )


def unbind(workspace: Workspace, name: str) -> bool:
    """Undo a binding and say whether its file was there to be cleaned: id column and stamp go, the contents stay."""
    entry = workspace.config.sheets.get(name)
    state = workspace.store.binding(name)
    if entry is None and state is None:
        raise UserError("sheet.unknown", name=name, known=list(workspace.config.sheets))
    is_cleaned = False
    if entry is not None and state is not None and entry.file is not None:
        is_cleaned = _clean_file(workspace, entry, state)
    if state is not None:
        workspace.store.drop_binding(name)
    remove_sheet(workspace.config, name)
    return is_cleaned


def _clean_file(workspace: Workspace, entry: SheetEntry, state: BindingState) -> bool:
    schema: TableSchema = workspace.schema(state.table)
    try:
        path = located(workspace, entry, state)
    except UserError:
        return False
    with lease(workspace.private / "leases", file_key(path), entry.name):
        file = sheet_file(workspace, path)
        file.check_writable()
        if is_csv(path):
            unbind_csv(file, Place.from_json(state.place))
        else:
            unbind_xlsx(file, schema, Place.from_json(state.place), binding=state.id)
    return True
