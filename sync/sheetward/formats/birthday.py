"""Birthdays: a day, a day of the year, or a day of the farmers' calendar, as canonical text."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal
from typing import Final

from sheetward.cells import from_serial
from sheetward.formats.day import SERIAL_MAX, read_text
from sheetward.formats.entry import Entry, Read, Spec, folded, settled, unsettled
from sheetward.formats.numeral import digits, numeral
from sheetward.formats.reading import Reading

_MONTHS: Final = ("正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_MONTH_WORDS: Final = {"一": 1, "冬": 11, "腊": 12, "臘": 12} | {name: i for i, name in enumerate(_MONTHS, 1)}
_TENS: Final = {"初": 0, "十": 10, "廿": 20, "卅": 30}
_LUNAR: Final = re.compile(
    r"(农历|農曆|阴历|陰曆|旧历)?\s*(?:([0-9]{4}|[零〇一二三四五六七八九]{4})年)?\s*(闰|閏)?(正|冬|腊|臘|十[一二]|[一二三四五六七八九十]|[0-9]{1,2})月\s*((?:初|廿|卅)?[一二三四五六七八九十]{1,3}|廿|卅|[0-9]{1,2})[日号]?"
)
_MONTH_DAY: Final = re.compile(r"(?:([0-9]{1,2})月([0-9]{1,2})[日号]?|([0-9]{1,2})-([0-9]{1,2}))")
_EITHER: Final = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})")
_SURE: Final = re.compile(r"[正冬腊臘初廿卅闰閏]")


def day_name(day: int) -> str:
    """Spell a day of the farmers' calendar, 1 to 30.

    >>> day_name(5), day_name(10), day_name(15), day_name(20), day_name(21), day_name(30)
    ('初五', '初十', '十五', '二十', '二十一', '三十')
    """
    units = "一二三四五六七八九"
    if day <= 10:
        return f"初{'十' if day == 10 else units[day - 1]}"
    tens = ("", "十", "二十", "三十")[day // 10]
    return tens + (units[day % 10 - 1] if day % 10 else "")


def _lunar_day(text: str) -> int:
    if text.isdigit() and text.isascii():
        return int(text)
    if text[0] in "初廿卅":
        rest = numeral(text[1:]) if text[1:] else 0
        return _TENS[text[0]] + rest if rest is not None and (rest < 10 or text == "初十") else 0
    return numeral(text) or 0


def lunar(match: re.Match[str]) -> str | None:
    """Give the canonical text of a day of the farmers' calendar, `None` where there is none such."""
    month = _MONTH_WORDS.get(match[4]) or (int(match[4]) if match[4].isdigit() else 0)
    day = _lunar_day(match[5])
    if not (1 <= month <= 12 and 1 <= day <= 30):
        return None
    year = (match[2] if match[2].isascii() else digits(match[2])) if match[2] else None
    leap = "闰" if match[3] else ""
    return f"农历{f'{year}年' if year else ''}{leap}{_MONTHS[month - 1]}月{day_name(day)}"


def month_day(month: int, day: int) -> str | None:
    """Give `MM-DD`, `None` where no year has that day."""
    try:
        return dt.date(2000, month, day).isoformat()[5:]
    except ValueError:
        return None


def make(spec: Spec) -> Read:
    """Make the reader of birthdays: `1980-05-12`, `05-12`, `农历八月十五`, `农历1980年八月十五`.

    Options: `calendars` (solar, lunar; both by default), `order` (for `5/12`: MDY or YMD say month first, DMY day first).
    `八月十五` in numerals, without 农历, may be of either calendar and is not settled.
    """
    calendars = spec.texts("calendars") or ("solar", "lunar")
    order = spec.text("order").upper()

    def read(entry: Entry, _region: str | None) -> Reading:
        value = entry.value
        if isinstance(value, dt.date):
            return _of_cell(entry, value)
        if isinstance(value, Decimal):
            if (
                10_000 <= value <= SERIAL_MAX
                and isinstance(day := from_serial(entry.text, date_1904=entry.date_1904), dt.date)
                and not isinstance(day, dt.datetime)
            ):
                return settled(entry, day.isoformat())
            if len(entry.text) != 8:
                return unsettled(entry, "birthday.form")
        text = folded(entry.text)
        if match := _LUNAR.fullmatch(text):
            found = _lunar(entry, text, match)
            if found is not None:
                return found
        if match := _MONTH_DAY.fullmatch(text):
            found_day = month_day(int(match[1] or match[3]), int(match[2] or match[4]))
            return settled(entry, found_day) if found_day else unsettled(entry, "birthday.impossible")
        if match := _EITHER.fullmatch(text):
            return _either(entry, int(match[1]), int(match[2]))
        parts = read_text(text)
        if parts.day:
            return settled(entry, parts.day.isoformat())
        days = parts.by_order
        if days and order in {"DMY", "MDY"}:
            return settled(entry, days[0 if order == "DMY" else 1].isoformat())
        offers = tuple(d.isoformat() for d in days) if days else tuple(f"19{c[2:]}" for c in parts.candidates)
        wrong = {"date.impossible": "birthday.impossible", None: "birthday.ambiguous"}.get(parts.code, "birthday.form")
        return unsettled(entry, wrong, *offers)

    def _of_cell(entry: Entry, value: dt.date) -> Reading:
        """Read a date cell; one whose format shows no year has a year that nobody typed."""
        day = value.date() if isinstance(value, dt.datetime) else value
        if isinstance(value, dt.datetime):
            return unsettled(entry, "birthday.form", day.isoformat())
        has_year = not entry.number_format or re.search(r"[ye]", entry.number_format.lower()) is not None
        shown = day.isoformat() if has_year else day.isoformat()[5:]
        return settled(replace(entry, typed=shown), shown)

    def _lunar(entry: Entry, text: str, match: re.Match[str]) -> Reading | None:
        """Read what may be a day of the farmers' calendar; `None` where digits say the common one."""
        is_sure = bool(match[1]) or _SURE.search(text) is not None
        if not is_sure and (match[4].isdigit() or (match[2] and text[-1] in "日号")):
            return None
        name = lunar(match)
        if not is_sure:
            month, day = _MONTH_WORDS.get(match[4], 0), _lunar_day(match[5])
            if match[2]:
                solar = read_text(text).day
                return unsettled(entry, "birthday.ambiguous", name or "", solar.isoformat() if solar else "")
            return unsettled(entry, "birthday.ambiguous", name or "", (month_day(month, day) or "") if month else "")
        if name is None:
            return unsettled(entry, "birthday.impossible")
        return settled(entry, name) if "lunar" in calendars else unsettled(entry, "birthday.calendar")

    def _either(entry: Entry, first: int, second: int) -> Reading:
        by_month, by_day = month_day(first, second), month_day(second, first)
        if order == "DMY":
            by_month = by_day
        elif order in {"MDY", "YMD"} or by_day is None or by_month == by_day:
            by_day = by_month
        elif by_month is None:
            by_month = by_day
        if by_month is None or by_day is None:
            return unsettled(entry, "birthday.impossible")
        return (
            settled(entry, by_month) if by_month == by_day else unsettled(entry, "birthday.ambiguous", by_month, by_day)
        )

    return read
