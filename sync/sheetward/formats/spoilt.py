"""What a spreadsheet makes of a text that it takes for a number or a date: to know a good value by its ruin."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Final

from sheetward.cells import RawCell, State, from_serial, plain_number
from sheetward.formats.day import MONTHS, read_text
from sheetward.formats.entry import SCIENTIFIC, folded, number

_KEPT: Final = 15
_CODE_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_PAIR: Final = re.compile(r"([0-9]{1,4})[-/]([0-9]{1,4})")
_TRIPLE: Final = re.compile(r"([0-9]{1,4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,4})")
_NAMED: Final = re.compile(r"([A-Za-z]{3,9})[-\s]?([0-9]{1,4})|([0-9]{1,4})[-\s]?([A-Za-z]{3,9})")
_SHOWN_DAY: Final = re.compile(r"([0-9]{1,2})月([0-9]{1,2})日|([0-9]{1,2})-([A-Za-z]{3})|([A-Za-z]{3})-([0-9]{1,2})")


def could_be(good: str, cell: RawCell, *, is_plain_file: bool) -> bool:
    """Say whether a cell is what a spreadsheet leaves of a text.

    Lost zeros (`0012`, 12), lost digits (`1.38E+10`, the zeros after the fifteenth digit), codes that became dates
    (`3-5`). In a file that holds nothing but texts (CSV) a number without its zeros is one too.
    """
    if good == cell.text:
        return False
    if cell.state is State.NUMBER:
        value = number(cell.text)
        return value is not None and plain_number(value) != good and _is_number_of(good, value)
    if cell.state is State.DATE:
        found = from_serial(cell.text, date_1904=cell.date_1904)
        return isinstance(found, dt.date) and (found.month, found.day) in set(_days_of(good, found.year))
    return cell.state is State.TEXT and _is_text_of(good, folded(cell.text), is_plain_file=is_plain_file)


def _is_number_of(good: str, value: Decimal) -> bool:
    if not _CODE_NUMBER.fullmatch(good):
        return False
    exact = Decimal(good)
    return value == exact or any(value == short for short in _shortened(exact))


def _shortened(exact: Decimal) -> Iterator[Decimal]:
    """Give a long number as programs keep it: cut or rounded to fifteen digits."""
    if exact.adjusted() >= _KEPT:
        unit = Decimal(1).scaleb(exact.adjusted() - _KEPT + 1)
        for rounding in (ROUND_DOWN, ROUND_HALF_UP):
            yield (exact / unit).to_integral_value(rounding) * unit


def _is_text_of(good: str, text: str, *, is_plain_file: bool) -> bool:
    if SCIENTIFIC.fullmatch(text):
        places = len(text.partition("E")[0].partition(".")[2])
        return _CODE_NUMBER.fullmatch(good) is not None and any(
            Decimal(f"{value:.{places}E}") == Decimal(text) for value in (Decimal(good), *_shortened(Decimal(good)))
        )
    if text.isdigit() and good.isdigit():
        if len(text) > _KEPT:
            return Decimal(text) in set(_shortened(Decimal(good)))
        return is_plain_file and good.lstrip("0") == text
    if not is_plain_file:
        return False
    if match := _SHOWN_DAY.fullmatch(text):
        month, day = match[1] or match[4] or match[5], match[2] or match[3] or match[6]
        place = int(month) if month.isdigit() else MONTHS.get(month.lower(), 0)
        return (place, int(day)) in set(_days_of(good, None))
    found = read_text(text).day
    return found is not None and (found.month, found.day) in set(_days_of(good, found.year))


def _days_of(good: str, year: int | None) -> Iterator[tuple[int, int]]:
    """Give month and day for which a spreadsheet may take a code; a year that is part of the code must be the cell's."""
    if match := _PAIR.fullmatch(good):
        first, second = int(match[1]), int(match[2])
        if first <= 31 and second <= 31:
            yield first, second
            yield second, first
        for month, other in ((first, second), (second, first)):
            if month <= 12 and _is_year(other, year):
                yield month, 1
    elif match := _TRIPLE.fullmatch(good):
        a, b, c = (int(part) for part in match.groups())
        for one, month, day in ((a, b, c), (c, a, b), (c, b, a)):
            if _is_year(one, year):
                yield month, day
    elif match := _NAMED.fullmatch(good):
        month = MONTHS.get((match[1] or match[4]).lower(), 0)
        amount = int(match[2] or match[3])
        if month and amount <= 31:
            yield month, amount
        if month and _is_year(amount, year):
            yield month, 1


def _is_year(written: int, year: int | None) -> bool:
    return year is not None and written in {year, year % 100}
