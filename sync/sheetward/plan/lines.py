"""Decides row by row: the truth table of rows of `docs/SPEC.md`, applied to one sheet."""

from __future__ import annotations

from collections.abc import Mapping

from sheetward.cells import MISSING, Cell, plain_text, same, value_of
from sheetward.merge.items import ItemKind
from sheetward.plan.desk import Desk, KeptCell, KeptRow
from sheetward.plan.expect import aligned
from sheetward.plan.line_cells import is_repeated, merge_cells
from sheetward.plan.observation import NO_VALUE, ShownRow
from sheetward.sharing import Access, Rejected, authorise_delete, authorise_edit, is_mask
from sheetward.table import Row, RowId


def merge_row(desk: Desk, row_id: RowId) -> None:
    """Decide one row that the sheet was shown, shows, or is to be shown.

    ==========  ==========  ==========  =========================================================
    base        ours        theirs      decision
    ==========  ==========  ==========  =========================================================
    there       there       there       cell by cell
    there       there       gone        deleted here: from the store, or refused, or a conflict
    there       gone        there       gone there: from the sheet, or a conflict if it was edited
    there       gone        gone        nothing
    none        there       none        new for this sheet: it is appended
    none        there       there       found again: cell by cell from an empty base
    ==========  ==========  ==========  =========================================================
    """
    base = desk.expected.base_of(row_id)
    ours = desk.ours_view.get(row_id)
    seen = desk.theirs.get(row_id)
    desk.touched.add(row_id)
    if row_id in desk.kept_rows:
        return
    item = desk.expected.items.get((row_id, None))
    if ours is not None and seen is not None:
        if item is not None:
            desk.close(item, "keep")
        merge_cells(desk, row_id, base, seen)
    elif ours is not None and row_id in desk.expected.absent:
        _keep_apart(desk, row_id, item)
    elif ours is not None and row_id in desk.expected.shown:
        _deleted_here(desk, row_id)
    elif ours is None and seen is not None and base is not None:
        _gone_there(desk, row_id, base, seen)
    elif ours is None and item is not None:
        desk.close(item, "agreed")


def _changed_since(desk: Desk, row_id: RowId) -> bool:
    """Say whether the store's row moved since the sheet was last known to show it, in a column that it sees or not."""
    s = desk.situation
    if row_id in s.overlay.behind:
        return True
    before = s.base.rows.get(row_id)
    if before is None:
        # It was settled that the table has the row (again). What the sheet shows otherwise, and what came after, was not shown.
        return s.is_changed_elsewhere(row_id) or _is_underway(desk, row_id) or _shows_other(desk, row_id)
    return _differs(before, s.ours.rows[row_id]) or _is_underway(desk, row_id)


def _differs(before: Row, now: Row) -> bool:
    return before is not now and any(not same(a, b) for a, b in zip(before, now, strict=True))


def _shows_other(desk: Desk, row_id: RowId) -> bool:
    """Say whether the sheet is to show anything else of a row than it did; a mask hides whether it is something else."""
    base, view = desk.expected.base_of(row_id), desk.ours_view[row_id]
    return base is not None and any(
        not is_mask(now) and not same(was, now) for was, now in zip(base, view, strict=True)
    )


def _is_underway(desk: Desk, row_id: RowId) -> bool:
    """Say whether the sheet still shows an older state of a row: what is newer was committed and has not arrived.

    Of columns that the sheet does not see, what others changed since its last confirmed write counts.
    """
    s = desk.situation
    view = desk.ours_view[row_id]
    for name, cell in s.overlay.cells.get(row_id, {}).items():
        item = s.items.get(cell.item or "")
        if name not in desk.fields or (item is not None and item.kind is ItemKind.CONFLICT):
            continue  # a conflict shows both sides
        known = cell.shown if item is None else cell.base
        if not same(known, view[desk.fields.index(name)]):
            return True
    before = None if s.last_table is None else s.last_table.rows.get(row_id)
    if before is None:
        return False
    now = s.ours.rows[row_id]
    return any(
        s.shown_rule.access(name) in (Access.MASK, Access.HIDE) and not same(before[place], now[place])
        for name, place in s.ours.index.items()
    )


