"""Who may see what, checked and explained; and what a changed rule does to each sheet, before it is in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sheetward.app.items import keys_of
from sheetward.app.rules import in_force_rule, mistake_facts, written_rule
from sheetward.app.workspace import Workspace
from sheetward.config import SheetEntry
from sheetward.errors import GuardError, UserError
from sheetward.ports.store import BindingState
from sheetward.sharing import Rule, RuleDifference, rule_difference, rule_for
from sheetward.sharing.roles import TABLES


@dataclass(frozen=True)
class RoleOnTable:
    """A role's rule on a table. `rule` is `None` where its mistakes make it void; `version` 0 where none is in force."""

    role: str
    table: str
    rule: Rule | None
    mistakes: tuple[dict[str, object], ...]
    version: int
    is_waiting: bool


def roles_on_tables(workspace: Workspace) -> list[RoleOnTable]:
    """Give every role on each table that it speaks of: those of its sheets, those it names, else where it holds."""
    return [
        _role_on(workspace, role, table) for role in workspace.config.roles for table in _tables_of(workspace, role)
    ]


def _tables_of(workspace: Workspace, role: str) -> list[str]:
    written = workspace.config.roles[role]
    if isinstance(written, dict) and isinstance(written.get(TABLES), dict):
        return [table for table in workspace.config.tables if table in written[TABLES]]  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue]
    used = [e.table for e in workspace.config.sheets.values() if e.role == role]
    if used:
        return [table for table in workspace.config.tables if table in used]
    whole = [
        t
        for t in workspace.config.tables
        if rule_for(workspace.config_for(t).roles, role, t, workspace.schema(t), {})[0]
    ]
    return whole or list(workspace.config.tables)[:1]


def _role_on(workspace: Workspace, role: str, table: str) -> RoleOnTable:
    rule, mistakes = rule_for(workspace.config_for(table).roles, role, table, workspace.schema(table), {})
    kept = workspace.store.rule(table, role)
    is_waiting = kept is not None and rule is not None and kept[1] != rule.data
    facts = tuple({**mistake_facts(m), "is_notice": m.is_notice} for m in mistakes)
    return RoleOnTable(role, table, rule, facts, kept[0] if kept else 0, is_waiting)


@dataclass(frozen=True)
class RoleChange:
    """What applying the settings does to one sheet. `role` is the one it gets, `old_role` the one it has."""

    state: BindingState
    role: str | None
    old_role: str | None
    old: Rule
    new: Rule
    difference: RuleDifference
    rows_lost: tuple[str, ...]
    rows_gained: tuple[str, ...]


def role_changes(workspace: Workspace) -> list[RoleChange]:
    """Give what the settings would change, sheet by sheet.

    `UserError('role.wrong')` where a rule has mistakes; `GuardError('bind.other_role')` where two tabs of one file would
    have different roles: who reads a file reads all of its tabs.
    """
    changes: list[RoleChange] = []
    for entry in workspace.config.sheets.values():
        _check_tabs(workspace, entry)
        state = workspace.store.binding(entry.name)
        change = None if state is None else _change(workspace, entry, state)
        if change is not None:
            changes.append(change)
    return changes


def _check_tabs(workspace: Workspace, entry: SheetEntry) -> None:
    for other in workspace.config.sheets.values():
        if entry.file is None or other.file is None or other.role == entry.role or entry.name >= other.name:
            continue
        if entry.file.resolve() == other.file.resolve():
            roles = {"bound": other.role or "", "role": entry.role or ""}
            raise GuardError("bind.other_role", name=other.name, file=entry.file.name, **roles)


def _change(workspace: Workspace, entry: SheetEntry, state: BindingState) -> RoleChange | None:
    schema = workspace.schema(state.table)
    if entry.role is None and (workspace.config.roles or state.role is not None):
        raise UserError("share.no_role", table=state.table, known=list(workspace.config.roles))
    old = in_force_rule(workspace.store, state.table, state.role, schema)
    new = written_rule(workspace.config_for(state.table), entry.role, state.table, schema)
    if entry.role == state.role and (old is None or old.data == new.data):
        return None
    before = old or new
    table = workspace.store.read(state.table, schema.field_names)
    difference = rule_difference(before, new, table)
    keys = keys_of(workspace, state.table, (*difference.rows_lost, *difference.rows_gained))
    return RoleChange(
        state,
        entry.role,
        state.role,
        before,
        new,
        difference,
        tuple(sorted(keys.get(row, row) for row in difference.rows_lost)),
        tuple(sorted(keys.get(row, row) for row in difference.rows_gained)),
    )


def apply_changes(workspace: Workspace, changes: Sequence[RoleChange], reason: str) -> None:
    """Put changed rules in force. What each sheet was shown stays on record, as an older version of its role's rule."""
    for change in changes:
        if change.role is None:
            continue
        table, note = change.state.table, workspace.note("share", reason)
        if change.role != change.old_role:
            # The sheet was shown the old role's view: that is recorded under the new role, so that the next sync
            # knows it for what it was.
            shown = workspace.store.save_rule(table, change.role, change.old.data, note)
            state = replace(change.state, number=change.state.number + 1, role=change.role, rule_version=shown)
            workspace.store.save_binding(state)
        workspace.store.save_rule(table, change.role, change.new.data, workspace.note("share", reason))
