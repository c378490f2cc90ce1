"""Dates without a time: one canonical day, whatever was typed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from sheetward.cells import from_serial
from sheetward.formats.entry import Entry, Read, Spec, folded, settled, unsettled
from sheetward.formats.numeral import digits, numeral
from sheetward.formats.reading import Reading

Order: TypeAlias = Literal["DMY", "MDY"]

_YMD: Final = re.compile(r"([0-9]{4})\s?([-/.])\s?([0-9]{1,2})\s?\2\s?([0-9]{1,2})")
_COMPACT: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_CHINESE: Final = re.compile(
    r"([0-9]{4}|[零〇一二三四五六七八九]{4})\s?年\s?([0-9]{1,2}|[一二三四五六七八九十]{1,2})\s?月\s?(?:([0-9]{1,2}|[一二三四五六七八九十]{1,3})\s?[日号號]?)?"
)
_CHINESE_PART: Final = re.compile(
    r"[零〇一二三四五六七八九]{4}年|[一二三四五六七八九十]{1,2}月(?:[一二三四五六七八九十]{1,3}[日号]?)?"
)
_YEAR_LAST: Final = re.compile(r"([0-9]{1,2})\s?([-/.])\s?([0-9]{1,2})\s?\2\s?([0-9]{4})")
_TWO_DIGIT_YEAR: Final = re.compile(r"([0-9]{1,2})(?:[-/.]([0-9]{1,2})[-/.]|年([0-9]{1,2})月)([0-9]{1,2})[日号]?")
_NAMED_SHORT: Final = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?[\s\-./]*([a-z]{3,9})[\s\-./,]*'?([0-9]{2})")
_INCOMPLETE: Final = re.compile(
    r"[0-9]{4}年?|[0-9]{4}[-/.年][0-9]{1,2}月?|[0-9]{1,2}[-/.月][0-9]{1,2}[日号]?|[0-9]{4}(?:0[1-9]|1[0-2])|[0-9]{1,2}[日号]"
)
MONTHS: Final = {
    name: place
    for place, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        1,
    )
    for name in names.split()
}
_NAMED: Final = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th)?(?:\s+of)?[\s\-./]*([a-z]{3,9})[\s\-./,]*([0-9]{4})|([a-z]{3,9})[\s\-./]*([0-9]{1,2})(?:st|nd|rd|th)?[\s\-./,]+([0-9]{4})|([0-9]{4})[\s\-./,]*([a-z]{3,9})[\s\-./]*([0-9]{1,2})"
)
_WEEKDAY: Final = re.compile(
    r"[\s,(]*(?:(?:星期|周|週|礼拜)([一二三四五六日天])|(mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?)[\s,)]*"
)
_MIDNIGHT: Final = re.compile(r"(?:T|\s+)0{1,2}:00(?::00(?:\.0+)?)?Z?", re.IGNORECASE)
_TIME: Final = re.compile(r"(?:T|\s+)(?:[AaPp]\.?[Mm]\.?\s?|[上下]午\s?)?[0-9]{1,2}[:时点][0-9]{2}.*", re.IGNORECASE)
_DIGITS: Final = re.compile(r"[0-9]{1,6}(?:\.0+)?|[0-9]{5}\.[0-9]+")
LENGTH_MAX: Final = 80
"""A longer text is no date, and would take long to search for a weekday."""
SERIAL_MAX: Final = 73050
SERIAL_DIGITS: Final = 5
"""Digits of a serial that is typed as text (from 1927 on); a number cell may hold fewer."""
"""31 December 2099: a greater number in a column of dates is no day count."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A date with one reading (`day`), with two (`day` and `other`), or with none (`code`)."""

    day: dt.date | None = None
    code: str | None = None
    candidates: tuple[str, ...] = ()
    by_order: tuple[dt.date, dt.date] | None = None
    """Day first, month first."""


def _day(year: str | int, month: str | int, day: str | int) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _found(*triples: tuple[str | int, str | int, str | int]) -> tuple[str, ...]:
    days = (_day(*triple) for triple in triples)
    return tuple(dict.fromkeys(day.isoformat() for day in days if day is not None))


