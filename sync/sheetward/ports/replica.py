"""A sheet as the engine sees it: observed whole, written by a guarded batch. Plain data in, plain data out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable

from sheetward.cells import Cell
from sheetward.table import RowId


class Mark(StrEnum):
    """What is special about an observed cell; a cell without a mark is plain."""

    FORMULA = "formula"
    """Its value comes from a formula: it contributes that value and is never overwritten."""
    VOLATILE = "volatile"
    """A formula with NOW, TODAY, RAND, OFFSET, INDIRECT: it contributes nothing and is never overwritten."""
    ERROR = "error"
    """An error value (#REF!): never an edit; its cell is `None` and its text stands in `ShownRow.errors`."""
    UNCACHED = "uncached"
    """A formula whose result the file does not hold: contributes nothing, is never overwritten."""
    MERGED = "merged"
    """A merged cell other than the anchor: cannot take a value."""


def _no_marks() -> Mapping[str, Mark]:
    return {}


def _no_errors() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row as the sheet shows it.

    `position` is the sheet's own row number, 1-based. `row_id` is the id cell's text, empty where blank. `cells` are
    aligned with `Observation.fields`, already canonical. `marks` by field, only where there is one.
    """

    position: int
    row_id: str
    cells: tuple[Cell, ...]
    marks: Mapping[str, Mark] = field(default_factory=_no_marks)
    errors: Mapping[str, str] = field(default_factory=_no_errors)
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the observer wants a person to know: a message code and its facts."""

    code: str
    facts: Mapping[str, object]


@dataclass(frozen=True)
class Observation:
    """A sheet at one moment.

    `fields` are the schema fields that have a column, in the sheet's order; a bound field whose column is gone is in
    `lost_fields`. Rows whose bound cells and id are all blank are left out. `stamp` is `None` where the workbook bears
    none for this binding (or the replica keeps none). `fingerprint` digests ids and canonical cells of the bound area
    with positions; `revision` is an opaque mark of the whole medium (a file's SHA-256) that `write` compares.
    `complete` is false where not everything could be read: then nothing counts as deleted. `header_found` is false
    where the header row is gone.
    """

    fields: tuple[str, ...]
    rows: tuple[ShownRow, ...]
    stamp: str | None
    fingerprint: str
    revision: str
    complete: bool = True
    header_found: bool = True
    lost_fields: tuple[str, ...] = ()
    editor: str | None = None
    notices: tuple[Notice, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    """Field to the header text as it stands in the sheet."""
    addresses: Mapping[str, str] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    """Field to its column letters, so that `addresses[f] + str(position)` is a cell's address."""


@dataclass(frozen=True, slots=True)
class SetCell:
    """Put a value into one cell, if that row still bears the id and the cell still means `old`."""

    position: int
    row_id: str
    field: str
    old: Cell
    new: Cell


@dataclass(frozen=True, slots=True)
class SetRowId:
    """Put a row id into the id cell, if it still holds `old` (empty where blank)."""

    position: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class AppendRow:
    """Append a row below the last one, inside the table; cells by field, fields without a column are left out."""

    row_id: RowId
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class ClearRow:
    """Blank the bound cells and the id of a row in place, if it still bears the id."""

    position: int
    row_id: str


SheetAction: TypeAlias = "SetCell | SetRowId | AppendRow | ClearRow"


@dataclass(frozen=True, slots=True)
class SheetWrite:
    """What one sync writes into one sheet: all of it together with the stamp, or nothing.

    `purge` asks that values which leave the sheet also leave the bytes of its file (shared strings, cached values).
    """

    actions: tuple[SheetAction, ...]
    stamp: str
    purge: bool = False


@runtime_checkable
class Replica(Protocol):
    """A sheet that takes part in a sync.

    Contract (one test class that every implementation runs):
    * `observe` has no side effect on the sheet; two calls without an edit in between give equal observations.
    * After `write`, `observe` shows exactly the planned cells, ids and the stamp, everything else as before.
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
