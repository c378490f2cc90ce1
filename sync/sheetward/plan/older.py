"""An older revision of a sheet: what it says again is no edit, what waits for a person is attached to it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sheetward.cells import Cell, same
from sheetward.merge.identity import Identified
from sheetward.merge.items import ItemKind
from sheetward.plan.desk import Desk, KeptCell, KeptRow
from sheetward.plan.expect import Expected, aligned
from sheetward.plan.lines import leave_view, open_row_conflict
from sheetward.plan.observation import ShownRow
from sheetward.plan.overlay import OverlayCell
from sheetward.plan.situation import Situation
from sheetward.sharing import Access, is_mask
from sheetward.table import Row, RowId


def remembered(s: Situation, fields: tuple[str, ...]) -> dict[RowId, Row]:
    """Give the rows that the sheet added or had held since, as it had typed them: the older revision may hold them without ids."""
    if s.since is None:
        return {}
    rows = {i: aligned(states[-1], fields) for i, states in s.since.waited.items() if i not in s.ours.rows}
    rows |= {row_id: aligned(cells, fields) for row_id, cells in s.since.added.items()}
    for row_id, entry in s.since.attached.rows.items():
        if entry.shown is not None and entry.base is None:
            rows[row_id] = aligned(entry.shown, fields)
    return rows


def put_back(s: Situation, expected: Expected) -> Expected:
    """Expect that a row which a pending write is to put back may stand there all the same: a copy from before it has it."""
    image = s.last_image
    if image is None:
        return expected
    rows = {
        row_id: image[row_id]
        for row_id, entry in s.overlay.rows.items()
        if entry.pending and entry.shown is None and entry.base is None and row_id in image
    }
    return replace(expected, absent={**expected.absent, **rows}) if rows else expected


def recalled(s: Situation, expected: Expected) -> Expected:
    """Expect, beside what the older revision showed, the rows that were typed into the sheet since."""
    rows = {i: row for i, row in remembered(s, expected.fields).items() if i not in expected.shown}
    if s.since is None:
        return expected
    held = {i: entry for i, entry in s.since.attached.rows.items() if entry.shown is not None and entry.base is None}
    if not rows and not held:
        return expected
    items: dict[tuple[RowId, str | None], str] = {
        (i, None): entry.item for i, entry in held.items() if entry.item is not None
    }
    return replace(
        expected,
        shown={**expected.shown, **rows},
        base={**expected.base, **dict.fromkeys(held)},
        items={**expected.items, **items},
    )


def forget(desk: Desk, found: Identified[ShownRow], asked: dict[RowId, Row]) -> None:
    """Expect no longer what was recalled and is not there; a held row among it is put back as it was typed."""
    since = desk.situation.since
    if since is None:
        return
    gone = [row_id for row_id in asked if row_id not in found.known and row_id in found.lost]
    if not gone:
        return
    shown = {i: row for i, row in desk.expected.shown.items() if i not in gone}
    desk.expected = replace(desk.expected, shown=shown)
    found.lost.difference_update(gone)
    for row_id in gone:
        entry = since.attached.rows.get(row_id)
        if entry is not None and entry.shown is not None and entry.item is not None:
            desk.kept.add(entry.item)
            desk.kept_rows[row_id] = KeptRow(entry.item, None)
            desk.put_back_rows[row_id] = dict(entry.shown)
            desk.touched.add(row_id)


def is_held_again(desk: Desk, row_id: RowId, seen: ShownRow) -> bool:
    """Say whether the sheet shows an earlier state of a held row; then it is shown again as it waits now."""
    since = desk.situation.since
    entry = None if since is None else since.attached.rows.get(row_id)
    if since is None or entry is None or entry.shown is None or entry.item is None or entry.base is not None:
        return False
    states = [aligned(cells, desk.fields) for cells in since.waited.get(row_id, ())]
    if not any(all(map(same, state, seen.cells)) for state in states):
        return False
    desk.touched.add(row_id)
    desk.kept.add(entry.item)
    desk.kept_rows[row_id] = KeptRow(entry.item, None)
    desk.put_back_rows[row_id] = dict(entry.shown)
    return True


def attach(desk: Desk) -> None:
    """Attach to their cells and rows the open items that the older revision does not know."""
    since = desk.situation.since
    if since is None:
        return
    for row_id, cells in since.attached.cells.items():
        if row_id not in desk.ours_view:
            waits = {name: entry for name, entry in cells.items() if entry.item is not None and name in desk.fields}
            _attach_to_lost_row(desk, row_id, waits)
        for name, entry in cells.items():
            if entry.item is not None and name in desk.fields and row_id in desk.ours_view:
                _attach_cell(desk, row_id, name, entry.item, entry.base, entry.shown)
    for row_id, row in since.attached.rows.items():
        if row.item is not None and row.shown is not None and row.base is not None:
            _attach_row(desk, row_id, row.item, dict(row.shown), dict(row.base))


def _attach_cell(desk: Desk, row_id: RowId, name: str, item: str, base: Cell, typed: Cell) -> None:
    """Show the value that waits in its cell again, unless the older revision says something new there."""
    seen = desk.theirs.get(row_id)
    if (row_id, name) in desk.kept_cells or name in desk.edits.get(row_id, {}):
        # Something new was said: a conflict about it is open, or it enters and what waited is settled by it.
        desk.close(item, "superseded")
        return
    desk.touched.add(row_id)
    desk.kept.add(item)
    desk.kept_cells[row_id, name] = KeptCell(item, base)
    if seen is None or not same(seen.cells[desk.fields.index(name)], typed):
        desk.put_back[row_id, name] = typed


def _attach_to_lost_row(desk: Desk, row_id: RowId, cells: Mapping[str, OverlayCell]) -> None:
    """Make of what waited in the cells of a row that is gone from the store, or from view, what becomes of an edit there."""
    seen, base = desk.theirs.get(row_id), desk.expected.base_of(row_id)
    waits = {name: entry.shown for name, entry in cells.items()}
    if waits and seen is not None and base is not None and row_id not in desk.kept_rows:
        typed = {**dict(zip(desk.fields, seen.cells, strict=True)), **waits}
        if row_id in desk.situation.ours.rows:
            leave_view(desk, row_id, waits, seen)
        else:
            open_row_conflict(desk, row_id, base, replace(seen, cells=aligned(typed, desk.fields)))
            desk.put_back_rows[row_id] = typed
        desk.touched.add(row_id)
    for entry in cells.values():
        desk.close(entry.item or "", "superseded" if waits and seen is not None else "gone")


def _attach_row(desk: Desk, row_id: RowId, item: str, typed: dict[str, Cell], base: dict[str, Cell]) -> None:
    """Show a row that was changed here and deleted in the store as it was changed."""
    seen = desk.theirs.get(row_id)
    is_conflict = desk.situation.items[item].kind is ItemKind.CONFLICT
    if seen is None or row_id in desk.ours_view or row_id in desk.kept_rows or not is_conflict:
        desk.close(item, "superseded" if row_id in desk.kept_rows else "gone")
        return
    desk.touched.add(row_id)
    if row_id in desk.situation.ours.rows:
        # The store has it again, out of view: it leaves the sheet, and what was typed into it is an administrator's to settle.
        edited = {
            name: cell
            for name, cell in typed.items()
            if name in desk.fields and desk.situation.rule.access(name) is Access.WRITE
            if not is_mask(cell) and not same(base.get(name), cell)
        }
        if edited:
            leave_view(desk, row_id, edited, seen)
        desk.close(item, "superseded")
        return
    desk.kept.add(item)
    desk.kept_rows[row_id] = KeptRow(item, base)
    desk.put_back_rows[row_id] = typed
