"""workbook.xml and its companions: defined names that follow a table, recalculation, entries of our hidden tab."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Final

from sheetward.errors import UserError
from sheetward.xlsx.areas import Area, address
from sheetward.xlsx.markup import (
    attribute,
    elements,
    escaped_text,
    first,
    local_attribute,
    replaced,
    with_attribute,
    with_children,
)
from sheetward.xlsx.ranges import parsed_area

_FOLLOWING: Final = ("_xlnm._FilterDatabase", "_xlnm.Print_Area")
_REFERENCE: Final = re.compile(r"!(\$?[A-Z]+\$?\d+:\$?[A-Z]+\$?\d+)(?![\w(])")
_BEFORE_CALC: Final = ("definedNames", "externalReferences", "functionGroups", "sheets")


def _absolute(found: Area) -> str:
    corners = address(found.first_row, found.first_column), address(found.last_row, found.last_column)
    return ":".join(re.sub(r"([A-Z]+)([0-9]+)", r"$\1$\2", corner) for corner in corners)


def with_names_following(workbook: bytes, tab_index: int, moved: Callable[[Area], Area]) -> bytes:
    """Give workbook.xml with the filter and print areas of a tab (0-based place) as `moved` says."""
    spans: list[tuple[int, int, bytes]] = []
    for element in elements(workbook, "definedName"):
        tag = element.tag(workbook)
        if attribute(tag, "name") in _FOLLOWING and attribute(tag, "localSheetId") == str(tab_index):
            old = unescape(element.body(workbook).decode("utf-8"))
            new = _followed(old, moved)
            if new != old:
                spans.append((element.inner, element.inner_end, escaped_text(new)))
    return replaced(workbook, spans)


def _followed(text: str, moved: Callable[[Area], Area]) -> str:
    def respelt(found: re.Match[str]) -> str:
        old = parsed_area(found[1])
        new = None if old is None else moved(old)
        return found[0] if new is None or new == old else "!" + _absolute(new)

    return _REFERENCE.sub(respelt, text)


def with_full_calculation(workbook: bytes, part: str) -> bytes:
    """Give workbook.xml asking Excel to calculate everything when it opens the file."""
    calc = first(workbook, "calcPr")
    if calc is not None:
        tag = calc.tag(workbook)
        if attribute(tag, "fullCalcOnLoad") in {"1", "true"}:
            return workbook
        return replaced(workbook, [(calc.start, calc.inner, with_attribute(tag, "fullCalcOnLoad", "1"))])
    for name in _BEFORE_CALC:
        before = first(workbook, name)
        if before is not None:
            prefix = workbook[before.start + 1 : before.inner].split(name.encode(), 1)[0]
            return workbook[: before.end] + b'<%scalcPr fullCalcOnLoad="1"/>' % prefix + workbook[before.end :]
    raise UserError("patch.unsupported_xml", part=part)


def without_entry(data: bytes, name: str, key: str, value: str) -> bytes:
    """Give a relationships or content types part without the elements whose attribute has this value (case apart)."""
    spans = [
        (element.start, element.end, b"")
        for element in elements(data, name)
        if (attribute(element.tag(data), key) or "").casefold() == value.casefold()
    ]
    return replaced(data, spans)


def with_tab(workbook: bytes, name: str, relation: str, part: str, *, is_hidden: bool) -> bytes:
    """Give workbook.xml with a tab behind the others, very hidden or shown."""
    sheets = first(workbook, "sheets")
    tabs = list(elements(workbook, "sheet"))
    if sheets is None or not tabs:
        raise UserError("patch.unsupported_xml", part=part)
    tag = tabs[-1].tag(workbook)
    found = re.match(rb"<((?:[\w.-]+:)?)sheet\s", tag)
    relation_name = re.search(rb"\s([\w.-]+:id)\s*=", tag)
    if found is None or relation_name is None:
        raise UserError("patch.unsupported_xml", part=part)
    numbers = [int(attribute(tab.tag(workbook), "sheetId") or 0) for tab in tabs]
    entry = with_attribute(b"<%ssheet/>" % found[1], "name", name)
    for key, value in (("sheetId", str(max(numbers) + 1)), ("state", "veryHidden" if is_hidden else None)):
        entry = with_attribute(entry, key, value)
    return with_children(workbook, sheets, with_attribute(entry, relation_name[1].decode(), relation))


def without_tab(workbook: bytes, index: int, relation: str, name: str) -> bytes:
    """Give workbook.xml without a tab and the names that speak of it; places of later tabs move up."""
    spans = [
        (element.start, element.end, b"")
        for element in elements(workbook, "sheet")
        if local_attribute(element.tag(workbook), "id") == relation
    ]
    names = list(elements(workbook, "definedName"))
    gone = 0
    for element in names:
        tag = element.tag(workbook)
        local = attribute(tag, "localSheetId")
        if local == str(index) or f"{name}!" in unescape(element.body(workbook).decode("utf-8")).replace("'", ""):
            spans.append((element.start, element.end, b""))
            gone += 1
        elif local is not None and local.isdigit() and int(local) > index:
            spans.append((element.start, element.inner, with_attribute(tag, "localSheetId", str(int(local) - 1))))
    section = first(workbook, "definedNames")
    if section is not None and names and gone == len(names):
        spans = [span for span in spans if not section.start <= span[0] < section.end]
        spans.append((section.start, section.end, b""))
    for view in elements(workbook, "workbookView"):
        tag = view.tag(workbook)
        for key in ("activeTab", "firstSheet"):
            value = attribute(tag, key)
            if value is not None and value.isdigit() and int(value) >= max(index, 1):
                tag = with_attribute(tag, key, str(int(value) - 1))
        if tag != view.tag(workbook):
            spans.append((view.start, view.inner, tag))
    return replaced(workbook, spans)
