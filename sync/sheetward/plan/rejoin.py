"""A sheet rejoins a restored store: it brings rows that the store never knew, under the ids that they bear."""

from __future__ import annotations

from sheetward.plan.desk import Desk
from sheetward.plan.lines import keep_edits_out_of_view, merge_row
from sheetward.plan.observation import ShownRow
from sheetward.plan.situation import Situation
from sheetward.table import Row, RowId, is_row_id


def brought(s: Situation) -> dict[RowId, Row]:
    """Give the rows that keep the ids which they bear, though this sheet was not shown them as far as the store knows.

    An id is that of no row, or of one that another sheet brought. A deleted row's is not among them: whether such a row
    comes back is not for this to say.
    """
    if not s.is_rejoining:
        return {}
    return {RowId(r.row_id): r.cells for r in s.observed.rows if is_row_id(r.row_id) and r.row_id not in s.deleted}


def join_again(desk: Desk, row_id: RowId, seen: ShownRow) -> None:
    """Make one of a row that two sheets brought: empty cells fill up, unequal ones conflict, as from an empty base."""
    if row_id in desk.ours_view:
        merge_row(desk, row_id)
    else:
        desk.touched.add(row_id)
        keep_edits_out_of_view(desk, row_id, seen)
