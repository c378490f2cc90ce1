"""Where the hidden id column goes: the last column inside the table's range, so that it is sorted along. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sheetward.errors import UserError
from sheetward.sheets.header_row import ID_HEADER
from sheetward.sheets.layout import Head
from sheetward.xlsx.areas import MAX_COLUMN
from sheetward.xlsx.edits import NewHiddenColumn

_GUARD = {
    "zh": ("请不要修改", "这一列是每行的编号，用来辨认行。修改它会让同步认错行。"),
    "en": (
        "Please leave this alone",
        "This column tells the rows apart. Changing it makes a sync mistake one row for another.",
    ),
}


@dataclass(frozen=True, slots=True)
class IdPlace:
    """A column for the ids; `is_inside` is false where it had to go beside something that stands next to the table."""

    column: int
    is_inside: bool


def id_place(head: Head, header_row: int, columns: Iterable[int], used: Iterable[int] = ()) -> IdPlace:
    """Give the column right after the table, or where that is taken the first one free to the right.

    `columns` are the bound ones, `used` all columns that hold anything from the header down. The table reaches from
    its first to its last column without a gap in the header, or as far as its table object or filter. Without these,
    a spreadsheet sorts what hangs together: the only blank column between the table and something else counts as
    taken, and a column further right keeps a blank one on both sides, or the ids would be sorted with a stranger.
    `UserError('bind.no_room')` where the sheet ends before a column is free.
    """
    end, has_range = _end(head, header_row, columns)
    taken = _taken(head, header_row, end, used)
    column = end + 1
    is_inside = column not in taken and (has_range or column + 1 not in taken)
    while not is_inside and taken & {column - 1, column, column + 1}:
        column += 1
    if column > MAX_COLUMN:
        raise UserError("bind.no_room", file=head.file, tab=head.tab)
    return IdPlace(column, is_inside)


def _end(head: Head, header_row: int, columns: Iterable[int]) -> tuple[int, bool]:
    """Give the table's last column, and whether a table object or a filter says so."""
    texts = head.rows.get(header_row, {})
    end, has_range = max(columns), False
    while texts.get(end + 1, "").strip():
        end += 1
    for area in (*(table.area for table in head.tables), *([head.filter_area] if head.filter_area else [])):
        if area.first_row == header_row and area.first_column <= end <= area.last_column:
            end, has_range = area.last_column, True
    return end, has_range


def _taken(head: Head, header_row: int, end: int, used: Iterable[int]) -> set[int]:
    """Give the columns that hold anything, or belong to something that lies beside the table."""
    taken = {*head.rows.get(header_row, {}), *used}
    for area in (*(table.area for table in head.tables), *head.merged):
        if area.first_column > end and area.last_row >= header_row:
            taken |= set(range(area.first_column, area.last_column + 1))
    return taken


def columns_behind(
    head: Head, header_row: int, columns: Iterable[int], id_column: int | None, *, used: Iterable[int], most: int
) -> list[int]:
    """Give the columns in which new ones of the table go: side by side behind its last, so that they are sorted along.

    The id column stays where it is; one that is yet to come goes first. Fewer than `most` where something is in the way.
    """
    own = [*columns]
    if id_column is None:
        place = id_place(head, header_row, own, used)
        if not place.is_inside:
            return []
        end, has_range = place.column, _end(head, header_row, own)[1]
    else:
        end, has_range = _end(head, header_row, own)
    taken = _taken(head, header_row, end, used)
    free: list[int] = []
    for column in range(end + 1, min(end + most, MAX_COLUMN) + 1):
        if column in taken or not (has_range or column + 1 not in taken):
            break
        free.append(column)
    return free


def new_id_column(column: int, header_row: int, lang: str) -> NewHiddenColumn:
    """Give the hidden column with its header and its soft guard."""
    title, text = _GUARD["en" if lang == "en" else "zh"]
    return NewHiddenColumn(column, header_row, ID_HEADER, title, text)
