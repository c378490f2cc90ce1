"""After values have left a sheet, they also leave the bytes: shared strings, cached results, chart caches, notes.

What cannot be emptied without breaking the workbook (a pivot cache over the table, a data model) is refused and named.
Formulas lose their cached result wherever it could depend on a patched tab; Excel calculates it again on opening.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from html import unescape
from typing import Final

from sheetward.errors import UserError
from sheetward.xlsx.areas import address
from sheetward.xlsx.edits import PutBlank
from sheetward.xlsx.markup import attribute, elements, first, replaced, with_attribute
from sheetward.xlsx.package import Content
from sheetward.xlsx.parts import Book, Tab
from sheetward.xlsx.relations import relations, relations_part
from sheetward.xlsx.row_edit import cells_of
from sheetward.xlsx.sheet_patch import SheetPatch
from sheetward.xlsx.sheet_scan import Piece, RowCounter, prefix_of, sheet_pieces
from sheetward.xlsx.string_table import rewritten_items
from sheetward.xlsx.tables_patch import read_tables

_SHARED: Final = re.compile(rb"""<(?:[\w.-]+:)?c(?=\s)[^>]*\st\s*=\s*["']s["'][^>]*>\s*<(?:[\w.-]+:)?v[^>]*>\s*(\d+)""")
_FORMULA: Final = re.compile(rb"""<(?:[\w.-]+:)?f(?=[\s/>])((?:[^<>"']|"[^"]*"|'[^']*')*?)(?:/>|>([^<]*)<)""")
_OWN_CELL: Final = re.compile(r"(?<![\w.!:$])\$?[A-Z]{1,3}\$?(\d{1,7})(?![\w.:(!])")
_ANY_REFERENCE: Final = re.compile(r"\$?[A-Z]{1,3}\$?\d{1,7}|\$?[A-Z]{1,3}:\$?[A-Z]{1,3}|\$?\d+:\$?\d+")
_INDIRECT: Final = re.compile(r"\b(?:INDIRECT|OFFSET)\s*\(|\[", re.IGNORECASE)
_MODELS: Final = ("xl/model/", "xl/revisions/")
_CACHES: Final = ("strCache", "numCache", "multiLvlStrCache", "dlblRangeCache", "lvl")
_CACHED_REFERENCES: Final = ("strRef", "numRef", "multiLvlStrRef", "datalabelsRange", "strDim", "numDim")

Pieces = Callable[[], Iterator[tuple[Piece, bytes]]]


@dataclass(slots=True)
class _Sheet:
    """What one worksheet's formulas speak of: tabs by name, and whether something that only Excel can follow."""

    tab: Tab
    pieces: Pieces
    patched: SheetPatch | None
    mentions: set[str] = field(default_factory=set[str])
    is_opaque: bool = False
    has_cache: bool = False


class Purge:
    """The purge of one patched workbook: `contents` are the parts to be written in place of the patch's or the old ones.

    `rewritten` are parts of tabs that go or are made anew as a whole: nothing in them counts.
    """

    def __init__(self, book: Book, patched: Sequence[SheetPatch], rewritten: AbstractSet[str]) -> None:
        self.book = book
        self.package = book.package
        self.patched = {sheet.tab.part: sheet for sheet in patched}
        self.contents: dict[str, Content] = {}
        self.removed: set[str] = set()
        self._used = bytearray()
        self._names = self._defined_names()
        self._sheets = [
            self._sheet(tab)
            for tab in book.tabs
            if tab.kind == "worksheet" and tab.part in self.package and tab.part not in rewritten
        ]

    def run(self) -> None:
        """Decide all contents. `UserError('patch.cannot_purge')` names file and place of what would stay."""
        self._refuse_models()
        for sheet in self._sheets:
            self._survey(sheet)
        tainted = self._tainted()
        self._refuse_pivots(tainted)
        for sheet in self._sheets:
            if sheet.has_cache and sheet.tab.name in tainted:
                self.contents[sheet.tab.part] = self._without_caches(sheet)
        self._empty_strings()
        self._empty_charts(tainted)
        for patched in self.patched.values():
            self._empty_notes(patched)
        self._drop_thumbnail()

    def _sheet(self, tab: Tab) -> _Sheet:
        patched = self.patched.get(tab.part)

        def pieces() -> Iterator[tuple[Piece, bytes]]:
            source: Iterable[bytes] = self.package.windows(tab.part) if patched is None else patched.stream()
            return sheet_pieces(source, tab.part)

        return _Sheet(tab, pieces, patched)

    def _defined_names(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for element in elements(self.book.xml, "definedName"):
            name = attribute(element.tag(self.book.xml), "name") or ""
            if not name.startswith("_xlnm."):
                found[name] = unescape(element.body(self.book.xml).decode("utf-8"))
        return found

    # -- formulas --------------------------------------------------------------------------------------------------

    def _survey(self, sheet: _Sheet) -> None:
        for kind, data in sheet.pieces():
            if kind is not Piece.ROWS:
                continue
            for found in _SHARED.finditer(data):
                self._note_used(int(found[1]))
            for found in _FORMULA.finditer(data):
                sheet.has_cache = True
                text = unescape((found[2] or b"").decode("utf-8"))
                sheet.mentions |= self._mentioned(text)
                sheet.is_opaque = sheet.is_opaque or self._is_opaque(text)

    def _note_used(self, index: int) -> None:
        if index >= len(self._used):
            if index > 1 << 28:
                return
            self._used.extend(bytes(index + 1 - len(self._used)))
        self._used[index] = 1

    def _mentioned(self, formula: str) -> set[str]:
        if "!" not in formula:
            return set()
        plain = formula.replace("''", "'")
        return {
            tab.name for tab in self.book.tabs if f"{tab.name}!" in plain or f"{tab.name}'!" in plain or "!" in tab.name
        }

    def _is_opaque(self, formula: str) -> bool:
        return (
            _INDIRECT.search(formula) is not None
            or ":" in re.sub(r"\$?[A-Z]+\$?\d*:\$?[A-Z]+\$?\d*|\d+:\d+", "", formula)
            or any(name in formula for name in self._names)
        )

    def _tainted(self) -> set[str]:
        """Give the tabs that hold, or may have calculated with, what was in the patched tabs."""
        tainted = {sheet.tab.name for sheet in self.patched.values()}
        while True:
            more = {
                sheet.tab.name
                for sheet in self._sheets
                if sheet.tab.name not in tainted and (sheet.is_opaque or sheet.mentions & tainted)
            }
            if not more:
                return tainted
            tainted |= more

    def _without_caches(self, sheet: _Sheet) -> Iterator[bytes]:
        counter = RowCounter(b"", sheet.tab.part)
        prefix = b""
        for kind, data in sheet.pieces():
            if kind is Piece.HEAD:
                prefix = prefix_of(data)
                counter = RowCounter(prefix, sheet.tab.part)
                yield data
            elif kind is Piece.ROWS:
                yield self._rows_without_caches(data, counter, prefix, sheet)
            else:
                yield data

    def _rows_without_caches(self, window: bytes, counter: RowCounter, prefix: bytes, sheet: _Sheet) -> bytes:
        spans: list[tuple[int, int, bytes]] = []
        for span in counter.spans(window, None):
            row = window[span.start : span.end]
            if _FORMULA.search(row) and not (
                sheet.patched is not None and self._is_apart(row, span.number, sheet.patched)
            ):
                spans.append((span.start, span.end, _row_without_caches(row, prefix, sheet.tab.part)))
        return replaced(window, spans)

    def _is_apart(self, row: bytes, number: int, patched: SheetPatch) -> bool:
        """Say whether a row lost nothing, and all its formulas speak of single cells of this row only."""
        if patched.writes_row(number):
            return False
        for found in _FORMULA.finditer(row):
            text = unescape((found[2] or b"").decode("utf-8"))
            if not text or "!" in text or ":" in text or self._is_opaque(text):
                return False
            own = _OWN_CELL.findall(text)
            if len(own) != len(_ANY_REFERENCE.findall(text)) or any(int(one) != number for one in own):
                return False
        return True

    # -- other parts -----------------------------------------------------------------------------------------------

    def _refuse(self, place: str) -> None:
        raise UserError("patch.cannot_purge", file=self.package.file, place=place)

    def _refuse_models(self) -> None:
        for name in self.package.names:
            if name.casefold().startswith(_MODELS):
                self._refuse(name)

    def _refuse_pivots(self, tainted: set[str]) -> None:
        for one in self.book.relations:
            if one.kind != "pivotCacheDefinition" or one.target not in self.package:
                continue
            xml = self.package.read_xml(one.target)
            source = first(xml, "worksheetSource")
            if source is None:
                continue
            tag = source.tag(xml)
            tab = attribute(tag, "sheet")
            name = attribute(tag, "name")
            if tab in tainted or name in self._names or name in self._table_names(tainted):
                self._refuse(one.target)

    def _table_names(self, tabs: AbstractSet[str]) -> set[str | None]:
        names: set[str | None] = set()
        for tab in self.book.tabs:
            if tab.name in tabs:
                tables = read_tables(self.package, relations(self.package, tab.part))
                names |= {table.name for table in tables}
        return names

    def _empty_strings(self) -> None:
        part = self.book.target("sharedStrings")
        if part is None:
            return
        used = self._used
        changed = 0

        def emptied(index: int, item: bytes, prefix: bytes) -> bytes:
            nonlocal changed
            empty = b"<%ssi><%st/></%ssi>" % (prefix, prefix, prefix)
            if (index < len(used) and used[index]) or item == empty:
                return item
            changed += 1
            return empty

        for _ in rewritten_items(self.package.windows(part), part, emptied):
            pass
        if changed:
            self.contents[part] = rewritten_items(self.package.windows(part), part, emptied)

    def _charts(self) -> Iterator[str]:
        for tab in self.book.tabs:
            for drawing in relations(self.package, tab.part):
                if drawing.kind == "drawing" and not drawing.is_external:
                    for one in relations(self.package, drawing.target):
                        if one.kind in {"chart", "chartEx"} and one.target in self.package:
                            yield one.target

    def _empty_charts(self, tainted: set[str]) -> None:
        for part in self._charts():
            xml = self.package.read_xml(part)
            spans: list[tuple[int, int, bytes]] = []
            for name in _CACHED_REFERENCES:
                for element in elements(xml, name):
                    formula = first(element.body(xml), "f")
                    body = element.body(xml)
                    text = "" if formula is None else unescape(formula.body(body).decode("utf-8"))
                    if self._mentioned(text) & tainted or self._is_opaque(text):
                        spans += (
                            (cache.start, cache.end, b"")
                            for kind in _CACHES
                            for cache in elements(xml, kind, element.inner, element.inner_end)
                            if not (kind == "lvl" and name not in {"strDim", "numDim"})
                        )
            if spans:
                self.contents[part] = replaced(xml, spans)

    def _empty_notes(self, patched: SheetPatch) -> None:
        blanked = {address(one.row, one.column) for one in patched.edit.cells if isinstance(one.content, PutBlank)}
        for one in patched.relations:
            if one.kind not in {"comments", "threadedComment"} or one.target not in self.package:
                continue
            xml = self.package.read_xml(one.target)
            spans: list[tuple[int, int, bytes]] = []
            for name in ("comment", "threadedComment"):
                for note in elements(xml, name):
                    if attribute(note.tag(xml), "ref") in blanked:
                        spans += (
                            (text.inner, text.inner_end, b"")
                            for text in elements(xml, "text", note.inner, note.inner_end)
                        )
            if spans:
                self.contents[one.target] = replaced(xml, spans)

    def _drop_thumbnail(self) -> None:
        """Take away the picture of the first sheet that Excel may keep for file browsers."""
        for one in relations(self.package, ""):
            if one.kind == "thumbnail" and one.target in self.package:
                self.removed.add(one.target)
                rels = relations_part("")
                xml = self.package.read_xml(rels)
                spans = [
                    (element.start, element.end, b"")
                    for element in elements(xml, "Relationship")
                    if attribute(element.tag(xml), "Id") == one.id
                ]
                self.contents[rels] = replaced(xml, spans)


def _row_without_caches(row: bytes, prefix: bytes, part: str) -> bytes:
    spans: list[tuple[int, int, bytes]] = []
    for found in cells_of(row, prefix, part):
        value = None if found.formula is None else first(found.body, "v")
        if value is not None:
            base = found.start + len(found.tag)
            spans.append((found.start, base, with_attribute(found.tag, "t", None)))
            spans.append((base + value.start, base + value.end, b""))
    return replaced(row, spans)
