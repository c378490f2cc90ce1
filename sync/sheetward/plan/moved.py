"""Which cells a sheet shows otherwise than it was last known to, and whether that takes back what was last written to it."""

from __future__ import annotations

from collections.abc import Iterator

from sheetward.cells import same
from sheetward.plan.desk import Desk
from sheetward.plan.observation import NO_VALUE
from sheetward.plan.plan import Trip
from sheetward.table import RowId, identical

FEWEST = 3
"""So many cells, at least, must be back at their former values for a sync to ask."""
_SHARE = 0.8


def moved_cells(desk: Desk) -> Iterator[tuple[RowId, str]]:
    """Give row and field of all cells that are not as expected; a row that is gone shows empty cells.

    A cell that holds no value of its own says nothing. Grows with the rows that were touched.
    """
    nothing = (None,) * len(desk.fields)
    for row_id in desk.touched - desk.unseen:
        seen, was = desk.theirs.get(row_id), desk.expected.shown.get(row_id, nothing)
        now = nothing if seen is None else seen.cells
        if identical(was, now):
            continue
        for name, before, cell in zip(desk.fields, was, now, strict=True):
            has_value = seen is None or seen.marks.get(name) not in NO_VALUE
            if before is not cell and not same(before, cell) and has_value:
                yield row_id, name


def undone(desk: Desk, moved: int) -> list[Trip]:
    """Stop where most of what the last write brought is back at what stood there before: somebody undid it.

    `moved` counts the cells that are not as expected. At least three, and 80 %, of the cells that the last write changed;
    a row that it appended or cleared counts as one. Asked only where no other guard asks already.
    """
    s = desk.situation
    if s.since is not None or moved < max(FEWEST, _SHARE * s.written):
        return []
    last = s.last_write()
    place = {name: number for number, name in enumerate(desk.fields)}
    was, now = desk.expected.shown, desk.theirs
    back: list[RowId] = []
    changed = 0
    for (row_id, name), former in last.cells.items():
        if row_id in was and name in place and not same(was[row_id][place[name]], former):
            changed += 1
            seen = now.get(row_id)
            back += [row_id] if seen is not None and same(seen.cells[place[name]], former) else []
    for row_id in last.appended & was.keys():
        changed += 1
        back += [] if row_id in now or row_id in desk.unseen else [row_id]
    for row_id, cells in last.cleared.items():
        if row_id in was:
            continue
        changed += 1
        seen = now.get(row_id)
        is_back = seen is not None and all(same(seen.cells[p], cells.get(name)) for name, p in place.items())
        back += [row_id] if is_back else []
    if len(back) < max(FEWEST, _SHARE * changed):
        return []
    return [Trip("undone", len(back), FEWEST - 1, tuple(sorted({now[i].position for i in back if i in now})))]
