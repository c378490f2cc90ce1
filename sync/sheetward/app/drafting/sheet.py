"""A tab read without knowing its table: the header is whatever row looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from sheetward_schemas import TableSchema

from sheetward.app.legacy_table import is_legacy, legacy_head
from sheetward.app.reading import bytes_of, is_workbook
from sheetward.app.schemas import guessed_schema
from sheetward.cells import RawCell, State
from sheetward.errors import UserError
from sheetward.sheets.csv_cells import unguarded
from sheetward.sheets.csv_text import parse_csv
from sheetward.sheets.header_row import ID_HEADER, HeadRow, with_merged
from sheetward.sheets.layout import HEAD_ROWS, Head, find_layout, is_totals
from sheetward.sheets.legacy import read_legacy
from sheetward.sheets.tab import head_of, head_rows
from sheetward.xlsx.cell_value import CellTuple
from sheetward.xlsx.workbook import Visibility, Workbook

RawRow: TypeAlias = "tuple[int, Mapping[int, RawCell]]"
"""Row number and filled cells by column, counted from 1."""

_VALUE_LIKE = re.compile(r"[+\-¥￥$€£(]*[\d][\d\s.,:/%年月日\-()]*|.*@.*\..*|https?:.*", re.IGNORECASE)


@dataclass(frozen=True)
class AnySheet:
    """A found table. `headers` are the texts by column; `rows` are the data below; `schema` is the bundled one it looks like.

    `repeated` and `nameless` are columns that are left out: a header that stands there twice, and data without a header.
    """

    tab: str | None
    header_row: int
    headers: Mapping[int, str]
    rows: Sequence[Mapping[int, RawCell]]
    schema: TableSchema | None
    repeated: Mapping[int, str]
    nameless: tuple[int, ...]


def read_any(path: Path, tab: str | None) -> AnySheet:
    """Read the named tab, else the first that people see and that has a header and rows.

    `UserError`: `file.*`, `workbook.*`, `legacy.*`, `csv.*`, `table.no_header`, `infer.no_header`, `infer.no_rows`.
    """
    empty: AnySheet | None = None
    is_filled = False
    for head, rows in _tabs(path, bytes_of(path), tab):
        found = _found(head, rows)
        if found is not None and found.rows:
            return found
        empty = empty or found
        is_filled = is_filled or bool(head.rows)
    code = "infer.no_rows" if empty else "infer.no_header" if is_filled else "table.no_header"
    raise UserError(code, file=path.name, path=str(path))


def _tabs(path: Path, data: bytes, tab: str | None) -> Iterator[tuple[Head, Iterable[RawRow]]]:
    if is_legacy(path, data):
        yield from ((legacy_head(path.name, one), one.rows) for one in read_legacy(data, path.name, tab))
    elif is_workbook(path, data):
        book = Workbook.open(data, path.name)
        seen = [sheet for sheet in book.sheets if sheet.visibility is Visibility.VISIBLE]
        for sheet in [book.sheet(tab)] if tab else seen:
            top, stream = head_rows(book.rows(sheet))
            yield head_of(book, sheet, top), _raw_rows(book, stream)
    else:
        records = parse_csv(data, path.name).records
        rows = [
            (n, {c: RawCell(State.TEXT, unguarded(text)) for c, text in enumerate(record.texts, 1) if text})
            for n, record in enumerate(records, 1)
        ]
        texts = {n: {c: raw.text for c, raw in cells.items()} for n, cells in rows[:HEAD_ROWS] if cells}
        yield Head(path.name, "", texts), rows


def _raw_rows(book: Workbook, rows: Iterable[tuple[int, bool, list[CellTuple]]]) -> Iterator[RawRow]:
    known: dict[tuple[State, str, int], RawCell] = {}
    for number, _, cells in rows:
        row: dict[int, RawCell] = {}
        for column, state, text, style_id, _ in cells:
            kept = known.get((state, text, style_id))
            if kept is None:
                kept = known[state, text, style_id] = book.raw(state, text, style_id, None)
            row[column] = kept
        yield number, row


def _found(head: Head, rows: Iterable[RawRow]) -> AnySheet | None:
    grown = with_merged(head.rows, head.merged)
    place = _header(head, grown)
    if place is None:
        return None
    number, schema, bottom = place
    headers: dict[int, str] = {}
    repeated: dict[int, str] = {}
    for column, text in sorted(grown[number].items()):
        if text.strip() and text.strip() != ID_HEADER:
            (repeated if text.strip() in headers.values() else headers)[column] = text.strip()
    data, nameless = _data(((n, cells) for n, cells in rows if n > bottom), headers)
    ids = {column for column, text in grown[number].items() if text.strip() == ID_HEADER}
    left = tuple(sorted(nameless - ids - set(repeated)))
    return AnySheet(head.tab or None, number, headers, data, schema, repeated, left)


def _data(rows: Iterable[RawRow], headers: Mapping[int, str]) -> tuple[list[Mapping[int, RawCell]], set[int]]:
    """Give the rows that hold something below a header, less totals, notes below them and repeated headers."""
    data: list[Mapping[int, RawCell]] = []
    nameless: set[int] = set()
    has_totals = False
    for _, cells in rows:
        named = [(column, cell) for column, cell in cells.items() if column in headers and cell.text.strip()]
        nameless.update(column for column, cell in cells.items() if cell.text.strip() and column not in headers)
        if not named or (len(named) > 1 and all(cell.text.strip() == headers[column] for column, cell in named)):
            continue
        is_end = is_totals(named[0][1].text) or (has_totals and len(named) == 1)
        has_totals = has_totals or is_end
        if not is_end:
            data.append(cells)
    return data, nameless


def _header(head: Head, rows: Mapping[int, HeadRow]) -> tuple[int, TableSchema | None, int] | None:
    """Give the header's row, the bundled schema that it looks like, and the last row it covers.

    A bundled schema's header goes first, as for `bind`; then that of a table object; then the first row of texts, at
    least half as wide as the widest one.
    """
    for row, texts in sorted(head.rows.items()):
        schema = guessed_schema(texts.values())
        if schema is not None:
            layout = find_layout(head, schema, header_row=row)
            return row, schema, layout.first_row - 1
    if head.tables:
        top = head.tables[0].area.first_row
        if len(rows.get(top, {})) > 0:
            return top, None, top
    widest = max((len(texts) for texts in rows.values()), default=0)
    for row, texts in sorted(rows.items()):
        if 2 * len(texts) > widest and not any(_VALUE_LIKE.fullmatch(text.strip()) for text in texts.values()):
            below = [area.last_row for area in head.merged if area.first_row <= row <= area.last_row]
            return row, None, max([row, *below])
    return None
