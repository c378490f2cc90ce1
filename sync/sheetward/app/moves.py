"""Rows that were carried from one sheet into another that may not see them: for the administrator, never for its reader."""

from __future__ import annotations

from dataclasses import dataclass

from sheetward.app.rules import in_force_rule
from sheetward.app.workspace import Workspace
from sheetward.cells import plain_text, same, value_of
from sheetward.merge.items import Item, ItemKind
from sheetward.ports.store import BindingState
from sheetward.table import RowId


@dataclass(frozen=True, slots=True)
class Move:
    """A held row of a sheet that bears id and number of a row which the sheet may not see. `shown_in` names sheets that may."""

    item: str
    name: str
    table: str
    row: RowId
    key: str
    position: int | None
    shown_in: tuple[str, ...]


def moves(workspace: Workspace) -> list[Move]:
    """Give what waits because somebody cut or copied it out of another sheet.

    The item itself holds only what stands in the reader's own sheet; that the row exists is looked up here.
    """
    bindings = {state.id: state for state in workspace.store.bindings()}
    found = [
        _move(workspace, item, bindings)
        for item in workspace.store.items(kind=ItemKind.HELD)
        if "bears" in item.facts and item.binding in bindings and item.table in workspace.config.tables
    ]
    return [move for move in found if move is not None]


def _move(workspace: Workspace, item: Item, bindings: dict[str, BindingState]) -> Move | None:
    schema = workspace.schema(item.table)
    row_id = RowId(str(item.facts["bears"]))
    row = workspace.store.rows(item.table, schema.field_names, [row_id]).rows.get(row_id)
    key = schema.business_key
    if row is None or key is None:
        return None
    number = row[schema.field_names.index(key)]
    states = [state for state in bindings.values() if state.table == item.table]
    rules = {state.name: in_force_rule(workspace.store, item.table, state.role, schema) for state in states}
    seeing = {name for name, rule in rules.items() if rule is not None and rule.shows(schema.field_names, row)}
    here = bindings[item.binding].name
    if here in seeing or value_of(number) is None or not same(number, item.row_cells.get(key)):
        return None
    key_text = plain_text(value_of(number))
    return Move(item.id, here, item.table, row_id, key_text, item.position, tuple(sorted(seeing)))
