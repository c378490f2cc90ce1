"""Rows spelt short: cells by their place, compressed with what the rows of a table have in common.

A row on its own hardly compresses; with a dictionary (RFC 1950, FDICT; here for raw deflate) it takes a fifth of its
JSON and is still read and written alone. A wordbook is made from rows that are about to be written and never changes.
What fewer than five of them share is in no wordbook, and its lines mix cells of different rows: it tells of no one
person, and a row that is erased is gone.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol, cast

import orjson
from sqlalchemy import Connection, bindparam, select

from sheetward.cells import Cell, Json, from_json, to_json
from sheetward.stores.settle import Cells
from sheetward.stores.sql.relations import wordbook
from sheetward.table import Row

ENOUGH: Final = 256
"""Rows in one commit from which a wordbook pays."""
MOST: Final = 100
"""Wordbooks of one table: their number is the first byte of a row and must not be that of a brace."""

_SHARED_BY: Final = 5
_SAMPLE: Final = 1000
_SIZE: Final = 8000
_LEVEL, _WINDOW_BITS, _MEMORY = 6, -13, 6
"""A window that just holds a wordbook: each row copies the compressor's state, so that must be small."""

_OPTIONS: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS

_ALL = (
    select(wordbook.c.number, wordbook.c.fields, wordbook.c.words)
    .where(wordbook.c.table_id == bindparam("in"))
    .order_by(wordbook.c.number)
)


class UnreadableRow(ValueError):  # noqa: N818 - what it is, and not a fault of the program
    """A stored row is not what any wordbook of its table wrote."""


_UNREADABLE: Final = ValueError, TypeError, KeyError, ArithmeticError, OverflowError
"""What a changed byte can make of one cell."""


class _Compressor(Protocol):
    def copy(self) -> _Compressor: ...

    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


def short(cell: object) -> object:
    """Spell a date as its day number: a bare number is nothing else, since amounts are JSON objects of their own."""
    return cell.toordinal() if type(cell) is dt.date else to_json(cast("Cell", cell))


def long(data: object) -> Cell:
    """Read what `short` spelt, or what JSON has a word for."""
    return dt.date.fromordinal(data) if type(data) is int else from_json(cast("Json", data))


@dataclass(frozen=True)
class Wordbook:
    """What the rows of a table have in common: the order of their fields, and text that many of them share."""

    number: int
    fields: tuple[str, ...]
    words: bytes

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {name: place for place, name in enumerate(self.fields)}

    @cached_property
    def _compressor(self) -> _Compressor:
        return zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY, zlib.Z_DEFAULT_STRATEGY, self.words)

    def knows(self, cells: Mapping[str, Cell]) -> bool:
        """Say whether it has a place for all fields of a row."""
        return cells.keys() <= self._places.keys()

    def spelt(self, cells: Mapping[str, Cell]) -> bytes:
        """Spell a row's filled cells, all of fields that it knows."""
        compressor = self._compressor.copy()
        line = [*map(cells.get, self.fields)]
        packed = compressor.compress(orjson.dumps(line, default=short, option=_OPTIONS))
        return b"%c%b%b" % (self.number, packed, compressor.flush())

    def _line(self, data: bytes) -> list[object]:
        try:
            text = zlib.decompressobj(_WINDOW_BITS, self.words).decompress(data[1:])
            line: list[object] = orjson.loads(text)
            if len(line) != len(self.fields):
                raise UnreadableRow
        except (ValueError, TypeError, zlib.error) as trouble:
            raise UnreadableRow from trouble
        return line

    def row(self, data: bytes, fields: tuple[str, ...]) -> Row:
        """Read a row, aligned with `fields`. `UnreadableRow`."""
        line = self._line(data)
        if fields != self.fields:
            places = self._places
            line = [line[place] if (place := places.get(name)) is not None else None for name in fields]
        try:
            return tuple([c if c is None or type(c) is str else long(c) for c in line])
        except _UNREADABLE as trouble:
            raise UnreadableRow from trouble

    def cells(self, data: bytes) -> Cells:
        """Read a row's filled cells by field. `UnreadableRow`."""
        line = zip(self.fields, self._line(data), strict=True)
        try:
            return {name: cell if type(cell) is str else long(cell) for name, cell in line if cell is not None}
        except _UNREADABLE as trouble:
            raise UnreadableRow from trouble


class Wordbooks:
    """The wordbooks of one table, read when the first is asked for; not at all where it is known that there are none."""

    def __init__(self, connection: Connection, table_id: str, *, are_there: bool = True) -> None:
        self._connection = connection
        self._table_id = table_id
        self._are_there = are_there

    @cached_property
    def _books(self) -> dict[int, Wordbook]:
        if not self._are_there:
            return {}
        found = self._connection.execute(_ALL, {"in": self._table_id})
        return {number: Wordbook(number, tuple(orjson.loads(fields)), words) for number, fields, words in found}

    def of(self, data: bytes) -> Wordbook:
        """Give the wordbook that a row was spelt with. `UnreadableRow` where it is not there."""
        book = self._books.get(data[0]) if data else None
        if book is None:
            raise UnreadableRow
        return book

    def for_rows(self, rows: Sequence[Mapping[str, Cell]]) -> Wordbook | None:
        """Give the wordbook to spell rows with, made where many have none; `None` where there are few. Writes."""
        newest = self._books[max(self._books)] if self._books else None
        strange = rows if newest is None else [cells for cells in rows if not newest.knows(cells)]
        if len(strange) < ENOUGH or len(self._books) >= MOST:
            return newest
        number = len(self._books) + 1
        fields = tuple(dict.fromkeys(name for cells in rows for name in cells))
        book = self._books[number] = Wordbook(number, fields, _words(fields, rows))
        values = {"number": number, "fields": orjson.dumps(fields).decode(), "words": book.words}
        self._connection.execute(wordbook.insert(), {"table_id": self._table_id, **values})
        return book


def _words(fields: tuple[str, ...], rows: Sequence[Mapping[str, Cell]]) -> bytes:
    """Give lines as rows have them, of pieces that at least five sampled rows share.

    Each field's pieces are taken from another row than its neighbour's.
    """
    sample = rows[:: -(-len(rows) // _SAMPLE)]
    columns = [_pieces([_text(cells.get(name)) for cells in sample]) for name in fields]
    count = len(sample)
    lines = (
        ",".join(column[(7 * number + 131 * place) % count] for place, column in enumerate(columns))
        for number in range(count)
    )
    return f"[{'],['.join(lines)}]".encode()[-_SIZE:]


def _text(cell: Cell) -> str:
    return orjson.dumps(cell, default=short, option=_OPTIONS).decode()


def _pieces(texts: Sequence[str]) -> Sequence[str]:
    """Give each text, or where too few are like it, the longest beginning and the longest ending that enough share."""
    whole = Counter(texts)
    begins = Counter(text[:length] for text in texts for length in range(2, len(text)))
    ends = Counter(text[start:] for text in texts for start in range(2, len(text)))

    def piece(text: str) -> str:
        if whole[text] >= _SHARED_BY:
            return text
        cuts = range(2, len(text))
        begin = next((text[:cut] for cut in reversed(cuts) if begins[text[:cut]] >= _SHARED_BY), "")
        end = next((text[cut:] for cut in cuts if ends[text[cut:]] >= _SHARED_BY), "")
        return begin + end

    return [piece(text) for text in texts]
