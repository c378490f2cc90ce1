"""Keyframes: whole states of a table among its commits, so that no walk back is long.

One is due when the records since the last one are as large as the rows of today. So all of them together take about as
much room as the records do, and a walk back passes records of the table's own size at most. It is kept in
parts of some rows each, by row id: compressed JSON of ids, fields and a list of cells for each field. A keyframe says
nothing that today and the records do not say. One that is damaged, or lacks a part, is passed over by readers and named
by `verify`; what it should hold is still walked to.
"""

from __future__ import annotations

import hmac
import zlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import orjson
from sqlalchemy import Connection, func, select

from sheetward.cells import Cell
from sheetward.stores.settle import Cells
from sheetward.stores.sql import bulk
from sheetward.stores.sql.heads import Head
from sheetward.stores.sql.relations import head, keyframe, live
from sheetward.stores.sql.rows import cells_of
from sheetward.stores.sql.wordbook import Wordbooks, long, short
from sheetward.table import RowId

LEAST: Final = 1 << 18
"""Bytes of records below which a walk is short, however small the table is."""

_ROWS: Final = 2000
"""Rows of one part: enough to be compressed well, few enough to be read for the sake of one."""

_OPTIONS: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def is_due(stands: Head) -> bool:
    """Say whether a table where it stands wants a keyframe."""
    return stands.owed >= max(LEAST, stands.size) and stands.size > 0


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows by field, some at a time; the cells are still as JSON has them."""

    ids: Sequence[RowId]
    fields: Sequence[str]
    columns: Sequence[Sequence[object]]

    def column(self, name: str) -> Sequence[Cell]:
        """Give one field's cells, in the order of the ids."""
        if name not in self.fields:
            return [None] * len(self.ids)
        cells = self.columns[self.fields.index(name)]
        return [cell if cell is None or type(cell) is str else long(cell) for cell in cells]


@dataclass(frozen=True, slots=True)
class Frame:
    """A keyframe as it is to be written: the commit it stands at, the records it saves, its parts."""

    number: int
    owed: int
    parts: Sequence[tuple[RowId, bytes]]
    digests: Sequence[str]


def _digest(key: bytes, table_id: str, number: int, part: int, parts: int, first: str, state: bytes) -> str:
    place = orjson.dumps([table_id, number, part, parts, first])
    return hmac.digest(key, place + b"\n" + state, "sha256").hex()


def made(connection: Connection, stands: Head, key: bytes) -> Frame:
    """Make the keyframe of today. Holds the compressed state in memory, about half of what the rows take."""
    books = Wordbooks(connection, stands.table_id)
    query = select(live.c.row_id, live.c.cells).where(live.c.table_id == stands.table_id).order_by(live.c.row_id)
    found: Iterator[Any] = iter(connection.execute(query, execution_options={"yield_per": _ROWS}))
    parts: list[tuple[RowId, bytes]] = []
    while piece := [(RowId(row), cells_of(text, books)) for row, text in islice(found, _ROWS)]:
        parts.append((piece[0][0], _packed(piece)))
    digests = [
        _digest(key, stands.table_id, stands.number, part, len(parts), first, state)
        for part, (first, state) in enumerate(parts)
    ]
    return Frame(stands.number, stands.owed, parts, digests)


def _packed(piece: Sequence[tuple[RowId, Cells]]) -> bytes:
    fields = list(dict.fromkeys(name for _, cells in piece for name in cells))
    columns = [[cells.get(name) for _, cells in piece] for name in fields]
    record = [[row for row, _ in piece], fields, columns]
    return zlib.compress(orjson.dumps(record, default=short, option=_OPTIONS), 6)


