"""Areas as the patcher reckons with them: read leniently, overlapping, joined, grown downwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sheetward.xlsx.areas import Area, area


def parsed_area(text: str | None) -> Area | None:
    """Read an area, `None` for what is none.

    >>> str(parsed_area("$B$2:C9")), parsed_area("x1y"), parsed_area(None)
    ('B2:C9', None, None)
    """
    try:
        return area(text) if text else None
    except ValueError:
        return None


def meets(one: Area, other: Area) -> bool:
    """Say whether two areas share a cell."""
    return not (
        other.first_row > one.last_row
        or other.last_row < one.first_row
        or other.first_column > one.last_column
        or other.last_column < one.first_column
    )


def joined_area(one: Area, other: Area) -> Area:
    """Give the smallest area that holds both."""
    return Area(
        min(one.first_row, other.first_row),
        min(one.first_column, other.first_column),
        max(one.last_row, other.last_row),
        max(one.last_column, other.last_column),
    )


def grown(one: Area, after_row: int, last_row: int, columns: tuple[int, int]) -> Area:
    """Give an area grown to `last_row` where it covers `after_row`, ends before `last_row` and meets the columns.

    >>> str(grown(area("B2:C9"), 9, 12, (1, 5))), str(grown(area("B2:C8"), 9, 12, (1, 5)))
    ('B2:C12', 'B2:C8')
    """
    follows = one.first_row <= after_row <= one.last_row < last_row
    meets_columns = one.first_column <= columns[1] and one.last_column >= columns[0]
    return replace(one, last_row=last_row) if follows and meets_columns else one


def spelt_areas(found: Iterable[Area]) -> str:
    """Spell areas as `sqref` holds them."""
    return " ".join(str(one) for one in found)
