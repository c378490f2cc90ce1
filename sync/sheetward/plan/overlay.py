"""Where a sheet's image differs from the projection of its base commit. Differences only, never a copy of the sheet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from sheetward.cells import Cell, Json, from_json, to_json
from sheetward.table import RowId


@dataclass(frozen=True, slots=True)
class OverlayCell:
    """One cell that the sheet shows otherwise than the projection.

    `shown` is what it shows, `base` what a merge starts from; `item` names the conflict or held item that keeps it
    so; `pending` says that a write is to end it, and confirming that write drops the entry.
    """

    shown: Cell
    base: Cell
    item: str | None = None
    pending: bool = False


@dataclass(frozen=True, slots=True)
class OverlayRow:
    """One whole row that the sheet shows and the projection lacks, or the other way round.

    `shown` is `None` where the sheet lacks it; `base` is `None` where a merge starts without it. Cells by field.
    """

    shown: Mapping[str, Cell] | None
    base: Mapping[str, Cell] | None
    item: str | None = None
    pending: bool = False


def _no_cells() -> Mapping[RowId, Mapping[str, OverlayCell]]:
    return {}


def _no_rows() -> Mapping[RowId, OverlayRow]:
    return {}


def _no_columns() -> Mapping[str, bool]:
    return {}


@dataclass(frozen=True, slots=True)
class Overlay:
    """Row id to field to shown cell, and row id to shown row.

    `columns` are the fields that a changed rule gives to the sheet and that have no column yet: true where a write is to
    bring it (confirming that write drops the entry), false where there was no room. `behind` are rows that moved in the
    store while incomplete readings left them out: the sheet is known to show them only as they were before, though what
    moved may be in no column of it.
    """

    cells: Mapping[RowId, Mapping[str, OverlayCell]] = field(default_factory=_no_cells)
    rows: Mapping[RowId, OverlayRow] = field(default_factory=_no_rows)
    columns: Mapping[str, bool] = field(default_factory=_no_columns)
    behind: frozenset[RowId] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.cells or self.rows or self.columns or self.behind)

    @property
    def items(self) -> frozenset[str]:
        """Give the ids of the items that keep anything apart."""
        cells = (cell.item for shown in self.cells.values() for cell in shown.values())
        return frozenset(item for item in (*cells, *(row.item for row in self.rows.values())) if item is not None)

    def confirmed(self) -> Overlay:
        """Give what is left once the pending write has arrived."""
        cells = {row: {n: c for n, c in shown.items() if not c.pending} for row, shown in self.cells.items()}
        return Overlay(
            {row: shown for row, shown in cells.items() if shown},
            {row: shown for row, shown in self.rows.items() if not shown.pending},
            {name: False for name, pending in self.columns.items() if not pending},
            self.behind,
        )

    def postponed(self, rows: Collection[RowId]) -> Overlay:
        """Say of these rows that the write on its way does not bring them: they stay away from the sheet until a later one."""
        late = {row: OverlayRow(None, None) if row in rows else shown for row, shown in self.rows.items()}
        return replace(self, cells={row: cells for row, cells in self.cells.items() if row not in rows}, rows=late)

    def to_json(self) -> Json:
        """Encode for the store."""
        columns: dict[str, Json] = {"columns": dict(self.columns)} if self.columns else {}
        behind: dict[str, Json] = {"behind": list[Json](sorted(self.behind))} if self.behind else {}
        return {
            **columns,
            **behind,
            "cells": {
                row: {n: [to_json(c.shown), to_json(c.base), c.item, c.pending] for n, c in shown.items()}
                for row, shown in self.cells.items()
            },
            "rows": {
                row: [_cells_json(r.shown), _cells_json(r.base), r.item, r.pending] for row, r in self.rows.items()
            },
        }

    @staticmethod
    def from_json(data: Json) -> Overlay:
        """Decode what `to_json` wrote."""
        record = cast("dict[str, dict[str, object]]", data)
        cells = cast("dict[RowId, dict[str, list[Json]]]", record["cells"])
        rows = cast("dict[RowId, list[Json]]", record["rows"])
        return Overlay(
            {
                row: {
                    n: OverlayCell(from_json(c[0]), from_json(c[1]), cast("str | None", c[2]), bool(c[3]))
                    for n, c in shown.items()
                }
                for row, shown in cells.items()
            },
            {
                row: OverlayRow(_cells_from(r[0]), _cells_from(r[1]), cast("str | None", r[2]), bool(r[3]))
                for row, r in rows.items()
            },
            cast("dict[str, bool]", record.get("columns", {})),
            frozenset(cast("list[RowId]", record.get("behind", []))),
        )


def _cells_json(cells: Mapping[str, Cell] | None) -> Json:
    return None if cells is None else {name: to_json(cell) for name, cell in cells.items()}


def _cells_from(data: Json) -> Mapping[str, Cell] | None:
    if data is None:
        return None
    return {name: from_json(cell) for name, cell in cast("dict[str, Json]", data).items()}
