"""A person settles what waits: conflicts resolved, held rows and cells accepted or dropped, rejections acknowledged.

Settling compares and sets the pair that was shown. The sheet learns of it at its next sync: its overlay then says that
it shows what it shows, so that the settled value is delivered like any other change of the store.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from sheetward_schemas.model import TableSchema

from sheetward.cells import MISSING, Cell, Missing, Value, same, value_of
from sheetward.diff.changeset import Changeset, by_field
from sheetward.engine.column import accepted_column, dropped_column
from sheetward.errors import GuardError, IntegrityError, UserError
from sheetward.merge.choice import CHOICES, NOT_UNIQUE, Choice
from sheetward.merge.items import Item, ItemKind, cell_json, item_id
from sheetward.plan.choices import edits_of
from sheetward.plan.numbers import count_in, next_count
from sheetward.plan.overlay import Overlay, OverlayCell, OverlayRow
from sheetward.plan.shifted import CODE as SHIFTED
from sheetward.plan.situation import Checker
from sheetward.ports.store import BindingState, Clock, Commit, CommitNote, Store, Transaction
from sheetward.sharing import Access, Rule, is_mask
from sheetward.table import Row, RowId


@dataclass(frozen=True)
class Desk:
    """What settling needs: the table's schema and judge, who does it, and a word that makes the commit's id unique."""

    store: Store
    schema: TableSchema
    checker: Checker
    clock: Clock
    today: Callable[[], dt.date]
    author: str
    new_word: Callable[[], str]
    known: Mapping[str, Collection[Value]]
    rule_of: Callable[[str | None], Rule | None]
    """Gives the rule in force for a role, `None` where there is none: then its sheet shows nothing."""
    reason: str = ""
    head: int = 0
    """The table's head before anything was read: what is recorded is refused where it moved. `at_head` sets it."""

    def at_head(self, table: str) -> Desk:
        """Give the desk with the head that everything read from now on is compared with."""
        return replace(self, head=self.store.head(table))


def open_item(store: Store, identity: str, kind: ItemKind) -> Item:
    """Give an open item; `GuardError('item.settled')` where it was settled or refreshed, `UserError` where unknown."""
    item = store.item(identity)
    if item is None or item.kind is not kind:
        raise UserError(f"{kind.value}.unknown", id=identity)
    if item.outcome:
        raise GuardError("item.settled", id=identity, outcome=item.outcome)
    return item


def resolve(desk: Desk, identity: str, choice: Choice, value: Cell | Missing = MISSING) -> Commit | None:
    """Settle a conflict; give the commit where the store changed.

    `GuardError('conflict.refreshed')` where the store moved meanwhile: the conflict is opened anew under another id;
    `item.out_of_view` where the sheet's reader may not see what the store has now.
    `UserError('conflict.choice')` where the choice does not fit, `conflict.invalid` where the value breaks the schema.
    """
    item = open_item(desk.store, identity, ItemKind.CONFLICT)
    desk = desk.at_head(item.table)
    if choice not in CHOICES[item.code]:
        raise UserError("conflict.choice", id=identity, choices=sorted(c.value for c in CHOICES[item.code]))
    state = _binding_of(desk.store, item)
    if item.code == "conflict.cell":
        return _resolve_cell(desk, state, item, choice, value)
    if item.code == "conflict.left_view":
        return _resolve_left_view(desk, state, item, choice)
    return _resolve_row(desk, state, item, choice)


def _resolve_cell(desk: Desk, state: BindingState, item: Item, choice: Choice, value: Cell | Missing) -> Commit | None:
    name = item.field or ""
    rows = desk.store.rows(item.table, desk.schema.field_names, [item.row])
    row = rows.rows.get(item.row)
    if row is None:
        raise GuardError("conflict.refreshed", id=item.id, new=None)
    now = rows.cell(item.row, name)
    if not same(now, item.store):
        _check_seen(desk, state, item, rows.fields, row)
        fresh = _refreshed(desk, item, now)
        raise GuardError("conflict.refreshed", id=item.id, new=fresh)
    picked = {Choice.BASE: item.base, Choice.STORE: now, Choice.SHEET: item.sheet}.get(choice, value)
    if isinstance(picked, Missing):
        raise UserError("conflict.choice", id=item.id, choices=["store", "sheet", "value"])
    changes = Changeset()
    if not same(picked, now):
        changes = Changeset(changed={item.row: {name: (now, picked)}})
        _judge(desk, rows.fields, row, {name: picked}, item)
    shown = item.sheet if not isinstance(item.sheet, Missing) else None
    overlay = _with_cell(state.overlay, item.row, name, OverlayCell(shown, shown))
    return _record(desk, state, item, changes, overlay, choice.value)


