"""Chinese identity card numbers (GB 11643-1999), and the fifteen digits of before."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from sheetward.formats.entry import Entry, Read, Spec, folded, settled, unsettled
from sheetward.formats.reading import Reading
from sheetward.formats.text import damage, is_doubtful

_SHAPE: Final = re.compile(r"[0-9]{17}[0-9X]")
_LEGACY: Final = re.compile(r"[0-9]{15}")
_MARKS: Final = re.compile(r"[\s\-]+")
WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS: Final = "10X98765432"
PROVINCES: Final = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
    ]
)


def check_character(body: str) -> str:
    """Give the eighteenth character for seventeen digits (ISO 7064, MOD 11-2).

    >>> check_character("11010519491231002")
    'X'
    """
    return CHECKS[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def _has_birth_date(digits: str) -> bool:
    try:
        return dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).year >= 1850
    except ValueError:
        return False


def fault(number: str) -> str | None:
    """Say what is wrong with a number of eighteen characters: a code, or `None`.

    >>> fault("11010519491231002X"), fault("110105194912310021"), fault("110101199001010000")
    (None, 'cn_id.checksum', 'cn_id.damaged')
    """
    if check_character(number[:17]) != number[17]:
        return "cn_id.damaged" if number.endswith("000") else "cn_id.checksum"
    place = number[1:3] if number[0] == "9" else number[:2]  # residence permits of foreigners begin with 9
    if place not in PROVINCES:
        return "cn_id.region"
    return None if _has_birth_date(number[6:14]) else "cn_id.birth_date"


def make(spec: Spec) -> Read:
    """Make the reader of identity card numbers: eighteen characters, `X` in capitals.

    Option `legacy15`: `warn` (default) takes the old fifteen digits with a remark, `off` without, `error` does not. Their
    longer form is offered, never written: the old number is what stands on the paper.
    """
    legacy = spec.text("legacy15", "warn")

    def read(entry: Entry, _region: str | None) -> Reading:
        if (damaged := damage(entry, "cn_id")) is not None:
            return damaged
        number = _MARKS.sub("", folded(entry.text).lstrip("'‘’")).upper().replace("×", "X")
        if _SHAPE.fullmatch(number):
            code = fault(number)
            if code is not None:
                return unsettled(entry, code)
            return settled(entry, number, "cn_id.zeros" if is_doubtful(number) else None)
        if _LEGACY.fullmatch(number):
            body = f"{number[:6]}19{number[6:]}"
            if number[:2] not in PROVINCES or not _has_birth_date(body[6:14]):
                return unsettled(entry, "cn_id.birth_date")
            longer = body + check_character(body)
            if legacy == "error":
                return unsettled(entry, "cn_id.legacy15", longer)
            return settled(entry, number) if legacy == "off" else settled(entry, number, "cn_id.legacy15", longer)
        if number.isalnum() and number.isascii() and number[:-1].isdigit():
            return unsettled(entry, "cn_id.length", digits=len(number))
        return unsettled(entry, "cn_id.form")

    return read
