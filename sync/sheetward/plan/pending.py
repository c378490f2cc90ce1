"""A write that was decided and committed but is not known to have arrived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sheetward.cells import Cell
from sheetward.table import RowId


@dataclass(frozen=True, slots=True)
class PendingWrite:
    """A write that was decided and committed but is not known to have arrived.

    `new_ids`: rows typed without an id, by position and cells, and the ids they were given. `fingerprint` is the
    sheet's before the write. `is_purging`: what it takes from the sheet must leave the file's bytes too, whoever
    finishes it.
    """

    stamp: str
    fingerprint: str
    new_ids: tuple[tuple[int, Mapping[str, Cell], RowId], ...] = ()
    is_purging: bool = False
