"""Workbooks looked at by true parsers that are not ours: what the tests compare."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from xml.etree import ElementTree

from sheetward.xlsx.edits import AppendedRow, CellEdit, PatchReport, PutBlank, PutNumber, PutText, SheetEdit, TabEdit
from sheetward.xlsx.package import Package
from sheetward.xlsx.parts import Book
from sheetward.xlsx.patch import patch
from sheetward.xlsx.verify import verify

from .corpus import Case


def patched(
    data: bytes, *sheets: SheetEdit, tab: TabEdit = None, purge: bool = False, name: str = "t.xlsx"
) -> tuple[bytes, PatchReport]:
    """Patch bytes and have the result verified."""
    before, kept = Package(data, name), bytes(data)
    out = io.BytesIO()
    report = patch(before, sheets, tab, out, purge=purge)
    assert data == kept
    verify(before, Package(out.getvalue(), name), sheets, report)
    return out.getvalue(), report


def edit_one(case: Case, text: str = "改过的 <新> & 值") -> SheetEdit:
    """Put a text into the name column of the third customer."""
    cell = CellEdit(case.header_row + 3, case.left + 1, PutText(text))
    return SheetEdit(case.tab, (cell,), allow_protected=case.allow_protected)


def blank_row(case: Case) -> SheetEdit:
    """Blank all cells of the second customer."""
    low, high = case.columns
    cells = tuple(CellEdit(case.header_row + 2, column, PutBlank()) for column in range(low, high + 1))
    return SheetEdit(case.tab, cells, allow_protected=case.allow_protected)


def append_three(case: Case) -> SheetEdit:
    """Append three customers."""
    rows = tuple(
        AppendedRow(
            {
                case.left: PutText(f"C10{n}"),
                case.left + 2: PutText(f"0138001380{n}"),
                case.left + 4: PutNumber(f"{n}.5"),
            }
        )
        for n in range(3)
    )
    return SheetEdit(
        case.tab,
        appended=rows,
        after_row=case.last_row,
        header_row=case.header_row,
        table_columns=case.columns,
        allow_protected=case.allow_protected,
    )


def members(data: bytes) -> dict[str, bytes]:
    """Give the inflated members by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def raw_members(data: bytes) -> dict[str, bytes]:
    """Give each member's local header and compressed bytes, by Python's own reading of the directory."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
        ends = [*(info.header_offset for info in infos[1:]), archive.start_dir]
        return {info.filename: data[info.header_offset : end] for info, end in zip(infos, ends, strict=True)}


def sheet_part(data: bytes, tab: str = "客户") -> str:
    """Name the part of a tab."""
    return Book(Package(data, "t.xlsx")).tab(tab).part


@dataclass(frozen=True, slots=True)
class ParsedSheet:
    """A sheet part as a true XML parser sees it: cells and rows by place in canonical XML, and everything else."""

    cells: dict[tuple[int, int], str]
    rows: dict[int, dict[str, str]]
    frame: str
    root: ElementTree.Element


def local(element: ElementTree.Element) -> str:
    """Give an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def _column(reference: str) -> int:
    number = 0
    for letter in reference.rstrip("0123456789"):
        number = number * 26 + ord(letter) - 64
    return number


def parsed(xml: bytes) -> ParsedSheet:
    """Parse a sheet part; an empty cell without a style counts as none."""
    root = ElementTree.fromstring(xml)
    cells: dict[tuple[int, int], str] = {}
    rows: dict[int, dict[str, str]] = {}
    data = next(child for child in root if local(child) == "sheetData")
    number = 0
    for row in data:
        number = int(row.get("r", number + 1))
        rows[number] = {key: value for key, value in row.attrib.items() if key != "spans"}
        column = 0
        for cell in row:
            column = _column(cell.get("r", "")) if cell.get("r") else column + 1
            if len(cell) or cell.get("s", "0") != "0":
                cell.tail = None
                cells[number, column] = ElementTree.canonicalize(ElementTree.tostring(cell))
    for row in list(data):
        data.remove(row)
    data.text = None
    for child in list(root):
        if local(child) == "dimension":
            root.remove(child)
    return ParsedSheet(cells, rows, ElementTree.canonicalize(ElementTree.tostring(root)), root)


def changed_cells(before: bytes, after: bytes) -> set[tuple[int, int]]:
    """Give the places of the cells that differ between two sheet parts."""
    old, new = parsed(before).cells, parsed(after).cells
    return {place for place in old.keys() | new.keys() if old.get(place) != new.get(place)}
