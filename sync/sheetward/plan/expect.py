"""What a sheet is expected to show: the projection of its base commit under the rule of that time, plus its overlay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sheetward.cells import Cell
from sheetward.plan.overlay import Overlay
from sheetward.sharing import MASK_TEXT, Access, Rule
from sheetward.table import Row, RowId, Table


@dataclass(frozen=True)
class Expected:
    """The expected image over the observed columns, and where a merge starts from something else than it.

    `shown`: row id to cells. `base`: only rows whose merge base differs from what is shown; `None` for a row without
    one (a held new row). `absent`: rows that the sheet lacks by its own doing while a conflict about that is open, with
    their base. `items`: (row, field) or (row, None) to the open item that keeps it so.
    """

    fields: tuple[str, ...]
    shown: Mapping[RowId, Row]
    base: Mapping[RowId, Row | None] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    absent: Mapping[RowId, Row] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    items: Mapping[tuple[RowId, str | None], str] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]

    def base_of(self, row_id: RowId) -> Row | None:
        """Give the merge base of a row that is shown or absent."""
        if row_id in self.base:
            return self.base[row_id]
        return self.shown.get(row_id, self.absent.get(row_id))


def aligned(cells: Mapping[str, Cell], fields: tuple[str, ...]) -> Row:
    """Give cells by field as a row over these fields."""
    return tuple(cells.get(name) for name in fields)


def viewed(table: Table, rule: Rule, fields: tuple[str, ...]) -> dict[RowId, Row]:
    """Give what a sheet with these columns shows of a table under a rule; hidden columns are empty."""
    projected = rule.projected(table)
    return dict(projected.selected(fields).rows)


def expect(base: Table, rule: Rule, overlay: Overlay, fields: tuple[str, ...], seen: tuple[str, ...]) -> Expected:
    """Give the expected image over `fields`; a field without a column at the last sync was not shown."""
    view = viewed(base, rule, tuple(name if name in seen else "" for name in fields))
    shown: dict[RowId, Row] = view
    bases: dict[RowId, Row | None] = {}
    absent: dict[RowId, Row] = {}
    items: dict[tuple[RowId, str | None], str] = {}
    masked = [place for place, name in enumerate(fields) if name in seen and rule.access(name) is Access.MASK]
    for row_id, row in overlay.rows.items():
        if row.item is not None:
            items[row_id, None] = row.item
        if row.shown is None:
            shown.pop(row_id, None)
            if row.base is not None:
                absent[row_id] = aligned(row.base, fields)
            continue
        shown[row_id] = aligned(row.shown, fields)
        bases[row_id] = None if row.base is None else aligned(row.base, fields)
    if masked:
        _unmask(shown, bases, base, fields, masked)
    for row_id, cells in overlay.cells.items():
        if row_id not in shown:
            continue
        line = list(shown[row_id])
        start = bases.get(row_id, shown[row_id])
        from_base = None if start is None else list(start)
        for place, name in enumerate(fields):
            cell = cells.get(name)
            if cell is None:
                continue
            line[place] = cell.shown
            if from_base is not None:
                from_base[place] = cell.base
            if cell.item is not None:
                items[row_id, name] = cell.item
        shown[row_id] = tuple(line)
        bases[row_id] = None if from_base is None else tuple(from_base)
    return Expected(fields, shown, bases, absent, items)


def _unmask(
    shown: Mapping[RowId, Row], bases: dict[RowId, Row | None], base: Table, fields: tuple[str, ...], masked: list[int]
) -> None:
    """Start merges of masked cells from their true value: the role may be able to write them by now."""
    for row_id, row in shown.items():
        true_row = base.rows.get(row_id)
        if true_row is None or not any(row[place] == MASK_TEXT for place in masked):
            continue
        start = bases.get(row_id, row)
        if start is not None:
            line = list(start)
            for place in masked:
                line[place] = true_row[base.index[fields[place]]]
            bases[row_id] = tuple(line)
