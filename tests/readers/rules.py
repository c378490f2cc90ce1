"""Why two readers may differ: every difference is explained by one of these, or it is a defect of one of them."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from sheetward.cells import State, from_serial
from sheetward.xlsx.strings import decoded
from sheetward.xlsx.styles import BUILT_IN

from .second_opinions import Ours, Seen


@dataclass(frozen=True, slots=True)
class Rule:
    """One named reason. `holds(ours, theirs)` says whether it explains a difference; either may be `None`: no such cell."""

    name: str
    reader: str
    reason: str
    holds: Callable[[Ours | None, Seen | None], bool]


def agree(one: Ours | None, other: Seen | None) -> bool:
    """Say whether two readers mean the same: a blank is no cell, numbers are equal as far as a double can tell."""
    if one is None or other is None:
        return one is None and other is None
    match one.state:
        case State.TEXT:
            return (other.kind, other.value) == ("text", one.text)
        case State.BOOL:
            return (other.kind, other.value) == ("bool", one.text == "1")
        case State.ERROR:
            return (other.kind, other.value) == ("error", one.text)
        case State.NUMBER:
            return other.kind == "number" and math.isclose(float(one.text), float(other.value), rel_tol=1e-15)
        case State.DATE:
            return _same_moment(one, other)
        case _:
            return False


def _same_moment(one: Ours, other: Seen) -> bool:
    if other.kind == "length":
        return math.isclose(float(one.text) * 86400, float(other.value), abs_tol=0.6)
    if other.kind != "moment":
        return False
    known = from_serial(one.text, date_1904=one.is_1904)
    if known is None:
        return False
    moment = known if isinstance(known, dt.datetime) else dt.datetime.combine(known, dt.time())
    return abs(moment - dt.datetime.fromisoformat(other.value)) <= dt.timedelta(seconds=0.6)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _number_of(other: Seen) -> float | None:
    return float(other.value) if other.kind == "number" else None


def _is_no_day(one: Ours | None) -> bool:
    return (
        one is not None
        and one.state is State.DATE
        and (not _is_number(one.text) or not _is_time(one.text))
        and from_serial(one.text, date_1904=one.is_1904) is None
    )


def _is_time(text: str) -> bool:
    return 0 <= float(text) < 1


def _is_same_number(one: Ours | None, other: Seen | None) -> bool:
    return (
        one is not None
        and other is not None
        and _is_number(one.text)
        and (number := _number_of(other)) is not None
        and math.isclose(float(one.text), number, rel_tol=1e-15)
    )


_QUOTED = re.compile(r'"[^"]*"|\\.|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
_OLD_LETTERS = re.compile(r"[eEgGaAbB]")
CHINESE_CODES = frozenset(code for number, code in BUILT_IN.items() if 27 <= number <= 36 or 50 <= number <= 58)


RULES: tuple[Rule, ...] = (
    Rule(
        "error as blank",
        "calamine",
        "calamine gives an error cell as an empty one; ours keeps the error, which is neither blank nor text",
        lambda one, other: one is not None and one.state is State.ERROR and other is None,
    ),
    Rule(
        "no result",
        "",
        "a formula whose result the file does not hold is blank for the others; ours says that it is not known",
        lambda one, other: one is not None and one.state is State.UNCACHED and other is None,
    ),
    Rule(
        "empty text",
        "",
        "a cell that holds the empty text is blank for the others; ours tells it from a blank one",
        lambda one, other: one is not None and (one.state, one.text) == (State.TEXT, "") and other is None,
    ),
    Rule(
        "no such day",
        "",
        "the serials 0 and 60, those before the first and after the last day name no day: ours keeps the serial, the others "
        "give a number, an error, a length of time, or a day that Excel does not show",
        lambda one, other: _is_no_day(one) and other is not None,
    ),
    Rule(
        "Chinese built-in formats",
        "openpyxl",
        "formats 27 to 36 and 50 to 58 have no code in the file; openpyxl does not know that they are dates",
        lambda one, other: _is_same_number(one, other) and one is not None and one.code in CHINESE_CODES,
    ),
    Rule(
        "era years and weekdays",
        "",
        "a format of e, g or aaaa alone shows a date; the others look for y, m and d only",
        lambda one, other: (
            _is_same_number(one, other)
            and one is not None
            and one.state is State.DATE
            and bool(_OLD_LETTERS.search(_QUOTED.sub("", one.code)))
        ),
    ),
    Rule(
        "escapes in results",
        "openpyxl",
        "openpyxl decodes _xHHHH_ in shared strings only; Excel and ours in the results of formulas and in inline text too",
        lambda one, other: (
            one is not None and other is not None and other.kind == "text" and decoded(other.value) == one.text
        ),
    ),
)

FILE_RULES: tuple[tuple[str, str, str], ...] = (
    ("openpyxl", r"nothing read of a strict workbook", "openpyxl does not know the strict namespaces of ISO 29500"),
    (
        "openpyxl",
        r"no item named 'xl/externalLinks/_rels/",
        "a DDE link has no relationships, openpyxl wants a part of them all the same",
    ),
    (
        "calamine",
        r"Unrecognized sheet:type: xl/macrosheets/",
        "calamine does not open a workbook with an Excel 4 macro sheet among its tabs",
    ),
    (
        "calamine",
        r"WorksheetNotFound: ",
        "calamine looks for sheets in xl/ only; the standard lets their parts lie anywhere",
    ),
    (
        "calamine",
        r"cannot decode input using UTF-8",
        "calamine reads no part in UTF-16, which the standard allows",
    ),
    (
        "calamine",
        r"milliseconds out of bounds",
        "a serial too large for a length of time: calamine panics, which no handler of errors catches",
    ),
    (
        "calamine",
        r"days=-?\d+; must have magnitude",
        "a serial too large for a length of time: calamine fails the whole tab",
    ),
)
"""Reader, error and reason where a whole file is not read by another reader."""
