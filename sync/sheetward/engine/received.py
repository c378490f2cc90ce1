"""What a sheet is known to have received: by its stamp, or by which image it is closer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sheetward.cells import Cell, Missing
from sheetward.engine.context import SheetContext
from sheetward.engine.epoch import content_stamp, epoch_of, is_ahead, is_waiting
from sheetward.engine.evolved import overlay_shown, retyping, rule_shown, table_shown
from sheetward.errors import GuardError
from sheetward.merge.items import Item, ItemKind
from sheetward.plan.expect import expect
from sheetward.plan.overlay import Overlay
from sheetward.plan.pasted import PASTED
from sheetward.plan.since import Since, settled_since, still_open
from sheetward.ports.replica import Observation
from sheetward.ports.store import BindingState, Stale
from sheetward.table import Row, RowId, Table


def received(
    context: SheetContext, state: BindingState, observed: Observation, head: int
) -> tuple[BindingState, Since | None]:
    """Say what the sheet is known to have received: a pending write that arrived leaves the overlay.

    An older stamp means an older revision of the sheet: what is expected then is what that revision showed, and what the
    sheet brought to the store since is given beside it. A sheet that rejoins a restored store is expected to show what the
    store last knew of it, whatever stamp it bears. A sheet that keeps no stamp is an older revision where its content is
    that of an earlier write than the last; any other content is an edit of the last write. Any other stamp stops: a copy, another workbook, a restored store.
    """
    pending = state.pending
    if not context.replica.keeps_stamp:
        if is_waiting(context.store, state) and not context.is_rejoining:
            raise GuardError("stamp.rejoin", name=context.name)
        if pending is not None and _has_arrived(context, state, observed):
            return replace(state.delivered(), seen=""), None
        older = None
        if pending is None and not context.is_rejoining and observed.fingerprint != state.seen:
            older = context.store.revision_of(state.id, content_stamp(context.store, state, observed.fingerprint))
        is_known = older is not None and older.base <= head and older.role == state.role
        return _merged_from(context, state, older, head) if older is not None and is_known else (state, None)
    if observed.stamp is None:
        raise GuardError("stamp.missing", name=context.name)
    if pending is not None and observed.stamp == pending.stamp:
        return state.delivered(), None
    if is_waiting(context.store, state) and not context.is_rejoining:
        raise GuardError("stamp.rejoin", name=context.name)
    if observed.stamp == state.stamp:
        return state, None
    older = context.store.revision_of(state.id, observed.stamp)
    if older is None or older.base > head or older.role != state.role:
        if context.is_rejoining:
            return state, None
        now = context.store.binding(context.name)
        if now is None or now.number != state.number or context.store.head(state.table) != head:
            # Another sync went on between the readings of store and sheet: the stamp is no foreign one.
            raise Stale(state.table, binding=state.name)
        if older is not None and older.role != state.role:
            raise GuardError("stamp.other_role", name=context.name, role=older.role or "", time=since_when(older))
        is_behind = is_ahead(context.store, state, observed, keeps_stamp=True)
        raise GuardError("stamp.ahead" if is_behind else "stamp.unknown", name=context.name)
    if epoch_of(observed.stamp) in context.store.past_epochs and not context.is_rejoining:
        raise GuardError("stamp.unknown", name=context.name)
    return _merged_from(context, state, older, head)


def _merged_from(
    context: SheetContext, state: BindingState, older: BindingState, head: int
) -> tuple[BindingState, Since | None]:
    """Expect what an older revision showed; a pending write is dropped."""
    items = {item.id: item for item in context.store.items(binding=state.id)}
    overlay = settled_since(older.overlay, items)
    expected = replace(
        state,
        base=older.base,
        rule_version=older.rule_version,
        schema_version=older.schema_version,
        fields=older.fields,
        overlay=overlay,
        pending=None,
        last_sync=older.last_sync,
    )
    return expected, _since(context, state, older, head, still_open(state.delivered().overlay, items, overlay))


def _since(context: SheetContext, state: BindingState, older: BindingState, head: int, attached: Overlay) -> Since:
    """Collect what the sheet brought to the store since an older revision of it."""
    read = retyping(context, older)
    cells: dict[tuple[RowId, str], list[Cell]] = {}
    added: dict[RowId, dict[str, Cell]] = {}
    removed: set[RowId] = set()
    for commit, changes in context.store.changes(state.table, older.base, head):
        if commit.binding != state.name:
            continue
        added.update({row_id: dict(read.cells(whole)) for row_id, whole in changes.added.items()})
        removed.update(changes.removed)
        for row_id, changed in changes.changed.items():
            for name, (_, new) in changed.items():
                cells.setdefault((row_id, name), []).append(read.cell(name, new))
    waited: dict[RowId, list[Mapping[str, Cell]]] = {}
    for item in context.store.items(binding=state.id, is_open=None):
        if not _was_open_since(item, older):
            continue
        if item.field is None and item.kind is ItemKind.HELD and item.code not in PASTED:
            waited.setdefault(item.row, []).append(read.cells(item.row_cells))
        elif item.field is not None and not isinstance(item.sheet, Missing):
            typed = read.cell(item.field, item.sheet)
            cells.setdefault((item.row, item.field), []).append(typed)
            if item.kind is ItemKind.REJECTED and item.row in added and item.code != "cell.error_value":
                # What was refused of a new row stands in a copy from before it was synced.
                added[item.row].setdefault(item.field, typed)
        for row, cell in item.row_cells.items() if item.field is not None else ():
            cells.setdefault((RowId(row), item.field or ""), []).append(read.cell(item.field or "", cell))
    return Since(
        {place: tuple(values) for place, values in cells.items()},
        added,
        frozenset(removed),
        {row_id: tuple(states) for row_id, states in waited.items()},
        read.overlay(attached),
    )


def _was_open_since(item: Item, older: BindingState) -> bool:
    """Say whether an item was open when an older revision was written, or later."""
    return older.last_sync is None or item.closed is None or item.closed > older.last_sync


def since_when(state: BindingState) -> str:
    """Say when a sheet was last synced, for a message."""
    return "" if state.last_sync is None else state.last_sync.isoformat(timespec="minutes")


def _has_arrived(context: SheetContext, state: BindingState, observed: Observation) -> bool:
    """Say, for a medium without a stamp, whether it is closer to the image after the pending write than before it."""
    if state.pending is not None and observed.fingerprint == state.pending.fingerprint:
        return False
    before = _distance(context, state, state.overlay, observed)
    after = _distance(context, state, state.overlay.confirmed(), observed)
    return after < before


def _distance(context: SheetContext, state: BindingState, overlay: Overlay, observed: Observation) -> int:
    fields = tuple(name for name in observed.fields if name in context.schema.by_name)
    read = retyping(context, state).overlay(overlay)
    shown = expect(table_shown(context, state), rule_shown(context, state), read, fields, state.fields).shown
    seen = {row.row_id: row.cells for row in observed.rows if row.row_id}
    blank = sum(1 for row in observed.rows if not row.row_id)
    far = (len(shown.keys() ^ seen.keys()) + blank) * len(fields)
    return far + sum(
        a != b for row_id in shown.keys() & seen.keys() for a, b in zip(shown[RowId(row_id)], seen[row_id], strict=True)
    )


def last_known(
    context: SheetContext, state: BindingState, observed: Observation
) -> tuple[Mapping[RowId, Row], Table] | None:
    """Give what the sheet showed under the stamp it bears, and its table then, where a write to it is pending."""
    if state.pending is None or observed.stamp is None:
        return None
    shown = context.store.revision_of(state.id, observed.stamp)
    if shown is None:
        return None
    fields = tuple(name for name in observed.fields if name in context.schema.by_name)
    base, rule = table_shown(context, shown), rule_shown(context, shown)
    image = expect(base, rule, overlay_shown(context, shown), fields, shown.fields).shown
    return image, base
