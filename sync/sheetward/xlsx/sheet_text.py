"""A sheet part as text in three sorts of pieces: its head, blocks of whole rows, its tail. Memory holds one window."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final

from sheetward.errors import UserError
from sheetward.xlsx.guards import MAX_TREE
from sheetward.xlsx.package import Package
from sheetward.xlsx.texts import text_windows

MAX_PIECE: Final = 64_000_000
"""Characters of one row."""
MAX_HEAD: Final = 4_000_000
"""Characters before the rows: a few settings and the columns."""

ATTRIBUTES: Final = r"""(?:\s(?:[^<>"']|"[^"]*"|'[^']*')*?)?"""
"""The inside of a start tag after its name; `>` may stand within quotes."""

_SHEET_DATA: Final = re.compile(rf"<((?:[\w.\-]+:)?)sheetData{ATTRIBUTES}(/?)>")


class Piece(Enum):
    """What a piece is; the first is always a head."""

    HEAD = auto()
    """Up to and with the start tag of `sheetData`."""
    ROWS = auto()
    """Whole rows."""
    TAIL = auto()
    """From the end tag of `sheetData`, or behind it where it closes itself."""


def sheet_text(package: Package, part: str) -> Iterator[tuple[Piece, str, str]]:
    """Give the pieces in order, each with the prefix (and its colon) of the sheet's elements."""
    source = text_windows(package, part)
    buffer = ""
    for text in source:
        buffer += text
        found = _SHEET_DATA.search(buffer)
        if found:
            prefix, closed = found[1], bool(found[2])
            yield Piece.HEAD, buffer[: found.end()], prefix
            rest = buffer[found.end() :]
            yield from (
                _tail(package, part, source, rest, prefix) if closed else _rows(package, part, source, rest, prefix)
            )
            return
        if len(buffer) > MAX_HEAD:
            raise UserError("workbook.too_much_text", file=package.file, part=part)
    raise UserError("workbook.damaged", file=package.file, part=part)


def _rows(
    package: Package, part: str, source: Iterator[str], buffer: str, prefix: str
) -> Iterator[tuple[Piece, str, str]]:
    start, end = f"<{prefix}row", f"</{prefix}sheetData"
    seen = 0
    while True:
        stop = buffer.find(end, seen)
        if stop >= 0:
            yield Piece.ROWS, buffer[:stop], prefix
            yield from _tail(package, part, source, buffer[stop:], prefix)
            return
        cut = buffer.rfind(start, seen)
        if cut > 0:
            yield Piece.ROWS, buffer[:cut], prefix
            buffer = buffer[cut:]
        if len(buffer) > MAX_PIECE:
            raise UserError("workbook.too_much_text", file=package.file, part=part)
        seen = max(0, len(buffer) - len(end))
        text = next(source, None)
        if text is None:
            raise UserError("workbook.damaged", file=package.file, part=part)
        buffer += text


def _tail(
    package: Package, part: str, source: Iterator[str], buffer: str, prefix: str
) -> Iterator[tuple[Piece, str, str]]:
    held = [buffer]
    size = len(buffer)
    for text in source:
        held.append(text)
        size += len(text)
        if size > MAX_TREE:
            raise UserError("workbook.too_much_text", file=package.file, part=part)
    yield Piece.TAIL, "".join(held), prefix
