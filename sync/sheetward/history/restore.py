"""Taking commits back: their inverse, merged three ways onto today.

Each cell, and whether a row is there at all, has a line of changes through the commits at hand. What is taken back is
the end of that line, as far as it belongs to the chosen commits:

=====================================  ==========================================
the line of changes ends with          outcome
=====================================  ==========================================
chosen commits only                    the value before the first of them returns
another commit, nothing chosen below   nothing
another commit, chosen ones below it   that later edit stays, and is named as kept
=====================================  ==========================================

To bring back the state as of a commit is the same with every later commit chosen; then nothing is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sheetward.cells import Cell, same
from sheetward.diff import Change, Changeset
from sheetward.history.entry import Entry, Told
from sheetward.table import RowId


@dataclass(frozen=True, slots=True)
class Area:
    """What of the table is restored: these rows, these fields; `None` means all. Fields alone move no rows."""

    rows: Collection[RowId] | None = None
    fields: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A later edit by others that stays. `field` is `None` for a whole row.

    `code` says why: `history.later_edit` (the cell was edited again), `history.later_delete` (the row is gone),
    `history.row_in_use` (a row to remove was edited since). `now` is what stays, `wanted` what would have returned.
    """

    row: RowId
    field: str | None
    code: str
    by: Entry
    now: Cell = None
    wanted: Cell = None


@dataclass(frozen=True, slots=True)
class Restoration:
    """The changeset onto today, and what stays. The caller validates the result: keys may collide."""

    changes: Changeset
    kept: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class _Step:
    by: Entry
    is_chosen: bool
    old: Cell
    new: Cell
    is_birth: bool = False
    """The cell came with its row, which was never there before: nothing could return in its place."""


@dataclass
class _RowLine:
    """What happened to one row, oldest first. `cells` are its last known ones, as far as the commits name them."""

    presence: list[_Step] = field(default_factory=list)  # pyright: ignore[reportUnknownVariableType]
    steps: dict[str, list[_Step]] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    cells: dict[str, Cell] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]

    def added(self, by: Entry, whole: Mapping[str, Cell], *, is_chosen: bool) -> None:
        is_birth = not self.presence
        self.presence.append(_Step(by, is_chosen, old=False, new=True))
        for name in dict.fromkeys((*self.cells, *whole)):
            old, new = self.cells.get(name), whole.get(name)
            if not same(old, new):
                self.steps.setdefault(name, []).append(_Step(by, is_chosen, old, new, is_birth))
            self.cells[name] = new

    def removed(self, by: Entry, whole: Mapping[str, Cell], *, is_chosen: bool) -> None:
        self.presence.append(_Step(by, is_chosen, old=True, new=False))
        self.cells.update(whole)

    def changed(self, by: Entry, cells: Mapping[str, Change], *, is_chosen: bool) -> None:
        for name, (old, new) in cells.items():
            self.steps.setdefault(name, []).append(_Step(by, is_chosen, old, new))
            self.cells[name] = new


def plan_restore(told: Told, chosen: Collection[int], area: Area | None = None) -> Restoration:
    """Plan to take back the commits with these numbers, as far as the area goes.

    `told` reaches from the first chosen commit, or earlier, to the head.
    """
    place = area or Area()
    added: dict[RowId, Mapping[str, Cell]] = {}
    removed: dict[RowId, Mapping[str, Cell]] = {}
    changed: dict[RowId, Mapping[str, Change]] = {}
    kept: list[Kept] = []
    for row, line in _lines(told, frozenset(chosen), place).items():
        is_there, was_there = _presence(line)
        moves_row = place.fields is None and is_there != was_there
        if moves_row and was_there:
            added[row] = _filled({**line.cells, **_ends(row, line, place, kept)})
            continue
        if moves_row:
            later = _later_work(line)
            if later is None:
                removed[row] = _filled(line.cells)
                continue
            kept.append(Kept(row, None, "history.row_in_use", later))
        if not is_there:
            kept.extend(_lost(row, line, place))
            continue
        moved = {
            name: (line.cells.get(name), cell)
            for name, cell in _ends(row, line, place, kept).items()
            if not same(line.cells.get(name), cell)
        }
        if moved:
            changed[row] = moved
    return Restoration(Changeset(added, removed, changed), tuple(kept))


def _lines(told: Told, chosen: frozenset[int], area: Area) -> Mapping[RowId, _RowLine]:
    lines: dict[RowId, _RowLine] = {}
    touched: set[RowId] = set()
    for entry, changes in told:
        is_chosen = entry.number in chosen
        for row, whole in changes.added.items():
            lines.setdefault(row, _RowLine()).added(entry, whole, is_chosen=is_chosen)
        for row, whole in changes.removed.items():
            lines.setdefault(row, _RowLine()).removed(entry, whole, is_chosen=is_chosen)
        for row, cells in changes.changed.items():
            lines.setdefault(row, _RowLine()).changed(entry, cells, is_chosen=is_chosen)
        if is_chosen:
            touched.update((*changes.added, *changes.removed, *changes.changed))
    return {row: line for row, line in lines.items() if row in touched and (area.rows is None or row in area.rows)}


def _filled(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    return {name: cell for name, cell in cells.items() if cell is not None}


def _end(steps: list[_Step]) -> int:
    """Give how many steps are left when the chosen ones at the end are taken back."""
    left = len(steps)
    while left and steps[left - 1].is_chosen:
        left -= 1
    return left


def _presence(line: _RowLine) -> tuple[bool, bool]:
    """Say whether the row is there today, and whether it would be."""
    if not line.presence:
        return True, True
    left = _end(line.presence)
    would = line.presence[left].old if left < len(line.presence) else line.presence[-1].new
    return line.presence[-1].new is True, would is True


def _later_work(line: _RowLine) -> Entry | None:
    """Give the newest commit of others that edited the row after the chosen commits brought it."""
    birth = line.presence[_end(line.presence)].by.number
    others = [
        step.by for steps in line.steps.values() for step in steps if not step.is_chosen and step.by.number > birth
    ]
    return max(others, key=lambda entry: entry.number, default=None)


def _in_area(name: str, area: Area) -> bool:
    return area.fields is None or name in area.fields


def _lost(row: RowId, line: _RowLine, area: Area) -> list[Kept]:
    """Name the commit that removed a row in which a cell would return."""
    last = line.presence[-1]
    wanted = any(
        step.is_chosen and not step.is_birth
        for name, steps in line.steps.items()
        if _in_area(name, area)
        for step in steps
    )
    went_with_its_row = area.fields is not None and last.is_chosen and line.presence[0].old is True
    if went_with_its_row or (wanted and not last.is_chosen):
        return [Kept(row, None, "history.later_delete", last.by)]
    return []


def _ends(row: RowId, line: _RowLine, area: Area, kept: list[Kept]) -> dict[str, Cell]:
    """Give the cells as they would be, of lines that end with chosen steps; name later edits that stay."""
    ends: dict[str, Cell] = {}
    for name, all_steps in line.steps.items():
        if not _in_area(name, area):
            continue
        steps = [step for step in all_steps if not (step.is_birth and step.is_chosen)]
        left = _end(steps)
        if left < len(steps):
            ends[name] = steps[left].old
        below = next((step for step in steps[:left] if step.is_chosen), None)
        if below is not None and not same(steps[left - 1].new, below.old):
            stays = steps[left - 1]
            kept.append(Kept(row, name, "history.later_edit", stays.by, now=stays.new, wanted=below.old))
    return ends
