"""What the store keeps, with its fields called otherwise: one direction on the way in, the other on the way out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias, TypeVar, cast

from sheetward.cells import Cell, Json
from sheetward.diff import Changeset
from sheetward.merge.items import Item
from sheetward.plan.overlay import Overlay, OverlayRow
from sheetward.plan.pending import PendingWrite
from sheetward.ports.store import BindingState

T = TypeVar("T")

Rename: TypeAlias = Callable[[str], str | None]
"""A field under its other name; `None` leaves it out."""

_CONNECTIVES = ("all", "any", "not")


def by_field(cells: Mapping[str, T], rename: Rename) -> dict[str, T]:
    """Rename the keys of a mapping."""
    return {new: cell for name, cell in cells.items() if (new := rename(name)) is not None}


def changes(told: Changeset, rename: Rename) -> Changeset:
    """Rename a changeset's fields."""
    return Changeset(
        {row: by_field(cells, rename) for row, cells in told.added.items()},
        {row: by_field(cells, rename) for row, cells in told.removed.items()},
        {row: by_field(cells, rename) for row, cells in told.changed.items()},
    )


def overlay(shown: Overlay, rename: Rename) -> Overlay:
    """Rename an overlay's fields; a row without a cell left is left out."""
    cells = {row: by_field(entries, rename) for row, entries in shown.cells.items()}
    rows = {
        row: OverlayRow(_cells(entry.shown, rename), _cells(entry.base, rename), entry.item, entry.pending)
        for row, entry in shown.rows.items()
    }
    filled = {row: entries for row, entries in cells.items() if entries}
    return replace(shown, cells=filled, rows=rows, columns=by_field(shown.columns, rename))


def _cells(cells: Mapping[str, Cell] | None, rename: Rename) -> Mapping[str, Cell] | None:
    return None if cells is None else by_field(cells, rename)


def binding(state: BindingState, rename: Rename) -> BindingState:
    """Rename what a binding remembers of its columns, its overlay and its pending write."""
    return replace(
        state,
        place=place(state.place, rename),
        fields=tuple(new for name in state.fields if (new := rename(name)) is not None),
        pending=None if state.pending is None else _pending(state.pending, rename),
        overlay=overlay(state.overlay, rename) if state.overlay else state.overlay,
    )


def place(kept: Mapping[str, Json], rename: Rename) -> Mapping[str, Json]:
    """Rename the columns of the place of a sheet."""
    moved: dict[str, Json] = {}
    for key, entry in kept.items():
        if key in ("headers", "columns", "made"):
            moved[key] = by_field(cast("Mapping[str, Json]", entry), rename)
        elif key in ("awaited", "closed"):
            moved[key] = [new for name in cast("list[str]", entry) if (new := rename(name)) is not None]
        else:
            moved[key] = entry
    return moved


def _pending(write: PendingWrite, rename: Rename) -> PendingWrite:
    new_ids = tuple((position, by_field(cells, rename), row) for position, cells, row in write.new_ids)
    return replace(write, new_ids=new_ids)


def item(waiting: Item, rename: Callable[[str], str]) -> Item:
    """Rename what an item is about."""
    facts = dict(waiting.facts)
    if isinstance(facts.get("field"), str):
        facts["field"] = rename(cast("str", facts["field"]))
    if isinstance(facts.get("fields"), list | tuple):
        facts["fields"] = [rename(name) for name in cast("list[str]", facts["fields"])]
    return replace(
        waiting,
        field=None if waiting.field is None else rename(waiting.field),
        row_cells=by_field(waiting.row_cells, rename),
        facts=facts,
    )


def rule(data: Json, rename: Callable[[str], str], is_there: Callable[[str], bool] = lambda _: True) -> Json:
    """Rename the fields that a rule names; columns that are no longer there are left out, conditions never are."""
    if not isinstance(data, dict):
        return data
    moved = dict(data)
    columns = data.get("columns")
    if isinstance(columns, dict):
        moved["columns"] = {rename(name): access for name, access in columns.items() if is_there(name)}
    if "rows" in data:
        moved["rows"] = _condition(data["rows"], rename)
    return moved


def _condition(data: Json, rename: Callable[[str], str]) -> Json:
    if isinstance(data, list):
        return [_condition(part, rename) for part in data]
    if not isinstance(data, dict):
        return data
    return {
        key if key in _CONNECTIVES else rename(key): _condition(part, rename) if key in _CONNECTIVES else part
        for key, part in data.items()
    }