def put(connection: Connection, stands: Head, frame: Frame) -> None:
    """Keep a keyframe, unless another one came first. In a transaction that writes, with the head taken."""
    same = keyframe.c.table_id == stands.table_id
    newest = connection.execute(select(func.max(keyframe.c.number)).where(same)).scalar() or 0
    if newest >= frame.number:
        return
    records = [
        {
            "table_id": stands.table_id,
            "number": frame.number,
            "part": part,
            "parts": len(frame.parts),
            "first_row": first,
            "state": state,
            "digest": digest,
        }
        for part, ((first, state), digest) in enumerate(zip(frame.parts, frame.digests, strict=True))
    ]
    bulk.insert(connection, keyframe, records)
    at = head.c.table_id == stands.table_id
    connection.execute(head.update().where(at).values(owed=stands.owed - frame.owed))


@dataclass(frozen=True)
class Keyframe:
    """A keyframe to read from: where its parts begin, all of them there."""

    table_id: str
    number: int
    first_rows: tuple[str, ...]

    def parts(self, connection: Connection, key: bytes, ids: Iterable[RowId] | None = None) -> list[_Part] | None:
        """Give its parts, or those in which some rows would be; `None` where one of them is damaged."""
        wanted = range(len(self.first_rows)) if ids is None else sorted(self._places(ids))
        query = select(keyframe.c.part, keyframe.c.state, keyframe.c.digest).where(
            keyframe.c.table_id == self.table_id, keyframe.c.number == self.number, keyframe.c.part.in_(wanted)
        )
        found: list[_Part] = []
        rows: Iterable[Any] = connection.execute(query.order_by(keyframe.c.part))
        for part, state, digest in rows:
            first = self.first_rows[int(part)]
            if _digest(key, self.table_id, self.number, part, len(self.first_rows), first, state) != digest:
                return None
            found.append(_Part(*orjson.loads(zlib.decompress(state))))
        return found

    def _places(self, ids: Iterable[RowId]) -> set[int]:
        places = {bisect_right(self.first_rows, row) - 1 for row in ids}
        return {place for place in places if place >= 0}


def all_of(connection: Connection, table_id: str, at: int = 0) -> tuple[list[Keyframe], list[int]]:
    """Give the keyframes of the commits from `at` on, oldest first, and the numbers of those that lack a part."""
    query = select(keyframe.c.number, keyframe.c.part, keyframe.c.parts, keyframe.c.first_row).where(
        keyframe.c.table_id == table_id, keyframe.c.number >= at
    )
    firsts: dict[int, list[str]] = defaultdict(list)
    whole: dict[int, bool] = {}
    counts: dict[int, int] = {}
    rows: Iterable[Any] = connection.execute(query.order_by(keyframe.c.number, keyframe.c.part))
    for number, part, parts, first in rows:
        whole[number] = whole.get(number, True) and part == len(firsts[number]) and parts == counts.get(number, parts)
        counts[number] = parts
        firsts[number].append(first)
    frames = [
        Keyframe(table_id, number, tuple(first_rows))
        for number, first_rows in firsts.items()
        if whole[number] and len(first_rows) == counts[number]
    ]
    return frames, [number for number in firsts if number not in {frame.number for frame in frames}]


def cells_by_row(parts: Iterable[_Part]) -> Iterator[tuple[RowId, Cells]]:
    """Give each row of some parts with its filled cells."""
    for part in parts:
        columns = [part.column(name) for name in part.fields]
        for place, row in enumerate(part.ids):
            cells = ((name, column[place]) for name, column in zip(part.fields, columns, strict=True))
            yield RowId(row), {name: cell for name, cell in cells if cell is not None}


def rows_of(parts: Iterable[_Part], fields: tuple[str, ...]) -> dict[RowId, tuple[Cell, ...]]:
    """Give the rows of some parts, aligned with `fields`."""
    found: dict[RowId, tuple[Cell, ...]] = {}
    for part in parts:
        aligned = zip(*(part.column(name) for name in fields), strict=True) if fields else ((),) * len(part.ids)
        found.update(zip(part.ids, aligned, strict=True))
    return found
