"""The plan: everything one sync would do, as data. A dry run prints it, a sync executes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sheetward.cells import Cell
from sheetward.diff import Changeset
from sheetward.merge.items import Item
from sheetward.plan.actions import SheetAction
from sheetward.plan.columns import NO_CHANGE, ColumnChange
from sheetward.plan.observation import MarkedCell, Notice
from sheetward.plan.overlay import Overlay
from sheetward.plan.settle_line import SettleLine
from sheetward.table import RowId

if TYPE_CHECKING:
    from sheetward.plan.explain import Explanation


@dataclass(frozen=True, slots=True)
class Trip:
    """A guard that stops the sync: how many of what, the limit, and the sheet's row numbers."""

    guard: str
    count: int
    limit: int
    rows: tuple[int, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]


@dataclass(frozen=True)
class Plan:
    """Decided, not yet done.

    `changes` go to the store, `actions` to the sheet. `opened` and `closed` are items (what a column's policy settled at
    once is both); `kept` are those open before and after. `overlay` is the one after the commit, with the cells of this write pending. `to_store` and `to_sheet` count
    cells. `is_renewing` says that the sheet gets a new stamp; `is_purging` that what its reader may no longer see leaves
    the bytes of its file. `settling` and `marked` are the list of what waits and the marks in the sheet, where either is to
    be written anew. `moved` counts the cells that the sheet shows otherwise than expected.
    `columns` are those that come and go.
    """

    changes: Changeset
    actions: tuple[SheetAction, ...]
    overlay: Overlay
    opened: tuple[Item, ...] = ()
    closed: tuple[Item, ...] = ()
    kept: tuple[Item, ...] = ()
    new_ids: tuple[tuple[int, Mapping[str, Cell], RowId], ...] = ()
    counters: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    notices: tuple[Notice, ...] = ()
    trips: tuple[Trip, ...] = ()
    to_store: int = 0
    to_sheet: int = 0
    new_rows: int = 0
    deleted_rows: int = 0
    is_purging: bool = False
    settling: tuple[SettleLine, ...] | None = None
    marked: frozenset[MarkedCell] | None = None
    moved: int = 0
    columns: ColumnChange = NO_CHANGE
    explanation: Explanation | None = field(default=None, compare=False, repr=False)
    """Why: read only where somebody asks."""

    @property
    def is_renewing(self) -> bool:
        """Say whether the sheet gets a new stamp: after anything that one content must not share with another."""
        is_listing = self.settling is not None or self.marked is not None
        is_decided = bool(self.changes or self.actions or self.opened or self.closed)
        return bool(self.moved) or is_decided or self.is_purging or is_listing
