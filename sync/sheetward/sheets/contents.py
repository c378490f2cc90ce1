"""What a canonical cell becomes in a workbook's cell. Pure."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sheetward.cells import Value, from_serial, plain_number, plain_text, to_serial
from sheetward.xlsx.edits import CellContent, PutBlank, PutBool, PutDate, PutNumber, PutText


def content(value: Value, *, date_1904: bool) -> CellContent:
    """Give the content that is read back as this value.

    Numbers that a double cannot hold exactly, and days outside Excel's calendar, go in as text.
    """
    if value is None:
        return PutBlank()
    if isinstance(value, bool):
        return PutBool(value)
    if isinstance(value, Decimal):
        return PutNumber(plain_number(value)) if _fits_double(value) else PutText(plain_number(value))
    if isinstance(value, str):
        return PutText(value)
    serial = to_serial(value, date_1904=date_1904)
    if from_serial(str(serial), date_1904=date_1904) != value:
        return PutText(plain_text(value))
    return PutDate(plain_number(serial), "yyyy-mm-dd hh:mm:ss" if isinstance(value, dt.datetime) else "yyyy-mm-dd")


def _fits_double(number: Decimal) -> bool:
    return number.adjusted() < 15 and len(number.normalize().as_tuple().digits) <= 15