def _check_seen(desk: Desk, state: BindingState, item: Item, fields: tuple[str, ...], row: Row) -> None:
    """Refuse to open a conflict about a value of the store that the sheet's reader may not see.

    The sheet has not followed yet: its next sync takes the cell away and keeps what was typed for an administrator.
    """
    rule = desk.rule_of(state.role)
    is_readable = rule is not None and rule.access(item.field or "") in (Access.WRITE, Access.READ)
    if rule is None or not is_readable or not rule.shows(fields, row):
        raise GuardError("item.out_of_view", id=item.id, name=state.name)


def _refreshed(desk: Desk, item: Item, now: Cell) -> str:
    """Open a conflict anew about the pair as it is now."""
    return _become_conflict(desk, item, item.base, now)


def _become_conflict(desk: Desk, item: Item, base: Cell | Missing, now: Cell) -> str:
    """Close an item about a cell and open a conflict about its three sides as they are now; give that one's id."""
    kind, code = ItemKind.CONFLICT, "conflict.cell"
    sides = [cell_json(base), cell_json(now), cell_json(item.sheet), code, ""]
    identity = item_id(kind, item.binding, item.row, item.field, *sides)
    facts: Mapping[str, object] = item.facts if item.kind is kind else {}
    fresh = replace(item, id=identity, kind=kind, code=code, facts=facts, base=base, store=now, opened=desk.clock.now())
    state = _binding_of(desk.store, item)
    cell = state.overlay.cells.get(item.row, {}).get(item.field or "")
    overlay = state.overlay
    if cell is not None:
        overlay = _with_cell(overlay, item.row, item.field or "", replace(cell, item=identity))
    _apply(desk, state, Changeset(), overlay, opened=(fresh,), closed=(_settled(desk, item, "superseded"),))
    return identity


def _judge(desk: Desk, fields: tuple[str, ...], row: Row, edits: Mapping[str, Cell], item: Item) -> None:
    """Refuse a value that breaks the schema: it must not enter by this door either."""
    result = tuple(edits.get(name, cell) for name, cell in zip(fields, row, strict=True))
    findings = desk.checker.check_rows(fields, [(item.row, result)], today=desk.today(), known=desk.known)
    broken = [f for f in findings if f.severity == "error" and any(name in edits for name in f.reads)]
    unique = {f.name for f in desk.schema.fields if f.constraints.unique} | set(desk.schema.primary_key)
    unique |= {name for names in desk.schema.unique_keys for name in names}
    if not broken and unique & edits.keys():
        table = desk.store.read(item.table, fields)
        rows: list[tuple[str, Row]] = [(i, result if i == item.row else r) for i, r in table.rows.items()]
        if item.row not in table.rows:
            rows.append((item.row, result))
        broken = [f for f in desk.checker.check_unique(fields, rows) if f.row == item.row]
    if broken:
        first = broken[0]
        raise UserError("conflict.invalid", id=item.id, field=first.field, code=first.code, **dict(first.facts))


def _resolve_left_view(desk: Desk, state: BindingState, item: Item, choice: Choice) -> Commit | None:
    changes = Changeset()
    if choice is Choice.SHEET:
        rows = desk.store.rows(item.table, desk.schema.field_names, [item.row])
        row = rows.rows.get(item.row)
        if row is None:
            raise GuardError("conflict.refreshed", id=item.id, new=None)
        edits = dict(item.row_cells)
        _judge(desk, rows.fields, row, edits, item)
        changed = {n: (rows.cell(item.row, n), c) for n, c in edits.items() if not same(rows.cell(item.row, n), c)}
        changes = Changeset(changed={item.row: changed}) if changed else Changeset()
    return _record(desk, state, item, changes, state.overlay, choice.value)


