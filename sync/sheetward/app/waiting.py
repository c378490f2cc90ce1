"""A person settles what waits: which table an item belongs to, and a typed value's meaning, are found here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sheetward.app.items import Described, describe
from sheetward.app.rules import in_force_rule
from sheetward.app.words import new_word
from sheetward.app.workspace import Workspace
from sheetward.cells import MISSING, Cell, Missing, RawCell, State, value_of
from sheetward.engine import Choice, LazyKeys, SettlingDesk, accept, acknowledge, drop, resolve
from sheetward.errors import SheetwardError, UserError
from sheetward.merge.choice import choices_for
from sheetward.merge.items import Item, ItemKind
from sheetward.plan.choices import read_value
from sheetward.ports.store import Commit
from sheetward.sheets.canonical import region_field, region_of


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one item: its outcome and commit, or the trouble that kept it."""

    id: str
    outcome: str = ""
    commit: str | None = None
    error: SheetwardError | None = None


def waiting(
    workspace: Workspace, kind: ItemKind, *, sheet: str | None = None, field: str | None = None, by: str | None = None
) -> list[Described]:
    """Give the open items of a kind, oldest first, as far as they fit. `UserError('sheet.unknown')`."""
    binding = None
    if sheet is not None:
        state = workspace.store.binding(sheet)
        if state is None:
            raise UserError("sheet.unknown", name=sheet, known=[b.name for b in workspace.store.bindings()])
        binding = state.id
    items = [
        item
        for item in workspace.store.items(kind=kind, binding=binding)
        if (field is None or item.field == field) and (by is None or item.by == by)
    ]
    return describe(workspace, items)


def picked(
    workspace: Workspace,
    choice: Choice,
    *,
    sheet: str | None = None,
    cell: str | None = None,
    field: str | None = None,
    by: str | None = None,
) -> list[Described]:
    """Give the open conflicts of a cell, a column or a person that a choice can settle.

    `UserError`: `conflict.cell_of_which` for a cell without its sheet, `conflict.none_there` where none fits.
    """
    if cell is not None and sheet is None:
        raise UserError("conflict.cell_of_which", cell=cell)
    found = [
        one
        for one in waiting(workspace, ItemKind.CONFLICT, sheet=sheet, field=field, by=by)
        if choice in choices_for(one.item) and (cell is None or one.cell == cell.replace("$", "").upper())
    ]
    if not found:
        raise UserError("conflict.none_there")
    return found


def one(workspace: Workspace, identity: str, kind: ItemKind) -> Item:
    """Give an item, open or settled. `UserError`: `conflict.unknown`, `held.unknown`, `rejected.unknown`."""
    item = workspace.store.item(identity)
    if item is None or item.kind is not kind:
        raise UserError(f"{kind.value}.unknown", id=identity)
    return item


def follower_of(workspace: Workspace, item: Item) -> Item | None:
    """Give the conflict that took the place of a superseded one: the next about the same cell of the same sheet."""
    if item.outcome != "superseded":
        return None
    known = workspace.store.items(kind=ItemKind.CONFLICT, binding=item.binding, is_open=None)
    later = [
        other
        for other in known
        if (other.row, other.field) == (item.row, item.field)
        and other.id != item.id
        and other.opened is not None
        and item.closed is not None
        and other.opened >= item.closed
    ]
    return min(later, key=lambda other: str(other.opened)) if later else None


def _desk(workspace: Workspace, table: str, reason: str = "") -> SettlingDesk:
    schema = workspace.schema(table)
    return SettlingDesk(
        store=workspace.store,
        schema=schema,
        checker=workspace.validator(table),
        clock=workspace.clock,
        today=workspace.today,
        author=workspace.author,
        new_word=new_word,
        known=LazyKeys(workspace.known(table)),
        rule_of=lambda role: in_force_rule(workspace.store, table, role, schema),
        reason=reason,
    )


def _typed(workspace: Workspace, item: Item, text: str) -> Cell:
    """Give the meaning of a value typed for a conflict's cell. `UserError('conflict.value')` where it has none."""
    schema = workspace.schema(item.table)
    field = schema.by_name.get(item.field or "")
    if field is None:
        raise UserError("conflict.choice", id=item.id, choices=["keep", "delete"])
    source = region_field(schema, field.name)
    region = None
    if source is not None:
        row = workspace.store.rows(item.table, (source,), [item.row]).rows.get(item.row)
        region = None if row is None else region_of(row[0])
    reading = read_value(schema, field.name, RawCell(State.TEXT, text), region)
    if not reading.is_settled:
        raise UserError("conflict.value", id=item.id, field=field.name, value=text, code=reading.code)
    return value_of(reading.cell)


def _each(ids: Sequence[str], outcome: str, settle: Callable[[str], Commit | None]) -> list[Settled]:
    """Settle one after the other; a trouble with one does not keep the others."""
    done: list[Settled] = []
    for identity in ids:
        try:
            commit = settle(identity)
            done.append(Settled(identity, outcome, commit.id if commit else None))
        except SheetwardError as problem:
            done.append(Settled(identity, error=problem))
    return done


def resolve_all(
    workspace: Workspace, ids: Sequence[str], choice: Choice, text: str | None, reason: str = ""
) -> list[Settled]:
    """Settle conflicts one after the other; a trouble with one does not keep the others."""

    def settle(identity: str) -> Commit | None:
        item = one(workspace, identity, ItemKind.CONFLICT)
        value: Cell | Missing = MISSING if text is None else _typed(workspace, item, text)
        return resolve(_desk(workspace, item.table, reason), identity, choice, value)

    return _each(ids, choice.value, settle)


def accept_all(workspace: Workspace, ids: Sequence[str]) -> list[Settled]:
    """Let held rows and cells in as they were typed."""

    def settle(identity: str) -> Commit | None:
        return accept(_desk(workspace, one(workspace, identity, ItemKind.HELD).table), identity)

    return _each(ids, "accepted", settle)


def drop_all(workspace: Workspace, ids: Sequence[str]) -> list[Settled]:
    """Give held rows and cells up."""

    def settle(identity: str) -> None:
        drop(_desk(workspace, one(workspace, identity, ItemKind.HELD).table), identity)

    return _each(ids, "dropped", settle)


def acknowledge_all(workspace: Workspace, ids: Sequence[str]) -> list[Settled]:
    """Close rejections that their person has seen."""

    def settle(identity: str) -> None:
        acknowledge(_desk(workspace, one(workspace, identity, ItemKind.REJECTED).table), identity)

    return _each(ids, "acked", settle)
