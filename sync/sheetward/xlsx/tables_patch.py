"""Table objects (Excel's ListObjects): what they cover, and how they follow new rows and our hidden column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import unescape

from sheetward.errors import UserError
from sheetward.xlsx.areas import Area
from sheetward.xlsx.frame import Moved, with_ref_moved
from sheetward.xlsx.markup import (
    attribute,
    elements,
    escaped_attribute,
    first,
    refuse_unsupported,
    replaced,
    with_attribute,
    with_children,
)
from sheetward.xlsx.package import Package
from sheetward.xlsx.ranges import parsed_area
from sheetward.xlsx.relations import Relation


@dataclass(frozen=True, slots=True)
class TableObject:
    """One table object: its name in formulas, its part and bytes, the cells it covers with header and totals, how many of each of these.

    `formulas` are those of calculated columns, by column number of the sheet.
    """

    name: str
    part: str
    xml: bytes
    area: Area
    header_rows: int
    totals_rows: int
    kind: str
    formulas: dict[int, str]

    def has_header(self, row: int, column: int) -> bool:
        """Say whether a cell is one of its headers."""
        return bool(self.header_rows) and row == self.area.first_row and (row, column) in self.area

    @property
    def last_data_row(self) -> int:
        """Give the last row of its body."""
        return self.area.last_row - self.totals_rows


def read_tables(package: Package, found: tuple[Relation, ...]) -> tuple[TableObject, ...]:
    """Read the table objects among a sheet's relationships."""
    return tuple(_read(package, one.target) for one in found if one.kind == "table" and one.target in package)


def _read(package: Package, part: str) -> TableObject:
    xml = package.read_xml(part)
    refuse_unsupported(xml, part)
    root = first(xml, "table")
    area = None if root is None else parsed_area(attribute(root.tag(xml), "ref"))
    if root is None or area is None:
        raise UserError("patch.unsupported_xml", part=part)
    tag = root.tag(xml)
    formulas: dict[int, str] = {}
    for index, column in enumerate(elements(xml, "tableColumn")):
        formula = first(column.body(xml), "calculatedColumnFormula")
        if formula is not None:
            body = column.body(xml)
            if attribute(formula.tag(body), "array") not in {"1", "true"}:
                formulas[area.first_column + index] = unescape(formula.body(body).decode("utf-8"))
    return TableObject(
        attribute(tag, "displayName") or attribute(tag, "name") or "",
        part,
        xml,
        area,
        int(attribute(tag, "headerRowCount") or "1"),
        int(attribute(tag, "totalsRowCount") or 0),
        attribute(tag, "tableType") or "worksheet",
        formulas,
    )


def with_table_moved(table: TableObject, moved: Moved) -> bytes:
    """Give the table part with its area, and its filter's, moved."""
    xml = table.xml
    root = first(xml, "table")
    new = moved(table.area)
    if root is not None and new != table.area:
        xml = replaced(xml, [(root.start, root.inner, with_attribute(root.tag(xml), "ref", str(new)))])
    return _with_filter_moved(xml, moved)


def _with_filter_moved(xml: bytes, moved: Moved) -> bytes:
    element = first(xml, "autoFilter")
    return xml if element is None else with_ref_moved(xml, element, moved)


def with_column_added(xml: bytes, area: Area, header: str) -> bytes:
    """Give a table part with a column added at its right end; its area is widened by one."""
    wide = replace(area, last_column=area.last_column + 1)
    columns = first(xml, "tableColumns")
    if columns is None:
        return xml
    existing = list(elements(xml, "tableColumn", columns.inner, columns.inner_end))
    prefix = xml[columns.start + 1 : columns.inner].split(b"tableColumns", 1)[0]
    number = max((int(attribute(one.tag(xml), "id") or 0) for one in existing), default=0) + 1
    entry = b'<%stableColumn id="%d" name="%s"/>' % (prefix, number, escaped_attribute(header))
    xml = with_children(xml, columns, entry, count=len(existing) + 1)
    return _with_width(xml, area, wide)


def with_column_renamed(xml: bytes, place: int, name: str) -> bytes:
    """Give a table part with another name for the column at a place, counted from 0."""
    one = list(elements(xml, "tableColumn"))[place]
    end = one.start + len(one.tag(xml))
    return replaced(xml, [(one.start, end, with_attribute(one.tag(xml), "name", name))])


def without_last_column(xml: bytes, area: Area) -> bytes:
    """Give a table part without its rightmost column."""
    columns = first(xml, "tableColumns")
    if columns is None:
        return xml
    existing = list(elements(xml, "tableColumn", columns.inner, columns.inner_end))
    last = existing[-1]
    tag = with_attribute(columns.tag(xml), "count", str(len(existing) - 1))
    xml = replaced(xml, [(last.start, last.end, b""), (columns.start, columns.inner, tag)])
    return _with_width(xml, area, replace(area, last_column=area.last_column - 1))


def _with_width(xml: bytes, area: Area, wide: Area) -> bytes:
    root = first(xml, "table")
    if root is None:
        return xml
    xml = replaced(xml, [(root.start, root.inner, with_attribute(root.tag(xml), "ref", str(wide)))])
    return _with_filter_moved(
        xml, lambda one: replace(one, last_column=wide.last_column) if one.last_column == area.last_column else one
    )
