"""Guards: refusals before doing. They look at the plan, towards the store and towards the sheet alike."""

from __future__ import annotations

from sheetward.cells import value_of
from sheetward.plan.deliver import Delivery
from sheetward.plan.desk import Desk
from sheetward.plan.plan import Trip
from sheetward.plan.situation import Limits

GUARDS = ("deletions", "blanked", "empty", "ids", "undone")


def trips(desk: Desk, delivery: Delivery) -> list[Trip]:
    """Give every guard that this plan trips."""
    found: list[Trip] = []
    shown = len(desk.expected.shown)
    if shown and not desk.situation.observed.rows and desk.situation.observed.complete:
        found.append(Trip("empty", shown, 0))
    found += _deletions(len(desk.deletes), shown, desk.situation.limits, ())
    if not desk.situation.is_rule_changed:
        found += _deletions(len(delivery.left_view), shown, desk.situation.limits, tuple(delivery.left_view))
    found += _blanked(desk)
    return found


def _deletions(count: int, shown: int, limits: Limits, rows: tuple[int, ...]) -> list[Trip]:
    """More than max(3 rows, 20 %) of the rows shown, or more than 50."""
    limit = min(max(limits.deletion_rows, int(limits.deletion_share * shown)), limits.deletion_cap)
    return [Trip("deletions", count, limit, rows)] if count > limit else []


def _blanked(desk: Desk) -> list[Trip]:
    """A column of which more than three filled cells were emptied and none is left."""
    emptied: dict[str, list[int]] = {}
    for row_id, edits in desk.edits.items():
        for name, (old, new) in edits.items():
            if value_of(old) is not None and value_of(new) is None and row_id in desk.theirs:
                emptied.setdefault(name, []).append(desk.theirs[row_id].position)
    for (row_id, name), kept in desk.kept_cells.items():
        seen = desk.theirs.get(row_id)
        item = desk.opened.get(kept.item)
        if seen is not None and item is not None and value_of(seen.cells[desk.fields.index(name)]) is None:
            emptied.setdefault(name, []).append(seen.position)
    found: list[Trip] = []
    for name, positions in emptied.items():
        place = desk.fields.index(name)
        left = any(value_of(row.cells[place]) is not None for row in desk.situation.observed.rows)
        if len(positions) > desk.situation.limits.blanked_cells and not left:
            facts = {"field": name, "column": desk.situation.observed.columns.get(name, name)}
            found.append(
                Trip("blanked", len(positions), desk.situation.limits.blanked_cells, tuple(sorted(positions)), facts)
            )
    return found
