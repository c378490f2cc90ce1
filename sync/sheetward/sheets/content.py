"""A digest of the cells of a tab as they stand in the file, before any meaning is given to them.

It says that nothing moved without reading a single value: state, text, format and formula of each cell, number and
hiddenness of each row. How the file spells them does not matter, nor how the reader cut the rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import chain, repeat
from typing import Final, cast

from sheetward.cells import State
from sheetward.xlsx.cell_value import CellTuple
from sheetward.xlsx.reader import RowCells, Stretch
from sheetward.xlsx.regular_rows import AlikeCells, MixedCells

_ROW: Final = "\ud800"
"""Begins a row. Half a surrogate pair: no text, format or formula that was read from a file can hold it."""
_CELL: Final = "\ud801"
_FIELD: Final = "\ud802"


class CellDigest:
    """Takes the rows of a tab and digests them; `codes` are the format codes by style id."""

    def __init__(self, codes: Sequence[str]) -> None:
        self._codes = codes
        self._digest = hashlib.blake2b(digest_size=16)

    def take(self, piece: RowCells | Stretch) -> None:
        """Digest more rows."""
        rows = self._stretch(piece) if isinstance(piece, Stretch) else self._row(piece)
        self._digest.update("".join(rows).encode("utf-8", "surrogatepass"))

    def hexdigest(self) -> str:
        """Give 32 hex digits for all rows so far."""
        return self._digest.hexdigest()

    def _row(self, row: RowCells) -> Iterable[str]:
        number, is_hidden, cells = row
        kinds = "".join([self._kind(column, state, style_id) for column, state, _, style_id, _ in cells])
        yield _begun(number, kinds, is_hidden=is_hidden) + _CELL.join(map(_content, cells))

    def _stretch(self, stretch: Stretch) -> Iterable[str]:
        columns = stretch.band.columns
        texts: Iterable[Iterable[str | None]] = zip(*map(_contents, columns), strict=True)
        if all(isinstance(column, AlikeCells) and column.is_full for column in columns):
            kinds: Iterable[str] = repeat("".join(chain.from_iterable(map(self._kinds, columns, repeat(1)))))
        else:
            count = len(stretch.numbers)
            kinds = map("".join, zip(*(self._kinds(column, count) for column in columns), strict=True))
            texts = ([text for text in row if text is not None] for row in texts)
        hidden = stretch.is_hidden
        for number, kind, row in zip(stretch.numbers, kinds, texts):  # noqa: B905 - the kinds may not end
            yield _begun(number, kind, is_hidden=hidden)
            yield _CELL.join(cast("Iterable[str]", row))

    def _kinds(self, column: AlikeCells | MixedCells, count: int) -> Iterable[str]:
        if isinstance(column, MixedCells):
            return ["" if cell is None else self._kind(cell[0], cell[1], cell[3]) for cell in column.found]
        kind = self._kind(column.column, column.state, column.style_id)
        return [kind] * count if column.is_full else ["" if text is None else kind for text in column.texts]

    def _kind(self, column: int, state: State, style_id: int) -> str:
        code = self._codes[style_id] if style_id < len(self._codes) else ""
        return f"{_CELL}{column}{_FIELD}{state}{_FIELD}{code}"


def _begun(number: int, kinds: str, *, is_hidden: bool) -> str:
    return f"{_ROW}{number}{_FIELD}{is_hidden:d}{kinds}{_ROW}"


def _content(cell: CellTuple) -> str:
    return cell[2] if cell[4] is None else f"{cell[2]}{_FIELD}{cell[4]}"


def _contents(column: AlikeCells | MixedCells) -> Iterable[str | None]:
    if isinstance(column, MixedCells):
        return [None if cell is None else _content(cell) for cell in column.found]
    if column.formulas is None:
        return column.texts
    return [f"{text}{_FIELD}{formula}" for text, formula in zip(column.texts, column.formulas, strict=True)]
