"""Plain text, and the damage that a spreadsheet does to text that looks like something else."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from sheetward.formats.entry import Entry, Read, Spec, folded, settled, unsettled
from sheetward.formats.reading import Reading

_KEPT: Final = 15
"""So many digits of a number does a spreadsheet keep."""
_TELLING: Final = 3
"""So many zeros after them are more than chance: one number in a thousand has them by itself."""


def damage(entry: Entry, kind: str) -> Reading | None:
    """Give the reading of an identifier that a spreadsheet has damaged, `None` where none is seen.

    Lost digits (`1.38E+10`, numbers of 1e15 and more), and a code such as `3-5` that became a date.
    """
    if entry.is_damaged:
        return unsettled(entry, f"{kind}.damaged")
    if isinstance(entry.value, dt.date):
        return unsettled(entry, f"{kind}.became_date")
    return None


def is_doubtful(number: str) -> bool:
    """Say whether a number looks as if it had passed through a spreadsheet, which writes zeros after fifteen digits.

    >>> is_doubtful("110105194912310000"), is_doubtful("11010519491231002X"), is_doubtful("1101051949123100")
    (True, False, False)
    """
    return len(number) >= _KEPT + _TELLING and number.isdigit() and not number[_KEPT:].strip("0")


def make(_spec: Spec) -> Read:
    """Make the reader of free text: leading zeros stay, numbers give their digits, dates are doubted."""

    def read(entry: Entry, _region: str | None) -> Reading:
        if entry.is_damaged:
            return unsettled(entry, "text.damaged")
        if isinstance(entry.value, dt.date) and not entry.is_stored:
            return settled(entry, entry.text, "text.became_date")
        return settled(entry, entry.text)

    return read


def make_any(_spec: Spec) -> Read:
    """Make the reader of a column of type `any`: every value is what it is."""

    def read(entry: Entry, _region: str | None) -> Reading:
        return settled(entry, entry.value)

    return read


def make_code(spec: Spec) -> Read:
    """Make the reader of codes and numbers that are names: no inner white space; `upper: true` raises letters.

    A full-width code is the code; digits lost to a number are named.
    """
    raises = spec.is_on("upper")

    def read(entry: Entry, _region: str | None) -> Reading:
        if (damaged := damage(entry, "code")) is not None:
            return damaged
        text = folded(entry.text)
        if isinstance(entry.value, Decimal) and not text.isdigit():
            return unsettled(entry, "code.form")
        if any(c.isspace() for c in text):
            return unsettled(entry, "code.form", "".join(text.split()))
        return settled(entry, text.upper() if raises else text)

    return read
