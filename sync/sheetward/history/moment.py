"""Points in history as people type them: a commit, a moment, a day."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from sheetward.errors import UserError

_COMMIT: Final = re.compile(r"(?:(?P<table>.+):)?(?P<number>\d{1,9})")


def as_moment(text: str, zone: dt.tzinfo, *, day_ends: bool) -> dt.datetime:
    """Read a date, or a date and time, in a zone (a text's own offset wins), in ISO form.

    A date alone means the last microsecond of that day where `day_ends`, else its first.
    `UserError("history.when")` for anything else.

    >>> as_moment("2024-03-05", dt.timezone.utc, day_ends=True).isoformat()
    '2024-03-05T23:59:59.999999+00:00'
    >>> as_moment("2024-03-05 08:30", dt.timezone.utc, day_ends=True).isoformat()
    '2024-03-05T08:30:00+00:00'
    """
    try:
        day = dt.date.fromisoformat(text.strip())
    except ValueError:
        try:
            moment = dt.datetime.fromisoformat(text.strip())
        except ValueError as trouble:
            raise UserError("history.when", text=text) from trouble
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return dt.datetime.combine(day, dt.time.max if day_ends else dt.time.min, tzinfo=zone)


def as_point(text: str, table: str, zone: dt.tzinfo) -> int | dt.datetime:
    """Read a commit (`customers:12` or `12`) as its number, or a moment; a date means the end of that day.

    `UserError("history.other_table")` for a commit of another table, `history.when` for what is neither.

    >>> as_point("customers:12", "customers", dt.timezone.utc)
    12
    """
    try:
        return as_moment(text, zone, day_ends=True)
    except UserError:
        match = _COMMIT.fullmatch(text.strip())
        if match is None:
            raise
    if match["table"] not in (None, table):
        raise UserError("history.other_table", commit=text.strip(), table=table)
    return int(match["number"])
