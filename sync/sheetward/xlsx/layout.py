"""What a sheet says about itself around its rows: merged cells, hidden columns, filter, protection, validations, tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast
from xml.etree import ElementTree

from sheetward.errors import UserError
from sheetward.xlsx.areas import Area, area_or_none, areas
from sheetward.xlsx.marks import kind_in
from sheetward.xlsx.package import Package
from sheetward.xlsx.relations import relations
from sheetward.xlsx.sheet_text import Piece, sheet_text
from sheetward.xlsx.texts import text_windows
from sheetward.xlsx.tree import check_tree_size, child, children, descend, local, number, parse_xml, read_tree, truth


@dataclass(frozen=True, slots=True)
class Validation:
    """A data validation: where it holds, its kind (`list`, `whole`, ...), its first formula (a list's source)."""

    areas: tuple[Area, ...]
    kind: str
    formula: str


@dataclass(frozen=True, slots=True)
class TableInfo:
    """A table object (ListObject). `area` includes header and totals rows; `columns` are the header names, in order.

    `kind` is `worksheet`, `queryTable` (a query fills it) or `xml` (an XML map does).
    """

    name: str
    area: Area
    header_rows: int
    totals_rows: int
    columns: tuple[str, ...]
    part: str
    kind: str


@dataclass(frozen=True, slots=True)
class Layout:
    """One sheet apart from its cells. `hidden_columns` are first and last column of each hidden stretch."""

    merged: tuple[Area, ...] = ()
    hidden_columns: tuple[tuple[int, int], ...] = ()
    hides_rows: bool = False
    """Rows that say nothing of themselves are hidden."""
    auto_filter: Area | None = None
    is_filtered: bool = False
    """A filter is in force: some rows are hidden by it."""
    is_protected: bool = False
    validations: tuple[Validation, ...] = ()
    marks: Mapping[str, tuple[Area, ...]] = field(default_factory=dict[str, tuple[Area, ...]])
    """Kind of mark to the areas that bear it: conditional formats of our own."""

    def is_hidden_column(self, column: int) -> bool:
        """Say whether a column is hidden."""
        return any(first <= column <= last for first, last in self.hidden_columns)

    def merged_anchor(self, row: int, column: int) -> tuple[int, int] | None:
        """Give row and column of the cell that shows for this one, where it is merged with others; else `None`."""
        for area in self.merged:
            if (row, column) in area:
                return area.first_row, area.first_column
        return None


def layout_of(ends: Mapping[Piece, str], file: str, part: str) -> Layout:
    """Read the layout out of what stands before and after the rows."""
    return _layout(parse_xml(ends[Piece.HEAD] + ends[Piece.TAIL], file, part))


def read_layout(package: Package, part: str) -> Layout:
    """Read the layout alone, passing over the rows."""
    ends: dict[Piece, str] = {}
    for kind, text, _ in sheet_text(package, part):
        if kind is not Piece.ROWS:
            ends[kind] = text
        elif "<!" in text or "<?" in text:
            return parsed_layout(package, part)
    return layout_of(ends, package.file, part)


def parsed_layout(package: Package, part: str) -> Layout:
    """Read the layout of an irregular sheet through a true parser, forgetting each row as it ends.

    `UserError('workbook.part_too_large')` above `MAX_TREE` bytes.
    """
    check_tree_size(package, part)
    parser: ElementTree.XMLPullParser[ElementTree.Element] = ElementTree.XMLPullParser(("start", "end"))
    sheet_data: ElementTree.Element | None = None
    root: ElementTree.Element | None = None
    try:
        for text in text_windows(package, part):
            parser.feed(text)
            for event, element in cast("Iterator[tuple[str, ElementTree.Element]]", parser.read_events()):
                root = element if root is None else root
                if event == "start" and local(element) == "sheetData":
                    sheet_data = element
                elif event == "end" and local(element) == "row" and sheet_data is not None:
                    sheet_data.clear()
        parser.close()
    except ElementTree.ParseError as trouble:
        raise UserError("workbook.damaged", file=package.file, part=part) from trouble
    if root is None:
        raise UserError("workbook.damaged", file=package.file, part=part)
    return _layout(root)


def _layout(root: ElementTree.Element) -> Layout:
    protection = child(root, "sheetProtection")
    defaults = child(root, "sheetFormatPr")
    auto_filter = child(root, "autoFilter")
    merged = (area_or_none(one.get("ref", "")) for one in descend(root, "mergeCells", "mergeCell"))
    return Layout(
        merged=tuple(area for area in merged if area is not None),
        hidden_columns=tuple(
            (number(one, "min", 1), number(one, "max", 1))
            for one in descend(root, "cols", "col")
            if truth(one, "hidden")
        ),
        hides_rows=defaults is not None and truth(defaults, "zeroHeight"),
        auto_filter=None if auto_filter is None else area_or_none(auto_filter.get("ref", "")),
        is_filtered=auto_filter is not None and next(children(auto_filter, "filterColumn"), None) is not None,
        is_protected=protection is not None and truth(protection, "sheet"),
        validations=tuple(_validation(one) for one in descend(root, "dataValidations", "dataValidation")),
        marks=_marks(root),
    )


def _marks(root: ElementTree.Element) -> dict[str, tuple[Area, ...]]:
    marks: dict[str, tuple[Area, ...]] = {}
    for block in children(root, "conditionalFormatting"):
        for rule in children(block, "cfRule"):
            formula = child(rule, "formula")
            kind = None if formula is None else kind_in(formula.text or "")
            if kind is not None:
                marks[kind] = (*marks.get(kind, ()), *areas(block.get("sqref", "")))
    return marks


def _validation(element: ElementTree.Element) -> Validation:
    formula = child(element, "formula1")
    return Validation(
        areas(element.get("sqref", "")),
        element.get("type", "none"),
        "" if formula is None else formula.text or "",
    )


def read_tables(package: Package, part: str) -> tuple[TableInfo, ...]:
    """Read the table objects of a sheet, in the order of its relationships."""
    found: list[TableInfo] = []
    for relation in relations(package, part):
        if relation.kind != "table" or relation.is_external or relation.target not in package:
            continue
        root = read_tree(package, relation.target)
        area = area_or_none(root.get("ref", ""))
        if area is None:
            raise UserError("workbook.damaged", file=package.file, part=relation.target)
        found.append(
            TableInfo(
                name=root.get("displayName") or root.get("name") or "",
                area=area,
                header_rows=number(root, "headerRowCount", 1),
                totals_rows=number(root, "totalsRowCount"),
                columns=tuple(one.get("name", "") for one in descend(root, "tableColumns", "tableColumn")),
                part=relation.target,
                kind=root.get("tableType") or "worksheet",
            )
        )
    return tuple(found)
