"""What a patch refuses to write over: signatures, protection, and cells that belong to something of Excel's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape

from sheetward.errors import UserError
from sheetward.xlsx.areas import MAX_COLUMN, MAX_ROW, Area, address
from sheetward.xlsx.markup import attribute, elements, first
from sheetward.xlsx.package import Package
from sheetward.xlsx.parts import Book, Tab
from sheetward.xlsx.ranges import meets, parsed_area
from sheetward.xlsx.relations import Relation, relations
from sheetward.xlsx.tables_patch import TableObject


def refuse_signed(package: Package) -> None:
    """Refuse a digitally signed workbook: any change breaks the signature. `UserError('patch.signed')`."""
    is_signed = any(one.kind in {"origin", "signature"} for one in relations(package, ""))
    if is_signed or any(name.casefold().startswith("_xmlsignatures/") for name in package.names):
        raise UserError("patch.signed", file=package.file)


def refuse_shared_mode(package: Package) -> None:
    """Refuse a workbook in Excel's old shared mode: it keeps a log of changes, in which ours would be missing.

    `UserError('patch.shared_mode')`.
    """
    if any(name.casefold().startswith("xl/revisions/") for name in package.names):
        raise UserError("patch.shared_mode", file=package.file)


def refuse_protected(tail: bytes, book: Book, tab: Tab) -> None:
    """Refuse a protected sheet. `UserError('patch.protected')`."""
    element = first(tail, "sheetProtection")
    if element is not None and attribute(element.tag(tail), "sheet") in {"1", "true"}:
        raise UserError("patch.protected", file=book.package.file, tab=tab.name)


def refuse_locked_structure(book: Book) -> None:
    """Refuse to add or remove a tab where the workbook's structure is locked. `UserError('patch.structure_locked')`."""
    element = first(book.xml, "workbookProtection")
    if element is not None and attribute(element.tag(book.xml), "lockStructure") in {"1", "true"}:
        raise UserError("patch.structure_locked", file=book.package.file)


def check_in_grid(row: int, column: int, tab: str) -> None:
    """Refuse a cell that no sheet has. `UserError('patch.outside_grid')`."""
    if not (1 <= row <= MAX_ROW and 1 <= column <= MAX_COLUMN):
        raise UserError("patch.outside_grid", tab=tab, row=row, column=column)


@dataclass(frozen=True, slots=True)
class Taken:
    """An area that is not to be written, and the code of the error that says why."""

    area: Area
    code: str


def merged_areas(tail: bytes) -> tuple[Area, ...]:
    """Give the merged areas of a sheet."""
    found = (parsed_area(attribute(element.tag(tail), "ref")) for element in elements(tail, "mergeCell"))
    return tuple(area for area in found if area is not None)


def taken_areas(book: Book, tab: Tab, found: Iterable[Relation], tables: Iterable[TableObject]) -> tuple[Taken, ...]:
    """Give the areas that belong to table headers and totals, pivots, query tables and XML maps.

    Codes: `patch.table_header`, `patch.table_totals`, `patch.pivot`, `patch.query_table`, `patch.xml_map`.
    """
    taken: list[Taken] = []
    for table in tables:
        area = table.area
        if table.header_rows:
            last = area.first_row + table.header_rows - 1
            taken.append(Taken(Area(area.first_row, area.first_column, last, area.last_column), "patch.table_header"))
        if table.totals_rows:
            top = area.last_row - table.totals_rows + 1
            taken.append(Taken(Area(top, area.first_column, area.last_row, area.last_column), "patch.table_totals"))
        if table.kind == "queryTable":
            taken.append(Taken(area, "patch.query_table"))
        elif table.kind == "xml":
            taken.append(Taken(area, "patch.xml_map"))
    package = book.package
    for one in found:
        if one.is_external or one.target not in package:
            continue
        if one.kind == "pivotTable":
            taken += (Taken(area, "patch.pivot") for area in _refs(package.read_xml(one.target), "location"))
        elif one.kind == "tableSingleCells":
            xml = package.read_xml(one.target)
            cells = (parsed_area(attribute(cell.tag(xml), "r")) for cell in elements(xml, "singleXmlCell"))
            taken += (Taken(area, "patch.xml_map") for area in cells if area is not None)
        elif one.kind == "queryTable":
            taken += (
                Taken(area, "patch.query_table") for area in _query_areas(book, tab, package.read_xml(one.target))
            )
    return tuple(taken)


def _refs(xml: bytes, name: str) -> Iterable[Area]:
    for element in elements(xml, name):
        area = parsed_area(attribute(element.tag(xml), "ref"))
        if area is not None:
            yield area


def _query_areas(book: Book, tab: Tab, xml: bytes) -> Iterable[Area]:
    """Find a query table's cells by the defined name that Excel gives them."""
    root = first(xml, "queryTable")
    name = "" if root is None else (attribute(root.tag(xml), "name") or "")
    for element in elements(book.xml, "definedName"):
        tag = element.tag(book.xml)
        if attribute(tag, "name") == name and attribute(tag, "localSheetId") in {None, str(tab.index)}:
            found = re.search(r"!([$A-Z0-9:]+)$", unescape(element.body(book.xml).decode("utf-8")))
            area = parsed_area(found[1]) if found else None
            if area is not None:
                yield area


def refuse_taken(row: int, column: int, tab: str, taken: Iterable[Taken], merged: Iterable[Area]) -> None:
    """Refuse a cell in a taken area, or one that a merge hides (`UserError('patch.merged')`)."""
    for one in taken:
        if (row, column) in one.area:
            raise UserError(one.code, tab=tab, cell=address(row, column))
    for area in merged:
        if (row, column) in area and (row, column) != (area.first_row, area.first_column):
            raise UserError("patch.merged", tab=tab, cell=address(row, column), area=str(area))


def refuse_crowded(new: Area, tab: str, areas: Iterable[Area]) -> None:
    """Refuse new rows where something already lies. `UserError('patch.no_room')`."""
    for area in areas:
        if meets(new, area):
            raise UserError("patch.no_room", tab=tab, row=max(area.first_row, new.first_row), area=str(area))
