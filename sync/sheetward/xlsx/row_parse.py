"""The rows of a sheet through a true XML parser: the same result as `RowReader.scan`, slower.

For sheets with comments, CDATA, processing instructions or mixed prefixes, which patterns cannot be trusted with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.parsers import expat

from sheetward.xlsx.cell_value import CellMarkup, CellTuple
from sheetward.xlsx.reader import RowCells, RowReader
from sheetward.xlsx.strings import decoded_runs
from sheetward.xlsx.texts import parse_windows

_PATH = ("worksheet", "sheetData", "row", "c")


class _Handler:
    """Collects rows out of parser events."""

    def __init__(self, reader: RowReader) -> None:
        self.done: list[RowCells] = []
        self._reader = reader
        self._path: list[str] = []
        self._hidden = False
        self._cells: list[CellTuple] = []
        self._last = 0
        self._attributes: dict[str, str] = {}
        self._formula: dict[str, str] | None = None
        self._text: dict[str, list[str]] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self._path.append(name)
        depth = len(self._path)
        if name == "row" and depth > 3 and self._path[:3] == [*_PATH[:3]]:
            raise self._reader.damaged()  # a row inside a row: nobody can say which number its cells have
        if depth < 3 or tuple(self._path[:4]) != _PATH[: min(depth, 4)]:
            return
        if depth == 3:
            self._hidden = self._reader.start_row(attributes)
            self._cells = []
            self._last = 0
        elif depth == 4:
            self._attributes, self._formula, self._text = attributes, None, {}
        elif depth == 5:
            self._text.setdefault(name, [])
            if name == "f":
                self._formula = attributes

    def data(self, text: str) -> None:
        path = self._path
        if len(path) < 5 or tuple(path[:4]) != _PATH:
            return
        if len(path) == 5 and path[4] in ("v", "f"):
            self._text[path[4]].append(text)
        elif path[4] == "is" and path[-1] == "t" and "rPh" not in path:
            self._text["is"].append(text)

    def end(self, _: str) -> None:
        path = self._path
        if tuple(path[:4]) == _PATH[: min(len(path), 4)]:
            if len(path) > 5 and path[4] == "is" and path[-1] == "t":
                self._text["is"].append("\0")
            elif len(path) == 4:
                self._cell()
            elif len(path) == 3 and self._cells:
                self.done.append(self._reader.finished_row(self._hidden, self._cells))
        path.pop()

    def _cell(self) -> None:
        column = self._reader.column_of(self._attributes.get("r"), self._last)
        self._last = column
        kind = self._attributes.get("t", "")
        value, inline = self._text.get("v"), self._text.get("is")
        formula = None
        if self._formula is not None:
            formula = "".join(self._text["f"])
            self._reader.note_formula(self._formula, column)
        markup = CellMarkup(
            kind,
            int(self._attributes.get("s") or 0),
            None if value is None else "".join(value),
            None if inline is None else decoded_runs(inline),
            formula,
        )
        self._reader.add(self._cells, column, markup)


def parsed_rows(windows: Iterable[str], reader: RowReader) -> Iterator[RowCells]:
    """Read all rows; `UserError('workbook.damaged')` where the text is not XML or holds what is no number."""
    handler = _Handler(reader)
    parser = expat.ParserCreate()
    parser.StartElementHandler = handler.start
    parser.CharacterDataHandler = handler.data
    parser.EndElementHandler = handler.end
    try:
        for _ in parse_windows(parser, windows):
            yield from handler.done
            handler.done.clear()
    except ValueError as trouble:
        raise reader.damaged() from trouble
