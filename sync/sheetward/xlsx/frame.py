"""What surrounds the rows of a sheet part: size, columns, filter, validations, conditional formats.

The head ends with the start tag of `sheetData`, the tail begins with its end tag. Every byte outside an edit stays.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Final

from sheetward.xlsx.areas import MAX_ROW, Area, areas
from sheetward.xlsx.edits import NewHiddenColumn
from sheetward.xlsx.markup import (
    Element,
    attribute,
    children,
    elements,
    escaped_attribute,
    first,
    replaced,
    with_attribute,
    with_children,
)
from sheetward.xlsx.ranges import joined_area, parsed_area, spelt_areas

Moved = Callable[[Area], Area]
"""Where an area goes when the table grows; areas that do not follow are given back as they are."""

AFTER_VALIDATIONS: Final = (
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
)
"""The elements that may follow `dataValidations` in a worksheet (ECMA-376 part 1, 18.3.1.99)."""
_HIDDEN_WIDTH: Final = "9.140625"


def with_dimension(head: bytes, written: Area | None) -> bytes:
    """Give the head with `dimension` widened to hold the written cells; readers use it as a hint only."""
    element = first(head, "dimension")
    if element is None or written is None:
        return head
    old = parsed_area(attribute(element.tag(head), "ref"))
    if old is None:
        return head
    new = joined_area(old, written)
    return (
        head
        if new == old
        else replaced(head, [(element.start, element.inner, with_attribute(element.tag(head), "ref", str(new)))])
    )


def column_styles(head: bytes) -> dict[int, int]:
    """Give the style of each column that has one."""
    section = first(head, "cols")
    found: dict[int, int] = {}
    if section is None:
        return found
    for element in elements(head, "col", section.inner, section.inner_end):
        tag = element.tag(head)
        style = attribute(tag, "style")
        if style and style.isdigit() and int(style):
            low, high = int(attribute(tag, "min") or 0), int(attribute(tag, "max") or 0)
            found |= dict.fromkeys(range(low, high + 1), int(style))
    return found


def with_hidden_column(head: bytes, column: int, prefix: bytes) -> bytes:
    """Give the head with one column hidden; a range of columns that holds it is split."""
    section = first(head, "cols")
    entry = b'<%scol min="%d" max="%d" width="%s" hidden="1" customWidth="1"/>' % (
        prefix,
        column,
        column,
        _HIDDEN_WIDTH.encode(),
    )
    if section is None:
        start = head.rfind(b"<" + prefix + b"sheetData")
        return head[:start] + b"<%scols>%s</%scols>" % (prefix, entry, prefix) + head[start:]
    place = section.inner
    for element in elements(head, "col", section.inner, section.inner_end):
        low, high = _span(element, head)
        if low <= column <= high:
            return replaced(head, [(element.start, element.end, _split(element.tag(head), column, hidden=True))])
        if high < column:
            place = element.end
    return head[:place] + entry + head[place:]


def _span(element: Element, head: bytes) -> tuple[int, int]:
    tag = element.tag(head)
    return int(attribute(tag, "min") or 0), int(attribute(tag, "max") or 0)


def _split(tag: bytes, column: int, *, hidden: bool) -> bytes:
    low, high = int(attribute(tag, "min") or 0), int(attribute(tag, "max") or 0)
    pieces: list[bytes] = []
    for first_column, last_column in ((low, column - 1), (column, column), (column + 1, high)):
        if first_column > last_column:
            continue
        piece = tag
        if (first_column, last_column) != (low, high):
            piece = with_attribute(with_attribute(tag, "min", str(first_column)), "max", str(last_column))
        if first_column == column:
            piece = with_attribute(piece, "hidden", "1" if hidden else None)
        pieces.append(piece)
    return b"".join(pieces)


def without_hidden_column(head: bytes, column: int) -> bytes:
    """Give the head with a column shown again; an entry that says nothing else is taken away, and an empty `cols` too."""
    section = first(head, "cols")
    if section is None:
        return head
    for element in elements(head, "col", section.inner, section.inner_end):
        tag = element.tag(head)
        low, high = _span(element, head)
        if not low <= column <= high:
            continue
        is_ours = low == high and attribute(tag, "width") == _HIDDEN_WIDTH and attribute(tag, "style") is None
        new = b"" if is_ours else _split(tag, column, hidden=False)
        head = replaced(head, [(element.start, element.end, new)])
        section = first(head, "cols")
        if section is not None and not section.body(head).strip():
            head = head[: section.start] + head[section.end :]
        return head
    return head


def child_of(tail: bytes, name: str, prefix: bytes) -> Element | None:
    """Find a child of the worksheet itself, not one of the same name deeper down or in an extension."""
    wanted = prefix + name.encode()
    return next((element for found, element in _worksheet_children(tail) if found == wanted), None)


def _worksheet_children(tail: bytes) -> Iterator[tuple[bytes, Element]]:
    start = tail.find(b">") + 1 if tail.startswith(b"</") else 0
    return children(tail, start, tail.rfind(b"</"))


def guard_area(new: NewHiddenColumn) -> Area:
    """Give the cells that the guard of a hidden column covers: from below the header to the last row of the grid."""
    return Area(new.header_row + 1, new.column, MAX_ROW, new.column)


def with_guard(tail: bytes, new: NewHiddenColumn, prefix: bytes) -> bytes:
    """Give the tail with a soft validation: Excel shows a text and asks before it takes what was typed."""
    title, text = escaped_attribute(new.guard_title[:32]), escaped_attribute(new.guard_text[:225])
    tag = b'<%sdataValidation type="custom" errorStyle="warning" showInputMessage="1" showErrorMessage="1"' % prefix
    tag += b' errorTitle="%s" error="%s" promptTitle="%s" prompt="%s" sqref="%s">' % (
        title,
        text,
        title,
        text,
        str(guard_area(new)).encode(),
    )
    rule = tag + b"<%sformula1>FALSE</%sformula1></%sdataValidation>" % (prefix, prefix, prefix)
    section = child_of(tail, "dataValidations", prefix)
    if section is not None:
        count = sum(1 for _ in elements(tail, "dataValidation", section.inner, section.inner_end)) + 1
        return with_children(tail, section, rule, count=count)
    block = b'<%sdataValidations count="1">%s</%sdataValidations>' % (prefix, rule, prefix)
    start = insertion_point(tail, AFTER_VALIDATIONS, prefix)
    return tail[:start] + block + tail[start:]


def insertion_point(tail: bytes, followers: Collection[str], prefix: bytes) -> int:
    """Give the place before the first child of the worksheet that is one of these, or before its end tag."""
    names = {prefix + name.encode() for name in followers}
    places = (element.start for found, element in _worksheet_children(tail) if found in names)
    return next(places, tail.rfind(b"</"))


def without_guard(tail: bytes, column: int, header_row: int, prefix: bytes) -> bytes:
    """Give the tail without the soft validation that `with_guard` put there."""
    section = child_of(tail, "dataValidations", prefix)
    if section is None:
        return tail
    ours = str(Area(header_row + 1, column, MAX_ROW, column))
    rules = list(elements(tail, "dataValidation", section.inner, section.inner_end))
    kept = [rule for rule in rules if attribute(rule.tag(tail), "sqref") != ours]
    if len(kept) == len(rules):
        return tail
    if not kept:
        return tail[: section.start] + tail[section.end :]
    spans = [(rule.start, rule.end, b"") for rule in rules if rule not in kept]
    spans.append((section.start, section.inner, with_attribute(section.tag(tail), "count", str(len(kept)))))
    return replaced(tail, spans)


def with_areas_moved(tail: bytes, moved: Moved) -> bytes:
    """Give the tail with the areas of validations, conditional formats and ignored errors, x14 ones too, moved."""
    spans: list[tuple[int, int, bytes]] = []
    for name in ("dataValidation", "conditionalFormatting", "ignoredError"):
        for element in elements(tail, name):
            tag = element.tag(tail)
            sqref = attribute(tag, "sqref")
            if sqref is not None:
                new = _moved_areas(sqref, moved)
                if new != sqref:
                    spans.append((element.start, element.inner, with_attribute(tag, "sqref", new)))
            for inner in elements(tail, "sqref", element.inner, element.inner_end):
                old = inner.body(tail).decode("utf-8")
                new = _moved_areas(old, moved)
                if new != old:
                    spans.append((inner.inner, inner.inner_end, new.encode()))
    return replaced(tail, spans)


def _moved_areas(sqref: str, moved: Moved) -> str:
    old = areas(sqref)
    new = tuple(moved(one) for one in old)
    return sqref if new == old or len(old) != len(sqref.split()) else spelt_areas(new)


def with_filter_moved(tail: bytes, moved: Moved, prefix: bytes) -> bytes:
    """Give the tail with the area of the sheet's own autofilter moved."""
    element = child_of(tail, "autoFilter", prefix)
    return tail if element is None else with_ref_moved(tail, element, moved)


def with_ref_moved(markup: bytes, element: Element, moved: Moved) -> bytes:
    """Give the markup with the area in an element's `ref` moved."""
    tag = element.tag(markup)
    old = parsed_area(attribute(tag, "ref"))
    new = None if old is None else moved(old)
    if new is None or new == old:
        return markup
    return replaced(markup, [(element.start, element.inner, with_attribute(tag, "ref", str(new)))])
