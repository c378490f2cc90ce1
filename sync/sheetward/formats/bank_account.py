"""Numbers of bank accounts and cards: IBAN (ISO 13616), cards (ISO/IEC 7812), and what banks give besides."""

from __future__ import annotations

import re
from typing import Final

from sheetward.formats.entry import Entry, Read, Spec, folded, settled, unsettled
from sheetward.formats.reading import Reading
from sheetward.formats.text import damage, is_doubtful

_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}")
_CARD: Final = re.compile(r"62[0-9]{14,17}")
"""A card of China UnionPay, 16 to 19 digits: the one kind of number in a Chinese payment table with a check digit."""
_NUMBER: Final = re.compile(r"[0-9]{6,32}")
_LABEL: Final = re.compile(
    r"^(?:银行)?(?:账号|帐号|卡号|账户)\s*[:.]?\s*|^(?:iban|a/c(?:\s?no\.?)?|account(?:\s?no\.?)?)\s*[:.]?\s*"
)
_MARKS: Final = re.compile(r"[\s\-.]+")


def check_digit_fits(number: str) -> bool:
    """Say whether the last digit is the check digit of the others (Luhn, ISO/IEC 7812-1).

    >>> check_digit_fits("6222021234567890128"), check_digit_fits("6222021234567890129")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_iban(text: str) -> bool:
    from stdnum import iban
    from stdnum.exceptions import ValidationError

    try:
        return bool(iban.validate(text))
    except ValidationError:
        return False


def make(_spec: Spec) -> Read:
    """Make the reader of bank accounts: capitals and digits without marks of grouping.

    An IBAN and a UnionPay card are checked by their check digits. Other numbers of 6 to 32 digits are taken as they are:
    banks give their accounts no common form. One whose digits after the fifteenth are all zero is remarked.
    """

    def read(entry: Entry, _region: str | None) -> Reading:
        if (damaged := damage(entry, "bank_account")) is not None:
            return damaged
        plain = folded(entry.text).lstrip("'‘’`")
        text = _MARKS.sub("", _LABEL.sub("", plain.lower())).upper()
        if _IBAN.fullmatch(text):
            return settled(entry, text) if _is_iban(text) else unsettled(entry, "bank_account.iban")
        if not _NUMBER.fullmatch(text):
            return unsettled(entry, "bank_account.form")
        if _CARD.fullmatch(text) and not check_digit_fits(text):
            return unsettled(entry, "bank_account.damaged" if text.endswith("000") else "bank_account.checksum")
        return settled(entry, text, "bank_account.zeros" if is_doubtful(text) else None)

    return read
