"""A row pasted over another one: both wait until a person says what was meant."""

from __future__ import annotations

from collections.abc import Iterable

from sheetward.cells import Cell
from sheetward.merge.identity import Identified
from sheetward.merge.items import ItemKind
from sheetward.plan.desk import Desk, KeptRow
from sheetward.plan.newcomers import hold_row
from sheetward.plan.observation import ShownRow
from sheetward.sharing import Access
from sheetward.table import RowId, identical

COVERED = "identity.pasted_over"
COPY = "identity.pasted_copy"
PASTED = frozenset({COVERED, COPY})


def hold_pasted_over(desk: Desk, lost: Iterable[RowId]) -> None:
    """Keep in the table the rows that are gone from the sheet while another row stands there twice."""
    for row_id in sorted(lost):
        base = desk.expected.base_of(row_id)
        if row_id in desk.situation.ours.rows and row_id in desk.ours_view and base is not None:
            _hold(desk, row_id, dict(zip(desk.fields, base, strict=True)))


def covered_item(desk: Desk, row_id: RowId) -> str | None:
    """Give the item of a row that waits because another one was pasted over it."""
    identity = desk.expected.items.get((row_id, None))
    item = desk.situation.items.get(identity or "")
    return item.id if item is not None and item.code == COVERED else None


def keep_covered(desk: Desk, row_id: RowId, item: str) -> None:
    """Carry on with a row that was pasted over, as long as the copy stands in the sheet; else it comes back."""
    copies = [i for i in desk.expected.items.values() if _is_copy(desk, i)]
    if any(desk.situation.items[i].row in desk.theirs for i in copies):
        _hold(desk, row_id, dict(zip(desk.fields, desk.expected.absent[row_id], strict=True)))
    else:
        desk.touched.add(row_id)
        desk.close(item, "gone")


def _hold(desk: Desk, row_id: RowId, cells: dict[str, Cell]) -> None:
    # A merge starts from what a masked cell really is; whoever reads the item sees what the rule of today shows.
    rule = desk.situation.rule
    told = {name: rule.shown(name, cell) for name, cell in cells.items() if rule.access(name) is not Access.HIDE}
    identity = desk.open_item(ItemKind.HELD, row_id, None, COVERED, row_cells=told)
    desk.touched.add(row_id)
    desk.kept_rows[row_id] = KeptRow(identity, cells)


def _is_copy(desk: Desk, identity: str) -> bool:
    item = desk.situation.items.get(identity)
    return item is not None and item.code == COPY


def take_the_place(desk: Desk, found: Identified[ShownRow]) -> None:
    """Let a held copy be the row that it copies, where that one was deleted: of two equal rows either may go."""
    shown = desk.expected.shown
    copies = [item.row for item in desk.situation.items.values() if item.code == COPY and item.row in found.known]
    for copy in copies:
        source = next((i for i in found.lost if identical(shown[i], found.known[copy].cells)), None)
        if source is not None:
            found.known[source] = found.known.pop(copy)
            found.lost.discard(source)
            found.lost.add(copy)


def is_waiting_copy(desk: Desk, row_id: RowId) -> bool:
    """Say whether a held row is a copy that covers a row which is still missing."""
    item = desk.situation.items.get(desk.expected.items.get((row_id, None), ""))
    if item is None or item.code != COPY:
        return False
    covered = [i for i in desk.situation.items.values() if i.code == COVERED]
    return any(i.row in desk.expected.absent and i.row not in desk.theirs for i in covered)


def hold_copy(desk: Desk, row_id: RowId, seen: ShownRow) -> None:
    """Leave the copy in the sheet, under an id of its own, out of the table."""
    desk.theirs[row_id] = seen
    desk.touched.add(row_id)
    hold_row(desk, row_id, seen, COPY)
