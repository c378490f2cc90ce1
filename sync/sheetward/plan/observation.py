"""What a sheet shows at one moment, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sheetward.cells import BLANK, Cell, RawCell
from sheetward.merge.choice import Choice


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


NO_VALUE: Final = frozenset({Mark.VOLATILE, Mark.UNCACHED, Mark.ERROR})
"""Marks of cells that contribute nothing."""


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


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line of the workbook's own list of what waits, as a person left it.

    `item` is whom it is about, `digest` what it told, `remark` the code of what was said about an earlier choice, `place`
    the cell that it points to. `text` is what stands in the choice cell and `choice` what that means, `None` where it is
    nothing that is understood; `value` is what was typed beside it.
    """

    item: str
    digest: str
    remark: str = ""
    place: str = ""
    choice: Choice | None = None
    text: str = ""
    value: RawCell = BLANK

    @property
    def is_chosen(self) -> bool:
        """Say whether a person wrote anything into the line."""
        return bool(self.text) or self.value != BLANK


@dataclass(frozen=True, slots=True)
class MarkedCell:
    """A cell that bears a mark of ours; `why` is the kind of item. A stray mark has an empty `row_id` and its address."""

    row_id: str
    field: str
    why: str


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
    headers: tuple[str, ...] = ()
    """All header texts of the table's row, those of private columns included."""
    free_columns: tuple[str, ...] = ()
    """The letters of the columns in which new ones of the table would go, as far as there is room for them."""
    settling: tuple[ShownLine, ...] | None = None
    """This sheet's lines in the workbook's list of what waits; `None` where the medium holds no such list."""
    marked: frozenset[MarkedCell] | None = None
    """Cells marked as waiting; `None` where the medium can mark none."""
    content: str = ""
    """A digest of what the medium holds, before any meaning was given to it: while it is the same, so is everything else
    here but `revision` and `editor`. Empty where the medium has none."""
