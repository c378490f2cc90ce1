"""A new version of a schema brought into force: what it does to the store, planned first, then one transaction.

A rename writes no value. Cells of a retyped field are read anew, as the sheets will read them; those of a removed field
leave the table and stay in its history. Open items follow their field, or are closed with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from sheetward_schemas import schema_data
from sheetward_schemas.evolve import Evolution

from sheetward.cells import Cell, Json, Missing, value_of
from sheetward.diff import Changeset
from sheetward.merge.items import Item
from sheetward.plan.retype import Retyped, Retyping
from sheetward.ports.store import Applied, CommitNote, SchemaStep, Store, Transaction
from sheetward.table import RowId, Table

REMOVED = "field_removed"
"""The outcome of an item whose field was removed."""


@dataclass(frozen=True)
class SchemaPlan:
    """What bringing a version into force does to one table of the store, as it stood at `head` and `version`.

    `before` and `after` are the table's rows under the old and the new names; `filled` counts the cells of each renamed
    or removed field, by its old name. `opened` are open items about retyped fields, read anew; `closed` those about
    removed ones; `renamed_items` are the ids of those that follow their field to its new name.
    """

    table: str
    head: int
    version: int
    evolution: Evolution
    before: Table
    after: Table
    changes: Changeset
    retyped: Retyped
    filled: Mapping[str, int]
    opened: tuple[Item, ...]
    closed: tuple[Item, ...]
    renamed_items: tuple[str, ...]


def plan_evolution(
    store: Store, table: str, evolution: Evolution, version: int, *, now: dt.datetime, author: str
) -> SchemaPlan:
    """Say what a new version of a table's schema does to the store; nothing is written. `version` is the one in force."""
    old, new = evolution.old, evolution.new
    head = store.head(table)
    before = store.read(table, old.field_names, head)
    # Under the old names nothing is known of new fields; the same rows, column by column, under the new ones.
    places = [before.index.get(evolution.former.get(name, "")) for name in new.field_names]
    rows = {i: tuple(None if p is None else row[p] for p in places) for i, row in before.rows.items()}
    renamed = Table(new.field_names, rows)
    read = Retyping(new, evolution.retyped)
    effect = read.effect(renamed)
    changes = _changes(evolution, before, effect)
    filled = {
        name: sum(1 for cell in before.column(name).values() if value_of(cell) is not None)
        for name in (*evolution.renamed, *evolution.removed)
    }
    items = [item for item in store.items() if item.table == table]
    gone = set(evolution.removed)
    closed = [replace(item, outcome=REMOVED, closed=now, closed_by=author) for item in items if item.field in gone]
    settled = {item.id for item in closed}
    opened = [
        _read_anew(item, evolution, read)
        for item in items
        if item.id not in settled and _is_about(item, {evolution.former[n] for n in evolution.retyped})
    ]
    moved = tuple(item.id for item in items if item.id not in settled and _is_about(item, set(evolution.renamed)))
    return SchemaPlan(
        table,
        head,
        version,
        evolution,
        before,
        read.table(renamed),
        changes,
        effect,
        filled,
        tuple(opened),
        tuple(closed),
        moved,
    )


def _is_about(item: Item, fields: set[str]) -> bool:
    return item.field in fields or bool(fields & item.row_cells.keys())


def _changes(evolution: Evolution, before: Table, effect: Retyped) -> Changeset:
    """Give the cells that move, under the old names: that is how the store is read until the version is in force."""
    changed: dict[RowId, dict[str, tuple[Cell, Cell]]] = {}
    for row_id, cells in effect.changed.items():
        changed[row_id] = {evolution.former[name]: pair for name, pair in cells.items()}
    for name in evolution.removed:
        for row_id, cell in before.column(name).items():
            if cell is not None:
                changed.setdefault(row_id, {})[name] = (cell, None)
    return Changeset(changed=changed)


def _read_anew(item: Item, evolution: Evolution, read: Retyping) -> Item:
    """Give an item whose cells are read as the field is read from now on; its names are still the old ones."""
    today = {old: new for new, old in evolution.former.items()}

    def cell(name: str | None, one: Cell | Missing) -> Cell | Missing:
        return one if isinstance(one, Missing) else read.cell(today.get(name or "", ""), one)

    return replace(
        item,
        base=cell(item.field, item.base),
        store=cell(item.field, item.store),
        sheet=cell(item.field, item.sheet),
        row_cells={name: read.cell(today.get(name, ""), one) for name, one in item.row_cells.items()},
    )


def apply_evolution(store: Store, plan: SchemaPlan, note: CommitNote) -> Applied:
    """Bring a version into force as planned.

    `Stale` where somebody committed since, `SchemaMoved` where another version came in force: nothing was written.
    """
    data = cast("Json", schema_data(plan.evolution.new))
    return store.apply(
        Transaction(
            table=plan.table,
            expected_head=plan.head,
            note=note,
            changes=plan.changes,
            opened=plan.opened,
            closed=plan.closed,
            schema=SchemaStep(plan.version, data, plan.evolution.former),
        )
    )