def _deleted_here(desk: Desk, row_id: RowId) -> None:
    s = desk.situation
    shown = desk.expected.shown[row_id]
    row = s.ours.rows[row_id]
    if s.since is not None and row_id in s.since.removed:
        return
    if s.last_image is not None and row_id not in s.last_image:
        # Its id is not known to have arrived: a copy from before it was typed lacks it too. It is put back.
        return
    verdict = authorise_delete(s.rule)
    if isinstance(verdict, Rejected):
        desk.reject(row_id, None, verdict.code, MISSING, None)
        _keep_items(desk, row_id)
        return
    if desk.expected.base_of(row_id) is not None and _changed_since(desk, row_id):
        base = aligned(dict(zip(desk.fields, shown, strict=True)), desk.fields)
        open_row_conflict(desk, row_id, base, None)
        _close_cell_items(desk, row_id)
        return
    pointing = s.referrers(dict(zip(s.ours.fields, row, strict=True)))
    if pointing:
        facts = {"tables": list(pointing), "count": 1}
        desk.reject(row_id, None, "delete.referenced", MISSING, None, facts)
        desk.say("delete.referenced", **facts)
        _keep_items(desk, row_id)
        return
    desk.deletes[row_id] = row
    _close_cell_items(desk, row_id)


def _keep_items(desk: Desk, row_id: RowId) -> None:
    """Carry the open items of a row that comes back to the sheet as it was shown."""
    base = desk.expected.base_of(row_id)
    for place, name in enumerate(desk.fields):
        item = desk.expected.items.get((row_id, name))
        if item is not None:
            desk.kept.add(item)
            desk.kept_cells[row_id, name] = KeptCell(item, None if base is None else base[place])


def keep_unseen(desk: Desk, row_id: RowId) -> None:
    """Leave a row as it was shown that an incomplete reading did not show: nothing is known of it."""
    desk.touched.add(row_id)
    desk.unseen.add(row_id)
    if row_id in desk.ours_view and _changed_since(desk, row_id):
        desk.behind.add(row_id)
    _keep_items(desk, row_id)
    item = desk.expected.items.get((row_id, None))
    if item is not None:
        base = desk.expected.base_of(row_id)
        desk.kept.add(item)
        desk.kept_rows[row_id] = KeptRow(item, None if base is None else dict(zip(desk.fields, base, strict=True)))


def _close_cell_items(desk: Desk, row_id: RowId) -> None:
    for name in desk.fields:
        item = desk.expected.items.get((row_id, name))
        if item is not None:
            desk.close(item, "gone")


def open_row_conflict(desk: Desk, row_id: RowId, base: Row, seen: ShownRow | None) -> None:
    """Open `delete/modify`: deleted on one side, changed on the other. That something changed is said, not what."""
    fields = desk.fields
    desk.touched.add(row_id)
    row = desk.situation.ours.rows.get(row_id)
    identity = desk.open_item(
        ItemKind.CONFLICT,
        row_id,
        None,
        "conflict.delete_modify",
        row_cells=None if seen is None else _writable_cells(desk, base, seen),
        facts={"deleted": "sheet" if seen is None else "store"},
        seen=seen,
        state="" if row is None else desk.situation.digest(row),
    )
    # Where a mask was shown it stays the base: what is typed over it replaces something unseen.
    shown = desk.expected.shown.get(row_id, base)
    start = {name: mask if is_mask(mask) else cell for name, mask, cell in zip(fields, shown, base, strict=True)}
    desk.kept_rows[row_id] = KeptRow(identity, start)
    previous = desk.expected.items.get((row_id, None))
    if previous is not None and previous != identity:
        desk.close(previous, "superseded")


