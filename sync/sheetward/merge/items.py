"""What waits for a person: conflicts, held rows and cells, rejections. Data, never exceptions."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as default
from enum import StrEnum

import orjson

from sheetward.cells import MISSING, Cell, Missing, from_json, to_json
from sheetward.table import RowId


class ItemKind(StrEnum):
    """The three lists that a person can see."""

    CONFLICT = "conflict"
    HELD = "held"
    REJECTED = "rejected"


def _no_facts() -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits for a person, or that a person settled.

    `code` says why (in the message catalogue); for conflicts it is `conflict.cell`, `conflict.delete_modify` or
    `conflict.left_view`. `field` is `None` for a whole row, and then `sheet` is MISSING and `row_cells` holds what was
    typed, by field. `row` is empty for a whole column, and then `row_cells` holds what was typed, by row id. `base`, `store`, `sheet` are MISSING where that side has no such row. `position` is the sheet's row number
    when last seen.
    """

    id: str
    kind: ItemKind
    binding: str
    table: str
    row: RowId
    field: str | None
    code: str
    base: Cell | Missing = MISSING
    store: Cell | Missing = MISSING
    sheet: Cell | Missing = MISSING
    row_cells: Mapping[str, Cell] = default(default_factory=dict)  # pyright: ignore[reportUnknownVariableType]
    facts: Mapping[str, object] = default(default_factory=_no_facts)
    position: int | None = None
    by: str = ""
    opened: dt.datetime | None = None
    closed: dt.datetime | None = None
    closed_by: str = ""
    outcome: str = ""
    """Empty while open; else how it was settled: store, sheet, value, keep, delete, accepted, dropped, agreed, acked,
    superseded, gone."""


def cell_json(cell: Cell | Missing) -> object:
    """Encode a cell that may be missing."""
    return {"missing": True} if isinstance(cell, Missing) else to_json(cell)


def cell_from(data: object) -> Cell | Missing:
    """Decode what `cell_json` wrote."""
    return MISSING if data == {"missing": True} else from_json(data)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def item_id(kind: ItemKind, binding: str, row: RowId, name: str | None, *sides: object) -> str:
    """Give the id of an item: a digest of what it is about, so that a refreshed conflict gets a new one.

    `sides` are JSON-ready. Ids are 10 letters and digits, the first of which tells the kind.
    """
    digest = hashlib.sha256(orjson.dumps([binding, row, name, *sides], option=orjson.OPT_SORT_KEYS)).hexdigest()
    return {"conflict": "c", "held": "h", "rejected": "r"}[kind.value] + digest[:9]
