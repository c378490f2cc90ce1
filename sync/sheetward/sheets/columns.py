"""The bound columns found again on a sheet that people went on editing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sheetward.ports.replica import Notice
from sheetward.sheets.header_row import HeaderRow, HeaderWords, HeadRow, covered, read_header, spelled, with_merged
from sheetward.sheets.layout import Head
from sheetward.sheets.place import Place
from sheetward.xlsx.areas import address

Fits: TypeAlias = Callable[[str, int], bool]
"""Whether a column's content can be that field's: field name, column number."""


@dataclass(frozen=True)
class Found:
    """The bound columns as they stand now; `header_row` is 0 where the header is gone (then nothing else is known)."""

    header_row: int
    first_row: int
    columns: Mapping[str, int]
    headers: Mapping[str, str]
    id_column: int | None
    lost: tuple[str, ...]
    notices: tuple[Notice, ...]


def find_again(head: Head, place: Place, words: HeaderWords, fits: Fits) -> Found:
    """Find the remembered header and its columns.

    The header row is the one that holds the id header, else one with at least half of the remembered texts. A column
    is known by its text; then by another text of the schema; then by its place between its neighbours, if its content
    fits. One that a sync appended is known by its own header only, and one that a sync took away by the header it had. What stays unknown is lost: reported, never taken as emptied.
    """
    rows = with_merged(head.rows, head.merged)
    row = _header_row(rows, place)
    if row is None:
        return Found(0, 1, {}, {}, None, tuple(place.known), ())
    header = read_header(row, rows[row], words)
    texts = {column: text for column, text in rows[row].items() if column != header.id_column}
    columns = _by_text(texts, place)
    renamed = _by_words(texts, columns, place, words)
    columns |= renamed
    moved = _by_place(texts, columns, place, words=words, id_column=header.id_column, fits=fits)
    columns |= moved
    bound = _awaited(texts, columns, place, words)
    columns |= bound
    ordered = dict(sorted(columns.items(), key=lambda entry: entry[1]))
    lost = tuple(name for name in place.known if name not in columns and name not in place.closed)
    notices = [
        Notice(
            "columns.renamed",
            {"field": name, "old": place.headers[name], "new": texts.get(c, ""), "cell": address(row, c)},
        )
        for name, c in sorted({**renamed, **moved}.items())
    ]
    notices += [
        Notice("columns.bound", {"field": name, "header": texts[c], "cell": address(row, c)})
        for name, c in bound.items()
    ]
    notices += [Notice("columns.lost", {"field": name, "header": place.known[name]}) for name in lost]
    if header.id_column is None:
        notices.append(Notice("columns.id_lost", {"tab": head.tab}))
    seen = HeaderRow(row, row, ordered, {}, {}, {}, header.id_column)
    return Found(
        row,
        covered(seen, head.merged) + 1,
        ordered,
        {name: texts.get(column, "") for name, column in ordered.items()},
        header.id_column,
        lost,
        tuple(notices),
    )


def _header_row(rows: Mapping[int, HeadRow], place: Place) -> int | None:
    wanted = {spelled(text) for text in place.known.values()}
    best: tuple[int, int, int] | None = None
    for row, texts in rows.items():
        has_id = any(text.strip() == place.id_header for text in texts.values())
        count = len(wanted & {spelled(text) for text in texts.values()})
        if has_id or (count and 2 * count >= len(wanted)):
            best = max(best or (0, 0, 0), (int(has_id), count, -row))
    return -best[2] if best else None


def _by_text(texts: HeadRow, place: Place) -> dict[str, int]:
    """Match equal texts; of several equal ones the nearest to the remembered column."""
    columns: dict[str, int] = {}
    for name, header in place.known.items():
        same = [column for column, text in texts.items() if spelled(text) == spelled(header)]
        free = [column for column in same if column not in columns.values()]
        if free:
            was = place.columns.get(name, free[0])
            columns[name] = min(free, key=lambda column: (abs(column - was), column))
    return columns


def _by_words(texts: HeadRow, known: Mapping[str, int], place: Place, words: HeaderWords) -> dict[str, int]:
    columns: dict[str, int] = {}
    for column, text in sorted(texts.items()):
        name = words.field(text)
        if name is None or name not in place.headers or name in {*known, *columns, *place.made, *place.closed}:
            continue
        if column not in known.values():
            columns[name] = column
    return columns


def _awaited(texts: HeadRow, known: Mapping[str, int], place: Place, words: HeaderWords) -> dict[str, int]:
    """Match awaited fields: the header is theirs word for word, and it stands there once."""
    columns: dict[str, int] = {}
    for name in place.awaited:
        same = [column for column, text in texts.items() if words.is_header(name, text)]
        if len(same) == 1 and name not in known and same[0] not in known.values():
            columns[name] = same[0]
    return columns


def _by_place(
    texts: HeadRow, known: Mapping[str, int], place: Place, *, words: HeaderWords, id_column: int | None, fits: Fits
) -> dict[str, int]:
    columns: dict[str, int] = {}
    for name in place.headers:
        if name in known or name in place.closed or name not in place.columns:
            continue
        column = _expected(name, known, place)
        if name in place.made and not texts.get(column, "").strip():
            continue
        taken = column < 1 or column == id_column or column in {*known.values(), *columns.values()}
        if not taken and words.field(texts.get(column, "")) is None and fits(name, column):
            columns[name] = column
    return columns


def _expected(name: str, known: Mapping[str, int], place: Place) -> int:
    """Give the column where a field should stand, from the nearest neighbour that is known."""
    was = place.columns[name]
    placed = [other for other in known if other in place.columns]
    if not placed:
        return was
    nearest = min(placed, key=lambda other: (abs(place.columns[other] - was), place.columns[other]))
    return was + known[nearest] - place.columns[nearest]
