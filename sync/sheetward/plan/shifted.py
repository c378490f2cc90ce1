"""A column that was sorted or shifted by itself: its edits wait, as one thing, until a person says that it was meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sheetward.cells import Cell, same
from sheetward.merge.items import ItemKind
from sheetward.merge.likeness import meaning
from sheetward.plan.desk import Desk
from sheetward.plan.observation import NO_VALUE, Mark
from sheetward.sharing import Access, is_mask
from sheetward.table import RowId

CODE = "identity.shifted_column"
NO_ROW = RowId("")
"""The row of an item that is about a whole column."""
AT_LEAST, SHARE = 3, 0.2
"""More cells than both of these, rows and share of the rows, must have changed."""


def hold_shifted(desk: Desk) -> None:
    """Find the columns whose values wandered by themselves, the business key apart, and mark their cells as waiting.

    More than max(3, 20 %) of a column's cells changed, half of the new values are distinct, and half of them are old values of
    those cells. Cells that wait already and show what they showed are not judged anew; what is typed into them later is an
    edit like any other. A column of few values cannot be judged, and what is filled down is no shift.
    """
    s = desk.situation
    shown = desk.expected.shown
    both = [row_id for row_id in desk.theirs if row_id in shown]
    moved = [row_id for row_id in both if desk.theirs[row_id].cells != shown[row_id]]
    waiting = _waiting(desk)
    for place, name in enumerate(desk.fields):
        if name == s.schema.business_key or s.rule.access(name) is not Access.WRITE:
            continue
        changed = _changed(desk, place, name, moved)
        if _is_shifted(changed, len(both)):
            typed = {row_id: new for row_id, (_, new) in changed.items()}
            _hold(desk, name, {**waiting.get(name, {}), **typed}, len(both))
        else:
            desk.shifted |= {(row_id, name): desk.expected.items[row_id, name] for row_id in waiting.get(name, ())}


def _waiting(desk: Desk) -> dict[str, dict[RowId, Cell]]:
    """Give the cells that wait already and still show what they showed, by field."""
    items, place = desk.situation.items, {name: number for number, name in enumerate(desk.fields)}
    found: dict[str, dict[RowId, Cell]] = {}
    for (row_id, name), identity in desk.expected.items.items():
        if name is None or identity not in items or items[identity].code != CODE or row_id not in desk.theirs:
            continue
        cell, base = desk.theirs[row_id].cells[place[name]], desk.expected.base_of(row_id)
        is_back = base is not None and same(base[place[name]], cell)
        if not is_back and same(cell, desk.expected.shown[row_id][place[name]]):
            found.setdefault(name, {})[row_id] = cell
    return found


def _changed(desk: Desk, place: int, name: str, moved: Sequence[RowId]) -> dict[RowId, tuple[Cell, Cell]]:
    """Give what was typed over in a column, old and new, where that would be an edit of a plain cell."""
    found: dict[RowId, tuple[Cell, Cell]] = {}
    since = desk.situation.since
    for row_id in moved:
        seen, shown = desk.theirs[row_id], desk.expected.shown[row_id]
        new = seen.cells[place]
        if same(shown[place], new):
            continue
        ours, base = desk.ours_view.get(row_id), desk.expected.base_of(row_id)
        if ours is None or base is None or same(ours[place], new) or same(base[place], new) or is_mask(new):
            continue
        mark = seen.marks.get(name)
        if mark is Mark.FORMULA or mark in NO_VALUE or (since is not None and since.repeats(row_id, name, new)):
            continue
        found[row_id] = shown[place], new
    return found


def _is_shifted(changed: Mapping[RowId, tuple[Cell, Cell]], count: int) -> bool:
    if len(changed) <= max(AT_LEAST, SHARE * count):
        return False
    old = {meaning(was) for was, _ in changed.values()}
    new = [meaning(now) for _, now in changed.values()]
    return 2 * len(set(new)) >= len(new) and 2 * sum(value in old for value in new) >= len(new)


def _hold(desk: Desk, name: str, typed: Mapping[RowId, Cell], count: int) -> None:
    """Open one item about the column, and let each of its cells wait for it; conflicts go on as conflicts."""
    s = desk.situation
    facts = {"field": name, "column": s.observed.columns.get(name, name), "count": len(typed), "rows": count}
    identity = desk.open_item(
        ItemKind.HELD, NO_ROW, name, CODE, row_cells=dict(sorted(typed.items())), facts=facts, state=str(len(typed))
    )
    for row_id in typed:
        item = s.items.get(desk.expected.items.get((row_id, name), ""))
        if item is None or item.kind is ItemKind.HELD:
            desk.shifted[row_id, name] = identity
            if item is not None and item.id != identity:
                desk.close(item.id, "superseded")
