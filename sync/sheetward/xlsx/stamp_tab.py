"""Our very hidden tab: its part from its rows, and its entries in the workbook, made once and taken away again."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Sequence
from typing import Final

from sheetward.errors import UserError
from sheetward.xlsx.areas import address
from sheetward.xlsx.cell_text import checked, spelt
from sheetward.xlsx.edits import PutText, StampTab
from sheetward.xlsx.markup import attribute, elements, first, with_attribute, with_children
from sheetward.xlsx.names import with_tab
from sheetward.xlsx.package import Package
from sheetward.xlsx.parts import Book
from sheetward.xlsx.relations import relations_part

CONTENT_TYPES: Final = "[Content_Types].xml"
_SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MAIN_STRICT: Final = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_WORKSHEET: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
_WORKSHEET_STRICT: Final = "http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet"


def tab_part(tab: StampTab, *, strict: bool) -> bytes:
    """Give the whole part of a tab of text cells. `UserError('patch.text_too_long')` as for any cell."""
    main = (MAIN_STRICT if strict else MAIN).encode()
    rows = b"".join(_row(number, row, tab.name) for number, row in enumerate(tab.rows, start=1))
    return (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>'
        % (main, rows)
    )


def _row(number: int, row: Sequence[str], name: str) -> bytes:
    cells: list[bytes] = []
    for column, text in enumerate(row, start=1):
        if text:
            place = address(number, column)
            checked(PutText(text), name, place)
            cells.append(b'<c r="%s" t="inlineStr">%s</c>' % (place.encode(), spelt(PutText(text), b"")[1]))
    return b'<row r="%d">%s</row>' % (number, b"".join(cells)) if cells else b""


def free_part(package: Package, taken: Collection[str] = ()) -> str:
    """Name a worksheet part that is not there yet."""
    number = 1
    while f"xl/worksheets/sheet{number}.xml" in package or f"xl/worksheets/sheet{number}.xml" in taken:
        number += 1
    return f"xl/worksheets/sheet{number}.xml"


def entered(
    book: Book, workbook: bytes, current: Callable[[str], bytes], name: str, part: str, *, is_hidden: bool
) -> dict[str, bytes]:
    """Give content types, workbook and its relationships with a new tab in them, very hidden or shown, by part name.

    `current` gives a part as it stands among the changes so far.
    """
    rels_name = relations_part(book.part)
    rels = current(rels_name)
    root = first(rels, "Relationships")
    types = current(CONTENT_TYPES)
    types_root = first(types, "Types")
    if root is None or types_root is None:
        raise UserError("patch.unsupported_xml", part=rels_name)
    used = {attribute(one.tag(rels), "Id") for one in elements(rels, "Relationship")}
    number = 1
    while f"rId{number}" in used:
        number += 1
    relation = f"rId{number}"
    entry = with_attribute(b"<%sRelationship/>" % _prefix(rels, root.start, b"Relationships"), "Id", relation)
    entry = with_attribute(entry, "Type", _WORKSHEET_STRICT if book.is_strict else _WORKSHEET)
    entry = with_attribute(entry, "Target", posixpath.relpath(part, posixpath.dirname(book.part)))
    override = with_attribute(b"<%sOverride/>" % _prefix(types, types_root.start, b"Types"), "PartName", f"/{part}")
    override = with_attribute(override, "ContentType", _SHEET_TYPE)
    return {
        CONTENT_TYPES: with_children(types, types_root, override),
        book.part: with_tab(workbook, name, relation, book.part, is_hidden=is_hidden),
        rels_name: with_children(rels, root, entry),
    }


def _prefix(data: bytes, start: int, name: bytes) -> bytes:
    return data[start + 1 :].split(name, 1)[0]
