"""What a type's values look like when written as text: for bounds, enums and the plainer types of the standard.

Values are `Decimal`, `bool`, `date`, `datetime` and text. Types that have no value of their own here (time, yearmonth,
duration, list, array, object, geopoint, geojson) stay text in one agreed spelling.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias

Value: TypeAlias = "None | str | bool | Decimal | dt.date | dt.datetime"

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?")
_DURATION: Final = re.compile(
    r"-?P(?=.)([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T(?=.)([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?"
)
_GEOPOINT: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?,\s*-?[0-9]+(\.[0-9]+)?")


def read_as(kind: str, written: object) -> Value:
    """Give a bound or an enum's member as a value of a type; `ValueError` where it is none.

    >>> read_as("date", "2024-03-05"), read_as("integer", 3), read_as("string", "x")
    (datetime.date(2024, 3, 5), Decimal('3'), 'x')
    """
    if isinstance(written, bool):
        if kind in ("boolean", "any"):
            return written
        raise ValueError(written)
    if kind in ("number", "integer", "year"):
        return _number(kind, written)
    if isinstance(written, int | float | Decimal):
        if kind == "any":
            return Decimal(str(written))
        if kind != "string":
            raise ValueError(written)
        return str(written)
    if not isinstance(written, str):
        raise ValueError(written)  # noqa: TRY004
    if kind == "date":
        return dt.date.fromisoformat(written)
    if kind == "datetime":
        return dt.datetime.fromisoformat(written)
    if kind == "boolean":
        if written.lower() not in ("true", "false"):
            raise ValueError(written)
        return written.lower() == "true"
    check = TEXT_TYPES.get(kind)
    if check is not None and not check(written):
        raise ValueError(written)
    return written


def is_a(kind: str, value: Value) -> bool:
    """Say whether a canonical value is one of a type; nothing (`None`) is one of each.

    >>> is_a("integer", Decimal("1.5")), is_a("date", "31/31/2024"), is_a("time", "08:30:00"), is_a("any", True)
    (False, False, True, True)
    """
    if value is None or kind == "any":
        return True
    match kind:
        case "number":
            return isinstance(value, Decimal)
        case "integer" | "year":
            return isinstance(value, Decimal) and value == value.to_integral_value()
        case "boolean":
            return isinstance(value, bool)
        case "date":
            return isinstance(value, dt.date) and not isinstance(value, dt.datetime)
        case "datetime":
            return isinstance(value, dt.date)
        case _:
            check = TEXT_TYPES.get(kind)
            return isinstance(value, str) and (check is None or check(value))


def order_of(kind: str, value: Value) -> Decimal | dt.datetime | None:
    """Give what two values of one type are compared by; `None` where the type has no order or the value is not one.

    A duration counts a year as 365 days and a month as 30, since the standard leaves it open.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, Decimal):
        return value
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001
    if kind == "time" and _TIME.fullmatch(value):
        moment = dt.time.fromisoformat(value)
        return (
            Decimal(moment.hour * 3600 + moment.minute * 60 + moment.second) + Decimal(moment.microsecond) / 1_000_000
        )
    if kind == "yearmonth" and _is_year_month(value):
        return Decimal(value.replace("-", ""))
    if kind == "duration" and _DURATION.fullmatch(value):
        return _seconds(value)
    return None


def _number(kind: str, written: object) -> Decimal:
    if not isinstance(written, str | int | float | Decimal):
        raise ValueError(written)  # noqa: TRY004
    try:
        number = Decimal(str(written))
    except InvalidOperation as trouble:
        raise ValueError(written) from trouble
    if not number.is_finite() or (kind != "number" and number != number.to_integral_value()):
        raise ValueError(written)
    return number


def _is_year_month(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]{4}-(0[1-9]|1[0-2])", text) is not None


def _seconds(text: str) -> Decimal:
    date_part, _, time_part = text.lstrip("-").removeprefix("P").partition("T")
    weights = {"Y": 365 * 86400, "M": 30 * 86400, "W": 7 * 86400, "D": 86400}
    total = sum(
        (Decimal(count) * weights[unit] for count, unit in re.findall(r"([0-9]+)([YMWD])", date_part)), Decimal(0)
    )
    for count, unit in re.findall(r"([0-9.]+)([HMS])", time_part):
        total += Decimal(count) * {"H": 3600, "M": 60, "S": 1}[unit]
    return -total if text.startswith("-") else total


def _json_of(wanted: type) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            return isinstance(json.loads(text), wanted)
        except (ValueError, RecursionError):
            return False

    return check


def _is_geopoint(text: str) -> bool:
    return _GEOPOINT.fullmatch(text) is not None or text.startswith(("[", "{"))


TEXT_TYPES: Final[Mapping[str, Callable[[str], bool]]] = {
    "time": lambda text: _TIME.fullmatch(text) is not None,
    "yearmonth": _is_year_month,
    "duration": lambda text: _DURATION.fullmatch(text) is not None,
    "object": _json_of(dict),
    "array": _json_of(list),
    "geojson": _json_of(dict),
    "geopoint": _is_geopoint,
}
"""Types whose values stay text: whether a text is one."""
