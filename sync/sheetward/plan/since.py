"""What a sheet itself brought to the store since an older revision of it was written: an old copy repeats it.

An older revision comes from a backup, a mail, an undo or a synced folder. What it says again is no edit; what waits for a
person is attached to it again; only what it says anew counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sheetward.cells import Cell, same
from sheetward.merge.items import Item
from sheetward.plan.overlay import Overlay, OverlayCell, OverlayRow
from sheetward.table import RowId


@dataclass(frozen=True)
class Since:
    """The sheet's own past between an older revision and today.

    `cells`: values that it set in a cell, or had in a conflict or held there. `added`: rows that it added, as they were
    added, with what was refused of them. `removed`: rows that it deleted. `waited`: the states in which a row was held, oldest first. `attached`: today's
    overlay entries about open items.
    """

    cells: Mapping[tuple[RowId, str], tuple[Cell, ...]] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    added: Mapping[RowId, Mapping[str, Cell]] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    removed: frozenset[RowId] = frozenset()
    waited: Mapping[RowId, tuple[Mapping[str, Cell], ...]] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    attached: Overlay = field(default_factory=Overlay)

    def repeats(self, row_id: RowId, name: str, cell: Cell) -> bool:
        """Say whether a value is one that the sheet had in that cell since."""
        return any(same(value, cell) for value in self.cells.get((row_id, name), ())) or any(
            same(state.get(name), cell) for state in self.waited.get(row_id, ())
        )


def settled_since(overlay: Overlay, open_items: Mapping[str, Item]) -> Overlay:
    """Give an older overlay without what was settled since: there the sheet shows what it shows, and that is no edit."""
    cells = {
        row: {
            name: cell if cell.item in open_items else OverlayCell(cell.shown, cell.shown)
            for name, cell in shown.items()
        }
        for row, shown in overlay.cells.items()
    }
    rows = {
        row: shown if shown.item in open_items else OverlayRow(shown.shown, shown.shown)
        for row, shown in overlay.rows.items()
    }
    return replace(overlay, cells=cells, rows=rows)


def still_open(overlay: Overlay, open_items: Mapping[str, Item], older: Overlay) -> Overlay:
    """Give today's entries about open items that an older overlay lacks."""
    cells = {
        row: {
            name: cell
            for name, cell in shown.items()
            if (cell.item in open_items and older.cells.get(row, {}).get(name, cell).item != cell.item)
            or (cell.item in open_items and name not in older.cells.get(row, {}))
        }
        for row, shown in overlay.cells.items()
    }
    rows = {
        row: shown
        for row, shown in overlay.rows.items()
        if shown.item in open_items and (row not in older.rows or older.rows[row].item != shown.item)
    }
    return Overlay({row: shown for row, shown in cells.items() if shown}, rows)