def _resolve_row(desk: Desk, state: BindingState, item: Item, choice: Choice) -> Commit | None:
    """Settle `delete/modify`: the row stays on both sides, or goes on both."""
    rows = desk.store.rows(item.table, desk.schema.field_names, [item.row])
    row = rows.rows.get(item.row)
    deleted_in_sheet = item.facts.get("deleted") == "sheet"
    if deleted_in_sheet != (row is not None):
        raise GuardError("conflict.refreshed", id=item.id, new=None)
    entry = state.overlay.rows.get(item.row)
    shown = None if entry is None else entry.shown
    changes = Changeset()
    if deleted_in_sheet and row is not None:
        overlay = _with_row(state.overlay, item.row, OverlayRow(None, None))
        if choice is Choice.DELETE:
            if _has_moved(desk, item, state.base):
                raise GuardError("conflict.refreshed", id=item.id, new=None)
            changes = Changeset(removed={item.row: by_field(rows.fields, row)})
        return _record(desk, state, item, changes, overlay, choice.value)
    overlay = _with_row(state.overlay, item.row, OverlayRow(shown, shown))
    if choice is Choice.KEEP:
        last = desk.store.deleted(item.table, [item.row]).get(item.row, {})
        typed = edits_of(item.row_cells, None if entry is None else entry.base)
        cells = {n: c for n, c in {**last, **typed}.items() if value_of(c) is not None}
        _judge(desk, rows.fields, tuple(cells.get(n) for n in rows.fields), cells, item)
        changes = Changeset(added={item.row: cells})
    return _record(desk, state, item, changes, overlay, choice.value)


def _has_moved(desk: Desk, item: Item, since: int) -> bool:
    """Say whether the store's row moved since a commit: nobody who settles has seen what it is now."""
    return bool(desk.store.changes(item.table, since, desk.head, rows={item.row}))


def accept(desk: Desk, identity: str) -> Commit | None:
    """Let a held row, cell or column into the table as it was typed; what must be unique still must be.

    `GuardError`: `held.moved` where the store has another value than the one that was typed over, which is a conflict
    from then on (`item.out_of_view` where the sheet's reader may not see that value); `held.row_moved` where a row that
    was pasted over was changed meanwhile.
    """
    item = open_item(desk.store, identity, ItemKind.HELD)
    desk = desk.at_head(item.table)
    state = _binding_of(desk.store, item)
    if item.code in NOT_UNIQUE:
        raise UserError("held.not_unique", id=identity)
    if item.code == "identity.pasted_over":
        return _accept_covered(desk, state, item)
    if item.code == SHIFTED:
        return _record(desk, state, item, *_accepted_column(desk, state, item), "accepted")
    rows = desk.store.rows(item.table, desk.schema.field_names, [item.row])
    counters: dict[str, tuple[int, int]] = {}
    if item.field is None:
        cells = {n: c for n, c in item.row_cells.items() if value_of(c) is not None and n in desk.schema.by_name}
        cells = {n: c for n, c in cells.items() if not is_mask(c)}
        counters = _generate(desk, item, cells)
        _check_unique(desk, item, cells)
        shown = {**item.row_cells}
        overlay = _with_row(state.overlay, item.row, OverlayRow(shown, shown))
        changes = Changeset(added={item.row: cells})
    else:
        if item.row not in rows.rows or isinstance(item.sheet, Missing):
            raise GuardError("item.settled", id=identity, outcome="gone")
        was = rows.cell(item.row, item.field)
        entry = state.overlay.cells.get(item.row, {}).get(item.field)
        if entry is not None and not same(was, entry.base):
            _check_seen(desk, state, item, rows.fields, rows.rows[item.row])
            raise GuardError("held.moved", id=identity, new=_become_conflict(desk, item, entry.base, was))
        _check_unique(desk, item, {**by_field(rows.fields, rows.rows[item.row]), item.field: item.sheet})
        changes = Changeset(changed={item.row: {item.field: (was, item.sheet)}})
        overlay = _with_cell(state.overlay, item.row, item.field, OverlayCell(item.sheet, item.sheet))
    return _apply(desk, state, changes, overlay, closed=(_settled(desk, item, "accepted"),), counters=counters)


def _generate(desk: Desk, item: Item, cells: dict[str, Cell]) -> dict[str, tuple[int, int]]:
    """Give a row that is let in what the schema generates, as a new row gets it; give the counters that moved."""
    counters: dict[str, tuple[int, int]] = {}
    for spec in desk.schema.fields:
        kind = None if spec.auto is None else spec.auto.get("kind")
        if kind == "today":
            cells.setdefault(spec.name, desk.today())
        if kind != "sequence":
            continue
        shape = str((spec.auto or {}).get("format", "{}"))
        was = desk.store.counter(item.table, spec.name)
        if spec.name in cells:
            now = max(was, count_in(shape, value_of(cells[spec.name])))
        else:
            column = desk.store.read(item.table, (spec.name,)).rows.values()
            held = desk.store.items(kind=ItemKind.HELD)
            used = {value_of(row[0]) for row in column} | {value_of(i.row_cells.get(spec.name)) for i in held}
            now = next_count(shape, was, used)
            cells[spec.name] = shape.format(now)
        if now != was:
            counters[spec.name] = (was, now)
    return counters