def _one(year: str | int, month: str | int, day: str | int) -> Parts:
    found = _day(year, month, day)
    return Parts(found) if found and found.year >= 1000 else Parts(code="date.impossible")


def _arabic(text: str) -> int:
    return int(text) if text.isdigit() and text.isascii() else numeral(text) or 0


def parts(text: str) -> Parts:
    """Read a folded text, less its weekday and midnight, in every spelling that has a year of four digits."""
    if match := _YMD.fullmatch(text):
        return _one(match[1], match[3], match[4])
    if match := _COMPACT.fullmatch(text):
        found = _day(match[1], match[2], match[3])
        if found is not None and 1800 <= found.year <= 2199:
            return Parts(found)
        return Parts(code="date.impossible" if 1800 <= int(match[1]) <= 2199 else "date.form")
    if (match := _CHINESE.fullmatch(text)) and match[3]:
        year = match[1] if match[1].isdigit() and match[1].isascii() else digits(match[1]) or 0
        return _one(year, _arabic(match[2]), _arabic(match[3]))
    if match := _YEAR_LAST.fullmatch(text):
        first, second, year = match[1], match[3], match[4]
        by_day, by_month = _day(year, second, first), _day(year, first, second)
        if by_day and by_month:
            return Parts(by_day) if by_day == by_month else Parts(by_order=(by_day, by_month))
        return Parts(by_day or by_month, None if by_day or by_month else "date.impossible")
    if match := _NAMED.fullmatch(text.lower()):
        day, name, year = (
            (match[1], match[2], match[3])
            if match[1]
            else (match[5], match[4], match[6])
            if match[4]
            else (match[9], match[8], match[7])
        )
        if name in MONTHS:
            return _one(year, MONTHS[name], day)
    if match := _TWO_DIGIT_YEAR.fullmatch(text):
        a, b, c = int(match[1]), int(match[2] or match[3]), int(match[4])
        guesses = _found((2000 + a, b, c), *(() if match[3] else ((2000 + c, b, a), (2000 + c, a, b))))
        return Parts(code="date.two_digit_year" if guesses else "date.impossible", candidates=guesses)
    if (match := _NAMED_SHORT.fullmatch(text.lower())) and match[2] in MONTHS:
        month, first, last = MONTHS[match[2]], int(match[1]), int(match[3])
        guesses = _found((2000 + last, month, first), (2000 + first, month, last))
        return Parts(code="date.two_digit_year" if guesses else "date.impossible", candidates=guesses)
    words = set(re.findall(r"[a-z]+", text.lower()))
    if (
        _INCOMPLETE.fullmatch(text)
        or _CHINESE.fullmatch(text)
        or _CHINESE_PART.fullmatch(text)
        or (words and words <= set(MONTHS))
    ):
        return Parts(code="date.incomplete")
    return Parts(code="date.form")


def _stripped(text: str) -> tuple[str, int | None]:
    """Take a weekday off; give the rest and the weekday (Monday is 0)."""
    match = _WEEKDAY.search(text.lower())
    if (
        match is None
        or not (match.start() == 0 or match.end() == len(text))
        or match.end() - match.start() == len(text)
    ):
        return text, None
    rest = text[: match.start()] + text[match.end() :]
    if match[1]:
        return rest, "一二三四五六日".index(match[1].replace("天", "日"))
    return rest, ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(match[2][:3])


def read_text(text: str) -> Parts:
    """Read a text as a date; a weekday that contradicts it and a time that is not midnight leave it unsettled."""
    if len(text) > LENGTH_MAX:
        return Parts(code="date.form")
    rest, weekday = _stripped(folded(text))
    rest = rest.strip()
    if match := _MIDNIGHT.search(rest):
        rest = rest[: match.start()] if match.end() == len(rest) else rest
    found = parts(rest)
    if found.code == "date.form" and (match := _TIME.search(rest)):
        inner = parts(rest[: match.start()])
        if inner.day:
            return Parts(code="date.has_time", candidates=(inner.day.isoformat(),))
    if found.day and weekday is not None and found.day.weekday() != weekday:
        return Parts(code="date.weekday", candidates=(found.day.isoformat(),))
    return found


