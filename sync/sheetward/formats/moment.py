"""The standard's times: datetime, time, year, yearmonth, duration."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Final

from sheetward.cells import from_serial
from sheetward.formats.day import SERIAL_MAX, evidence, parts
from sheetward.formats.entry import Entry, Read, Spec, as_text, folded, settled, unsettled
from sheetward.formats.numeral import digits, numeral
from sheetward.formats.reading import Reading

_CLOCK: Final = re.compile(
    r"(?:(上午|下午|晚上|早上|凌晨)\s*)?([0-9]{1,2})(?::|时|点)([0-9]{1,2})?(?:分|:)?(?:([0-9]{1,2})(?:\.([0-9]{1,6}))?秒?)?\s*([ap]\.?m\.?)?",
    re.IGNORECASE,
)
_MOMENT: Final = re.compile(
    r"(.+?)(?:T|\s+)((?:上午|下午|晚上|早上|凌晨)?\s*[0-9]{1,2}[:时点].*?)\s*(Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE | re.DOTALL,
)
_YEAR: Final = re.compile(r"([0-9]{4}|[零〇一二三四五六七八九]{4})\s*年?")
_YEARMONTH: Final = re.compile(
    r"([0-9]{4})(?:\s*[-/.年]\s*([0-9]{1,2})\s*月?|(0[1-9]|1[0-2]))|([零〇一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月"
)
_DURATION: Final = re.compile(
    r"(-?)P(?=[0-9T])(?:([0-9]+(?:\.[0-9]+)?)Y)?(?:([0-9]+(?:\.[0-9]+)?)M)?(?:([0-9]+(?:\.[0-9]+)?)W)?(?:([0-9]+(?:\.[0-9]+)?)D)?(?:T(?=[0-9])(?:([0-9]+(?:\.[0-9]+)?)H)?(?:([0-9]+(?:\.[0-9]+)?)M)?(?:([0-9]+(?:\.[0-9]+)?)S)?)?",
    re.IGNORECASE,
)


def clock(text: str) -> dt.time | None:
    """Read a time of day, of 24 or of twice 12 hours; `None` where it is none.

    >>> clock("9:05"), clock("下午3点30分"), clock("12:10 am"), clock("25:00")
    (datetime.time(9, 5), datetime.time(15, 30), datetime.time(0, 10), None)
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None or (match[1] and match[6]) or (match[3] is None and ":" in text):
        return None
    hour, minute, second = int(match[2]), int(match[3] or 0), int(match[4] or 0)
    half = (match[6] or "").replace(".", "").lower() or {"上午": "am", "早上": "am", "凌晨": "am"}.get(
        match[1] or "", "pm" if match[1] else ""
    )
    if half:
        if hour > 12 or (hour == 0 and match[6]):
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return dt.time(hour, minute, second, int((match[5] or "0").ljust(6, "0")))
    except ValueError:
        return None


