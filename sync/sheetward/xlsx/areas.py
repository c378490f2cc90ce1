"""Cell references: letters and numbers, areas, and the edge of the grid. Rows and columns are counted from 1."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

MAX_ROW: Final = 1_048_576
MAX_COLUMN: Final = 16_384

_REFERENCE: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")


@cache
def column_letters(number: int) -> str:
    """Give a column's letters.

    >>> column_letters(1), column_letters(28), column_letters(16384)
    ('A', 'AB', 'XFD')
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Give a column's number; `ValueError` for what is no column of the grid.

    >>> column_number("A"), column_number("ab"), column_number("XFD")
    (1, 28, 16384)
    """
    number = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z":
            raise ValueError(letters)
        number = number * 26 + ord(letter) - 64
        if number > MAX_COLUMN:
            raise ValueError(letters)
    if not number:
        raise ValueError(letters)
    return number


def address(row: int, column: int) -> str:
    """Give a cell's address.

    >>> address(5, 3)
    'C5'
    """
    return f"{column_letters(column)}{row}"


def place(reference: str) -> tuple[int, int]:
    """Read an address as row and column, dollar signs aside; `ValueError` outside A1:XFD1048576.

    >>> place("C5"), place("$XFD$1048576")
    ((5, 3), (1048576, 16384))
    """
    found = _REFERENCE.fullmatch(reference)
    if found is None or not 1 <= int(found[2]) <= MAX_ROW:
        raise ValueError(reference)
    return int(found[2]), column_number(found[1])


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, both corners included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    def __contains__(self, cell: tuple[int, int]) -> bool:
        return self.first_row <= cell[0] <= self.last_row and self.first_column <= cell[1] <= self.last_column

    def __str__(self) -> str:
        first = address(self.first_row, self.first_column)
        return first if self.is_single else f"{first}:{address(self.last_row, self.last_column)}"

    @property
    def is_single(self) -> bool:
        """Say whether it is one cell."""
        return self.first_row == self.last_row and self.first_column == self.last_column


def area(reference: str) -> Area:
    """Read an area; `ValueError` for what is none. Whole columns and rows reach to the edge of the grid.

    >>> str(area("B2:A9")), str(area("C:D")), str(area("3:3")), str(area("C5"))
    ('A2:B9', 'C1:D1048576', 'A3:XFD3', 'C5')
    """
    first, _, second = reference.replace("$", "").partition(":")
    second = second or first
    if first.isdigit() and second.isdigit():
        first, second = f"A{first}", f"XFD{second}"
    elif first.isalpha() and second.isalpha():
        first, second = f"{first}1", f"{second}{MAX_ROW}"
    (row, column), (other_row, other_column) = place(first), place(second)
    return Area(min(row, other_row), min(column, other_column), max(row, other_row), max(column, other_column))


def area_or_none(reference: str | None) -> Area | None:
    """Read an area; `None` where there is none or it cannot be read."""
    try:
        return area(reference) if reference else None
    except ValueError:
        return None


def areas(references: str) -> tuple[Area, ...]:
    """Read a list of areas as `sqref` holds it, separated by spaces; what cannot be read is left out."""
    found = (area_or_none(reference) for reference in references.split())
    return tuple(one for one in found if one is not None)