def evidence(sample: Iterable[Entry], *, has_times: bool = False) -> Order | None:
    """Say which order a column writes: some value can only be read one way, and none only the other way.

    Where the column `has_times`, what follows the day is not looked at.

    >>> evidence([Entry("31/12/2024", ""), Entry("03/04/2024", "")])
    'DMY'
    """
    orders: set[Order] = set()
    for entry in sample:
        if not isinstance(entry.value, str) or len(entry.value) > LENGTH_MAX:
            continue
        text = _stripped(folded(entry.value))[0]
        if has_times and (time := _TIME.search(text)):
            text = text[: time.start()]
        if match := _YEAR_LAST.fullmatch(text.strip()):
            first, second = int(match[1]), int(match[3])
            if first > 12 >= second and _day(match[4], second, first):
                orders.add("DMY")
            elif second > 12 >= first and _day(match[4], first, second):
                orders.add("MDY")
    return orders.pop() if len(orders) == 1 else None


def _by_pattern(text: str, pattern: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, pattern).date()
    except ValueError:
        return None


def make(spec: Spec) -> Read:
    """Make the reader of dates.

    Options: `order` (DMY or MDY says how a year-last date is written; else the column's own evidence does, and without
    it such a date is ambiguous), `excelSerial` (true: a bare 1 to 73050 is a day count, except 60, which is no day,
    1900 to 2100, which is a year, and text of fewer than five digits). A `format` with % signs is the standard's pattern and is tried first.
    """
    order = spec.text("order").upper()
    known = order if order in {"DMY", "MDY"} else evidence(spec.sample)
    has_serials = spec.is_on("excelSerial", default=True)
    pattern = spec.field.format if "%" in spec.field.format else ""

    def read(entry: Entry, _region: str | None) -> Reading:
        value = entry.value
        if isinstance(value, dt.datetime):
            return unsettled(entry, "date.has_time", value.date().isoformat())
        if isinstance(value, dt.date):
            return settled(entry, value)
        if isinstance(value, bool):
            return unsettled(entry, "date.form")
        text = folded(entry.text)
        if pattern and (day := _by_pattern(text, pattern)):
            return settled(entry, day)
        if _DIGITS.fullmatch(text) or (isinstance(value, Decimal) and len(text) != 8):
            return _read_number(entry, text, has_serials=has_serials)
        found = read_text(text.removesuffix(".0") if _COMPACT.fullmatch(text.removesuffix(".0")) else text)
        if found.by_order:
            if known is None:
                return unsettled(entry, "date.ambiguous", *(d.isoformat() for d in found.by_order))
            return settled(entry, found.by_order[0 if known == "DMY" else 1])
        if found.day is None:
            return unsettled(entry, found.code or "date.form", *found.candidates)
        return settled(entry, found.day)

    return read


def _read_number(entry: Entry, text: str, *, has_serials: bool) -> Reading:
    """Read a bare number as a count of days."""
    count = text.split(".", maxsplit=1)[0]
    if not has_serials or not count.isdigit():
        return unsettled(entry, "date.form")
    if 1900 <= int(count) <= 2100 or (len(count) == 6 and 1900 <= int(count[:4]) <= 2100 and 1 <= int(count[4:]) <= 12):
        return unsettled(entry, "date.incomplete")
    if len(count) == 6 and (offers := _found((f"20{count[:2]}", count[2:4], count[4:]))):
        return unsettled(entry, "date.two_digit_year", *offers)
    if int(count) > SERIAL_MAX:
        return unsettled(entry, "date.form")
    day = from_serial(text, date_1904=entry.date_1904)
    if isinstance(day, dt.datetime):
        return unsettled(entry, "date.has_time", day.date().isoformat())
    if isinstance(entry.value, str) and (len(count) < SERIAL_DIGITS or count.startswith("0")) and day is not None:
        # Few digits that somebody typed may be a month and a day just as well: 0305.
        return unsettled(entry, "date.incomplete", day.isoformat())
    return unsettled(entry, "date.impossible") if day is None else settled(entry, day)
