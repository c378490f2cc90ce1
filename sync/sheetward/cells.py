"""What one cell can hold: as a sheet stores it, and as a table means it.

Three words. A *raw cell* is what the file says. A *value* is its canonical meaning: text, truth, number, date or
nothing. A *cell* is a value together with the text that was typed, where that text differs from the value's own
spelling.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias, cast

Value: TypeAlias = "None | str | bool | Decimal | dt.date | dt.datetime"
"""Canonical meaning. `None` is an empty cell; numbers are always `Decimal`; the empty string does not occur."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A value whose typed spelling differs from the canonical one."""

    value: Value
    text: str


Cell: TypeAlias = "Value | Typed"


class Missing:
    """The type of `MISSING`: a cell that is not there, where `None` is an empty cell that is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


class State(StrEnum):
    """What kind of content a raw cell has."""

    BLANK = "blank"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    """A number that its format shows as a date or time; the text is still the serial."""
    BOOL = "bool"
    ERROR = "error"
    UNCACHED = "uncached"
    """A formula whose result the file does not hold."""


@dataclass(frozen=True, slots=True)
class RawCell:
    """One cell as a sheet holds it, before any meaning is given to it.

    `text` is lexical: the text itself, the number as written in the file (`13800138000`, never `1.38E+10` unless the
    file says so), `1` or `0` for truth, the error's name. `state` TEXT with empty `text` is the empty string, which is
    not BLANK. `number_format` is the format code, empty for General. `formula` is without the leading `=`.
    """

    state: State
    text: str = ""
    number_format: str = ""
    formula: str | None = None
    date_1904: bool = False


BLANK: Final = RawCell(State.BLANK)


def value_of(cell: Cell) -> Value:
    """Give the canonical value of a cell."""
    return cell.value if isinstance(cell, Typed) else cell


def typed_text(cell: Cell) -> str | None:
    """Give the text as typed where it differs from the value's own spelling, else `None`."""
    return cell.text if isinstance(cell, Typed) else None


def same(a: Cell | Missing, b: Cell | Missing) -> bool:
    """Say whether two cells mean the same: typed and canonical, spelling apart.

    >>> same("007", Decimal(7)), same(True, Decimal(1)), same(Decimal("1.0"), Decimal(1))
    (False, False, True)
    >>> same(Typed("13800138000", "138 0013 8000"), "13800138000"), same(MISSING, None)
    (True, False)
    """
    if a is b:
        return True
    x = a.value if isinstance(a, Typed) else a
    y = b.value if isinstance(b, Typed) else b
    return type(x) is type(y) and x == y


_EPOCH_1900: Final = dt.datetime(1899, 12, 30)
_EPOCH_1904: Final = dt.datetime(1904, 1, 1)


def from_serial(serial: str, *, date_1904: bool = False) -> dt.date | dt.datetime | None:
    """Read an Excel serial number as a date, or as a date and time where it has a fraction.

    `None` for what names no day: 0, 60 (the 29 February 1900 that never was), negatives, beyond the year 9999,
    pure times. Days before 60 are one off in the 1900 system, as Excel shows them.

    >>> from_serial("45356"), from_serial("60"), from_serial("45356.5")
    (datetime.date(2024, 3, 5), None, datetime.datetime(2024, 3, 5, 12, 0))
    """
    try:
        number = Decimal(serial)
    except ArithmeticError:
        return None
    if not number.is_finite() or number < 1 or number >= 2958466 or (not date_1904 and 60 <= number < 61):
        return None
    days = int(number)
    seconds = int(((number - days) * 86400).to_integral_value())
    epoch = _EPOCH_1904 if date_1904 else _EPOCH_1900
    if not date_1904 and days < 60:
        days += 1
    try:
        moment = epoch + dt.timedelta(days=days, seconds=seconds)
    except OverflowError:
        return None
    return moment if seconds else moment.date()


def to_serial(day: dt.date | dt.datetime, *, date_1904: bool = False) -> Decimal:
    """Give the Excel serial of a date or of a date and time.

    >>> to_serial(dt.date(2024, 3, 5))
    Decimal('45356')
    """
    moment = day if isinstance(day, dt.datetime) else dt.datetime(day.year, day.month, day.day)
    gap = moment.replace(tzinfo=None) - (_EPOCH_1904 if date_1904 else _EPOCH_1900)
    days = gap.days - (1 if not date_1904 and gap.days < 61 else 0)
    if not gap.seconds:
        return Decimal(days)
    return Decimal(days) + (Decimal(gap.seconds) / 86400).quantize(Decimal("1e-10"))


Json: TypeAlias = "None | bool | str | int | float | list[Json] | dict[str, Json]"


def plain_number(number: Decimal) -> str:
    """Spell a number in full, without exponent and without trailing zeros.

    >>> plain_number(Decimal("1.38E+10")), plain_number(Decimal("2.50")), plain_number(Decimal("-0"))
    ('13800000000', '2.5', '0')
    """
    if number == 0:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain_text(value: Value) -> str:
    """Spell a value as text: dates in ISO form, numbers in full, truth as TRUE or FALSE, nothing as ''."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def to_json(cell: Cell) -> Json:
    """Encode a cell for storage: text, truth and nothing as themselves, the rest as a one-key object.

    >>> to_json("a"), to_json(Decimal("1.50")), to_json(dt.date(2024, 3, 5)), to_json(Typed("1", "１"))
    ('a', {'n': '1.5'}, {'d': '2024-03-05'}, {'v': '1', 'x': '１'})
    """
    if cell is None or isinstance(cell, str | bool):
        return cell
    if isinstance(cell, Typed):
        return {"v": to_json(cell.value), "x": cell.text}
    if isinstance(cell, Decimal):
        return {"n": plain_number(cell)}
    if isinstance(cell, dt.datetime):
        return {"t": cell.isoformat()}
    return {"d": cell.isoformat()}


def from_json(data: Json) -> Cell:
    """Decode what `to_json` wrote.

    >>> from_json(to_json(Typed(dt.date(2024, 3, 5), "2024/3/5")))
    Typed(value=datetime.date(2024, 3, 5), text='2024/3/5')
    """
    if data is None or isinstance(data, str | bool):
        return data
    record = cast("Mapping[str, Json]", data)
    if "x" in record:
        return Typed(cast("Value", from_json(record["v"])), cast("str", record["x"]))
    if "n" in record:
        return Decimal(cast("str", record["n"]))
    if "t" in record:
        return dt.datetime.fromisoformat(cast("str", record["t"]))
    return dt.date.fromisoformat(cast("str", record["d"]))
