"""What a role may do with one column, and the text that stands where a value is masked."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sheetward.cells import Cell, Missing, Typed


class Access(StrEnum):
    """From most to least: change it, see it, see that something is there, see nothing."""

    WRITE = "write"
    READ = "read"
    MASK = "mask"
    HIDE = "hide"


MASK_TEXT: Final = "••••••"
"""Stands in a sheet for a filled cell that its reader may not see. Reserved: in no sheet is it an edit or a value."""


def is_mask(cell: Cell | Missing) -> bool:
    """Say whether a cell holds the mask text, as its value or as what was typed, spaces around it apart.

    >>> is_mask(" ••••••"), is_mask(None), is_mask("•")
    (True, False, False)
    """
    if isinstance(cell, Typed):
        return is_mask(cell.text) or is_mask(cell.value)
    return isinstance(cell, str) and cell.strip() == MASK_TEXT