def _check_unique(desk: Desk, item: Item, cells: Mapping[str, Cell]) -> None:
    """Refuse a row that would repeat what must be unique, as the table is now."""
    table = desk.store.read(item.table, desk.schema.field_names)
    rows: list[tuple[str, Row]] = [(i, row) for i, row in table.rows.items() if i != item.row]
    rows.append((item.row, tuple(cells.get(name) for name in table.fields)))
    if any(finding.row == item.row for finding in desk.checker.check_unique(table.fields, rows)):
        raise UserError("held.not_unique", id=item.id)


def _accepted_column(desk: Desk, state: BindingState, item: Item) -> tuple[Changeset, Overlay]:
    table = desk.store.read(item.table, desk.schema.field_names)
    return accepted_column(table, state.overlay, item, desk.schema, desk.checker, desk.today(), desk.known)


def _accept_covered(desk: Desk, state: BindingState, item: Item) -> Commit | None:
    """Delete the row that was pasted over: that is what was meant, of the row as it was then."""
    if item.opened is not None and _has_moved(desk, item, desk.store.commit_at(item.table, item.opened)):
        raise GuardError("held.row_moved", id=item.id)
    rows = desk.store.rows(item.table, desk.schema.field_names, [item.row])
    removed = {row_id: by_field(rows.fields, row) for row_id, row in rows.rows.items()}
    overlay = _with_row(state.overlay, item.row, OverlayRow(None, None))
    return _record(desk, state, item, Changeset(removed=removed), overlay, "accepted")


def drop(desk: Desk, identity: str) -> None:
    """Give up a held row, cell or column: the next sync puts the sheet back to what the table says."""
    item = open_item(desk.store, identity, ItemKind.HELD)
    desk = desk.at_head(item.table)
    state = _binding_of(desk.store, item)
    if item.code == "identity.pasted_over":
        overlay = _with_row(state.overlay, item.row, OverlayRow(None, None))
    elif item.code == SHIFTED:
        overlay = dropped_column(state.overlay, item)
    elif item.field is None:
        shown = dict(item.row_cells)
        overlay = _with_row(state.overlay, item.row, OverlayRow(shown, shown))
    else:
        typed = None if isinstance(item.sheet, Missing) else item.sheet
        overlay = _with_cell(state.overlay, item.row, item.field, OverlayCell(typed, typed))
    _record(desk, state, item, Changeset(), overlay, "dropped")


def acknowledge(desk: Desk, identity: str) -> None:
    """Close a rejection that its person has seen."""
    item = open_item(desk.store, identity, ItemKind.REJECTED)
    desk.store.close_items([_settled(desk, item, "acked")])


def _binding_of(store: Store, item: Item) -> BindingState:
    for state in store.bindings():
        if state.id == item.binding:
            return state
    raise IntegrityError("item.no_binding", id=item.id)


def _settled(desk: Desk, item: Item, outcome: str) -> Item:
    now = desk.clock.now()
    return replace(item, outcome=outcome, closed=max(now, item.opened or now), closed_by=desk.author)


def _with_cell(overlay: Overlay, row: RowId, name: str, cell: OverlayCell) -> Overlay:
    cells = {**overlay.cells, row: {**overlay.cells.get(row, {}), name: cell}}
    return replace(overlay, cells=cells)


def _with_row(overlay: Overlay, row: RowId, shown: OverlayRow) -> Overlay:
    return replace(overlay, rows={**overlay.rows, row: shown})


def _record(
    desk: Desk, state: BindingState, item: Item, changes: Changeset, overlay: Overlay, outcome: str
) -> Commit | None:
    return _apply(desk, state, changes, overlay, closed=(_settled(desk, item, outcome),))


def _apply(
    desk: Desk,
    state: BindingState,
    changes: Changeset,
    overlay: Overlay,
    *,
    opened: tuple[Item, ...] = (),
    closed: tuple[Item, ...] = (),
    counters: Mapping[str, tuple[int, int]] = MappingProxyType({}),
) -> Commit | None:
    """Record in one transaction; the sheet's base stays, and its file must be looked at again (`revision` is emptied)."""
    note = CommitNote(
        sync_id=desk.new_word(),
        author=desk.author,
        time=desk.clock.now(),
        source="resolve",
        reason=desk.reason,
        binding=state.name,
    )
    after = replace(state, number=state.number + 1, overlay=overlay, revision="")
    applied = desk.store.apply(
        Transaction(
            table=state.table,
            expected_head=desk.head,
            note=note,
            changes=changes,
            binding=after,
            opened=opened,
            closed=closed,
            counters=counters,
        )
    )
    return applied.commit
