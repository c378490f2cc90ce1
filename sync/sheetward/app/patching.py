"""`patch`: cells named by their address, put into a tab."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Literal

from sheetward.app.cell_edits import Put, csv_text, put_into_csv, put_into_workbook
from sheetward.app.legacy_table import check_writes
from sheetward.app.reading import bytes_of, is_workbook
from sheetward.cells import from_serial, plain_number, to_serial
from sheetward.errors import UserError
from sheetward.sheets.csv_text import parse_csv
from sheetward.xlsx.areas import place
from sheetward.xlsx.edits import (
    CellContent,
    PutBlank,
    PutBool,
    PutDate,
    PutFormula,
    PutNumber,
    PutText,
)
from sheetward.xlsx.workbook import Workbook

SetType = Literal["text", "number", "date", "bool", "formula"]


def as_content(text: str, kind: SetType, *, date_1904: bool = False) -> CellContent:
    """Give the content that a typed value stands for; empty text empties the cell. `UserError('patch.value')`."""
    if not text:
        return PutBlank()
    try:
        match kind:
            case "text":
                return PutText(text)
            case "number":
                number = Decimal(text)
                if not number.is_finite():
                    raise UserError("patch.value", value=text, kind=kind)
                return PutNumber(plain_number(number))
            case "date":
                moment = dt.datetime.fromisoformat(text)
                has_time = moment.time() != dt.time()
                serial = plain_number(to_serial(moment, date_1904=date_1904))
                if from_serial(serial, date_1904=date_1904) is None:
                    raise UserError("patch.date", value=text)  # before the first day of the workbook's calendar
                return PutDate(serial, "yyyy-mm-dd hh:mm:ss" if has_time else "yyyy-mm-dd")
            case "bool":
                return PutBool({"true": True, "1": True, "false": False, "0": False}[text.lower()])
            case "formula":
                return PutFormula(text)
    except (ArithmeticError, ValueError, KeyError) as problem:
        raise UserError("patch.value", value=text, kind=kind) from problem


def parsed(assignment: str, kind: SetType, *, date_1904: bool) -> Put:
    """Read `B2=value`. `UserError`: `usage.cell`, `patch.value`."""
    address, equals, value = assignment.partition("=")
    if not equals:
        raise UserError("usage.cell", value=assignment)
    try:
        row, column = place(address.strip().upper())
    except ValueError as problem:
        raise UserError("usage.cell", value=assignment) from problem
    return Put(row, column, as_content(value, kind, date_1904=date_1904))


def patch_file(path: Path, tab: str | None, assignments: Sequence[str], kind: SetType, out: Path | None) -> list[Put]:
    """Put cells into a file and give them. `UserError`: `usage.*`, `workbook.*`, `csv.*`, `patch.*`."""
    data = bytes_of(path)
    check_writes(path)
    if not is_workbook(path, data):
        puts = [parsed(text, kind, date_1904=False) for text in assignments]
        texts = {
            (put.row, put.column): text.partition("=")[2] if kind == "date" else csv_text(put.content)
            for put, text in zip(puts, assignments, strict=True)
        }
        put_into_csv(path, data, parse_csv(data, path.name), texts, out)
        return puts
    if tab is None:
        raise UserError("usage.missing_argument", argument="--tab", command="sheetward patch")
    workbook = Workbook.open(data, path.name)
    sheet = workbook.sheet(tab)
    puts = [parsed(text, kind, date_1904=workbook.date_1904) for text in assignments]
    put_into_workbook(path, data, sheet.name, puts, out, over_formula=kind == "formula")
    return puts