def _strptime(text: str, pattern: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(text, pattern)
    except ValueError:
        return None


def _pattern(spec: Spec) -> str:
    return spec.field.format if "%" in spec.field.format else ""


def make_datetime(spec: Spec) -> Read:
    """Make the reader of dates with a time, without a zone, as sheets have them.

    A `Z`, which the standard's default form has on every value, is taken off; any other offset is not settled. A date
    alone is its midnight. Option `order`: DMY or MDY, for a date whose year is last; else the column's own evidence decides.
    """
    pattern, told = _pattern(spec), spec.text("order").upper()
    order = told if told in {"DMY", "MDY"} else evidence(spec.sample, has_times=True)

    def read(entry: Entry, _region: str | None) -> Reading:
        value = entry.value
        if isinstance(value, dt.datetime):
            return settled(entry, value)
        if isinstance(value, dt.date):
            return settled(entry, dt.datetime(value.year, value.month, value.day))
        if isinstance(value, Decimal):
            found = (
                from_serial(entry.text, date_1904=entry.date_1904)
                if 1 <= value <= SERIAL_MAX + 1 and not 1900 <= value <= 2100
                else None
            )
            if found is None:
                return unsettled(entry, "datetime.form")
            return settled(
                entry, found if isinstance(found, dt.datetime) else dt.datetime(found.year, found.month, found.day)
            )
        text = folded(entry.text)
        if pattern and (by_pattern := _strptime(text, pattern)):
            return (
                settled(entry, by_pattern.replace(tzinfo=None))
                if by_pattern.tzinfo is None
                else unsettled(entry, "datetime.zone")
            )
        match = _MOMENT.fullmatch(text)
        day = parts((match[1] if match else text).strip())
        time = clock(match[2]) if match else dt.time()
        if match and match[3] and match[3].upper() != "Z":
            return unsettled(entry, "datetime.zone")
        if time is None or (day.day is None and day.by_order is None):
            return unsettled(entry, "datetime.form")
        either = tuple(dt.datetime.combine(d, time) for d in (day.by_order or (day.day,)) if d)
        if len(either) > 1 and order is None:
            return unsettled(entry, "datetime.ambiguous", *(d.isoformat(sep=" ") for d in either))
        return settled(entry, either[-1 if order == "MDY" else 0])

    return read


def make_time(spec: Spec) -> Read:
    """Make the reader of times of day, canonical as `HH:MM:SS`; a number cell is a share of a day."""
    pattern = _pattern(spec)

    def read(entry: Entry, _region: str | None) -> Reading:
        value, found = entry.value, None
        if isinstance(value, Decimal) and 0 <= value < 1:
            seconds = int((value * 86400).to_integral_value())
            found = (dt.datetime.min + dt.timedelta(seconds=seconds)).time() if seconds < 86400 else None
        elif isinstance(value, str):
            by_pattern = _strptime(folded(value), pattern) if pattern else None
            found = by_pattern.time() if by_pattern else clock(folded(value).upper().removesuffix("Z"))
        return settled(entry, found.isoformat()) if found is not None else unsettled(entry, "time.form")

    return read


def make_year(_spec: Spec) -> Read:
    """Make the reader of years of four digits; the value is a number."""

    def read(entry: Entry, _region: str | None) -> Reading:
        match = _YEAR.fullmatch(folded(entry.text))
        if match is None or not isinstance(entry.value, str | Decimal):
            return unsettled(entry, "year.form")
        return settled(entry, Decimal(match[1] if match[1].isascii() else digits(match[1]) or 0))

    return read


def make_yearmonth(_spec: Spec) -> Read:
    """Make the reader of months of a year, canonical as `YYYY-MM`; a date cell that stands for its month is one."""

    def read(entry: Entry, _region: str | None) -> Reading:
        value = entry.value
        if isinstance(value, dt.date):
            shows_month = re.search(r"d", entry.number_format, re.IGNORECASE) is None and value.day == 1
            return (
                settled(entry, f"{value:%Y-%m}")
                if shows_month
                else unsettled(as_text(entry), "yearmonth.form", f"{value:%Y-%m}")
            )
        match = _YEARMONTH.fullmatch(folded(entry.text)) if isinstance(value, str | Decimal) else None
        if match is None:
            return unsettled(entry, "yearmonth.form")
        year = match[1] or digits(match[4]) or ""
        month = numeral(match[5]) or 0 if match[5] else int(match[2] or match[3])
        return settled(entry, f"{year}-{month:02d}") if 1 <= month <= 12 else unsettled(entry, "yearmonth.form")

    return read


def make_duration(_spec: Spec) -> Read:
    """Make the reader of durations of ISO 8601 (`P1Y2M3DT4H`), in capitals, without parts that are nothing."""

    def read(entry: Entry, _region: str | None) -> Reading:
        match = _DURATION.fullmatch(folded(entry.text)) if isinstance(entry.value, str) else None
        if match is None:
            return unsettled(entry, "duration.form")
        amounts = [Decimal(part or 0) for part in match.groups()[1:]]
        named = [
            f"{amount.normalize():f}{unit}" if amount else "" for amount, unit in zip(amounts, "YMWDHMS", strict=True)
        ]
        days, times = "".join(named[:4]), "".join(named[4:])
        text = f"P{days}{f'T{times}' if times else ''}"
        return settled(entry, "PT0S" if text == "P" else f"{match[1]}{text}")

    return read
