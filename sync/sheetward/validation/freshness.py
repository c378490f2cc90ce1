"""How long a value or a row counts as known: fresh, due soon, stale. Pure.

A value counts from the day on which it was last confirmed, or typed, whichever is later; a row from the latest of the
dates that its schema names.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from sheetward_schemas.model import TableSchema

from sheetward.cells import value_of
from sheetward.table import Row
from sheetward.validation.finding import Finding
from sheetward.validation.keys import Key

DUE_DAYS: Final = 30
"""So many days before its end a value is due."""
_SPAN: Final = re.compile(r"(\d+) (day|week|month|year)s?")
_UNITS_ZH: Final = {"day": "天", "week": "周", "month": "个月", "year": "年"}


class Freshness(StrEnum):
    """How sure one may be of a value."""

    FRESH = "fresh"
    DUE = "due"
    STALE = "stale"


def end_of(start: dt.date, span: str) -> dt.date:
    """Give the last day on which something of that day still counts; a month without such a day ends on its last one.

    >>> end_of(dt.date(2024, 1, 31), "1 month"), end_of(dt.date(2024, 3, 5), "2 weeks")
    (datetime.date(2024, 2, 29), datetime.date(2024, 3, 19))
    """
    count, unit = _parsed(span)
    if unit in ("day", "week"):
        return start + dt.timedelta(days=count * (7 if unit == "week" else 1))
    months = start.year * 12 + start.month - 1 + count * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return dt.date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def freshness(since: dt.date, span: str, today: dt.date) -> Freshness:
    """Grade something known since a day."""
    end = end_of(since, span)
    if today > end:
        return Freshness.STALE
    return Freshness.DUE if today > end - dt.timedelta(days=DUE_DAYS) else Freshness.FRESH


def span_words(span: str) -> Mapping[str, str]:
    """Give a span in both languages, as facts of a sentence.

    >>> span_words("12 months")
    {'after_zh': '12 个月', 'after_en': '12 months'}
    """
    count, unit = _parsed(span)
    return {"after_zh": f"{count} {_UNITS_ZH[unit]}", "after_en": f"{count} {unit}{'' if count == 1 else 's'}"}


def _parsed(span: str) -> tuple[int, str]:
    found = _SPAN.fullmatch(span)
    if found is None:
        raise ValueError(span)  # a TableSchema is only built by the parser, which refuses such spans
    return int(found[1]), found[2]


def stale_rows(
    schema: TableSchema, fields: Sequence[str], rows: Iterable[tuple[Key, Row]], today: dt.date
) -> list[Finding]:
    """Give a warning for each row whose latest date is too long ago; of a row without any date nothing is known."""
    since = tuple(name for name in schema.stale_since if name in fields)
    if not schema.stale_after or not since:
        return []
    places = [fields.index(name) for name in since]
    found: list[Finding] = []
    for key, row in rows:
        days = [(value, place) for place in places if (value := _day(value_of(row[place]))) is not None]
        if days and freshness(max(days)[0], schema.stale_after, today) is Freshness.STALE:
            day, place = max(days)
            facts = {"since": day.isoformat(), **span_words(schema.stale_after)}
            found.append(Finding(key, fields[place], "record.stale", "warning", row[place], since, facts))
    return found


def _day(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else None
