"""Cells put into a file, and nothing else in it touched: what `fix` and `patch` write."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sheetward.app.closed_file import single_file
from sheetward.app.plain_table import replace_file
from sheetward.errors import UserError
from sheetward.sheets.csv_cells import guarded
from sheetward.sheets.csv_text import CsvText, parse_csv
from sheetward.sheets.xlsx import patched
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


def put_into_workbook(
    path: Path, data: bytes, tab: str, puts: Sequence[Put], out: Path | None, *, over_formula: bool = False
) -> None:
    """Write a workbook with cells put in, checked against the one it came from, to another file or in place.

    `UserError` with a `patch.*` code, and what a replacement may meet.
    """
    before = Package(data, path.name)
    edits = tuple(CellEdit(put.row, put.column, put.content, over_formula=over_formula) for put in puts)
    sheets = [SheetEdit(tab, edits)] if edits else []
    if out is None:
        if sheets:
            file = single_file(path)
            file.check_writable()
            patched(file, before, hashlib.sha256(data).hexdigest(), sheets, None)
        return
    buffer = io.BytesIO()
    report = patch(before, sheets, None, buffer)
    new = buffer.getvalue()
    verify(before, Package(new, path.name), sheets, report)
    replace_file(out, new)


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


def put_into_csv(path: Path, data: bytes, text: CsvText, puts: Mapping[tuple[int, int], str], out: Path | None) -> None:
    """Write a CSV with fields put in: row and column (from 1) to text. `UserError('patch.csv_outside')`."""
    edits: dict[int, dict[int, str]] = {}
    for (row, column), field in puts.items():
        if not 1 <= row <= len(text.records):
            raise UserError("patch.csv_outside", file=path.name, row=row, count=len(text.records))
        edits.setdefault(row - 1, {})[column - 1] = field
    new = text.changed(edits, [], len(text.records) - 1).encoded()

    def write(file: BinaryIO) -> None:
        file.write(new)

    def check(written: bytes) -> None:
        parse_csv(written, path.name)

    if out is not None:
        replace_file(out, new)
    elif new != data:
        file = single_file(path)
        file.check_writable()
        file.replace(write, hashlib.sha256(data).hexdigest(), check)
