"""Cells put into a file, and nothing else in it touched: what `fix` and `patch` write."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sheetward.app.closed_file import single_file
from sheetward.app.plain_table import replace_file
from sheetward.errors import UserError
from sheetward.sheets.csv_cells import guarded
from sheetward.sheets.csv_text import CsvText, parse_csv
from sheetward.xlsx.areas import column_letters
from sheetward.xlsx.edits import (
    CellContent,
    CellEdit,
    PutBlank,
    PutBool,
    PutDate,
    PutFormula,
    PutNumber,
    PutText,
    SheetEdit,
)
from sheetward.xlsx.package import Package
from sheetward.xlsx.patch import patch
from sheetward.xlsx.verify import verify


@dataclass(frozen=True, slots=True)
class Put:
    """One cell (both counted from 1) and what it is to hold."""

    row: int
    column: int
    content: CellContent

    @property
    def address(self) -> str:
        """Give the cell's address."""
        return f"{column_letters(self.column)}{self.row}"


def edited_workbook(data: bytes, name: str, tab: str, puts: Sequence[Put], *, over_formula: bool = False) -> bytes:
    """Give a workbook with cells put in, checked against the one it came from. `UserError` with a `patch.*` code."""
    before = Package(data, name)
    edits = tuple(CellEdit(put.row, put.column, put.content, over_formula=over_formula) for put in puts)
    sheets = [SheetEdit(tab, edits)]
    out = io.BytesIO()
    report = patch(before, sheets, None, out)
    new = out.getvalue()
    verify(before, Package(new, name), sheets, report)
    return new


def csv_text(content: CellContent) -> str:
    """Spell a content as a CSV field; text that would run as a formula is made harmless."""
    match content:
        case PutText(text):
            return guarded(text)
        case PutNumber(text):
            return text
        case PutBool(value):
            return "TRUE" if value else "FALSE"
        case PutDate(serial):
            return serial
        case PutBlank():
            return ""
        case PutFormula():
            raise UserError("patch.csv_formula")


def edited_csv(text: CsvText, puts: Mapping[tuple[int, int], str], path: Path) -> bytes:
    """Give a CSV with fields put in: row and column (from 1) to text; rows and columns that are not there are refused."""
    edits: dict[int, dict[int, str]] = {}
    for (row, column), field in puts.items():
        if not 1 <= row <= len(text.records):
            raise UserError("patch.csv_outside", file=path.name, row=row, count=len(text.records))
        edits.setdefault(row - 1, {})[column - 1] = field
    new = text.changed(edits, [], len(text.records) - 1).encoded()
    parse_csv(new, path.name)
    return new


def put_back(path: Path, data: bytes, new: bytes, out: Path | None) -> None:
    """Write the result: to another file, or in the place of the one it came from, whose former bytes are kept."""
    if out is not None:
        replace_file(out, new)
    elif new != data:
        file = single_file(path)
        file.check_writable()
        file.replace(new, hashlib.sha256(data).hexdigest())
