"""A sheet as the engine sees it: observed whole, written by a guarded batch. Plain data in, plain data out."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from sheetward.plan.actions import (
    AddColumn,
    AppendRow,
    ClearRow,
    CloseColumn,
    SetCell,
    SetRowId,
    SheetAction,
    SheetWrite,
)
from sheetward.plan.observation import Mark, MarkedCell, Notice, Observation, ShownLine, ShownRow
from sheetward.plan.settle_line import SettleLine, Side

__all__ = [
    "AddColumn",
    "AppendRow",
    "ClearRow",
    "CloseColumn",
    "Mark",
    "MarkedCell",
    "Notice",
    "Observation",
    "Replica",
    "SetCell",
    "SetRowId",
    "SettleLine",
    "SheetAction",
    "SheetWrite",
    "ShownLine",
    "ShownRow",
    "Side",
]


@runtime_checkable
class Replica(Protocol):
    """A sheet that takes part in a sync.

    Contract (one test class that every implementation runs):
    * `observe` has no side effect on the sheet; two calls without an edit in between give equal observations.
    * After `write`, `observe` shows exactly the planned cells, ids and the stamp, everything else as before; where the
      medium holds a list of what waits, exactly the planned lines, each with what a person typed into it before.
    * `write` with a revision that is no longer the sheet's raises `Changed` and writes nothing.
    * A `write` that raises has written nothing, or (only where `is_atomic` is false) a prefix of the actions without the stamp.
    """

    @property
    def is_atomic(self) -> bool:
        """Say whether a write arrives as a whole or not at all (a closed file: yes; a live workbook: no)."""
        ...

    @property
    def keeps_stamp(self) -> bool:
        """Say whether the medium can hold a stamp (a CSV cannot)."""
        ...

    def revision(self) -> str:
        """Give the mark of the medium as it is now, without reading its cells (a file's hash); moves with every edit."""
        ...

    def observe(self) -> Observation:
        """Read the sheet. `UserError` where it cannot be read at all, `GuardError('sheet.open')` is not raised here."""
        ...

    def check_writable(self) -> None:
        """Raise what a write would meet before anything is decided: `GuardError('sheet.open')`, `UserError('folder.read_only')`."""
        ...

    def write(self, batch: SheetWrite, expected_revision: str) -> str:
        """Apply a batch and give the new revision.

        `TransientError('sheet.changed')` where the revision moved; `TransientError('sheet.open')` where an office
        program has it open; `UserError` where the file cannot take it (signed, too long, outside the grid).
        """
        ...
