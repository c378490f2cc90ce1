"""The rows of the very hidden tab of a workbook: one for each binding, with the stamp of the last write. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from sheetward.xlsx.reader import RowCells

_BINDING = "binding:"
_LIST = "settle"

StampRows: TypeAlias = tuple[tuple[str, ...], ...]


def stamp_rows(rows: Iterable[RowCells]) -> StampRows:
    """Give the texts of the tab; gaps become empty texts, so that every cell keeps its address."""
    texts: list[tuple[str, ...]] = []
    for number, _, cells in rows:
        texts += [()] * (number - 1 - len(texts))
        line = [""] * cells[-1][0]
        for column, _, text, _, _ in cells:
            line[column - 1] = text
        texts.append(tuple(line))
    return tuple(texts)


def stamps(rows: StampRows) -> dict[str, str]:
    """Give binding id to stamp."""
    return {row[0].removeprefix(_BINDING): row[1] for row in rows if len(row) > 1 and row[0].startswith(_BINDING)}


def with_stamp(rows: StampRows, binding: str, stamp: str) -> StampRows:
    """Give the rows with a binding's stamp set; other rows keep their place."""
    own = (_BINDING + binding, stamp)
    if any(row[:1] == own[:1] for row in rows):
        return tuple(own if row[:1] == own[:1] else row for row in rows)
    return (*rows, own)


def listed(rows: StampRows) -> str | None:
    """Give the name of the tab in which people settle what waits, as it was when it was last written."""
    return next((row[1] for row in rows if len(row) > 1 and row[0] == _LIST), None)


def with_list(rows: StampRows, name: str | None) -> StampRows:
    """Give the rows with the name of that tab, or without one."""
    others = tuple(() if row[:1] == (_LIST,) else row for row in rows)
    if name is None:
        return others
    own = (_LIST, name)
    if others == rows:
        return (*rows, own)
    return tuple(own if row[:1] == (_LIST,) else row for row in rows)


def without_stamp(rows: StampRows, binding: str | None = None) -> StampRows:
    """Give the rows without a binding's stamp, or without any; rows of others keep their place."""
    kept: Sequence[tuple[str, ...]] = [
        () if row and (row[0] == f"{_BINDING}{binding}" or (binding is None and row[0].startswith(_BINDING))) else row
        for row in rows
    ]
    filled = [place for place, row in enumerate(kept) if any(row)]
    return tuple(kept[: filled[-1] + 1]) if filled else ()
