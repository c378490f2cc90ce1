"""Lists of ours that a workbook holds as visible tabs: how they look, and how they are known again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sheetward.sheets.header_row import ID_HEADER
from sheetward.sheets.layout import Head
from sheetward.xlsx.edits import PageCell
from sheetward.xlsx.look import Look
from sheetward.xlsx.workbook import Workbook

SIGN: Final = "_sheetward:"
"""What the hidden headers of a list begin with."""
SETTLE_HEAD: Final = SIGN + "item"
CHECK_HEAD: Final = SIGN + "finding"
TITLE: Final = Look(is_bold=True, has_border=False)
HEAD: Final = Look(fill="FF44546A", color="FFFFFFFF", is_bold=True)
TEXT: Final = Look()
LINK: Final = Look(color="FF0563C1", is_underlined=True)
HIDDEN: Final = Look(has_border=False)


def is_own_list(head: Head) -> bool:
    """Say whether a tab is a list of ours, and so no table of anybody's; a bound table is none, whatever was pasted into it."""
    texts = {text.strip() for row in head.rows.values() for text in row.values()}
    return ID_HEADER not in texts and not texts.isdisjoint((SETTLE_HEAD, CHECK_HEAD))


def free_tab_name(workbook: Workbook, wanted: str) -> str:
    """Give a name for a new tab: the wanted one, or with a number where a tab of the user's own has it."""
    taken = {sheet.name.casefold() for sheet in workbook.sheets}
    name, number = wanted, 1
    while name.casefold() in taken:
        number += 1
        name = f"{wanted} {number}"
    return name


def place_link(tab: str, cell: str) -> str:
    """Give the place in the workbook that a link leads to.

    >>> place_link("Bob's", "C5")
    "'Bob''s'!C5"
    """
    return "'{}'!{}".format(tab.replace("'", "''"), cell)


def row_height(row: Sequence[PageCell], widths: Sequence[float]) -> int:
    """Estimate how high a row must be to show its texts whole, in points: programs do not all fit rows to wrapped text."""
    lines = max(_lines_in(cell.text, width) for cell, width in zip(row, widths, strict=False) if width)
    return min(4 + 15 * lines, 300)


def _lines_in(text: str, width: float) -> int:
    return sum(1 + int(sum(1 + (ord(sign) > 0x2E7F) for sign in part) * 1.1 // width) for part in text.split("\n"))
