"""Unified social credit codes of Chinese organisations (GB 32100-2015)."""

from __future__ import annotations

import re
from typing import Final

from sheetward.formats.entry import Entry, Read, Spec, folded, settled, unsettled
from sheetward.formats.reading import Reading
from sheetward.formats.text import damage, is_doubtful

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PLACE: Final = {c: i for i, c in enumerate(ALPHABET)}
SHAPE: Final = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")
WEIGHTS: Final = tuple(pow(3, i, 31) for i in range(17))
_LOOKALIKES: Final = str.maketrans({"O": "0", "I": "1", "Z": "2", "S": "5"})
_MARKS: Final = re.compile(r"[\s\-.]+")


def check_character(body: str) -> str:
    """Give the eighteenth character for seventeen (weights 3^i, modulo 31).

    >>> check_character("91110000600037341")
    'L'
    """
    total = sum(_PLACE[c] * w for c, w in zip(body, WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def compact(text: str) -> str:
    """Give a code in capitals, without marks of grouping."""
    return _MARKS.sub("", folded(text).lstrip("'‘’")).upper()


def is_valid(code: str) -> bool:
    """Say whether a compact code has the right form and check character."""
    return SHAPE.fullmatch(code) is not None and check_character(code[:17]) == code[17]


def refused(entry: Entry, code: str) -> Reading:
    """Say what is wrong with a code that is not valid. I, O, S, Z are not used: what they stand for is offered."""
    if len(code) != 18 or not code.isalnum() or not code.isascii():
        return unsettled(entry, "uscc.length" if code.isalnum() and code.isascii() else "uscc.form", digits=len(code))
    meant = code.translate(_LOOKALIKES)
    if meant != code:
        return unsettled(entry, "uscc.letters", meant if is_valid(meant) else "")
    if not SHAPE.fullmatch(code):
        return unsettled(entry, "uscc.form")
    return unsettled(entry, "uscc.damaged" if code.isdigit() and code.endswith("000") else "uscc.checksum")


def make(_spec: Spec) -> Read:
    """Make the reader of unified social credit codes."""

    def read(entry: Entry, _region: str | None) -> Reading:
        if (damaged := damage(entry, "uscc")) is not None:
            return damaged
        code = compact(entry.text)
        if not is_valid(code):
            return refused(entry, code)
        return settled(entry, code, "uscc.zeros" if is_doubtful(code) else None)

    return read
