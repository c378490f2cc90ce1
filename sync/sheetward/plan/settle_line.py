"""One line of the list in which people settle what waits, as plain data: the medium gives it words and looks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from sheetward.cells import Cell, to_json
from sheetward.merge.choice import Choice
from sheetward.table import RowId


@dataclass(frozen=True, slots=True)
class Side:
    """What one side says: one cell, several by field, or a sentence by its code where no value is to be shown."""

    cells: Mapping[str, Cell] = field(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    code: str = ""


@dataclass(frozen=True, slots=True)
class SettleLine:
    """What a person reads of one open item, and how they may settle it.

    `key` and `name` are the row's number and name as far as the sheet's reader sees them. `field` is `None` for a whole row.
    `mine` is the sheet's side. `who` changed the store's side, and `when` (UTC, ISO). `choices` are those on offer, in
    their order. `code` and `facts` say why the item waits; `remark` what became of an earlier choice.
    """

    item: str
    row: RowId
    field: str | None
    kind: str
    code: str
    facts: Mapping[str, object]
    key: str
    name: str
    mine: Side
    store: Side
    who: str
    when: str
    choices: tuple[Choice, ...]
    remark: str = ""

    @property
    def digest(self) -> str:
        """Give a word for what the line tells, its remark and its place apart."""
        told = [
            *(self.item, self.code, dict(self.facts), self.key, self.name, self.who, self.when, list(self.choices)),
            *({name: to_json(cell) for name, cell in side.cells.items()} for side in (self.mine, self.store)),
            *(self.mine.code, self.store.code),
        ]
        return hashlib.sha256(orjson.dumps(told, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
