"""Cached results of formulas that could have come from a patched tab.

Dependence is followed by whole tabs, so it errs to the safe side: a formula that speaks of a tainted tab, of a defined
name, a table, INDIRECT or OFFSET loses its cached result, and its tab is tainted too. Within a patched tab a row keeps
its results where it lost nothing and all its formulas speak of single cells of that row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from html import unescape
from typing import Final

from sheetward.xlsx.markup import attribute, elements, first, replaced, with_attribute
from sheetward.xlsx.parts import Book, Tab
from sheetward.xlsx.row_cells import cells_of
from sheetward.xlsx.sheet_patch import SheetPatch
from sheetward.xlsx.sheet_scan import Piece, RowCounter, prefix_of, sheet_pieces

_FORMULA: Final = re.compile(rb"""<(?:[\w.-]+:)?f(?=[\s/>])((?:[^<>"']|"[^"]*"|'[^']*')*?)(?:/>|>([^<]*)<)""")
_OWN_CELL: Final = re.compile(r"(?<![\w.!:$])\$?[A-Z]{1,3}\$?(\d{1,7})(?![\w.:(!])")
_ANY_REFERENCE: Final = re.compile(r"\$?[A-Z]{1,3}\$?\d{1,7}|\$?[A-Z]{1,3}:\$?[A-Z]{1,3}|\$?\d+:\$?\d+")
_PLAIN_RANGE: Final = re.compile(r"\$?[A-Z]+\$?\d*:\$?[A-Z]+\$?\d*|\$?\d+:\$?\d+")
_INDIRECT: Final = re.compile(r"\b(?:INDIRECT|OFFSET)\s*\(|\[", re.IGNORECASE)


@dataclass(slots=True)
class SheetFormulas:
    """One worksheet: where its rows come from, which tabs its formulas speak of, whether only Excel can follow some."""

    book: Book
    tab: Tab
    patched: SheetPatch | None
    mentions: set[str] = field(default_factory=set[str])
    is_opaque: bool = False
    has_any: bool = False

    def pieces(self) -> Iterator[tuple[Piece, bytes]]:
        """Give the part as it will be, patched where it is."""
        windows = self.book.package.windows(self.tab.part) if self.patched is None else self.patched.stream()
        return sheet_pieces(windows, self.tab.part)


class References:
    """What the text of a formula speaks of."""

    def __init__(self, book: Book) -> None:
        self._tabs = tuple(tab.name for tab in book.tabs)
        names = (attribute(element.tag(book.xml), "name") or "" for element in elements(book.xml, "definedName"))
        self.names = frozenset(name for name in names if name and not name.startswith("_xlnm."))

    def tabs(self, formula: str) -> set[str]:
        """Give the tabs that a formula names."""
        if "!" not in formula:
            return set()
        plain = formula.replace("''", "'")
        return {name for name in self._tabs if f"{name}!" in plain or f"{name}'!" in plain or "!" in name}

    def is_opaque(self, formula: str) -> bool:
        """Say whether a formula may reach cells that its text does not name."""
        if _INDIRECT.search(formula) or any(name in formula for name in self.names):
            return True
        return ":" in _PLAIN_RANGE.sub("", formula)  # a reference through several tabs

    def meets(self, formula: str, tabs: AbstractSet[str]) -> bool:
        """Say whether a formula may speak of one of these tabs."""
        return bool(self.tabs(formula) & tabs) or self.is_opaque(formula)


def note_formulas(window: bytes, sheet: SheetFormulas, references: References) -> None:
    """Take note of what the formulas in a window of rows speak of."""
    for text in _texts(window):
        sheet.has_any = True
        sheet.mentions |= references.tabs(text)
        sheet.is_opaque = sheet.is_opaque or references.is_opaque(text)


def _texts(markup: bytes) -> Iterator[str]:
    if b"f" in markup:
        for found in _FORMULA.finditer(markup):
            yield unescape((found[2] or b"").decode("utf-8"))


def tainted_tabs(sheets: Sequence[SheetFormulas]) -> set[str]:
    """Give the tabs that are patched, or may have calculated with what was in a patched one."""
    tainted = {sheet.tab.name for sheet in sheets if sheet.patched is not None}
    while True:
        more = {
            sheet.tab.name
            for sheet in sheets
            if sheet.tab.name not in tainted and (sheet.is_opaque or sheet.mentions & tainted)
        }
        if not more:
            return tainted
        tainted |= more


def without_results(sheet: SheetFormulas, references: References) -> Iterator[bytes]:
    """Give a tainted tab's part without the cached results of its formulas."""
    counter, prefix = RowCounter(b"", sheet.tab.part), b""
    for kind, data in sheet.pieces():
        if kind is Piece.ROWS:
            spans = [
                (span.start, span.end, _row_without_results(row, prefix, sheet.tab.part))
                for span in counter.spans(data, None)
                if _FORMULA.search(row := data[span.start : span.end])
                and not _is_apart(row, span.number, sheet, references)
            ]
            yield replaced(data, spans)
            continue
        if kind is Piece.HEAD:
            prefix = prefix_of(data)
            counter = RowCounter(prefix, sheet.tab.part)
        yield data


def _is_apart(row: bytes, number: int, sheet: SheetFormulas, references: References) -> bool:
    """Say whether a row of a patched tab lost nothing, and its formulas speak of single cells of this row only."""
    if sheet.patched is None or sheet.patched.writes_row(number):
        return False
    for text in _texts(row):
        if not text or "!" in text or ":" in text or references.is_opaque(text):
            return False
        own = _OWN_CELL.findall(text)
        if len(own) != len(_ANY_REFERENCE.findall(text)) or any(int(one) != number for one in own):
            return False
    return True


def _row_without_results(row: bytes, prefix: bytes, part: str) -> bytes:
    spans: list[tuple[int, int, bytes]] = []
    for found in cells_of(row, prefix, part):
        value = None if found.formula is None else first(found.body, "v")
        if value is not None:
            base = found.start + len(found.tag)
            spans.append((found.start, base, with_attribute(found.tag, "t", None)))
            spans.append((base + value.start, base + value.end, b""))
    return replaced(row, spans)
