"""Small XML parts as trees, read by names without their namespace: both OOXML dialects, the transitional and the strict, look alike."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from sheetward.errors import UserError
from sheetward.xlsx.guards import MAX_TREE
from sheetward.xlsx.package import Package


def parse_xml(xml: bytes | str, file: str, part: str) -> ElementTree.Element:
    """Parse a part that went through the guards (`Package.read_xml`); `UserError('workbook.damaged')` where it is not XML."""
    try:
        return ElementTree.fromstring(xml)  # noqa: S314 - document types and entities were refused before
    except (ElementTree.ParseError, ValueError, RecursionError) as trouble:
        raise UserError("workbook.damaged", file=file, part=part) from trouble


def check_tree_size(package: Package, part: str) -> None:
    """Refuse a part that is too large to be read whole."""
    if package.member(part).size > MAX_TREE:
        raise UserError("workbook.part_too_large", file=package.file, part=part, limit_mb=MAX_TREE >> 20)


def read_tree(package: Package, part: str) -> ElementTree.Element:
    """Inflate, guard and parse a part; `UserError('workbook.part_too_large')` above `MAX_TREE` bytes."""
    check_tree_size(package, part)
    return parse_xml(package.read_xml(part), package.file, part)


def local(element: ElementTree.Element) -> str:
    """Give an element's name without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""  # pyright: ignore[reportUnnecessaryIsInstance]


def children(element: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """Give the children of that name."""
    return (child for child in element if local(child) == name)


def child(element: ElementTree.Element, name: str) -> ElementTree.Element | None:
    """Give the first child of that name."""
    return next(children(element, name), None)


def descend(element: ElementTree.Element, *names: str) -> Iterator[ElementTree.Element]:
    """Give what lies at the end of a path of names, in document order."""
    found = [element]
    for name in names:
        found = [one for parent in found for one in children(parent, name)]
    return iter(found)


def number(element: ElementTree.Element, name: str, default: int = 0) -> int:
    """Read an attribute as a whole number; the default where it is missing or none."""
    try:
        return int(element.get(name, default))
    except ValueError:
        return default


def truth(element: ElementTree.Element, name: str, *, default: bool = False) -> bool:
    """Read an attribute as truth, as XML Schema spells it."""
    text = element.get(name)
    return default if text is None else text.strip() in ("1", "true", "on")


def related(element: ElementTree.Element) -> str | None:
    """Give the relationship id of an element: its `id` attribute in whichever relationships namespace."""
    for name, value in element.attrib.items():
        if name.endswith("/relationships}id"):
            return value
    return None
