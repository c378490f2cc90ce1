"""History as a person asks for it: what happened to a row, what changed between two commits and by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Literal, TypeAlias

from sheetward.cells import Cell
from sheetward.diff import Changeset
from sheetward.history.entry import Entry, Told
from sheetward.table import RowId

Happening: TypeAlias = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class RowStory:
    """What one commit did to one row: its filled cells where it was added or removed, else old and new by field."""

    by: Entry
    happening: Happening
    cells: Mapping[str, tuple[Cell, Cell]]


@dataclass(frozen=True, slots=True)
class CellStory:
    """One cell between two commits. `field` is `None` for a row added or removed; `by` is the last commit that did it."""

    row: RowId
    field: str | None
    happening: Happening
    old: Cell
    new: Cell
    by: Entry


def row_story(told: Told, row: RowId) -> Sequence[RowStory]:
    """Give what happened to a row, newest first."""
    found: list[RowStory] = []
    for entry, changes in told:
        if row in changes.added:
            cells = {name: (None, cell) for name, cell in changes.added[row].items()}
            found.append(RowStory(entry, "added", cells))
        elif row in changes.removed:
            lost: dict[str, tuple[Cell, Cell]] = {name: (cell, None) for name, cell in changes.removed[row].items()}
            found.append(RowStory(entry, "removed", lost))
        elif row in changes.changed:
            found.append(RowStory(entry, "changed", changes.changed[row]))
    return found[::-1]


def composed(told: Told) -> Changeset:
    """Give all commits as one changeset; what ends where it began drops out."""
    return reduce(Changeset.then, (changes for _, changes in told), Changeset())


def difference(told: Told) -> Sequence[CellStory]:
    """Give what changed from the first commit to the last, each with who did it last; rows in the order of changes."""
    cells, rows = _last_hands(told)
    whole = composed(told)
    stories = [CellStory(row, None, "added", None, None, rows[row]) for row in whole.added]
    stories += [CellStory(row, None, "removed", None, None, rows[row]) for row in whole.removed]
    stories += [
        CellStory(row, name, "changed", old, new, cells.get((row, name)) or rows[row])
        for row, changes in whole.changed.items()
        for name, (old, new) in changes.items()
    ]
    return stories


def _last_hands(told: Told) -> tuple[Mapping[tuple[RowId, str], Entry], Mapping[RowId, Entry]]:
    cells: dict[tuple[RowId, str], Entry] = {}
    rows: dict[RowId, Entry] = {}
    for entry, changes in told:
        for row in (*changes.added, *changes.removed):
            rows[row] = entry
        for row, names in ((row, changes.added[row]) for row in changes.added):
            cells.update({(row, name): entry for name in names})
        for row, moved in changes.changed.items():
            cells.update({(row, name): entry for name in moved})
    return cells, rows