def _writable_cells(desk: Desk, base: Row, seen: ShownRow) -> dict[str, Cell]:
    """Give the cells that the table gets back where the row is kept: no mask, no edit that was refused."""
    return {
        name: theirs
        for name, start, theirs in zip(desk.fields, base, seen.cells, strict=True)
        if not is_mask(theirs) and seen.marks.get(name) not in NO_VALUE
        if desk.situation.rule.access(name) is Access.WRITE or same(start, theirs)
    }


def _keep_apart(desk: Desk, row_id: RowId, item: str | None) -> None:
    """Carry on with a `delete/modify` whose row the sheet deleted and the store still has."""
    if item is not None:
        open_row_conflict(desk, row_id, desk.expected.absent[row_id], None)


def _gone_there(desk: Desk, row_id: RowId, base: Row, seen: ShownRow) -> None:
    s = desk.situation
    edited = _edits_of_gone(desk, row_id, base, seen)
    item = desk.expected.items.get((row_id, None))
    if row_id in s.ours.rows:
        if edited:
            leave_view(desk, row_id, edited, seen)
        _close_cell_items(desk, row_id)
        return
    if edited:
        open_row_conflict(desk, row_id, base, seen)
    elif item is not None:
        desk.close(item, "agreed")
    _close_cell_items(desk, row_id)


def revive_in_doubt(desk: Desk, row_id: RowId, base: Row, seen: ShownRow) -> None:
    """Ask about a deleted row that stands in the sheet while the write that tells of its deletion may not have arrived."""
    _edits_of_gone(desk, row_id, base, seen)
    open_row_conflict(desk, row_id, base, seen)


def _edits_of_gone(desk: Desk, row_id: RowId, base: Row, seen: ShownRow) -> dict[str, Cell]:
    """Give what was typed into a row that the sheet shows and the store has not; what may not be written there is rejected."""
    s = desk.situation
    edited: dict[str, Cell] = {}
    for place, name in enumerate(desk.fields):
        theirs = seen.cells[place]
        if seen.marks.get(name) in NO_VALUE or is_mask(theirs):
            continue
        if s.rule.access(name) is Access.WRITE:
            if not same(base[place], theirs) and not is_repeated(desk, row_id, name, theirs):
                edited[name] = theirs
            continue
        verdict = authorise_edit(s.rule, name, desk.expected.shown.get(row_id, base)[place], theirs)
        if isinstance(verdict, Rejected) and verdict.is_listed:
            desk.reject(row_id, name, verdict.code, theirs, seen)
    return edited


def keep_edits_out_of_view(desk: Desk, row_id: RowId, seen: ShownRow) -> None:
    """Keep what a row shows otherwise than the store, where the reader may not see the store's: it leaves the sheet."""
    s = desk.situation
    ours = dict(zip(s.ours.fields, s.ours.rows[row_id], strict=True))
    edited = {
        name: cell
        for name, cell in zip(desk.fields, seen.cells, strict=True)
        if s.rule.access(name) is Access.WRITE and seen.marks.get(name) not in NO_VALUE and not same(ours[name], cell)
    }
    if edited:
        leave_view(desk, row_id, edited, seen)


def leave_view(desk: Desk, row_id: RowId, edited: Mapping[str, Cell], seen: ShownRow) -> None:
    """Keep what was typed into a row that left the view meanwhile: an administrator settles it."""
    filled = {name: cell for name, cell in edited.items() if value_of(cell) is not None}
    key = desk.situation.schema.business_key
    shown = plain_text(value_of(seen.cells[desk.fields.index(key)])) if key in desk.fields else ""
    desk.open_item(
        ItemKind.CONFLICT,
        row_id,
        None,
        "conflict.left_view",
        row_cells=edited,
        facts={"filled": len(filled), "key": shown or None},
        seen=seen,
    )
