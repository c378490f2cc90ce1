"""Copies of cell values outside the sheets: chart caches, linked text boxes, notes, the thumbnail; and what refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from html import unescape
from typing import Final

from sheetward.errors import UserError
from sheetward.xlsx.areas import address
from sheetward.xlsx.markup import Element, attribute, elements, first, replaced
from sheetward.xlsx.package import Package
from sheetward.xlsx.parts import Book
from sheetward.xlsx.purge_formulas import References
from sheetward.xlsx.relations import relations, relations_part
from sheetward.xlsx.row_cells import RowCells
from sheetward.xlsx.sheet_patch import SheetPatch
from sheetward.xlsx.sheet_scan import Piece, RowCounter, sheet_pieces
from sheetward.xlsx.string_table import looked_up
from sheetward.xlsx.strings import decoded, joined, unescaped
from sheetward.xlsx.tables_patch import read_tables

_MODELS: Final = ("xl/model/", "xl/revisions/")
"""Folders of the data model and of the change log of a shared workbook: both hold copies that only Excel can edit."""
_CACHED: Final = {
    "strRef": ("strCache",),
    "numRef": ("numCache",),
    "multiLvlStrRef": ("multiLvlStrCache",),
    "datalabelsRange": ("dlblRangeCache",),
    "strDim": ("lvl",),
    "numDim": ("lvl",),
}
"""References in charts (the last two in those of Excel 2016), and the elements that cache their values."""


def refuse_models(package: Package) -> None:
    """Refuse a data model and a change log. `UserError('patch.cannot_purge')`."""
    for name in package.names:
        if name.casefold().startswith(_MODELS):
            raise UserError("patch.cannot_purge", file=package.file, place=name)


def refuse_pivots(book: Book, tainted: AbstractSet[str], references: References) -> None:
    """Refuse a pivot cache over a tainted tab. `UserError('patch.cannot_purge')`."""
    tables = {
        table.name
        for tab in book.tabs
        if tab.name in tainted
        for table in read_tables(book.package, relations(book.package, tab.part))
    }
    for one in book.relations:
        if one.kind != "pivotCacheDefinition" or one.target not in book.package:
            continue
        xml = book.package.read_xml(one.target)
        source = first(xml, "worksheetSource")
        if source is None:
            continue
        tag = source.tag(xml)
        name = attribute(tag, "name")
        if attribute(tag, "sheet") in tainted or name in tables or name in references.names:
            raise UserError("patch.cannot_purge", file=book.package.file, place=one.target)


def refuse_criteria(patched: SheetPatch, old: AbstractSet[str], is_shown: Callable[[str], bool]) -> None:
    """Refuse a filter by a value that leaves the sheet, and a scenario over its cell. `UserError('patch.cannot_purge')`.

    `old` is what the leaving cells held; a value that other cells still show (`is_shown`) may stay a criterion.
    """
    package, part = patched.book.package, patched.tab.part
    criteria = {value for xml in (patched.tail, *(table.xml for table in patched.tables)) for value in _criteria(xml)}
    if any(not is_shown(value) for value in criteria & old):
        raise UserError("patch.cannot_purge", file=package.file, place=f"{patched.tab.name}: autoFilter")
    written = {address(row, column) for row, column in patched.leaving}
    for cell in elements(patched.tail, "inputCells"):
        if attribute(cell.tag(patched.tail), "r") in written:
            raise UserError("patch.cannot_purge", file=package.file, place=f"{part}: scenarios")


def _criteria(xml: bytes) -> Iterator[str]:
    for name in ("filter", "customFilter"):
        for element in elements(xml, name):
            yield attribute(element.tag(xml), "val") or ""


def leaving_texts(patched: SheetPatch) -> set[str]:
    """Give what the cells held before whose value leaves the sheet."""
    package, part = patched.book.package, patched.tab.part
    columns: dict[int, list[int]] = {}
    for row, column in patched.leaving:
        columns.setdefault(row, []).append(column)
    rows, prefix = sorted(columns), patched.context.prefix
    counter = RowCounter(prefix, part)
    texts, shared = set[str](), set[int]()
    for kind, data in sheet_pieces(package.windows(part), part):
        for span in counter.spans(data, rows) if kind is Piece.ROWS else ():
            cells = RowCells(data[span.start : span.end], span.number, prefix, part)
            for found in filter(None, map(cells.get, columns.get(span.number, ()))):
                value, inline = first(found.body, "v"), first(found.body, "is")
                if inline is not None:
                    texts.add(joined(inline.body(found.body).decode("utf-8"), prefix.decode()))
                text = "" if value is None else decoded(unescaped(value.body(found.body).decode("utf-8")))
                if attribute(found.tag, "t") == "s" and text.strip().isdigit():
                    shared.add(int(text))
                else:
                    texts.add(text)
    table = patched.book.target("sharedStrings")
    return texts | (set(looked_up(package.windows(table), table, shared).values()) if table and shared else set())


def _drawn(book: Book, kinds: AbstractSet[str]) -> Iterator[str]:
    """Give the drawings of all tabs, or the charts in them, by kind of relationship."""
    for tab in book.tabs:
        for drawing in relations(book.package, tab.part):
            if drawing.kind != "drawing" or drawing.target not in book.package:
                continue
            if "drawing" in kinds:
                yield drawing.target
            for one in relations(book.package, drawing.target):
                if one.kind in kinds and one.target in book.package:
                    yield one.target


def emptied_charts(book: Book, tainted: AbstractSet[str], references: References) -> dict[str, bytes]:
    """Give the charts that cached values of tainted tabs, without these caches."""
    changed: dict[str, bytes] = {}
    for part in _drawn(book, {"chart", "chartEx"}):
        xml = book.package.read_xml(part)
        spans = [
            (cache.start, cache.end, b"")
            for name, caches in _CACHED.items()
            for element in elements(xml, name)
            if references.meets(_formula(xml, element), tainted)
            for kind in caches
            for cache in elements(xml, kind, element.inner, element.inner_end)
        ]
        if spans:
            changed[part] = replaced(xml, spans)
    return changed


def _formula(xml: bytes, element: Element) -> str:
    body = element.body(xml)
    found = first(body, "f")
    return "" if found is None else unescape(found.body(body).decode("utf-8"))


def emptied_drawings(book: Book, tainted: AbstractSet[str], references: References) -> dict[str, bytes]:
    """Give the drawings whose shapes show a cell of a tainted tab, without the text they show."""
    changed: dict[str, bytes] = {}
    for part in _drawn(book, {"drawing"}):
        xml = book.package.read_xml(part)
        spans = [
            (text.inner, text.inner_end, b"")
            for shape in elements(xml, "sp")
            if (link := attribute(shape.tag(xml), "textlink")) and references.meets(link, tainted)
            for text in elements(xml, "t", shape.inner, shape.inner_end)
        ]
        if spans:
            changed[part] = replaced(xml, spans)
    return changed


def emptied_notes(patched: SheetPatch) -> dict[str, bytes]:
    """Give the notes and threaded comments of a tab, those on emptied and masked cells without their text."""
    leaving = {address(row, column) for row, column in patched.leaving}
    changed: dict[str, bytes] = {}
    for one in patched.relations:
        if one.kind not in {"comments", "threadedComment"} or one.target not in patched.book.package:
            continue
        xml = patched.book.package.read_xml(one.target)
        spans = [
            (text.inner, text.inner_end, b"")
            for name in ("comment", "threadedComment")
            for note in elements(xml, name)
            if attribute(note.tag(xml), "ref") in leaving
            for text in elements(xml, "text", note.inner, note.inner_end)
        ]
        if spans:
            changed[one.target] = replaced(xml, spans)
    return changed


def without_thumbnail(package: Package) -> tuple[dict[str, bytes], set[str]]:
    """Give what changes and what goes with the picture of the first sheet that Excel may keep for file browsers."""
    gone = [one for one in relations(package, "") if one.kind == "thumbnail" and one.target in package]
    if not gone:
        return {}, set()
    rels = relations_part("")
    xml, ids = package.read_xml(rels), {one.id for one in gone}
    spans = [
        (element.start, element.end, b"")
        for element in elements(xml, "Relationship")
        if attribute(element.tag(xml), "Id") in ids
    ]
    return {rels: replaced(xml, spans)}, {one.target for one in gone}
