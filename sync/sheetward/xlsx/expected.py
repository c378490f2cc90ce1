"""What cells must still hold when they are written: a sheet that moved since it was read is not written."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from sheetward.cells import RawCell, State
from sheetward.errors import TransientError
from sheetward.xlsx.areas import address
from sheetward.xlsx.edits import SheetEdit
from sheetward.xlsx.markup import attribute, first
from sheetward.xlsx.package import Package
from sheetward.xlsx.row_cells import FoundCell, RowCells
from sheetward.xlsx.string_table import looked_up
from sheetward.xlsx.strings import decoded, joined, unescaped

_KINDS = {"b": State.BOOL, "e": State.ERROR, "str": State.TEXT, "s": State.TEXT, "inlineStr": State.TEXT}


class ExpectedCells:
    """The expectations of one tab's edits, compared row by row; shared strings are looked up at the end."""

    def __init__(self, edit: SheetEdit) -> None:
        self.tab = edit.tab
        self._waiting: dict[int, dict[int, RawCell]] = {}
        self._shared: list[tuple[str, int, str]] = []
        for one in edit.cells:
            if one.expected is not None:
                self._waiting.setdefault(one.row, {})[one.column] = one.expected

    def look(self, row: int, cells: RowCells | None, prefix: bytes) -> None:
        """Compare a row's cells, `None` for a row that is not there; `TransientError('sheet.changed')` names the first that differs."""
        for column, expected in self._waiting.get(row, {}).items():
            cell, found = address(row, column), None if cells is None else cells.get(column)
            kind = None if found is None else attribute(found.tag, "t")
            state, text = (State.BLANK, "") if found is None else _observed(found, kind, prefix)
            wanted = _plain(expected.state, expected.text)
            if state is State.TEXT and kind == "s" and wanted in {State.TEXT, State.BLANK}:
                self._shared.append((cell, int(text) if text.isdigit() else -1, expected.text))
            elif _plain(state, text) is not wanted or not _agrees(state, text, expected.text):
                raise TransientError("sheet.changed", tab=self.tab, cell=cell)

    def check(self, package: Package, part: str | None) -> None:
        """Compare the cells whose text is a shared string; `TransientError('sheet.changed')`."""
        if not self._shared:
            return
        wanted = {index for _, index, _ in self._shared}
        texts = {} if part is None else looked_up(package.windows(part), part, wanted)
        for cell, index, text in self._shared:
            if texts.get(index) != text:
                raise TransientError("sheet.changed", tab=self.tab, cell=cell)


def _plain(state: State, text: str) -> State:
    """Give the state as far as it is compared: a date is a number, a text of no length is no text."""
    if state is State.TEXT and not text:
        return State.BLANK
    return State.NUMBER if state is State.DATE else state


def _agrees(state: State, text: str, expected: str) -> bool:
    if text == expected or state in {State.BLANK, State.UNCACHED}:
        return True
    try:
        return state is State.NUMBER and Decimal(text) == Decimal(expected)
    except InvalidOperation:
        return False


def _observed(found: FoundCell, kind: str | None, prefix: bytes) -> tuple[State, str]:
    value = first(found.body, "v")
    if kind == "inlineStr":
        inline = first(found.body, "is")
        return State.TEXT, "" if inline is None else joined(inline.body(found.body).decode("utf-8"), prefix.decode())
    text = "" if value is None else unescaped(value.body(found.body).decode("utf-8"))
    if value is None or (not text and kind in {None, "n"}):
        return (State.BLANK if found.formula is None else State.UNCACHED), ""
    if kind == "str":
        text = decoded(text)
    return _KINDS.get(kind or "n", State.DATE if kind == "d" else State.NUMBER), text.strip() if kind == "s" else text
