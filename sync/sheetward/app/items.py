"""What waits for a person, described: with the row's key, the header and the cell as people see them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sheetward.app.json_cells import cell_json, row_json
from sheetward.app.rules import in_force_rule
from sheetward.app.workspace import Workspace
from sheetward.cells import Cell, plain_text, typed_text, value_of
from sheetward.merge.items import Item, ItemKind
from sheetward.messages import Lang, render
from sheetward.plan.expect import aligned
from sheetward.ports.store import BindingState
from sheetward.sharing import EVERYTHING, Access
from sheetward.sheets.place import Place
from sheetward.table import RowId
from sheetward.xlsx.areas import column_letters


@dataclass(frozen=True, slots=True)
class Described:
    """An item with what people call it: the sheet's name, the row's key, the header, the cell's address.

    `headers` is field to the text above its column, for the fields that have a column in the sheet.
    """

    item: Item
    name: str
    key: str | None
    column: str | None
    cell: str | None
    is_new: bool = False
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])


def keys_of(workspace: Workspace, table: str, rows: Iterable[RowId]) -> Mapping[RowId, str]:
    """Give the business keys of rows, today's or the last ones they had."""
    field = workspace.schema(table).business_key
    ids = list(dict.fromkeys(rows))
    if field is None or not ids:
        return {}
    found = {
        row: plain_text(value_of(cells[0])) for row, cells in workspace.store.rows(table, (field,), ids).rows.items()
    }
    gone = workspace.store.deleted(table, [row for row in ids if row not in found])
    found |= {row: plain_text(value_of(cells.get(field))) for row, cells in gone.items()}
    return {row: key for row, key in found.items() if key}


def describe(workspace: Workspace, items: Sequence[Item], new: frozenset[str] = frozenset()) -> list[Described]:
    """Describe items of any tables and sheets, each row by the number that the sheet's own reader knows it by."""
    bindings = {state.id: state for state in workspace.store.bindings()}
    groups = dict.fromkeys((item.binding, item.table) for item in items if item.table in workspace.config.tables)
    keys = {
        (binding, table): _keys_for(
            workspace, bindings.get(binding), table, [i.row for i in items if (i.binding, i.table) == (binding, table)]
        )
        for binding, table in groups
    }
    return [
        _described(workspace, item, bindings.get(item.binding), keys.get((item.binding, item.table), {}), new)
        for item in items
    ]


def _keys_for(
    workspace: Workspace, state: BindingState | None, table: str, rows: Sequence[RowId]
) -> Mapping[RowId, str]:
    """Give the business keys of those rows that the sheet's reader may see, if they may see keys at all."""
    schema = workspace.schema(table)
    rule = None if state is None else in_force_rule(workspace.store, table, state.role, schema)
    if rule is None or rule is EVERYTHING:
        return keys_of(workspace, table, rows)
    if rule.access(schema.business_key or "") not in (Access.WRITE, Access.READ):
        return {}
    fields = schema.field_names
    known = dict(workspace.store.rows(table, fields, rows).rows)
    for row, cells in workspace.store.deleted(table, [row for row in rows if row not in known]).items():
        known[row] = aligned(cells, fields)
    return keys_of(workspace, table, [row for row, cells in known.items() if rule.shows(fields, cells)])


def _described(
    workspace: Workspace,
    item: Item,
    state: BindingState | None,
    keys: Mapping[RowId, str],
    new: frozenset[str],
) -> Described:
    place = Place.from_json(state.place) if state is not None and state.place else None
    column = place.headers.get(item.field) if place and item.field is not None else None
    number = place.columns.get(blamed(item) or "") if place else None
    cell = f"{column_letters(number)}{item.position}" if number and item.position else None
    name = state.name if state is not None else item.binding
    key = keys.get(item.row) or _typed_key(workspace, item)
    headers = place.headers if place else dict[str, str]()
    return Described(item, name, key, column or item.field, cell, item.id in new, headers)


def blamed(item: Item) -> str | None:
    """Give the field whose cell an item is about; for a row that is held as a whole, the one that is wrong."""
    named = item.facts.get("field")
    return item.field or (named if isinstance(named, str) else None)


def _typed_key(workspace: Workspace, item: Item) -> str | None:
    if item.table not in workspace.config.tables:
        return None
    field = workspace.schema(item.table).business_key
    return plain_text(value_of(item.row_cells.get(field or ""))) or cast("str | None", item.facts.get("key"))


def _value(item: Item) -> object:
    """Give what was typed: one value, or the row by field."""
    if item.field is None:
        return row_json(item.row_cells)
    return cell_json(item.sheet)


def item_json(described: Described, lang: Lang) -> dict[str, object]:
    """Give an item in the contract's form: a conflict with its three sides, else the value that was typed."""
    item = described.item
    record: dict[str, object] = {
        "id": item.id,
        "name": described.name,
        "row": item.row or None,
        "key": described.key,
        "column": described.column,
        "field": item.field,
        "position": item.position,
        "table": item.table,
        "code": item.code,
        "message": render(item.code, item.facts, lang),
        "new": described.is_new,
    }
    if item.kind is ItemKind.CONFLICT:
        sides = {"base": cell_json(item.base), "store": cell_json(item.store), "sheet": cell_json(item.sheet)}
        if item.field is None:
            sides["sheet"] = cast("None", row_json(item.row_cells) or None)
        return {**record, "kind": KINDS.get(item.code, item.code), **sides}
    return {**record, "cell": described.cell, "value": _value(item), "by": item.by}


KINDS = {"conflict.cell": "cell", "conflict.delete_modify": "delete/modify", "conflict.left_view": "left_view"}


def shown_text(cell: Cell) -> str:
    """Spell a cell as it was typed."""
    return typed_text(cell) or plain_text(value_of(cell))
