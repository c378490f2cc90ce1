"""A sheet part as a stream: what stands before the rows, windows of whole rows, what stands after them.

Memory holds one window and the two ends, whatever the size of the sheet. Windows are cut before the last row that
begins in them, so that empty rows without an end tag do not pile up.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from sheetward.errors import UserError
from sheetward.xlsx.markup import ATTRIBUTES, NAME, attribute, refuse_unsupported

_SHEET_DATA: Final = re.compile(rb"<((?:" + NAME + rb":)?)sheetData(?=[\s/>])" + ATTRIBUTES + rb"(/?)>")


class Piece(Enum):
    """What a piece of the stream is."""

    HEAD = auto()
    """Everything up to and with the start tag of `sheetData`, self-closing where it is."""
    ROWS = auto()
    """Whole rows, with any space between them."""
    TAIL = auto()
    """The end tag of `sheetData`, where there is one, and everything after it."""


def sheet_pieces(windows: Iterable[bytes], part: str) -> Iterator[tuple[Piece, bytes]]:
    """Cut a sheet part; joined again the pieces are the part. `UserError('patch.unsupported_xml')`."""
    source = iter(windows)
    buffer, found = b"", None
    for window in source:
        buffer += window
        found = _SHEET_DATA.search(buffer)
        if found is not None:
            break
    if found is None:
        raise UserError("patch.unsupported_xml", part=part)
    head, rest = buffer[: found.end()], buffer[found.end() :]
    refuse_unsupported(head, part)
    yield Piece.HEAD, head
    if found[2]:
        yield Piece.TAIL, _checked(rest + b"".join(source), part)
        return
    yield from _row_pieces(source, rest, found[1], part)


def _row_pieces(source: Iterator[bytes], buffer: bytes, prefix: bytes, part: str) -> Iterator[tuple[Piece, bytes]]:
    closing, opening = b"</" + prefix + b"sheetData", b"<" + prefix + b"row"
    while True:
        end = buffer.find(closing)
        if end >= 0:
            if end:
                yield Piece.ROWS, _checked(buffer[:end], part)
            yield Piece.TAIL, _checked(buffer[end:] + b"".join(source), part)
            return
        cut = buffer.rfind(opening)
        if cut > 0:
            yield Piece.ROWS, _checked(buffer[:cut], part)
            buffer = buffer[cut:]
        window = next(source, None)
        if window is None:
            raise UserError("patch.unsupported_xml", part=part)
        buffer += window


def _checked(data: bytes, part: str) -> bytes:
    at = data.find(b"!")
    while at >= 0:  # one byte is found many times faster than two
        if data[at - 1 : at] == b"<":
            raise UserError("patch.unsupported_xml", part=part)
        at = data.find(b"!", at + 1)
    return data


def prefix_of(head: bytes) -> bytes:
    """Give the prefix of the sheet's elements with its colon, from the end of a head."""
    found = _SHEET_DATA.search(head, head.rfind(b"<"))
    return b"" if found is None else found[1]


@dataclass(frozen=True, slots=True)
class RowSpan:
    """Where a row lies in its window."""

    number: int
    start: int
    end: int


class RowCounter:
    """Numbers the rows of successive windows; rows without `r` are counted on from the row before."""

    def __init__(self, prefix: bytes, part: str) -> None:
        self.part = part
        self.last = 0
        self._opening = b"<" + prefix + b"row"
        self._tag = re.compile(re.escape(self._opening) + rb"(?=[\s/>])" + ATTRIBUTES + rb"(/?)>")
        self._closing = re.compile(rb"</" + re.escape(prefix) + rb"row\s*>")

    def spans(self, window: bytes, wanted: Sequence[int] | None) -> list[RowSpan]:
        """Give the spans of a window's rows, or none where no wanted row can lie in it or before it.

        `wanted` ascends; `None` wants all rows. Where all wanted rows of the window are found by their `r`, only
        these are given.
        """
        before = self.last
        first = self._tag.search(window)
        if first is None:
            return []
        if wanted is None:
            return self._all(window, first.start())
        final = self._tag.match(window, window.rfind(self._opening))
        ends = (attribute(first[0], "r"), attribute(final[0], "r") if final else None)
        if ends[0] and ends[1] and ends[0].isdigit() and ends[1].isdigit():
            low, high = int(ends[0]), int(ends[1])
            if low <= before or high < low:
                raise UserError("patch.unsupported_xml", part=self.part)
            here = wanted[bisect_right(wanted, before) : bisect_right(wanted, high)]
            direct = self._direct(window, here)
            if direct is not None:
                self.last = high
                return direct
        return self._all(window, first.start())

    def _direct(self, window: bytes, rows: Sequence[int]) -> list[RowSpan] | None:
        spans: list[RowSpan] = []
        position = 0
        for row in rows:
            start = window.find(b'%s r="%d"' % (self._opening, row), position)
            tag = self._tag.match(window, start) if start >= 0 else None
            if tag is None:
                return None
            spans.append(RowSpan(row, start, self._end(window, tag)))
            position = spans[-1].end
        return spans

    def _all(self, window: bytes, position: int) -> list[RowSpan]:
        spans: list[RowSpan] = []
        while tag := self._tag.search(window, position):
            spelt = attribute(tag[0], "r")
            number = int(spelt) if spelt and spelt.isdigit() else self.last + 1
            if number <= self.last:
                raise UserError("patch.unsupported_xml", part=self.part)
            self.last, position = number, self._end(window, tag)
            spans.append(RowSpan(number, tag.start(), position))
        return spans

    def _end(self, window: bytes, tag: re.Match[bytes]) -> int:
        if tag[1]:
            return tag.end()
        closing = self._closing.search(window, tag.end())
        if closing is None:
            raise UserError("patch.unsupported_xml", part=self.part)
        return closing.end()
