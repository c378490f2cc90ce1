"""Days with a year of four digits before month and day: certain in every column, whatever its other cells say."""

from __future__ import annotations

from typing import Any, Final

from sheetward.formats.certain.arrays import Array, compute, mask_array, null_of, truths, whole_array
from sheetward.formats.certain.found import Certain, Found, kept, matched
from sheetward.formats.entry import Spec

_LEAST_YEAR: Final = 1000
_LENGTHS: Final = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MARKED: Final = "[0-9]{4}(?:-[0-9]{1,2}-[0-9]{1,2}|/[0-9]{1,2}/[0-9]{1,2}|[.][0-9]{1,2}[.][0-9]{1,2}|年[0-9]{1,2}月[0-9]{1,2}[日号])"
_PARTS: Final = r"^(?P<year>[0-9]{4})(?:-|/|[.]|年)(?P<month>[0-9]{1,2})(?:-|/|[.]|月)(?P<day>[0-9]{1,2})"


def dates(spec: Spec) -> Certain | None:
    """Make it for dates, unless the field has a pattern of its own."""
    if "%" in spec.field.format or spec.field.type == "string":
        return None
    return lambda given, _region: Found(_days(given))


def birthdays(_spec: Spec) -> Certain:
    """Make it for birthdays with a year."""

    def certain(given: Array, _region: str | None) -> Found:
        return Found(_days(given).cast("string"))

    return certain


def _days(texts: Array) -> Array:
    """Give the day of each text in one of the shapes, null where there is none such."""
    pc = compute()
    coded = texts.dictionary_encode()
    parts = pc.extract_regex(kept(coded.dictionary, matched(coded.dictionary, _MARKED)), _PARTS)
    year, month, day = (_counts(pc.struct_field(parts, name)) for name in ("year", "month", "day"))
    return days_of(year, month, day).take(coded.indices)


def _counts(texts: Array) -> Any:
    """Give texts of digits as numbers, 0 where there is none."""
    import numpy as np

    numbers = texts.cast("int32")
    return np.where(truths(numbers.is_valid()), np.frombuffer(numbers.buffers()[1], dtype=np.int32)[: len(numbers)], 0)


def days_of(year: Any, month: Any, day: Any) -> Array:
    """Give days (whole numbers of NumPy) as `date32`, null where there is no such day or its year is before 1000."""
    import numpy as np

    pc = compute()
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    is_month = (month >= 1) & (month <= 12)
    length = np.array(_LENGTHS)[np.where(is_month, month, 0)] + (is_leap & (month == 2))
    exists = is_month & (day >= 1) & (day <= length) & (year >= _LEAST_YEAR)
    count = whole_array(_since_epoch(year, month, day).astype(np.int32)).cast("date32")
    return pc.if_else(mask_array(exists), count, null_of(count))


def _since_epoch(year: Any, month: Any, day: Any) -> Any:
    """Count days from 1 January 1970; the year is taken to begin in March (Hinnant's `days_from_civil`)."""
    is_early = month <= 2
    march_year, march_month = year - is_early, month + is_early * 12 - 3
    of_year = (march_month * 153 + 2) // 5 + day - 1
    return march_year * 365 + march_year // 4 - march_year // 100 + march_year // 400 + of_year - 719468
