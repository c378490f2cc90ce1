"""What is to be written into a workbook, as plain data. `patch` does it; nothing here touches a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from sheetward.cells import RawCell
from sheetward.xlsx.areas import Area
from sheetward.xlsx.look import Look


@dataclass(frozen=True, slots=True)
class PutText:
    """Text. Where Excel would retype it as a number, date or formula, the cell's format becomes text (`@`)."""

    text: str


@dataclass(frozen=True, slots=True)
class PutNumber:
    """A number by its decimal spelling, such as `13.50`; 1e15 and more is refused, since Excel keeps 15 digits."""

    text: str


@dataclass(frozen=True, slots=True)
class PutBool:
    """TRUE or FALSE."""

    value: bool


@dataclass(frozen=True, slots=True)
class PutDate:
    """A date by its serial in the workbook's own date system; a cell already formatted as a date keeps its format."""

    serial: str
    number_format: str = "yyyy-mm-dd"


@dataclass(frozen=True, slots=True)
class PutFormula:
    """A formula in the file's spelling (English names, commas), with or without the leading `=`; no cached result."""

    text: str


@dataclass(frozen=True, slots=True)
class PutBlank:
    """Nothing; the cell keeps its style."""


CellContent: TypeAlias = "PutText | PutNumber | PutBool | PutDate | PutFormula | PutBlank"


@dataclass(frozen=True, slots=True)
class CellEdit:
    """One cell of a tab, 1-based. `expected` is what it must still hold: state (number and date are one) and text.

    A formula is overwritten only by `PutFormula` or with `over_formula`. `is_masking`: the content hides the value that
    stood there.
    """

    row: int
    column: int
    content: CellContent
    expected: RawCell | None = None
    over_formula: bool = False
    is_masking: bool = False


@dataclass(frozen=True, slots=True)
class AppendedRow:
    """A row to go below `SheetEdit.after_row`: contents by 1-based column number."""

    cells: Mapping[int, CellContent]


@dataclass(frozen=True, slots=True)
class NewHiddenColumn:
    """A hidden column to be added with a header cell; its data cells are ordinary edits.

    Inside a table object or an autofilter that ends right before it, these are widened. With `guard_text` the cells
    below the header get a soft validation: Excel shows the text and asks before it takes what was typed.
    """

    column: int
    header_row: int
    header: str
    guard_title: str = ""
    guard_text: str = ""


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column to be added with a header cell that looks like the one at `model`; its data cells are ordinary edits.

    Table objects and an autofilter that end right before it, or before another new column beside it, are widened.
    """

    column: int
    header_row: int
    header: str
    model: int


@dataclass(frozen=True, slots=True)
class ClosedColumn:
    """A column whose header becomes another one, or none; its cells are ordinary edits.

    Inside a table object a header cannot be empty.
    """

    column: int
    header_row: int
    header: str


@dataclass(frozen=True, slots=True)
class RemovedColumn:
    """A hidden column of ours to be taken away: its cells from the header down, its width entry, its guard."""

    column: int
    header_row: int


@dataclass(frozen=True, slots=True)
class SheetEdit:
    """All edits of one tab.

    `after_row` is the last row of the table, below which `appended` go, in their order; it lends them its formats,
    unless it is the header row itself. `table_columns` are the table's first and last column (appended rows need these
    free below it; default: the columns of the appended cells). `table_end` is the last row of the table as its ranges
    know it, where edits of cells below it lengthen the table up to `after_row` (default: `after_row`). `public` are words
    that are nobody's secret, such as the choices of a list. `marks` replace all marks of their group, `None` leaves them. `allow_protected` lets a protected sheet be written; the caller has asked a person.
    """

    tab: str
    cells: tuple[CellEdit, ...] = ()
    appended: tuple[AppendedRow, ...] = ()
    after_row: int = 0
    header_row: int = 0
    table_end: int = 0
    table_columns: tuple[int, int] | None = None
    hidden_column: NewHiddenColumn | None = None
    removed_column: RemovedColumn | None = None
    new_columns: tuple[NewColumn, ...] = ()
    closed_columns: tuple[ClosedColumn, ...] = ()
    public: frozenset[str] = frozenset()
    allow_protected: bool = False
    marks: Marks | None = None


class MarkGroup(StrEnum):
    """Whose marks they are: each group comes and goes without the others."""

    WAITING = "waiting"
    """What a sync left for a person: kinds `conflict` and `held`."""
    CHECK = "check"
    """What a check of the file found: kinds `error` and `warning`."""


@dataclass(frozen=True, slots=True)
class MarkNote:
    """A text that shows when one of these cells is selected, at most 255 characters under a title of at most 32."""

    areas: tuple[Area, ...]
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Marks:
    """All cells of a tab that bear a mark of one group: kind of mark to areas, and what shows when one is selected.

    Marks are conditional formats: the cells' own formats, notes and comments stay as they are. A note appears only on
    cells that have no input rule of their own.
    """

    areas: Mapping[str, tuple[Area, ...]]
    notes: tuple[MarkNote, ...] = ()
    group: MarkGroup = MarkGroup.WAITING


STAMP_TAB: Final = "_sheetward"


@dataclass(frozen=True, slots=True)
class StampTab:
    """The full content of our very hidden tab: created where it is missing, its part rewritten where it is there."""

    rows: tuple[tuple[str, ...], ...]
    name: str = STAMP_TAB


@dataclass(frozen=True, slots=True)
class RemovedTab:
    """Our very hidden tab to be taken away with its entries; nothing happens where it is not there."""

    name: str = STAMP_TAB


TabEdit: TypeAlias = "StampTab | RemovedTab | None"


@dataclass(frozen=True, slots=True)
class PageCell:
    """A text cell of a page; `link` is a place in the workbook that it leads to, such as `'客户'!C5`."""

    text: str = ""
    look: Look | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class PageList:
    """Cells of one column that offer words to pick from, with the text that shows when one is selected."""

    column: int
    rows: tuple[int, ...]
    words: tuple[str, ...]
    title: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A visible tab of ours, whole: made behind the others where it is missing, its part rewritten where it is there.

    `widths` are by column, 0 hides one; `heights` by row where they are set. The first row is one title over all shown
    columns where `is_titled`.
    """

    name: str
    rows: tuple[tuple[PageCell, ...], ...]
    widths: tuple[float, ...]
    heights: Mapping[int, int]
    lists: tuple[PageList, ...] = ()
    frozen_rows: int = 1
    is_titled: bool = True
    filter_row: int = 0


PageEdit: TypeAlias = "Page | RemovedTab | None"


@dataclass(frozen=True, slots=True)
class PatchReport:
    """What a patch did: parts replaced, added and removed, by member name; cells written; the rows appended by tab."""

    replaced: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    cells: int
    appended: Mapping[str, tuple[int, ...]]
    """Tab to the row numbers its appended rows got."""
