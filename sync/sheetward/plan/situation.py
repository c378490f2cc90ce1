"""All that a plan is made from: base, ours, theirs, the rules, and the present moment as an argument."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import orjson
from sheetward_schemas.model import TableSchema

from sheetward.cells import Cell, Value, to_json, value_of
from sheetward.merge.items import Item
from sheetward.plan.columns import NO_CHANGE, ColumnChange
from sheetward.plan.last_write import LastWrite
from sheetward.plan.observation import Observation
from sheetward.plan.overlay import Overlay
from sheetward.plan.since import Since
from sheetward.sharing import Rule
from sheetward.table import Row, RowId, Table
from sheetward.validation.finding import Finding


class Checker(Protocol):
    """What judges rows: `sheetward.validation.Validator`."""

    def check_rows(
        self,
        fields: tuple[str, ...],
        rows: Iterable[tuple[str, Row]],
        *,
        today: dt.date,
        known: Mapping[str, Collection[Value]],
    ) -> list[Finding]:
        """Give the findings of each row by itself."""
        ...

    def check_unique(self, fields: tuple[str, ...], rows: Iterable[tuple[str, Row]]) -> list[Finding]:
        """Give the findings of rows that repeat what must be unique."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What a guard lets pass: a share of the rows shown (0 to 1), at least so many rows, never more than the cap."""

    deletion_share: float = 0.2
    deletion_rows: int = 3
    deletion_cap: int = 50
    blanked_cells: int = 3


@dataclass(frozen=True, slots=True)
class Change:
    """Who changed something in the store, and when (UTC)."""

    who: str
    when: dt.datetime


def _no_change(_row_id: RowId, _name: str | None) -> Change | None:
    return None


@dataclass(frozen=True)
class Situation:
    """One sheet, its table and its past, at one moment.

    `base` and `ours` are the whole table as of the last sync and at the head, in all fields of the schema. `shown_rule`
    was in force at the last sync, `rule` is now. `seen_fields` had a column then. `adopted` are the ids of a pending
    write that may not have arrived, `was_purging` says that it was to take values out of the file. `items` are this binding's open ones by id. `deleted` are those observed ids that
    the table once had, with their last cells. `known` gives, for a field that is a foreign key, the values it may
    take. `referrers` names the tables whose rows point to a row. `new_row_id` gives the nth id for a row of this sync.
    """

    schema: TableSchema
    table: str
    binding: str
    number: int
    base: Table
    ours: Table
    shown_rule: Rule
    rule: Rule
    is_rule_changed: bool
    seen_fields: tuple[str, ...]
    overlay: Overlay
    observed: Observation
    checker: Checker
    now: dt.datetime
    today: dt.date
    author: str
    new_row_id: Callable[[int], RowId]
    adopted: tuple[tuple[int, Mapping[str, Cell], RowId], ...] = ()
    was_purging: bool = False
    items: Mapping[str, Item] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    deleted: Mapping[RowId, Mapping[str, Cell]] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    counters: Mapping[str, int] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    known: Mapping[str, Collection[Value]] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    referrers: Callable[[Mapping[str, Cell]], tuple[str, ...]] = lambda _: ()
    limits: Limits = field(default_factory=Limits)
    last_image: Mapping[RowId, Row] | None = None
    """While a pending write may not have arrived: what the sheet showed under the stamp it bears, over the observed fields."""
    last_table: Table | None = None
    """The table as the sheet knew it under that stamp, in all fields."""
    since: Since | None = None
    """The sheet's own past since then, where an older revision of it is observed."""
    chosen: Mapping[str, Item] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    """Settled items that lines of the workbook's list still speak of, by id."""
    last_change: Callable[[RowId, str | None], Change | None] = _no_change
    """Row and field (`None`: any of the row) to the store's last change of it since the last sync."""
    is_changed_elsewhere: Callable[[RowId], bool] = lambda _: False
    """Whether anything but this sheet, and what was settled about it, touched a row since the last sync."""
    is_rejoining: bool = False
    """The store was restored: rows that it never knew are taken as they are, under the ids that they bear."""
    written: int = 0
    """How many cells the last write changed, where the sheet is as it was left; 0 where that is not known."""
    last_write: Callable[[], LastWrite] = LastWrite
    """What the last write replaced, looked up when it is asked for."""
    columns: ColumnChange = NO_CHANGE
    """The columns that a changed rule gives to the sheet and takes from it; those that come are observed as empty ones."""
    word: Callable[[str], str] = str
    """The word that a field is stored under: an item keeps its id when its field gets another name."""

    def digest(self, row: Row) -> str:
        """Give a word for the state of a row that tells nothing about its values to who does not have them all."""
        cells = {
            self.word(n): to_json(c) for n, c in zip(self.ours.fields, row, strict=True) if value_of(c) is not None
        }
        return hashlib.sha256(self.binding.encode() + orjson.dumps(cells, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
