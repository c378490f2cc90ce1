"""Amounts of money: marks, brackets, 万 and 亿, and the numerals of cheques."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import Final

from sheetward.cells import plain_number
from sheetward.formats import currency
from sheetward.formats.entry import SCIENTIFIC, Entry, Read, Spec, folded, settled, unsettled
from sheetward.formats.number import CANONICAL, MINUS, guesses, locale_of, parsed, precise
from sheetward.formats.numeral import DIGITS, SIGNS, numeral
from sheetward.formats.reading import Reading

_BRACKETS: Final = re.compile(r"\((.+)\)")
_UNITS: Final = {
    "亿": 10**8,
    "億": 10**8,
    "千万": 10**7,
    "百万": 10**6,
    "十万": 10**5,
    "万": 10**4,
    "萬": 10**4,
    "千": 1000,
    "百": 100,
}
_SCALED: Final = re.compile(rf"([0-9][0-9.,]*)\s*({'|'.join(_UNITS)})?\s*")
_CHEQUE: Final = re.compile(
    rf"([{''.join(SIGNS)}]+)(?:[元圆圓块](?:([{''.join(DIGITS)}])角)?(?:零?([{''.join(DIGITS)}])分)?)?[整正]?"
)
_COINS: Final = re.compile(r"([0-9,]+)[元块]([0-9])角(?:([0-9])分)?")
_QUICK: Final = re.compile(r"(-?)(¥|\$|€|£)?([0-9][0-9.,]*)(元)?")
_WHOLE: Final = re.compile(r"(?<=[0-9])([元圆圓])[整正]$")
_SHORT_UNITS: Final = {"k": 1000, "m": 10**6, "w": 10**4}
_SHORT: Final = re.compile(r"([0-9.,]+)\s*([kKmMwW])")


@cache
def _mark() -> re.Pattern[str]:
    """Give the pattern of a mark before or after an amount."""
    words = sorted((*currency.MARKS, *currency.codes()), key=len, reverse=True)
    one = "|".join(map(re.escape, words))
    return re.compile(rf"([+-]?)\s*(?:({one})\s*:?)?\s*([+-]?)\s*(.*?)\s*({one})?", re.IGNORECASE | re.DOTALL)


def _scaled(text: str, marks: tuple[str, str]) -> Decimal | None:
    """Read `1.2万`, `3亿5000万`; `None` for `1万2`, which is said for 12,000 and typed for 10,002."""
    total, limit, place = Decimal(0), Decimal(10) ** 12, 0
    while place < len(text):
        match = _SCALED.match(text, place)
        value = parsed(match[1], *marks) if match else None
        if match is None or value is None or (not match[2] and place == 0):
            return None
        unit = Decimal(_UNITS.get(match[2] or "", 1))
        part = value * unit
        if unit >= limit or (place and (part >= limit or part * 10 < limit)):
            return None
        total, limit, place = total + part, unit, match.end()
    return total


def _cheque(text: str) -> Decimal | None:
    """Read an amount in numerals, `壹万贰仟元伍角整`."""
    if (match := _COINS.fullmatch(text)) and (whole := parsed(match[1])) is not None:
        return whole + Decimal(f"0.{match[2]}{match[3] or 0}")
    match = _CHEQUE.fullmatch(text)
    whole_number = numeral(match[1]) if match else None
    if match is None or whole_number is None:
        return None
    return whole_number + Decimal(f"0.{DIGITS[match[2] or '零']}{DIGITS[match[3] or '零']}")


def make(spec: Spec) -> Read:
    """Make the reader of amounts.

    Options: `currency` (the column's; a mark of another one is not settled, without it marks are only taken off), `locale`
    (its decimal and group marks; Chinese and English by default, where `1,234` is 1234, and `1.234,56` is not settled).
    `5k` and `1万2` are not settled. Brackets are negative.
    """
    marks = locale_of(spec)
    own = spec.text("currency").upper()

    def value_of(body: str) -> Decimal | None:
        value = parsed(body, *marks)
        if value is None and not body.isascii():
            value = _scaled(body, marks)
            value = _cheque(body) if value is None else value
        return value

    def read(entry: Entry, _region: str | None) -> Reading:
        if isinstance(entry.value, Decimal):
            return settled(entry, entry.value) if precise(entry.value) else unsettled(entry, "amount.damaged")
        if not isinstance(entry.value, str):
            return unsettled(entry, "amount.form")
        text = _WHOLE.sub(r"\1", folded(entry.value).translate(MINUS))
        if SCIENTIFIC.fullmatch(text):
            return unsettled(entry, "amount.scientific")
        if entry.is_stored and (value := parsed(text, *CANONICAL)) is not None:
            return _settle(entry, value, ())
        if (quick := _QUICK.fullmatch(text)) and (value := parsed(quick[3], *marks)) is not None:
            return _settle(entry, -value if quick[1] else value, (quick[2], quick[4]))
        bracketed = _BRACKETS.fullmatch(text)
        return _signed(entry, bracketed[1] if bracketed else text, is_negative=bracketed is not None)

    def _signed(entry: Entry, text: str, *, is_negative: bool) -> Reading:
        whole = _cheque(text)
        match = _mark().fullmatch(text)
        if whole is not None:
            return _settle(entry, -whole if is_negative else whole, ("元",))
        if match is None or (match[1] and match[3]) or (is_negative and (match[1] or match[3])):
            return unsettled(entry, "amount.form")
        body = match[4]
        value = value_of(body)
        if value is None:
            value = _cheque(body + (match[5] or ""))
        if value is None:
            return _doubt(entry, body)
        is_negative = is_negative or "-" in {match[1], match[3]}
        return _settle(entry, -value if is_negative else value, (match[2], match[5]))

    def _settle(entry: Entry, value: Decimal, found: tuple[str | None, ...]) -> Reading:
        meanings = [set(currency.meant(mark)) for mark in found if mark]
        if (own and any(own not in codes for codes in meanings)) or (
            len(meanings) == 2 and not meanings[0] & meanings[1]
        ):
            return unsettled(entry, "amount.currency", currency=own or "?")
        return settled(entry, value) if precise(value) else unsettled(entry, "amount.damaged")

    def _doubt(entry: Entry, body: str) -> Reading:
        doubts = guesses(body) if body.isascii() else ()
        if (short := _SHORT.fullmatch(body)) and (value := parsed(short[1], *marks)) is not None:
            doubts = (plain_number(value * _SHORT_UNITS[short[2].lower()]),)
        is_doubtful = (
            bool(doubts)
            or bool(_SCALED.match(body) and any(u in body for u in _UNITS))
            or (bool(body) and set(body) <= SIGNS)
        )
        return unsettled(entry, "amount.ambiguous" if is_doubtful else "amount.form", *doubts)

    return read
