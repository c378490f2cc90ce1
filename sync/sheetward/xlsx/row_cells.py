"""The cells of one row of a sheet part, as bytes: found by reference, or by reading the row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from sheetward.errors import UserError
from sheetward.xlsx.areas import address, column_number
from sheetward.xlsx.markup import ATTRIBUTES, attribute, first


@dataclass(frozen=True, slots=True)
class FoundCell:
    """A cell as it stands in its row: where, its start tag, what it holds."""

    column: int
    start: int
    end: int
    tag: bytes
    body: bytes

    @property
    def style(self) -> int | None:
        """Give its style id, `None` where it has none."""
        value = attribute(self.tag, "s")
        return int(value) if value and value.isdigit() else None

    @property
    def has_content(self) -> bool:
        """Say whether it holds a value or a formula."""
        return re.search(rb"<(?:[\w.-]+:)?(?:v|f|is)[\s/>]", self.body) is not None

    @property
    def formula(self) -> bytes | None:
        """Give the start tag of its formula, `None` where it has none."""
        element = first(self.body, "f")
        return None if element is None else element.tag(self.body)


@cache
def _cell_pattern(prefix: bytes) -> re.Pattern[bytes]:
    name = re.escape(prefix) + b"c"
    return re.compile(
        rb"<" + name + rb"(?=[\s/>])(" + ATTRIBUTES + rb")(?:/>|>(.*?)</" + name + rb"\s*>)",
        re.DOTALL,
    )


def cells_of(row: bytes, prefix: bytes, part: str) -> Iterator[FoundCell]:
    """Give the cells of a row, in order; those without `r` are counted on. `UserError('patch.unsupported_xml')`."""
    last = 0
    for found in _cell_pattern(prefix).finditer(row):
        place = attribute(row[found.start() : found.end(1) + 1], "r")
        column = _column(place, part) if place else last + 1
        if column <= last:
            raise UserError("patch.unsupported_xml", part=part)
        last = column
        yield _found(row, found, column)


class RowCells:
    """The cells of a row by column: one that bears its reference first is found at once, others by reading the row."""

    def __init__(self, row: bytes, number: int, prefix: bytes, part: str) -> None:
        self.row = row
        self._number = number
        self._prefix = prefix
        self._part = part
        self._all: dict[int, FoundCell] | None = None

    def all(self) -> Mapping[int, FoundCell]:
        """Give all cells of the row, in order."""
        if self._all is None:
            self._all = {found.column: found for found in cells_of(self.row, self._prefix, self._part)}
        return self._all

    def direct(self, column: int) -> FoundCell | None:
        """Give a cell without reading the row; `None` says nothing about whether it is there."""
        start = self.row.find(b'<%sc r="%s"' % (self._prefix, address(self._number, column).encode()))
        found = None if start < 0 else _cell_pattern(self._prefix).match(self.row, start)
        return None if found is None else _found(self.row, found, column)

    def is_doubled(self, column: int) -> bool:
        """Say whether a cell stands twice in the row: no program writes that, and readers do not agree which one counts."""
        return self.row.count(b'<%sc r="%s"' % (self._prefix, address(self._number, column).encode())) > 1

    def get(self, column: int) -> FoundCell | None:
        """Give a cell, `None` where the row has none in this column."""
        found = None if self._all is not None else self.direct(column)
        return found or self.all().get(column)


def _found(row: bytes, found: re.Match[bytes], column: int) -> FoundCell:
    body = found[2]
    tag = row[found.start() : found.end() if body is None else found.start(2)]
    return FoundCell(column, found.start(), found.end(), tag, body or b"")


def _column(place: str, part: str) -> int:
    try:
        return column_number(place.rstrip("0123456789"))
    except ValueError as trouble:
        raise UserError("patch.unsupported_xml", part=part) from trouble
