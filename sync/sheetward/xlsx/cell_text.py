"""How one cell's content is spelt in a sheet part, and what Excel would not keep."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from sheetward.errors import UserError
from sheetward.xlsx.edits import CellContent, PutBlank, PutBool, PutDate, PutFormula, PutNumber, PutText
from sheetward.xlsx.markup import escaped_text

MAX_TEXT: Final = 32_767
"""UTF-16 units in one cell."""
MAX_FORMULA: Final = 8_192
_TOO_LARGE: Final = Decimal(10) ** 15
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_RETYPED: Final = re.compile(
    r"""
    \s*[=+@\-'].*                                           # a formula, a sign, or the text prefix
  | \s*[(]?[$¥￥€£]?\s*[\d０-９.,]+\s*[)%]?\s*              # a number, an amount, a percentage
  | \s*[\d.]+[eE][+-]?\d+\s*
  | \s*\d{1,4}\s*[-/.年:：]\s*\d{1,4}.*                     # a date, a time, a fraction
  | \s*\d+\s+\d+/\d+\s*
  | \s*\d{1,2}[-\s]?[A-Za-z]{3,9}.*                         # 3 Mar, 3-March-2024
  | \s*(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-\s,.]*\d.*
  | \s*\d{1,2}\s*(?:am?|pm?)\s*
  | \s*(?:true|false)\s*
  | \s*\d+(?:月|[时時点]\d*分?).*
  | \s*[上下]午\s*\d.*
  | \#.*[!?/].*                                             # an error's name
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def looks_typed(text: str) -> bool:
    """Say whether Excel could take a text for a number, date, truth or formula when a person types it again.

    >>> [looks_typed(text) for text in ("013800138000", "=1+1", "3/4", "+86 138", "2024年3月5日", "1E5", "-", "9时30分")]
    [True, True, True, True, True, True, True, True]
    >>> [looks_typed(text) for text in ("李雷", "Acme 12", "a@b.cn", "No. 5", "")]
    [False, False, False, False, False]
    """
    return bool(text) and _RETYPED.fullmatch(text) is not None


def encoded(text: str) -> str:
    """Spell what XML or Excel would not keep: control characters as `_xHHHH_`, and a literal such spelling itself.

    >>> encoded("a\\rb"), encoded("_x0041_"), encoded("_x1")
    ('a_x000D_b', '_x005F_x0041_', '_x1')
    """
    return _CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def checked(content: CellContent, tab: str, cell: str) -> None:
    """Refuse what a cell cannot keep.

    `UserError`: `patch.text_too_long`, `patch.bad_text`, `patch.bad_number`, `patch.number_too_large`,
    `patch.bad_formula`. No value stands in the error's facts.
    """
    if isinstance(content, PutText):
        _check_text(content.text, (tab, cell), MAX_TEXT, "patch.text_too_long")
    elif isinstance(content, PutNumber):
        _check_number(content.text, tab, cell)
    elif isinstance(content, PutDate):
        _check_number(content.serial, tab, cell)
    elif isinstance(content, PutFormula):
        _check_text(content.text, (tab, cell), MAX_FORMULA, "patch.bad_formula")
        formula = content.text.removeprefix("=").strip()
        if not formula or _CONTROL.search(formula) or not _closes(formula):
            raise UserError("patch.bad_formula", tab=tab, cell=cell, limit=MAX_FORMULA)


def _closes(formula: str) -> bool:
    """Say whether a formula closes its brackets and quotes; Excel calls a workbook damaged that holds one which does not.

    >>> _closes('SUM(A1,"(")'), _closes("SUM("), _closes("'it''s'!A1"), _closes('"a')
    (True, False, True, False)
    """
    bare = re.sub(r"\"[^\"]*\"|'[^']*'", "", formula)
    if '"' in bare or "'" in bare:
        return False
    expected: list[str] = []
    for sign in bare:
        if sign in "({[":
            expected.append(")}]"["({[".index(sign)])
        elif sign in ")}]" and (not expected or expected.pop() != sign):
            return False
    return not expected


def _check_text(text: str, place: tuple[str, str], limit: int, code: str) -> None:
    try:
        length = len(text.encode("utf-16-le")) // 2
    except UnicodeEncodeError as trouble:
        raise UserError("patch.bad_text", tab=place[0], cell=place[1]) from trouble
    if length > limit:
        raise UserError(code, tab=place[0], cell=place[1], length=length, limit=limit)


def _check_number(text: str, tab: str, cell: str) -> None:
    if not _NUMBER.fullmatch(text):
        raise UserError("patch.bad_number", tab=tab, cell=cell)
    try:
        number = Decimal(text)
    except InvalidOperation as trouble:
        raise UserError("patch.bad_number", tab=tab, cell=cell) from trouble
    if abs(number) >= _TOO_LARGE:
        raise UserError("patch.number_too_large", tab=tab, cell=cell)


def spelt_string(text: str, prefix: bytes) -> bytes:
    """Give a `<t>` element; space is preserved where a parser could drop it."""
    kept = text != text.strip() or any(mark in text for mark in ("\n", "\t", "  "))
    space = b' xml:space="preserve"' if kept else b""
    return b"<%st%s>%s</%st>" % (prefix, space, escaped_text(encoded(text)), prefix)


def spelt(content: CellContent, prefix: bytes) -> tuple[str | None, bytes]:
    """Give a cell's `t` attribute and its inner markup; `prefix` is that of the sheet's elements, with its colon."""
    match content:
        case PutText(text):
            return "inlineStr", b"<%sis>%s</%sis>" % (prefix, spelt_string(text, prefix), prefix)
        case PutNumber(text):
            return None, _value(text.removeprefix("+"), prefix)
        case PutBool(value):
            return "b", _value("1" if value else "0", prefix)
        case PutDate(serial):
            return None, _value(serial.removeprefix("+"), prefix)
        case PutFormula(text):
            return None, b"<%sf>%s</%sf>" % (prefix, escaped_text(text.removeprefix("=").strip()), prefix)
        case PutBlank():
            return None, b""


def _value(text: str, prefix: bytes) -> bytes:
    return b"<%sv>%s</%sv>" % (prefix, text.encode("ascii"), prefix)
