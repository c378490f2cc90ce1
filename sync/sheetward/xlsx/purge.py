"""After values have left a sheet, they also leave the bytes: shared strings, cached results, chart caches, notes.

What cannot be emptied without breaking the workbook (a pivot cache over the table, a data model) is refused and named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from html import unescape
from typing import Final

from sheetward.xlsx.markup import ATTRIBUTES, escaped_text
from sheetward.xlsx.package import Content
from sheetward.xlsx.parts import Book
from sheetward.xlsx.purge_formulas import References, SheetFormulas, note_formulas, tainted_tabs, without_results
from sheetward.xlsx.purge_parts import (
    emptied_charts,
    emptied_drawings,
    emptied_notes,
    leaving_texts,
    refuse_criteria,
    refuse_models,
    refuse_pivots,
    without_thumbnail,
)
from sheetward.xlsx.purge_residue import refuse_residue, secrets_of, unlinked
from sheetward.xlsx.sheet_patch import SheetPatch
from sheetward.xlsx.sheet_scan import Piece
from sheetward.xlsx.string_table import rewritten_items

_SHARED: Final = re.compile(
    rb"<((?:[\w.-]+:)?)c(?=\s)"
    + ATTRIBUTES
    + rb"""\st\s*=\s*["']s["']"""
    + ATTRIBUTES
    + rb">(?:(?!<\1c[\s/>]).)*?<\1v[^>]*>([^<]*)",
    re.DOTALL,
)
"""A cell that shows a shared string, whatever stands in it before its value; groups: the prefix, the index as written."""


def purged(
    book: Book, patched: Sequence[SheetPatch], rewritten: AbstractSet[str]
) -> tuple[dict[str, Content], set[str]]:
    """Give the parts to be written in place of the patch's or the old ones, and those to be removed.

    `patched` were surveyed. `rewritten` are parts of tabs that go or are made anew as a whole: nothing in them counts.
    `UserError('patch.cannot_purge')` names file and place of what would stay.
    """
    package = book.package
    references = References(book)
    by_part = {sheet.tab.part: sheet for sheet in patched}
    sheets = [
        SheetFormulas(book, tab, by_part.get(tab.part))
        for tab in book.tabs
        if tab.kind == "worksheet" and tab.part in package and tab.part not in rewritten
    ]
    refuse_models(package)
    used = _survey(sheets, references)
    tainted = tainted_tabs(sheets)
    refuse_pivots(book, tainted, references)
    contents: dict[str, Content] = {
        sheet.tab.part: without_results(sheet, references)
        for sheet in sheets
        if sheet.has_any and sheet.tab.name in tainted
    }
    contents |= _emptied_strings(book, used)
    contents |= emptied_charts(book, tainted, references)
    contents |= emptied_drawings(book, tainted, references)
    for one in patched:
        contents |= emptied_notes(one)
        contents |= unlinked(one)
    _refuse_copies(book, patched, sheets, contents, used)
    changed, removed = without_thumbnail(package)
    return {**contents, **changed}, removed


def _refuse_copies(
    book: Book,
    patched: Sequence[SheetPatch],
    sheets: Sequence[SheetFormulas],
    contents: Mapping[str, Content],
    used: bytearray,
) -> None:
    """Refuse what repeats a leaving value outside the cells. `UserError('patch.cannot_purge')`."""

    def is_shown(text: str) -> bool:
        cell = b">" + escaped_text(text) + b"<"
        rows = (data for sheet in sheets for kind, data in sheet.pieces() if kind is Piece.ROWS)
        return any(cell in data for data in rows) or cell in _used_strings(book, used)

    old = [leaving_texts(one) for one in patched]
    for one, texts in zip(patched, old, strict=True):
        refuse_criteria(one, texts, is_shown)
    secrets = {secret for one, texts in zip(patched, old, strict=True) for secret in secrets_of(one, texts)}
    if secrets:
        tails = {sheet.tab.name: data for sheet in sheets for kind, data in sheet.pieces() if kind is Piece.TAIL}
        refuse_residue(book, secrets, tails, contents, is_shown)


def _used_strings(book: Book, used: bytearray) -> bytes:
    """Give the shared strings that cells will use, one after the other."""
    part = book.target("sharedStrings")
    pieces: list[bytes] = []

    def note(index: int, item: bytes, _: bytes) -> bytes:
        if index < len(used) and used[index]:
            pieces.append(item)
        return b""

    if part is not None:
        for _ in rewritten_items(book.package.windows(part), part, note):
            pass
    return b"".join(pieces)


def _survey(sheets: Sequence[SheetFormulas], references: References) -> bytearray:
    """Note the formulas of all tabs as they will be, and give which shared strings are used then: a byte for each."""
    used = bytearray()
    for sheet in sheets:
        for kind, data in sheet.pieces():
            if kind is Piece.ROWS:
                note_formulas(data, sheet, references)
                indices = _shared_strings(data)
                used.extend(bytes(max(0, min(max(indices, default=0), 1 << 28) + 1 - len(used))))
                for index in indices:
                    if index < len(used):
                        used[index] = 1
    return used


def _shared_strings(rows: bytes) -> set[int]:
    """Give the indices of the shared strings that rows use."""
    written = (unescape(found[2].decode("utf-8")).strip() for found in _SHARED.finditer(rows))
    return {int(index) for index in written if index.isdecimal() and len(index) < 10}


def _emptied_strings(book: Book, used: bytearray) -> dict[str, Content]:
    """Give the table of shared strings with unused ones emptied; indices do not move."""
    part = book.target("sharedStrings")
    if part is None:
        return {}
    changed = False

    def emptied(index: int, item: bytes, prefix: bytes) -> bytes:
        nonlocal changed
        empty = b"<%ssi><%st/></%ssi>" % (prefix, prefix, prefix)
        if (index < len(used) and used[index]) or item == empty:
            return item
        changed = True
        return empty

    for _ in rewritten_items(book.package.windows(part), part, emptied):
        pass
    return {part: rewritten_items(book.package.windows(part), part, emptied)} if changed else {}
