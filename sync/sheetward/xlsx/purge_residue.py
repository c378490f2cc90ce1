"""What is left of values that leave a sheet outside its cells: links go with their cells, other copies are refused.

Names, validation lists, conditional formats, headers and footers, document properties and cached chart texts
may repeat a value word for word. Nobody can say whether they may be changed, so the place is named and nothing is
written. A value that other cells still show is no secret, nor is a word that the schema itself lists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from html import unescape
from typing import Final

from sheetward.errors import UserError
from sheetward.xlsx.markup import attribute, elements, local_attribute, replaced
from sheetward.xlsx.package import Content, Package
from sheetward.xlsx.parts import Book
from sheetward.xlsx.ranges import parsed_area
from sheetward.xlsx.relations import relations, relations_part
from sheetward.xlsx.sheet_patch import SheetPatch

_LITERAL: Final = re.compile(r'"((?:[^"]|"")*)"')
_WORDS: Final = re.compile(r'[^,;"]+')
_LONG: Final = 4
"""Characters from which a value is looked for within longer texts, and not only as a whole."""
_SHORT_NUMBER: Final = re.compile(r"[\d.,%+-]{0,5}")
"""Numbers that stand in any workbook by chance."""
_TAIL_TEXTS: Final = (
    *("formula", "formula1", "formula2"),
    *("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter"),
)
_TAIL_ATTRIBUTES: Final = {
    "dataValidation": ("prompt", "promptTitle", "error", "errorTitle"),
    "cfRule": ("text",),
    "hyperlink": ("display", "tooltip", "location"),
}
_PEOPLE: Final = re.compile(
    rb"<(?:[\w.-]+:)?(creator|lastModifiedBy|Application|AppVersion)(?=[\s>])[^>]*>[^<]*</[^>]*>"
)
"""Who made the file and with what: these are no cells."""


def unlinked(patched: SheetPatch) -> dict[str, bytes]:
    """Let the hyperlinks of cells that are emptied or masked go; give the relationships of the tab without them."""
    package, part, tail = patched.book.package, patched.tab.part, patched.tail
    leaving = patched.leaving
    kept: set[str] = set()
    gone: set[str] = set()
    for element in elements(tail, "hyperlink"):
        tag = element.tag(tail)
        area = parsed_area(attribute(tag, "ref"))
        identity = local_attribute(tag, "id") or ""
        if area is not None and any(cell in area for cell in leaving):
            patched.unlinked.add(attribute(tag, "ref") or "")
            gone.add(identity)
        else:
            kept.add(identity)
    rels = relations_part(part)
    if not gone - kept - {""} or rels not in package:
        return {}
    xml = package.read_xml(rels)
    spans = [
        (element.start, element.end, b"")
        for element in elements(xml, "Relationship")
        if attribute(element.tag(xml), "Id") in gone - kept
    ]
    return {rels: replaced(xml, spans)}


def secrets_of(patched: SheetPatch, old_texts: AbstractSet[str]) -> set[str]:
    """Give what the leaving cells held, apart from what says nothing."""
    texts = {text.strip() for text in old_texts} - patched.edit.public
    return {text for text in texts if len(text) > 1 and not _SHORT_NUMBER.fullmatch(text)}


def refuse_residue(
    book: Book,
    secrets: AbstractSet[str],
    tails: Mapping[str, bytes],
    contents: Mapping[str, Content],
    is_shown: Callable[[str], bool],
) -> None:
    """Refuse a workbook in which a secret stands outside the cells. `UserError('patch.cannot_purge')` names the place.

    `tails` are what follows the rows in each tab as it will be, by the tab's name; `contents` parts that were rewritten
    so far. `is_shown` says of a value whether a cell still holds it.
    """
    known: dict[str, bool] = {}
    for place, text in _texts(book, tails, contents):
        for secret in secrets:
            if _stands_in(secret, text) and not known.setdefault(secret, is_shown(secret)):
                raise UserError("patch.cannot_purge", file=book.package.file, place=place)


def _stands_in(secret: str, text: str) -> bool:
    if len(secret) >= _LONG and secret in text:
        return True
    return text.strip() == secret or any(word.strip() == secret for word in _WORDS.findall(text))


def _texts(book: Book, tails: Mapping[str, bytes], contents: Mapping[str, Content]) -> Iterator[tuple[str, str]]:
    """Give each place where a text of people may stand, and that text."""
    for element in elements(book.xml, "definedName"):
        name = attribute(element.tag(book.xml), "name") or ""
        for literal in _LITERAL.findall(_plain(element.body(book.xml))):
            yield name, literal
    for title, tail in tails.items():
        for name in _TAIL_TEXTS:
            for element in elements(tail, name):
                yield title, _plain(element.body(tail))
        for name, words in _TAIL_ATTRIBUTES.items():
            for element in elements(tail, name):
                tag = element.tag(tail)
                yield from ((f"{title}: {name}", attribute(tag, word) or "") for word in words)
    package = book.package
    for part in package.names:
        if part.startswith("docProps/") and part.endswith(".xml"):
            for text in _inner_texts(_PEOPLE.sub(b"", _data(package, contents, part))):
                yield part, text
        elif part.startswith("xl/charts/") and part.endswith(".xml"):
            xml = _data(package, contents, part)
            for element in elements(xml, "v"):
                yield part, _plain(element.body(xml))
    for tab in book.tabs:
        for one in relations(package, tab.part):
            if one.kind == "hyperlink" and f'"{one.id}"'.encode() in tails.get(tab.name, b""):
                yield tab.name, one.target


def _data(package: Package, contents: Mapping[str, Content], part: str) -> bytes:
    new = contents.get(part)
    return new if isinstance(new, bytes) else package.read_xml(part)


def _plain(body: bytes) -> str:
    return unescape(body.decode("utf-8"))


def _inner_texts(xml: bytes) -> Iterator[str]:
    for found in re.finditer(rb">([^<]+)<", xml):
        yield _plain(found[1])
