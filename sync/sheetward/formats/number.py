"""Numbers: whole, decimal, and shares in per cent."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import Final

from sheetward.cells import plain_number
from sheetward.errors import UserError
from sheetward.formats.entry import SCIENTIFIC, Entry, Read, Spec, as_text, folded, settled, unsettled
from sheetward.formats.numeral import numeral
from sheetward.formats.reading import Reading

MINUS: Final = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2010": "-", "\u2011": "-", "，": ",", "\u00a0": " "})
_EXPONENT: Final = re.compile(r"([+-]?)([0-9]+(?:\.[0-9]+)?)[eE]([+-]?[0-9]{1,3})")
_EUROPEAN: Final = re.compile(r"[+-]?[0-9]{1,3}(?:[. ][0-9]{3})*,[0-9]+|[+-]?[0-9]{1,3}(?:\.[0-9]{3}){2,}")
_BARE: Final = re.compile(r"^[^0-9+\-.]*|[^0-9.]*$")
CANONICAL: Final = (".", "")
"""The marks of a number that comes from a table."""
DIGITS_MAX: Final = 15
"""More digits than this do not pass through a spreadsheet unharmed."""


@cache
def marks(locale: str) -> tuple[str, str]:
    """Give the decimal mark and the group marks of a locale, from the CLDR; zh and en are the default.

    `UserError` (`formats.unknown_locale`) where the CLDR has no such locale.

    >>> marks("zh"), marks("de"), marks("")
    (('.', ','), (',', '.'), ('.', ','))
    """
    if locale.replace("-", "_").partition("_")[0] in {"", "zh", "en", "ja", "ko"}:
        return ".", ","
    from babel import Locale, UnknownLocaleError
    from babel.numbers import get_decimal_symbol, get_group_symbol

    try:
        found = Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise UserError("formats.unknown_locale", locale=locale) from None
    group = get_group_symbol(found)
    return get_decimal_symbol(found), " \u00a0\u202f" if group.isspace() else "'’" if group in "'’" else group


@cache
def _shape(decimal_mark: str, group_marks: str) -> re.Pattern[str]:
    whole = "[0-9]+"
    if group_marks:
        whole = f"[1-9][0-9]{{0,2}}(?:[{re.escape(group_marks)}][0-9]{{3}})+|[0-9]+"
    return re.compile(f"([+-]?)((?:{whole})?)(?:{re.escape(decimal_mark)}([0-9]+))?")


def parsed(text: str, decimal_mark: str = ".", group_marks: str = ",") -> Decimal | None:
    """Read a number spelled with these marks, groups being of three; `None` where it is none.

    What begins with a zero has no groups: in `0,500` the comma is somebody's decimal point.

    >>> parsed("1,234.50"), parsed("1.234,5", ",", "."), parsed("12,34"), parsed(".5")
    (Decimal('1234.50'), Decimal('1234.5'), None, Decimal('0.5'))
    """
    match = _shape(decimal_mark, group_marks).fullmatch(text)
    if match is None or not (match[2] or match[3]):
        return None
    whole = "".join(c for c in match[2] if c.isdigit())
    return Decimal(f"{match[1]}{whole or '0'}.{match[3] or '0'}")


def guesses(text: str) -> tuple[str, ...]:
    """Give what a number in unfamiliar marks may mean: a comma for the decimal point, groups of other sizes."""
    bare = text.translate(MINUS).replace(" ", "").replace("'", "").replace("’", "")
    found: list[Decimal] = []
    if _EUROPEAN.fullmatch(text.translate(MINUS)) and (value := parsed(bare.replace(".", ""), ",", "")) is not None:
        found.append(value)
    is_comma_last = bare.rfind(",") > bare.rfind(".") >= 0 or (" " in text and "," in text)
    if not is_comma_last and (value := parsed(bare.replace(",", ""), ".", "")) is not None:
        found.append(value)
    return tuple(dict.fromkeys(plain_number(value) for value in found))


def precise(value: Decimal) -> bool:
    """Say whether a spreadsheet can hold a number unharmed."""
    return len(value.normalize().as_tuple().digits) <= DIGITS_MAX and value.adjusted() <= 300


def _read_text(text: str, locale: tuple[str, str]) -> Decimal | None:
    value = parsed(text, *locale)
    if value is not None:
        return value
    match = _EXPONENT.fullmatch(text)
    return Decimal(text) if match and abs(int(match[3])) <= 300 else None


def locale_of(spec: Spec) -> tuple[str, str]:
    decimal_mark, group_marks = marks(spec.text("locale"))
    standard = spec.field.standard
    decimal_mark = str(standard.get("decimalChar") or decimal_mark)
    if "groupChar" in standard:
        group_marks = str(standard["groupChar"] or "")
    return decimal_mark, group_marks.replace(decimal_mark, "")


def make(spec: Spec) -> Read:
    """Make the reader of numbers.

    Without a `locale` (or the standard's decimalChar and groupChar) marks are those of Chinese and English: `1,234` is
    1234. `1.234,56` and `1,23` cannot be settled. A text that Excel shortened (`1.38E+10`) is never expanded.
    """
    locale = locale_of(spec)
    is_whole = spec.field.type == "integer" or spec.text("kind") == "integer"
    is_bare = spec.field.standard.get("bareNumber", True) is not False

    def read(entry: Entry, _region: str | None) -> Reading:
        value = entry.value if isinstance(entry.value, Decimal) else None
        if isinstance(entry.value, str):
            text = folded(entry.value).translate(MINUS)
            if not is_bare:
                text = _BARE.sub("", text)
            if SCIENTIFIC.fullmatch(text):
                return unsettled(entry, "number.scientific", plain_number(Decimal(text)) if len(text) < 30 else "")
            value = _read_text(text, CANONICAL if entry.is_stored else locale)
            if value is None:
                doubt = guesses(text)
                return unsettled(entry, "number.ambiguous" if doubt else "number.form", *doubt)
        if value is None:
            return unsettled(entry, "number.form")
        if not precise(value):
            return unsettled(entry, "number.damaged")
        if is_whole and value != value.to_integral_value():
            return unsettled(entry, "number.not_whole")
        return settled(entry, value)

    return read


def make_percent(spec: Spec) -> Read:
    """Make the reader of shares: the value is 0 to 1, `50%` is 0.5.

    A number cell whose format has a % sign is its value, and so is one from 0 to 1. Anything else without a sign may be
    meant either way, and is not settled.
    """
    locale = locale_of(spec)

    def read(entry: Entry, _region: str | None) -> Reading:
        if isinstance(entry.value, Decimal):
            if entry.is_stored or "%" in entry.number_format or abs(entry.value) <= 1:
                return settled(entry, entry.value)
            return unsettled(as_text(entry), "percent.ambiguous", f"{entry.text}%")
        text = folded(entry.text).translate(MINUS).replace(" ", "")
        factor, digits = (Decimal("0.01"), text[:-1]) if text.endswith("%") else (Decimal(1), text)
        if text.endswith("‰"):
            factor, digits = Decimal("0.001"), text[:-1]
        elif text.startswith("百分之"):
            factor, digits = Decimal("0.01"), text[3:]
        value = parsed(digits, *locale)
        if value is None and text.startswith("百分之") and (spoken := numeral(digits)) is not None:
            value = Decimal(spoken)
        if value is None:
            return unsettled(entry, "percent.form")
        if factor == 1 and value != 0:
            sure = plain_number(value)
            return unsettled(entry, "percent.ambiguous", f"{sure}%", f"{plain_number(value * 100)}%")
        return settled(entry, value * factor)

    return read
